//! `sync`: an environment becomes what requirements files or a lock file (PEP 751) say, in one transaction: what is missing
//! or differs is installed, what nothing names leaves. The rules are those of pip-sync, but for one: dependencies that the
//! files do not name are not installed, since the next run would have to remove them again.

use std::cell::RefCell;
use std::sync::Arc;

use ::install::{InstalledDistribution, Removal};
use distribution::{DirectUrl, DirectUrlKind};
use python::Environment;
use requirement::{ProjectName, RequirementSource, SpecifierSet};
use rustc_hash::FxHashSet;

use crate::changes::{Changes, Confirm};
use crate::collect::WantedKind;
use crate::install::{Reviewed, install_reviewed};
use crate::plan::Plan;
use crate::{Context, InstallOptions, InstallOutcome, OperationError, ResolveOptions, Wanted, check, list};

/// What stays, with what it requires, though no file names it: the installers, and what old environments begin with.
const SEEDS: [&str; 8] =
    ["pip", "setuptools", "wheel", "rpip", "pip-tools", "pip-review", "pkg-resources", "distribute"];

/// What was done, or would be.
#[derive(Debug, Clone, Default)]
pub struct SyncOutcome {
    /// The changes.
    pub changes: Changes,
    /// What was installed.
    pub installed: InstallOutcome,
    /// Whether it was done.
    pub done: bool,
    /// What the files ask for and lack, in pip's words.
    pub problems: Vec<String>,
}

/// Refuses files that name two versions of one project (pip-sync's rule). Of what is named twice the last counts.
pub fn merge_wanted(
    options: &mut ResolveOptions,
    environment: &Environment,
    force: bool,
) -> Result<(), OperationError> {
    let markers = &environment.interpreter.facts.markers;
    let mut merged: Vec<Wanted> = Vec::new();
    for wanted in std::mem::take(&mut options.collected.wanted) {
        let WantedKind::Named(requirement) = &wanted.kind else {
            merged.push(wanted);
            continue;
        };
        if !requirement.applies(markers, &[]) {
            continue;
        }
        let other = merged.iter().position(|other| match &other.kind {
            WantedKind::Named(other) => other.name == requirement.name,
            WantedKind::Reference { .. } => false,
        });
        let Some(other) = other else {
            merged.push(wanted);
            continue;
        };
        let before = merged.remove(other);
        if !force && specifiers(&before.kind) != specifiers(&wanted.kind) {
            return Err(OperationError::IncompatibleFiles {
                one: shown(&before),
                other: shown(&wanted),
                origins: (before.origin.to_string(), wanted.origin.to_string()),
            });
        }
        merged.push(wanted);
    }
    options.collected.wanted = merged;
    Ok(())
}

fn specifiers(kind: &WantedKind) -> Option<&SpecifierSet> {
    match kind {
        WantedKind::Named(requirement) => match &requirement.source {
            RequirementSource::Index(specifiers) => Some(specifiers),
            RequirementSource::Url(_) => None,
        },
        WantedKind::Reference { .. } => None,
    }
}

fn shown(wanted: &Wanted) -> String {
    match &wanted.kind {
        WantedKind::Named(requirement) => requirement.to_string(),
        WantedKind::Reference { text, .. } => text.clone(),
    }
}

/// Makes `environment` what the options ask for. `confirm` is shown the changes, if there are any.
///
/// # Errors
/// Any error leaves the environment as it was.
pub fn sync(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
    confirm: Confirm<'_>,
) -> Result<SyncOutcome, OperationError> {
    let options = InstallOptions {
        resolve: Arc::new(ResolveOptions { no_dependencies: true, ..(*options.resolve).clone() }),
        warn_conflicts: false,
        ..options.clone()
    };
    let outcome = RefCell::new(SyncOutcome::default());
    let review = |plan: &mut Plan, reviewed: &Reviewed<'_>| {
        keep_same_places(plan, reviewed);
        plan.remove = unwanted(plan, reviewed);
        let mut outcome = outcome.borrow_mut();
        outcome.changes = Changes::of(plan, reviewed.installed);
        if outcome.changes.is_empty() {
            return Ok(false);
        }
        outcome.done = confirm(&outcome.changes) && !options.dry_run;
        Ok(outcome.done)
    };
    let installed = install_reviewed(context, environment, &options, Some(&review))?;
    let mut outcome = outcome.into_inner();
    outcome.installed = installed;
    if outcome.done {
        let found = list(environment, &context.cache)?;
        let problems = check(&found, &environment.interpreter.facts.markers);
        outcome.problems = problems.iter().map(|problem| problem.after_installation()).collect();
    }
    Ok(outcome)
}

/// What was installed from the very place that is named stays, if that says what it is: an editable project, a commit, an
/// archive with a hash. (A directory may have changed.)
fn keep_same_places(plan: &mut Plan, reviewed: &Reviewed<'_>) {
    let is_same = |name: &ProjectName| {
        let direct = reviewed.preparer.direct(name);
        let installed = reviewed.installed.get(name);
        direct.zip(installed).is_some_and(|(direct, installed)| {
            direct.metadata.version == installed.version
                && says_all(&direct.direct_url)
                && installed.direct_url().as_ref() == Some(&direct.direct_url)
        })
    };
    let (same, replaced): (Vec<_>, Vec<_>) =
        std::mem::take(&mut plan.replace).into_iter().partition(|pin| is_same(&pin.name));
    plan.replace = replaced;
    plan.keep.extend(same);
}

fn says_all(direct_url: &DirectUrl) -> bool {
    match &direct_url.kind {
        DirectUrlKind::Archive { hashes } => !hashes.is_empty(),
        DirectUrlKind::Directory { editable } => *editable,
        DirectUrlKind::Vcs { .. } => true,
    }
}

/// What is installed in the environment itself and neither named nor a seed.
fn unwanted(plan: &Plan, reviewed: &Reviewed<'_>) -> Vec<ProjectName> {
    let named: FxHashSet<&ProjectName> = plan.all().into_iter().map(|pin| &pin.name).collect();
    let seeds = seeds(plan, reviewed);
    let distributions = reviewed.installed.distributions.iter();
    let unwanted = distributions.filter(|found| {
        !named.contains(&found.name)
            && !seeds.contains(&found.name)
            && !Removal::is_outside(reviewed.place, found)
    });
    unwanted.map(|found| found.name.clone()).collect()
}

/// The installed seeds, and what they require. Of one that the files name at another version they name what it requires
/// too: else what is kept now would be removed by the next run.
fn seeds(plan: &Plan, reviewed: &Reviewed<'_>) -> FxHashSet<ProjectName> {
    let installed = reviewed.installed;
    let markers = &reviewed.place.interpreter.facts.markers;
    let is_replaced = |name: &ProjectName| plan.replace.iter().any(|pin| pin.name == *name);
    let names = SEEDS.iter().filter_map(|name| name.parse().ok()).filter(|name| !is_replaced(name));
    let mut open: Vec<&InstalledDistribution> =
        names.filter_map(|name: ProjectName| installed.get(&name)).collect();
    let mut seeds = FxHashSet::default();
    while let Some(found) = open.pop() {
        if !seeds.insert(found.name.clone()) {
            continue;
        }
        // What cannot be read requires nothing that could be known.
        let Ok(metadata) = found.metadata() else { continue };
        let required = metadata.requires_dist.iter().filter(|requirement| requirement.applies(markers, &[]));
        open.extend(required.filter_map(|requirement| installed.get(&requirement.name)));
    }
    seeds
}
