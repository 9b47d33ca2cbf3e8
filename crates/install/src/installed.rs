//! Reading what is installed: one directory listing, few files opened.

use std::path::{Path, PathBuf};

use distribution::{CoreMetadata, DirectUrl};
use python::Environment;
use requirement::{ProjectName, Version};

use crate::InstallError;

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
}

/// Something in site-packages that looks like a distribution and is not usable (`~ip`, no METADATA, bad version).
#[derive(Debug, Clone)]
pub struct BrokenDistribution {
    /// The directory or file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

/// All distributions of an environment; where one name stands twice, the first on `sys.path` counts.
#[derive(Debug, Clone, Default)]
pub struct InstalledDistributions {
    /// By name.
    pub distributions: Vec<InstalledDistribution>,
    /// What was passed over.
    pub broken: Vec<BrokenDistribution>,
}

impl InstalledDistributions {
    /// Lists `directories` (missing ones are empty).
    pub fn read(_directories: &[PathBuf]) -> Result<Self, InstallError> {
        todo!()
    }

    /// The distribution of that name.
    pub fn get(&self, _name: &ProjectName) -> Option<&InstalledDistribution> {
        todo!()
    }
}

impl InstalledDistribution {
    /// Its METADATA or PKG-INFO, parsed.
    pub fn metadata(&self) -> Result<CoreMetadata, InstallError> {
        todo!()
    }

    /// The bytes of METADATA or PKG-INFO.
    pub fn metadata_bytes(&self) -> Result<Vec<u8>, InstallError> {
        todo!()
    }

    /// INSTALLER, trimmed.
    pub fn installer(&self) -> Option<String> {
        todo!()
    }

    /// Whether REQUESTED is there.
    pub fn requested(&self) -> bool {
        todo!()
    }

    /// direct_url.json.
    pub fn direct_url(&self) -> Option<DirectUrl> {
        todo!()
    }

    /// The files of RECORD as absolute, normalised paths, in order; an error where there is no RECORD.
    pub fn files(&self) -> Result<Vec<PathBuf>, InstallError> {
        todo!()
    }
}

#[allow(dead_code)]
fn _unused(_: &Path, _: &Environment) {}
