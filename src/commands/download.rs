//! `rpip download`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use operations::{DownloadOptions, Purpose, download};

use crate::args::{
    BuildArgs, ConfigSettings, General, IndexArgs, PlatformArgs, QuestionArgs, RequirementArgs,
    SelectionArgs, home_path,
};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Download packages and what they need, as the archives that indexes have, without installing them.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip download [options] <requirement specifier> [package-index-options] ...\n  rpip download [options] -r <requirements file> [package-index-options] ...\n  rpip download [options] <vcs project url> ...\n  rpip download [options] <local project path> ...\n  rpip download [options] <archive url/path> ...",
    after_help = "Examples:\n  rpip download -d wheels -r requirements.txt\n  rpip download --no-deps --no-binary :all: idna\n  rpip download --only-binary :all: --platform manylinux_2_28_x86_64 --python-version 3.12 -d wheels flask\n  rpip install --no-index --find-links wheels flask"
)]
pub(crate) struct DownloadArgs {
    /// Requirements (PEP 508), or paths and URLs of wheels, source archives, directories and repositories
    #[arg(value_name = "requirement")]
    named: Vec<String>,
    #[command(flatten)]
    requirements: RequirementArgs,
    /// Save to this directory
    #[arg(short, long, visible_aliases = ["destination-dir", "destination-directory"], value_name = "dir", default_value = ".", value_parser = home_path)]
    dest: PathBuf,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    platform: PlatformArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for DownloadArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        terminal.show_downloads(self.building.progress_bar);
        let question = QuestionArgs {
            command: "download",
            purpose: Purpose::Save,
            named: &self.named,
            editable: &[],
            requirements: &self.requirements,
            config_settings: &ConfigSettings::default(),
            building: &self.building,
            platform: &self.platform,
            selection: &self.selection,
            index: &self.index,
            general: &self.general,
        };
        question.check(true)?;
        let asked = question.ask(terminal)?;
        let options = DownloadOptions {
            resolve: Arc::new(asked.options),
            destination: asked.directory.join(&self.dest),
        };
        let names = download(&asked.context, &asked.environment, &options)?;
        if !names.is_empty() {
            terminal.line(&format!("Successfully downloaded {}", names.join(" ")));
        }
        Ok(SUCCESS)
    }
}
