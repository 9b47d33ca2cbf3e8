//! What the search asks the world. Calls may block (on a download); hints must not.

use std::sync::Arc;

use distribution::CoreMetadata;
use requirement::{ProjectName, Requirement, Version, VersionRanges};

/// Whether a version can be installed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Usability {
    /// It has a file that can be used.
    Usable,
    /// It can be used, but has to be built first.
    FromSource,
    /// Only files that were withdrawn (PEP 592): usable where a requirement pins the version.
    Yanked,
    /// It has none; why, for a person (`no wheel for this Python and platform`).
    Unusable(String),
}

impl Usability {
    /// Whether it can be installed, built or not.
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::Usable | Self::FromSource)
    }
}

/// What a version asks for.
#[derive(Debug, Clone)]
pub enum Dependencies {
    /// Its metadata, of which `Requires-Dist` and `Provides-Extra` count.
    Known(Arc<CoreMetadata>),
    /// The version cannot be used after all; why, for a person (`it requires Python >=3.14`).
    Unavailable(String),
}

/// The world failed (network, disk); the search ends with this error.
pub type ProviderError = Box<dyn std::error::Error + Send + Sync>;

/// Knows projects, versions, and dependencies.
pub trait Provider {
    /// A hint: versions of `project` within `range` will be asked for soon.
    fn expect(&self, project: &ProjectName, range: &VersionRanges);

    /// A hint: many versions of `project` are being tried; `versions` come next, in this order.
    fn expect_versions(&self, project: &ProjectName, versions: &[Version]);

    /// All versions of `project`, newest first, usable or not. None: no place knows the name.
    fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError>;

    /// Whether `version`, one of [`Provider::versions`] or the installed one, can be installed.
    fn usability(&self, project: &ProjectName, version: &Version) -> Result<Usability, ProviderError>;

    /// What `version` asks for. `installed`: as installed, not as the index has it.
    fn dependencies(
        &self,
        project: &ProjectName,
        version: &Version,
        installed: bool,
    ) -> Result<Dependencies, ProviderError>;

    /// Why `version` cannot be used that states `requirement`, which names a place; none: it can.
    fn reference(
        &self,
        _project: &ProjectName,
        _version: &Version,
        _requirement: &Requirement,
    ) -> Result<Option<String>, ProviderError> {
        Ok(None)
    }
}
