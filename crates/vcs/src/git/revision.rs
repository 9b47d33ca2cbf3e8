//! From the name of a revision to a commit: pip's order (branch, tag, then whatever git makes of it), but that a
//! whole commit id is always that commit, whatever branches and tags are called.

use std::path::Path;

use super::Git;
use crate::process::Options;
use crate::{VcsError, VcsUrl};

/// Where a requested revision leads in a repository that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) commit: String,
    /// The branch, to follow it.
    pub(super) branch: Option<String>,
}

/// The commit of a revision by asking the server; none where only a clone can tell.
pub(crate) fn resolve(url: &VcsUrl, options: &Options<'_>) -> Result<Option<String>, VcsError> {
    let git = Git::new(url, Path::new("."), options);
    let revision = url.requested_revision();
    let names = match revision {
        None => vec!["HEAD".to_owned()],
        Some(revision) if !is_reference_name(revision) => return Ok(None),
        Some(revision) if revision.starts_with("refs/") => {
            vec![format!("{revision}^{{}}"), revision.to_owned()]
        }
        Some(revision) => vec![
            format!("refs/heads/{revision}"),
            format!("refs/tags/{revision}^{{}}"),
            format!("refs/tags/{revision}"),
        ],
    };
    let finished = git.online(&|git| {
        let mut command = git.command();
        command.args(["ls-remote", "--quiet", "--", url.repository()]).args(&names);
        // No repository that happens to be here.
        command.env("GIT_DIR", if cfg!(windows) { "NUL" } else { "/dev/null" });
        command
    })?;
    if !finished.is_success() {
        return Err(git.session.failed(&finished));
    }
    let text = finished.text();
    // Names are patterns for the server: it may list others that end alike.
    let listed: Vec<(&str, &str)> = text.split('\n').filter_map(|line| line.split_once('\t')).collect();
    let found = names.iter().find_map(|name| listed.iter().find(|(_, listed)| listed == name));
    match (found, revision) {
        (Some((commit, _)), _) if is_commit(commit) => Ok(Some((*commit).to_owned())),
        (_, None) => Err(VcsError::Empty { url: url.to_string() }),
        (_, Some(revision)) if revision.starts_with("refs/") => Err(VcsError::revision(url, &finished)),
        // An abbreviated commit, perhaps.
        _ => Ok(None),
    }
}

impl Git<'_> {
    /// The commit that HEAD is at; none in a repository without commits.
    pub(super) fn head(&self) -> Result<Option<String>, VcsError> {
        let finished = self.run(&["rev-parse", "--quiet", "--verify", "HEAD^{commit}"])?;
        Ok(Some(finished.line()).filter(|line| finished.is_success() && is_commit(line)))
    }

    /// Finds the requested revision in what was fetched; a reference that clones do not fetch, or a commit that no
    /// branch has, is fetched now.
    pub(super) fn target(&self, url: &VcsUrl) -> Result<Target, VcsError> {
        let Some(revision) = url.requested_revision() else {
            return self.default_target(url);
        };
        if let Some(commit) = url.pinned_commit() {
            return self.commit_target(url, &commit);
        }
        let is_name = is_reference_name(revision);
        if is_name && let Some(target) = self.branch_or_tag(revision)? {
            return Ok(target);
        }
        if is_name && revision.starts_with("refs/") {
            let fetched = self.fetch(url, &[], Some(revision))?;
            if !fetched.is_success() {
                return Err(self.not_fetched(url, &fetched));
            }
            return self.expression(url, "FETCH_HEAD");
        }
        self.expression(url, revision)
    }

    /// The tip of the server's default branch.
    fn default_target(&self, url: &VcsUrl) -> Result<Target, VcsError> {
        let remote = self.run(&["rev-parse", "--quiet", "--verify", "refs/remotes/origin/HEAD^{commit}"])?;
        if remote.is_success() && is_commit(&remote.line()) {
            let name = self.run(&["symbolic-ref", "--quiet", "refs/remotes/origin/HEAD"])?;
            let branch = name.line().strip_prefix("refs/remotes/origin/").map(str::to_owned);
            return Ok(Target { commit: remote.line(), branch });
        }
        match self.head()? {
            Some(commit) => Ok(Target { commit, branch: None }),
            None => Err(VcsError::Empty { url: url.to_string() }),
        }
    }

    fn branch_or_tag(&self, revision: &str) -> Result<Option<Target>, VcsError> {
        let (branch, tag) = (format!("refs/remotes/origin/{revision}"), format!("refs/tags/{revision}"));
        let format = "--format=%(refname)";
        let text = self.succeed(&["for-each-ref", format, "--", &branch, &tag])?.text();
        // These are patterns too: only the very names count.
        let has = |name: &str| text.split('\n').any(|line| line == name);
        let name = if has(&branch) {
            &branch
        } else if has(&tag) {
            &tag
        } else {
            return Ok(None);
        };
        let commit =
            self.succeed(&["rev-parse", "--quiet", "--verify", &format!("{name}^{{commit}}")])?.line();
        let branch = (*name == branch).then(|| revision.to_owned());
        Ok(is_commit(&commit).then_some(Target { commit, branch }))
    }

    /// A whole commit id: there already, or given by servers that allow to ask for any.
    fn commit_target(&self, url: &VcsUrl, commit: &str) -> Result<Target, VcsError> {
        let exists = || self.run(&["cat-file", "-e", &format!("{commit}^{{commit}}")]);
        if !exists()?.is_success() {
            let fetched = self.fetch(url, &[], Some(commit))?;
            if !fetched.is_success() || !exists()?.is_success() {
                return Err(self.not_fetched(url, &fetched));
            }
        }
        Ok(Target { commit: commit.to_owned(), branch: None })
    }

    /// Whatever git makes of it: an abbreviated commit, `main~2`; branches are those of the server.
    fn expression(&self, url: &VcsUrl, expression: &str) -> Result<Target, VcsError> {
        let parse = |prefix: &str| {
            self.run(&["rev-parse", "--quiet", "--verify", &format!("{prefix}{expression}^{{commit}}")])
        };
        let mut found = parse("refs/remotes/origin/")?;
        if !found.is_success() {
            found = parse("")?;
        }
        let commit = found.line();
        if found.is_success() && is_commit(&commit) {
            return Ok(Target { commit, branch: None });
        }
        Err(VcsError::revision(url, &found))
    }
}

/// A commit id as git writes it.
pub(super) fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a text can be the name of a reference (git-check-ref-format(1)), so that in a refspec or a pattern it
/// stands for itself.
pub(super) fn is_reference_name(text: &str) -> bool {
    let has_special = text.contains(|c: char| c.is_control() || " ~^:?*[\\".contains(c));
    let components_are_fine = text.split('/').all(|component| {
        !component.is_empty() && !component.starts_with('.') && !component.ends_with(".lock")
    });
    !has_special
        && components_are_fine
        && !text.contains("..")
        && !text.contains("@{")
        && !text.ends_with('.')
        && text != "@"
        && !text.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::is_reference_name;

    #[test]
    fn names_that_stand_for_themselves() {
        for name in ["main", "feature/x", "v1.0", "refs/pull/1/head", "a@b", "caf\u{e9}", "+x"] {
            assert!(is_reference_name(name), "{name}");
        }
        for name in [
            "a:b", "a~1", "a^", "*", "a[b", "a b", "a..b", "a@{1}", "@", "-x", ".a", "a/.b", "a.lock",
            "a//b", "", "a.",
        ] {
            assert!(!is_reference_name(name), "{name}");
        }
    }
}
