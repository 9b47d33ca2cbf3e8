//! `rpip wheel`.

use test_support::sha256_hex;

use crate::sources::{publish_sdist, tree};
use crate::world::{World, demo, names};

const TREE: &str = "tree-1.0-py3-none-any.whl";
const HELPER: &str = "helper-2.0-py3-none-any.whl";

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    tree(&world, "project");
    world
}

#[test]
fn wheels_of_the_index_are_saved_as_they_are() {
    let world = world();
    let stdout = world.ask("wheel", &["-w", "out", "demo-app<2"]).success();
    assert!(stdout.ends_with("Saved ./out/helper-2.0-py3-none-any.whl\n"), "{stdout}");
    assert_eq!(names(&world.path("out")), ["demo_app-1.0-py3-none-any.whl", HELPER]);
    let saved = std::fs::read(world.path("out/demo_app-1.0-py3-none-any.whl")).unwrap();
    assert_eq!(saved, demo()[0].build());
}

#[test]
fn directories_are_built() {
    let world = world();
    let stdout = world.ask("wheel", &["--wheel-dir", "out", "-C", "flavour=sweet", "./project"]).success();
    assert!(
        stdout.contains(&format!("Saved ./out/{HELPER}\nBuilding wheels for collected packages: tree\n")),
        "{stdout}"
    );
    let wheel = std::fs::read(world.path("out").join(TREE)).unwrap();
    let created = format!(
        "  Created wheel for tree: filename={TREE} size={} sha256={}\n",
        wheel.len(),
        sha256_hex(&wheel)
    );
    assert!(stdout.contains(&created), "{stdout}");
    assert!(stdout.contains("\n  Stored in directory: "), "{stdout}");
    assert!(stdout.ends_with("Successfully built tree\n"), "{stdout}");
    world.rpip(&["install", "--no-index", "-f", "out", "tree"]).success();
    assert_eq!(world.python("import tree; print(tree.VALUE, tree.FLAVOUR)"), "1 sweet\n");
    // It may have changed: it is built again, over what is there.
    world.write("project/tree.py", "VALUE = 2\n");
    world.ask("wheel", &["-w", "out", "-e", "./project"]).success();
    world.rpip(&["install", "--force-reinstall", "--no-index", "-f", "out", "tree"]).success();
    assert_eq!(world.python("import tree; print(tree.VALUE, tree.FLAVOUR)"), "2 plain\n");
}

#[test]
fn a_source_distribution_is_built_once() {
    let world = world();
    publish_sdist(&world);
    let stdout = world.ask("wheel", &["--no-deps", "-w", "one", "tree"]).success();
    assert!(stdout.ends_with("Successfully built tree\n"), "{stdout}");
    let stdout = world.ask("wheel", &["--no-deps", "-w", "two", "tree"]).success();
    assert!(stdout.ends_with(&format!("  Using cached {TREE}\nSaved ./two/{TREE}\n")), "{stdout}");
    let read = |directory: &str| std::fs::read(world.path(directory).join(TREE)).unwrap();
    assert_eq!(read("one"), read("two"));
    // An installation takes what was built; and what it builds itself is no archive, so a wheel is built then.
    assert!(!world.install(&["tree"]).success().contains("Building wheel"));
    world.install(&["--force-reinstall", "-C", "flavour=new", "tree"]).success();
    let stdout = world.ask("wheel", &["--no-deps", "-C", "flavour=new", "-w", "three", "tree"]).success();
    assert!(stdout.ends_with("Successfully built tree\n"), "{stdout}");
}

#[test]
fn a_build_that_fails_leaves_the_others_be() {
    let world = world();
    for directory in ["project", "other"] {
        world.write(
            &format!("{directory}/pyproject.toml"),
            &format!(
                "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n\
                 [project]\nname = \"{directory}\"\nversion = \"1.0\"\n"
            ),
        );
    }
    let backend = std::fs::read_to_string(world.path("project/backend.py")).unwrap();
    world.write("other/backend.py", &backend.replace("\"tree\"", "\"other\""));
    world.write("other/VERSION", "1.0");
    world.write("other/tree.py", "");
    world.write("project/FAIL", "");
    let outcome = world.ask("wheel", &["-w", "out", "./project", "./other"]);
    assert!(
        outcome.stdout.ends_with("Successfully built other\nFailed to build project\n"),
        "{}",
        outcome.stdout
    );
    let stderr = outcome.failure(1);
    assert!(stderr.contains("the compiler is on strike"), "{stderr}");
    assert!(
        stderr.ends_with(
            "ERROR: Failed building wheel for project\nERROR: Failed to build one or more wheels\n"
        ),
        "{stderr}"
    );
    assert_eq!(names(&world.path("out")), ["other-1.0-py3-none-any.whl"]);
    // The backend calls itself otherwise than its metadata.
    std::fs::remove_file(world.path("project/FAIL")).unwrap();
    let stderr = world.ask("wheel", &["-w", "out", "./project"]).failure(1);
    assert!(stderr.contains("ERROR: Failed building wheel for project"), "{stderr}");
    assert_eq!(names(&world.path("out")), ["other-1.0-py3-none-any.whl"]);
}

#[test]
fn what_is_built_is_looked_at_unless_told_otherwise() {
    let world = world();
    let backend = std::fs::read_to_string(world.path("project/backend.py")).unwrap();
    world.write("project/backend.py", &backend.replace("Wheel-Version: 1.0", "Wheel-Version: 9.0"));
    let outcome = world.ask("wheel", &["-w", "out", "--no-deps", "./project"]);
    assert!(outcome.failure(1).contains("ERROR: Failed to build one or more wheels"));
    assert!(names(&world.path("out")).is_empty());
    world.ask("wheel", &["-w", "out", "--no-deps", "--no-verify", "./project"]).success();
    assert_eq!(names(&world.path("out")), [TREE]);
}

#[test]
fn refusals() {
    let world = world();
    let stderr = world.ask("wheel", &[]).failure(1);
    assert_eq!(stderr, "ERROR: You must give at least one requirement to wheel (see \"rpip help wheel\")\n");
    assert!(
        world.ask("wheel", &["--platform", "win32", "x"]).failure(2).contains("no such option: --platform")
    );
    let arguments = ["--no-build-isolation", "--build-constraint", "c.txt", "helper"];
    let stderr = world.ask("wheel", &arguments).failure(1);
    assert!(stderr.contains("--build-constraint cannot be used with --no-build-isolation."), "{stderr}");
}
