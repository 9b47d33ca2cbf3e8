//! From the text of a requirements file to its logical lines, in pip's order: continued
//! lines are joined, comments go, variables are replaced.

use crate::cursor::is_space;

/// A logical line without its comment, not empty.
pub(super) struct LogicalLine {
    /// The physical line where it begins, counted from 1.
    pub(super) number: usize,
    /// As written: messages show this, so that no value of a variable appears in one.
    pub(super) written: String,
    /// With the variables replaced.
    pub(super) text: String,
    replacements: Vec<Replacement>,
}

/// A variable that was replaced; places are bytes.
struct Replacement {
    written_at: usize,
    written_length: usize,
    value_at: usize,
    value_length: usize,
}

impl LogicalLine {
    /// The place in the line as written that the byte `position` of its text comes from.
    pub(super) fn written_position(&self, position: usize) -> usize {
        let replaced = self.replacements.iter().rfind(|replacement| replacement.value_at <= position);
        match replaced {
            None => position,
            Some(inside) if position < inside.value_at + inside.value_length => inside.written_at,
            Some(before) => {
                before.written_at + before.written_length + (position - before.value_at - before.value_length)
            }
        }
    }
}

/// All logical lines that say something.
pub(super) fn logical_lines(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Vec<LogicalLine> {
    joined(text)
        .into_iter()
        .filter_map(|(number, line)| {
            let written = without_comment(&line).trim_matches(is_space);
            (!written.is_empty()).then(|| expanded(number, written, variable))
        })
        .collect()
}

/// Joins lines that end in a backslash with what follows. A comment ends a continuation.
fn joined(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut pending: Option<(usize, String)> = None;
    for (index, line) in physical_lines(text).enumerate() {
        let is_comment = line.trim_start_matches(is_space).starts_with('#');
        let (start, mut joined) = pending.take().unwrap_or((index + 1, String::new()));
        if line.ends_with('\\') && !is_comment {
            joined.push_str(line.trim_matches('\\'));
            pending = Some((start, joined));
        } else {
            // The blank makes sure that the comment is seen as one behind the joined text.
            joined.push_str(if is_comment { " " } else { "" });
            joined.push_str(line);
            lines.push((start, joined));
        }
    }
    lines.extend(pending);
    lines
}

/// The lines as Python's `str.splitlines` has them.
fn physical_lines(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |character: char| {
        matches!(
            character,
            '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        rest = after.strip_prefix("\r\n").unwrap_or_else(|| {
            let mut characters = after.chars();
            characters.next();
            characters.as_str()
        });
        Some(line)
    })
}

/// Cuts a `#` at the start or after white space, with all that follows.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find_map(|(position, _)| {
        let before = line.get(..position)?;
        (before.is_empty() || before.ends_with(is_space)).then_some(before)
    });
    comment.unwrap_or(line)
}

/// Replaces `${NAME}` where NAME is of `[A-Z0-9_]` and has a value that is not empty.
fn expanded(number: usize, written: &str, variable: &dyn Fn(&str) -> Option<String>) -> LogicalLine {
    let mut text = String::with_capacity(written.len());
    let mut replacements = Vec::new();
    let mut copied = 0;
    for (written_at, _) in written.match_indices("${") {
        let inside = written.get(written_at + 2..).unwrap_or_default();
        let Some(name) = inside.split_once('}').map(|(name, _)| name) else { break };
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        let value = if is_name { variable(name).filter(|value| !value.is_empty()) } else { None };
        let Some(value) = value else { continue };
        text.push_str(written.get(copied..written_at).unwrap_or_default());
        let written_length = name.len() + 3;
        replacements.push(Replacement {
            written_at,
            written_length,
            value_at: text.len(),
            value_length: value.len(),
        });
        text.push_str(&value);
        copied = written_at + written_length;
    }
    text.push_str(written.get(copied..).unwrap_or_default());
    LogicalLine { number, written: written.to_owned(), text, replacements }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, String)> {
        logical_lines(text, &|name| (name == "TOKEN").then(|| "s3cret".to_owned()))
            .into_iter()
            .map(|line| (line.number, line.text))
            .collect()
    }

    fn line(number: usize, text: &str) -> (usize, String) {
        (number, text.to_owned())
    }

    #[test]
    fn lines_are_joined_and_comments_go() {
        assert_eq!(
            lines("a\\\n  b\r\n# c \\\nd # e\nf#g\n\n  \\\n# h\ni \\\n# j\nk\\"),
            [line(1, "a  b"), line(4, "d"), line(5, "f#g"), line(9, "i"), line(11, "k")]
        );
        assert_eq!(lines("a\u{2028}b\x0cc\rd"), [line(1, "a"), line(2, "b"), line(3, "c"), line(4, "d")]);
    }

    #[test]
    fn variables_are_replaced_where_they_have_a_value() {
        assert_eq!(
            lines("https://${TOKEN}@e.org/${MISSING}/${token}/${TOKEN}/${"),
            [line(1, "https://s3cret@e.org/${MISSING}/${token}/s3cret/${")]
        );
        assert_eq!(lines("a # ${TOKEN}"), [line(1, "a")]);
    }

    #[test]
    fn places_are_found_again_behind_variables() {
        let line = expanded(1, "a${TOKEN}b${TOKEN}c", &|_| Some("xyz".to_owned()));
        assert_eq!(line.text, "axyzbxyzc");
        let places: Vec<usize> = (0..9).map(|position| line.written_position(position)).collect();
        assert_eq!(places, [0, 1, 1, 1, 9, 10, 10, 10, 18]);
    }
}
