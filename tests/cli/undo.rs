//! `rpip undo`.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use test_support::WheelBuilder;

use crate::world::{World, demo};

/// Every file of the environment with mode and content, bytecode aside.
fn tree(world: &World) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut files = BTreeMap::new();
    collect(&world.path("env"), &mut files);
    files
}

fn collect(directory: &Path, files: &mut BTreeMap<String, (u32, Vec<u8>)>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            collect(&path, files);
        } else if metadata.is_file() && path.extension().is_none_or(|extension| extension != "pyc") {
            let content = std::fs::read(&path).unwrap();
            files.insert(path.display().to_string(), (metadata.permissions().mode(), content));
        }
    }
}

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.publish(&[WheelBuilder::new("data", "1.0")
        .data_file("data", "share/data/file.txt", b"shared")
        .data_file("scripts", "run", b"#!python\nprint('run')\n")]);
    world.install(&["demo-app==1.0", "helper==1.0", "data"]).success();
    world
}

/// Makes a change, undoes it, and looks whether all is as it was.
#[track_caller]
fn undone(world: &World, change: &[&str]) {
    let before = tree(world);
    let index = world.index.simple();
    let mut arguments = change.to_vec();
    if !matches!(change[0], "uninstall" | "undo") {
        arguments.extend(["--index-url", &index]);
    }
    world.rpip(&arguments).success();
    assert_ne!(tree(world), before, "{change:?} changed nothing");
    world.index.clear_requests();
    let stdout = world.rpip(&["undo", "-y"]).success();
    assert!(stdout.contains("Undone: change") && stdout.contains(change[0]), "{stdout}");
    let after = tree(world);
    let keys = |tree: &BTreeMap<String, (u32, Vec<u8>)>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&after), keys(&before), "{change:?}");
    assert!(after == before, "{change:?}: contents or modes differ");
    assert!(world.index.requests().is_empty(), "undo asked the index");
}

#[test]
fn every_change_can_be_undone() {
    let world = world();
    world.publish(&[WheelBuilder::new("fresh", "1.0").entry_point("fresh", "fresh:main")]);
    world.write("requirements.txt", "demo-app==2.0\nhelper==2.0\n");
    undone(&world, &["install", "fresh"]);
    undone(&world, &["install", "-U", "demo-app"]);
    undone(&world, &["uninstall", "-y", "demo-app", "data"]);
    undone(&world, &["sync"]);
    undone(&world, &["upgrade", "--all"]);
    undone(&world, &["install", "--force-reinstall", "--no-deps", "--no-compile", "demo-app==2.0"]);
    assert_eq!(world.python("import demo_app; demo_app.main()"), "demo 1.0\n");
    world.rpip(&["check"]).success();
}

#[test]
fn what_was_changed_by_hand_comes_back_too() {
    let world = world();
    let site = world.site_packages();
    std::fs::write(site.join("demo_app/mine.txt"), "mine").unwrap();
    std::fs::remove_file(site.join("helper.py")).unwrap();
    std::fs::write(site.join("helper.py"), "VERSION = 'patched'\n").unwrap();
    std::fs::remove_file(site.join("helper-1.0.dist-info/INSTALLER")).unwrap();
    std::fs::write(site.join("helper-1.0.dist-info/INSTALLER"), "someone\n").unwrap();
    undone(&world, &["uninstall", "-y", "demo-app", "helper"]);
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "patched\n");
}

#[test]
fn undoing_goes_back_step_by_step_and_can_be_undone() {
    let world = world();
    let first = tree(&world);
    world.install(&["-U", "helper"]).success();
    let second = tree(&world);
    world.install(&["-U", "demo-app"]).success();
    let third = tree(&world);
    world.rpip(&["undo", "-y"]).success();
    assert!(tree(&world) == second);
    world.rpip(&["undo", "-y"]).success();
    assert!(tree(&world) == first);
    // The last undoing by its number, and then the other one.
    world.rpip(&["undo", "-y", "5"]).success();
    assert!(tree(&world) == second);
    let stderr = world.rpip(&["undo", "-y", "4"]).failure(1);
    assert_eq!(stderr, "ERROR: Change 4 cannot be undone: undo change 2 first\n");
    world.install(&["-U", "demo-app"]).success();
    assert!(tree(&world).len() == third.len());
    // Everything, to the empty environment.
    for _ in 0..3 {
        world.rpip(&["undo", "-y"]).success();
    }
    assert_eq!(world.installed_names(), Vec::<String>::new());
    let stderr = world.rpip(&["undo", "-y"]).failure(1);
    assert!(stderr.contains("nothing to undo"), "{stderr}");
}

#[test]
fn nothing_is_done_where_something_else_changed_the_environment() {
    let world = world();
    world.install(&["-U", "helper"]).success();
    // As another installer would.
    let site = world.site_packages();
    std::fs::rename(site.join("helper-2.0.dist-info"), site.join("helper-3.0.dist-info")).unwrap();
    let before = tree(&world);
    let stderr = world.rpip(&["undo", "-y"]).failure(1);
    assert!(stderr.contains("helper 2.0 was installed by it, and 3.0 is installed now"), "{stderr}");
    assert!(tree(&world) == before);
}

#[test]
fn nothing_is_done_where_what_was_taken_out_is_gone() {
    let world = world();
    world.rpip(&["uninstall", "-y", "helper"]).success();
    let history = world.path("../home/.cache/rpip/history-v1");
    let environment = std::fs::read_dir(history).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_dir_all(environment.join("00000002.files")).unwrap();
    let stderr = world.rpip(&["undo", "-y"]).failure(1);
    assert!(stderr.contains("helper.py was taken out by it, and is not in the cache any more"), "{stderr}");
    assert!(!world.site_packages().join("helper.py").exists());
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = world();
    let before = tree(&world);
    let stdout = world.rpip(&["undo", "--dry-run"]).success();
    assert!(stdout.contains("Would change:\n  - data 1.0\n  - Demo-App 1.0\n  - helper 1.0\n"), "{stdout}");
    assert!(tree(&world) == before);
}

#[test]
fn nothing_is_left_in_the_environment() {
    let world = world();
    world.install(&["-U", "helper"]).success();
    world.rpip(&["undo", "-y"]).success();
    assert!(world.installed_names().iter().all(|name| !name.starts_with('.')));
}
