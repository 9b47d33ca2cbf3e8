//! Where projects are looked for, and which index counts when several have a project.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use distribution::HashAlgorithm;
use requirement::ProjectName;

/// Where projects are looked for.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Base URLs of simple indexes (`--index-url` first, then `--extra-index-url`); empty with `--no-index`.
    /// Credentials may be in them. A local directory path or `file:` URL is allowed too.
    pub indexes: Vec<String>,
    /// `--find-links`: directories, `file:` URLs of directories or pages, URLs of pages, archives. Absolute or relative to `directory`.
    pub find_links: Vec<String>,
    /// What relative find-links are relative to (the working directory).
    pub directory: PathBuf,
    /// Which projects servers are asked for again, though the cached page is fresh (`--refresh-package`).
    pub refresh: Refresh,
    /// What counts when several indexes have a project.
    pub strategy: IndexStrategy,
    /// The one index that is asked for a project, by its URL or path as in `indexes` (among which it need not be).
    /// No other index is asked for it, and find-links do not count for it either.
    pub pins: HashMap<ProjectName, String>,
    /// The algorithms, beside SHA-256, of which downloads of wheels compute the hash, so that
    /// [`crate::IndexClient::digest`] need not fetch them again: those of the hashes that the user lists.
    pub also_hash: Vec<HashAlgorithm>,
    /// The one file that there is of a project, by its URL or path with hashes as fragment (a lock file names it). No index
    /// is asked for the project, and find-links do not count for it.
    pub locked: HashMap<ProjectName, String>,
}

/// What counts when several indexes have a project. Find-links always count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexStrategy {
    /// All are one pool, and the best file over all of them is taken: pip's rule.
    #[default]
    BestMatch,
    /// The first in order that has a page for the project; those behind it are not asked.
    FirstIndex,
}

/// Which projects' pages are asked for again though they are fresh in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Refresh {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// These; pages of find-links too, which may list any of them.
    Projects(HashSet<ProjectName>),
}

impl Refresh {
    /// What the values of `--refresh-package` say, in their order: `:all:`, `:none:` (none so far), or names, with commas
    /// between them. What is no name means no project.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v str>) -> Self {
        let mut refresh = Self::None;
        for value in values.into_iter().flat_map(|value| value.split(',')).map(str::trim) {
            match (value, &mut refresh) {
                (":none:", _) => refresh = Self::None,
                (":all:", _) => refresh = Self::All,
                (_, Self::All) => {}
                (name, Self::Projects(names)) => names.extend(name.parse()),
                (name, Self::None) => refresh = Self::Projects(name.parse().into_iter().collect()),
            }
        }
        refresh
    }

    /// Whether the pages of `name` are asked for again.
    pub fn covers(&self, name: &ProjectName) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Projects(names) => names.contains(name),
        }
    }

    /// Whether anything is asked for again.
    pub(crate) fn is_any(&self) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Projects(names) => !names.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn refresh_values_are_pips() {
        let names =
            |names: &[&str]| Refresh::Projects(names.iter().map(|name| name.parse().unwrap()).collect());
        for (values, refresh) in [
            (&[][..], Refresh::None),
            (&[":all:"], Refresh::All),
            (&["Demo_App, other"], names(&["demo-app", "other"])),
            (&["demo", "other"], names(&["demo", "other"])),
            (&["demo,:all:", "other"], Refresh::All),
            (&[":all:,:none:,demo"], names(&["demo"])),
            (&["demo", ":none:"], Refresh::None),
            (&["not a name"], names(&[])),
        ] {
            assert_eq!(Refresh::of(values.iter().copied()), refresh, "{values:?}");
        }
        let some = Refresh::of(["demo"]);
        assert!(some.covers(&"Demo".parse().unwrap()) && !some.covers(&"other".parse().unwrap()));
        assert!(some.is_any() && !Refresh::of(["?"]).is_any() && !Refresh::None.is_any());
    }
}
