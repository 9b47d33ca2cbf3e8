//! Taking away what is damaged.

use std::fs;
use std::path::Path;

use crate::Cache;

impl Cache {
    /// Removes a directory of the cache that is damaged, so that it is made anew. It is moved away in
    /// one step, so that nobody finds half of it; where that fails (a read-only cache) it stays.
    pub fn discard_directory(&self, path: &Path) {
        if let Ok(grave) = self.scratch_directory() {
            let _ = fs::rename(path, grave.path().join("discarded"));
        }
    }
}
