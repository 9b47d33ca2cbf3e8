//! Where an operation acts: on which environment, and where in it.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use distribution::PythonVersion;
use operations::{
    Cache, Environment, PythonRequest, PythonTarget, PythonVariables, SearchContext, find_environment,
};

use crate::args::{General, RequirementArgs, SelectionArgs};
use crate::failure::Failure;

/// The option that lifts the protection of the system's environment.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Environment options")]
pub(crate) struct ProtectionArgs {
    /// Allow changing an environment that the system's package manager owns (PEP 668)
    #[arg(long)]
    pub(crate) break_system_packages: bool,
}

/// Whether bytecode is compiled.
#[derive(Debug, Clone, Args)]
pub(crate) struct BytecodeArgs {
    /// Compile bytecode (the default)
    #[arg(long, overrides_with = "no_compile")]
    compile: bool,
    /// Do not compile bytecode
    #[arg(long, overrides_with = "compile")]
    no_compile: bool,
}

impl BytecodeArgs {
    pub(crate) fn is_wanted(&self) -> bool {
        !self.no_compile
    }
}

/// The options that name another place than the environment's site-packages.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Environment options")]
pub(crate) struct DestinationArgs {
    /// Install into this directory; what is there stays, unless --upgrade is given
    #[arg(short, long, value_name = "dir")]
    pub(crate) target: Option<PathBuf>,
    /// Install into the user's site-packages (PEP 370)
    #[arg(long, overrides_with = "no_user")]
    pub(crate) user: bool,
    /// Never install into the user's site-packages
    #[arg(long, hide = true, overrides_with = "user")]
    pub(crate) no_user: bool,
    /// Install everything below this directory, as if it were the root of the file system
    #[arg(long, value_name = "dir")]
    pub(crate) root: Option<PathBuf>,
    /// Install below this prefix: lib, bin and the rest go there
    #[arg(long, value_name = "dir")]
    pub(crate) prefix: Option<PathBuf>,
}

/// The options that name another Python or platform than the one at hand.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Platform options")]
pub(crate) struct PlatformArgs {
    /// Use wheels for this platform only; may be given several times
    #[arg(long, value_name = "platform", action = ArgAction::Append)]
    platform: Vec<String>,
    /// Use wheels for this version of Python only (3, 3.7, 37, 3.7.3)
    #[arg(long, value_name = "python_version", value_parser = python_version)]
    python_version: Option<GivenPython>,
    /// Use wheels for this implementation of Python only (cp, pp, ...); py: for any
    #[arg(long, value_name = "implementation")]
    implementation: Option<String>,
    /// Use wheels for this ABI only; may be given several times
    #[arg(long, value_name = "abi", action = ArgAction::Append)]
    abi: Vec<String>,
}

impl DestinationArgs {
    /// `--user` (true), `--no-user` (false), or neither.
    pub(crate) fn user_site(&self) -> Option<bool> {
        match (self.user, self.no_user) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

impl PlatformArgs {
    /// The Python and platform that the options name; none where they name nothing.
    pub(crate) fn target(&self) -> Option<PythonTarget> {
        let Self { platform, python_version, implementation, abi } = self;
        if platform.is_empty() && python_version.is_none() && implementation.is_none() && abi.is_empty() {
            return None;
        }
        let mut target = PythonTarget::default();
        target.tags.platforms.clone_from(platform);
        target.tags.implementation.clone_from(implementation);
        target.tags.abis.clone_from(abi);
        if let Some(GivenPython(Some(version))) = python_version {
            target.tags.python = Some(version.tags());
            target.version = Some(version.full());
        }
        Some(target)
    }

    /// pip's refusals: nothing is built for another Python, and what is for another Python goes nowhere but to `--target`.
    pub(crate) fn check(
        &self,
        is_harmless: bool,
        selection: &SelectionArgs,
        requirements: &RequirementArgs,
    ) -> Result<(), Failure> {
        if self.target().is_none() {
            return Ok(());
        }
        if !selection.is_only_wheels() && !requirements.no_deps {
            return Err(Failure::plain(
                "When restricting platform and interpreter constraints using --python-version, --platform, --abi, or \
                 --implementation, either --no-deps must be set, or --only-binary=:all: must be set and --no-binary must \
                 not be set (or must be set to :none:)."
                    .to_owned(),
            ));
        }
        if !is_harmless {
            return Err(Failure::plain(
                "Can not use any platform or abi specific options unless installing via '--target' or using '--dry-run'"
                    .to_owned(),
            ));
        }
        match requirements.locks().first() {
            Some(lock) => Err(Failure::plain(format!(
                "Platform and interpreter constraints using --python-version, --platform, --abi, or --implementation, are \
                 not supported when selecting requirements from '{}'",
                lock.file
            ))),
            None => Ok(()),
        }
    }
}

/// The value of `--python-version`; an empty one says nothing.
#[derive(Debug, Clone)]
struct GivenPython(Option<PythonVersion>);

fn python_version(text: &str) -> Result<GivenPython, String> {
    PythonVersion::parse(text).map(GivenPython).map_err(|error| format!("--python-version error: {error}"))
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
