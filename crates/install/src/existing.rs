//! The rules of `--target`: what stands in the directory already.
//!
//! pip installs into a temporary directory, and moves what lies at its top one by one: what exists stays, or is replaced
//! with `--upgrade`. So a distribution may be left half old and half new. rpip decides on whole distributions, and
//! directories that many share (`bin`, `__pycache__`, those of `.data/data`, namespace packages) are merged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cache::WheelRoot;
use requirement::ProjectName;

use crate::InstallError;
use crate::InstalledDistribution;
use crate::reading;
use crate::roots::{Place, Root, Roots};
use crate::staged_wheel::StagedWheel;

/// What happens to what stands in the way of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExistingPolicy {
    /// Files are replaced, directories merged: an environment.
    #[default]
    Merge,
    /// `--target`: it stays, and the distribution is left out ([`LeftOut`]).
    Keep,
    /// `--target --upgrade`: what stands in the directory of the same projects is removed, by its RECORD; then what
    /// is nobody's is replaced. A symbolic link is not: its distribution is left out.
    Replace,
}

/// Something in a `--target` directory because of which a distribution is left out; shown as pip's warning.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExistingEntry {
    /// It exists, and nobody said `--upgrade`.
    Kept(PathBuf),
    /// A symbolic link, which is never replaced.
    Link(PathBuf),
}

impl fmt::Display for ExistingEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(path) => write!(
                formatter,
                "Target directory {} already exists. Specify --upgrade to force replacement.",
                path.display()
            ),
            Self::Link(path) => write!(
                formatter,
                "Target directory {} already exists and is a link. pip will not automatically replace links, \
                 please remove if replacement is desired.",
                path.display()
            ),
        }
    }
}

/// A distribution that was not installed because of what stands in the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The project, as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// What stands there.
    pub entries: Vec<ExistingEntry>,
}

/// What stands in a `--target` directory, looked at under its lock.
#[derive(Debug, Default)]
pub(crate) struct Existing {
    policy: ExistingPolicy,
    distributions: OnceLock<Vec<InstalledDistribution>>,
}

/// What a wheel has at one name in the directory.
#[derive(Debug, Default)]
struct Entry {
    /// Whether all of it comes from `.data/data`.
    is_data: bool,
    /// Its files, by their paths below the directory.
    files: Vec<String>,
}

impl Existing {
    pub(crate) fn new(policy: ExistingPolicy) -> Self {
        Self { policy, distributions: OnceLock::new() }
    }

    /// Whether what is nobody's is replaced.
    pub(crate) fn replaces(&self) -> bool {
        self.policy == ExistingPolicy::Replace
    }

    /// All distributions in the directory, also several of one project.
    pub(crate) fn distributions(&self, roots: &Roots) -> &[InstalledDistribution] {
        self.distributions.get_or_init(|| reading::all_in(roots.literal(Root::Purelib)))
    }

    /// Why a wheel is left out; nothing if it is not.
    pub(crate) fn obstacles(
        &self,
        roots: &Roots,
        wheel: &StagedWheel,
    ) -> Result<Vec<ExistingEntry>, InstallError> {
        if self.policy == ExistingPolicy::Merge {
            return Ok(Vec::new());
        }
        let directory = roots.literal(Root::Purelib);
        let mut found = Vec::new();
        for (name, entry) in &entries(roots, wheel) {
            let path = directory.join(name);
            let metadata = match path.symlink_metadata() {
                Ok(metadata) => metadata,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(InstallError::io("cannot read", &path)(source)),
            };
            match self.policy {
                ExistingPolicy::Replace if metadata.is_symlink() => found.push(ExistingEntry::Link(path)),
                ExistingPolicy::Keep if !(metadata.is_dir() && entry.merges(name, directory, roots)) => {
                    found.push(ExistingEntry::Kept(path));
                }
                _ => {}
            }
        }
        if found.is_empty() && self.policy == ExistingPolicy::Keep {
            // A version of the project that has all its files at other names.
            let name = wheel.project();
            let same = self.distributions(roots).iter().filter(|other| Some(&other.name) == name.as_ref());
            found.extend(same.map(|other| ExistingEntry::Kept(other.info.clone())));
        }
        Ok(found)
    }

    /// With [`ExistingPolicy::Replace`]: what stands in the directory of these projects.
    pub(crate) fn replaced(
        &self,
        roots: &Roots,
        projects: &BTreeSet<ProjectName>,
    ) -> impl Iterator<Item = &InstalledDistribution> {
        let all = if self.replaces() { self.distributions(roots) } else { &[] };
        all.iter().filter(move |distribution| projects.contains(&distribution.name))
    }
}

impl Entry {
    /// Whether the entry, a directory, may be merged with the one that stands there: it is one that distributions share,
    /// and none of its files is there.
    fn merges(&self, name: &str, directory: &Path, roots: &Roots) -> bool {
        let is_shared = name == "__pycache__"
            || self.is_data
            || roots.holds_root(&Place::new(Root::Purelib, name))
            || self.is_namespace(name, directory);
        is_shared
            && self.files.iter().all(|file| {
                // The file itself would be the entry.
                file != name && directory.join(file).symlink_metadata().is_err()
            })
    }

    /// Whether neither side has an `__init__` in it (PEP 420).
    fn is_namespace(&self, name: &str, directory: &Path) -> bool {
        let is_init = |file: &str| file.starts_with("__init__.");
        let ours = self.files.iter().filter_map(|file| file.strip_prefix(name)?.strip_prefix('/'));
        let mut theirs = fs::read_dir(directory.join(name)).into_iter().flatten().flatten();
        !name.ends_with(".dist-info")
            && !ours.into_iter().any(is_init)
            && !theirs.any(|entry| is_init(&entry.file_name().to_string_lossy()))
    }
}

/// What a wheel will have in the directory, by the names there. Bytecode counts for nothing.
fn entries(roots: &Roots, wheel: &StagedWheel) -> BTreeMap<String, Entry> {
    let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
    let mut add = |place: &Place, is_data: bool| {
        let path = roots.below_purelib(place);
        let name = path.split('/').next().unwrap_or_default().to_owned();
        let entry = entries.entry(name).or_insert_with(|| Entry { is_data, files: Vec::new() });
        entry.is_data &= is_data;
        entry.files.push(path);
    };
    for generated in &wheel.generated {
        add(&generated.place, false);
    }
    for file in wheel.linked() {
        add(&wheel.place(roots, file), file.root == WheelRoot::Data);
    }
    entries
}
