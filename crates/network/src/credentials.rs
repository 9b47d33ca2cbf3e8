//! User names and passwords: from URLs and netrc, sent only to the scheme, host and port they belong to, never shown.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};
use reqwest::header::HeaderValue;
use url::Url;

use crate::netrc::Netrc;

/// All that a URL need not escape is left as it is (RFC 3986, 2.3).
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) user: String,
    /// None where a URL has a user name only: often a token; else the password is asked for elsewhere.
    pub(crate) password: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

impl Credentials {
    /// A user name and password, both decoded.
    pub fn new(user: String, password: String) -> Self {
        Self { user, password: Some(password) }
    }

    /// The user name.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// `text` with the password replaced by `****`, however it is written in it.
    pub fn hidden_in(&self, text: &str) -> String {
        let Some(password) = self.password.as_deref().filter(|password| !password.is_empty()) else {
            return text.to_owned();
        };
        let encoded = BASE64_STANDARD.encode(format!("{}:{password}", self.user));
        let percent = |set| percent_encoding::utf8_percent_encode(password, set).to_string();
        // The longest first: what is left of one must not hide another.
        [encoded, percent(NON_ALPHANUMERIC), percent(UNRESERVED), password.to_owned()]
            .iter()
            .fold(text.to_owned(), |text, form| text.replace(form, "****"))
    }

    /// Whether there is a password, empty or not.
    pub(crate) fn is_complete(&self) -> bool {
        self.password.is_some()
    }

    /// Takes the user information out of `url`.
    pub(crate) fn take_from(url: &mut Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let found = Self { user: decoded(url.username()), password: url.password().map(decoded) };
        // These fail only for URLs without a host, which have no user information either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(found)
    }

    /// `Basic ...`, marked so that it is not shown.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let encoded =
            BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password.as_deref().unwrap_or_default()));
        let mut value = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// `url` with its user information replaced by `****` as pip prints it (`https://user:****@host/`;
/// a user name without password is a token: `https://****@host/`). Any text may be given.
pub fn redacted(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let Some((information, _)) = authority.rsplit_once('@') else { return url.to_owned() };
    let host = rest.get(information.len()..).unwrap_or_default();
    match information.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}:****{host}"),
        None => format!("{scheme}://****{host}"),
    }
}

/// `url` without its user information. Any text may be given.
pub fn without_user_information(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Like [`redacted`] for a text that is no URL after all: where its user information ends is not known.
pub(crate) fn redacted_broadly(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://****@{rest}"),
        _ => text.to_owned(),
    }
}

/// Scheme, host and port.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Origin {
    scheme: String,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Origin {
    pub(crate) fn of(url: &Url) -> Self {
        Self {
            scheme: url.scheme().to_owned(),
            host: url.host_str().unwrap_or_default().to_ascii_lowercase(),
            port: url.port_or_known_default(),
        }
    }
}

/// Credentials for what lies on an origin.
struct Remembered {
    origin: Origin,
    path: String,
    credentials: Credentials,
    /// They stood in a URL; else the keyring or the user gave them when they were needed.
    given: bool,
}

/// All credentials a client has.
pub(crate) struct CredentialStore {
    remembered: Mutex<Vec<Remembered>>,
    netrc_path: Option<PathBuf>,
    netrc: OnceLock<Netrc>,
}

impl CredentialStore {
    pub(crate) fn new(netrc_path: Option<PathBuf>) -> Self {
        Self { remembered: Mutex::default(), netrc_path, netrc: OnceLock::new() }
    }

    /// Keeps the credentials that stood in `url` for its origin.
    pub(crate) fn remember(&self, url: &Url, credentials: Credentials) {
        let (origin, path) = (Origin::of(url), url.path().to_owned());
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |entry: &Remembered| entry.origin == origin && entry.path == path;
        // A name without a password says nothing new of one whose password has been found since.
        let known = remembered.iter().any(|entry| {
            same(entry) && !credentials.is_complete() && entry.credentials.user == credentials.user
        });
        if !known {
            remembered.retain(|entry| !same(entry));
            remembered.push(Remembered { origin, path, credentials, given: true });
        }
    }

    /// Keeps credentials that a server has accepted for what lies at `path`, and where only the user was known.
    pub(crate) fn complete(&self, url: &Url, path: &str, credentials: &Credentials) {
        let origin = Origin::of(url);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in remembered.iter_mut().filter(|entry| entry.origin == origin) {
            let same_user = !entry.credentials.is_complete() && entry.credentials.user == credentials.user;
            if same_user || entry.path == path {
                entry.credentials = credentials.clone();
                entry.given = false;
            }
        }
        if !remembered.iter().any(|entry| entry.origin == origin && entry.path == path) {
            let (path, credentials) = (path.to_owned(), credentials.clone());
            remembered.push(Remembered { origin, path, credentials, given: false });
        }
    }

    /// Whether a user name with its password stood in the URL of `url` itself, or of its index at `index_path`.
    pub(crate) fn is_given(&self, url: &Url, index_path: &str) -> bool {
        let origin = Origin::of(url);
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.iter().filter(|entry| entry.origin == origin).any(|entry| {
            entry.given
                && entry.credentials.is_complete()
                && (entry.path == index_path || entry.path == url.path())
        })
    }

    /// The user that URLs of this origin name.
    pub(crate) fn user(&self, url: &Url) -> Option<String> {
        self.best(url).filter(|best| !best.is_complete()).map(|best| best.user)
    }

    /// Those of the same origin whose path has most in common with `url`.
    fn best(&self, url: &Url) -> Option<Credentials> {
        let origin = Origin::of(url);
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = remembered.iter().filter(|entry| entry.origin == origin);
        let best = same.max_by_key(|entry| common_segments(&entry.path, url.path()))?;
        Some(best.credentials.clone())
    }

    /// The credentials for `url`: those that are known for its origin, else netrc's, else a user name alone (pip's order).
    pub(crate) fn find(&self, url: &Url) -> Option<Credentials> {
        let best = self.best(url);
        match best {
            Some(best) if best.is_complete() => Some(best),
            best => self.of_netrc(url).or(best),
        }
    }

    fn of_netrc(&self, url: &Url) -> Option<Credentials> {
        let path = self.netrc_path.as_ref()?;
        let netrc = self.netrc.get_or_init(|| match std::fs::read(path) {
            Ok(bytes) => Netrc::parse(&String::from_utf8_lossy(&bytes)),
            Err(_) => Netrc::default(), // it is optional
        });
        netrc.find(&Origin::of(url).host).cloned()
    }
}

/// How many segments two paths have in common at their beginning.
pub(crate) fn common_segments(one: &str, other: &str) -> usize {
    one.split('/').zip(other.split('/')).take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn urls_are_shown_without_credentials() {
        for (url, shown) in [
            ("https://host/a@b", "https://host/a@b"),
            ("https://user:pass@host/x", "https://user:****@host/x"),
            ("https://user:p@ss@host/x", "https://user:****@host/x"),
            ("https://token@host:8080/?q=a@b", "https://****@host:8080/?q=a@b"),
            ("git+https://u:p@host/r.git@main", "git+https://u:****@host/r.git@main"),
            ("https://:p@host", "https://:****@host"),
            ("./path@x", "./path@x"),
            ("", ""),
        ] {
            assert_eq!(redacted(url), shown);
        }
        assert_eq!(redacted_broadly("https://user:pa/ss@host/"), "https://****@host/");
    }

    #[test]
    fn credentials_stay_with_their_origin() {
        let store = CredentialStore::new(None);
        let mut url = Url::parse("https://me:s%40crt@example.org/a/simple/").unwrap();
        let credentials = Credentials::take_from(&mut url).unwrap();
        assert_eq!(url.as_str(), "https://example.org/a/simple/");
        assert_eq!((credentials.user.as_str(), credentials.password.as_deref()), ("me", Some("s@crt")));
        assert_eq!(format!("{credentials:?} {:?}", credentials.header()), "**** Some(Sensitive)");
        store.remember(&url, credentials.clone());
        let other = Credentials::new("b".into(), "c".into());
        store.remember(&Url::parse("https://example.org/b/simple/").unwrap(), other.clone());
        let find = |url: &str| store.find(&Url::parse(url).unwrap());
        assert_eq!(find("https://example.org/a/files/x.whl"), Some(credentials));
        assert_eq!(find("https://example.org:443/b/simple/x/"), Some(other));
        for elsewhere in ["http://example.org/a/", "https://example.org:444/a/", "https://www.example.org/a/"]
        {
            assert_eq!(find(elsewhere), None, "{elsewhere}");
        }
    }
}
