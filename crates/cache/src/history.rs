//! What was changed in environments, and what was there before: for `history` and `undo`.
//!
//! ```text
//! history-v1/<environment>/<number>         a record: when, by what command, what came and went
//! history-v1/<environment>/<number>.files/  what was taken out of the environment, as it was
//! history-v1/<environment>/environment      a symbolic link to the environment
//! history-v1/<environment>/gone             since when that leads nowhere, if it does
//! ```
//!
//! An environment is known by the SHA-256 of its path, as its lock is. What leaves an environment is moved here by one rename
//! where both lie on one file system, which costs less than removing it; else it is copied. The oldest changes go when there
//! are many, those of an earlier environment at the same path with the first change of the new one, and what is left of
//! environments that are gone is found bit by bit. Records are written under the environment's lock.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use distribution::Sha256;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::layout::{checked_length, create_parent, with_trailer};
use crate::{Cache, CacheError};

/// The directory; the version is that of [`ChangeRecord`].
const HISTORY: &str = "history-v1";
/// So many changes of an environment are kept.
const LONGEST: usize = 30;
/// The link by which it is seen whether the environment is still there.
const LINK: &str = "environment";
/// The file whose time says since when the environment has been missed.
const GONE: &str = "gone";
/// So long what is gone may come back: a disk that is not mounted, a directory that was moved.
const ABSENCE: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// So many environments are looked after at once.
const LOOKED_AFTER: usize = 16;
/// Deeper trees are not copied.
const DEEPEST: usize = 256;

/// A distribution that came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedDistribution {
    /// The project, as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
}

/// Something that was taken out of an environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPlace {
    /// Which of the directories of the environment's scheme, by the numbers of who wrote the record.
    pub root: u8,
    /// The path below it, its components joined by `/`.
    pub path: String,
}

/// One change of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeRecord {
    /// When, in seconds since 1970.
    pub time: i64,
    /// The command, without passwords.
    pub command: String,
    /// The change that this one undid.
    pub undoes: Option<u64>,
    /// What tells the environment from a later one at the same path.
    pub identity: (u64, u128),
    /// What came.
    pub installed: Vec<ChangedDistribution>,
    /// What went.
    pub removed: Vec<ChangedDistribution>,
    /// What was taken out: its content lies in the directory of the change, under its place in this list.
    pub kept: Vec<KeptPlace>,
}

/// The changes of one environment.
#[derive(Debug, Clone)]
pub struct History {
    cache: Cache,
    directory: PathBuf,
    environment: PathBuf,
}

/// What is taken out of an environment, on its way into the history.
#[derive(Debug)]
pub struct Keeper {
    scratch: TempDir,
}

impl Cache {
    /// The changes of the environment at `environment`, the directory that it is locked by. None: this cache is gone
    /// when the process ends.
    pub fn history(&self, environment: &Path) -> Option<History> {
        if self.is_temporary() {
            return None;
        }
        let environment = fs::canonicalize(environment).unwrap_or_else(|_| environment.to_path_buf());
        let key = Sha256::of(environment.as_os_str().as_encoded_bytes()).to_string();
        Some(History { cache: self.clone(), directory: self.root().join(HISTORY).join(key), environment })
    }
}

impl History {
    /// All changes of this very environment, the oldest first; what cannot be read is passed over.
    pub fn changes(&self) -> Vec<(u64, ChangeRecord)> {
        let identity = self.identity();
        let changes = self.numbers().into_iter().filter_map(|number| Some((number, self.read(number)?)));
        changes.filter(|(_, change)| change.identity == identity).collect()
    }

    /// The number of the newest record, if that cannot be read.
    pub fn newest_unreadable(&self) -> Option<u64> {
        self.numbers().pop().filter(|number| self.read(*number).is_none())
    }

    /// Where what the change took out at this place in its list lies.
    pub fn kept(&self, number: u64, index: usize) -> PathBuf {
        self.files(number).join(index.to_string())
    }

    /// Begins to take something out.
    pub fn keeper(&self) -> Result<Keeper, CacheError> {
        Ok(Keeper { scratch: self.cache.scratch_directory()? })
    }

    /// Adds a change, with what was taken out.
    pub fn add(&self, change: ChangeRecord, keeper: Option<Keeper>) -> Result<u64, CacheError> {
        let identity = self.identity();
        let mut numbers = self.numbers();
        let last = numbers.last().and_then(|last| self.read(*last));
        if last.is_some_and(|last| last.identity != identity) {
            numbers.drain(..).for_each(|number| self.forget(number));
        }
        let number = numbers.last().map_or(1, |last| last + 1);
        let path = self.record(number);
        let failed = |source| CacheError::io("cannot write", &path, source);
        if let Some(keeper) = keeper {
            // What a killed run left under this number.
            let _ = fs::remove_dir_all(self.files(number));
            self.cache.publish_directory(keeper.scratch, &self.files(number))?;
        }
        let change = ChangeRecord { identity, ..change };
        let bytes = postcard::to_stdvec(&change).map_err(|error| failed(io::Error::other(error)))?;
        create_parent(&path)?;
        let unfinished = path.with_extension("new");
        fs::write(&unfinished, with_trailer(&bytes)).map_err(failed)?;
        fs::rename(&unfinished, &path).map_err(failed)?;
        let excess = (numbers.len() + 1).saturating_sub(LONGEST);
        numbers.iter().take(excess).for_each(|oldest| self.forget(*oldest));
        if numbers.is_empty() {
            // Without it nothing but room is lost.
            let _ = link(&self.environment, &self.directory.join(LINK));
            self.look_after_others();
        }
        Ok(number)
    }

    /// Forgets environments that have been gone for long, of a few at a time.
    fn look_after_others(&self) {
        let all = self.directory.parent().map(fs::read_dir).into_iter().flatten().flatten().flatten();
        let all: Vec<PathBuf> = all.map(|entry| entry.path()).collect();
        // Another part of them each time.
        let start = usize::try_from(self.identity().1 % (all.len().max(1) as u128)).unwrap_or_default();
        for directory in all.iter().cycle().skip(start).take(all.len().min(LOOKED_AFTER)) {
            if is_abandoned(directory) {
                let _ = fs::remove_dir_all(directory);
            }
        }
    }

    fn forget(&self, number: u64) {
        // What cannot be removed now is removed when there are more.
        let _ = fs::remove_file(self.record(number));
        let _ = fs::remove_dir_all(self.files(number));
    }

    fn record(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:08}"))
    }

    fn files(&self, number: u64) -> PathBuf {
        self.directory.join(format!("{number:08}.files"))
    }

    fn numbers(&self) -> Vec<u64> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().flatten();
        let mut numbers: Vec<u64> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        numbers.sort_unstable();
        numbers
    }

    fn read(&self, number: u64) -> Option<ChangeRecord> {
        let bytes = fs::read(self.record(number)).ok()?;
        let content = bytes.get(..checked_length(&bytes)?)?;
        postcard::from_bytes(content).ok()
    }

    /// What tells the directory of the environment from another one that is made at the same path later.
    #[cfg(unix)]
    fn identity(&self) -> (u64, u128) {
        use std::os::unix::fs::MetadataExt;
        let Ok(metadata) = fs::metadata(&self.environment) else { return (0, 0) };
        (metadata.ino(), born(&metadata))
    }

    #[cfg(not(unix))]
    fn identity(&self) -> (u64, u128) {
        fs::metadata(&self.environment).map_or((0, 0), |metadata| (0, born(&metadata)))
    }
}

/// Whether the environment of a history has been missed for long; the first look that misses it marks when that was.
fn is_abandoned(directory: &Path) -> bool {
    let (target, mark) = (directory.join(LINK), directory.join(GONE));
    let is_gone = fs::symlink_metadata(&target).is_ok()
        && fs::metadata(&target).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    let missed = fs::metadata(&mark).and_then(|metadata| metadata.modified()).ok();
    match missed {
        Some(time) if is_gone => time.elapsed().is_ok_and(|elapsed| elapsed > ABSENCE),
        Some(_) => {
            let _ = fs::remove_file(mark);
            false
        }
        None => {
            let _ = is_gone.then(|| fs::write(mark, b""));
            false
        }
    }
}

/// When a directory was made, in nanoseconds; 0 where the file system does not know.
fn born(metadata: &fs::Metadata) -> u128 {
    let since = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_nanos())
}

impl Keeper {
    /// Takes what is at `path`, a file or a directory, as the entry `index`.
    pub fn take(&self, index: usize, path: &Path) -> Result<(), CacheError> {
        let target = self.scratch.path().join(index.to_string());
        match fs::rename(path, &target) {
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                copy(path, &target, 0).map_err(|source| CacheError::io("cannot copy", path, source))
            }
            result => result.map_err(|source| CacheError::io("cannot keep", path, source)),
        }
    }
}

/// Copies a tree with modes and the times of files; symbolic links stay links.
fn copy(source: &Path, target: &Path, depth: usize) -> io::Result<()> {
    let metadata = fs::symlink_metadata(source)?;
    if depth > DEEPEST {
        return Err(io::ErrorKind::QuotaExceeded.into());
    }
    if metadata.is_symlink() {
        return link(&fs::read_link(source)?, target);
    }
    if !metadata.is_dir() {
        fs::copy(source, target)?;
        return fs::File::open(target)?.set_modified(metadata.modified()?);
    }
    fs::create_dir(target)?;
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        copy(&entry.path(), &target.join(entry.file_name()), depth + 1)?;
    }
    fs::set_permissions(target, metadata.permissions())
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_to: &Path, _at: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn place() -> (TempDir, Cache, PathBuf) {
        let place = TempDir::new().unwrap();
        let cache = Cache::at(place.path().join("cache"));
        let environment = place.path().join("environment");
        fs::create_dir(&environment).unwrap();
        (place, cache, environment)
    }

    #[test]
    fn what_is_added_is_there_and_the_oldest_goes() {
        let (_place, cache, environment) = place();
        let history = cache.history(&environment).unwrap();
        assert!(history.changes().is_empty());
        for number in 1..=LONGEST + 2 {
            let file = environment.join("file");
            fs::write(&file, number.to_string()).unwrap();
            let keeper = history.keeper().unwrap();
            keeper.take(0, &file).unwrap();
            assert!(!file.exists());
            let change = ChangeRecord { command: number.to_string(), ..ChangeRecord::default() };
            assert_eq!(history.add(change, Some(keeper)).unwrap(), number as u64);
        }
        let changes = history.changes();
        assert_eq!((changes.len(), changes[0].0, &*changes[0].1.command), (LONGEST, 3, "3"));
        assert_eq!(fs::read_to_string(history.kept(3, 0)).unwrap(), "3");
        assert!(!history.kept(2, 0).exists());
    }

    #[test]
    fn a_damaged_record_and_those_of_an_earlier_environment_are_passed_over() {
        let (_place, cache, environment) = place();
        let history = cache.history(&environment).unwrap();
        for _ in 0..2 {
            history.add(ChangeRecord::default(), None).unwrap();
        }
        fs::write(history.record(1), b"not a record").unwrap();
        assert_eq!((history.changes().len(), history.newest_unreadable()), (1, None));
        fs::write(history.record(3), b"").unwrap();
        assert_eq!(history.newest_unreadable(), Some(3));
        let other = environment.with_file_name("other");
        fs::create_dir(&other).unwrap();
        fs::remove_dir(&environment).unwrap();
        fs::rename(&other, &environment).unwrap();
        assert!(history.changes().is_empty());
        assert!(Cache::temporary(None).unwrap().history(&environment).is_none());
    }

    #[test]
    #[cfg(unix)]
    fn environments_that_are_gone_leave_nothing() {
        let (place, cache, environment) = place();
        let at = |name: &str| {
            let path = environment.with_file_name(name);
            fs::create_dir(&path).unwrap();
            let history = cache.history(&path).unwrap();
            history.add(ChangeRecord::default(), None).unwrap();
            (path, history.directory)
        };
        let (gone, of_gone) = at("gone");
        let (lost, of_lost) = at("lost");
        let (back, of_back) = at("back");
        [&gone, &lost, &back].iter().for_each(|path| fs::remove_dir(path).unwrap());
        at("new");
        for directory in [&of_gone, &of_back] {
            let long_ago = std::time::SystemTime::now() - 2 * ABSENCE;
            fs::File::open(directory.join(GONE)).unwrap().set_modified(long_ago).unwrap();
        }
        fs::create_dir(&back).unwrap();
        at("newer");
        assert_eq!([&of_gone, &of_lost, &of_back].map(|directory| directory.exists()), [false, true, true]);
        // What is gone once more counts from then on.
        fs::remove_dir(back).unwrap();
        at("newest");
        assert!(of_back.exists());
        drop(place);
    }

    #[test]
    #[cfg(unix)]
    fn a_new_environment_at_the_same_path_begins_anew() {
        let (_place, cache, environment) = place();
        let history = cache.history(&environment).unwrap();
        let file = environment.join("file");
        fs::write(&file, b"").unwrap();
        let keeper = history.keeper().unwrap();
        keeper.take(0, &file).unwrap();
        history.add(ChangeRecord::default(), Some(keeper)).unwrap();
        let other = environment.with_file_name("other");
        fs::create_dir(&other).unwrap();
        fs::remove_dir(&environment).unwrap();
        fs::rename(&other, &environment).unwrap();
        assert_eq!(history.add(ChangeRecord::default(), None).unwrap(), 1);
        assert!(!history.kept(1, 0).exists());
    }

    #[test]
    #[cfg(unix)]
    fn a_copy_has_content_modes_and_links() {
        use std::os::unix::fs::PermissionsExt;
        let (_place, _, environment) = place();
        let source = environment.join("a");
        fs::create_dir(&source).unwrap();
        fs::write(source.join("run"), b"x").unwrap();
        fs::set_permissions(source.join("run"), fs::Permissions::from_mode(0o755)).unwrap();
        link(Path::new("run"), &source.join("link")).unwrap();
        let target = environment.join("b");
        copy(&source, &target, 0).unwrap();
        assert_eq!(fs::read_link(target.join("link")).unwrap(), Path::new("run"));
        let mode = fs::metadata(target.join("run")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755);
    }
}
