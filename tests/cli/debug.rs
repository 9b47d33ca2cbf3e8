//! `rpip debug` and `rpip --version`.

use crate::world::World;

#[test]
fn what_is_known_of_the_interpreter_is_shown() {
    let world = World::with_environment();
    let outcome = world.rpip(&["debug"]);
    assert!(outcome.stderr.starts_with("WARNING: This command is only meant for debugging. "), "{outcome:?}");
    let stdout = outcome.success();
    assert!(
        stdout.starts_with(&format!("rpip version: rpip {} from ", env!("CARGO_PKG_VERSION"))),
        "{stdout}"
    );
    let executable = format!("\nsys.executable: {}\n", world.path("env/bin/python").display());
    for part in [executable.as_str(), "\nsys.implementation:\n  name: cpython\n", "\nCompatible tags: "] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
    assert!(stdout.ends_with("\n  ...\n  [First 10 tags shown. Pass --verbose to show all.]\n"), "{stdout}");
    let tags: Vec<&str> = stdout.lines().skip_while(|line| !line.starts_with("Compatible")).collect();
    assert_eq!(tags.len(), 13);
}

#[test]
fn tags_of_another_python_are_shown() {
    let world = World::with_environment();
    let stdout = world
        .rpip(&["debug", "--platform", "any", "--python-version", "37", "--abi", "cp37m", "-v"])
        .success();
    let target = "(target: platforms=['any'] version_info='3.7' abis=['cp37m'])\n  cp37-cp37m-any\n";
    assert!(stdout.contains(target), "{stdout}");
    assert!(stdout.ends_with("\n  py30-none-any\n"), "{stdout}");
}

#[test]
fn the_version_names_program_and_python() {
    let world = World::with_environment();
    let version = env!("CARGO_PKG_VERSION");
    for arguments in [&["--version"][..], &["-V"], &["--python", "env", "--version"]] {
        let stdout = world.rpip(arguments).success();
        assert!(
            stdout.starts_with(&format!("rpip {version} from /")) && stdout.contains(" (python 3."),
            "{stdout}"
        );
    }
    let stdout = world.rpip(&["--python", "no-such-python", "--version"]).success();
    assert!(stdout.ends_with(" (no python found)\n"), "{stdout}");
}
