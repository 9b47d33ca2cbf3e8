//! `rpip check`.

use std::ffi::OsString;

use clap::Args;
use operations::check_environment;

use crate::args::General;
use crate::commands::check_dist::check_files;
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Verify installed packages have compatible dependencies.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip check [options]\n  rpip check [options] <dist> ...",
    after_help = "Examples:\n  rpip check\n  rpip --python .venv check\n  rpip check dist/*"
)]
pub(crate) struct CheckArgs {
    /// Distributions, usually dist/*: they are checked instead, as by `rpip check-dist`
    #[arg(value_name = "dist")]
    dists: Vec<OsString>,
    /// With distributions: fail on warnings
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    general: General,
}

impl Run for CheckArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let dists: Vec<String> = self.dists.iter().map(|text| text.to_string_lossy().into_owned()).collect();
        if dists.iter().any(|text| is_distribution(text)) {
            return check_files(&dists, self.strict, terminal);
        }
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let report = check_environment(&environment, &cache)?;
        for warning in report.warnings.iter().chain(&report.unreadable) {
            terminal.warning(warning);
        }
        report.problems.iter().for_each(|problem| terminal.line(&problem.to_string()));
        for (name, version) in &report.unsupported {
            terminal.line(&format!("{name} {version} is not supported on this platform"));
        }
        if !report.is_clean() {
            return Ok(ERROR);
        }
        terminal.line("No broken requirements found.");
        Ok(SUCCESS)
    }
}

/// Whether an argument means a distribution; pip passes over all others.
fn is_distribution(text: &str) -> bool {
    [".whl", ".tar.gz", ".zip"].iter().any(|ending| text.ends_with(ending))
        || operations::is_pattern(text)
        || std::path::Path::new(text).is_file()
}
