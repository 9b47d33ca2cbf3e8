//! `list`: what is installed, and what is told of each distribution.

use std::path::{Path, PathBuf};

use ::cache::Cache;
use ::install::{InstalledDistribution, InstalledDistributions, Transaction};
use distribution::headers;
use python::Environment;
use requirement::{MarkerEnvironment, ProjectName, Requirement};
use rustc_hash::FxHashSet;

use crate::{OperationError, editable_location};

/// Parts of the standard library that have metadata of their own; pip passes over them.
const STANDARD_LIBRARY: [&str; 3] = ["python", "wsgiref", "argparse"];

/// All distributions, by name; what is broken comes with them. What a killed run left is finished or undone first.
pub fn list(environment: &Environment, cache: &Cache) -> Result<InstalledDistributions, OperationError> {
    if Transaction::needs_recovery(environment) {
        Transaction::recover(environment, cache, &|| {})?;
    }
    Ok(InstalledDistributions::read(&environment.site_packages())?)
}

/// Whether projects that are installed from where they are developed are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Editables {
    /// With the others.
    #[default]
    Included,
    /// None but these.
    Only,
    /// Not at all.
    Excluded,
    /// Nothing is listed: only these, and none of these.
    Neither,
}

/// What is to be listed.
#[derive(Debug, Clone, Default)]
pub struct ListOptions {
    /// `--local`: nothing that a virtual environment merely sees.
    pub local: bool,
    /// `--user`: what is in the user's site-packages alone.
    pub user: bool,
    /// `--path`: what is in these directories, in place of the environment's.
    pub paths: Vec<PathBuf>,
    /// `--editable`, `--exclude-editable`.
    pub editables: Editables,
}

/// An installed distribution, with what its metadata says.
#[derive(Debug, Clone)]
pub struct ListedDistribution {
    /// The distribution. Its version is 0 where `is_legacy`.
    pub distribution: InstalledDistribution,
    /// The name as its metadata spells it.
    pub name_text: String,
    /// The version as its metadata spells it.
    pub raw_version: String,
    /// Whether that is no version at all (PEP 440).
    pub is_legacy: bool,
    /// The directory of an editable project.
    pub editable_location: Option<PathBuf>,
    /// The header fields of its metadata.
    pub fields: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// The distributions, by name.
    pub distributions: Vec<ListedDistribution>,
    /// What pip warns of.
    pub warnings: Vec<String>,
}

impl ListedDistribution {
    fn new(distribution: InstalledDistribution, legacy_version: Option<String>) -> Self {
        let bytes = distribution.metadata_bytes().unwrap_or_default();
        let (fields, _) = headers(&bytes);
        let direct_url = distribution.direct_url();
        let editable_location = match &direct_url {
            Some(direct_url) => editable_location(direct_url),
            None => distribution.develop_location().map(Path::to_path_buf),
        };
        let mut listed = Self {
            name_text: String::new(),
            raw_version: String::new(),
            is_legacy: legacy_version
                .as_ref()
                .is_some_and(|text| text.parse::<requirement::Version>().is_err()),
            editable_location,
            fields,
            distribution,
        };
        let name = listed.field("Name").map(|name| name.trim().to_owned());
        listed.name_text = name.unwrap_or_else(|| listed.distribution.name.to_string());
        let version = listed.field("Version").map(|version| version.trim().to_owned());
        listed.raw_version =
            version.or(legacy_version).unwrap_or_else(|| listed.distribution.version.to_string());
        listed
    }

    /// The first value of a header field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }

    /// All values of a header field.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let own = self.fields.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.as_str())
    }

    /// The version, normalised if it is one.
    pub fn version_text(&self) -> String {
        match self.is_legacy {
            true => self.raw_version.clone(),
            false => self.distribution.version.to_string(),
        }
    }

    /// `name==version`, and `===` before what is no version.
    pub fn pinned(&self) -> String {
        let operator = if self.is_legacy { "===" } else { "==" };
        format!("{}{operator}{}", self.name_text, self.version_text())
    }

    /// The build tag of the wheel that it was installed from.
    pub fn build_tag(&self) -> Option<String> {
        let text = self.distribution.info_text("WHEEL")?;
        let (fields, _) = headers(text.as_bytes());
        fields.into_iter().find(|(key, _)| key.eq_ignore_ascii_case("Build")).map(|(_, value)| value)
    }

    /// What it requires on `markers`, without extras; the first text that is no requirement in place of all.
    pub fn dependencies(&self, markers: &MarkerEnvironment) -> Result<Vec<Requirement>, String> {
        let mut dependencies = Vec::new();
        for text in self.values("Requires-Dist") {
            let requirement: Requirement = text.trim().parse().map_err(|_| text.to_owned())?;
            if requirement.marker.as_ref().is_none_or(|marker| marker.evaluate(markers, &[])) {
                dependencies.push(requirement);
            }
        }
        Ok(dependencies)
    }
}

/// Everything that is installed.
pub fn list_everything(environment: &Environment, cache: &Cache) -> Result<Listing, OperationError> {
    Ok(listed(list(environment, cache)?))
}

/// What was read already, as a listing of everything.
pub(crate) fn listed(installed: InstalledDistributions) -> Listing {
    listing(installed, &Editables::Included, |_| true)
}

/// Everything that is installed, but for what the options leave out.
pub fn list_distributions(
    environment: &Environment,
    cache: &Cache,
    options: &ListOptions,
) -> Result<Listing, OperationError> {
    let installed = match options.paths.as_slice() {
        [] => list(environment, cache)?,
        paths => InstalledDistributions::read(paths)?,
    };
    let user_site = environment.interpreter.facts.user_site.as_deref().map(canonical);
    let is_wanted = |distribution: &InstalledDistribution| {
        let location = distribution.installed_location();
        !STANDARD_LIBRARY.contains(&distribution.name.as_str())
            && (!options.local || environment.is_local(location))
            && (!options.user || user_site.as_ref().is_some_and(|site| canonical(location).starts_with(site)))
    };
    Ok(listing(installed, &options.editables, is_wanted))
}

fn listing(
    installed: InstalledDistributions,
    editables: &Editables,
    is_wanted: impl Fn(&InstalledDistribution) -> bool,
) -> Listing {
    let mut listing = Listing::default();
    let mut found: Vec<(InstalledDistribution, Option<String>)> = Vec::new();
    for broken in installed.broken {
        match (broken.listed, broken.warning) {
            (Some(listed), _) if installed.distributions.iter().all(|other| other.name != listed.0.name) => {
                found.push((listed.0, Some(listed.1)));
            }
            (_, warning) => listing.warnings.extend(warning),
        }
    }
    found.extend(installed.distributions.into_iter().map(|distribution| (distribution, None)));
    found.retain(|(distribution, _)| is_wanted(distribution));
    let listed =
        found.into_iter().map(|(distribution, legacy)| ListedDistribution::new(distribution, legacy));
    listing.distributions = listed
        .filter(|listed| match editables {
            Editables::Included => true,
            Editables::Only => listed.editable_location.is_some(),
            Editables::Excluded => listed.editable_location.is_none(),
            Editables::Neither => false,
        })
        .collect();
    listing.distributions.sort_by(|one, other| one.distribution.name.cmp(&other.distribution.name));
    listing
}

/// Leaves out what another of them requires (`--not-required`).
pub fn without_required(listed: &mut Vec<ListedDistribution>, markers: &MarkerEnvironment) {
    let dependencies = listed.iter().flat_map(|listed| listed.dependencies(markers).unwrap_or_default());
    let required: FxHashSet<ProjectName> = dependencies.map(|requirement| requirement.name).collect();
    listed.retain(|listed| !required.contains(&listed.distribution.name));
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
