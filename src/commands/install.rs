//! `rpip install`.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};
use operations::{BuildSettings, Collected, Collector, Environment, InstallOptions, Upgrade, install};

use crate::args::{General, IndexArgs, ResolutionArgs, TargetArgs};
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
    override_usage = "rpip install [options] <requirement specifier> [package-index-options] ...\n  rpip install [options] -r <requirements file> [package-index-options] ...\n  rpip install [options] <archive url/path> ...",
    after_help = "Examples:\n  rpip install \"flask~=3.0\"\n  rpip install -r requirements.txt\n  rpip install --upgrade requests\n  rpip install --no-index --find-links ./wheels flask"
)]
pub(crate) struct InstallArgs {
    /// Requirements (PEP 508), or paths and URLs of wheels, source archives, directories and repositories
    #[arg(value_name = "requirement")]
    requirements: Vec<String>,
    /// Install from a requirements file; may be given several times
    #[arg(short, long = "requirement", value_name = "file", action = ArgAction::Append)]
    requirement_files: Vec<String>,
    /// Limit versions by a constraints file; may be given several times
    #[arg(short, long = "constraint", value_name = "file", action = ArgAction::Append)]
    constraints: Vec<String>,
    /// Limit the versions of what builds need by a constraints file; may be given several times
    #[arg(long = "build-constraint", value_name = "file", action = ArgAction::Append)]
    build_constraints: Vec<String>,
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
    #[arg(long, value_enum, default_value = "only-if-needed", value_name = "strategy")]
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
    #[arg(long)]
    no_compile: bool,
    /// Install only what has a hash in a requirements file
    #[arg(long)]
    require_hashes: bool,
    /// Pass KEY=VALUE to the build backends of what is named; may be given several times
    #[arg(short = 'C', long = "config-settings", visible_alias = "config-setting", value_name = "settings", action = ArgAction::Append)]
    config_settings: Vec<String>,
    /// Build in the environment as it is: what builds need must be installed
    #[arg(long)]
    no_build_isolation: bool,
    /// With --no-build-isolation: check that what builds need is installed
    #[arg(long)]
    check_build_dependencies: bool,
    /// Check out editable repositories below this directory [default: src in the environment, or here]
    #[arg(long, alias = "source", alias = "source-dir", alias = "source-directory", value_name = "dir")]
    src: Option<PathBuf>,
    /// Do not warn when scripts land outside PATH
    #[arg(long)]
    no_warn_script_location: bool,
    /// Do not warn about other packages that no longer fit
    #[arg(long)]
    no_warn_conflicts: bool,
    #[command(flatten)]
    resolution: ResolutionArgs,
    #[command(flatten)]
    target: TargetArgs,
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
        if self.requirements.is_empty() && self.requirement_files.is_empty() && self.editable.is_empty() {
            return Err(Failure::plain(
                "You must give at least one requirement to install (see \"rpip help install\")".to_owned(),
            ));
        }
        let collected = self.collect()?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let mut general = self.general.clone();
        general.trusted_host.extend(collected.settings.trusted_hosts.iter().cloned());
        let context = general.context(terminal.reporter(), Some(&environment.scheme.purelib))?;
        let options = self.options(collected, &environment)?;
        terminal.places(&IndexArgs::shown(&options.index), &options.index.find_links);
        let outcome = install(&context, &environment, &options)?;
        terminal.installed(&outcome.installed, self.dry_run);
        if !self.no_warn_script_location {
            terminal.script_locations(&outcome.scripts);
        }
        Ok(SUCCESS)
    }
}

impl InstallArgs {
    fn collect(&self) -> Result<Collected, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let collector = collector(&directory);
        let mut collected = Collected::default();
        for file in &self.constraints {
            collector.file(file, true, &mut collected)?;
        }
        for text in &self.requirements {
            collector.argument(text, &mut collected)?;
        }
        for text in &self.editable {
            collector.editable(text, &mut collected);
        }
        for file in &self.requirement_files {
            collector.file(file, false, &mut collected)?;
        }
        Ok(collected)
    }

    fn options(&self, collected: Collected, environment: &Environment) -> Result<InstallOptions, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let (formats, default_format) = self.resolution.formats(&collected.settings)?;
        let upgrade = self.upgrade.then_some(match self.upgrade_strategy {
            Strategy::OnlyIfNeeded => Upgrade::OnlyIfNeeded,
            Strategy::Eager => Upgrade::Eager,
        });
        Ok(InstallOptions {
            index: self.index.options(&collected.settings, &directory),
            collected,
            upgrade,
            prereleases: self.resolution.pre,
            prefer_built: self.resolution.prefer_binary,
            no_dependencies: self.resolution.no_deps,
            force_reinstall: self.force_reinstall,
            ignore_installed: self.ignore_installed,
            dry_run: self.dry_run,
            compile: !self.no_compile,
            require_hashes: self.require_hashes,
            ignore_requires_python: self.resolution.ignore_requires_python,
            break_system_packages: self.target.break_system_packages,
            warn_conflicts: !self.no_warn_conflicts && !self.resolution.no_deps,
            formats,
            default_format,
            build: self.build_settings(&directory, environment)?,
        })
    }

    fn build_settings(&self, directory: &Path, environment: &Environment) -> Result<BuildSettings, Failure> {
        let mut limits = Collected::default();
        for file in &self.build_constraints {
            collector(directory).file(file, true, &mut limits)?;
        }
        let checkouts = match &self.src {
            Some(src) => directory.join(src),
            None if environment.is_virtual => environment.scheme.data.join("src"),
            None => directory.join("src"),
        };
        Ok(BuildSettings {
            constraints: limits.constraints,
            isolated: !self.no_build_isolation,
            check_dependencies: self.check_build_dependencies,
            config_settings: self.config_settings.clone(),
            variables: std::env::vars_os().collect(),
            checkouts,
            interactive: !self.general.no_input && std::io::stdin().is_terminal(),
        })
    }
}

/// Reads files as the user means them.
fn collector(directory: &Path) -> Collector<'_> {
    Collector { directory, variable: &|name| std::env::var(name).ok(), standard_input: &standard_input }
}

fn standard_input() -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
}
