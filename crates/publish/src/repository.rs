//! Where to upload to: PyPI, TestPyPI, a section of `.pypirc`, or a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use url::Url;

use crate::PublishError;
use crate::pypirc::Pypirc;

/// A password or token. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself, for the one who sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

/// The user name that goes with an API token.
pub const TOKEN_USER: &str = "__token__";

/// The hosts of PyPI: composed here, and named nowhere else in this crate.
fn pypi_url(host: &str, path: &str) -> String {
    ["https://", host, "pypi", ".org/", path].concat()
}

/// Where PyPI takes uploads.
pub fn default_repository_url() -> String {
    pypi_url("upload.", "legacy/")
}

/// Where TestPyPI takes uploads.
pub fn test_repository_url() -> String {
    pypi_url("test.", "legacy/")
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The URL that uploads are posted to; without credentials.
    pub url: String,
    /// The user name that `.pypirc` or the URL says.
    pub username: Option<String>,
    /// The password that `.pypirc` or the URL says.
    pub password: Option<Secret>,
    /// `ca_cert` of `.pypirc`.
    pub ca_cert: Option<PathBuf>,
    /// `client_cert` of `.pypirc`.
    pub client_cert: Option<PathBuf>,
}

/// A configuration file, as far as it is there.
#[derive(Debug, Clone, Copy)]
pub struct PypircFile<'a> {
    /// Its path.
    pub path: &'a Path,
    /// As the user names it.
    pub shown: &'a str,
    /// Its text; none where there is no such file.
    pub text: Option<&'a str>,
}

impl Repository {
    /// The repository at `url` (`--repository-url`).
    pub fn at(url: &str) -> Result<Self, PublishError> {
        let mut parsed = checked(url)?;
        let decoded = |text: &str| {
            url::form_urlencoded::parse(text.replace('+', "%2B").as_bytes())
                .map(|(key, _)| key.into_owned())
                .next()
                .unwrap_or_default()
        };
        let username = Some(decoded(parsed.username())).filter(|user| !user.is_empty());
        let password = parsed.password().map(|password| Secret(decoded(password)));
        // These fail only for URLs without a host, which were refused.
        let _ = parsed.set_username("");
        let _ = parsed.set_password(None);
        let url = if parsed_is_unchanged(url) { url.to_owned() } else { parsed.to_string() };
        let url = secure(url)?;
        Ok(Self { url, username, password, ca_cert: None, client_cert: None })
    }

    /// The repository that `file` calls `name` (`--repository`); `pypi` and `testpypi` are known without it.
    pub fn named(name: &str, file: PypircFile<'_>) -> Result<Self, PublishError> {
        let pypirc = file.text.map(|text| Pypirc::parse(text, file.path)).transpose()?.unwrap_or_default();
        let servers = pypirc.get("distutils", "index-servers").unwrap_or("pypi testpypi");
        let servers: Vec<&str> = servers.split_whitespace().collect();
        let is_listed = servers.contains(&name);
        if !is_listed && name != "pypi" {
            if pypirc.has(name) {
                return Err(PublishError::UnlistedRepository {
                    name: name.to_owned(),
                    file: file.shown.to_owned(),
                });
            }
            let mut known: Vec<String> = servers.iter().map(|name| (*name).to_owned()).collect();
            if !servers.contains(&"pypi") {
                known.insert(0, "pypi".to_owned());
            }
            let file = file.shown.to_owned();
            return Err(PublishError::UnknownRepository { name: name.to_owned(), file, known });
        }
        let own = |option| pypirc.get(name, option).filter(|_| is_listed);
        // Obsolete, and still read by everybody.
        let login = |option| own(option).or_else(|| pypirc.get("server-login", option));
        let default = match name {
            "pypi" => Some(default_repository_url()),
            "testpypi" => Some(test_repository_url()),
            _ => None,
        };
        let url = own("repository").map(str::to_owned).or(default);
        let url = url.ok_or_else(|| PublishError::NoRepositoryUrl {
            name: name.to_owned(),
            file: file.path.to_owned(),
        })?;
        let given = Self::at(&url)?;
        Ok(Self {
            username: login("username").map(str::to_owned).or(given.username),
            password: login("password").map(|password| Secret(password.to_owned())).or(given.password),
            ca_cert: own("ca_cert").map(PathBuf::from),
            client_cert: own("client_cert").map(PathBuf::from),
            url: given.url,
        })
    }

    /// Whether it is PyPI or TestPyPI, which take tokens only.
    pub fn is_pypi(&self) -> bool {
        self.url.starts_with(&default_repository_url()) || self.url.starts_with(&test_repository_url())
    }

    /// Where people look at a release, where that is known.
    pub fn release_url(&self, name: &str, version: &str) -> Option<String> {
        let path = format!("project/{name}/{version}/");
        if self.url.starts_with(&pypi_url("upload.", "")) {
            return Some(pypi_url("", &path));
        }
        self.url.starts_with(&pypi_url("test.", "")).then(|| pypi_url("test.", &path))
    }

    /// Scheme, host and port: where its other services are.
    pub fn origin(&self) -> String {
        let end = self.url.find("://").map_or(0, |at| at + 3);
        let length = self.url.get(end..).and_then(|rest| rest.find(['/', '?', '#']));
        let length = length.map_or(self.url.len(), |length| end + length);
        self.url.get(..length).unwrap_or(&self.url).to_owned()
    }
}

/// Whether a URL has no user information, so that it can stay as it was written.
fn parsed_is_unchanged(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or_default().split(['/', '?', '#', '\\']).next();
    !authority.unwrap_or_default().contains('@')
}

fn checked(text: &str) -> Result<Url, PublishError> {
    let invalid = |reason: String| {
        // Where its parts begin and end is not known: a password may be anywhere.
        let url = if text.contains('@') { "****" } else { text };
        PublishError::InvalidRepositoryUrl { url: url.to_owned(), reason }
    };
    let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
    match url.scheme() {
        "http" | "https" if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(url),
        "http" | "https" => Err(invalid("it has no host".to_owned())),
        scheme => Err(invalid(format!("'{scheme}:' is neither 'https:' nor 'http:'"))),
    }
}

/// PyPI by https, whatever was written; its sites of old are refused.
fn secure(url: String) -> Result<String, PublishError> {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    let of_pypi =
        |name: &str| pypi_url(name, "").trim_end_matches('/').strip_prefix("https://") == Some(host);
    let legacy = ["pypi", ".python", ".org"].concat();
    if host.strip_prefix("test").unwrap_or(host) == legacy {
        let (default, test) = (default_repository_url(), test_repository_url());
        return Err(PublishError::LegacySite { url, default, test });
    }
    Ok(if of_pypi("upload.") || of_pypi("test.") { format!("https://{rest}") } else { url })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn named(name: &str, text: &str) -> Result<Repository, PublishError> {
        let file = PypircFile { path: Path::new("/home/me/.pypirc"), shown: "~/.pypirc", text: Some(text) };
        Repository::named(name, file)
    }

    #[test]
    fn pypi_is_known_without_a_file() {
        let file = PypircFile { path: Path::new("x"), shown: "~/.pypirc", text: None };
        for (name, url) in [("pypi", default_repository_url()), ("testpypi", test_repository_url())] {
            let repository = Repository::named(name, file).unwrap();
            assert!(repository.url == url && repository.is_pypi());
            assert_eq!((repository.username, repository.password), (None, None));
        }
        let message = Repository::named("local", file).unwrap_err().to_string();
        assert!(
            message.starts_with("Missing 'local' section from ~/.pypirc (it has: pypi, testpypi)."),
            "{message}"
        );
    }

    #[test]
    fn sections_say_where_and_who() {
        let text = "[distutils]\nindex-servers =\n    pypi\n    local\n    token\n\n[pypi]\nusername = me\npassword = p%w\n\n\
                    [local]\nrepository: http://localhost:8080\nusername:\npassword:\nca_cert = /ca.pem\n\
                    [token]\nrepository = https://u%40x:p+1@example.org/legacy/\n[other]\nrepository = https://example.org/\n";
        let pypi = named("pypi", text).unwrap();
        assert_eq!((pypi.username.as_deref(), pypi.url), (Some("me"), default_repository_url()));
        assert_eq!(pypi.password.unwrap().reveal(), "p%w");
        let local = named("local", text).unwrap();
        assert_eq!((local.url.as_str(), local.username.as_deref()), ("http://localhost:8080", Some("")));
        assert_eq!(local.ca_cert.as_deref(), Some(Path::new("/ca.pem")));
        let token = named("token", text).unwrap();
        assert_eq!(
            (token.url.as_str(), token.username.as_deref()),
            ("https://example.org/legacy/", Some("u@x"))
        );
        assert_eq!(token.password.clone().unwrap().reveal(), "p+1");
        assert!(format!("{token:?}").contains("password: Some(****)"));
        // Listed neither here nor by itself.
        let message = named("testpypi", text).unwrap_err().to_string();
        assert!(message.contains("(it has: pypi, local, token)"), "{message}");
        let message = named("other", text).unwrap_err().to_string();
        assert!(
            message.starts_with("The section 'other' of ~/.pypirc is not listed in 'index-servers'"),
            "{message}"
        );
        let login = "[server-login]\nusername = old\npassword = p\n";
        assert_eq!(named("pypi", login).unwrap().username.as_deref(), Some("old"));
        let nowhere =
            named("local", "[distutils]\nindex-servers = local\n[local]\nusername = a\n").unwrap_err();
        assert!(nowhere.to_string().contains("The section 'local' of /home/me/.pypirc has no 'repository'"));
    }

    #[test]
    fn urls_are_checked() {
        for (url, message) in [
            (
                "example.org/legacy",
                "Invalid repository URL 'example.org/legacy': relative URL without a base.",
            ),
            ("ftp://example.org/", "Invalid repository URL 'ftp://example.org/': 'ftp:' is neither"),
            ("https://me:hunter2@[/", "Invalid repository URL '****': "),
            ("me:hunter2@example.org", "Invalid repository URL '****': "),
        ] {
            let found = Repository::at(url).unwrap_err().to_string();
            assert!(found.starts_with(message), "{found}");
        }
        let legacy = ["https://pypi", ".python", ".org/pypi/"].concat();
        assert!(Repository::at(&legacy).unwrap_err().to_string().contains("legacy PyPI site"));
        let plain = default_repository_url().replace("https:", "http:");
        assert_eq!(Repository::at(&plain).unwrap().url, default_repository_url());
        assert_eq!(Repository::at("http://localhost:8080").unwrap().origin(), "http://localhost:8080");
        assert_eq!(Repository::at("https://a.example.org/x/?y").unwrap().origin(), "https://a.example.org");
    }

    #[test]
    fn releases_can_be_looked_at() {
        let pypi = Repository::at(&default_repository_url()).unwrap();
        let shown = pypi.release_url("a-b", "1.0").unwrap();
        assert!(shown.starts_with("https://pypi") && shown.ends_with("/project/a-b/1.0/"), "{shown}");
        let test = Repository::at(&test_repository_url()).unwrap().release_url("a", "1").unwrap();
        assert!(test.starts_with("https://test.") && test.ends_with("/project/a/1/"), "{test}");
        assert_eq!(Repository::at("http://localhost:8080/").unwrap().release_url("a", "1"), None);
    }
}
