//! `rpip lock`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args};
use distribution::LockPlatform;
use operations::{LockOptions, Purpose, lock, universal_lock};

use crate::args::{
    BuildArgs, ConfigSettings, General, IndexArgs, LockTargetArgs, PlatformArgs, QuestionArgs,
    RequirementArgs, SelectionArgs, home_path,
};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Write down the versions that an installation would take, with their hashes, as a lock file (PEP 751).
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip lock [options] [-e] <local project path> ...\n  rpip lock [options] <requirement specifier> [package-index-options] ...\n  rpip lock [options] -r <requirements file> [package-index-options] ...\n  rpip lock [options] <archive url/path> ...",
    after_help = "Examples:\n  rpip lock -e .\n  rpip lock -r requirements.txt -o pylock.dev.toml\n  rpip lock \"flask~=3.0\" -o -\n  rpip lock -r requirements.txt --universal\n  rpip lock . --for-python 3.12 --for-python 3.13 --for-platform linux --for-platform windows\n  rpip install -r pylock.toml"
)]
pub(crate) struct LockArgs {
    /// Requirements (PEP 508), or paths and URLs of wheels, source archives, directories and repositories
    #[arg(value_name = "requirement")]
    named: Vec<String>,
    /// The lock file; - for standard output
    #[arg(short, long, value_name = "path", default_value = "pylock.toml", value_parser = home_path)]
    output: PathBuf,
    #[command(flatten)]
    requirements: RequirementArgs,
    /// Lock a project in editable mode, from a directory or a version control URL
    #[arg(short, long, value_name = "path/url", action = ArgAction::Append)]
    editable: Vec<String>,
    #[command(flatten)]
    config_settings: ConfigSettings,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    targets: LockTargetArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for LockArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.show_downloads(self.building.progress_bar);
        let question = QuestionArgs {
            command: "lock",
            purpose: Purpose::Lock,
            named: &self.named,
            editable: &self.editable,
            requirements: &self.requirements,
            config_settings: &self.config_settings,
            building: &self.building,
            platform: &PlatformArgs::default(),
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        };
        question.check(true)?;
        if self.targets.is_any() && !self.requirements.locks().is_empty() {
            return Err(Failure::plain(
                "A lock file is for the Python at hand when it is read: it cannot be locked for others."
                    .to_owned(),
            ));
        }
        let asked = question.ask(terminal)?;
        let is_standard_output = self.output == Path::new("-");
        let place = asked.directory.join(&self.output);
        let base = match place.parent() {
            Some(parent) if !is_standard_output => parent.to_owned(),
            _ => asked.directory.clone(),
        };
        let options = LockOptions { resolve: Arc::new(asked.options), base };
        let mut summary = None;
        let lock = match self.targets.targets(&asked.environment)? {
            Some(targets) => {
                let (lock, matrix) = universal_lock(&asked.context, &asked.environment, &options, targets)?;
                let platforms: Vec<&str> = matrix.platforms().iter().map(LockPlatform::name).collect();
                let (pythons, platforms) = (matrix.minors().join(", "), platforms.join(", "));
                summary = Some(format!("Locked for CPython {pythons} on {platforms}"));
                lock
            }
            None => lock(&asked.context, &asked.environment, &options)?,
        };
        let text = lock.to_toml();
        if is_standard_output {
            terminal.output(text.trim_end_matches('\n'));
            return Ok(SUCCESS);
        }
        let shown = self.output.display().to_string();
        if !distribution::is_pylock_filename(&shown) {
            terminal.warning(&format!("{shown} is not a valid lock file name."));
        }
        std::fs::write(&place, text)
            .map_err(|error| Failure::plain(format!("Could not write the lock file: {error}: '{shown}'")))?;
        summary.iter().for_each(|line| terminal.line(line));
        Ok(SUCCESS)
    }
}
