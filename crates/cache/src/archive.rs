//! Unpacked wheels: `archives-v1/<aa>/<sha256>/` holds `files/` (the tree), `manifest`, and `bytecode/` as
//! it is compiled; it appears by rename.
//!
//! The files are hard-linked into environments, so somebody may change one in place. Each keeps the time, size and
//! mode that the manifest knows; whoever links it compares them first, and calls [`Cache::verify_file`] where they differ.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use distribution::{CoreMetadata, Digest, HashAlgorithm, Hasher, Sha256, WheelFilename};

use crate::error::WheelProblem;
use crate::layout::{checked_length, is_absent, with_trailer};
use crate::wheel_layout::is_spelling_of;
use crate::{Cache, CacheError, Manifest, ManifestFile};

/// The directory of unpacked wheels; the version is that of the manifest's format.
const ARCHIVES: &str = "archives-v1";
/// The tree of a wheel, within its archive.
pub(crate) const FILES: &str = "files";
/// The manifest, within its archive.
pub(crate) const MANIFEST: &str = "manifest";

/// Where the bytes of a wheel are, and what was promised about them.
#[derive(Debug)]
pub struct WheelSource<'a> {
    /// The wheel's file name, as asked for.
    pub filename: &'a WheelFilename,
    /// The file name as text.
    pub filename_text: &'a str,
    /// The file (a finished download, or a local wheel).
    pub file: &'a File,
    /// Its hash, where the downloader has computed it while writing; else it is computed here.
    pub sha256: Option<Sha256>,
    /// Hashes that it must have (all of them).
    pub promised: &'a [Digest],
}

/// A wheel that lies unpacked and checked in the cache. Cheap to clone.
#[derive(Debug, Clone)]
pub struct CachedWheel {
    /// The address.
    pub sha256: Sha256,
    /// The root of the unpacked tree: `files/` of the archive.
    pub root: PathBuf,
    /// What is in it.
    pub manifest: Arc<Manifest>,
    /// Where it lies.
    pub cache: Cache,
}

impl Cache {
    /// The unpacked wheel with this hash, if the cache holds it.
    pub fn wheel(&self, sha256: &Sha256) -> Result<Option<CachedWheel>, CacheError> {
        let archive = self.archive_path(sha256);
        let path = archive.join(MANIFEST);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if is_absent(&error) => {
                // They appear together: an archive without manifest is damaged, and would stand in the way of a new one.
                if archive.is_dir() && !path.exists() {
                    self.remove_wheel(sha256);
                }
                return Ok(None);
            }
            Err(source) => return Err(CacheError::io("cannot read", &path, source)),
        };
        let content = checked_length(&bytes).and_then(|length| bytes.get(..length));
        match content.and_then(|content| postcard::from_bytes::<Manifest>(content).ok()) {
            Some(manifest) => {
                self.mark_in_use();
                let root = archive.join(FILES);
                let manifest = Arc::new(manifest);
                Ok(Some(CachedWheel { sha256: *sha256, root, manifest, cache: self.clone() }))
            }
            None => {
                self.remove_wheel(sha256);
                Ok(None)
            }
        }
    }

    /// All unpacked wheels, in no order.
    pub fn wheels(&self) -> Vec<CachedWheel> {
        let shards = fs::read_dir(self.wheels_directory()).into_iter().flatten().flatten();
        let archives = shards.flat_map(|shard| fs::read_dir(shard.path()).into_iter().flatten().flatten());
        archives
            .filter_map(|archive| {
                let sha256 = archive.file_name().to_str()?.parse().ok()?;
                self.wheel(&sha256).ok().flatten()
            })
            .collect()
    }

    /// Removes an unpacked wheel, if there is one. What was linked from it stays.
    pub fn remove_wheel(&self, sha256: &Sha256) {
        // Moved away in one step, so that nobody finds half of it. Where that fails (a read-only cache) it stays.
        if let Ok(grave) = self.scratch_directory() {
            let _ = fs::rename(self.archive_path(sha256), grave.path().join("archive"));
        }
    }

    /// Looks closer at a file of an unpacked wheel whose time, size or mode is not the manifest's. If only those were
    /// changed they are set right; if the content was, the wheel is removed: [`CacheError::Damaged`].
    pub fn verify_file(&self, wheel: &CachedWheel, file: &ManifestFile) -> Result<(), CacheError> {
        let path = wheel.file_path(file);
        if has_content(&path, file) && restore_attributes(&path, wheel.manifest.mode(file), &wheel.manifest) {
            return Ok(());
        }
        self.remove_wheel(&wheel.sha256);
        Err(CacheError::Damaged { wheel: wheel.manifest.filename.clone(), path: file.path.as_str().into() })
    }

    /// Compares the content of a file of an unpacked wheel, and leaves its owner and mode alone: somebody changed them on
    /// purpose in an environment that shares the file. If the content was changed, the wheel is removed:
    /// [`CacheError::Damaged`].
    pub fn verify_content(&self, wheel: &CachedWheel, file: &ManifestFile) -> Result<(), CacheError> {
        if has_content(&wheel.file_path(file), file) {
            return Ok(());
        }
        self.remove_wheel(&wheel.sha256);
        Err(CacheError::Damaged { wheel: wheel.manifest.filename.clone(), path: file.path.as_str().into() })
    }

    /// The directory that all unpacked wheels lie in.
    pub fn wheels_directory(&self) -> PathBuf {
        self.root().join(ARCHIVES)
    }

    /// Where the archive of a hash is, or would be.
    pub(crate) fn archive_path(&self, sha256: &Sha256) -> PathBuf {
        let name = sha256.to_string();
        let shard = name.get(..2).unwrap_or_default();
        self.wheels_directory().join(shard).join(&name)
    }
}

impl CachedWheel {
    /// Where a file of the wheel lies in the cache.
    pub fn file_path(&self, file: &ManifestFile) -> PathBuf {
        self.root.join(self.manifest.location(file.root, &file.path))
    }

    /// The path of METADATA in the cache.
    pub fn metadata_path(&self) -> PathBuf {
        self.root.join(self.manifest.dist_info.as_str()).join("METADATA")
    }

    /// The parsed METADATA. Where it says nothing sensible because it was changed in the cache, the wheel is removed:
    /// [`CacheError::Damaged`].
    pub fn metadata(&self) -> Result<CoreMetadata, CacheError> {
        CoreMetadata::parse(&self.metadata_bytes()?)
            .map_err(|error| self.require_metadata().err().unwrap_or_else(|| self.invalid(error.into())))
    }

    /// METADATA as it is; if it was changed in the cache, the wheel is removed: [`CacheError::Damaged`].
    pub fn metadata_text(&self) -> Result<String, CacheError> {
        self.require_metadata()?;
        Ok(String::from_utf8_lossy(&self.metadata_bytes()?).into_owned())
    }

    fn metadata_bytes(&self) -> Result<Vec<u8>, CacheError> {
        let path = self.metadata_path();
        fs::read(&path).map_err(|source| {
            let damaged = self.require_metadata().err();
            damaged.unwrap_or_else(|| CacheError::io("cannot read", &path, source))
        })
    }

    /// Refuses a wheel whose METADATA was changed in the cache, and removes it: [`CacheError::Damaged`].
    pub fn require_metadata(&self) -> Result<(), CacheError> {
        let name = format!("{}/METADATA", self.manifest.dist_info);
        let mut files = self.manifest.files.iter();
        files
            .find(|file| file.path.as_str() == name)
            .map_or(Ok(()), |file| self.cache.verify_content(self, file))
    }

    /// Refuses a wheel that another name leads to: the project and version of METADATA must be those of `filename`.
    pub fn require_name(&self, filename: &WheelFilename, filename_text: &str) -> Result<(), CacheError> {
        let manifest = &self.manifest;
        if is_spelling_of(&manifest.name, &filename.name)
            && is_spelling_of(&manifest.version, &filename.version)
        {
            return Ok(());
        }
        let reason = format!("its METADATA is that of {} {}", manifest.name, manifest.version);
        Err(CacheError::InvalidWheel { wheel: filename_text.to_owned(), reason: WheelProblem::Other(reason) })
    }

    /// The directory of compiled bytecode for an interpreter (`sys.implementation.cache_tag` and magic number), whether
    /// or not it exists yet: a tree parallel to the library root that holds `__pycache__` directories.
    /// It is filled in a [`Cache::scratch_directory`] and made visible by [`Cache::publish_directory`].
    pub fn bytecode_root(&self, cache_tag: &str, magic: &str) -> PathBuf {
        self.root.with_file_name("bytecode").join(format!("{cache_tag}-{magic}"))
    }

    fn invalid(&self, reason: WheelProblem) -> CacheError {
        CacheError::InvalidWheel { wheel: self.manifest.filename.clone(), reason }
    }
}

/// Writes a manifest as a record.
pub(crate) fn write_manifest(path: &Path, manifest: &Manifest) -> Result<(), CacheError> {
    let bytes = postcard::to_stdvec(manifest)
        .map_err(|error| CacheError::io("cannot write", path, std::io::Error::other(error)))?;
    fs::write(path, with_trailer(&bytes)).map_err(|source| CacheError::io("cannot write", path, source))
}

/// The time of every file of a wheel.
pub(crate) fn modification_time(manifest: &Manifest) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(manifest.modified.unsigned_abs())
}

/// Whether the file at `path` is a file with the content that the manifest knows.
fn has_content(path: &Path, file: &ManifestFile) -> bool {
    let is_plain = fs::symlink_metadata(path)
        .is_ok_and(|metadata| metadata.file_type().is_file() && metadata.len() == file.size);
    let Ok(mut content) = File::open(path) else { return false };
    if !is_plain {
        return false;
    }
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => hasher.update(buffer.get(..length).unwrap_or_default()),
            Err(_) => return false,
        }
    }
    hasher.finish().sha256() == Some(file.sha256)
}

/// Sets mode and time as they were.
fn restore_attributes(path: &Path, mode: u32, manifest: &Manifest) -> bool {
    let Ok(file) = File::open(path) else { return false };
    set_mode(&file, mode) && file.set_modified(modification_time(manifest)).is_ok()
}

#[cfg(unix)]
fn set_mode(file: &File, mode: u32) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(mode)).is_ok()
}

#[cfg(not(unix))]
fn set_mode(_file: &File, _mode: u32) -> bool {
    true
}
