//! `rpip check-dist`, and `rpip check` with files.

use std::process::Command;

use test_support::WheelBuilder;

use crate::world::{Outcome, World};

/// A wheel that nothing is wrong with.
fn good() -> WheelBuilder {
    WheelBuilder::new("demo", "1.0").header("Description-Content-Type: text/markdown").description("# demo\n")
}

fn check(wheel: &WheelBuilder, arguments: &[&str]) -> Outcome {
    let world = World::new();
    std::fs::create_dir(world.path("dist")).unwrap();
    std::fs::write(world.path("dist").join(wheel.filename()), wheel.build()).unwrap();
    let mut all = vec!["check-dist", "dist/*"];
    all.extend(arguments);
    world.rpip(&all)
}

#[test]
fn what_is_good_passes() {
    let world = World::new();
    std::fs::write(world.path("demo-1.0-py3-none-any.whl"), good().build()).unwrap();
    for command in ["check", "check-dist"] {
        let outcome = world.rpip(&[command, "demo-1.0-py3-none-any.whl"]);
        assert_eq!(outcome.stdout, "Checking demo-1.0-py3-none-any.whl: PASSED\n");
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
    }
    let stderr = world.rpip(&["check", "dist/*"]).failure(1);
    assert_eq!(stderr, "ERROR: Cannot find file (or expand pattern): 'dist/*'\n");
    let stderr = world.rpip(&["check-dist"]).failure(1);
    assert!(stderr.contains("You must give at least one distribution to check"), "{stderr}");
}

#[test]
fn warnings_fail_only_where_that_is_asked_for() {
    let wheel = WheelBuilder::new("demo", "1.0").description("");
    let outcome = check(&wheel, &[]);
    assert_eq!(outcome.stdout, "Checking dist/demo-1.0-py3-none-any.whl: PASSED with warnings\n");
    assert_eq!(
        outcome.stderr,
        "WARNING: `long_description_content_type` missing. defaulting to `text/x-rst`.\nWARNING: `long_description` missing.\n"
    );
    let outcome = check(&wheel, &["--strict"]);
    assert_eq!(outcome.stdout, "Checking dist/demo-1.0-py3-none-any.whl: FAILED due to warnings\n");
    assert_eq!(outcome.code, 1);
}

/// The check fails, and says this.
#[track_caller]
fn fails(wheel: &WheelBuilder, messages: &[&str]) {
    let outcome = check(wheel, &[]);
    assert!(outcome.stdout.ends_with(": FAILED\n"), "{} {}", outcome.stdout, outcome.stderr);
    assert_eq!(outcome.code, 1);
    for message in messages {
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
}

#[test]
fn a_readme_that_cannot_be_rendered() {
    let wheel = WheelBuilder::new("demo", "1.0").header("Description-Content-Type: text/x-rst");
    fails(
        &wheel.description("Title\n====\n"),
        &[
            "ERROR: `long_description` has syntax errors in markup and would not be rendered on PyPI.",
            "line 2: Warning: Title underline too short.",
        ],
    );
}

#[test]
fn names_metadata_and_classifiers() {
    fails(
        &good().raw_metadata("Metadata-Version: 2.1\nName: other\nVersion: 2.0\n\nx"),
        &[
            "the file is named for 'demo', and its metadata for 'other'",
            "the file is named for version 1.0, and its metadata for 2.0",
        ],
    );
    fails(
        &good().header("Requires-Dist: a ==").header("Classifier: Odd"),
        &[
            "Invalid distribution metadata: 'a ==' is invalid for 'requires-dist'",
            "'Odd' is not a classifier",
        ],
    );
    fails(
        &good().raw_metadata("Name: demo\n"),
        &["No METADATA in archive or METADATA missing 'Metadata-Version'"],
    );
}

#[test]
fn a_record_that_does_not_hold() {
    let world = World::new();
    let zip = |name: &str, record: &str| {
        let record = record.replace('@', "demo-1.0.dist-info");
        let wheel = good().raw_record(&record);
        std::fs::write(world.path(name), wheel.build()).unwrap();
        world.rpip(&["check-dist", name])
    };
    let outcome = zip(
        "demo-1.0-py3-none-any.whl",
        "demo/__init__.py,sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA,3\n@/METADATA,,\nghost.py,,\n@/RECORD,,\n",
    );
    for message in [
        "RECORD's hash of demo/__init__.py is wrong",
        "RECORD's size of demo/__init__.py is wrong",
        "RECORD has no hash of demo-1.0.dist-info/METADATA",
        "RECORD does not list demo-1.0.dist-info/WHEEL",
        "RECORD lists ghost.py, which is not there",
    ] {
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    assert_eq!(outcome.code, 1);
}

#[test]
fn what_does_not_belong_there() {
    let key = format!("-----BEGIN PRIVATE KEY-----\n{}\n", "MIIB".repeat(30));
    let wheel = good()
        .file("demo/.env", b"PASSWORD=x")
        .file("demo/id_rsa", b"x")
        .file("demo/__pycache__/x.pyc", b"x")
        .file("demo/conf.py", key.as_bytes())
        .file("tests/__init__.py", b"");
    let outcome = check(&wheel, &[]);
    assert!(outcome.stdout.ends_with("PASSED with warnings\n"), "{}", outcome.stderr);
    for message in [
        "demo/.env looks like a file with secrets",
        "demo/id_rsa looks like a file with secrets",
        "demo/__pycache__ does not belong into a distribution",
        "demo/conf.py seems to hold a private key",
        "it installs a top-level package 'tests'",
    ] {
        assert!(outcome.stderr.contains(message), "{}", outcome.stderr);
    }
    fails(
        &good().tag("py2.py3-none-any").raw_wheel_file("Tag: py3-none-any\n").file("../x", b""),
        &["its name is unsafe"],
    );
}

#[test]
fn source_distributions_are_looked_at_too() {
    let world = World::new();
    world.write(
        "demo-1.0/PKG-INFO",
        "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nDescription-Content-Type: text/plain\n\nhi\n",
    );
    world.write("demo-1.0/.pypirc", "x");
    let tar = |arguments: &[&str]| {
        let mut tar = Command::new("tar");
        assert!(tar.args(arguments).current_dir(world.path("")).output().unwrap().status.success());
    };
    tar(&["-czf", "demo-1.0.tar.gz", "demo-1.0"]);
    let outcome = world.rpip(&["check", "*.tar.gz"]);
    assert_eq!(outcome.stdout, "Checking demo-1.0.tar.gz: PASSED with warnings\n");
    assert_eq!(outcome.stderr, "WARNING: demo-1.0/.pypirc looks like a file with secrets\n");
    std::os::unix::fs::symlink("/etc/passwd", world.path("demo-1.0/link")).unwrap();
    tar(&["-czf", "demo-1.0.tar.gz", "--transform", "s,/.pypirc,/../up,", "demo-1.0"]);
    let stderr = world.rpip(&["check", "*.tar.gz"]).failure(1);
    assert!(stderr.contains("demo-1.0/../up: its path has a '..' component"), "{stderr}");
    assert!(stderr.contains("demo-1.0/link: it is a link that leads outside, to /etc/passwd"), "{stderr}");
}
