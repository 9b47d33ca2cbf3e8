//! What can go wrong with interpreters and environments.

use std::path::PathBuf;

/// An error about an interpreter or an environment.
#[derive(Debug, thiserror::Error)]
pub enum PythonError {
    /// A file or directory could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as `cannot create`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}
