//! `undo`: the environment before the last change, every file of it, in one transaction. What the change brought is removed; what
//! it had taken out lies in the history and is put back. Where that cannot be done nothing is.

use std::path::PathBuf;

use ::cache::{ChangeRecord, History};
use ::install::{ExistingPolicy, InstalledDistributions, Restoration, Transaction};
use python::Environment;
use requirement::ProjectName;

use crate::changes::{Change, Changes, Confirm};
use crate::history::{PastChange, changes, past_changes};
use crate::install::begin_undoing;
use crate::{Context, Event, OperationError};

/// What to undo.
#[derive(Debug, Clone, Copy, Default)]
pub struct UndoOptions {
    /// The number of the change; none: the last one that counts.
    pub number: Option<u64>,
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
}

/// What was undone, or would be.
#[derive(Debug, Clone)]
pub struct UndoOutcome {
    /// The change.
    pub undone: PastChange,
    /// What undoing it changes.
    pub changes: Changes,
    /// Whether it was done.
    pub done: bool,
}

/// Undoes a change. `confirm` is shown what that changes.
///
/// # Errors
/// Any error leaves the environment as it is, also [`OperationError::CannotUndo`]: something has changed it since, or
/// what has to be put back is gone.
pub fn undo(
    context: &Context,
    environment: &Environment,
    options: UndoOptions,
    confirm: Confirm<'_>,
) -> Result<UndoOutcome, OperationError> {
    if !options.break_system_packages
        && let Some(message) = environment.externally_managed()
    {
        return Err(OperationError::ExternallyManaged(message));
    }
    let history = context.cache.history(&environment.scheme.purelib);
    let history = history.ok_or(OperationError::NothingToUndo)?;
    let number = chosen(&history, options.number)?.0;
    // The lock comes first: what is looked at under it is what will be changed.
    let transaction = match options.dry_run {
        true => None,
        false => Some(begin_undoing(context, environment, ExistingPolicy::Merge, Some(number))?),
    };
    let (number, change, undone) = chosen(&history, Some(number))?;
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let restoration = Restoration { history: &history, number, change: &change };
    let problems = problems(&restoration, &installed);
    if !problems.is_empty() {
        return Err(OperationError::CannotUndo { number, command: change.command.clone(), problems });
    }
    let outcome = UndoOutcome { undone, changes: reversed(&change), done: false };
    let wanted = confirm(&outcome.changes);
    let Some(transaction) = transaction.filter(|_| wanted) else { return Ok(outcome) };
    carry_out(context, transaction, &restoration, &installed)?;
    warn_of_gaps(context, environment, &change)?;
    Ok(UndoOutcome { done: true, ..outcome })
}

fn carry_out(
    context: &Context,
    mut transaction: Transaction,
    restoration: &Restoration<'_>,
    installed: &InstalledDistributions,
) -> Result<(), OperationError> {
    let came = restoration.change.installed.iter().filter_map(|came| came.name.parse::<ProjectName>().ok());
    for found in came.filter_map(|name| installed.get(&name)) {
        transaction.remove(found)?;
    }
    transaction.restore(restoration)?;
    let report = transaction.commit()?;
    for warning in &report.warnings {
        context.reporter.event(Event::Warning(warning));
    }
    for (path, reason) in &report.left {
        let warning = format!("{} was left: {reason}", path.display());
        context.reporter.event(Event::Warning(&warning));
    }
    Ok(())
}

/// Says what is missing of that which was put back.
fn warn_of_gaps(
    context: &Context,
    environment: &Environment,
    change: &ChangeRecord,
) -> Result<(), OperationError> {
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let back = change.removed.iter().filter_map(|back| installed.get(&back.name.parse().ok()?));
    for distribution in back {
        let files = distribution.files().unwrap_or_default();
        // Python makes bytecode anew.
        let is_missed = |path: &&PathBuf| {
            path.extension().is_none_or(|extension| extension != "pyc") && path.symlink_metadata().is_err()
        };
        let gaps: Vec<&PathBuf> = files.iter().filter(is_missed).collect();
        if let Some(first) = gaps.first() {
            let (name, first) = (&distribution.name, first.display());
            let what = match gaps.len() {
                1 => format!("{first} is missing"),
                all => format!("{first} and {} more files are missing", all - 1),
            };
            let text = format!("{what}: `rpip verify --repair {name}` installs {name} again");
            context.reporter.event(Event::Warning(&text));
        }
    }
    Ok(())
}

/// The change to undo: the last one that counts and undoes nothing itself. By its number also the very last one, which
/// may be an undoing.
fn chosen(history: &History, number: Option<u64>) -> Result<(u64, ChangeRecord, PastChange), OperationError> {
    let records = history.changes();
    let past = past_changes(&records);
    let last = past.last().ok_or(OperationError::NothingToUndo)?;
    let last_that_counts = past.iter().rev().find(|change| !change.is_undone && change.undoes.is_none());
    let chosen = match number {
        None => {
            let chosen = last_that_counts.ok_or(OperationError::NothingToUndo)?;
            if let Some(number) = history.newest_unreadable() {
                return Err(OperationError::UnreadableChange { number, before: chosen.number });
            }
            chosen
        }
        Some(number) => [Some(last), last_that_counts]
            .into_iter()
            .flatten()
            .find(|change| change.number == number)
            .ok_or(OperationError::NotTheLastChange {
                number,
                last: last_that_counts.unwrap_or(last).number,
            })?,
    };
    let record = records.into_iter().find(|(number, _)| *number == chosen.number);
    let (number, record) = record.ok_or(OperationError::NothingToUndo)?;
    Ok((number, record, chosen.clone()))
}

/// What has changed since, and what is gone.
fn problems(restoration: &Restoration<'_>, installed: &InstalledDistributions) -> Vec<String> {
    let Restoration { history, number, change } = restoration;
    let now = |name: &str| name.parse().ok().and_then(|name: ProjectName| installed.get(&name));
    let mut problems = Vec::new();
    for came in &change.installed {
        let found = now(&came.name).map(|found| found.version.to_string());
        let is_same = came.version.parse().ok() == now(&came.name).map(|found| found.version.clone());
        match found {
            Some(_) if is_same => {}
            Some(version) => problems.push(format!(
                "{} {} was installed by it, and {version} is installed now",
                came.name, came.version
            )),
            None => problems.push(format!(
                "{} {} was installed by it, and is not installed any more",
                came.name, came.version
            )),
        }
    }
    for Change { name, before, after } in changes(change).changes {
        if let (None, Some(found)) = (after, now(&name)) {
            problems.push(format!(
                "{name} {} was removed by it, and {} is installed now",
                before.unwrap_or_default(),
                found.version
            ));
        }
    }
    for (index, kept) in change.kept.iter().enumerate() {
        let path = history.kept(*number, index);
        if path.symlink_metadata().is_err() {
            problems.push(format!("{} was taken out by it, and is not in the cache any more", kept.path));
        }
    }
    problems
}

/// What undoing a change comes to.
fn reversed(change: &ChangeRecord) -> Changes {
    let mut changes = changes(change);
    for change in &mut changes.changes {
        std::mem::swap(&mut change.before, &mut change.after);
    }
    changes
}
