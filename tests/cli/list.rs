//! `rpip list`.

use crate::world::{World, demo};

/// An application with its dependency, and a distribution that is edited in place.
fn furnished() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let url =
        format!(r#"{{"url": "file://{}", "dir_info": {{"editable": true}}}}"#, world.path("src").display());
    world.handmade(
        "Edit_ed-1.0.dist-info",
        &[
            (
                "METADATA",
                "Metadata-Version: 2.1\nName: Edit.ed\nVersion: 1.0.0-alpha\nRequires-Dist: other\n",
            ),
            ("direct_url.json", &url),
            ("INSTALLER", "hand\n"),
        ],
    );
    world
}

#[test]
fn columns_as_pip_prints_them() {
    let world = World::with_environment();
    assert_eq!(world.rpip(&["list"]).success(), "");
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let table = "Package  Version\n-------- -------\nDemo-App 2.0\nhelper   2.0\n";
    assert_eq!(world.rpip(&["list"]).success(), table);
    // What is no option is passed over, as by pip.
    assert_eq!(world.rpip(&["list", "--local", "nonsense"]).success(), table);
    assert_eq!(world.rpip(&["list", "-q"]).success(), "");
}

#[test]
fn every_format_shows_what_is_edited_in_place() {
    let world = furnished();
    let source = world.path("src").display().to_string();
    let site = world.site_packages().display().to_string();
    assert_eq!(
        world.rpip(&["list", "-e"]).success(),
        format!(
            "Package Version     Editable project location\n------- ----------- {}\nEdit.ed 1.0.0-alpha {source}\n",
            "-".repeat(source.len().max(25))
        )
    );
    let frozen = "Demo-App==2.0\nEdit.ed==1.0\nhelper==2.0\n";
    assert_eq!(world.rpip(&["list", "--format=freeze"]).success(), frozen);
    let verbose =
        world.rpip(&["list", "--format=freeze", "-v", "--not-required", "--exclude-editable"]).success();
    assert_eq!(verbose, format!("Demo-App==2.0 ({site})\n"));
    let json = world.rpip(&["list", "--format", "json", "--exclude", "DEMO_app"]).success();
    let expected = format!(
        r#"[{{"name": "Edit.ed", "version": "1.0", "editable_project_location": "{source}"}}, {{"name": "helper", "version": "2.0"}}]"#
    );
    assert_eq!(json, format!("{expected}\n"));
    let json = world.rpip(&["list", "--format", "json", "-v", "-e"]).success();
    assert!(json.contains(&format!(r#""location": "{site}", "installer": "hand""#)), "{json}");
    let table = world.rpip(&["list", "-v"]).success();
    let header = table.lines().next().unwrap();
    assert!(header.contains("Editable project location") && header.ends_with("Installer"), "{table}");
}

#[test]
fn other_places_are_listed() {
    let world = furnished();
    world.install(&["--target", "there", "helper==1.0"]).success();
    assert_eq!(world.rpip(&["list", "--path", "there", "--format=freeze"]).success(), "helper==1.0\n");
    assert_eq!(world.rpip(&["list", "--path", "nowhere", "--format=json"]).success(), "[]\n");
    assert_eq!(world.rpip(&["list", "--user"]).success(), "");
    for other in ["--user", "--local", "-l"] {
        let stderr = world.rpip(&["list", "--path", "there", other]).failure(1);
        assert_eq!(stderr, "ERROR: Cannot combine '--path' with '--user' or '--local'\n");
    }
    assert_eq!(world.rpip(&["list", "-e", "--exclude-editable"]).success(), "");
    let stderr = world.rpip(&["list", "--format", "csv"]).failure(2);
    assert!(stderr.contains("invalid choice: 'csv' (choose from 'columns', 'freeze', 'json')"), "{stderr}");
}

#[test]
fn broken_neighbours_are_told_as_pip_tells_them() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["helper"]).success();
    world.handmade("bare-1.0.dist-info", &[]);
    world.handmade("odd-x.dist-info", &[("METADATA", "Name: Odd\nVersion: x\n")]);
    world.handmade("~elper-1.0.dist-info", &[]);
    world.handmade("-1.0.dist-info", &[]);
    let outcome = world.rpip(&["list", "--format", "freeze"]);
    assert_eq!(outcome.stdout, "bare==1.0\nhelper==2.0\nOdd===x\n");
    let site = world.site_packages();
    let mut warnings: Vec<&str> = outcome.stderr.lines().collect();
    warnings.sort_unstable();
    assert_eq!(
        warnings,
        [
            format!(
                "WARNING: Ignoring incompletely removed distribution ~elper-1.0.dist-info ({}); '~'-prefixed leftover \
                 directories are the result of a previous incomplete installation, and can be deleted",
                site.display()
            ),
            format!(
                "WARNING: Skipping {}/-1.0.dist-info due to invalid metadata entry 'name'",
                site.display()
            ),
        ]
    );
    // Twice the same name: one is listed.
    world.handmade("helper-1.0.dist-info", &[("METADATA", "Name: helper\nVersion: 1.0\n")]);
    assert!(world.rpip(&["list"]).success().contains("helper  2.0"));
}
