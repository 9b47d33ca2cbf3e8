//! Files kept as they came, under their hash: source archives, which a later build may need again.

use std::fs;
use std::path::PathBuf;

use distribution::Sha256;
use tempfile::NamedTempFile;

use crate::layout::create_parent;
use crate::{Cache, CacheError};

/// The directory's name carries the version of its layout.
const SOURCES: &str = "sources-v1";

impl Cache {
    /// The kept file with this hash, if there is one.
    pub fn kept_file(&self, sha256: &Sha256) -> Option<PathBuf> {
        let path = self.kept_path(sha256);
        fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file()).then_some(path)
    }

    /// Keeps a complete scratch file whose hash has been computed, and says where it is.
    pub fn keep_file(&self, file: NamedTempFile, sha256: &Sha256) -> Result<PathBuf, CacheError> {
        let path = self.kept_path(sha256);
        create_parent(&path)?;
        file.persist(&path).map_err(|error| CacheError::io("cannot write", &path, error.error))?;
        Ok(path)
    }

    fn kept_path(&self, sha256: &Sha256) -> PathBuf {
        let name = sha256.to_string();
        let shard = name.get(..2).unwrap_or_default();
        self.root().join(SOURCES).join(shard).join(&name)
    }
}
