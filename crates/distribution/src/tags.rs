//! Platform compatibility tags (PEP 425, 513, 571, 599, 600, 656, 703): which wheels an interpreter takes, best first.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One tag, as `cp312-cp312-manylinux_2_17_x86_64`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tag {
    /// The interpreter part (`cp312`, `py3`).
    pub python: Box<str>,
    /// The ABI part (`cp312`, `abi3`, `none`).
    pub abi: Box<str>,
    /// The platform part (`any`, `manylinux_2_17_x86_64`).
    pub platform: Box<str>,
}

/// Which C library a Linux interpreter is linked with, with its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Libc {
    /// glibc, major and minor.
    Glibc(u32, u32),
    /// musl, major and minor.
    Musl(u32, u32),
    /// Not known: only the plain `linux_*` tag.
    Unknown,
}

/// The operating system and architecture of an interpreter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Linux: the machine as `sysconfig.get_platform()` gives it after `linux-`, underscored (`x86_64`;
    /// a 32-bit interpreter on a 64-bit kernel already mapped as `packaging` does: `i686`, `armv8l`).
    Linux {
        /// The architecture.
        machine: String,
        /// The C library.
        libc: Libc,
        /// Whether an armv7l interpreter is hard-float, as manylinux asks for.
        hard_float: bool,
    },
    /// macOS: version of the system and architecture.
    MacOs {
        /// The major version.
        major: u32,
        /// The minor version.
        minor: u32,
        /// `x86_64` or `arm64` and the older ones.
        machine: String,
    },
    /// Anything else: `sysconfig.get_platform()` with `-` and `.` as `_` (`win_amd64`, `freebsd_14_x86_64`).
    Other(String),
}

/// What the tags of an interpreter depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InterpreterTags {
    /// `cpython`, `pypy`, ... (`sys.implementation.name`).
    pub implementation: String,
    /// Major and minor version of the language.
    pub python: (u32, u32),
    /// The ABI of the interpreter: for CPython `cp312`, `cp313t`, `cp38`, `cp37m`, as `packaging` computes them, best first;
    /// for others from `SOABI`.
    pub abis: Vec<String>,
    /// Whether this is a free-threaded build (no abi3).
    pub free_threaded: bool,
    /// The platform.
    pub platform: Platform,
}

/// The tags an interpreter supports, ordered as `packaging.tags.sys_tags()` (pip's order).
#[derive(Debug, Clone)]
pub struct SupportedTags {/* ordered tags and a map tag -> priority */}

impl SupportedTags {
    /// All tags, best first.
    pub fn new(_interpreter: &InterpreterTags) -> Self {
        todo!()
    }

    /// The rank of the best of `tags` (0 is best), if any is supported.
    pub fn rank(&self, _tags: &[Tag]) -> Option<usize> {
        todo!()
    }

    /// All tags, best first.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        [].iter()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, _formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}
