//! `rpip install`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum};
use operations::{Destination, Environment, InstallOptions, Purpose, ResolveOptions, Upgrade, install};

use crate::args::{
    Asked, BuildArgs, BytecodeArgs, ConfigSettings, DestinationArgs, General, IndexArgs, PlatformArgs,
    ProtectionArgs, QuestionArgs, RequirementArgs, SelectionArgs, SuperuserArgs,
};
use crate::commands::upgrade::upgrade_installed;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// How `--upgrade` treats dependencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Strategy {
    /// Upgrade a dependency only where it no longer fits.
    OnlyIfNeeded,
    /// Upgrade all dependencies.
    Eager,
}

/// Install packages from indexes, requirements files, wheels and source.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip install [options] <requirement specifier> [package-index-options] ...\n  rpip install [options] -r <requirements file> [package-index-options] ...\n  rpip install [options] [-e] <vcs project url> ...\n  rpip install [options] [-e] <local project path> ...\n  rpip install [options] <archive url/path> ...",
    after_help = "Examples:\n  rpip install \"flask~=3.0\"\n  rpip install -r requirements.txt\n  rpip install --upgrade requests\n  rpip install --no-index --find-links ./wheels flask"
)]
pub(crate) struct InstallArgs {
    /// Requirements (PEP 508), or paths and URLs of wheels, source archives, directories and repositories
    #[arg(value_name = "requirement")]
    named: Vec<String>,
    #[command(flatten)]
    requirements: RequirementArgs,
    /// Install a project in editable mode, from a directory or a version control URL
    #[arg(short, long, value_name = "path/url", action = ArgAction::Append)]
    editable: Vec<String>,
    /// Show what would be installed, and install nothing
    #[arg(long)]
    dry_run: bool,
    /// Upgrade what is named to the newest version
    #[arg(short = 'U', long)]
    upgrade: bool,
    /// What --upgrade does to dependencies (default: only-if-needed; with --all: eager)
    #[arg(long, value_enum, value_name = "upgrade_strategy")]
    upgrade_strategy: Option<Strategy>,
    /// With --upgrade: upgrade everything that is installed, as far as it fits together (rpip's own)
    #[arg(long)]
    all: bool,
    /// With --all: do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Reinstall everything, though it is there already
    #[arg(long)]
    force_reinstall: bool,
    /// Install over what is there, without removing it
    #[arg(short = 'I', long)]
    ignore_installed: bool,
    #[command(flatten)]
    bytecode: BytecodeArgs,
    /// Do not warn when scripts land outside PATH
    #[arg(long)]
    no_warn_script_location: bool,
    /// Do not warn about other packages that no longer fit
    #[arg(long)]
    no_warn_conflicts: bool,
    #[command(flatten)]
    superuser: SuperuserArgs,
    /// Write what was done, or with --dry-run would be, to this file as JSON (-: to standard output)
    #[arg(long, value_name = "file")]
    report: Option<PathBuf>,
    #[command(flatten)]
    config_settings: ConfigSettings,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    destination: DestinationArgs,
    #[command(flatten)]
    protection: ProtectionArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for InstallArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.show_downloads(self.building.progress_bar);
        if let Some(file) = &self.report {
            Terminal::can_hold(file)?;
        }
        let destination = self.destination()?;
        let question = self.question();
        if self.all {
            return self.upgrade_all(question, terminal);
        }
        question.check(self.dry_run || self.destination.target.is_some())?;
        let Asked { context, environment, options, .. } = question.ask(terminal)?;
        let upgrade = self.upgrade.then_some(match self.upgrade_strategy {
            None | Some(Strategy::OnlyIfNeeded) => Upgrade::OnlyIfNeeded,
            Some(Strategy::Eager) => Upgrade::Eager,
        });
        let options = InstallOptions {
            resolve: Arc::new(ResolveOptions { upgrade, force_reinstall: self.force_reinstall, ..options }),
            ignore_installed: self.ignore_installed,
            dry_run: self.dry_run,
            compile: self.bytecode.is_wanted(),
            break_system_packages: self.protection.break_system_packages,
            warn_conflicts: !self.no_warn_conflicts && !self.requirements.no_deps,
            reports: self.report.is_some(),
            user: self.destination.user_site(),
            destination,
            root: self.destination.root.clone(),
        };
        if let Some(file) = &self.report {
            terminal.check_document(file)?;
        }
        let outcome = install(&context, &environment, &options)?;
        if let (Some(file), Some(report)) = (&self.report, &outcome.report) {
            terminal.document(file, report)?;
        }
        terminal.installed(&outcome.installed, self.dry_run);
        self.warn(&outcome, &environment, terminal);
        Ok(SUCCESS)
    }
}

impl InstallArgs {
    /// `--upgrade --all`: the same as `rpip upgrade --all`.
    fn upgrade_all(&self, question: QuestionArgs<'_>, terminal: &Terminal) -> Result<u8, Failure> {
        let names_nothing = self.named.is_empty() && self.editable.is_empty() && self.requirements.is_empty();
        if !self.upgrade || !names_nothing || self.destination()? != Destination::Environment {
            return Err(Failure::plain(
                "--all needs --upgrade, and goes with no requirements, --target, --prefix or --user"
                    .to_owned(),
            ));
        }
        let options = InstallOptions {
            dry_run: self.dry_run,
            compile: self.bytecode.is_wanted(),
            break_system_packages: self.protection.break_system_packages,
            warn_conflicts: !self.no_warn_conflicts,
            user: Some(false),
            ..InstallOptions::default()
        };
        let strategy = self.upgrade_strategy.unwrap_or(Strategy::Eager);
        upgrade_installed(question, strategy, options, self.yes, terminal)
    }

    /// What is asked.
    fn question(&self) -> QuestionArgs<'_> {
        QuestionArgs {
            command: "install",
            purpose: Purpose::Install,
            named: &self.named,
            editable: &self.editable,
            requirements: &self.requirements,
            config_settings: &self.config_settings,
            building: &self.building,
            platform: &self.platform,
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        }
    }

    fn destination(&self) -> Result<Destination, Failure> {
        let DestinationArgs { prefix, target, .. } = &self.destination;
        Ok(Destination::choose(self.destination.user_site(), prefix.clone(), target.clone())?)
    }

    /// What is said at the end.
    fn warn(&self, outcome: &operations::InstallOutcome, environment: &Environment, terminal: &Terminal) {
        let has_own_place = self.destination.target.is_some() || self.destination.prefix.is_some();
        if !self.no_warn_script_location && !has_own_place {
            terminal.script_locations(&outcome.scripts);
        }
        if !self.dry_run {
            self.superuser.warn(environment, terminal);
        }
    }
}
