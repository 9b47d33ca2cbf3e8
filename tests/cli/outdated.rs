//! `rpip list --outdated` and `--uptodate`.

use test_support::{PublishedFile, WheelBuilder};

use crate::world::World;

fn world() -> World {
    let world = World::with_environment();
    for name in ["one", "two", "three"] {
        world.publish(&[WheelBuilder::new(name, "1.0")]);
    }
    world.install(&["one", "two", "three"]).success();
    world.publish(&[WheelBuilder::new("one", "2.0"), WheelBuilder::new("two", "2.0rc1")]);
    world.index.publish("three", PublishedFile::new("three-1.5.tar.gz", "sources"));
    world
}

#[test]
fn what_there_is_now_is_shown() {
    let world = world();
    let list = |arguments: &[&str]| {
        world.ask("list", &[&["--refresh-package", ":all:"], arguments].concat()).success()
    };
    assert_eq!(
        list(&["--outdated"]),
        "Package Version Latest Type\n------- ------- ------ -----\none     1.0     2.0    wheel\nthree   1.0     1.5    sdist\n"
    );
    assert_eq!(list(&["-u", "--format=freeze"]), "two==1.0\n");
    assert_eq!(
        list(&["-o", "--pre", "--only-binary=:all:", "--format=json"]),
        "[{\"name\": \"one\", \"version\": \"1.0\", \"latest_version\": \"2.0\", \"latest_filetype\": \"wheel\"}, \
         {\"name\": \"two\", \"version\": \"1.0\", \"latest_version\": \"2.0rc1\", \"latest_filetype\": \"wheel\"}]\n"
    );
    // Three projects, no more requests than that; what is not on the index is not listed.
    world.index.clear_requests();
    list(&["--outdated", "--exclude", "two"]);
    assert_eq!(world.index.requests().len(), 2);
    world.index.clear_requests();
    assert_eq!(list(&["--format=freeze"]), "one==1.0\nthree==1.0\ntwo==1.0\n");
    assert!(world.index.requests().is_empty());
}

#[test]
fn refusals() {
    let world = world();
    let stderr = world.ask("list", &["-o", "-u"]).failure(1);
    assert_eq!(stderr, "ERROR: Options --outdated and --uptodate cannot be combined.\n");
    let stderr = world.ask("list", &["-o", "--format", "freeze"]).failure(1);
    assert_eq!(stderr, "ERROR: List format 'freeze' cannot be used with the --outdated option.\n");
}
