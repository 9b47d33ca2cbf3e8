//! What is asked of the search, and what it answers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use requirement::{ExtraName, MarkerEnvironment, ProjectName, Requirement, Version, VersionRanges};

use crate::{Conflict, ProviderError};

/// Where a requirement or constraint of the user stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// On the command line.
    CommandLine,
    /// In a file, at a line counted from 1; `constraint` when it came through `-c`.
    File {
        /// The file as it was named.
        file: String,
        /// The line.
        line: usize,
        /// `-c`, not `-r`.
        constraint: bool,
    },
    /// In a lock file (PEP 751), as it was named.
    Lock(String),
    /// In the metadata of something that the user names by place.
    Metadata,
    /// In the environment: what is installed gets no older. Such a requirement opens no pre-releases, though it may name one.
    Installed,
    /// In another kind of place, as messages show it: `demo (pyproject.toml)`.
    Other(String),
}

impl fmt::Display for Origin {
    /// As pip writes it: `-r requirements.txt (line 3)`; nothing for the command line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CommandLine | Self::Metadata => Ok(()),
            Self::Installed => formatter.write_str("installed"),
            Self::Lock(text) | Self::Other(text) => formatter.write_str(text),
            Self::File { file, line, constraint } => {
                write!(formatter, "{} {file} (line {line})", if *constraint { "-c" } else { "-r" })
            }
        }
    }
}

/// Who states a requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// The user.
    User(Origin),
    /// A version of a project.
    Project(ProjectName, Version),
}

/// A requirement of the user.
#[derive(Debug, Clone)]
pub struct Root {
    /// What is required.
    pub requirement: Requirement,
    /// Where it stands.
    pub origin: Origin,
}

impl Root {
    /// Whether it counts for what requirements allow beyond ranges: pre-releases and yanked versions.
    pub(crate) fn opens(&self) -> bool {
        self.origin != Origin::Installed
    }
}

/// A constraint: limits the versions of a project, if something requires the project.
#[derive(Debug, Clone)]
pub struct Constraint {
    /// The project and its versions.
    pub requirement: Requirement,
    /// Where it stands.
    pub origin: Origin,
}

/// What is installed of a project, and whether to keep it.
#[derive(Debug, Clone)]
pub struct Preference {
    /// The installed version.
    pub version: Version,
    /// Whether it is taken whenever it fits, even if newer versions exist.
    pub keep: bool,
}

/// Which projects may be used at pre-releases, whatever requirements say of them (pip's `--all-releases`, `--only-final`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Releases {
    /// By project: true for all releases, false for final ones only.
    pub projects: HashMap<ProjectName, bool>,
    /// For the others; none: pre-releases where a requirement names one, or where there is nothing else (PEP 440).
    pub rest: Option<bool>,
}

impl Releases {
    /// Whether pre-releases of `project` are wanted (true) or ruled out (false).
    pub fn allows(&self, project: &ProjectName) -> Option<bool> {
        self.projects.get(project).copied().or(self.rest)
    }
}

/// The question.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The user's requirements.
    pub roots: Vec<Root>,
    /// The user's constraints.
    pub constraints: Vec<Constraint>,
    /// What is installed.
    pub installed: HashMap<ProjectName, Preference>,
    /// The values of markers; none: markers hold (never so in practice, but by default).
    pub markers: Option<MarkerEnvironment>,
    /// Pre-releases that are wanted or ruled out.
    pub releases: Releases,
    /// `--prefer-binary`: an older version with a wheel before a newer one that has to be built.
    pub prefer_built: bool,
    /// `--no-deps`: only the roots.
    pub no_dependencies: bool,
}

/// One project of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedPin {
    /// The project.
    pub name: ProjectName,
    /// Its name as the first requirement on it spells it, for messages.
    pub name_text: Arc<str>,
    /// Its version.
    pub version: Version,
    /// The extras that were asked for, sorted.
    pub extras: Vec<ExtraName>,
    /// Whether the installed version stays.
    pub installed: bool,
    /// Who requires it: the projects, sorted; empty for what only the user asked for.
    pub required_by: Vec<ProjectName>,
    /// Whether a root names it.
    pub requested: bool,
}

/// The answer: one version of every project needed, in the order in which they were met: what the user
/// named, then breadth first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resolution {
    /// The projects.
    pub pins: Vec<ResolvedPin>,
    /// Extras that were asked for and that the version does not provide.
    pub missing_extras: Vec<(ProjectName, Version, ExtraName)>,
}

/// No answer.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// No version at all satisfies one requirement.
    #[error("no version satisfies {requirement}")]
    NoMatch {
        /// The requirement.
        requirement: Box<Requirement>,
        /// Who asks.
        asker: Asker,
        /// Every version there is, oldest first.
        versions: Vec<Version>,
        /// The versions that would match and cannot be used, newest first, each with the reason.
        unusable: Vec<(Version, String)>,
    },
    /// Requirements exclude each other.
    #[error("conflicting requirements")]
    Conflict(Conflict),
    /// The world failed.
    #[error(transparent)]
    Provider(ProviderError),
}

impl Request {
    /// Whether `requirement` applies here, with `extras` of the project that states it.
    pub fn applies(&self, requirement: &Requirement, extras: &[ExtraName]) -> bool {
        match (&requirement.marker, &self.markers) {
            (Some(marker), Some(environment)) => marker.evaluate(environment, extras),
            _ => true,
        }
    }

    /// The versions that the constraints leave of `project`, if they say anything.
    pub fn constrained(&self, project: &ProjectName) -> Option<VersionRanges> {
        let ranges =
            self.constraints_of(project).filter_map(|constraint| match &constraint.requirement.source {
                requirement::RequirementSource::Index(specifiers) => Some(specifiers.ranges()),
                requirement::RequirementSource::Url(_) => None,
            });
        ranges.reduce(|left, right| left.intersection(&right))
    }

    /// The constraints on `project` that apply here.
    pub(crate) fn constraints_of<'a>(
        &'a self,
        project: &'a ProjectName,
    ) -> impl Iterator<Item = &'a Constraint> {
        self.constraints
            .iter()
            .filter(move |constraint| &constraint.requirement.name == project)
            .filter(|constraint| self.applies(&constraint.requirement, &[]))
    }
}
