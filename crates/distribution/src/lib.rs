//! The vocabulary of distributions: file names and tags, hashes, safe paths, core
//! metadata, RECORD, entry points, direct_url.json, pyproject.toml, and the nouns that the stages hand
//! on (`Artifact`, `Candidate`, `Rejection`). Pure: no disk, no clock.

mod artifact;
mod dependency_groups;
mod digest;
mod direct_url;
mod entry_points;
mod filename;
mod header_block;
mod lock_matrix;
mod lock_platform;
mod metadata;
mod metadata_json;
mod platform;
mod pylock;
mod pyproject;
mod python_version;
mod record;
mod safe_path;
mod script_metadata;
mod tags;
mod timestamp;
mod toml_text;

pub use artifact::{Artifact, ArtifactKind, Candidate, Rejection, Sidecar, Yanked};
pub use dependency_groups::{DependencyGroups, InvalidDependencyGroups};
pub use digest::{Digest, HashAlgorithm, Hasher, InvalidDigest, Sha256, Sha256Hasher};
pub use direct_url::{DirectUrl, DirectUrlKind};
pub use entry_points::{
    EntryPoint, EntryPoints, InvalidEntryPoint, reserved_script_name, script_name_problem,
};
pub use filename::{InvalidFilename, SdistFilename, SdistFormat, WheelFilename, after_name};
pub use lock_matrix::{InvalidLockMatrix, LockCell, LockMatrix, PythonSpan};
pub use lock_platform::{InvalidLockPlatform, LockPlatform};
pub use metadata::{CoreMetadata, InvalidMetadata, description_of, headers};
pub use metadata_json::metadata_json;
pub use platform::{Libc, Platform, TargetTags};
pub use pylock::{
    InvalidPylock, LockTarget, LockedArchive, LockedChoice, LockedDirectory, LockedFile, LockedPackage,
    LockedPlace, LockedVcs, Pylock, PylockProblem, PylockSelectionError, PylockSelectionProblem,
    UnusablePlace, is_pylock_filename,
};
pub use pyproject::{BackendName, BuildSystem, InvalidPyproject, ProjectTable, Pyproject};
pub use python_version::{InvalidPythonVersion, PythonVersion};
pub use record::{InvalidRecord, Record, RecordEntry, write_record_row};
pub use safe_path::{SafePath, UnsafePath};
pub use script_metadata::{InvalidScript, ScriptMetadata};
pub use tags::{InterpreterTags, InvalidTags, SupportedTags, Tag, TagSet};
pub use timestamp::{InvalidTimestamp, Timestamp};
