//! `rpip undo`.

use std::io::IsTerminal;

use clap::Args;
use operations::{Changes, UndoOptions, remembered_at, undo};

use crate::args::{General, ProtectionArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Confirmation, Terminal};

/// Bring back the environment before the last change, every file of it.
///
/// Nothing is fetched: what a change takes out of an environment is kept in the cache. Undoing again goes one change
/// further back; an undoing can be undone by its number.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip undo [options] [number]",
    after_help = "Examples:\n  rpip undo\n  rpip undo --dry-run\n  rpip history"
)]
pub(crate) struct UndoArgs {
    /// The number of the change, as rpip history shows it: the last one that counts, or an undoing that was the last
    #[arg(value_name = "number")]
    number: Option<u64>,
    /// The last change of the user's site-packages, by install --user
    #[arg(long)]
    user: bool,
    /// Show what would be changed, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    protection: ProtectionArgs,
    #[command(flatten)]
    general: General,
}

impl Run for UndoArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let environment = remembered_at(&environment, self.user)?;
        let context =
            self.general.context(terminal, &environment.scheme.purelib, Some(&environment.executable))?;
        let options = UndoOptions {
            number: self.number,
            dry_run: self.dry_run,
            break_system_packages: self.protection.break_system_packages,
        };
        let asks = !self.yes && std::io::stdin().is_terminal();
        let confirmation = Confirmation::new(terminal, self.dry_run, asks);
        let confirm = |changes: &Changes| confirmation.goes_on(changes) && confirmation.is_given();
        let outcome = undo(&context, &environment, options, &confirm)?;
        confirmation.outcome()?;
        let (number, command) = (outcome.undone.number, &outcome.undone.command);
        if outcome.done {
            terminal.line(&format!("Undone: change {number}, {command}"));
        } else if self.dry_run {
            terminal.line(&format!("Would undo: change {number}, {command}"));
        }
        Ok(SUCCESS)
    }
}
