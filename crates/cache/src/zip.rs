//! The strict zip reader (APPNOTE 6.3): every wheel, local, remote or cached, is read by this one.
//!
//! Refused: prefixes, trailing data, several end records, gaps and overlaps between entries, disagreement of
//! local header, descriptor and central directory, duplicate names, encryption, methods other than
//! stored and deflate, wrong CRC or size, zip64 lies, symlinks, devices, unsafe or colliding paths, bombs.

use std::borrow::Cow;

use distribution::SafePath;

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry}: {reason}")]
pub struct ZipError {
    /// The entry's name, or `archive`.
    pub entry: String,
    /// What is wrong.
    pub reason: String,
}

/// One file (directories are checked and left out).
#[derive(Debug, Clone)]
pub struct ZipEntry {
    /// Its path.
    pub path: SafePath,
    /// Uncompressed size.
    pub size: u64,
    /// Whether an executable bit is set in its Unix mode.
    pub executable: bool,
    /* offset of the data, compressed size, method, crc: private */
}

/// An archive in memory (or mapped), its structure checked.
#[derive(Debug)]
pub struct ZipReader<'a> {
    /* bytes, entries */
    _bytes: &'a [u8],
}

impl<'a> ZipReader<'a> {
    /// Reads and checks the structure; no entry is inflated yet.
    pub fn new(_bytes: &'a [u8]) -> Result<Self, ZipError> {
        todo!()
    }

    /// The files in the order of the central directory.
    pub fn entries(&self) -> &[ZipEntry] {
        todo!()
    }

    /// The entry at `path`.
    pub fn find(&self, _path: &str) -> Option<&ZipEntry> {
        todo!()
    }

    /// The content of `entry`, inflated and checked against its size and CRC.
    pub fn read(&self, _entry: &ZipEntry) -> Result<Cow<'a, [u8]>, ZipError> {
        todo!()
    }
}
