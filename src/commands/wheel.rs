//! `rpip wheel`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args};
use operations::{Purpose, WheelOptions, wheel};

use crate::args::{
    BuildArgs, ConfigSettings, General, IndexArgs, PlatformArgs, QuestionArgs, RequirementArgs,
    SelectionArgs, home_path,
};
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::{self, Failure};
use crate::output::Terminal;

/// Build wheels of your requirements and of what they need; those that indexes have are saved as they are.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip wheel [options] <requirement specifier> ...\n  rpip wheel [options] -r <requirements file> ...\n  rpip wheel [options] [-e] <vcs project url> ...\n  rpip wheel [options] [-e] <local project path> ...\n  rpip wheel [options] <archive url/path> ...",
    after_help = "Examples:\n  rpip wheel .\n  rpip wheel -w wheels -r requirements.txt\n  rpip wheel --no-deps --no-binary :all: idna"
)]
pub(crate) struct WheelArgs {
    /// Requirements (PEP 508), or paths and URLs of wheels, source archives, directories and repositories
    #[arg(value_name = "requirement")]
    named: Vec<String>,
    /// Put wheels into this directory
    #[arg(short, long, value_name = "dir", default_value = ".", value_parser = home_path)]
    wheel_dir: PathBuf,
    #[command(flatten)]
    requirements: RequirementArgs,
    /// Build a project that is checked out as for editing, from a directory or a version control URL
    #[arg(short, long, value_name = "path/url", action = ArgAction::Append)]
    editable: Vec<String>,
    /// Do not look whether what was built is a valid wheel
    #[arg(long)]
    no_verify: bool,
    #[command(flatten)]
    config_settings: ConfigSettings,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for WheelArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.show_downloads(self.building.progress_bar);
        let question = QuestionArgs {
            command: "wheel",
            purpose: Purpose::Build,
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
        let asked = question.ask(terminal)?;
        let options = WheelOptions {
            resolve: Arc::new(asked.options),
            destination: asked.directory.join(&self.wheel_dir),
            verify: !self.no_verify,
        };
        let outcome = wheel(&asked.context, &asked.environment, &options)?;
        for (name, error) in outcome.failed.iter() {
            failure::operation(error, terminal);
            terminal.error(&format!("Failed building wheel for {name}"));
        }
        if !outcome.built.is_empty() {
            terminal.line(&format!("Successfully built {}", outcome.built.join(" ")));
        }
        if outcome.failed.is_empty() {
            return Ok(SUCCESS);
        }
        let names: Vec<&str> = outcome.failed.iter().map(|(name, _)| name.as_str()).collect();
        terminal.line(&format!("Failed to build {}", names.join(" ")));
        terminal.error("Failed to build one or more wheels");
        Ok(ERROR)
    }
}
