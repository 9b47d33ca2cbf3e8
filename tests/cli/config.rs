//! `rpip config`, and where settings come from.

use crate::world::World;

#[test]
fn settings_are_written_read_and_removed() {
    let world = World::new();
    let file = world.path("../home/.config/pip/pip.conf");
    let stdout = world.rpip(&["config", "set", "global.index_url", "https://example.org/simple"]).success();
    assert!(
        stdout.starts_with("Writing to ") && stdout.ends_with("/home/.config/pip/pip.conf\n"),
        "{stdout}"
    );
    world.rpip(&["config", "set", "install.timeout", "60"]).success();
    let text = "[global]\nindex-url = https://example.org/simple\n\n[install]\ntimeout = 60\n\n";
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(world.rpip(&["config", "get", "global.index-url"]).success(), "https://example.org/simple\n");
    assert_eq!(
        world.rpip(&["config", "--user", "list"]).success(),
        "global.index-url='https://example.org/simple'\ninstall.timeout='60'\n"
    );
    world.rpip(&["config", "unset", "global.index-url"]).success();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "[install]\ntimeout = 60\n\n");
}

#[test]
fn mistakes_are_told_in_pips_words() {
    let world = World::new();
    world.write("own.conf", "[a]\nb = c\n");
    for (arguments, message) in [
        (&["config"][..], "ERROR: Need an action (debug, edit, get, list, set, unset) to perform.\n"),
        (
            &["config", "get"],
            "ERROR: Got unexpected number of arguments, expected 1. (example: \"rpip config get [name]\")\n",
        ),
        (
            &["config", "list", "x"],
            "ERROR: Got unexpected number of arguments, expected 0. (example: \"rpip config list\")\n",
        ),
        (
            &["config", "get", "timeout"],
            "ERROR: Key does not contain dot separated section and key. Perhaps you wanted to use 'global.timeout' instead?\n",
        ),
        (&["config", "get", "a.B"], "ERROR: No such key - a.B\n"),
        (&["config", "unset", "a.B"], "ERROR: No such key - a.B\n"),
        (
            &["config", "--user", "--site", "get", "a.b"],
            "ERROR: Need exactly one file to operate upon (--user, --site, --global) to perform.\n",
        ),
        (&["config", "edit"], "ERROR: Could not determine editor to use.\n"),
        (&["config", "edit", "--editor", "exit 7;"], "ERROR: Editor Subprocess exited with exit code 7\n"),
    ] {
        assert_eq!(world.rpip(arguments).failure(1), message, "{arguments:?}");
    }
    let mut command = world.rpip_command(&["config", "set", "a.b", "c"]);
    command.env("PIP_CONFIG_FILE", "/dev/null");
    let stderr = World::finish(command).failure(1);
    assert_eq!(stderr, "ERROR: Cannot write to PIP_CONFIG_VALUE when it is set to /dev/null\n");
    let mut command = world.rpip_command(&["config", "set", "a.b", "d"]);
    command.env("PIP_CONFIG_FILE", "own.conf");
    let stderr = World::finish(command).stderr;
    assert!(
        stderr.starts_with("WARNING: Because PIP_CONFIG_FILE is set, changes will be applied to 'own.conf'"),
        "{stderr}"
    );
    assert_eq!(std::fs::read_to_string(world.path("own.conf")).unwrap(), "[a]\nb = d\n\n");
}

#[test]
fn a_broken_file_stops_every_command() {
    let world = World::new();
    world.write("../home/.config/pip/pip.conf", "x=1\n");
    for arguments in [&["config", "list"][..], &["list"]] {
        let stderr = world.rpip(arguments).failure(2);
        assert!(stderr.starts_with(
            "Configuration file could not be loaded.\nFile contains no section headers.\nfile: '"
        ));
        assert!(stderr.ends_with("/pip.conf', line: 1\n'x=1\\n'\n"), "{stderr}");
    }
    std::fs::write(world.path("../home/.config/pip/pip.conf"), b"[a]\nb = \xff\n").unwrap();
    let stderr = world.rpip(&["list"]).failure(2);
    assert!(stderr.starts_with("Configuration file contains invalid UTF-8 characters in "), "{stderr}");
}

#[test]
fn the_file_of_the_environment_acted_on_counts() {
    let world = World::with_environment();
    world.rpip(&["venv", "other", ".venv"]).success();
    world.rpip(&["config", "--site", "set", "global.timeout", "1"]).success();
    world.rpip(&["--python", "other", "config", "--site", "set", "global.timeout", "2"]).success();
    assert!(world.path("env/pip.conf").exists() && world.path("other/pip.conf").exists());
    // A file of the environment is there now: changes go to it.
    world.rpip(&["config", "set", "global.retries", "3"]).success();
    let list = |arguments: &[&str]| world.rpip(arguments).success();
    assert_eq!(list(&["config", "--site", "list"]), "global.retries='3'\nglobal.timeout='1'\n");
    assert_eq!(list(&["--python", "other/bin/python", "config", "list", "--site"]), "global.timeout='2'\n");
    world.write(".venv/pip.conf", "[global]\ntimeout = never\n");
    let mut command = world.rpip_command(&["list"]);
    command.env_remove("VIRTUAL_ENV");
    let stderr = World::finish(command).failure(3);
    assert!(stderr.contains("timeout in") && stderr.contains("/.venv/pip.conf"), "{stderr}");
    assert!(world.rpip(&["list"]).code == 0);
}

#[test]
fn where_settings_are_is_shown() {
    let world = World::with_environment();
    world.write("env/pip.conf", "[global]\nfind-links = a\n  b\n");
    let mut command = world.rpip_command(&["config", "debug"]);
    command.env("PIP_TIMEOUT", "7");
    let stdout = World::finish(command).success();
    let stdout = stdout.replace(&world.path("").display().to_string(), "W/");
    assert!(
        stdout.starts_with("env_var:\n  PIP_TIMEOUT='7'\nenv:\nglobal:\n  /etc/xdg/pip/pip.conf, exists: "),
        "{stdout}"
    );
    let site = "site:\n  W/env/pip.conf, exists: True\n    global.find-links: a\n    b\nuser:\n";
    assert!(stdout.contains(site), "{stdout}");
}
