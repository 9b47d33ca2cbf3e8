//! `--target`: what stands in the directory stays, or is replaced as a whole.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use python::Scheme;

use super::{Context, options};
use crate::{ExistingEntry, ExistingPolicy, Installation, Report, TransactionOptions};

/// A directory for `--target`.
fn context() -> Context {
    let mut context = Context::new();
    let target = fs::canonicalize(context.place.path()).unwrap().join("target");
    context.target.scheme = Scheme {
        purelib: target.clone(),
        platlib: target.clone(),
        scripts: target.join("bin"),
        headers: target.join("include/python"),
        data: target,
    };
    context
}

fn install(context: &Context, existing: ExistingPolicy, wheels: &[Installation]) -> Report {
    let transaction = context.begin_with(TransactionOptions { existing, ..options() }).unwrap();
    transaction.stage_all(wheels).unwrap();
    transaction.conflicts().unwrap();
    transaction.commit().unwrap()
}

fn keep(context: &Context, wheels: &[Installation]) -> Report {
    install(context, ExistingPolicy::Keep, wheels)
}

fn replace(context: &Context, wheels: &[Installation]) -> Report {
    install(context, ExistingPolicy::Replace, wheels)
}

/// `name: entries` of what was left out.
fn left_out(report: &Report) -> Vec<String> {
    let name = |entry: &ExistingEntry| match entry {
        ExistingEntry::Kept(path) => path.file_name().unwrap().to_str().unwrap().to_owned(),
        ExistingEntry::Link(path) => format!("{} (link)", path.file_name().unwrap().to_str().unwrap()),
    };
    let lines = report.left_out.iter().map(|wheel| {
        let entries: Vec<String> = wheel.entries.iter().map(name).collect();
        format!("{} {}: {}", wheel.name, wheel.version, entries.join(" "))
    });
    lines.collect()
}

const SCRIPT: &str = "#!python\n";

#[test]
fn what_exists_stays_as_a_whole() {
    let context = context();
    let files = |version: &'static str| [("demo/__init__.py", version), ("single.py", version)];
    keep(&context, &[context.wheel("demo", "1.0", &files("1.0"))]);
    let before = context.tree();
    let other = context.wheel("other", "1.0", &[("other.py", "")]);
    let report = keep(&context, &[context.wheel("demo", "2.0", &files("2.0")), other.clone()]);
    assert_eq!(left_out(&report), ["demo 2.0: demo single.py"]);
    assert_eq!(report.installed.iter().map(|found| found.name.to_string()).collect::<Vec<_>>(), ["other"]);
    assert_eq!(context.names(), ["demo 1.0", "other 1.0"]);
    context.require_whole();
    let mut now = context.tree();
    now.retain(|path, _| !path.starts_with("other"));
    assert_eq!(now, before);
    // The same version again, too: nothing changes.
    let report = keep(&context, &[context.wheel("demo", "1.0", &files("1.0")), other]);
    assert_eq!(report.existing_entries().len(), 5);
    assert_eq!(
        left_out(&report),
        ["demo 1.0: demo demo-1.0.dist-info single.py", "other 1.0: other-1.0.dist-info other.py"]
    );
}

#[test]
fn the_warnings_are_those_of_pip() {
    let path = || PathBuf::from("/a/target/demo");
    assert_eq!(
        ExistingEntry::Kept(path()).to_string(),
        "Target directory /a/target/demo already exists. Specify --upgrade to force replacement."
    );
    assert_eq!(
        ExistingEntry::Link(path()).to_string(),
        "Target directory /a/target/demo already exists and is a link. pip will not automatically replace links, \
         please remove if replacement is desired."
    );
}

#[test]
fn directories_that_distributions_share_are_merged() {
    let context = context();
    let wheel = |name: &str| {
        context.wheel(
            name,
            "1.0",
            &[
                (&format!("space/{name}/__init__.py"), ""),
                (&format!("{name}.py"), ""),
                (&format!("{name}-1.0.data/scripts/{name}"), SCRIPT),
                (&format!("{name}-1.0.data/data/share/man/{name}.1"), ""),
                (&format!("{name}-1.0.data/headers/x.h"), ""),
            ],
        )
    };
    keep(&context, &[wheel("one")]);
    context.write("__pycache__/one.cpython-312.pyc", "");
    let report = keep(&context, &[wheel("two")]);
    assert_eq!(report.left_out, []);
    assert_eq!(context.names(), ["one 1.0", "two 1.0"]);
    // But none of their files is replaced.
    for (path, expected) in [
        ("bin/three", "three 1.0: bin"),
        ("share/man/three.1", "three 1.0: share"),
        ("space/three", "three 1.0: space"),
    ] {
        let path = context.write(&format!("{path}/x"), "");
        let report = keep(&context, &[wheel("three")]);
        assert_eq!(left_out(&report), if expected.ends_with("space") { vec![] } else { vec![expected] });
        fs::remove_dir_all(path.parent().unwrap()).unwrap();
    }
    context.write("space/four/__init__.py", "mine");
    assert_eq!(left_out(&keep(&context, &[wheel("four")])), ["four 1.0: space"]);
    // A package of the user is no namespace.
    fs::remove_file(context.venv().join("space/four/__init__.py")).unwrap();
    context.write("space/__init__.py", "");
    assert_eq!(left_out(&keep(&context, &[wheel("four")])), ["four 1.0: space"]);
}

#[test]
fn another_version_with_other_names_is_the_same_project() {
    let context = context();
    keep(&context, &[context.wheel("demo", "1.0", &[("old.py", "")])]);
    let report = keep(&context, &[context.wheel("Demo", "2.0", &[("new.py", "")])]);
    assert_eq!(left_out(&report), ["Demo 2.0: demo-1.0.dist-info"]);
    assert_eq!(context.names(), ["demo 1.0"]);
}

#[test]
fn an_upgrade_removes_what_was_there() {
    let context = context();
    let wheel = |version: &str, module: &str| {
        context.wheel(
            "demo",
            version,
            &[
                ("demo/__init__.py", version),
                (&format!("demo/{module}.py"), ""),
                (&format!("{module}.py"), ""),
                (&format!("demo-{version}.data/scripts/{module}"), SCRIPT),
            ],
        )
    };
    let other = context.wheel("other", "1.0", &[("other.py", ""), ("other-1.0.data/scripts/other", SCRIPT)]);
    keep(&context, &[wheel("1.0", "old"), other]);
    let report = replace(&context, &[wheel("2.0", "new")]);
    let removed: Vec<String> =
        report.removed.iter().map(|old| format!("{} {}", old.name, old.version)).collect();
    assert_eq!(removed, ["demo 1.0"]);
    assert_eq!(context.names(), ["demo 2.0", "other 1.0"]);
    context.require_whole();
    for (path, there) in [
        ("old.py", false),
        ("bin/old", false),
        ("bin/new", true),
        ("bin/other", true),
        ("demo/old.py", false),
    ] {
        assert_eq!(context.has(path), there, "{path}");
    }
    // What pip leaves: several versions of one project, without whole RECORDs.
    context.write("demo-0.5.dist-info/METADATA", "Name: demo\nVersion: 0.5\n");
    context.write("demo-0.6.dist-info/METADATA", "Name: demo\nVersion: 0.6\n");
    context.write(
        "demo-0.6.dist-info/RECORD",
        "demo/gone.py,,\n../../bin/ancient,,\ndemo-0.6.dist-info/RECORD,,\ndemo-0.6.dist-info/METADATA,,\n",
    );
    context.write("bin/ancient", "");
    replace(&context, &[wheel("3.0", "newer")]);
    assert_eq!(context.names(), ["demo 3.0", "other 1.0"]);
    assert!(!context.has("bin/ancient") && !context.has("demo-0.5.dist-info"));
    context.require_whole();
}

#[test]
fn what_is_nobodys_is_replaced_and_what_is_anothers_is_not() {
    let context = context();
    let neighbour = context.wheel("neighbour", "1.0", &[("space/neighbour.py", "")]);
    keep(&context, &[neighbour]);
    context.write("demo/mine.txt", "goes, as with pip");
    context.write("file", "becomes a package");
    context.write("module.py/x", "becomes a module");
    context.write("share/mine", "goes too");
    context.write("bin/mine", "stays");
    let wheel = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", ""),
            ("file/__init__.py", ""),
            ("module.py", ""),
            ("space/demo.py", ""),
            ("demo-1.0.data/data/share/x", ""),
            ("demo-1.0.data/scripts/tool", SCRIPT),
        ],
    );
    let report = replace(&context, &[wheel]);
    assert_eq!((report.left_out, report.conflicts), (vec![], vec![]));
    assert!(!context.has("demo/mine.txt") && !context.has("share/mine"));
    assert!(context.has("file/__init__.py") && context.read("module.py").is_empty());
    assert!(context.has("bin/mine") && context.has("bin/tool"));
    assert!(context.has("space/neighbour.py") && context.has("space/demo.py"));
    assert_eq!(context.names(), ["demo 1.0", "neighbour 1.0"]);
}

#[test]
fn links_are_never_replaced() {
    for policy in [ExistingPolicy::Keep, ExistingPolicy::Replace] {
        let context = context();
        let outside = context.place.path().join("outside");
        fs::create_dir_all(outside.join("keep")).unwrap();
        fs::create_dir_all(context.venv()).unwrap();
        for name in ["demo", "bin", "dangling.py"] {
            let target = if name == "dangling.py" { outside.join("nowhere") } else { outside.clone() };
            symlink(target, context.venv().join(name)).unwrap();
        }
        let wheels = [
            context.wheel("demo", "1.0", &[("demo/__init__.py", "")]),
            context.wheel("dangling", "1.0", &[("dangling.py", "")]),
            context.wheel("scripts", "1.0", &[("scripts.py", ""), ("scripts-1.0.data/scripts/x", SCRIPT)]),
            context.wheel("fine", "1.0", &[("fine.py", "")]),
        ];
        let report = install(&context, policy, &wheels);
        let mark = if policy == ExistingPolicy::Replace { " (link)" } else { "" };
        assert_eq!(
            left_out(&report),
            [
                format!("dangling 1.0: dangling.py{mark}"),
                format!("demo 1.0: demo{mark}"),
                format!("scripts 1.0: bin{mark}")
            ]
        );
        assert_eq!(context.names(), ["fine 1.0"]);
        assert_eq!(super::tree(&outside).into_keys().collect::<Vec<_>>(), ["keep/"]);
    }
}

#[test]
fn what_is_left_out_is_not_removed_either() {
    let context = context();
    keep(&context, &[context.wheel("demo", "1.0", &[("demo.py", ""), ("more/__init__.py", "")])]);
    fs::rename(context.venv().join("more"), context.venv().join("moved")).unwrap();
    symlink("moved", context.venv().join("more")).unwrap();
    let before = context.tree();
    let mut transaction =
        context.begin_with(TransactionOptions { existing: ExistingPolicy::Replace, ..options() }).unwrap();
    // Also where the caller asks for it.
    transaction.remove(&context.distribution("demo")).unwrap();
    transaction.stage(&context.wheel("demo", "2.0", &[("demo.py", ""), ("more/__init__.py", "")])).unwrap();
    let report = transaction.commit().unwrap();
    assert_eq!(left_out(&report), ["demo 2.0: more (link)"]);
    assert!(report.removed.is_empty());
    assert_eq!(context.tree(), before);
}
