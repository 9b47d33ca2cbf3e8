//! The hooks of PEP 517 and PEP 660, by name.

use std::fmt;

/// What is to be made of a source tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Product {
    /// A wheel (PEP 517).
    Wheel,
    /// A wheel that makes the source tree importable where it is (PEP 660).
    Editable,
    /// A source distribution (PEP 517).
    Sdist,
}

impl Product {
    /// `get_requires_for_build_*`, optional.
    pub(crate) fn requires_hook(self) -> Hook {
        match self {
            Self::Wheel => Hook::GetRequiresForBuildWheel,
            Self::Editable => Hook::GetRequiresForBuildEditable,
            Self::Sdist => Hook::GetRequiresForBuildSdist,
        }
    }

    /// The hook that makes it.
    pub(crate) fn build_hook(self) -> Hook {
        match self {
            Self::Wheel => Hook::BuildWheel,
            Self::Editable => Hook::BuildEditable,
            Self::Sdist => Hook::BuildSdist,
        }
    }
}

/// A hook of a build backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Hook {
    GetRequiresForBuildWheel,
    GetRequiresForBuildEditable,
    GetRequiresForBuildSdist,
    PrepareMetadataForBuildWheel,
    PrepareMetadataForBuildEditable,
    BuildWheel,
    BuildEditable,
    BuildSdist,
}

impl Hook {
    /// The name of the function.
    pub fn name(self) -> &'static str {
        match self {
            Self::GetRequiresForBuildWheel => "get_requires_for_build_wheel",
            Self::GetRequiresForBuildEditable => "get_requires_for_build_editable",
            Self::GetRequiresForBuildSdist => "get_requires_for_build_sdist",
            Self::PrepareMetadataForBuildWheel => "prepare_metadata_for_build_wheel",
            Self::PrepareMetadataForBuildEditable => "prepare_metadata_for_build_editable",
            Self::BuildWheel => "build_wheel",
            Self::BuildEditable => "build_editable",
            Self::BuildSdist => "build_sdist",
        }
    }

    /// What it does, as pip says it.
    pub fn title(self) -> &'static str {
        match self {
            Self::GetRequiresForBuildWheel => "Getting requirements to build wheel",
            Self::GetRequiresForBuildEditable => "Getting requirements to build editable",
            Self::GetRequiresForBuildSdist => "Getting requirements to build sdist",
            Self::PrepareMetadataForBuildWheel => "Preparing metadata (pyproject.toml)",
            Self::PrepareMetadataForBuildEditable => "Preparing editable metadata (pyproject.toml)",
            Self::BuildWheel => "Building wheel (pyproject.toml)",
            Self::BuildEditable => "Building editable (pyproject.toml)",
            Self::BuildSdist => "Building sdist (pyproject.toml)",
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
