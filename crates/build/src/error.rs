//! What can go wrong in a build, and what may help.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use distribution::InvalidPyproject;

use crate::{Hook, Reproduction};

/// A build failed; nothing was left behind but the log.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The directory holds no Python project.
    #[error(
        "{} does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found.",
        directory.display()
    )]
    NotAProject {
        /// The directory.
        directory: PathBuf,
    },
    /// The subdirectory is not one of the tree.
    #[error("the subdirectory '{subdirectory}' of {} cannot be used: {reason}", tree.display())]
    Subdirectory {
        /// The tree.
        tree: PathBuf,
        /// As given.
        subdirectory: String,
        /// Why not.
        reason: String,
    },
    /// `pyproject.toml` is wrong.
    #[error("{} cannot be used: {source}", file.display())]
    Pyproject {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        source: InvalidPyproject,
    },
    /// An entry of `backend-path` is not a directory of the tree.
    #[error("{}: build-system.backend-path: '{entry}' {reason}", file.display())]
    BackendPath {
        /// The file.
        file: PathBuf,
        /// The entry.
        entry: String,
        /// Why not.
        reason: String,
    },
    /// The environment for the build could not be made.
    #[error("cannot install what is needed to build {package} ({})", requirements.join(", "))]
    Requirements {
        /// What is built.
        package: String,
        /// What it needs.
        requirements: Vec<String>,
        /// Why not.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A backend asks for something that is not a requirement.
    #[error(
        "{hook} of the backend of {package} returned '{text}', which is not a valid requirement: {reason}"
    )]
    InvalidRequirement {
        /// What is built.
        package: String,
        /// The hook.
        hook: Hook,
        /// What it returned.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// Without isolation: the environment lacks build requirements (`--check-build-dependencies`).
    #[error("Some build dependencies for {package} are missing: {}.", missing.join(", "))]
    Missing {
        /// What is built.
        package: String,
        /// The requirements.
        missing: Vec<String>,
    },
    /// Without isolation: the environment holds other versions (`--check-build-dependencies`).
    #[error("Some build dependencies for {package} conflict with the backend dependencies: {}.", conflicts.join(", "))]
    Conflicting {
        /// What is built.
        package: String,
        /// `a==1 is incompatible with a>=2`.
        conflicts: Vec<String>,
    },
    /// Without isolation: the environment lacks something, told as `build` tells it.
    #[error("Unmet dependencies (checked against {}):{}", python.display(), unmet.concat())]
    Unmet {
        /// The interpreter of the environment.
        python: PathBuf,
        /// Lines for each: the requirements that lead to it, what is wanted, what was found.
        unmet: Vec<String>,
    },
    /// A project is needed to build itself.
    #[error("these builds wait for each other: {chain}; a wheel of one of them would end the loop")]
    Loop {
        /// The names, `a -> b -> a`.
        chain: String,
    },
    /// Builds that wait for builds, too many.
    #[error("too many builds wait for each other: {chain}")]
    TooDeep {
        /// The names.
        chain: String,
    },
    /// The interpreter of the environment could not be started.
    #[error("cannot start {} to build {package}: {source}", python.display())]
    Start {
        /// What is built.
        package: String,
        /// The interpreter.
        python: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A hook failed.
    #[error(transparent)]
    Hook(#[from] Box<HookError>),
    /// What was built is not what was asked for.
    #[error("{package} was asked for, but its source gives {what} '{found}' instead of '{expected}'")]
    Mismatch {
        /// What is built.
        package: String,
        /// `name` or `version`.
        what: &'static str,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The user has stopped it.
    #[error("the build of {package} was stopped")]
    Cancelled {
        /// What is built.
        package: String,
    },
    /// A file or directory could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was to be done.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl BuildError {
    /// For `map_err`.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { action, path: path.to_path_buf(), source }
    }

    /// What the user can do.
    pub fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::Hook(error) => error.hints.clone(),
            Self::NotAProject { .. } => one("give the directory that holds pyproject.toml or setup.py"),
            Self::Missing { .. } | Self::Conflicting { .. } | Self::Unmet { .. } => one(
                "install them into the environment, or build in isolation (without --no-build-isolation or --no-isolation)",
            ),
            Self::Loop { .. } => one("allow a wheel of one of them: --only-binary NAME"),
            _ => Vec::new(),
        }
    }
}

/// A hook that failed, with what it printed.
#[derive(Debug)]
pub struct HookError {
    /// What is built.
    pub package: String,
    /// The hook.
    pub hook: Hook,
    /// The backend, `module:object`.
    pub backend: String,
    /// What happened.
    pub problem: HookProblem,
    /// The last lines of its output.
    pub output: Vec<String>,
    /// The whole output, where a log was asked for and something was printed.
    pub log: Option<PathBuf>,
    /// How to call it by hand, where it has run.
    pub reproduction: Option<Reproduction>,
    /// What the user can do.
    pub hints: Vec<String>,
}

/// What happened to a hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookProblem {
    /// The backend cannot be imported.
    Unavailable {
        /// The exception.
        message: String,
    },
    /// It raised an exception.
    Raised {
        /// The type of the exception.
        kind: String,
        /// Its text.
        message: String,
    },
    /// Its process ended.
    Exited {
        /// `exit status: 3`, `signal: 9`.
        status: String,
    },
    /// It took too long.
    TimedOut {
        /// The limit.
        limit: Duration,
    },
    /// The backend does not have the hook.
    Missing,
    /// The backend says that it cannot (`UnsupportedOperation`).
    Unsupported {
        /// Why not.
        message: String,
    },
    /// It returned what cannot be used.
    Product {
        /// What is wrong.
        reason: String,
    },
    /// Its process could not be talked to.
    Connection {
        /// What is wrong.
        reason: String,
    },
}

impl fmt::Display for HookProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { message } => write!(formatter, "the backend cannot be imported: {message}"),
            Self::Raised { kind, message } if message.is_empty() => formatter.write_str(kind),
            Self::Raised { kind, message } => write!(formatter, "{kind}: {message}"),
            Self::Exited { status } => write!(formatter, "its process ended ({status})"),
            Self::TimedOut { limit } => write!(formatter, "it took longer than {} s", limit.as_secs_f32()),
            Self::Missing => formatter.write_str("the backend does not have this hook"),
            Self::Unsupported { message } => write!(formatter, "the backend says that it cannot: {message}"),
            Self::Product { reason } => write!(formatter, "it returned what cannot be used: {reason}"),
            Self::Connection { reason } => write!(formatter, "its process cannot be talked to: {reason}"),
        }
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {} failed for {}: {}", self.hook, self.backend, self.package, self.problem)
    }
}

impl Error for HookError {}
