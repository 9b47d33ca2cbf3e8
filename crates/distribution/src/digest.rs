//! Hashes of files: what indexes, `--hash` and RECORD promise, and how it is checked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The hash algorithms that indexes and requirements files use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum HashAlgorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// A text that is not `algorithm:hex` with the right length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a hash: expected algorithm:hexadecimal, with md5, sha1, sha224, sha256, sha384 or sha512")]
pub struct InvalidDigest(pub String);

/// A hash with its algorithm; displays as `sha256:<hex>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest {
    /// The algorithm.
    pub algorithm: HashAlgorithm,
    /// Lower-case hexadecimal, of the algorithm's length.
    pub hex: Box<str>,
}

/// A SHA-256: the address of an archive in the cache. Displays as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sha256(pub [u8; 32]);

/// Computes one hash over a stream of bytes.
pub struct Hasher {/* one of the digest states */}

impl Hasher {
    /// A hasher for `algorithm`.
    pub fn new(_algorithm: HashAlgorithm) -> Self {
        todo!()
    }

    /// Adds bytes.
    pub fn update(&mut self, _bytes: &[u8]) {
        todo!()
    }

    /// The hash of all that was added.
    pub fn finish(self) -> Digest {
        todo!()
    }
}

impl Digest {
    /// The hash of `bytes`.
    pub fn of(_algorithm: HashAlgorithm, _bytes: &[u8]) -> Self {
        todo!()
    }

    /// The bytes, where this is a SHA-256.
    pub fn sha256(&self) -> Option<Sha256> {
        todo!()
    }
}

impl Sha256 {
    /// The SHA-256 of `bytes`.
    pub fn of(_bytes: &[u8]) -> Self {
        todo!()
    }

    /// As RECORD writes it: URL-safe base64 without padding (to follow `sha256=`).
    pub fn record_text(&self) -> String {
        todo!()
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    /// Parses `algorithm:hex` or `algorithm=hex`.
    fn from_str(_text: &str) -> Result<Self, InvalidDigest> {
        todo!()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl FromStr for Sha256 {
    type Err = InvalidDigest;

    /// Parses 64 hexadecimal digits.
    fn from_str(_text: &str) -> Result<Self, InvalidDigest> {
        todo!()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
