//! What lies below a directory, in a form in which two installers may be compared: paths, modes and contents, but for
//! what must differ (the directory's own path, who installed, bytecode, the order of RECORD).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Stands for the twin's directory in texts.
pub const ROOT: &str = "{root}";

/// A file, as far as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Directory,
    Link(String),
    Text(String),
    /// There, whatever is in it.
    Opaque,
}

/// Paths below the root, with modes and contents.
#[derive(Debug, Default)]
pub struct Snapshot(BTreeMap<String, (u32, Content)>);

/// Not compared: caches, repositories, and the bytecode of what was imported by a build.
fn is_passed_over(relative: &str) -> bool {
    let in_environment = relative.contains("site-packages") || relative.contains("/bin/");
    let name = relative.rsplit('/').next().unwrap_or(relative);
    relative == "home/.cache"
        || name == ".git"
        || (name == "__pycache__" && !in_environment && !is_place(relative))
}

/// A directory that a case gives to --target.
fn is_target(base: &Path) -> bool {
    base.file_name().is_some_and(|name| name.to_string_lossy().starts_with("target"))
}

/// Directories that cases install to.
fn is_place(relative: &str) -> bool {
    ["work/target", "work/prefix", "work/root"].iter().any(|place| relative.starts_with(place))
}

impl Snapshot {
    /// Everything below `root`.
    pub fn of(root: &Path) -> Self {
        let mut snapshot = Self::default();
        let mut pending = vec![root.to_owned()];
        while let Some(directory) = pending.pop() {
            for entry in std::fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let relative = path.strip_prefix(root).unwrap().to_str().unwrap();
                // The twin's own directory lies below --root once more.
                let relative = relative.replace("/twin-b", "/twin-a");
                if is_passed_over(&relative) {
                    continue;
                }
                let metadata = std::fs::symlink_metadata(&path).unwrap();
                let content = if metadata.is_symlink() {
                    Content::Link(normalised(&std::fs::read_link(&path).unwrap().to_string_lossy(), root))
                } else if metadata.is_dir() {
                    pending.push(path);
                    Content::Directory
                } else {
                    content(&path, root)
                };
                snapshot.0.insert(relative, (metadata.permissions().mode() & 0o7777, content));
            }
        }
        snapshot
    }

    /// How `ours` differs from `theirs`, for people; empty where it does not.
    pub fn differences(theirs: &Self, ours: &Self) -> String {
        let mut text = String::new();
        let paths: BTreeSet<&String> = theirs.0.keys().chain(ours.0.keys()).collect();
        // What is below a directory that only one has is not told.
        let mut told: Option<String> = None;
        for path in paths {
            if told.as_ref().is_some_and(|told| path.starts_with(told)) {
                continue;
            }
            told = None;
            match (theirs.0.get(path), ours.0.get(path)) {
                (Some((_, content)), None) | (None, Some((_, content))) => {
                    let below = format!("{path}/");
                    let mut all = theirs.0.iter().chain(&ours.0);
                    let holds_files = all.any(|(path, (_, content))| {
                        path.starts_with(&below) && *content != Content::Directory
                    });
                    if *content == Content::Directory && !holds_files {
                        continue; // an empty directory is no file
                    }
                    let who = if theirs.0.contains_key(path) { "pip: " } else { "rpip:" };
                    let slash = if *content == Content::Directory { "/" } else { "" };
                    writeln!(text, "only with {who} {path}{slash}").unwrap();
                    told = (*content == Content::Directory).then_some(below);
                }
                (Some((their_mode, their)), Some((our_mode, our))) => {
                    if their_mode != our_mode {
                        writeln!(text, "mode of {path}: pip {their_mode:o}, rpip {our_mode:o}").unwrap();
                    }
                    if their != our {
                        writeln!(text, "content of {path}:\n{}", lines(&their.text(), &our.text())).unwrap();
                    }
                }
                (None, None) => {}
            }
        }
        text
    }
}

impl Content {
    fn text(&self) -> String {
        match self {
            Self::Directory => "(a directory)".to_owned(),
            Self::Link(target) => format!("(a link to {target})"),
            Self::Text(text) => text.clone(),
            Self::Opaque => "(a file)".to_owned(),
        }
    }
}

/// Lines that only one of two texts has.
pub fn lines(theirs: &str, ours: &str) -> String {
    let mut text = String::new();
    let (their_lines, our_lines): (Vec<&str>, Vec<&str>) = (theirs.lines().collect(), ours.lines().collect());
    for line in their_lines.iter().filter(|line| !our_lines.contains(line)) {
        writeln!(text, "    - (pip)  {line}").unwrap();
    }
    for line in our_lines.iter().filter(|line| !their_lines.contains(line)) {
        writeln!(text, "    + (rpip) {line}").unwrap();
    }
    if text.is_empty() && theirs != ours {
        text = format!(
            "    the same lines in another order or number:\n    - (pip)  {theirs:?}\n    + (rpip) {ours:?}\n"
        );
    }
    text
}

/// Text without the twin's directory.
pub fn normalised(text: &str, root: &Path) -> String {
    text.replace(root.to_str().unwrap(), ROOT)
}

fn content(path: &Path, root: &Path) -> Content {
    let name = path.file_name().unwrap().to_str().unwrap();
    if name == "INSTALLER" || name.ends_with(".pyc") {
        return Content::Opaque;
    }
    if name.ends_with(".zip") {
        return Content::Opaque; // the times in it are now
    }
    let bytes = std::fs::read(path).unwrap();
    let Ok(text) = String::from_utf8(bytes) else { return Content::Text(format!("{:x?}", digest(path))) };
    let text = normalised(&text, root);
    if name == "RECORD" && path.parent().unwrap().to_string_lossy().ends_with(".dist-info") {
        return Content::Text(record(&text, path.parent().unwrap().parent().unwrap()));
    }
    if name.starts_with("report") && name.ends_with(".json") {
        return Content::Text(report(&text));
    }
    if name.starts_with("pylock") {
        return Content::Text(text.replace("created-by = \"pip\"", "created-by = \"rpip\""));
    }
    Content::Text(text)
}

/// RECORD, sorted; hashes and sizes are `right` where they are, so that files with paths in them may differ.
fn record(text: &str, base: &Path) -> String {
    let mut rows: Vec<String> = text
        .lines()
        .map(|row| {
            let mut fields = row.rsplitn(3, ',');
            let (size, hash) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
            let path = fields.next().unwrap_or_default();
            // In a --target, pip's rows lead to where the files were before it moved them.
            let moved = path.strip_prefix("../../").filter(|_| is_target(base));
            let path = moved.unwrap_or(path);
            let file = base.join(path.trim_matches('"'));
            if path.ends_with(".dist-info/INSTALLER") {
                return path.to_owned();
            }
            if hash.is_empty() || !file.exists() {
                return row.to_owned();
            }
            let found = std::fs::metadata(&file).unwrap().len().to_string();
            let hash = if hash == format!("sha256={}", digest(&file)) { "right" } else { hash };
            let size = if size == found { "right" } else { size };
            format!("{path},{hash},{size}")
        })
        .collect();
    rows.sort();
    rows.dedup();
    rows.join("\n")
}

fn digest(path: &Path) -> String {
    use base64::Engine;
    let digest = Sha256::digest(std::fs::read(path).unwrap());
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(digest)
}

/// An installation report without pip's version, its list sorted by name.
pub fn report(text: &str) -> String {
    let Ok(mut report) = serde_json::from_str::<serde_json::Value>(text) else { return text.to_owned() };
    if let Some(members) = report.as_object_mut() {
        if let Some(version) = members.get_mut("pip_version") {
            *version = "(a version)".into();
        }
        if let Some(installed) = members.get_mut("install").and_then(|installed| installed.as_array_mut()) {
            installed.sort_by_key(|item| item["metadata"]["name"].as_str().map(str::to_owned));
        }
    }
    serde_json::to_string_pretty(&sorted(report)).unwrap()
}

/// With the keys of all objects in order.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => {
            let members: BTreeMap<String, serde_json::Value> = members.into_iter().collect();
            members.into_iter().map(|(key, value)| (key, sorted(value))).collect()
        }
        serde_json::Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}
