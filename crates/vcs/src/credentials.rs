//! How the credentials of a URL reach a program other than by its arguments, which every user of the machine can
//! read, and without being stored: by variables of the program's environment, or a private file where it knows
//! no other way.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::authority::UserInformation;
use crate::{VcsError, VcsUrl};

/// Where git's credential helper finds them.
const GIT_USER: &str = "RPIP_GIT_USER";
const GIT_PASSWORD: &str = "RPIP_GIT_PASSWORD";

/// A credential helper (gitcredentials(7)): a line for the shell that git starts itself.
const GIT_HELPER: &str = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \
     \"$RPIP_GIT_USER\" \"$RPIP_GIT_PASSWORD\"; }; f";

/// An extension for Mercurial: gives user and password for one origin, as an `[auth]` group would.
const MERCURIAL_EXTENSION: &str = r#"
import os
from mercurial import httpconnection

origin, user, password = (
    os.environ['RPIP_HG_' + name].encode('utf-8') for name in ('ORIGIN', 'USER', 'PASSWORD')
)
listed = httpconnection.readauthforuri

def readauthforuri(ui, uri, wanted):
    plain = uri if isinstance(uri, bytes) else uri.encode('utf-8', 'surrogateescape')
    if plain == origin or plain.startswith(origin + b'/'):
        return b'rpip', {b'username': user, b'password': password}
    return listed(ui, uri, wanted)

httpconnection.readauthforuri = readauthforuri
"#;

/// How git is given the credentials of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GitCredentials {
    /// By a helper that stands alone, so that no other one stores them. A token has no password.
    Helper,
    /// The user name only; the user's own helpers know the password.
    UserName,
}

/// Adds to a git command, in front of its subcommand, what gives it the credentials of `url` for the URL's origin.
pub(crate) fn give_to_git(command: &mut Command, url: &VcsUrl, how: GitCredentials) {
    let Some(UserInformation { user, password }) = url.user() else { return };
    let scope = format!("credential.{}", url.origin());
    command.env(GIT_USER, user);
    match how {
        GitCredentials::Helper => {
            // The empty one takes all helpers back that were configured before it.
            command.args(["-c", &format!("{scope}.helper="), "-c", &format!("{scope}.helper={GIT_HELPER}")]);
            command.env(GIT_PASSWORD, password.as_deref().unwrap_or_default());
        }
        GitCredentials::UserName => {
            command.arg(format!("--config-env={scope}.username={GIT_USER}"));
        }
    }
}

/// A directory that lives as long as programs need the file in it.
#[derive(Debug, Default)]
pub(crate) struct PrivateFile {
    directory: Option<TempDir>,
}

impl PrivateFile {
    /// Writes `content` as `name` into a new directory that only this user can enter.
    fn write(name: &str, content: &str) -> Result<Self, VcsError> {
        let place = Path::new("the directory for temporary files");
        let directory = tempfile::Builder::new().prefix("rpip-vcs-").tempdir();
        let directory = directory.map_err(|error| VcsError::io("cannot write to", place, error))?;
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap_or(directory.path()))
            .and_then(|()| fs::write(&path, content))
            .map_err(|error| VcsError::io("cannot write", &path, error))?;
        Ok(Self { directory: Some(directory) })
    }

    /// The extension that gives Mercurial the credentials of `url`, if it has any.
    pub(crate) fn for_mercurial(url: &VcsUrl) -> Result<Self, VcsError> {
        match url.user() {
            Some(_) => Self::write("rpip_credentials.py", MERCURIAL_EXTENSION),
            None => Ok(Self::default()),
        }
    }

    /// The configuration that gives Bazaar the credentials of `url`, if it has any.
    pub(crate) fn for_bazaar(url: &VcsUrl) -> Result<Self, VcsError> {
        let Some(UserInformation { user, password }) = url.user() else { return Ok(Self::default()) };
        let host = url.origin().split_once("://").map_or("", |(_, host)| host);
        let (host, port) = match host.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => (host, format!("port = {port}\n")),
            _ => (host, String::new()),
        };
        // Quoted as ConfigObj reads it; a text with both kinds of quotes cannot be written.
        let quoted = |text: &str| {
            let quote = if text.contains('"') { '\'' } else { '"' };
            format!("{quote}{text}{quote}")
        };
        let (scheme, user) = (url.transport(), quoted(user));
        let password = quoted(password.as_deref().unwrap_or_default());
        let content =
            format!("[rpip]\nscheme = {scheme}\nhost = {host}\n{port}user = {user}\npassword = {password}\n");
        Self::write("breezy/authentication.conf", &content)
    }

    /// Points Mercurial to the extension.
    pub(crate) fn give_to_mercurial(&self, command: &mut Command, url: &VcsUrl) {
        let (Some(directory), Some(user)) = (&self.directory, url.user()) else { return };
        let path = directory.path().join("rpip_credentials.py");
        command.arg("--config").arg(format!("extensions.rpip_credentials={}", path.display()));
        // `static-http:` is how Mercurial calls it, not what it speaks.
        let origin = url.origin().trim_start_matches("static-");
        command.env("RPIP_HG_ORIGIN", origin).env("RPIP_HG_USER", &user.user);
        command.env("RPIP_HG_PASSWORD", user.password.as_deref().unwrap_or_default());
    }

    /// Points Bazaar to the configuration, in the place of the user's own.
    pub(crate) fn give_to_bazaar(&self, command: &mut Command) {
        if let Some(directory) = &self.directory {
            command.env("BRZ_HOME", directory.path());
        }
    }
}
