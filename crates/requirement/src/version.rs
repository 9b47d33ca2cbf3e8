//! Versions (PEP 440), behind a type of our own: the parser is `pep440_rs`'s, which
//! agrees with PyPA `packaging` but for numbers beyond 64 bits.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::cursor::is_space;

/// A text that is not a version by PEP 440.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a valid version")]
pub struct InvalidVersion(pub String);

/// A version. Ordered and compared by PEP 440 (`1.0` equals `1.0.0`); displays in normal form. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(pub(crate) pep440_rs::Version);

impl Version {
    /// The version of these release numbers alone: `[3, 12]` is `3.12`. No number is 0.
    pub fn of_release(release: &[u64]) -> Self {
        Self(pep440_rs::Version::new(if release.is_empty() { &[0] } else { release }))
    }

    /// Whether this is a pre-release or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.0.any_prerelease()
    }

    /// Whether this is a post-release.
    pub fn is_postrelease(&self) -> bool {
        self.0.is_post()
    }

    /// Whether this has a local part (`+...`).
    pub fn is_local(&self) -> bool {
        self.0.is_local()
    }

    /// The epoch, 0 where none is written.
    pub fn epoch(&self) -> u64 {
        self.0.epoch()
    }

    /// The release numbers, without epoch, pre, post, dev and local parts.
    pub fn release(&self) -> &[u64] {
        self.0.release()
    }

    /// The version without its local part.
    pub fn without_local(&self) -> Self {
        self.public().into_owned()
    }

    /// The version without its local part, borrowed where there is none.
    pub(crate) fn public(&self) -> Cow<'_, Self> {
        if self.is_local() { Cow::Owned(Self(self.0.clone().without_local())) } else { Cow::Borrowed(self) }
    }
}

impl FromStr for Version {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, InvalidVersion> {
        // `packaging` trims what Python calls white space, which is more than ASCII.
        pep440_rs::Version::from_str(text.trim_matches(is_space))
            .map(Self)
            .map_err(|_| InvalidVersion(text.to_owned()))
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
    /// Writes part by part: `pep440_rs` builds a string for each part first.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.epoch() != 0 {
            write!(formatter, "{}!", self.0.epoch())?;
        }
        for (position, number) in self.release().iter().enumerate() {
            if position > 0 {
                formatter.write_char('.')?;
            }
            fmt::Display::fmt(number, formatter)?;
        }
        if let Some(pre) = self.0.pre() {
            fmt::Display::fmt(&pre, formatter)?;
        }
        if let Some(post) = self.0.post() {
            write!(formatter, ".post{post}")?;
        }
        if let Some(dev) = self.0.dev() {
            write!(formatter, ".dev{dev}")?;
        }
        for (position, segment) in self.0.local().iter().enumerate() {
            formatter.write_char(if position == 0 { '+' } else { '.' })?;
            fmt::Display::fmt(segment, formatter)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn versions_show_their_normal_form() {
        for (text, normal) in [
            ("1.0", "1.0"),
            (" v1.0-ALPHA.2 ", "1.0a2"),
            ("2!1.0c3.r4.dev", "2!1.0rc3.post4.dev0"),
            ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
            ("1.2.3.4.5", "1.2.3.4.5"),
            ("1-1", "1.post1"),
        ] {
            let version: Version = text.parse().unwrap();
            assert_eq!(version.to_string(), normal);
            assert_eq!(version.0.to_string(), normal);
        }
    }

    #[test]
    fn the_parts_can_be_asked_for() {
        let version: Version = "2!1.10.0.post1+cu118".parse().unwrap();
        assert_eq!((version.epoch(), version.release()), (2, [1, 10, 0].as_slice()));
        assert!(version.is_local() && version.is_postrelease() && !version.is_prerelease());
        assert_eq!(version.without_local().to_string(), "2!1.10.0.post1");
        assert!("1.0.dev3".parse::<Version>().unwrap().is_prerelease());
        assert!("1.0+".parse::<Version>().is_err());
    }
}
