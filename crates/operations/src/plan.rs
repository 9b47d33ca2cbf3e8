//! Resolution and what is installed, compared: what to install, what makes room, what stays. Pure.

use requirement::{ProjectName, Version};
use resolver::{Resolution, ResolvedPin};
use rustc_hash::FxHashMap;

/// What is installed of a project, as far as the plan depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Present {
    /// The version.
    pub(crate) version: Version,
    /// Whether it is to be replaced, though the version is right.
    pub(crate) outdated: bool,
}

/// How to treat what is installed already.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Rules {
    /// `--force-reinstall`.
    pub(crate) force: bool,
    /// `--ignore-installed`: install over it, remove nothing.
    pub(crate) ignore: bool,
    /// `--only-deps`: what the user names is left out.
    pub(crate) only_dependencies: bool,
}

/// What is to be done, in the order of installation.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Pins to install where nothing is, or over it with `--ignore-installed`.
    pub(crate) install: Vec<ResolvedPin>,
    /// Pins to install in place of what is installed.
    pub(crate) replace: Vec<ResolvedPin>,
    /// Installed projects that leave, since nothing asks for them (`sync`).
    pub(crate) remove: Vec<ProjectName>,
    /// Pins that are installed already.
    pub(crate) keep: Vec<ResolvedPin>,
    /// Pins that nothing is done for, since only their dependencies are wanted.
    pub(crate) left_out: Vec<ResolvedPin>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.install.is_empty() && self.replace.is_empty() && self.remove.is_empty()
    }

    /// Everything that takes part.
    pub(crate) fn all(&self) -> Vec<&ResolvedPin> {
        self.install.iter().chain(&self.replace).chain(&self.keep).chain(&self.left_out).collect()
    }
}

/// Compares.
pub(crate) fn plan(resolution: Resolution, present: &FxHashMap<ProjectName, Present>, rules: Rules) -> Plan {
    let mut plan = Plan::default();
    for pin in resolution.pins {
        match present.get(&pin.name) {
            _ if rules.only_dependencies && pin.requested => plan.left_out.push(pin),
            None => plan.install.push(pin),
            Some(_) if rules.ignore => plan.install.push(pin),
            Some(present) if rules.force || present.outdated || present.version != pin.version => {
                plan.replace.push(pin);
            }
            Some(_) => plan.keep.push(pin),
        }
    }
    plan
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pin(name: &str, version: &str, installed: bool) -> ResolvedPin {
        ResolvedPin {
            name: name.parse().unwrap(),
            name_text: name.into(),
            version: version.parse().unwrap(),
            extras: Vec::new(),
            installed,
            required_by: Vec::new(),
            requested: true,
        }
    }

    fn names(pins: &[ResolvedPin]) -> Vec<&str> {
        pins.iter().map(|pin| pin.name.as_str()).collect()
    }

    fn planned(rules: Rules) -> Plan {
        let pins = vec![pin("new", "1", false), pin("old", "2", false), pin("same", "1", true)];
        let present = |version: &str| Present { version: version.parse().unwrap(), outdated: false };
        let present = FxHashMap::from_iter([
            ("old".parse().unwrap(), present("1")),
            ("same".parse().unwrap(), present("1.0")),
            ("other".parse().unwrap(), present("1")),
        ]);
        plan(Resolution { pins, missing_extras: Vec::new() }, &present, rules)
    }

    #[test]
    fn what_is_there_stays_and_what_differs_is_replaced() {
        let plan = planned(Rules::default());
        assert_eq!(names(&plan.install), ["new"]);
        assert_eq!(names(&plan.replace), ["old"]);
        assert_eq!(names(&plan.keep), ["same"]);
    }

    #[test]
    fn force_replaces_and_ignore_installs_over() {
        let forced = planned(Rules { force: true, ..Rules::default() });
        assert_eq!(names(&forced.replace), ["old", "same"]);
        let ignored = planned(Rules { ignore: true, ..Rules::default() });
        assert_eq!(names(&ignored.install), ["new", "old", "same"]);
    }
}
