//! Where things are: URLs of pages and files (RFC 3986, as WHATWG URLs), `file:` URLs (RFC 8089) and paths.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr2, memrchr};
use percent_encoding::percent_decode_str;
use url::Url;

/// Whether `text` is a URL of a kind that is asked for by HTTP.
pub(crate) fn is_remote(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
}

/// The path that a `file:` URL means; none for other URLs and hosts that are not this one.
pub fn path_of_file_url(url: &str) -> Option<PathBuf> {
    let url = Url::parse(url).ok()?;
    if url.scheme() == "file" { url.to_file_path().ok() } else { None }
}

/// The `file:` URL of an absolute path.
pub fn file_url(path: &Path) -> String {
    match Url::from_file_path(path) {
        Ok(url) => url.into(),
        // Only for relative paths; nobody gives one.
        Err(()) => format!("file://{}", path.display()),
    }
}

/// Whether `text` begins as a `file:` URL does.
pub(crate) fn is_file_url(text: &str) -> bool {
    text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"))
}

/// A place given by the user: a `file:` URL or a path (either relative to `directory`); none where it is another URL.
pub(crate) fn local_path(text: &str, directory: &Path) -> Option<PathBuf> {
    if is_file_url(text) {
        let path = text.get(5..).unwrap_or_default();
        if path.starts_with(['/', '\\']) {
            return path_of_file_url(text);
        }
        // No URL of RFC 8089, but pip takes it for a path that is relative to the working directory.
        let end = memchr2(b'?', b'#', path.as_bytes()).unwrap_or(path.len());
        let path = percent_decode_str(path.get(..end).unwrap_or_default()).decode_utf8().ok()?;
        return Some(directory.join(&*path));
    }
    if text.contains("://") { None } else { Some(directory.join(text)) }
}

/// The reference without `#fragment`, and the fragment.
pub(crate) fn split_fragment(reference: &str) -> (&str, &str) {
    match memchr(b'#', reference.as_bytes()) {
        Some(end) => (reference.get(..end).unwrap_or_default(), reference.get(end + 1..).unwrap_or_default()),
        None => (reference, ""),
    }
}

/// The last segment of the path of a URL or reference, decoded once: its file name.
pub(crate) fn filename(reference: &str) -> Cow<'_, str> {
    let end = memchr2(b'?', b'#', reference.as_bytes()).unwrap_or(reference.len());
    let path = reference.get(..end).unwrap_or_default();
    let segment = memrchr(b'/', path.as_bytes()).and_then(|slash| path.get(slash + 1..)).unwrap_or(path);
    percent_decode_str(segment).decode_utf8_lossy()
}

/// The absolute URL of `reference` (without fragment) on a page at `base`; none where it is no URL or not
/// of a kind that may be there: a page that came by HTTP cannot point into this machine's files.
pub(crate) fn absolute(base: &str, reference: &str) -> Option<String> {
    let reference = reference.trim_ascii();
    let url = match join_plain(base, reference) {
        Some(url) => url,
        None => {
            let mut url = Url::parse(base).ok()?.join(reference).ok()?;
            url.set_fragment(None);
            url.into()
        }
    };
    let local = url.starts_with("file:") && !is_remote(base);
    (local || is_remote(&url)).then_some(url)
}

/// Joins without parsing, where nothing has to be normalised: pages have thousands of links.
fn join_plain(base: &str, reference: &str) -> Option<String> {
    let plain = reference.bytes().all(|byte| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'+' | b'%' | b'~' | b':' | b'!')
    });
    if !plain || reference.contains("/.") {
        return None;
    }
    if reference.starts_with("https://") || reference.starts_with("http://") {
        return Some(reference.to_owned());
    }
    if !reference.starts_with('/') || reference.starts_with("//") || !is_remote(base) {
        return None;
    }
    let authority = base.find("://")? + 3;
    let end = base.get(authority..)?.find('/').map_or(base.len(), |slash| authority + slash);
    Some([base.get(..end)?, reference].concat())
}

/// `url` with one `/` at its end.
pub(crate) fn with_slash(url: &str) -> String {
    format!("{}/", url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn references_are_joined_as_urls_are() {
        let base = "https://example.org:8443/simple/demo/";
        for (reference, joined) in [
            ("/files/demo-1.0.whl", Some("https://example.org:8443/files/demo-1.0.whl")),
            ("../../files/demo-1.0.whl", Some("https://example.org:8443/files/demo-1.0.whl")),
            ("demo-1.0.whl", Some("https://example.org:8443/simple/demo/demo-1.0.whl")),
            ("https://files.example/a%2Bb/x.whl", Some("https://files.example/a%2Bb/x.whl")),
            ("//files.example/x.whl", Some("https://files.example/x.whl")),
            ("/a/../b.whl?x=1", Some("https://example.org:8443/b.whl?x=1")),
            ("/a b.whl", Some("https://example.org:8443/a%20b.whl")),
            ("  /a.whl\n", Some("https://example.org:8443/a.whl")),
            ("file:///etc/passwd", None),
            ("FILE:/etc/passwd", None),
            ("javascript:alert(1)", None),
            ("mailto:x@example.org", None),
            ("http://[/", None),
            ("https:/x.whl", Some("https://example.org:8443/x.whl")),
        ] {
            assert_eq!(absolute(base, reference).as_deref(), joined, "{reference}");
        }
        assert_eq!(absolute("file:///links/", "a.whl").as_deref(), Some("file:///links/a.whl"));
        assert_eq!(absolute("file:///links/", "/etc/x").as_deref(), Some("file:///etc/x"));
        assert_eq!(absolute("http://h", "/x").as_deref(), Some("http://h/x"));
    }

    #[test]
    fn plain_joins_agree_with_the_parser() {
        for base in ["http://127.0.0.1:8801/simple/x/", "https://example.org/", "https://example.org"] {
            for reference in
                ["/f/a-1.0-py3-none-any.whl", "https://other.example/a/b.whl", "/a:b", "/a%20b", "/~x/!y"]
            {
                let parsed = Url::parse(base).unwrap().join(reference).unwrap();
                assert_eq!(join_plain(base, reference).as_deref(), Some(parsed.as_str()));
            }
        }
    }

    #[test]
    fn file_names_are_decoded_once() {
        for (reference, name) in [
            ("../a/demo-1.0%2Blocal-py3-none-any.whl", "demo-1.0+local-py3-none-any.whl"),
            ("https://h/x/demo-1.0.tar.gz?token=a/b", "demo-1.0.tar.gz"),
            ("a%252Fb.whl", "a%2Fb.whl"),
            ("x/", ""),
        ] {
            assert_eq!(filename(reference), name);
        }
    }

    #[test]
    fn places_of_the_user_are_paths_or_urls() {
        let here = Path::new("/work dir");
        assert_eq!(local_path("links", here).unwrap(), Path::new("/work dir/links"));
        assert_eq!(local_path("/links", here).unwrap(), Path::new("/links"));
        assert_eq!(local_path("file:///a%20b", here).unwrap(), Path::new("/a b"));
        for (text, path) in [("file:links", "links"), ("file:./a%20b", "./a b"), ("FILE:../x#y", "../x")] {
            assert_eq!(local_path(text, here).unwrap(), here.join(path));
        }
        assert_eq!(local_path("file://elsewhere.example/links", here), None);
        assert_eq!(local_path("https://example.org/", here), None);
        assert_eq!(file_url(Path::new("/a b")), "file:///a%20b");
    }
}
