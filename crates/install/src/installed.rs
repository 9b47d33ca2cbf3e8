//! Reading what is installed (recording installed projects specification, PEP 376 and 627): one directory listing,
//! few files opened. Whatever lies in site-packages, nothing here is fatal.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use distribution::{CoreMetadata, DirectUrl, Record};
use requirement::{ProjectName, Version};

use crate::InstallError;
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

/// How a distribution is described on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InfoKind {
    /// A `.dist-info` directory.
    DistInfo,
    /// An `.egg-info` directory (setuptools).
    EggInfoDirectory,
    /// An `.egg-info` file (distutils).
    EggInfoFile,
}

impl InstalledDistributions {
    /// Lists `directories` (missing ones are empty).
    pub fn read(directories: &[PathBuf]) -> Result<Self, InstallError> {
        let mut found: BTreeMap<ProjectName, InstalledDistribution> = BTreeMap::new();
        let mut broken = Vec::new();
        for (index, directory) in directories.iter().enumerate() {
            if directories.iter().take(index).any(|earlier| earlier == directory) {
                continue;
            }
            let mut here: BTreeMap<ProjectName, InstalledDistribution> = BTreeMap::new();
            for distribution in read_directory(directory, &mut broken) {
                let name = distribution.name.clone();
                let Some(other) = here.remove(&name) else {
                    here.insert(name, distribution);
                    continue;
                };
                let (kept, passed_over) = if is_better(&distribution, &other) {
                    (distribution, other)
                } else {
                    (other, distribution)
                };
                broken.push(BrokenDistribution {
                    reason: format!("{} {} is installed too", kept.name, kept.version),
                    path: passed_over.info,
                });
                here.insert(name, kept);
            }
            for (name, distribution) in here {
                found.entry(name).or_insert(distribution);
            }
        }
        Ok(Self { distributions: found.into_values().collect(), broken })
    }

    /// The distribution of that name.
    pub fn get(&self, name: &ProjectName) -> Option<&InstalledDistribution> {
        let index = self.distributions.binary_search_by(|distribution| distribution.name.cmp(name)).ok()?;
        self.distributions.get(index)
    }
}

/// Of two distributions of one name in one directory: `.dist-info` counts before `.egg-info`, then the newer version.
fn is_better(one: &InstalledDistribution, other: &InstalledDistribution) -> bool {
    let rank = |distribution: &InstalledDistribution| {
        (distribution.kind() == InfoKind::DistInfo, distribution.version.clone())
    };
    rank(one) > rank(other)
}

/// All distributions in a directory, also several of one project.
pub(crate) fn all_in(directory: &Path) -> Vec<InstalledDistribution> {
    read_directory(directory, &mut Vec::new())
}

fn read_directory(directory: &Path, broken: &mut Vec<BrokenDistribution>) -> Vec<InstalledDistribution> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
                let reason = format!("it cannot be read: {error}");
                broken.push(BrokenDistribution { path: directory.to_path_buf(), reason });
            }
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let bytes = file_name.as_encoded_bytes();
        if !bytes.ends_with(b".dist-info") && !bytes.ends_with(b".egg-info") {
            continue;
        }
        match read_entry(directory, &file_name.to_string_lossy()) {
            Ok(distribution) => found.push(distribution),
            Err(reason) => broken.push(BrokenDistribution { path: entry.path(), reason }),
        }
    }
    found
}

/// Understands one entry by its name; only where the name does not say all is a file read.
fn read_entry(directory: &Path, file_name: &str) -> Result<InstalledDistribution, String> {
    let info = directory.join(file_name);
    let (stem, is_dist_info) = match file_name.strip_suffix(".dist-info") {
        Some(stem) => (stem, true),
        None => (file_name.strip_suffix(".egg-info").unwrap_or(file_name), false),
    };
    if stem.starts_with('~') {
        return Err("it is what an interrupted pip left".to_owned());
    }
    if is_dist_info && !info.join("METADATA").is_file() {
        return Err("it has no METADATA".to_owned());
    }
    let from_name = if is_dist_info { split_dist_info(stem) } else { split_egg_info(stem) };
    let (name, version) = match from_name {
        Some(found) => found,
        None => from_metadata(&info, is_dist_info)?,
    };
    Ok(InstalledDistribution { name, version, info, location: directory.to_path_buf(), egg_link: None })
}

/// `name-version`, at the first dash after which everything is a version.
fn split_dist_info(stem: &str) -> Option<(ProjectName, Version)> {
    stem.match_indices('-').find_map(|(position, _)| {
        let name = stem.get(..position)?.parse().ok()?;
        let version = stem.get(position + 1..)?;
        Some((name, version.parse().or_else(|_| version.replacen('_', "+", 1).parse()).ok()?))
    })
}

/// `name-version[-pyX.Y[-platform]]`, where dashes within a part are `_`.
fn split_egg_info(stem: &str) -> Option<(ProjectName, Version)> {
    let mut parts = stem.split('-');
    let (name, version) = (parts.next()?, parts.next()?);
    Some((name.parse().ok()?, version.parse().or_else(|_| version.replace('_', "-").parse()).ok()?))
}

fn from_metadata(info: &Path, is_dist_info: bool) -> Result<(ProjectName, Version), String> {
    let path = match (is_dist_info, info.is_dir()) {
        (true, _) => info.join("METADATA"),
        (false, true) => info.join("PKG-INFO"),
        (false, false) => info.to_path_buf(),
    };
    let bytes = fs::read(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    let (headers, _) = distribution::headers(&bytes);
    let field = |name: &str| {
        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).ok_or_else(|| format!("its metadata has no {name}"))
    };
    let name = field("Name")?.parse().map_err(|error| format!("{error}"))?;
    let version = field("Version")?.parse().map_err(|error| format!("{error}"))?;
    Ok((name, version))
}

impl InstalledDistribution {
    /// The library directory that it is installed in: `location`, or where its `.egg-link` is.
    pub fn installed_location(&self) -> &Path {
        self.egg_link.as_deref().and_then(Path::parent).unwrap_or(&self.location)
    }

    /// How it is described on disk.
    pub fn kind(&self) -> InfoKind {
        if self.info.extension().is_some_and(|extension| extension == "dist-info") {
            InfoKind::DistInfo
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
            InfoKind::EggInfoDirectory => self.info.join("PKG-INFO"),
            InfoKind::EggInfoFile => self.info.clone(),
        }
    }

    /// Its METADATA or PKG-INFO, parsed.
    pub fn metadata(&self) -> Result<CoreMetadata, InstallError> {
        CoreMetadata::parse(&self.metadata_bytes()?)
            .map_err(|source| InstallError::Metadata { path: self.metadata_path(), source })
    }

    /// The bytes of METADATA or PKG-INFO.
    pub fn metadata_bytes(&self) -> Result<Vec<u8>, InstallError> {
        let path = self.metadata_path();
        fs::read(&path).map_err(InstallError::io("cannot read", &path))
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
        Ok(match self.kind() {
            InfoKind::DistInfo => {
                let record = self.record()?;
                record.entries.iter().map(|entry| normalized(&self.location, &entry.path)).collect()
            }
            InfoKind::EggInfoDirectory => {
                let list = self.info_text("installed-files.txt").ok_or_else(|| self.missing_record())?;
                let lines = list.lines().filter(|line| !line.is_empty());
                lines.map(|line| normalized(&self.info, line)).collect()
            }
            InfoKind::EggInfoFile => return Err(self.missing_record()),
        })
    }

    /// RECORD, parsed.
    pub fn record(&self) -> Result<Record, InstallError> {
        let path = self.info.join("RECORD");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.missing_record()),
            Err(source) => return Err(InstallError::io("cannot read", &path)(source)),
        };
        Record::parse(&bytes).map_err(|source| InstallError::Record { path, source })
    }

    pub(crate) fn missing_record(&self) -> InstallError {
        let installer = self.installer().filter(|installer| installer != "pip" && installer != "rpip");
        InstallError::MissingRecord { name: self.name_text(), version: self.version.to_string(), installer }
    }
}
