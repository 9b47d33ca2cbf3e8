//! What may be chosen: pre-releases, wheels, source distributions.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use operations::{FileSettings, FormatControl, Formats, Releases};
use requirement::ProjectName;

use crate::failure::Failure;

const HEADING: &str = "Package selection options";

/// The options that guide the choice of versions and files.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = HEADING)]
pub(crate) struct SelectionArgs {
    /// Include pre-release and development versions
    #[arg(long)]
    pub(crate) pre: bool,
    #[command(flatten)]
    releases: ReleaseOptions,
    #[command(flatten)]
    formats: FormatOptions,
    /// Prefer wheels over newer source distributions
    #[arg(long)]
    pub(crate) prefer_binary: bool,
}

/// Two options that override each other: the value of each, in the order given; true for the second.
type InOrder = Vec<(bool, String)>;
/// Name, help, and whether it is the second of the two.
type Pair = [(&'static str, &'static str, bool); 2];

fn in_order(matches: &ArgMatches, pair: &Pair) -> InOrder {
    let mut found: Vec<(usize, bool, String)> = Vec::new();
    for (name, _, is_second) in pair {
        let places = matches.indices_of(name).into_iter().flatten();
        let values = matches.get_many::<String>(name).into_iter().flatten();
        found.extend(places.zip(values).map(|(place, value)| (place, *is_second, value.clone())));
    }
    found.sort_by_key(|(place, ..)| *place);
    found.into_iter().map(|(_, is_second, value)| (is_second, value)).collect()
}

fn with_pair(command: Command, pair: &Pair, value_name: &'static str) -> Command {
    command.args(pair.iter().map(|(name, help, _)| {
        let option = Arg::new(*name).long(*name).value_name(value_name).help(*help);
        option.action(ArgAction::Append).help_heading(HEADING)
    }))
}

macro_rules! ordered_pair {
    ($(#[$doc:meta])* $type:ident, $value_name:literal, $pair:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default)]
        struct $type(InOrder);

        impl FromArgMatches for $type {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self(in_order(matches, &$pair)))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl Args for $type {
            fn augment_args(command: Command) -> Command {
                with_pair(command, &$pair, $value_name)
            }

            fn augment_args_for_update(command: Command) -> Command {
                Self::augment_args(command)
            }
        }
    };
}

ordered_pair!(
    /// `--no-binary` and `--only-binary`: a later one overrides an earlier one.
    FormatOptions,
    "format_control",
    [
        ("no-binary", "Use no wheels of these projects (:all:, :none:, or names with commas)", false),
        ("only-binary", "Use only wheels of these projects (:all:, :none:, or names with commas)", true),
    ]
);

ordered_pair!(
    /// `--only-final` and `--all-releases`: a later one overrides an earlier one.
    ReleaseOptions,
    "release_control",
    [
        ("only-final", "Never use pre-releases of these projects (:all:, :none:, or names with commas)", false),
        ("all-releases", "Include pre-releases of these projects (:all:, :none:, or names with commas)", true),
    ]
);

/// Applies one value of an option that names projects to what the options before it said.
fn apply<T: Copy + PartialEq>(
    (projects, rest): (&mut HashMap<ProjectName, T>, &mut Option<T>),
    value: T,
    option: &str,
    names: &str,
) -> Result<(), Failure> {
    if names.starts_with('-') {
        return Err(Failure::plain(format!("{option} option requires 1 argument.")));
    }
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            ":all:" => {
                projects.clear();
                *rest = Some(value);
            }
            ":none:" => {
                projects.retain(|_, other| *other != value);
                *rest = rest.filter(|other| *other != value);
            }
            name => {
                // No project has a name that is none; pip says nothing of it either.
                let Ok(project) = name.parse::<ProjectName>() else { continue };
                match projects.entry(project) {
                    Entry::Occupied(mut known) => *known.get_mut() = value,
                    Entry::Vacant(free) => {
                        free.insert(value);
                    }
                }
            }
        }
    }
    Ok(())
}

impl SelectionArgs {
    /// Which formats are allowed, by project and for the rest; requirements files have the last word.
    pub(crate) fn formats(&self, settings: &FileSettings) -> Result<Formats, Failure> {
        let mut formats = Formats::default();
        for (only_wheels, names) in self.formats.0.iter().chain(&settings.formats) {
            let control = if *only_wheels { FormatControl::OnlyWheels } else { FormatControl::OnlySdists };
            let places = (&mut formats.projects, &mut formats.rest);
            apply(places, control, "--no-binary / --only-binary", names)?;
        }
        Ok(formats)
    }

    /// Whether pre-releases are allowed, by project and for the rest.
    pub(crate) fn releases(&self, settings: &FileSettings) -> Result<Releases, Failure> {
        let options = self.releases.0.iter().chain(&settings.releases);
        if self.pre && !self.releases.0.is_empty() {
            return Err(Failure::plain(
                "--pre cannot be used with --all-releases or --only-final.".to_owned(),
            ));
        }
        let mut releases = Releases::default();
        if self.pre || settings.prereleases {
            releases.rest = Some(true);
        }
        for (all, names) in options {
            let places = (&mut releases.projects, &mut releases.rest);
            apply(places, *all, "--all-releases / --only-final", names)?;
        }
        Ok(releases)
    }

    /// Whether nothing but wheels may be used.
    pub(crate) fn is_only_wheels(&self) -> bool {
        self.formats(&FileSettings::default()).is_ok_and(|formats| {
            formats.projects.is_empty() && formats.rest == Some(FormatControl::OnlyWheels)
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn args(arguments: &[&str]) -> SelectionArgs {
        let command = SelectionArgs::augment_args(Command::new("test").no_binary_name(true));
        SelectionArgs::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
    }

    /// What is allowed of `a`, and of the rest.
    fn allowed(arguments: &[&str]) -> (Option<FormatControl>, Option<FormatControl>) {
        let formats = args(arguments).formats(&FileSettings::default()).unwrap();
        (formats.projects.get(&"a".parse().unwrap()).copied(), formats.rest)
    }

    #[test]
    fn later_options_override_earlier_ones() {
        use FormatControl::{OnlySdists, OnlyWheels};
        for (arguments, expected) in [
            (&["--no-binary=a", "--only-binary=a"][..], (Some(OnlyWheels), None)),
            (&["--only-binary=a", "--no-binary=a,b"], (Some(OnlySdists), None)),
            (&["--no-binary=a", "--only-binary=:all:"], (None, Some(OnlyWheels))),
            (&["--only-binary=:all:", "--no-binary=a"], (Some(OnlySdists), Some(OnlyWheels))),
            (&["--no-binary=:all:", "--no-binary=:none:"], (None, None)),
            (&["--no-binary=:all:", "--only-binary=:none:"], (None, Some(OnlySdists))),
        ] {
            assert_eq!(allowed(arguments), expected, "{arguments:?}");
        }
        assert!(args(&["--only-binary=:all:"]).is_only_wheels());
        assert!(!args(&["--only-binary=:all:", "--no-binary=a"]).is_only_wheels());
    }

    #[test]
    fn releases_by_project() {
        let settings = FileSettings { releases: vec![(false, "b".to_owned())], ..FileSettings::default() };
        let releases = args(&["--all-releases=:all:", "--only-final=a"]).releases(&settings).unwrap();
        let allows = |name: &str| releases.allows(&name.parse().unwrap());
        assert_eq!((allows("a"), allows("b"), allows("c")), (Some(false), Some(false), Some(true)));
        assert!(args(&["--pre", "--only-final=a"]).releases(&FileSettings::default()).is_err());
    }
}
