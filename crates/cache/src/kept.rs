//! What is kept for builds: source archives as they came, under their hash; environments that builds run in, under the
//! hash of what is installed in them; logs of builds that failed.

use std::fs;
use std::path::PathBuf;

use distribution::Sha256;
use tempfile::NamedTempFile;

use crate::layout::create_parent;
use crate::{Cache, CacheError};

/// The directory's name carries the version of its layout.
const SOURCES: &str = "sources-v1";
/// Build environments.
const ENVIRONMENTS: &str = "environments-v1";
/// Logs of builds.
const LOGS: &str = "logs-v1";

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

    /// Takes away a kept file that is not what its hash says.
    pub fn discard_kept(&self, sha256: &Sha256) {
        // What cannot be taken away is found out again.
        let _ = fs::remove_file(self.kept_path(sha256));
    }

    /// Where the build environment with this key lies, or is to be made. Its maker holds its lock ([`Cache::lock_environment`]).
    pub fn build_environment_directory(&self, key: &str) -> Result<PathBuf, CacheError> {
        self.mark_in_use();
        let path = self.root().join(ENVIRONMENTS).join(key);
        create_parent(&path)?;
        Ok(path)
    }

    /// Where the log of a build may be written; `label` is made a file name.
    pub fn log_file(&self, label: &str) -> Result<PathBuf, CacheError> {
        let safe = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
        let name: String = label.chars().take(80).map(safe).collect();
        let path = self.root().join(LOGS).join(format!("{name}-{}.log", std::process::id()));
        create_parent(&path)?;
        Ok(path)
    }

    fn kept_path(&self, sha256: &Sha256) -> PathBuf {
        let name = sha256.to_string();
        let shard = name.get(..2).unwrap_or_default();
        self.root().join(SOURCES).join(shard).join(&name)
    }
}
