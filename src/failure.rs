//! Errors, told: what the user reads, and pip's exit code.

use std::io;

use distribution::Digest;
use operations::{BuildError, HashProblem, OperationError, UploadError};

use crate::output::{self, Kind, Terminal};

/// Where pip explains conflicts.
const HELP: &str =
    "https://pip.pypa.io/en/latest/topics/dependency-resolution/#dealing-with-dependency-conflicts";
/// So many members that differ are listed.
const MOST_LINES: usize = 20;
/// The general failure.
const ERROR: u8 = 1;
/// Arguments or settings that make no sense.
const USAGE: u8 = 2;
/// A setting that is none of its choices, or no virtual environment where one is demanded.
const BAD_SETTING: u8 = 3;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An operation failed.
    Operation(Box<OperationError>),
    /// One sentence says it.
    Plain(String),
    /// An option, a variable or a file says something that makes no sense.
    Usage(String),
    /// A variable or a file has a value that is none of its option's.
    Setting(String),
    /// `--require-virtualenv`, and there is none.
    NoVirtualenv,
}

impl Failure {
    /// One sentence.
    pub(crate) fn plain(text: String) -> Self {
        Self::Plain(text)
    }

    /// There is no working directory.
    pub(crate) fn directory(error: &io::Error) -> Self {
        Self::Plain(format!("The working directory cannot be used: {error}"))
    }
}

impl<E: Into<OperationError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Operation(Box::new(error.into()))
    }
}

/// Tells the user, and returns the exit code.
pub(crate) fn report(failure: &Failure, terminal: &Terminal) -> u8 {
    // What broke off shows no progress any more.
    terminal.clear();
    match failure {
        Failure::Plain(text) => terminal.error(text),
        Failure::Usage(text) => {
            terminal.complain(text);
            return USAGE;
        }
        Failure::Setting(text) => {
            terminal.error(text);
            return BAD_SETTING;
        }
        Failure::NoVirtualenv => {
            terminal.error("Could not find an activated virtualenv (required).");
            return BAD_SETTING;
        }
        Failure::Operation(error) => operation(error, terminal),
    }
    ERROR
}

/// Says what went wrong in an operation.
pub(crate) fn operation(error: &OperationError, terminal: &Terminal) {
    match error {
        OperationError::NoMatch { requirement, asker, offered, unusable, places } => {
            for (kind, line) in output::no_match(requirement, asker, offered, unusable, places) {
                match kind {
                    Kind::Error => terminal.error(&line),
                    Kind::Note => terminal.line(&line),
                    Kind::Hint => terminal.complain(&format!("hint: {line}")),
                }
            }
        }
        OperationError::InvalidRequirement { hint: Some(hint), .. } => {
            terminal.error(&format!("{}\nHint: {hint}", with_causes(error)));
        }
        OperationError::Conflict(conflict) => {
            let (head, body) = output::conflict(conflict);
            terminal.error(&head);
            terminal.line(&body);
            terminal.error(&format!("ResolutionImpossible: for help visit {HELP}"));
        }
        OperationError::Hashes(problems) => hashes(problems, terminal),
        OperationError::ExternallyManaged(text) => externally_managed(text, terminal),
        OperationError::Shared(error) => operation(error, terminal),
        OperationError::Build(error) => build(error, terminal),
        OperationError::Upload(error) => upload(error, terminal),
        OperationError::NotReproducible(differing) => not_reproducible(differing, terminal),
        other => match diagnostic(other) {
            Some(parts) => terminal.complain(&parts),
            None => terminal.error(&with_causes(other)),
        },
    }
}

/// An error that pip shows in parts.
fn diagnostic(error: &OperationError) -> Option<String> {
    let OperationError::Install(error) = error else { return None };
    let parts = error.diagnostic()?;
    let mut text = format!("error: {}\n\n× {}\n╰─> {}\n", parts.reference, parts.message, parts.context);
    if let Some(hint) = parts.hint {
        text.push_str(&format!("\nhint: {hint}"));
    }
    Some(text.trim_end().to_owned())
}

/// An error and its causes, each said once.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// A build: what the backend said last, where all of it is, and what might help.
fn build(error: &BuildError, terminal: &Terminal) {
    if let BuildError::Hook(failed) = error
        && !failed.output.is_empty()
    {
        let mut text = format!("error: subprocess-exited-with-error\n\n× {error}\n");
        text.push_str(&format!("╰─> [{} last lines of output]\n", failed.output.len()));
        for line in &failed.output {
            text.push_str(&format!("    {line}\n"));
        }
        text.push_str("    [end of output]\n");
        if let Some(log) = &failed.log {
            text.push_str(&format!("\nnote: the whole output is in {}\n", log.display()));
        }
        terminal.complain(&text);
    }
    terminal.error(&with_causes(error));
    if let BuildError::Hook(failed) = error
        && let Some(reproduction) = failed.reproduction.as_ref().filter(|command| command.is_possible())
    {
        terminal.complain(&format!("note: this command makes it happen again:\n{reproduction}"));
    }
    for hint in error.hints() {
        terminal.complain(&format!("hint: {hint}"));
    }
}

/// Two builds of one source that are not the same.
fn not_reproducible(differing: &[(String, Vec<String>)], terminal: &Terminal) {
    for (file, lines) in differing {
        terminal.error(&format!("{file} is not reproducible: two builds of the same source differ"));
        for line in lines.iter().take(MOST_LINES) {
            terminal.complain(&format!("  {line}"));
        }
        if lines.len() > MOST_LINES {
            terminal.complain(&format!("  and {} more", lines.len() - MOST_LINES));
        }
    }
    if differing.iter().flat_map(|(_, lines)| lines).any(|line| line.contains("its time differs")) {
        let is_set = std::env::var_os("SOURCE_DATE_EPOCH").is_some_and(|value| !value.is_empty());
        terminal.complain(if is_set {
            "hint: SOURCE_DATE_EPOCH is set, and the build backend does not keep to it there"
        } else {
            "hint: set SOURCE_DATE_EPOCH (seconds since 1970), as `git log -1 --pretty=%ct` tells it, to fix times"
        });
    }
}

/// An upload: what the repository said, and what might help.
fn upload(error: &UploadError, terminal: &Terminal) {
    terminal.error(&with_causes(error));
    for hint in error.hints() {
        terminal.complain(&format!("hint: {hint}"));
    }
}

/// PEP 668, in the words of the system's package manager.
fn externally_managed(text: &str, terminal: &Terminal) {
    let text = if text.is_empty() {
        "The Python environment under this interpreter is managed by the operating system."
    } else {
        text
    };
    let mut message =
        String::from("error: externally-managed-environment\n\n× This environment is externally managed\n");
    for (position, line) in text.lines().enumerate() {
        let lead = if position == 0 { "╰─> " } else { "    " };
        message.push_str(format!("{lead}{line}").trim_end());
        message.push('\n');
    }
    message.push_str(
        "\nnote: If you believe this is a mistake, please contact your Python installation or OS distribution provider. You \
         can override this, at the risk of breaking your Python installation or OS, by passing --break-system-packages.\n\
         hint: make a virtual environment with `rpip venv .venv`, which rpip then finds by itself. \
         To risk breaking the system, pass --break-system-packages.",
    );
    terminal.complain(&message);
}

fn hashes(problems: &[HashProblem], terminal: &Terminal) {
    // In pip's order: the hardest to mend first.
    let mut blocks: [(&str, String); 5] = [
        (
            "Can't verify hashes for these requirements because we don't have a way to hash version control repositories:",
            String::new(),
        ),
        (
            "Can't verify hashes for these file:// requirements because they point to directories:",
            String::new(),
        ),
        (
            "Hashes are required in --require-hashes mode, but they are missing from some requirements. Here is a list of \
             those requirements along with the hashes their downloaded archives actually had. Add lines like these to your \
             requirements files to prevent tampering. (If you did not enable --require-hashes manually, note that it turns \
             on automatically when any package has a hash.)",
            String::new(),
        ),
        (
            "In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:",
            String::new(),
        ),
        (
            "THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, \
             please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with \
             them.",
            String::new(),
        ),
    ];
    for problem in problems {
        let (block, text) = match problem {
            HashProblem::Repository { requirement } => (0, requirement.clone()),
            HashProblem::Directory { requirement } => (1, requirement.clone()),
            HashProblem::Missing { requirement, got: Some(got) } => {
                (2, format!("{requirement} --hash={}:{}", got.algorithm, got.hex))
            }
            HashProblem::Missing { requirement, got: None } => (2, requirement.clone()),
            HashProblem::Unpinned { requirement, from } => {
                (3, format!("{requirement} {from}").trim_end().to_owned())
            }
            HashProblem::Mismatch { requirement, expected, got } => (4, mismatch(requirement, expected, got)),
        };
        blocks[block].1.push_str(&format!("\n    {text}"));
    }
    let blocks = blocks.iter().filter(|(_, lines)| !lines.is_empty());
    terminal.error(&blocks.map(|(head, lines)| format!("{head}{lines}")).collect::<Vec<_>>().join("\n"));
}

/// The hashes that were given, and the one that there is.
fn mismatch(requirement: &str, expected: &[Digest], got: &Digest) -> String {
    let mut text = format!("{requirement}:");
    for (position, hash) in expected.iter().enumerate() {
        let word =
            if position == 0 { format!("Expected {}", hash.algorithm) } else { "             or".to_owned() };
        text.push_str(&format!("\n        {word} {}", hash.hex));
    }
    text.push_str(&format!("\n             Got        {}\n", got.hex));
    text
}
