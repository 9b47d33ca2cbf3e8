//! What projects on an index require by URL (PEP 508). A place decides name and version of what lies there before the search,
//! which knows versions alone. So where the search meets such a requirement it ends; what lies there is had, as if the user had
//! named it; and the search begins anew. A version is refused whose reference turns out to serve nothing.

use std::path::Path;

use requirement::{ProjectName, Requirement, Version};
use resolver::Resolution;

use crate::collect::Wanted;

/// More references are not followed: each costs a search.
const MOST: usize = 100;

/// A requirement by URL, and who states it.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    pub(crate) project: ProjectName,
    pub(crate) version: Version,
    pub(crate) requirement: Requirement,
}

/// What becomes of a reference.
pub(crate) enum Verdict {
    /// What lies there is had.
    Met,
    /// The version that states it cannot be used, for this reason.
    Refused(String),
    /// It is to be had first.
    Unmet,
}

/// The references that were met, for one question.
#[derive(Debug, Clone, Default)]
pub(crate) struct References {
    followed: Vec<Reference>,
    refused: Vec<Reference>,
}

impl References {
    /// Whether none was met yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.followed.is_empty() && self.refused.is_empty()
    }

    /// What the user wants, in the end, by asking for those who state the references.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = Wanted> {
        self.followed.iter().map(|reference| Wanted::stated(&reference.requirement, Path::new("")))
    }

    /// Judges a reference. `is_had`: something that the project is to come from is had.
    pub(crate) fn judge(&self, reference: &Reference, is_had: bool) -> Verdict {
        let Reference { project, version, requirement } = reference;
        let shown = |requirement: &Requirement| network::redacted(&requirement.to_string());
        let text = shown(requirement);
        let known = self.followed.iter().find(|known| known.requirement.name == requirement.name);
        match known.filter(|known| known.requirement.url() != requirement.url()) {
            Some(Reference { project, version, requirement }) => Verdict::Refused(format!(
                "it requires {text}, but {project} {version} requires {}",
                shown(requirement)
            )),
            None if self
                .refused
                .iter()
                .any(|known| known.project == *project && known.version == *version) =>
            {
                Verdict::Refused(format!("it requires {text}, which does not go with the rest"))
            }
            None if is_had => Verdict::Met,
            None if self.followed.len() + self.refused.len() >= MOST => {
                Verdict::Refused(format!("it requires {text}, and too much is required by URL already"))
            }
            None => Verdict::Unmet,
        }
    }

    /// Has the next search know what lies there.
    pub(crate) fn follow(&mut self, reference: Reference) {
        self.followed.push(reference);
    }

    /// Refuses a version that is not in the answer; false where all that was followed serves it.
    pub(crate) fn refuse_idle(&mut self, resolution: &Resolution) -> bool {
        let serves = |reference: &Reference| {
            let mut pins = resolution.pins.iter();
            pins.any(|pin| pin.name == reference.project && pin.version == reference.version)
        };
        let idle = self.followed.iter().position(|reference| !serves(reference));
        self.refused.extend(idle.map(|position| self.followed.remove(position)));
        idle.is_some()
    }

    /// Refuses the version whose reference was followed last, for there is no answer with it; false where none was.
    pub(crate) fn refuse_last(&mut self) -> bool {
        let last = self.followed.pop();
        let is_there = last.is_some();
        self.refused.extend(last);
        is_there
    }
}
