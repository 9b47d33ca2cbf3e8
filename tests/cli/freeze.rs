//! `rpip freeze`.

use crate::world::{World, demo};

fn furnished() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    world.handmade("pip-26.3.dist-info", &[("METADATA", "Name: pip\nVersion: 26.3\n")]);
    world
}

#[test]
fn requirements_that_rebuild_the_environment() {
    let world = furnished();
    let wheel = test_support::WheelBuilder::new("local", "1.0");
    std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    world.install(&[&format!("./{}", wheel.filename())]).success();
    let stdout = world.rpip(&["freeze", "-q"]).success();
    let lines: Vec<&str> = stdout.lines().collect();
    assert_eq!(lines[..2], ["Demo-App==2.0", "helper==2.0"]);
    assert!(lines[2].starts_with("local @ file:///") && lines[2].contains("#sha256="), "{stdout}");
    assert_eq!(lines.len(), 3);
    assert!(world.rpip(&["freeze", "--all"]).success().contains("\npip==26.3\n"));
    assert_eq!(
        world.rpip(&["freeze", "--exclude", "LOCAL", "--exclude=demo.app"]).success(),
        "helper==2.0\n"
    );
}

#[test]
fn what_is_edited_in_place_is_named_by_its_directory() {
    let world = furnished();
    let url =
        format!(r#"{{"url": "file://{}", "dir_info": {{"editable": true}}}}"#, world.path("src").display());
    let metadata = "Name: Edit.ed\nVersion: 1.0\n";
    world.handmade("edit_ed-1.0.dist-info", &[("METADATA", metadata), ("direct_url.json", &url)]);
    let expected = format!(
        "Demo-App==2.0\n# Editable install with no version control (Edit.ed==1.0)\n-e {}\nhelper==2.0\n",
        world.path("src").display()
    );
    assert_eq!(world.rpip(&["freeze"]).success(), expected);
    assert_eq!(world.rpip(&["freeze", "--exclude-editable"]).success(), "Demo-App==2.0\nhelper==2.0\n");
}

#[test]
fn files_give_the_order_and_the_comments() {
    let world = furnished();
    let first = "# Tools\n\n--index-url https://example.org/simple\nhelper>=1  # yes\nabsent==1\n./somewhere/demo.tar.gz\n";
    world.write("first.txt", first);
    world.write("second.txt", "# Tools\nDEMO.app ; python_version > '3'\nhelper\n");
    let outcome = world.rpip(&["freeze", "-r", "first.txt", "--requirement", "second.txt"]);
    assert_eq!(
        outcome.stdout,
        "# Tools\n\n--index-url https://example.org/simple\nhelper==2.0\n\
         Skipping line in requirement file [first.txt] because it's not clear what it would install: ./somewhere/demo.tar.gz\n  \
         (add #egg=PackageName to the URL to avoid this warning)\n\
         Demo-App==2.0\n## The following requirements were added by pip freeze:\n"
    );
    assert_eq!(
        outcome.stderr,
        "WARNING: Requirement file [first.txt] contains absent==1, but package 'absent' is not installed\n\
         WARNING: Requirement helper included multiple times [first.txt, second.txt]\n"
    );
}

#[test]
fn lines_that_are_no_requirements_are_errors() {
    let world = furnished();
    world.write("bad.txt", "helper\n-c limits.txt\n");
    let outcome = world.rpip(&["freeze", "-r", "bad.txt"]);
    assert_eq!(outcome.stdout, "helper==2.0\n");
    assert!(outcome.failure(1).starts_with("ERROR: Invalid requirement: '-c limits.txt': "));
    world.write("bad.txt", "-e helper\n");
    let stderr = world.rpip(&["freeze", "-r", "bad.txt"]).failure(1);
    assert!(stderr.starts_with("ERROR: helper is not a valid editable requirement. "), "{stderr}");
    let stderr = world.rpip(&["freeze", "-r", "none.txt"]).failure(2);
    assert!(stderr.starts_with("ERROR: cannot read none.txt: "), "{stderr}");
}
