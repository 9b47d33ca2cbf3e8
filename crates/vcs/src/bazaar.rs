//! Bazaar, which is Breezy's `brz` today (`brz help checkout`).

use std::path::Path;
use std::process::Command;

use crate::checkout::Fresh;
use crate::credentials::PrivateFile;
use crate::describe::file_url;
use crate::process::{Finished, Options, Session, program};
use crate::url::without_user;
use crate::{VcsError, VcsKind, VcsUrl};

fn command() -> Command {
    let mut command = Command::new(program(VcsKind::Bazaar));
    command.env("BRZ_PROGRESS_BAR", "none");
    if cfg!(unix) {
        command.env("BRZ_LOG", "/dev/null");
    }
    command
}

/// `brz` that talks to a server.
struct Online<'a> {
    session: Session<'a>,
    url: &'a VcsUrl,
    file: PrivateFile,
}

impl<'a> Online<'a> {
    fn new(url: &'a VcsUrl, options: &'a Options<'a>) -> Result<Self, VcsError> {
        Ok(Self { session: Session::new(url, options), url, file: PrivateFile::for_bazaar(url)? })
    }

    /// Runs a subcommand, at the requested revision where `at_revision`.
    fn run(
        &self,
        arguments: &[&str],
        at_revision: bool,
        fill: &dyn Fn(&mut Command),
    ) -> Result<Finished, VcsError> {
        let mut command = command();
        self.file.give_to_bazaar(&mut command);
        command.args(arguments);
        if let Some(revision) = self.url.requested_revision().filter(|_| at_revision) {
            command.arg(format!("--revision={revision}"));
        }
        fill(&mut command);
        let finished = self.session.run(command, None)?;
        if finished.is_success() {
            return Ok(finished);
        }
        let is_revision = finished.messages.iter().any(|line| {
            ["Requested revision", "No namespace registered", "does not exist in branch", "No such tag"]
                .iter()
                .any(|sign| line.contains(sign))
        });
        if is_revision && self.url.requested_revision().is_some() {
            return Err(VcsError::revision(self.url, &finished));
        }
        Err(self.session.failed(&finished))
    }
}

/// Makes a lightweight checkout.
pub(crate) fn checkout(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    let fresh = Fresh::new(directory)?;
    online.run(&["checkout", "--lightweight", "--quiet"], true, &|command| {
        command.args(["--", url.repository()]).arg(directory);
    })?;
    let commit = revision_number(&online, directory)?;
    fresh.keep();
    Ok(commit)
}

/// Updates to the requested revision; changes are merged.
pub(crate) fn update(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    online.run(&["update", "--quiet"], true, &|command| {
        command.current_dir(directory);
    })?;
    revision_number(&online, directory)
}

/// Goes to another branch.
pub(crate) fn switch(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    online.run(&["switch", "--force", "--quiet"], true, &|command| {
        command.args(["--", url.repository()]).current_dir(directory);
    })?;
    revision_number(&online, directory)
}

/// The number of the revision, asked of the server.
pub(crate) fn resolve(url: &VcsUrl, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    let finished = online.run(&["revno"], true, &|command| {
        command.args(["--", url.repository()]);
    })?;
    Ok(finished.line().lines().last().unwrap_or_default().to_owned())
}

/// The revision of the files, which a branch may have gone beyond. A lightweight checkout asks its branch.
fn revision_number(online: &Online<'_>, directory: &Path) -> Result<String, VcsError> {
    let finished = online.run(&["revno", "--tree"], false, &|command| {
        command.current_dir(directory);
    })?;
    Ok(finished.line().lines().last().unwrap_or_default().to_owned())
}

/// Runs `brz` in a checkout.
fn local(directory: &Path, options: &Options<'_>, arguments: &[&str]) -> Result<Finished, VcsError> {
    let mut command = command();
    command.current_dir(directory).args(arguments);
    Session::about(VcsKind::Bazaar, directory.display().to_string(), options).succeed(command, None)
}

/// The revision of a checkout.
pub(crate) fn commit(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let finished = local(directory, options, &["revno", "--tree"])?;
    Ok(finished.line().lines().last().unwrap_or_default().to_owned())
}

/// The URL that a checkout or branch is from.
pub(crate) fn remote_url(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let text = local(directory, options, &["info"])?.text();
    let place = text.lines().find_map(|line| {
        let line = line.trim();
        ["checkout of branch: ", "parent branch: "].iter().find_map(|label| line.strip_prefix(label))
    });
    match place {
        None => Err(VcsError::NoRemote { kind: VcsKind::Bazaar, directory: directory.to_path_buf() }),
        Some(place) if place.contains("://") => Ok(without_user(place)),
        // It is shown relative to the directory, where it is near.
        Some(place) => {
            let path = directory.join(place);
            Ok(file_url(&std::fs::canonicalize(&path).unwrap_or(path)))
        }
    }
}

/// Files under version control that were changed.
pub(crate) fn changed_files(directory: &Path, options: &Options<'_>) -> Result<Vec<String>, VcsError> {
    let text = local(directory, options, &["status", "--short", "--versioned"])?.text();
    let paths = text.lines().filter_map(|line| line.get(4..));
    Ok(paths.filter(|path| !path.is_empty()).map(str::to_owned).collect())
}
