//! What begins with a line of text: paragraphs, titles, definition lists, and the literal blocks behind paragraphs.

use super::body::Parser;
use super::lines::{Indentation, Line, block, joined, trimmed_end, width};
use super::{Checked, Element, TitleStyle, error, inline, markers, warning};

impl Parser<'_, '_> {
    /// The current line is text; what it is depends on the next one.
    pub(super) fn text(&mut self) -> Checked<()> {
        let Some(first) = self.line(self.at) else { return Ok(()) };
        let Some(second) = self.line(self.at + 1).filter(|line| !line.is_blank()) else {
            self.at += 1;
            return self.paragraph(&[first]);
        };
        if second.is_indented() {
            return self.definition_list();
        }
        if let Some(under) = markers::adornment(second.text)
            && self.underlined(first, second, under)?
        {
            return Ok(());
        }
        let mut lines = vec![first];
        while let Some(line) = self.line(self.at + lines.len()).filter(|line| !line.is_blank()) {
            if line.is_indented() {
                return error(line.number, "Unexpected indentation.");
            }
            lines.push(line);
        }
        self.at += lines.len();
        self.paragraph(&lines)
    }

    /// A title with a line under it; false: it is none.
    fn underlined(&mut self, title: Line<'_>, underline: Line<'_>, under: char) -> Checked<bool> {
        let length = underline.text.chars().count();
        if width(title.text) > length {
            if length < 4 {
                return Ok(false);
            }
            return warning(underline.number, "Title underline too short.");
        }
        if !self.match_titles {
            return error(underline.number, "Unexpected section title.");
        }
        self.at += 2;
        self.section(title.text, (under, None), title.number)?;
        Ok(true)
    }

    fn section(&mut self, title: &str, style: TitleStyle, line: usize) -> Checked<()> {
        let styles = &mut self.document.styles;
        let known = styles.iter().position(|known| *known == style);
        let level = known.map_or(styles.len(), |index| index) + 1;
        let current = self.document.level;
        if level > current + 1 {
            return error(line, format!("Inconsistent title style: skip from level {current} to {level}."));
        }
        if known.is_none() {
            styles.push(style);
        }
        self.document.level = level;
        let name = inline::check(title.trim(), line, &mut self.document.references)?;
        self.document.references.implicit(&name, None, line)?;
        self.elements.push(Element::Section);
        Ok(())
    }

    /// The current line is an adornment: the upper line of a title, or a transition.
    pub(super) fn adornment(&mut self, over: char) -> Checked<()> {
        let Some(line) = self.line(self.at) else { return Ok(()) };
        let length = line.text.chars().count();
        let is_short = length < 4;
        if !self.match_titles {
            if is_short {
                return self.text();
            }
            return error(line.number, "Unexpected section title or transition.");
        }
        let Some(title) = self.line(self.at + 1).filter(|title| !title.is_blank()) else {
            if is_short {
                return self.text();
            }
            self.elements.push(Element::Transition(line.number));
            self.at += 1;
            return Ok(());
        };
        if markers::adornment(title.text).is_some() {
            if is_short {
                return self.text();
            }
            return error(line.number, "Invalid section title or transition marker.");
        }
        let problem = match self.line(self.at + 2) {
            None => Some("Incomplete section title."),
            Some(under) if markers::adornment(under.text).is_none() => {
                Some("Missing matching underline for section title overline.")
            }
            Some(under) if under.text != line.text => Some("Title overline & underline mismatch."),
            Some(_) => None,
        };
        if let Some(problem) = problem {
            if is_short {
                return self.text();
            }
            return error(line.number, problem);
        }
        if width(title.text) > length {
            if is_short {
                return self.text();
            }
            return warning(line.number, "Title overline too short.");
        }
        self.at += 3;
        self.section(title.text, (over, Some(over)), title.number)
    }

    /// A paragraph that was read; the parser stands behind it.
    fn paragraph(&mut self, lines: &[Line<'_>]) -> Checked<()> {
        let Some(first) = lines.first() else { return Ok(()) };
        let data = joined(lines);
        let data = data.trim_end();
        let is_literal = data.strip_suffix("::").is_some_and(|before| {
            let marks = before.bytes().rev().take_while(|byte| *byte == b'\\').count();
            marks % 2 == 0
        });
        let text = match data.strip_suffix("::").filter(|_| is_literal) {
            None => data,
            Some(before) if before.ends_with([' ', '\n']) => before.trim_end(),
            Some("") => "",
            Some(_) => data.get(..data.len() - 1).unwrap_or_default(),
        };
        if !text.is_empty() {
            inline::check(text, first.number, &mut self.document.references)?;
            self.elements.push(Element::Paragraph);
        }
        if is_literal { self.literal_block() } else { Ok(()) }
    }

    /// What is indented behind the current line, or quoted.
    fn literal_block(&mut self) -> Checked<()> {
        let found = block(self.lines, self.at, Indentation::default());
        if !trimmed_end(&found.lines).is_empty() {
            self.at = found.end;
            self.elements.push(Element::Other);
            if !found.blank_finish {
                return self.unindent_warning("Literal block");
            }
            return Ok(());
        }
        while self.line(self.at).is_some_and(|line| line.is_blank()) {
            self.at += 1;
        }
        let quote = self.line(self.at).and_then(|line| line.text.chars().next());
        let Some(quote) = quote.filter(char::is_ascii_punctuation) else {
            let last = self.lines.last().map_or(0, |line| line.number + 1);
            let number = self.line(self.at).map_or(last, |line| line.number);
            return warning(number, "Literal block expected; none found.");
        };
        while let Some(line) = self.line(self.at).filter(|line| !line.is_blank()) {
            if line.is_indented() {
                return error(line.number, "Unexpected indentation.");
            }
            if !line.text.starts_with(quote) {
                return error(line.number, "Inconsistent literal block quoting.");
            }
            self.at += 1;
        }
        self.elements.push(Element::Other);
        Ok(())
    }

    fn definition_list(&mut self) -> Checked<()> {
        let mut blank_finish;
        loop {
            let Some(term) = self.line(self.at) else { return Ok(()) };
            let found = block(self.lines, self.at + 1, Indentation::default());
            self.at = found.end;
            blank_finish = found.blank_finish;
            inline::check(term.text, term.number, &mut self.document.references)?;
            self.nested(&found.lines)?;
            let next = self.next_text();
            let is_next = next.is_some_and(|at| {
                self.line(at).is_some_and(|line| !line.is_indented() && self.is_plain_text(at))
                    && self.line(at + 1).is_some_and(|line| line.is_indented())
            });
            match next.filter(|_| is_next) {
                Some(next) => self.at = next,
                None => break,
            }
        }
        self.elements.push(Element::Other);
        if blank_finish { Ok(()) } else { self.unindent_warning("Definition list") }
    }
}
