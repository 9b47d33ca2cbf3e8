//! Version specifiers (PEP 440) and the sets of versions they mean.

use std::fmt;
use std::str::FromStr;

use crate::{Version, VersionRanges};

/// A specifier that does not follow PEP 440.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid specifier '{text}': {reason}")]
pub struct InvalidSpecifier {
    /// The specifier as it was written.
    pub text: String,
    /// What is wrong with it, for a person.
    pub reason: String,
}

/// The comparison operators of PEP 440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operator {
    Equal,
    EqualStar,
    NotEqual,
    NotEqualStar,
    Compatible,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Arbitrary,
}

/// One clause, as `>=1.0`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Specifier {/* operator, version, and for `===` the raw text */}

/// Clauses that must all hold; displays as written, joined by commas.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SpecifierSet {/* clauses */}

impl SpecifierSet {
    /// Whether there is no clause: every version matches.
    pub fn is_empty(&self) -> bool {
        todo!()
    }

    /// The clauses in the order written.
    pub fn specifiers(&self) -> &[Specifier] {
        todo!()
    }

    /// Exactly the versions that match, pre-releases and local versions included
    /// (`===` as its parsed version where it is one; see [`SpecifierSet::matches_text`]).
    pub fn ranges(&self) -> VersionRanges {
        todo!()
    }

    /// Whether `version` matches; pre-releases are not treated apart.
    pub fn contains(&self, _version: &Version) -> bool {
        todo!()
    }

    /// Whether every `===` clause equals `text`, the version as the file spells it
    /// (ASCII case is ignored, PEP 440). True where there is no such clause.
    pub fn matches_text(&self, _text: &str) -> bool {
        todo!()
    }

    /// Whether a clause other than `!=` names a pre-release, which opts in to them.
    pub fn names_prerelease(&self) -> bool {
        todo!()
    }

    /// The version, where the set is one `==` (no wildcard) or `===` clause: what pip calls pinned.
    pub fn pinned(&self) -> Option<&Version> {
        todo!()
    }
}

impl FromStr for SpecifierSet {
    type Err = InvalidSpecifier;

    fn from_str(_text: &str) -> Result<Self, InvalidSpecifier> {
        todo!()
    }
}

impl fmt::Display for SpecifierSet {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
