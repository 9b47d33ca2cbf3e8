//! The on-disk layout, as data: one versioned directory a bucket; records appear by rename.

use std::path::{Path, PathBuf};

use crate::{CacheError, EnvironmentLock};

/// A kind of record. Its directory name carries the version of the record's format, so that an old
/// cache is simply not seen by a newer rpip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Parsed project pages with their validators (`index`).
    Pages,
    /// Essential core metadata of wheels (`index`).
    Metadata,
    /// Hash of the wheel behind a URL (`index`), for indexes that promise no hash.
    Wheels,
    /// Facts about interpreters (`python`).
    Interpreters,
}

/// A cache directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {/* Arc of root; temporary directory for --no-cache-dir */}

impl Cache {
    /// The cache at `root`, made when first written to.
    pub fn at(_root: PathBuf) -> Self {
        todo!()
    }

    /// A cache in a temporary directory that goes with the value (`--no-cache-dir`). `near` is a
    /// directory on the file system that will be installed to, so that linking still works.
    pub fn temporary(_near: Option<&Path>) -> Result<Self, CacheError> {
        todo!()
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        todo!()
    }

    /// The bytes of a record, if there is one. `key` is any text: it is hashed into a file name.
    pub fn read(&self, _bucket: Bucket, _key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        todo!()
    }

    /// Writes a record by rename. A cache that cannot be written (full, read-only) is not an
    /// error for a record: it reports whether it was kept.
    pub fn write(&self, _bucket: Bucket, _key: &str, _bytes: &[u8]) -> bool {
        todo!()
    }

    /// Removes a record, if there is one.
    pub fn remove(&self, _bucket: Bucket, _key: &str) {
        todo!()
    }

    /// Path of the record, for readers that map it.
    pub fn path(&self, _bucket: Bucket, _key: &str) -> PathBuf {
        todo!()
    }

    /// An empty scratch file on the cache's file system, removed when dropped.
    pub fn scratch_file(&self) -> Result<tempfile::NamedTempFile, CacheError> {
        todo!()
    }

    /// Waits for the lock that guards the environment at `environment` (its canonical path is hashed).
    /// `waiting` is called once if another process holds it.
    pub fn lock_environment(
        &self,
        _environment: &Path,
        _waiting: &dyn Fn(),
    ) -> Result<EnvironmentLock, CacheError> {
        todo!()
    }
}
