//! Core metadata (METADATA and PKG-INFO, up to version 2.4; PEP 566, 643, 685, 639).

use requirement::{ExtraName, ProjectName, Requirement, SpecifierSet, Version};

/// Core metadata that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid metadata: {0}")]
pub struct InvalidMetadata(pub String);

/// What resolving and installing need of core metadata, and the plain fields that `show` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreMetadata {
    /// `Metadata-Version`, as written (a major version above 2 is refused).
    pub metadata_version: Box<str>,
    /// `Name`, normalised.
    pub name: ProjectName,
    /// `Name`, as written.
    pub name_text: Box<str>,
    /// `Version`.
    pub version: Version,
    /// `Version`, as written.
    pub version_text: Box<str>,
    /// `Requires-Dist`, in order.
    pub requires_dist: Vec<Requirement>,
    /// `Requires-Python`.
    pub requires_python: Option<SpecifierSet>,
    /// `Provides-Extra`, normalised.
    pub provides_extra: Vec<ExtraName>,
    /// `Dynamic`, lower case.
    pub dynamic: Vec<Box<str>>,
}

impl CoreMetadata {
    /// Parses the bytes of METADATA or PKG-INFO; the description is not looked at.
    /// A `Requires-Dist` or `Requires-Python` that cannot be understood is an error that quotes it.
    pub fn parse(_bytes: &[u8]) -> Result<Self, InvalidMetadata> {
        todo!()
    }

    /// The header lines that [`CoreMetadata::parse`] reads, without the rest: what a cache keeps.
    pub fn essential_headers(_bytes: &[u8]) -> Result<Vec<u8>, InvalidMetadata> {
        todo!()
    }
}

/// All header fields with their values, unfolded, in order, and the body (`show`, `--report`, `inspect`).
pub fn headers(_bytes: &[u8]) -> (Vec<(String, String)>, String) {
    todo!()
}
