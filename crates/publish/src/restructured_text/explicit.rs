//! Explicit markup: what begins with `.. `: footnotes, citations, targets, substitutions, directives, comments.

use super::body::Parser;
use super::lines::{Block, Indentation, Line, block};
use super::markers::{self, simple_name};
use super::references::spaced;
use super::{Checked, Element, warning};

/// What stands behind `.. `.
enum Construct<'a> {
    /// The label; where the content begins.
    Footnote(&'a str, usize),
    Citation(&'a str, usize),
    Target,
    Substitution,
    /// The name; where the content begins.
    Directive(&'a str, usize),
    Comment(usize),
}

fn construct(text: &str) -> Option<Construct<'_>> {
    let start = markers::explicit(text)?;
    let rest = text.get(start..)?;
    if text.len() == 2 {
        return Some(Construct::Comment(start));
    }
    if let Some(inner) = rest.strip_prefix('[')
        && let Some((label, _)) = inner.split_once(']')
        && let Some(end) = markers::with_space(text, start + label.len() + 2)
    {
        let name = label.strip_prefix('#').unwrap_or(label);
        let is_name = !name.is_empty() && simple_name(name) == name.len();
        let is_number = !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || label == "#" || label == "*" || (label.starts_with('#') && is_name) {
            return Some(Construct::Footnote(label, end));
        }
        if is_name {
            return Some(Construct::Citation(label, end));
        }
    }
    if let Some(inner) = rest.strip_prefix('_')
        && !inner.is_empty()
        && !inner.starts_with(' ')
    {
        return Some(Construct::Target);
    }
    if let Some(inner) = rest.strip_prefix('|')
        && !inner.is_empty()
        && !inner.starts_with(' ')
    {
        return Some(Construct::Substitution);
    }
    let length = simple_name(rest);
    let after = rest.get(length..)?;
    let colons = length + after.len() - after.strip_prefix(' ').unwrap_or(after).len();
    if length > 0
        && rest.get(colons..).is_some_and(|rest| rest.starts_with("::"))
        && let Some(end) = markers::with_space(text, start + colons + 2)
    {
        return Some(Construct::Directive(rest.get(..length)?, end));
    }
    Some(Construct::Comment(start))
}

impl<'a> Parser<'_, 'a> {
    /// One construct after the other, up to a blank line.
    pub(super) fn explicit_markup(&mut self) -> Checked<()> {
        let mut blank_finish = true;
        while let Some(line) = self.line(self.at).filter(|line| !line.is_blank()) {
            if let Some(length) = markers::anonymous(line.text) {
                blank_finish = self.anonymous_target(length)?;
            } else if let Some(found) = construct(line.text) {
                blank_finish = self.construct(line, &found)?;
            } else {
                break;
            }
        }
        if blank_finish { Ok(()) } else { self.unindent_warning("Explicit markup") }
    }

    /// The block of the construct at the current line, whose content begins behind `first` bytes.
    pub(super) fn construct_block(&mut self, first: usize, until_blank: bool, keep_top: bool) -> Block<'a> {
        let indentation = Indentation { first: Some(first), until_blank, keep_top, ..Indentation::default() };
        let found = block(self.lines, self.at, indentation);
        self.at = found.end;
        found
    }

    fn construct(&mut self, line: Line<'a>, found: &Construct<'a>) -> Checked<bool> {
        match found {
            Construct::Footnote(label, start) | Construct::Citation(label, start) => {
                let is_citation = matches!(found, Construct::Citation(..));
                let Block { lines, blank_finish, .. } = self.construct_block(*start, false, false);
                self.document.references.footnote(label, line.number)?;
                self.elements.push(Element::Other);
                if lines.iter().all(Line::is_blank) {
                    let what = if is_citation { "Citation" } else { "Footnote" };
                    return warning(line.number, format!("{what} content expected."));
                }
                self.nested(&lines)?;
                Ok(blank_finish)
            }
            Construct::Target => self.target(line),
            Construct::Substitution => self.substitution(line),
            Construct::Directive(name, start) => self.directive(name, *start, line, None),
            Construct::Comment(start) => {
                // An empty comment ends where it begins.
                let is_empty = line.text.get(*start..).unwrap_or_default().trim().is_empty();
                let is_alone = self.line(self.at + 1).is_none_or(|next| next.is_blank());
                self.elements.push(Element::Comment);
                if is_empty && is_alone {
                    self.at += 1;
                    return Ok(true);
                }
                Ok(self.construct_block(*start, false, false).blank_finish)
            }
        }
    }

    /// `.. _name: where`, the name perhaps in backquotes.
    fn target(&mut self, line: Line<'a>) -> Checked<bool> {
        let start = line.text.find('_').map_or(0, |at| at + 1);
        let Block { lines, blank_finish, .. } = self.construct_block(start, true, false);
        let text = lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
        let Some((name, rest)) = target_name(&text) else {
            return warning(line.number, "malformed hyperlink target.");
        };
        self.elements.push(Element::Invisible);
        self.leads_to(name.as_deref(), rest, line.number)?;
        Ok(blank_finish)
    }

    fn anonymous_target(&mut self, length: usize) -> Checked<bool> {
        let number = self.line(self.at).map_or(0, |line| line.number);
        let Block { lines, blank_finish, .. } = self.construct_block(length, true, false);
        let text = lines.iter().map(|line| line.text).collect::<Vec<_>>().join("\n");
        self.elements.push(Element::Invisible);
        self.leads_to(None, &text, number)?;
        Ok(blank_finish)
    }

    /// Notes a target and where it leads.
    fn leads_to(&mut self, name: Option<&str>, place: &str, line: usize) -> Checked<()> {
        let references = &mut self.document.references;
        let alias = alias(place);
        if let Some(alias) = &alias {
            references.indirect(name, alias, line);
        }
        match name {
            None => references.anonymous_target(),
            Some(name) => {
                let uri: String = place.split_whitespace().collect();
                let leads_to = alias.map(|alias| super::references::normalized(&alias));
                let leads_to = leads_to.or((!uri.is_empty()).then_some(uri));
                references.explicit(name, leads_to, line)?;
            }
        }
        Ok(())
    }

    /// `.. |name| directive:: ...`.
    fn substitution(&mut self, line: Line<'a>) -> Checked<bool> {
        let start = line.text.find('|').map_or(0, |at| at + 1);
        let begin = self.at;
        let Block { lines, blank_finish, end } = self.construct_block(start, false, false);
        let first = lines.first().map_or("", |line| line.text);
        let close = first
            .match_indices('|')
            .find(|(at, _)| {
                let rest = first.get(at + 1..).unwrap_or_default();
                let before = first.get(..*at).unwrap_or_default();
                *at > 0 && !before.ends_with([' ', '\\']) && (rest.is_empty() || rest.starts_with(' '))
            })
            .map(|(at, _)| at);
        let Some(close) = close else {
            return warning(line.number, "malformed substitution definition.");
        };
        let name = first.get(..close).unwrap_or_default();
        let rest = first.get(close + 1..).unwrap_or_default();
        let content = rest.trim_start_matches(' ');
        if content.is_empty() && lines.get(1..).unwrap_or_default().iter().all(Line::is_blank) {
            return warning(line.number, format!("Substitution definition \"{name}\" missing contents."));
        }
        let length = simple_name(content);
        let is_directive = length > 0 && content.get(length..).is_some_and(|rest| rest.starts_with("::"));
        let marker = markers::with_space(content, length + 2).filter(|_| is_directive);
        let Some(marker) = marker else {
            return warning(line.number, format!("Substitution definition \"{name}\" empty or invalid."));
        };
        // The directive is read where it stands.
        let before = self.document.references.substitution_count();
        let position = line.text.len() - content.len();
        self.at = begin;
        let directive = content.get(..length).unwrap_or_default();
        self.directive(directive, position + marker, line, Some(name))?;
        self.at = end;
        let uses = self.document.references.substitutions_since(before);
        self.document.references.substitution(&spaced(name), uses, line.number)?;
        Ok(blank_finish)
    }
}

/// The name in front of the colon of a target (none for `_`), and the rest.
fn target_name(text: &str) -> Option<(Option<String>, &str)> {
    if let Some(rest) = text.strip_prefix("_:") {
        return (rest.is_empty() || rest.starts_with([' ', '\n'])).then_some((None, rest));
    }
    let is_end = |rest: &str| rest.is_empty() || rest.starts_with([' ', '\n']);
    if let Some(quoted) = text.strip_prefix('`') {
        let found = quoted.match_indices('`').find_map(|(at, _)| {
            let rest = quoted.get(at + 1..)?;
            let rest = rest.strip_prefix(' ').unwrap_or(rest).strip_prefix(':')?;
            let name = quoted.get(..at)?;
            (at > 0 && !name.ends_with([' ', '\\']) && is_end(rest)).then_some((name, rest))
        });
        if let Some((name, rest)) = found {
            return Some((Some(without_escapes(name)), rest));
        }
        return None;
    }
    if text.starts_with(['_', ' ', '`']) {
        return None;
    }
    text.match_indices(':').find_map(|(at, _)| {
        let rest = text.get(at + 1..)?;
        let name = text.get(..at)?;
        let name = name.strip_suffix(' ').unwrap_or(name);
        let is_escaped = name.ends_with('\\') && !name.ends_with("\\\\");
        (!name.is_empty() && !is_escaped && !name.ends_with([' ', ':']) && is_end(rest))
            .then(|| (Some(without_escapes(name)), rest))
    })
}

/// The name that a place refers to: `name_`, `` `several words`_ ``.
fn alias(place: &str) -> Option<String> {
    let place = spaced(place);
    let name = place.strip_suffix('_')?;
    if let Some(phrase) = name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        return (!phrase.is_empty() && !phrase.starts_with(' ')).then(|| without_escapes(phrase));
    }
    (!name.is_empty() && simple_name(name) == name.len()).then(|| name.to_owned())
}

fn without_escapes(text: &str) -> String {
    let mut result = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            result.push(character);
        } else if let Some(next) = characters.next().filter(|next| !next.is_whitespace()) {
            result.push(next);
        }
    }
    result
}
