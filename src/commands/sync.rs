//! `rpip sync`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use operations::{Changes, InstallOptions, Purpose, merge_wanted, sync};

use crate::args::{
    BuildArgs, BytecodeArgs, ConfigSettings, General, IndexArgs, PlatformArgs, ProtectionArgs, QuestionArgs,
    RequirementArgs, SelectionArgs,
};
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Confirmation, Terminal};

/// What is taken where no file is named.
const DEFAULT_FILE: &str = "requirements.txt";

/// Make the environment equal to requirements files or a lock file, in one transaction.
///
/// What the files name and the environment lacks or has in another version is installed, what they do not name is
/// removed, but for pip, setuptools, wheel and pip-tools with what they need. Dependencies that the files do not
/// name are not installed: compile the files first.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip sync [options] [requirements file | pylock.toml] ...",
    after_help = "Examples:\n  rpip sync\n  rpip sync requirements.txt dev-requirements.txt\n  rpip sync pylock.toml\n  rpip sync --dry-run requirements.txt"
)]
pub(crate) struct SyncArgs {
    /// Requirements files or lock files (PEP 751) (default: requirements.txt)
    #[arg(value_name = "file")]
    files: Vec<String>,
    /// Show what would be changed, and change nothing; the exit code is 1 if there is anything to change
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Ask before anything is changed
    #[arg(short, long)]
    ask: bool,
    /// Take files whose name ends in .in, and of requirements that differ the last one
    #[arg(long)]
    force: bool,
    /// Install only what has a hash in the files
    #[arg(long)]
    require_hashes: bool,
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

impl Run for SyncArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.show_downloads(self.building.progress_bar);
        let requirements = RequirementArgs {
            requirements: self.files()?,
            require_hashes: self.require_hashes,
            ..RequirementArgs::default()
        };
        let question = QuestionArgs {
            command: "sync",
            purpose: Purpose::Install,
            named: &[],
            editable: &[],
            requirements: &requirements,
            config_settings: &self.config_settings,
            building: &self.building,
            platform: &PlatformArgs::default(),
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        };
        question.check(false)?;
        let mut asked = question.ask(terminal)?;
        merge_wanted(&mut asked.options, &asked.environment, self.force)?;
        let options = InstallOptions {
            resolve: Arc::new(asked.options),
            dry_run: self.dry_run,
            compile: self.bytecode.is_wanted(),
            break_system_packages: self.protection.break_system_packages,
            user: Some(false),
            ..InstallOptions::default()
        };
        let confirmation = Confirmation::new(terminal, self.dry_run, self.ask);
        let confirm = |changes: &Changes| confirmation.goes_on(changes) && confirmation.is_given();
        let outcome = sync(&asked.context, &asked.environment, &options, &confirm)?;
        confirmation.outcome()?;
        if outcome.changes.is_empty() {
            terminal.line("Everything up-to-date");
            return Ok(SUCCESS);
        }
        terminal.installed(&outcome.installed.installed, false);
        terminal.script_locations(&outcome.installed.scripts);
        for problem in &outcome.problems {
            terminal.warning(problem);
        }
        // As pip-sync: whoever only asked, or said no, learns from the code that the environment differs.
        Ok(if outcome.done { SUCCESS } else { ERROR })
    }
}

impl SyncArgs {
    fn files(&self) -> Result<Vec<String>, Failure> {
        if self.files.is_empty() {
            if !PathBuf::from(DEFAULT_FILE).exists() {
                return Err(Failure::plain(
                    "No requirement files given and no requirements.txt found in the current directory"
                        .to_owned(),
                ));
            }
            return Ok(vec![DEFAULT_FILE.to_owned()]);
        }
        if !self.force && self.files.iter().any(|file| file.ends_with(".in")) {
            return Err(Failure::plain(
                "Some input files have the .in extension, which is most likely an error and can cause weird behaviour. You \
                 probably meant to use the corresponding *.txt file (--force takes them nevertheless)"
                    .to_owned(),
            ));
        }
        Ok(self.files.clone())
    }
}
