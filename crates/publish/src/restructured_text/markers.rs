//! What the first line of a construct looks like: bullets, enumerators, field and option markers, adornments, tables.

/// The length of `pattern( +|$)` at the beginning of a line, given that of the pattern.
pub(super) fn with_space(text: &str, length: usize) -> Option<usize> {
    let rest = text.get(length..)?;
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    (rest.is_empty() || spaces > 0).then_some(length + spaces)
}

/// A bullet, and the length of the marker.
pub(super) fn bullet(text: &str) -> Option<(char, usize)> {
    let first = text.chars().next().filter(|first| "-+*\u{2022}\u{2023}\u{2043}".contains(*first))?;
    Some((first, with_space(text, first.len_utf8())?))
}

/// The length of `.. ` and the like.
pub(super) fn explicit(text: &str) -> Option<usize> {
    text.strip_prefix("..").and_then(|_| with_space(text, 2))
}

pub(super) fn anonymous(text: &str) -> Option<usize> {
    text.strip_prefix("__").and_then(|_| with_space(text, 2))
}

pub(super) fn line_block(text: &str) -> Option<usize> {
    text.strip_prefix('|').and_then(|_| with_space(text, 1))
}

pub(super) fn doctest(text: &str) -> bool {
    text.strip_prefix(">>>").is_some_and(|_| with_space(text, 3).is_some())
}

/// One character of punctuation again and again: under or over a title, or between paragraphs.
pub(super) fn adornment(text: &str) -> Option<char> {
    let first = text.chars().next().filter(char::is_ascii_punctuation)?;
    text.trim_end().chars().all(|character| character == first).then_some(first)
}

pub(super) fn grid_table_top(text: &str) -> bool {
    let text = text.trim_end_matches(' ');
    let inner = text.strip_prefix("+-").and_then(|rest| rest.strip_suffix("-+"));
    inner.is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|byte| matches!(byte, b'-' | b'+')))
}

pub(super) fn simple_table_top(text: &str) -> bool {
    let text = text.trim_end_matches(' ');
    text.starts_with('=') && text.contains(" =") && simple_table_border(text)
}

pub(super) fn simple_table_border(text: &str) -> bool {
    text.starts_with('=') && text.bytes().all(|byte| matches!(byte, b'=' | b' '))
}

/// The name of a field marker `:name: `, and its length.
pub(super) fn field(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix(':')?;
    if rest.starts_with([':', ' ']) {
        return None;
    }
    let mut characters = rest.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => {
                characters.next()?;
            }
            ':' => {
                let end = 1 + index;
                let before = rest.get(..index)?;
                if !before.is_empty()
                    && !before.ends_with(' ')
                    && let Some(length) = with_space(text, end + 1)
                {
                    return Some((before, length));
                }
                // A colon within a name is not followed by a space or a backquote.
                if matches!(characters.peek(), None | Some((_, ' ' | '`'))) {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// The length of an option marker: `-a`, `--long=VALUE`, `/V`, several with commas.
pub(super) fn option(text: &str) -> Option<usize> {
    let mut at = option_length(text, 0)?;
    while text.get(at..).is_some_and(|rest| rest.starts_with(", ")) {
        match option_length(text, at + 2) {
            Some(end) => at = end,
            None => break,
        }
    }
    let rest = text.get(at..)?;
    let spaces = rest.len() - rest.trim_start_matches(' ').len();
    (spaces >= 2 || rest.trim_start_matches(' ').is_empty()).then_some(at + spaces)
}

/// Where an option that begins at `at` ends.
fn option_length(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let (start, is_long) = match () {
        () if rest.starts_with("--") => (2, true),
        () if rest.starts_with('/') => (1, true),
        () if rest.starts_with(['-', '+']) => (1, false),
        () => return None,
    };
    let name = rest.get(start..)?;
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let length = if is_long { name.bytes().take_while(|byte| is_part(byte)).count() } else { 1 };
    let mut end = start + length;
    // A space, an equals sign or, of a short one, nothing stands before the value.
    let separator = match rest.get(end..)?.bytes().next() {
        Some(b' ') => 1,
        Some(b'=') if is_long => 1,
        Some(_) if !is_long => 0,
        _ => return Some(at + end),
    };
    let value = rest.get(end + separator..).unwrap_or_default();
    let value_length = match value.bytes().next() {
        Some(b'<') => value.find('>').filter(|close| *close > 1).map(|close| close + 1),
        Some(first) if first.is_ascii_alphabetic() => {
            Some(value.bytes().take_while(|byte| is_part(byte)).count())
        }
        _ => None,
    };
    if let Some(length) = value_length {
        end += separator + length;
    }
    Some(at + end)
}

/// How an enumerator is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parentheses,
    Parenthesis,
    Period,
}

/// How an enumerator counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sequence {
    Automatic,
    Arabic,
    LowerAlpha,
    UpperAlpha,
    LowerRoman,
    UpperRoman,
}

/// An enumerator at the beginning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enumerator<'a> {
    pub(super) format: Format,
    pub(super) text: &'a str,
    /// Of the marker, with the spaces behind it.
    pub(super) length: usize,
}

pub(super) fn enumerator(text: &str) -> Option<Enumerator<'_>> {
    let (start, is_open) = if text.starts_with('(') { (1, true) } else { (0, false) };
    let inner = text.get(start..)?;
    let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    let label = inner.get(..length)?;
    let is_all = |is_kind: fn(char) -> bool| !label.is_empty() && label.chars().all(is_kind);
    let is_label = label == "#"
        || is_all(|digit| digit.is_ascii_digit())
        || (label.len() == 1 && is_all(|letter| letter.is_ascii_alphabetic()))
        || is_all(|letter| "ivxlcdm".contains(letter))
        || is_all(|letter| "IVXLCDM".contains(letter));
    if !is_label {
        return None;
    }
    let format = match (is_open, inner.get(length..)?.bytes().next()?) {
        (true, b')') => Format::Parentheses,
        (false, b')') => Format::Parenthesis,
        (false, b'.') => Format::Period,
        _ => return None,
    };
    Some(Enumerator { format, text: label, length: with_space(text, start + length + 1)? })
}

impl Enumerator<'_> {
    /// How it counts, by the sequence that is expected if that fits, and which number it is; none: it is none.
    pub(super) fn ordinal(&self, expected: Option<Sequence>) -> (Sequence, Option<u64>) {
        use Sequence::{Arabic, Automatic, LowerAlpha, LowerRoman, UpperAlpha, UpperRoman};
        let fits = |sequence: Sequence| {
            let is_all = |letters: &str| self.text.chars().all(|letter| letters.contains(letter));
            match sequence {
                Automatic => self.text == "#",
                Arabic => is_all("0123456789"),
                LowerAlpha => self.text.len() == 1 && self.text.bytes().all(|byte| byte.is_ascii_lowercase()),
                UpperAlpha => self.text.len() == 1 && self.text.bytes().all(|byte| byte.is_ascii_uppercase()),
                LowerRoman => is_all("ivxlcdm"),
                UpperRoman => is_all("IVXLCDM"),
            }
        };
        let sequence = match self.text {
            "#" => Automatic,
            _ if expected.is_some_and(|expected| expected != Automatic && fits(expected)) => {
                expected.unwrap_or(Automatic)
            }
            "i" if expected.is_none() => LowerRoman,
            "I" if expected.is_none() => UpperRoman,
            _ => {
                let all = [Arabic, LowerAlpha, UpperAlpha, LowerRoman, UpperRoman];
                all.into_iter().find(|sequence| fits(*sequence)).unwrap_or(Arabic)
            }
        };
        let letter = |zero: u8| self.text.bytes().next().map(|byte| u64::from(byte - zero) + 1);
        let ordinal = match sequence {
            Automatic => Some(1),
            Arabic => self.text.parse().ok(),
            LowerAlpha => letter(b'a'),
            UpperAlpha => letter(b'A'),
            LowerRoman | UpperRoman => roman(&self.text.to_ascii_uppercase()),
        };
        (sequence, ordinal)
    }
}

/// The marker of the item with this number, up to the space behind it; none where there is none.
pub(super) fn marker(format: Format, sequence: Sequence, ordinal: u64) -> Option<String> {
    let letter = |zero: u8| {
        let offset = u8::try_from(ordinal.checked_sub(1)?).ok().filter(|offset| *offset < 26)?;
        Some(char::from(zero + offset).to_string())
    };
    let label = match sequence {
        Sequence::Automatic => "#".to_owned(),
        Sequence::Arabic => ordinal.to_string(),
        Sequence::LowerAlpha => letter(b'a')?,
        Sequence::UpperAlpha => letter(b'A')?,
        Sequence::LowerRoman => to_roman(ordinal)?.to_lowercase(),
        Sequence::UpperRoman => to_roman(ordinal)?,
    };
    Some(match format {
        Format::Parentheses => format!("({label}) "),
        Format::Parenthesis => format!("{label}) "),
        Format::Period => format!("{label}. "),
    })
}

const NUMERALS: [(&str, u64); 13] = [
    ("M", 1000),
    ("CM", 900),
    ("D", 500),
    ("CD", 400),
    ("C", 100),
    ("XC", 90),
    ("L", 50),
    ("XL", 40),
    ("X", 10),
    ("IX", 9),
    ("V", 5),
    ("IV", 4),
    ("I", 1),
];

fn to_roman(mut number: u64) -> Option<String> {
    if !(1..5000).contains(&number) {
        return None;
    }
    let mut text = String::new();
    for (numeral, value) in NUMERALS {
        while number >= value {
            text.push_str(numeral);
            number -= value;
        }
    }
    Some(text)
}

fn roman(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut number = 0;
    for (numeral, value) in NUMERALS {
        while let Some(after) = rest.strip_prefix(numeral) {
            number += value;
            rest = after;
        }
    }
    // Only the usual way to write it counts.
    (rest.is_empty() && to_roman(number).as_deref() == Some(text)).then_some(number)
}

/// The length of a reference name at the beginning of a text: words, with single `-._+:` between.
pub(super) fn simple_name(text: &str) -> usize {
    let is_word = |character: char| character.is_alphanumeric();
    let mut end = 0;
    let mut pending = false;
    for (index, character) in text.char_indices() {
        if is_word(character) {
            end = index + character.len_utf8();
            pending = false;
        } else if "-._+:".contains(character) && !pending && end == index && end > 0 {
            pending = true;
        } else {
            break;
        }
    }
    end
}
