//! `rpip install`.

use test_support::{PublishedFile, Reply, WheelBuilder};

use crate::world::{World, demo, names};

fn demo_world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world
}

#[test]
fn a_project_and_its_dependencies_are_installed_and_run() {
    let world = demo_world();
    let stdout = world.install(&["demo-app"]).success();
    assert!(stdout.contains("Looking in indexes: http://127.0.0.1"), "{stdout}");
    assert!(stdout.contains("Collecting demo-app"), "{stdout}");
    assert!(stdout.contains("Collecting helper>=2 (from demo-app)"), "{stdout}");
    assert!(stdout.contains("  Downloading "), "{stdout}");
    assert!(stdout.contains("Installing collected packages: helper, demo-app\n"), "{stdout}");
    assert!(stdout.ends_with("Successfully installed demo-app-2.0 helper-2.0\n"), "{stdout}");
    let script = World::finish(world.command(world.path("env/bin/demo"))).success();
    assert_eq!(script, "demo two 2.0\n");
}

#[test]
fn the_second_environment_is_filled_from_the_cache() {
    let world = demo_world();
    world.install(&["demo-app"]).success();
    world.index.page_header("Cache-Control", "max-age=600");
    world.rpip(&["venv", "--clear", "env"]).success();
    world.index.clear_requests();
    let stdout = world.install(&["demo-app"]).success();
    assert!(stdout.contains("  Using cached "), "{stdout}");
    assert!(world.index.requests().iter().all(|request| !request.path.ends_with(".whl")));
    assert_eq!(world.python("import demo_app; demo_app.main()"), "demo two 2.0\n");
}

#[test]
fn what_is_satisfied_stays_and_upgrade_replaces() {
    let world = demo_world();
    world.install(&["demo-app<2"]).success();
    let again = world.install(&["demo-app"]).success();
    assert!(again.contains("Requirement already satisfied: demo-app in ./env/lib/"), "{again}");
    assert!(!again.contains("Successfully"), "{again}");
    let upgraded = world.install(&["--upgrade", "demo-app"]).success();
    assert!(upgraded.contains("    Found existing installation: Demo-App 1.0"), "{upgraded}");
    // helper 2.0 was there already: only what must change does.
    assert!(upgraded.ends_with("Successfully installed demo-app-2.0\n"), "{upgraded}");
    let infos: Vec<String> =
        world.installed_names().into_iter().filter(|name| name.ends_with(".dist-info")).collect();
    assert_eq!(infos, ["demo_app-2.0.dist-info", "helper-2.0.dist-info"]);
    assert_eq!(world.python("import demo_app.new; demo_app.main()"), "demo two 2.0\n");
}

#[test]
fn records_say_who_asked_and_who_installed() {
    let world = demo_world();
    world.install(&["demo-app"]).success();
    let info = world.site_packages().join("demo_app-2.0.dist-info");
    assert_eq!(std::fs::read_to_string(info.join("INSTALLER")).unwrap(), "rpip\n");
    assert!(info.join("REQUESTED").exists());
    assert!(!world.site_packages().join("helper-2.0.dist-info/REQUESTED").exists());
    let record = std::fs::read_to_string(info.join("RECORD")).unwrap();
    assert!(record.contains("../../../bin/demo,sha256="), "{record}");
    assert!(record.contains("demo_app/__init__.py,sha256="), "{record}");
    assert!(record.contains("demo_app-2.0.dist-info/RECORD,,"), "{record}");
    // Bytecode is compiled by default, and listed.
    assert!(record.contains("demo_app/__pycache__/__init__."), "{record}");
    assert!(!names(&world.site_packages()).iter().any(|name| name.starts_with('.')));
}

#[test]
fn what_is_edited_in_one_environment_never_reaches_another() {
    let world = demo_world();
    world.install(&["helper"]).success();
    let installed = world.site_packages().join("helper.py");
    let mut text = std::fs::read_to_string(&installed).unwrap();
    text.push_str("EVIL = True\n");
    std::fs::write(&installed, text).unwrap();
    let outcome = world.install(&["--force-reinstall", "helper"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("WARNING: helper.py of helper-2.0-py3-none-any.whl was changed"),
        "{}",
        outcome.stderr
    );
    assert_eq!(world.python("import helper; print(hasattr(helper, 'EVIL'))"), "False\n");
}

#[test]
fn what_lost_its_metadata_makes_room() {
    let world = demo_world();
    world.install(&["demo-app<2"]).success();
    let info = world.site_packages().join("demo_app-1.0.dist-info");
    std::fs::remove_file(info.join("METADATA")).unwrap();
    world.install(&["demo-app"]).success();
    assert!(!info.exists());
    assert_eq!(world.python("import demo_app; demo_app.main()"), "demo two 2.0\n");
}

#[cfg(unix)]
#[test]
fn a_mode_that_is_changed_in_one_environment_stays_there() {
    use std::os::unix::fs::PermissionsExt;
    let world = demo_world();
    world.install(&["helper"]).success();
    let installed = world.site_packages().join("helper.py");
    std::fs::set_permissions(&installed, std::fs::Permissions::from_mode(0o600)).unwrap();
    world.rpip(&["venv", "second"]).success();
    let index = world.index.simple();
    world.rpip(&["--python", "second", "install", "-i", &index, "helper"]).success();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let relative = installed.strip_prefix(world.path("env")).unwrap().to_owned();
    assert_eq!(mode(&installed), 0o600);
    assert_ne!(mode(&world.path("second").join(relative)), 0o600);
}

#[test]
fn no_compile_leaves_no_bytecode() {
    let world = demo_world();
    world.install(&["--no-compile", "helper"]).success();
    assert!(!world.site_packages().join("__pycache__").exists());
}

#[test]
fn dry_run_changes_nothing() {
    let world = demo_world();
    let before = world.installed_names();
    let stdout = world.install(&["--dry-run", "demo-app"]).success();
    assert!(stdout.ends_with("Would install Demo-App-2.0 helper-2.0\n"), "{stdout}");
    assert_eq!(world.installed_names(), before);
}

#[test]
fn requirements_and_constraints_files_with_nesting_and_options() {
    let world = demo_world();
    let index = world.index.simple();
    world.write("base.txt", "helper  # the helper\n");
    world.write(
        "requirements.txt",
        &format!("--index-url {index}\n-r base.txt\n-c limits.txt\ndemo-app \\\n  >=1\n"),
    );
    world.write("limits.txt", "demo-app<2\nunused==7\n");
    let stdout = world.rpip(&["install", "-r", "requirements.txt"]).success();
    assert!(stdout.contains("Collecting demo-app>=1 (from -r requirements.txt (line 4))"), "{stdout}");
    assert!(stdout.ends_with("Successfully installed demo-app-1.0 helper-2.0\n"), "{stdout}");
}

#[test]
fn find_links_in_three_spellings_without_an_index() {
    let world = World::with_environment();
    let wheel = WheelBuilder::new("local", "1.0").file("local.py", b"");
    std::fs::create_dir(world.path("wheels")).unwrap();
    std::fs::write(world.path("wheels").join(wheel.filename()), wheel.build()).unwrap();
    let absolute = world.path("wheels").display().to_string();
    for links in ["wheels", &absolute, &format!("file://{absolute}/")] {
        let stdout = world
            .rpip(&["install", "--force-reinstall", "--no-index", "--find-links", links, "local"])
            .success();
        assert!(stdout.contains("Looking in links: "), "{stdout}");
        assert!(stdout.ends_with("Successfully installed local-1.0\n"), "{stdout}");
    }
}

#[test]
fn a_wheel_by_path_and_by_url_leaves_its_address() {
    let world = demo_world();
    let wheel = WheelBuilder::new("direct", "1.0").requires("helper").file("direct.py", b"");
    std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    let stdout = world.install(&[&format!("./{}", wheel.filename())]).success();
    assert!(stdout.contains("Processing ./direct-1.0-py3-none-any.whl"), "{stdout}");
    assert!(stdout.ends_with("Successfully installed direct-1.0 helper-2.0\n"), "{stdout}");
    let recorded = world.site_packages().join("direct-1.0.dist-info/direct_url.json");
    let recorded = std::fs::read_to_string(recorded).unwrap();
    assert!(recorded.contains("\"archive_info\"") && recorded.contains("file:///"), "{recorded}");
    let url = world.index.url("/files/helper-1.0-py3-none-any.whl");
    let stdout = world.install(&[&format!("helper @ {url}")]).success();
    assert!(stdout.ends_with("Successfully installed helper-1.0\n"), "{stdout}");
}

#[test]
fn options_may_stand_anywhere_and_be_abbreviated() {
    let world = demo_world();
    let index = world.index.simple();
    let stdout = world.rpip(&["--quiet", "install", "helper", "--index", &index, "--no-comp"]).success();
    assert_eq!(stdout, "");
    assert!(world.installed_names().contains(&"helper.py".to_owned()));
}

#[test]
fn variables_count_as_options() {
    let world = demo_world();
    let mut command = world.rpip_command(&["install", "helper"]);
    command.env("PIP_INDEX_URL", world.index.simple()).env("PIP_COMPILE", "no").env("PIP_QUIET", "1");
    assert_eq!(World::finish(command).success(), "");
    assert!(!world.site_packages().join("__pycache__").exists());
    let mut command = world.rpip_command(&["install", "helper"]);
    command.env("PIP_NO_COMPILE", "perhaps");
    let stderr = World::finish(command).failure(2);
    assert!(stderr.contains("perhaps is not a valid value for no-compile option"), "{stderr}");
    assert!(stderr.contains("(PIP_NO_COMPILE)"), "{stderr}");
    let mut command = world.rpip_command(&["install", "helper"]);
    command.env("PIP_RETRIES", "many");
    let stderr = World::finish(command).failure(3);
    assert!(stderr.contains("option retries: invalid integer value: 'many'"), "{stderr}");
}

// --- what goes wrong: one clear message, pip's exit code, the environment as it was ---

#[track_caller]
fn refused(world: &World, arguments: &[&str], messages: &[&str]) {
    let before = world.installed_names();
    let stderr = world.install(arguments).failure(1);
    for message in messages {
        assert!(stderr.contains(message), "expected {message:?} in: {stderr}");
    }
    assert_eq!(world.installed_names(), before);
}

#[test]
fn an_unknown_project() {
    let world = demo_world();
    refused(
        &world,
        &["no-such-thing"],
        &[
            "ERROR: Could not find a version that satisfies the requirement no-such-thing (from versions: none)",
            "ERROR: No matching distribution found for no-such-thing",
        ],
    );
}

#[test]
fn an_impossible_version() {
    let world = demo_world();
    refused(
        &world,
        &["helper==9"],
        &[
            "ERROR: Could not find a version that satisfies the requirement helper==9 (from versions: 1.0, 2.0)",
            "ERROR: No matching distribution found for helper==9",
            "hint: The newest version of helper is 2.0.",
        ],
    );
}

#[test]
fn a_pin_takes_no_post_release() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("tstools", "0.1.post1")]);
    let stderr = world.install(&["tstools==0.1"]).failure(1);
    assert!(stderr.contains("hint: ==0.1 takes 0.1 alone; tstools==0.1.* takes 0.1.post1.\n"), "{stderr}");
    let stdout = world.install(&["tstools==0.1.*"]).success();
    assert!(stdout.ends_with("Successfully installed tstools-0.1.post1\n"), "{stdout}");
}

#[test]
fn a_conflict_names_what_the_user_asked_for() {
    let world = demo_world();
    world.write("r.txt", "demo-app==2.0\nhelper<2\n");
    let outcome = world.install(&["-r", "r.txt"]);
    let explanation = "\nThe conflict is caused by:\n    \
        The user requested demo-app==2.0 (-r r.txt (line 1))\n    \
        The user requested helper<2 (-r r.txt (line 2))\n    \
        demo-app 2.0 depends on helper>=2\n";
    assert!(outcome.stdout.contains(explanation), "{}", outcome.stdout);
    let stderr = outcome.failure(1);
    let head = "ERROR: Cannot install demo-app==2.0 and helper<2 because these package versions have conflicting dependencies.";
    assert!(stderr.contains(head) && stderr.contains("ERROR: ResolutionImpossible"), "{stderr}");
    assert!(!world.installed_names().iter().any(|name| name.contains("helper")));
}

#[test]
fn a_file_decides_on_the_version_and_says_so() {
    let world = demo_world();
    for wheel in &demo()[2..] {
        std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    }
    let one = "./helper-1.0-py3-none-any.whl";
    for other in ["helper==2.0", "./helper-2.0-py3-none-any.whl"] {
        let outcome = world.install(&[one, other]);
        assert!(
            outcome.stdout.contains("The user requested helper 1.0 (from file:///"),
            "{}",
            outcome.stdout
        );
        let stderr = outcome.failure(1);
        assert!(stderr.contains("ERROR: Cannot install helper 1.0 (from file:///"), "{stderr}");
        assert!(stderr.contains("ERROR: ResolutionImpossible"), "{stderr}");
    }
    let stdout = world.install(&[&format!("{one}; python_version < '3'")]).success();
    assert!(stdout.contains("Ignoring "), "{stdout}");
    let stdout = world.rpip(&["install", "--no-index", "-f", ".", "helper<2"]).success();
    assert!(stdout.contains("Processing ./helper-1.0-py3-none-any.whl\n"), "{stdout}");
    assert!(!stdout.contains("Using cached"), "{stdout}");
}

#[test]
fn a_wrong_python_and_a_wrong_platform() {
    let world = World::with_environment();
    let future = WheelBuilder::new("future", "1.0").requires_python(">=4");
    world.index.publish("future", PublishedFile::wheel(&future).requires_python(">=4"));
    world.publish(&[WheelBuilder::new("alien", "1.0").tag("cp36-cp36m-win32")]);
    refused(&world, &["future"], &["hint: future 1.0 matches, but it requires Python >=4"]);
    refused(&world, &["alien"], &["hint: alien 1.0 matches, but no wheel for this Python and platform"]);
}

#[test]
fn an_index_that_fails() {
    let world = World::with_environment();
    world.index.serve("/simple/locked/", Reply::status(403));
    refused(&world, &["locked"], &["403"]);
    let stderr = world
        .rpip(&["install", "--retries", "0", "--index-url", "http://127.0.0.1:9/simple", "helper"])
        .failure(1);
    assert!(stderr.contains("127.0.0.1:9"), "{stderr}");
    assert!(stderr.to_lowercase().contains("refused"), "{stderr}");
}

#[test]
fn a_file_that_is_no_wheel_or_has_the_wrong_hash() {
    let world = World::with_environment();
    world.index.publish(
        "broken",
        PublishedFile::new("broken-1.0-py3-none-any.whl", "not a zip")
            .sidecar("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n"),
    );
    refused(&world, &["broken"], &["broken-1.0-py3-none-any.whl"]);
    let swapped = WheelBuilder::new("swapped", "1.0").file("swapped.py", b"");
    let wrong = "0".repeat(64);
    world.index.publish("swapped", PublishedFile::wheel(&swapped).promised_sha256(Some(&wrong)));
    refused(&world, &["swapped"], &["swapped-1.0-py3-none-any.whl", &wrong]);
}

#[test]
fn metadata_that_promises_other_dependencies_than_the_wheel_has() {
    let world = demo_world();
    let liar = WheelBuilder::new("liar", "1.0").requires("helper").file("liar.py", b"");
    let sidecar = "Metadata-Version: 2.1\nName: liar\nVersion: 1.0\n";
    world.index.publish("liar", PublishedFile::wheel(&liar).sidecar(sidecar));
    refused(&world, &["liar"], &["liar-1.0-py3-none-any.whl", "differs"]);
}

#[test]
fn hashes_are_demanded_of_all_once_one_is_given() {
    let world = demo_world();
    let hash = "0".repeat(64);
    world.write("r.txt", &format!("helper==1.0 --hash=sha256:{hash}\n"));
    refused(
        &world,
        &["-r", "r.txt"],
        &["THESE PACKAGES DO NOT MATCH THE HASHES", &format!("Expected sha256 {hash}"), "Got "],
    );
    world.write("r.txt", &format!("helper==1.0 --hash=sha256:{hash}\ndemo-app\n"));
    refused(&world, &["-r", "r.txt"], &["must have their versions pinned with ==", "demo-app"]);
    let right = test_support::sha256_hex(&demo()[2].build());
    world.write("r.txt", &format!("helper==1.0 --hash=sha256:{right}\n"));
    world.install(&["-r", "r.txt"]).success();
}

#[test]
fn arguments_and_files_that_make_no_sense() {
    let world = demo_world();
    refused(&world, &["helper=="], &["Invalid requirement: 'helper=='"]);
    refused(
        &world,
        &["./missing-1.0-py3-none-any.whl"],
        &["./missing-1.0-py3-none-any.whl", "does not exist"],
    );
    refused(&world, &["-r", "missing.txt"], &["Could not open requirements file", "missing.txt"]);
    world.write("bad.txt", "helper\n???\n");
    refused(&world, &["-r", "bad.txt"], &["bad.txt:2:1"]);
    world.write("loop.txt", "-r loop.txt\n");
    refused(&world, &["-r", "loop.txt"], &["recursively references itself"]);
    refused(&world, &[], &["You must give at least one requirement to install"]);
}

#[test]
fn an_environment_that_the_system_manages_is_left_alone() {
    let world = World::with_environment();
    // A virtual environment is never managed, whatever its base says; the base itself is asked about by --python.
    let stdlib = world.python("import sysconfig; print(sysconfig.get_path('stdlib'))");
    let marker = std::path::Path::new(stdlib.trim()).join("EXTERNALLY-MANAGED");
    if marker.exists() {
        let base = world.python("import sys; print(sys._base_executable)");
        world.publish(&demo());
        let stderr = world.install(&["--python", base.trim(), "helper"]).failure(1);
        assert!(stderr.starts_with("error: externally-managed-environment"), "{stderr}");
    }
}
