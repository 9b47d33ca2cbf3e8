//! Questions to a checkout that need no network: where it is from, where it is, what was changed in it.

use std::path::Path;

use super::Git;
use crate::checkout::LocalChanges;
use crate::describe::file_url;
use crate::process::Options;
use crate::url::without_user;
use crate::{VcsError, VcsKind};

/// The commit of a checkout.
pub(crate) fn commit(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let git = Git::local(directory, options);
    let head = git.head()?;
    head.ok_or_else(|| VcsError::Empty { url: directory.display().to_string() })
}

/// The URL of `origin`, or of the first remote, in the form that pip takes, without credentials.
pub(crate) fn remote_url(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let git = Git::local(directory, options);
    let text = git.run(&["config", "--null", "--get-regexp", r"^remote\..*\.url$"])?.text();
    let remotes: Vec<(&str, &str)> = text.split('\0').filter_map(|entry| entry.split_once('\n')).collect();
    let origin = remotes.iter().find(|(name, _)| *name == "remote.origin.url").or(remotes.first());
    let Some((_, url)) = origin else {
        return Err(VcsError::NoRemote { kind: VcsKind::Git, directory: directory.to_path_buf() });
    };
    pip_url(url, directory).ok_or_else(|| VcsError::InvalidRemote {
        kind: VcsKind::Git,
        directory: directory.to_path_buf(),
        url: without_user(url),
    })
}

/// A remote as a URL: as it is, or of a path that exists, or of scp's `user@host:path`.
fn pip_url(remote: &str, directory: &Path) -> Option<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if remote.split_once("://").is_some_and(|(scheme, _)| scheme.ends_with(is_word)) {
        return Some(without_user(remote));
    }
    let path = directory.join(remote);
    if path.exists() {
        return Some(file_url(&path));
    }
    let (host, path) = remote.split_once(':')?;
    let (user, server) = host.split_once('@').map_or(("", host), |(user, server)| (user, server));
    let is_scp = user.chars().all(is_word)
        && !server.is_empty()
        && !server.contains(['/', ':'])
        && path.starts_with(is_word)
        && !path.contains(':');
    is_scp.then(|| format!("ssh://{host}/{path}"))
}

/// What [`update`](crate::update) would lose.
pub(crate) fn local_changes(directory: &Path, options: &Options<'_>) -> Result<LocalChanges, VcsError> {
    let git = Git::local(directory, options);
    let status =
        ["status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=none"];
    let status = git.succeed(&status)?.text();
    let files = status.split('\0').filter_map(|entry| entry.get(3..)).map(str::to_owned).collect();
    let unpublished = git.run(&["rev-list", "--max-count=1", "HEAD", "--not", "--remotes", "--tags"])?;
    Ok(LocalChanges {
        files,
        has_unpublished_commits: unpublished.is_success() && !unpublished.line().is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::pip_url;

    #[test]
    fn remotes_become_urls() {
        for (remote, url) in [
            ("ssh://bob@server/foo/bar.git", Some("ssh://bob@server/foo/bar.git")),
            ("git://bob@server/foo", Some("git://server/foo")),
            ("https://u:p@e.org/r", Some("https://e.org/r")),
            ("bob@server:foo/bar.git", Some("ssh://bob@server/foo/bar.git")),
            ("server:foo/bar.git", Some("ssh://server/foo/bar.git")),
            ("c:/piffle/wiffle", None),
            ("ext::x", None),
            ("gitolite@example.org:~alice/r", None),
            ("/nowhere/at/all", None),
            ("bob@server:1:2", None),
        ] {
            assert_eq!(pip_url(remote, Path::new("/")).as_deref(), url, "{remote}");
        }
        assert_eq!(pip_url("/", Path::new("/")).as_deref(), Some("file:///"));
    }
}
