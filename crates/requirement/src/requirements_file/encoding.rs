//! The encoding of a requirements file: a byte order mark, else a comment as of PEP 263 in
//! the first two lines, else UTF-8.

use std::str::from_utf8;

/// Bytes that cannot be read as text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEncoding {
    /// The comment names an encoding that is not known here.
    #[error("encoding '{0}' is not supported: save the file as UTF-8")]
    Unsupported(String),
    /// The bytes are not of the encoding.
    #[error(
        "line {line} is not valid {encoding}: save the file as UTF-8, or name its encoding in a comment on line 1"
    )]
    Malformed {
        /// The encoding of the mark or the comment, or UTF-8.
        encoding: &'static str,
        /// The line that holds the first bad byte, counted from 1.
        line: usize,
    },
}

/// Decodes the bytes of a requirements file as pip does, the byte order mark left out.
/// Known are UTF-8, UTF-16, UTF-32, Latin-1 and ASCII.
pub fn decode(bytes: &[u8]) -> Result<String, InvalidEncoding> {
    // The mark of UTF-16-LE begins the one of UTF-32-LE.
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        utf8(rest)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        utf32(rest, u32::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        utf32(rest, u32::from_be_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf16(rest, u16::from_be_bytes)
    } else {
        match declared(bytes) {
            None => utf8(bytes),
            Some(name) => match name.to_ascii_lowercase().replace('_', "-").as_str() {
                "utf-8" | "utf8" | "utf-8-sig" | "u8" => utf8(bytes),
                "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "l1" => {
                    Ok(bytes.iter().copied().map(char::from).collect())
                }
                "ascii" | "us-ascii" | "646" => ascii(bytes),
                _ => Err(InvalidEncoding::Unsupported(name)),
            },
        }
    }
}

/// The error behind the text that could be read.
fn malformed(encoding: &'static str, read: &str) -> InvalidEncoding {
    InvalidEncoding::Malformed { encoding, line: 1 + read.matches('\n').count() }
}

fn utf8(bytes: &[u8]) -> Result<String, InvalidEncoding> {
    from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let read = bytes.get(..error.valid_up_to()).and_then(|read| from_utf8(read).ok());
        malformed("UTF-8", read.unwrap_or_default())
    })
}

fn ascii(bytes: &[u8]) -> Result<String, InvalidEncoding> {
    let length = bytes.iter().take_while(|byte| byte.is_ascii()).count();
    let text = bytes.get(..length).and_then(|read| from_utf8(read).ok()).unwrap_or_default();
    if length == bytes.len() { Ok(text.to_owned()) } else { Err(malformed("ASCII", text)) }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, InvalidEncoding> {
    let (units, odd) = bytes.as_chunks();
    let characters = char::decode_utf16(units.iter().copied().map(unit)).map(Result::ok);
    collect("UTF-16", characters, odd)
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Result<String, InvalidEncoding> {
    let (units, odd) = bytes.as_chunks();
    collect("UTF-32", units.iter().map(|bytes| char::from_u32(unit(*bytes))), odd)
}

/// The text of the characters, if all are such and no byte is left over.
fn collect(
    encoding: &'static str,
    characters: impl Iterator<Item = Option<char>>,
    left_over: &[u8],
) -> Result<String, InvalidEncoding> {
    let mut text = String::new();
    for character in characters {
        match character {
            Some(character) => text.push(character),
            None => return Err(malformed(encoding, &text)),
        }
    }
    if left_over.is_empty() { Ok(text) } else { Err(malformed(encoding, &text)) }
}

/// The encoding that a comment in the first two lines names: `coding[:=]\s*([-\w.]+)`.
fn declared(bytes: &[u8]) -> Option<String> {
    bytes.split(|byte| *byte == b'\n').take(2).filter(|line| line.starts_with(b"#")).find_map(|line| {
        let line = String::from_utf8_lossy(line);
        line.match_indices("coding").find_map(|(position, word)| {
            let after = line.get(position + word.len()..)?.strip_prefix([':', '='])?.trim_start();
            let end = after.find(|character: char| {
                !(character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
            });
            let name = after.get(..end.unwrap_or(after.len()))?;
            (!name.is_empty()).then(|| name.to_owned())
        })
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn marks_and_comments_name_the_encoding() {
        let utf16: Vec<u8> = "é😀".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let utf32: Vec<u8> = "é😀".chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        for (bytes, text) in [
            (b"\xef\xbb\xbffoo".to_vec(), "foo"),
            ([b"\xff\xfe".as_slice(), &utf16].concat(), "é😀"),
            ([b"\0\0\xfe\xff".as_slice(), &utf32].concat(), "é😀"),
            (b"\xff\xfe\0\0a\0\0\0".to_vec(), "a"),
            (b"\xfe\xff\0a".to_vec(), "a"),
            ("é".as_bytes().to_vec(), "é"),
            (b"# -*- coding: latin-1 -*-\n# \xe9".to_vec(), "# -*- coding: latin-1 -*-\n# é"),
            (
                b"foo\n# vim: set fileencoding=ISO-8859-1 :\n\xe9".to_vec(),
                "foo\n# vim: set fileencoding=ISO-8859-1 :\né",
            ),
            (b"# coding: ascii\na".to_vec(), "# coding: ascii\na"),
            (b"a\nb\n# coding: x\n".to_vec(), "a\nb\n# coding: x\n"),
        ] {
            assert_eq!(decode(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (bytes, message) in [
            (b"# coding: cp1252\n".to_vec(), "encoding 'cp1252' is not supported"),
            (b"a\nb\n\xe9".to_vec(), "line 3 is not valid UTF-8"),
            (b"\xff\xfea".to_vec(), "not valid UTF-16"),
            (b"\xff\xfe\0\xd8".to_vec(), "not valid UTF-16"),
            (b"\xff\xfe\0\0\0\0\x11\0".to_vec(), "not valid UTF-32"),
            (b"# coding: ascii\n\xe9".to_vec(), "line 2 is not valid ASCII"),
        ] {
            let error = decode(&bytes).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
