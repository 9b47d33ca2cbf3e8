//! pip's requirements files: lines, comments, continuations, options. Pure: nested
//! files are reported as content, the caller reads them.

use crate::Requirement;

/// A line that cannot be understood; `file:line:column` and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {reason}\n    {text}\n    {caret:>width$}", caret = '^', width = column)]
pub struct InvalidLine {
    /// The file, path or URL.
    pub file: String,
    /// Counted from 1: where the logical line begins.
    pub line: usize,
    /// Counted in characters from 1, within the logical line.
    pub column: usize,
    /// What is wrong, for a person.
    pub reason: String,
    /// The logical line.
    pub text: String,
}

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
}

impl RequirementsFile {
    /// Parses decoded text. `file` names it in errors; `variable` gives the value of `${NAME}`
    /// (none: it stays as written).
    pub fn parse(
        _text: &str,
        _file: &str,
        _variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidLine> {
        todo!()
    }
}
