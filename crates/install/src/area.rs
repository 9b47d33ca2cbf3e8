//! Where a transaction works: `.rpip-transaction` in site-packages, on the file system that will be changed, so that
//! everything becomes visible by renaming. Scheme directories on other file systems get an area of their own.
//!
//! ```text
//! staged/<root>/...   what is to be installed, as it will lie below the root
//! stash/<step>        what was there before, moved away
//! journal             what is being done; renamed to `committed` when it is done
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use distribution::Sha256;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::InstallError;
use crate::roots::{Place, Root, Roots};

/// The name of the directory; no distribution may install anything below it.
pub(crate) const AREA: &str = ".rpip-transaction";

/// Directories deeper than this are left to the standard library.
const DEEPEST: usize = 64;

/// Which root's area serves which root: roots of one file system share that of the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Areas {
    hosts: [Root; 5],
}

impl Areas {
    /// Finds out which roots lie on one file system.
    pub(crate) fn of(roots: &Roots) -> Self {
        let devices = Root::ALL.map(|root| device(roots.path(root)));
        let hosts = Root::ALL.map(|root| {
            let own = devices.get(root.index());
            let first = Root::ALL.into_iter().find(|other| devices.get(other.index()) == own);
            roots.standing_for(first.unwrap_or(root))
        });
        Self { hosts }
    }

    /// As a journal remembers it.
    pub(crate) fn from_hosts(hosts: [Root; 5]) -> Self {
        Self { hosts }
    }

    /// The root in whose directory things of `root` are staged.
    pub(crate) fn host(&self, root: Root) -> Root {
        self.hosts.get(root.index()).copied().unwrap_or(root)
    }

    /// All hosts, the main one (purelib's) last.
    pub(crate) fn hosts(&self) -> Vec<Root> {
        let mut hosts = self.hosts.to_vec();
        hosts.sort_unstable_by(|one, other| other.cmp(one));
        hosts.dedup();
        hosts
    }

    /// The directory in which things of `root` are staged and stashed.
    pub(crate) fn path(&self, roots: &Roots, root: Root) -> PathBuf {
        match self.host(root) {
            Root::Purelib => main_area(roots),
            // Several environments may share, say, a directory of scripts: their areas there are kept apart.
            host => {
                let purelib = roots.path(Root::Purelib).as_os_str().as_encoded_bytes();
                let digest = Sha256::of(purelib).to_string();
                roots.path(host).join(format!("{AREA}-{}", digest.get(..16).unwrap_or_default()))
            }
        }
    }

    /// Where what goes to `root` is staged.
    pub(crate) fn staged_root(&self, roots: &Roots, root: Root) -> PathBuf {
        self.path(roots, root).join("staged").join(root.index().to_string())
    }

    /// Where `place` is staged.
    pub(crate) fn staged(&self, roots: &Roots, place: &Place) -> PathBuf {
        self.staged_root(roots, place.root).join(&place.path)
    }

    /// Where the step with this number stashes what stood at `place`.
    pub(crate) fn stashed(&self, roots: &Roots, place: &Place, step: usize) -> PathBuf {
        self.path(roots, place.root).join("stash").join(step.to_string())
    }
}

/// The area that holds the journal.
pub(crate) fn main_area(roots: &Roots) -> PathBuf {
    roots.path(Root::Purelib).join(AREA)
}

/// Makes an area with its directories; only this user may look into it.
pub(crate) fn create(area: &Path) -> Result<(), InstallError> {
    let make = |path: &Path, private: bool| match create_directory(path, private) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(InstallError::creating(path)(error))
        }
        _ => Ok(()),
    };
    make(area, true)?;
    make(&area.join("staged"), false)?;
    make(&area.join("stash"), false)
}

/// Why nothing can be done at `path`: what is told of is the directory that it was to lie in.
fn unusable(path: &Path, source: io::Error) -> InstallError {
    let directory = path.parent().unwrap_or(path).to_path_buf();
    match source.kind() {
        io::ErrorKind::PermissionDenied => InstallError::NotWritable { directory, source },
        _ if directory.is_dir() => InstallError::io("cannot read", path)(source),
        _ => InstallError::InTheWay { path: directory, reason: "it is not a directory" },
    }
}

/// Whether an area is there. What stands in its place and is no directory of ours (a symbolic link, above all) is
/// neither followed nor removed: an error.
pub(crate) fn is_there(area: &Path) -> Result<bool, InstallError> {
    for path in [area.to_path_buf(), area.join("stash"), area.join("staged")] {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                let reason = "it is not the directory that rpip makes";
                return Err(InstallError::InTheWay { path, reason });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && path == *area => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(unusable(&path, source)),
        }
    }
    Ok(true)
}

/// Removes an area: what it holds, then the marks that say what it is. It may be half gone already.
pub(crate) fn remove(area: &Path) -> Result<(), InstallError> {
    if !is_there(area)? {
        return Ok(());
    }
    for name in ["stash", "staged"] {
        let path = area.join(name);
        ignore_missing(remove_tree(&path, 0)).map_err(InstallError::io("cannot remove", &path))?;
    }
    ignore_missing(fs::remove_dir_all(area)).map_err(InstallError::io("cannot remove", area))
}

/// Removes a directory with everything in it, subdirectories in parallel where there are several: what is removed has
/// as many files as what is installed, and takes longer.
fn remove_tree(path: &Path, depth: usize) -> io::Result<()> {
    if depth >= DEEPEST {
        return fs::remove_dir_all(path);
    }
    let mut directories = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            directories.push(entry.path());
        } else {
            ignore_missing(fs::remove_file(entry.path()))?;
        }
    }
    if let [directory] = directories.as_slice() {
        remove_tree(directory, depth + 1)?;
    } else {
        directories.par_iter().try_for_each(|directory| remove_tree(directory, depth + 1))?;
    }
    fs::remove_dir(path)
}

/// That a file is not there is no error to who removes it.
pub(crate) fn ignore_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(unix)]
fn create_directory(path: &Path, private: bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mode = if private { 0o700 } else { 0o777 };
    fs::DirBuilder::new().mode(mode).create(path)
}

#[cfg(not(unix))]
fn create_directory(path: &Path, _private: bool) -> io::Result<()> {
    fs::create_dir(path)
}

/// The file system of a directory, or of the one it will be made in.
#[cfg(unix)]
fn device(path: &Path) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    path.ancestors().find_map(|ancestor| Some(fs::metadata(ancestor).ok()?.dev()))
}

#[cfg(not(unix))]
fn device(path: &Path) -> Option<std::ffi::OsString> {
    path.components().next().map(|prefix| prefix.as_os_str().to_ascii_lowercase())
}
