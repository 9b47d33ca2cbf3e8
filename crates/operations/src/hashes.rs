//! Hash-checking mode (pip's `--require-hashes`): once one requirement gives a hash, everything
//! that is installed must be pinned and hashed.

use std::collections::HashMap;

use ::install::InstalledDistributions;
use distribution::{Digest, DirectUrl, DirectUrlKind, HashAlgorithm};
use requirement::{ProjectName, Requirement, RequirementSource, Version};
use resolver::{Origin, Resolution, ResolvedPin};

use crate::collect::{Collected, Wanted, WantedKind};
use crate::direct::DirectWheels;
use crate::prepare::Preparer;
use crate::{HashProblem, OperationError, ResolveOptions};

/// The hashes that the user listed.
#[derive(Debug, Default)]
pub(crate) struct Hashes {
    active: bool,
    listed: HashMap<ProjectName, Vec<Digest>>,
}

impl Hashes {
    /// Collects them, and every requirement of the user that lacks a pin or a hash and that what is installed does not
    /// satisfy.
    pub(crate) fn of(
        options: &ResolveOptions,
        direct: &DirectWheels,
        installed: &InstalledDistributions,
    ) -> (Self, Vec<HashProblem>) {
        let Collected { wanted, constraint_hashes, .. } = &options.collected;
        let active = are_demanded(&options.collected);
        let mut hashes = Self { active, listed: HashMap::new() };
        let mut problems = Vec::new();
        for wanted in wanted {
            let requirement = match &wanted.kind {
                WantedKind::Named(requirement) => requirement,
                WantedKind::Reference { text, .. } => match direct.requirement(text) {
                    Some(requirement) => requirement,
                    None => continue,
                },
            };
            let of_constraints =
                constraint_hashes.get(&requirement.name).map(Vec::as_slice).unwrap_or_default();
            let of_url = hashes_in_url(wanted);
            let listed = [wanted.hashes.as_slice(), of_constraints, &of_url];
            let listed = listed.into_iter().find(|listed| !listed.is_empty()).unwrap_or_default();
            if active && listed.is_empty() && !stays(requirement, options, installed) {
                let text = requirement.to_string();
                if !is_pinned(requirement, options) {
                    let from = match &wanted.origin {
                        Origin::CommandLine => String::new(),
                        origin => format!("(from {origin})"),
                    };
                    problems.push(HashProblem::Unpinned { requirement: text, from });
                } else {
                    let got = direct.wheels.get(&requirement.name);
                    let got = got.and_then(|direct| archive_hash(&direct.direct_url));
                    problems.push(HashProblem::Missing { requirement: text, got });
                }
            }
            if !listed.is_empty() {
                hashes.listed.entry(requirement.name.clone()).or_default().extend(listed.iter().cloned());
            }
        }
        for (project, listed) in constraint_hashes {
            hashes.listed.entry(project.clone()).or_insert_with(|| listed.clone());
        }
        (hashes, problems)
    }

    /// An error for these problems, if there are any; what hashes are missing is said as far as an index promises them.
    pub(crate) fn refuse(mut problems: Vec<HashProblem>, preparer: &Preparer) -> Result<(), OperationError> {
        for problem in &mut problems {
            if let HashProblem::Missing { requirement, got: got @ None } = problem {
                *got = preparer.promised_hash(requirement);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(OperationError::Hashes(problems)) }
    }

    /// The listed hashes.
    pub(crate) fn by_project(&self) -> HashMap<ProjectName, Vec<Digest>> {
        self.listed.clone()
    }

    /// Those of one project.
    pub(crate) fn listed(&self, project: &ProjectName) -> &[Digest] {
        self.listed.get(project).map(Vec::as_slice).unwrap_or_default()
    }

    /// An error for every dependency that is not listed.
    pub(crate) fn check_all_listed(
        &self,
        resolution: &Resolution,
        preparer: &Preparer,
    ) -> Result<(), OperationError> {
        if !self.active {
            return Ok(());
        }
        let unlisted =
            resolution.pins.iter().filter(|pin| !pin.installed && !self.listed.contains_key(&pin.name));
        let pins: Vec<&ResolvedPin> = resolution.pins.iter().collect();
        let problems: Vec<HashProblem> = unlisted
            .map(|pin| {
                let (requirement, from) = crate::answer::reason_for(preparer, &pins, pin);
                HashProblem::Unpinned { requirement, from }
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(OperationError::Hashes(problems)) }
    }

    /// The problem of a pinned version of which no file has a listed hash.
    pub(crate) fn mismatch(
        &self,
        preparer: &Preparer,
        requirement: &Requirement,
        version: &Version,
    ) -> Option<HashProblem> {
        let expected = self.listed.get(&requirement.name)?;
        let got = preparer.unlisted_hash(&requirement.name, version)?;
        Some(HashProblem::Mismatch { requirement: requirement.to_string(), expected: expected.clone(), got })
    }

    /// Checks that a wheel at hand has a hash that is listed. `digest` gives its hash in an algorithm.
    pub(crate) fn verify(
        &self,
        requirement: &str,
        project: &ProjectName,
        digest: impl FnMut(HashAlgorithm) -> Result<Digest, OperationError>,
    ) -> Result<(), OperationError> {
        among(self.listed(project), requirement, digest)
    }
}

/// The hash of the archive that the user named.
fn archive_hash(direct: &DirectUrl) -> Option<Digest> {
    let DirectUrlKind::Archive { hashes } = &direct.kind else { return None };
    hashes.iter().find_map(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok())
}

/// One of the hashes that are listed for a requirement, if any are, must be the file's. `digest` gives the file's in an algorithm.
pub(crate) fn among(
    listed: &[Digest],
    requirement: &str,
    mut digest: impl FnMut(HashAlgorithm) -> Result<Digest, OperationError>,
) -> Result<(), OperationError> {
    // SHA-256 is at hand always, others may cost something.
    let mut algorithms: Vec<HashAlgorithm> = listed.iter().map(|hash| hash.algorithm).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    let mut wrong = None;
    for algorithm in algorithms {
        let got = digest(algorithm)?;
        if listed.contains(&got) {
            return Ok(());
        }
        wrong.get_or_insert(got);
    }
    let Some(got) = wrong else { return Ok(()) };
    let (requirement, expected) = (requirement.to_owned(), listed.to_vec());
    Err(OperationError::Hashes(vec![HashProblem::Mismatch { requirement, expected, got }]))
}

/// The algorithms, beside SHA-256, of the hashes that the user lists.
pub(crate) fn other_algorithms(wanted: &[Wanted]) -> Vec<HashAlgorithm> {
    let listed = wanted.iter().flat_map(|wanted| &wanted.hashes).map(|hash| hash.algorithm);
    let mut algorithms: Vec<HashAlgorithm> = listed.filter(|other| *other != HashAlgorithm::Sha256).collect();
    algorithms.sort_unstable();
    algorithms.dedup();
    algorithms
}

/// Whether what is installed satisfies a requirement of the user, so that nothing is fetched for it.
fn stays(requirement: &Requirement, options: &ResolveOptions, installed: &InstalledDistributions) -> bool {
    let RequirementSource::Index(specifiers) = &requirement.source else { return false };
    let found = installed.get(&requirement.name);
    options.upgrade.is_none()
        && !options.force_reinstall
        && found.is_some_and(|found| specifiers.contains(&found.version))
}

/// Whether a requirement, or a constraint on its project, pins the version exactly, as hash-checking mode asks for.
fn is_pinned(requirement: &Requirement, options: &ResolveOptions) -> bool {
    let pins = |requirement: &Requirement| match &requirement.source {
        RequirementSource::Index(specifiers) => specifiers.pinned().is_some(),
        RequirementSource::Url(_) => true,
    };
    let constraints = options.collected.constraints.iter().map(|constraint| &constraint.requirement);
    pins(requirement) || constraints.filter(|other| other.name == requirement.name).any(pins)
}

/// Whether hash-checking mode is on: it is asked for, or a hash is given and nobody said `--no-require-hashes`.
pub(crate) fn are_demanded(collected: &Collected) -> bool {
    let Collected { wanted, settings, constraint_hashes, .. } = collected;
    let given = wanted.iter().any(|wanted| !wanted.hashes.is_empty()) || !constraint_hashes.is_empty();
    settings.require_hashes || (given && !settings.no_require_hashes)
}

/// The hashes in the fragment of a URL that the user names.
fn hashes_in_url(wanted: &Wanted) -> Vec<Digest> {
    let url = match &wanted.kind {
        WantedKind::Named(requirement) => requirement.url(),
        WantedKind::Reference { text, .. } => Some(text.as_str()),
    };
    let fragment = url.and_then(|url| url.split_once('#')).map(|(_, fragment)| fragment);
    fragment.unwrap_or_default().split('&').filter_map(|part| part.parse().ok()).collect()
}
