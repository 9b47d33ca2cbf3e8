//! One installed distribution (recording installed projects specification, PEP 376 and 627): where it is, and what its
//! files of metadata say, read when asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use distribution::{CoreMetadata, DirectUrl, Record};
use requirement::{ProjectName, Version};

use crate::InstallError;
use crate::eggs;
use crate::paths::normalized;

/// One installed distribution. The name and version come from the directory's name; METADATA is read when asked for.
#[derive(Debug, Clone)]
pub struct InstalledDistribution {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The `.dist-info` (or `.egg-info`) directory or file.
    pub info: PathBuf,
    /// The directory that holds it.
    pub location: PathBuf,
    /// The `.egg-link` by which `setup.py develop` installed it: then `location` is its project's directory.
    pub egg_link: Option<PathBuf>,
}

/// How a distribution is described on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfoKind {
    /// A `.dist-info` directory.
    DistInfo,
    /// An `.egg-info` directory (setuptools).
    EggInfoDirectory,
    /// An `.egg-info` file (distutils).
    EggInfoFile,
    /// The `EGG-INFO` directory of an `.egg` directory (easy_install).
    Egg,
}

impl InstalledDistribution {
    /// The library directory that it is installed in: `location`, or that of its `.egg-link` or `.egg`.
    pub fn installed_location(&self) -> &Path {
        let own = (self.kind() == InfoKind::Egg).then_some(self.location.as_path());
        self.egg_link.as_deref().or(own).and_then(Path::parent).unwrap_or(&self.location)
    }

    /// The directory of a project that `setup.py develop` installed (of newer editable ones, `direct_url` says it).
    pub fn develop_location(&self) -> Option<&Path> {
        self.egg_link.is_some().then_some(self.location.as_path())
    }

    /// How it is described on disk.
    pub fn kind(&self) -> InfoKind {
        if self.info.extension().is_some_and(|extension| extension == "dist-info") {
            InfoKind::DistInfo
        } else if self.info.file_name().is_some_and(|name| name == "EGG-INFO") {
            InfoKind::Egg
        } else if self.info.is_dir() {
            InfoKind::EggInfoDirectory
        } else {
            InfoKind::EggInfoFile
        }
    }

    /// The path of METADATA or PKG-INFO.
    pub fn metadata_path(&self) -> PathBuf {
        match self.kind() {
            InfoKind::DistInfo => self.info.join("METADATA"),
            InfoKind::EggInfoDirectory | InfoKind::Egg => self.info.join("PKG-INFO"),
            InfoKind::EggInfoFile => self.info.clone(),
        }
    }

    /// Its METADATA or PKG-INFO, parsed.
    pub fn metadata(&self) -> Result<CoreMetadata, InstallError> {
        CoreMetadata::parse(&self.metadata_bytes()?)
            .map_err(|source| InstallError::Metadata { path: self.metadata_path(), source })
    }

    /// The bytes of METADATA or PKG-INFO; the latter with what only `requires.txt` beside it says.
    pub fn metadata_bytes(&self) -> Result<Vec<u8>, InstallError> {
        let path = self.metadata_path();
        let bytes = fs::read(&path).map_err(InstallError::io("cannot read", &path))?;
        let is_egg = matches!(self.kind(), InfoKind::EggInfoDirectory | InfoKind::Egg);
        let requires = if is_egg { self.info_text("requires.txt") } else { None };
        Ok(match requires {
            Some(requires) => eggs::with_requirements(bytes, &requires),
            None => bytes,
        })
    }

    /// The name as its metadata spells it; the normalised one where that cannot be read.
    pub fn name_text(&self) -> String {
        let bytes = self.metadata_bytes().unwrap_or_default();
        let (headers, _) = distribution::headers(&bytes);
        let name = headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("Name"));
        name.map_or_else(|| self.name.to_string(), |(_, value)| value.trim().to_owned())
    }

    /// The text of a file of the `.dist-info` or `.egg-info` directory, where there is one and it is UTF-8.
    pub fn info_text(&self, file_name: &str) -> Option<String> {
        fs::read_to_string(self.info.join(file_name)).ok()
    }

    /// INSTALLER, trimmed.
    pub fn installer(&self) -> Option<String> {
        let text = self.info_text("INSTALLER")?;
        let name = text.lines().find(|line| !line.trim().is_empty())?;
        Some(name.trim().to_owned())
    }

    /// Whether REQUESTED is there.
    pub fn requested(&self) -> bool {
        self.info.join("REQUESTED").is_file()
    }

    /// direct_url.json.
    pub fn direct_url(&self) -> Option<DirectUrl> {
        DirectUrl::parse(&self.info_text("direct_url.json")?)
    }

    /// The files of RECORD (or installed-files.txt) as absolute, normalised paths, in order; an error where there
    /// is neither.
    pub fn files(&self) -> Result<Vec<PathBuf>, InstallError> {
        match self.record() {
            Ok(record) => {
                let rows = record.entries.iter().map(|entry| normalized(&self.location, &entry.path));
                Ok(rows.collect())
            }
            Err(error @ InstallError::MissingRecord { .. }) => {
                let list = self.info_text("installed-files.txt").ok_or(error)?;
                let lines = list.lines().filter(|line| !line.is_empty());
                Ok(lines.map(|line| normalized(&self.info, line)).collect())
            }
            Err(error) => Err(error),
        }
    }

    /// RECORD, parsed.
    pub fn record(&self) -> Result<Record, InstallError> {
        let path = self.info.join("RECORD");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Err(self.missing_record());
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(InstallError::io("cannot read", &path)(error));
            }
            Err(error) => return Err(self.invalid_record(path, &error.to_string())),
        };
        match Record::parse(&bytes) {
            Ok(record) if record.entries.is_empty() => Err(self.invalid_record(path, "it lists nothing")),
            result => result.map_err(|error| self.invalid_record(path, &error.to_string())),
        }
    }

    fn invalid_record(&self, path: PathBuf, reason: &str) -> InstallError {
        let (name, version) = (self.name.to_string(), self.version.to_string());
        InstallError::Record { path, name, version, reason: reason.to_owned() }
    }

    pub(crate) fn missing_record(&self) -> InstallError {
        let installer = self.installer().filter(|installer| installer != "pip" && installer != "rpip");
        InstallError::MissingRecord { name: self.name_text(), version: self.version.to_string(), installer }
    }
}
