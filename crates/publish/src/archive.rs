//! Distribution files: what kind they are, the metadata inside, and their hashes.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use blake2::Digest as _;
use blake2::digest::consts::U32;
use cache::{Cache, SourceArchive, SourceLimits, SourceMember, SourceMemberKind, ZipReader};
use distribution::{Sha256, Sha256Hasher};
use memmap2::Mmap;

use crate::PublishError;

/// Longer metadata is nonsense.
const LONGEST_METADATA: u64 = 16 << 20;
/// What metadata is known by.
const MARK: &[u8] = b"Metadata-Version";

/// The kinds of distributions that can be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileType {
    /// A wheel.
    Wheel,
    /// A source distribution.
    Sdist,
}

impl FileType {
    /// The value of the form field `filetype`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wheel => "bdist_wheel",
            Self::Sdist => "sdist",
        }
    }
}

/// A distribution file, open.
#[derive(Debug)]
pub struct Archive {
    /// Its path.
    pub path: PathBuf,
    /// Its name.
    pub filename: String,
    /// Its kind.
    pub filetype: FileType,
    file: File,
    /// Bytes.
    pub size: u64,
}

/// The hashes that an upload carries, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256.
    pub sha256: String,
    /// BLAKE2b with 256 bits.
    pub blake2: String,
}

impl Archive {
    /// Opens the file at `path`; its name decides what it is.
    pub fn open(path: &Path) -> Result<Self, PublishError> {
        let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let failed = |source| PublishError::Io { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let filetype = match () {
            () if metadata.is_dir() => None,
            () if filename.ends_with(".whl") => Some(FileType::Wheel),
            () if filename.ends_with(".tar.gz") || filename.ends_with(".zip") => Some(FileType::Sdist),
            () => None,
        };
        let Some(filetype) = filetype else {
            let (path, is_directory) = (path.to_owned(), metadata.is_dir());
            return Err(PublishError::UnknownFormat { path, filename, is_directory });
        };
        Ok(Self { path: path.to_owned(), filename, filetype, file, size: metadata.len() })
    }

    fn failed(&self, source: io::Error) -> PublishError {
        PublishError::Io { path: self.path.clone(), source }
    }

    fn lacks(&self, reason: impl Into<String>) -> PublishError {
        PublishError::NoMetadata { path: self.path.clone(), reason: reason.into() }
    }

    /// The value of the form field `pyversion`: the Python tags of a wheel, or `source`.
    pub fn python_version(&self) -> String {
        if self.filetype == FileType::Sdist {
            return "source".to_owned();
        }
        let stem = self.filename.strip_suffix(".whl").unwrap_or(&self.filename);
        let parts: Vec<&str> = stem.rsplitn(4, '-').collect();
        match parts.as_slice() {
            [_, _, python, rest] if rest.contains('-') => (*python).to_owned(),
            _ => "any".to_owned(),
        }
    }

    /// The metadata, as it stands in METADATA or PKG-INFO.
    pub fn metadata(&self) -> Result<Vec<u8>, PublishError> {
        match self.filetype {
            FileType::Wheel => self.with_wheel(|zip| self.wheel_metadata(zip))?,
            FileType::Sdist => self.sdist_metadata(),
        }
    }

    /// Reads the wheel that this is.
    pub(crate) fn with_wheel<T>(&self, work: impl FnOnce(&ZipReader<'_>) -> T) -> Result<T, PublishError> {
        if self.size == 0 {
            return Err(self.lacks("the file is empty"));
        }
        // SAFETY: the file is the user's, who is about to publish it and does not change it meanwhile.
        let bytes = unsafe { Mmap::map(&self.file) }.map_err(|error| self.failed(error))?;
        let zip = ZipReader::new(&bytes)
            .map_err(|source| PublishError::Wheel { path: self.path.clone(), source })?;
        Ok(work(&zip))
    }

    fn wheel_metadata(&self, zip: &ZipReader<'_>) -> Result<Vec<u8>, PublishError> {
        let mut candidates: Vec<_> = zip
            .entries()
            .iter()
            .filter(|entry| entry.path.as_str().ends_with(".dist-info/METADATA"))
            .collect();
        candidates.sort_by_key(|entry| (entry.path.components().count(), entry.path.as_str()));
        for entry in &candidates {
            if entry.size > LONGEST_METADATA {
                return Err(self.lacks(format!("{} has more than 16 MiB", entry.path.as_str())));
            }
            let content = zip.read(entry);
            let content =
                content.map_err(|source| PublishError::Wheel { path: self.path.clone(), source })?;
            if has_mark(&content) {
                return Ok(content.into_owned());
            }
        }
        let searched: Vec<&str> = candidates.iter().map(|entry| entry.path.as_str()).collect();
        let searched = searched.join(",");
        Err(self.lacks(format!(
            "No METADATA in archive or METADATA missing 'Metadata-Version' (searched {searched})"
        )))
    }

    /// Shows the members, one after the other.
    pub(crate) fn members(
        &self,
        visit: &mut dyn FnMut(SourceMember, &mut dyn Read) -> io::Result<()>,
    ) -> Result<Sha256, PublishError> {
        // A wheel is a zip archive; its own name does not say so.
        let filename = match self.filetype {
            FileType::Wheel => "wheel.zip",
            FileType::Sdist => self.filename.as_str(),
        };
        let archive = SourceArchive { filename, file: &self.file, promised: &[] };
        Cache::read_source(&archive, &SourceLimits::default(), visit)
            .map_err(|source| PublishError::Archive { path: self.path.clone(), source: Box::new(source) })
    }

    fn sdist_metadata(&self) -> Result<Vec<u8>, PublishError> {
        let mut roots = BTreeSet::new();
        let mut found: Option<(String, Option<Vec<u8>>)> = None;
        self.members(&mut |member, content| {
            let path = member.path.trim_start_matches("./");
            let root = path.split('/').next().unwrap_or_default();
            if roots.len() < 2 {
                roots.insert(root.to_owned());
            }
            if path.split_once('/') == Some((root, "PKG-INFO")) {
                let mut bytes = Vec::new();
                let is_file = member.kind == SourceMemberKind::File;
                if is_file {
                    content.take(LONGEST_METADATA).read_to_end(&mut bytes)?;
                }
                found = Some((root.to_owned(), is_file.then_some(bytes)));
            }
            Ok(())
        })?;
        roots.remove("");
        if roots.len() > 1 {
            return Err(self.lacks("Too many top-level members in sdist archive"));
        }
        match found {
            Some((_, None)) => Err(self.lacks("PKG-INFO is not a regular file")),
            Some((_, Some(bytes))) if has_mark(&bytes) => Ok(bytes),
            _ => Err(self.lacks("No PKG-INFO in archive or PKG-INFO missing 'Metadata-Version'")),
        }
    }

    /// Reads the whole file for its hashes.
    pub fn digests(&self) -> Result<Digests, PublishError> {
        let mut file = File::open(&self.path).map_err(|error| self.failed(error))?;
        let mut sha256 = Sha256Hasher::new();
        let mut blake2 = blake2::Blake2b::<U32>::new();
        let mut buffer = vec![0; 256 << 10];
        loop {
            let length = file.read(&mut buffer).map_err(|error| self.failed(error))?;
            if length == 0 {
                break;
            }
            let bytes = buffer.get(..length).unwrap_or_default();
            sha256.update(bytes);
            blake2.update(bytes);
        }
        let blake2 = blake2.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Digests { sha256: sha256.finish().to_string(), blake2 })
    }
}

fn has_mark(bytes: &[u8]) -> bool {
    bytes.windows(MARK.len()).any(|window| window == MARK)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write;

    use test_support::WheelBuilder;

    use super::*;

    /// A gzipped tar archive with these files, made by the system's own tar.
    fn sdist(directory: &Path, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let tree = tempfile::tempdir_in(directory).unwrap();
        for (path, content) in files {
            let path = tree.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        let target = directory.join(name);
        let tops: BTreeSet<&str> = files.iter().map(|(path, _)| path.split('/').next().unwrap()).collect();
        let mut tar = std::process::Command::new("tar");
        tar.arg("-czf").arg(&target).arg("-C").arg(tree.path()).args(tops);
        assert!(tar.status().unwrap().success());
        target
    }

    #[test]
    fn metadata_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let wheel = WheelBuilder::new("demo", "1.0").tag("py2.py3-none-any");
        let path = directory.path().join(wheel.filename());
        std::fs::write(&path, wheel.build()).unwrap();
        let archive = Archive::open(&path).unwrap();
        assert_eq!((archive.filetype.name(), archive.python_version().as_str()), ("bdist_wheel", "py2.py3"));
        assert_eq!(archive.metadata().unwrap(), wheel.metadata().as_bytes());
        let text = "Metadata-Version: 2.1\nName: demo\nVersion: 1\n";
        let files = [("demo-1/PKG-INFO", text), ("demo-1/demo.egg-info/PKG-INFO", "other")];
        let archive = Archive::open(&sdist(directory.path(), "demo-1.tar.gz", &files)).unwrap();
        assert_eq!((archive.filetype.name(), archive.python_version().as_str()), ("sdist", "source"));
        assert_eq!(archive.metadata().unwrap(), text.as_bytes());
    }

    #[test]
    fn what_is_no_distribution_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = directory.path().join(name);
            std::fs::File::create(&path).unwrap().write_all(content).unwrap();
            path
        };
        let bare = sdist(directory.path(), "bare-1.tar.gz", &[("bare-1/setup.py", "")]);
        let two = sdist(
            directory.path(),
            "two-1.tar.gz",
            &[("two-1/PKG-INFO", "Metadata-Version: 1"), ("x/y", "")],
        );
        for (path, message) in [
            (write("a-1.exe", b""), "Unknown distribution format: 'a-1.exe'"),
            (write("a-1-py3-none-any.whl", b""), "the file is empty"),
            (write("b-1-py3-none-any.whl", b"no zip at all"), "it is not a zip archive"),
            (write("b-1.tar.gz", b"no gzip"), "not what its name says"),
            (bare, "No PKG-INFO in archive"),
            (two, "Too many top-level members"),
            (directory.path().to_owned(), "is a directory; did you mean"),
        ] {
            let error = Archive::open(&path).and_then(|archive| archive.metadata()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
    }

    #[test]
    fn hashes_are_those_of_hashlib() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a-1.zip");
        std::fs::write(&path, b"abc").unwrap();
        let digests = Archive::open(&path).unwrap().digests().unwrap();
        assert_eq!(digests.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digests.blake2, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    }

    #[test]
    fn python_tags_are_those_of_the_name() {
        for (name, tags) in [
            ("a-1-py3-none-any.whl", "py3"),
            ("a-1-2build-cp312-cp312-manylinux_2_17_x86_64.whl", "cp312"),
            ("a.whl", "any"),
            ("a-none-any.whl", "any"),
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(name);
            std::fs::write(&path, b"").unwrap();
            assert_eq!(Archive::open(&path).unwrap().python_version(), tags);
        }
    }
}
