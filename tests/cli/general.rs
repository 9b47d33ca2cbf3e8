//! What all commands share: help, usage errors, pipes.

use std::process::Stdio;

use crate::world::World;

#[test]
fn help_lists_the_commands() {
    let world = World::new();
    for arguments in [&[][..], &["help"], &["--help"]] {
        let stdout = world.rpip(arguments).success();
        assert!(stdout.contains("Usage:   \n  rpip <command> [options]"), "{stdout}");
        for command in ["install", "venv", "uninstall", "list", "freeze", "show", "check"] {
            assert!(stdout.contains(&format!("\n  {command} ")), "{stdout}");
        }
        assert!(stdout.contains("--index-url") || stdout.contains("--quiet"), "{stdout}");
    }
    assert!(world.rpip(&["help", "install"]).success().contains("--find-links"));
    assert!(world.rpip(&["install", "--help"]).success().contains("--find-links"));
}

#[test]
fn an_unknown_command_is_guessed() {
    let stderr = World::new().rpip(&["instal", "x"]).failure(1);
    assert_eq!(stderr, "ERROR: unknown command \"instal\" - maybe you meant \"install\"\n");
}

#[test]
fn an_unknown_option_is_a_usage_error() {
    let stderr = World::new().rpip(&["install", "--no-such-option", "x"]).failure(2);
    assert!(stderr.contains("Usage:") && stderr.contains("no such option: --no-such-option"), "{stderr}");
}

#[test]
fn version_is_told() {
    assert!(World::new().rpip(&["--version"]).success().starts_with("rpip "));
}

#[test]
fn a_closed_pipe_is_an_error_without_a_trace() {
    let world = World::with_environment();
    world.handmade("a-1.dist-info", &[("METADATA", "Name: a\nVersion: 1\n")]);
    for arguments in [&["list"][..], &["freeze"], &["inspect"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.rpip_command(arguments);
        let output =
            command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(120), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "ERROR: Pipe to stdout was broken\n");
    }
}

#[test]
fn no_environment_is_explained() {
    let world = World::new();
    let stderr = world.rpip(&["list", "--python", "no-such-python"]).failure(1);
    assert!(stderr.contains("no-such-python"), "{stderr}");
}
