//! How source distributions are built.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args, ValueEnum};
use operations::{BuildSettings, Constraint, DependencyCheck, Environment, Existing};

use crate::args::General;

/// Whether downloads are shown while they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ProgressBar {
    /// On a terminal, unless --quiet is given.
    #[default]
    Auto,
    /// On a terminal.
    On,
    /// Never.
    Off,
    /// As lines `Progress <bytes so far> of <bytes>`, for programs.
    Raw,
}

/// The options of builds.
#[derive(Debug, Clone, Args)]
pub(crate) struct BuildArgs {
    /// Check out editable repositories below this directory (default: src in the environment, or here)
    #[arg(long, alias = "source", alias = "source-dir", alias = "source-directory", value_name = "dir")]
    src: Option<PathBuf>,
    /// Build in the environment as it is: what builds need must be installed
    #[arg(long)]
    pub(crate) no_build_isolation: bool,
    /// With --no-build-isolation: check that what builds need is installed
    #[arg(long)]
    check_build_dependencies: bool,
    /// How downloads are shown while they run
    #[arg(long, value_enum, default_value = "auto", value_name = "progress_bar")]
    pub(crate) progress_bar: ProgressBar,
    /// Accepted for pip's sake: everything is built as PEP 517 says
    #[arg(long, hide = true)]
    use_pep517: bool,
    /// Accepted for pip's sake: sources are built in the cache, which keeps what is worth keeping
    #[arg(long)]
    no_clean: bool,
}

/// `-C`, where a command has it.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigSettings {
    /// Pass KEY=VALUE to the build backends of what is named; may be given several times
    #[arg(short = 'C', long = "config-settings", value_name = "settings", action = ArgAction::Append, value_parser = setting)]
    pub(crate) config_settings: Vec<String>,
}

fn setting(text: &str) -> Result<String, String> {
    match text.contains('=') {
        true => Ok(text.to_owned()),
        false => Err("Arguments to --config-settings must be of the form KEY=VAL".to_owned()),
    }
}

impl BuildArgs {
    /// How to build for `environment`.
    pub(crate) fn settings(
        &self,
        general: &General,
        config_settings: &ConfigSettings,
        constraints: Vec<Constraint>,
        (directory, environment): (&Path, &Environment),
    ) -> BuildSettings {
        let checkouts = match &self.src {
            Some(src) => directory.join(src),
            None if environment.is_virtual => environment.scheme.data.join("src"),
            None => directory.join("src"),
        };
        BuildSettings {
            constraints,
            isolated: !self.no_build_isolation,
            dependency_check: match self.check_build_dependencies {
                true => DependencyCheck::Listed,
                false => DependencyCheck::None,
            },
            environment_directory: None,
            config_settings: config_settings.config_settings.clone(),
            variables: std::env::vars_os().collect(),
            checkouts,
            existing: existing(&general.exists_action),
            interactive: !general.no_input && std::io::stdin().is_terminal(),
        }
    }
}

/// What to do with another repository that stands in the way; the first action that can be done counts, as for pip.
fn existing(actions: &[String]) -> Option<Existing> {
    actions.iter().find_map(|action| match action.as_str() {
        "s" => Some(Existing::Switch),
        "i" => Some(Existing::Ignore),
        "w" => Some(Existing::Wipe),
        "b" => Some(Existing::BackUp),
        "a" => Some(Existing::Abort),
        _ => None,
    })
}
