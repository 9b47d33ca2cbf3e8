//! Virtual environments (PEP 405), as `python -m venv` makes them, without starting Python.

use std::path::{Path, PathBuf};

use crate::{Environment, Interpreter, PythonError};

/// The options of `python -m venv`.
#[derive(Debug, Clone, Default)]
pub struct VenvOptions {
    /// `--system-site-packages`.
    pub system_site_packages: bool,
    /// `--copies` (true) or `--symlinks` (false).
    pub copies: bool,
    /// `--clear`.
    pub clear: bool,
    /// `--upgrade`.
    pub upgrade: bool,
    /// `--prompt`.
    pub prompt: Option<String>,
    /// `--without-scm-ignore-files`.
    pub without_scm_ignore_files: bool,
    /// The command line for the `command` key of pyvenv.cfg, if it is to be written.
    pub command: Option<String>,
    /// The current directory's name, for `--prompt .`.
    pub current_directory: Option<PathBuf>,
}

/// Makes or remakes the environment at `directory`.
pub fn create_venv(
    _directory: &Path,
    _interpreter: &Interpreter,
    _options: &VenvOptions,
) -> Result<Environment, PythonError> {
    todo!()
}
