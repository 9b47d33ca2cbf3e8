//! Lines with their numbers, and blocks of them by indentation.

/// A line or the rest of one, without white space at its end; with its number in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) number: usize,
}

impl<'a> Line<'a> {
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn is_indented(&self) -> bool {
        self.text.starts_with(' ') && !self.is_blank()
    }

    /// Without its first bytes; nothing where it has fewer.
    pub(super) fn after(&self, bytes: usize) -> Self {
        Self { text: self.text.get(bytes..).unwrap_or_default(), number: self.number }
    }
}

/// The lines of a text: tabs are eight wide, form feeds are spaces.
pub(super) fn expanded(text: &str) -> Vec<String> {
    let is_end = |character: char| {
        matches!(character, '\n' | '\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
    };
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix(is_end).unwrap_or(&text);
    let line = |line: &str| {
        let mut expanded = String::with_capacity(line.len());
        let mut column = 0;
        for character in line.chars() {
            match character {
                '\t' => {
                    let width = 8 - column % 8;
                    expanded.extend(std::iter::repeat_n(' ', width));
                    column += width;
                }
                '\x0b' | '\x0c' => {
                    expanded.push(' ');
                    column += 1;
                }
                _ => {
                    expanded.push(character);
                    column += 1;
                }
            }
        }
        expanded.truncate(expanded.trim_end().len());
        expanded
    };
    text.split(is_end).map(line).collect()
}

/// How a block of lines is indented.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Indentation {
    /// Of all lines; none: the least that there is.
    pub(super) known: Option<usize>,
    /// Of the first line, which is not looked at.
    pub(super) first: Option<usize>,
    /// The block ends at a blank line.
    pub(super) until_blank: bool,
    /// Blank lines at the beginning belong to it.
    pub(super) keep_top: bool,
}

/// A block of lines.
pub(super) struct Block<'a> {
    /// Without the indentation.
    pub(super) lines: Vec<Line<'a>>,
    /// Whether it ends at a blank line or with the text.
    pub(super) blank_finish: bool,
    /// The index behind its last line.
    pub(super) end: usize,
}

/// The indented block that begins with the line at `start`.
pub(super) fn block<'a>(lines: &[Line<'a>], start: usize, indentation: Indentation) -> Block<'a> {
    let Indentation { known, first, until_blank, keep_top } = indentation;
    let first = first.or(known);
    let mut indent = known;
    let mut end = if first.is_some() { start + 1 } else { start };
    let mut blank_finish = true;
    while let Some(line) = lines.get(end) {
        let is_less =
            known.is_some_and(|known| !line.text.get(..known).unwrap_or(line.text).trim().is_empty());
        if !line.text.is_empty() && (!line.text.starts_with(' ') || is_less) {
            blank_finish = end > start && lines.get(end - 1).is_none_or(Line::is_blank);
            break;
        }
        if line.is_blank() {
            if until_blank {
                break;
            }
        } else if known.is_none() {
            let width = line.text.len() - line.text.trim_start_matches(' ').len();
            indent = Some(indent.map_or(width, |indent| indent.min(width)));
        }
        end += 1;
    }
    let mut found: Vec<Line<'a>> = Vec::with_capacity(end - start);
    for (index, line) in lines.get(start..end).unwrap_or_default().iter().enumerate() {
        found.push(match (index, first) {
            (0, Some(first)) => line.after(first),
            _ => line.after(indent.unwrap_or_default()),
        });
    }
    if !keep_top {
        let top = found.iter().take_while(|line| line.is_blank()).count();
        found.drain(..top);
    }
    Block { lines: found, blank_finish, end }
}

/// Without blank lines at its end.
pub(super) fn trimmed_end<'s, 'a>(lines: &'s [Line<'a>]) -> &'s [Line<'a>] {
    let end = lines.iter().rposition(|line| !line.is_blank()).map_or(0, |last| last + 1);
    lines.get(..end).unwrap_or_default()
}

/// The lines put together.
pub(super) fn joined(lines: &[Line<'_>]) -> String {
    lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n")
}

/// How many columns a text takes: two for a wide character of East Asia, none for a combining one.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(character: char) -> usize {
    match u32::from(character) {
        0x300..=0x36f
        | 0x483..=0x489
        | 0x591..=0x5bd
        | 0x610..=0x61a
        | 0x64b..=0x65f
        | 0x1ab0..=0x1aff
        | 0x1dc0..=0x1dff
        | 0x20d0..=0x20ff
        | 0xfe20..=0xfe2f => 0,
        0x1100..=0x115f
        | 0x231a..=0x231b
        | 0x2329..=0x232a
        | 0x23e9..=0x23ec
        | 0x23f0
        | 0x23f3
        | 0x25fd..=0x25fe
        | 0x2614..=0x2615
        | 0x2648..=0x2653
        | 0x267f
        | 0x2693
        | 0x26a1
        | 0x26aa..=0x26ab
        | 0x26bd..=0x26be
        | 0x26c4..=0x26c5
        | 0x26ce
        | 0x26d4
        | 0x26ea
        | 0x26f2..=0x26f3
        | 0x26f5
        | 0x26fa
        | 0x26fd
        | 0x2705
        | 0x270a..=0x270b
        | 0x2728
        | 0x274c
        | 0x274e
        | 0x2753..=0x2755
        | 0x2757
        | 0x2795..=0x2797
        | 0x27b0
        | 0x27bf
        | 0x2b1b..=0x2b1c
        | 0x2b50
        | 0x2b55
        | 0x2e80..=0x303e
        | 0x3041..=0x33ff
        | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf
        | 0xa960..=0xa97c
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe10..=0xfe19
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f004
        | 0x1f0cf
        | 0x1f18e
        | 0x1f191..=0x1f19a
        | 0x1f200..=0x1f320
        | 0x1f32d..=0x1f335
        | 0x1f337..=0x1f37c
        | 0x1f37e..=0x1f393
        | 0x1f3a0..=0x1f3ca
        | 0x1f3cf..=0x1f3d3
        | 0x1f3e0..=0x1f3f0
        | 0x1f3f4
        | 0x1f3f8..=0x1f43e
        | 0x1f440
        | 0x1f442..=0x1f4fc
        | 0x1f4ff..=0x1f53d
        | 0x1f54b..=0x1f54e
        | 0x1f550..=0x1f567
        | 0x1f57a
        | 0x1f595..=0x1f596
        | 0x1f5a4
        | 0x1f5fb..=0x1f64f
        | 0x1f680..=0x1f6c5
        | 0x1f6cc
        | 0x1f6d0..=0x1f6d2
        | 0x1f6d5..=0x1f6d7
        | 0x1f6dc..=0x1f6df
        | 0x1f6eb..=0x1f6ec
        | 0x1f6f4..=0x1f6fc
        | 0x1f7e0..=0x1f7eb
        | 0x1f7f0
        | 0x1f90c..=0x1f93a
        | 0x1f93c..=0x1f945
        | 0x1f947..=0x1f9ff
        | 0x1fa70..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The characters of a text by column: a wide one is followed by a zero, a combining one stands with the one before.
pub(super) fn columns(text: &str) -> Vec<char> {
    let mut columns = Vec::with_capacity(text.len());
    for character in text.chars() {
        match char_width(character) {
            0 => {}
            1 => columns.push(character),
            _ => columns.extend([character, '\0']),
        }
    }
    columns
}

/// The part of a text in these columns.
pub(super) fn between(text: &str, start: usize, end: usize) -> &str {
    let mut column = 0;
    let mut from = text.len();
    let mut to = text.len();
    for (index, character) in text.char_indices() {
        if column >= start && from == text.len() {
            from = index;
        }
        if column >= end {
            to = index;
            break;
        }
        column += char_width(character);
    }
    text.get(from..to.max(from)).unwrap_or_default()
}
