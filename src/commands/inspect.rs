//! `rpip inspect`.

use clap::Args;
use operations::inspect;

use crate::args::{General, IgnoredArgs, PlaceArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Inspect the content of a Python environment and produce a report in JSON format.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip inspect [options]",
    after_help = "Examples:\n  rpip inspect --local\n  rpip inspect --path build/lib"
)]
pub(crate) struct InspectArgs {
    /// If in a virtualenv that has global access, do not list globally-installed packages
    #[arg(long)]
    local: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for InspectArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let options = self.place.options(self.local)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let (report, warnings) = inspect(&environment, &cache, &options)?;
        warnings.iter().for_each(|warning| terminal.warning(warning));
        terminal.output(&format!("{report:#}"));
        Ok(SUCCESS)
    }
}
