//! `rpip venv`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use operations::{
    Collected, Context, InstallOptions, PythonRequest, ResolveOptions, VenvOptions, find_interpreter, venv,
};

use crate::args::{General, IndexArgs, collector, search_context};
use crate::commands::pip_shim::put_in;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Create virtual environments, as `python -m venv` does. No pip is put in unless asked for: rpip needs none.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  rpip venv tutorial_env\n  rpip venv --python 3.12 .venv\n  rpip venv --pip-shim .venv"
)]
pub(crate) struct VenvArgs {
    /// The directory of the environment; may be given several times
    #[arg(value_name = "env_dir", required = true)]
    directories: Vec<PathBuf>,
    /// Give the environment access to the system's site-packages
    #[arg(long)]
    system_site_packages: bool,
    /// Link to the interpreter (the default where the platform can)
    #[arg(long, overrides_with = "copies")]
    symlinks: bool,
    /// Copy the interpreter
    #[arg(long, overrides_with = "symlinks")]
    copies: bool,
    /// Delete what an existing environment holds first
    #[arg(long)]
    clear: bool,
    /// Adapt an existing environment to the interpreter, which was upgraded in place
    #[arg(long)]
    upgrade: bool,
    /// Do not install pip (the default)
    #[arg(long, overrides_with = "seed")]
    without_pip: bool,
    /// Install pip
    #[arg(long)]
    seed: bool,
    /// Put pip, pip3 and python -m pip in that run rpip
    #[arg(long, conflicts_with = "seed")]
    pip_shim: bool,
    /// The prompt of the environment
    #[arg(long, value_name = "prompt")]
    prompt: Option<String>,
    /// Upgrade what is installed at the start (with --seed: pip) to the newest version
    #[arg(long)]
    upgrade_deps: bool,
    /// Do not write the files that make version control ignore the environment
    #[arg(long)]
    without_scm_ignore_files: bool,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for VenvArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let working = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let context = self.general.context(terminal, &working, None)?;
        let request = self.general.python.as_deref().map_or(PythonRequest::Any, PythonRequest::parse);
        let interpreter = find_interpreter(&request, &search_context()?, &context.cache)?;
        for directory in &self.directories {
            let directory = working.join(directory);
            let options = VenvOptions {
                system_site_packages: self.system_site_packages,
                copies: self.copies,
                clear: self.clear,
                upgrade: self.upgrade,
                prompt: self.prompt.clone(),
                without_scm_ignore_files: self.without_scm_ignore_files,
                command: None,
                current_directory: Some(working.clone()),
            };
            let seed = self.seed(&context, &working)?;
            let environment = venv(&context, &directory, &interpreter, &options, seed)?;
            if self.pip_shim {
                put_in(&context, &environment, (false, false), terminal)?;
            }
        }
        Ok(SUCCESS)
    }
}

impl VenvArgs {
    /// What to install into the new environment.
    fn seed(&self, context: &Context, working: &Path) -> Result<Option<InstallOptions>, Failure> {
        if !self.seed || self.without_pip {
            return Ok(None);
        }
        let mut collected = Collected::default();
        collector(context, working).argument("pip", &mut collected)?;
        let index = self.index.options(&mut collected, working, self.general.isolated)?;
        let upgrade = self.upgrade_deps.then_some(operations::Upgrade::OnlyIfNeeded);
        let resolve = Arc::new(ResolveOptions { collected, index, upgrade, ..ResolveOptions::default() });
        Ok(Some(InstallOptions { resolve, compile: true, ..InstallOptions::default() }))
    }
}
