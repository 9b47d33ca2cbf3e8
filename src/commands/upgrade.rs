//! `rpip upgrade`, and `rpip install --upgrade --all`.

use std::io::IsTerminal;
use std::sync::Arc;

use clap::Args;
use operations::{Changes, Collected, InstallOptions, Purpose, Upgrade, WantedKind, upgrade};

use crate::args::{
    BuildArgs, BytecodeArgs, ConfigSettings, General, IndexArgs, PlatformArgs, ProtectionArgs, QuestionArgs,
    RequirementArgs, SelectionArgs,
};
use crate::commands::{Run, SUCCESS, install::Strategy};
use crate::failure::Failure;
use crate::output::{Confirmation, Terminal};

/// Upgrade what is installed, as far as everything fits together.
///
/// What is installed from a URL or directory is left alone, and nothing that stays installed is broken.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip upgrade [options] <requirement> ...\n  rpip upgrade [options] --all",
    after_help = "Examples:\n  rpip upgrade --all\n  rpip upgrade --all --dry-run\n  rpip upgrade requests \"flask<4\"\n  rpip upgrade --all --upgrade-strategy only-if-needed"
)]
pub(crate) struct UpgradeArgs {
    /// What to upgrade, names or requirements
    #[arg(value_name = "requirement")]
    named: Vec<String>,
    /// Upgrade everything that is installed
    #[arg(long)]
    all: bool,
    /// What --all does with what nobody asked for by name: moves it too, or only where it must
    #[arg(long, value_enum, default_value = "eager", value_name = "upgrade_strategy")]
    upgrade_strategy: Strategy,
    /// Limit versions by a constraints file; may be given several times
    #[arg(short, long = "constraint", value_name = "file", action = clap::ArgAction::Append)]
    constraints: Vec<String>,
    /// Show what would be changed, and change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    bytecode: BytecodeArgs,
    #[command(flatten)]
    config_settings: ConfigSettings,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    protection: ProtectionArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for UpgradeArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        match (self.all, self.named.is_empty()) {
            (false, true) => {
                return Err(Failure::plain(
                    "You must give at least one requirement to upgrade, or --all (see \"rpip help upgrade\")"
                        .to_owned(),
                ));
            }
            (true, false) => {
                return Err(Failure::plain("--all and requirements exclude each other".to_owned()));
            }
            _ => {}
        }
        let requirements =
            RequirementArgs { constraints: self.constraints.clone(), ..RequirementArgs::default() };
        let question = QuestionArgs {
            command: "upgrade",
            purpose: Purpose::Install,
            named: &self.named,
            editable: &[],
            requirements: &requirements,
            config_settings: &self.config_settings,
            building: &self.building,
            platform: &PlatformArgs::default(),
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        };
        let options = InstallOptions {
            dry_run: self.dry_run,
            compile: self.bytecode.is_wanted(),
            break_system_packages: self.protection.break_system_packages,
            warn_conflicts: true,
            user: Some(false),
            ..InstallOptions::default()
        };
        upgrade_installed(question, self.upgrade_strategy, options, self.yes, terminal)
    }
}

/// Upgrades what the question names, or everything that is installed.
pub(crate) fn upgrade_installed(
    question: QuestionArgs<'_>,
    strategy: Strategy,
    options: InstallOptions,
    yes: bool,
    terminal: &Terminal,
) -> Result<u8, Failure> {
    terminal.show_downloads(question.building.progress_bar);
    question.check(false)?;
    let further = |_: &operations::Collector<'_>, collected: &mut Collected| {
        let by_place = collected.wanted.iter().find_map(|wanted| match &wanted.kind {
            WantedKind::Reference { text, .. } => Some(text.clone()),
            WantedKind::Named(requirement) => requirement.url().map(|_| requirement.to_string()),
        });
        match by_place {
            None => Ok(()),
            Some(text) => Err(Failure::plain(format!(
                "{} is a place and no name: install it anew with \"rpip install --upgrade\"",
                operations::redacted(&text)
            ))),
        }
    };
    let mut asked = question.ask_with(terminal, Some(&further))?;
    asked.options.upgrade = Some(match strategy {
        Strategy::OnlyIfNeeded => Upgrade::OnlyIfNeeded,
        Strategy::Eager => Upgrade::Eager,
    });
    let options = InstallOptions { resolve: Arc::new(asked.options), ..options };
    let asks = !yes && std::io::stdin().is_terminal();
    let confirmation = Confirmation::new(terminal, options.dry_run, asks);
    let confirm =
        |changes: &Changes| confirmation.goes_on(changes) && !changes.is_empty() && confirmation.is_given();
    let outcome = upgrade(&asked.context, &asked.environment, &options, &confirm)?;
    confirmation.outcome()?;
    if outcome.changes.is_empty() {
        terminal.line("Everything is up to date");
    }
    terminal.installed(&outcome.installed.installed, false);
    terminal.script_locations(&outcome.installed.scripts);
    Ok(SUCCESS)
}
