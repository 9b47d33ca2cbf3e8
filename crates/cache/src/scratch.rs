//! Trees that are made beside the cache's content and appear in it by rename.

use std::io::ErrorKind;
use std::path::Path;

use crate::{Cache, CacheError};

impl Cache {
    /// An empty scratch directory on the cache's file system, removed when dropped.
    pub fn scratch_directory(&self) -> Result<tempfile::TempDir, CacheError> {
        let root = self.root();
        std::fs::create_dir_all(root)
            .and_then(|()| tempfile::Builder::new().prefix(".scratch-").tempdir_in(root))
            .map_err(|source| CacheError::Io {
                action: "cannot create a directory in",
                path: root.into(),
                source,
            })
    }

    /// Makes the tree in `scratch` appear at `destination`, a place in the cache. Where another
    /// process was faster its tree stays: both were made from the same content.
    pub fn publish_directory(
        &self,
        scratch: tempfile::TempDir,
        destination: &Path,
    ) -> Result<(), CacheError> {
        let fail = |source| CacheError::Io { action: "cannot create", path: destination.into(), source };
        if let Some(parent) = destination.parent() {
            std::fs::create_dir_all(parent).map_err(fail)?;
        }
        match std::fs::rename(scratch.path(), destination) {
            Ok(()) => {
                // There is nothing left to remove.
                let _ = scratch.keep();
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::AlreadyExists) => {
                Ok(())
            }
            Err(error) => Err(fail(error)),
        }
    }
}
