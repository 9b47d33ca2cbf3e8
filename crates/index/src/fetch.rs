//! Downloads.

use distribution::Artifact;

/// Hears of downloads; every method does nothing unless implemented.
pub trait DownloadReporter: Send + Sync {
    /// A download begins; `size` in bytes where known.
    fn started(&self, _artifact: &Artifact, _size: Option<u64>) {}
    /// `bytes` more have come.
    fn progressed(&self, _artifact: &Artifact, _bytes: u64) {}
    /// It is complete.
    fn finished(&self, _artifact: &Artifact) {}
}
