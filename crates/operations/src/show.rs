//! `show`: what an installed distribution says of itself, and who requires it.

use cache::Cache;
use install::{InstalledDistribution, InstalledDistributions};
use python::Environment;
use requirement::{MarkerEnvironment, ProjectName};

use crate::{OperationError, list};

/// What `show` tells of a distribution.
#[derive(Debug, Clone)]
pub struct ShownDistribution {
    /// The distribution.
    pub distribution: InstalledDistribution,
    /// All header fields of its metadata.
    pub fields: Vec<(String, String)>,
    /// Names it requires here, sorted.
    pub requires: Vec<String>,
    /// Names that require it, sorted.
    pub required_by: Vec<String>,
    /// Its files as RECORD has them, sorted; none without RECORD.
    pub files: Option<Vec<String>>,
}

/// Shows the distributions called `names`; the second list holds those that are not installed.
pub fn show(
    environment: &Environment,
    cache: &Cache,
    names: &[ProjectName],
    files: bool,
) -> Result<(Vec<ShownDistribution>, Vec<ProjectName>), OperationError> {
    let installed = list(environment, cache)?;
    let markers = &environment.interpreter.facts.markers;
    let (mut shown, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match installed.get(name) {
            None => missing.push(name.clone()),
            Some(distribution) => shown.push(shown_distribution(distribution, &installed, markers, files)?),
        }
    }
    Ok((shown, missing))
}

fn shown_distribution(
    distribution: &InstalledDistribution,
    installed: &InstalledDistributions,
    markers: &MarkerEnvironment,
    files: bool,
) -> Result<ShownDistribution, OperationError> {
    let bytes = distribution.metadata_bytes()?;
    let (fields, _) = distribution::headers(&bytes);
    let mut requires: Vec<String> =
        required_names(distribution, markers).into_iter().map(|(text, _)| text).collect();
    requires.sort_by_key(|name| name.to_lowercase());
    requires.dedup();
    let mut required_by: Vec<String> = installed
        .distributions
        .iter()
        .filter(|other| required_names(other, markers).iter().any(|(_, name)| *name == distribution.name))
        .map(InstalledDistribution::name_text)
        .collect();
    required_by.sort_by_key(|name| name.to_lowercase());
    let record = files.then(|| distribution.record().ok()).flatten();
    let files = record.map(|record| {
        let mut paths: Vec<String> = record.entries.into_iter().map(|entry| entry.path).collect();
        paths.sort();
        paths
    });
    Ok(ShownDistribution { distribution: distribution.clone(), fields, requires, required_by, files })
}

/// The projects a distribution requires here, as written and normalised.
fn required_names(
    distribution: &InstalledDistribution,
    markers: &MarkerEnvironment,
) -> Vec<(String, ProjectName)> {
    let Ok(metadata) = distribution.metadata() else { return Vec::new() };
    let applies = |requirement: &&requirement::Requirement| {
        requirement.marker.as_ref().is_none_or(|marker| marker.evaluate(markers, &[]))
    };
    let requirements = metadata.requires_dist.iter().filter(applies);
    requirements.map(|requirement| (requirement.name_text.to_string(), requirement.name.clone())).collect()
}
