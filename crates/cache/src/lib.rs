//! The cache directory: its layout, atomic writes, locks, and unpacked wheels addressed by content.
//! The one room that writes the cache, the one strict reader of zip archives, and that of tar archives.

mod archive;
mod discard;
mod error;
mod expected;
mod history;
mod kept;
mod layout;
mod lock;
mod manifest;
mod source;
mod tar;
mod unpack;
mod usage;
mod wheel_layout;
mod zip;
mod zip_writer;

pub use archive::{CachedWheel, WheelSource};
pub use error::{CacheError, WheelProblem};
pub use history::{ChangeRecord, ChangedDistribution, History, Keeper, KeptPlace};
pub use layout::{Bucket, Cache, MappedRecord};
pub use lock::EnvironmentLock;
pub use manifest::{Manifest, ManifestFile, RecordProblem, WheelRoot};
pub use source::{
    SourceArchive, SourceFormat, SourceLimits, SourceMember, SourceMemberKind, SourceProblem, UnpackedSource,
};
pub use usage::Usage;
pub use zip::{
    DirectoryLocation, Inflater, RATIO_FREE, ZipDirectory, ZipEntry, ZipError, ZipLimits, ZipReader,
};
pub use zip_writer::ZipWriter;
