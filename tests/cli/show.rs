//! `rpip show`.

use crate::world::{World, demo};

#[test]
fn fields_in_pips_order() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let stdout = world.rpip(&["show", "-f", "demo_app", "helper"]).success();
    let (first, second) = stdout.split_once("---\n").unwrap();
    let names: Vec<&str> = first.lines().filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert_eq!(
        names,
        [
            "Name",
            "Version",
            "Summary",
            "Home-page",
            "Author",
            "Author-email",
            "License",
            "Location",
            "Requires",
            "Required-by",
            "Files"
        ]
    );
    assert!(first.contains("Requires: helper\n"), "{first}");
    assert!(first.contains("\n  demo_app/__init__.py\n"), "{first}");
    assert!(second.contains("Required-by: Demo-App\n"), "{second}");
}

#[test]
fn what_is_missing_is_named() {
    let world = World::with_environment();
    let stderr = world.rpip(&["show", "no thing", "Anything"]).failure(1);
    assert_eq!(stderr, "WARNING: Package(s) not found: Anything, no thing\n");
    assert_eq!(world.rpip(&["show"]).failure(1), "WARNING: ERROR: Please provide a package name or names.\n");
}

#[test]
fn metadata_is_told_in_full() {
    let world = World::with_environment();
    let metadata = "Metadata-Version: 2.4\nName: Full.Metal\nVersion: 1.0-a1\nSummary: All of it\n\
                    License: old\nLicense-Expression: MIT\nProject-URL: Home-Page, https://example.org/full\n\
                    Classifier: A :: B\nRequires-Dist: zeta\nRequires-Dist: Alpha>1\nRequires-Dist: zeta ; extra == 'x'\n";
    world.handmade(
        "full_metal-1.0a1.dist-info",
        &[
            ("METADATA", metadata),
            ("INSTALLER", "pip\n"),
            ("entry_points.txt", "[console_scripts]\n full = full:main\n"),
        ],
    );
    let stdout = world.rpip(&["show", "-v", "-f", "full-metal"]).success();
    let site = world.site_packages().display().to_string();
    assert_eq!(
        stdout,
        format!(
            "Name: Full.Metal\nVersion: 1.0-a1\nSummary: All of it\nHome-page: https://example.org/full\nAuthor: \n\
             Author-email: \nLicense-Expression: MIT\nLocation: {site}\nRequires: Alpha, zeta\nRequired-by: \n\
             Metadata-Version: 2.4\nInstaller: pip\nClassifiers:\n  A :: B\nEntry-points:\n  [console_scripts]\n  \
             full = full:main\nProject-URLs:\n  Home-Page, https://example.org/full\nFiles:\n\
             Cannot locate RECORD or installed-files.txt\n"
        )
    );
    // One whose dependencies cannot be read: nobody knows whom it requires.
    world.handmade("bad-1.dist-info", &[("METADATA", "Name: bad\nVersion: 1\nRequires-Dist: >>>\n")]);
    assert!(world.rpip(&["show", "full-metal"]).success().ends_with("Required-by: #N/A\n"));
}

#[test]
fn files_of_setuptools_are_shown_as_record_would_have_them() {
    let world = World::with_environment();
    world.handmade(
        "old-1.0-py3.9.egg-info",
        &[
            ("PKG-INFO", "Name: old\nVersion: 1.0\n"),
            ("installed-files.txt", "../old.py\n../../../../bin/old\nPKG-INFO\n"),
            ("requires.txt", "six\n"),
        ],
    );
    let stdout = world.rpip(&["show", "-f", "old"]).success();
    assert!(stdout.contains("\nRequires: six\n"), "{stdout}");
    assert!(
        stdout.ends_with("Files:\n  ../../../bin/old\n  old-1.0-py3.9.egg-info/PKG-INFO\n  old.py\n"),
        "{stdout}"
    );
}
