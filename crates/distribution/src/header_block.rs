//! The header block of METADATA, PKG-INFO and WHEEL: RFC 822 as Python's `email` parser (compat32) reads it.
//!
//! A field is a name of printable ASCII, a colon and a value; lines that begin with a space or a
//! tab continue the value. The block ends at the first line that is neither, which is the blank
//! line before the description: the description, often the larger part, is not looked at.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// One field: its name as written, and its value without the white space before it and the
/// line end after it. A folded value holds its line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    value: &'a [u8],
}

impl<'a> Field<'a> {
    /// Whether this is the field `name`; ASCII case is ignored.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The value as Python gives it, with line ends as `\n`; bytes that are not UTF-8 are replaced.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(self.value);
        if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text }
    }

    /// The value on one line: each fold is one space, and none is at the ends.
    pub(crate) fn unfolded(&self) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(self.value);
        if !text.contains(['\n', '\r']) {
            return match text {
                Cow::Borrowed(text) => text.trim().into(),
                Cow::Owned(text) => text.trim().to_owned().into(),
            };
        }
        let lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join(" ").into()
    }
}

/// Reads the fields of a block one after the other.
#[derive(Debug, Clone)]
pub(crate) struct HeaderBlock<'a> {
    rest: &'a [u8],
}

impl<'a> HeaderBlock<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) }
    }

    /// What follows the block, without the blank line between. Only after the last field was read.
    pub(crate) fn body(&self) -> &'a [u8] {
        let (line, rest) = split_line(self.rest);
        if without_line_end(line).is_empty() { rest } else { self.rest }
    }

    /// The next line and what is left after it, if it continues a field.
    fn continuation(&self) -> Option<(&'a [u8], &'a [u8])> {
        matches!(self.rest.first(), Some(b' ' | b'\t')).then(|| split_line(self.rest))
    }
}

impl<'a> Iterator for HeaderBlock<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        loop {
            let start = self.rest;
            let (line, rest) = split_line(start);
            // A continuation of nothing, and the envelope line of a mailbox: Python passes over them too.
            if self.continuation().is_some() || line.starts_with(b"From ") {
                self.rest = rest;
                continue;
            }
            let colon = memchr(b':', line)?;
            let (name, value) = line.split_at_checked(colon)?;
            if !name.iter().all(u8::is_ascii_graphic) {
                return None;
            }
            self.rest = rest;
            let mut length = value.len();
            while let Some((line, rest)) = self.continuation() {
                length += line.len();
                self.rest = rest;
            }
            if name.is_empty() {
                continue;
            }
            let value = start.get(colon + 1..colon + length).unwrap_or_default();
            return Some(Field { name, value: trimmed(value) });
        }
    }
}

/// The first line with its end (`\n`, `\r\n` or `\r`), and the rest.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = match memchr2(b'\n', b'\r', bytes) {
        None => bytes.len(),
        Some(end) if bytes.get(end..end + 2) == Some(b"\r\n") => end + 2,
        Some(end) => end + 1,
    };
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

fn without_line_end(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or(line)
}

/// Without spaces, tabs and line ends before, and without line ends after.
fn trimmed(value: &[u8]) -> &[u8] {
    let start = value.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    without_line_end(value.get(start.unwrap_or(value.len())..).unwrap_or_default())
}
