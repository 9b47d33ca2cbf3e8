//! `rpip verify`.

use std::fs;

use test_support::WheelBuilder;

use crate::world::{World, demo};

fn installed() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world
}

/// Puts another file in the place: installed files may be links to those of the cache.
fn overwrite(path: &std::path::Path, text: &str) {
    fs::remove_file(path).unwrap();
    fs::write(path, text).unwrap();
}

fn repair(world: &World, arguments: &[&str]) -> crate::world::Outcome {
    let index = world.index.simple();
    let mut all = vec!["verify", "--repair", "--index-url", &index];
    all.extend(arguments);
    world.rpip(&all)
}

#[test]
fn a_sound_environment() {
    let world = installed();
    let stdout = world.rpip(&["verify"]).success();
    assert!(
        stdout.starts_with("No broken files found (") && stdout.ends_with(" of 2 packages).\n"),
        "{stdout}"
    );
    // Bytecode comes and goes.
    fs::remove_dir_all(world.site_packages().join("__pycache__")).unwrap();
    world.rpip(&["verify", "helper"]).success();
    let empty = World::with_environment();
    assert_eq!(empty.rpip(&["verify"]).success(), "No broken files found (0 files of 0 packages).\n");
}

#[test]
fn missing_and_changed_files_are_named() {
    let world = installed();
    let site_packages = world.site_packages();
    overwrite(&site_packages.join("helper.py"), "VERSION = '6.6'\n");
    fs::remove_file(world.path("env/bin/demo")).unwrap();
    let outcome = world.rpip(&["verify"]);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(outcome.code, 1);
    assert_eq!(
        lines,
        [
            format!("Demo-App 2.0: {} is missing", world.path("env/bin/demo").display()).as_str(),
            format!("helper 2.0: {} was changed", site_packages.join("helper.py").display()).as_str(),
            "rpip verify --repair installs broken packages again.",
        ]
    );
    world.rpip(&["verify", "demo-app"]).failure(1);
    let outcome = world.rpip(&["verify", "nope"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (1, "WARNING: Package(s) not found: nope\n"));
}

#[test]
fn repair_installs_the_same_again() {
    let world = installed();
    world.publish(&[WheelBuilder::new("helper", "3.0")
        .without_files()
        .file("helper.py", b"VERSION = '3.0'\n")]);
    overwrite(&world.site_packages().join("helper.py"), "broken");
    fs::remove_file(world.path("env/bin/demo")).unwrap();
    let outcome = repair(&world, &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    assert!(
        outcome.stdout.contains("Successfully reinstalled Demo-App-2.0 helper-2.0\nNo broken files found")
    );
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "2.0\n");
    assert!(world.path("env/bin/demo").exists());
    assert!(!world.site_packages().join("helper-2.0.dist-info/REQUESTED").exists());
    assert!(world.rpip(&["why", "demo-app"]).success().contains("was asked for"));
    world.rpip(&["verify"]).success();
}

#[test]
fn repair_of_what_was_changed_in_place() {
    let world = installed();
    // The cache's file is changed with it, where both are one.
    fs::write(world.site_packages().join("helper.py"), "changed in place").unwrap();
    let outcome = repair(&world, &["helper"]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "2.0\n");
}

#[test]
fn repair_keeps_where_it_came_from() {
    let world = World::with_environment();
    let wheel = WheelBuilder::new("local", "1.0");
    fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    world.rpip(&["install", "--no-index", &format!("./{}", wheel.filename())]).success();
    let info = world.site_packages().join("local-1.0.dist-info");
    let before = fs::read_to_string(info.join("direct_url.json")).unwrap();
    fs::remove_file(world.site_packages().join("local/__init__.py")).unwrap();
    world.rpip(&["verify", "--repair", "--no-index"]).success();
    assert_eq!(fs::read_to_string(info.join("direct_url.json")).unwrap(), before);
    assert!(info.join("REQUESTED").exists());
    fs::remove_file(world.path(&wheel.filename())).unwrap();
    fs::remove_file(world.site_packages().join("local/__init__.py")).unwrap();
    let stderr = world.rpip(&["verify", "--repair", "--no-index"]).failure(1);
    assert!(stderr.contains("No such file"), "{stderr}");
    assert!(info.join("METADATA").exists());
}

#[test]
fn what_cannot_be_had_again_leaves_all_as_it_was() {
    let world = installed();
    let helper = world.site_packages().join("helper.py");
    overwrite(&helper, "broken");
    let outcome = world.rpip(&["verify", "--repair", "--no-index", "--no-cache-dir"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("helper==2.0"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(&helper).unwrap(), "broken");
}

#[test]
fn what_cannot_be_verified_is_named() {
    let world = installed();
    let site_packages = world.site_packages();
    fs::remove_file(site_packages.join("helper-2.0.dist-info/RECORD")).unwrap();
    fs::write(site_packages.join("helper-2.0.dist-info/INSTALLER"), "conda\n").unwrap();
    fs::write(site_packages.join("old-1.0.egg-info"), "Metadata-Version: 1.0\nName: old\nVersion: 1.0\n")
        .unwrap();
    let outcome = world.rpip(&["verify"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("helper 2.0 cannot be verified: it has no RECORD; conda"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("old 1.0 cannot be verified: it was installed without RECORD"));
}

#[test]
fn broken_distributions() {
    let world = installed();
    let info = world.site_packages().join("helper-2.0.dist-info");
    fs::remove_file(info.join("METADATA")).unwrap();
    let outcome = world.rpip(&["verify"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("helper 2.0: ") && outcome.stdout.contains("METADATA is missing"));
    let outcome = repair(&world, &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    assert!(info.join("METADATA").exists());
    let twin = world.site_packages().join("helper-1.0.dist-info");
    fs::create_dir(&twin).unwrap();
    fs::write(twin.join("METADATA"), "Metadata-Version: 2.1\nName: helper\nVersion: 1.0\n").unwrap();
    let outcome = world.rpip(&["verify"]);
    assert!(outcome.stderr.contains("helper 2.0 is installed too"), "{}", outcome.stderr);
    fs::write(info.join("RECORD"), "\"never closed").unwrap();
    let outcome = repair(&world, &[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    world.rpip(&["verify"]).success();
}

#[test]
fn a_lost_record_is_written_anew() {
    let world = installed();
    let info = world.site_packages().join("helper-2.0.dist-info");
    let before = fs::read_to_string(info.join("RECORD")).unwrap();
    fs::remove_file(info.join("RECORD")).unwrap();
    overwrite(&world.site_packages().join("helper.py"), "broken");
    let outcome = world.rpip(&["verify"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("helper-2.0.dist-info/RECORD is missing"), "{}", outcome.stdout);
    let outcome = repair(&world, &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    assert_eq!(fs::read_to_string(info.join("RECORD")).unwrap(), before);
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "2.0\n");
    world.rpip(&["undo", "--yes"]).success();
    assert!(!info.join("RECORD").exists());
    assert_eq!(fs::read_to_string(world.site_packages().join("helper.py")).unwrap(), "broken");
}

#[test]
#[cfg(unix)]
fn a_script_that_nobody_may_run_is_repaired() {
    use std::os::unix::fs::PermissionsExt;
    let world = installed();
    let script = world.path("env/bin/demo");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = world.rpip(&["verify"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("demo cannot be run: it is not executable"), "{}", outcome.stdout);
    let outcome = repair(&world, &[]);
    assert_eq!(outcome.code, 0, "{}\n{}", outcome.stdout, outcome.stderr);
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o755);
}

#[test]
fn hashes_of_other_kinds_and_odd_rows() {
    let world = installed();
    let info = world.site_packages().join("helper-2.0.dist-info");
    let record = fs::read_to_string(info.join("RECORD")).unwrap();
    let odd = "helper.py,md5=1B2M2Y8AsgTpgAmY7PhCfg,\r\n/dev/zero,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,\r\n";
    fs::write(info.join("RECORD"), format!("{record}{odd}")).unwrap();
    let outcome = world.rpip(&["verify"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout.contains("'md5' is no hash that proves anything"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("/dev/zero cannot be read: it is no regular file"), "{}", outcome.stdout);
}
