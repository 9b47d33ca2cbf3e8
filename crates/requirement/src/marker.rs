//! Environment markers (PEP 508, with `extras` and `dependency_groups` of PEP 751).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ExtraName;

/// A marker that does not follow PEP 508.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid marker: {reason} at column {column}: {text}")]
pub struct InvalidMarker {
    /// The text that holds the marker.
    pub text: String,
    /// What is wrong, for a person.
    pub reason: String,
    /// Where, counted in characters from 1.
    pub column: usize,
}

/// The values that an interpreter gives to the variables of PEP 508.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct MarkerEnvironment {
    pub implementation_name: String,
    pub implementation_version: String,
    pub os_name: String,
    pub platform_machine: String,
    pub platform_python_implementation: String,
    pub platform_release: String,
    pub platform_system: String,
    pub platform_version: String,
    pub python_full_version: String,
    pub python_version: String,
    pub sys_platform: String,
}

/// A parsed marker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Marker {/* expression tree */}

impl Marker {
    /// Whether the marker holds in `environment` when `extras` are asked for.
    /// `extra == "x"` is true where `x` is among them; with none, `extra` is the empty text.
    /// A comparison that PEP 508 leaves undefined is false.
    pub fn evaluate(&self, _environment: &MarkerEnvironment, _extras: &[ExtraName]) -> bool {
        todo!()
    }

    /// Whether the marker mentions `extra` at all.
    pub fn mentions_extra(&self) -> bool {
        todo!()
    }
}

impl FromStr for Marker {
    type Err = InvalidMarker;

    fn from_str(_text: &str) -> Result<Self, InvalidMarker> {
        todo!()
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
