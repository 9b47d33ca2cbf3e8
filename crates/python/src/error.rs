//! What can go wrong with interpreters and environments.

use std::fmt;
use std::path::PathBuf;

use cache::CacheError;

/// An error about an interpreter or an environment.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// A file or directory could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as `cannot create`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The cache could not be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// No interpreter fits the request.
    #[error(transparent)]
    NotFound(#[from] Box<NotFound>),
    /// A program did not answer as a Python interpreter does.
    #[error("{} is not a usable Python interpreter: {reason}", executable.display())]
    NotAnInterpreter {
        /// The program.
        executable: PathBuf,
        /// What happened, with the end of what it printed.
        reason: String,
    },
    /// An interpreter that is older than rpip supports.
    #[error("{} is Python {version}, but rpip needs Python 3.8 or newer", executable.display())]
    TooOld {
        /// The interpreter.
        executable: PathBuf,
        /// Its version, or `2` where it did not get as far as telling it.
        version: String,
    },
    /// A directory that is not a virtual environment.
    #[error(
        "{} is not a virtual environment: {reason}; make one with `rpip venv`, or act on another one (--python, VIRTUAL_ENV)",
        root.display()
    )]
    NotAnEnvironment {
        /// The directory.
        root: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// A virtual environment whose interpreter is gone or is another one by now.
    #[error("the virtual environment {} is broken: {reason}; remake it with `rpip venv --clear {}`", root.display(), root.display())]
    BrokenEnvironment {
        /// Its directory.
        root: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A directory in which no virtual environment is made, or whose content is not deleted.
    #[error("cannot make a virtual environment in {}: {reason}", directory.display())]
    UnsuitableDirectory {
        /// The directory.
        directory: PathBuf,
        /// Why not, and what to do.
        reason: String,
    },
    /// `--user` where the user's site-packages are of no use.
    #[error("Can not perform a '--user' install. User site-packages are {reason}.")]
    UserSite {
        /// Why: `disabled for this Python`.
        reason: &'static str,
    },
    /// `--user` for an interpreter that has no scheme for it.
    #[error("User base directory is not specified")]
    NoUserBase,
    /// Two places to install into.
    #[error("{0}")]
    Combination(&'static str),
    /// `--target` names something that is no directory.
    #[error("Target path exists but is not a directory, will not continue.")]
    TargetNotADirectory {
        /// What it names.
        path: PathBuf,
    },
    /// Bytecode could not be compiled; what is installed works without, only slower at first.
    #[error("bytecode was not compiled{}: {reason}", in_file(file))]
    Bytecode {
        /// The source that was being compiled, where it is known.
        file: Option<PathBuf>,
        /// What happened.
        reason: String,
    },
}

impl PythonError {
    /// Makes `map_err` arguments for failures of the file system.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

fn in_file(file: &Option<PathBuf>) -> String {
    file.as_ref().map(|file| format!(" (while at {})", file.display())).unwrap_or_default()
}

/// An interpreter that was looked at and passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The program.
    pub executable: PathBuf,
    /// Why, as `Python 3.11.2` or the text of an error.
    pub reason: String,
}

/// No interpreter fits: what was asked for, what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    /// What was asked for, in words: `Python 3.14`.
    pub request: String,
    /// The file that asked for it (`.python-version`), where it was not the user directly.
    pub origin: Option<PathBuf>,
    /// What was looked at.
    pub passed_over: Vec<PassedOver>,
}

impl std::error::Error for NotFound {}

impl fmt::Display for NotFound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no interpreter was found for {}", self.request)?;
        if let Some(origin) = &self.origin {
            write!(formatter, " (asked for by {})", origin.display())?;
        }
        if self.passed_over.is_empty() {
            write!(formatter, "; there is no Python on PATH, and no version of pyenv")?;
        } else {
            write!(formatter, "; there are:")?;
        }
        for PassedOver { executable, reason } in &self.passed_over {
            write!(formatter, "\n  {} ({reason})", executable.display())?;
        }
        write!(formatter, "\nInstall it, or name another with --python (a version, a program or a path)")
    }
}
