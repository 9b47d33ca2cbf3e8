//! `rpip cache`.

use crate::world::{World, demo};

fn filled() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world
}

#[test]
fn what_is_cached_is_listed_and_removed() {
    let world = filled();
    let stdout = world.rpip(&["cache", "list"]).success();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines[..2], ["Cache contents:", ""]);
    assert!(
        lines[2].starts_with(" - demo_app-2.0-py3-none-any.whl (") || lines[2].starts_with(" - Demo_App-2.0"),
        "{stdout}"
    );
    assert!(lines[3].starts_with(" - helper-2.0-py3-none-any.whl ("), "{stdout}");
    for (pattern, count) in [
        ("helper", 1),
        ("helper-2.0", 1),
        ("helper-1", 0),
        ("hel*", 1),
        ("*", 2),
        ("[!h]*", 1),
        ("HELPER", 0),
    ] {
        let stdout = world.rpip(&["cache", "list", pattern, "--format", "abspath"]).success();
        assert_eq!(stdout.lines().count(), count, "{pattern}: {stdout}");
        assert!(stdout.lines().all(|path| std::path::Path::new(path).join("files").is_dir()), "{stdout}");
    }
    let stdout = world.rpip(&["cache", "remove", "helper"]).success();
    assert!(stdout.starts_with("Files removed: ") && stdout.contains("\nDirectories removed: "), "{stdout}");
    let outcome = world.rpip(&["cache", "remove", "helper"]);
    assert_eq!(outcome.stderr, "WARNING: No matching packages for pattern \"helper\"\n");
    assert_eq!(outcome.success(), "Files removed: 0 (0 bytes)\nDirectories removed: 0\n");
    // What is installed stays, and what is gone is fetched again.
    world.python("import demo_app");
    world.install(&["--force-reinstall", "helper"]).success();
}

#[test]
fn everything_goes_at_once() {
    let world = filled();
    let stdout = world.rpip(&["cache", "info"]).success();
    for title in
        ["Package index page cache size: ", "Number of wheels: 2\n", "Number of locally built wheels: 0\n"]
    {
        assert!(stdout.contains(title), "{stdout}");
    }
    assert!(!world.rpip(&["cache", "purge"]).success().starts_with("Files removed: 0 "));
    let outcome = world.rpip(&["cache", "purge"]);
    assert_eq!(outcome.stderr, "WARNING: No matching packages\n");
    assert_eq!(outcome.success(), "Files removed: 0 (0 bytes)\nDirectories removed: 0\n");
    assert_eq!(world.rpip(&["cache", "list"]).success(), "No locally built wheels cached.\n");
    world.python("import demo_app");
}

#[test]
fn the_directory_is_told() {
    let world = World::new();
    let root = world.path("").canonicalize().unwrap();
    let stdout = world.rpip(&["cache", "dir", "--cache-dir", "sub/../own"]).success();
    assert_eq!(stdout, format!("{}\n", root.join("own").display()));
}

#[test]
fn mistakes_are_told_in_pips_words() {
    let world = World::new();
    for (arguments, message) in [
        (&["cache"][..], "Need an action (dir, info, list, purge, remove) to perform."),
        (&["cache", "dir", "x"], "Too many arguments"),
        (&["cache", "list", "x", "y"], "Too many arguments"),
        (&["cache", "purge", "x"], "Too many arguments"),
        (&["cache", "remove"], "Please provide a pattern"),
        (&["cache", "--no-cache-dir"], "rpip cache commands can not function since cache is disabled."),
        (&["cache", "dir", "--cache-dir="], "rpip cache commands can not function since cache is disabled."),
    ] {
        assert_eq!(world.rpip(arguments).failure(1), format!("ERROR: {message}\n"), "{arguments:?}");
    }
    world.rpip(&["cache", "list", "--format", "x"]).failure(2);
}
