//! `rpip uninstall`.

use std::io::Write;
use std::process::Stdio;

use crate::world::{World, demo};

fn installed() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world
}

#[test]
fn everything_that_was_installed_goes() {
    let world = installed();
    let stdout = world.rpip(&["uninstall", "-y", "Demo_App", "helper"]).success();
    assert!(stdout.contains("Successfully uninstalled Demo-App-2.0"), "{stdout}");
    assert!(!world.path("env/bin/demo").exists());
    assert_eq!(world.installed_names(), Vec::<String>::new());
}

#[test]
fn files_of_others_stay() {
    let world = installed();
    std::fs::write(world.site_packages().join("demo_app/mine.txt"), "mine").unwrap();
    world.rpip(&["uninstall", "-y", "demo-app"]).success();
    assert!(world.site_packages().join("demo_app/mine.txt").exists());
    assert!(!world.site_packages().join("demo_app/__init__.py").exists());
    assert!(world.site_packages().join("helper.py").exists());
}

#[test]
fn it_asks_first() {
    let world = installed();
    let mut answers = [("n\n", true), ("y\n", false)].into_iter();
    for (answer, stays) in answers.by_ref() {
        let mut command = world.rpip_command(&["uninstall", "helper"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(stdout.contains("Would remove:") && stdout.contains("Proceed (Y/n)? "), "{stdout}");
        assert_eq!(world.site_packages().join("helper.py").exists(), stays);
    }
}

#[test]
fn what_is_not_installed_is_skipped() {
    let world = installed();
    let outcome = world.rpip(&["uninstall", "-y", "nothing"]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr, "WARNING: Skipping nothing as it is not installed.\n");
}

#[test]
fn without_record_nothing_is_guessed() {
    let world = installed();
    std::fs::remove_file(world.site_packages().join("helper-2.0.dist-info/RECORD")).unwrap();
    let stderr = world.rpip(&["uninstall", "-y", "helper", "demo-app"]).failure(1);
    assert!(stderr.contains("helper") && stderr.contains("RECORD"), "{stderr}");
    // All or nothing: the other one stays too.
    assert!(world.site_packages().join("demo_app/__init__.py").exists());
}

#[test]
fn a_record_that_leads_outside_removes_nothing_there() {
    let world = installed();
    world.write("outside.txt", "precious");
    let record = world.site_packages().join("helper-2.0.dist-info/RECORD");
    let mut text = std::fs::read_to_string(&record).unwrap();
    text.push_str("../../../../outside.txt,,\n");
    std::fs::write(&record, text).unwrap();
    world.rpip(&["uninstall", "-y", "helper"]);
    assert!(world.path("outside.txt").exists());
}
