//! Names of projects and extras, in the normal form of PEP 503 and PEP 685.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that is not a valid name by PEP 508: letters, digits, `.`, `-`, `_`,
/// beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a valid name: use letters, digits, '.', '-' and '_', with a letter or digit at both ends")]
pub struct InvalidName(pub String);

/// The name of a project, normalised by PEP 503 (`Foo._Bar` is `foo-bar`). Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(Arc<str>);

/// The name of an extra, normalised by PEP 685 (the same rule as PEP 503).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExtraName(Arc<str>);

/// Checks and normalises in one pass.
fn normalized(text: &str) -> Result<Arc<str>, InvalidName> {
    let bytes = text.as_bytes();
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if !ends_well(bytes.first()) || !ends_well(bytes.last()) {
        return Err(InvalidName(text.to_owned()));
    }
    if bytes.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Ok(text.into());
    }
    let mut name = String::with_capacity(text.len());
    for &byte in bytes {
        match byte {
            b'-' | b'_' | b'.' if name.ends_with('-') => {}
            b'-' | b'_' | b'.' => name.push('-'),
            _ if byte.is_ascii_alphanumeric() => name.push(byte.to_ascii_lowercase().into()),
            _ => return Err(InvalidName(text.to_owned())),
        }
    }
    Ok(name.into())
}

macro_rules! name_type {
    ($name:ident) => {
        impl $name {
            /// The normalised text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                normalized(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(text: String) -> Result<Self, InvalidName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

name_type!(ProjectName);
name_type!(ExtraName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (text, normal) in [
            ("requests", "requests"),
            ("Foo._-Bar", "foo-bar"),
            ("zope.interface", "zope-interface"),
            ("A", "a"),
            ("a1", "a1"),
        ] {
            assert_eq!(text.parse::<ProjectName>().unwrap().as_str(), normal);
        }
    }

    #[test]
    fn bad_names_are_refused() {
        for text in ["", "-a", "a-", "a b", "a/b", "é", "a\n", ".."] {
            assert!(text.parse::<ProjectName>().is_err(), "{text:?}");
        }
    }
}
