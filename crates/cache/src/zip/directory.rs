//! The end records and the central directory (APPNOTE 4.3.12 to 4.3.16).

use std::ops::Range;

use distribution::SafePath;

use super::fields::{Zip64Values, u16_at, u32_at, u64_at, zip64_extra};
use super::names::Names;
use super::{Method, RATIO_FREE, ZipEntry, ZipError, ZipLimits};

const END: &[u8] = b"PK\x05\x06";
const END64: &[u8] = b"PK\x06\x06";
const LOCATOR64: &[u8] = b"PK\x06\x07";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END_LENGTH: usize = 22;
const LOCATOR64_LENGTH: usize = 20;
const END64_LENGTH: usize = 56;
const CENTRAL_LENGTH: usize = 46;

/// Bit 3: sizes and CRC follow the data.
pub(crate) const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// Bits 1 and 2 (deflate's effort), 3 (descriptor), 11 (UTF-8): what a wheel may use.
const KNOWN_FLAGS: u16 = 0b1000_0000_1110;

/// Where the central directory lies, and what it holds by the end records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryLocation {
    offset: u64,
    size: u64,
    count: u64,
    /// Length of the whole archive.
    length: u64,
}

impl DirectoryLocation {
    /// The bytes of the archive that are the central directory.
    pub fn range(&self) -> Range<u64> {
        self.offset..self.offset.saturating_add(self.size)
    }
}

/// The entries of an archive, by its central directory.
#[derive(Debug, Clone)]
pub struct ZipDirectory {
    files: Vec<ZipEntry>,
    directories: Vec<ZipEntry>,
}

impl ZipDirectory {
    /// How many of an archive's last bytes [`ZipDirectory::locate`] needs where the archive has no comment, as wheels have none.
    pub const TAIL: u64 = (END_LENGTH + LOCATOR64_LENGTH + END64_LENGTH) as u64;

    /// Finds the central directory, given the last bytes of an archive of `length` bytes (all of it, or at least
    /// [`ZipDirectory::TAIL`] and its comment).
    pub fn locate(tail: &[u8], length: u64) -> Result<DirectoryLocation, ZipError> {
        let tail_offset = length
            .checked_sub(tail.len() as u64)
            .ok_or_else(|| ZipError::archive("it is shorter than its end"))?;
        let end = find_end(tail)?;
        let record = tail.get(end..).unwrap_or_default();
        let (Some(disk), Some(directory_disk), Some(disk_count), Some(count), Some(size), Some(offset)) = (
            u16_at(record, 4),
            u16_at(record, 6),
            u16_at(record, 8),
            u16_at(record, 10),
            u32_at(record, 12),
            u32_at(record, 16),
        ) else {
            return Err(ZipError::archive("its end record is cut off"));
        };
        let location = match zip64_end(tail, tail_offset, end)? {
            None => {
                if (disk, directory_disk) != (0, 0) || disk_count != count {
                    return Err(ZipError::archive("it has several parts"));
                }
                let end_offset = tail_offset + end as u64;
                let location = DirectoryLocation {
                    offset: offset.into(),
                    size: size.into(),
                    count: count.into(),
                    length,
                };
                require_adjacent(&location, end_offset)?;
                location
            }
            Some((location64, end64_offset)) => {
                let location = DirectoryLocation { length, ..location64 };
                // Each old field says the same, or that the value is in the zip64 record.
                let agrees = matches!((disk, directory_disk), (0 | u16::MAX, 0 | u16::MAX))
                    && [disk_count, count]
                        .iter()
                        .all(|&field| field == u16::MAX || u64::from(field) == location.count)
                    && (size == u32::MAX || u64::from(size) == location.size)
                    && (offset == u32::MAX || u64::from(offset) == location.offset);
                if !agrees {
                    return Err(ZipError::archive("its two end records disagree"));
                }
                require_adjacent(&location, end64_offset)?;
                location
            }
        };
        Ok(location)
    }

    /// Reads the central directory from its bytes.
    pub fn parse(bytes: &[u8], location: &DirectoryLocation, limits: &ZipLimits) -> Result<Self, ZipError> {
        if location.count > limits.entries {
            return Err(ZipError::archive(format!(
                "it has {} entries, more than {}",
                location.count, limits.entries
            )));
        }
        let mut directory = Self { files: Vec::new(), directories: Vec::new() };
        let mut names = Names::default();
        let mut total: u64 = 0;
        let mut rest = bytes;
        for _ in 0..location.count {
            let (entry, after) = central_entry(rest)?;
            rest = after;
            names.add(&entry)?;
            total = total.saturating_add(entry.size);
            if total > limits.total_size {
                return Err(ZipError::archive(format!(
                    "it unpacks to more than {} bytes",
                    limits.total_size
                )));
            }
            if entry.is_link && !limits.links {
                return Err(ZipError::entry(entry.path.as_str(), "it is a symbolic link"));
            }
            if entry.is_directory { &mut directory.directories } else { &mut directory.files }.push(entry);
        }
        if !rest.is_empty() {
            return Err(ZipError::archive("its central directory is longer than its entries"));
        }
        if total > RATIO_FREE && total / limits.ratio.max(1) > location.length {
            return Err(ZipError::archive(format!(
                "it unpacks to more than {} times its size",
                limits.ratio
            )));
        }
        names.check()?;
        directory.set_ends(location.offset)?;
        Ok(directory)
    }

    /// The files in the order of the central directory.
    pub fn entries(&self) -> &[ZipEntry] {
        &self.files
    }

    /// The entry at `path`, by looking through all of them.
    pub fn find(&self, path: &str) -> Option<&ZipEntry> {
        self.files.iter().find(|entry| entry.path.as_str() == path)
    }

    /// The directories that are entries of their own.
    pub(crate) fn directories(&self) -> &[ZipEntry] {
        &self.directories
    }

    /// Files and directories.
    pub(crate) fn all(&self) -> impl Iterator<Item = &ZipEntry> {
        self.files.iter().chain(&self.directories)
    }

    /// Entries follow each other from the first byte to the central directory: each ends where the next begins. That
    /// each fills its range exactly is checked where its local header is read.
    fn set_ends(&mut self, central_offset: u64) -> Result<(), ZipError> {
        let mut order: Vec<&mut ZipEntry> = self.files.iter_mut().chain(&mut self.directories).collect();
        order.sort_unstable_by_key(|entry| entry.header_offset);
        if order.first().map_or(central_offset, |first| first.header_offset) != 0 {
            return Err(ZipError::archive("it does not begin with an entry"));
        }
        let mut end = central_offset;
        for entry in order.into_iter().rev() {
            if entry.header_offset >= end {
                return Err(ZipError::entry(entry.path.as_str(), "it overlaps another entry"));
            }
            entry.end_offset = end;
            end = entry.header_offset;
        }
        Ok(())
    }
}

/// The offset in `tail` of the one end record, whose comment ends the archive.
fn find_end(tail: &[u8]) -> Result<usize, ZipError> {
    let missing = || ZipError::archive("it is not a zip archive: it has no end record at its end");
    let last = tail.len().checked_sub(END_LENGTH).ok_or_else(missing)?;
    let first = last.saturating_sub(u16::MAX.into());
    let ends_archive = |&offset: &usize| {
        let record = tail.get(offset..).unwrap_or_default();
        record.starts_with(END)
            && u16_at(record, 20).is_some_and(|comment| usize::from(comment) == last - offset)
    };
    let found = (first..=last).rev().find(ends_archive).ok_or_else(missing)?;
    let comment = tail.get(found + 4..).unwrap_or_default();
    if comment.windows(2).any(|pair| pair == b"PK") {
        return Err(ZipError::archive("it has several end records"));
    }
    Ok(found)
}

/// The zip64 end record, if there is one, and its offset in the archive.
fn zip64_end(
    tail: &[u8],
    tail_offset: u64,
    end: usize,
) -> Result<Option<(DirectoryLocation, u64)>, ZipError> {
    let Some(locator_start) = end.checked_sub(LOCATOR64_LENGTH) else { return Ok(None) };
    let locator = tail.get(locator_start..end).unwrap_or_default();
    if !locator.starts_with(LOCATOR64) {
        return Ok(None);
    }
    let wrong = || ZipError::archive("its zip64 end record is wrong");
    let start = locator_start.checked_sub(END64_LENGTH).ok_or_else(wrong)?;
    let record = tail.get(start..locator_start).unwrap_or_default();
    let offset = tail_offset + start as u64;
    let read = || {
        let location = DirectoryLocation {
            count: u64_at(record, 32)?,
            size: u64_at(record, 40)?,
            offset: u64_at(record, 48)?,
            length: 0,
        };
        let right = record.starts_with(END64)
            && u64_at(record, 4)? == END64_LENGTH as u64 - 12
            && (u32_at(record, 16)?, u32_at(record, 20)?) == (0, 0)
            && u64_at(record, 24)? == location.count
            && u32_at(locator, 4)? == 0
            && u64_at(locator, 8)? == offset
            && u32_at(locator, 16)? == 1;
        right.then_some(location)
    };
    read().map(|location| Some((location, offset))).ok_or_else(wrong)
}

/// The central directory ends where the end records begin.
fn require_adjacent(location: &DirectoryLocation, end: u64) -> Result<(), ZipError> {
    match location.offset.checked_add(location.size) {
        Some(directory_end) if directory_end == end => Ok(()),
        Some(directory_end) if directory_end < end => Err(ZipError::archive(
            "it has bytes that belong to no entry (before its first or its end record)",
        )),
        _ => Err(ZipError::archive("its central directory lies outside")),
    }
}

/// One record of the central directory, and what follows it.
fn central_entry(bytes: &[u8]) -> Result<(ZipEntry, &[u8]), ZipError> {
    let cut_off = || ZipError::archive("its central directory is cut off or counts wrong");
    let header = bytes.get(..CENTRAL_LENGTH).ok_or_else(cut_off)?;
    if !header.starts_with(CENTRAL) {
        return Err(cut_off());
    }
    let half = |offset| u16_at(header, offset).unwrap_or_default();
    let word = |offset| u32_at(header, offset).unwrap_or_default();
    let name_end = CENTRAL_LENGTH + usize::from(half(28));
    let extra_end = name_end + usize::from(half(30));
    let end = extra_end + usize::from(half(32));
    let name = bytes.get(CENTRAL_LENGTH..name_end).ok_or_else(cut_off)?;
    let extra = bytes.get(name_end..extra_end).ok_or_else(cut_off)?;
    let rest = bytes.get(end..).ok_or_else(cut_off)?;
    let name = std::str::from_utf8(name)
        .map_err(|_| ZipError::entry(&String::from_utf8_lossy(name), "its name is not UTF-8"))?;
    let refuse = |reason: &str| ZipError::entry(name, reason);

    let flags = half(8);
    check_flags(flags).map_err(refuse)?;
    let method = match half(10) {
        0 => Method::Stored,
        8 => Method::Deflate,
        other => return Err(refuse(&format!("its compression method {other} is not stored or deflate"))),
    };
    let mut values = Zip64Values::new(zip64_extra(extra).map_err(refuse)?);
    let size = values.resolve(word(24)).map_err(refuse)?;
    let compressed_size = values.resolve(word(20)).map_err(refuse)?;
    let header_offset = values.resolve(word(42)).map_err(refuse)?;
    if !values.is_used_up() {
        return Err(refuse("its zip64 extra field says more than it should"));
    }
    if half(34) != 0 {
        return Err(refuse("it lies in another part of the archive"));
    }
    let Kind { is_directory, is_link, executable } = kind(name, word(38)).map_err(refuse)?;
    if is_directory && size != 0 {
        return Err(refuse("it is a directory with content"));
    }
    if method == Method::Stored && size != compressed_size {
        return Err(refuse("it is stored and its two sizes differ"));
    }
    let path = SafePath::new(name.strip_suffix('/').unwrap_or(name))
        .map_err(|error| refuse(&format!("its name is unsafe: {}", error.reason)))?;
    let entry = ZipEntry {
        path,
        size,
        executable,
        modified: word(12),
        method,
        flags,
        crc: word(16),
        compressed_size,
        is_directory,
        is_link,
        header_offset,
        end_offset: 0,
    };
    Ok((entry, rest))
}

/// Refuses encryption and what later versions of the format added.
fn check_flags(flags: u16) -> Result<(), &'static str> {
    const ENCRYPTED: u16 = 1 | 1 << 6 | 1 << 13;
    if flags & ENCRYPTED != 0 {
        return Err("it is encrypted");
    }
    if flags & !KNOWN_FLAGS != 0 {
        return Err("it uses features of zip that wheels must not use");
    }
    Ok(())
}

/// What an entry is.
struct Kind {
    is_directory: bool,
    is_link: bool,
    executable: bool,
}

/// What an entry is by its name and Unix mode. pip looks at the mode whatever system the archive says it was made on,
/// and so must a check.
fn kind(name: &str, attributes: u32) -> Result<Kind, &'static str> {
    let mode = attributes >> 16;
    let is_directory = name.ends_with('/');
    let file_type = mode & 0o170_000;
    let is_link = file_type == 0o120_000;
    match file_type {
        0 => {}
        0o100_000 | 0o120_000 if !is_directory => {}
        0o040_000 if is_directory => {}
        0o100_000 | 0o040_000 | 0o120_000 => {
            return Err("its name and its mode disagree on whether it is a directory");
        }
        _ => return Err("it is neither a file nor a directory"),
    }
    if !is_directory && mode & 0o6_000 != 0 {
        return Err("it has a setuid or setgid bit");
    }
    Ok(Kind { is_directory, is_link, executable: file_type == 0o100_000 && mode & 0o111 != 0 })
}
