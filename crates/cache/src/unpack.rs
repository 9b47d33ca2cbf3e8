//! Unpacking a wheel: everything is checked while it is written into a scratch directory, which then becomes an
//! archive by one rename. Entries are shared out to the threads largest first; a worker needs memory for
//! one part of an entry, whatever the size of the wheel.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use distribution::{Digest, HashAlgorithm, Hasher, Sha256};
use memmap2::Mmap;

use crate::archive::{FILES, MANIFEST, modification_time, write_manifest};
use crate::error::WheelProblem;
use crate::expected::Promise;
use crate::manifest::{Manifest, ManifestFile, WheelRoot};
use crate::wheel_layout::{PlannedFile, WheelLayout};
use crate::zip::{Inflater, ZipError, ZipReader};
use crate::{Cache, CacheError, CachedWheel, WheelSource};

/// Work for one thread: below twice this size threads cost more than they bring.
const BYTES_PER_WORKER: u64 = 512 << 10;
/// What the first line of a script begins with if it is to name the interpreter.
const PYTHON_SHEBANG: &[u8] = b"#!python";

/// What was learned of a file while it was written.
struct Written {
    index: usize,
    sha256: Sha256,
    rewrite_shebang: bool,
}

/// Why unpacking stopped.
enum Stop {
    Wheel(WheelProblem),
    Cache(CacheError),
}

impl From<ZipError> for Stop {
    fn from(error: ZipError) -> Self {
        Self::Wheel(error.into())
    }
}

impl From<WheelProblem> for Stop {
    fn from(problem: WheelProblem) -> Self {
        Self::Wheel(problem)
    }
}

impl From<CacheError> for Stop {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

impl Cache {
    /// Unpacks a wheel into the cache, entries in parallel. Checked: promised hashes, zip structure, one
    /// `.dist-info` whose name and version are the file name's, `Wheel-Version` 1.x, METADATA,
    /// entry points, every file against RECORD (a listed hash that is wrong refuses the wheel).
    ///
    /// The file must not change meanwhile: it is mapped. Where several processes unpack the same wheel, all succeed.
    pub fn unpack_wheel(&self, source: &WheelSource<'_>) -> Result<CachedWheel, CacheError> {
        let read_error = |error| CacheError::io("cannot read", Path::new(source.filename_text), error);
        // SAFETY: a finished download is ours alone; a local wheel is the user's, who is told not to change it.
        let bytes = unsafe { Mmap::map(source.file) }.map_err(read_error)?;
        let sha256 = source.sha256.unwrap_or_else(|| Sha256::of(&bytes));
        check_promises(source, &bytes, &sha256)?;
        if let Some(wheel) = self.wheel(&sha256)? {
            wheel.require_name(source.filename, source.filename_text)?;
            return Ok(wheel);
        }
        self.unpack(&bytes, sha256, source).map_err(|stop| match stop {
            Stop::Cache(error) => error,
            Stop::Wheel(reason) => {
                CacheError::InvalidWheel { wheel: source.filename_text.to_owned(), reason }
            }
        })
    }

    fn unpack(&self, bytes: &[u8], sha256: Sha256, source: &WheelSource<'_>) -> Result<CachedWheel, Stop> {
        let zip = ZipReader::new(bytes)?;
        let layout = WheelLayout::read(&zip, source.filename)?;
        let scratch = self.scratch_directory()?;
        let root = scratch.path().join(FILES);
        let directory_mode = create_directories(&root, &layout)?;
        let mut manifest = Manifest {
            filename: source.filename_text.to_owned(),
            name: layout.name,
            version: layout.version,
            dist_info: layout.dist_info,
            data_directory: layout.data_directory,
            root_is_purelib: layout.root_is_purelib,
            directories: directories(&layout.files),
            files: Vec::with_capacity(layout.files.len()),
            entry_points: layout.entry_points,
            record_problems: layout.record_problems,
            modified: now(),
            file_mode: directory_mode & 0o666,
            executable_mode: directory_mode & 0o777,
        };
        let modified = modification_time(&manifest);
        let work = Unpacking { zip: &zip, root: &root, modified, files: &layout.files };
        let mut written = work.run()?;
        written.sort_unstable_by_key(|written| written.index);
        for (file, written) in layout.files.into_iter().zip(written) {
            manifest.files.push(ManifestFile {
                root: file.root,
                path: file.path,
                size: file.entry.size,
                sha256: written.sha256,
                executable: file.entry.executable,
                rewrite_shebang: written.rewrite_shebang,
            });
        }
        write_manifest(&scratch.path().join(MANIFEST), &manifest)?;
        let target = self.archive_path(&sha256);
        if !self.publish_directory(scratch, &target)?
            && let Some(wheel) = self.wheel(&sha256)?
        {
            // Another process was faster, with the same bytes.
            wheel.require_name(source.filename, source.filename_text)?;
            return Ok(wheel);
        }
        Ok(CachedWheel { sha256, root: target.join(FILES), manifest: manifest.into(), cache: self.clone() })
    }
}

/// A wheel on its way to the disk.
struct Unpacking<'a> {
    zip: &'a ZipReader<'a>,
    root: &'a Path,
    modified: SystemTime,
    files: &'a [PlannedFile<'a>],
}

impl Unpacking<'_> {
    /// Writes all files, with as many threads as are worth it.
    fn run(&self) -> Result<Vec<Written>, Stop> {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by_key(|&index| std::cmp::Reverse(self.files.get(index).map(|file| file.entry.size)));
        let next = AtomicUsize::new(0);
        let outcome = Mutex::new(Ok(Vec::with_capacity(order.len())));
        let worker = || {
            let mut inflater = Inflater::default();
            let mut done = Vec::new();
            let mut work = || {
                while let Some(&index) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(file) = self.files.get(index) else { continue };
                    done.push(self.write(index, file, &mut inflater)?);
                }
                Ok(())
            };
            let result = work();
            let mut outcome = outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            match (result, &mut *outcome) {
                (Ok(()), Ok(all)) => all.append(&mut done),
                (Err(stop), Ok(_)) => {
                    // The others find nothing more to do.
                    next.store(order.len(), Ordering::Relaxed);
                    *outcome = Err(stop);
                }
                (_, Err(_)) => {}
            }
        };
        let size: u64 = self.files.iter().map(|file| file.entry.size).sum();
        let useful = usize::try_from(size / BYTES_PER_WORKER).unwrap_or(usize::MAX).min(self.files.len());
        if useful < 2 {
            worker();
        } else {
            rayon::scope(|scope| {
                for _ in 0..useful.min(rayon::current_num_threads()) {
                    scope.spawn(|_| worker());
                }
            });
        }
        outcome.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Inflates, hashes, checks and writes one file.
    fn write(&self, index: usize, file: &PlannedFile<'_>, inflater: &mut Inflater) -> Result<Written, Stop> {
        let entry = file.entry;
        let path = self.root.join(entry.path.as_str());
        let failed = |source| CacheError::io("cannot write", &path, source);
        let mut output = create(&path, entry.executable).map_err(failed)?;
        let mut whole = None;
        let mut parts = None;
        let mut other = match &file.promise {
            Some(Promise::Other(digest)) => Some(Hasher::new(digest.algorithm)),
            _ => None,
        };
        let mut rewrite_shebang = None;
        self.zip.stream::<Stop>(entry, inflater, &mut |part| {
            rewrite_shebang.get_or_insert_with(|| part.starts_with(PYTHON_SHEBANG));
            if part.len() as u64 == entry.size {
                whole = Some(Sha256::of(part));
            } else {
                parts.get_or_insert_with(|| Hasher::new(HashAlgorithm::Sha256)).update(part);
            }
            if let Some(other) = &mut other {
                other.update(part);
            }
            output.write_all(part).map_err(|source| failed(source).into())
        })?;
        let sha256 = whole
            .or_else(|| parts.and_then(|hasher| hasher.finish().sha256()))
            .ok_or_else(|| ZipError { entry: entry.path.to_string(), reason: "it is empty".to_owned() })?;
        let is_kept = match &file.promise {
            None => true,
            Some(Promise::Sha256(promised)) => *promised == sha256,
            Some(Promise::Other(promised)) => other.is_some_and(|hasher| hasher.finish() == *promised),
        };
        if !is_kept {
            let expected = file.promise.as_ref().map(Promise::to_text).unwrap_or_default();
            return Err(WheelProblem::RecordHash { path: entry.path.to_string(), expected }.into());
        }
        output.set_modified(self.modified).map_err(failed)?;
        let rewrite_shebang = file.root == WheelRoot::Scripts && rewrite_shebang == Some(true);
        Ok(Written { index, sha256, rewrite_shebang })
    }
}

/// Checks the hashes that an index or the user promised.
fn check_promises(source: &WheelSource<'_>, bytes: &[u8], sha256: &Sha256) -> Result<(), CacheError> {
    for promised in source.promised {
        let got = match promised.algorithm {
            HashAlgorithm::Sha256 => {
                Digest { algorithm: HashAlgorithm::Sha256, hex: sha256.to_string().into() }
            }
            algorithm => Digest::of(algorithm, bytes),
        };
        if got != *promised {
            let what = source.filename_text.to_owned();
            return Err(CacheError::HashMismatch { what, expected: promised.clone(), got });
        }
    }
    Ok(())
}

/// The directories that files lie in, parents first, for the manifest.
fn directories(files: &[PlannedFile<'_>]) -> Vec<(WheelRoot, distribution::SafePath)> {
    let mut found = BTreeSet::new();
    for file in files {
        let mut path = file.path.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            let Ok(parent_path) = distribution::SafePath::new(parent) else { break };
            if !found.insert((file.root, parent_path)) {
                break;
            }
            path = parent;
        }
    }
    found.into_iter().collect()
}

/// Makes the tree of directories; gives the mode that the umask leaves to a directory.
fn create_directories(root: &Path, layout: &WheelLayout<'_>) -> Result<u32, CacheError> {
    let create =
        |path: &Path| fs::create_dir(path).map_err(|error| CacheError::io("cannot create", path, error));
    create(root)?;
    let mut made = BTreeSet::new();
    for file in &layout.files {
        let mut path = file.entry.path.as_str();
        while let Some((parent, _)) = path.rsplit_once('/') {
            if !made.insert(parent) {
                break;
            }
            path = parent;
        }
    }
    for directory in made {
        create(&root.join(directory))?;
    }
    mode_of(root)
}

#[cfg(unix)]
fn mode_of(path: &Path) -> Result<u32, CacheError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(path).map_err(|error| CacheError::io("cannot read", path, error))?;
    Ok(metadata.mode() & 0o777)
}

#[cfg(not(unix))]
fn mode_of(_path: &Path) -> Result<u32, CacheError> {
    Ok(0o755)
}

#[cfg(unix)]
pub(crate) fn create(path: &Path, executable: bool) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let mode = if executable { 0o777 } else { 0o666 };
    OpenOptions::new().write(true).create_new(true).mode(mode).open(path)
}

#[cfg(not(unix))]
pub(crate) fn create(path: &Path, _executable: bool) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Whole seconds since 1970: file systems and bytecode keep no more in common.
fn now() -> i64 {
    let elapsed = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or_default()
}
