//! `upgrade`: what is installed takes its newest version, as far as everything in the environment fits together. Every installed
//! distribution takes part in the search, so that nothing that stays is broken; nothing gets older, unless the environment
//! did not fit together before.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use ::install::{InstalledDistribution, InstalledDistributions, Removal};
use python::Environment;
use requirement::{ProjectName, Requirement, RequirementSource, SpecifierSet};
use resolver::Origin;
use rustc_hash::FxHashSet;

use crate::changes::{Changes, Confirm};
use crate::collect::{Wanted, WantedKind};
use crate::held_back::held_back;
use crate::install::{Reviewed, install_reviewed};
use crate::plan::Plan;
use crate::{Context, InstallOptions, InstallOutcome, OperationError, ResolveOptions, Upgrade, list};

/// What was done, or would be.
#[derive(Debug, Clone, Default)]
pub struct UpgradeOutcome {
    /// The changes.
    pub changes: Changes,
    /// What was installed.
    pub installed: InstallOutcome,
}

/// What takes part.
struct Scope {
    /// The requirements of the search.
    wanted: Vec<Wanted>,
    /// What may move without need.
    upgraded: BTreeSet<ProjectName>,
    /// What was meant and stays as it is, with the reason.
    left_alone: Vec<(String, String)>,
}

/// Upgrades what the options name, or everything where they name nothing. `resolve.upgrade` says of everything whether what
/// nobody asked for by name moves too ([`Upgrade::Eager`]) or only where it must. `confirm` is shown the changes, also if there are none.
///
/// # Errors
/// Any error leaves the environment as it was.
pub fn upgrade(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
    confirm: Confirm<'_>,
) -> Result<UpgradeOutcome, OperationError> {
    let installed = list(environment, &context.cache)?;
    let scope = Scope::of(environment, &installed, &options.resolve)?;
    match attempt(context, environment, options, &scope, confirm) {
        // The environment did not fit together before: then something has to get older, or nothing could be done at all.
        Err(OperationError::Conflict(_)) => {
            attempt(context, environment, options, &scope.without_bounds(), confirm)
        }
        result => result,
    }
}

fn attempt(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
    scope: &Scope,
    confirm: Confirm<'_>,
) -> Result<UpgradeOutcome, OperationError> {
    let mut resolve = (*options.resolve).clone();
    resolve.collected.wanted = scope.wanted.clone();
    resolve.upgraded = Some(scope.upgraded.clone());
    resolve.upgrade = Some(Upgrade::OnlyIfNeeded);
    let options = InstallOptions { resolve: Arc::new(resolve), ..options.clone() };
    let outcome = RefCell::new(UpgradeOutcome::default());
    let review = |plan: &mut Plan, reviewed: &Reviewed<'_>| {
        for pin in plan.install.iter_mut().chain(&mut plan.replace) {
            // All took part as if the user had named them: who was asked for stays so, nobody else becomes so.
            let before = reviewed.installed.get(&pin.name);
            pin.requested = before.map_or(pin.requested, InstalledDistribution::requested);
        }
        let mut outcome = outcome.borrow_mut();
        outcome.changes = Changes::of(plan, reviewed.installed);
        outcome.changes.left_alone = scope.left_alone.clone();
        outcome.changes.held_back = held_back(&scope.upgraded, plan, reviewed);
        outcome.changes = std::mem::take(&mut outcome.changes).sorted();
        let wanted = confirm(&outcome.changes);
        Ok(wanted && !options.dry_run && !plan.is_empty())
    };
    let installed = install_reviewed(context, environment, &options, Some(&review))?;
    let mut outcome = outcome.into_inner();
    outcome.installed = installed;
    Ok(outcome)
}

impl Scope {
    fn of(
        environment: &Environment,
        installed: &InstalledDistributions,
        options: &ResolveOptions,
    ) -> Result<Self, OperationError> {
        let named = options.collected.wanted.clone();
        let names: FxHashSet<ProjectName> = named.iter().filter_map(name_of).collect();
        if let Some(missing) = names.iter().filter(|name| installed.get(name).is_none()).min() {
            return Err(OperationError::NothingToUpgrade(missing.to_string()));
        }
        let is_everything = named.is_empty();
        let moving = if is_everything && options.upgrade == Some(Upgrade::OnlyIfNeeded) {
            asked_for(installed, environment)
        } else if is_everything {
            installed.distributions.iter().map(|found| found.name.clone()).collect()
        } else {
            names
        };
        let mut scope = Self { wanted: Vec::new(), upgraded: BTreeSet::new(), left_alone: Vec::new() };
        for found in &installed.distributions {
            let own = named.iter().filter(|wanted| name_of(wanted).as_ref() == Some(&found.name));
            let stays = Self::reason_to_stay(environment, found);
            if moving.contains(&found.name) {
                match &stays {
                    Some(reason) => scope.left_alone.push((found.name_text(), reason.clone())),
                    None => _ = scope.upgraded.insert(found.name.clone()),
                }
            }
            if found.metadata().is_err() {
                continue; // what it requires cannot be known
            }
            let operator = if stays.is_some() { "==" } else { ">=" };
            scope.wanted.push(bounded(found, operator));
            if stays.is_none() {
                scope.wanted.extend(own.cloned());
            }
        }
        Ok(scope)
    }

    /// Why a distribution is not for an index to replace.
    fn reason_to_stay(environment: &Environment, found: &InstalledDistribution) -> Option<String> {
        if let Some(direct) = found.direct_url() {
            return Some(format!("installed from {}", direct.url));
        }
        if let Some(location) = found.develop_location() {
            return Some(format!("installed from {}", location.display()));
        }
        if found.metadata().is_err() {
            return Some("its metadata cannot be read".to_owned());
        }
        Removal::is_outside(environment, found)
            .then(|| format!("it lies in {}, outside of the environment", found.location.display()))
    }

    /// The same, and anything may get older.
    fn without_bounds(&self) -> Self {
        let loose = |wanted: &Wanted| {
            let mut wanted = wanted.clone();
            if let WantedKind::Named(requirement) = &mut wanted.kind
                && wanted.origin == Origin::Installed
                && self.upgraded.contains(&requirement.name)
            {
                requirement.source = RequirementSource::Index(SpecifierSet::default());
            }
            wanted
        };
        Self {
            wanted: self.wanted.iter().map(loose).collect(),
            upgraded: self.upgraded.clone(),
            left_alone: self.left_alone.clone(),
        }
    }
}

/// The requirement that `found` is at its version, or not older.
fn bounded(found: &InstalledDistribution, operator: &str) -> Wanted {
    let version = found.version.to_string();
    // A local version orders nothing (PEP 440).
    let version = match operator {
        "==" => version.as_str(),
        _ => version.split('+').next().unwrap_or_default(),
    };
    let specifiers = format!("{operator}{version}").parse().unwrap_or_default();
    let requirement = Requirement {
        name: found.name.clone(),
        name_text: found.name_text().into(),
        extras: Vec::new(),
        source: RequirementSource::Index(specifiers),
        marker: None,
    };
    Wanted {
        kind: WantedKind::Named(requirement),
        hashes: Vec::new(),
        config_settings: Vec::new(),
        origin: Origin::Installed,
        directory: std::path::PathBuf::new(),
    }
}

fn name_of(wanted: &Wanted) -> Option<ProjectName> {
    match &wanted.kind {
        WantedKind::Named(requirement) => Some(requirement.name.clone()),
        WantedKind::Reference { .. } => None,
    }
}

/// What the user asked for (REQUESTED), and what nothing else requires: other installers leave no such mark.
fn asked_for(installed: &InstalledDistributions, environment: &Environment) -> FxHashSet<ProjectName> {
    let markers = &environment.interpreter.facts.markers;
    let metadata = installed.distributions.iter().filter_map(|found| found.metadata().ok());
    let required: FxHashSet<ProjectName> = metadata
        .flat_map(|metadata| metadata.requires_dist.clone())
        .filter(|requirement| requirement.applies(markers, &[]))
        .map(|requirement| requirement.name)
        .collect();
    let asked = installed.distributions.iter();
    let asked = asked.filter(|found| found.requested() || !required.contains(&found.name));
    asked.map(|found| found.name.clone()).collect()
}
