//! `rpip autoremove`.

use test_support::WheelBuilder;

use crate::world::{World, demo};

/// demo-app was asked for and is gone; its helper is left, and so is other, which was asked for.
fn orphaned() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.publish(&[
        WheelBuilder::new("other", "1.0").extra("more").requires("optional; extra == 'more'"),
        WheelBuilder::new("optional", "1.0"),
        WheelBuilder::new("setuptools", "80.0"),
        WheelBuilder::new("builds", "1.0").requires("setuptools"),
    ]);
    world.install(&["demo-app", "other"]).success();
    world.rpip(&["uninstall", "-y", "demo-app"]).success();
    world
}

fn names(world: &World) -> String {
    world.rpip(&["list", "--format", "freeze"]).success()
}

#[test]
fn what_nobody_needs_goes_and_what_was_asked_for_stays() {
    let world = orphaned();
    let stdout = world.rpip(&["autoremove", "-y"]).success();
    assert_eq!(
        stdout,
        "Nobody asked for these, and nothing that stays requires them:\nUninstalling helper-2.0:\n  Successfully uninstalled \
         helper-2.0\n"
    );
    assert_eq!(names(&world), "other==1.0\n");
    assert_eq!(world.rpip(&["autoremove", "-y"]).success(), "Nothing to remove.\n");
}

#[test]
fn a_dry_run_and_names_to_keep() {
    let world = orphaned();
    assert_eq!(world.rpip(&["autoremove", "--dry-run"]).success(), "Would remove helper-2.0\n");
    let outcome = world.rpip(&["autoremove", "-y", "--keep", "Helper", "--keep=nope"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "Nothing to remove.\n"));
    assert_eq!(outcome.stderr, "WARNING: --keep: nope is not installed\n");
    assert_eq!(names(&world), "helper==2.0\nother==1.0\n");
}

#[test]
fn it_asks_first() {
    let world = orphaned();
    for (answer, left) in [("n\n", "helper==2.0\nother==1.0\n"), ("\n", "other==1.0\n")] {
        let stdout = world.rpip_with_input(&["autoremove"], answer).success();
        assert!(stdout.contains("helper.py") && stdout.contains("Proceed (Y/n)? "), "{stdout}");
        assert_eq!(names(&world), left);
    }
    let world = orphaned();
    assert!(world.rpip(&["autoremove"]).failure(2).contains("use -y"));
}

#[test]
fn extras_and_the_foundation_stay_unless_told_otherwise() {
    let world = orphaned();
    world.install(&["other[more]", "builds"]).success();
    world.rpip(&["uninstall", "-y", "builds"]).success();
    let planned = |arguments: &[&str]| {
        let mut all = vec!["autoremove", "--dry-run", "--keep", "helper"];
        all.extend(arguments);
        world.rpip(&all).success()
    };
    assert_eq!(planned(&[]), "Nothing to remove.\n");
    assert_eq!(planned(&["--all"]), "Would remove setuptools-80.0\n");
    assert_eq!(planned(&["--ignore-extras"]), "Would remove optional-1.0\n");
}

#[test]
fn without_marks_nothing_is_guessed() {
    let world = orphaned();
    std::fs::remove_file(world.site_packages().join("other-1.0.dist-info/REQUESTED")).unwrap();
    let stderr = world.rpip(&["autoremove", "-y"]).failure(1);
    assert!(stderr.contains("nothing in ") && stderr.contains("REQUESTED"), "{stderr}");
    let empty = World::with_environment();
    assert_eq!(empty.rpip(&["autoremove"]).success(), "Nothing to remove.\n");
}

#[test]
fn other_installers_leave_no_marks() {
    let world = orphaned();
    std::fs::write(world.site_packages().join("helper-2.0.dist-info/INSTALLER"), "conda\n").unwrap();
    assert_eq!(world.rpip(&["autoremove", "-y"]).success(), "Nothing to remove.\n");
    // uv marks everything: its marks say nothing.
    let other = world.site_packages().join("other-1.0.dist-info/INSTALLER");
    std::fs::write(other, "uv").unwrap();
    assert!(world.rpip(&["autoremove", "-y"]).failure(1).contains("nothing in "));
}

#[test]
fn broken_distributions() {
    let world = orphaned();
    let site_packages = world.site_packages();
    let metadata = site_packages.join("other-1.0.dist-info/METADATA");
    let text = std::fs::read(&metadata).unwrap();
    std::fs::remove_file(&metadata).unwrap();
    let stderr = world.rpip(&["autoremove", "-y"]).failure(1);
    assert!(stderr.contains("what other requires cannot be read (it has no METADATA)"), "{stderr}");
    std::fs::write(&metadata, text).unwrap();
    // Of two of one name nobody knows which one counts: it stays.
    let twin = site_packages.join("helper-1.0.dist-info");
    std::fs::create_dir(&twin).unwrap();
    std::fs::write(twin.join("METADATA"), "Metadata-Version: 2.1\nName: helper\nVersion: 1.0\n").unwrap();
    let outcome = world.rpip(&["autoremove", "-y"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "Nothing to remove.\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("helper 2.0 is installed too"), "{}", outcome.stderr);
    std::fs::remove_dir_all(&twin).unwrap();
    std::fs::remove_file(site_packages.join("helper-2.0.dist-info/RECORD")).unwrap();
    assert!(world.rpip(&["autoremove", "-y"]).failure(1).contains("RECORD"));
    assert_eq!(names(&world), "helper==2.0\nother==1.0\n");
}
