//! What may be chosen.

use std::collections::HashMap;

use clap::{ArgAction, Args};
use operations::{FileSettings, FormatControl};
use requirement::ProjectName;

use crate::failure::Failure;

/// The options that guide the choice of versions and files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection options")]
pub(crate) struct ResolutionArgs {
    /// Install the named requirements without their dependencies
    #[arg(long, alias = "no-dependencies")]
    pub(crate) no_deps: bool,
    /// Include pre-release and development versions
    #[arg(long)]
    pub(crate) pre: bool,
    /// Use no wheels of these projects (:all:, :none:, or names with commas)
    #[arg(long, value_name = "format_control", action = ArgAction::Append)]
    pub(crate) no_binary: Vec<String>,
    /// Use only wheels of these projects (:all:, :none:, or names with commas)
    #[arg(long, value_name = "format_control", action = ArgAction::Append)]
    pub(crate) only_binary: Vec<String>,
    /// Prefer wheels over newer source distributions
    #[arg(long)]
    pub(crate) prefer_binary: bool,
    /// Ignore what projects say about the Python they need
    #[arg(long)]
    pub(crate) ignore_requires_python: bool,
}

impl ResolutionArgs {
    /// Which formats are allowed, by project and for the rest.
    pub(crate) fn formats(
        &self,
        settings: &FileSettings,
    ) -> Result<(HashMap<ProjectName, FormatControl>, FormatControl), Failure> {
        let mut formats = HashMap::new();
        let mut default = FormatControl::Any;
        let of_files = settings.formats.iter().map(|(only, names)| (*only, names));
        let no_binary = self.no_binary.iter().map(|names| (false, names));
        let only_binary = self.only_binary.iter().map(|names| (true, names));
        for (only_wheels, names) in no_binary.chain(only_binary).chain(of_files) {
            let control = if only_wheels { FormatControl::OnlyWheels } else { FormatControl::OnlySdists };
            for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                match name {
                    ":all:" => {
                        formats.clear();
                        default = control;
                    }
                    ":none:" => {
                        formats.retain(|_, other| *other != control);
                        default = if default == control { FormatControl::Any } else { default };
                    }
                    name => {
                        let project = name
                            .parse()
                            .map_err(|_| Failure::setting("--no-binary/--only-binary", name, "a project's name"))?;
                        formats.insert(project, control);
                    }
                }
            }
        }
        Ok((formats, default))
    }
}
