//! Names of projects and extras, in the normal form of PEP 503 and PEP 685.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A text that is not a valid name by PEP 508: letters, digits, `.`, `-`, `_`,
/// beginning and ending with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is not a valid name: use letters, digits, '.', '-' and '_', with a letter or digit at both ends"
)]
pub struct InvalidName(pub String);

/// The name of a project, normalised by PEP 503 (`Foo._Bar` is `foo-bar`). Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProjectName(Arc<str>);

/// The name of an extra, normalised by PEP 685 (the same rule as PEP 503). Compares by
/// the normal form; remembers the written one, which `packaging` shows in a requirement.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExtraName {
    normal: Arc<str>,
    written: Arc<str>,
}

/// Checks and normalises in one pass; one allocation where the text is normal already.
fn normalized(text: &str) -> Result<Arc<str>, InvalidName> {
    let bytes = text.as_bytes();
    let ends_well = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    if !ends_well(bytes.first()) || !ends_well(bytes.last()) {
        return Err(InvalidName(text.to_owned()));
    }
    let mut previous = 0;
    let is_normal = bytes.iter().all(|&byte| {
        let repeated = byte == b'-' && previous == b'-';
        previous = byte;
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || (byte == b'-' && !repeated)
    });
    if is_normal {
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

/// The normal form (PEP 503) of a text that need not be a name: what the comparisons of PEP 685 and the names of
/// dependency groups (PEP 735) see.
pub fn canonicalize_name(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '-' | '_' | '.' if name.ends_with('-') => {}
            '-' | '_' | '.' => name.push('-'),
            _ => name.extend(character.to_lowercase()),
        }
    }
    name
}

/// The normal and the written form, one allocation where they are the same.
fn both_forms(text: &str) -> Result<(Arc<str>, Arc<str>), InvalidName> {
    let normal = normalized(text)?;
    let written = if *normal == *text { normal.clone() } else { text.into() };
    Ok((normal, written))
}

impl ProjectName {
    /// The name, and the text as written for messages.
    pub(crate) fn with_text(text: &str) -> Result<(Self, Arc<str>), InvalidName> {
        both_forms(text).map(|(normal, written)| (Self(normal), written))
    }

    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ProjectName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        normalized(text).map(Self)
    }
}

impl ExtraName {
    /// The normalised text.
    pub fn as_str(&self) -> &str {
        &self.normal
    }

    /// The text as it was written.
    pub fn written(&self) -> &str {
        &self.written
    }
}

impl FromStr for ExtraName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        both_forms(text).map(|(normal, written)| Self { normal, written })
    }
}

impl PartialEq for ExtraName {
    fn eq(&self, other: &Self) -> bool {
        self.normal == other.normal
    }
}

impl Eq for ExtraName {}

impl Hash for ExtraName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.normal.hash(state);
    }
}

impl PartialOrd for ExtraName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ExtraName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.normal.cmp(&other.normal)
    }
}

macro_rules! name_conversions {
    ($name:ident) => {
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
                formatter.pad(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }
    };
}

name_conversions!(ProjectName);
name_conversions!(ExtraName);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_are_normalised() {
        for (text, normal) in [
            ("requests", "requests"),
            ("Foo._-Bar", "foo-bar"),
            ("zope.interface", "zope-interface"),
            ("A", "a"),
            ("a1", "a1"),
            ("typing-extensions", "typing-extensions"),
            ("a--b", "a-b"),
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

    #[test]
    fn extras_compare_by_normal_form_and_keep_the_written_one() {
        let extra: ExtraName = "Test_Extra".parse().unwrap();
        assert_eq!(extra, "test-extra".parse().unwrap());
        assert_eq!(extra.to_string(), "test-extra");
        assert_eq!(extra.written(), "Test_Extra");
    }
}
