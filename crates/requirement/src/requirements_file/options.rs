//! The options that a line of a requirements file may hold, read as Python's `optparse`
//! reads them: `--name value`, `--name=value`, `-xvalue`, long names abbreviated.

use super::words::Word;
use crate::{LineContent, python_repr};

/// What the options of one line say.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Of `-r`.
    pub(super) requirements: Vec<String>,
    /// Of `-c`.
    pub(super) constraints: Vec<String>,
    /// Of `-e`.
    pub(super) editables: Vec<String>,
    /// Of `--hash`, as `algorithm:hex`.
    pub(super) hashes: Vec<String>,
    /// Of `-C`, as `KEY=VALUE`.
    pub(super) config_settings: Vec<String>,
    /// `--no-binary` and its like: pip obeys them on the line of a requirement too.
    pub(super) selections: Vec<LineContent>,
    /// All else, in the order written.
    pub(super) others: Vec<LineContent>,
}

/// An option that is not understood.
pub(super) struct InvalidOption {
    /// The byte of the options where it begins.
    pub(super) position: usize,
    pub(super) reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FileOption {
    IndexUrl,
    ExtraIndexUrl,
    NoIndex,
    FindLinks,
    Requirement,
    Constraint,
    Editable,
    NoBinary,
    OnlyBinary,
    PreferBinary,
    RequireHashes,
    NoRequireHashes,
    Pre,
    AllReleases,
    OnlyFinal,
    TrustedHost,
    UseFeature,
    Hash,
    ConfigSettings,
}

/// Sorted, as ambiguous abbreviations are listed.
const LONG: [(&str, FileOption); 20] = [
    ("--all-releases", FileOption::AllReleases),
    ("--config-settings", FileOption::ConfigSettings),
    ("--constraint", FileOption::Constraint),
    ("--editable", FileOption::Editable),
    ("--extra-index-url", FileOption::ExtraIndexUrl),
    ("--find-links", FileOption::FindLinks),
    ("--hash", FileOption::Hash),
    ("--index-url", FileOption::IndexUrl),
    ("--no-binary", FileOption::NoBinary),
    ("--no-index", FileOption::NoIndex),
    ("--no-require-hashes", FileOption::NoRequireHashes),
    ("--only-binary", FileOption::OnlyBinary),
    ("--only-final", FileOption::OnlyFinal),
    ("--pre", FileOption::Pre),
    ("--prefer-binary", FileOption::PreferBinary),
    ("--pypi-url", FileOption::IndexUrl),
    ("--require-hashes", FileOption::RequireHashes),
    ("--requirement", FileOption::Requirement),
    ("--trusted-host", FileOption::TrustedHost),
    ("--use-feature", FileOption::UseFeature),
];

/// What `--use-feature` takes in pip 26.3.
pub const FEATURES: [&str; 6] = [
    "fast-deps",
    "inprocess-build-deps",
    "venv-isolation",
    "truststore",
    "no-binary-enable-wheel-cache",
    "build-constraint",
];

/// All of them take a value.
const SHORT: [(&str, FileOption); 6] = [
    ("-i", FileOption::IndexUrl),
    ("-f", FileOption::FindLinks),
    ("-r", FileOption::Requirement),
    ("-c", FileOption::Constraint),
    ("-e", FileOption::Editable),
    ("-C", FileOption::ConfigSettings),
];

/// Reads all options. What is none is passed over, as pip does.
pub(super) fn parse(words: Vec<Word>) -> Result<Options, InvalidOption> {
    let mut options = Options::default();
    let mut words = words.into_iter();
    while let Some(Word { position, text }) = words.next() {
        let invalid = |reason| InvalidOption { position, reason };
        if text == "--" {
            break;
        }
        let (option, name, attached) = if text.starts_with("--") {
            let (name, value) = match text.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (text.as_str(), None),
            };
            let (name, option) = long_option(name).map_err(invalid)?;
            (option, name, value)
        } else if text.starts_with('-') && text != "-" {
            let (name, option) =
                SHORT.into_iter().find(|(name, _)| text.starts_with(name)).ok_or_else(|| {
                    invalid(format!("no such option: {}", text.chars().take(2).collect::<String>()))
                })?;
            (option, name, text.strip_prefix(name).filter(|value| !value.is_empty()))
        } else {
            continue;
        };
        if let Some(flag) = option.flag() {
            if attached.is_some() {
                return Err(invalid(format!("{name} option does not take a value")));
            }
            options.others.push(flag);
            continue;
        }
        let value = attached.map(str::to_owned).or_else(|| words.next().map(|word| word.text));
        let value = value.ok_or_else(|| invalid(format!("{name} option requires 1 argument")))?;
        options.take(option, name, value).map_err(invalid)?;
    }
    Ok(options.without_overridden())
}

/// The option of this name, or of the only name that begins with it.
fn long_option(name: &str) -> Result<(&'static str, FileOption), String> {
    if let Some(option) = LONG.into_iter().find(|(long, _)| *long == name) {
        return Ok(option);
    }
    let possible: Vec<_> = LONG.into_iter().filter(|(long, _)| long.starts_with(name)).collect();
    match possible.as_slice() {
        [] => Err(format!("no such option: {name}")),
        [only] => Ok(*only),
        several => {
            let names: Vec<&str> = several.iter().map(|(long, _)| *long).collect();
            Err(format!("ambiguous option: {name} ({}?)", names.join(", ")))
        }
    }
}

impl FileOption {
    /// What an option says that takes no value.
    fn flag(self) -> Option<LineContent> {
        Some(match self {
            Self::NoIndex => LineContent::NoIndex,
            Self::PreferBinary => LineContent::PreferBinary,
            Self::RequireHashes => LineContent::RequireHashes,
            Self::NoRequireHashes => LineContent::NoRequireHashes,
            Self::Pre => LineContent::Pre,
            _ => return None,
        })
    }
}

impl Options {
    fn has(&self, is_it: impl Fn(&LineContent) -> bool) -> bool {
        self.others.iter().any(is_it)
    }

    /// Leaves out what pip passes over: the indexes on a line that says `--no-index`.
    fn without_overridden(mut self) -> Self {
        if self.has(|content| *content == LineContent::NoIndex) {
            self.others.retain(|content| {
                !matches!(content, LineContent::IndexUrl(_) | LineContent::ExtraIndexUrl(_))
            });
        }
        self
    }

    /// Takes the value of an option that has one.
    fn take(&mut self, option: FileOption, name: &str, value: String) -> Result<(), String> {
        match option {
            FileOption::Requirement => self.requirements.push(value),
            FileOption::Constraint => self.constraints.push(value),
            FileOption::Editable => self.editables.push(value),
            FileOption::Hash => self.hashes.push(checked_hash(value)?),
            FileOption::ConfigSettings if value.contains('=') => self.config_settings.push(value),
            FileOption::ConfigSettings => {
                return Err(format!("Arguments to {name} must be of the form KEY=VAL"));
            }
            FileOption::NoBinary | FileOption::OnlyBinary if value.starts_with('-') => {
                return Err("--no-binary / --only-binary option requires 1 argument.".to_owned());
            }
            FileOption::AllReleases | FileOption::OnlyFinal if value.starts_with('-') => {
                return Err("--all-releases / --only-final option requires 1 argument.".to_owned());
            }
            FileOption::NoBinary => self.selections.push(LineContent::NoBinary(value)),
            FileOption::OnlyBinary => self.selections.push(LineContent::OnlyBinary(value)),
            FileOption::AllReleases => self.selections.push(LineContent::AllReleases(value)),
            FileOption::OnlyFinal => self.selections.push(LineContent::OnlyFinal(value)),
            FileOption::IndexUrl => {
                self.others.retain(|content| !matches!(content, LineContent::IndexUrl(_)));
                self.others.push(LineContent::IndexUrl(value));
            }
            FileOption::ExtraIndexUrl => self.others.push(LineContent::ExtraIndexUrl(value)),
            // Of a line the first one counts, as for pip.
            FileOption::FindLinks if self.has(|content| matches!(content, LineContent::FindLinks(_))) => {}
            FileOption::FindLinks => self.others.push(LineContent::FindLinks(value)),
            FileOption::TrustedHost => self.others.push(LineContent::TrustedHost(value)),
            FileOption::UseFeature if FEATURES.contains(&value.as_str()) => {
                self.others.push(LineContent::UseFeature(value));
            }
            FileOption::UseFeature => {
                let choices: Vec<String> = FEATURES.iter().map(|feature| python_repr(feature)).collect();
                let (value, choices) = (python_repr(&value), choices.join(", "));
                return Err(format!("option {name}: invalid choice: {value} (choose from {choices})"));
            }
            FileOption::NoIndex
            | FileOption::PreferBinary
            | FileOption::RequireHashes
            | FileOption::NoRequireHashes
            | FileOption::Pre => self.others.extend(option.flag()),
        }
        Ok(())
    }
}

fn checked_hash(value: String) -> Result<String, String> {
    match value.split_once(':') {
        Some(("sha256" | "sha384" | "sha512", _)) => Ok(value),
        Some(_) => Err("Allowed hash algorithms for --hash are sha256, sha384, sha512.".to_owned()),
        None => {
            Err("Arguments to --hash must be a hash name followed by a value, like --hash=sha256:abcde..."
                .to_owned())
        }
    }
}
