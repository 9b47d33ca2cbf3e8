//! What can go wrong in an operation. The terminal turns it into text and an exit code.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::cache::CacheError;
use distribution::{
    Digest, InvalidDependencyGroups, InvalidDigest, InvalidPylock, InvalidPyproject, InvalidScript,
    PylockSelectionError, UnusablePlace,
};
use install::InstallError;
use requirement::{InvalidLine, InvalidRequirement, PathFinding, Requirement, RequirementHint, Version};
use resolver::{Asker, Conflict, Origin, ResolveError};

/// What there is of a project, for messages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offered {
    /// The versions that have a file for this Python and platform, oldest first.
    pub versions: Vec<Version>,
    /// Those that were yanked, oldest first.
    pub yanked: Vec<Version>,
    /// Those that are for other versions of Python, as `2.0 Requires-Python >=4`; sorted by text.
    pub other_python: Vec<String>,
    /// Whether pre-releases are ruled out (`--only-final`).
    pub only_final: bool,
    /// Whether a lock file names the one version.
    pub locked: bool,
}

/// The schemes of repositories, as pip lists them.
const EDITABLE_SCHEMES: &str = "bzr+http, bzr+https, bzr+ssh, bzr+sftp, bzr+ftp, bzr+lp, bzr+file, git+http, git+https, \
                                git+ssh, git+git, git+file, hg+file, hg+http, hg+https, hg+ssh, hg+static-http, \
                                svn+ssh, svn+http, svn+https, svn+svn, svn+file";

/// A requirement that hash-checking mode refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HashProblem {
    /// A repository, of which there is no hash.
    Repository {
        /// As it was named.
        requirement: String,
    },
    /// A directory, of which there is no hash.
    Directory {
        /// As it was named.
        requirement: String,
    },
    /// No `--hash`.
    Missing {
        /// The requirement.
        requirement: String,
        /// The hash of its file, where it is known.
        got: Option<Digest>,
    },
    /// Not pinned with `==`.
    Unpinned {
        /// The requirement.
        requirement: String,
        /// Who asks for it.
        from: String,
    },
    /// The hash of the file is not among those given.
    Mismatch {
        /// The requirement.
        requirement: String,
        /// The hashes that were given.
        expected: Vec<Digest>,
        /// What it is.
        got: Digest,
    },
}

impl HashProblem {
    /// Whether there is no hash of such a thing at all.
    pub(crate) fn is_of_kind(&self) -> bool {
        matches!(self, Self::Repository { .. } | Self::Directory { .. })
    }
}

/// An operation failed; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// An argument is not a requirement.
    #[error("Invalid requirement: '{text}': {source}{origin}")]
    InvalidRequirement {
        /// The argument.
        text: String,
        /// What is wrong.
        source: Box<InvalidRequirement>,
        /// Where it stands: ` (from line 1 of r.txt)`, nothing for the command line.
        origin: String,
        /// What may be meant, in pip's words.
        hint: Option<String>,
    },
    /// A line of a requirements file is wrong.
    #[error(transparent)]
    InvalidLine(#[from] InvalidLine),
    /// A constraint that cannot be one.
    #[error("{reason} ({text}, {origin})")]
    InvalidConstraint {
        /// The constraint.
        text: String,
        /// Why not.
        reason: &'static str,
        /// Where.
        origin: String,
    },
    /// A `--hash` is not one.
    #[error("{source} ({origin})")]
    InvalidHash {
        /// What is wrong.
        source: InvalidDigest,
        /// Where.
        origin: String,
    },
    /// A requirements file cannot be read.
    #[error("Could not open {kind} file: {reason}")]
    UnreadableRequirements {
        /// `requirements` or `constraint`.
        kind: &'static str,
        /// The file as it was named.
        file: String,
        /// Why not.
        reason: String,
    },
    /// Two of the files to make an environment equal to differ.
    #[error(
        "Incompatible requirements found: {one} ({}) and {other} ({}); --force takes the last one", origins.0, origins.1
    )]
    IncompatibleFiles {
        /// One requirement.
        one: String,
        /// The other.
        other: String,
        /// Where they stand.
        origins: (String, String),
    },
    /// A pyproject.toml that is none.
    #[error("{} cannot be used: {source}", path.display())]
    InvalidProject {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidPyproject,
    },
    /// No change is remembered, or all are undone.
    #[error(
        "There is nothing to undo: no change of this environment is remembered that was not undone (changes are remembered in the cache, until it is purged)"
    )]
    NothingToUndo,
    /// The record of the last change is damaged: undoing the one before it may not be what is meant.
    #[error(
        "what the last change ({number}) was cannot be read any more; `rpip undo {before}` undoes the one before it"
    )]
    UnreadableChange {
        /// The number of the last change.
        number: u64,
        /// That of the last one that can be undone.
        before: u64,
    },
    /// Another change came after it.
    #[error("Change {number} cannot be undone: undo change {last} first")]
    NotTheLastChange {
        /// The change.
        number: u64,
        /// The one that can be.
        last: u64,
    },
    /// A change that cannot be undone any more.
    #[error("Change {number} ({command}) cannot be undone, and nothing was changed:\n  {}", problems.join("\n  "))]
    CannotUndo {
        /// The change.
        number: u64,
        /// Its command.
        command: String,
        /// Why not.
        problems: Vec<String>,
    },
    /// What is to be upgraded is not there.
    #[error("{0} is not installed: \"rpip install {0}\" installs it")]
    NothingToUpgrade(String),
    /// A requirements file names itself.
    #[error("{file} recursively references itself in {includer}")]
    RecursiveFile {
        /// The file.
        file: String,
        /// The file that names it.
        includer: String,
    },
    /// `--group` without a pyproject.toml.
    #[error("{0} not found. Cannot resolve '--group' option.")]
    NoGroupFile(String),
    /// A dependency group that cannot be used.
    #[error(transparent)]
    DependencyGroups(#[from] InvalidDependencyGroups),
    /// A lock file cannot be read.
    #[error("Error reading pylock file '{file}': {reason}")]
    UnreadableLock {
        /// The file as it was named.
        file: String,
        /// Why not.
        reason: String,
    },
    /// A lock file that is none.
    #[error(transparent)]
    InvalidLock(#[from] InvalidPylock),
    /// A lock file that cannot be installed here.
    #[error(transparent)]
    LockSelection(#[from] PylockSelectionError),
    /// A lock file that names what it may not name.
    #[error(transparent)]
    LockedPlace(#[from] UnusablePlace),
    /// A script without metadata that can be used.
    #[error(transparent)]
    Script(#[from] InvalidScript),
    /// A document on a server could not be had.
    #[error(transparent)]
    Network(Arc<network::NetworkError>),
    /// A repository whose project nothing names.
    #[error("Could not detect requirement name for '{0}', please specify one with your_package_name @ URL")]
    Unnamed(String),
    /// A file that does not exist.
    #[error("Could not install packages due to an OSError: [Errno 2] No such file or directory: '{}'{origin}", path.display())]
    MissingFile {
        /// The file.
        path: PathBuf,
        /// Where it stands, in parentheses.
        origin: String,
    },
    /// A directory that is no project.
    #[error("Directory '{0}' is not installable. Neither 'setup.py' nor 'pyproject.toml' found.")]
    NotInstallable(String),
    /// `-e` with something that is neither a directory nor a repository.
    #[error(
        "{0} is not a valid editable requirement. It should either be a path to a local project or a VCS URL (beginning with \
         {schemes}).", schemes = EDITABLE_SCHEMES
    )]
    InvalidEditable(String),
    /// A file whose name is not that of a wheel, or of another project than was asked for.
    #[error("{text} cannot be installed: {reason}")]
    UnusableFile {
        /// As written.
        text: String,
        /// Why not.
        reason: String,
    },
    /// A wheel for another Python or platform.
    #[error("{0} is not a supported wheel on this platform.")]
    UnsupportedWheel(String),
    /// A project that does not run on this Python.
    #[error("Package '{project}' requires a different Python: {python} not in '{specifiers}'")]
    DifferentPython {
        /// The project.
        project: String,
        /// What it requires.
        specifiers: String,
        /// The environment's Python.
        python: Version,
    },
    /// The environment belongs to the system's package manager (PEP 668); its message.
    #[error("externally-managed-environment")]
    ExternallyManaged(String),
    /// Hash-checking mode refuses requirements.
    #[error("hashes are missing or do not match")]
    Hashes(Vec<HashProblem>),
    /// `-e` in hash-checking mode.
    #[error(
        "The editable requirement {0} cannot be installed when requiring hashes, because there is no single file to hash."
    )]
    EditableHash(String),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    NotReadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A directory cannot be written.
    #[error("{} is not writable: {source}", path.display())]
    NotWritable {
        /// The directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A directory holds what must not be lost.
    #[error("{} is in the way: {reason}", path.display())]
    InTheWay {
        /// The directory.
        path: PathBuf,
        /// What it should be.
        reason: &'static str,
    },
    /// No version satisfies one requirement.
    #[error("No matching distribution found for {requirement}")]
    NoMatch {
        /// The requirement.
        requirement: Box<Requirement>,
        /// Who asks.
        asker: Asker,
        /// What there is of the project.
        offered: Box<Offered>,
        /// The versions that would match and cannot be used, newest first, each with the reason.
        unusable: Vec<(Version, String)>,
        /// What each index said of the project.
        places: Vec<(String, String)>,
    },
    /// Requirements exclude each other.
    #[error("conflicting requirements")]
    Conflict(Conflict),
    /// The search failed otherwise.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// An index failed.
    #[error(transparent)]
    Index(#[from] index::IndexError),
    /// The cache failed.
    #[error(transparent)]
    Cache(#[from] cache::CacheError),
    /// An interpreter or environment could not be used.
    #[error(transparent)]
    Python(#[from] python::PythonError),
    /// The environment could not be changed or read.
    #[error(transparent)]
    Install(#[from] install::InstallError),
    /// A build failed.
    #[error(transparent)]
    Build(#[from] build::BuildError),
    /// A `--config-settings` value is not one.
    #[error(transparent)]
    ConfigSettings(#[from] build::InvalidSetting),
    /// A repository could not be had.
    #[error(transparent)]
    Vcs(#[from] vcs::VcsError),
    /// A URL of a repository that cannot be used.
    #[error(transparent)]
    VcsUrl(#[from] vcs::InvalidVcsUrl),
    /// A project is asked about that is not installed.
    #[error("{name} is not installed{}", required_text(required_by))]
    NotInstalled {
        /// The project.
        name: String,
        /// Those that require it nevertheless.
        required_by: Vec<String>,
    },
    /// Nothing in an environment is marked as asked for.
    #[error(
        "nothing in {} is marked as asked for (REQUESTED), so nobody can tell what is not needed: installing what you want \
         by name once more marks it (rpip install --force-reinstall --no-deps NAME)", .0.display()
    )]
    NothingRequested(PathBuf),
    /// Nobody can tell what a distribution requires.
    #[error(
        "what {name} requires cannot be read ({reason}), so nobody can tell what is not needed: reinstall or uninstall it first"
    )]
    UnknownRequirements {
        /// The project.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Somebody else changed an environment after the user was asked.
    #[error("{} was changed by another program meanwhile: nothing was done; run the command again", .0.display())]
    EnvironmentChanged(PathBuf),
    /// A source gives another version than the one that is to be installed again.
    #[error("{name} {expected} cannot be repaired: {place} is version {found} now")]
    OtherVersion {
        /// The project.
        name: String,
        /// What is installed.
        expected: String,
        /// Where it came from.
        place: String,
        /// What is there now.
        found: String,
    },
    /// pip is installed where a stand-in for it would go.
    #[error(
        "pip {version} is installed in {}: --force replaces it, or uninstall it first (rpip uninstall pip)", location.display()
    )]
    PipIsInstalled {
        /// Its version.
        version: String,
        /// Where.
        location: PathBuf,
    },
    /// Something stands where a stand-in for pip would go.
    #[error("{} is there already, and belongs to nothing that is installed: --force replaces it", .0.display())]
    PipIsThere(PathBuf),
    /// There is no stand-in for pip to remove.
    #[error("no pip shim is installed in {}", .0.display())]
    NoPipShim(PathBuf),
    /// A path that cannot be written into a script.
    #[error("{} cannot be written into a script: it is not UTF-8, or has a line end in it", .0.display())]
    UnwritablePath(PathBuf),
    /// Two builds of the same source differ: each file with what differs in it.
    #[error("not reproducible: {}", .0.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "))]
    NotReproducible(Vec<(String, Vec<String>)>),
    /// Something cannot be published.
    #[error(transparent)]
    Publish(#[from] publish::PublishError),
    /// A repository does not take a file.
    #[error(transparent)]
    Upload(Arc<crate::UploadError>),
    /// An error that several wait for.
    #[error(transparent)]
    Shared(Arc<OperationError>),
    /// The user has ended it.
    #[error("Operation cancelled by user")]
    Interrupted,
}

fn required_text(required_by: &[String]) -> String {
    match required_by {
        [] => String::new(),
        names => format!(", though it is required by {}", names.join(", ")),
    }
}

/// An error that several wait for, as one that can be passed through the search.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub(crate) struct SharedError(pub(crate) Arc<OperationError>);

impl From<OperationError> for SharedError {
    fn from(error: OperationError) -> Self {
        Self(Arc::new(error))
    }
}

impl From<index::IndexError> for SharedError {
    fn from(error: index::IndexError) -> Self {
        Self(Arc::new(error.into()))
    }
}

impl From<SharedError> for OperationError {
    fn from(error: SharedError) -> Self {
        // Whoever is last takes it as it is.
        Arc::try_unwrap(error.0).unwrap_or_else(Self::Shared)
    }
}

impl OperationError {
    /// Whether a wheel of the cache turned out to be damaged, and has left the cache.
    pub(crate) fn is_of_damaged_wheel(&self) -> bool {
        match self {
            Self::Cache(error) | Self::Install(InstallError::Cache(error)) => {
                matches!(error, CacheError::Damaged { .. })
            }
            Self::Shared(error) => error.is_of_damaged_wheel(),
            _ => false,
        }
    }

    /// `text`, which stands at `origin`, is no requirement; what lies there as a path helps to say what may be meant.
    pub(crate) fn invalid_requirement(
        text: &str,
        source: InvalidRequirement,
        origin: &Origin,
        directory: &Path,
    ) -> Self {
        let hint = source.hint().map(|hint| match &hint {
            RequirementHint::Operator => hint.text(PathFinding::Missing),
            RequirementHint::Path(path) => hint.text(finding(&directory.join(path))),
        });
        let origin = match origin {
            Origin::File { file, line, .. } => format!(" (from line {line} of {file})"),
            _ => String::new(),
        };
        Self::InvalidRequirement { text: text.to_owned(), source: Box::new(source), origin, hint }
    }
}

/// What lies at a path that was given in place of a requirement.
fn finding(path: &Path) -> PathFinding {
    match std::fs::read_to_string(path) {
        Ok(text) if requirement::begins_as_requirements_file(&text) => PathFinding::RequirementsFile,
        _ if path.exists() => PathFinding::Present,
        _ => PathFinding::Missing,
    }
}
