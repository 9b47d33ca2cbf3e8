//! `autoremove`: what nobody asked for (REQUESTED, recording installed projects specification) and nothing that stays
//! requires goes, in one transaction.
//!
//! What is doubtful stays: what an installer put there that leaves no such marks, what lies outside the environment, what
//! has a broken neighbour of the same name, and what any extra of something that stays requires.

use ::cache::Cache;
use ::install::{ExistingPolicy, InfoKind, InstalledDistribution, InstalledDistributions, Removal};
use distribution::DirectUrlKind;
use python::Environment;
use requirement::ProjectName;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::graph::{Edge, Graph};
use crate::install::begin;
use crate::list::listed;
use crate::{Context, Event, OperationError, PlannedRemoval, UninstallOutcome, list};

/// What makes environments work, and is not asked for by name: it stays.
const FOUNDATION: [&str; 3] = ["pip", "setuptools", "wheel"];
/// Installers that mark what the user asked for (REQUESTED), and nothing else; uv marks everything.
const MARKING_INSTALLERS: [&str; 2] = ["pip", "rpip"];

/// What is to be removed.
#[derive(Debug, Clone, Default)]
pub struct AutoremoveOptions {
    /// Projects that stay, with what they require.
    pub keep: Vec<ProjectName>,
    /// Also pip, setuptools and wheel, where nobody asked for them.
    pub all: bool,
    /// Also what only extras of something that stays require.
    pub ignore_extras: bool,
}

/// What would be removed.
#[derive(Debug, Default)]
pub struct AutoremovePlan {
    /// What is to go, by name.
    pub removals: Vec<PlannedRemoval>,
    /// What to tell: broken distributions, names to keep that are not installed.
    pub warnings: Vec<String>,
}

impl AutoremovePlan {
    fn names(&self) -> Vec<(&ProjectName, &requirement::Version)> {
        let distributions = self.removals.iter().map(|planned| &planned.removal.distribution);
        distributions.map(|distribution| (&distribution.name, &distribution.version)).collect()
    }
}

/// Finds what nobody needs.
///
/// # Errors
/// Where nothing carries a mark, or where what something requires cannot be read: then nobody can tell.
pub fn plan_autoremove(
    environment: &Environment,
    cache: &Cache,
    options: &AutoremoveOptions,
) -> Result<AutoremovePlan, OperationError> {
    plan(list(environment, cache)?, environment, options)
}

/// Removes what was planned, if it is still what nobody needs; on an error nothing is removed.
pub fn autoremove(
    context: &Context,
    environment: &Environment,
    planned: &AutoremovePlan,
    options: &AutoremoveOptions,
    break_system_packages: bool,
) -> Result<UninstallOutcome, OperationError> {
    if !break_system_packages && let Some(message) = environment.externally_managed() {
        return Err(OperationError::ExternallyManaged(message));
    }
    let mut transaction = begin(context, environment, ExistingPolicy::Merge)?;
    // Under the lock: another run may have asked for something since.
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let now = plan(installed, environment, options)?;
    if now.names() != planned.names() {
        return Err(OperationError::EnvironmentChanged(environment.scheme.purelib.clone()));
    }
    now.removals.into_iter().for_each(|planned| transaction.remove_planned(planned.removal));
    let report = transaction.commit()?;
    for warning in &report.warnings {
        context.reporter.event(Event::Warning(warning));
    }
    Ok(UninstallOutcome { left: report.left })
}

fn plan(
    installed: InstalledDistributions,
    environment: &Environment,
    options: &AutoremoveOptions,
) -> Result<AutoremovePlan, OperationError> {
    let mut plan = AutoremovePlan::default();
    let mut kept: FxHashSet<ProjectName> = options.keep.iter().cloned().collect();
    for broken in &installed.broken {
        let name = broken_name(&broken.path);
        plan.warnings.push(match &name {
            Some(name) => format!("{} is broken ({}): {name} stays", broken.path.display(), broken.reason),
            None => format!("{} is broken ({})", broken.path.display(), broken.reason),
        });
        kept.extend(name);
    }
    for name in options.keep.iter().filter(|name| installed.get(name).is_none()) {
        plan.warnings.push(format!("--keep: {name} is not installed"));
    }
    if installed.distributions.is_empty() {
        return Ok(plan);
    }
    let distributions: FxHashMap<ProjectName, InstalledDistribution> =
        installed.distributions.iter().map(|found| (found.name.clone(), found.clone())).collect();
    let graph = Graph::of(listed(installed), &environment.interpreter.facts.markers);
    if !graph.nodes.iter().any(|node| node.requested) {
        return Err(OperationError::NothingRequested(environment.scheme.purelib.clone()));
    }
    let stays = |name: &ProjectName| {
        let is_foundation = !options.all && FOUNDATION.contains(&name.as_str());
        let found = distributions.get(name);
        is_foundation || kept.contains(name) || found.is_none_or(|found| is_doubtful(environment, found))
    };
    let mut is_needed = vec![false; graph.nodes.len()];
    let mut pending: Vec<usize> = (0..graph.nodes.len())
        .filter(|position| graph.nodes[*position].requested || stays(&graph.nodes[*position].name))
        .collect();
    while let Some(position) = pending.pop() {
        if std::mem::replace(&mut is_needed[position], true) {
            continue;
        }
        let node = &graph.nodes[position];
        if let Some(reason) = &node.unreadable {
            let (name, reason) = (node.name_text.clone(), reason.clone());
            return Err(OperationError::UnknownRequirements { name, reason });
        }
        let counts = |edge: &&Edge| !options.ignore_extras || edge.extras.is_empty();
        pending.extend(node.edges.iter().filter(counts).map(|edge| edge.target));
        pending.extend(node.possible.iter().filter(|_| !options.ignore_extras));
    }
    for (node, _) in graph.nodes.iter().zip(&is_needed).filter(|(_, is_needed)| !**is_needed) {
        if let Some(distribution) = distributions.get(&node.name) {
            let removal = Removal::plan(environment, distribution)?;
            plan.removals.push(PlannedRemoval { environment: environment.clone(), removal });
        }
    }
    Ok(plan)
}

/// Whether nobody can tell by the mark if it was asked for, or it is not the environment's own.
fn is_doubtful(environment: &Environment, distribution: &InstalledDistribution) -> bool {
    let is_marked = distribution.kind() == InfoKind::DistInfo
        && distribution.installer().is_some_and(|installer| MARKING_INSTALLERS.contains(&installer.as_str()));
    let is_editable = || {
        let kind = distribution.direct_url().map(|direct| direct.kind);
        matches!(kind, Some(DirectUrlKind::Directory { editable: true }))
    };
    !is_marked || is_editable() || Removal::is_outside(environment, distribution)
}

/// The project that a broken directory or file is of, as far as its name tells.
fn broken_name(path: &std::path::Path) -> Option<ProjectName> {
    path.extension()?;
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    stem.trim_start_matches('~').split('-').next()?.parse().ok()
}
