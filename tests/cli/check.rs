//! `rpip check`.

use crate::world::{World, demo};

#[test]
fn broken_requirements_are_listed() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    assert_eq!(world.rpip(&["check"]).success(), "No broken requirements found.\n");
    world.install(&["--no-deps", "helper==1.0"]).success();
    let outcome = world.rpip(&["check"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.stdout, "demo-app 2.0 has requirement helper>=2, but you have helper 1.0.\n");
    world.rpip(&["uninstall", "-y", "helper"]).success();
    let outcome = world.rpip(&["check"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.stdout, "demo-app 2.0 requires helper, which is not installed.\n");
}

#[test]
fn what_cannot_be_read_or_run_is_broken() {
    let world = World::with_environment();
    world.handmade("odd-x.dist-info", &[("METADATA", "Name: odd\nVersion: x\n")]);
    world.handmade(
        "foreign-1.dist-info",
        &[
            ("METADATA", "Name: Foreign\nVersion: 1\n"),
            ("WHEEL", "Wheel-Version: 1.0\nTag: cp27-cp27m-win32\n"),
        ],
    );
    let outcome = world.rpip(&["check", "ignored"]);
    assert_eq!(outcome.stdout, "Foreign 1 is not supported on this platform\n");
    assert_eq!(outcome.failure(1), "WARNING: Error parsing dependencies of odd: Invalid version: 'x'\n");
}

#[test]
fn each_requirement_is_told_once() {
    let world = World::with_environment();
    let metadata = "Name: a\nVersion: 1\nRequires-Dist: b>1\nRequires-Dist: b>1\nRequires-Dist: b\nRequires-Dist: c ; extra == 'x'\n";
    world.handmade("a-1.dist-info", &[("METADATA", metadata)]);
    let outcome = world.rpip(&["check"]);
    assert_eq!(
        outcome.stdout,
        "a 1 requires b, which is not installed.\na 1 requires b, which is not installed.\n"
    );
}

#[test]
fn breaking_a_neighbour_is_reported_after_the_installation() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let outcome = world.install(&["helper==1.0"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .contains("demo-app 2.0 requires helper>=2, but you have helper 1.0 which is incompatible."),
        "{}",
        outcome.stderr
    );
    // What was broken before is not told of again where nothing changes, nor where others do.
    world.publish(&[test_support::WheelBuilder::new("other", "1.0")]);
    assert_eq!(world.install(&["helper"]).stderr, "");
    assert_eq!(world.install(&["helper", "other"]).stderr, "");
}
