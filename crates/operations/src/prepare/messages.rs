//! What there is of a project, and why some of it cannot be used: for messages.

use distribution::{Artifact, Digest, Rejection, Yanked};
use index::IndexStrategy;
use requirement::{ProjectName, Requirement, RequirementSource, Version};

use super::{Preparer, is_sdist};
use crate::{Offered, OperationError};

impl Preparer {
    /// The hash of a file of `version` that the user's list does not have.
    pub(crate) fn unlisted_hash(&self, project: &ProjectName, version: &Version) -> Option<Digest> {
        let known = self.shared.project(project).ok()?;
        let selection = self.shared.selection(&known, project, version);
        let rejections = selection.as_ref().as_ref().err()?;
        // A wheel would have been taken before a source distribution.
        let mismatched = rejections.iter().filter(|(_, rejection)| *rejection == Rejection::HashMismatch);
        let (artifact, _) = mismatched.min_by_key(|(artifact, _)| is_sdist(artifact))?;
        artifact.hashes.first().cloned()
    }

    /// The hash that an index promises of the file of `requirement`, as `a==1`, or that its download has.
    pub(crate) fn promised_hash(&self, requirement: &str) -> Option<Digest> {
        let requirement: Requirement = requirement.parse().ok()?;
        let RequirementSource::Index(specifiers) = &requirement.source else { return None };
        let candidate = self.candidate(&requirement.name, specifiers.pinned()?).ok()??;
        match candidate.artifact.hashes.iter().find(|hash| hash.sha256().is_some()) {
            Some(promised) => Some(promised.clone()),
            None => self.sha256(&candidate).ok().map(Digest::from),
        }
    }

    /// The strong hashes that indexes promise of all files of a version, one of each file.
    pub(crate) fn promised_hashes(
        &self,
        project: &ProjectName,
        version: &Version,
    ) -> Result<Vec<Digest>, OperationError> {
        let artifacts = self.shared.project(project)?.artifacts(version);
        let hashes = artifacts.iter().filter_map(|artifact| {
            let strong = artifact.hashes.iter().filter(|hash| hash.algorithm.is_strong());
            // SHA-256 is what everybody writes.
            strong.min_by_key(|hash| hash.sha256().is_none()).cloned()
        });
        Ok(hashes.collect())
    }

    /// Two indexes that both offer `project`, where nobody decided between them.
    pub(crate) fn several_indexes(&self, project: &ProjectName) -> Option<(String, String)> {
        let options = &self.shared.sources.options().index;
        let decided = options.strategy == IndexStrategy::FirstIndex || options.pins.contains_key(project);
        if options.indexes.len() < 2 || decided || self.shared.direct.contains_key(project) {
            return None;
        }
        let known = self.shared.project(project).ok()?;
        known.several_indexes().map(|(one, other)| (one.to_owned(), other.to_owned()))
    }

    /// What there is of `project`, for messages.
    pub(crate) fn offered(&self, project: &ProjectName) -> Offered {
        let shared = &self.shared;
        let mut offered = Offered {
            only_final: shared.request.releases.allows(project) == Some(false),
            locked: shared.sources.options().index.locked.contains_key(project),
            ..Offered::default()
        };
        if let Some(direct) = shared.direct.get(project) {
            offered.versions.push(direct.metadata.version.clone());
            return offered;
        }
        let Ok(known) = shared.project(project) else { return offered };
        for version in known.versions().iter().rev() {
            match shared.selection(&known, project, version).as_ref() {
                Ok(candidate) if candidate.artifact.yanked != Yanked::No => {
                    offered.yanked.push(version.clone())
                }
                Ok(_) => offered.versions.push(version.clone()),
                Err(rejections) => {
                    offered.other_python.extend(rejections.iter().find_map(
                        |(_, rejection)| match rejection {
                            Rejection::RequiresPython(python) => {
                                Some(format!("{version} Requires-Python {python}"))
                            }
                            _ => None,
                        },
                    ));
                }
            }
        }
        offered.other_python.sort();
        offered
    }

    /// What each place said of `project`, for messages.
    pub(crate) fn places(&self, project: &ProjectName) -> Vec<(String, String)> {
        if self.shared.direct.contains_key(project) {
            return Vec::new();
        }
        self.shared.project(project).map(|known| known.places().to_vec()).unwrap_or_default()
    }
}

/// Why no file of a version can be used: the reason of the file that came nearest.
pub(super) fn rejection_text(rejections: &[(Artifact, Rejection)]) -> String {
    let rank = |rejection: &Rejection| match rejection {
        Rejection::HashMismatch => 0,
        Rejection::UploadedTooLate { .. } | Rejection::UploadTimeMissing(_) => 1,
        Rejection::Yanked(_) => 2,
        Rejection::RequiresPython(_) => 3,
        Rejection::IncompatibleTags(_) => 4,
        Rejection::Format(_) => 5,
    };
    match rejections.iter().min_by_key(|(_, rejection)| rank(rejection)) {
        Some((_, rejection)) => rejection.to_string(),
        None => "it has no file".to_owned(),
    }
}
