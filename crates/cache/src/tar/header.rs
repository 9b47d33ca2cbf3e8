//! A header of 512 bytes (POSIX ustar interchange format, and what GNU tar and Unix V7 made of it).

use std::ops::Range;

use super::TarError;

/// Everything in a tar archive is a multiple of this.
pub(super) const BLOCK: usize = 512;

const NAME: Range<usize> = 0..100;
const MODE: Range<usize> = 100..108;
const SIZE: Range<usize> = 124..136;
const MODIFIED: Range<usize> = 136..148;
const CHECKSUM: Range<usize> = 148..156;
const KIND: usize = 156;
const LINK: Range<usize> = 157..257;
const MAGIC: Range<usize> = 257..265;
const PREFIX: Range<usize> = 345..500;

/// A header whose checksum is right.
pub(super) struct Header<'a> {
    block: &'a [u8; BLOCK],
    /// The type flag; zero in V7 archives.
    pub(super) kind: u8,
    has_prefix: bool,
}

impl<'a> Header<'a> {
    pub(super) fn parse(block: &'a [u8; BLOCK]) -> Result<Self, TarError> {
        let field = |range: &Range<usize>| block.get(range.clone()).unwrap_or_default();
        let stored = octal(field(&CHECKSUM)).ok_or_else(|| TarError::archive("it is not a tar archive"))?;
        let bytes = || {
            let blank = |index: usize, byte: u8| if CHECKSUM.contains(&index) { b' ' } else { byte };
            block.iter().enumerate().map(move |(index, byte)| blank(index, *byte))
        };
        let unsigned: u64 = bytes().map(u64::from).sum();
        // Some old writers added signed bytes.
        let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
        if stored != unsigned && i64::try_from(stored) != Ok(signed) {
            return Err(TarError::archive("a header has the wrong checksum"));
        }
        let has_prefix = match field(&MAGIC) {
            magic if magic.starts_with(b"ustar\0") => true,
            // There is no prefix in the other formats. A reader that does not look would take one from here.
            magic if magic == b"ustar  \0" || magic.iter().all(|byte| *byte == 0) => {
                if field(&PREFIX).iter().any(|byte| *byte != 0) {
                    return Err(TarError::archive("a header has a prefix in a format without prefixes"));
                }
                false
            }
            _ => return Err(TarError::archive("a header is of an unknown format")),
        };
        let kind = block.get(KIND).copied().unwrap_or_default();
        Ok(Self { block, kind, has_prefix })
    }

    /// The name in the header.
    pub(super) fn name(&self) -> Result<String, TarError> {
        let name = text(self.field(&NAME))?;
        let prefix = if self.has_prefix { text(self.field(&PREFIX))? } else { String::new() };
        Ok(if prefix.is_empty() { name } else { format!("{prefix}/{name}") })
    }

    /// The target of a link in the header.
    pub(super) fn link(&self) -> Result<String, TarError> {
        text(self.field(&LINK))
    }

    /// The size of what follows.
    pub(super) fn size(&self) -> Result<u64, TarError> {
        number(self.field(&SIZE)).ok_or_else(|| TarError::archive("a header has no valid size"))
    }

    /// The permission bits.
    pub(super) fn mode(&self) -> Result<u64, TarError> {
        number(self.field(&MODE)).ok_or_else(|| TarError::archive("a header has no valid mode"))
    }

    /// Seconds since 1970; whatever is no such number counts as none.
    pub(super) fn modified(&self) -> Option<u64> {
        number(self.field(&MODIFIED))
    }

    fn field(&self, range: &Range<usize>) -> &'a [u8] {
        self.block.get(range.clone()).unwrap_or_default()
    }
}

/// Text up to the first zero byte.
fn text(field: &[u8]) -> Result<String, TarError> {
    let text = field.split(|byte| *byte == 0).next().unwrap_or_default();
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(TarError::entry(&String::from_utf8_lossy(text), "its name is not UTF-8")),
    }
}

/// A number in octal digits, or in base 256 where it has more of them than fit (GNU, star).
fn number(field: &[u8]) -> Option<u64> {
    match field.split_first() {
        Some((0x80, rest)) => {
            rest.iter().try_fold(0_u64, |number, byte| number.checked_mul(256)?.checked_add(u64::from(*byte)))
        }
        _ => octal(field),
    }
}

/// Spaces, octal digits, then a space or zero, or the end; nothing at all is zero.
fn octal(field: &[u8]) -> Option<u64> {
    let start = field.iter().position(|byte| *byte != b' ').unwrap_or(field.len());
    let field = field.get(start..)?;
    let end = field.iter().position(|byte| !(b'0'..=b'7').contains(byte)).unwrap_or(field.len());
    let (digits, rest) = field.split_at_checked(end)?;
    if rest.iter().any(|byte| !matches!(byte, 0 | b' ')) {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| number.checked_mul(8)?.checked_add(u64::from(digit - b'0')))
}
