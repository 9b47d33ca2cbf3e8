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
}
