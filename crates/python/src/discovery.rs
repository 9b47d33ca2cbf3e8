//! Finding the interpreter that a user means.

use std::path::{Path, PathBuf};

use cache::Cache;
use requirement::SpecifierSet;

use crate::{Interpreter, PythonError};

/// What `--python` may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PythonRequest {
    /// Nothing: the first usable interpreter.
    Any,
    /// `3`, `3.12`, `3.12.1`, `>=3.10`, `3.13t`: a version.
    Version(SpecifierSet, bool),
    /// `python3.12`, `pypy3`: the name of a program on PATH.
    Name(String),
    /// A path to an interpreter or to an environment's directory.
    Path(PathBuf),
}

/// What the search may look at; libraries do not read the process environment themselves.
#[derive(Debug, Clone, Default)]
pub struct SearchContext {
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The directories of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// Where pyenv keeps its versions (`$PYENV_ROOT/versions` or `~/.pyenv/versions`).
    pub pyenv_versions: Option<PathBuf>,
    /// The directory in which `.python-version` and `.venv` are looked for, upwards.
    pub directory: Option<PathBuf>,
}

impl PythonRequest {
    /// Understands the text of `--python`.
    pub fn parse(_text: &str) -> Self {
        todo!()
    }
}

/// The first interpreter that fits.
pub fn find_interpreter(
    _request: &PythonRequest,
    _context: &SearchContext,
    _cache: &Cache,
) -> Result<Interpreter, PythonError> {
    todo!()
}

#[allow(dead_code)]
fn _unused(_: &Path) {}
