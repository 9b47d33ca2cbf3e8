//! Requirements: PEP 508 strings, with the leniency that real metadata needs.

use std::fmt;
use std::str::FromStr;

use crate::{ExtraName, Marker, ProjectName, SpecifierSet};

/// A requirement that does not follow PEP 508.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}\n    {text}\n    {caret:>width$}", caret = '^', width = column)]
pub struct InvalidRequirement {
    /// The requirement as written.
    pub text: String,
    /// What is wrong, for a person.
    pub reason: String,
    /// Where, counted in characters from 1.
    pub column: usize,
}

/// Where a requirement wants its project from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RequirementSource {
    /// Any index, with these versions (all, when empty).
    Index(SpecifierSet),
    /// A direct reference (`name @ url`), exactly as written.
    Url(Box<str>),
}

/// One dependency specifier (PEP 508).
///
/// Displays as pip and `packaging` show it: name as written, extras sorted, clauses sorted, marker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The normalised name.
    pub name: ProjectName,
    /// The name as written, for messages.
    pub name_text: Box<str>,
    /// The extras asked for, sorted and without repeats.
    pub extras: Vec<ExtraName>,
    /// Which versions, or which URL.
    pub source: RequirementSource,
    /// When it applies; always, when absent.
    pub marker: Option<Marker>,
}

impl FromStr for Requirement {
    type Err = InvalidRequirement;

    fn from_str(_text: &str) -> Result<Self, InvalidRequirement> {
        todo!()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
