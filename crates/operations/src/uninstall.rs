//! `uninstall`: distributions leave, all in one transaction.

use install::{InstalledDistribution, InstalledDistributions};
use python::Environment;
use requirement::ProjectName;

use crate::install::begin;
use crate::{Context, Event, OperationError};

/// What would be removed.
#[derive(Debug, Default)]
pub struct UninstallPlan {
    /// The distributions.
    pub distributions: Vec<InstalledDistribution>,
    /// Names that are not installed.
    pub missing: Vec<ProjectName>,
}

impl UninstallPlan {
    /// The paths of one of the distributions as a person reads them: whole directories as `dir/*`, sorted.
    pub fn summary(distribution: &InstalledDistribution) -> Result<Vec<String>, OperationError> {
        let mut paths: Vec<String> = distribution
            .files()?
            .iter()
            .map(|path| match path.strip_prefix(&distribution.location).map(|inside| inside.components()) {
                Ok(mut inside) => match (inside.next(), inside.next()) {
                    (Some(top), Some(_)) => distribution.location.join(top).join("*").display().to_string(),
                    _ => path.display().to_string(),
                },
                Err(_) => path.display().to_string(),
            })
            .collect();
        paths.sort();
        paths.dedup();
        Ok(paths)
    }
}

/// What was removed.
#[derive(Debug, Default)]
pub struct UninstallOutcome {
    /// Paths that RECORD lists and that were left, with the reason.
    pub left: Vec<(std::path::PathBuf, String)>,
}

/// Finds what `names` stand for.
pub fn plan_uninstall(
    environment: &Environment,
    names: &[ProjectName],
) -> Result<UninstallPlan, OperationError> {
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let mut plan = UninstallPlan::default();
    for name in names {
        match installed.get(name) {
            Some(found) if plan.distributions.iter().any(|other| other.name == found.name) => {}
            Some(found) => plan.distributions.push(found.clone()),
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
    if plan.distributions.is_empty() {
        return Ok(UninstallOutcome::default());
    }
    let mut transaction = begin(context, environment)?;
    for distribution in &plan.distributions {
        transaction.remove(distribution)?;
    }
    let report = transaction.commit()?;
    for warning in &report.warnings {
        context.reporter.event(Event::Warning(warning));
    }
    Ok(UninstallOutcome { left: report.left })
}
