//! Tables: drawn as a grid, or simple ones with rules. Their cells hold body elements.

use super::body::Parser;
use super::lines::{Line, between, columns, width};
use super::markers::{grid_table_top, simple_table_border};
use super::{Checked, Element, error, warning};

/// Tables larger than this are taken as they are: the cells of a grid are searched for.
const LARGEST_GRID: usize = 200_000;

/// A part of a table that is wrong: the offset of its line, and why.
struct Malformed(usize, String);

impl<'a> Parser<'_, 'a> {
    fn malformed<T>(&self, start: usize, Malformed(offset, detail): Malformed) -> Checked<T> {
        let number = self.line(start + offset).or(self.line(start)).map_or(0, |line| line.number);
        error(number, format!("Malformed table.\n{detail}"))
    }

    fn table_ends(&mut self, end: usize) -> Checked<()> {
        self.at = end;
        self.elements.push(Element::Table);
        match self.line(end) {
            Some(line) if !line.is_blank() => warning(line.number, "Blank line required after table."),
            _ => Ok(()),
        }
    }

    pub(super) fn grid_table(&mut self) -> Checked<()> {
        let start = self.at;
        let mut end = start;
        while let Some(line) = self.line(end).filter(|line| !line.is_blank()) {
            if line.is_indented() {
                return error(line.number, "Unexpected indentation.");
            }
            end += 1;
        }
        // The table ends where its left edge does, and at its last bottom border.
        let has_edge = |line: Line<'_>| line.text.starts_with(['+', '|']);
        let edge =
            (start..end).find(|index| self.line(*index).is_some_and(|line| !has_edge(line))).unwrap_or(end);
        let is_border = |index: &usize| self.line(*index).is_some_and(|line| grid_table_top(line.text));
        let bottom = match edge.checked_sub(1).filter(is_border) {
            Some(last) => Some(last),
            None => (start + 2..edge.saturating_sub(1)).rev().find(is_border),
        };
        let Some(bottom) = bottom else {
            return self.malformed(start, Malformed(1, "Bottom border missing or corrupt.".to_owned()));
        };
        let lines: Vec<Line<'a>> = self.lines.get(start..=bottom).unwrap_or_default().to_vec();
        let length = lines.first().map_or(0, |line| width(line.text));
        for (offset, line) in lines.iter().enumerate() {
            if width(line.text) != length || !line.text.ends_with(['+', '|']) {
                return self
                    .malformed(start, Malformed(offset, "Right border not aligned or missing.".to_owned()));
            }
        }
        if length.saturating_mul(lines.len()) <= LARGEST_GRID {
            match Grid::new(&lines).and_then(Grid::cells) {
                Ok(cells) => {
                    for cell in cells {
                        self.cell(&cell)?;
                    }
                }
                Err(problem) => return self.malformed(start, problem),
            }
        }
        self.table_ends(bottom + 1)
    }

    /// The content of a cell, without what is common to the beginnings of its lines.
    fn cell(&mut self, lines: &[Line<'a>]) -> Checked<()> {
        let texts = lines.iter().filter(|line| !line.is_blank());
        let indent = texts.map(|line| line.text.len() - line.text.trim_start_matches(' ').len()).min();
        let Some(indent) = indent else { return Ok(()) };
        let trimmed =
            |line: &Line<'a>| Line { text: line.text.get(indent..).unwrap_or_default().trim_end(), ..*line };
        let lines: Vec<Line<'a>> = lines.iter().map(trimmed).collect();
        self.nested(&lines).map(drop)
    }

    pub(super) fn simple_table(&mut self) -> Checked<()> {
        let start = self.at;
        let length = self.line(start).map_or(0, |line| line.text.len());
        let mut borders = 0;
        let mut last_border = None;
        let mut end = None;
        for index in start + 1..self.lines.len() {
            let Some(line) = self.line(index).filter(|line| simple_table_border(line.text)) else { continue };
            if line.text.trim_end().len() != length {
                let reason = "Bottom border or header rule does not match top border.".to_owned();
                return self.malformed(start, Malformed(index - start, reason));
            }
            borders += 1;
            last_border = Some(index);
            if borders == 2 || self.line(index + 1).is_none_or(|next| next.is_blank()) {
                end = Some(index);
                break;
            }
        }
        let Some(end) = end else {
            let more = if last_border.is_some() { " or no blank line after table bottom" } else { "" };
            return self.malformed(start, Malformed(0, format!("No bottom table border found{more}.")));
        };
        let lines: Vec<Line<'a>> = self.lines.get(start..=end).unwrap_or_default().to_vec();
        match simple_cells(&lines) {
            Ok(cells) => {
                for cell in cells {
                    self.cell(&cell)?;
                }
            }
            Err(problem) => return self.malformed(start, problem),
        }
        self.table_ends(end + 1)
    }
}

/// A table that is drawn, by row and column of characters.
struct Grid<'s, 'a> {
    lines: &'s [Line<'a>],
    characters: Vec<Vec<char>>,
    bottom: usize,
    right: usize,
    /// Down to which row each column was seen.
    done: Vec<isize>,
}

impl<'s, 'a> Grid<'s, 'a> {
    fn new(lines: &'s [Line<'a>]) -> Result<Self, Malformed> {
        let mut characters: Vec<Vec<char>> = lines.iter().map(|line| columns(line.text)).collect();
        let bottom = lines.len().saturating_sub(1);
        let right = characters.first().map_or(0, Vec::len).saturating_sub(1);
        let mut separator = None;
        for (index, row) in characters.iter_mut().enumerate() {
            let text: String = row.iter().collect();
            let inner = text.strip_prefix("+=").and_then(|rest| rest.strip_suffix("=+"));
            if !inner.is_some_and(|inner| inner.bytes().all(|byte| matches!(byte, b'=' | b'+'))) {
                continue;
            }
            if let Some(other) = separator {
                return Err(Malformed(
                    index,
                    format!(
                        "Multiple head/body row separators (table lines {} and {}); only one allowed.",
                        other + 1,
                        index + 1
                    ),
                ));
            }
            separator = Some(index);
            row.iter_mut().filter(|character| **character == '=').for_each(|character| *character = '-');
        }
        if separator.is_some_and(|index| index == 0 || index == bottom) {
            return Err(Malformed(
                bottom,
                "The head/body row separator may not be the first or last line of the table.".to_owned(),
            ));
        }
        let done = vec![-1; right + 1];
        Ok(Self { lines, characters, bottom, right, done })
    }

    fn at(&self, row: usize, column: usize) -> char {
        self.characters.get(row).and_then(|row| row.get(column)).copied().unwrap_or(' ')
    }

    /// The contents of all cells: each is traced from its upper left corner.
    fn cells(mut self) -> Result<Vec<Vec<Line<'a>>>, Malformed> {
        let mut cells = Vec::new();
        let mut corners = std::collections::BTreeSet::from([(0, 0)]);
        while let Some((top, left)) = corners.pop_first() {
            let seen = self.done.get(left).copied().unwrap_or(isize::MAX);
            if top == self.bottom || left == self.right || isize::try_from(top).is_ok_and(|top| top <= seen) {
                continue;
            }
            let Some((bottom, right)) = self.scan(top, left) else { continue };
            let after = isize::try_from(bottom).unwrap_or(isize::MAX) - 1;
            self.done.iter_mut().take(right).skip(left).for_each(|done| *done = after);
            let rows = self.lines.get(top + 1..bottom).unwrap_or_default();
            cells.push(
                rows.iter().map(|line| Line { text: between(line.text, left + 1, right), ..*line }).collect(),
            );
            corners.extend([(top, right), (bottom, left)]);
        }
        let last = isize::try_from(self.bottom).unwrap_or(isize::MAX) - 1;
        match self.done.iter().take(self.right).all(|done| *done == last) {
            true => Ok(cells),
            false => Err(Malformed(0, "Malformed table; parse incomplete.".to_owned())),
        }
    }

    /// The lower right corner of the cell with this upper left one.
    fn scan(&self, top: usize, left: usize) -> Option<(usize, usize)> {
        for right in left + 1..=self.right {
            match self.at(top, right) {
                '+' => {
                    if let Some(bottom) = self.scan_down(top, left, right) {
                        return Some((bottom, right));
                    }
                }
                '-' => {}
                _ => return None,
            }
        }
        None
    }

    fn scan_down(&self, top: usize, left: usize, right: usize) -> Option<usize> {
        for bottom in top + 1..=self.bottom {
            match self.at(bottom, right) {
                '+' => {
                    let is_line =
                        (left + 1..right).all(|column| matches!(self.at(bottom, column), '+' | '-'));
                    let is_side = (top + 1..bottom).all(|row| matches!(self.at(row, left), '+' | '|'));
                    if is_line && self.at(bottom, left) == '+' && is_side {
                        return Some(bottom);
                    }
                }
                '|' => {}
                _ => return None,
            }
        }
        None
    }
}

/// Where columns begin and end.
type Columns = Vec<(usize, usize)>;

/// The cells of a simple table, row by row.
fn simple_cells<'a>(lines: &[Line<'a>]) -> Result<Vec<Vec<Line<'a>>>, Malformed> {
    let Some((top, rest)) = lines.split_first() else { return Ok(Vec::new()) };
    let mut table = Simple { columns: spans(top.text, '='), border_end: 0, cells: Vec::new() };
    table.border_end = table.columns.last().map_or(0, |last| last.1);
    let (first_start, first_end) = table.columns.first().copied().unwrap_or_default();
    let (mut start, mut has_text) = (0, false);
    for (offset, line) in rest.iter().enumerate() {
        let is_rule = |character: char| {
            line.text.starts_with(character)
                && line.text.chars().all(|found| found == character || found == ' ')
        };
        if is_rule('-') || is_rule('=') {
            let character = if is_rule('=') { '=' } else { '-' };
            let own = table.spans(&line.text.replace(character, "-"), offset + 1)?;
            table.row(rest.get(start..offset).unwrap_or_default(), start + 1, Some(own))?;
            (start, has_text) = (offset + 1, false);
        } else if !between(line.text, first_start, first_end).trim().is_empty() {
            if has_text && offset != start {
                table.row(rest.get(start..offset).unwrap_or_default(), start + 1, None)?;
            }
            (start, has_text) = (offset, true);
        } else if !has_text {
            start = offset + 1;
        }
    }
    Ok(table.cells)
}

/// The runs of a character.
fn spans(line: &str, character: char) -> Columns {
    let mut spans = Vec::new();
    let mut begin = None;
    for (index, found) in line.chars().enumerate() {
        match (found == character, begin) {
            (true, None) => begin = Some(index),
            (false, Some(start)) => {
                spans.push((start, index));
                begin = None;
            }
            _ => {}
        }
    }
    spans.extend(begin.map(|start| (start, line.chars().count())));
    spans
}

struct Simple<'a> {
    columns: Columns,
    border_end: usize,
    cells: Vec<Vec<Line<'a>>>,
}

impl<'a> Simple<'a> {
    /// The columns of a row that spans some.
    fn spans(&self, line: &str, offset: usize) -> Result<Columns, Malformed> {
        let mut spans = spans(line, '-');
        if spans.last().is_none_or(|last| last.1 != self.border_end) {
            return Err(Malformed(offset, format!("Column span incomplete in table line {}.", offset + 1)));
        }
        if let (Some(last), Some(own)) = (spans.last_mut(), self.columns.last()) {
            last.1 = own.1;
        }
        Ok(spans)
    }

    fn row(&mut self, lines: &[Line<'a>], first: usize, own: Option<Columns>) -> Result<(), Malformed> {
        if lines.is_empty() && own.is_none() {
            return Ok(());
        }
        let mut spans = own.unwrap_or_else(|| self.columns.clone());
        let count = spans.len();
        for index in 0..count {
            let Some((start, end)) = spans.get(index).copied() else { break };
            let next = spans.get(index + 1).map_or(usize::MAX, |next| next.0);
            for (offset, line) in lines.iter().enumerate() {
                let beyond = between(line.text, end, next);
                if beyond.trim().is_empty() {
                    continue;
                }
                if index + 1 < count {
                    let number = first + offset;
                    return Err(Malformed(
                        number,
                        format!("Text in column margin in table line {}.", number + 1),
                    ));
                }
                // The last column may be wider than its rule.
                let text_end = start + width(between(line.text, start, usize::MAX).trim_end());
                if let Some(last) = spans.get_mut(index) {
                    last.1 = last.1.max(text_end);
                }
                if let Some(last) = self.columns.last_mut() {
                    last.1 = last.1.max(text_end);
                }
            }
        }
        self.check_alignment(&spans, first)?;
        for (start, end) in spans {
            let cell = |line: &Line<'a>| Line { text: between(line.text, start, end), ..*line };
            self.cells.push(lines.iter().map(cell).collect());
        }
        Ok(())
    }

    /// Spans begin and end where columns do.
    fn check_alignment(&self, spans: &Columns, first: usize) -> Result<(), Malformed> {
        let wrong =
            || Malformed(first + 1, format!("Column span alignment problem in table line {}.", first + 2));
        let mut columns = self.columns.iter();
        for (position, (start, end)) in spans.iter().enumerate() {
            let column = columns.next().filter(|column| column.0 == *start).ok_or_else(wrong)?;
            let mut last = column.1;
            while last != *end && position + 1 < spans.len() {
                last = columns.next().ok_or_else(wrong)?.1;
            }
        }
        Ok(())
    }
}
