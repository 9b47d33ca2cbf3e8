//! Where to install to, what is told of it, and what pip.conf and variables say.

use test_support::WheelBuilder;

use crate::world::{World, demo, names};

fn demo_world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world
}

#[test]
fn a_target_directory_keeps_what_is_there_until_upgrade() {
    let world = demo_world();
    let before = world.installed_names();
    let stdout = world.install(&["-t", "target", "demo-app<2"]).success();
    assert!(stdout.ends_with("Successfully installed demo-app-1.0 helper-2.0\n"), "{stdout}");
    assert_eq!(
        names(&world.path("target")),
        ["bin", "demo_app", "demo_app-1.0.dist-info", "helper-2.0.dist-info", "helper.py", "__pycache__"]
            .iter()
            .map(ToString::to_string)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );
    let outcome = world.install(&["-t", "target", "demo-app"]);
    let kept = world.path("target/demo_app");
    let warning = format!(
        "WARNING: Target directory {} already exists. Specify --upgrade to force replacement.",
        kept.display()
    );
    assert!(outcome.stderr.contains(&warning), "{}", outcome.stderr);
    assert!(world.path("target/demo_app-1.0.dist-info").exists());
    world.install(&["-t", "target", "--upgrade", "demo-app"]).success();
    assert!(world.path("target/demo_app-2.0.dist-info").exists());
    assert!(!world.path("target/demo_app-1.0.dist-info").exists());
    assert_eq!(world.installed_names(), before);
    world.write("file", "");
    let stderr = world.install(&["--target", "file", "helper"]).failure(1);
    assert_eq!(stderr, "ERROR: Target path exists but is not a directory, will not continue.\n");
}

#[test]
fn prefix_and_root() {
    let world = demo_world();
    world.install(&["--prefix", "prefix", "demo-app"]).success();
    assert!(world.path("prefix/bin/demo").exists());
    let root = world.path("root");
    world.install(&["--root", "root", "helper"]).success();
    let inside = root.join(world.site_packages().strip_prefix("/").unwrap()).join("helper.py");
    assert!(inside.exists(), "{}", inside.display());
    // A relative prefix begins at the root.
    world.install(&["--root", "other", "--prefix", "usr", "helper"]).success();
    assert!(world.path("other/usr/lib").exists());
    assert!(!world.installed_names().contains(&"helper.py".to_owned()));
}

#[test]
fn places_that_cannot_be_combined() {
    let world = demo_world();
    for (arguments, message) in [
        (&["--user", "--target", "x", "helper"][..], "Can not combine '--user' and '--target'"),
        (
            &["--user", "--prefix", "x", "helper"],
            "Can not combine '--user' and '--prefix' as they imply different installation locations",
        ),
        (
            &["--user", "helper"],
            "Can not perform a '--user' install. User site-packages are not visible in this virtualenv.",
        ),
        (
            &["--platform", "win32", "helper"],
            "When restricting platform and interpreter constraints using --python-version, --platform, --abi, or \
             --implementation, either --no-deps must be set, or --only-binary=:all: must be set and --no-binary must not be \
             set (or must be set to :none:).",
        ),
        (
            &["--platform", "win32", "--no-deps", "helper"],
            "Can not use any platform or abi specific options unless installing via '--target' or using '--dry-run'",
        ),
        (
            &["--pre", "--only-final", "helper", "helper"],
            "--pre cannot be used with --all-releases or --only-final.",
        ),
        (
            &["--build-constraint", "c.txt", "--no-build-isolation", "helper"],
            "--build-constraint cannot be used with --no-build-isolation.",
        ),
        (
            &["--require-hashes", "--no-require-hashes", "helper"],
            "--require-hashes and --no-require-hashes are mutually exclusive",
        ),
    ] {
        assert_eq!(world.install(arguments).failure(1), format!("ERROR: {message}\n"), "{arguments:?}");
    }
    let only_deps = world.install(&["--only-deps", "--no-deps", "--group", "g", "helper"]).failure(1);
    assert!(only_deps.starts_with(
        "ERROR: Cannot use '--only-dependencies' in combination with '--no-deps', or '--group'. If this is unexpected,"
    ));
}

#[test]
fn user_installs_go_to_the_users_base() {
    let world = World::new();
    world.publish(&demo());
    let base = std::process::Command::new("python3")
        .args(["-c", "import sys; print(sys._base_executable)"])
        .output()
        .unwrap();
    let base = String::from_utf8(base.stdout).unwrap();
    let index = world.index.simple();
    let arguments =
        ["--python", base.trim(), "install", "--user", "--break-system-packages", "-i", &index, "demo-app"];
    let run = |arguments: &[&str]| {
        let mut command = world.rpip_command(arguments);
        command.env("PYTHONUSERBASE", world.path("base"));
        World::finish(command)
    };
    let outcome = run(&arguments);
    assert!(outcome.stderr.contains("is installed in '"), "{}", outcome.stderr);
    outcome.success();
    assert!(world.path("base/bin/demo").exists());
    // What was done there is remembered apart.
    let history = run(&["--python", base.trim(), "history", "--user"]).success();
    assert!(history.contains("+ Demo-App 2.0"), "{history}");
    run(&["--python", base.trim(), "undo", "--user", "--yes", "--break-system-packages"]).success();
    assert!(!world.path("base/bin/demo").exists());
}

#[test]
fn a_virtual_environment_can_be_demanded() {
    let world = World::new();
    world.publish(&demo());
    let index = world.index.simple();
    let stderr = world.rpip(&["install", "--require-virtualenv", "-i", &index, "helper"]).failure(3);
    assert_eq!(stderr, "ERROR: Could not find an activated virtualenv (required).\n");
}

#[test]
fn files_and_variables_are_isolated_or_count_in_their_order() {
    let world = demo_world();
    let index = world.index.simple();
    world.write(
        "../home/.config/pip/pip.conf",
        &format!("[global]\nindex-url = {index}\nquiet = 1\n[install]\nno_compile = no\n"),
    );
    assert_eq!(world.rpip(&["install", "helper"]).success(), "");
    assert!(!world.site_packages().join("__pycache__").exists());
    // The variable counts more than the file, the command line more than both.
    let mut command = world.rpip_command(&["install", "--force-reinstall", "helper"]);
    command.env("PIP_QUIET", "0").env("PIP_COMPILE", "yes");
    assert!(World::finish(command).success().contains("Successfully installed helper-2.0"));
    assert!(world.site_packages().join("__pycache__").exists());
    let mut command = world.rpip_command(&["install", "--isolated", "--no-index", "nothing"]);
    command.env("PIP_QUIET", "3");
    assert!(World::finish(command).failure(1).contains("No matching distribution found for nothing"));
    let mut command = world.rpip_command(&["install", "helper"]);
    command.env("PIP_CONFIG_FILE", "/dev/null").env("PIP_PROGRESS_BAR", "wide");
    let stderr = World::finish(command).failure(3);
    assert!(stderr.contains("option progress-bar: invalid choice: 'wide' (choose from 'auto',"), "{stderr}");
    assert!(stderr.contains("(PIP_PROGRESS_BAR)"), "{stderr}");
}

#[test]
fn reports_say_what_was_done_and_what_would_be() {
    let world = demo_world();
    let stdout = world.install(&["--dry-run", "--quiet", "--report", "-", "demo-app"]).success();
    assert!(world.index.requests().iter().all(|request| !request.path.ends_with(".whl")));
    for part in
        ["\"version\": \"1\"", "\"is_direct\": false", "\"requested\": true", "\"name\": \"Demo-App\""]
    {
        assert!(stdout.contains(part), "{part} in {stdout}");
    }
    assert!(stdout.contains("\"python_full_version\""), "{stdout}");
    // A report that cannot be written is no surprise at the end.
    let before = world.installed_names();
    let stderr = world.install(&["--report", "nowhere/r.json", "demo-app"]).failure(1);
    assert!(stderr.contains("[Errno 2] No such file or directory: 'nowhere/r.json'"), "{stderr}");
    assert_eq!(world.installed_names(), before);
    let wheel = WheelBuilder::new("direct", "1.0").extra("x").file("direct.py", b"");
    std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    let path = format!("./{}[x]", wheel.filename());
    world.install(&["--report", "r.json", &path]).success();
    let report = std::fs::read_to_string(world.path("r.json")).unwrap();
    assert!(report.contains("\"is_direct\": true") && report.contains("\"requested_extras\""), "{report}");
}

#[test]
fn paths_that_are_empty_say_nothing_and_a_cache_that_cannot_be_is_none() {
    let world = demo_world();
    let empty = ["--root=", "--prefix=", "--target=", "--src=", "--report=", "--log=", "--proxy=", "helper"];
    assert!(world.install(&empty).success().ends_with("Successfully installed helper-2.0\n"));
    world.write("file", "");
    for cache in ["file", "file/below", "/proc/none"] {
        let outcome = world.install(&["--force-reinstall", "--cache-dir", cache, "helper"]);
        assert!(outcome.stderr.contains("The cache has been disabled."), "{}", outcome.stderr);
        outcome.success();
    }
    let before = names(&world.path(""));
    world.install(&["--force-reinstall", "--cache-dir=", "helper"]).success();
    assert_eq!(names(&world.path("")), before);
}

#[test]
fn a_log_and_raw_progress() {
    let world = demo_world();
    world.publish(&[WheelBuilder::new("large", "1.0").stored().file("large.bin", &vec![7; 700_000])]);
    let stdout = world.install(&["--log", "logs/rpip.log", "--progress-bar", "raw", "large"]).success();
    let total = stdout.lines().find_map(|line| line.strip_prefix("Progress 0 of ")).unwrap().to_owned();
    assert!(stdout.contains(&format!("Progress {total} of {total}\n")), "{stdout}");
    let log = std::fs::read_to_string(world.path("logs/rpip.log")).unwrap();
    let line = log.lines().find(|line| line.ends_with(" Collecting large")).unwrap();
    assert_eq!(line.find('T'), Some(10), "{line}");
    assert!(log.contains("Using Python "), "{log}");
}
