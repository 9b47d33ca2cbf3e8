//! What the RECORD inside a wheel promises about its files (PEP 376, 427): a listed hash that does not match refuses
//! the wheel; what else differs is noted, as pip lets it pass.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use distribution::{Digest, HashAlgorithm, Record, RecordEntry, Sha256};

use crate::error::WheelProblem;
use crate::manifest::RecordProblem;
use crate::zip::ZipEntry;

/// The hash that a file must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Promise {
    Sha256(Sha256),
    /// SHA-384 or SHA-512: computed beside the SHA-256 that the manifest needs.
    Other(Digest),
}

/// The rows of a RECORD, matched with entries.
#[derive(Debug)]
pub(crate) struct Expected {
    rows: Vec<RecordEntry>,
    /// By index of the entry: a row for it was seen, with its hash if it can be used.
    promises: HashMap<usize, Option<Promise>>,
    pub(crate) problems: Vec<RecordProblem>,
}

impl Expected {
    /// Parses RECORD.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, WheelProblem> {
        let rows = Record::parse(bytes)?.entries;
        Ok(Self { rows, promises: HashMap::new(), problems: Vec::new() })
    }

    /// Finds the entry of each row.
    pub(crate) fn resolve(
        &mut self,
        positions: &HashMap<&str, usize>,
        entries: &[ZipEntry],
    ) -> Result<(), WheelProblem> {
        for row in std::mem::take(&mut self.rows) {
            let normal = row.path.replace('\\', "/");
            let normal = normal.trim_start_matches("./");
            let index = positions.get(row.path.as_str()).or_else(|| positions.get(normal));
            let Some((&index, entry)) = index.and_then(|index| Some((index, entries.get(*index)?))) else {
                // Directories have no business in RECORD, and do no harm.
                if !row.path.ends_with('/') {
                    self.problems.push(RecordProblem::Missing(row.path));
                }
                continue;
            };
            if row.size.is_some_and(|size| size != entry.size) {
                self.problems.push(RecordProblem::Size(row.path.clone()));
            }
            let promise = row.hash.as_deref().and_then(parse_hash);
            match self.promises.get(&index) {
                Some(Some(earlier)) if promise.as_ref().is_some_and(|promise| promise != earlier) => {
                    return Err(WheelProblem::Other(format!(
                        "RECORD lists {} twice, with different hashes",
                        row.path
                    )));
                }
                Some(Some(_)) => {}
                _ => _ = self.promises.insert(index, promise),
            }
        }
        Ok(())
    }

    /// The hash promised for an entry; notes where there is none.
    pub(crate) fn take(&mut self, index: usize, entry: &ZipEntry) -> Option<Promise> {
        match self.promises.remove(&index) {
            None => {
                self.problems.push(RecordProblem::Unlisted(entry.path.as_str().to_owned()));
                None
            }
            Some(None) => {
                self.problems.push(RecordProblem::Unhashed(entry.path.as_str().to_owned()));
                None
            }
            Some(promise) => promise,
        }
    }
}

impl Promise {
    /// As RECORD writes it.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Sha256(sha256) => format!("sha256={}", sha256.record_text()),
            Self::Other(digest) => digest.to_string(),
        }
    }
}

/// `algorithm=<urlsafe base64>`, with or without padding; none for anything but SHA-256, SHA-384 and SHA-512.
fn parse_hash(text: &str) -> Option<Promise> {
    let (algorithm, value) = text.split_once('=')?;
    let bytes = URL_SAFE_NO_PAD.decode(value.trim_end_matches('=')).ok()?;
    let (algorithm, length) = match algorithm.to_ascii_lowercase().as_str() {
        "sha256" => return Some(Promise::Sha256(Sha256(bytes.try_into().ok()?))),
        "sha384" => (HashAlgorithm::Sha384, 48),
        "sha512" => (HashAlgorithm::Sha512, 64),
        _ => return None,
    };
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    (bytes.len() == length).then(|| Promise::Other(Digest { algorithm, hex: hex.into() }))
}
