//! The encoding of a requirements file: a byte order mark, else a comment as of PEP 263 in
//! the first two lines, else UTF-8, else that of the locale.

use std::str::from_utf8;

use crate::redaction::redacted;

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

/// The text of a requirements file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedFile {
    /// The text, the byte order mark left out.
    pub text: String,
    /// What a person should know, as pip words it: the encoding was guessed.
    pub warning: Option<String>,
}

/// The encodings that are known.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Latin9,
    Windows1252,
}

/// Decodes the bytes of a requirements file as pip does. Without a mark or a comment they are UTF-8, or else what
/// `locale_encoding` names (as `UTF-8`, `ISO-8859-1`, `cp1252`), with a warning; `file` is named in it.
/// Known are UTF-8, UTF-16 and UTF-32 with a mark, Latin-1, Latin-9, Windows-1252 and ASCII.
pub fn decode(bytes: &[u8], file: &str, locale_encoding: &str) -> Result<DecodedFile, InvalidEncoding> {
    // The mark of UTF-16-LE begins the one of UTF-32-LE.
    let text = if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        utf8(rest)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        utf32(rest, u32::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        utf32(rest, u32::from_be_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf16(rest, u16::from_be_bytes)
    } else if let Some(name) = declared(bytes) {
        match Encoding::named(&name) {
            Some(encoding) => encoding.decode(bytes),
            None => Err(InvalidEncoding::Unsupported(name)),
        }
    } else {
        match utf8(bytes) {
            Err(error) => return guessed(bytes, file, locale_encoding).ok_or(error),
            text => text,
        }
    };
    text.map(|text| DecodedFile { text, warning: None })
}

/// What is not UTF-8, read as the locale has it.
fn guessed(bytes: &[u8], file: &str, locale_encoding: &str) -> Option<DecodedFile> {
    let text = Encoding::named(locale_encoding)?.decode(bytes).ok()?;
    let file = redacted(file);
    let warning = format!(
        "unable to decode data from {file} with default encoding utf-8, falling back to encoding from locale: \
         {locale_encoding}. If this is intentional you should specify the encoding with a PEP-263 style comment, e.g. \
         '# -*- coding: {locale_encoding} -*-'"
    );
    Some(DecodedFile { text, warning: Some(warning) })
}

impl Encoding {
    /// By the names that Python knows.
    fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "u8" | "cp65001" => Self::Utf8,
            "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" => Self::Ascii,
            "latin-1" | "latin1" | "latin" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1" => {
                Self::Latin1
            }
            "latin-9" | "latin9" | "iso-8859-15" | "iso8859-15" | "l9" => Self::Latin9,
            "cp1252" | "windows-1252" | "1252" => Self::Windows1252,
            _ => return None,
        })
    }

    fn decode(self, bytes: &[u8]) -> Result<String, InvalidEncoding> {
        // Where a code page differs from Latin-1.
        let differing: &[(u8, char)] = match self {
            Self::Utf8 => return utf8(bytes),
            Self::Ascii => return ascii(bytes),
            Self::Latin1 => &[],
            Self::Latin9 => &LATIN_9,
            Self::Windows1252 => return windows_1252(bytes),
        };
        let character = |byte: u8| {
            differing
                .iter()
                .find(|(code, _)| *code == byte)
                .map_or(char::from(byte), |(_, character)| *character)
        };
        Ok(bytes.iter().copied().map(character).collect())
    }
}

const LATIN_9: [(u8, char); 8] =
    [(0xa4, '€'), (0xa6, 'Š'), (0xa8, 'š'), (0xb4, 'Ž'), (0xb8, 'ž'), (0xbc, 'Œ'), (0xbd, 'œ'), (0xbe, 'Ÿ')];

/// Windows-1252 from 0x80 to 0x9f; a space is a byte that means nothing.
const WINDOWS_1252: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";

fn windows_1252(bytes: &[u8]) -> Result<String, InvalidEncoding> {
    let characters = bytes.iter().map(|byte| match byte {
        0x80..=0x9f => WINDOWS_1252.chars().nth(usize::from(byte - 0x80)).filter(|found| *found != ' '),
        _ => Some(char::from(*byte)),
    });
    collect("Windows-1252", characters, &[])
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
            (b"#coding=cp1252\n\x80\x9f\xe9".to_vec(), "#coding=cp1252\n€Ÿé"),
            (b"# coding: Latin_9\n\xa4\xa5".to_vec(), "# coding: Latin_9\n€¥"),
            (b"a\nb\n# coding: x\n".to_vec(), "a\nb\n# coding: x\n"),
        ] {
            let decoded = decode(&bytes, "requirements.txt", "UTF-8").unwrap();
            assert_eq!((decoded.text.as_str(), decoded.warning), (text, None));
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (bytes, message) in [
            (b"# coding: cp1251\n".to_vec(), "encoding 'cp1251' is not supported"),
            (b"# coding: cp1252\n\n\x81".to_vec(), "line 3 is not valid Windows-1252"),
            (b"a\nb\n\xe9".to_vec(), "line 3 is not valid UTF-8"),
            (b"\xff\xfea".to_vec(), "not valid UTF-16"),
            (b"\xff\xfe\0\xd8".to_vec(), "not valid UTF-16"),
            (b"\xff\xfe\0\0\0\0\x11\0".to_vec(), "not valid UTF-32"),
            (b"# coding: ascii\n\xe9".to_vec(), "line 2 is not valid ASCII"),
        ] {
            let error = decode(&bytes, "requirements.txt", "UTF-8").unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_read_as_the_locale_has_it() {
        let bytes = b"foo # caf\xe9";
        for (locale, text) in [
            ("ISO-8859-1", Some("foo # café")),
            ("cp1252", Some("foo # café")),
            ("UTF-8", None),
            ("ANSI_X3.4-1968", None),
            ("gbk", None),
        ] {
            let decoded = decode(bytes, "https://u:s3cret@e.org/r.txt", locale);
            match text {
                None => assert!(decoded.unwrap_err().to_string().contains("line 1 is not valid UTF-8")),
                Some(text) => {
                    let decoded = decoded.unwrap();
                    assert_eq!(decoded.text, text);
                    assert_eq!(
                        decoded.warning.unwrap(),
                        format!(
                            "unable to decode data from https://u:****@e.org/r.txt with default encoding utf-8, falling \
                             back to encoding from locale: {locale}. If this is intentional you should specify the \
                             encoding with a PEP-263 style comment, e.g. '# -*- coding: {locale} -*-'"
                        )
                    );
                }
            }
        }
        assert_eq!(decode(b"foo", "r.txt", "gbk").unwrap().warning, None);
    }
}
