//! `rpip show`.

use crate::world::{World, demo};

#[test]
fn fields_in_pips_order() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let stdout = world.rpip(&["show", "-f", "demo_app", "helper"]).success();
    let (first, second) = stdout.split_once("---\n").unwrap();
    let names: Vec<&str> = first.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert_eq!(
        names,
        ["Name", "Version", "Summary", "Home-page", "Author", "Author-email", "License", "Location", "Requires", "Required-by", "Files"]
    );
    assert!(first.contains("Requires: helper\n"), "{first}");
    assert!(first.contains("\n  demo_app/__init__.py\n"), "{first}");
    assert!(second.contains("Required-by: Demo-App\n"), "{second}");
}

#[test]
fn what_is_missing_is_named() {
    let world = World::with_environment();
    let stderr = world.rpip(&["show", "nothing"]).failure(1);
    assert_eq!(stderr, "WARNING: Package(s) not found: nothing\n");
}
