//! `rpip check`.

use clap::Args;
use operations::check_environment;

use crate::args::{General, IgnoredArgs};
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Verify installed packages have compatible dependencies.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip check [options]",
    after_help = "Examples:\n  rpip check\n  rpip --python .venv check"
)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for CheckArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
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
