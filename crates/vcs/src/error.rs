//! What can go wrong with a repository.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::process::Finished;
use crate::{InvalidVcsUrl, VcsKind, VcsUrl};

/// An error of a version control system. URLs in it have no credentials.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// The URL cannot be used.
    #[error(transparent)]
    Url(#[from] InvalidVcsUrl),
    /// The program is not there.
    #[error(
        "{kind} is needed for {target} and the program '{program}' was not found: install it (the package '{package}' \
         of Debian and most other systems) and see that it is on PATH"
    )]
    NotInstalled {
        /// The system.
        kind: VcsKind,
        /// Its program.
        program: &'static str,
        /// The package that has it.
        package: &'static str,
        /// The URL or directory that needs it.
        target: String,
    },
    /// The program is there and cannot be started.
    #[error("'{program}' cannot be started: {source}")]
    NotStarted {
        /// The program.
        program: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// The program failed.
    #[error("{kind} cannot get {target}: {problem}{}", lines(output))]
    Failed {
        /// The system.
        kind: VcsKind,
        /// The URL or directory.
        target: String,
        /// What it seems to be.
        problem: Problem,
        /// The last lines that the program wrote.
        output: Vec<String>,
    },
    /// The repository is there, the revision is not.
    #[error("{url} has no branch, tag or commit '{revision}'{}", lines(output))]
    RevisionNotFound {
        /// The repository.
        url: String,
        /// What was asked for.
        revision: String,
        /// The last lines that the program wrote.
        output: Vec<String>,
    },
    /// The repository has no commits.
    #[error("{url} is empty: it has no commits")]
    Empty {
        /// The repository.
        url: String,
    },
    /// `#subdirectory=` is not in the checkout, or is a link that leads out of it.
    #[error("{url} has no directory '{subdirectory}' (#subdirectory=)")]
    NoSubdirectory {
        /// The repository.
        url: String,
        /// What was asked for.
        subdirectory: String,
    },
    /// Time was up.
    #[error("{kind} did not finish with {target} in {seconds} seconds")]
    TimedOut {
        /// The system.
        kind: VcsKind,
        /// The URL or directory.
        target: String,
        /// The time it had.
        seconds: u64,
    },
    /// The caller cancelled.
    #[error("interrupted while {kind} was at {target}")]
    Cancelled {
        /// The system.
        kind: VcsKind,
        /// The URL or directory.
        target: String,
    },
    /// A checkout knows no repository that it came from.
    #[error("{} is a {kind} checkout without a remote repository", directory.display())]
    NoRemote {
        /// The system.
        kind: VcsKind,
        /// The checkout.
        directory: PathBuf,
    },
    /// A checkout names a repository that no URL can be made of, as a local one that was removed.
    #[error("{} is a {kind} checkout of '{url}', which is no URL and no directory", directory.display())]
    InvalidRemote {
        /// The system.
        kind: VcsKind,
        /// The checkout.
        directory: PathBuf,
        /// What it names.
        url: String,
    },
    /// A directory or file could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as `cannot read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// What a failure seems to be, by what the program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The server did not take the credentials, or wants some.
    Authentication,
    /// There is no such repository.
    RepositoryNotFound,
    /// The server cannot be reached.
    Unreachable,
    /// Something else.
    Other,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Authentication => "the server does not let it in with the credentials that it has",
            Self::RepositoryNotFound => "there is no repository at this address, or none that it may see",
            Self::Unreachable => "the server cannot be reached",
            Self::Other => "the program failed",
        })
    }
}

/// Parts of messages (in lower case) of git, hg, svn, brz and ssh.
const SIGNS: &[(Problem, &[&str])] = &[
    (
        Problem::Authentication,
        &[
            "authentication failed",
            "could not read username",
            "could not read password",
            "terminal prompts disabled",
            "permission denied (",
            "host key verification failed",
            "authorization failed",
            "authorization required",
            "authorization is required",
            "requested url returned error: 401",
            "requested url returned error: 403",
            "http error 401",
            "http error 403",
            "e170001",
            "e215004",
            "unauthorized",
        ],
    ),
    (
        Problem::RepositoryNotFound,
        &[
            "' not found",
            "does not appear to be a git repository",
            "does not exist",
            "repository not found",
            "repository not exported",
            "access denied or repository",
            "abort: repository ",
            "http error 404",
            "e180001",
            "e170000",
            "e170013: unable to connect to a repository at url 'file:",
            "e210005",
            "e160013",
            "not a branch",
            "no such file or directory",
        ],
    ),
    (
        Problem::Unreachable,
        &[
            "could not resolve host",
            "name or service not known",
            "connection refused",
            "connection timed out",
            "unable to connect",
            "failed to connect",
            "couldn't connect",
            "network is unreachable",
            "e170013",
            "no route to host",
        ],
    ),
];

impl Problem {
    /// What the lines speak of.
    pub(crate) fn of(lines: &[String]) -> Self {
        let text = lines.join("\n").to_lowercase();
        let found = SIGNS.iter().find(|(_, signs)| signs.iter().any(|sign| text.contains(sign)));
        found.map_or(Self::Other, |(problem, _)| *problem)
    }
}

impl VcsError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }

    pub(crate) fn revision(url: &VcsUrl, finished: &Finished) -> Self {
        let revision = url.requested_revision().unwrap_or("HEAD").to_owned();
        Self::RevisionNotFound { url: url.to_string(), revision, output: finished.last_lines() }
    }
}

/// The lines of a program below a message.
fn lines(output: &[String]) -> String {
    output.iter().map(|line| format!("\n  {line}")).collect()
}
