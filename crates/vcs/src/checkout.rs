//! What the rest of rpip asks of a repository, whatever its system is.

use std::fs;
use std::path::{Path, PathBuf};

use crate::describe::remote_url;
use crate::process::Options;
use crate::url::without_user;
use crate::{VcsError, VcsKind, VcsUrl, bazaar, git, mercurial, subversion};

/// A repository's files at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// The commit, as direct_url.json has it: a hash of git or Mercurial, a number of Subversion or Bazaar.
    pub commit_id: String,
    /// What was asked for behind the `@`.
    pub requested_revision: Option<String>,
    /// The root of the checkout.
    pub directory: PathBuf,
    /// The directory of the project in it (`#subdirectory=`); within the root, links followed.
    pub project: PathBuf,
}

/// What lies where an editable checkout is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Existing {
    /// Nothing: [`checkout`].
    Nothing,
    /// A checkout of this repository: [`update`].
    SameRepository,
    /// A checkout of another one: ask the user, then [`switch`], or remove it and [`checkout`].
    OtherRepository {
        /// Its URL without credentials, if it has one.
        url: Option<String>,
    },
    /// Something else: ask the user.
    NotARepository,
}

/// What [`update`] and [`switch`] would lose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocalChanges {
    /// Tracked files that were changed, added or removed, relative to the root of the checkout.
    pub files: Vec<String>,
    /// Whether there are commits (git) that no remote branch and no tag has.
    pub has_unpublished_commits: bool,
}

/// Gets the repository into `destination`, which must not exist or be empty. When it fails, nothing stays there.
///
/// Blocks, for as long as [`Options`] allow.
pub fn checkout(url: &VcsUrl, destination: &Path, options: &Options<'_>) -> Result<Checkout, VcsError> {
    let commit = match url.kind() {
        VcsKind::Git => git::checkout(url, destination, options)?,
        VcsKind::Mercurial => mercurial::checkout(url, destination, options)?,
        VcsKind::Subversion => subversion::checkout(url, destination, options)?,
        VcsKind::Bazaar => bazaar::checkout(url, destination, options)?,
    };
    finish(url, destination, commit)
}

/// Brings an editable checkout of the same repository to the requested revision, as pip does. What
/// [`local_changes`] tells is lost (git), or merged, or an error.
pub fn update(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<Checkout, VcsError> {
    let commit = match url.kind() {
        VcsKind::Git => git::update(url, directory, options)?,
        VcsKind::Mercurial => mercurial::update(url, directory, options)?,
        VcsKind::Subversion => subversion::update(url, directory, options)?,
        VcsKind::Bazaar => bazaar::update(url, directory, options)?,
    };
    finish(url, directory, commit)
}

/// Makes the checkout at `directory` one of this repository (`--exists-action s`).
pub fn switch(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<Checkout, VcsError> {
    let commit = match url.kind() {
        VcsKind::Git => git::switch(url, directory, options)?,
        VcsKind::Mercurial => mercurial::switch(url, directory, options)?,
        VcsKind::Subversion => subversion::switch(url, directory, options)?,
        VcsKind::Bazaar => bazaar::switch(url, directory, options)?,
    };
    finish(url, directory, commit)
}

/// The checkout at `directory` as it is, whatever it is a checkout of (`--exists-action i`).
pub fn current(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<Checkout, VcsError> {
    let commit = match url.kind() {
        VcsKind::Git => git::commit(directory, options)?,
        VcsKind::Mercurial => mercurial::commit(directory, options)?,
        VcsKind::Subversion => subversion::commit(directory, options)?,
        VcsKind::Bazaar => bazaar::commit(directory, options)?,
    };
    finish(url, directory, commit)
}

/// The commit that the URL leads to now, without getting the files: at once for a whole commit id, else the server is
/// asked. None where only a checkout can tell (an abbreviated commit).
pub fn resolve(url: &VcsUrl, options: &Options<'_>) -> Result<Option<String>, VcsError> {
    if let Some(commit) = url.pinned_commit() {
        return Ok(Some(commit));
    }
    match url.kind() {
        VcsKind::Git => git::resolve(url, options),
        VcsKind::Mercurial => mercurial::resolve(url, options).map(Some),
        VcsKind::Subversion => subversion::resolve(url, options).map(Some),
        VcsKind::Bazaar => bazaar::resolve(url, options).map(Some),
    }
}

/// Looks at what lies at `directory`, without the network.
pub fn inspect(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<Existing, VcsError> {
    if fs::symlink_metadata(directory).is_err() {
        return Ok(Existing::Nothing);
    }
    if !directory.join(url.kind().directory()).exists() {
        let is_empty = fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none());
        return Ok(if is_empty { Existing::Nothing } else { Existing::NotARepository });
    }
    match remote_url(url.kind(), directory, options) {
        Ok(remote) if url.is_repository(&remote) => Ok(Existing::SameRepository),
        Ok(remote) => Ok(Existing::OtherRepository { url: Some(without_user(&remote)) }),
        Err(VcsError::NoRemote { .. }) => Ok(Existing::OtherRepository { url: None }),
        Err(VcsError::InvalidRemote { url, .. }) => Ok(Existing::OtherRepository { url: Some(url) }),
        Err(error) => Err(error),
    }
}

/// What was changed in the checkout at `directory` since it was made.
pub fn local_changes(
    kind: VcsKind,
    directory: &Path,
    options: &Options<'_>,
) -> Result<LocalChanges, VcsError> {
    let files = match kind {
        VcsKind::Git => return git::local_changes(directory, options),
        VcsKind::Mercurial => mercurial::changed_files(directory, options)?,
        VcsKind::Subversion => subversion::changed_files(directory, options)?,
        VcsKind::Bazaar => bazaar::changed_files(directory, options)?,
    };
    Ok(LocalChanges { files, has_unpublished_commits: false })
}

/// Finds the project in a checkout.
fn finish(url: &VcsUrl, directory: &Path, commit_id: String) -> Result<Checkout, VcsError> {
    let mut project = directory.to_path_buf();
    if let Some(subdirectory) = url.subdirectory() {
        project = directory.join(subdirectory);
        // A link in the repository may point anywhere.
        let inside = match (fs::canonicalize(directory), fs::canonicalize(&project)) {
            (Ok(root), Ok(project)) => project.starts_with(root) && project.is_dir(),
            _ => false,
        };
        if !inside {
            let subdirectory = subdirectory.to_owned();
            return Err(VcsError::NoSubdirectory { url: url.to_string(), subdirectory });
        }
    }
    let requested_revision = url.requested_revision().map(str::to_owned);
    Ok(Checkout { commit_id, requested_revision, directory: directory.to_path_buf(), project })
}

/// A directory that is being filled; emptied again (and removed, if it was not there) unless it is kept.
pub(crate) struct Fresh<'a> {
    directory: &'a Path,
    existed: bool,
    is_kept: std::cell::Cell<bool>,
}

impl<'a> Fresh<'a> {
    /// Refuses a directory that is not empty.
    pub(crate) fn new(directory: &'a Path) -> Result<Self, VcsError> {
        let failed = |error| VcsError::io("cannot check out to", directory, error);
        let existed = fs::symlink_metadata(directory).is_ok();
        if existed && fs::read_dir(directory).map_err(failed)?.next().is_some() {
            return Err(failed(std::io::ErrorKind::DirectoryNotEmpty.into()));
        }
        if let Some(parent) = directory.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        Ok(Self { directory, existed, is_kept: false.into() })
    }

    /// Removes what a failed attempt left.
    pub(crate) fn clear(&self) -> Result<(), VcsError> {
        let removed = match fs::remove_dir_all(self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        let made = if self.existed { fs::create_dir(self.directory) } else { Ok(()) };
        removed.and(made).map_err(|error| VcsError::io("cannot empty", self.directory, error))
    }

    /// It is complete.
    pub(crate) fn keep(&self) {
        self.is_kept.set(true);
    }
}

impl Drop for Fresh<'_> {
    fn drop(&mut self) {
        if !self.is_kept.get() {
            let _ = self.clear();
        }
    }
}
