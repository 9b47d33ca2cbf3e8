//! `rpip lock`.

use test_support::sha256_hex;

use crate::sources::{publish_sdist, tree};
use crate::world::{World, demo, names};

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world
}

fn read(world: &World, path: &str) -> String {
    std::fs::read_to_string(world.path(path)).unwrap()
}

#[test]
fn what_would_be_installed_is_written_down() {
    let world = world();
    world.ask("lock", &["demo-app"]).success();
    let files = world.index.url("/files");
    let wheel = |name: &str, version: &str, stem: &str, hash: &str| {
        format!(
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\n\n[[packages.wheels]]\n\
             name = \"{stem}-{version}-py3-none-any.whl\"\nurl = \"{files}/{stem}-{version}-py3-none-any.whl\"\n\n\
             [packages.wheels.hashes]\nsha256 = \"{hash}\"\n"
        )
    };
    let expected = format!(
        "lock-version = \"1.0\"\ncreated-by = \"rpip\"\n\n{}\n{}",
        wheel("demo-app", "2.0", "demo_app", &sha256_hex(&demo()[1].build())),
        wheel("helper", "2.0", "helper", &sha256_hex(&demo()[3].build())),
    );
    assert_eq!(read(&world, "pylock.toml"), expected);
    // It is taken as it is, whatever is newer now.
    world.publish(&[test_support::WheelBuilder::new("helper", "3.0")]);
    let stdout = world.install(&["-r", "pylock.toml"]).success();
    assert!(stdout.ends_with("Successfully installed demo-app-2.0 helper-2.0\n"), "{stdout}");
    let stdout = world.ask("lock", &["-q", "-o", "-", "demo-app<2"]).success();
    assert!(stdout.starts_with("lock-version = \"1.0\"\n") && stdout.contains("helper-3.0"), "{stdout}");
}

#[test]
fn sources_are_locked_by_what_they_are() {
    let world = world();
    tree(&world, "project");
    let hash = sha256_hex(&publish_sdist(&world));
    world.ask("lock", &["--no-deps", "tree"]).success();
    let lock = read(&world, "pylock.toml");
    assert!(
        lock.contains("[packages.sdist]\nname = \"tree-1.0.tar.gz\"\n") && lock.contains(&hash),
        "{lock}"
    );
    world.ask("lock", &["--no-deps", "./tree-1.0.tar.gz"]).success();
    let lock = read(&world, "pylock.toml");
    assert!(lock.contains("[packages.archive]\nurl = \"file:///") && lock.contains(&hash), "{lock}");
    world.ask("lock", &["--no-deps", "-e", "./project"]).success();
    let lock = read(&world, "pylock.toml");
    assert!(
        lock.contains("{ name = \"tree\", directory = { path = \"project\", editable = true } },"),
        "{lock}"
    );
    world.write("locks/x", "");
    world.ask("lock", &["./project", "-o", "locks/pylock.dev.toml"]).success();
    let lock = read(&world, "locks/pylock.dev.toml");
    assert!(lock.contains("path = \"../project\"\n") && lock.contains("helper-2.0"), "{lock}");
}

#[test]
fn files_and_refusals() {
    let world = world();
    world.write("r.txt", "demo-app<2\n");
    let outcome = world.ask("lock", &["-r", "r.txt", "--output", "locked.toml"]);
    assert!(
        outcome.stderr.contains("WARNING: locked.toml is not a valid lock file name."),
        "{}",
        outcome.stderr
    );
    outcome.success();
    assert!(read(&world, "locked.toml").contains("demo_app-1.0"));
    let stderr = world.ask("lock", &[]).failure(1);
    assert_eq!(stderr, "ERROR: You must give at least one requirement to lock (see \"rpip help lock\")\n");
    world.ask("lock", &["absent"]).failure(1);
    world.ask("lock", &["helper", "-o", "nowhere/pylock.toml"]).failure(1);
    assert!(!names(&world.path("")).contains(&"pylock.toml".to_owned()));
}
