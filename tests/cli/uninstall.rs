//! `rpip uninstall`.

use crate::world::{World, demo};

fn installed() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world
}

#[test]
fn everything_that_was_installed_goes() {
    let world = installed();
    let stdout = world.rpip(&["uninstall", "-y", "Demo_App", "helper"]).success();
    assert!(stdout.contains("Successfully uninstalled Demo-App-2.0"), "{stdout}");
    assert!(!world.path("env/bin/demo").exists());
    assert_eq!(world.installed_names(), Vec::<String>::new());
}

#[test]
fn files_of_others_stay() {
    let world = installed();
    std::fs::write(world.site_packages().join("demo_app/mine.txt"), "mine").unwrap();
    world.rpip(&["uninstall", "-y", "demo-app"]).success();
    assert!(world.site_packages().join("demo_app/mine.txt").exists());
    assert!(!world.site_packages().join("demo_app/__init__.py").exists());
    assert!(world.site_packages().join("helper.py").exists());
}

#[test]
fn it_asks_first() {
    let world = installed();
    let mut answers = [("n\n", true), ("y\n", false)].into_iter();
    for (answer, stays) in answers.by_ref() {
        let stdout = world.rpip_with_input(&["uninstall", "helper"], answer).success();
        assert!(stdout.contains("Would remove:") && stdout.contains("Proceed (Y/n)? "), "{stdout}");
        assert_eq!(world.site_packages().join("helper.py").exists(), stays);
    }
}

#[test]
fn what_is_not_installed_is_skipped() {
    let world = installed();
    let outcome = world.rpip(&["uninstall", "-y", "nothing"]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stderr, "WARNING: Skipping nothing as it is not installed.\n");
}

#[test]
fn without_record_nothing_is_guessed() {
    let world = installed();
    std::fs::remove_file(world.site_packages().join("helper-2.0.dist-info/RECORD")).unwrap();
    let stderr = world.rpip(&["uninstall", "-y", "helper", "demo-app"]).failure(1);
    assert!(stderr.contains("helper") && stderr.contains("RECORD"), "{stderr}");
    // All or nothing: the other one stays too.
    assert!(world.site_packages().join("demo_app/__init__.py").exists());
}

#[test]
fn several_are_told_one_after_the_other() {
    let world = installed();
    let outcome = world.rpip(&["uninstall", "-y", "helper", "nothing", "DEMO_app>=1"]);
    assert_eq!(
        outcome.stdout,
        "Found existing installation: helper 2.0\nUninstalling helper-2.0:\n  Successfully uninstalled helper-2.0\n\
         Found existing installation: Demo-App 2.0\nUninstalling Demo-App-2.0:\n  Successfully uninstalled Demo-App-2.0\n"
    );
    assert_eq!(outcome.stderr, "WARNING: Skipping nothing as it is not installed.\n");
}

#[test]
fn each_is_asked_for() {
    let world = installed();
    std::fs::write(world.site_packages().join("demo_app/mine.txt"), "mine").unwrap();
    let stdout = world.rpip_with_input(&["uninstall", "demo-app", "helper"], "maybe\nN\n\n").success();
    let site = world.site_packages().display().to_string();
    let bin = world.path("env/bin/demo").display().to_string();
    assert_eq!(
        stdout,
        format!(
            "Found existing installation: Demo-App 2.0\nUninstalling Demo-App-2.0:\n  Would remove:\n    {bin}\n    \
             {site}/demo_app-2.0.dist-info/*\n    {site}/demo_app/*\n  Would not remove (might be manually added):\n    \
             {site}/demo_app/mine.txt\nProceed (Y/n)? \
             Your response ('maybe') was not one of the expected responses: y, n, \nProceed (Y/n)? \
             Found existing installation: helper 2.0\nUninstalling helper-2.0:\n  Would remove:\n    \
             {site}/helper-2.0.dist-info/*\n    {site}/helper.py\nProceed (Y/n)?   Successfully uninstalled helper-2.0\n"
        )
    );
    assert!(world.site_packages().join("demo_app/new.py").exists());
    assert!(!world.site_packages().join("helper.py").exists());
    assert!(
        world
            .rpip_with_input(&["uninstall", "demo-app"], "")
            .failure(2)
            .starts_with("ERROR: No answer was given")
    );
    let stderr = world.rpip_with_input(&["uninstall", "--no-input", "demo-app"], "y\n").failure(2);
    assert_eq!(stderr, "ERROR: No input was expected ($PIP_NO_INPUT set); question: Proceed (Y/n)? \n");
}

#[test]
#[cfg(unix)]
fn who_is_told_to_end_at_a_question_ends() {
    use std::io::Read;
    use std::process::Stdio;
    let world = installed();
    for signal in ["-INT", "-TERM", "-HUP"] {
        let mut command = world.rpip_command(&["uninstall", "helper"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _silent = child.stdin.take();
        let (mut seen, mut byte) = (Vec::new(), [0]);
        while !seen.ends_with(b"Proceed (Y/n)? ") {
            child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
            seen.extend(byte);
        }
        assert!(world.command("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "ERROR: Operation cancelled by user\n");
        assert_eq!(output.status.code(), Some(1));
        assert!(world.site_packages().join("helper.py").exists());
    }
}

#[test]
fn names_come_from_files_too() {
    let world = installed();
    world.write("r.txt", "helper>5 ; python_version > '1'\n# no\n./somewhere/x-1.tar.gz\n");
    let outcome = world.rpip(&["uninstall", "-y", "-r", "r.txt", "./somewhere/x-1.tar.gz"]);
    assert_eq!(
        outcome.stderr,
        "WARNING: Invalid requirement: './somewhere/x-1.tar.gz' ignored - the uninstall command expects named requirements.\n"
    );
    assert!(outcome.success().ends_with("  Successfully uninstalled helper-2.0\n"));
    let stderr = world.rpip(&["uninstall", "-y"]).failure(1);
    assert_eq!(
        stderr,
        "ERROR: You must give at least one requirement to uninstall (see \"rpip help uninstall\")\n"
    );
    assert!(
        world.rpip(&["uninstall", "-y", "a b"]).failure(1).starts_with("ERROR: Invalid requirement: 'a b': ")
    );
}

#[test]
fn what_nobody_knows_the_files_of_is_refused() {
    let world = installed();
    std::fs::write(world.site_packages().join("dis-4.egg-info"), "Name: dis\nVersion: 4\n").unwrap();
    let outcome = world.rpip(&["uninstall", "-y", "dis", "helper"]);
    assert_eq!(outcome.stdout, "Found existing installation: dis 4\n");
    assert!(
        outcome.failure(1).starts_with(
            "error: uninstall-distutils-installed-package\n\n× Cannot uninstall dis 4\n╰─> It is"
        )
    );
    world.handmade("bare-1.dist-info", &[("METADATA", "Name: bare\nVersion: 1\n"), ("INSTALLER", "conda\n")]);
    let stderr = world.rpip(&["uninstall", "bare"]).failure(1);
    assert_eq!(
        stderr,
        "error: uninstall-no-record-file\n\n× Cannot uninstall bare 1\n╰─> The package's contents are unknown: no RECORD file \
         was found for bare.\n\nhint: The package was installed by conda. You should check if it can uninstall the package.\n"
    );
    // One with a version that is none, and what is listed of it, go.
    world.handmade(
        "odd-x.dist-info",
        &[
            ("METADATA", "Name: odd\nVersion: x\n"),
            ("RECORD", "odd-x.dist-info/METADATA,,\nodd-x.dist-info/RECORD,,\n"),
        ],
    );
    let stdout = world.rpip(&["uninstall", "-y", "odd"]).success();
    assert_eq!(
        stdout,
        "Found existing installation: odd x\nUninstalling odd-x:\n  Successfully uninstalled odd-x\n"
    );
    assert!(!world.site_packages().join("odd-x.dist-info").exists());
}

#[test]
fn every_file_is_shown_on_request() {
    let world = installed();
    let stdout = world.rpip_with_input(&["uninstall", "-v", "demo-app"], "y\n").success();
    let site = world.site_packages().display().to_string();
    assert!(stdout.contains(&format!("\n    {site}/demo_app-2.0.dist-info/METADATA\n")), "{stdout}");
    assert!(
        stdout.contains(&format!(
            "\n  Will actually move:\n    {}\n    {site}/demo_app-2.0.dist-info/\n    {site}/demo_app/\n",
            world.path("env/bin/demo").display()
        )),
        "{stdout}"
    );
    assert!(
        stdout.ends_with(&format!(
            "  Removing file or directory {site}/demo_app/\n  Successfully uninstalled Demo-App-2.0\n"
        )),
        "{stdout}"
    );
}

#[test]
fn a_record_that_leads_outside_removes_nothing_there() {
    let world = installed();
    world.write("outside.txt", "precious");
    let record = world.site_packages().join("helper-2.0.dist-info/RECORD");
    let mut text = std::fs::read_to_string(&record).unwrap();
    text.push_str("../../../../outside.txt,,\n");
    std::fs::write(&record, text).unwrap();
    world.rpip(&["uninstall", "-y", "helper"]);
    assert!(world.path("outside.txt").exists());
}
