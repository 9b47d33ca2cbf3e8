//! The on-disk layout, as data: one versioned directory a bucket; records appear by rename.
//!
//! ```text
//! CACHEDIR.TAG, .gitignore      so that backups and version control pass it over
//! <bucket>-v1/<aa>/<sha256>     records, each with a checksum behind its content
//! archives-v1/<aa>/<sha256>/    unpacked wheels
//! history-v1/<sha256>/          what was changed in an environment, and what was there before (`history`)
//! locks/                        files that are only locked
//! scratch/                      what is being written; emptied when no rpip runs
//! ```

use std::fs::{self, File};
use std::io::{self, Write};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use distribution::Sha256;
use memmap2::Mmap;
use tempfile::{NamedTempFile, TempDir};

use crate::lock::{self, Acquired};
use crate::{CacheError, EnvironmentLock};

/// The content of `CACHEDIR.TAG` (Cache Directory Tagging Specification).
const CACHEDIR_TAG: &[u8] = b"Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds what rpip downloaded and unpacked.\n";
/// The file name of a temporary cache begins so.
const TEMPORARY_PREFIX: &str = ".rpip-cache-";
/// So often a temporary cache may be taken away while it is made.
const MOST_ATTEMPTS: u32 = 16;
/// What ends a record: a checksum of the content, and this mark.
const RECORD_MARK: [u8; 4] = *b"rpc1";
/// Length of the checksum and the mark.
const TRAILER_LENGTH: usize = 8;

/// A kind of record. Its directory name carries the version of the record's format, so that an old
/// cache is simply not seen by a newer rpip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Parsed project pages with their validators (`index`).
    Pages,
    /// Essential core metadata of wheels (`index`).
    Metadata,
    /// Hash of the wheel behind a URL (`index`), for indexes that promise no hash.
    Wheels,
    /// Facts about interpreters (`python`).
    Interpreters,
    /// Hash of the wheel that was built from a source (`operations`).
    Built,
}

impl Bucket {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Pages, Self::Metadata, Self::Wheels, Self::Interpreters, Self::Built];

    /// The name of its directory.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Pages => "pages-v1",
            Self::Metadata => "metadata-v1",
            Self::Wheels => "wheels-v1",
            Self::Interpreters => "interpreters-v1",
            Self::Built => "built-v1",
        }
    }
}

/// A cache directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Removes a temporary cache with the last clone.
    temporary: Option<TempDir>,
    /// Set once the root and its markers are there.
    prepared: OnceLock<()>,
    /// The shared lock that says that this process uses the cache (none: it cannot be locked).
    in_use: OnceLock<Option<File>>,
}

/// The content of a record, mapped.
#[derive(Debug)]
pub struct MappedRecord {
    map: Mmap,
    length: usize,
}

impl Deref for MappedRecord {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.get(..self.length).unwrap_or_default()
    }
}

impl Cache {
    /// The cache at `root`, made when first written to.
    pub fn at(root: PathBuf) -> Self {
        Self::new(root, None)
    }

    /// A cache in a temporary directory that goes with the value (`--no-cache-dir`): in `near`, a directory on the file system
    /// that will be installed to, so that linking still works; or where nobody may write there (the system's site-packages),
    /// in the directory for temporary files. What killed runs left in the same place is removed.
    pub fn temporary(near: Option<&Path>) -> Result<Self, CacheError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        let refused = |error: &io::Error| CacheError::TemporaryCache {
            place: PathBuf::from("the directory for temporary files"),
            // The whole error names a directory of a random name too.
            reason: match error.kind() {
                io::ErrorKind::NotFound => "there is no such directory".to_owned(),
                kind => kind.to_string(),
            },
        };
        let mut attempts = 0;
        loop {
            let beside = near.and_then(|near| builder.tempdir_in(near).ok());
            let directory = beside.map_or_else(|| builder.tempdir(), Ok).map_err(|error| refused(&error))?;
            let cache = Self::new(directory.path().to_path_buf(), Some(directory));
            // Taken at once: it is what tells a living temporary cache from an abandoned one.
            cache.mark_in_use();
            if cache.root().join("locks/in-use").exists() {
                remove_abandoned(cache.root().parent().unwrap_or(cache.root()));
                return Ok(cache);
            }
            // Another process took it for abandoned before the lock was held: make another. Or there is no room for a lock.
            attempts += 1;
            if attempts == MOST_ATTEMPTS {
                let error = cache.lock_file("in-use").err();
                return Err(refused(&error.unwrap_or_else(|| io::ErrorKind::ResourceBusy.into())));
            }
        }
    }

    fn new(root: PathBuf, temporary: Option<TempDir>) -> Self {
        Self {
            inner: Arc::new(Inner { root, temporary, prepared: OnceLock::new(), in_use: OnceLock::new() }),
        }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.inner.root
    }

    /// Whether it goes with the process.
    pub(crate) fn is_temporary(&self) -> bool {
        self.inner.temporary.is_some()
    }

    /// Whether this user owns the cache (or the nearest existing directory above it) and may write there; it is made if need
    /// be. A root user who works in another user's home directory must not fill that user's cache with files of root's.
    #[cfg(unix)]
    pub fn is_usable(&self) -> bool {
        use std::os::unix::fs::MetadataExt;
        let existing = self.root().ancestors().find_map(|place| Some((place, fs::metadata(place).ok()?)));
        let Some((place, metadata)) = existing else { return false };
        let is_permitted = match rustix::process::geteuid().as_raw() {
            0 => metadata.uid() == 0,
            _ => rustix::fs::access(place, rustix::fs::Access::WRITE_OK).is_ok(),
        };
        // Where it cannot be made all the same (below a file, in /proc), only trying tells.
        is_permitted && (place == self.root() && metadata.is_dir() || fs::create_dir_all(self.root()).is_ok())
    }

    /// Whether this user may write the cache (not told apart on this system).
    #[cfg(not(unix))]
    pub fn is_usable(&self) -> bool {
        true
    }

    /// The bytes of a record, if there is one. `key` is any text: it is hashed into a file name.
    /// A record whose checksum is wrong (a torn write, a flipped bit) counts as absent.
    pub fn read(&self, bucket: Bucket, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
        let path = self.path(bucket, key);
        match fs::read(&path) {
            Ok(mut bytes) => Ok(checked_length(&bytes).map(|length| {
                bytes.truncate(length);
                bytes
            })),
            Err(error) if is_absent(&error) => Ok(None),
            Err(source) => Err(CacheError::io("cannot read", &path, source)),
        }
    }

    /// The bytes of a record, mapped instead of read: for large ones of which little is looked at.
    pub fn map(&self, bucket: Bucket, key: &str) -> Result<Option<MappedRecord>, CacheError> {
        let path = self.path(bucket, key);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(source) => return Err(CacheError::io("cannot read", &path, source)),
        };
        // SAFETY: records appear by rename and are never written to again, so the mapped file does not change.
        let Ok(map) = (unsafe { Mmap::map(&file) }) else { return Ok(None) };
        Ok(checked_length(&map).map(|length| MappedRecord { map, length }))
    }

    /// Writes a record by rename. A cache that cannot be written (full, read-only) is not an
    /// error for a record: it reports whether it was kept.
    pub fn write(&self, bucket: Bucket, key: &str, bytes: &[u8]) -> bool {
        self.try_write(&self.path(bucket, key), bytes).is_ok()
    }

    fn try_write(&self, path: &Path, bytes: &[u8]) -> Result<(), CacheError> {
        let mut file = self.scratch_file()?;
        file.write_all(&with_trailer(bytes))
            .map_err(|source| CacheError::io("cannot write", file.path(), source))?;
        create_parent(path)?;
        file.persist(path).map_err(|error| CacheError::io("cannot write", path, error.error))?;
        Ok(())
    }

    /// Removes a record, if there is one.
    pub fn remove(&self, bucket: Bucket, key: &str) {
        // A record that cannot be removed is as one that could not be written.
        let _ = fs::remove_file(self.path(bucket, key));
    }

    /// Path of the record. The file ends in a checksum of eight bytes: read it with [`Cache::read`] or [`Cache::map`].
    pub fn path(&self, bucket: Bucket, key: &str) -> PathBuf {
        let name = Sha256::of(key.as_bytes()).to_string();
        let shard = name.get(..2).unwrap_or_default();
        self.root().join(bucket.directory()).join(shard).join(&name)
    }

    /// An empty scratch file on the cache's file system, removed when dropped.
    pub fn scratch_file(&self) -> Result<NamedTempFile, CacheError> {
        let scratch = self.scratch()?;
        NamedTempFile::new_in(&scratch)
            .map_err(|source| CacheError::io("cannot create a file in", &scratch, source))
    }

    /// An empty scratch directory on the cache's file system, removed when dropped.
    pub fn scratch_directory(&self) -> Result<TempDir, CacheError> {
        let scratch = self.scratch()?;
        TempDir::new_in(&scratch)
            .map_err(|source| CacheError::io("cannot create a directory in", &scratch, source))
    }

    /// Makes a finished scratch directory visible at `target` (a path in the cache) by one rename. Where another
    /// process was faster its directory stays, and the answer is `false`.
    pub fn publish_directory(&self, scratch: TempDir, target: &Path) -> Result<bool, CacheError> {
        create_parent(target)?;
        match fs::rename(scratch.path(), target) {
            Ok(()) => {
                // The directory has moved: there is nothing left for the guard to remove.
                let _ = scratch.keep();
                Ok(true)
            }
            Err(_) if target.is_dir() => Ok(false),
            Err(source) => Err(CacheError::io("cannot create", target, source)),
        }
    }

    /// Waits for the lock that guards the environment at `environment` (its canonical path is hashed).
    /// `waiting` is called once if another process holds it.
    ///
    /// Two locks are taken: a file of this cache, and the directory itself where it exists. The first works on
    /// network file systems whose directories cannot be locked, the second between processes with different caches.
    pub fn lock_environment(
        &self,
        environment: &Path,
        waiting: &dyn Fn(),
    ) -> Result<EnvironmentLock, CacheError> {
        let canonical = fs::canonicalize(environment).unwrap_or_else(|_| environment.to_path_buf());
        let name = Sha256::of(canonical.as_os_str().as_encoded_bytes()).to_string();
        let file = self.lock_file(&name).ok();
        lock::environment(file, &canonical, waiting)
    }

    /// Opens (and makes) the lock file `name`; for writing too, as NFS asks for.
    pub(crate) fn lock_file(&self, name: &str) -> io::Result<File> {
        let directory = self.root().join("locks");
        fs::create_dir_all(&directory)?;
        File::options().read(true).write(true).create(true).truncate(false).open(directory.join(name))
    }

    /// The scratch directory. Before its first use in a process, and if no other process uses the cache,
    /// what killed ones left in it is removed.
    pub(crate) fn scratch(&self) -> Result<PathBuf, CacheError> {
        self.prepare()?;
        let scratch = self.root().join("scratch");
        fs::create_dir_all(&scratch).map_err(|source| CacheError::io("cannot create", &scratch, source))?;
        self.mark_in_use();
        Ok(scratch)
    }

    /// Holds the shared lock of the cache from now on.
    pub(crate) fn mark_in_use(&self) {
        self.inner.in_use.get_or_init(|| {
            let file = self.lock_file("in-use").ok()?;
            if lock::try_exclusive(&file) == Acquired::Held {
                clear(&self.root().join("scratch"));
                file.unlock().ok()?;
            }
            file.lock_shared().ok()?;
            Some(file)
        });
    }

    /// Waits until no other process uses the cache, and keeps others out while the guard lives.
    pub(crate) fn use_alone(&self, waiting: &dyn Fn()) -> Result<impl Drop, CacheError> {
        struct Alone(Cache);
        impl Drop for Alone {
            fn drop(&mut self) {
                if let Some(file) = self.0.in_use() {
                    let _ = file.lock_shared();
                }
            }
        }
        self.mark_in_use();
        if let Some(file) = self.in_use()
            && lock::try_exclusive(file) == Acquired::Busy
        {
            waiting();
            file.lock().map_err(|source| CacheError::io("cannot lock", self.root(), source))?;
        }
        Ok(Alone(self.clone()))
    }

    fn in_use(&self) -> Option<&File> {
        self.inner.in_use.get().and_then(Option::as_ref)
    }

    /// Makes the root with its markers.
    fn prepare(&self) -> Result<(), CacheError> {
        if self.inner.prepared.get().is_some() {
            return Ok(());
        }
        let root = self.root();
        fs::create_dir_all(root).map_err(|source| CacheError::io("cannot create", root, source))?;
        for (name, content) in [("CACHEDIR.TAG", CACHEDIR_TAG), (".gitignore", b"*\n".as_slice())] {
            let path = root.join(name);
            if !path.exists() {
                fs::write(&path, content).map_err(|source| CacheError::io("cannot write", &path, source))?;
            }
        }
        self.inner.prepared.get_or_init(|| ());
        Ok(())
    }
}

/// Whether an error means that the record is not there.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Makes the directory that `path` will lie in.
pub(crate) fn create_parent(path: &Path) -> Result<(), CacheError> {
    let Some(parent) = path.parent() else { return Ok(()) };
    fs::create_dir_all(parent).map_err(|source| CacheError::io("cannot create", parent, source))
}

/// `bytes`, their CRC-32 and the mark.
pub(crate) fn with_trailer(bytes: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(bytes.len() + TRAILER_LENGTH);
    file.extend_from_slice(bytes);
    file.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    file.extend_from_slice(&RECORD_MARK);
    file
}

/// The length of the content of a record, if its trailer is right.
pub(crate) fn checked_length(file: &[u8]) -> Option<usize> {
    let (content, trailer) = file.split_at_checked(file.len().checked_sub(TRAILER_LENGTH)?)?;
    let (checksum, mark) = trailer.split_at_checked(4)?;
    let right = mark == RECORD_MARK && checksum == crc32fast::hash(content).to_le_bytes();
    right.then_some(content.len())
}

/// Empties a directory, as far as it can.
fn clear(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
            _ => fs::remove_file(path),
        };
    }
}

/// Removes the temporary caches of killed processes: those whose `in-use` lock nobody holds.
fn remove_abandoned(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes()) {
            continue;
        }
        let lock = entry.path().join("locks/in-use");
        let Ok(file) = File::options().read(true).write(true).open(lock) else { continue };
        if lock::try_exclusive(&file) == Acquired::Held {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn cache() -> (TempDir, Cache) {
        let directory = TempDir::new().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        (directory, cache)
    }

    #[test]
    fn records_are_kept_apart_by_bucket_and_key() {
        let (_directory, cache) = cache();
        assert_eq!(cache.read(Bucket::Pages, "flask").unwrap(), None);
        assert!(cache.write(Bucket::Pages, "flask", b"page"));
        assert!(cache.write(Bucket::Metadata, "flask", b""));
        assert_eq!(cache.read(Bucket::Pages, "flask").unwrap().unwrap(), b"page");
        assert_eq!(cache.read(Bucket::Metadata, "flask").unwrap().unwrap(), b"");
        assert_eq!(&**cache.map(Bucket::Pages, "flask").unwrap().as_ref().unwrap(), b"page");
        assert_eq!(cache.read(Bucket::Pages, "../flask").unwrap(), None);
        assert!(cache.write(Bucket::Pages, "flask", b"newer"));
        assert_eq!(cache.read(Bucket::Pages, "flask").unwrap().unwrap(), b"newer");
        cache.remove(Bucket::Pages, "flask");
        assert_eq!(cache.read(Bucket::Pages, "flask").unwrap(), None);
        assert!(cache.root().join("CACHEDIR.TAG").is_file());
    }

    #[test]
    fn a_damaged_record_is_absent() {
        let (_directory, cache) = cache();
        cache.write(Bucket::Pages, "flask", b"some longer page");
        let path = cache.path(Bucket::Pages, "flask");
        let whole = fs::read(&path).unwrap();
        for length in 0..whole.len() {
            fs::write(&path, whole.get(..length).unwrap()).unwrap();
            assert_eq!(cache.read(Bucket::Pages, "flask").unwrap(), None);
            assert!(cache.map(Bucket::Pages, "flask").unwrap().is_none());
        }
        let mut flipped = whole.clone();
        *flipped.first_mut().unwrap() ^= 1;
        fs::write(&path, flipped).unwrap();
        assert_eq!(cache.read(Bucket::Pages, "flask").unwrap(), None);
    }

    #[test]
    fn scratch_is_emptied_only_while_no_other_uses_it() {
        let (_directory, cache) = cache();
        let left = cache.root().join("scratch/left");
        fs::create_dir_all(&left).unwrap();
        let file = cache.scratch_file().unwrap();
        assert!(!left.exists());
        let other = Cache::at(cache.root().to_path_buf());
        other.scratch_file().unwrap();
        assert!(file.path().exists());
        let path = file.path().to_path_buf();
        drop(file);
        assert!(!path.exists());
    }

    #[test]
    fn a_temporary_cache_goes_and_takes_abandoned_ones_with_it() {
        let place = TempDir::new().unwrap();
        let abandoned = place.path().join(".rpip-cache-old/locks");
        fs::create_dir_all(&abandoned).unwrap();
        fs::write(abandoned.join("in-use"), b"").unwrap();
        let first = Cache::temporary(Some(place.path())).unwrap();
        assert!(!abandoned.exists());
        let second = Cache::temporary(Some(place.path())).unwrap();
        assert!(first.root().exists() && second.root().exists());
        let root = first.root().to_path_buf();
        drop(first);
        assert!(!root.exists());
    }

    #[test]
    fn a_temporary_cache_is_made_elsewhere_where_it_cannot_be_near() {
        let place = TempDir::new().unwrap();
        let cache = Cache::temporary(Some(&place.path().join("absent"))).unwrap();
        assert!(cache.root().exists() && cache.root().starts_with(std::env::temp_dir()));
        let error = CacheError::TemporaryCache { place: "/tmp".into(), reason: "no".to_owned() };
        assert_eq!(
            error.to_string(),
            "cannot make a temporary cache in /tmp: no; set TMPDIR to a directory that can be written"
        );
    }

    #[test]
    fn a_directory_is_published_once() {
        let (_directory, cache) = cache();
        let target = cache.root().join("archives-v1/aa/x");
        for expected in [true, false] {
            let scratch = cache.scratch_directory().unwrap();
            fs::write(scratch.path().join("file"), b"x").unwrap();
            assert_eq!(cache.publish_directory(scratch, &target).unwrap(), expected);
        }
        assert_eq!(fs::read_dir(cache.root().join("scratch")).unwrap().count(), 0);
    }
}
