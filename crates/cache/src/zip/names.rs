//! Names that would meet on some file system: equal, equal but for case or Unicode normal form, or a file where
//! another entry needs a directory.

use std::borrow::Cow;
use std::collections::HashSet;

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::{ZipEntry, ZipError};

/// All names of an archive, folded. The sets hash with a random key: names come from strangers.
#[derive(Default)]
pub(crate) struct Names {
    files: HashSet<Box<str>>,
    directories: HashSet<Box<str>>,
    listed_directories: HashSet<Box<str>>,
}

impl Names {
    /// Adds an entry; refuses a name that is there already.
    pub(crate) fn add(&mut self, entry: &ZipEntry) -> Result<(), ZipError> {
        let name = folded(entry.path.as_str());
        self.add_parents(&name);
        let is_new = if entry.is_directory {
            self.add_directory(&name);
            self.listed_directories.insert(entry.path.as_str().into())
        } else {
            self.files.insert(name.into())
        };
        if is_new {
            return Ok(());
        }
        let reason = "another entry has the same name, or one that differs only in case or Unicode form";
        Err(ZipError::entry(entry.path.as_str(), reason))
    }

    /// Refuses a file that is another entry's directory; called after all were added.
    pub(crate) fn check(&self) -> Result<(), ZipError> {
        match self.directories.iter().find(|directory| self.files.contains(&***directory)) {
            Some(name) => Err(ZipError::entry(name, "it is both a file and a directory")),
            None => Ok(()),
        }
    }

    fn add_parents(&mut self, name: &str) {
        let mut path = name;
        while let Some((parent, _)) = path.rsplit_once('/') {
            if !self.add_directory(parent) {
                return;
            }
            path = parent;
        }
    }

    fn add_directory(&mut self, name: &str) -> bool {
        !self.directories.contains(name) && self.directories.insert(name.into())
    }
}

/// A name as the most tolerant file system compares it: decomposed, in lower case.
fn folded(name: &str) -> Cow<'_, str> {
    if !name.is_ascii() {
        let normalizer = DecomposingNormalizerBorrowed::new_nfd();
        let lower: String = normalizer.normalize(name).chars().flat_map(char::to_lowercase).collect();
        return Cow::Owned(normalizer.normalize(&lower).into_owned());
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(name.to_ascii_lowercase());
    }
    Cow::Borrowed(name)
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn names_that_some_file_system_takes_for_one() {
        for (one, other) in [
            ("a/B.py", "A/b.py"),
            ("caf\u{e9}", "cafe\u{301}"),
            ("CAF\u{c9}", "cafe\u{301}"),
            ("\u{212a}", "k"),
            ("\u{c5}", "\u{212b}"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        assert_ne!(folded("a_b"), folded("a-b"));
    }
}
