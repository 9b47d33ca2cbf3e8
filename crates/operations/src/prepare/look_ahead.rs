//! Guesses: what the search will most likely ask next is started on before it does.

use std::sync::Arc;

use distribution::{Candidate, CoreMetadata, Yanked};
use index::Project;
use requirement::{ExtraName, ProjectName, RequirementSource, Version, VersionRanges};

use super::{Shared, locked};

impl Shared {
    /// Looks ahead of the search: the project's page, the likely version's metadata, and on to its dependencies.
    pub(super) fn look_ahead(
        self: &Arc<Self>,
        project: ProjectName,
        range: VersionRanges,
        extras: Vec<ExtraName>,
    ) {
        if self.direct.contains_key(&project) {
            return;
        }
        let slot = self.project_slot(&project);
        self.start_project(&project, &slot);
        let shared = Arc::clone(self);
        slot.then(move |known| {
            if let Ok(known) = known {
                shared.guess(known, &project, &range, extras);
            }
        });
    }

    /// Starts on the metadata of the version that the search will most likely choose.
    fn guess(
        self: &Arc<Self>,
        known: &Project,
        project: &ProjectName,
        range: &VersionRanges,
        extras: Vec<ExtraName>,
    ) {
        let range = match self.request.constrained(project) {
            Some(constrained) => range.intersection(&constrained),
            None => range.clone(),
        };
        let fits = |version: &&Version| {
            range.contains(version)
                && matches!(&*self.selection(known, project, version),
                    Ok(candidate) if candidate.artifact.yanked == Yanked::No)
        };
        let prereleases = self.request.releases.allows(project) == Some(true);
        let finals = known.versions().iter().filter(|version| prereleases || !version.is_prerelease());
        let Some(version) = finals.clone().find(fits).or_else(|| known.versions().iter().find(fits)) else {
            return;
        };
        if let Ok(candidate) = &*self.selection(known, project, version) {
            self.look_into(candidate, extras);
        }
    }

    /// Starts on the metadata of a version, and when it is there on its dependencies; once.
    pub(super) fn look_into(self: &Arc<Self>, candidate: &Candidate, extras: Vec<ExtraName>) {
        let (project, version) = (&candidate.name, &candidate.version);
        if !locked(&self.guessed).insert((project.clone(), version.clone(), extras.clone())) {
            return;
        }
        // Nobody will ask what it requires, and what has to be built need not be for that.
        if self.request.no_dependencies {
            return;
        }
        let slot = self.metadata_slot(project, version);
        self.start_metadata(&candidate.artifact, &slot);
        let shared = Arc::clone(self);
        slot.then(move |metadata| {
            if let Ok(metadata) = metadata {
                shared.follow(metadata, &extras);
            }
        });
    }

    /// Looks ahead at the dependencies of a version with these extras.
    fn follow(self: &Arc<Self>, metadata: &CoreMetadata, extras: &[ExtraName]) {
        for requirement in &metadata.requires_dist {
            let RequirementSource::Index(specifiers) = &requirement.source else { continue };
            if !self.request.applies(requirement, extras) {
                continue;
            }
            let range = specifiers.ranges();
            let kept = self.request.installed.get(&requirement.name);
            if kept.is_some_and(|kept| kept.keep && range.contains(&kept.version)) {
                continue;
            }
            let (shared, name) = (Arc::clone(self), requirement.name.clone());
            let extras = requirement.extras.clone();
            rayon::spawn(move || shared.look_ahead(name, range, extras));
        }
    }
}
