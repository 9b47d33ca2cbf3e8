//! Unpacking source archives: sdists (PEP 517, PEP 625) and what else pip takes as an archive. The file's name decides its
//! format, and its content must be exactly that. What of a tar archive may reach the disk is what Python's `data` filter
//! lets through (PEP 706), and less where two readers could differ.

mod members;
mod stream;
mod tree;

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use distribution::{Digest, HashAlgorithm, Sha256};
use memmap2::Mmap;

use crate::tar::{TarError, TarKind, TarReader};
use crate::zip::{Inflater, ZipError, ZipLimits, ZipReader};
use crate::{Cache, CacheError};
pub use members::{SourceMember, SourceMemberKind};
use stream::{Bounded, Hashing};
use tree::Tree;

/// The longest target of a link.
const LONGEST_TARGET: u64 = 4096;

/// A source archive, and what was promised about it.
#[derive(Debug)]
pub struct SourceArchive<'a> {
    /// Its file name; it decides the format.
    pub filename: &'a str,
    /// The file; it is read from its beginning and must not change meanwhile.
    pub file: &'a File,
    /// Hashes that it must have (all of them).
    pub promised: &'a [Digest],
}

/// A source archive on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnpackedSource {
    /// The directory of the project: the one that holds everything, if there is one, else the whole.
    pub root: PathBuf,
    /// The hash of the archive.
    pub sha256: Sha256,
}

/// The formats, by the endings that pip knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum SourceFormat {
    TarGzip,
    TarBzip2,
    TarXz,
    Tar,
    Zip,
}

impl SourceFormat {
    /// The format of a file with this name; none if it is no source archive. Case does not matter.
    pub fn of(filename: &str) -> Option<Self> {
        const ENDINGS: &[(&str, SourceFormat)] = &[
            (".tar.gz", SourceFormat::TarGzip),
            (".tgz", SourceFormat::TarGzip),
            (".tar.bz2", SourceFormat::TarBzip2),
            (".tbz", SourceFormat::TarBzip2),
            (".tar.xz", SourceFormat::TarXz),
            (".txz", SourceFormat::TarXz),
            (".tar", SourceFormat::Tar),
            (".zip", SourceFormat::Zip),
        ];
        let name = filename.to_ascii_lowercase();
        ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format)
    }
}

/// What an archive may ask for at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceLimits {
    /// Entries, with directories that are only named by what is in them.
    pub entries: u64,
    /// Bytes of all together, unpacked.
    pub total_size: u64,
    /// Unpacked by packed bytes, where it unpacks to more than [`RATIO_FREE`](crate::RATIO_FREE).
    pub ratio: u64,
}

impl Default for SourceLimits {
    /// 200,000 entries, 8 GiB, 200 times.
    fn default() -> Self {
        Self { entries: 200_000, total_size: 8 << 30, ratio: 200 }
    }
}

/// Why a source archive is refused.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SourceProblem {
    #[error("its name ends in none of .tar.gz, .tgz, .tar.bz2, .tbz, .tar.xz, .txz, .tar, .zip")]
    UnknownFormat,
    #[error(transparent)]
    Zip(#[from] ZipError),
    #[error("{entry}: {reason}")]
    Entry { entry: String, reason: String },
    #[error("it cannot be read: {0}")]
    Unreadable(String),
    #[error("it has no files")]
    Empty,
}

/// Why unpacking stopped.
pub(crate) enum Stop {
    Source(SourceProblem),
    Cache(CacheError),
}

impl From<SourceProblem> for Stop {
    fn from(problem: SourceProblem) -> Self {
        Self::Source(problem)
    }
}

impl From<CacheError> for Stop {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

impl From<ZipError> for Stop {
    fn from(error: ZipError) -> Self {
        Self::Source(error.into())
    }
}

impl From<TarError> for Stop {
    fn from(error: TarError) -> Self {
        Self::Source(match error {
            TarError::Read(error) => SourceProblem::Unreadable(error.to_string()),
            TarError::Entry { entry, reason } => SourceProblem::Entry { entry, reason },
        })
    }
}

impl Stop {
    pub(crate) fn entry(path: &str, reason: impl Into<String>) -> Self {
        TarError::entry(path, reason).into()
    }

    /// The error that a caller hears.
    fn about(self, archive: &SourceArchive<'_>) -> CacheError {
        match self {
            Self::Cache(error) => error,
            Self::Source(reason) => {
                CacheError::InvalidSource { archive: archive.filename.to_owned(), reason }
            }
        }
    }
}

impl Cache {
    /// Unpacks a source archive into the directory `into`, which must exist and be empty (a
    /// [`Cache::scratch_directory`]). Nothing leaves it, also not through a link. Files get the modes that pip gives them
    /// (0666 or 0777 without the umask's bits) and their own times, but none before 1980 or after now.
    ///
    /// When it fails, what was unpacked so far is still there: the caller removes the directory. The content is to be
    /// used only after this has returned, as the hash is known then.
    pub fn unpack_source(
        archive: &SourceArchive<'_>,
        into: &Path,
        limits: &SourceLimits,
    ) -> Result<UnpackedSource, CacheError> {
        unpack(archive, into, limits).map_err(|stop| stop.about(archive))
    }
}

fn unpack(archive: &SourceArchive<'_>, into: &Path, limits: &SourceLimits) -> Result<UnpackedSource, Stop> {
    let format = SourceFormat::of(archive.filename).ok_or(SourceProblem::UnknownFormat)?;
    if format == SourceFormat::Zip {
        return unpack_zip(archive, into, limits);
    }
    let mut hashing = Hashing::new(archive.file, archive.promised)
        .map_err(|error| CacheError::io("cannot read", Path::new(archive.filename), error))?;
    let result = match hashing.bounded(format, limits) {
        Ok(stream) => unpack_tar(stream, into, limits),
        Err(error) => Err(SourceProblem::Unreadable(error.to_string()).into()),
    };
    // A hash that is wrong says more than an archive that is: it is not the file that was meant.
    let (sha256, rest) = hashing.finish(archive.filename)?;
    let root = result?;
    if rest > 0 {
        return Err(SourceProblem::Unreadable(format!("{rest} bytes follow its end")).into());
    }
    Ok(UnpackedSource { root, sha256 })
}

fn unpack_tar(stream: Bounded<'_>, into: &Path, limits: &SourceLimits) -> Result<PathBuf, Stop> {
    let mut reader = TarReader::new(stream);
    let mut tree = Tree::new(into, limits);
    while let Some(entry) = reader.next()? {
        let Some(path) = tree::clean(&entry.path)? else {
            match entry.kind {
                // `./`, the root itself.
                TarKind::Directory => continue,
                _ => return Err(Stop::entry(&entry.path, "it is the root and no directory")),
            }
        };
        match &entry.kind {
            TarKind::Directory => tree.directory(&path)?,
            TarKind::SymbolicLink(target) => tree.symbolic_link(&path, target)?,
            TarKind::HardLink(target) => tree.hard_link(&path, target)?,
            TarKind::File => {
                let mut content = |buffer: &mut [u8]| {
                    reader.read(buffer).map_err(|error| SourceProblem::Unreadable(error.to_string()).into())
                };
                tree.file(&path, entry.executable, entry.modified, &mut content)?;
            }
        }
    }
    tree.finish()
}

fn unpack_zip(
    archive: &SourceArchive<'_>,
    into: &Path,
    limits: &SourceLimits,
) -> Result<UnpackedSource, Stop> {
    let read_error = |error| CacheError::io("cannot read", Path::new(archive.filename), error);
    // SAFETY: a finished download is ours alone; a local archive is the user's, who is told not to change it.
    let bytes = unsafe { Mmap::map(archive.file) }.map_err(read_error)?;
    let sha256 = Sha256::of(&bytes);
    for promised in archive.promised {
        let got = match promised.algorithm {
            HashAlgorithm::Sha256 => {
                Digest { algorithm: HashAlgorithm::Sha256, hex: sha256.to_string().into() }
            }
            algorithm => Digest::of(algorithm, &bytes),
        };
        stream::check(archive.filename, promised, got)?;
    }
    let SourceLimits { entries, total_size, ratio } = *limits;
    let zip = ZipReader::with_limits(&bytes, &ZipLimits { entries, total_size, ratio, links: true })?;
    let mut tree = Tree::new(into, limits);
    let mut inflater = Inflater::default();
    for directory in zip.directories() {
        tree.directory(directory.path.as_str())?;
    }
    for entry in zip.entries() {
        let path = entry.path.as_str();
        if entry.is_link {
            let target = if entry.size > LONGEST_TARGET { Cow::default() } else { zip.read(entry)? };
            let target =
                std::str::from_utf8(&target).map_err(|_| Stop::entry(path, "it is a link to no path"))?;
            tree.symbolic_link(path, target)?;
            continue;
        }
        let mut writer = tree.create(path, entry.executable)?;
        zip.stream::<Stop>(entry, &mut inflater, &mut |part| writer.write(part))?;
        writer.close(None)?;
    }
    Ok(UnpackedSource { root: tree.finish()?, sha256 })
}

#[cfg(test)]
mod tests;
