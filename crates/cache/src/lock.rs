//! Locks between processes: files in the cache, held by the operating system, so that none outlives its process.

/// Held while an environment changes; released when dropped.
#[derive(Debug)]
pub struct EnvironmentLock {/* std::fs::File with File::lock */}
