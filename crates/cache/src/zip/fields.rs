//! Little-endian fields of zip records, read without ever leaving the bytes that are there.

use std::ops::Range;

/// The two bytes at `offset`.
pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The four bytes at `offset`.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The eight bytes at `offset`.
pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(offset..)?.first_chunk()?))
}

/// The bytes in a range that is counted in 64 bits.
pub(crate) fn slice<'a>(bytes: &'a [u8], range: &Range<u64>) -> Option<&'a [u8]> {
    bytes.get(usize::try_from(range.start).ok()?..usize::try_from(range.end).ok()?)
}

/// The header ID of zip64 sizes.
const ZIP64: u16 = 0x0001;
/// The header ID of Info-ZIP's Unicode path: a second name, which other readers may take for the first.
const UNICODE_PATH: u16 = 0x7075;

/// Looks through extra fields; gives the content of the zip64 one.
pub(crate) fn zip64_extra(mut extra: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let mut found = None;
    while !extra.is_empty() {
        let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) else {
            return Err("its extra fields are malformed");
        };
        let end = 4 + usize::from(length);
        let (Some(content), Some(rest)) = (extra.get(4..end), extra.get(end..)) else {
            return Err("its extra fields are malformed");
        };
        match id {
            ZIP64 if found.replace(content).is_some() => return Err("it has two zip64 extra fields"),
            UNICODE_PATH => return Err("it has a second name in an extra field"),
            _ => {}
        }
        extra = rest;
    }
    Ok(found)
}

/// Takes zip64 values one after another.
pub(crate) struct Zip64Values<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Zip64Values<'a> {
    pub(crate) fn new(extra: Option<&'a [u8]>) -> Self {
        Self { rest: extra }
    }

    /// The real value of a field of 32 bits: the next zip64 value where it is all ones.
    pub(crate) fn resolve(&mut self, field: u32) -> Result<u64, &'static str> {
        match self.rest {
            Some(rest) if field == u32::MAX => {
                let (value, rest) = rest.split_first_chunk().ok_or("its zip64 extra field is too short")?;
                self.rest = Some(rest);
                Ok(u64::from_le_bytes(*value))
            }
            _ => Ok(field.into()),
        }
    }

    /// Whether every value was asked for.
    pub(crate) fn is_used_up(&self) -> bool {
        self.rest.is_none_or(<[u8]>::is_empty)
    }
}
