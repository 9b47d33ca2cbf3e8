//! `rpip sync`.

use crate::world::{World, demo};

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world
}

fn sync(world: &World, arguments: &[&str]) -> crate::world::Outcome {
    let index = world.index.simple();
    let mut all = vec!["sync", "--index-url", &index];
    all.extend(arguments);
    world.rpip(&all)
}

#[test]
fn the_environment_becomes_what_the_file_says() {
    let world = world();
    world.install(&["demo-app==1.0", "helper==1.0"]).success();
    world.publish(&[test_support::WheelBuilder::new("stray", "1.0")]);
    world.install(&["stray"]).success();
    world.write("requirements.txt", "demo-app==2.0\nhelper==2.0\n");
    let stdout = sync(&world, &[]).success();
    for line in ["~ Demo-App 1.0 -> 2.0", "~ helper 1.0 -> 2.0", "- stray 1.0"] {
        assert!(stdout.contains(&format!("  {line}\n")), "{stdout}");
    }
    assert_eq!(world.python("import demo_app; demo_app.main()"), "demo two 2.0\n");
    assert!(world.installed_names().iter().all(|name| !name.contains("stray")));
    let again = sync(&world, &[]).success();
    assert!(again.ends_with("Everything up-to-date\n"), "{again}");
}

#[test]
fn a_dry_run_changes_nothing_and_says_so_by_its_code() {
    let world = world();
    world.write("requirements.txt", "helper==1.0\n");
    let outcome = sync(&world, &["--dry-run"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("Would change:\n  + helper 1.0\n"), "{}", outcome.stdout);
    assert_eq!(world.installed_names(), Vec::<String>::new());
    sync(&world, &[]).success();
    assert!(sync(&world, &["-n"]).success().contains("Everything up-to-date"));
}

#[test]
fn nobody_to_ask_is_no_answer() {
    let world = world();
    world.write("requirements.txt", "helper==1.0\n");
    let stderr = sync(&world, &["--ask"]).failure(1);
    assert!(stderr.contains("No answer was given"), "{stderr}");
    assert_eq!(world.installed_names(), Vec::<String>::new());
}

#[test]
fn seeds_stay_unless_they_are_named() {
    let world = world();
    world.publish(&[
        test_support::WheelBuilder::new("pip", "1.0").requires("click"),
        test_support::WheelBuilder::new("pip", "2.0"),
        test_support::WheelBuilder::new("click", "1.0"),
    ]);
    world.install(&["pip==1.0", "helper==1.0"]).success();
    world.write("requirements.txt", "helper==1.0\n");
    assert!(sync(&world, &[]).success().contains("Everything up-to-date"));
    world.write("requirements.txt", "helper==1.0\npip==2.0\n");
    let stdout = sync(&world, &[]).success();
    assert!(stdout.contains("~ pip 1.0 -> 2.0") && stdout.contains("- click 1.0"), "{stdout}");
}

#[test]
fn what_the_files_lack_is_told() {
    let world = world();
    world.write("requirements.txt", "demo-app==2.0\n");
    let outcome = sync(&world, &[]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr, "WARNING: demo-app 2.0 requires helper, which is not installed.\n");
}

#[test]
fn files_that_cannot_be_meant_are_refused() {
    let world = world();
    for (files, arguments, text) in [
        (&[][..], &[][..], "no requirements.txt found"),
        (&[("a.in", "helper\n")], &["a.in"], ".in extension"),
        (
            &[("a.txt", "helper==1.0\n"), ("b.txt", "helper==2.0\n")],
            &["a.txt", "b.txt"],
            "Incompatible requirements found: helper==1.0 (-r a.txt (line 1)) and helper==2.0",
        ),
        (&[], &["missing.txt"], "Could not open requirements file"),
    ] {
        for (file, content) in files {
            world.write(file, content);
        }
        let stderr = sync(&world, arguments).failure(1);
        assert!(stderr.contains(text), "{stderr}");
    }
    sync(&world, &["--force", "a.txt", "b.txt"]).success();
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "2.0\n");
}

#[test]
fn an_environment_with_broken_metadata_is_no_obstacle() {
    let world = world();
    world.install(&["helper==1.0"]).success();
    std::fs::remove_file(world.site_packages().join("helper-1.0.dist-info/METADATA")).unwrap();
    world.write("requirements.txt", "helper==2.0\n");
    let outcome = sync(&world, &[]);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
}

#[test]
fn a_missing_record_is_one_message() {
    let world = world();
    world.install(&["helper==1.0", "demo-app==1.0"]).success();
    std::fs::remove_file(world.site_packages().join("helper-1.0.dist-info/RECORD")).unwrap();
    world.write("requirements.txt", "demo-app==2.0\n");
    let stderr = sync(&world, &[]).failure(1);
    assert!(stderr.contains("RECORD"), "{stderr}");
    // All or nothing.
    assert!(world.site_packages().join("demo_app-1.0.dist-info").exists());
}
