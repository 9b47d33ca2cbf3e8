//! Inline markup: emphasis, literals, references, interpreted text. What begins must end.

use super::markers::simple_name;
use super::references::{References, normalized};
use super::{Checked, error, warning};

/// Stands for a backslash; the character behind it is escaped.
const ESCAPE: char = '\0';

/// The names of interpreted text roles.
const ROLES: [&str; 26] = [
    "abbreviation",
    "ab",
    "acronym",
    "ac",
    "code",
    "emphasis",
    "literal",
    "math",
    "pep-reference",
    "pep",
    "rfc-reference",
    "rfc",
    "strong",
    "subscript",
    "sub",
    "superscript",
    "sup",
    "title-reference",
    "title",
    "t",
    "raw",
    "index",
    "i",
    "target",
    "uri",
    "url",
];

/// Backslashes become marks, so that what they escape is no markup.
fn escaped(text: &str) -> Vec<char> {
    let mut escaped = Vec::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                escaped.push(ESCAPE);
                escaped.extend(characters.next());
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Without the marks; an escaped space is nothing.
fn unescaped(text: &[char]) -> String {
    let mut result = String::new();
    let mut characters = text.iter();
    while let Some(character) = characters.next() {
        match *character {
            ESCAPE => match characters.next() {
                Some(' ' | '\n') | None => {}
                Some(next) => result.push(*next),
            },
            other => result.push(other),
        }
    }
    result
}

/// Pairs of brackets and quotes.
const PAIRS: [(char, &str); 22] = [
    ('"', "\""),
    ('\'', "'"),
    ('(', ")"),
    ('<', ">"),
    ('[', "]"),
    ('{', "}"),
    ('\u{ab}', "\u{bb}"),
    ('\u{bb}', "\u{ab}\u{bb}"),
    ('\u{2018}', "\u{2019}\u{201a}"),
    ('\u{2019}', "\u{2018}\u{2019}"),
    ('\u{201a}', "\u{201b}\u{2018}\u{2019}"),
    ('\u{201c}', "\u{201d}\u{201e}"),
    ('\u{201d}', "\u{201c}\u{201d}"),
    ('\u{201e}', "\u{201f}\u{201c}\u{201d}"),
    ('\u{2039}', "\u{203a}"),
    ('\u{203a}', "\u{2039}\u{203a}"),
    ('\u{3008}', "\u{3009}"),
    ('\u{300a}', "\u{300b}"),
    ('\u{300c}', "\u{300d}"),
    ('\u{300e}', "\u{300f}"),
    ('\u{3010}', "\u{3011}"),
    ('\u{ff08}', "\u{ff09}"),
];

/// Punctuation beyond ASCII.
fn is_wide_punctuation(character: char) -> bool {
    matches!(u32::from(character),
        0xa1 | 0xab | 0xb7 | 0xbb | 0xbf | 0x37e | 0x387 | 0x55a..=0x55f | 0x589 | 0x58a | 0x5be | 0x5c0 | 0x5c3
        | 0x5c6 | 0x5f3 | 0x5f4 | 0x609 | 0x60a | 0x60c | 0x60d | 0x61b | 0x61e | 0x61f | 0x66a..=0x66d | 0x6d4
        | 0x964 | 0x965 | 0xe4f | 0xe5a | 0xe5b | 0x2010..=0x2027 | 0x2030..=0x205e | 0x2329 | 0x232a
        | 0x2768..=0x2775 | 0x27c5 | 0x27c6 | 0x27e6..=0x27ef | 0x2983..=0x2998 | 0x29d8..=0x29db | 0x29fc | 0x29fd
        | 0x2cf9..=0x2cfc | 0x2e00..=0x2e31 | 0x3001..=0x3003 | 0x3008..=0x3011 | 0x3014..=0x301f | 0x3030 | 0x303d
        | 0x30a0 | 0x30fb | 0xfd3e | 0xfd3f | 0xfe10..=0xfe19 | 0xfe30..=0xfe63 | 0xfe68 | 0xfe6a | 0xfe6b
        | 0xff01..=0xff03 | 0xff05..=0xff0a | 0xff0c..=0xff0f | 0xff1a | 0xff1b | 0xff1f | 0xff20 | 0xff3b..=0xff3d
        | 0xff5b | 0xff5d | 0xff5f..=0xff65)
}

/// Whether markup may begin behind this.
fn opens(before: Option<char>) -> bool {
    before.is_none_or(|character| {
        character.is_whitespace() || "\"'(<[{-/:".contains(character) || is_wide_punctuation(character)
    })
}

/// Whether markup may end in front of this.
fn closes(after: Option<char>) -> bool {
    after.is_none_or(|character| {
        character.is_whitespace()
            || character == ESCAPE
            || "\\.,;!?-/:\"')>]}".contains(character)
            || is_wide_punctuation(character)
    })
}

/// A text with inline markup.
struct Text<'d> {
    text: Vec<char>,
    at: usize,
    line: usize,
    references: &'d mut References,
    /// The text as it is read, up to `told`.
    plain: String,
    told: usize,
}

/// Checks a text that begins on `line`; gives it without its markup.
pub(super) fn check(text: &str, line: usize, references: &mut References) -> Checked<String> {
    let mut text = Text { text: escaped(text), at: 0, line, references, plain: String::new(), told: 0 };
    // Markup is told apart from what stands before the rest of the text only: that is gone for what follows.
    let mut start = 0;
    while text.at < text.text.len() {
        start = text.step(start)?;
    }
    text.tell(text.text.len(), "", text.text.len());
    Ok(text.plain)
}

/// How a construct is called, and how it ends.
struct Construct {
    name: &'static str,
    start: &'static str,
    end: &'static str,
}

const CONSTRUCTS: [Construct; 5] = [
    Construct { name: "strong", start: "**", end: "**" },
    Construct { name: "emphasis", start: "*", end: "*" },
    Construct { name: "literal", start: "``", end: "``" },
    Construct { name: "target", start: "_`", end: "`" },
    Construct { name: "substitution_reference", start: "|", end: "|" },
];

impl Text<'_> {
    fn get(&self, index: usize) -> Option<char> {
        self.text.get(index).copied()
    }

    fn starts_with(&self, at: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(offset, character)| self.get(at + offset) == Some(character))
    }

    fn part(&self, start: usize, end: usize) -> &[char] {
        self.text.get(start..end.min(self.text.len())).unwrap_or_default()
    }

    /// Notes that what stands from `start` to `end` is read as `content`.
    fn tell(&mut self, start: usize, content: &str, end: usize) {
        let before = unescaped(self.part(self.told, start));
        self.plain.push_str(&before);
        self.plain.push_str(content);
        self.told = end;
    }

    /// Looks at the current character; `start` is where the text begins that what comes before is seen of. Gives the new start.
    fn step(&mut self, start: usize) -> Checked<usize> {
        let at = self.at;
        let before = if at > start { self.get(at - 1) } else { None };
        if !opens(before) {
            self.at += 1;
            return Ok(start);
        }
        for construct in &CONSTRUCTS {
            if self.begins(construct, at) {
                return self.construct(construct, start);
            }
        }
        if let Some(next) = self.reference()? {
            self.at = next;
            return Ok(next);
        }
        if let Some(next) = self.footnote_reference() {
            self.at = next;
            return Ok(next);
        }
        if let Some(quote) = self.backquote() {
            return self.interpreted(quote, start);
        }
        self.at += 1;
        Ok(start)
    }

    fn begins(&self, construct: &Construct, at: usize) -> bool {
        let behind = at + construct.start.len();
        let is_other = match construct.start {
            "*" | "|" => self.starts_with(behind, construct.start),
            _ => false,
        };
        // At the end of the text it is nothing.
        self.starts_with(at, construct.start)
            && !is_other
            && self.get(behind).is_none_or(|next| !next.is_whitespace())
    }

    /// Whether a start between matching quotes is meant as itself: `"*"`. At the end of the text it is nothing either.
    fn is_quoted(&self, start: usize, at: usize, behind: usize) -> bool {
        if at == start {
            return false;
        }
        let Some(after) = self.get(behind) else { return true };
        let before = at.checked_sub(1).and_then(|index| self.get(index));
        PAIRS.iter().any(|(open, close)| Some(*open) == before && close.contains(after))
    }

    fn construct(&mut self, construct: &Construct, start: usize) -> Checked<usize> {
        let at = self.at;
        let behind = at + construct.start.len();
        if self.is_quoted(start, at, behind) {
            self.at = behind;
            return Ok(behind);
        }
        let Some(end) = self.end(construct, behind) else {
            return warning(self.line, format!("Inline {} start-string without end-string.", construct.name));
        };
        let content = unescaped(self.part(behind, end));
        let mut after = end + construct.end.len();
        match construct.name {
            "target" => self.references.explicit(&content, None, self.line)?,
            "substitution_reference" => {
                self.references.refer_to_substitution(&content, self.line);
                let underscores = (0..2).take_while(|offset| self.get(after + offset) == Some('_')).count();
                // Those that the end is looked for with.
                let underscores = (0..=underscores).rev().find(|count| closes(self.get(after + count)));
                match underscores.unwrap_or_default() {
                    0 => {}
                    1 => self.references.refer(&content, self.line),
                    _ => self.references.refer_anonymously(self.line),
                }
                after += underscores.unwrap_or_default();
            }
            _ => {}
        }
        self.tell(at, &content, after);
        self.at = after;
        Ok(after)
    }

    /// Where the end string of a construct is, whose content begins at `from`.
    fn end(&self, construct: &Construct, from: usize) -> Option<usize> {
        let length = construct.end.len();
        let is_literal = construct.name == "literal";
        (from..self.text.len())
            .find(|at| {
                let before = if *at > from { self.get(at - 1) } else { None };
                let fits =
                    before.is_none_or(|before| !before.is_whitespace() && (is_literal || before != ESCAPE));
                let behind = at + length;
                let is_closed = match construct.name {
                    "substitution_reference" => (0..=2).any(|count| {
                        (0..count).all(|offset| self.get(behind + offset) == Some('_'))
                            && closes(self.get(behind + count))
                    }),
                    _ => closes(self.get(behind)),
                };
                fits && self.starts_with(*at, construct.end) && is_closed
            })
            // An end without a content is no end.
            .filter(|end| *end > from)
    }

    /// `name_` and `name__`: where it ends.
    fn reference(&mut self) -> Checked<Option<usize>> {
        /// Longer names are not looked for.
        const LONGEST: usize = 500;
        let is_part = |part: &&char| part.is_alphanumeric() || "-._+:".contains(**part);
        let run: String = self.part(self.at, self.at + LONGEST).iter().take_while(is_part).collect();
        let whole = simple_name(&run);
        let mut best = None;
        // A name may end at any of its words; the longest that is followed by underscores counts.
        let mut characters = 0;
        for (index, character) in run.char_indices() {
            characters += 1;
            let end = index + character.len_utf8();
            if !character.is_alphanumeric() || end > whole {
                continue;
            }
            let behind = self.at + characters;
            for underscores in [2, 1] {
                let is_there = (0..underscores).all(|offset| self.get(behind + offset) == Some('_'));
                if is_there && closes(self.get(behind + underscores)) {
                    best = Some((behind, underscores));
                    break;
                }
            }
        }
        let Some((end, underscores)) = best else { return Ok(None) };
        let name: String = self.part(self.at, end).iter().collect();
        match underscores {
            1 => self.references.refer(&name, self.line),
            _ => self.references.refer_anonymously(self.line),
        }
        self.tell(self.at, &name, end + underscores);
        Ok(Some(end + underscores))
    }

    /// `[1]_`, `[#]_`, `[#name]_`, `[*]_`, `[citation]_`: where it ends.
    fn footnote_reference(&mut self) -> Option<usize> {
        if self.get(self.at) != Some('[') {
            return None;
        }
        let label: String =
            self.part(self.at + 1, self.text.len()).iter().take_while(|next| **next != ']').collect();
        let name = label.strip_prefix('#').unwrap_or(&label);
        let is_label = label == "*" || label == "#" || (!name.is_empty() && simple_name(name) == name.len());
        let end = self.at + 1 + label.chars().count();
        if !is_label || !self.starts_with(end, "]_") || !closes(self.get(end + 2)) {
            return None;
        }
        self.references.refer_to_footnote(&normalized(&label), self.line);
        self.tell(self.at, &label, end + 2);
        Some(end + 2)
    }

    /// A backquote that begins something, with its role: where the role begins and the quote is.
    fn backquote(&self) -> Option<(Option<String>, usize)> {
        let mut quote = self.at;
        let mut role = None;
        if self.get(quote) == Some(':') {
            let rest: String = self.part(quote + 1, quote + 200).iter().collect();
            let length = simple_name(&rest);
            let name = rest.get(..length)?;
            let behind = quote + 1 + name.chars().count();
            if length == 0 || self.get(behind) != Some(':') {
                return None;
            }
            role = Some(name.to_owned());
            quote = behind + 1;
        }
        let is_quote = self.get(quote) == Some('`') && self.get(quote + 1) != Some('`');
        (is_quote && self.get(quote + 1).is_none_or(|next| !next.is_whitespace())).then_some((role, quote))
    }

    /// `` `text` ``, `` `text`:role: ``, `` `text`_ ``.
    fn interpreted(&mut self, (role, quote): (Option<String>, usize), start: usize) -> Checked<usize> {
        let from = quote + 1;
        if role.is_none() && self.is_quoted(start, quote, from) {
            self.at = from;
            return Ok(from);
        }
        let Some((end, suffix, underscores, after)) = self.interpreted_end(from) else {
            return warning(
                self.line,
                "Inline interpreted text or phrase reference start-string without end-string.",
            );
        };
        if role.is_some() && suffix.is_some() {
            return warning(
                self.line,
                "Multiple roles in interpreted text (both prefix and suffix present; only one allowed).",
            );
        }
        if underscores > 0 {
            let position = if role.is_some() { "prefix" } else { "suffix" };
            if role.is_some() || suffix.is_some() {
                return warning(
                    self.line,
                    format!("Mismatch: both interpreted text role {position} and reference suffix."),
                );
            }
            let shown = self.phrase(from, end, underscores)?;
            self.tell(self.at, &shown, after);
            self.at = after;
            return Ok(after);
        }
        if let Some(role) = role.or(suffix) {
            self.role(&role, &unescaped(self.part(from, end)))?;
        }
        let content = unescaped(self.part(from, end));
        self.tell(self.at, &content, after);
        self.at = after;
        Ok(after)
    }

    /// Where interpreted text ends: its content, its role and underscores, the whole.
    fn interpreted_end(&self, from: usize) -> Option<(usize, Option<String>, usize, usize)> {
        for end in from..self.text.len() {
            if self.get(end) != Some('`') {
                continue;
            }
            let before = if end > from { self.get(end - 1) } else { None };
            let is_escaped_space = end >= from + 2 && self.get(end - 2) == Some(ESCAPE);
            let fits =
                before.is_none_or(|before| is_escaped_space || (!before.is_whitespace() && before != ESCAPE));
            if !fits {
                continue;
            }
            let mut behind = end + 1;
            let mut role = None;
            if self.get(behind) == Some(':') {
                let rest: String = self.part(behind + 1, behind + 200).iter().collect();
                let name = rest.get(..simple_name(&rest)).unwrap_or_default();
                let close = behind + 1 + name.chars().count();
                if !name.is_empty() && self.get(close) == Some(':') {
                    role = Some((name.to_owned(), close + 1));
                }
            }
            // With the role first, then without.
            for role in [role, None] {
                if let Some((_, close)) = &role {
                    behind = *close;
                } else {
                    behind = end + 1;
                }
                for underscores in [2, 1, 0] {
                    let is_there = (0..underscores).all(|offset| self.get(behind + offset) == Some('_'));
                    if is_there && closes(self.get(behind + underscores)) {
                        // An end without a content is no end.
                        let role = role.map(|(name, _)| name);
                        return (end > from).then_some((end, role, underscores, behind + underscores));
                    }
                }
            }
        }
        None
    }

    /// A reference of several words, perhaps with its target: `` `text <target>`_ ``. Gives the text.
    fn phrase(&mut self, from: usize, end: usize, underscores: usize) -> Checked<String> {
        let content = self.part(from, end).to_vec();
        let Some((text, target)) = embedded(&content) else {
            match underscores {
                1 => self.references.refer(&unescaped(&content), self.line),
                _ => self.references.refer_anonymously(self.line),
            }
            return Ok(unescaped(&content));
        };
        let shown = unescaped(target);
        let text = if text.is_empty() { shown.clone() } else { unescaped(text) };
        let is_name = target.ends_with(&['_'])
            && !target.ends_with(&[ESCAPE, '_'])
            && !shown.contains("://")
            && !shown.starts_with("mailto:");
        if is_name {
            let alias = shown.strip_suffix('_').unwrap_or(&shown).to_owned();
            self.references.refer(&alias, self.line);
            if underscores == 1 {
                self.references.indirect(Some(&text), &alias, self.line);
                self.references.implicit(&text, Some(normalized(&alias)), self.line)?;
            }
        } else if underscores == 1 {
            let uri: String = shown.split_whitespace().collect();
            self.references.implicit(&text, Some(uri), self.line)?;
        }
        Ok(text)
    }

    fn role(&mut self, role: &str, text: &str) -> Checked<()> {
        let name = role.to_lowercase();
        if self.references.has_role(&name) {
            return Ok(());
        }
        if !ROLES.contains(&name.as_str()) {
            return error(self.line, format!("Unknown interpreted text role \"{role}\"."));
        }
        match name.as_str() {
            "raw" => warning(self.line, "raw (and derived) roles disabled"),
            "index" | "i" | "target" | "uri" | "url" => {
                error(self.line, format!("Interpreted text role \"{role}\" not implemented."))
            }
            "pep" | "pep-reference" if !text.parse::<u32>().is_ok_and(|number| number <= 9999) => error(
                self.line,
                format!("PEP number must be a number from 0 to 9999; \"{text}\" is invalid."),
            ),
            "rfc" | "rfc-reference" => {
                let number = text.split('#').next().unwrap_or_default();
                match number.parse::<u32>().is_ok_and(|number| number > 0) {
                    true => Ok(()),
                    false => error(
                        self.line,
                        format!(
                            "RFC number must be a number greater than or equal to 1; \"{text}\" is invalid."
                        ),
                    ),
                }
            }
            _ => Ok(()),
        }
    }
}

/// The text and the target of `text <target>`.
fn embedded(content: &[char]) -> Option<(&[char], &[char])> {
    let (last, rest) = content.split_last()?;
    let open = rest.iter().rposition(|character| *character == '<' || *character == '>')?;
    let is_escaped =
        |index: usize| index.checked_sub(1).and_then(|before| content.get(before)) == Some(&ESCAPE);
    let target = rest.get(open + 1..)?;
    let (first, end) = (target.first()?, target.last()?);
    let is_bracketed = *last == '>' && rest.get(open) == Some(&'<') && !is_escaped(open);
    let is_content = !first.is_whitespace() && !end.is_whitespace() && *end != ESCAPE;
    let before = rest.get(..open)?;
    let text_end =
        before.iter().rposition(|character| !matches!(character, ' ' | '\n')).map_or(0, |last| last + 1);
    let is_apart = text_end < before.len() || before.is_empty();
    (is_bracketed && is_content && is_apart).then(|| (before.get(..text_end).unwrap_or_default(), target))
}
