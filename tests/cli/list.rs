//! `rpip list`.

use crate::world::{World, demo};

#[test]
fn columns_as_pip_prints_them() {
    let world = World::with_environment();
    assert_eq!(world.rpip(&["list"]).success(), "");
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    assert_eq!(
        world.rpip(&["list"]).success(),
        "Package  Version\n-------- -------\nDemo-App 2.0\nhelper   2.0\n"
    );
}

#[test]
fn broken_neighbours_are_passed_over() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["helper"]).success();
    std::fs::create_dir(world.site_packages().join("broken-1.0.dist-info")).unwrap();
    std::fs::create_dir(world.site_packages().join("~elper-1.0.dist-info")).unwrap();
    let outcome = world.rpip(&["list"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("helper  2.0"), "{}", outcome.stdout);
    let warning = "WARNING: Ignoring incompletely removed distribution ~elper-1.0.dist-info";
    assert!(outcome.stderr.contains(warning), "{}", outcome.stderr);
}
