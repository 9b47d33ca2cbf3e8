//! `rpip venv`.

use crate::world::{World, names};

#[test]
fn the_layout_is_that_of_python_m_venv() {
    let world = World::new();
    world.rpip(&["venv", "env"]).success();
    let mut command = world.command("python3");
    command.args(["-m", "venv", "--without-pip", "reference"]);
    World::finish(command).success();
    assert_eq!(names(&world.path("env")), names(&world.path("reference")));
    let keys = |path: &str| -> Vec<String> {
        let text = std::fs::read_to_string(world.path(path)).unwrap();
        text.lines().filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect()
    };
    assert_eq!(keys("env/pyvenv.cfg"), keys("reference/pyvenv.cfg"));
    let prefix = world.python("import sys; print(sys.prefix != sys.base_prefix)");
    assert_eq!(prefix, "True\n");
}

#[test]
fn activation_puts_the_environment_first() {
    let world = World::new();
    world.rpip(&["venv", "my env"]).success();
    let mut command = world.command("bash");
    command.args(["-c", "source 'my env/bin/activate' && command -v python && deactivate && echo \"${VIRTUAL_ENV:-gone}\""]);
    let stdout = World::finish(command).success();
    assert!(stdout.contains("my env/bin/python\ngone\n"), "{stdout}");
}

#[test]
fn clear_empties_and_refuses_what_is_no_environment() {
    let world = World::with_environment();
    world.write("env/left.txt", "");
    world.rpip(&["venv", "--clear", "env"]).success();
    assert!(!world.path("env/left.txt").exists());
    world.write("precious/data.txt", "keep");
    world.rpip(&["venv", "--clear", "precious"]).failure(1);
    assert!(world.path("precious/data.txt").exists());
}

#[test]
fn bad_targets_and_pythons() {
    let world = World::new();
    world.write("file", "");
    assert!(world.rpip(&["venv", "file"]).failure(1).contains("file"));
    assert!(world.rpip(&["venv", "--python", "3.99", "env"]).failure(1).contains("3.99"));
    assert!(world.rpip(&["venv"]).failure(2).contains("Usage:"));
}
