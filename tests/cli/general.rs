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
fn what_others_call_a_command_is_understood() {
    let world = World::new();
    for (name, hint) in [
        ("remove", "maybe you meant \"uninstall\""),
        ("info", "maybe you meant \"show\""),
        ("update", "maybe you meant \"upgrade\""),
        ("pip", "leave it out"),
    ] {
        let stderr = world.rpip(&[name, "x"]).failure(1);
        assert!(stderr.starts_with(&format!("ERROR: unknown command \"{name}\" - {hint}")), "{stderr}");
    }
}

#[test]
fn what_is_wrong_on_a_command_line_is_told_as_pip_tells_it_with_a_hint() {
    let world = World::new();
    for (arguments, reason) in [
        (&["install", "--upgrde", "x"][..], "no such option: --upgrde\nhint: maybe you meant --upgrade\n"),
        (&["install", "--outdated"], "no such option: --outdated\nhint: --outdated is an option of: list\n"),
        (&["install", "--zzzzzz"], "no such option: --zzzzzz\n"),
        (&["--versoin"], "no such option: --versoin\nhint: maybe you meant --version\n"),
        (&["venv"], "the following arguments are required: <env_dir>...\n"),
        (&["undo", "1", "2"], "unrecognized arguments: 2\n"),
        (&["undo", "x"], "argument number: invalid integer value: 'x'\n"),
        (&["tree", "--depth", "x"], "option --depth: invalid integer value: 'x'\n"),
    ] {
        let stderr = world.rpip(arguments).failure(2);
        assert!(stderr.starts_with("\nUsage:") && stderr.ends_with(&format!("\n{reason}")), "{stderr}");
    }
}

#[test]
fn help_fits_on_narrow_terminals() {
    let world = World::new();
    let commands = world.rpip(&["help"]).success();
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split("  ").next());
    let names = names.skip_while(|name| *name != "install").take_while(|name| *name != "help");
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    assert!(names.len() > 20, "{names:?}");
    for (columns, name) in names.iter().flat_map(|name| [("50", *name), ("80", name)]) {
        let mut command = world.rpip_command(&["help", name]);
        command.env("COLUMNS", columns);
        let help = World::finish(command).success();
        let begin = help.find("Description:").unwrap();
        let end = help.find("\nExamples:").unwrap_or(help.len());
        for line in help[begin..end].lines() {
            // A word that is longer, and the names of an option with its value, stay whole.
            let is_one_word = line.split_whitespace().count() == 1 || line.trim_start().starts_with('-');
            assert!(line.chars().count() < columns.parse().unwrap() || is_one_word, "{name}: {line:?}");
        }
        assert!(!help.contains("[default"), "{help}");
        let description = help[begin..].split("\n\n").next().unwrap_or_default();
        assert!(description.ends_with(['.', ':']), "{description:?}");
    }
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
