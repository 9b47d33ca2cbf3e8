//! One file a command: its arguments, whose doc comments are the help, and how it is run.

pub(crate) mod autoremove;
pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod check;
pub(crate) mod check_dist;
pub(crate) mod compile;
pub(crate) mod completion;
pub(crate) mod config;
pub(crate) mod debug;
pub(crate) mod download;
pub(crate) mod freeze;
pub(crate) mod hash;
pub(crate) mod history;
pub(crate) mod index_versions;
pub(crate) mod inspect;
pub(crate) mod install;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod pip_shim;
pub(crate) mod search;
pub(crate) mod show;
pub(crate) mod sync;
pub(crate) mod tree;
pub(crate) mod undo;
pub(crate) mod uninstall;
pub(crate) mod upgrade;
pub(crate) mod upload;
pub(crate) mod venv;
pub(crate) mod verify;
pub(crate) mod wheel;
pub(crate) mod why;

use crate::args::General;
use crate::failure::Failure;
use crate::output::Terminal;

/// Everything went well.
pub(crate) const SUCCESS: u8 = 0;
/// The command could not do what was asked.
pub(crate) const ERROR: u8 = 1;

/// Nothing was found that fits.
pub(crate) const NOTHING_FOUND: u8 = 23;

/// A command with its arguments.
pub(crate) trait Run {
    /// The options that every command takes.
    fn general(&self) -> &General;

    /// Does it, and returns the exit code.
    fn run(self, terminal: &Terminal) -> Result<u8, Failure>;
}

/// The names on the command line, checked.
pub(crate) fn project_names(texts: &[String]) -> Result<Vec<requirement::ProjectName>, Failure> {
    let name = |text: &String| {
        text.parse().map_err(|error: requirement::InvalidName| Failure::plain(error.to_string()))
    };
    texts.iter().map(name).collect()
}
