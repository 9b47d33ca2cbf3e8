//! What may be chosen.

use std::collections::HashMap;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
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
    #[command(flatten)]
    formats: Formats,
    /// Prefer wheels over newer source distributions
    #[arg(long)]
    pub(crate) prefer_binary: bool,
    /// Ignore what projects say about the Python they need
    #[arg(long)]
    pub(crate) ignore_requires_python: bool,
}

/// `--no-binary` and `--only-binary` (true) in the order in which they were given: a later one overrides an earlier one.
#[derive(Debug, Clone, Default)]
struct Formats(Vec<(bool, String)>);

impl Formats {
    const OPTIONS: [(&str, &str, bool); 2] = [
        ("no-binary", "Use no wheels of these projects (:all:, :none:, or names with commas)", false),
        ("only-binary", "Use only wheels of these projects (:all:, :none:, or names with commas)", true),
    ];
}

impl FromArgMatches for Formats {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found: Vec<(usize, bool, String)> = Vec::new();
        for (name, _, only) in Self::OPTIONS {
            let places = matches.indices_of(name).into_iter().flatten();
            let values = matches.get_many::<String>(name).into_iter().flatten();
            found.extend(places.zip(values).map(|(place, value)| (place, only, value.clone())));
        }
        found.sort_by_key(|(place, ..)| *place);
        Ok(Self(found.into_iter().map(|(_, only, value)| (only, value)).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Formats {
    fn augment_args(command: Command) -> Command {
        command.args(Self::OPTIONS.map(|(name, help, _)| {
            let option = Arg::new(name).long(name).value_name("format_control").help(help);
            option.action(ArgAction::Append).help_heading("Selection options")
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
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
        let given = self.formats.0.iter().map(|(only, names)| (*only, names));
        for (only_wheels, names) in given.chain(of_files) {
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
                        let project = name.parse().map_err(|_| {
                            Failure::setting("--no-binary/--only-binary", name, "a project's name")
                        })?;
                        formats.insert(project, control);
                    }
                }
            }
        }
        Ok((formats, default))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What is allowed of `a`, and of the rest.
    fn allowed(arguments: &[&str]) -> (Option<FormatControl>, FormatControl) {
        let command = ResolutionArgs::augment_args(Command::new("test").no_binary_name(true));
        let args = ResolutionArgs::from_arg_matches(&command.get_matches_from(arguments)).unwrap();
        let (formats, rest) = args.formats(&FileSettings::default()).unwrap();
        (formats.get(&"a".parse().unwrap()).copied(), rest)
    }

    #[test]
    fn later_options_override_earlier_ones() {
        use FormatControl::{Any, OnlySdists, OnlyWheels};
        for (arguments, expected) in [
            (&["--no-binary=a", "--only-binary=a"][..], (Some(OnlyWheels), Any)),
            (&["--only-binary=a", "--no-binary=a,b"], (Some(OnlySdists), Any)),
            (&["--no-binary=a", "--only-binary=:all:"], (None, OnlyWheels)),
            (&["--only-binary=:all:", "--no-binary=a"], (Some(OnlySdists), OnlyWheels)),
            (&["--no-binary=:all:", "--no-binary=:none:"], (None, Any)),
            (&["--no-binary=:all:", "--only-binary=:none:"], (None, OnlySdists)),
        ] {
            assert_eq!(allowed(arguments), expected, "{arguments:?}");
        }
    }
}
