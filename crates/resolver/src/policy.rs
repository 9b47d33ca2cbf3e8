//! What requirements allow beyond ranges: pre-releases (PEP 440, pip's rule) and yanked
//! versions (PEP 592). Both are opened by a requirement that is only found while searching;
//! since the search draws conclusions for good from what it could not use, it begins again when
//! something opens that it had passed over.

use std::collections::{HashMap, HashSet};

use requirement::{ProjectName, Requirement, RequirementSource, Version};

/// What has been opened so far. It only grows, so that beginning again ends.
#[derive(Debug, Default)]
pub(crate) struct Policy {
    /// Projects of which a requirement names a pre-release.
    prereleases: HashSet<ProjectName>,
    /// Versions that a requirement pins.
    pins: HashMap<ProjectName, HashSet<Version>>,
    /// Projects of which a pre-release was passed over since the search began.
    passed_prereleases: HashSet<ProjectName>,
    /// Yanked versions that were passed over since the search began.
    passed_yanked: HashSet<(ProjectName, Version)>,
    /// Projects that lack a final version in the range, but have a pre-release there.
    skipped: HashSet<ProjectName>,
    /// Projects whose pre-releases stay out: what opened them is not part of the answer.
    closed: HashSet<ProjectName>,
    /// Whether something opened that had been passed over.
    stale: bool,
}

impl Policy {
    /// The search begins (again).
    pub(crate) fn begin(&mut self) {
        self.passed_prereleases.clear();
        self.passed_yanked.clear();
        self.skipped.clear();
        self.stale = false;
    }

    /// Takes note of a requirement that the search has met.
    pub(crate) fn meet(&mut self, requirement: &Requirement) {
        let RequirementSource::Index(specifiers) = &requirement.source else { return };
        if specifiers.is_empty() {
            return;
        }
        let name = &requirement.name;
        if specifiers.names_prerelease() && self.prereleases.insert(name.clone()) {
            self.stale |= self.passed_prereleases.contains(name);
        }
        if let Some(version) = specifiers.pinned()
            && self.pins.entry(name.clone()).or_default().insert(version.clone())
        {
            self.stale |= self.passed_yanked.contains(&(name.clone(), version.clone()));
        }
    }

    /// The search must begin again, for a reason of its own.
    pub(crate) fn restart(&mut self) {
        self.stale = true;
    }

    /// Whether a requirement pins a version of `project`.
    pub(crate) fn has_pin(&self, project: &ProjectName) -> bool {
        self.pins.contains_key(project)
    }

    /// Whether the search must begin again.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale
    }

    /// A pre-release of `project` would have been chosen, had it been allowed.
    pub(crate) fn pass_prerelease(&mut self, project: &ProjectName) {
        if !self.passed_prereleases.contains(project) {
            self.passed_prereleases.insert(project.clone());
        }
    }

    /// A yanked version would have been chosen, had it been pinned.
    pub(crate) fn pass_yanked(&mut self, project: &ProjectName, version: &Version) {
        self.passed_yanked.insert((project.clone(), version.clone()));
    }

    /// Whether pre-releases of `project` count like final versions.
    pub(crate) fn allows_prereleases(&self, project: &ProjectName) -> bool {
        self.prereleases.contains(project) && !self.closed.contains(project)
    }

    /// Keeps the pre-releases of `project` out from now on.
    pub(crate) fn close(&mut self, project: &ProjectName) {
        self.closed.insert(project.clone());
    }

    /// Whether a requirement pins `version`.
    pub(crate) fn is_pinned(&self, project: &ProjectName, version: &Version) -> bool {
        self.pins.get(project).is_some_and(|pins| pins.contains(version))
    }

    /// Only pre-releases of `project` are left in the range it was asked for.
    pub(crate) fn skip(&mut self, project: &ProjectName) {
        self.skipped.insert(project.clone());
    }

    /// Opens the projects that were skipped; false where that changes nothing.
    pub(crate) fn open_skipped(&mut self) -> bool {
        let mut opened = false;
        for project in std::mem::take(&mut self.skipped) {
            opened |= self.prereleases.insert(project);
        }
        opened
    }
}
