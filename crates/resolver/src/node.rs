//! The packages of the search: projects, and an own node for each extra, so that
//! `a[x]` can be required at other versions than `a` and still mean one `a`.

use std::fmt;

use requirement::{ExtraName, ProjectName};

/// A package as the search sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// What the user asked for.
    Root,
    /// A project.
    Project(ProjectName),
    /// An extra of a project: depends on the project at its own version, and on what the extra adds.
    Extra(ProjectName, ExtraName),
}

impl Node {
    /// The project, of all but the root.
    pub(crate) fn project(&self) -> Option<&ProjectName> {
        match self {
            Self::Root => None,
            Self::Project(name) | Self::Extra(name, _) => Some(name),
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("the user"),
            Self::Project(name) => name.fmt(formatter),
            Self::Extra(name, extra) => write!(formatter, "{name}[{extra}]"),
        }
    }
}
