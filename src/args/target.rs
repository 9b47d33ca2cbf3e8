//! Where an operation acts: on which environment.

use std::path::PathBuf;

use clap::Args;
use operations::{Cache, Environment, PythonRequest, PythonVariables, SearchContext, find_environment};

use crate::args::General;
use crate::failure::Failure;

/// The options that protect or choose the environment.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Environment options")]
pub(crate) struct TargetArgs {
    /// Allow changing an environment that the system's package manager owns (PEP 668)
    #[arg(long)]
    pub(crate) break_system_packages: bool,
}

impl General {
    /// The environment to act on: `--python`, else the active one, else `.venv` here or above, else the `python3` on PATH.
    pub(crate) fn environment(&self, cache: &Cache) -> Result<Environment, Failure> {
        let request = self.python.as_deref().map(PythonRequest::parse);
        Ok(find_environment(request.as_ref(), &search_context()?, cache)?)
    }
}

/// What the process environment says about interpreters.
pub(crate) fn search_context() -> Result<SearchContext, Failure> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let pyenv = variable("PYENV_ROOT").or_else(|| Some(dirs::home_dir()?.join(".pyenv")));
    Ok(SearchContext {
        virtual_env: variable("VIRTUAL_ENV"),
        conda_prefix: variable("CONDA_PREFIX"),
        path: std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default(),
        pyenv_versions: pyenv.map(|root| root.join("versions")),
        directory: std::env::current_dir().ok(),
        pyenv_version: std::env::var("PYENV_VERSION").ok().filter(|version| !version.is_empty()),
        variables: PythonVariables {
            home: dirs::home_dir(),
            user_base: variable("PYTHONUSERBASE"),
            no_user_site: variable("PYTHONNOUSERSITE").is_some(),
            path: std::env::var_os("PYTHONPATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default(),
        },
    })
}
