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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_relative_paths_are_safe() {
        for path in
            ["a", "a/b.py", "a b/é/...", "..a/b..", ".hidden", "a-1.0.dist-info/RECORD", "~/a", "$HOME/%41"]
        {
            let safe = SafePath::new(path).unwrap();
            assert_eq!(safe.as_str(), path);
            assert_eq!(safe.under(Path::new("/env")), Path::new("/env").join(path));
        }
        let path = SafePath::new("a/b/c.py").unwrap();
        assert_eq!((path.file_name(), path.parent()), ("c.py", Some("a/b")));
        assert_eq!(path.components().collect::<Vec<_>>(), ["a", "b", "c.py"]);
        assert_eq!(SafePath::new("a").unwrap().parent(), None);
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in [
            "",
            "/",
            "/etc/passwd",
            "//host/share",
            ".",
            "..",
            "../a",
            "a/../../b",
            "a/..",
            "a/.",
            "./a",
            "a//b",
            "a/",
            "\\a",
            "a\\..\\b",
            "C:/a",
            "C:a",
            "a:stream",
            "a\0b",
            "a\nb",
            "a\u{7f}",
            "a\u{1b}[31m",
            &"a".repeat(256),
            &"a/".repeat(3000),
        ] {
            assert!(SafePath::new(path).is_err(), "{path:?}");
            assert!(serde_json::from_value::<SafePath>(path.into()).is_err(), "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn a_safe_path_never_leaves_its_root(path in prop_oneof![any::<String>(), "[a./\\\\:]{0,12}"]) {
            if let Ok(safe) = SafePath::new(&path) {
                let under = safe.under(Path::new("root"));
                prop_assert!(under.components().all(|component| matches!(component, Component::Normal(_))));
                prop_assert!(under.starts_with("root") && under.components().count() > 1);
                let text = serde_json::to_string(&safe).unwrap();
                prop_assert_eq!(serde_json::from_str::<SafePath>(&text).unwrap(), safe);
            }
        }
    }
}
