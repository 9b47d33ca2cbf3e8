//! How a build behaves, what it needs to act, and who hears of it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::{BuildStack, ConfigSettings, Hook, Isolation};

/// The default for [`BuildOptions::log_limit`]: 256 MiB.
const LOG_LIMIT: u64 = 256 << 20;

/// How a build behaves.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// For the backend.
    pub config_settings: ConfigSettings,
    /// The variables that the build's processes start from: those of this process.
    pub variables: Vec<(OsString, OsString)>,
    /// A directory for what is made on the way, and for the temporary files of the backend; emptied in the end.
    pub scratch: PathBuf,
    /// The file that takes the whole output. It is made when something is printed, and stays.
    pub log: Option<PathBuf>,
    /// Bytes of output that the log takes.
    pub log_limit: u64,
    /// How long one hook may take.
    pub hook_limit: Option<Duration>,
}

impl BuildOptions {
    /// Options that only say where things may lie.
    pub fn new(scratch: PathBuf, variables: Vec<(OsString, OsString)>) -> Self {
        Self {
            config_settings: ConfigSettings::default(),
            variables,
            scratch,
            log: None,
            log_limit: LOG_LIMIT,
            hook_limit: None,
        }
    }
}

/// Hears what a build does. `hook` is none before the first one and while build requirements are checked.
pub trait BuildReporter: Sync {
    /// A hook begins.
    fn started(&self, _package: &str, _hook: Hook) {}
    /// The backend has printed a line. It is as the backend wrote it: escape it for a terminal.
    fn output(&self, _hook: Option<Hook>, _line: &str) {}
    /// Called at least ten times a second while a hook runs: it is alive.
    fn waiting(&self, _hook: Option<Hook>, _elapsed: Duration) {}
    /// A hook has ended.
    fn finished(&self, _package: &str, _hook: Hook, _is_ok: bool) {}
}

/// A reporter for which nothing is worth a word.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentReporter;

impl BuildReporter for SilentReporter {}

/// What a build needs to act.
#[derive(Clone, Copy)]
pub struct BuildContext<'a> {
    /// How it behaves.
    pub options: &'a BuildOptions,
    /// Where it finds what it needs.
    pub isolation: Isolation<'a>,
    /// The builds that wait for this one.
    pub stack: &'a BuildStack,
    /// Who hears of it.
    pub reporter: &'a dyn BuildReporter,
    /// Whether it should stop; asked ten times a second.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}
