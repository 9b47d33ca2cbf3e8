//! `rpip lock`.

use test_support::{PublishedFile, WheelBuilder, sha256_hex};

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

/// Name, version and marker of each package.
fn packages(lock: &str) -> Vec<(String, String, String)> {
    let blocks = lock.split("[[packages]]\n").skip(1);
    let field = |block: &str, name: &str| {
        let line =
            block.lines().take_while(|line| !line.starts_with('[')).find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().replace("\\\"", "'").trim_matches(['=', ' ', '"']).to_owned()
    };
    blocks.map(|block| (field(block, "name"), field(block, "version"), field(block, "marker"))).collect()
}

/// Versions for some Pythons, files for some platforms, dependencies for some of both.
fn varied() -> World {
    let world = World::with_environment();
    let wheel = |name: &str, version: &str| WheelBuilder::new(name, version);
    let app = wheel("app", "1.0")
        .requires("only-windows; sys_platform == 'win32'")
        .requires("patched; python_full_version >= '3.12.4'")
        .requires("moving")
        .requires("native");
    world.publish(&[app, wheel("only-windows", "1.0"), wheel("patched", "1.0"), wheel("moving", "1.0")]);
    let moved = wheel("moving", "2.0").requires_python(">=3.12");
    world.index.publish("moving", PublishedFile::wheel(&moved).requires_python(">=3.12"));
    for (version, tag) in [
        ("1.0", "cp311-abi3-manylinux_2_17_x86_64"),
        ("1.0", "cp311-abi3-win_amd64"),
        ("1.0", "cp311-abi3-macosx_11_0_arm64"),
        ("2.0", "cp311-abi3-manylinux_2_17_x86_64"),
        ("2.0", "cp311-abi3-win_amd64"),
    ] {
        world.publish(&[wheel("native", version).tag(tag).platlib()]);
    }
    world
}

#[test]
fn several_pythons_and_platforms() {
    let world = varied();
    let pythons = ["--for-python", "3.11", "--for-python=3.12"];
    let platforms = ["--for-platform", "linux", "--for-platform", "windows", "--for-platform", "macos"];
    let stdout = world.ask("lock", &[&pythons[..], &platforms, &["app"]].concat()).success();
    assert!(
        stdout.ends_with(
            "Locked for CPython 3.11, 3.12 on manylinux_2_28_x86_64, win_amd64, macosx_14_0_arm64\n"
        ),
        "{stdout}"
    );
    let lock = read(&world, "pylock.toml");
    let expected = [
        ("app", "1.0", ""),
        ("moving", "1.0", "python_version == '3.11'"),
        ("moving", "2.0", "python_version >= '3.12'"),
        ("native", "1.0", "sys_platform == 'darwin'"),
        ("native", "2.0", "sys_platform != 'darwin'"),
        ("only-windows", "1.0", "sys_platform == 'win32'"),
        ("patched", "1.0", "python_full_version >= '3.12.4'"),
    ];
    let expected =
        expected.map(|(name, version, marker)| (name.to_owned(), version.to_owned(), marker.to_owned()));
    assert_eq!(packages(&lock), expected, "{lock}");
    assert!(lock.contains("requires-python = \">=3.11\"\n"), "{lock}");
    // All files of a version, for whomever they are.
    assert_eq!(lock.matches("name = \"native-1.0-cp311-abi3-").count(), 3, "{lock}");
    assert_eq!(lock.matches("platform_python_implementation == \\\"CPython\\\"").count(), 3, "{lock}");
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn a_lock_for_several_is_installed_here() {
    let world = varied();
    world.ask("lock", &["--universal", "--for-platform=linux", "--for-platform=windows", "app"]).success();
    world.install(&["-r", "pylock.toml"]).success();
    let frozen = world.rpip(&["freeze"]).success();
    assert!(frozen.contains("native==2.0\n") && !frozen.contains("only-windows"), "{frozen}");
    // It says for whom it is.
    world.ask("lock", &["--for-python=3.8", "--no-deps", "app"]).success();
    let stderr = world.install(&["-r", "pylock.toml"]).failure(1);
    assert!(stderr.contains("does not satisfy any of the environments"), "{stderr}");
}

#[test]
fn what_the_user_names_limits_the_pythons() {
    let world = varied();
    tree(&world, "project");
    let table = "[project]\nname = \"tree\"\nversion = \"1.0\"\nrequires-python = \">=3.12,<3.14\"\ndependencies = [\"moving\"]\n";
    let build = read(&world, "project/pyproject.toml");
    world.write("project/pyproject.toml", &format!("{build}{table}"));
    let mut lock = world.rpip_command(&["lock", "--universal", "-i", &world.index.simple(), "./project"]);
    lock.arg("--for-platform=linux");
    let stdout = World::finish(lock).success();
    assert!(stdout.contains("Locked for CPython 3.1"), "{stdout}");
    assert!(!stdout.contains("3.14") && !stdout.contains("3.11"), "{stdout}");
    assert_eq!(stdout.matches("Processing ./project").count(), 1, "{stdout}");
    let outcome = world.ask("lock", &["--for-python=3.11", "--for-platform=linux", "./project"]);
    assert!(
        outcome.stderr.contains("WARNING: There is no answer for CPython 3.11 on manylinux_2_28_x86_64."),
        "{}",
        outcome.stderr
    );
    assert!(outcome.failure(1).contains("ERROR: Package 'tree' requires a different Python"));
}

#[test]
fn nonsense_to_lock_for() {
    let world = World::with_environment();
    for (arguments, code, expected) in [
        (&["--for-python=3.12.1", "x"][..], 2, "'3.12.1' is no minor version of Python"),
        (&["--for-python=2.7", "x"], 2, "is no minor version of Python"),
        (&["--for-platform=plan9", "x"], 2, "'plan9' is no platform"),
        (&["--for-platform=linux", "--for-platform=musllinux_1_2_x86_64", "x"], 1, "markers cannot tell"),
        (&["--universal", "-r", "pylock.toml"], 1, "cannot be locked for others"),
    ] {
        let stderr = world.ask("lock", arguments).failure(code);
        assert!(stderr.contains(expected), "{arguments:?}: {stderr}");
    }
}
