//! RECORD of a wheel (binary distribution format): every file is listed with its right hash and size, and nothing else is.

use std::collections::BTreeMap;

use distribution::{Digest, HashAlgorithm, Record, RecordEntry};

/// What RECORD says, to be compared with the files one after the other.
pub(crate) struct RecordCheck {
    /// Its own path.
    path: String,
    listed: BTreeMap<String, RecordEntry>,
    problems: Vec<String>,
}

impl RecordCheck {
    /// Reads RECORD, which lies at `path`.
    pub(crate) fn new(path: &str, bytes: &[u8]) -> Self {
        let mut check = Self { path: path.to_owned(), listed: BTreeMap::new(), problems: Vec::new() };
        match Record::parse(bytes) {
            Ok(record) => {
                for entry in record.entries {
                    let path = entry.path.clone();
                    if check.listed.insert(path.clone(), entry).is_some() {
                        check.problems.push(format!("RECORD lists {path} twice"));
                    }
                }
            }
            Err(error) => check.problems.push(error.to_string()),
        }
        check
    }

    /// Whether the file at `path` may be unlisted, or listed without a hash: RECORD itself and its signatures.
    fn is_exempt(&self, path: &str) -> bool {
        path == self.path
            || [".jws", ".p7s"].iter().any(|ending| path.strip_suffix(ending) == Some(&self.path))
    }

    /// By which algorithm the file at `path` is to be hashed.
    pub(crate) fn algorithm(&self, path: &str) -> HashAlgorithm {
        let hash = self.listed.get(path).and_then(|entry| entry.hash.as_deref());
        let digest = hash.and_then(|hash| Digest::from_record(hash).ok());
        digest.map_or(HashAlgorithm::Sha256, |digest| digest.algorithm)
    }

    /// Compares a file, of `size` bytes, with what RECORD says of it.
    pub(crate) fn file(&mut self, path: &str, size: u64, found: &Digest) {
        let Some(entry) = self.listed.remove(path) else {
            if !self.is_exempt(path) {
                self.problems.push(format!("RECORD does not list {path}"));
            }
            return;
        };
        if self.is_exempt(path) {
            if entry.hash.is_some() && path == self.path {
                self.problems.push("RECORD has a hash of itself".to_owned());
            }
            return;
        }
        let Some(hash) = &entry.hash else {
            self.problems.push(format!("RECORD has no hash of {path}"));
            return;
        };
        match Digest::from_record(hash) {
            Ok(digest) if !digest.algorithm.is_strong() => {
                self.problems.push(format!(
                    "RECORD's hash of {path} is {}: sha256 or better is asked for",
                    digest.algorithm
                ));
            }
            Ok(digest) if digest != *found => {
                self.problems.push(format!("RECORD's hash of {path} is wrong"));
            }
            Ok(_) => {}
            Err(_) => self.problems.push(format!("RECORD's hash of {path} is none: '{hash}'")),
        }
        if entry.size.is_some_and(|listed| listed != size) {
            self.problems.push(format!("RECORD's size of {path} is wrong"));
        }
    }

    /// What is wrong.
    pub(crate) fn finish(mut self) -> Vec<String> {
        let left: Vec<String> = self.listed.into_keys().collect();
        self.problems.extend(left.iter().map(|path| format!("RECORD lists {path}, which is not there")));
        self.problems
    }
}
