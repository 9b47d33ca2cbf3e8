//! `uninstall`: distributions leave, all in one transaction.

use cache::Cache;
use install::{ExistingPolicy, InstalledDistribution, Removal};
use python::Environment;
use requirement::ProjectName;

use crate::install::begin;
use crate::{Context, Event, OperationError, list};

/// What would be removed.
#[derive(Debug, Default)]
pub struct UninstallPlan {
    /// What is to go.
    pub removals: Vec<Removal>,
    /// Distributions that do not belong to the environment, though it sees them: they stay.
    pub outside: Vec<InstalledDistribution>,
    /// Names that are not installed.
    pub missing: Vec<ProjectName>,
}

/// What was removed.
#[derive(Debug, Default)]
pub struct UninstallOutcome {
    /// Paths that RECORD lists and that were left, with the reason.
    pub left: Vec<(std::path::PathBuf, String)>,
}

/// Finds what `names` stand for, and what removing it means.
pub fn plan_uninstall(
    environment: &Environment,
    cache: &Cache,
    names: &[ProjectName],
) -> Result<UninstallPlan, OperationError> {
    let installed = list(environment, cache)?;
    let mut plan = UninstallPlan::default();
    for name in names {
        match installed.get(name) {
            Some(found) if plan.removals.iter().any(|other| other.distribution.name == found.name) => {}
            Some(found) if Removal::is_outside(environment, found) => plan.outside.push(found.clone()),
            Some(found) => plan.removals.push(Removal::plan(environment, found)?),
            None => plan.missing.push(name.clone()),
        }
    }
    Ok(plan)
}

/// Removes what was planned; on an error nothing is removed.
pub fn uninstall(
    context: &Context,
    environment: &Environment,
    plan: &UninstallPlan,
    break_system_packages: bool,
) -> Result<UninstallOutcome, OperationError> {
    if !break_system_packages && let Some(message) = environment.externally_managed() {
        return Err(OperationError::ExternallyManaged(message));
    }
    if plan.removals.is_empty() {
        return Ok(UninstallOutcome::default());
    }
    let mut transaction = begin(context, environment, ExistingPolicy::Merge)?;
    for removal in &plan.removals {
        // Read again, under the lock: another run may have changed it since.
        transaction.remove(&removal.distribution)?;
    }
    let report = transaction.commit()?;
    for warning in &report.warnings {
        context.reporter.event(Event::Warning(warning));
    }
    Ok(UninstallOutcome { left: report.left })
}
