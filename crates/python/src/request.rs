//! What `--python` may say.

use std::fmt;
use std::path::PathBuf;

use requirement::{SpecifierSet, Version, VersionRanges};

/// What `--python` may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonRequest {
    /// Nothing: the first usable interpreter.
    Any,
    /// `3`, `3.12`, `3.12.1`, `>=3.10`, `3.13t`: a version, and whether it is a free-threaded build.
    Version(SpecifierSet, bool),
    /// `python3.12`, `pypy3`: the name of a program on PATH, of a pyenv version, or of a directory.
    Name(String),
    /// A path to an interpreter or to an environment's directory.
    Path(PathBuf),
}

impl PythonRequest {
    /// Understands the text of `--python`. Every text is a request: what is neither a version nor a
    /// path is a name.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Any;
        }
        if let Some((specifiers, free_threaded)) = version_request(text) {
            return Self::Version(specifiers, free_threaded);
        }
        if text.starts_with(['.', '~']) || text.contains(std::path::is_separator) {
            return Self::Path(PathBuf::from(text));
        }
        Self::Name(text.to_owned())
    }
}

impl fmt::Display for PythonRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => formatter.write_str("Python 3.8 or newer on PATH"),
            Self::Version(specifiers, free_threaded) => {
                let text = specifiers.to_string();
                let text = text.strip_prefix("==").filter(|rest| !rest.contains(',')).unwrap_or(&text);
                let text = text.strip_suffix(".*").unwrap_or(text);
                write!(formatter, "Python {text}{}", if *free_threaded { " (free-threaded)" } else { "" })
            }
            Self::Name(name) => write!(formatter, "'{name}'"),
            Self::Path(path) => write!(formatter, "'{}'", path.display()),
        }
    }
}

/// `3`, `3.12`, `312`, `3.12.1`, `3.15.0a1`, each also with `t`; or specifiers.
pub(crate) fn version_request(text: &str) -> Option<(SpecifierSet, bool)> {
    if text.starts_with(['<', '>', '=', '!', '~']) {
        // A path may begin with `~` too.
        return Some((text.parse().ok()?, false));
    }
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (version, free_threaded) = match text.strip_suffix('t') {
        Some(version) => (version, true),
        None => (text, false),
    };
    let is_plain = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let specifiers = match version.matches('.').count() {
        0 if is_plain && version.len() > 1 => {
            let (major, minor) = version.split_at_checked(1)?;
            format!("=={major}.{minor}.*")
        }
        0 | 1 if is_plain => format!("=={version}.*"),
        _ => format!("=={version}"),
    };
    Some((specifiers.parse().ok()?, free_threaded))
}

/// What the name of a program or of a pyenv version tells: `python3.12`, `pypy3.10`, `python3.13t`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameHint {
    /// `python` or the name of another implementation.
    pub(crate) implementation: String,
    pub(crate) major: Option<u32>,
    pub(crate) minor: Option<u32>,
    pub(crate) free_threaded: bool,
}

impl NameHint {
    /// Reads the name; nothing where it is not that of an interpreter.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.strip_suffix(std::env::consts::EXE_SUFFIX).unwrap_or(name);
        let start = name.find(|char: char| char.is_ascii_digit()).unwrap_or(name.len());
        let (implementation, version) = name.split_at_checked(start)?;
        if !matches!(implementation, "python" | "pypy" | "graalpy") {
            return None;
        }
        let version = version.strip_suffix('d').unwrap_or(version);
        let (version, free_threaded) = match version.strip_suffix('t') {
            Some(version) => (version, true),
            None => (version, false),
        };
        let mut numbers = version.split('.').filter(|part| !part.is_empty()).map(str::parse);
        let major = numbers.next().transpose().ok()?;
        let minor = numbers.next().transpose().ok()?;
        if numbers.next().is_some() {
            return None;
        }
        Some(Self { implementation: implementation.to_owned(), major, minor, free_threaded })
    }

    /// Whether an interpreter of this name may have a version among `ranges`.
    pub(crate) fn may_be(&self, ranges: &VersionRanges) -> bool {
        match (self.major, self.minor) {
            (None, _) => true,
            (Some(major), None) => overlaps(ranges, &major.to_string(), &(u64::from(major) + 1).to_string()),
            (Some(major), Some(minor)) => may_be_minor(ranges, major, minor),
        }
    }
}

/// Whether `ranges` holds a version of `major.minor`.
pub(crate) fn may_be_minor(ranges: &VersionRanges, major: u32, minor: u32) -> bool {
    overlaps(ranges, &format!("{major}.{minor}"), &format!("{major}.{}", u64::from(minor) + 1))
}

fn overlaps(ranges: &VersionRanges, from: &str, to: &str) -> bool {
    let bound = |text: &str| format!("{text}.dev0").parse::<Version>();
    match (bound(from), bound(to)) {
        (Ok(from), Ok(to)) => !ranges.is_disjoint(&VersionRanges::between(from, to)),
        _ => true,
    }
}
