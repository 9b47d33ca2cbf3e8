//! The grammar of requirements: names (PEP 503), versions and specifiers (PEP 440),
//! requirements and markers (PEP 508), and pip's requirements files. Pure: no disk,
//! no clock, no process environment; every input is hostile until parsed.

mod argument;
mod cursor;
mod hint;
mod leniency;
mod marker;
mod name;
mod python_repr;
mod ranges;
mod redaction;
mod reference;
mod requirement;
mod requirements_file;
mod specifier;
mod version;

pub use argument::{classify_argument, split_source_extras};
pub use hint::{PathFinding, RequirementHint, begins_as_requirements_file};
pub use marker::{InvalidMarker, Marker, MarkerEnvironment, UndefinedMarker};
pub use name::{ExtraName, InvalidName, ProjectName, canonicalize_name};
pub use python_repr::python_repr;
pub use reference::{DirectReference, ReferenceLocation, fragment_value};
pub use requirement::{InvalidRequirement, Requirement, RequirementSource};
pub use requirements_file::{
    DecodedFile, FEATURES, FileLine, InvalidEncoding, InvalidLine, LineContent, RequirementsFile, decode,
};
pub use specifier::{InvalidSpecifier, Operator, Specifier, SpecifierSet};
pub use version::{InvalidVersion, Version};

/// A set of versions as a union of intervals; what a [`SpecifierSet`] means to the solver.
pub type VersionRanges = version_ranges::Ranges<Version>;
