//! `rpip freeze`.

use clap::Args;
use operations::freeze;

use crate::args::General;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// What pip itself consists of: left out unless asked for.
const PIP: [&str; 1] = ["pip"];
/// Left out on Pythons that came with them.
const ONCE_BUNDLED: [&str; 3] = ["setuptools", "wheel", "distribute"];

/// Output installed packages in requirements format.
#[derive(Debug, Args)]
pub(crate) struct FreezeArgs {
    /// Also show pip, and on Python before 3.12 setuptools, wheel and distribute
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    general: General,
}

impl Run for FreezeArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let bundled = environment.interpreter.python_version() < (3, 12);
        for line in freeze(&environment, &cache)? {
            let name = line.name.as_str();
            let hidden = PIP.contains(&name) || (bundled && ONCE_BUNDLED.contains(&name));
            if self.all || !hidden {
                terminal.output(&line.text);
            }
        }
        Ok(SUCCESS)
    }
}
