//! User names and passwords: from URLs and netrc, sent only to the scheme, host and port they belong to, never shown.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use reqwest::header::HeaderValue;
use url::Url;

use crate::netrc::Netrc;

/// A user name and password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

impl Credentials {
    /// A user name and password, both decoded.
    pub fn new(user: String, password: String) -> Self {
        Self { user, password }
    }

    /// Takes the user information out of `url`.
    pub(crate) fn take_from(url: &mut Url) -> Option<Self> {
        if url.username().is_empty() && url.password().is_none() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let found = Self::new(decoded(url.username()), decoded(url.password().unwrap_or_default()));
        // These fail only for URLs without a host, which have no user information either.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        Some(found)
    }

    /// `Basic ...`, marked so that it is not shown.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let encoded = BASE64_STANDARD.encode(format!("{}:{}", self.user, self.password));
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

/// Credentials that a URL brought, for what lies on the same origin.
struct Remembered {
    origin: Origin,
    path: String,
    credentials: Credentials,
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

    /// Keeps the credentials of `url` for its origin.
    pub(crate) fn remember(&self, url: &Url, credentials: Credentials) {
        let (origin, path) = (Origin::of(url), url.path().to_owned());
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|entry| entry.origin != origin || entry.path != path);
        remembered.push(Remembered { origin, path, credentials });
    }

    /// The credentials for `url`: those of the same origin whose path has most in common with it, else netrc's.
    pub(crate) fn find(&self, url: &Url) -> Option<Credentials> {
        let origin = Origin::of(url);
        {
            let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
            let best = remembered
                .iter()
                .filter(|entry| entry.origin == origin)
                .max_by_key(|entry| common_segments(&entry.path, url.path()));
            if let Some(entry) = best {
                return Some(entry.credentials.clone());
            }
        }
        let path = self.netrc_path.as_ref()?;
        let netrc = self.netrc.get_or_init(|| match std::fs::read(path) {
            Ok(bytes) => Netrc::parse(&String::from_utf8_lossy(&bytes)),
            Err(_) => Netrc::default(), // it is optional
        });
        netrc.find(&origin.host).cloned()
    }
}

fn common_segments(one: &str, other: &str) -> usize {
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
        assert_eq!((credentials.user.as_str(), credentials.password.as_str()), ("me", "s@crt"));
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
