//! `pylock.toml`, the lock file of PEP 751, as PyPA `packaging.pylock` and pip understand it.

mod filename;
mod place;
mod reading;
mod selection;
mod writing;

use requirement::{Marker, ProjectName, SpecifierSet, Version, python_repr};
use toml::Table;
use toml::value::Datetime;

use crate::Artifact;

pub use filename::is_pylock_filename;
pub use place::{LockedPlace, UnusablePlace};
pub use selection::{LockTarget, LockedChoice, PylockSelectionError, PylockSelectionProblem};

/// A lock file that cannot be used, in pip's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Invalid pylock file {}: {problem}", python_repr(file))]
pub struct InvalidPylock {
    /// The file, as the caller named it.
    pub file: String,
    /// The package that is wrong, if it is one, and has a name.
    pub package: Option<String>,
    /// What is wrong.
    pub problem: PylockProblem,
}

/// What is wrong with a lock file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PylockProblem {
    /// It is not TOML.
    #[error("{0}")]
    Syntax(String),
    /// A value is not what the specification asks for.
    #[error("{reason}{}", if field.is_empty() { String::new() } else { format!(" in {}", python_repr(field)) })]
    Value {
        /// What is wrong.
        reason: String,
        /// The field, as `packages[0].wheels[1].hashes`.
        field: String,
    },
    /// It is of a version of the format that is not known.
    #[error("pylock version {0} is not supported")]
    Version(Version),
}

/// A lock file. What is not there is none, also where an empty list would mean the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Pylock {
    /// `lock-version`.
    pub lock_version: Version,
    /// `environments`: one of them must hold.
    pub environments: Option<Vec<Marker>>,
    /// `requires-python`.
    pub requires_python: Option<SpecifierSet>,
    /// `extras`, normalised.
    pub extras: Option<Vec<String>>,
    /// `dependency-groups`, as written.
    pub dependency_groups: Option<Vec<String>>,
    /// `default-groups`, as written.
    pub default_groups: Option<Vec<String>>,
    /// `created-by`.
    pub created_by: String,
    /// `packages`.
    pub packages: Vec<LockedPackage>,
    /// `tool`.
    pub tool: Option<Table>,
}

/// One of `packages`. Where it comes from is either one of `vcs`, `directory` and `archive`, or
/// `sdist` and `wheels`; a parsed lock file is checked for it.
#[derive(Debug, Clone, PartialEq)]
pub struct LockedPackage {
    /// `name`, normalised.
    pub name: ProjectName,
    /// `version`.
    pub version: Option<Version>,
    /// `marker`.
    pub marker: Option<Marker>,
    /// `requires-python`.
    pub requires_python: Option<SpecifierSet>,
    /// `dependencies`: for information only.
    pub dependencies: Option<Vec<Table>>,
    /// `vcs`.
    pub vcs: Option<LockedVcs>,
    /// `directory`.
    pub directory: Option<LockedDirectory>,
    /// `archive`.
    pub archive: Option<LockedArchive>,
    /// `index`.
    pub index: Option<String>,
    /// `sdist`.
    pub sdist: Option<LockedFile>,
    /// `wheels`.
    pub wheels: Option<Vec<LockedFile>>,
    /// `attestation-identities`.
    pub attestation_identities: Option<Vec<Table>>,
    /// `tool`.
    pub tool: Option<Table>,
}

/// A checkout. URL or path is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedVcs {
    /// `type`: `git`, `hg`, `svn`, `bzr`.
    pub kind: String,
    /// `url`.
    pub url: Option<String>,
    /// `path`, which counts before the URL.
    pub path: Option<String>,
    /// `requested-revision`.
    pub requested_revision: Option<String>,
    /// `commit-id`.
    pub commit_id: String,
    /// `subdirectory`.
    pub subdirectory: Option<String>,
}

/// A directory beside the lock file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedDirectory {
    /// `path`.
    pub path: String,
    /// `editable`.
    pub editable: Option<bool>,
    /// `subdirectory`.
    pub subdirectory: Option<String>,
}

/// An archive that is not of an index. URL or path is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedArchive {
    /// `url`.
    pub url: Option<String>,
    /// `path`, which counts before the URL.
    pub path: Option<String>,
    /// `size` in bytes.
    pub size: Option<u64>,
    /// `upload-time`.
    pub upload_time: Option<Datetime>,
    /// `hashes`: `(algorithm, hex)`, at least one.
    pub hashes: Vec<(String, String)>,
    /// `subdirectory`.
    pub subdirectory: Option<String>,
}

/// A wheel or a source distribution. URL or path is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedFile {
    /// `name`; see [`LockedFile::filename`].
    pub name: Option<String>,
    /// `upload-time`.
    pub upload_time: Option<Datetime>,
    /// `url`.
    pub url: Option<String>,
    /// `path`, which counts before the URL.
    pub path: Option<String>,
    /// `size` in bytes.
    pub size: Option<u64>,
    /// `hashes`: `(algorithm, hex)`, at least one.
    pub hashes: Vec<(String, String)>,
}

impl Pylock {
    /// A lock file of version 1.0 that says nothing but `packages`, sorted by name.
    pub fn of_packages(created_by: &str, mut packages: Vec<LockedPackage>) -> Self {
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            lock_version: Version::of_release(&[1, 0]),
            environments: None,
            requires_python: None,
            extras: None,
            dependency_groups: None,
            default_groups: None,
            created_by: created_by.to_owned(),
            packages,
            tool: None,
        }
    }

    /// What a person should know of a lock file of a later minor version, as pip words it.
    pub fn warning(&self) -> Option<String> {
        (self.lock_version > Version::of_release(&[1, 0]))
            .then(|| format!("pylock minor version {} is not supported", self.lock_version))
    }
}

impl LockedFile {
    /// All that an index says of a file.
    pub fn of(artifact: &Artifact) -> Self {
        let hashes = artifact.hashes.iter();
        Self {
            name: Some(artifact.filename.to_string()),
            upload_time: artifact.upload_time.as_deref().and_then(|time| time.parse().ok()),
            url: Some(artifact.url.to_string()),
            path: None,
            size: artifact.size,
            hashes: hashes.map(|hash| (hash.algorithm.to_string(), hash.hex.to_string())).collect(),
        }
    }
}

impl LockedPackage {
    /// A package of which nothing but the name is said.
    pub fn new(name: ProjectName) -> Self {
        Self {
            name,
            version: None,
            marker: None,
            requires_python: None,
            dependencies: None,
            vcs: None,
            directory: None,
            archive: None,
            index: None,
            sdist: None,
            wheels: None,
            attestation_identities: None,
            tool: None,
        }
    }

    /// Whether it comes from a checkout, a directory or an archive, and not from an index.
    pub fn is_direct(&self) -> bool {
        self.sdist.is_none() && self.wheels.as_ref().is_none_or(Vec::is_empty)
    }
}
