//! `rpip freeze`.

use crate::world::{World, demo};

#[test]
fn requirements_that_rebuild_the_environment() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let wheel = test_support::WheelBuilder::new("local", "1.0");
    std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    world.install(&[&format!("./{}", wheel.filename())]).success();
    let stdout = world.rpip(&["freeze"]).success();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines[0], "Demo-App==2.0");
    assert_eq!(lines[1], "helper==2.0");
    assert!(lines[2].starts_with("local @ file:///") && lines[2].contains("#sha256="), "{stdout}");
}
