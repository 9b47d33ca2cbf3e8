//! Unpacked wheels: `archives-v1/<aa>/<sha256>/` holds `files/` (the tree) and `manifest`; it appears by rename.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use distribution::{CoreMetadata, Digest, Sha256, WheelFilename};

use crate::{Cache, CacheError, Manifest};

/// Where the bytes of a wheel are, and what was promised about them.
#[derive(Debug)]
pub struct WheelSource<'a> {
    /// The wheel's file name, as asked for.
    pub filename: &'a WheelFilename,
    /// The file name as text.
    pub filename_text: &'a str,
    /// The file (a finished download, or a local wheel).
    pub file: &'a File,
    /// Its hash, where the downloader has computed it while writing; else it is computed here.
    pub sha256: Option<Sha256>,
    /// Hashes that it must have (all of them).
    pub promised: &'a [Digest],
}

/// A wheel that lies unpacked and checked in the cache. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CachedWheel {
    /// The address.
    pub sha256: Sha256,
    /// The directory that holds the tree.
    pub root: PathBuf,
    /// What is in it.
    pub manifest: Arc<Manifest>,
}

impl Cache {
    /// The unpacked wheel with this hash, if the cache holds it.
    pub fn wheel(&self, _sha256: &Sha256) -> Result<Option<CachedWheel>, CacheError> {
        todo!()
    }

    /// Unpacks a wheel into the cache, entries in parallel. Checked: promised hashes, zip structure, one
    /// `.dist-info` whose name and version are the file name's, `Wheel-Version` 1.x, METADATA,
    /// entry points, every file against RECORD (a listed hash that is wrong refuses the wheel).
    pub fn unpack_wheel(&self, _source: &WheelSource<'_>) -> Result<CachedWheel, CacheError> {
        todo!()
    }
}

impl CachedWheel {
    /// The path of METADATA in the cache.
    pub fn metadata_path(&self) -> PathBuf {
        todo!()
    }

    /// The parsed METADATA.
    pub fn metadata(&self) -> Result<CoreMetadata, CacheError> {
        todo!()
    }

    /// The directory of compiled bytecode for an interpreter (`sys.implementation.cache_tag` and magic number), whether
    /// or not it exists yet: a tree parallel to the library root that holds `__pycache__` directories.
    pub fn bytecode_root(&self, _cache_tag: &str, _magic: &str) -> PathBuf {
        todo!()
    }
}

#[allow(dead_code)]
fn _unused(_: &Path) {}
