//! pip's requirements files: lines, comments, continuations, options. Pure: nested
//! files are reported as content, the caller reads them.

mod encoding;
mod lines;
mod options;
mod words;

use std::fmt;

use crate::cursor::{column, is_space, write_with_caret};
use crate::redaction::redacted;
use crate::{PathFinding, Requirement, RequirementHint, classify_argument};

pub use encoding::{DecodedFile, InvalidEncoding, decode};
pub use options::FEATURES;

use lines::{LogicalLine, logical_lines};
use options::{InvalidOption, Options};

/// A line that cannot be understood; displays as `file:line:column`, what is wrong, and the
/// line with a caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidLine {
    /// The file, path or URL.
    pub file: String,
    /// Counted from 1: where the logical line begins.
    pub line: usize,
    /// Counted in characters from 1, within the logical line.
    pub column: usize,
    /// What is wrong, for a person.
    pub reason: String,
    /// The logical line, variables as written.
    pub text: String,
}

impl fmt::Display for InvalidLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            formatter,
            "{}:{}:{}: {}",
            redacted(&self.file),
            self.line,
            self.column,
            redacted(&self.reason)
        )?;
        write_with_caret(formatter, &self.text, self.column)
    }
}

impl std::error::Error for InvalidLine {}

/// What one logical line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineContent {
    /// A PEP 508 requirement, with its `--hash alg:hex` and `--config-settings KEY=VALUE` values.
    Requirement {
        /// The requirement.
        requirement: Requirement,
        /// Values of `--hash`, as `algorithm:hex`.
        hashes: Vec<String>,
        /// Values of `--config-settings`, as `KEY=VALUE`.
        config_settings: Vec<String>,
    },
    /// A path, URL or VCS reference without a name (`./pkg`, `https://...`, `git+...`), or `-e` anything.
    Reference {
        /// The text, `[extras]` and marker included.
        text: String,
        /// Whether it was given with `-e`.
        editable: bool,
        /// Values of `--hash`.
        hashes: Vec<String>,
        /// Values of `--config-settings`.
        config_settings: Vec<String>,
    },
    /// `-r FILE`, relative to this file or URL.
    Requirements(String),
    /// `-c FILE`, relative to this file or URL.
    Constraints(String),
    /// `-i`, `--index-url`.
    IndexUrl(String),
    /// `--extra-index-url`.
    ExtraIndexUrl(String),
    /// `--no-index`.
    NoIndex,
    /// `-f`, `--find-links`.
    FindLinks(String),
    /// `--no-binary`.
    NoBinary(String),
    /// `--only-binary`.
    OnlyBinary(String),
    /// `--prefer-binary`.
    PreferBinary,
    /// `--require-hashes`.
    RequireHashes,
    /// `--no-require-hashes`.
    NoRequireHashes,
    /// `--pre`.
    Pre,
    /// `--all-releases`.
    AllReleases(String),
    /// `--only-final`.
    OnlyFinal(String),
    /// `--trusted-host`.
    TrustedHost(String),
    /// `--use-feature`.
    UseFeature(String),
}

/// One thing said by a logical line (an option line may say several).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileLine {
    /// Where the logical line begins, counted from 1.
    pub line: usize,
    /// What it says.
    pub content: LineContent,
}

/// A parsed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequirementsFile {
    /// In the order of the file.
    pub lines: Vec<FileLine>,
    /// What a person should know although it is no error, as pip words it.
    pub warnings: Vec<String>,
}

impl RequirementsFile {
    /// Parses decoded text. `file` names it in errors; `variable` gives the value of `${NAME}`
    /// (none: it stays as written).
    pub fn parse(
        text: &str,
        file: &str,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidLine> {
        let mut parsed = Self { lines: Vec::new(), warnings: Vec::new() };
        for line in logical_lines(text, variable) {
            parsed.read(&line, file).map_err(|error| error.at(&line, file))?;
        }
        Ok(parsed)
    }

    fn read(&mut self, line: &LogicalLine, file: &str) -> Result<(), LineError> {
        let (arguments, option_text) = split_options(&line.text);
        let start = arguments.len();
        let words = words::split(option_text).ok_or_else(|| LineError {
            position: start,
            reason: "Could not split options: a quote or a backslash is left open".to_owned(),
        })?;
        let options = options::parse(words)
            .map_err(|InvalidOption { position, reason }| LineError { position: start + position, reason })?;
        let arguments = arguments.trim_matches(is_space);
        let mut contents = options.selections;
        let Options { editables, requirements, constraints, hashes, config_settings, mut others, .. } =
            options;
        if let Some(editable) = editables.into_iter().next() {
            // `x -e y` makes x the editable one. Hashes do not count for such.
            let text = if arguments.is_empty() { editable } else { arguments.to_owned() };
            let hashes = Vec::new();
            contents.push(LineContent::Reference { text, editable: true, hashes, config_settings });
        } else if !arguments.is_empty() {
            contents.push(with_options(classify(arguments)?, hashes, config_settings));
        } else if let Some(nested) = requirements.into_iter().next() {
            contents.push(LineContent::Requirements(nested));
        } else if let Some(nested) = constraints.into_iter().next() {
            contents.push(LineContent::Constraints(nested));
        } else {
            if !hashes.is_empty() {
                self.warnings.push(format!(
                    "{file} line {} has --hash but no requirement, and will be ignored.",
                    line.number
                ));
            }
            // `--index-url` replaces what was there: pip takes it before `--extra-index-url`.
            others.sort_by_key(|content| match content {
                LineContent::NoIndex => 0,
                LineContent::IndexUrl(_) => 1,
                _ => 2,
            });
            contents.extend(others);
        }
        self.lines.extend(contents.into_iter().map(|content| FileLine { line: line.number, content }));
        Ok(())
    }
}

/// What is wrong with a line, by the byte of its text.
struct LineError {
    position: usize,
    reason: String,
}

impl LineError {
    fn at(self, line: &LogicalLine, file: &str) -> InvalidLine {
        InvalidLine {
            file: file.to_owned(),
            line: line.number,
            column: column(&line.written, line.written_position(self.position)),
            reason: self.reason,
            text: line.written.clone(),
        }
    }
}

/// The line up to the first word, after a blank, that begins with `-`, and the options from there.
fn split_options(line: &str) -> (&str, &str) {
    if line.starts_with('-') {
        return ("", line);
    }
    line.split_at(line.find(" -").map_or(line.len(), |blank| blank + 1))
}

/// The requirement or reference that begins the line.
fn classify(arguments: &str) -> Result<LineContent, LineError> {
    classify_argument(arguments).map_err(|error| {
        let position = arguments.char_indices().nth(error.column.saturating_sub(1));
        let hint = match error.hint() {
            // Nothing is known of the path.
            None | Some(RequirementHint::Path(_)) => String::new(),
            Some(hint) => format!(" ({})", hint.text(PathFinding::Missing)),
        };
        LineError {
            position: position.map_or(arguments.len(), |(position, _)| position),
            reason: format!("Invalid requirement: {}{hint}", error.reason),
        }
    })
}

fn with_options(
    mut content: LineContent,
    line_hashes: Vec<String>,
    line_settings: Vec<String>,
) -> LineContent {
    if let LineContent::Requirement { hashes, config_settings, .. }
    | LineContent::Reference { hashes, config_settings, .. } = &mut content
    {
        *hashes = line_hashes;
        *config_settings = line_settings;
    }
    content
}
