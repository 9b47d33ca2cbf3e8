//! `show`: what an installed distribution says of itself, and who requires it.

use std::path::{Component, Path, PathBuf};

use ::cache::Cache;
use distribution::metadata_json;
use python::Environment;
use requirement::{MarkerEnvironment, canonicalize_name};
use serde_json::Value;

use crate::{ListedDistribution, OperationError, list_everything};

/// What pip writes where it cannot tell who requires a distribution.
const UNKNOWN: &str = "#N/A";

/// What `show` tells of a distribution.
#[derive(Debug, Clone)]
pub struct ShownDistribution {
    /// The distribution.
    pub listed: ListedDistribution,
    /// Its metadata, as an object (PEP 566).
    pub metadata: Value,
    /// Names it requires here, sorted.
    pub requires: Vec<String>,
    /// Names that require it, sorted.
    pub required_by: Vec<String>,
    /// The lines of entry_points.txt.
    pub entry_points: Vec<String>,
    /// Its files as RECORD has them, sorted; none without RECORD.
    pub files: Option<Vec<String>>,
}

/// What was found for a list of names.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// The distributions, in the order asked for.
    pub distributions: Vec<ShownDistribution>,
    /// Names that are not installed, as written, sorted.
    pub missing: Vec<String>,
    /// What pip warns of.
    pub warnings: Vec<String>,
}

/// Shows the distributions called `names`; with `files` what they consist of.
pub fn show(
    environment: &Environment,
    cache: &Cache,
    names: &[String],
    files: bool,
) -> Result<Shown, OperationError> {
    let listing = list_everything(environment, cache)?;
    let markers = &environment.interpreter.facts.markers;
    let mut shown = Shown { warnings: listing.warnings, ..Shown::default() };
    for name in names {
        let canonical = canonicalize_name(name);
        let mut installed = listing.distributions.iter();
        match installed.find(|listed| listed.distribution.name.as_str() == canonical) {
            None => shown.missing.push(name.clone()),
            Some(listed) => {
                shown.distributions.push(shown_distribution(listed, &listing.distributions, markers, files));
            }
        }
    }
    shown.missing.sort();
    Ok(shown)
}

fn shown_distribution(
    listed: &ListedDistribution,
    installed: &[ListedDistribution],
    markers: &MarkerEnvironment,
    files: bool,
) -> ShownDistribution {
    let bytes = listed.distribution.metadata_bytes().unwrap_or_default();
    // Python reads it as a text file, whose lines all end alike.
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
    let mut requires: Vec<String> = match listed.dependencies(markers) {
        Ok(requirements) => {
            requirements.iter().map(|requirement| requirement.name_text.to_string()).collect()
        }
        Err(_) => listed.values("Requires-Dist").map(str::to_owned).collect(),
    };
    sort_names(&mut requires);
    requires.dedup();
    let entry_points = listed.distribution.info_text("entry_points.txt").unwrap_or_default();
    ShownDistribution {
        metadata: metadata_json(&text),
        requires,
        required_by: required_by(listed, installed, markers),
        entry_points: entry_points.lines().map(|line| line.trim().to_owned()).collect(),
        files: files.then(|| declared_files(listed)).flatten(),
        listed: listed.clone(),
    }
}

/// The names of those that require `listed`.
fn required_by(
    listed: &ListedDistribution,
    installed: &[ListedDistribution],
    markers: &MarkerEnvironment,
) -> Vec<String> {
    let mut names = Vec::new();
    for other in installed {
        match other.dependencies(markers) {
            Ok(dependencies) => {
                let is_required = dependencies.iter().any(|found| found.name == listed.distribution.name);
                names.extend(is_required.then(|| other.name_text.clone()));
            }
            Err(_) => return vec![UNKNOWN.to_owned()],
        }
    }
    sort_names(&mut names);
    names
}

/// By name without regard to case, then as written.
fn sort_names(names: &mut [String]) {
    names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
}

/// The files of RECORD, or of installed-files.txt as RECORD would have them; sorted.
fn declared_files(listed: &ListedDistribution) -> Option<Vec<String>> {
    let distribution = &listed.distribution;
    let mut files: Vec<String> = match distribution.record() {
        Ok(record) => record.entries.into_iter().map(|entry| entry.path).collect(),
        Err(_) => {
            let list = distribution.info_text("installed-files.txt")?;
            let info = distribution.info.strip_prefix(&distribution.location).unwrap_or(Path::new(""));
            let lines = list.lines().filter(|line| !line.is_empty());
            lines.map(|line| joined(info, Path::new(line)).display().to_string()).collect()
        }
    };
    files.sort();
    Some(files)
}

/// `entry` seen from `info`, without a `..` that can be done without.
fn joined(info: &Path, entry: &Path) -> PathBuf {
    let mut path = info.to_path_buf();
    for component in entry.components() {
        let is_inside = path.components().next_back().is_some_and(|last| last != Component::ParentDir);
        match component {
            Component::ParentDir if is_inside => _ = path.pop(),
            other => path.push(other),
        }
    }
    path
}
