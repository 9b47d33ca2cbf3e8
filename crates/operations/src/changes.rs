//! What a command is about to do to an environment, for whoever is shown it first.

use ::install::InstalledDistributions;
use requirement::ProjectName;

use crate::plan::Plan;

/// A project whose version changes, or that comes or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The project, as its metadata spells it where that is known.
    pub name: String,
    /// The version that is installed; none: it comes.
    pub before: Option<String>,
    /// The version that will be; none: it goes.
    pub after: Option<String>,
}

/// A project that does not get as new as there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The project, as its metadata spells it where that is known.
    pub name: String,
    /// The version that it gets, or stays at.
    pub version: String,
    /// What there is, and what is in the way.
    pub reason: String,
}

/// All changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// By name.
    pub changes: Vec<Change>,
    /// What was meant and is left alone, each with the reason, by name.
    pub left_alone: Vec<(String, String)>,
    /// What was meant and does not get as new as there is, by name.
    pub held_back: Vec<HeldBack>,
}

/// Is shown the changes, and says whether to go on.
pub type Confirm<'a> = &'a dyn Fn(&Changes) -> bool;

impl Changes {
    /// What `plan` comes to.
    pub(crate) fn of(plan: &Plan, installed: &InstalledDistributions) -> Self {
        let mut changes = Vec::new();
        for pin in plan.install.iter().chain(&plan.replace) {
            let before = installed.get(&pin.name);
            let name = match before {
                Some(before) => before.name_text(),
                None => pin.name_text.to_string(),
            };
            let before = before.map(|before| before.version.to_string());
            changes.push(Change { name, before, after: Some(pin.version.to_string()) });
        }
        for old in plan.remove.iter().filter_map(|name| installed.get(name)) {
            changes.push(Change {
                name: old.name_text(),
                before: Some(old.version.to_string()),
                after: None,
            });
        }
        Self { changes, ..Self::default() }.sorted()
    }

    /// In the order of names.
    pub(crate) fn sorted(mut self) -> Self {
        let key = |text: &str| text.parse::<ProjectName>().ok();
        self.changes.sort_by_cached_key(|change| key(&change.name));
        self.left_alone.sort_by_cached_key(|(name, _)| key(name));
        self.held_back.sort_by_cached_key(|held| key(&held.name));
        self
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
