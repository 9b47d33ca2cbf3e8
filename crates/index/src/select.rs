//! Which file of a version to take: one function a rejection rule, then the best of what is left (pip's order).

use std::collections::HashMap;

use distribution::{Artifact, Candidate, Digest, Rejection, SupportedTags};
use requirement::{ProjectName, Version};

use crate::Project;

/// `--no-binary` and `--only-binary`, for one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormatControl {
    /// Wheels and source distributions, wheels first.
    #[default]
    Any,
    /// Only wheels.
    OnlyWheels,
    /// Only source distributions.
    OnlySdists,
}

/// What decides whether a file may be used.
#[derive(Debug)]
pub struct SelectionRules {
    /// The tags of the target.
    pub tags: SupportedTags,
    /// The full version of the target's Python, for `Requires-Python` (none: ignored).
    pub python: Option<Version>,
    /// Which formats may be used for a project; `Any` where it is not listed.
    pub formats: HashMap<ProjectName, FormatControl>,
    /// Which formats may be used for the others.
    pub default_format: FormatControl,
    /// Hashes the user listed for a project; a file must have one of them.
    pub hashes: HashMap<ProjectName, Vec<Digest>>,
}

/// The best usable file of `version`, or why each of its files is not. `pinned`: a requirement pins
/// exactly this version (`==`, `===`), so that a yanked file may be used.
pub fn select(
    _project: &Project,
    _version: &Version,
    _rules: &SelectionRules,
    _pinned: bool,
) -> Result<Candidate, Vec<(Artifact, Rejection)>> {
    todo!()
}
