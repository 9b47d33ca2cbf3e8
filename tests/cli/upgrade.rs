//! `rpip upgrade`, and `rpip install --upgrade --all`.

use test_support::WheelBuilder;

use crate::world::{Outcome, World, demo};

/// Version 1.0 of everything is installed, 2.0 is there, and `holds` keeps `held` below 2.
fn world() -> World {
    let world = World::with_environment();
    let wheel = |name: &str, version: &str| WheelBuilder::new(name, version);
    world.publish(&demo());
    world.publish(&[
        wheel("held", "1.0"),
        wheel("held", "1.5"),
        wheel("held", "2.0"),
        wheel("holds", "1.0").requires("held<2"),
        wheel("loner", "1.0"),
    ]);
    world.install(&["demo-app==1.0", "holds", "loner"]).success();
    world.install(&["--no-deps", "helper==1.0", "held==1.0"]).success();
    let site = world.site_packages();
    for dependency in ["helper-1.0", "held-1.0"] {
        std::fs::remove_file(site.join(format!("{dependency}.dist-info/REQUESTED"))).unwrap();
    }
    world
}

fn upgrade(world: &World, command: &[&str], arguments: &[&str]) -> Outcome {
    let index = world.index.simple();
    let mut all = command.to_vec();
    all.extend(["--index-url", &index]);
    all.extend(arguments);
    world.rpip(&all)
}

fn versions(world: &World) -> String {
    world.rpip(&["freeze", "--all"]).success()
}

#[test]
fn everything_goes_as_far_as_it_fits_together() {
    for command in [&["upgrade", "--all"][..], &["install", "--upgrade", "--all"]] {
        let world = world();
        let stdout = upgrade(&world, command, &[]).success();
        assert!(
            stdout
                .contains("Changes:\n  ~ Demo-App 1.0 -> 2.0\n  ~ held 1.0 -> 1.5\n  ~ helper 1.0 -> 2.0\n"),
            "{stdout}"
        );
        assert_eq!(versions(&world), "Demo-App==2.0\nheld==1.5\nhelper==2.0\nholds==1.0\nloner==1.0\n");
        // Who was not asked for is not asked for now.
        let site = world.site_packages();
        assert!(site.join("demo_app-2.0.dist-info/REQUESTED").exists());
        assert!(!site.join("helper-2.0.dist-info/REQUESTED").exists());
        let again = upgrade(&world, command, &[]).success();
        assert!(again.contains("Everything is up to date"), "{again}");
    }
}

#[test]
fn dependencies_may_stay_where_they_are() {
    let world = world();
    upgrade(&world, &["upgrade", "--all"], &["--upgrade-strategy", "only-if-needed"]).success();
    assert_eq!(versions(&world), "Demo-App==2.0\nheld==1.0\nhelper==2.0\nholds==1.0\nloner==1.0\n");
}

#[test]
fn one_project_breaks_no_other() {
    let world = world();
    let stdout = upgrade(&world, &["upgrade"], &["held"]).success();
    assert!(stdout.contains("~ held 1.0 -> 1.5") && !stdout.contains("Demo"), "{stdout}");
    assert!(
        stdout.contains("Held back: held 1.5 (2.0 is there, but holds 1.0 requires held<2)\n"),
        "{stdout}"
    );
    upgrade(&world, &["upgrade"], &["demo-app<2"]).success();
    assert_eq!(versions(&world), "Demo-App==1.0\nheld==1.5\nhelper==1.0\nholds==1.0\nloner==1.0\n");
    world.write("limits.txt", "loner<2\n");
    world.publish(&[WheelBuilder::new("loner", "2.0")]);
    let stdout = upgrade(&world, &["upgrade"], &["loner", "-c", "limits.txt"]).success();
    assert!(stdout.contains("Held back: loner 1.0 (2.0 is there, but -c limits.txt (line 1) wants loner<2)"));
    // What comes from a place is as new as it is.
    let place = world.index.url("/files/loner-1.0-py3-none-any.whl").replace("://", "://me:s3cret@");
    world.write("limits.txt", &format!("loner @ {place}\n"));
    let outcome = upgrade(&world, &["upgrade"], &["loner", "-c", "limits.txt"]);
    assert!(
        !outcome.stdout.contains("s3cret") && !outcome.stdout.contains("Held back"),
        "{}",
        outcome.stdout
    );
    outcome.success();
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = world();
    let before = versions(&world);
    let stdout = upgrade(&world, &["upgrade", "--all"], &["--dry-run"]).success();
    assert!(stdout.contains("Would change:\n  ~ Demo-App 1.0 -> 2.0"), "{stdout}");
    assert_eq!(versions(&world), before);
}

#[test]
fn what_has_a_place_of_its_own_is_left_alone_and_named() {
    let world = world();
    let wheel = WheelBuilder::new("placed", "1.0").requires("held==1.0");
    let file = wheel.filename();
    std::fs::write(world.path(&file), wheel.build()).unwrap();
    world.install(&[&format!("./{file}")]).success();
    world.publish(&[WheelBuilder::new("placed", "2.0")]);
    let stdout = upgrade(&world, &["upgrade", "--all"], &[]).success();
    assert!(stdout.contains("Left alone: placed (installed from file://"), "{stdout}");
    // What it needs stays too.
    assert!(versions(&world).contains("held==1.0\n"));
}

#[test]
fn an_environment_that_did_not_fit_is_mended() {
    let world = world();
    world.install(&["--no-deps", "held==2.0"]).success();
    let stdout = upgrade(&world, &["upgrade", "--all"], &[]).success();
    assert!(stdout.contains("~ held 2.0 -> 1.5"), "{stdout}");
}

#[test]
fn what_no_index_knows_stays() {
    let world = world();
    world.publish(&[WheelBuilder::new("private", "1.0")]);
    world.install(&["private"]).success();
    let other = World::new();
    let index = other.index.simple();
    let stdout = world.rpip(&["upgrade", "--all", "--index-url", &index]).success();
    assert!(stdout.contains("Everything is up to date"), "{stdout}");
}

#[test]
fn pre_releases_lead_to_final_versions_alone() {
    let world = World::with_environment();
    world.publish(&["1.0", "2.0a1", "2.5", "3.0b1"].map(|version| WheelBuilder::new("early", version)));
    for (before, after) in [("2.0a1", "2.5"), ("3.0b1", "3.0b1")] {
        world.install(&[&format!("early=={before}")]).success();
        upgrade(&world, &["upgrade"], &["early"]).success();
        assert_eq!(versions(&world), format!("early=={after}\n"));
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let world = world();
    for (command, text) in [
        (&["upgrade"][..], "You must give at least one requirement to upgrade, or --all"),
        (&["upgrade", "--all", "helper"], "--all and requirements exclude each other"),
        (&["upgrade", "missing"], "missing is not installed"),
        (&["upgrade", "./x"], "x"),
        (&["install", "--all"], "--all needs --upgrade"),
        (&["install", "-U", "--all", "helper"], "--all needs --upgrade"),
    ] {
        let stderr = upgrade(&world, command, &[]).failure(1);
        assert!(stderr.contains(text), "{command:?}: {stderr}");
    }
}

#[test]
fn broken_metadata_is_no_obstacle_for_the_rest() {
    let world = world();
    std::fs::write(world.site_packages().join("loner-1.0.dist-info/METADATA"), "nothing\n").unwrap();
    let outcome = upgrade(&world, &["upgrade", "--all"], &[]);
    assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
    assert!(versions(&world).contains("Demo-App==2.0\n"), "{} {}", outcome.stdout, outcome.stderr);
}
