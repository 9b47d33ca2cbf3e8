//! Where a tree is from: what `pip freeze` needs for an editable (pip's `get_src_requirement`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::Options;
use crate::text::percent_encoded;
use crate::{VcsError, VcsKind, bazaar, git, mercurial, subversion};

/// How far up a checkout's root is looked for.
const DEPTH: usize = 128;

/// Where the files of a checkout are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Its system.
    pub kind: VcsKind,
    /// The URL of the repository, without credentials.
    pub url: String,
    /// The commit that is checked out.
    pub commit_id: String,
    /// Where in the repository the project is, if not at its root.
    pub subdirectory: Option<String>,
}

impl Description {
    /// The requirement that gets the same again: `git+https://host/repository@commit#egg=name`.
    pub fn requirement(&self, name: &str) -> String {
        let vcs = self.kind.name();
        // Mercurial's and Bazaar's own URLs may have the prefix already.
        let has_prefix = matches!(self.kind, VcsKind::Mercurial | VcsKind::Bazaar)
            && self.url.to_lowercase().starts_with(&format!("{vcs}:"));
        let prefix = if has_prefix { String::new() } else { format!("{vcs}+") };
        let revision = percent_encoded(&self.commit_id, "/");
        let mut text = format!("{prefix}{}@{revision}#egg={}", self.url, name.replace('-', "_"));
        if let Some(subdirectory) = &self.subdirectory {
            text.push_str("&subdirectory=");
            text.push_str(subdirectory);
        }
        text
    }
}

/// Says where the files at `directory` are from; none where they are under no version control.
///
/// [`VcsError::NoRemote`], [`VcsError::InvalidRemote`] and [`VcsError::NotInstalled`] are what pip writes comments or
/// warnings for.
pub fn describe(directory: &Path, options: &Options<'_>) -> Result<Option<Description>, VcsError> {
    let Some((kind, root)) = find_root(directory) else { return Ok(None) };
    let project = project_root(directory, &root);
    let place = if kind == VcsKind::Subversion { project.as_deref().unwrap_or(directory) } else { &root };
    let url = remote_url(kind, place, options)?;
    let commit_id = match kind {
        VcsKind::Git => git::commit(&root, options)?,
        VcsKind::Mercurial => mercurial::commit(&root, options)?,
        VcsKind::Subversion => subversion::commit(place, options)?,
        VcsKind::Bazaar => bazaar::commit(&root, options)?,
    };
    // The others' URLs can name a directory themselves, or pip does not look.
    let has_subdirectory = matches!(kind, VcsKind::Git | VcsKind::Mercurial);
    let subdirectory = project.filter(|_| has_subdirectory).and_then(|project| {
        let path = project.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        (!path.is_empty()).then_some(path)
    });
    Ok(Some(Description { kind, url, commit_id, subdirectory }))
}

/// The URL in a checkout.
pub(crate) fn remote_url(kind: VcsKind, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    match kind {
        VcsKind::Git => git::remote_url(directory, options),
        VcsKind::Mercurial => mercurial::remote_url(directory, options),
        VcsKind::Subversion => subversion::remote_url(directory, options),
        VcsKind::Bazaar => bazaar::remote_url(directory, options),
    }
}

/// The innermost root around `directory`; git and Mercurial are looked for above it, as pip does.
fn find_root(directory: &Path) -> Option<(VcsKind, PathBuf)> {
    let directory = fs::canonicalize(directory).ok()?;
    let above = directory.ancestors().take(DEPTH).enumerate();
    above.into_iter().find_map(|(level, path)| {
        let kinds = VcsKind::ALL.iter().rev();
        let mut kinds = kinds.filter(|kind| level == 0 || matches!(kind, VcsKind::Git | VcsKind::Mercurial));
        // A directory that is only called `.git` is no repository.
        let is_root = |kind: VcsKind| match kind {
            VcsKind::Git => path.join(".git").is_file() || path.join(".git/HEAD").exists(),
            other => path.join(other.directory()).is_dir(),
        };
        kinds.find(|kind| is_root(**kind)).map(|kind| (*kind, path.to_path_buf()))
    })
}

/// The directory of the project that `directory` belongs to, up to the root of the checkout.
fn project_root(directory: &Path, root: &Path) -> Option<PathBuf> {
    let directory = fs::canonicalize(directory).ok()?;
    let is_project = |path: &&Path| path.join("pyproject.toml").is_file() || path.join("setup.py").is_file();
    let mut above = directory.ancestors().take_while(|path| path.starts_with(root));
    above.find(is_project).map(Path::to_path_buf)
}

/// The `file:` URL of an absolute path.
pub(crate) fn file_url(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { format!("/{}", text.replace('\\', "/")) } else { text.into_owned() };
    format!("file://{}", percent_encoded(&text, if cfg!(windows) { "/:" } else { "/" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_written_as_pip_does() {
        let mut description = Description {
            kind: VcsKind::Git,
            url: "https://e.org/r.git".to_owned(),
            commit_id: "0123".to_owned(),
            subdirectory: None,
        };
        assert_eq!(description.requirement("My-Pkg"), "git+https://e.org/r.git@0123#egg=My_Pkg");
        description.subdirectory = Some("a/b".to_owned());
        assert_eq!(description.requirement("x"), "git+https://e.org/r.git@0123#egg=x&subdirectory=a/b");
        description.kind = VcsKind::Bazaar;
        description.url = "bzr://e.org/r".to_owned();
        assert_eq!(description.requirement("x"), "bzr://e.org/r@0123#egg=x&subdirectory=a/b");
    }
}
