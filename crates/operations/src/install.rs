//! `install`: from what is wanted to an environment that has it, in one transaction.

use ::install::{InstallError, InstalledDistributions, Removal, Transaction, TransactionOptions};
use build::BuildStack;
use cache::CacheError;
use distribution::DirectUrlKind;
use index::IndexOptions;
use python::Environment;
use requirement::ProjectName;
use resolver::{Resolution, installation_order};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Means};
use crate::collect::Collected;
use crate::plan::{Plan, Present, Rules, plan};
use crate::prepare::Preparer;
use crate::stage::{Staging, stage_all};
use crate::{BuildSettings, Context, Event, FormatControl, OperationError, check};

/// `--upgrade` and its strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upgrade {
    /// Only what the user names; its dependencies where they must.
    OnlyIfNeeded,
    /// Everything that takes part.
    Eager,
}

/// How to install.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// What is wanted.
    pub collected: Collected,
    /// Where projects come from.
    pub index: IndexOptions,
    /// `--upgrade`; none: installed versions that fit stay.
    pub upgrade: Option<Upgrade>,
    /// `--pre`.
    pub prereleases: bool,
    /// `--prefer-binary`.
    pub prefer_built: bool,
    /// `--no-deps`.
    pub no_dependencies: bool,
    /// `--force-reinstall`.
    pub force_reinstall: bool,
    /// `--ignore-installed`.
    pub ignore_installed: bool,
    /// `--dry-run`: the environment is not touched.
    pub dry_run: bool,
    /// Compile bytecode.
    pub compile: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
    /// `--ignore-requires-python`.
    pub ignore_requires_python: bool,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
    /// `--no-warn-conflicts` not given: look whether others still fit together.
    pub warn_conflicts: bool,
    /// `--no-binary` and `--only-binary`, by project.
    pub formats: std::collections::HashMap<ProjectName, FormatControl>,
    /// `--no-binary :all:` or `--only-binary :all:`.
    pub default_format: FormatControl,
    /// How builds behave.
    pub build: BuildSettings,
}

/// What an installation did, or would do.
#[derive(Debug, Clone, Default)]
pub struct InstallOutcome {
    /// Installed (names as the first requirement spells them), or to be installed (names as the projects spell them, as pip shows them), with versions; sorted.
    pub installed: Vec<(String, String)>,
    /// Scripts that were written, absolute paths.
    pub scripts: Vec<std::path::PathBuf>,
}

/// Installs into `environment`.
///
/// # Errors
/// Any error leaves the environment as it was.
pub fn install(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
) -> Result<InstallOutcome, OperationError> {
    match attempt(context, environment, options) {
        // The damaged wheel has left the cache: this time it is fetched.
        Err(OperationError::Install(InstallError::Cache(error @ CacheError::Damaged { .. }))) => {
            context.reporter.event(Event::Warning(&format!("{error}: once more, then")));
            attempt(context, environment, options)
        }
        outcome => outcome,
    }
}

fn attempt(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
) -> Result<InstallOutcome, OperationError> {
    if !options.break_system_packages
        && !options.dry_run
        && let Some(message) = environment.externally_managed()
    {
        return Err(OperationError::ExternallyManaged(message));
    }
    // The lock comes first: what is read under it is what will be changed.
    let transaction = if options.dry_run { None } else { Some(begin(context, environment)?) };
    let installed = if options.ignore_installed {
        InstalledDistributions::default()
    } else {
        InstalledDistributions::read(&environment.site_packages())?
    };
    let means = Means::new(context, options);
    let answer = Answer::find(context, environment, options, &installed, &means, &BuildStack::default())?;
    let Answer { preparer, resolution, hashes, downloads } = answer;
    report_satisfied(&preparer, &resolution, &installed, context);
    let order = installation_order(&resolution);
    let present = present(&installed, &resolution, &preparer);
    let rules = Rules { force: options.force_reinstall, ignore: options.ignore_installed };
    let plan = plan(resolution, &present, rules);
    let work = Staging {
        preparer: &preparer,
        environment,
        context,
        compile: options.compile,
        hashes: &hashes,
        downloads: &downloads,
    };
    match transaction {
        None => work.dry_run(&plan),
        Some(transaction) => {
            let outcome = carry_out(transaction, &plan, &order, &installed, &work)?;
            if options.warn_conflicts {
                warn_of_conflicts(&plan, environment, &preparer, context)?;
            }
            Ok(outcome)
        }
    }
}

/// Takes the environment's lock.
pub(crate) fn begin(context: &Context, environment: &Environment) -> Result<Transaction, OperationError> {
    let waiting = || context.reporter.event(Event::WaitingForLock(&environment.scheme.purelib));
    let options = TransactionOptions {
        installer: "rpip".to_owned(),
        threads: context.threads,
        ..TransactionOptions::default()
    };
    Ok(Transaction::begin(environment, &context.cache, options, &waiting)?)
}

/// Stages, removes, commits.
pub(crate) fn carry_out(
    mut transaction: Transaction,
    plan: &Plan,
    order: &[ProjectName],
    before: &InstalledDistributions,
    work: &Staging<'_>,
) -> Result<InstallOutcome, OperationError> {
    if plan.install.is_empty() && plan.replace.is_empty() {
        return Ok(InstallOutcome::default());
    }
    let mut installed = stage_all(&transaction, plan, work)?;
    let position = |name: &ProjectName| order.iter().position(|other| other == name);
    installed.sort_by_key(|(pin, _)| position(&pin.name));
    let names: Vec<String> = installed.iter().map(|(pin, _)| pin.name_text.to_string()).collect();
    work.context.reporter.event(Event::Installing(&names));
    for pin in &plan.replace {
        let Some(old) = before.get(&pin.name) else { continue };
        if Removal::is_outside(work.environment, old) {
            let (name, location) = (old.name_text(), old.location.display().to_string());
            let environment = work.environment.scheme.data.display().to_string();
            work.context.reporter.event(Event::Outside {
                name: &name,
                location: &location,
                environment: &environment,
            });
        } else {
            transaction.remove(old)?;
        }
    }
    for conflict in transaction.conflicts()? {
        work.context.reporter.event(Event::Warning(&conflict.to_string()));
    }
    let report = transaction.commit()?;
    for old in &report.removed {
        work.context.reporter.event(Event::Uninstalled { name: &old.name_text, version: &old.version });
    }
    for warning in &report.warnings {
        work.context.reporter.event(Event::Warning(warning));
    }
    installed.sort_by(|(left, _), (right, _)| left.name.cmp(&right.name));
    let installed =
        installed.into_iter().map(|(pin, version)| (pin.name_text.to_string(), version)).collect();
    Ok(InstallOutcome { installed, scripts: report.scripts })
}

/// Says which of the user's requirements need nothing to be done.
fn report_satisfied(
    preparer: &Preparer,
    resolution: &Resolution,
    installed: &InstalledDistributions,
    context: &Context,
) {
    for root in &preparer.request().roots {
        let name = &root.requirement.name;
        let pin = resolution.pins.iter().find(|pin| &pin.name == name);
        let (Some(pin), Some(old)) = (pin.filter(|pin| pin.installed), installed.get(name)) else { continue };
        let from = match root.origin.to_string() {
            origin if origin.is_empty() => origin,
            origin => format!("(from {origin})"),
        };
        context.reporter.event(Event::Satisfied {
            requirement: &root.requirement.to_string(),
            from: &from,
            location: &old.location,
            version: &pin.version,
        });
    }
}

/// What is installed of the projects that take part.
fn present(
    installed: &InstalledDistributions,
    resolution: &Resolution,
    preparer: &Preparer,
) -> FxHashMap<ProjectName, Present> {
    let found = resolution.pins.iter().filter_map(|pin| {
        let distribution = installed.get(&pin.name)?;
        let is_editable = || {
            let kind = distribution.direct_url().map(|direct| direct.kind);
            matches!(kind, Some(DirectUrlKind::Directory { editable: true }))
        };
        let outdated = preparer.direct(&pin.name).is_some_and(|direct| direct.always_new)
            || (!pin.installed && is_editable());
        Some((pin.name.clone(), Present { version: distribution.version.clone(), outdated }))
    });
    found.collect()
}

/// After the installation: others that no longer have what they require (pip's words).
fn warn_of_conflicts(
    plan: &Plan,
    environment: &Environment,
    preparer: &Preparer,
    context: &Context,
) -> Result<(), OperationError> {
    let changed: Vec<&ProjectName> =
        plan.install.iter().chain(&plan.replace).chain(&plan.keep).map(|pin| &pin.name).collect();
    let now = InstalledDistributions::read(&environment.site_packages())?;
    if now.distributions.iter().all(|distribution| changed.contains(&&distribution.name)) {
        return Ok(());
    }
    let markers = &environment.interpreter.facts.markers;
    let no_dependencies = preparer.request().no_dependencies;
    let problems: Vec<String> = check(&now, markers)
        .into_iter()
        .filter(|problem| {
            changed.contains(&problem.requirement())
                || (no_dependencies && changed.contains(&problem.project()))
        })
        .map(|problem| problem.after_installation())
        .collect();
    if !problems.is_empty() {
        context.reporter.event(Event::Error(&format!(
            "pip's dependency resolver does not currently take into account all the packages that are installed. \
             This behaviour is the source of the following dependency conflicts.\n{}",
            problems.join("\n")
        )));
    }
    Ok(())
}
