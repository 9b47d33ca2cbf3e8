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
        /// Its name as it spells it, and its version.
        shown: (String, Version),
        /// What is required.
        requirement: ProjectName,
    },
    /// It is installed at a version that does not do.
    Wrong {
        /// Who requires.
        project: ProjectName,
        /// Its name as it spells it, and its version.
        shown: (String, Version),
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
            Self::Missing { shown: (name, version), requirement, .. } => {
                write!(formatter, "{name} {version} requires {requirement}, which is not installed.")
            }
            Self::Wrong { shown: (name, version), requirement, installed, .. } => write!(
                formatter,
                "{name} {version} has requirement {requirement}, but you have {} {installed}.",
                requirement.name
            ),
        }
    }
}

/// All broken requirements, by project. Distributions without readable metadata are passed over.
pub fn check(installed: &InstalledDistributions, markers: &MarkerEnvironment) -> Vec<Problem> {
    let mut problems = Vec::new();
    for distribution in &installed.distributions {
        let Ok(metadata) = distribution.metadata() else { continue };
        let project = &distribution.name;
        let shown = || (metadata.name_text.to_string(), distribution.version.clone());
        for requirement in &metadata.requires_dist {
            if requirement.marker.as_ref().is_some_and(|marker| !marker.evaluate(markers, &[])) {
                continue;
            }
            let Some(found) = installed.get(&requirement.name) else {
                let requirement = requirement.name.clone();
                problems.push(Problem::Missing { project: project.clone(), shown: shown(), requirement });
                continue;
            };
            if matches!(&requirement.source, RequirementSource::Index(set) if !set.contains(&found.version)) {
                problems.push(Problem::Wrong {
                    project: project.clone(),
                    shown: shown(),
                    requirement: Box::new(requirement.clone()),
                    installed: found.version.clone(),
                });
            }
        }
    }
    problems.sort_by(|left, right| left.project().cmp(right.project()));
    problems
}
