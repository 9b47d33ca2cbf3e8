//! Finding what is installed (recording installed projects specification, PEP 376 and 627): one directory listing, few
//! files opened. Whatever lies in site-packages, nothing here is fatal; what pip warns of, it warns of in pip's words.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use requirement::{ProjectName, Version};

use crate::InstallError;
use crate::eggs;
use crate::installed::{InfoKind, InstalledDistribution};

/// Something in site-packages that looks like a distribution and is not usable (`~ip`, no METADATA, bad version).
#[derive(Debug, Clone)]
pub struct BrokenDistribution {
    /// The directory or file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
    /// What the user is told of it; none where pip, too, passes over it in silence (an older version beside a newer one).
    pub warning: Option<String>,
    /// What pip lists nevertheless: one without METADATA, or with a version that is none. The second is the version as
    /// written; where that is none, the distribution's is 0.
    pub listed: Option<Box<(InstalledDistribution, String)>>,
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
                    warning: None,
                    listed: None,
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

    /// What pip would warn of, each once, in order.
    pub fn warnings(&self) -> impl Iterator<Item = &str> {
        self.broken.iter().filter_map(|broken| broken.warning.as_deref())
    }
}

/// Of two distributions of one name in one directory: what is linked to counts last, `.dist-info` counts before
/// `.egg-info`, then the newer version.
fn is_better(one: &InstalledDistribution, other: &InstalledDistribution) -> bool {
    let rank = |distribution: &InstalledDistribution| {
        let is_modern = distribution.kind() == InfoKind::DistInfo;
        (distribution.egg_link.is_none(), is_modern, distribution.version.clone())
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
                let path = directory.to_path_buf();
                let warning = format!("Ignoring what is installed in {}: {error}", path.display());
                let reason = format!("it cannot be read: {error}");
                broken.push(BrokenDistribution { path, reason, warning: Some(warning), listed: None });
            }
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    let (mut eggs, mut links) = (Vec::new(), Vec::new());
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let bytes = file_name.as_encoded_bytes();
        if bytes.ends_with(b".dist-info") || bytes.ends_with(b".egg-info") {
            match read_entry(directory, &file_name.to_string_lossy()) {
                Ok(distribution) => found.push(distribution),
                Err(problem) => broken.push(problem),
            }
        } else if bytes.ends_with(b".egg") {
            eggs.push(file_name.to_string_lossy().into_owned());
        } else if bytes.ends_with(b".egg-link") {
            links.push(entry.path());
        }
    }
    found.extend(eggs::listed_eggs(directory, &eggs).iter().filter_map(|egg| read_egg(egg)));
    found.extend(links.iter().flat_map(|link| read_link(link)));
    found
}

/// Understands one entry by its name; only where the name does not say all is a file read.
fn read_entry(directory: &Path, file_name: &str) -> Result<InstalledDistribution, BrokenDistribution> {
    let info = directory.join(file_name);
    let place = directory.display();
    let (stem, is_dist_info) = match file_name.strip_suffix(".dist-info") {
        Some(stem) => (stem, true),
        None => (file_name.strip_suffix(".egg-info").unwrap_or(file_name), false),
    };
    let broken = |reason: String, warning: String| BrokenDistribution {
        path: info.clone(),
        reason,
        warning: Some(warning),
        listed: None,
    };
    if stem.starts_with('~') {
        return Err(broken(
            "it is what an interrupted pip left".to_owned(),
            format!(
                "Ignoring incompletely removed distribution {file_name} ({place}); '~'-prefixed leftover directories \
                 are the result of a previous incomplete installation, and can be deleted"
            ),
        ));
    }
    let written_name = stem.split('-').next().unwrap_or_default();
    let skipping = || format!("Skipping {} due to invalid metadata entry 'name'", info.display());
    let ignoring = || format!("Ignoring invalid distribution {} ({place})", canonical(written_name));
    let listed = || listed(&info, stem, is_dist_info).map(Box::new);
    let metadata = info.join("METADATA");
    if is_dist_info && !metadata.is_file() {
        let nameless = written_name.is_empty() || !stem.contains('-');
        let reason = match fs::metadata(&metadata) {
            Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                format!("its METADATA cannot be read: {error}")
            }
            _ => "it has no METADATA".to_owned(),
        };
        let broken = broken(reason, if nameless { skipping() } else { ignoring() });
        return Err(BrokenDistribution { listed: listed(), ..broken });
    }
    let from_name = if is_dist_info { split_dist_info(stem) } else { split_egg_info(stem) };
    let (name, version) = match from_name {
        Some(found) => found,
        None => from_metadata(&info, is_dist_info).map_err(|problem| {
            let nameless = is_dist_info && (written_name.is_empty() || !stem.contains('-'));
            let warning = match &problem {
                Problem::NoName(_) if nameless => skipping(),
                _ => ignoring(),
            };
            BrokenDistribution { listed: listed(), ..broken(problem.text(), warning) }
        })?,
    };
    Ok(InstalledDistribution { name, version, info, location: directory.to_path_buf(), egg_link: None })
}

/// What pip makes of a distribution without metadata or with a version that is none: the name in front of the first dash,
/// and the version behind it or in the metadata.
fn listed(info: &Path, stem: &str, is_dist_info: bool) -> Option<(InstalledDistribution, String)> {
    let (name, rest) = stem.split_once('-').unwrap_or((stem, ""));
    let mut distribution = InstalledDistribution {
        name: name.parse().ok()?,
        version: "0".parse().ok()?,
        info: info.to_path_buf(),
        location: info.parent()?.to_path_buf(),
        egg_link: None,
    };
    let bytes = distribution.metadata_bytes().unwrap_or_default();
    let (headers, _) = distribution::headers(&bytes);
    let version = headers.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("Version"));
    let version = version.map(|(_, value)| value.trim().to_owned());
    let version = version.or_else(|| is_dist_info.then(|| rest.to_owned()))?;
    distribution.version = version.parse().unwrap_or(distribution.version);
    (!version.is_empty()).then_some((distribution, version))
}

/// A name as pip shows it, valid or not: normalised.
fn canonical(name: &str) -> String {
    let parts = name.split(['-', '_', '.']);
    let mut canonical = String::with_capacity(name.len());
    for (index, part) in parts.enumerate() {
        if index > 0 && !canonical.ends_with('-') {
            canonical.push('-');
        }
        canonical.push_str(&part.to_lowercase());
    }
    canonical
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

/// Why metadata does not say what is installed.
enum Problem {
    /// No usable name.
    NoName(String),
    /// Something else.
    Other(String),
}

impl Problem {
    fn text(self) -> String {
        let (Self::NoName(text) | Self::Other(text)) = self;
        text
    }
}

fn from_metadata(info: &Path, is_dist_info: bool) -> Result<(ProjectName, Version), Problem> {
    let path = match (is_dist_info, info.is_dir()) {
        (true, _) => info.join("METADATA"),
        (false, true) => info.join("PKG-INFO"),
        (false, false) => info.to_path_buf(),
    };
    let bytes = fs::read(&path)
        .map_err(|error| Problem::Other(format!("{} cannot be read: {error}", path.display())))?;
    let (headers, _) = distribution::headers(&bytes);
    let field = |name: &str| {
        let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).ok_or_else(|| format!("its metadata has no {name}"))
    };
    let name = field("Name").map_err(Problem::NoName)?;
    let name = name.parse().map_err(|error| Problem::NoName(format!("{error}")))?;
    let version = field("Version").map_err(Problem::Other)?;
    let version = version.parse().map_err(|error| Problem::Other(format!("{error}")))?;
    Ok((name, version))
}

/// An `.egg` directory.
fn read_egg(egg: &Path) -> Option<InstalledDistribution> {
    let info = egg.join("EGG-INFO");
    let stem = egg.file_stem()?.to_string_lossy();
    let (name, version) = split_egg_info(&stem).or_else(|| from_metadata(&info, false).ok())?;
    let is_there = info.join("PKG-INFO").is_file();
    is_there.then(|| InstalledDistribution {
        name,
        version,
        info,
        location: egg.to_path_buf(),
        egg_link: None,
    })
}

/// What lies in the directory that an `.egg-link` leads to.
fn read_link(link: &Path) -> Vec<InstalledDistribution> {
    let Some(directory) = eggs::linked_directory(link) else { return Vec::new() };
    let names = fs::read_dir(&directory).into_iter().flatten().flatten();
    let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let infos = names.filter(|name| name.ends_with(".egg-info") || name.ends_with(".dist-info"));
    let found = infos.filter_map(|name| read_entry(&directory, &name).ok());
    found.map(|found| InstalledDistribution { egg_link: Some(link.to_path_buf()), ..found }).collect()
}
