//! File names of wheels (binary distribution format) and source distributions (PEP 625, and the older forms).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use requirement::{ProjectName, Version};

use crate::Tag;

/// A file name that is not that of a wheel or of a source distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{filename}' is not a valid file name of a {kind}: {reason}")]
pub struct InvalidFilename {
    /// The file name.
    pub filename: String,
    /// `wheel` or `source distribution`.
    pub kind: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// `name-version[-build]-python-abi-platform.whl`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelFilename {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The version as spelled in the name (`===` compares it).
    pub version_text: Box<str>,
    /// The build tag, as (number, rest); sorts after no build tag.
    pub build: Option<(u64, Box<str>)>,
    /// The compressed tag set, expanded.
    pub tags: Arc<[Tag]>,
}

/// The archive formats of source distributions that pip reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SdistFormat {
    TarGz,
    TarBz2,
    TarXz,
    Tar,
    Zip,
}

/// `name-version.tar.gz` and its like, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SdistFilename {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The version as spelled in the name.
    pub version_text: Box<str>,
    /// The archive format.
    pub format: SdistFormat,
}

impl FromStr for WheelFilename {
    type Err = InvalidFilename;

    fn from_str(_filename: &str) -> Result<Self, InvalidFilename> {
        todo!()
    }
}

impl SdistFilename {
    /// Parses the file name of a source distribution of `project`: where dashes in the name
    /// make the split ambiguous, the one that gives `project` counts (pip's rule).
    pub fn parse(_filename: &str, _project: &ProjectName) -> Result<Self, InvalidFilename> {
        todo!()
    }
}

impl fmt::Display for WheelFilename {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
