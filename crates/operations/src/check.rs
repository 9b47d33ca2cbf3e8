//! `check`: whether everything that is installed has what it requires.

use std::fmt;

use install::InstalledDistributions;
use requirement::{MarkerEnvironment, ProjectName, Requirement, RequirementSource, Version};

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

    /// The project that is required.
    pub fn requirement(&self) -> &ProjectName {
        match self {
            Self::Missing { requirement, .. } => requirement,
            Self::Wrong { requirement, .. } => &requirement.name,
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
        for requirement in &metadata.requires_dist {
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
    let place = |problem: &Problem| matches!(problem, Problem::Wrong { .. });
    problems.sort_by(|left, right| (place(left), left.project()).cmp(&(place(right), right.project())));
    problems
}
