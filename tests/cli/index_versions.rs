//! `rpip index versions`.

use test_support::{PublishedFile, WheelBuilder};

use crate::world::World;

fn world() -> World {
    let world = World::with_environment();
    for version in ["1.0", "1.10", "1.9", "2.0rc1"] {
        world.publish(&[WheelBuilder::new("Some.Thing", version)]);
    }
    let withdrawn = WheelBuilder::new("Some.Thing", "1.11");
    world.index.publish("some-thing", PublishedFile::wheel(&withdrawn).yanked("it bites"));
    world.index.publish("some-thing", PublishedFile::new("some_thing-1.12.tar.gz", "sources"));
    let future = WheelBuilder::new("Some.Thing", "3.0");
    world.index.publish("some-thing", PublishedFile::wheel(&future).requires_python(">=4"));
    world
}

#[test]
fn versions_are_listed() {
    let world = world();
    let ask = |arguments: &[&str]| world.ask("index", &[&["versions"], arguments].concat()).success();
    assert_eq!(ask(&["Some_Thing"]), "Some_Thing (1.12)\nAvailable versions: 1.12, 1.10, 1.9, 1.0\n");
    assert_eq!(
        ask(&["--only-binary=:all:", "some-thing"]),
        "some-thing (1.10)\nAvailable versions: 1.10, 1.9, 1.0\n"
    );
    assert!(ask(&["--pre", "some-thing"]).starts_with("some-thing (2.0rc1)\n"));
    assert!(ask(&["--ignore-requires-python", "some-thing"]).starts_with("some-thing (3.0)\n"));
    world.install(&["some-thing==1.9"]).success();
    assert_eq!(
        ask(&["--json", "some-thing"]),
        "{\"name\": \"some-thing\", \"versions\": [\"1.12\", \"1.10\", \"1.9\", \"1.0\"], \"latest\": \"1.12\", \
         \"installed_version\": \"1.9\"}\n"
    );
    assert!(ask(&["some-thing"]).ends_with("  INSTALLED: 1.9\n  LATEST:    1.12\n"));
    assert_eq!(ask(&["-q", "some-thing"]), "");
}

#[test]
fn refusals() {
    let world = world();
    for (arguments, expected) in [
        (&["versions", "absent"][..], "ERROR: No matching distribution found for absent\n"),
        (&["versions", "not a name"], "ERROR: No matching distribution found for not a name\n"),
        (
            &["versions", "--only-final=:all:", "--pre", "x"],
            "ERROR: --pre cannot be used with --all-releases or --only-final.\n",
        ),
        (&["versions"], "ERROR: You need to specify exactly one argument\n"),
        (&["versions", "a", "b"], "ERROR: You need to specify exactly one argument\n"),
        (&[], "ERROR: Need an action (versions) to perform.\n"),
        (&["else", "a"], "ERROR: Need an action (versions) to perform.\n"),
    ] {
        assert_eq!(world.ask("index", arguments).failure(1), expected, "{arguments:?}");
    }
}
