//! What all wheels of a transaction share while they are staged: the staging directories, what the file systems can do,
//! and the places that more than one wheel wants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use cache::{Cache, CachedWheel, ChangedDistribution, Manifest, ManifestFile};

use crate::area::{self, Areas};
use crate::directory::{Attributes, Directory};
use crate::eggs::without_entry;
use crate::existing::{Existing, ExistingEntry, LeftOut};
use crate::linking::Linker;
use crate::roots::{Place, Root, Roots};
use crate::staged_wheel::StagedWheel;
use crate::uninstall::Removal;
use crate::{Conflict, InstallError, TransactionOptions};

/// The staging directories of one transaction.
#[derive(Debug)]
pub(crate) struct Staging {
    pub(crate) roots: Roots,
    pub(crate) areas: Areas,
    pub(crate) installer: String,
    pub(crate) existing: Existing,
    cache: Cache,
    /// Who files belong to that this process makes.
    user: Option<u32>,
    linkers: [Linker; 5],
    directories: [OnceLock<Directory>; 5],
    /// The mode that the umask leaves to a new directory.
    directory_mode: OnceLock<u32>,
    state: Mutex<State>,
    /// Held while a staging directory is made.
    creating: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    wheels: Vec<Arc<StagedWheel>>,
    contested: BTreeSet<Place>,
    left_out: Vec<LeftOut>,
    /// What is put back as it was before an earlier change.
    restored: Vec<ChangedDistribution>,
    /// Directories of the environment that were made, outer ones first.
    created: Vec<PathBuf>,
}

impl Staging {
    pub(crate) fn new(roots: Roots, cache: &Cache, options: &TransactionOptions) -> Self {
        Self {
            areas: Areas::of(&roots),
            roots,
            installer: options.installer.clone(),
            existing: Existing::new(options.existing),
            cache: cache.clone(),
            user: current_user(),
            linkers: Root::ALL.map(|_| Linker::new(options.link_mode)),
            directories: Default::default(),
            directory_mode: OnceLock::new(),
            state: Mutex::default(),
            creating: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The wheels that were announced.
    pub(crate) fn wheels(&self) -> Vec<Arc<StagedWheel>> {
        self.state().wheels.clone()
    }

    /// Announces a wheel before its files are staged, so that others know of it where they meet.
    pub(crate) fn announce(&self, wheel: StagedWheel) -> Result<Arc<StagedWheel>, InstallError> {
        let mut state = self.state();
        let name = normal_name(&wheel);
        if let Some(other) = state.wheels.iter().find(|other| normal_name(other) == name) {
            return Err(InstallError::Duplicate {
                name,
                first: other.wheel.manifest.version.clone(),
                second: wheel.wheel.manifest.version.clone(),
            });
        }
        let wheel = Arc::new(wheel);
        state.wheels.push(Arc::clone(&wheel));
        Ok(wheel)
    }

    /// Notes that a wheel is not installed because of what stands in the directory.
    pub(crate) fn leave_out(&self, wheel: &StagedWheel, entries: Vec<ExistingEntry>) {
        let manifest = &wheel.wheel.manifest;
        let (name, version) = (manifest.name.clone(), manifest.version.clone());
        self.state().left_out.push(LeftOut { name, version, entries });
    }

    /// The wheels that are not installed, by name.
    pub(crate) fn left_out(&self) -> Vec<LeftOut> {
        let mut left_out = self.state().left_out.clone();
        left_out.sort_by(|one, other| one.name.cmp(&other.name));
        left_out
    }

    /// Notes what is put back.
    pub(crate) fn note_restored(&self, restored: &[ChangedDistribution]) {
        self.state().restored.extend_from_slice(restored);
    }

    /// What is put back.
    pub(crate) fn restored(&self) -> Vec<ChangedDistribution> {
        self.state().restored.clone()
    }

    /// How files are placed on the file system of a root.
    pub(crate) fn linker(&self, root: Root) -> &Linker {
        let host = self.areas.host(root).index();
        self.linkers.get(host).unwrap_or(&self.linkers[0])
    }

    /// The staging directory of a root, made when it is first asked for.
    pub(crate) fn directory(&self, root: Root) -> Result<&Directory, InstallError> {
        let cell = self.directories.get(root.index()).unwrap_or(&self.directories[0]);
        if let Some(directory) = cell.get() {
            return Ok(directory);
        }
        let _guard = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(directory) = cell.get() {
            return Ok(directory);
        }
        self.create_area(root)?;
        let path = self.areas.staged_root(&self.roots, root);
        fs::create_dir(&path).map_err(InstallError::io("cannot create", &path))?;
        let directory = Directory::open(&path).map_err(InstallError::io("cannot open", &path))?;
        self.directory_mode.get_or_init(|| directory_mode(&path));
        Ok(cell.get_or_init(|| directory))
    }

    /// Makes the area that serves a root, and the main one.
    pub(crate) fn create_area(&self, root: Root) -> Result<(), InstallError> {
        for host in [Root::Purelib, self.areas.host(root)] {
            let created = self.roots.create(host)?;
            self.state().created.extend(created);
            area::create(&self.areas.path(&self.roots, host))?;
        }
        Ok(())
    }

    /// Makes the directory of a root that something is to be moved into.
    pub(crate) fn create_root(&self, root: Root) -> Result<(), InstallError> {
        let created = self.roots.create(root)?;
        self.state().created.extend(created);
        Ok(())
    }

    /// Stages `.pth` files without the lines of what is removed. Gives warnings of those that are not there.
    pub(crate) fn edit_path_files(&self, removals: &[Removal]) -> Result<Vec<String>, InstallError> {
        let mut edited: BTreeMap<&Place, Vec<u8>> = BTreeMap::new();
        let mut warnings = Vec::new();
        for (place, entries) in removals.iter().filter_map(|removal| removal.path_entries.as_ref()) {
            let path = self.roots.absolute(place);
            let content = match edited.get(place) {
                Some(content) => content.clone(),
                None if path.is_file() => fs::read(&path).map_err(InstallError::io("cannot read", &path))?,
                None => {
                    let warning = format!("Cannot remove entries from nonexistent file {}", path.display());
                    warnings.push(warning);
                    continue;
                }
            };
            if let Some(rest) = entries.iter().find_map(|entry| without_entry(&content, entry)) {
                edited.insert(place, rest);
            }
        }
        for (place, content) in edited {
            let (directory, path) = (self.directory(place.root)?, self.roots.absolute(place));
            let staged = directory.path().join(&place.path);
            let permissions = fs::metadata(&path).map(|metadata| metadata.permissions());
            directory
                .create_file(&place.path, false)
                .and_then(|mut file| {
                    file.write_all(&content)?;
                    file.set_permissions(permissions?)
                })
                .map_err(InstallError::io("cannot write", &staged))?;
        }
        Ok(warnings)
    }

    /// Removes the areas, and those directories that were made for this transaction and are empty.
    pub(crate) fn remove(&self) -> Result<(), InstallError> {
        let mut result = Ok(());
        for host in self.areas.hosts() {
            result = result.and(area::remove(&self.areas.path(&self.roots, host)));
        }
        for path in self.state().created.iter().rev() {
            // What holds something by now stays.
            let _ = fs::remove_dir(path);
        }
        result
    }

    /// Whether files of a wheel have another mode in the cache than they are to have here (another umask).
    pub(crate) fn must_copy(&self, manifest: &Manifest) -> bool {
        self.directory_mode.get().is_some_and(|mode| {
            mode & 0o666 != manifest.file_mode || mode & 0o777 != manifest.executable_mode
        })
    }

    /// Compares a file of the cache with what its manifest says, without reading it: one `stat`. Hard links lead from
    /// environments into the cache, so somebody may have changed it there. True where another environment has given it
    /// another owner or mode: then it is not to be shared.
    pub(crate) fn check_attributes(
        &self,
        wheel: &CachedWheel,
        file: &ManifestFile,
        directory: &Directory,
        name: &str,
    ) -> Result<bool, InstallError> {
        let expected = Attributes {
            is_file: true,
            size: file.size,
            modified: (wheel.manifest.modified, 0),
            mode: cfg!(unix).then(|| wheel.manifest.mode(file)),
            owner: self.user,
        };
        let found = directory.attributes(name).ok();
        if found == Some(expected) {
            return Ok(false);
        }
        let is_only_reassigned = found.is_some_and(|found| {
            Attributes { mode: expected.mode, owner: expected.owner, ..found } == expected
        });
        if is_only_reassigned {
            self.cache.verify_content(wheel, file)?;
            return Ok(true);
        }
        self.cache.verify_file(wheel, file)?;
        Ok(false)
    }

    /// The same for a file that is about to be read: its content is compared.
    pub(crate) fn check_file(&self, wheel: &CachedWheel, file: &ManifestFile) -> Result<(), InstallError> {
        Ok(self.cache.verify_file(wheel, file)?)
    }

    /// `wheel` found another file at `place`. The place is noted, and of all wheels that want it the last by name gets
    /// it, in whatever order they are staged: if that is this one, `replace` is called.
    pub(crate) fn contest(
        &self,
        wheel: &StagedWheel,
        place: &Place,
        replace: impl FnOnce() -> Result<(), InstallError>,
    ) -> Result<(), InstallError> {
        if wheel.contents(&self.roots, place).len() > 1 {
            return Err(InstallError::Forbidden {
                wheel: wheel.wheel.manifest.filename.clone(),
                path: place.path.clone(),
                reason: "the wheel holds two different files for this place".to_owned(),
            });
        }
        let mut state = self.state();
        state.contested.insert(place.clone());
        let rank = rank(wheel);
        let others = state.wheels.iter().filter(|other| self::rank(other) > rank);
        if others.into_iter().any(|other| !other.contents(&self.roots, place).is_empty()) {
            return Ok(());
        }
        replace()
    }

    /// The places that several wheels want with different content.
    pub(crate) fn conflicts(&self) -> Vec<Conflict> {
        let state = self.state();
        let mut conflicts = Vec::new();
        for place in &state.contested {
            let mut wheels: Vec<&Arc<StagedWheel>> =
                state.wheels.iter().filter(|wheel| !wheel.contents(&self.roots, place).is_empty()).collect();
            wheels.sort_by_key(|wheel| rank(wheel));
            let contents: BTreeSet<_> =
                wheels.iter().flat_map(|wheel| wheel.contents(&self.roots, place)).collect();
            if contents.len() > 1 {
                conflicts.push(Conflict {
                    path: self.roots.absolute(place),
                    distributions: wheels.iter().map(|wheel| wheel.title()).collect(),
                    installed: None,
                });
            }
        }
        conflicts
    }

    /// The wheel whose file is staged at `place`.
    pub(crate) fn owner(&self, place: &Place) -> Option<Arc<StagedWheel>> {
        let state = self.state();
        let owners = state.wheels.iter().filter(|wheel| !wheel.contents(&self.roots, place).is_empty());
        owners.max_by_key(|wheel| rank(wheel)).cloned()
    }
}

/// The wheel of the highest rank has its file installed where several want one.
fn rank(wheel: &StagedWheel) -> (usize, String) {
    (wheel.position, normal_name(wheel))
}

fn normal_name(wheel: &StagedWheel) -> String {
    wheel.project().map_or_else(|| wheel.wheel.manifest.name.clone(), |name| name.to_string())
}

#[cfg(unix)]
fn current_user() -> Option<u32> {
    Some(rustix::process::geteuid().as_raw())
}

#[cfg(not(unix))]
fn current_user() -> Option<u32> {
    None
}

#[cfg(unix)]
fn directory_mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).map_or(0o755, |metadata| metadata.mode() & 0o777)
}

#[cfg(not(unix))]
fn directory_mode(_path: &Path) -> u32 {
    0o755
}
