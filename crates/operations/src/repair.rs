//! `verify --repair`: distributions with broken files are installed again, at the same versions and from the same places,
//! in one transaction. What is marked as asked for (REQUESTED) and direct_url.json (PEP 610) stay what they were.

use std::path::PathBuf;
use std::sync::Arc;

use ::install::{
    ExistingPolicy, Installation, InstalledDistribution, InstalledDistributions, Removal, Transaction,
};
use build::BuildStack;
use cache::CachedWheel;
use distribution::{DirectUrl, DirectUrlKind};
use python::{BytecodeCompiler, Environment};
use requirement::{ProjectName, Requirement, RequirementSource, SpecifierSet};
use resolver::{Origin, ResolvedPin};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Means, Question};
use crate::install::begin;
use crate::pip_shim::is_pip_shim;
use crate::plan::Plan;
use crate::stage::{Staging, stage_all};
use crate::verify::{Verification, verify_installed};
use crate::{Collected, Context, Event, OperationError, ResolveOptions, Wanted, WantedKind};

/// How to repair.
#[derive(Debug, Clone, Default)]
pub struct RepairOptions {
    /// Where projects come from. What is wanted is not read: it is what is broken.
    pub resolve: ResolveOptions,
    /// The projects to look at; none: all.
    pub names: Vec<ProjectName>,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct RepairOutcome {
    /// What was installed again: names as their metadata spells them, and versions.
    pub repaired: Vec<(String, String)>,
    /// What was found afterwards.
    pub verification: Verification,
}

/// Installs again what is broken, and verifies once more.
///
/// # Errors
/// Any error leaves the environment as it was.
pub fn repair(
    context: &Context,
    environment: &Environment,
    options: &RepairOptions,
) -> Result<RepairOutcome, OperationError> {
    if !options.break_system_packages
        && let Some(message) = environment.externally_managed()
    {
        return Err(OperationError::ExternallyManaged(message));
    }
    let repaired = context.healing(|| attempt(context, environment, options))?;
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    Ok(RepairOutcome { repaired, verification: verify_installed(installed, environment, &options.names) })
}

fn attempt(
    context: &Context,
    environment: &Environment,
    options: &RepairOptions,
) -> Result<Vec<(String, String)>, OperationError> {
    let mut transaction = begin(context, environment, ExistingPolicy::Merge)?;
    // Under the lock: what is seen now is what is replaced.
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let broken = broken(&verify_installed(installed, environment, &options.names), environment, context);
    if broken.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = broken.values().map(wanted).collect();
    let resolve = Arc::new(ResolveOptions {
        collected: Collected { wanted, ..options.resolve.collected.clone() },
        force_reinstall: true,
        no_dependencies: true,
        ..options.resolve.clone()
    });
    let means = Means::new(context, &resolve);
    let question = Question {
        environment,
        options: resolve,
        installed: &InstalledDistributions::default(),
        stack: &BuildStack::default(),
        fetches_wheels: true,
    };
    let answer = Answer::find(context, question, &means)?;
    let (mut indexed, mut direct) = (Plan::default(), Vec::new());
    for mut pin in answer.resolution.pins.clone() {
        let Some(before) = broken.get(&pin.name) else { continue };
        if pin.version != before.version {
            let place = before.direct_url().map_or_else(String::new, |url| network::redacted(&url.url));
            let (expected, found) = (before.version.to_string(), pin.version.to_string());
            return Err(OperationError::OtherVersion { name: before.name_text(), expected, place, found });
        }
        pin.requested = before.requested();
        match answer.preparer.direct(&pin.name) {
            Some(found) => direct.extend(found.wheel.clone().map(|wheel| (pin, wheel))),
            None => indexed.replace.push(pin),
        }
    }
    stage(&transaction, (environment, context), &answer, (&indexed, &direct), &broken)?;
    let staged = indexed.replace.iter().chain(direct.iter().map(|(pin, _)| pin));
    for before in staged.filter_map(|pin| broken.get(&pin.name)) {
        transaction.remove_planned(Removal::plan_replacement(environment, before)?);
    }
    let report = transaction.commit()?;
    report.warnings.iter().for_each(|warning| context.reporter.event(Event::Warning(warning)));
    let removed = report.removed.into_iter().map(|old| (old.name_text, old.version.to_string()));
    let mut repaired: Vec<(String, String)> = removed.collect();
    repaired.sort();
    Ok(repaired)
}

/// What can be installed again of what is broken, by name; of the rest the user is told.
fn broken(
    verification: &Verification,
    environment: &Environment,
    context: &Context,
) -> FxHashMap<ProjectName, InstalledDistribution> {
    let mut broken = FxHashMap::default();
    for verified in verification.broken() {
        let distribution = &verified.distribution;
        let problem = match Removal::plan_replacement(environment, distribution) {
            Err(error) => error.to_string(),
            Ok(_) if verified.version_text.parse::<requirement::Version>().is_err() => {
                format!("'{}' is no version", verified.version_text)
            }
            Ok(_) if is_pip_shim(&distribution.name, &distribution.version) => {
                "no index has it; `rpip pip-shim` writes it anew".to_owned()
            }
            Ok(_) => {
                broken.insert(distribution.name.clone(), distribution.clone());
                continue;
            }
        };
        let warning = format!("{} cannot be repaired: {problem}", verified.name_text);
        context.reporter.event(Event::Warning(&warning));
    }
    broken
}

/// The requirement that nothing but `distribution` satisfies.
fn wanted(distribution: &InstalledDistribution) -> Wanted {
    let named = |source| {
        WantedKind::Named(Requirement {
            name: distribution.name.clone(),
            name_text: distribution.name_text().into(),
            extras: Vec::new(),
            source,
            marker: None,
        })
    };
    let kind = match distribution.direct_url() {
        Some(direct @ DirectUrl { kind: DirectUrlKind::Directory { editable: true }, .. }) => {
            WantedKind::Reference { text: direct.reference(), editable: true }
        }
        Some(direct) => named(RequirementSource::Url(direct.reference().into())),
        None => {
            let exactly = format!("=={}", distribution.version).parse::<SpecifierSet>();
            named(RequirementSource::Index(exactly.unwrap_or_default()))
        }
    };
    Wanted {
        kind,
        hashes: Vec::new(),
        config_settings: Vec::new(),
        origin: Origin::CommandLine,
        directory: PathBuf::new(),
    }
}

/// Stages what comes from indexes, then what was named by its place, which keeps the direct_url.json that it has.
fn stage(
    transaction: &Transaction,
    (environment, context): (&Environment, &Context),
    answer: &Answer,
    (indexed, direct): (&Plan, &[(ResolvedPin, CachedWheel)]),
    broken: &FxHashMap<ProjectName, InstalledDistribution>,
) -> Result<(), OperationError> {
    let Answer { preparer, resolution, hashes, downloads, .. } = answer;
    let work = Staging { preparer, environment, context, compile: true, hashes, downloads };
    let order = resolver::installation_order(resolution);
    stage_all(transaction, indexed, &order, &work)?;
    if direct.is_empty() {
        return Ok(());
    }
    let interpreter = environment.interpreter.clone();
    let compiler = BytecodeCompiler::new(interpreter, context.threads, context.cache.clone());
    for (pin, wheel) in direct {
        transaction.stage(&Installation {
            wheel: wheel.clone(),
            // Bytecode is a help: Python makes it where it is missing.
            bytecode: compiler.compile(wheel).ok(),
            requested: pin.requested,
            direct_url: broken.get(&pin.name).and_then(InstalledDistribution::direct_url),
            headers_name: Some(pin.name_text.to_string()),
            position: order.iter().position(|name| *name == pin.name).unwrap_or_default(),
        })?;
    }
    Ok(())
}
