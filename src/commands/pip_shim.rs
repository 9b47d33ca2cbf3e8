//! `rpip pip-shim`.

use std::path::PathBuf;

use clap::Args;
use operations::{Context, Environment, PipShimOptions, install_pip_shim, remove_pip_shim};

use crate::args::{General, ProtectionArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Put pip, pip3, pip3.X and an importable pip (python -m pip) into the environment that run rpip, for programs and scripts
/// that call pip. They run the rpip that wrote them, on this environment. The environment lists it as pip, in the version whose
/// behaviour rpip has, with rpip's own behind it; upgrading pip leaves it in its place.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip pip-shim [options]",
    after_help = "Examples:\n  rpip pip-shim\n  rpip --python .venv pip-shim\n  rpip pip-shim --remove\n  rpip venv --pip-shim .venv"
)]
pub(crate) struct PipShimArgs {
    /// Take it away again
    #[arg(long, conflicts_with = "force")]
    remove: bool,
    /// Replace pip where it is installed
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    target: ProtectionArgs,
    #[command(flatten)]
    general: General,
}

impl Run for PipShimArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let context =
            self.general.context(terminal, &environment.scheme.purelib, Some(&environment.executable))?;
        let break_system_packages = self.target.break_system_packages;
        if self.remove {
            let outcome = remove_pip_shim(&context, &environment, break_system_packages)?;
            for (name, version) in &outcome.removed {
                terminal.line(&format!("Successfully uninstalled {name}-{version}"));
            }
            return Ok(SUCCESS);
        }
        put_in(&context, &environment, (self.force, break_system_packages), terminal)?;
        Ok(SUCCESS)
    }
}

/// Puts the stand-in for pip into `environment`; over a real pip where `force` says so.
pub(crate) fn put_in(
    context: &Context,
    environment: &Environment,
    (force, break_system_packages): (bool, bool),
    terminal: &Terminal,
) -> Result<(), Failure> {
    let options = PipShimOptions { program: program()?, force, break_system_packages };
    let outcome = install_pip_shim(context, environment, &options)?;
    for (name, version) in &outcome.removed {
        terminal.line(&format!("Successfully uninstalled {name}-{version}"));
    }
    terminal.installed(&outcome.installed.into_iter().collect::<Vec<_>>(), false);
    terminal.script_locations(&outcome.scripts);
    Ok(())
}

/// The absolute path of the running binary.
fn program() -> Result<PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::plain(format!("The path of this program cannot be found out: {error}")))
}
