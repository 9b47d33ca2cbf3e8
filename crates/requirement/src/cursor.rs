//! A cursor over the text of a requirement, and the error that a grammar rule gives.
//! Positions are bytes within; what people see is counted in characters.

use std::borrow::Cow;
use std::fmt;

use crate::redaction::redacted_at;

/// What a grammar rule refused, and where.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    /// Bytes from the beginning of the text.
    pub(crate) position: usize,
    pub(crate) reason: Cow<'static, str>,
}

impl SyntaxError {
    pub(crate) fn new(position: usize, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { position, reason: reason.into() }
    }

    /// The place counted in characters from 1.
    pub(crate) fn column(&self, text: &str) -> usize {
        column(text, self.position)
    }
}

/// The byte `position` of `text` counted in characters from 1.
pub(crate) fn column(text: &str, position: usize) -> usize {
    1 + text.char_indices().take_while(|(start, _)| *start < position).count()
}

/// What Python's `str.strip` and `\s` take for white space.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\x1c'..='\x1f').contains(&character)
}

/// The blanks between the tokens of PEP 508.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// A place in a text. Moves over whole characters only.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, position: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    pub(crate) fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.position >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    pub(crate) fn skip_blanks(&mut self) {
        while self.peek().is_some_and(is_blank) {
            self.position += 1;
        }
    }

    /// Steps over `byte`, which is ASCII, if it is next.
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Steps over `token` if it is next.
    pub(crate) fn eat_token(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    /// Takes the bytes that `accept` holds for; it must treat all non-ASCII bytes alike.
    pub(crate) fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !accept(byte)).unwrap_or(rest.len());
        self.position += length;
        rest.get(..length).unwrap_or_default()
    }

    /// Refuses what is next.
    pub(crate) fn refuse<T>(&self, reason: impl Into<Cow<'static, str>>) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(self.position, reason))
    }
}

/// How much of a line a message shows: characters on either side of the column.
const SHOWN: usize = 120;

/// Writes `text` on an indented line and a caret under its `column` (characters, from 1);
/// of a long text only the part around it.
pub(crate) fn write_with_caret(formatter: &mut fmt::Formatter<'_>, text: &str, column: usize) -> fmt::Result {
    // Messages end up in logs: no password is quoted.
    let (text, column) = redacted_at(text, column.max(1));
    let skipped = column.saturating_sub(SHOWN);
    let mut characters = text.chars().skip(skipped);
    let shown: String = characters.by_ref().take(column - skipped + SHOWN).collect();
    let before = if skipped > 0 { "..." } else { "" };
    let after = if characters.next().is_some() { "..." } else { "" };
    let width = column - skipped + before.len();
    write!(formatter, "    {before}{shown}{after}\n    {caret:>width$}", caret = '^')
}
