//! `--report`: rpip's installation reports say what pip's say (in another order, and with another version).

use crate::twin::{Installer, Place, Twin, lines, report};

/// A project in source.
const PROJECT: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "{build-system}[project]\nname = \"my-tree\"\nversion = \"1.0\"\n\
            dependencies = [\"card\"]\n[project.optional-dependencies]\n\
            more = [\"leaf<2\"]\n",
    ),
    ("project/backend.py", "{backend}"),
    ("project/my_tree.py", ""),
    ("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n"),
    ("sub/r.txt", "# nested\nhelper<2\ncard ; python_version > '3'\n"),
];

/// What follows `install --quiet --report -`.
const COMMANDS: &[&str] = &[
    "--dry-run helper",
    "--dry-run demo-app 'parcel[ribbon,gift-wrap]'",
    "--dry-run -r sub/r.txt",
    "--dry-run -r r.txt",
    "--dry-run scripted licensed marked",
    "--dry-run withdrawn==1.1 local early --pre",
    "--dry-run {files}/helper-1.0-py3-none-any.whl",
    "--dry-run 'parcel[ribbon] @ \
        {files}/parcel-1.0-py3-none-any.whl#sha256={sha256:parcel-1.0-py3-none-any.whl}'",
    "--dry-run source-only",
    "--dry-run {files}/source_only-1.0.tar.gz",
    "--dry-run './project[more]'",
    "--dry-run -e ./project",
    "--dry-run unhashed plain-page",
    "--dry-run --ignore-installed card",
    "--dry-run timed --uploaded-prior-to 2023-01-01",
    "card",
];

#[test]
fn reports_are_those_of_pip() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let twins = [Installer::Pip, Installer::Rpip].map(|installer| {
        let twin = Twin::new(&directory, installer, Place::Environment);
        PROJECT.iter().for_each(|(path, text)| twin.write(path, text));
        twin
    });
    let mut differences = String::new();
    for command in COMMANDS {
        let line = format!("install --quiet --report - {command}");
        let [theirs, ours] = twins.each_ref().map(|twin| twin.run(&line, true, ""));
        assert_eq!(theirs.code, 0, "pip {command}: {}", theirs.stderr);
        let (theirs, our_report) = (report(&theirs.stdout), report(&ours.stdout));
        if theirs != our_report {
            let lines = lines(&theirs, &our_report);
            differences.push_str(&format!("=== {line}\n{lines}{}\n", ours.stderr));
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn a_report_may_go_to_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let [theirs, ours] = [Installer::Pip, Installer::Rpip].map(|installer| {
        let twin = Twin::new(&directory, installer, Place::Environment);
        let outcome = twin.run("install --report report.json --dry-run demo-app", true, "");
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        assert_eq!(outcome.last_line(), "Would install Demo-App-2.0 helper-2.0");
        report(&std::fs::read_to_string(twin.work().join("report.json")).unwrap())
    });
    assert_eq!(theirs, ours);
}
