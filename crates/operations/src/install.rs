//! `install`: from what is wanted to an environment that has it, in one transaction.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use ::install::{
    ChangeLabel, ExistingPolicy, InstalledDistributions, Replacement, Transaction, TransactionOptions,
};
use build::BuildStack;
use distribution::{CoreMetadata, DirectUrlKind};
use python::{Destination, Environment};
use requirement::ProjectName;
use resolver::{Resolution, ResolvedPin, installation_order};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::answer::{Answer, Means, Question, reason_for};
use crate::plan::{Plan, Present, Rules, plan};
use crate::prepare::Preparer;
use crate::report::Report;
use crate::stage::{Staging, stage_all};
use crate::{Context, Event, OperationError, ResolveOptions, check};

/// How to install.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// What is wanted, and what may be chosen.
    pub resolve: Arc<ResolveOptions>,
    /// `--ignore-installed`.
    pub ignore_installed: bool,
    /// `--dry-run`: the environment is not touched.
    pub dry_run: bool,
    /// Compile bytecode.
    pub compile: bool,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
    /// `--no-warn-conflicts` not given: look whether others still fit together.
    pub warn_conflicts: bool,
    /// `--report`: the outcome has one.
    pub reports: bool,
    /// Where to install to.
    pub destination: Destination,
    /// `--user` (true) or `--no-user` (false); none: to the user's site-packages where the environment's cannot be written.
    pub user: Option<bool>,
    /// `--root`.
    pub root: Option<PathBuf>,
}

/// What an installation did, or would do.
#[derive(Debug, Clone, Default)]
pub struct InstallOutcome {
    /// Installed (names as the first requirement spells them), or to be installed (names as the projects spell them, as pip shows them), with versions; sorted.
    pub installed: Vec<(String, String)>,
    /// Scripts that were written, absolute paths.
    pub scripts: Vec<PathBuf>,
    /// What was done, in full, where the options ask for it.
    pub report: Option<Report>,
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
    install_reviewed(context, environment, options, None)
}

/// What a review has to judge a plan by.
pub(crate) struct Reviewed<'a> {
    pub(crate) preparer: &'a Preparer,
    /// What is installed, read under the lock.
    pub(crate) installed: &'a InstalledDistributions,
    /// Where it is installed to.
    pub(crate) place: &'a Environment,
}

/// What another command makes of a plan before anything is done: it may change it, and says whether to go on.
pub(crate) type Review<'a> = &'a dyn Fn(&mut Plan, &Reviewed<'_>) -> Result<bool, OperationError>;

/// The same for a command that has a say in the plan.
pub(crate) fn install_reviewed(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
    review: Option<Review<'_>>,
) -> Result<InstallOutcome, OperationError> {
    context.healing(|| attempt(context, environment, options, review))
}

fn attempt(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
    review: Option<Review<'_>>,
) -> Result<InstallOutcome, OperationError> {
    let place = place(context, environment, options)?;
    let is_only_told = options.dry_run && options.reports;
    if !options.break_system_packages
        && !is_only_told
        && !place.is_elsewhere()
        && let Some(message) = environment.externally_managed()
    {
        return Err(OperationError::ExternallyManaged(message));
    }
    // The lock comes first: what is read under it is what will be changed.
    let transaction = if options.dry_run { None } else { Some(begin(context, &place, existing(options))?) };
    let installed = if options.ignore_installed {
        InstalledDistributions::default()
    } else {
        InstalledDistributions::read(&place.installed_directories())?
    };
    let means = Means::new(context, &options.resolve);
    let question = Question {
        environment,
        options: Arc::clone(&options.resolve),
        installed: &installed,
        stack: &BuildStack::default(),
        fetches_wheels: !options.dry_run,
    };
    let answer = Answer::find(context, question, &means)?;
    let Answer { preparer, resolution, hashes, downloads, .. } = answer;
    if context.reporter.wants_details() {
        tell_choices(&resolution, &preparer, &place, context);
    }
    let order = installation_order(&resolution);
    let present = present(&installed, &resolution, &preparer);
    let rules = Rules {
        force: options.resolve.force_reinstall,
        ignore: options.ignore_installed,
        only_dependencies: options.resolve.only_dependencies,
    };
    let mut plan = plan(resolution, &present, rules);
    warn_of_unreadable(&plan, rules.force, &installed, context);
    match review {
        None if !context.reporter.wants_lines() => {}
        None => report_satisfied(&plan, rules.force, &preparer, &installed, context),
        Some(review) => {
            let reviewed = Reviewed { preparer: &preparer, installed: &installed, place: &place };
            if !review(&mut plan, &reviewed)? {
                return Ok(InstallOutcome::default());
            }
        }
    }
    let work = Staging {
        preparer: &preparer,
        environment: &place,
        context,
        compile: options.compile,
        hashes: &hashes,
        downloads: &downloads,
    };
    let report = options.reports.then(|| Report::of(&plan, &work)).transpose()?;
    let outcome = match transaction {
        None => work.dry_run(&plan)?,
        Some(transaction) => {
            let outcome = carry_out(transaction, &plan, &order, &installed, &work)?;
            if options.warn_conflicts && !place.is_elsewhere() {
                warn_of_conflicts(&plan, environment, context)?;
            }
            outcome
        }
    };
    Ok(InstallOutcome { report, ..outcome })
}

/// What becomes of what stands in the way.
fn existing(options: &InstallOptions) -> ExistingPolicy {
    match (&options.destination, options.resolve.upgrade) {
        (Destination::Target(_), Some(_)) => ExistingPolicy::Replace,
        (Destination::Target(_), None) => ExistingPolicy::Keep,
        _ => ExistingPolicy::Merge,
    }
}

/// What `-v` and `--log` tell: where to, and which file of which place stands for each project.
fn tell_choices(resolution: &Resolution, preparer: &Preparer, place: &Environment, context: &Context) {
    let detail = |level, text: &str| context.reporter.event(Event::Detail(level, text));
    let facts = &place.interpreter.facts;
    let library = place.scheme.purelib.display();
    detail(1, &format!("Using Python {} from {}", facts.version, place.executable.display()));
    detail(1, &format!("Installing to {library}, with the cache {}", context.cache.root().display()));
    for pin in resolution.pins.iter().filter(|pin| !pin.installed) {
        // No index is asked for what comes from elsewhere.
        if preparer.direct(&pin.name).is_none()
            && let Ok(Some(candidate)) = preparer.candidate(&pin.name, &pin.version)
        {
            let artifact = &candidate.artifact;
            let (file, source) = (&artifact.filename, network::redacted(&artifact.source));
            detail(1, &format!("{} {}: {file} from {source}", pin.name_text, pin.version));
            detail(2, &format!("  {}", network::redacted(&artifact.url)));
        }
        let askers: Vec<&str> = pin.required_by.iter().map(ProjectName::as_str).collect();
        if !askers.is_empty() {
            detail(2, &format!("  required by {}", askers.join(", ")));
        }
    }
}

/// The environment with the place to install to.
fn place(
    context: &Context,
    environment: &Environment,
    options: &InstallOptions,
) -> Result<Environment, OperationError> {
    let root = options.root.as_deref();
    let place = environment.at(&options.destination, root)?;
    let is_open = options.destination == Destination::Environment && options.user.is_none();
    if is_open && place.defaults_to_user() {
        context.reporter.event(Event::Note(
            "Defaulting to user installation because normal site-packages is not writeable",
        ));
        return Ok(environment.at(&Destination::User, root)?);
    }
    Ok(place)
}

/// Takes the environment's lock.
pub(crate) fn begin(
    context: &Context,
    environment: &Environment,
    existing: ExistingPolicy,
) -> Result<Transaction, OperationError> {
    begin_undoing(context, environment, existing, None)
}

/// How the change will be remembered: if a command of the user makes it, in an environment.
fn label(context: &Context, environment: &Environment, undoes: Option<u64>) -> Option<ChangeLabel> {
    let command = context.command.as_ref().filter(|_| !environment.is_elsewhere())?.to_string();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Some(ChangeLabel { time: i64::try_from(now.as_secs()).unwrap_or(i64::MAX), command, undoes })
}

/// Takes the environment's lock for a change that undoes another one.
pub(crate) fn begin_undoing(
    context: &Context,
    environment: &Environment,
    existing: ExistingPolicy,
    undoes: Option<u64>,
) -> Result<Transaction, OperationError> {
    let waiting = || context.reporter.event(Event::WaitingForLock(&environment.scheme.purelib));
    let options = TransactionOptions {
        installer: "rpip".to_owned(),
        threads: context.threads,
        existing,
        label: label(context, environment, undoes),
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
    if plan.is_empty() {
        return Ok(InstallOutcome::default());
    }
    let mut installed = stage_all(&transaction, plan, order, work)?;
    let position = |name: &ProjectName| order.iter().position(|other| other == name);
    installed.sort_by_key(|(pin, _)| position(&pin.name));
    if !installed.is_empty() {
        let names: Vec<String> = installed.iter().map(|(pin, _)| pin.name_text.to_string()).collect();
        work.context.reporter.event(Event::Installing(&names));
    }
    for old in plan.remove.iter().filter_map(|name| before.get(name)) {
        transaction.remove(old)?;
    }
    let mut elsewhere = Vec::new();
    for old in plan.replace.iter().filter_map(|pin| before.get(&pin.name)) {
        match Replacement::of(work.environment, old)? {
            Replacement::Remove => transaction.remove(old).inspect_err(|_| {
                let (name, version) = (&old.name_text(), &old.version);
                work.context.reporter.event(Event::Uninstalling { name, version });
            })?,
            Replacement::RemoveFrom(holder) => elsewhere.push((holder, old)),
            Replacement::Stays => {}
            Replacement::Outside => work.context.reporter.event(Event::Outside {
                name: &old.name_text(),
                location: &old.location.display().to_string(),
                environment: &work.environment.scheme.data.display().to_string(),
            }),
        }
    }
    // A distribution of the same project that lost its METADATA makes room too, where its RECORD still says of what.
    let pins = || plan.install.iter().chain(&plan.replace);
    let broken = before.broken.iter().filter_map(|broken| Some(&broken.listed.as_deref()?.0));
    for old in broken.filter(|old| pins().any(|pin| pin.name == old.name)) {
        if matches!(Replacement::of(work.environment, old), Ok(Replacement::Remove))
            && let Err(error) = transaction.remove(old)
        {
            work.context.reporter.event(Event::Warning(&format!("{} is left: {error}", old.info.display())));
        }
    }
    for conflict in transaction.conflicts()? {
        work.context.reporter.event(Event::Warning(&conflict.to_string()));
    }
    let mut report = transaction.commit()?;
    let mut removed = std::mem::take(&mut report.removed);
    for (holder, old) in elsewhere {
        let mut transaction = begin(work.context, &holder, ExistingPolicy::Merge)?;
        transaction.remove(old)?;
        removed.extend(transaction.commit()?.removed);
    }
    let reporter = &work.context.reporter;
    for old in &removed {
        reporter.event(Event::Uninstalled { name: &old.name_text, version: &old.version });
    }
    let entries = report.existing_entries().into_iter().map(ToString::to_string);
    for warning in report.warnings.iter().cloned().chain(entries) {
        reporter.event(Event::Warning(&warning));
    }
    installed.retain(|(pin, _)| {
        report.left_out.iter().all(|left| left.name.parse().ok().as_ref() != Some(&pin.name))
    });
    installed.sort_by(|(left, _), (right, _)| left.name_text.cmp(&right.name_text));
    let installed =
        installed.into_iter().map(|(pin, version)| (pin.name_text.to_string(), version)).collect();
    Ok(InstallOutcome { installed, scripts: report.scripts, report: None })
}

/// Says what gives way though its version would do: nobody can read what it requires.
fn warn_of_unreadable(plan: &Plan, is_forced: bool, installed: &InstalledDistributions, context: &Context) {
    for old in plan.replace.iter().filter(|_| !is_forced).filter_map(|pin| installed.get(&pin.name)) {
        if let Err(error) = old.metadata() {
            let text = format!("{} {} cannot be kept as it is: {error}", old.name, old.version);
            context.reporter.event(Event::Warning(&text));
        }
    }
    for broken in installed.broken.iter().filter(|broken| {
        let name = broken.listed.as_deref().map(|(old, _)| &old.name);
        name.is_some_and(|name| plan.install.iter().any(|pin| pin.name == *name))
    }) {
        let text = format!("{} cannot be kept as it is: {}", broken.path.display(), broken.reason);
        context.reporter.event(Event::Warning(&text));
    }
}

/// Says which requirements need nothing to be done.
fn report_satisfied(
    plan: &Plan,
    is_forced: bool,
    preparer: &Preparer,
    installed: &InstalledDistributions,
    context: &Context,
) {
    let pins = plan.all();
    let is_met = |pin: &&ResolvedPin| {
        let roots = preparer.request().roots.iter();
        let mut roots = roots.filter(|root| root.requirement.name == pin.name).peekable();
        let old = installed.get(&pin.name);
        roots.peek().is_some()
            && old.is_some_and(|old| roots.all(|root| root.requirement.is_met_by(&old.version)))
    };
    // What is upgraded though it would do is told of too, as pip tells it.
    let upgraded = plan.replace.iter().filter(|_| !is_forced).filter(is_met);
    for pin in plan.keep.iter().chain(upgraded).chain(&plan.left_out) {
        let Some(old) = installed.get(&pin.name) else { continue };
        if let Some(direct) = preparer.direct(&pin.name) {
            let url = &direct.direct_url.url;
            if url.starts_with("file:") && url.ends_with(".whl") {
                context.reporter.event(Event::Note(&format!(
                    "{} is already installed with the same version as the provided wheel. Use --force-reinstall to force an \
                     installation of the wheel.",
                    pin.name_text
                )));
            }
            continue;
        }
        let (requirement, from) = reason_for(preparer, &pins, pin);
        context.reporter.event(Event::Satisfied {
            requirement: &requirement,
            from: &from,
            location: &old.location,
            version: &old.version,
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

/// After the installation: what is broken of what changed and of those that require it (pip's words).
fn warn_of_conflicts(
    plan: &Plan,
    environment: &Environment,
    context: &Context,
) -> Result<(), OperationError> {
    let pins = plan.install.iter().chain(&plan.replace);
    let changed: FxHashSet<&ProjectName> = pins.map(|pin| &pin.name).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let now = InstalledDistributions::read(&environment.site_packages())?;
    if now.distributions.iter().all(|distribution| changed.contains(&distribution.name)) {
        return Ok(());
    }
    let requires_changed = |metadata: CoreMetadata| {
        metadata.requires_dist.iter().any(|requirement| changed.contains(&requirement.name))
    };
    let is_affected = |project: &ProjectName| {
        let metadata = || now.get(project)?.metadata().ok();
        changed.contains(project) || metadata().is_some_and(requires_changed)
    };
    let problems: Vec<String> = check(&now, &environment.interpreter.facts.markers)
        .into_iter()
        .filter(|problem| is_affected(problem.project()))
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
