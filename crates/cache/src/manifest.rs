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

impl WheelRoot {
    /// The root that a directory of `.data` names.
    pub fn of_scheme(scheme: &str) -> Option<Self> {
        Some(match scheme {
            "purelib" => Self::Purelib,
            "platlib" => Self::Platlib,
            "headers" => Self::Headers,
            "scripts" => Self::Scripts,
            "data" => Self::Data,
            _ => return None,
        })
    }

    /// The directory of `.data` that names this root; none for the wheel's own root.
    pub fn scheme(self) -> Option<&'static str> {
        Some(match self {
            Self::Library => return None,
            Self::Purelib => "purelib",
            Self::Platlib => "platlib",
            Self::Headers => "headers",
            Self::Scripts => "scripts",
            Self::Data => "data",
        })
    }
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

/// Something in which a wheel and its RECORD differ, and which pip lets pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecordProblem {
    /// A file that RECORD does not list.
    Unlisted(String),
    /// A file that RECORD lists and the wheel does not hold.
    Missing(String),
    /// A file that RECORD lists without a hash, or with one of an algorithm that cannot be trusted.
    Unhashed(String),
    /// A file that has another size than RECORD says.
    Size(String),
}

impl std::fmt::Display for RecordProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unlisted(path) => write!(formatter, "{path} is not listed in RECORD"),
            Self::Missing(path) => write!(formatter, "{path} is listed in RECORD and missing in the wheel"),
            Self::Unhashed(path) => write!(formatter, "{path} has no usable hash in RECORD"),
            Self::Size(path) => write!(formatter, "{path} has another size than RECORD lists"),
        }
    }
}

/// A wheel, described. `files` is sorted by (root, path); RECORD and its signatures are not among them,
/// nor what only an installer may write (INSTALLER, REQUESTED, direct_url.json).
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
    /// In what the wheel and its RECORD differ: warnings, or errors with `--strict`.
    pub record_problems: Vec<RecordProblem>,
    /// The modification time of every file in the cache, in seconds since 1970. Bytecode holds the time of its source,
    /// so a copy must have it too; and a file with another time was touched.
    pub modified: i64,
    /// The mode of files without the executable bit, as the umask made it (`0o644`); executable ones have the
    /// executable bits that the umask left in `executable_mode`.
    pub file_mode: u32,
    /// The mode of files with the executable bit (`0o755`).
    pub executable_mode: u32,
}

impl Manifest {
    /// The path of a file below `files/` in the archive.
    pub fn location(&self, root: WheelRoot, path: &SafePath) -> String {
        match (root.scheme(), &self.data_directory) {
            (Some(scheme), Some(data)) => format!("{data}/{scheme}/{path}"),
            _ => path.as_str().to_owned(),
        }
    }

    /// The mode that a file has in the cache.
    pub fn mode(&self, file: &ManifestFile) -> u32 {
        if file.executable { self.executable_mode } else { self.file_mode }
    }
}
