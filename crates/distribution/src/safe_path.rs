//! A relative path from an archive or a RECORD that cannot leave the directory it is joined to.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A path that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unsafe path {path:?}: {reason}")]
pub struct UnsafePath {
    /// The path as the archive spells it.
    pub path: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A relative path of normal components joined by `/`: never empty, absolute, with `.` or
/// `..`, a backslash, a drive letter, NUL or a control character, or a name that Windows
/// reserves the characters of (`:`). Symbolic links on the way are the opener's business.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SafePath(Box<str>);

impl SafePath {
    /// Checks `path`.
    pub fn new(path: &str) -> Result<Self, UnsafePath> {
        let refuse = |reason| Err(UnsafePath { path: path.to_owned(), reason });
        if path.is_empty() {
            return refuse("it is empty");
        }
        if path.starts_with('/') {
            return refuse("it is absolute");
        }
        if path.len() > 4096 {
            return refuse("it is longer than 4096 bytes");
        }
        for byte in path.bytes() {
            match byte {
                b'\\' => return refuse("it contains a backslash"),
                b':' => return refuse("it contains a colon"),
                0..=31 | 127 => return refuse("it contains a control character"),
                _ => {}
            }
        }
        for component in path.split('/') {
            match component {
                "" => return refuse("it has an empty component"),
                "." | ".." => return refuse("it has a '.' or '..' component"),
                _ if component.len() > 255 => return refuse("a component is longer than 255 bytes"),
                _ => {}
            }
        }
        Ok(Self(path.into()))
    }

    /// The text, with `/` between components.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The components, at least one.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }

    /// The last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// All but the last component, if there is more than one.
    pub fn parent(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(parent, _)| parent)
    }

    /// The path under `root`.
    pub fn under(&self, root: &Path) -> PathBuf {
        root.join(&*self.0)
    }
}

impl TryFrom<String> for SafePath {
    type Error = UnsafePath;

    fn try_from(path: String) -> Result<Self, UnsafePath> {
        Self::new(&path)
    }
}

impl From<SafePath> for String {
    fn from(path: SafePath) -> String {
        path.0.into()
    }
}

impl fmt::Display for SafePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}
