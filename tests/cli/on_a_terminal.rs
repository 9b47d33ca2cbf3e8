//! What is seen on a terminal: bars, questions, colours.
#![cfg(unix)]

use test_support::WheelBuilder;

use crate::world::{World, demo};

#[test]
fn a_bar_has_a_name_and_fits_on_its_line() {
    let world = World::with_environment();
    // Bytes that do not compress, more than what goes without a bar.
    let mut state = 1u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    world.publish(&[
        WheelBuilder::new("large", "1.0").file("large.bin", &noise.take(2_000_000).collect::<Vec<u8>>())
    ]);
    let index = world.index.simple();
    let seen = world.on_a_terminal(&["install", "--index-url", &index, "large"], &[]);
    assert!(seen.ends_with("Successfully installed large-1.0\r\nexit code 0\n"), "{seen}");
    let lines = seen.split(['\r', '\n', '\u{1b}']).map(|line| line.trim_start_matches("[2K"));
    let bars: Vec<&str> = lines.filter(|line| line.contains("/2.00 MB")).collect();
    assert!(!bars.is_empty(), "{seen}");
    for bar in bars {
        assert!(bar.contains("    large-1.0 ") && bar.chars().count() <= 80, "{bar:?}");
    }
    assert!(!seen.contains("[?25l"), "the cursor is hidden: {seen}");
}

#[test]
fn who_does_not_want_to_log_in_has_ended_the_command() {
    let world = World::with_environment();
    world.publish(&demo());
    world.index.require_login("/", "me", "s3cret");
    let index = world.index.simple();
    let arguments =
        ["install", "--keyring-provider", "disabled", "--retries", "0", "--index-url", &index, "helper"];
    let host = index.split('/').nth(2).unwrap();
    let user = format!("User for {host}: ");
    for answers in [&[(&*user, "\x03")][..], &[(&user, "me\n"), ("Password: ", "s3\x03")]] {
        let seen = world.on_a_terminal(&arguments, answers);
        assert!(seen.contains("ERROR: Operation cancelled by user"), "{seen}");
        assert!(seen.ends_with("exit code 1\n") && !seen.contains("401"), "{seen}");
    }
    let seen = world.on_a_terminal(&arguments, &[(&user, "me\n"), ("Password: ", "s3cret\n")]);
    assert!(seen.contains("Successfully installed helper-2.0\r\nexit code 0"), "{seen}");
}

#[test]
fn no_answer_is_told_on_a_line_of_its_own() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["helper"]).success();
    let seen = world.on_a_terminal(&["uninstall", "helper"], &[("Proceed (Y/n)? ", "\x04")]);
    assert!(seen.contains("Proceed (Y/n)? \r\nERROR: No answer was given"), "{seen}");
    let seen = world.on_a_terminal(&["uninstall", "helper"], &[("Proceed (Y/n)? ", "\x03")]);
    assert!(seen.contains("ERROR: Operation cancelled by user"), "{seen}");
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "2.0\n");
}

#[test]
fn colours_are_for_terminals_or_as_variables_say() {
    let world = World::with_environment();
    let warning = "WARNING: Skipping nothing as it is not installed.";
    let coloured = format!("\u{1b}[33m{warning}\u{1b}[0m");
    let arguments = ["uninstall", "-y", "nothing"];
    assert!(world.on_a_terminal(&arguments, &[]).contains(&coloured));
    for (variables, expected) in [
        (&[][..], warning),
        (&[("FORCE_COLOR", "1")], &coloured),
        (&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], warning),
    ] {
        let mut command = world.rpip_command(&arguments);
        command.envs(variables.iter().copied());
        assert_eq!(World::finish(command).stderr, format!("{expected}\n"), "{variables:?}");
    }
}
