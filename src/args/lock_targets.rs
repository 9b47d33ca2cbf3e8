//! For which Pythons and platforms to lock, where it is not the one at hand alone (rpip's own).

use clap::{ArgAction, Args};
use distribution::{LockMatrix, LockPlatform, PythonVersion};
use operations::{Environment, LockTargets};

use crate::failure::Failure;

/// The newest minor version of Python 3 that is locked for unless the user says otherwise.
const NEWEST_MINOR: u32 = 14;

/// The options that name them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Universal lock options")]
pub(crate) struct LockTargetArgs {
    /// Lock for several Pythons and platforms at once: all files of each version, and markers where they differ (rpip's own)
    #[arg(long)]
    universal: bool,
    /// Lock for this minor version of CPython (3.12); may be given several times; implies --universal (default: the one at hand and
    /// all later ones)
    #[arg(long, value_name = "version", action = ArgAction::Append, value_parser = minor)]
    for_python: Vec<(u32, u32)>,
    /// Lock for this platform: linux, macos, windows, or a tag as manylinux_2_28_x86_64; may be given several times; implies
    /// --universal (default: linux, manylinux_2_28_aarch64, macos, windows)
    #[arg(long, value_name = "platform", action = ArgAction::Append, value_parser = platform)]
    for_platform: Vec<LockPlatform>,
}

fn minor(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("--for-python error: '{text}' is no minor version of Python, as 3.12");
    let version = PythonVersion::parse(text).ok().flatten().ok_or_else(wrong)?;
    let parts = version.to_string().split('.').count();
    match version.tags() {
        (3, Some(minor)) if parts == 2 => Ok((3, minor)),
        _ => Err(wrong()),
    }
}

fn platform(text: &str) -> Result<LockPlatform, String> {
    text.parse().map_err(|error: distribution::InvalidLockPlatform| format!("--for-platform error: {error}"))
}

impl LockTargetArgs {
    /// Whether the lock is for several.
    pub(crate) fn is_any(&self) -> bool {
        self.universal || !self.for_python.is_empty() || !self.for_platform.is_empty()
    }

    /// The targets; none: the interpreter at hand.
    pub(crate) fn targets(&self, environment: &Environment) -> Result<Option<LockTargets>, Failure> {
        if !self.is_any() {
            return Ok(None);
        }
        let (major, own) = environment.interpreter.python_version();
        let minors = match self.for_python.as_slice() {
            [] => (own..=own.max(NEWEST_MINOR)).map(|minor| (major, minor)).collect(),
            given => given.to_vec(),
        };
        let platforms = match self.for_platform.as_slice() {
            [] => LockPlatform::usual(),
            given => given.to_vec(),
        };
        let matrix =
            LockMatrix::new(&minors, platforms).map_err(|error| Failure::plain(error.to_string()))?;
        Ok(Some(LockTargets { matrix, pythons_are_given: !self.for_python.is_empty() }))
    }
}
