//! `rpip freeze`.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use operations::{Editables, FreezeOptions, Frozen, ListOptions, OperationError, freeze};
use requirement::ProjectName;

use crate::args::{ExcludeArgs, General, IgnoredArgs, PlaceArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// What pip itself consists of: left out unless asked for.
const PIP: [&str; 1] = ["pip"];
/// Left out on Pythons that came with them.
const ONCE_BUNDLED: [&str; 3] = ["setuptools", "wheel", "distribute"];

/// Output installed packages in requirements format.
///
/// packages are listed in a case-insensitive sorted order.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip freeze [options]",
    after_help = "Examples:\n  rpip freeze > requirements.txt\n  rpip freeze -r requirements.in"
)]
pub(crate) struct FreezeArgs {
    /// Use the order in the given requirements file and its comments when generating output. This option can be used
    /// multiple times
    #[arg(short, long = "requirement", value_name = "file", action = ArgAction::Append)]
    requirements: Vec<PathBuf>,
    /// If in a virtualenv that has global access, do not output globally-installed packages
    #[arg(short, long)]
    local: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Do not skip these packages in the output: pip, and before Python 3.12 setuptools, wheel, distribute
    #[arg(long)]
    all: bool,
    /// Exclude editable package from output
    #[arg(long)]
    exclude_editable: bool,
    #[command(flatten)]
    exclude: ExcludeArgs,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for FreezeArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let place = self.place.options(self.local)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let editables = if self.exclude_editable { Editables::Excluded } else { Editables::Included };
        let mut skipped = self.exclude.names();
        if !self.all {
            let is_old = environment.interpreter.python_version() < (3, 12);
            let bundled = ONCE_BUNDLED.iter().filter(|_| is_old);
            skipped.extend(PIP.iter().chain(bundled).filter_map(|name| name.parse::<ProjectName>().ok()));
        }
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let options = FreezeOptions {
            list: ListOptions { editables, ..place },
            files: self.requirements,
            skipped,
            directory,
        };
        let done = freeze(&environment, &cache, &options, &mut |frozen| match frozen {
            Frozen::Line(text) => terminal.output(&text),
            Frozen::Note(text) => terminal.line(&text),
            Frozen::Warning(text) => terminal.warning(&text),
        });
        match done {
            Ok(()) => Ok(SUCCESS),
            // pip's exit code where a file cannot be opened.
            Err(error @ OperationError::NotReadable { .. }) => Err(Failure::Usage(format!("ERROR: {error}"))),
            Err(error) => Err(error.into()),
        }
    }
}
