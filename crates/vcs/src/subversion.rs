//! Subversion (`svn help checkout`).

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::checkout::Fresh;
use crate::process::{Finished, Options, Session};
use crate::text::xml_text;
use crate::url::without_user;
use crate::{VcsError, VcsKind, VcsUrl};

/// `svn subcommand`; names of files are UTF-8 whatever the locale is.
fn command(subcommand: &str, may_ask: bool) -> Command {
    let mut command = Command::new("svn");
    command.arg(subcommand);
    if cfg!(target_os = "linux") {
        command.env("LC_ALL", "C.UTF-8");
    }
    command.arg(if may_ask { "--force-interactive" } else { "--non-interactive" });
    command
}

/// `svn` that talks to a server.
struct Online<'a> {
    session: Session<'a>,
    url: &'a VcsUrl,
}

impl<'a> Online<'a> {
    fn new(url: &'a VcsUrl, options: &'a Options<'a>) -> Self {
        Self { session: Session::new(url, options), url }
    }

    /// Runs a subcommand at the requested revision with the credentials of the URL.
    fn run(&self, subcommand: &str, flags: &[&str], targets: &[OsString]) -> Result<Finished, VcsError> {
        self.run_in(None, subcommand, flags, targets)
    }

    /// The same in a directory.
    fn run_in(
        &self,
        directory: Option<&Path>,
        subcommand: &str,
        flags: &[&str],
        targets: &[OsString],
    ) -> Result<Finished, VcsError> {
        // It does not ask when it reads a password.
        let has_password = self.url.user().is_some_and(|user| user.password.is_some());
        let mut command = command(subcommand, self.session.options.interactive && !has_password);
        if let Some(directory) = directory {
            command.current_dir(directory);
        }
        command.args(flags);
        let mut input = None;
        if let Some(user) = self.url.user() {
            // The password comes by standard input; neither is stored.
            command.args(["--no-auth-cache", "--username", &user.user]);
            if let Some(password) = &user.password {
                command.arg("--password-from-stdin");
                input = Some(format!("{password}\n"));
            }
        }
        if let Some(revision) = self.url.requested_revision() {
            command.args(["-r", revision]);
        }
        command.arg("--").args(targets);
        let finished = self.session.run(command, input.as_deref())?;
        if finished.is_success() {
            return Ok(finished);
        }
        // E160006: no such revision; E205000, E205001: not a revision at all.
        let is_revision = finished.messages.iter().any(|line| {
            ["E160006", "E195002", "E205000", "Syntax error in revision"]
                .iter()
                .any(|sign| line.contains(sign))
        });
        match self.url.requested_revision() {
            Some(_) if is_revision => Err(VcsError::revision(self.url, &finished)),
            _ => Err(self.session.failed(&finished)),
        }
    }

    /// The URL; what follows its last `@` would be a revision.
    fn target(&self) -> OsString {
        format!("{}@", self.url.repository()).into()
    }
}

/// A path; what follows its last `@` would be a revision.
fn path_target(path: &Path) -> OsString {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut target = path.into_os_string();
    target.push("@");
    target
}

/// Checks out the requested revision.
pub(crate) fn checkout(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options);
    let fresh = Fresh::new(directory)?;
    // The directory is taken as it is here, whatever is in its name.
    let path = std::path::absolute(directory).unwrap_or_else(|_| directory.to_path_buf());
    online.run("checkout", &["--quiet"], &[online.target(), path.into_os_string()])?;
    let commit = commit(directory, options)?;
    fresh.keep();
    Ok(commit)
}

/// Updates to the requested revision; changes are merged.
pub(crate) fn update(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    Online::new(url, options).run("update", &["--quiet"], &[path_target(directory)])?;
    commit(directory, options)
}

/// Goes to another place of the same repository.
pub(crate) fn switch(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options);
    let flags = ["--quiet", "--ignore-ancestry"];
    online.run_in(Some(directory), "switch", &flags, &[online.target()])?;
    commit(directory, options)
}

/// The number of the revision, asked of the server.
pub(crate) fn resolve(url: &VcsUrl, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options);
    let text = online.run("info", &["--xml"], &[online.target()])?.text();
    revision(&text).ok_or_else(|| VcsError::Empty { url: url.to_string() })
}

/// `svn info --xml` of a directory.
fn info(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let mut command = command("info", false);
    command.args(["--xml", "--"]).arg(path_target(directory));
    let session = Session::about(VcsKind::Subversion, directory.display().to_string(), options);
    Ok(session.succeed(command, None)?.text())
}

/// The revision of a checkout.
pub(crate) fn commit(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let text = info(directory, options)?;
    revision(&text).ok_or_else(|| VcsError::Empty { url: directory.display().to_string() })
}

/// The URL of a checkout.
pub(crate) fn remote_url(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let text = info(directory, options)?;
    let url = text.split_once("<url>").and_then(|(_, rest)| rest.split_once("</url>"));
    match url {
        Some((url, _)) => Ok(without_user(&xml_text(url))),
        None => Err(VcsError::NoRemote { kind: VcsKind::Subversion, directory: directory.to_path_buf() }),
    }
}

/// The highest `revision="..."`, as pip takes it.
fn revision(text: &str) -> Option<String> {
    let values = text.split("revision=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    values.filter_map(|(value, _)| value.parse::<u64>().ok()).max().map(|number| number.to_string())
}

/// Files under version control that were changed.
pub(crate) fn changed_files(directory: &Path, options: &Options<'_>) -> Result<Vec<String>, VcsError> {
    let mut command = command("status", false);
    command.args(["--quiet", "--ignore-externals"]).current_dir(directory);
    let session = Session::about(VcsKind::Subversion, directory.display().to_string(), options);
    let text = session.succeed(command, None)?.text();
    // Seven columns of letters, a space, the path; other lines are headings.
    Ok(text
        .lines()
        .filter(|line| !line.starts_with("---"))
        .filter_map(|line| line.get(8..))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect())
}
