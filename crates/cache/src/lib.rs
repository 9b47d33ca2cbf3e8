//! The cache directory: its layout, atomic writes, locks, and unpacked wheels addressed by content.
//! The one room that writes the cache, and the one strict reader of zip archives.

mod archive;
mod error;
mod layout;
mod lock;
mod manifest;
mod scratch;
mod zip;

pub use archive::{CachedWheel, WheelSource};
pub use error::CacheError;
pub use layout::{Bucket, Cache};
pub use lock::EnvironmentLock;
pub use manifest::{Manifest, ManifestFile, WheelRoot};
pub use zip::{ZipEntry, ZipError, ZipReader};
