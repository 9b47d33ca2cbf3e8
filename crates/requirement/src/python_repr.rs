//! Texts in quotes, as Python's `repr` writes them and so pip's messages.

/// `text` as Python's `repr` writes it: in single quotes, or in double ones where it holds a single
/// one and no double one; what cannot be printed is escaped.
pub fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push(quote);
    for character in text.chars() {
        match character {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character == quote => shown.extend(['\\', quote]),
            ' '..='~' => shown.push(character),
            _ if is_printable(character) => shown.push(character),
            _ => match u32::from(character) {
                code @ 0..=0xff => shown.push_str(&format!("\\x{code:02x}")),
                code @ 0x100..=0xffff => shown.push_str(&format!("\\u{code:04x}")),
                code => shown.push_str(&format!("\\U{code:08x}")),
            },
        }
    }
    shown.push(quote);
    shown
}

/// Neither a control character, nor white space, nor a mark that only turns the direction of text.
fn is_printable(character: char) -> bool {
    !(character.is_control()
        || character.is_whitespace()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{e000}'..='\u{f8ff}' | '\u{feff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_quotes_them() {
        for (text, shown) in [
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("a\\b\n\t\r", "'a\\\\b\\n\\t\\r'"),
            ("\0\u{7f}\u{a0}é", "'\\x00\\x7f\\xa0é'"),
            ("\u{2028}😀\u{feff}", "'\\u2028😀\\ufeff'"),
        ] {
            assert_eq!(python_repr(text), shown);
        }
    }
}
