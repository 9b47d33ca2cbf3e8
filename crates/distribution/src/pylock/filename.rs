//! File names: of lock files themselves (PEP 751), and of the wheels and source distributions in them.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use requirement::{ProjectName, Version};

use super::LockedFile;

/// Whether pip takes what is named so, a path or a URL, for a lock file: `pylock.toml` or `pylock.<name>.toml`.
pub fn is_pylock_filename(source: &str) -> bool {
    let is_separator: fn(char) -> bool =
        if is_url(source) { |mark| mark == '/' } else { std::path::is_separator };
    let path = if is_url(source) {
        source.get(..source.find(['?', '#']).unwrap_or(source.len())).unwrap_or_default()
    } else {
        source.trim_end_matches(is_separator)
    };
    let name = path.rsplit(is_separator).next().unwrap_or_default();
    match name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix("toml")) {
        Some("") => true,
        Some(middle) => middle.strip_suffix('.').is_some_and(|name| !name.is_empty() && !name.contains('.')),
        None => false,
    }
}

pub(super) fn is_url(source: &str) -> bool {
    let scheme = source.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| matches!(scheme.as_str(), "http" | "https" | "file"))
}

impl LockedFile {
    /// The file name: `name`, else the last part of the path, else that of the URL.
    pub fn filename(&self) -> Option<Cow<'_, str>> {
        let given = |text: &'_ Option<String>| text.as_deref().filter(|text| !text.is_empty()).is_some();
        let name = if given(&self.name) {
            self.name.as_deref().map(Cow::Borrowed)
        } else if given(&self.path) {
            self.path.as_deref().map(path_name).map(Cow::Borrowed)
        } else {
            self.url.as_deref().map(url_name)
        };
        name.filter(|name| !name.is_empty())
    }
}

/// Paths have slashes, or else may have backslashes.
fn path_name(path: &str) -> &str {
    let separator = if path.contains('/') { '/' } else { '\\' };
    path.rsplit(separator).next().unwrap_or_default()
}

/// The last part of the URL's path, decoded.
fn url_name(url: &str) -> Cow<'_, str> {
    let path = url.get(..url.find(['?', '#']).unwrap_or(url.len())).unwrap_or_default();
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default(),
        None => path,
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    // Parameters, which Python's `urlparse` takes off the last part.
    let name = name.split_once(';').map_or(name, |(name, _)| name);
    percent_decode_str(name).decode_utf8_lossy()
}

/// `name-version.tar.gz` or `.zip`, split at the last dash.
pub(super) fn sdist_name_and_version(filename: &str) -> Option<(ProjectName, Version)> {
    let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"))?;
    let (name, version) = stem.rsplit_once('-')?;
    Some((name.parse().ok()?, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn lock_files_are_told_by_their_name() {
        for (source, expected) in [
            ("pylock.toml", true),
            ("a/b/pylock.toml", true),
            ("pylock.dev.toml", true),
            ("pylock.a-b_1.toml", true),
            ("pylock.toml/", true),
            ("https://example.org/x/pylock.toml?a/b#c", true),
            ("file:///x/pylock.dev.toml", true),
            ("HTTPS://example.org/pylock.toml", true),
            ("pylock..toml", false),
            ("pylock.a.b.toml", false),
            ("pylocktoml", false),
            ("Pylock.toml", false),
            ("my-pylock.toml", false),
            ("requirements.txt", false),
            ("https://example.org/pylock.toml/", false),
            ("pylock.toml?x", false),
            ("", false),
        ] {
            assert_eq!(is_pylock_filename(source), expected, "{source}");
        }
    }

    #[test]
    fn files_have_names() {
        let file = |name: &str, path: &str, url: &str| {
            let text = |text: &str| Some(text.to_owned());
            LockedFile {
                name: text(name),
                path: text(path),
                url: text(url),
                upload_time: None,
                size: None,
                hashes: Vec::new(),
            }
        };
        for (name, path, url, expected) in [
            ("a.whl", "b.whl", "c.whl", Some("a.whl")),
            ("", "x/y\\b.whl", "c.whl", Some("y\\b.whl")),
            ("", "x\\b.whl", "", Some("b.whl")),
            ("", "x/", "", None),
            ("", "", "https://example.org/x/a%2Bb.whl?x=/y#z/", Some("a+b.whl")),
            ("", "", "https://example.org/x/a.whl;p=1", Some("a.whl")),
            ("", "", "https://example.org", None),
            ("", "", "", None),
        ] {
            assert_eq!(file(name, path, url).filename().as_deref(), expected, "{name} {path} {url}");
        }
    }
}
