//! The transaction: stage and check everything, write the intent down, then rename; undone where anything fails.

use cache::{Cache, CachedWheel};
use distribution::DirectUrl;
use python::{CompiledWheel, Environment};

use crate::{InstallError, InstalledDistribution};

/// One wheel to install.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The unpacked wheel.
    pub wheel: CachedWheel,
    /// Its bytecode, if it is to be installed.
    pub bytecode: Option<CompiledWheel>,
    /// Whether the user named it (REQUESTED).
    pub requested: bool,
    /// Where it came from, if not from an index (direct_url.json).
    pub direct_url: Option<DirectUrl>,
}

/// How to install.
#[derive(Debug, Clone)]
pub struct TransactionOptions {
    /// The content of INSTALLER (`rpip`).
    pub installer: String,
    /// Worker threads for linking.
    pub threads: usize,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Files of removed distributions that were left, with the reason.
    pub left: Vec<(std::path::PathBuf, String)>,
    /// Scripts that were written, absolute (for the PATH warning).
    pub scripts: Vec<std::path::PathBuf>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

/// A change of one environment, under its lock. Dropped before `commit`: nothing visible happened.
#[derive(Debug)]
pub struct Transaction {/* environment, lock, staging directory */}

impl Transaction {
    /// Takes the environment's lock (`waiting` is called once if another process holds it), and finishes or
    /// undoes what a killed run left.
    pub fn begin(
        _environment: &Environment,
        _cache: &Cache,
        _options: TransactionOptions,
        _waiting: &dyn Fn(),
    ) -> Result<Self, InstallError> {
        todo!()
    }

    /// Plans the removal of a distribution; its RECORD is read and checked now.
    pub fn remove(&mut self, _distribution: &InstalledDistribution) -> Result<(), InstallError> {
        todo!()
    }

    /// Links a wheel into the staging directory and checks it; may be called from several threads, as wheels become ready.
    pub fn stage(&self, _installation: &Installation) -> Result<(), InstallError> {
        todo!()
    }

    /// Checks conflicts, writes the journal, makes everything visible. On an error all is as it was.
    pub fn commit(self) -> Result<Report, InstallError> {
        todo!()
    }
}
