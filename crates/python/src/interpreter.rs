//! What rpip must know of an interpreter: asked once in one probe process, then remembered by path and mtime.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cache::Cache;
use distribution::InterpreterTags;
use requirement::{MarkerEnvironment, Version};
use serde::{Deserialize, Serialize};

use crate::{PythonError, Scheme};

/// The answers of the probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterpreterFacts {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// `sys._base_executable` (the interpreter a venv was made from; else `sys.executable`).
    pub base_executable: PathBuf,
    /// `sys.prefix`.
    pub prefix: PathBuf,
    /// `sys.base_prefix`.
    pub base_prefix: PathBuf,
    /// `platform.python_version()`.
    pub version: Version,
    /// `sys.implementation.name`.
    pub implementation: String,
    /// `sys.implementation.cache_tag` (none: no bytecode is written).
    pub cache_tag: Option<String>,
    /// `importlib.util.MAGIC_NUMBER`, hexadecimal.
    pub magic: String,
    /// The values for markers.
    pub markers: MarkerEnvironment,
    /// What the tags depend on.
    pub tags: InterpreterTags,
    /// `sysconfig` paths of the default install scheme of this interpreter (as pip chooses it).
    pub scheme: Scheme,
    /// `sysconfig` paths of the user scheme, where there is one.
    pub user_scheme: Option<Scheme>,
    /// The standard library (`sysconfig.get_path("stdlib")`).
    pub stdlib: PathBuf,
    /// Whether user site-packages are enabled (`site.ENABLE_USER_SITE`).
    pub user_site_enabled: bool,
    /// `sys.path` without the empty entry: where installed distributions are looked for.
    pub sys_path: Vec<PathBuf>,
    /// `sys.platlibdir` (`lib`, `lib64`).
    pub platlibdir: String,
    /// Whether pointers have 64 bits.
    pub is_64bit: bool,
}

/// An interpreter with its facts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// The facts.
    pub facts: Arc<InterpreterFacts>,
}

impl Interpreter {
    /// The interpreter at `executable`: from the cache if its path, mtime and size (links followed) are known, else probed.
    pub fn query(_executable: &Path, _cache: &Cache) -> Result<Self, PythonError> {
        todo!()
    }

    /// Major, minor.
    pub fn python_version(&self) -> (u32, u32) {
        todo!()
    }

    /// Whether this is the interpreter of a virtual environment.
    pub fn is_virtual(&self) -> bool {
        self.facts.prefix != self.facts.base_prefix
    }
}
