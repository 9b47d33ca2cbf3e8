//! `rpip why`.

use test_support::WheelBuilder;

use crate::world::{World, demo};

fn family() -> World {
    let world = World::with_environment();
    world.publish(&[
        WheelBuilder::new("app", "1.0").requires("left").requires("right>=1").requires("far"),
        WheelBuilder::new("tool", "1.0").requires("base"),
        WheelBuilder::new("left", "1.0").requires("base>=1,<3"),
        WheelBuilder::new("right", "1.0").requires("base"),
        WheelBuilder::new("far", "1.0").requires("left"),
        WheelBuilder::new("base", "2.0"),
        WheelBuilder::new("ring-one", "1.0").requires("ring-two"),
        WheelBuilder::new("ring-two", "1.0").requires("ring-one"),
    ]);
    world
}

fn unmark(world: &World, name: &str) {
    std::fs::remove_file(world.site_packages().join(format!("{name}-1.0.dist-info/REQUESTED"))).unwrap();
}

#[test]
fn every_shortest_chain() {
    let world = family();
    world.install(&["app", "tool"]).success();
    let expected = "\
base 2.0 is required:
  tool 1.0 -> base 2.0
  app 1.0 -> left 1.0 -> base 2.0 (<3,>=1)
  app 1.0 -> right 1.0 (>=1) -> base 2.0
";
    assert_eq!(world.rpip(&["why", "Base"]).success(), expected);
}

#[test]
fn what_was_asked_for() {
    let world = family();
    world.install(&["app", "far"]).success();
    assert_eq!(world.rpip(&["why", "app"]).success(), "app 1.0 was asked for.\n");
    assert_eq!(
        world.rpip(&["why", "far"]).success(),
        "far 1.0 was asked for, and is required as well:\n  app 1.0 -> far 1.0\n"
    );
}

#[test]
fn what_nobody_asked_for() {
    let world = family();
    world.install(&["tool"]).success();
    unmark(&world, "tool");
    assert_eq!(
        world.rpip(&["why", "tool"]).success(),
        "tool 1.0 is required by nobody, and is not marked as asked for.\n"
    );
    assert_eq!(
        world.rpip(&["why", "base"]).success(),
        "base 2.0 is required by what nothing requires, though it is not marked as asked for:\n  tool 1.0 -> base 2.0\n"
    );
}

#[test]
fn a_ring() {
    let world = family();
    world.install(&["ring-one"]).success();
    assert_eq!(
        world.rpip(&["why", "ring-one"]).success(),
        "ring-one 1.0 was asked for, and is required by what is not marked as asked for:\n  ring-two 1.0 -> ring-one 1.0\n"
    );
    unmark(&world, "ring_one");
    let stdout = world.rpip(&["why", "ring-one"]).success();
    assert!(stdout.contains("is required in a ring") && stdout.ends_with("  ring-two 1.0 -> ring-one 1.0\n"));
}

#[test]
fn what_is_not_installed() {
    let world = World::with_environment();
    world.publish(&demo());
    assert_eq!(world.rpip(&["why", "nope"]).failure(1), "ERROR: nope is not installed\n");
    world.install(&["--no-deps", "demo-app"]).success();
    assert_eq!(
        world.rpip(&["why", "helper"]).failure(1),
        "ERROR: helper is not installed, though it is required by Demo-App\n"
    );
    assert!(world.rpip(&["why"]).failure(2).contains("Usage:"));
    world.rpip(&["why", "not a name"]).failure(1);
}

#[test]
fn very_many_chains_are_cut() {
    let world = World::with_environment();
    let mut wheels = Vec::new();
    for layer in 0..8 {
        for side in ["a", "b"] {
            let wheel = WheelBuilder::new(&format!("{side}{layer}"), "1");
            wheels.push(match layer {
                7 => wheel.requires("end"),
                _ => wheel.requires(&format!("a{}", layer + 1)).requires(&format!("b{}", layer + 1)),
            });
        }
    }
    wheels.push(WheelBuilder::new("end", "1"));
    world.publish(&wheels);
    world.install(&["a0"]).success();
    let stdout = world.rpip(&["why", "end"]).success();
    assert_eq!(stdout.lines().count(), 102);
    assert!(stdout.ends_with("  ... and more\n"), "{stdout}");
}
