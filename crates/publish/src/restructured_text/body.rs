//! The body of a document and of whatever holds body elements: block quotes, lists, line blocks, and which line begins what.

use super::lines::{Block, Indentation, Line, block, joined};
use super::markers::{self, Enumerator, Sequence};
use super::{Checked, DEEPEST, Document, Element, inline, warning};

/// Reads a block of lines.
pub(super) struct Parser<'d, 'a> {
    pub(super) document: &'d mut Document,
    pub(super) lines: &'d [Line<'a>],
    /// The index of the current line.
    pub(super) at: usize,
    /// Whether there may be titles.
    pub(super) match_titles: bool,
    pub(super) elements: Vec<Element>,
    pub(super) depth: usize,
}

impl<'d, 'a> Parser<'d, 'a> {
    pub(super) fn new(
        document: &'d mut Document,
        lines: &'d [Line<'a>],
        match_titles: bool,
        depth: usize,
    ) -> Self {
        Self { document, lines, at: 0, match_titles, elements: Vec::new(), depth }
    }

    pub(super) fn parse(mut self) -> Checked<Vec<Element>> {
        while let Some(line) = self.line(self.at) {
            if line.is_blank() {
                self.at += 1;
            } else {
                self.element(line)?;
            }
        }
        Ok(self.elements)
    }

    pub(super) fn line(&self, index: usize) -> Option<Line<'a>> {
        self.lines.get(index).copied()
    }

    /// Reads lines that belong to something: what they are.
    pub(super) fn nested(&mut self, lines: &[Line<'a>]) -> Checked<Vec<Element>> {
        if self.depth >= DEEPEST {
            return Ok(vec![Element::Other]);
        }
        Parser::new(&mut *self.document, lines, false, self.depth + 1).parse()
    }

    /// What ends without a blank line before the current one.
    pub(super) fn unindent_warning<T>(&self, what: &str) -> Checked<T> {
        let after = self.lines.last().map_or(0, |line| line.number + 1);
        let number = self.line(self.at).map_or(after, |line| line.number);
        warning(number, format!("{what} ends without a blank line; unexpected unindent."))
    }

    fn element(&mut self, line: Line<'a>) -> Checked<()> {
        let text = line.text;
        if line.is_indented() {
            return self.block_quote();
        }
        if let Some((bullet, length)) = markers::bullet(text) {
            return self.bullet_list(bullet, length);
        }
        if let Some(found) = markers::enumerator(text)
            && let (sequence, Some(ordinal)) = found.ordinal(None)
            && self.is_item(self.at, &found, sequence, ordinal)
        {
            return self.enumerated_list(sequence, ordinal);
        }
        if markers::enumerator(text).is_some() {
            return self.text();
        }
        if markers::field(text).is_some() {
            return self.field_list();
        }
        if let Some(length) = markers::option(text) {
            return self.option_list(length);
        }
        if markers::doctest(text) {
            while self.line(self.at).is_some_and(|line| !line.is_blank()) {
                self.at += 1;
            }
            self.elements.push(Element::Other);
            return Ok(());
        }
        if markers::line_block(text).is_some() {
            return self.line_block();
        }
        if markers::grid_table_top(text) {
            return self.grid_table();
        }
        if markers::simple_table_top(text) {
            return self.simple_table();
        }
        if markers::explicit(text).is_some() || markers::anonymous(text).is_some() {
            return self.explicit_markup();
        }
        match markers::adornment(text) {
            Some(_) if text == "::" && !self.match_titles => self.text(),
            Some(character) => self.adornment(character),
            None => self.text(),
        }
    }

    /// Whether the line at `index` is a text and nothing else.
    pub(super) fn is_plain_text(&self, index: usize) -> bool {
        let Some(line) = self.line(index) else { return false };
        let text = line.text;
        let is_other = markers::bullet(text).is_some()
            || markers::enumerator(text).is_some()
            || markers::field(text).is_some()
            || markers::option(text).is_some()
            || markers::doctest(text)
            || markers::line_block(text).is_some()
            || markers::grid_table_top(text)
            || markers::simple_table_top(text)
            || markers::explicit(text).is_some()
            || markers::anonymous(text).is_some()
            || markers::adornment(text).is_some();
        !is_other
    }

    /// The index of the next line that is not blank.
    pub(super) fn next_text(&self) -> Option<usize> {
        (self.at..self.lines.len()).find(|index| self.line(*index).is_some_and(|line| !line.is_blank()))
    }

    fn block_quote(&mut self) -> Checked<()> {
        let found = block(self.lines, self.at, Indentation::default());
        self.at = found.end;
        self.quote(&found.lines)?;
        self.elements.push(Element::Other);
        if found.blank_finish { Ok(()) } else { self.unindent_warning("Block quote") }
    }

    /// The content of a block quote; an attribution ends it, and another may follow.
    pub(super) fn quote(&mut self, lines: &[Line<'a>]) -> Checked<()> {
        let mut rest = lines;
        loop {
            let Some((start, end, length)) = attribution(rest) else {
                self.nested(rest)?;
                return Ok(());
            };
            self.nested(rest.get(..start).unwrap_or_default())?;
            let mut text: Vec<Line<'a>> = Vec::new();
            for (index, line) in rest.get(start..end).unwrap_or_default().iter().enumerate() {
                let trimmed = line.text.trim_start();
                text.push(if index == 0 { line.after(length) } else { Line { text: trimmed, ..*line } });
            }
            let number = text.first().map_or(0, |line| line.number);
            inline::check(joined(&text).trim_end(), number, &mut self.document.references)?;
            rest = rest.get(end..).unwrap_or_default();
            let blank = rest.iter().take_while(|line| line.is_blank()).count();
            rest = rest.get(blank..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// The content of a list item whose marker has this length, at the current line; goes behind it.
    fn item(&mut self, length: usize) -> Checked<(Vec<Element>, bool)> {
        let has_text = self.line(self.at).is_some_and(|line| line.text.len() > length);
        let indentation = match has_text {
            true => Indentation { known: Some(length), ..Indentation::default() },
            false => Indentation { first: Some(length), ..Indentation::default() },
        };
        let Block { lines, blank_finish, end } = block(self.lines, self.at, indentation);
        self.at = end;
        Ok((self.nested(&lines)?, blank_finish))
    }

    fn bullet_list(&mut self, bullet: char, length: usize) -> Checked<()> {
        let (first, mut blank_finish) = self.item(length)?;
        let mut items = vec![first];
        while let Some(next) = self.next_text()
            && let Some((_, length)) =
                self.line(next).and_then(|line| markers::bullet(line.text)).filter(|found| found.0 == bullet)
        {
            self.at = next;
            let (item, finish) = self.item(length)?;
            items.push(item);
            blank_finish = finish;
        }
        self.elements.push(Element::BulletList(items));
        if blank_finish { Ok(()) } else { self.unindent_warning("Bullet list") }
    }

    /// Whether the line behind that at `index` lets it be an item: it is blank, indented or the next item.
    fn is_item(&self, index: usize, found: &Enumerator<'_>, sequence: Sequence, ordinal: u64) -> bool {
        let Some(next) = self.line(index + 1).filter(|line| !line.text.is_empty()) else { return true };
        if next.text.starts_with(' ') {
            return true;
        }
        let Some(marker) = markers::marker(found.format, sequence, ordinal.saturating_add(1)) else {
            return false;
        };
        let automatic = markers::marker(found.format, Sequence::Automatic, 1).unwrap_or_default();
        next.text.starts_with(&marker) || next.text.starts_with(&automatic)
    }

    fn enumerated_list(&mut self, sequence: Sequence, ordinal: u64) -> Checked<()> {
        let Some(first) = self.line(self.at).and_then(|line| markers::enumerator(line.text)) else {
            return Ok(());
        };
        let (_, mut blank_finish) = self.item(first.length)?;
        let (mut last, mut is_automatic) = (ordinal, sequence == Sequence::Automatic);
        while let Some(next) = self.next_text()
            && let Some(found) = self.line(next).and_then(|line| markers::enumerator(line.text))
        {
            let (own, number) = found.ordinal(Some(sequence).filter(|own| *own != Sequence::Automatic));
            let Some(number) = number else { break };
            let follows = own == Sequence::Automatic
                || (own == sequence && !is_automatic && number == last.saturating_add(1));
            if found.format != first.format || !follows || !self.is_item(next, &found, own, number) {
                break;
            }
            is_automatic |= own == Sequence::Automatic;
            self.at = next;
            let (_, finish) = self.item(found.length)?;
            blank_finish = finish;
            last = number;
        }
        self.elements.push(Element::EnumeratedList);
        if blank_finish { Ok(()) } else { self.unindent_warning("Enumerated list") }
    }

    fn field_list(&mut self) -> Checked<()> {
        let mut fields = Vec::new();
        let mut blank_finish = true;
        while let Some(next) = self.next_text()
            && let Some(line) = self.line(next)
            && let Some((name, length)) = markers::field(line.text)
        {
            let found =
                block(self.lines, next, Indentation { first: Some(length), ..Indentation::default() });
            self.at = found.end;
            blank_finish = found.blank_finish;
            inline::check(name, line.number, &mut self.document.references)?;
            fields.push((name.to_owned(), self.nested(&found.lines)?, line.number));
        }
        self.elements.push(Element::FieldList(fields));
        if blank_finish { Ok(()) } else { self.unindent_warning("Field list") }
    }

    fn option_list(&mut self, length: usize) -> Checked<()> {
        let item = |parser: &Self, at: usize, length: usize| {
            let found =
                block(parser.lines, at, Indentation { first: Some(length), ..Indentation::default() });
            // An option without a description is text.
            found.lines.iter().any(|line| !line.is_blank()).then_some(found)
        };
        let Some(mut found) = item(self, self.at, length) else { return self.text() };
        loop {
            self.at = found.end;
            self.nested(&found.lines)?;
            let next = self.next_text();
            let length = next.and_then(|next| Some((next, markers::option(self.line(next)?.text)?)));
            match length.and_then(|(next, length)| item(self, next, length)) {
                Some(next) => found = next,
                None => break,
            }
        }
        self.elements.push(Element::Other);
        if found.blank_finish { Ok(()) } else { self.unindent_warning("Option list") }
    }

    fn line_block(&mut self) -> Checked<()> {
        let first = self.line(self.at).map_or(0, |line| line.number);
        let mut blank_finish = true;
        while let Some(line) = self.line(self.at)
            && let Some(length) = markers::line_block(line.text)
        {
            let indentation =
                Indentation { first: Some(length), until_blank: true, ..Indentation::default() };
            let found = block(self.lines, self.at, indentation);
            self.at = found.end;
            blank_finish = found.blank_finish;
            inline::check(&joined(&found.lines), line.number, &mut self.document.references)?;
        }
        self.elements.push(Element::Other);
        if blank_finish { Ok(()) } else { warning(first + 1, "Line block ends without a blank line.") }
    }
}

/// An attribution (`-- Somebody`) at the end of a block quote: where it begins and ends, and the length of its dash.
fn attribution(lines: &[Line<'_>]) -> Option<(usize, usize, usize)> {
    let mut is_after_text = false;
    for (index, line) in lines.iter().enumerate() {
        if line.is_blank() {
            continue;
        }
        let is_after_blank =
            index.checked_sub(1).and_then(|before| lines.get(before)).is_some_and(Line::is_blank);
        if is_after_text
            && is_after_blank
            && let Some(length) = dash(line.text)
        {
            let rest = lines.get(index + 1..).unwrap_or_default();
            let more: Vec<usize> = rest
                .iter()
                .take_while(|line| !line.is_blank())
                .map(|line| line.text.len() - line.text.trim_start_matches(' ').len())
                .collect();
            if more.windows(2).all(|pair| pair.first() == pair.last()) {
                return Some((index, index + 1 + more.len(), length));
            }
        }
        is_after_text = true;
    }
    None
}

/// The length of a dash that begins an attribution, with the spaces behind it.
fn dash(text: &str) -> Option<usize> {
    let length = match () {
        () if text.starts_with("----") => return None,
        () if text.starts_with("---") => 3,
        () if text.starts_with("--") => 2,
        () if text.starts_with('\u{2014}') => '\u{2014}'.len_utf8(),
        () => return None,
    };
    let rest = text.get(length..)?;
    let content = rest.trim_start_matches(' ');
    (!content.is_empty()).then_some(length + rest.len() - content.len())
}
