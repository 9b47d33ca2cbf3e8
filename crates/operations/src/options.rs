//! What a question for versions says: what is wanted, from where, and what may be chosen.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use distribution::{InterpreterTags, SupportedTags, TargetTags, Timestamp};
use index::{FormatControl, IndexOptions};
use python::Environment;
use requirement::{MarkerEnvironment, ProjectName, Version};
use resolver::Releases;

use crate::BuildSettings;
use crate::collect::Collected;

/// `--upgrade` and its strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// Only what the user names; its dependencies where they must.
    OnlyIfNeeded,
    /// Everything that takes part.
    Eager,
}

/// `--no-binary` and `--only-binary`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formats {
    /// By project.
    pub projects: HashMap<ProjectName, FormatControl>,
    /// For the others (`:all:`).
    pub rest: Option<FormatControl>,
}

impl Formats {
    /// Which formats of `project` may be used.
    pub fn of(&self, project: &ProjectName) -> FormatControl {
        self.projects.get(project).copied().or(self.rest).unwrap_or_default()
    }
}

/// Another Python or platform than the one at hand (`--python-version`, `--platform`, `--implementation`, `--abi`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PythonTarget {
    /// What wheels must be tagged with.
    pub tags: TargetTags,
    /// The full version for `Requires-Python`, where one was given.
    pub version: Option<Version>,
}

/// An interpreter that is not at hand.
#[derive(Debug, Clone, PartialEq)]
pub struct ForeignInterpreter {
    /// The values of markers there.
    pub markers: MarkerEnvironment,
    /// What the tags of its wheels depend on.
    pub tags: InterpreterTags,
    /// Its version.
    pub version: Version,
}

/// What an answer is for: it decides what is built and fetched on the way to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// To install: what must be built for its metadata is built for good.
    #[default]
    Install,
    /// To save the archives as they are (`download`).
    Save,
    /// To save wheels (`wheel`); what has to be built is, after the search.
    Build,
    /// To write the versions down (`lock`).
    Lock,
}

impl Purpose {
    /// Whether a build waits until it is wanted for itself: the search makes do with metadata.
    pub(crate) fn builds_later(self) -> bool {
        self != Self::Install
    }

    /// Whether archives are wanted as they are, not only what is in them.
    pub(crate) fn keeps_archives(self) -> bool {
        matches!(self, Self::Save | Self::Build)
    }
}

/// A question for versions.
#[derive(Debug, Clone, Default)]
pub struct ResolveOptions {
    /// What the answer is for.
    pub purpose: Purpose,
    /// What is wanted.
    pub collected: Collected,
    /// Where projects come from.
    pub index: IndexOptions,
    /// The URL of the public index, PyPI: what it lists may require nothing by URL (pip's rule).
    pub public_index: Option<String>,
    /// `--upgrade`; none: installed versions that fit stay.
    pub upgrade: Option<Upgrade>,
    /// The installed projects whose version may change without need, whatever `upgrade` says (`upgrade`); none: as it says.
    pub upgraded: Option<BTreeSet<ProjectName>>,
    /// Versions that are taken where they fit, though they are not installed (`compile`).
    pub preferred: HashMap<ProjectName, Version>,
    /// `--force-reinstall`: what is installed has no say.
    pub force_reinstall: bool,
    /// `--pre`, `--all-releases`, `--only-final`.
    pub releases: Releases,
    /// `--no-binary`, `--only-binary`.
    pub formats: Formats,
    /// `--prefer-binary`.
    pub prefer_built: bool,
    /// `--uploaded-prior-to`.
    pub uploaded_before: Option<Timestamp>,
    /// `--no-deps`.
    pub no_dependencies: bool,
    /// `--only-deps`: what the user names is not part of the answer.
    pub only_dependencies: bool,
    /// `--ignore-requires-python`.
    pub ignore_requires_python: bool,
    /// Whose wheels to take; none: those of the environment's interpreter.
    pub target: Option<PythonTarget>,
    /// For which interpreter, in all that is asked of one; none: the environment's. What has to be built is built by the latter.
    pub foreign: Option<Arc<ForeignInterpreter>>,
    /// How builds behave.
    pub build: BuildSettings,
}

impl ResolveOptions {
    /// The tags of the wheels to take.
    pub(crate) fn tags(&self, environment: &Environment) -> SupportedTags {
        let own = &environment.interpreter.facts.tags;
        let tags = self.foreign.as_ref().map_or(own, |foreign| &foreign.tags);
        match &self.target {
            Some(target) => SupportedTags::for_target(&target.tags, tags),
            None => SupportedTags::new(tags),
        }
    }

    /// The version of Python that projects must run on.
    pub(crate) fn python(&self, environment: &Environment) -> Version {
        let given = self.target.as_ref().and_then(|target| target.version.clone());
        let foreign = || self.foreign.as_ref().map(|foreign| foreign.version.clone());
        given.or_else(foreign).unwrap_or_else(|| environment.interpreter.facts.version.clone())
    }

    /// The values of markers.
    pub(crate) fn markers<'a>(&'a self, environment: &'a Environment) -> &'a MarkerEnvironment {
        match &self.foreign {
            Some(foreign) => &foreign.markers,
            None => &environment.interpreter.facts.markers,
        }
    }
}
