//! What can go wrong while an environment changes.

use std::path::PathBuf;

/// An error of an installation; the environment is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A file or directory could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}
