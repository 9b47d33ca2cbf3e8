//! git (gitcredentials(7), gitrevisions(7), partial clones): how it is called.

mod fetching;
mod revision;
mod working_tree;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::credentials::{GitCredentials, give_to_git};
use crate::error::Problem;
use crate::process::{Finished, Options, Session};
use crate::{VcsError, VcsKind, VcsUrl};

pub use fetching::complete_history;
pub(crate) use fetching::{checkout, switch, update};
pub(crate) use revision::resolve;
pub(crate) use working_tree::{commit, local_changes, remote_url};

/// Variables that would lead git to another repository than the one it is called for.
const FOREIGN_REPOSITORY: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_TEMPLATE_DIR",
    "GIT_EXTERNAL_DIFF",
    "GIT_LITERAL_PATHSPECS",
];

/// What every call is told: no hooks, nothing in the background, no advice.
const SETTINGS: &[&str] = &[
    "-c",
    if cfg!(windows) { "core.hooksPath=NUL" } else { "core.hooksPath=/dev/null" },
    "-c",
    "gc.auto=0",
    "-c",
    "maintenance.auto=false",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "advice.detachedHead=false",
    "-c",
    "fetch.recurseSubmodules=false",
];

/// git in one directory, for one URL if it is to use the network.
pub(crate) struct Git<'a> {
    session: Session<'a>,
    url: Option<&'a VcsUrl>,
    directory: PathBuf,
    credentials: Cell<GitCredentials>,
}

impl<'a> Git<'a> {
    /// git for what is fetched from `url` to `directory`.
    pub(crate) fn new(url: &'a VcsUrl, directory: &Path, options: &'a Options<'a>) -> Self {
        Self {
            session: Session::new(url, options),
            url: Some(url),
            directory: std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf()),
            credentials: Cell::new(GitCredentials::Helper),
        }
    }

    /// git for the checkout at `directory`, without the network.
    pub(crate) fn local(directory: &Path, options: &'a Options<'a>) -> Self {
        Self {
            session: Session::about(VcsKind::Git, directory.display().to_string(), options),
            url: None,
            directory: std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf()),
            credentials: Cell::new(GitCredentials::Helper),
        }
    }

    /// A call that needs no repository.
    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.args(SETTINGS);
        for name in FOREIGN_REPOSITORY {
            command.env_remove(name);
        }
        command.env("GIT_ALLOW_PROTOCOL", self.protocols());
        if !self.session.options.interactive {
            command.env("GIT_TERMINAL_PROMPT", "0").env("GCM_INTERACTIVE", "never");
        }
        match self.url {
            Some(url) => give_to_git(&mut command, url, self.credentials.get()),
            // What is not here is not needed to answer.
            None => {
                command.env("GIT_NO_LAZY_FETCH", "1");
            }
        }
        command
    }

    /// A call in the repository at `directory`, and never in one that happens to lie around it.
    fn command_inside(&self) -> Command {
        let mut command = self.command();
        command.current_dir(&self.directory);
        if let Some(parent) = self.directory.parent() {
            command.env("GIT_CEILING_DIRECTORIES", parent);
        }
        command
    }

    /// The transports that may be used, also by redirects and submodules; programs of other names (`ext::`) never.
    /// The file system only for a repository that is there itself.
    fn protocols(&self) -> &'static str {
        match self.url.map(VcsUrl::transport) {
            Some("file") => "file:https:http:ssh:git",
            Some("https" | "ssh") => "https:ssh",
            _ => "https:http:ssh:git",
        }
    }

    /// Runs git without the network: its arguments are ours, or checked.
    fn run(&self, arguments: &[&str]) -> Result<Finished, VcsError> {
        let mut command = self.command_inside();
        command.args(arguments);
        self.session.run(command, None)
    }

    /// As [`Git::run`], where a failure is an error.
    fn succeed(&self, arguments: &[&str]) -> Result<Finished, VcsError> {
        let finished = self.run(arguments)?;
        if finished.is_success() { Ok(finished) } else { Err(self.session.failed(&finished)) }
    }

    /// Runs a call that uses the network. A user name without password is tried as a token, which needs none, and
    /// then as a name whose password the user's credential helpers know.
    fn online(&self, fill: &dyn Fn(&Self) -> Command) -> Result<Finished, VcsError> {
        let finished = self.session.run(fill(self), None)?;
        let has_password = self.url.and_then(VcsUrl::user).is_none_or(|user| user.password.is_some());
        if finished.is_success()
            || has_password
            || self.credentials.get() == GitCredentials::UserName
            || finished.problem() != Problem::Authentication
        {
            return Ok(finished);
        }
        self.credentials.set(GitCredentials::UserName);
        self.session.run(fill(self), None)
    }

    /// `--progress` where somebody looks, else `--quiet`.
    fn verbosity(&self) -> &'static str {
        if self.session.options.output.is_some() { "--progress" } else { "--quiet" }
    }
}
