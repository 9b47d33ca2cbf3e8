//! direct_url.json (PEP 610): where a distribution came from when it did not come from an index.

/// What kind of place it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectUrlKind {
    /// An archive, with its hash as `algorithm=hex` and as a table.
    Archive {
        /// `(algorithm, hex)` pairs.
        hashes: Vec<(String, String)>,
    },
    /// A local directory.
    Directory {
        /// Whether it is installed as editable.
        editable: bool,
    },
    /// A checkout of a version control system.
    Vcs {
        /// `git`, `hg`, `svn`, `bzr`.
        vcs: String,
        /// What the user asked for.
        requested_revision: Option<String>,
        /// What it was.
        commit_id: String,
    },
}

/// The content of direct_url.json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUrl {
    /// The URL, without credentials.
    pub url: String,
    /// `subdirectory`, if any.
    pub subdirectory: Option<String>,
    /// What kind of place.
    pub kind: DirectUrlKind,
}

impl DirectUrl {
    /// Reads direct_url.json; none where it is not understood.
    pub fn parse(_json: &str) -> Option<Self> {
        todo!()
    }

    /// Writes it as pip does: `json.dumps(sort_keys=True)`, compact as Python writes by default.
    pub fn to_json(&self) -> String {
        todo!()
    }
}
