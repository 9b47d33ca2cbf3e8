//! What can go wrong in the cache.

use std::path::PathBuf;

use distribution::{Digest, InvalidEntryPoint, InvalidMetadata, InvalidRecord, UnsafePath};

use crate::ZipError;

/// An error of the cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// A file or directory of the cache (or one given to it) could not be used.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was tried, as `cannot read`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not what was promised.
    #[error("{what} has the hash {got} where {expected} was expected")]
    HashMismatch {
        /// The file name or URL.
        what: String,
        /// The promise.
        expected: Digest,
        /// What it was.
        got: Digest,
    },
    /// A wheel that cannot be accepted, whole.
    #[error("{wheel} is not a valid wheel: {reason}")]
    InvalidWheel {
        /// Its file name.
        wheel: String,
        /// Why.
        reason: WheelProblem,
    },
}

/// Why a wheel is refused.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum WheelProblem {
    #[error(transparent)]
    Zip(#[from] ZipError),
    #[error(transparent)]
    Path(#[from] UnsafePath),
    #[error(transparent)]
    Metadata(#[from] InvalidMetadata),
    #[error(transparent)]
    Record(#[from] InvalidRecord),
    #[error(transparent)]
    EntryPoint(#[from] InvalidEntryPoint),
    #[error("{0}")]
    Other(String),
}
