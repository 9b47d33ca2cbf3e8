//! A source tree, and what it says about itself without a build: `pyproject.toml` (PEP 621) and PKG-INFO (PEP 643).

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use distribution::{CoreMetadata, InvalidPyproject, Pyproject, SafePath};
use requirement::{ProjectName, Version};

use crate::BuildError;

/// Larger files that describe a project are not read.
const LARGEST_FILE: u64 = 16 << 20;

/// Where a source tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// An unpacked source distribution: its PKG-INFO speaks for it.
    Sdist,
    /// A directory, an archive that is no sdist, a checkout: a PKG-INFO in it may be a leftover.
    Tree,
}

/// What was asked for, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The name.
    pub name: Option<ProjectName>,
    /// The version.
    pub version: Option<Version>,
}

/// A directory with a Python project.
#[derive(Debug, Clone)]
pub struct SourceTree {
    /// The project's directory: the working directory of its backend.
    pub directory: PathBuf,
    /// `pyproject.toml`, or what stands in for it.
    pub pyproject: Pyproject,
    /// Where it comes from.
    pub kind: SourceKind,
    /// What it should be.
    pub expected: Expected,
}

impl SourceTree {
    /// Reads the project at `root`, or in a subdirectory of it (`#subdirectory=`).
    pub fn open(
        root: &Path,
        subdirectory: Option<&str>,
        kind: SourceKind,
        expected: Expected,
    ) -> Result<Self, BuildError> {
        let directory = match subdirectory {
            None => root.to_path_buf(),
            Some(subdirectory) => inside(root, subdirectory).map_err(|reason| BuildError::Subdirectory {
                tree: root.to_path_buf(),
                subdirectory: subdirectory.to_owned(),
                reason,
            })?,
        };
        let file = directory.join("pyproject.toml");
        let pyproject = match read(&file)? {
            Some(bytes) => {
                Pyproject::parse(&bytes).map_err(|source| BuildError::Pyproject { file, source })?
            }
            None if directory.join("setup.py").is_file() => Pyproject::default(),
            None => return Err(BuildError::NotAProject { directory }),
        };
        Ok(Self { directory, pyproject, kind, expected })
    }

    /// What any build of it will say of itself, where that can be known without one.
    /// Of an editable install it need not be true: backends may add dependencies to it.
    pub fn static_metadata(&self) -> Result<Option<CoreMetadata>, BuildError> {
        if let Some(metadata) = self.package_info()? {
            self.check(&metadata.name, Some(&metadata.version))?;
            return Ok(Some(metadata));
        }
        // What is wrong there the backend explains.
        let Ok(Some(metadata)) = self.pyproject.static_metadata() else { return Ok(None) };
        if self.setup_may_add()? {
            return Ok(None);
        }
        self.check(&metadata.name, Some(&metadata.version))?;
        Ok(Some(metadata))
    }

    /// PKG-INFO of an sdist, if it says that it is final.
    fn package_info(&self) -> Result<Option<CoreMetadata>, BuildError> {
        if self.kind != SourceKind::Sdist {
            return Ok(None);
        }
        let bytes = read(&self.directory.join("PKG-INFO"))?;
        let metadata = bytes.and_then(|bytes| CoreMetadata::parse(&bytes).ok());
        Ok(metadata.filter(CoreMetadata::is_static))
    }

    /// Whether `setup.py` or `setup.cfg` may say what `[project]` leaves out: older versions of setuptools put both
    /// together.
    fn setup_may_add(&self) -> Result<bool, BuildError> {
        if !self.pyproject.build_system.backend.is_setuptools() {
            return Ok(false);
        }
        let Ok(Some(project)) = self.pyproject.project() else { return Ok(true) };
        let missing = [
            (project.dependencies.is_none(), "install_requires"),
            (project.optional_dependencies.is_none(), "extras_require"),
            (project.requires_python.is_none(), "python_requires"),
        ];
        for name in ["setup.py", "setup.cfg"] {
            let bytes = read(&self.directory.join(name))?.unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            if missing.iter().any(|(is_missing, word)| *is_missing && text.contains(word)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether name and version are those that were asked for.
    pub(crate) fn check(&self, name: &ProjectName, version: Option<&Version>) -> Result<(), BuildError> {
        let mismatch = |what, expected: String, found: String| {
            Err(BuildError::Mismatch { package: self.label(), what, expected, found })
        };
        match (&self.expected.name, &self.expected.version, version) {
            (Some(expected), _, _) if expected != name => {
                mismatch("the name", expected.to_string(), name.to_string())
            }
            (_, Some(expected), Some(version)) if expected != version => {
                mismatch("the version", expected.to_string(), version.to_string())
            }
            _ => Ok(()),
        }
    }

    /// What it is called in messages: the name and version that were asked for, else the name that it gives itself, else the
    /// directory.
    pub fn label(&self) -> String {
        match (&self.expected.name, &self.expected.version) {
            (Some(name), Some(version)) => format!("{name} {version}"),
            (Some(name), None) => name.to_string(),
            _ => self.own_name().unwrap_or_else(|| self.directory.display().to_string()),
        }
    }

    /// The name in `pyproject.toml`, else in the PKG-INFO of an sdist.
    fn own_name(&self) -> Option<String> {
        match self.pyproject.project() {
            Ok(Some(project)) => Some(project.name_text),
            _ if self.kind == SourceKind::Sdist => {
                let bytes = read(&self.directory.join("PKG-INFO")).ok()??;
                CoreMetadata::parse(&bytes).ok().map(|metadata| metadata.name_text.into())
            }
            _ => None,
        }
    }

    /// The entries of `backend-path`: relative, and directories of the tree even with links followed.
    pub(crate) fn check_backend_path(&self) -> Result<(), BuildError> {
        for entry in &self.pyproject.build_system.backend_path {
            inside(&self.directory, entry).map_err(|reason| BuildError::BackendPath {
                file: self.directory.join("pyproject.toml"),
                entry: entry.clone(),
                reason,
            })?;
        }
        Ok(())
    }

    /// The file that is wrong, for a caller who wants the error of [`Pyproject::project`].
    pub fn pyproject_error(&self, source: InvalidPyproject) -> BuildError {
        BuildError::Pyproject { file: self.directory.join("pyproject.toml"), source }
    }
}

/// The directory `relative` of `root`, which it may not leave, through links either.
fn inside(root: &Path, relative: &str) -> Result<PathBuf, String> {
    let path = relative.strip_prefix("./").unwrap_or(relative).trim_end_matches('/');
    let path = match path {
        "" | "." if !relative.starts_with('/') => root.to_path_buf(),
        _ => SafePath::new(path).map_err(|error| format!("is refused: {}", error.reason))?.under(root),
    };
    let resolved = fs::canonicalize(&path).and_then(|path| Ok((path, fs::canonicalize(root)?)));
    match resolved {
        Ok((resolved, root)) if !resolved.starts_with(&root) => {
            Err("leads out of the source tree".to_owned())
        }
        Ok((resolved, _)) if !resolved.is_dir() => Err("is not a directory".to_owned()),
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err("does not exist".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// The content of a file, if there is one.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, BuildError> {
    let file = match open(path) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(None),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(BuildError::io("cannot read", path)(error)),
    };
    let mut bytes = Vec::new();
    let read = file.take(LARGEST_FILE + 1).read_to_end(&mut bytes);
    let read = read.and_then(|count| {
        let is_small = count as u64 <= LARGEST_FILE;
        is_small
            .then_some(())
            .ok_or_else(|| io::Error::other(format!("it has more than {LARGEST_FILE} bytes")))
    });
    read.map_err(BuildError::io("cannot read", path))?;
    Ok(Some(bytes))
}

/// Opens a file; what is something else, and might be read for ever, is not there.
fn open(path: &Path) -> io::Result<Option<File>> {
    if fs::metadata(path)?.is_file() { File::open(path).map(Some) } else { Ok(None) }
}
