//! What uninstalling a distribution removes (pip's `req_uninstall.py`): the files of its RECORD (PEP 376, 627) or
//! installed-files.txt that lie in the environment, its scripts, and the bytecode of its modules. Nothing else: what is
//! listed and lies outside is reported and left.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use distribution::script_name_problem;
use python::{Environment, Scheme};

use crate::eggs;
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
    /// A `.pth` file, and the lines that leave it: they mean the same, and the first that is there goes.
    pub(crate) path_entries: Option<(Place, Vec<String>)>,
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

    /// The same for what is about to be replaced: where nobody knows its files, its metadata alone.
    pub fn plan_replacement(
        environment: &Environment,
        distribution: &InstalledDistribution,
    ) -> Result<Self, InstallError> {
        Self::as_far_as_known(&Roots::new(&environment.scheme), distribution)
    }

    /// Whether `distribution` lies outside the environment's own directories (a system package that a virtual
    /// environment sees): [`Removal::plan`] refuses it, and who installs over it leaves it where it is. Cheap.
    pub fn is_outside(environment: &Environment, distribution: &InstalledDistribution) -> bool {
        Self::is_outside_scheme(&environment.scheme, distribution)
    }

    pub(crate) fn is_outside_scheme(scheme: &Scheme, distribution: &InstalledDistribution) -> bool {
        let libraries = [scheme.purelib.as_path(), scheme.platlib.as_path()];
        let location = distribution.installed_location();
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
        let location = canonical(distribution.installed_location());
        let Some(library) = roots.library_at(&location) else {
            return Err(InstallError::OutsideEnvironment {
                name: distribution.name.to_string(),
                location,
                environment: roots.path(Root::Data).to_path_buf(),
            });
        };
        let mut removal = Self::of_nothing(distribution);
        match (distribution.kind(), &distribution.egg_link) {
            (_, Some(egg_link)) => removal.add_develop(roots, &location, egg_link),
            (InfoKind::DistInfo, None) => removal.add_record(roots, library)?,
            (InfoKind::EggInfoDirectory, None) => removal.add_egg_info(roots, &location),
            (InfoKind::Egg, None) => removal.add_egg(roots, &location),
            (InfoKind::EggInfoFile, None) => {
                return Err(InstallError::Distutils {
                    name: removal.name_text,
                    version: distribution.version.to_string(),
                });
            }
        }
        removal.add_scripts(roots);
        Ok(removal)
    }

    /// [`Removal::plan_replacement`].
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
            path_entries: None,
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

    /// What a wheel installed.
    fn add_record(&mut self, roots: &Roots, library: Root) -> Result<(), InstallError> {
        match self.distribution.record() {
            Ok(record) => {
                for entry in record.entries {
                    let place = roots.row(library, &entry.path);
                    self.add_place(roots, place, || normalized(roots.path(library), &entry.path));
                }
            }
            Err(error @ InstallError::MissingRecord { .. }) => {
                let files = self.distribution.files().map_err(|_| error)?;
                files.into_iter().for_each(|file| self.add_file(roots, file));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What setuptools installed without RECORD. A directory named after the project alone, without its version, is
    /// the source's, and says nothing of what is installed.
    fn add_egg_info(&mut self, roots: &Roots, location: &Path) {
        let distribution = self.distribution.clone();
        let of_source = format!("{}.egg-info", self.name_text.replace('-', "_"));
        if distribution.info.file_name().is_some_and(|name| name == of_source.as_str()) {
            return;
        }
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
        }
        self.add_tree(roots, &canonical(&distribution.info));
    }

    /// What easy_install installed: a directory, and a line that makes it importable.
    fn add_egg(&mut self, roots: &Roots, library: &Path) {
        let name = self.distribution.location.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let egg = library.join(&name);
        self.add_tree(roots, &egg);
        self.add_path_entries(roots, library, vec![format!("./{name}"), egg.display().to_string()]);
    }

    /// What `setup.py develop` left: a link to the project, which stays, and a line that makes it importable.
    fn add_develop(&mut self, roots: &Roots, library: &Path, egg_link: &Path) {
        if let Some(name) = egg_link.file_name() {
            self.add_file(roots, library.join(name));
        }
        let project = &self.distribution.location;
        let mut entries = vec![project.display().to_string(), canonical(project).display().to_string()];
        entries.dedup();
        self.add_path_entries(roots, library, entries);
    }

    fn add_path_entries(&mut self, roots: &Roots, library: &Path, entries: Vec<String>) {
        if let Some(place) = roots.classify(&library.join(eggs::EASY_INSTALL)) {
            self.path_entries = Some((place, entries));
        }
    }

    /// Scripts that nothing lists: those that distutils copied, and those of entry points.
    fn add_scripts(&mut self, roots: &Roots) {
        let scripts = std::fs::read_dir(self.distribution.info.join("scripts"));
        let mut names: Vec<String> = scripts
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        let entry_points = self.distribution.info_text("entry_points.txt").unwrap_or_default();
        names.extend(eggs::script_names(&entry_points).into_iter().map(str::to_owned));
        for name in names.iter().filter(|name| script_name_problem(name).is_none()) {
            let place = roots.place(Root::Scripts, name);
            if !self.files.contains(&place) && roots.absolute(&place).symlink_metadata().is_ok() {
                self.files.insert(place);
            }
        }
    }

    /// Whether anything of it is there ("Can't uninstall 'x'. No files were found to uninstall.").
    pub fn finds_files(&self, environment: &Environment) -> bool {
        let roots = Roots::new(&environment.scheme);
        let mut places = self.files.iter().chain(&self.trees);
        places.any(|place| roots.absolute(place).symlink_metadata().is_ok())
    }

    /// Everything of it that is there, files and whole directories; the bytecode that nothing lists is not among them.
    pub fn paths(&self, environment: &Environment) -> Vec<PathBuf> {
        let roots = Roots::new(&environment.scheme);
        let paths = self.files.iter().chain(&self.trees).map(|place| roots.absolute(place));
        paths.filter(|path| path.symlink_metadata().is_ok()).collect()
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
        let trees = self.trees.iter().map(|place| roots.absolute(place));
        let trees: BTreeSet<PathBuf> = trees.filter(|path| path.symlink_metadata().is_ok()).collect();
        let is_package = |path: &&PathBuf| {
            let text = path.as_os_str().to_string_lossy();
            text.ends_with("__init__.py") || text.contains(".dist-info")
        };
        let folders = files.iter().filter(is_package).filter_map(|path| path.parent());
        let folders: BTreeSet<PathBuf> = folders.map(Path::to_path_buf).collect();
        let outermost: Vec<&PathBuf> = folders
            .iter()
            .filter(|folder| !folder.ancestors().skip(1).any(|ancestor| folders.contains(ancestor)))
            .collect();
        let is_in_tree = |path: &Path| path.ancestors().skip(1).any(|ancestor| trees.contains(ancestor));
        let is_shown =
            |path: &Path| !is_in_tree(path) && !outermost.iter().any(|folder| path.starts_with(folder));
        let mut removed: Vec<PathBuf> = files.union(&trees).filter(|path| is_shown(path)).cloned().collect();
        let shown = outermost.iter().filter(|folder| !is_in_tree(&folder.join("*")));
        removed.extend(shown.map(|folder| folder.join("*")));
        // As text, like pip: `demo-1.0.dist-info` before `demo`.
        removed.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
        let mut skipped = Vec::new();
        for folder in outermost.iter().filter(|folder| !is_in_tree(&folder.join("*"))) {
            unlisted(folder, &files, &mut skipped);
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
