//! direct_url.json (PEP 610): where a distribution came from when it did not come from an index.

use serde_json::{Map, Value};

/// What kind of place it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectUrlKind {
    /// An archive, with its hash as `algorithm=hex` and as a table.
    Archive {
        /// `(algorithm, hex)` pairs; the first one is also written in the older form.
        hashes: Vec<(String, String)>,
    },
    /// A local directory.
    Directory {
        /// Whether it is installed as editable.
        editable: bool,
    },
    /// A checkout of a version control system.
    Vcs {
        /// `git`, `hg`, `svn`, `bzr`.
        vcs: String,
        /// What the user asked for.
        requested_revision: Option<String>,
        /// What it was.
        commit_id: String,
    },
}

/// The content of direct_url.json.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectUrl {
    /// The URL, without credentials.
    pub url: String,
    /// `subdirectory`, if any.
    pub subdirectory: Option<String>,
    /// What kind of place.
    pub kind: DirectUrlKind,
}

impl DirectUrl {
    /// Reads direct_url.json; none where it is not understood.
    pub fn parse(json: &str) -> Option<Self> {
        let Value::Object(object) = serde_json::from_str(json).ok()? else { return None };
        let url = text(&object, "url")??;
        let archive = table(&object, "archive_info")?;
        let directory = table(&object, "dir_info")?;
        let vcs = table(&object, "vcs_info")?;
        let kind = match (archive, directory, vcs) {
            (Some(archive), None, None) => DirectUrlKind::Archive { hashes: hashes(archive)? },
            (None, Some(directory), None) => {
                if !is_absolute_file_url(&url) {
                    return None;
                }
                let editable = match directory.get("editable") {
                    None | Some(Value::Null) => false,
                    Some(Value::Bool(editable)) => *editable,
                    Some(_) => return None,
                };
                DirectUrlKind::Directory { editable }
            }
            (None, None, Some(vcs)) => DirectUrlKind::Vcs {
                vcs: text(vcs, "vcs")??,
                requested_revision: text(vcs, "requested_revision")?,
                commit_id: text(vcs, "commit_id")??,
            },
            _ => return None,
        };
        Some(Self { url, subdirectory: text(&object, "subdirectory")?, kind })
    }

    /// The URL that installs the same again (what `pip freeze` puts behind `name @`): a revision is its
    /// commit, an archive carries its hash.
    pub fn reference(&self) -> String {
        let mut fragments = Vec::new();
        let mut reference = match &self.kind {
            DirectUrlKind::Vcs { vcs, commit_id, .. } => format!("{vcs}+{}@{commit_id}", self.url),
            DirectUrlKind::Archive { hashes } => {
                fragments.extend(hashes.first().map(|(algorithm, hex)| format!("{algorithm}={hex}")));
                self.url.clone()
            }
            DirectUrlKind::Directory { .. } => self.url.clone(),
        };
        fragments.extend(self.subdirectory.iter().map(|directory| format!("subdirectory={directory}")));
        if !fragments.is_empty() {
            reference.push('#');
            reference.push_str(&fragments.join("&"));
        }
        reference
    }

    /// What pip's reports hold of it (`download_info`, `direct_url`): the same as [`DirectUrl::to_json`], with the keys
    /// in pip's order there.
    pub fn download_info(&self) -> Value {
        let mut object = Map::new();
        object.insert("url".to_owned(), stripped(&self.url).into());
        let (key, info) = match &self.kind {
            DirectUrlKind::Archive { hashes } => {
                let mut info = Map::new();
                if let Some((algorithm, hash)) = hashes.first() {
                    let table: Map<String, Value> = hashes
                        .iter()
                        .map(|(algorithm, hash)| (algorithm.clone(), hash.clone().into()))
                        .collect();
                    info.insert("hashes".to_owned(), table.into());
                    info.insert("hash".to_owned(), format!("{algorithm}={hash}").into());
                }
                ("archive_info", info)
            }
            DirectUrlKind::Directory { editable } => {
                let info = editable.then(|| ("editable".to_owned(), true.into()));
                ("dir_info", info.into_iter().collect())
            }
            DirectUrlKind::Vcs { vcs, requested_revision, commit_id } => {
                let mut info = Map::new();
                info.insert("vcs".to_owned(), vcs.clone().into());
                info.insert("commit_id".to_owned(), commit_id.clone().into());
                if let Some(revision) = requested_revision {
                    info.insert("requested_revision".to_owned(), revision.clone().into());
                }
                ("vcs_info", info)
            }
        };
        object.insert(key.to_owned(), info.into());
        if let Some(subdirectory) = &self.subdirectory {
            object.insert("subdirectory".to_owned(), subdirectory.clone().into());
        }
        object.into()
    }

    /// Writes it as pip does: `json.dumps(sort_keys=True)`, compact as Python writes by default.
    /// Credentials that are left in the URL are left out, but for `git@` and `${VARIABLE}` (PEP 610).
    pub fn to_json(&self) -> String {
        let mut output = String::from("{");
        match &self.kind {
            DirectUrlKind::Archive { hashes } => {
                output.push_str("\"archive_info\": {");
                push_hashes(&mut output, hashes);
                output.push('}');
            }
            DirectUrlKind::Directory { editable } => {
                output.push_str("\"dir_info\": {");
                output.push_str(if *editable { "\"editable\": true}" } else { "}" });
            }
            DirectUrlKind::Vcs { .. } => {}
        }
        if let Some(subdirectory) = &self.subdirectory {
            push_separator(&mut output);
            push_pair(&mut output, "subdirectory", subdirectory);
        }
        push_separator(&mut output);
        push_pair(&mut output, "url", &stripped(&self.url));
        if let DirectUrlKind::Vcs { vcs, requested_revision, commit_id } = &self.kind {
            output.push_str(", \"vcs_info\": {");
            push_pair(&mut output, "commit_id", commit_id);
            if let Some(revision) = requested_revision {
                push_separator(&mut output);
                push_pair(&mut output, "requested_revision", revision);
            }
            push_separator(&mut output);
            push_pair(&mut output, "vcs", vcs);
            output.push('}');
        }
        output.push('}');
        output
    }
}

/// The text at `key`: `Some(None)` where there is none, `None` where it is something else.
fn text(object: &Map<String, Value>, key: &str) -> Option<Option<String>> {
    match object.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}

/// The table at `key`, in the manner of [`text`].
fn table<'a>(object: &'a Map<String, Value>, key: &str) -> Option<Option<&'a Map<String, Value>>> {
    match object.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::Object(table)) => Some(Some(table)),
        Some(_) => None,
    }
}

/// The hashes of `archive_info`; the older `hash` must be among `hashes`, and comes first.
fn hashes(archive: &Map<String, Value>) -> Option<Vec<(String, String)>> {
    let mut hashes = Vec::new();
    let known = table(archive, "hashes")?;
    for (algorithm, hash) in known.into_iter().flatten() {
        hashes.push((algorithm.clone(), hash.as_str()?.to_owned()));
    }
    if let Some(legacy) = text(archive, "hash")? {
        let (algorithm, hash) = legacy.split_once('=')?;
        match hashes.iter().position(|(known, _)| known == algorithm) {
            Some(place) if hashes.get(place).is_some_and(|(_, known)| known == hash) => {
                let first = hashes.remove(place);
                hashes.insert(0, first);
            }
            None if known.is_none() => hashes.push((algorithm.to_owned(), hash.to_owned())),
            _ => return None,
        }
    }
    Some(hashes)
}

fn is_absolute_file_url(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, rest)| {
        let path = match rest.strip_prefix("//") {
            Some(rest) => rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default(),
            None => rest,
        };
        scheme.eq_ignore_ascii_case("file") && path.starts_with('/')
    })
}

/// The URL without `user:password@`, unless that is `git` or made of `${VARIABLE}`s; otherwise as Python's
/// `urllib.parse` writes again what it took apart.
fn stripped(url: &str) -> String {
    let url: String = url
        .trim_start_matches(|character: char| character <= ' ')
        .chars()
        .filter(|character| !matches!(character, '\t' | '\r' | '\n'))
        .collect();
    let is_scheme = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    let Some((scheme, rest)) = url.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return url;
    };
    let scheme = scheme.to_ascii_lowercase();
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut stripped = match rest.strip_prefix("//") {
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            format!("{scheme}://{}{path}", without_credentials(authority))
        }
        None if scheme == "file" => {
            format!("{scheme}://{}{rest}", if rest.starts_with('/') || rest.is_empty() { "" } else { "/" })
        }
        None => format!("{scheme}:{rest}"),
    };
    for (mark, part) in [('?', query), ('#', fragment)] {
        if !part.is_empty() {
            stripped.push(mark);
            stripped.push_str(part);
        }
    }
    stripped
}

fn without_credentials(authority: &str) -> &str {
    match authority.rsplit_once('@') {
        Some((user, host)) if user != "git" && !is_made_of_variables(user) => host,
        _ => authority,
    }
}

/// `${NAME}` or `${NAME}:${NAME}`.
fn is_made_of_variables(user: &str) -> bool {
    let is_variable = |text: &str| {
        let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).unwrap_or_default();
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    user.splitn(2, ':').all(is_variable)
}

fn push_hashes(output: &mut String, hashes: &[(String, String)]) {
    let Some((algorithm, hash)) = hashes.first() else { return };
    push_pair(output, "hash", &format!("{algorithm}={hash}"));
    output.push_str(", \"hashes\": {");
    let mut sorted: Vec<_> = hashes.iter().collect();
    sorted.sort();
    for (index, (algorithm, hash)) in sorted.into_iter().enumerate() {
        if index > 0 {
            push_separator(output);
        }
        push_pair(output, algorithm, hash);
    }
    output.push('}');
}

/// A comma, unless nothing stands before it.
fn push_separator(output: &mut String) {
    if !output.ends_with('{') {
        output.push_str(", ");
    }
}

fn push_pair(output: &mut String, key: &str, value: &str) {
    push_text(output, key);
    output.push_str(": ");
    push_text(output, value);
}

/// A JSON string in ASCII only, as Python writes it.
fn push_text(output: &mut String, text: &str) {
    output.push('"');
    for character in text.chars() {
        match character {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            '\u{8}' => output.push_str("\\b"),
            '\u{c}' => output.push_str("\\f"),
            ' '..='~' => output.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    output.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    output.push('"');
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn archive(url: &str, hashes: &[(&str, &str)]) -> DirectUrl {
        let hashes = hashes.iter().map(|(algorithm, hash)| ((*algorithm).into(), (*hash).into())).collect();
        DirectUrl { url: url.into(), subdirectory: None, kind: DirectUrlKind::Archive { hashes } }
    }

    #[test]
    fn it_is_written_as_pip_writes_it() {
        let git = DirectUrl {
            url: "https://user:secret@example.org/r.git".into(),
            subdirectory: Some("a b/é😀\u{7f}\"".into()),
            kind: DirectUrlKind::Vcs {
                vcs: "git".into(),
                requested_revision: Some("main".into()),
                commit_id: "0123".into(),
            },
        };
        let directory = |editable| DirectUrl {
            url: "file:///src/a".into(),
            subdirectory: None,
            kind: DirectUrlKind::Directory { editable },
        };
        for (direct_url, json, download_info) in [
            (
                archive("https://example.org/a.whl", &[]),
                r#"{"archive_info": {}, "url": "https://example.org/a.whl"}"#,
                r#"{"url":"https://example.org/a.whl","archive_info":{}}"#,
            ),
            (
                archive("https://example.org/a.whl", &[("sha512", "ff"), ("md5", "00")]),
                r#"{"archive_info": {"hash": "sha512=ff", "hashes": {"md5": "00", "sha512": "ff"}}, "url": "https://example.org/a.whl"}"#,
                r#"{"url":"https://example.org/a.whl","archive_info":{"hashes":{"sha512":"ff","md5":"00"},"hash":"sha512=ff"}}"#,
            ),
            (
                directory(false),
                r#"{"dir_info": {}, "url": "file:///src/a"}"#,
                r#"{"url":"file:///src/a","dir_info":{}}"#,
            ),
            (
                directory(true),
                r#"{"dir_info": {"editable": true}, "url": "file:///src/a"}"#,
                r#"{"url":"file:///src/a","dir_info":{"editable":true}}"#,
            ),
            (
                git,
                r#"{"subdirectory": "a b/\u00e9\ud83d\ude00\u007f\"", "url": "https://example.org/r.git", "vcs_info": {"commit_id": "0123", "requested_revision": "main", "vcs": "git"}}"#,
                "{\"url\":\"https://example.org/r.git\",\"vcs_info\":{\"vcs\":\"git\",\"commit_id\":\"0123\",\"requested_revision\":\"main\"},\"subdirectory\":\"a b/é😀\u{7f}\\\"\"}",
            ),
        ] {
            assert_eq!(direct_url.to_json(), json);
            assert_eq!(direct_url.download_info().to_string(), download_info);
        }
    }

    #[test]
    fn urls_are_written_as_python_writes_them_without_credentials() {
        for (url, expected) in [
            ("ssh://git@example.org/r", "ssh://git@example.org/r"),
            ("https://${USER}:${PASS}@example.org/r", "https://${USER}:${PASS}@example.org/r"),
            ("https://${USER}@example.org/r", "https://${USER}@example.org/r"),
            ("https://${USER}:pass@example.org/r", "https://example.org/r"),
            ("https://a@b:c@example.org?x@y", "https://example.org?x@y"),
            (" HTTPS://a@Example.org/A?#", "https://Example.org/A"),
            ("https://example.org/a?b#c", "https://example.org/a?b#c"),
            ("file:/a\tb", "file:///ab"),
            ("file:a", "file:///a"),
            ("ssh+x:a@b", "ssh+x:a@b"),
            ("a b:c@d", "a b:c@d"),
            ("https://example.org/a@b", "https://example.org/a@b"),
            ("file:///a@b", "file:///a@b"),
        ] {
            assert_eq!(stripped(url), expected, "{url}");
        }
    }

    #[test]
    fn what_others_wrote_is_read() {
        let hashed = archive("https://example.org/a.whl", &[("sha256", "ff")]);
        for (json, expected) in [
            (
                r#"{"url": "https://example.org/a.whl", "archive_info": {"hash": "sha256=ff"}}"#,
                hashed.clone(),
            ),
            (
                r#"{"url":"https://example.org/a.whl","archive_info":{"hashes":{"sha256":"ff"},"hash":null},"dir_info":null}"#,
                hashed,
            ),
            (r#"{"archive_info": {}, "url": "x"}"#, archive("x", &[])),
        ] {
            assert_eq!(DirectUrl::parse(json).unwrap(), expected);
        }
        let editable = r#"{"dir_info": {"editable": true}, "url": "file:///src/a"}"#;
        assert_eq!(DirectUrl::parse(editable).unwrap().kind, DirectUrlKind::Directory { editable: true });
    }

    #[test]
    fn what_packaging_refuses_is_not_read() {
        for json in [
            "",
            "[]",
            "{}",
            r#"{"url": "https://example.org/a"}"#,
            r#"{"url": 1, "archive_info": {}}"#,
            r#"{"archive_info": {}}"#,
            r#"{"url": "x", "archive_info": []}"#,
            r#"{"url": "x", "archive_info": {}, "vcs_info": {"vcs": "git", "commit_id": "0"}}"#,
            r#"{"url": "x", "vcs_info": {"vcs": "git"}}"#,
            r#"{"url": "x", "archive_info": {"hash": "sha256"}}"#,
            r#"{"url": "x", "archive_info": {"hash": "sha256=00", "hashes": {"sha256": "ff"}}}"#,
            r#"{"url": "x", "archive_info": {"hash": "sha256=00", "hashes": {}}}"#,
            r#"{"url": "x", "archive_info": {"hashes": {"sha256": 1}}}"#,
            r#"{"url": "https://example.org/a", "dir_info": {}}"#,
            r#"{"url": "file:a", "dir_info": {}}"#,
            r#"{"url": "file:///a", "dir_info": {"editable": "yes"}}"#,
            &"[".repeat(100_000),
        ] {
            assert_eq!(DirectUrl::parse(json), None, "{json:.80}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(json in any::<String>()) {
            let _ = DirectUrl::parse(&json);
        }

        #[test]
        fn what_is_written_is_read(path in "[^\t\r\n?#]*", hash in any::<String>(), subdirectory in any::<Option<String>>()) {
            let mut direct_url = archive("https://example.org/", &[("sha256", &hash), ("md5", "0")]);
            direct_url.url.push_str(&path);
            direct_url.subdirectory = subdirectory;
            prop_assert_eq!(DirectUrl::parse(&direct_url.to_json()).unwrap(), direct_url.clone());
        }
    }
}
