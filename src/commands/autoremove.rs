//! `rpip autoremove`.

use clap::{ArgAction, Args};
use operations::{AutoremoveOptions, PlannedRemoval, autoremove, plan_autoremove};

use crate::args::{General, ProtectionArgs};
use crate::commands::uninstall::{proceeds, show};
use crate::commands::{Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::Terminal;

/// Uninstall packages that nobody asked for by name (they have no REQUESTED mark) and that nothing that stays requires.
/// Doubtful packages stay: those that a program installed that leaves no such marks, editable ones, those that only an extra
/// of something that stays requires, and pip, setuptools and wheel, which make environments work and are rarely asked
/// for. All of them go, or none.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip autoremove [options]",
    after_help = "Examples:\n  rpip autoremove --dry-run\n  rpip autoremove --keep ipython\n  rpip autoremove -y"
)]
pub(crate) struct AutoremoveArgs {
    /// Keep this package and what it requires; may be given several times
    #[arg(long, value_name = "package", action = ArgAction::Append)]
    keep: Vec<String>,
    /// Remove pip, setuptools and wheel too, where nobody asked for them and nothing requires them
    #[arg(long)]
    all: bool,
    /// Remove also what only extras of other packages require: nobody records which extras were asked for
    #[arg(long)]
    ignore_extras: bool,
    /// Show what would be removed, and remove nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    target: ProtectionArgs,
    #[command(flatten)]
    general: General,
}

impl Run for AutoremoveArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let options = AutoremoveOptions {
            keep: project_names(&self.keep)?,
            all: self.all,
            ignore_extras: self.ignore_extras,
        };
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let plan = plan_autoremove(&environment, &cache, &options)?;
        plan.warnings.iter().for_each(|warning| terminal.warning(warning));
        if plan.removals.is_empty() {
            terminal.line("Nothing to remove.");
            return Ok(SUCCESS);
        }
        let name = |planned: &PlannedRemoval| {
            format!("{}-{}", planned.removal.name_text, planned.removal.distribution.version)
        };
        let names: Vec<String> = plan.removals.iter().map(name).collect();
        if self.dry_run {
            terminal.line(&format!("Would remove {}", names.join(" ")));
            return Ok(SUCCESS);
        }
        terminal.line("Nobody asked for these, and nothing that stays requires them:");
        for (removal, name) in plan.removals.iter().zip(&names) {
            terminal.line(&format!("Uninstalling {name}:"));
            if !self.yes {
                show(removal, self.general.verbose > 0, terminal);
            }
        }
        if !self.yes && !proceeds(&self.general, terminal)? {
            return Ok(SUCCESS);
        }
        let context =
            self.general.context(terminal, &environment.scheme.purelib, Some(&environment.executable))?;
        let outcome = autoremove(&context, &environment, &plan, &options, self.target.break_system_packages)?;
        for (path, reason) in &outcome.left {
            terminal.warning(&format!("{} was left: {reason}", path.display()));
        }
        names.iter().for_each(|name| terminal.line(&format!("  Successfully uninstalled {name}")));
        Ok(SUCCESS)
    }
}
