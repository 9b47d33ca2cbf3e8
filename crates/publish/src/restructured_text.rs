//! Whether a text is valid reStructuredText (<https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html>), by the
//! rules and in the words of docutils, as PyPI renders descriptions: the first warning refuses the whole, files and raw
//! HTML may not be included. Nothing is rendered here.

mod body;
mod directives;
mod explicit;
mod inline;
mod lines;
mod markers;
mod options;
mod paragraphs;
mod references;
mod tables;

#[cfg(test)]
mod tests;

use std::fmt;

use body::Parser;
use lines::Line;
use references::References;

/// Longer lines are refused.
const LONGEST_LINE: usize = 10_000;
/// What is nested deeper is not looked at: nobody has written it.
const DEEPEST: usize = 64;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    Warning,
    Error,
}

/// Why a text would not be rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Counted from 1; none where it concerns the whole.
    line: Option<usize>,
    level: Level,
    message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "line {line}: {:?}: {}", self.level, self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// What a step of reading gives.
type Checked<T> = Result<T, Problem>;

fn warning<T>(line: usize, message: impl Into<String>) -> Checked<T> {
    Err(Problem { line: Some(line), level: Level::Warning, message: message.into() })
}

fn error<T>(line: usize, message: impl Into<String>) -> Checked<T> {
    Err(Problem { line: Some(line), level: Level::Error, message: message.into() })
}

/// A title's style: the character under it, and that over it.
type TitleStyle = (char, Option<char>);

/// What is known of the document while it is read.
#[derive(Default)]
struct Document {
    references: References,
    styles: Vec<TitleStyle>,
    level: usize,
}

/// What a piece of the text has become, as far as that matters for what comes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Paragraph,
    /// The items.
    BulletList(Vec<Vec<Element>>),
    /// Names and bodies.
    FieldList(Vec<(String, Vec<Element>, usize)>),
    EnumeratedList,
    Table,
    Section,
    /// With its line.
    Transition(usize),
    /// A comment: it is not rendered.
    Comment,
    /// A target or definition: it is not seen, and is there.
    Invisible,
    Other,
}

/// The first problem of a text; none: it would be rendered.
pub(crate) fn problem(text: &str) -> Option<Problem> {
    match check(text) {
        Ok(true) => None,
        Ok(false) => Some(Problem {
            line: None,
            level: Level::Error,
            message: "No content rendered from RST source.".to_owned(),
        }),
        Err(problem) => Some(problem),
    }
}

/// Whether anything would be rendered.
fn check(text: &str) -> Checked<bool> {
    let texts = lines::expanded(text);
    if let Some(index) = texts.iter().position(|line| line.chars().count() > LONGEST_LINE) {
        return error(index + 1, format!("Line {} exceeds the line-length-limit.", index + 1));
    }
    let lines: Vec<Line<'_>> =
        texts.iter().enumerate().map(|(index, text)| Line { text, number: index + 1 }).collect();
    let mut document = Document::default();
    let elements = Parser::new(&mut document, &lines, true, 0).parse()?;
    document.references.check_substitutions()?;
    check_bibliography(&elements)?;
    document.references.check()?;
    check_transitions(&elements)?;
    document.references.check_dangling()?;
    Ok(elements.iter().any(|element| !matches!(element, Element::Comment | Element::Invisible)))
}

/// A field list at the beginning describes the document: its known fields must have one paragraph.
fn check_bibliography(elements: &[Element]) -> Checked<()> {
    const FIELDS: [&str; 9] = [
        "author",
        "organization",
        "address",
        "contact",
        "version",
        "revision",
        "status",
        "date",
        "copyright",
    ];
    let first = elements.iter().find(|element| !matches!(element, Element::Comment | Element::Invisible));
    let Some(Element::FieldList(fields)) = first else { return Ok(()) };
    for (name, body, line) in fields {
        let canonical = name.to_lowercase();
        let is_known = FIELDS.contains(&canonical.as_str());
        if body.is_empty()
            && (is_known || ["authors", "dedication", "abstract"].contains(&canonical.as_str()))
        {
            return warning(*line, format!("Cannot extract empty bibliographic field \"{name}\"."));
        }
        let is_plain = matches!(body.as_slice(), [Element::Paragraph])
            // `A. Name` looks like a list.
            || matches!(body.as_slice(), [Element::EnumeratedList]);
        if is_known && !is_plain {
            return warning(
                *line,
                format!("Bibliographic field \"{name}\"\nmust contain a single <paragraph>."),
            );
        }
    }
    Ok(())
}

/// Transitions stand between other things.
fn check_transitions(elements: &[Element]) -> Checked<()> {
    let seen: Vec<&Element> = elements.iter().filter(|element| **element != Element::Comment).collect();
    for (index, element) in seen.iter().enumerate() {
        let Element::Transition(line) = element else { continue };
        let before = index.checked_sub(1).and_then(|before| seen.get(before));
        if index + 1 == seen.len() {
            return warning(*line, "Transition at the end of the document.");
        }
        match before {
            None => return warning(*line, "Transition at the start of the document."),
            Some(Element::Section) => return warning(*line, "Transition at the start of the section."),
            Some(Element::Transition(_)) => {
                return warning(*line, "At least one body element should separate transitions.");
            }
            Some(_) => {}
        }
    }
    Ok(())
}
