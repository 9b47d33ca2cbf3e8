//! `rpip completion`, and the answers to a shell.

use crate::world::{Outcome, World, demo};

#[test]
fn every_shell_has_a_script() {
    let world = World::new();
    for (option, shell, part) in [
        ("--bash", "bash", "complete -o default -F _rpip_completion rpip\n"),
        ("-z", "zsh", "compdef __rpip rpip\n"),
        ("-f", "fish", "complete -fa \"(__fish_complete_rpip)\" -c rpip\n"),
        ("--powershell", "powershell", "StartsWith(\"rpip \")"),
    ] {
        let stdout = world.rpip(&["completion", option]).success();
        assert!(stdout.starts_with(&format!("\n# rpip {shell} completion start\n")), "{stdout}");
        assert!(
            stdout.ends_with(&format!("# rpip {shell} completion end\n\n")) && stdout.contains(part),
            "{stdout}"
        );
    }
    let outcome = world.rpip(&["completion"]);
    assert_eq!(outcome.stderr, "ERROR: You must pass --bash or --fish or --powershell or --zsh\n");
    assert_eq!(outcome.success(), "");
    // The last one counts.
    assert!(world.rpip(&["completion", "-b", "-f"]).success().contains("rpip fish completion"));
}

fn complete(world: &World, words: &str, position: &str) -> Outcome {
    let mut command = world.rpip_command(&[]);
    command.env("PIP_AUTO_COMPLETE", "1").env("COMP_WORDS", words).env("COMP_CWORD", position);
    World::finish(command)
}

#[test]
fn words_are_completed() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world.write("requirements.txt", "");
    for (words, position, expected) in [
        ("rpip unin", "1", "uninstall\n"),
        ("rpip --no-col", "1", "--no-color\n"),
        ("rpip hash --alg", "2", "--algorithm=\n"),
        ("rpip uninstall", "2", "demo-app\nhelper\n"),
        ("rpip uninstall De", "2", "demo-app\n"),
        ("rpip show helper", "3", "demo-app\n"),
        ("rpip show zz", "2", ""),
        ("rpip uninstall --ye", "2", "--yes\n"),
        ("rpip uninstall -y --ye", "3", "--yes\n"),
        ("rpip uninstall --yes --ye", "3", ""),
        ("rpip install ", "2", "env/\nrequirements.txt\n"),
        ("rpip install ./r", "2", "./requirements.txt\n"),
        ("rpip uninstall -r requi", "3", "requirements.txt\n"),
        ("rpip hash --cache-dir ", "3", "env/\n"),
        ("rpip config un", "2", "unset\n"),
        ("rpip config set un", "3", ""),
        ("rpip help x", "2", ""),
        ("rpip unin", "x", ""),
    ] {
        let outcome = complete(&world, words, position);
        assert_eq!(outcome.stdout, expected, "{words}");
        assert_eq!(outcome.code, 1, "{words}");
        assert_eq!(outcome.stderr, "");
    }
}
