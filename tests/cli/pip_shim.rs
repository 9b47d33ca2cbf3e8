//! `rpip pip-shim`, `rpip venv --pip-shim`.

use std::fs;

use test_support::WheelBuilder;

use crate::world::{Outcome, World, demo};

const VERSION: &str = concat!("26.3+rpip.", env!("CARGO_PKG_VERSION"));

fn shimmed() -> World {
    let world = World::with_environment();
    world.rpip(&["pip-shim"]).success();
    world
}

fn run(world: &World, program: &str, arguments: &[&str]) -> Outcome {
    let mut command = world.command(world.path(program));
    command.args(arguments);
    World::finish(command)
}

#[test]
fn scripts_and_module_run_rpip_on_the_environment() {
    let world = shimmed();
    world.publish(&demo());
    let index = world.index.simple();
    let stdout = run(&world, "env/bin/pip", &["install", "--index-url", &index, "helper"]).success();
    assert!(stdout.contains("Successfully installed helper-2.0"), "{stdout}");
    let listed = run(&world, "env/bin/pip3", &["list", "--format=freeze"]).success();
    assert_eq!(listed, format!("helper==2.0\npip=={VERSION}\n"));
    assert_eq!(run(&world, "env/bin/python", &["-m", "pip", "list", "--format=freeze"]).success(), listed);
    assert_eq!(run(&world, "env/bin/python", &["-m", "pip", "show", "nope"]).code, 1);
    for module in ["pip", "pip._internal", "pip._internal.cli.main"] {
        let code = format!("from {module} import main; import sys; sys.exit(main(['show', 'nope']))");
        assert_eq!(run(&world, "env/bin/python", &["-c", &code]).code, 1);
    }
}

#[test]
fn an_environment_that_was_moved_is_still_the_one_that_is_meant() {
    let world = shimmed();
    world.publish(&demo());
    world.install(&["helper"]).success();
    fs::rename(world.path("env"), world.path("other place")).unwrap();
    let listed = run(&world, "other place/bin/pip", &["list", "--format=freeze"]).success();
    assert_eq!(listed, format!("helper==2.0\npip=={VERSION}\n"));
    let version = run(&world, "other place/bin/pip", &["--version"]).success();
    assert!(version.contains("/other place/lib/"), "{version}");
}

#[test]
fn the_version_is_told_as_pip_tells_it() {
    let world = shimmed();
    let package = world.site_packages().join("pip");
    let python = world.python("import sys; print('%d.%d' % sys.version_info[:2])");
    let expected = format!("pip {VERSION} from {} (python {})\n", package.display(), python.trim());
    for option in ["--version", "-V"] {
        assert_eq!(run(&world, "env/bin/pip", &[option]).success(), expected);
        assert_eq!(run(&world, "env/bin/python", &["-m", "pip", option]).success(), expected);
    }
    assert!(world.path(&format!("env/bin/pip{}", python.trim())).exists());
    assert_eq!(world.python("import pip; print(pip.__version__)"), format!("{VERSION}\n"));
    let code = "from importlib.metadata import version; print(version('pip'))";
    assert_eq!(world.python(code), format!("{VERSION}\n"));
}

#[test]
fn it_is_a_distribution() {
    let world = shimmed();
    world.rpip(&["verify"]).success();
    assert_eq!(world.rpip(&["why", "pip"]).success().lines().count(), 1);
    // Once more replaces it.
    world.rpip(&["pip-shim"]).success();
    let stdout = world.rpip(&["pip-shim", "--remove"]).success();
    assert_eq!(stdout, format!("Successfully uninstalled pip-{VERSION}\n"));
    assert_eq!(world.installed_names(), Vec::<String>::new());
    assert!(!world.path("env/bin/pip").exists() && !world.path("env/bin/pip3").exists());
    assert!(world.rpip(&["pip-shim", "--remove"]).failure(1).contains("no pip shim is installed"));
    let world = shimmed();
    run(&world, "env/bin/pip", &["uninstall", "-y", "pip"]).success();
    assert_eq!(world.installed_names(), Vec::<String>::new());
}

#[test]
fn a_broken_one_is_written_anew_by_nobody_else() {
    let world = shimmed();
    world.publish(&demo());
    world.install(&["helper==1.0"]).success();
    for file in ["pip/__init__.py", "helper.py"] {
        let path = world.site_packages().join(file);
        fs::remove_file(&path).unwrap();
        fs::write(path, "broken").unwrap();
    }
    // The others are repaired nevertheless.
    let outcome = world.rpip(&["verify", "--repair", "--index-url", &world.index.simple()]);
    assert!(outcome.stdout.contains("helper 1.0"), "{}", outcome.stdout);
    assert!(outcome.failure(1).contains("pip cannot be repaired: no index has it; `rpip pip-shim` writes"));
    world.python("import helper; assert helper.VERSION == '1.0'");
    world.rpip(&["pip-shim"]).success();
    world.rpip(&["verify"]).success();
}

#[test]
fn a_real_pip_is_replaced_only_by_force() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("pip", "26.3").file("pip/old.py", b"").entry_point("pip", "pip:main")]);
    world.install(&["pip"]).success();
    let stderr = world.rpip(&["pip-shim"]).failure(1);
    assert!(stderr.contains("pip 26.3 is installed in") && stderr.contains("--force"), "{stderr}");
    let stdout = world.rpip(&["pip-shim", "--force"]).success();
    assert!(stdout.starts_with("Successfully uninstalled pip-26.3\nSuccessfully installed pip-26.3+rpip."));
    assert!(!world.site_packages().join("pip/old.py").exists());
    assert!(run(&world, "env/bin/pip", &["list"]).success().contains("26.3+rpip."));
}

#[test]
fn upgrading_pip_leaves_it_in_its_place() {
    let world = shimmed();
    world.publish(&[WheelBuilder::new("pip", "25.0"), WheelBuilder::new("pip", "99.0")]);
    world.publish(&demo());
    let index = world.index.simple();
    let pip =
        |arguments: &[&str]| run(&world, "env/bin/pip", &[arguments, &["--index-url", &index]].concat());
    let stdout = pip(&["install", "--upgrade", "pip", "helper"]).success();
    assert!(stdout.contains("Requirement already satisfied: pip in "), "{stdout}");
    assert!(stdout.ends_with("Successfully installed helper-2.0\n"), "{stdout}");
    pip(&["install", "--upgrade", "--upgrade-strategy", "eager", "pip"]).success();
    let stdout = world.rpip(&["upgrade", "--all", "-y", "--index-url", &index]).success();
    assert!(!stdout.contains("Held back"), "{stdout}");
    world.write("requirements.txt", "helper\n");
    world.rpip(&["sync", "--index-url", &index]).success();
    assert_eq!(
        run(&world, "env/bin/pip", &["freeze", "--all"]).success(),
        format!("helper==2.0\npip=={VERSION}\n")
    );
    assert!(!pip(&["list", "--outdated"]).success().contains("pip"));
    // Who wants another version by number gets it, and the stand-in leaves whole.
    let outcome = pip(&["install", "pip==25.0"]);
    assert!(outcome.success().contains("Successfully installed pip-25.0"));
    assert_eq!(world.rpip(&["list", "--format=freeze"]).success(), "helper==2.0\npip==25.0\n");
}

#[test]
fn what_belongs_to_nobody_is_not_overwritten() {
    let world = World::with_environment();
    let module = world.site_packages().join("pip/__init__.py");
    fs::create_dir(module.parent().unwrap()).unwrap();
    fs::write(&module, "mine = 1\n").unwrap();
    assert!(world.rpip(&["pip-shim"]).failure(1).contains("belongs to nothing that is installed"));
    assert_eq!(fs::read_to_string(&module).unwrap(), "mine = 1\n");
    world.rpip(&["pip-shim", "--force"]).success();
    assert!(fs::read_to_string(&module).unwrap().contains("played by rpip"));
}

#[test]
fn new_environments_may_have_it() {
    let world = World::new();
    world.rpip(&["venv", "--pip-shim", "it's new"]).success();
    let listed = run(&world, "it's new/bin/pip", &["list", "--format=freeze"]).success();
    assert_eq!(listed, format!("pip=={VERSION}\n"));
    let listed = run(&world, "it's new/bin/python", &["-m", "pip", "freeze"]);
    assert_eq!(listed.code, 0, "{}", listed.stderr);
    world.rpip(&["venv", "--pip-shim", "--seed", "other"]).failure(2);
    world.rpip(&["pip-shim", "--remove", "--force"]).failure(2);
}

#[test]
fn a_broken_neighbour_does_no_harm() {
    let world = World::with_environment();
    fs::create_dir(world.site_packages().join("pip-1.0.dist-info")).unwrap();
    fs::create_dir(world.site_packages().join("pip-0.0.dist-info")).unwrap();
    world.rpip(&["pip-shim"]).success();
    run(&world, "env/bin/pip", &["list"]).success();
}
