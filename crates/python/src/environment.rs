//! An environment: an interpreter, and the directories that installing into it writes.

use std::path::{Path, PathBuf};

use cache::Cache;
use serde::{Deserialize, Serialize};

use crate::{Interpreter, PythonError};

/// The directories of one installation scheme (`sysconfig`), absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// Pure Python code.
    pub purelib: PathBuf,
    /// Code with compiled parts.
    pub platlib: PathBuf,
    /// Scripts.
    pub scripts: PathBuf,
    /// Data files (the prefix).
    pub data: PathBuf,
    /// Headers, to which the project's name is still to be added (in a venv: `include/site/pythonX.Y`).
    pub headers: PathBuf,
}

/// Where distributions are installed and looked for.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The interpreter (of a virtual environment: with its own prefix and scheme).
    pub interpreter: Interpreter,
    /// What script shebangs name (`sys.executable`).
    pub executable: PathBuf,
    /// Where to write.
    pub scheme: Scheme,
    /// Whether it is a virtual environment.
    pub is_virtual: bool,
    /// Whether a virtual environment sees the base's site-packages too.
    pub system_site_packages: bool,
}

impl Environment {
    /// The virtual environment at `root`, from `pyvenv.cfg` and the remembered facts of its base
    /// interpreter: Python is started only where they are not known.
    pub fn virtual_environment(_root: &Path, _cache: &Cache) -> Result<Self, PythonError> {
        todo!()
    }

    /// The environment of an interpreter: its virtual environment, or the system's.
    pub fn of_interpreter(_interpreter: Interpreter) -> Result<Self, PythonError> {
        todo!()
    }

    /// The directories in which installed distributions are looked for, in the order of `sys.path`.
    pub fn site_packages(&self) -> Vec<PathBuf> {
        todo!()
    }

    /// The text of `EXTERNALLY-MANAGED` (PEP 668), where the environment is marked so: the
    /// `Error` value of its `[externally-managed]` section, empty where it gives none.
    pub fn externally_managed(&self) -> Option<String> {
        todo!()
    }
}
