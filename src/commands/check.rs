//! `rpip check`.

use clap::Args;
use operations::{check, list};

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Verify that installed packages have what they require.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
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
        let problems = check(&list(&environment, &cache)?, &environment.interpreter.facts.markers);
        for problem in &problems {
            terminal.output(&problem.to_string());
        }
        if problems.is_empty() {
            terminal.output("No broken requirements found.");
            return Ok(SUCCESS);
        }
        Ok(ERROR)
    }
}
