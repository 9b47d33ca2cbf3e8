//! `check`: whether everything that is installed has what it requires.

use std::fmt;

use ::cache::Cache;
use distribution::{SupportedTags, TagSet, headers};
use install::{InstalledDistribution, InstalledDistributions};
use python::Environment;
use requirement::{MarkerEnvironment, ProjectName, Requirement, RequirementSource, Version, python_repr};

use crate::graph::missing_metadata;
use crate::{OperationError, list};

/// One broken requirement; displays in pip's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// A requirement of an installed project is not installed.
    Missing {
        /// Who requires.
        project: ProjectName,
        /// Its version.
        version: Version,
        /// What is required.
        requirement: ProjectName,
    },
    /// It is installed at a version that does not do.
    Wrong {
        /// Who requires.
        project: ProjectName,
        /// Its version.
        version: Version,
        /// What is required.
        requirement: Box<Requirement>,
        /// The version that is installed.
        installed: Version,
    },
}

impl Problem {
    /// The project whose requirement is broken.
    pub fn project(&self) -> &ProjectName {
        match self {
            Self::Missing { project, .. } | Self::Wrong { project, .. } => project,
        }
    }

    /// As pip tells it after an installation.
    pub fn after_installation(&self) -> String {
        match self {
            Self::Missing { .. } => self.to_string(),
            Self::Wrong { project, version, requirement, installed } => format!(
                "{project} {version} requires {requirement}, but you have {} {installed} which is incompatible.",
                requirement.name
            ),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { project, version, requirement } => {
                write!(formatter, "{project} {version} requires {requirement}, which is not installed.")
            }
            Self::Wrong { project, version, requirement, installed } => write!(
                formatter,
                "{project} {version} has requirement {requirement}, but you have {} {installed}.",
                requirement.name
            ),
        }
    }
}

/// All broken requirements, those that are missing first, as pip tells them; by project. Distributions without readable metadata are passed over.
pub fn check(installed: &InstalledDistributions, markers: &MarkerEnvironment) -> Vec<Problem> {
    let mut problems = Vec::new();
    for distribution in &installed.distributions {
        let Ok(metadata) = distribution.metadata() else { continue };
        let project = &distribution.name;
        let version = || distribution.version.clone();
        // What is written twice is wrong once.
        let mut texts: Vec<(String, &Requirement)> =
            metadata.requires_dist.iter().map(|requirement| (requirement.to_string(), requirement)).collect();
        texts.sort_by(|left, right| (&left.1.name, &left.0).cmp(&(&right.1.name, &right.0)));
        texts.dedup_by(|left, right| left.0 == right.0);
        for (_, requirement) in texts {
            if requirement.marker.as_ref().is_some_and(|marker| !marker.evaluate(markers, &[])) {
                continue;
            }
            let Some(found) = installed.get(&requirement.name) else {
                let requirement = requirement.name.clone();
                problems.push(Problem::Missing { project: project.clone(), version: version(), requirement });
                continue;
            };
            if matches!(&requirement.source, RequirementSource::Index(set) if !set.contains(&found.version)) {
                problems.push(Problem::Wrong {
                    project: project.clone(),
                    version: version(),
                    requirement: Box::new(requirement.clone()),
                    installed: found.version.clone(),
                });
            }
        }
    }
    // What is missing comes first, as for pip.
    problems
        .sort_by_cached_key(|problem| (matches!(problem, Problem::Wrong { .. }), problem.project().clone()));
    problems
}

/// What is wrong with what is installed.
#[derive(Debug, Clone, Default)]
pub struct CheckReport {
    /// Broken requirements.
    pub problems: Vec<Problem>,
    /// Name and version of what was built for another platform or Python.
    pub unsupported: Vec<(String, String)>,
    /// Distributions whose dependencies cannot be read, and why.
    pub unreadable: Vec<String>,
    /// What else pip warns of.
    pub warnings: Vec<String>,
}

impl CheckReport {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty() && self.unsupported.is_empty() && self.unreadable.is_empty()
    }
}

/// Checks everything that is installed.
pub fn check_environment(environment: &Environment, cache: &Cache) -> Result<CheckReport, OperationError> {
    let mut installed = list(environment, cache)?;
    let mut report = CheckReport::default();
    for broken in std::mem::take(&mut installed.broken) {
        match (broken.listed, broken.warning) {
            (Some(listed), _) if listed.1.parse::<Version>().is_err() => {
                let (name, version) = (&listed.0.name, python_repr(&listed.1));
                report
                    .unreadable
                    .push(format!("Error parsing dependencies of {name}: Invalid version: {version}"));
            }
            (Some(listed), _) if installed.get(&listed.0.name).is_none() => {
                installed.distributions.push(listed.0);
                installed.distributions.sort_by(|one, other| one.name.cmp(&other.name));
            }
            (_, warning) => report.warnings.extend(warning),
        }
    }
    let supported = SupportedTags::new(&environment.interpreter.facts.tags);
    for distribution in &installed.distributions {
        let is_own = environment.is_local(distribution.installed_location());
        if is_own && is_unsupported(distribution, &supported) {
            let version = distribution.version.to_string();
            report.unsupported.push((distribution.name_text(), version));
        }
    }
    installed.distributions.retain(|distribution| match unreadable_requirement(distribution) {
        Some(reason) => {
            report.unreadable.push(format!("Error parsing dependencies of {}: {reason}", distribution.name));
            false
        }
        None => true,
    });
    let markers = &environment.interpreter.facts.markers;
    report.problems = check(&installed, markers);
    Ok(report)
}

/// Why the dependencies of a distribution cannot be read, in pip's words.
fn unreadable_requirement(distribution: &InstalledDistribution) -> Option<String> {
    let bytes = distribution.metadata_bytes().unwrap_or_default();
    let (fields, _) = headers(&bytes);
    if fields.is_empty() {
        return Some(missing_metadata(distribution));
    }
    let texts = fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case("Requires-Dist"));
    texts
        .filter_map(|(_, text)| text.trim().parse::<Requirement>().err())
        .map(|error| error.to_string())
        .next()
}

/// Whether none of the tags of the wheel that it came from fits.
fn is_unsupported(distribution: &InstalledDistribution, supported: &SupportedTags) -> bool {
    let Some(wheel) = distribution.info_text("WHEEL") else { return false };
    let (fields, _) = headers(wheel.as_bytes());
    let tags = fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case("Tag"));
    let mut tags = tags.filter_map(|(_, tag)| tag.trim().parse::<TagSet>().ok());
    tags.all(|tags| supported.rank(&tags).is_none())
}
