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
        text_of(self.value)
    }

    /// The value with the line ends that it has; bytes that are not UTF-8 are replaced.
    pub(crate) fn raw_text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.value)
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

/// Bytes as text with `\n` line ends; what is not UTF-8 is replaced.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> (Vec<(String, String)>, String) {
        let mut block = HeaderBlock::new(text);
        let fields = block.by_ref().map(|field| (text_of(field.name).into(), field.text().into())).collect();
        (fields, text_of(block.body()).into())
    }

    /// What Python's `email.message_from_string` gives for the same text.
    #[test]
    fn blocks_are_read_as_python_reads_them() {
        for (text, fields, body) in [
            ("", &[][..], ""),
            ("A: b", &[("A", "b")], ""),
            ("A: b\n\nbody\n\nmore: x\n", &[("A", "b")], "body\n\nmore: x\n"),
            ("A:b\r\nC :\t d \r\n\r\nbody\r\n", &[("A", "b")], "C :\t d \n\nbody\n"),
            ("A: b\nC:\t d \n\n", &[("A", "b"), ("C", "d ")], ""),
            ("A: b\n  c\n\td\nE: f\n", &[("A", "b\n  c\n\td"), ("E", "f")], ""),
            ("A: b\n \nC: d\n", &[("A", "b\n "), ("C", "d")], ""),
            ("A: b\nnot a header\nC: d\n", &[("A", "b")], "not a header\nC: d\n"),
            ("A b: c\n", &[], "A b: c\n"),
            ("é: c\n", &[], "é: c\n"),
            (": b\n continued\nC: d\n", &[("C", "d")], ""),
            (" continued\nA: b\n", &[("A", "b")], ""),
            ("From a mailbox\nA: b\n", &[("A", "b")], ""),
            ("A: b\rC: d\r\rbody", &[("A", "b"), ("C", "d")], "body"),
            ("A:\nB: é: ü\n", &[("A", ""), ("B", "é: ü")], ""),
            ("\u{feff}A: b\n", &[("A", "b")], ""),
        ] {
            let (got, got_body) = read(text.as_bytes());
            let got: Vec<(&str, &str)> = got.iter().map(|(name, value)| (&**name, &**value)).collect();
            assert_eq!((got.as_slice(), &*got_body), (fields, body), "{text:?}");
        }
    }

    #[test]
    fn values_are_unfolded() {
        for (text, value) in [
            ("A:  b  \n", "b"),
            ("A: b\r\n\t c\n  d\n", "b c d"),
            ("A:\n b\n", "b"),
            ("A: \u{a0}b\n", "b"),
            ("A:\n", ""),
        ] {
            let field = HeaderBlock::new(text.as_bytes()).next();
            assert_eq!(field.map(|field| field.unfolded().into_owned()).as_deref(), Some(value), "{text:?}");
        }
    }

    #[test]
    fn other_encodings_are_replaced() {
        let (fields, body) = read(b"Author: J\xfcrgen\n\nM\xfcnchen");
        assert_eq!(fields, [("Author".to_owned(), "J\u{fffd}rgen".to_owned())]);
        assert_eq!(body, "M\u{fffd}nchen");
    }

    #[test]
    fn hostile_blocks_take_linear_time() {
        let many = "From x\n".repeat(100_000) + &" x\n".repeat(100_000) + &":\n x\n".repeat(100_000);
        assert_eq!(read(many.as_bytes()), (Vec::new(), String::new()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in any::<Vec<u8>>(), text in "([A-C: \t\r\n]|From ){0,40}") {
            read(&bytes);
            for (name, value) in read(text.as_bytes()).0 {
                prop_assert!(!name.is_empty() && !name.contains([':', ' ', '\n']));
                prop_assert!(!value.starts_with([' ', '\t', '\n']) && !value.ends_with(['\r', '\n']));
            }
        }
    }
}
