//! The quoted texts of markers. PEP 508 calls them `python_str`, and `packaging` reads them
//! as Python does, escapes included.

use std::fmt::{self, Write as _};
use std::iter::Peekable;
use std::str::Chars;

/// The text between the quotes, escapes resolved; None where Python would not read it.
pub(super) fn decode(text: &str) -> Option<Box<str>> {
    if text.contains(['\n', '\r', '\0']) {
        return None;
    }
    if !text.contains('\\') {
        return Some(text.into());
    }
    let mut decoded = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' {
            escape(&mut characters, &mut decoded)?;
        } else {
            decoded.push(character);
        }
    }
    Some(decoded.into())
}

/// Resolves one escape, after its backslash. Unknown ones stand for themselves.
fn escape(characters: &mut Peekable<Chars<'_>>, decoded: &mut String) -> Option<()> {
    let character = characters.next()?;
    let value = match character {
        '\\' | '\'' | '"' => character,
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        'x' => code(characters, 2)?,
        'u' => code(characters, 4)?,
        'U' => code(characters, 8)?,
        // The names of Unicode's characters are not known here.
        'N' => return None,
        '0'..='7' => {
            let mut value = character.to_digit(8)?;
            for _ in 0..2 {
                let Some(digit) = characters.peek().and_then(|next| next.to_digit(8)) else { break };
                value = value * 8 + digit;
                characters.next();
            }
            char::from_u32(value)?
        }
        _ => {
            decoded.push('\\');
            character
        }
    };
    decoded.push(value);
    Some(())
}

/// The character of a code of `length` hexadecimal digits.
fn code(characters: &mut Peekable<Chars<'_>>, length: usize) -> Option<char> {
    let mut value = 0_u32;
    for _ in 0..length {
        value = value.checked_mul(16)?.checked_add(characters.next()?.to_digit(16)?)?;
    }
    char::from_u32(value)
}

/// Writes `text` so that it reads back: in double quotes, in single ones where it holds a
/// double one, with escapes where it must.
pub(super) fn write_quoted(formatter: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let quote = if text.contains('"') && !text.contains('\'') { '\'' } else { '"' };
    formatter.write_char(quote)?;
    if text.contains(['\\', '\n', '\r', '\0']) || text.contains(quote) {
        for character in text.chars() {
            match character {
                '\\' => formatter.write_str("\\\\")?,
                '\n' => formatter.write_str("\\n")?,
                '\r' => formatter.write_str("\\r")?,
                '\0' => formatter.write_str("\\x00")?,
                '"' if quote == '"' => formatter.write_str("\\x22")?,
                _ => formatter.write_char(character)?,
            }
        }
    } else {
        formatter.write_str(text)?;
    }
    formatter.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_read_as_python_reads_them() {
        for (text, value) in [
            ("plain", Some("plain")),
            (r"C:\\x", Some(r"C:\x")),
            (r"\x41\u00e9\U0001f600", Some("Aé😀")),
            (r"\101\7\18", Some("A\x07\x018")),
            (r"\d \.", Some(r"\d \.")),
            (r"a\tb", Some("a\tb")),
            (r"\", None),
            (r"\x4", None),
            (r"\ud800", None),
            (r"\N{DASH}", None),
            ("a\nb", None),
        ] {
            assert_eq!(decode(text).as_deref(), value, "{text:?}");
        }
    }
}
