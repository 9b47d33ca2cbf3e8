//! What old packages say about themselves, and PEP 440 and PEP 508 do not allow: the only
//! place where more is accepted than they do. Each rule is a rewrite to what was meant;
//! where that can be doubted there is no rule, and the text stays refused.

use crate::cursor::is_space;
use crate::{InvalidRequirement, InvalidSpecifier, Requirement, SpecifierSet};

impl SpecifierSet {
    /// Reads `Requires-Python` or the like as it stands in published metadata: strictly, and
    /// where that fails with the known mistakes repaired. The error is the strict one.
    pub fn from_metadata(text: &str) -> Result<Self, InvalidSpecifier> {
        text.parse().or_else(|error| repaired(text).and_then(|clauses| clauses.parse().ok()).ok_or(error))
    }
}

impl Requirement {
    /// Reads `Requires-Dist` as it stands in published metadata: strictly, and where that
    /// fails with the known mistakes in its specifiers repaired. The error is the strict one.
    pub fn from_metadata(text: &str) -> Result<Self, InvalidRequirement> {
        text.parse().or_else(|error| {
            repaired_requirement(text).and_then(|requirement| requirement.parse().ok()).ok_or(error)
        })
    }
}

/// The requirement with its specifiers repaired; None where there are none.
fn repaired_requirement(text: &str) -> Option<String> {
    let (body, marker) = text.split_at(text.find(';').unwrap_or(text.len()));
    let (name, specifiers) =
        body.split_at(body.find(|character| is_operator(character) || character == '(')?);
    if name.contains('@') || name.trim_matches(is_space).is_empty() {
        return None;
    }
    let specifiers = specifiers.trim_matches(is_space);
    let specifiers = match specifiers.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?,
        None => specifiers,
    };
    Some(format!("{name}{} {marker}", repaired(specifiers)?))
}

fn is_operator(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '!' | '~')
}

/// The clauses, each repaired; None where a clause is not understood.
fn repaired(text: &str) -> Option<String> {
    let mut clauses = Vec::new();
    for between_commas in text.split(',') {
        let mut rest = between_commas.trim_matches(is_space);
        // `>=1.0 <2.0`, `>=1.0<2.0`: a comma is missing.
        while !rest.is_empty() {
            let version = rest.find(|character| !is_operator(character))?;
            let (operator, after) = rest.split_at(version);
            let (version, following) = after.split_at(after.find(is_operator).unwrap_or(after.len()));
            clauses.push(repaired_clause(operator, version.trim_matches(is_space))?);
            rest = following;
        }
    }
    clauses.retain(|clause| !clause.is_empty());
    Some(clauses.join(","))
}

/// One clause; empty where it says nothing.
fn repaired_clause(operator: &str, version: &str) -> Option<String> {
    // `>= '2.7'`: quotes.
    let version = version.trim_matches(['\'', '"']).trim_matches(is_space);
    let base = version.strip_suffix('*').map(|base| base.strip_suffix('.').unwrap_or(base));
    Some(match (operator, base) {
        // `pytz (>dev)`: every version was above `dev` before PEP 440.
        (">" | ">=", None) if version == "dev" => String::new(),
        // `>=3.6.*`, `<4.*`: the lower end of a prefix; the upper one is not meant for certain.
        (">=" | "<", Some(base)) => format!("{operator}{base}"),
        // `!=3.0*`: a dot is missing.
        ("==" | "!=", Some(base)) => format!("{operator}{base}.*"),
        // `!=~5.0`: as `!=5.0.*`.
        ("!=~", None) => format!("!={version}.*"),
        (_, None) => format!("{operator}{version}"),
        (_, Some(_)) => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn known_mistakes_in_requires_python_are_repaired() {
        for (text, meaning) in [
            (">= '2.7'", ">=2.7"),
            (">=\"3.6\"", ">=3.6"),
            (">=2.7,!=3.0*,!=3.1*,!=3.2*", ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*"),
            (">=3.6.*", ">=3.6"),
            ("<4.*", "<4"),
            (">=2.7.*, !=3.0.*, !=3.1.*", ">=2.7,!=3.0.*,!=3.1.*"),
            (">=3.6 <4.0", ">=3.6,<4.0"),
            (">=7.2.0<8.0.0", ">=7.2.0,<8.0.0"),
            ("!=~5.0,>=4.12", "!=5.0.*,>=4.12"),
            (">dev", ""),
            (">=3.7,", ">=3.7"),
        ] {
            assert_eq!(SpecifierSet::from_metadata(text).unwrap(), meaning.parse().unwrap(), "{text}");
        }
    }

    #[test]
    fn doubtful_texts_stay_refused_with_the_strict_error() {
        for text in [
            "3.6",
            "=>3.6",
            "~3.6",
            "^3.6",
            ">3.6.*",
            "<=3.6.*",
            "~=3.6.*",
            "*",
            ">=*",
            ">=3.x",
            "<dev",
            "==dev",
            ">=3.6 or <3",
            ">=3.6; x",
            "!=~5.0.*",
        ] {
            assert_eq!(
                SpecifierSet::from_metadata(text).unwrap_err(),
                text.parse::<SpecifierSet>().unwrap_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn known_mistakes_in_requires_dist_are_repaired() {
        for (text, meaning) in [
            ("pytz (>dev)", "pytz"),
            ("jupyter-core!=~5.0,>=4.12", "jupyter-core!=5.0.*,>=4.12"),
            ("foo[bar] (>=1.0 <2.0) ; extra == 'x'", "foo[bar]>=1.0,<2.0; extra == 'x'"),
            ("foo>=1.*; python_version < '3'", "foo>=1; python_version < '3'"),
            ("foo >= '1.0'", "foo>=1.0"),
        ] {
            assert_eq!(Requirement::from_metadata(text).unwrap(), meaning.parse().unwrap(), "{text}");
        }
        for text in ["foo (1.0)", "foo (>=1.0", "foo>=1.0)", "foo=1.0", "foo @ x y>=1", "(foo)", "foo", ""] {
            assert_eq!(Requirement::from_metadata(text).ok(), text.parse::<Requirement>().ok(), "{text}");
        }
    }
}
