//! Local headers and data descriptors (APPNOTE 4.3.7, 4.3.9): they must say what the central directory says, and
//! together with the data fill the bytes of the entry exactly.

use super::directory::FLAG_DESCRIPTOR;
use super::fields::{Zip64Values, u16_at, u32_at, u64_at, zip64_extra};
use super::{Method, ZipEntry, ZipError};

const LOCAL: &[u8] = b"PK\x03\x04";
const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const LOCAL_LENGTH: usize = 30;

/// The compressed data of `entry`, given the bytes of its range.
pub(crate) fn data<'a>(entry: &ZipEntry, bytes: &'a [u8]) -> Result<&'a [u8], ZipError> {
    locate(entry, bytes).map_err(|reason| ZipError::entry(entry.path.as_str(), reason))
}

fn locate<'a>(entry: &ZipEntry, bytes: &'a [u8]) -> Result<&'a [u8], &'static str> {
    const CUT_OFF: &str = "it overlaps another entry or the central directory";
    let header = bytes.get(..LOCAL_LENGTH).ok_or(CUT_OFF)?;
    if !header.starts_with(LOCAL) {
        return Err("it has no local header");
    }
    let half = |offset| u16_at(header, offset).unwrap_or_default();
    let word = |offset| u32_at(header, offset).unwrap_or_default();
    let name_end = LOCAL_LENGTH + usize::from(half(26));
    let data_start = name_end + usize::from(half(28));
    let name = bytes.get(LOCAL_LENGTH..name_end).ok_or(CUT_OFF)?;
    let extra = bytes.get(name_end..data_start).ok_or(CUT_OFF)?;
    if !is_name_of(entry, name) {
        return Err("its local header has another name");
    }
    let method = match entry.method {
        Method::Stored => 0,
        Method::Deflate => 8,
    };
    if half(6) != entry.flags || half(8) != method {
        return Err("its local header has other flags or another method");
    }
    let extra64 = zip64_extra(extra)?;
    let mut values = Zip64Values::new(extra64);
    let local = (word(14), values.resolve(word(22))?, values.resolve(word(18))?);
    let central = (entry.crc, entry.size, entry.compressed_size);
    let has_descriptor = entry.flags & FLAG_DESCRIPTOR != 0;
    if local != central && !(has_descriptor && is_left_open(local, central)) {
        return Err("its local header has another CRC or size");
    }

    let compressed_size = usize::try_from(entry.compressed_size).map_err(|_| CUT_OFF)?;
    let data_end = data_start.checked_add(compressed_size).ok_or(CUT_OFF)?;
    let data = bytes.get(data_start..data_end).ok_or(CUT_OFF)?;
    let after = bytes.get(data_end..).unwrap_or_default();
    match (has_descriptor, after) {
        (false, []) => Ok(data),
        (false, _) => Err("it is followed by bytes that belong to no entry"),
        (true, descriptor) if is_descriptor_of(entry, descriptor) => Ok(data),
        (true, _) => Err("its data descriptor is missing or wrong"),
    }
}

fn is_name_of(entry: &ZipEntry, name: &[u8]) -> bool {
    let name = match (entry.is_directory, name) {
        (true, [name @ .., b'/']) => name,
        (true, _) => return false,
        (false, name) => name,
    };
    name == entry.path.as_str().as_bytes()
}

/// Whether each value of the local header is the central one, or zero because the descriptor gives it.
fn is_left_open(local: (u32, u64, u64), central: (u32, u64, u64)) -> bool {
    (local.0 == 0 || local.0 == central.0)
        && (local.1 == 0 || local.1 == central.1)
        && (local.2 == 0 || local.2 == central.2)
}

/// Whether `bytes` are exactly the descriptor of `entry`: with or without signature, sizes of 4 or of 8 bytes.
fn is_descriptor_of(entry: &ZipEntry, bytes: &[u8]) -> bool {
    let bytes = match bytes.len() {
        16 | 24 if bytes.starts_with(DESCRIPTOR) => bytes.get(4..).unwrap_or_default(),
        _ => bytes,
    };
    let sizes = match bytes.len() {
        12 => (u32_at(bytes, 4).map(u64::from), u32_at(bytes, 8).map(u64::from)),
        20 => (u64_at(bytes, 4), u64_at(bytes, 12)),
        _ => return false,
    };
    u32_at(bytes, 0) == Some(entry.crc) && sizes == (Some(entry.compressed_size), Some(entry.size))
}
