//! What one argument of `install`, or one line of a requirements file without its options,
//! says: a requirement by name, or a reference to a path or URL. pip's rules, by the text
//! alone: whether a path exists is for others to see.

use std::path::is_separator;

use crate::reference::parse_marker;
use crate::{
    DirectReference, ExtraName, InvalidName, InvalidRequirement, LineContent, ProjectName, Requirement,
};

/// A name is a name; a path holds a separator, begins with a dot, or has the ending of an
/// archive. `name @ url` is a requirement, a URL alone a reference.
///
/// Gives [`LineContent::Requirement`] or [`LineContent::Reference`].
pub fn classify_argument(text: &str) -> Result<LineContent, InvalidRequirement> {
    let text = text.trim();
    let (body, marker) = split_marker(text);
    let path = split_extras(body).0;
    let is_reference = is_url(body) || looks_like_path(path) || is_archive(path);
    if is_reference && !is_named(body) {
        // Mistakes in it are to be seen here, with the line.
        text.parse::<DirectReference>()?;
        return Ok(LineContent::Reference {
            text: text.to_owned(),
            editable: false,
            hashes: Vec::new(),
            config_settings: Vec::new(),
        });
    }
    requirement(text, body, marker).map(|requirement| LineContent::Requirement {
        requirement,
        hashes: Vec::new(),
        config_settings: Vec::new(),
    })
}

/// PEP 508; and since pip looks for the marker first, `name @ url;marker` without a blank, and `name;` without marker.
fn requirement(text: &str, body: &str, marker: Option<&str>) -> Result<Requirement, InvalidRequirement> {
    if marker.is_none() && body.len() < text.len() {
        return body.parse().map_err(|error| InvalidRequirement { text: text.to_owned(), ..error });
    }
    let (Some(marker), true) = (marker, is_named(body)) else { return text.parse() };
    let Ok(mut requirement) = body.parse::<Requirement>() else { return text.parse() };
    match (parse_marker(text, marker), text.parse::<Requirement>()) {
        (Ok(marker), _) => {
            requirement.marker = Some(marker);
            Ok(requirement)
        }
        // The semicolon may belong to the URL, if there is a marker behind it.
        (Err(_), Ok(requirement)) if requirement.marker.is_some() => Ok(requirement),
        (Err(error), _) => Err(error),
    }
}

/// Whether a name stands in front: `name[extras] @ ...`.
pub(crate) fn is_named(text: &str) -> bool {
    let Some((name, _)) = text.split_once('@') else { return false };
    let name = split_extras(name.trim()).0;
    name.parse::<ProjectName>().is_ok() && !is_url(text)
}

/// What stands before and behind the semicolon of a marker. In a URL a blank must follow it.
pub(crate) fn split_marker(text: &str) -> (&str, Option<&str>) {
    let separator = if is_url(text) { "; " } else { ";" };
    match text.split_once(separator) {
        Some((body, marker)) => (body.trim(), Some(marker.trim()).filter(|marker| !marker.is_empty())),
        None => (text.trim(), None),
    }
}

/// `path[extras]`: the path, and the extras without brackets.
pub(crate) fn split_extras(text: &str) -> (&str, Option<&str>) {
    let split = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    match split {
        Some((path, extras)) if !path.is_empty() && !extras.is_empty() && !extras.contains(']') => {
            (path.trim_end(), Some(extras))
        }
        _ => (text, None),
    }
}

/// `path[extra,other]`: the path or URL, and the extras that stand in brackets behind it, as `-r pylock.toml[extra]`
/// has them.
pub fn split_source_extras(source: &str) -> Result<(&str, Vec<ExtraName>), InvalidName> {
    let (path, list) = split_extras(source);
    let names = list.filter(|list| !list.trim().is_empty()).map(|list| list.split(','));
    let extras = names.into_iter().flatten().map(|name| name.trim().parse()).collect::<Result<_, _>>()?;
    Ok((path, extras))
}

/// Whether the text begins with a scheme that pip installs from.
pub(crate) fn is_url(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return false };
    let scheme = scheme.to_ascii_lowercase();
    let (system, transport) = scheme.split_once('+').unwrap_or((&scheme, ""));
    match system {
        "http" | "https" | "file" | "ftp" => transport.is_empty() && !scheme.contains('+'),
        "git" | "hg" | "svn" | "bzr" => {
            !transport.is_empty()
                && transport.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
        }
        _ => false,
    }
}

fn looks_like_path(text: &str) -> bool {
    text.starts_with('.') || text.contains(is_separator)
}

/// Whether the text ends as the archives do that pip installs.
fn is_archive(text: &str) -> bool {
    const ENDINGS: [&str; 12] = [
        ".whl",
        ".zip",
        ".tar.gz",
        ".tgz",
        ".tar",
        ".tar.bz2",
        ".tbz",
        ".tar.xz",
        ".txz",
        ".tlz",
        ".tar.lz",
        ".tar.lzma",
    ];
    let text = text.to_ascii_lowercase();
    ENDINGS.iter().any(|ending| text.ends_with(ending))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::RequirementHint;

    #[test]
    fn names_are_requirements() {
        for (text, shown) in [
            ("requests", "requests"),
            (" Requests[socks] >= 2 ", "Requests[socks]>=2"),
            ("foo; sys_platform == 'a/b'", "foo; sys_platform == \"a/b\""),
            ("foo @ https://e.org/foo-1.0.zip", "foo @ https://e.org/foo-1.0.zip"),
            ("foo@./foo.whl", "foo @ ./foo.whl"),
            ("foo @ file:///x/y.tar.gz ; os_name == 'nt'", "foo @ file:///x/y.tar.gz ; os_name == \"nt\""),
            ("foo @ https://e.org/x.whl;os_name == 'nt'", "foo @ https://e.org/x.whl ; os_name == \"nt\""),
            ("foo.whl>=1", "foo.whl>=1"),
            ("six==1.16.0;", "six==1.16.0"),
            ("six ; ", "six"),
            ("foo @ https://e.org/x.whl;", "foo @ https://e.org/x.whl"),
            ("https", "https"),
        ] {
            match classify_argument(text).unwrap() {
                LineContent::Requirement { requirement, .. } => assert_eq!(requirement.to_string(), shown),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn paths_and_urls_are_references() {
        for text in [
            ".",
            "..",
            "./foo",
            "foo/",
            "a/b",
            "/abs",
            ".[test]",
            "./foo[a,b] ; os_name == 'nt'",
            "foo-1.0.tar.gz",
            "foo-1.0-py3-none-any.whl[extra]",
            "FOO.ZIP",
            "https://e.org/foo.whl",
            "HTTPS://e.org/foo.whl",
            "git+https://e.org/r.git@main#egg=foo",
            "git+ssh://git@e.org/r.git",
            "hg+static-http://e.org/r",
            "file:foo",
            "https://e.org/foo.whl; os_name == 'nt'",
            "git://e.org/r",
            "./a@b/c",
            "un named@x/y",
        ] {
            match classify_argument(text).unwrap() {
                LineContent::Reference { text: same, editable: false, .. } => assert_eq!(same, text),
                other => panic!("{text}: {other:?}"),
            }
        }
    }

    #[test]
    fn sources_have_their_extras_in_brackets() {
        for (source, path, extras) in [
            ("pylock.toml", "pylock.toml", vec![]),
            ("pylock.toml[a]", "pylock.toml", vec!["a"]),
            ("dir/pylock.toml [A_b, c]", "dir/pylock.toml", vec!["a-b", "c"]),
            ("pylock.toml[]", "pylock.toml[]", vec![]),
            ("pylock.toml[ ]", "pylock.toml", vec![]),
            ("[a]", "[a]", vec![]),
            ("x[a][b]", "x[a]", vec!["b"]),
            ("x[[a]", "x[", vec!["a"]),
            ("x[a]b]", "x[a]b]", vec![]),
        ] {
            let (found, names) = split_source_extras(source).unwrap();
            let names: Vec<&str> = names.iter().map(ExtraName::as_str).collect();
            assert_eq!((found, names), (path, extras), "{source}");
        }
        assert!(split_source_extras("x[a b]").is_err());
        assert!(split_source_extras("x[a,]").is_err());
    }

    #[test]
    fn mistakes_are_explained() {
        let error = classify_argument("foo=1.0").unwrap_err();
        assert_eq!(
            error.to_string(),
            "Expected semicolon (after name with no version specifier) or end\n    foo=1.0\n       ^"
        );
        assert_eq!(error.hint(), Some(RequirementHint::Operator));
        let error = classify_argument("foo @ https://e.org/x.whl;os_name=='nt'-").unwrap_err();
        assert_eq!((error.column, error.reason.as_str()), (40, "Expected end of marker expression"));
        let error = classify_argument("foo=1.0;").unwrap_err();
        assert_eq!((error.column, error.text.as_str()), (4, "foo=1.0;"));
        for text in ["", ";", "foo;;", "foo bar", "foo>=1.x", "-e foo", "foo ; nonsense"] {
            assert!(classify_argument(text).is_err(), "{text}");
        }
    }
}
