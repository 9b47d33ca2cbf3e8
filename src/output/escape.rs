//! Text from outside (names, reasons, server answers) must not steer the terminal.

use std::borrow::Cow;

/// `text` with control characters, but for line feeds and tabs, and with characters that reorder text, written as `\u{..}`.
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    let harmful = |character: char| {
        (character.is_control() && !matches!(character, '\n' | '\t'))
            || matches!(character, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if harmful(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// `text` with what stands for a user in URLs (`://user:password@`) replaced by `****`: whatever is quoted from an
/// argument or a file, no secret reaches the screen.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + 3) {
        let authority =
            rest[start..].find(['/', '?', '#', ' ', '\'', '"', '\n']).map_or(rest.len(), |end| start + end);
        match rest[start..authority].rfind('@') {
            Some(at) => {
                safe.push_str(&rest[..start]);
                safe.push_str("****");
                rest = &rest[start + at..];
            }
            None => {
                safe.push_str(&rest[..authority]);
                rest = &rest[authority..];
            }
        }
    }
    if safe.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(safe + rest) }
}

#[cfg(test)]
mod tests {
    use super::{escaped, without_secrets};

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        for (text, shown) in [
            ("get http://u:s3cret@host/x and http://h/@y", "get http://****@host/x and http://h/@y"),
            ("'https://token@h'", "'https://****@h'"),
            ("plain a@b :// c", "plain a@b :// c"),
            ("http://u:p@ss@h/", "http://****@h/"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(escaped("a\u{1b}[31mb\r\u{202e}"), "a\\u{1b}[31mb\\u{d}\\u{202e}");
        assert_eq!(escaped("plain\n\ttext"), "plain\n\ttext");
    }
}
