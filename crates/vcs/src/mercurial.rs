//! Mercurial (`hg help clone`, `hg help scripting`).

use std::path::Path;
use std::process::Command;

use crate::checkout::Fresh;
use crate::credentials::PrivateFile;
use crate::describe::file_url;
use crate::process::{Finished, Options, Session};
use crate::url::without_user;
use crate::{VcsError, VcsKind, VcsUrl};

/// `hg`, with output for programs and without taking options from where an argument belongs.
fn command(options: &Options<'_>) -> Command {
    let mut command = Command::new("hg");
    command.env("HGPLAIN", "+strictflags").env_remove("HGPLAINEXCEPT").env_remove("HGREVISIONS");
    if !options.interactive {
        command.arg("--noninteractive");
    }
    command
}

/// `hg` that may need the credentials of a URL.
struct Online<'a> {
    session: Session<'a>,
    url: &'a VcsUrl,
    file: PrivateFile,
}

impl<'a> Online<'a> {
    fn new(url: &'a VcsUrl, options: &'a Options<'a>) -> Result<Self, VcsError> {
        Ok(Self { session: Session::new(url, options), url, file: PrivateFile::for_mercurial(url)? })
    }

    fn command(&self) -> Command {
        let mut command = command(self.session.options);
        self.file.give_to_mercurial(&mut command, self.url);
        command
    }

    /// `hg update` to the requested revision; gives the commit.
    fn go(&self, directory: &Path) -> Result<String, VcsError> {
        let mut command = self.command();
        command.current_dir(directory).args(["update", "--quiet"]);
        if let Some(revision) = self.url.requested_revision() {
            command.arg(format!("--rev={revision}"));
        }
        let finished = self.session.run(command, None)?;
        if !finished.is_success() {
            return Err(self.failed(&finished));
        }
        commit(directory, self.session.options)
    }

    fn failed(&self, finished: &Finished) -> VcsError {
        let is_revision = finished.messages.iter().any(|line| {
            ["unknown revision", "ambiguous identifier", "filtered revision", "parse error", "no matching"]
                .iter()
                .any(|sign| line.contains(sign))
        });
        match self.url.requested_revision() {
            Some(_) if is_revision => VcsError::revision(self.url, finished),
            _ => self.session.failed(finished),
        }
    }
}

/// Clones and updates to the requested revision.
pub(crate) fn checkout(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    let fresh = Fresh::new(directory)?;
    let mut command = online.command();
    command.args(["clone", "--noupdate", "--quiet", "--", url.repository()]).arg(directory);
    online.session.succeed(command, None)?;
    let commit = online.go(directory)?;
    fresh.keep();
    Ok(commit)
}

/// Pulls and updates.
pub(crate) fn update(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    pull(url, directory, options, &[])
}

/// Writes the URL into the checkout's configuration, as pip does, and pulls from it.
pub(crate) fn switch(url: &VcsUrl, directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let path = directory.join(".hg/hgrc");
    let io = |action| move |error| VcsError::io(action, &directory.join(".hg/hgrc"), error);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        other => other.map_err(io("cannot read"))?,
    };
    // Of two values of one key the later one counts.
    let text = format!("{}\n[paths]\ndefault = {}\n", text.trim_end(), url.repository());
    std::fs::write(&path, text.trim_start()).map_err(io("cannot write"))?;
    // Without a revision the tip of the old repository would be as good as that of the new one.
    let commit = resolve(url, options)?;
    let pinned = url.at_revision(&commit)?;
    pull(&pinned, directory, options, &["--force"])
}

fn pull(url: &VcsUrl, directory: &Path, options: &Options<'_>, flags: &[&str]) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    if let Some(pinned) = url.pinned_commit()
        && commit(directory, options)? == pinned
    {
        return Ok(pinned);
    }
    let mut command = online.command();
    command.current_dir(directory).args(["pull", "--quiet"]).args(flags);
    online.session.succeed(command, None)?;
    online.go(directory)
}

/// The commit of a revision, asked of the server.
pub(crate) fn resolve(url: &VcsUrl, options: &Options<'_>) -> Result<String, VcsError> {
    let online = Online::new(url, options)?;
    let mut command = online.command();
    // --debug makes it the whole hash.
    command.args(["identify", "--id", "--debug"]);
    command.arg(format!("--rev={}", url.requested_revision().unwrap_or("default")));
    command.args(["--", url.repository()]);
    let finished = online.session.run(command, None)?;
    let commit = finished.text().lines().last().unwrap_or_default().to_owned();
    if finished.is_success() && commit.len() == 40 { Ok(commit) } else { Err(online.failed(&finished)) }
}

/// Runs `hg` in a checkout, without the network.
fn local(directory: &Path, options: &Options<'_>, arguments: &[&str]) -> Result<Finished, VcsError> {
    let mut command = command(options);
    command.current_dir(directory).args(arguments);
    Session::about(VcsKind::Mercurial, directory.display().to_string(), options).succeed(command, None)
}

/// The commit of a checkout.
pub(crate) fn commit(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    Ok(local(directory, options, &["parents", "--template={node}"])?.line())
}

/// The URL that a checkout was cloned from.
pub(crate) fn remote_url(directory: &Path, options: &Options<'_>) -> Result<String, VcsError> {
    let mut command = command(options);
    command.current_dir(directory).args(["showconfig", "paths.default"]);
    let session = Session::about(VcsKind::Mercurial, directory.display().to_string(), options);
    // It fails where there is none.
    let remote = session.run(command, None)?.line();
    if remote.is_empty() {
        return Err(VcsError::NoRemote { kind: VcsKind::Mercurial, directory: directory.to_path_buf() });
    }
    if Path::new(&remote).is_absolute() {
        return Ok(file_url(Path::new(&remote)));
    }
    Ok(without_user(&remote))
}

/// Tracked files that were changed.
pub(crate) fn changed_files(directory: &Path, options: &Options<'_>) -> Result<Vec<String>, VcsError> {
    let arguments = ["status", "--modified", "--added", "--removed", "--deleted", "--no-status", "--print0"];
    let text = local(directory, options, &arguments)?.text();
    Ok(text.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}
