//! What an unpacked wheel is made of: written once at unpacking, read at every install instead of walking the tree.

use distribution::{EntryPoints, SafePath, Sha256};
use serde::{Deserialize, Serialize};

/// Where a file of a wheel goes: the `.data/<scheme>/` it lies in, or the wheel's root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum WheelRoot {
    /// The root of the wheel: purelib or platlib, by `Root-Is-Purelib`.
    Library,
    /// `.data/purelib`.
    Purelib,
    /// `.data/platlib`.
    Platlib,
    /// `.data/headers`.
    Headers,
    /// `.data/scripts`.
    Scripts,
    /// `.data/data`.
    Data,
}

/// One file of an unpacked wheel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFile {
    /// Where it goes.
    pub root: WheelRoot,
    /// Its path there; in the archive it lies under `files/` with its `.data` prefix.
    pub path: SafePath,
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the content (ready for RECORD).
    pub sha256: Sha256,
    /// Whether it is installed with the executable bit.
    pub executable: bool,
    /// Scripts only: whether its first line is `#!python...`, to be rewritten at install.
    pub rewrite_shebang: bool,
}

/// A wheel, described. `files` is sorted by (root, path); RECORD and its signatures are not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The wheel's file name.
    pub filename: String,
    /// Project name as written in METADATA.
    pub name: String,
    /// Version as written in METADATA.
    pub version: String,
    /// The `.dist-info` directory's name.
    pub dist_info: SafePath,
    /// The `.data` directory's name, where there is one.
    pub data_directory: Option<SafePath>,
    /// `Root-Is-Purelib`.
    pub root_is_purelib: bool,
    /// Directories under each root that files lie in, parents first.
    pub directories: Vec<(WheelRoot, SafePath)>,
    /// The files.
    pub files: Vec<ManifestFile>,
    /// The scripts to write.
    pub entry_points: EntryPoints,
}
