//! Direct references without a name in front: paths, URLs and VCS URLs as pip takes them on
//! the command line, in requirements files and after `-e`.

use std::str::FromStr;

use crate::argument::{is_named, is_url, split_extras, split_marker};
use crate::cursor::column;
use crate::{ExtraName, InvalidRequirement, Marker, ProjectName, Requirement, RequirementSource};

/// Where a direct reference points, as written, without extras and marker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ReferenceLocation {
    /// A file or directory.
    Path(Box<str>),
    /// A URL, fragment included; `git+https:` and its like too.
    Url(Box<str>),
}

/// A path or URL to install from: `./path[extra] ; marker`, `https://...`,
/// `git+https://...@rev#egg=name[extra]&subdirectory=dir`, or `name[extra] @ url`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DirectReference {
    /// The path or URL.
    pub location: ReferenceLocation,
    /// The name, where the reference tells it (`name @` or `#egg=name`).
    pub name: Option<ProjectName>,
    /// The extras asked for, sorted and without repeats.
    pub extras: Vec<ExtraName>,
    /// When it applies; always, when absent.
    pub marker: Option<Marker>,
}

impl DirectReference {
    /// The value of `key` in the fragment of the URL (`#egg=a&subdirectory=b`), not decoded.
    pub fn fragment_value(&self, key: &str) -> Option<&str> {
        match &self.location {
            ReferenceLocation::Path(_) => None,
            ReferenceLocation::Url(url) => fragment_value(url, key),
        }
    }
}

/// The value of `key` in the fragment of `url`, not decoded. Empty values count as none.
pub fn fragment_value<'a>(url: &'a str, key: &str) -> Option<&'a str> {
    let (_, fragment) = url.split_once('#')?;
    let value = fragment.split('&').find_map(|part| part.strip_prefix(key)?.strip_prefix('='))?;
    Some(value).filter(|value| !value.is_empty())
}

impl FromStr for DirectReference {
    type Err = InvalidRequirement;

    fn from_str(text: &str) -> Result<Self, InvalidRequirement> {
        let text = text.trim();
        if is_named(text)
            && let Ok(Requirement { name, extras, source: RequirementSource::Url(url), marker, .. }) =
                text.parse()
        {
            return Ok(Self { location: location(&url), name: Some(name), extras, marker });
        }
        let (body, marker) = split_marker(text);
        let marker = marker.map(|marker| parse_marker(text, marker)).transpose()?;
        // A file: URL takes its extras as a path does; another URL names them after #egg=.
        let has_extras = !is_url(body) || (body.starts_with("file:") && !body.contains('#'));
        let (body, extras) = if has_extras { split_extras(body) } else { (body, None) };
        let invalid = |reason: &str, place: &str| InvalidRequirement {
            text: text.to_owned(),
            reason: reason.to_owned(),
            column: column(text, text.find(place).unwrap_or_default()),
        };
        if body.is_empty() {
            return Err(invalid("Expected a path or URL", text));
        }
        let egg = fragment_value(body, "egg").filter(|_| is_url(body));
        let (name, egg_extras) = match egg.map(split_extras) {
            None => (None, None),
            Some((name, extras)) => {
                let name = name.parse().map_err(|_| invalid("Expected #egg=name, or name @ URL", name))?;
                // The file name of a wheel counts more, as for pip.
                (Some(name).filter(|_| !is_wheel(body)), extras)
            }
        };
        let listed = extras.or(egg_extras).unwrap_or_default();
        let mut extras = listed
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::parse)
            .collect::<Result<Vec<ExtraName>, _>>()
            .map_err(|error| invalid(&error.to_string(), listed))?;
        extras.sort();
        extras.dedup();
        Ok(Self { location: location(body), name, extras, marker })
    }
}

fn is_wheel(url: &str) -> bool {
    url.split(['#', '?']).next().is_some_and(|place| place.ends_with(".whl"))
}

fn location(text: &str) -> ReferenceLocation {
    if is_url(text) || text.contains("://") {
        ReferenceLocation::Url(text.into())
    } else {
        ReferenceLocation::Path(text.into())
    }
}

/// Parses the marker that ends `text`; the error points into the whole.
pub(crate) fn parse_marker(text: &str, marker: &str) -> Result<Marker, InvalidRequirement> {
    marker.parse::<Marker>().map_err(|error| InvalidRequirement {
        text: text.to_owned(),
        reason: error.reason,
        column: text.chars().count() - marker.chars().count() + error.column,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn shown(text: &str) -> (String, Option<String>, Vec<String>, Option<String>) {
        let reference: DirectReference = text.parse().unwrap();
        let location = match &reference.location {
            ReferenceLocation::Path(path) => format!("path {path}"),
            ReferenceLocation::Url(url) => format!("url {url}"),
        };
        let extras = reference.extras.iter().map(ExtraName::to_string).collect();
        (
            location,
            reference.name.map(|name| name.to_string()),
            extras,
            reference.marker.map(|marker| marker.to_string()),
        )
    }

    #[test]
    fn references_are_taken_apart() {
        for (text, location, name, extras, marker) in [
            (".", "path .", None, vec![], None),
            ("./pkg[b, A] ; os_name == 'nt'", "path ./pkg", None, vec!["a", "b"], Some("os_name == \"nt\"")),
            (".[test]", "path .", None, vec!["test"], None),
            ("a b/c", "path a b/c", None, vec![], None),
            ("https://e.org/a;b.whl", "url https://e.org/a;b.whl", None, vec![], None),
            (
                "https://e.org/a.whl ; os_name == 'nt'",
                "url https://e.org/a.whl",
                None,
                vec![],
                Some("os_name == \"nt\""),
            ),
            ("file:///x/y[z]", "url file:///x/y", None, vec!["z"], None),
            (
                "git+ssh://git@e.org/r.git@v1#egg=Foo_x[b]&subdirectory=s",
                "url git+ssh://git@e.org/r.git@v1#egg=Foo_x[b]&subdirectory=s",
                Some("foo-x"),
                vec!["b"],
                None,
            ),
            ("foo[bar] @ git+https://e.org/r", "url git+https://e.org/r", Some("foo"), vec!["bar"], None),
            ("foo @ ../dir", "path ../dir", Some("foo"), vec![], None),
        ] {
            let extras: Vec<String> = extras.into_iter().map(str::to_owned).collect();
            let expected = (location.to_owned(), name.map(str::to_owned), extras, marker.map(str::to_owned));
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn fragments_are_read() {
        let reference: DirectReference = "git+https://e.org/r#egg=foo&subdirectory=a%20b&x=".parse().unwrap();
        assert_eq!(reference.fragment_value("subdirectory"), Some("a%20b"));
        assert_eq!(reference.fragment_value("x"), None);
        assert_eq!(reference.fragment_value("sub"), None);
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (text, column) in [
            ("./foo ; os_name = 'nt'", 17),
            ("https://e.org/x.whl ; nonsense", 23),
            ("git+https://e.org/r#egg=-x", 25),
            ("./foo[-]", 7),
            ("", 1),
            ("; os_name == 'nt'", 1),
        ] {
            assert_eq!(text.parse::<DirectReference>().unwrap_err().column, column, "{text}");
        }
    }
}
