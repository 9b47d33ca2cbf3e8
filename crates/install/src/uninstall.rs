//! What uninstalling a distribution removes: the files of its RECORD (PEP 376, 627) or installed-files.txt that lie in the
//! environment, and the bytecode of its modules. Nothing else: what is listed and lies outside is reported and left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use python::{Environment, Scheme};

use crate::installed::InfoKind;
use crate::paths::{canonical, normalized};
use crate::roots::{Place, Root, Roots};
use crate::{InstallError, InstalledDistribution};

/// What the removal of one distribution comes to.
#[derive(Debug, Clone)]
pub struct Removal {
    /// The distribution.
    pub distribution: InstalledDistribution,
    /// The name as its metadata spells it.
    pub name_text: String,
    /// What is listed and will be left, with the reason.
    pub left: Vec<(PathBuf, String)>,
    /// Files that are listed.
    pub(crate) files: BTreeSet<Place>,
    /// Directories that are listed as wholes (setuptools' top_level.txt, `.egg-info`).
    pub(crate) trees: BTreeSet<Place>,
}

impl Removal {
    /// Reads what `distribution` lists. An error where nobody knows its files (no RECORD, distutils) or where it lies
    /// outside the environment's own directories.
    pub fn plan(
        environment: &Environment,
        distribution: &InstalledDistribution,
    ) -> Result<Self, InstallError> {
        Self::with_roots(&Roots::new(&environment.scheme), distribution)
    }

    /// Whether `distribution` lies outside the environment's own directories (a system package that a virtual
    /// environment sees): [`Removal::plan`] refuses it, and who installs over it leaves it where it is. Cheap.
    pub fn is_outside(environment: &Environment, distribution: &InstalledDistribution) -> bool {
        Self::is_outside_scheme(&environment.scheme, distribution)
    }

    pub(crate) fn is_outside_scheme(scheme: &Scheme, distribution: &InstalledDistribution) -> bool {
        let libraries = [&scheme.purelib, &scheme.platlib];
        let location = &distribution.location;
        if libraries.contains(&location) {
            return false;
        }
        let location = canonical(location);
        !libraries.into_iter().any(|library| canonical(library) == location)
    }

    pub(crate) fn with_roots(
        roots: &Roots,
        distribution: &InstalledDistribution,
    ) -> Result<Self, InstallError> {
        let location = canonical(&distribution.location);
        let Some(library) = roots.library_at(&location) else {
            return Err(InstallError::OutsideEnvironment {
                name: distribution.name.to_string(),
                location,
                environment: roots.path(Root::Data).to_path_buf(),
            });
        };
        let mut removal = Self::of_nothing(distribution);
        match distribution.kind() {
            InfoKind::DistInfo => {
                for entry in distribution.record()?.entries {
                    let place = roots.row(library, &entry.path);
                    removal.add_place(roots, place, || normalized(&location, &entry.path));
                }
            }
            InfoKind::EggInfoDirectory => removal.add_egg_info(roots, &location)?,
            InfoKind::EggInfoFile => {
                return Err(InstallError::Distutils {
                    name: removal.name_text,
                    version: distribution.version.to_string(),
                });
            }
        }
        Ok(removal)
    }

    /// The same for what another version is about to replace: where nobody knows its files, its metadata alone.
    pub(crate) fn as_far_as_known(
        roots: &Roots,
        distribution: &InstalledDistribution,
    ) -> Result<Self, InstallError> {
        match Self::with_roots(roots, distribution) {
            Err(
                InstallError::MissingRecord { .. }
                | InstallError::Record { .. }
                | InstallError::Distutils { .. },
            ) => {
                let mut removal = Self::of_nothing(distribution);
                removal.add_tree(roots, &canonical(&distribution.info));
                removal.add_file(roots, canonical(&distribution.info));
                Ok(removal)
            }
            result => result,
        }
    }

    fn of_nothing(distribution: &InstalledDistribution) -> Self {
        Self {
            distribution: distribution.clone(),
            name_text: distribution.name_text(),
            left: Vec::new(),
            files: BTreeSet::new(),
            trees: BTreeSet::new(),
        }
    }

    fn add_file(&mut self, roots: &Roots, path: PathBuf) {
        self.add_place(roots, roots.classify(&path), || path);
    }

    fn add_place(&mut self, roots: &Roots, place: Option<Place>, path: impl FnOnce() -> PathBuf) {
        match place {
            Some(place) if !roots.holds_root(&place) => _ = self.files.insert(place),
            _ => self.left.push((path(), "it lies outside the environment".to_owned())),
        }
    }

    fn add_tree(&mut self, roots: &Roots, path: &Path) {
        if let Some(place) = roots.classify(path).filter(|place| !roots.holds_root(place)) {
            self.trees.insert(place);
        }
    }

    /// What setuptools installed without RECORD.
    fn add_egg_info(&mut self, roots: &Roots, location: &Path) -> Result<(), InstallError> {
        let distribution = self.distribution.clone();
        if let Ok(files) = distribution.files() {
            for file in files {
                self.add_file(roots, file);
            }
        } else if let Some(top_level) = distribution.info_text("top_level.txt") {
            let namespaces = distribution.info_text("namespace_packages.txt").unwrap_or_default();
            for package in top_level.lines().map(str::trim).filter(|line| !line.is_empty()) {
                if namespaces.lines().any(|namespace| namespace.trim() == package) {
                    continue;
                }
                let path = normalized(location, package);
                self.add_tree(roots, &path);
                for suffix in [".py", ".pyc", ".pyo"] {
                    self.add_file(roots, normalized(location, &format!("{package}{suffix}")));
                }
            }
        } else {
            return Err(distribution.missing_record());
        }
        self.add_tree(roots, &canonical(&distribution.info));
        Ok(())
    }

    /// What `uninstall` shows before it asks: what would be removed (a package as `directory/*`), and what lies
    /// beside it and would not be (perhaps added by hand). Sorted.
    pub fn listing(&self, environment: &Environment) -> (Vec<PathBuf>, Vec<PathBuf>) {
        self.listing_in(&Roots::new(&environment.scheme))
    }

    pub(crate) fn listing_in(&self, roots: &Roots) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let files: BTreeSet<PathBuf> = self
            .files
            .iter()
            .map(|place| roots.absolute(place))
            .filter(|path| path.extension().is_none_or(|extension| extension != "pyc"))
            .filter(|path| path.symlink_metadata().is_ok())
            .collect();
        let trees = self.trees.iter().map(|place| roots.absolute(place)).filter(|path| path.is_dir());
        let packages = files.iter().filter(|path| {
            path.ends_with("__init__.py")
                || path.components().any(|part| part.as_os_str().to_string_lossy().ends_with(".dist-info"))
        });
        let folders: BTreeSet<PathBuf> =
            packages.filter_map(|path| path.parent().map(Path::to_path_buf)).chain(trees.clone()).collect();
        let outermost: Vec<&PathBuf> = folders
            .iter()
            .filter(|folder| !folder.ancestors().skip(1).any(|ancestor| folders.contains(ancestor)))
            .collect();
        let inside = |path: &Path| outermost.iter().any(|folder| path.starts_with(folder));
        let mut removed: Vec<PathBuf> = files.iter().filter(|path| !inside(path)).cloned().collect();
        removed.extend(outermost.iter().map(|folder| folder.join("*")));
        // As text, like pip: `demo-1.0.dist-info` before `demo`.
        removed.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        let whole: Vec<PathBuf> = trees.collect();
        let mut skipped = Vec::new();
        for folder in &outermost {
            if !whole.contains(folder) {
                unlisted(folder, &files, &mut skipped);
            }
        }
        skipped.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        (removed, skipped)
    }
}

/// Files below `folder` that are not in `files`; bytecode does not count.
fn unlisted(folder: &Path, files: &BTreeSet<PathBuf>, found: &mut Vec<PathBuf>) {
    let mut open = vec![folder.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                Ok(_) if path.extension().is_some_and(|extension| extension == "pyc") => {}
                Ok(_) if path.is_file() && !files.contains(&path) => found.push(path),
                _ => {}
            }
        }
    }
}
