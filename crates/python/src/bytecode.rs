//! Compiling bytecode: the target interpreter's own `compile`, in worker processes without site (`-I -S`), so that no code of a package runs.

use std::path::PathBuf;

use cache::CachedWheel;

use crate::{Interpreter, PythonError};

/// The bytecode of a wheel for one interpreter, in the cache.
#[derive(Debug, Clone)]
pub struct CompiledWheel {
    /// The tree that holds the `__pycache__` directories.
    pub root: PathBuf,
    /// Paths under it of the `.pyc` files that exist (sources with syntax errors have none), sorted.
    pub files: Vec<distribution::SafePath>,
}

/// Worker processes of one interpreter; started at the first wheel that is not compiled yet, ended when dropped.
#[derive(Debug)]
pub struct BytecodeCompiler {/* interpreter, workers */}

impl BytecodeCompiler {
    /// A compiler for `interpreter` with up to `workers` processes.
    pub fn new(_interpreter: Interpreter, _workers: usize) -> Self {
        todo!()
    }

    /// The bytecode of `wheel`: from the cache, or compiled now. Safe to call from several threads.
    pub fn compile(&self, _wheel: &CachedWheel) -> Result<CompiledWheel, PythonError> {
        todo!()
    }
}
