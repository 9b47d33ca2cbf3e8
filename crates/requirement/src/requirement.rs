//! Requirements: PEP 508 strings. The leniency that real metadata needs is in `leniency`.

mod parser;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use crate::cursor::write_with_caret;
use crate::redaction::redacted;
use crate::{ExtraName, Marker, MarkerEnvironment, ProjectName, SpecifierSet};

/// A requirement that does not follow PEP 508.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRequirement {
    /// The requirement as written.
    pub text: String,
    /// What is wrong, for a person.
    pub reason: String,
    /// Where, counted in characters from 1.
    pub column: usize,
}

impl fmt::Display for InvalidRequirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", redacted(&self.reason))?;
        write_with_caret(formatter, &self.text, self.column)
    }
}

impl std::error::Error for InvalidRequirement {}

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
/// Equal where name, extras, source and marker are; how the name is written does not matter.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The normalised name.
    pub name: ProjectName,
    /// The name as written, for messages.
    pub name_text: Arc<str>,
    /// The extras asked for, sorted and without repeats.
    pub extras: Vec<ExtraName>,
    /// Which versions, or which URL.
    pub source: RequirementSource,
    /// When it applies; always, when absent.
    pub marker: Option<Marker>,
}

impl Requirement {
    /// The versions that are asked for; None for a direct reference.
    pub fn specifiers(&self) -> Option<&SpecifierSet> {
        match &self.source {
            RequirementSource::Index(specifiers) => Some(specifiers),
            RequirementSource::Url(_) => None,
        }
    }

    /// Whether `version` satisfies it; only one on an index can tell.
    pub fn is_met_by(&self, version: &crate::Version) -> bool {
        matches!(&self.source, RequirementSource::Index(specifiers) if specifiers.contains(version))
    }

    /// The URL of a direct reference.
    pub fn url(&self) -> Option<&str> {
        match &self.source {
            RequirementSource::Index(_) => None,
            RequirementSource::Url(url) => Some(url),
        }
    }

    /// Whether the requirement applies in `environment` when `extras` of the project that
    /// has it are asked for; see [`Marker::evaluate`].
    pub fn applies(&self, environment: &MarkerEnvironment, extras: &[ExtraName]) -> bool {
        self.marker.as_ref().is_none_or(|marker| marker.evaluate(environment, extras))
    }
}

impl PartialEq for Requirement {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
            && self.extras == other.extras
            && self.source == other.source
            && self.marker == other.marker
    }
}

impl Eq for Requirement {}

impl Hash for Requirement {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.extras.hash(state);
        self.source.hash(state);
        self.marker.hash(state);
    }
}

impl FromStr for Requirement {
    type Err = InvalidRequirement;

    /// Strict, for what people write. For what packages say about themselves see
    /// [`Requirement::from_metadata`].
    fn from_str(text: &str) -> Result<Self, InvalidRequirement> {
        parser::requirement(text).map_err(|error| InvalidRequirement {
            column: error.column(text),
            reason: error.reason.into_owned(),
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name_text)?;
        if !self.extras.is_empty() {
            let mut extras: Vec<&str> = self.extras.iter().map(ExtraName::written).collect();
            extras.sort_unstable();
            write!(formatter, "[{}]", extras.join(","))?;
        }
        match &self.source {
            RequirementSource::Index(specifiers) if specifiers.specifiers().len() < 2 => {
                fmt::Display::fmt(specifiers, formatter)?;
            }
            RequirementSource::Index(specifiers) => formatter.write_str(&specifiers.to_sorted_string())?,
            RequirementSource::Url(url) => {
                write!(formatter, " @ {url}")?;
                formatter.write_str(if self.marker.is_some() { " " } else { "" })?;
            }
        }
        match &self.marker {
            Some(marker) => write!(formatter, "; {marker}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn requirements_show_as_packaging_shows_them() {
        for (text, shown) in [
            ("Foo", "Foo"),
            ("foo_Bar [B_b,a, C] >=1.0 , != 1.1,>=1.0", "foo_Bar[B_b,C,a]!=1.1,>=1.0"),
            ("foo (==1.0-alpha.1)", "foo==1.0-alpha.1"),
            ("foo== 1.0.*,<2;python_version<'3'", "foo<2,==1.0.*; python_version < \"3\""),
            ("foo@ https://e.org/x.whl", "foo @ https://e.org/x.whl"),
            (
                "foo [a]@https://e.org/x.whl ; os.name=='nt'",
                "foo[a] @ https://e.org/x.whl ; os_name == \"nt\"",
            ),
            (
                "foo;(os_name=='a' and (extra=='B_b'))or((platform.machine in \"x'y\"))",
                "foo; (os_name == \"a\" and extra == \"b-b\") or platform_machine in \"x'y\"",
            ),
            ("foo~=2.2,===Weird", "foo===Weird,~=2.2"),
            ("foo>=v1.0", "foo>=v1.0"),
            ("foo==1.0+LOCAL, ==1.0.0+local", "foo==1.0+LOCAL"),
            ("foo>=1,>=1.0,>=1.0.0", "foo>=1"),
        ] {
            assert_eq!(text.parse::<Requirement>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn the_spelling_of_a_name_does_not_make_a_difference() {
        let left: Requirement = "Foo_Bar[X_y]>=1".parse().unwrap();
        assert_eq!(left, "foo-bar[x.Y] >= 1.0".parse().unwrap());
        assert_ne!(left, "foo-bar[x.Y] >= 1.0.1".parse().unwrap());
        assert_eq!(&*left.name_text, "Foo_Bar");
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, column, reason) in [
            ("", 1, "Expected package name at the start of dependency specifier"),
            ("foo bar", 5, "Expected semicolon (after name with no version specifier) or end"),
            ("foo[a b]", 7, "Expected comma between extra names"),
            ("foo[a,]", 7, "Expected extra name after comma"),
            ("foo[a", 4, "Expected matching right bracket for left bracket, after extras"),
            (
                "foo (>=1",
                5,
                "Expected matching right parenthesis for left parenthesis, after version specifier",
            ),
            ("foo>=1.*", 4, ".* suffix can only be used with `==` or `!=` operators"),
            ("foo>=1.0+x", 4, "Local version label can only be used with `==` or `!=` operators"),
            ("foo>=", 4, "Expected a version after the operator"),
            ("foo @ ", 7, "Expected URL after @"),
            ("foo @ x y", 9, "Expected semicolon (after URL and whitespace) or end"),
            (
                "foo; os_name",
                13,
                "Expected marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in",
            ),
            ("foo; ö == 'x'", 6, "Expected a marker variable or quoted string"),
            ("foo; 'ö' == x", 13, "Expected a marker variable or quoted string"),
            ("foo; os_name == 'x' x", 21, "Expected 'and', 'or' or the end of the marker"),
        ] {
            let error = text.parse::<Requirement>().unwrap_err();
            assert_eq!((error.column, error.reason.as_str()), (column, reason), "{text}");
        }
    }
}
