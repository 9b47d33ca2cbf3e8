//! Versions (PEP 440), behind a type of our own: the parser is `pep440_rs`'s, which
//! agrees with PyPA `packaging` but for numbers beyond 64 bits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not a version by PEP 440.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a valid version")]
pub struct InvalidVersion(pub String);

/// A version. Ordered and compared by PEP 440 (`1.0` equals `1.0.0`); displays in normal form. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(pub(crate) pep440_rs::Version);

impl Version {
    /// Whether this is a pre-release or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }

    /// Whether this has a local part (`+...`).
    pub fn is_local(&self) -> bool {
        self.0.is_local()
    }

    /// The release numbers, without epoch, pre, post, dev and local parts.
    pub fn release(&self) -> &[u64] {
        todo!()
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        pep440_rs::Version::from_str(text).map(Self).map_err(|_| InvalidVersion(text.to_owned()))
    }
}

impl TryFrom<String> for Version {
    type Error = InvalidVersion;

    fn try_from(text: String) -> Result<Self, InvalidVersion> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> String {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}
