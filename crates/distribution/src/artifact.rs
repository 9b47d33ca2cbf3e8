//! What an index offers (`Artifact`), what may be used of it (`Candidate`), and why the rest may not (`Rejection`).

use std::fmt;
use std::sync::Arc;

use requirement::{ProjectName, SpecifierSet, Version};

use crate::{Digest, SdistFilename, Timestamp, WheelFilename};

/// A file as an index lists it: a wheel or a source distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactKind {
    /// A built distribution.
    Wheel(WheelFilename),
    /// A source distribution.
    Sdist(SdistFilename),
}

/// Whether a file was withdrawn (PEP 592).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Yanked {
    /// It is offered.
    #[default]
    No,
    /// It is withdrawn, perhaps with a reason.
    Yes(Option<Box<str>>),
}

/// Whether the index serves the file's metadata beside it (PEP 658, 714).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sidecar {
    /// Not said: it may not be there.
    #[default]
    Absent,
    /// It is there, with the hashes that were promised (none, where the index only says that it is there).
    Present(Vec<Digest>),
}

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// The file name, decoded.
    pub filename: Box<str>,
    /// Absolute URL without fragment (`http:`, `https:` or `file:`).
    pub url: Box<str>,
    /// What the file name says.
    pub kind: ArtifactKind,
    /// The hashes that the index promises, strongest first.
    pub hashes: Vec<Digest>,
    /// `Requires-Python`, where the index gives it and it can be understood.
    pub requires_python: Option<SpecifierSet>,
    /// Whether it was withdrawn.
    pub yanked: Yanked,
    /// Size in bytes.
    pub size: Option<u64>,
    /// RFC 3339, as given.
    pub upload_time: Option<Box<str>>,
    /// Whether the metadata can be had alone.
    pub sidecar: Sidecar,
    /// The page that lists it, without credentials.
    pub source: Arc<str>,
}

impl Artifact {
    /// The project's name.
    pub fn name(&self) -> &ProjectName {
        match &self.kind {
            ArtifactKind::Wheel(wheel) => &wheel.name,
            ArtifactKind::Sdist(sdist) => &sdist.name,
        }
    }

    /// The version.
    pub fn version(&self) -> &Version {
        match &self.kind {
            ArtifactKind::Wheel(wheel) => &wheel.version,
            ArtifactKind::Sdist(sdist) => &sdist.version,
        }
    }

    /// The version as the file name spells it.
    pub fn version_text(&self) -> &str {
        match &self.kind {
            ArtifactKind::Wheel(wheel) => &wheel.version_text,
            ArtifactKind::Sdist(sdist) => &sdist.version_text,
        }
    }
}

/// One version of a project that can be installed, with the best file for it.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The best file.
    pub artifact: Arc<Artifact>,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// No tag of the wheel is supported; the wheel's file name.
    IncompatibleTags(Box<str>),
    /// The interpreter does not satisfy `Requires-Python`.
    RequiresPython(SpecifierSet),
    /// Withdrawn, and not pinned exactly.
    Yanked(Option<Box<str>>),
    /// A source distribution where only wheels are allowed (or the other way round).
    Format(&'static str),
    /// No hash that the user listed is the file's.
    HashMismatch,
    /// Uploaded at the limit that the user set, or later.
    UploadedTooLate {
        /// When it was.
        uploaded: Timestamp,
        /// The limit.
        limit: Timestamp,
    },
    /// There is a limit, and the page does not say when the file was uploaded; the page.
    UploadTimeMissing(Arc<str>),
}

impl fmt::Display for Rejection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IncompatibleTags(_) => write!(formatter, "no wheel for this Python and platform"),
            Self::RequiresPython(specifiers) => write!(formatter, "it requires Python {specifiers}"),
            Self::Yanked(Some(reason)) => write!(formatter, "it was yanked ({reason})"),
            Self::Yanked(None) => write!(formatter, "it was yanked"),
            Self::Format(reason) => write!(formatter, "{reason}"),
            Self::HashMismatch => write!(formatter, "its hash is not among those given"),
            Self::UploadedTooLate { uploaded, limit } => {
                write!(formatter, "Upload time {uploaded} not prior to {limit}")
            }
            Self::UploadTimeMissing(page) => {
                write!(formatter, "Index {page} does not provide upload-time metadata.")
            }
        }
    }
}
