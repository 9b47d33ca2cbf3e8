//! The vocabulary of distributions: file names and tags, hashes, safe paths, core
//! metadata, RECORD, entry points, direct_url.json, and the nouns that the stages hand
//! on (`Artifact`, `Candidate`, `Rejection`). Pure: no disk, no clock.

mod artifact;
mod digest;
mod direct_url;
mod entry_points;
mod filename;
mod metadata;
mod record;
mod safe_path;
mod tags;

pub use artifact::{Artifact, ArtifactKind, Candidate, Rejection, Sidecar, Yanked};
pub use digest::{Digest, HashAlgorithm, Hasher, InvalidDigest, Sha256, Sha256Hasher};
pub use direct_url::{DirectUrl, DirectUrlKind};
pub use entry_points::{EntryPoint, EntryPoints, InvalidEntryPoint};
pub use filename::{InvalidFilename, SdistFilename, SdistFormat, WheelFilename};
pub use metadata::{CoreMetadata, InvalidMetadata};
pub use record::{InvalidRecord, Record, RecordEntry};
pub use safe_path::{SafePath, UnsafePath};
pub use tags::{InterpreterTags, Libc, Platform, SupportedTags, Tag};
