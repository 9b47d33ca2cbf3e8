//! The invariants of ARCHITECTURE.md that a program can check.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Which of our crates each may import (tests and benches aside).
const IMPORTS: &[(&str, &[&str])] = &[
    ("requirement", &[]),
    ("distribution", &["requirement"]),
    ("cache", &["distribution", "requirement"]),
    ("network", &["cache"]),
    ("python", &["requirement", "distribution", "cache"]),
    ("vcs", &["requirement"]),
    ("index", &["requirement", "distribution", "cache", "network"]),
    ("resolver", &["requirement", "distribution"]),
    ("build", &["requirement", "distribution", "cache"]),
    ("install", &["requirement", "distribution", "python", "cache"]),
    ("publish", &["requirement", "distribution", "cache"]),
    (
        "operations",
        &[
            "requirement",
            "distribution",
            "cache",
            "network",
            "python",
            "vcs",
            "index",
            "resolver",
            "build",
            "install",
            "publish",
        ],
    ),
    ("test-support", &[]),
];

/// Where asynchronous code may be.
const ASYNC: &[&str] =
    &["crates/network/", "crates/index/", "crates/operations/src/", "crates/test-support/"];
/// Crates that touch neither disk, network, clock nor threads.
const PURE: &[&str] = &["requirement", "distribution", "resolver"];
/// A file longer than this is more than one thing.
const LONGEST_FILE: usize = 600;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `directory` with this extension, relative to the root.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(directory)];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    let all = ["src", "crates", "tests", "benches"].iter().flat_map(|directory| files(directory, "rs"));
    all.map(|path| (path.display().to_string(), fs::read_to_string(root().join(&path)).unwrap())).collect()
}

/// The part of a file that is the program: tests come last.
fn program(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap()
}

/// Program files of the crates, without their tests and examples.
fn libraries() -> impl Iterator<Item = (String, String)> {
    let is_library = |path: &str| {
        path.starts_with("crates/")
            && path.contains("/src/")
            && !path.starts_with("crates/test-support/")
            && !path.ends_with("tests.rs")
            && !path.contains("/tests/")
    };
    sources().into_iter().filter(move |(path, _)| is_library(path))
}

/// Lines of code that contain one of `needles`, comments aside.
fn offending(path: &str, text: &str, needles: &[&str]) -> Vec<String> {
    let code = program(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let hits = code.filter(|line| needles.iter().any(|needle| line.contains(needle)));
    hits.map(|line| format!("{path}: {}", line.trim())).collect()
}

#[track_caller]
fn none(offences: Vec<String>, rule: &str) {
    assert!(offences.is_empty(), "{rule}\n{}", offences.join("\n"));
}

#[test]
fn crates_import_what_the_table_says() {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        let ours: BTreeSet<String> = dependencies
            .lines()
            .filter_map(|line| line.split(['.', ' ', '=']).next())
            .filter(|name| IMPORTS.iter().any(|(ours, _)| ours == name))
            .map(str::to_owned)
            .collect();
        found.insert(name, ours);
    }
    for (name, allowed) in IMPORTS {
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        let imports = found.remove(*name).unwrap_or_default();
        assert!(imports.is_subset(&allowed), "{name} imports {imports:?}, allowed are {allowed:?}");
    }
    assert!(found.is_empty(), "crates that the table does not know: {found:?}");
}

#[test]
fn only_the_terminal_reads_the_process_environment() {
    let needles = ["env::args", "env::var", "env::current_dir", "env::temp_dir"];
    none(
        libraries().flat_map(|(path, text)| offending(&path, &text, &needles)).collect(),
        "libraries get options; only src/ reads variables and the working directory",
    );
}

#[test]
fn only_network_opens_sockets() {
    let needles = ["reqwest", "TcpStream", "TcpListener", "UdpSocket"];
    let others = libraries().filter(|(path, _)| !path.starts_with("crates/network/"));
    none(
        others.flat_map(|(path, text)| offending(&path, &text, &needles)).collect(),
        "only network opens sockets",
    );
}

#[test]
fn the_vocabulary_and_the_resolver_are_pure() {
    let needles = ["std::fs", "std::net", "tokio", "SystemTime", "Instant::now", "thread::"];
    let pure =
        libraries().filter(|(path, _)| PURE.iter().any(|name| path.starts_with(&format!("crates/{name}/"))));
    none(
        pure.flat_map(|(path, text)| offending(&path, &text, &needles)).collect(),
        "pure crates touch nothing",
    );
}

#[test]
fn asynchronous_code_stays_where_it_belongs() {
    let others =
        sources().into_iter().filter(|(path, _)| !ASYNC.iter().any(|prefix| path.starts_with(prefix)));
    let offences = others.filter(|(path, _)| path != "tests/tidy.rs");
    none(
        offences
            .flat_map(|(path, text)| offending(&path, &text, &["async fn", "async move", ".await"]))
            .collect(),
        "async only in network, index and operations",
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    let silent = sources().into_iter().filter(|(_, text)| !text.starts_with("//!"));
    none(silent.map(|(path, _)| path).collect(), "every file opens with //!");
}

#[test]
fn names_are_of_the_field() {
    let vague = ["utils", "util", "helpers", "helper", "common", "manager", "misc", "shared"];
    let offences = sources().into_iter().filter(|(path, _)| {
        Path::new(path).components().any(|part| {
            let part = part.as_os_str().to_string_lossy();
            vague.contains(&part.trim_end_matches(".rs"))
        })
    });
    none(offences.map(|(path, _)| path).collect(), "a file is named for what is in it");
}

#[test]
fn files_are_one_thing() {
    let long = sources().into_iter().filter(|(_, text)| text.lines().count() > LONGEST_FILE);
    none(
        long.map(|(path, text)| format!("{path}: {} lines", text.lines().count())).collect(),
        "files are short",
    );
}

#[test]
fn commands_operations_and_tests_stand_together() {
    for path in files("src/commands", "rs") {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "mod.rs" {
            continue;
        }
        for other in [format!("crates/operations/src/{name}"), format!("tests/cli/{name}")] {
            assert!(root().join(&other).exists(), "{} has no {other}", path.display());
        }
    }
}

#[test]
fn registries_are_named_in_one_place() {
    let hosts = [
        ["pypi", ".org"],
        ["pythonhosted", ".org"],
        ["crates", ".io"],
        ["npmjs", ".org"],
        ["debian", ".org"],
    ];
    let texts = ["md", "rs", "toml", "py", "txt", "json", "html"]
        .iter()
        .flat_map(|extension| {
            ["", "src", "crates", "tests", "benches"].map(|directory| (directory, extension))
        })
        .flat_map(
            |(directory, extension)| {
                if directory.is_empty() { top_level(extension) } else { files(directory, extension) }
            },
        );
    let named = texts.filter(|path| {
        let text = fs::read_to_string(root().join(path)).unwrap_or_default();
        hosts.iter().any(|parts| text.contains(&parts.concat()))
    });
    none(
        named.map(|path| path.display().to_string()).collect(),
        "write PyPI; hosts are composed in one place",
    );
}

fn top_level(extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let matching =
        entries.filter(|path| path.is_file() && path.extension().is_some_and(|found| found == extension));
    matching.map(|path| path.strip_prefix(root()).unwrap().to_owned()).collect()
}
