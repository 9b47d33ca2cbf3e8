//! `compile` and `sync` beside pip-tools and uv, with projects of PyPI: what the one writes the others install.

use crate::world::{Outcome, World};

const REQUIREMENTS: &str = "-c constraints.txt\nuvicorn[standard]\nrich>13\nhttpx[http2] ; python_version > \"3\"\npywin32 ; sys_platform == \"win32\"\n";

/// An environment, and another one that holds pip-tools and uv.
fn world() -> World {
    let world = World::with_environment();
    world.rpip(&["venv", "tools"]).success();
    world.rpip(&["--python", "tools", "install", "-q", "pip-tools", "uv", "pip"]).success();
    world.write("requirements.in", REQUIREMENTS);
    world.write("constraints.txt", "click<8.2\n");
    world
}

/// A tool, which trusts whom the system trusts.
fn run(world: &World, tool: &str, arguments: &[&str]) -> Outcome {
    let mut command = world.command(world.path(&format!("tools/bin/{tool}")));
    command.env("UV_SYSTEM_CERTS", "1").args(arguments);
    World::finish(command)
}

#[test]
fn the_file_is_that_of_pip_compile() {
    let world = world();
    for options in [&[][..], &["--generate-hashes"], &["--strip-extras", "--annotation-style=line"]] {
        run(&world, "pip-compile", &[&["-q", "--no-header", "-o", "theirs.txt"], options].concat()).success();
        let arguments = [&["compile", "--no-header", "-o", "ours.txt"], options].concat();
        world.rpip(&arguments).success();
        let read = |file: &str| std::fs::read_to_string(world.path(file)).unwrap();
        assert_eq!(read("ours.txt"), read("theirs.txt"), "{options:?}");
    }
}

#[test]
fn what_is_compiled_everybody_installs() {
    let world = world();
    world.rpip(&["compile", "--generate-hashes"]).success();
    let python = world.path("env/bin/python").display().to_string();
    run(&world, "uv", &["pip", "install", "-q", "-p", &python, "--require-hashes", "-r", "requirements.txt"])
        .success();
    // Nothing is left to do for the others.
    assert!(world.rpip(&["sync"]).success().contains("Everything up-to-date"));
    world.rpip(&["install", "--require-hashes", "-r", "requirements.txt"]).success();
    world.write("empty.txt", "");
    world.rpip(&["sync", "empty.txt"]).success();
    world.rpip(&["sync", "--require-hashes"]).success();
    let outcome = run(&world, "uv", &["pip", "sync", "-p", &python, "--dry-run", "requirements.txt"]);
    assert!(outcome.stderr.contains("Would make no changes"), "{}", outcome.stderr);
}
