//! `rpip install`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum};
use operations::{Collected, Destination, Environment, InstallOptions, ResolveOptions, Upgrade, install};

use crate::args::{
    BuildArgs, ConfigSettings, DestinationArgs, General, IndexArgs, PlatformArgs, ProtectionArgs,
    RequirementArgs, SelectionArgs, SuperuserArgs, collector,
};
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
    /// What --upgrade does to dependencies
    #[arg(long, value_enum, default_value = "only-if-needed", value_name = "upgrade_strategy")]
    upgrade_strategy: Strategy,
    /// Reinstall everything, though it is there already
    #[arg(long)]
    force_reinstall: bool,
    /// Install over what is there, without removing it
    #[arg(short = 'I', long)]
    ignore_installed: bool,
    /// Compile bytecode (the default)
    #[arg(long, overrides_with = "no_compile")]
    compile: bool,
    /// Do not compile bytecode
    #[arg(long, overrides_with = "compile")]
    no_compile: bool,
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
        let destination = self.destination()?;
        self.check()?;
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let near = environment.scheme.purelib.as_path();
        let context = self.general.context(terminal, near, Some(&environment.executable))?;
        let collector = collector(&context, &directory);
        let named = (self.named.as_slice(), self.editable.as_slice());
        let collected =
            self.requirements.collect(&collector, named, &self.selection, &environment.interpreter)?;
        self.require_something()?;
        let limits = self.requirements.build_constraints(&collector)?;
        let build =
            self.building.settings(&self.general, &self.config_settings, limits, (&directory, &environment));
        let options = InstallOptions {
            resolve: Arc::new(ResolveOptions { build, ..self.resolve_options(collected, &directory)? }),
            ignore_installed: self.ignore_installed,
            dry_run: self.dry_run,
            compile: !self.no_compile,
            break_system_packages: self.protection.break_system_packages,
            warn_conflicts: !self.no_warn_conflicts && !self.requirements.no_deps,
            reports: self.report.is_some(),
            user: self.destination.user_site(),
            destination,
            root: self.destination.root.clone(),
        };
        let mut general = self.general.clone();
        general.trusted_host.extend(options.resolve.collected.settings.trusted_hosts.iter().cloned());
        let context = general.context(terminal, near, Some(&environment.executable))?;
        let index = &options.resolve.index;
        terminal.places(&IndexArgs::shown(index), &index.find_links);
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
    /// pip's refusals of options that exclude each other.
    fn check(&self) -> Result<(), Failure> {
        let is_legacy = self.general.use_deprecated.iter().any(|feature| feature == "legacy-resolver");
        self.requirements.check(is_legacy)?;
        if !self.requirements.build_constraints.is_empty() && self.building.no_build_isolation {
            return Err(Failure::plain(
                "--build-constraint cannot be used with --no-build-isolation.".to_owned(),
            ));
        }
        let is_harmless = self.dry_run || self.destination.target.is_some();
        self.platform.check(is_harmless, &self.selection, &self.requirements)
    }

    fn require_something(&self) -> Result<(), Failure> {
        if !self.named.is_empty() || !self.editable.is_empty() || !self.requirements.is_empty() {
            return Ok(());
        }
        let hint = match self.index.find_links.as_slice() {
            [] => "(see \"rpip help install\")".to_owned(),
            links => format!("(maybe you meant \"rpip install {}\"?)", links.join(" ")),
        };
        Err(Failure::plain(format!("You must give at least one requirement to install {hint}")))
    }

    fn destination(&self) -> Result<Destination, Failure> {
        let DestinationArgs { prefix, target, .. } = &self.destination;
        Ok(Destination::choose(self.destination.user_site(), prefix.clone(), target.clone())?)
    }

    fn resolve_options(&self, mut collected: Collected, directory: &Path) -> Result<ResolveOptions, Failure> {
        let upgrade = self.upgrade.then_some(match self.upgrade_strategy {
            Strategy::OnlyIfNeeded => Upgrade::OnlyIfNeeded,
            Strategy::Eager => Upgrade::Eager,
        });
        Ok(ResolveOptions {
            index: self.index.options(&mut collected, directory, self.general.isolated)?,
            upgrade,
            force_reinstall: self.force_reinstall,
            releases: self.selection.releases(&collected.settings)?,
            formats: self.selection.formats(&collected.settings)?,
            prefer_built: self.selection.prefer_binary || collected.settings.prefer_built,
            no_dependencies: self.requirements.no_deps,
            only_dependencies: self.requirements.only_deps,
            ignore_requires_python: self.requirements.ignore_requires_python,
            target: self.platform.target(),
            uploaded_before: self.index.uploaded_prior_to,
            collected,
            ..ResolveOptions::default()
        })
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
