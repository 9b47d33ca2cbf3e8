//! Stand-in until the real one lands.
#![allow(clippy::unwrap_used)]
use std::path::{Path, PathBuf};

use distribution::{Digest, Sha256};

use crate::{Cache, CacheError};

/// x
pub struct SourceRequest<'a> {
    /// x
    pub file: &'a Path,
    /// x
    pub filename: &'a str,
    /// x
    pub destination: &'a Path,
    /// x
    pub promised: &'a [Digest],
}
/// x
pub struct Unpacked {
    /// x
    pub root: PathBuf,
    /// x
    pub sha256: Sha256,
}
impl Cache {
    /// x
    pub fn unpack_source(&self, r: &SourceRequest<'_>) -> Result<Unpacked, CacheError> {
        let s = std::process::Command::new("tar")
            .arg("xf")
            .arg(r.file)
            .arg("-C")
            .arg(r.destination)
            .status()
            .unwrap();
        assert!(s.success());
        let root = std::fs::read_dir(r.destination).unwrap().next().unwrap().unwrap().path();
        Ok(Unpacked { root, sha256: Sha256::of(&std::fs::read(r.file).unwrap()) })
    }
}
