//! Getting a repository: a partial or shallow clone where the server allows it, one that exists brought up to date,
//! submodules.

use std::path::Path;

use super::Git;
use super::revision::{Target, is_reference_name};
use crate::checkout::Fresh;
use crate::error::Problem;
use crate::process::{Finished, History, Options};
use crate::{VcsError, VcsUrl};

/// What is left out of a partial clone: files, until they are needed.
const FILTER: &str = "--filter=blob:none";

/// Clones into a directory that is not there or empty; gives the commit.
pub(crate) fn checkout(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let git = Git::new(url, directory, options);
    let fresh = Fresh::new(directory)?;
    let commit = match options.history {
        History::Shallow => match git.shallow(url)? {
            Some(commit) => commit,
            None => {
                fresh.clear()?;
                git.partial(url, &fresh)?
            }
        },
        History::Blobless => git.partial(url, &fresh)?,
        History::Full => {
            git.clone_all(url, &fresh, false)?;
            git.check_out(url)?
        }
    };
    git.submodules(options.history == History::Shallow)?;
    fresh.keep();
    Ok(commit)
}

/// Fetches what is new and goes to the requested revision, as pip does: changes of tracked files are lost.
pub(crate) fn update(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let git = Git::new(url, directory, options);
    if let Some(commit) = git.head()?
        && url.pinned_commit().as_ref() == Some(&commit)
    {
        return Ok(commit);
    }
    // A tag that was moved is followed, where git would refuse without --force.
    let fetched = git.fetch(url, &["--tags", "--force"], None)?;
    if !fetched.is_success() {
        return Err(git.session.failed(&fetched));
    }
    let target = git.target(url)?;
    git.reset(&target.commit)?;
    git.submodules(false)?;
    Ok(target.commit)
}

/// Makes a checkout one of another repository.
pub(crate) fn switch(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let git = Git::new(url, directory, options);
    git.succeed(&["config", "remote.origin.url", url.repository()])?;
    git.succeed(&["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"])?;
    let fetched = git.fetch(url, &["--tags", "--force", "--prune"], None)?;
    if !fetched.is_success() {
        return Err(git.session.failed(&fetched));
    }
    if url.requested_revision().is_none() {
        // What the default branch is was learned from the old repository.
        git.online(&|git| {
            let mut command = git.command_inside();
            command.args(["remote", "set-head", "origin", "--auto"]);
            command
        })?;
    }
    let target = git.target(url)?;
    git.reset(&target.commit)?;
    git.submodules(false)?;
    Ok(target.commit)
}

/// Fetches what a [`History::Shallow`] checkout lacks: commits and tags, for builds that take their version from them.
/// Nothing happens where nothing is lacking.
pub fn complete_history(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<(), VcsError> {
    if !directory.join(".git/shallow").exists() {
        return Ok(());
    }
    let git = Git::new(url, directory, options);
    let mut fetched = git.fetch(url, &["--unshallow", "--tags", "--force", FILTER], None)?;
    if !fetched.is_success() && fetched.problem() == Problem::Other {
        fetched = git.fetch(url, &["--unshallow", "--tags", "--force"], None)?;
    }
    if fetched.is_success() { Ok(()) } else { Err(git.session.failed(&fetched)) }
}

impl Git<'_> {
    /// `git fetch` from the repository of the checkout.
    pub(super) fn fetch(
        &self,
        url: &VcsUrl,
        flags: &[&str],
        reference: Option<&str>,
    ) -> Result<Finished, VcsError> {
        debug_assert!(url.kind() == crate::VcsKind::Git);
        self.online(&|git| {
            let mut command = git.command_inside();
            command.args(["fetch", git.verbosity()]).args(flags).args(["--", "origin"]).args(reference);
            command
        })
    }

    /// The error of a fetch of the requested revision.
    pub(super) fn not_fetched(&self, url: &VcsUrl, fetched: &Finished) -> VcsError {
        match fetched.problem() {
            Problem::Authentication | Problem::Unreachable => self.session.failed(fetched),
            _ => VcsError::revision(url, fetched),
        }
    }

    /// Clones without files, or with them where that does not work; checks out; gives the commit.
    fn partial(&self, url: &VcsUrl, fresh: &Fresh<'_>) -> Result<String, VcsError> {
        self.clone_all(url, fresh, true)?;
        match self.check_out(url) {
            // Some servers promise what they do not keep.
            Err(VcsError::Failed { problem: Problem::Other, .. }) => {
                fresh.clear()?;
                self.clone_all(url, fresh, false)?;
                self.check_out(url)
            }
            other => other,
        }
    }

    fn clone_all(&self, url: &VcsUrl, fresh: &Fresh<'_>, is_partial: bool) -> Result<(), VcsError> {
        let finished = self.online(&|git| {
            let mut command = git.command();
            command.args(["clone", git.verbosity(), "--no-checkout", "--origin=origin"]);
            command.args(is_partial.then_some(FILTER));
            command.args(["--", url.repository()]).arg(&git.directory);
            command
        })?;
        if finished.is_success() {
            return Ok(());
        }
        if is_partial && finished.problem() == Problem::Other {
            fresh.clear()?;
            return self.clone_all(url, fresh, false);
        }
        Err(self.session.failed(&finished))
    }

    /// Goes to the requested revision in a clone without files: on its branch, if it is one.
    fn check_out(&self, url: &VcsUrl) -> Result<String, VcsError> {
        let Target { commit, branch } = self.target(url)?;
        let finished = self.online(&|git| {
            let mut command = git.command_inside();
            command.args(["checkout", "--quiet", "--force"]);
            match &branch {
                Some(branch) => {
                    command.args(["-B", branch, "--track", &format!("refs/remotes/origin/{branch}")]);
                }
                None => {
                    command.args(["--detach", &commit]);
                }
            }
            command.arg("--");
            command
        })?;
        if finished.is_success() { Ok(commit) } else { Err(self.session.failed(&finished)) }
    }

    /// Fetches the one commit; none where the server does not allow it, or the revision is no reference.
    fn shallow(&self, url: &VcsUrl) -> Result<Option<String>, VcsError> {
        let references = match (url.requested_revision(), url.pinned_commit()) {
            (None, _) => vec!["HEAD".to_owned()],
            // The other hash needs a repository of another format, which a clone makes.
            (Some(_), Some(commit)) if commit.len() == 40 => vec![commit],
            (Some(revision), None) if is_reference_name(revision) && revision.starts_with("refs/") => {
                vec![revision.to_owned()]
            }
            (Some(revision), None) if is_reference_name(revision) => {
                vec![format!("refs/heads/{revision}"), format!("refs/tags/{revision}")]
            }
            _ => return Ok(None),
        };
        let mut command = self.command();
        command.args(["init", "--quiet", "--"]).arg(&self.directory);
        self.session.succeed(command, None)?;
        self.succeed(&["remote", "add", "--", "origin", url.repository()])?;
        for reference in &references {
            let fetched = self.fetch(url, &["--depth=1", "--no-tags"], Some(reference))?;
            if fetched.is_success() {
                self.succeed(&["checkout", "--quiet", "--force", "--detach", "FETCH_HEAD", "--"])?;
                return self.head();
            }
            let problem = fetched.problem();
            let is_missing = fetched.messages.iter().any(|line| line.contains("remote ref"));
            if problem != Problem::Other && !is_missing {
                return Err(self.session.failed(&fetched));
            }
        }
        Ok(None)
    }

    /// Goes to a commit in a checkout that exists.
    fn reset(&self, commit: &str) -> Result<(), VcsError> {
        let finished = self.online(&|git| {
            let mut command = git.command_inside();
            command.args(["reset", "--hard", "--quiet", commit, "--"]);
            command
        })?;
        if finished.is_success() { Ok(()) } else { Err(self.session.failed(&finished)) }
    }

    /// Fetches submodules, and theirs, at the commits that the checkout names.
    fn submodules(&self, is_shallow: bool) -> Result<(), VcsError> {
        if !self.directory.join(".gitmodules").exists() {
            return Ok(());
        }
        let update = |depth: Option<&str>| {
            self.online(&|git| {
                let mut command = git.command_inside();
                command
                    .args(["submodule", "--quiet", "update", "--init", "--recursive", "--force"])
                    .args(depth);
                if git.url.map(VcsUrl::transport) != Some("file") {
                    // Submodules are pinned by their commits: older transports do no harm.
                    command.env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git");
                }
                command
            })
        };
        let mut finished = update(is_shallow.then_some("--depth=1"))?;
        if is_shallow && !finished.is_success() {
            finished = update(None)?;
        }
        if finished.is_success() { Ok(()) } else { Err(self.session.failed(&finished)) }
    }
}
