//! What can go wrong in the cache.

use std::io;
use std::path::{Path, PathBuf};

use distribution::{Digest, InvalidEntryPoint, InvalidMetadata, InvalidRecord, UnsafePath};

use crate::{SourceProblem, ZipError};

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
        source: io::Error,
    },
    /// No temporary cache can be made.
    #[error(
        "cannot make a temporary cache in {}: {reason}; set TMPDIR to a directory that can be written",
        place.display()
    )]
    TemporaryCache {
        /// The directory in which it was to be made.
        place: PathBuf,
        /// Why not.
        reason: String,
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
    /// A source archive that cannot be accepted.
    #[error("{archive} cannot be unpacked: {reason}")]
    InvalidSource {
        /// Its file name.
        archive: String,
        /// Why.
        reason: SourceProblem,
    },
    /// An unpacked wheel is not what was unpacked: a file of it was edited (perhaps through a hard link in an
    /// environment) or damaged. The wheel was removed from the cache: it is to be fetched again.
    #[error("{} of {wheel} was changed in the cache; the wheel was removed from it", path.display())]
    Damaged {
        /// The wheel's file name.
        wheel: String,
        /// The file that was changed.
        path: PathBuf,
    },
}

impl CacheError {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }
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
    #[error("the content of {path} does not have the hash {expected} that RECORD lists")]
    RecordHash { path: String, expected: String },
    #[error("{0}")]
    Other(String),
}
