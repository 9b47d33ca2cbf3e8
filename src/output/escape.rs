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

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(escaped("a\u{1b}[31mb\r\u{202e}"), "a\\u{1b}[31mb\\u{d}\\u{202e}");
        assert_eq!(escaped("plain\n\ttext"), "plain\n\ttext");
    }
}
