//! The strict zip reader (APPNOTE 6.3): every wheel, local, remote or cached, is read by this one.
//!
//! Refused: prefixes, trailing data, several end records, gaps and overlaps between entries, disagreement of
//! local header, descriptor and central directory, duplicate names, encryption, methods other than
//! stored and deflate, wrong CRC or size, zip64 lies, symlinks, devices, unsafe or colliding paths, bombs.
//!
//! [`ZipReader`] reads an archive that is there as a whole. [`ZipDirectory`] is its first half: from the last bytes of
//! an archive it gives the entries and where they lie, so that a remote archive can be read by ranges.

mod directory;
mod fields;
mod inflate;
mod local;
mod names;

use std::borrow::Cow;
use std::ops::Range;

use distribution::SafePath;

pub use directory::{DirectoryLocation, ZipDirectory};
pub use inflate::Inflater;

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entry}: {reason}")]
pub struct ZipError {
    /// The entry's name, or `archive`.
    pub entry: String,
    /// What is wrong.
    pub reason: String,
}

impl ZipError {
    pub(crate) fn archive(reason: impl Into<String>) -> Self {
        Self { entry: "archive".to_owned(), reason: reason.into() }
    }

    pub(crate) fn entry(entry: &str, reason: impl Into<String>) -> Self {
        Self { entry: entry.to_owned(), reason: reason.into() }
    }
}

/// What an archive may ask for at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ZipLimits {
    /// Entries, directories among them.
    pub entries: u64,
    /// Bytes of all entries, uncompressed.
    pub total_size: u64,
    /// Uncompressed by compressed bytes of the whole archive, where it unpacks to more than [`RATIO_FREE`].
    pub ratio: u64,
    /// Whether symbolic links may be among the entries, as in source archives; their targets are not looked at.
    pub links: bool,
}

/// Up to this size of all entries together the ratio does not matter: 64 MiB.
pub const RATIO_FREE: u64 = 64 << 20;

impl Default for ZipLimits {
    /// 200,000 entries, 32 GiB, 200 times, no links.
    fn default() -> Self {
        Self { entries: 200_000, total_size: 32 << 30, ratio: 200, links: false }
    }
}

/// How an entry is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Stored,
    Deflate,
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
    /// When it was changed: the date and the time of DOS, in one word.
    pub modified: u32,
    pub(crate) method: Method,
    pub(crate) flags: u16,
    pub(crate) crc: u32,
    pub(crate) compressed_size: u64,
    pub(crate) is_directory: bool,
    /// Whether the content is the target of a symbolic link.
    pub(crate) is_link: bool,
    /// Where its local header begins.
    pub(crate) header_offset: u64,
    /// Where the next local header, or the central directory, begins.
    pub(crate) end_offset: u64,
}

impl ZipEntry {
    /// The bytes of the archive that belong to this entry: local header, data, descriptor.
    pub fn range(&self) -> Range<u64> {
        self.header_offset..self.end_offset
    }

    /// The size in the archive.
    pub fn compressed_size(&self) -> u64 {
        self.compressed_size
    }

    /// The content, given the bytes of [`ZipEntry::range`]: the local header is checked against the central
    /// directory, the content against size and CRC.
    pub fn read_from<'a>(&self, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, ZipError> {
        let data = local::data(self, bytes)?;
        match self.method {
            Method::Stored => {
                inflate::check_stored(self, data)?;
                Ok(Cow::Borrowed(data))
            }
            Method::Deflate => {
                // Not reserved at once: the size is only a claim until the data is inflated.
                let mut content = Vec::new();
                Inflater::default().stream(self, bytes, &mut |part| {
                    content.extend_from_slice(part);
                    Ok::<(), ZipError>(())
                })?;
                Ok(Cow::Owned(content))
            }
        }
    }
}

/// An archive in memory (or mapped), its structure checked.
#[derive(Debug)]
pub struct ZipReader<'a> {
    bytes: &'a [u8],
    directory: ZipDirectory,
}

impl<'a> ZipReader<'a> {
    /// Reads and checks the structure; no entry is inflated yet.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ZipError> {
        Self::with_limits(bytes, &ZipLimits::default())
    }

    /// As [`ZipReader::new`], with other limits.
    pub fn with_limits(bytes: &'a [u8], limits: &ZipLimits) -> Result<Self, ZipError> {
        let location = ZipDirectory::locate(bytes, bytes.len() as u64)?;
        let central = fields::slice(bytes, &location.range())
            .ok_or_else(|| ZipError::archive("its central directory lies outside"))?;
        let directory = ZipDirectory::parse(central, &location, limits)?;
        let reader = Self { bytes, directory };
        for entry in reader.directory.all() {
            let data = local::data(entry, reader.entry_bytes(entry)?)?;
            if entry.is_directory {
                inflate::check_directory(entry, data)?;
            }
        }
        Ok(reader)
    }

    /// The files in the order of the central directory.
    pub fn entries(&self) -> &[ZipEntry] {
        self.directory.entries()
    }

    /// The directories that are entries of their own.
    pub(crate) fn directories(&self) -> &[ZipEntry] {
        self.directory.directories()
    }

    /// The entry at `path`, by looking through all of them.
    pub fn find(&self, path: &str) -> Option<&ZipEntry> {
        self.directory.find(path)
    }

    /// The content of `entry`, inflated and checked against its size and CRC.
    pub fn read(&self, entry: &ZipEntry) -> Result<Cow<'a, [u8]>, ZipError> {
        entry.read_from(self.entry_bytes(entry)?)
    }

    /// Hands the content of `entry` to `sink` in parts of bounded size; it is checked as it goes, so an error may
    /// come after parts that were handed over.
    pub fn stream<E: From<ZipError>>(
        &self,
        entry: &ZipEntry,
        inflater: &mut Inflater,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        inflater.stream(entry, self.entry_bytes(entry)?, sink)
    }

    fn entry_bytes(&self, entry: &ZipEntry) -> Result<&'a [u8], ZipError> {
        fields::slice(self.bytes, &entry.range())
            .ok_or_else(|| ZipError::entry(entry.path.as_str(), "it lies outside the archive"))
    }
}
