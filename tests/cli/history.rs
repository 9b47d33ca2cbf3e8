//! `rpip history`.

use crate::world::{World, demo};

#[test]
fn changes_are_listed_with_their_commands() {
    let world = World::with_environment();
    assert_eq!(world.rpip(&["history"]).success(), "No changes of this environment are remembered.\n");
    world.publish(&demo());
    world.install(&["demo-app==1.0", "helper==1.0"]).success();
    world.install(&["-U", "helper"]).success();
    world.rpip(&["uninstall", "-y", "demo-app"]).success();
    world.rpip(&["undo", "-y"]).success();
    let text = world.rpip(&["history"]).success();
    // Times are left out: they stand between number and command.
    let lines: Vec<String> = text
        .lines()
        .map(|line| match line.split_once("  20") {
            Some((number, rest)) => format!("{number} {}", rest.get(19..).unwrap()),
            None => line.to_owned(),
        })
        .collect();
    let index = world.index.simple();
    assert_eq!(
        lines,
        [
            &format!("1 rpip install --index-url {index} demo-app==1.0 helper==1.0"),
            "   + Demo-App 1.0",
            "   + helper 1.0",
            &format!("2 rpip install --index-url {index} -U helper"),
            "   ~ helper 1.0 -> 2.0",
            "3 rpip uninstall -y demo-app (undone)",
            "   - Demo-App 1.0",
            "4 rpip undo -y",
            "   + Demo-App 1.0",
        ]
    );
}

#[test]
fn passwords_are_not_remembered() {
    let world = World::with_environment();
    world.publish(&demo());
    let index = world.index.simple().replace("http://", "http://me:secret@");
    world.rpip(&["install", "--index-url", &index, "helper"]).success();
    let text = world.rpip(&["history"]).success();
    assert!(text.contains("me:****@") && !text.contains("secret"), "{text}");
}

#[test]
fn an_environment_that_is_made_anew_has_no_past() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["helper"]).success();
    std::fs::rename(world.path("env"), world.path("other")).unwrap();
    world.rpip(&["venv", "env"]).success();
    assert_eq!(world.rpip(&["history"]).success(), "No changes of this environment are remembered.\n");
    let stderr = world.rpip(&["undo", "-y"]).failure(1);
    assert!(stderr.contains("nothing to undo"), "{stderr}");
}
