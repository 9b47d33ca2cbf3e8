//! VCS URLs as pip reads them: `<vcs>+<transport>://[user[:password]@]host/path[@revision][#fragment]`
//! (pip's `VersionControl.get_url_rev_and_auth`; PEP 440 direct references, PEP 610 for their names).

use std::fmt;
use std::str::FromStr;

use requirement::{ExtraName, ProjectName, fragment_value};

use crate::authority::{self, UserInformation};
use crate::text::{percent_decoded, redacted, redacted_broadly};

/// A version control system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum VcsKind {
    Git,
    Mercurial,
    Subversion,
    Bazaar,
}

impl VcsKind {
    /// All of them, in the order in which pip registers them.
    pub const ALL: [Self; 4] = [Self::Bazaar, Self::Git, Self::Mercurial, Self::Subversion];

    /// The prefix in URLs, and the name in direct_url.json: `git`, `hg`, `svn`, `bzr`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Mercurial => "hg",
            Self::Subversion => "svn",
            Self::Bazaar => "bzr",
        }
    }

    /// The directory at the root of a checkout.
    pub fn directory(self) -> &'static str {
        match self {
            Self::Git => ".git",
            Self::Mercurial => ".hg",
            Self::Subversion => ".svn",
            Self::Bazaar => ".bzr",
        }
    }

    /// What may stand behind the `+`; the same schemes as pip's.
    fn transports(self) -> &'static [&'static str] {
        match self {
            Self::Git => &["https", "ssh", "http", "git", "file"],
            Self::Mercurial => &["https", "ssh", "http", "static-http", "file"],
            Self::Subversion => &["https", "ssh", "http", "svn", "file"],
            Self::Bazaar => &["https", "ssh", "http", "sftp", "ftp", "lp", "file"],
        }
    }
}

impl fmt::Display for VcsKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Git => "git",
            Self::Mercurial => "Mercurial",
            Self::Subversion => "Subversion",
            Self::Bazaar => "Bazaar",
        })
    }
}

/// A text that is not a VCS URL, or one that nobody should follow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{url} cannot be used as a VCS URL: {reason}")]
pub struct InvalidVcsUrl {
    /// The text, without credentials.
    pub url: String,
    /// Why not, and what to write instead.
    pub reason: String,
}

/// A VCS URL taken apart. It displays without credentials, and its `Debug` form has none either.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct VcsUrl {
    kind: VcsKind,
    transport: &'static str,
    repository: String,
    user: Option<UserInformation>,
    requested_revision: Option<String>,
    subdirectory: Option<String>,
    name: Option<ProjectName>,
    extras: Vec<ExtraName>,
    shown: String,
}

impl VcsUrl {
    /// Whether `text` is meant as a VCS URL: its scheme is one of pip's.
    pub fn is_vcs(text: &str) -> bool {
        scheme(text).is_some()
    }

    /// Takes `text` apart; see the module for its form.
    ///
    /// Refused besides what pip refuses: control characters, a revision, host or user name that begins with `-`, a
    /// host with characters that no host has (as in `ssh://git@host:path`), a `subdirectory` that leaves the checkout.
    pub fn parse(text: &str) -> Result<Self, InvalidVcsUrl> {
        let text = text.trim();
        let refuse = |reason: String| InvalidVcsUrl { url: redacted(text), reason };
        if text.chars().any(char::is_control) {
            let url = redacted(&text.replace(char::is_control, ""));
            return Err(InvalidVcsUrl { url, reason: "it has a control character".to_owned() });
        }
        let (kind, transport) = scheme(text).ok_or_else(|| refuse(unknown_scheme(text)))?;
        let rest = text.split_once(':').map_or("", |(_, rest)| rest);
        let (rest, _fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        let (user, host) = authority::split(authority).map_err(|reason| refuse(reason.to_owned()))?;
        check_place(transport, host, path)
            .map_err(|reason| InvalidVcsUrl { url: redacted_broadly(text), reason: reason.to_owned() })?;
        let (path, revision) = split_revision(path).map_err(|reason| refuse(reason.to_owned()))?;
        let place = Place { kind, transport, host, path, query, user: user.as_ref() };
        let repository = place.for_program().map_err(|reason| refuse(reason.to_owned()))?;
        let is_secret = transport != "ssh" && transport != "sftp";
        let (name, extras) = name_and_extras(text).map_err(refuse)?;
        Ok(Self {
            kind,
            transport,
            repository,
            user: user.filter(|_| is_secret),
            requested_revision: revision,
            subdirectory: subdirectory(text).map_err(|reason| refuse(reason.to_owned()))?,
            name,
            extras,
            shown: redacted(text),
        })
    }

    /// Which system.
    pub fn kind(&self) -> VcsKind {
        self.kind
    }

    /// The repository's URL as the system's own program takes it, without credentials (a user name of ssh stays).
    /// This is the `url` of direct_url.json and, with the commit, the address of a checkout in a cache.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The branch, tag, commit or other reference behind the `@`, decoded.
    pub fn requested_revision(&self) -> Option<&str> {
        self.requested_revision.as_deref()
    }

    /// The commit, where the requested revision is a whole one: it never becomes another, so that a checkout or a
    /// wheel of it can be kept. Lower case.
    pub fn pinned_commit(&self) -> Option<String> {
        let revision = self.requested_revision.as_deref()?;
        let has_hashes = matches!(self.kind, VcsKind::Git | VcsKind::Mercurial);
        let is_whole = revision.len() == 40 || (self.kind == VcsKind::Git && revision.len() == 64);
        let is_hexadecimal = revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        (has_hashes && is_whole && is_hexadecimal).then(|| revision.to_ascii_lowercase())
    }

    /// `#subdirectory=`: where in the checkout the project is, decoded; `/` between components, none of them `..`.
    pub fn subdirectory(&self) -> Option<&str> {
        self.subdirectory.as_deref()
    }

    /// The name in `#egg=`.
    pub fn name(&self) -> Option<&ProjectName> {
        self.name.as_ref()
    }

    /// The extras in `#egg=name[extra]`.
    pub fn extras(&self) -> &[ExtraName] {
        &self.extras
    }

    /// The same repository at another revision, as at the commit that [`resolve`](crate::resolve) found.
    pub fn at_revision(&self, revision: &str) -> Result<Self, InvalidVcsUrl> {
        check_revision(revision)
            .map_err(|reason| InvalidVcsUrl { url: self.shown.clone(), reason: reason.to_owned() })?;
        Ok(Self { requested_revision: Some(revision.to_owned()), ..self.clone() })
    }

    /// Whether `remote`, the URL in a checkout, is this repository (pip's `compare_urls`: decoded, without a trailing
    /// slash); credentials are no part of it.
    pub fn is_repository(&self, remote: &str) -> bool {
        let plain = |url: &str| {
            let url = percent_decoded(url).unwrap_or_else(|| url.to_owned());
            url.trim_end_matches('/').to_owned()
        };
        plain(&self.repository) == plain(&without_user(remote))
    }

    /// `https`, `ssh` and so on.
    pub(crate) fn transport(&self) -> &'static str {
        self.transport
    }

    /// User name and password of a transport where they are secret.
    pub(crate) fn user(&self) -> Option<&UserInformation> {
        self.user.as_ref()
    }

    /// `scheme://host:port`, to which the credentials belong.
    pub(crate) fn origin(&self) -> &str {
        let start = self.repository.find("://").map_or(0, |position| position + "://".len());
        let length = self.repository.get(start..).and_then(|rest| rest.find('/'));
        length.and_then(|length| self.repository.get(..start + length)).unwrap_or(&self.repository)
    }

    /// What must not be seen in any output.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let user = self.user.iter().flat_map(|user| match &user.password {
            Some(password) if !password.is_empty() => vec![password.clone()],
            _ => vec![user.user.clone()],
        });
        user.filter(|secret| secret.len() > 3).collect()
    }
}

impl fmt::Display for VcsUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.shown)
    }
}

impl FromStr for VcsUrl {
    type Err = InvalidVcsUrl;

    fn from_str(text: &str) -> Result<Self, InvalidVcsUrl> {
        Self::parse(text)
    }
}

/// The parts that name a repository.
struct Place<'a> {
    kind: VcsKind,
    transport: &'static str,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    user: Option<&'a UserInformation>,
}

impl Place<'_> {
    /// The URL that the system's program is given.
    fn for_program(&self) -> Result<String, &'static str> {
        // These two keep their prefix: `ssh:` alone means nothing to Subversion and Bazaar.
        let scheme = match (self.kind, self.transport) {
            (VcsKind::Subversion, "ssh") => "svn+ssh",
            (VcsKind::Bazaar, "ssh") => "bzr+ssh",
            (_, transport) => transport,
        };
        let mut path = self.path.to_owned();
        if self.transport == "file" && self.kind == VcsKind::Git {
            // git does not decode the path of a file: URL.
            path = percent_decoded(self.path).ok_or("its path is not text in percent-encoded UTF-8")?;
            if path.chars().any(char::is_control) {
                return Err("its path has a control character");
            }
        }
        if let Some(query) = self.query {
            path = format!("{path}?{query}");
        }
        if self.transport == "lp" {
            return Ok(format!("lp:{path}"));
        }
        let host = if self.transport == "file" { "" } else { self.host };
        let is_shell = matches!(self.transport, "ssh" | "sftp");
        match self.user.filter(|user| is_shell && !user.user.is_empty()) {
            Some(user) => {
                let user = crate::text::percent_encoded(&user.user, "");
                Ok(format!("{scheme}://{user}@{host}{path}"))
            }
            None => Ok(format!("{scheme}://{host}{path}")),
        }
    }
}

/// The system and transport of a text that begins with one of pip's schemes.
fn scheme(text: &str) -> Option<(VcsKind, &'static str)> {
    let (scheme, rest) = text.split_once(':')?;
    let (vcs, transport) = scheme.split_once('+')?;
    let kind = VcsKind::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(vcs))?;
    let transport = kind.transports().iter().copied().find(|known| known.eq_ignore_ascii_case(transport))?;
    (rest.starts_with("//") || matches!(transport, "lp" | "file")).then_some((kind, transport))
}

fn unknown_scheme(text: &str) -> String {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme).to_ascii_lowercase();
    let vcs = scheme.split_once('+').map_or(scheme.as_str(), |(vcs, _)| vcs);
    match VcsKind::ALL.into_iter().find(|kind| kind.name() == vcs) {
        Some(kind) => {
            let forms: Vec<String> =
                kind.transports().iter().map(|transport| format!("{vcs}+{transport}")).collect();
            format!("it has to begin with one of {} and ://", forms.join(", "))
        }
        None if vcs.contains('@') || scheme.contains('@') => {
            "write git+ssh://user@host/path for user@host:path".to_owned()
        }
        None => "write <vcs>+<transport>://..., as git+https://example.org/repository.git".to_owned(),
    }
}

/// Checks what may stand between the `//` and the revision.
fn check_place(transport: &str, host: &str, path: &str) -> Result<(), &'static str> {
    match transport {
        "file" if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") => {
            Err("a file: URL names no other host")
        }
        "file" if !path.starts_with('/') => Err("a file: URL needs an absolute path"),
        "file" => Ok(()),
        "lp" if path.starts_with('-') || path.is_empty() => Err("it names no Launchpad branch"),
        "lp" => Ok(()),
        "ssh" | "sftp" if path.starts_with("/-") => Err("its path begins with '-'"),
        _ => authority::check_host(host),
    }
}

/// Takes the revision off a path: what follows the last `@`.
fn split_revision(path: &str) -> Result<(&str, Option<String>), &'static str> {
    let Some((path, revision)) = path.rsplit_once('@') else { return Ok((path, None)) };
    if revision.is_empty() {
        return Err("it has an empty revision (after @): write one, or leave the @ out");
    }
    let revision = percent_decoded(revision).ok_or("its revision is not text in percent-encoded UTF-8")?;
    check_revision(&revision)?;
    Ok((path, Some(revision)))
}

fn check_revision(revision: &str) -> Result<(), &'static str> {
    if revision.is_empty() {
        return Err("it has an empty revision");
    }
    if revision.starts_with('-') {
        return Err("its revision begins with '-'");
    }
    if revision.chars().any(char::is_control) {
        return Err("its revision has a control character");
    }
    Ok(())
}

/// `#egg=name[extra]`.
fn name_and_extras(text: &str) -> Result<(Option<ProjectName>, Vec<ExtraName>), String> {
    let Some(egg) = fragment_value(text, "egg") else { return Ok((None, Vec::new())) };
    let (name, extras) = match egg.split_once('[') {
        Some((name, extras)) => (name, extras.strip_suffix(']').ok_or("#egg= has no closing ']'")?),
        None => (egg, ""),
    };
    let name = name.parse().map_err(|_| format!("'{name}' in #egg= is no project name"))?;
    let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty());
    let mut extras = extras
        .map(|extra| extra.parse().map_err(|_| format!("'{extra}' in #egg= is no name of an extra")))
        .collect::<Result<Vec<ExtraName>, _>>()?;
    extras.sort();
    extras.dedup();
    Ok((Some(name), extras))
}

/// `#subdirectory=`, decoded, without `.` components and trailing slash.
fn subdirectory(text: &str) -> Result<Option<String>, &'static str> {
    let Some(value) = fragment_value(text, "subdirectory") else { return Ok(None) };
    let value = percent_decoded(value).ok_or("its subdirectory is not text in percent-encoded UTF-8")?;
    if value.starts_with(['/', '\\']) || value.split(['/', '\\']).any(|component| component == "..") {
        return Err("its subdirectory leads out of the repository");
    }
    if value.chars().any(char::is_control) || (cfg!(windows) && value.contains(':')) {
        return Err("its subdirectory has a character that is not allowed there");
    }
    let components: Vec<&str> =
        value.split('/').filter(|component| !component.is_empty() && *component != ".").collect();
    Ok(Some(components.join("/")).filter(|path| !path.is_empty()))
}

/// A URL without any user information but the user name of ssh.
pub(crate) fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((information, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    let user = information.split_once(':').map_or(information, |(user, _)| user);
    if scheme.ends_with("ssh") || scheme.ends_with("sftp") {
        format!("{scheme}://{user}@{host}{path}")
    } else {
        format!("{scheme}://{host}{path}")
    }
}

#[cfg(test)]
mod tests;
