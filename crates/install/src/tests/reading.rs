//! Reading site-packages in whatever state it is.

use std::path::PathBuf;

use super::Context;
use crate::InstalledDistributions;

const LIBRARY: &str = "lib/python3.12/site-packages";

#[test]
fn distributions_are_found_by_their_names() {
    let context = Context::new();
    for (path, content) in [
        ("Flask_Login-0.6.3.dist-info/METADATA", "Name: Flask-Login\nVersion: 0.6.3\n"),
        ("torch-2.1.0+cu118.dist-info/METADATA", ""),
        ("no_version.egg-info/PKG-INFO", "Name: no.version\nVersion: 3\n"),
        ("flat-1.0_1-py3.8-linux-x86_64.egg-info", "Name: flat\nVersion: 1.0-1\n"),
        ("python_dateutil-2.9.0.post0.dist-info/METADATA", ""),
        ("~ip-23.0.dist-info/METADATA", ""),
        ("empty-1.0.dist-info/RECORD", ""),
        ("bad-version!.dist-info/METADATA", "Name: bad\n"),
        ("nothing.dist-info/METADATA", ""),
        ("package/__init__.py", ""),
        ("linked.egg-link", "/elsewhere"),
        (".rpip-transaction/x", ""),
    ] {
        context.write(&format!("{LIBRARY}/{path}"), content);
    }
    let installed = context.installed();
    let names: Vec<String> = installed
        .distributions
        .iter()
        .map(|distribution| format!("{} {}", distribution.name, distribution.version))
        .collect();
    assert_eq!(
        names,
        [
            "flask-login 0.6.3",
            "flat 1.0.post1",
            "no-version 3",
            "python-dateutil 2.9.0.post0",
            "torch 2.1.0+cu118"
        ]
    );
    let mut broken: Vec<&str> =
        installed.broken.iter().map(|broken| broken.path.file_name().unwrap().to_str().unwrap()).collect();
    broken.sort_unstable();
    assert_eq!(
        broken,
        ["bad-version!.dist-info", "empty-1.0.dist-info", "nothing.dist-info", "~ip-23.0.dist-info"]
    );
    let login = context.distribution("flask-login");
    assert_eq!(login.name_text(), "Flask-Login");
    assert_eq!((login.installer(), login.requested(), login.direct_url()), (None, false, None));
    assert!(login.files().is_err());
}

#[test]
fn the_first_directory_counts_and_the_newer_of_two_versions() {
    let context = Context::new();
    for directory in ["one", "two"] {
        for version in ["1.0", "2.0"] {
            context.write(&format!("{directory}/demo-{version}.dist-info/METADATA"), "");
        }
        context.write(&format!("{directory}/{directory}-1.0.dist-info/METADATA"), "");
    }
    context.write("one/demo.egg-info/PKG-INFO", "Name: demo\nVersion: 9.0\n");
    let directories: Vec<PathBuf> =
        ["one", "missing", "two", "one", "pyvenv.cfg"].map(|name| context.venv().join(name)).into();
    let installed = InstalledDistributions::read(&directories).unwrap();
    let found: Vec<(String, PathBuf)> = installed
        .distributions
        .iter()
        .map(|found| (format!("{} {}", found.name, found.version), found.location.clone()))
        .collect();
    let (one, two) = (context.venv().join("one"), context.venv().join("two"));
    assert_eq!(found, [("demo 2.0".into(), one.clone()), ("one 1.0".into(), one), ("two 1.0".into(), two)]);
    assert_eq!(installed.broken.len(), 3);
    assert!(installed.get(&"two".parse().unwrap()).is_some());
    assert!(installed.get(&"three".parse().unwrap()).is_none());
}

#[test]
fn warnings_are_in_the_words_of_pip() {
    let context = Context::new();
    for (path, content) in [
        ("~ip-23.0.dist-info/METADATA", "Name: pip\nVersion: 23.0\n"),
        ("~eadless-1.0.egg-info/x", ""),
        ("Bad!._Name-1.0.dist-info/METADATA", "Name: bad!name\nVersion: 1.0\n"),
        ("nothing.dist-info/METADATA", "Version: 1.0\n"),
        ("-1.0.dist-info/METADATA", "Version: 1.0\n"),
        ("no_version-banana.dist-info/METADATA", "Name: no-version\nVersion: banana\n"),
        ("no_metadata-1.0.dist-info/INSTALLER", "pip\n"),
        ("twice-1.0.dist-info/METADATA", ""),
        ("twice-2.0.dist-info/METADATA", ""),
    ] {
        context.write(&format!("{LIBRARY}/{path}"), content);
    }
    let installed = context.installed();
    let library = context.site_packages().display();
    let left = "'~'-prefixed leftover directories are the result of a previous incomplete installation, and can be deleted";
    let mut warnings: Vec<&str> = installed.warnings().collect();
    warnings.sort_unstable();
    assert_eq!(
        warnings,
        [
            format!("Ignoring incompletely removed distribution ~eadless-1.0.egg-info ({library}); {left}"),
            format!("Ignoring incompletely removed distribution ~ip-23.0.dist-info ({library}); {left}"),
            format!("Ignoring invalid distribution bad!-name ({library})"),
            format!("Ignoring invalid distribution no-metadata ({library})"),
            format!("Ignoring invalid distribution no-version ({library})"),
            format!("Skipping {library}/-1.0.dist-info due to invalid metadata entry 'name'"),
            format!("Skipping {library}/nothing.dist-info due to invalid metadata entry 'name'"),
        ]
    );
    assert_eq!(installed.distributions.len(), 1);
}

#[test]
fn directories_that_cannot_be_listed_are_told_of() {
    let context = Context::new();
    let file = context.write("file", "");
    let looped = context.venv().join("loop");
    std::os::unix::fs::symlink("loop", &looped).unwrap();
    let installed = InstalledDistributions::read(&[file, looped.clone()]).unwrap();
    assert!(installed.distributions.is_empty());
    let warnings: Vec<&str> = installed.warnings().collect();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].starts_with(&format!("Ignoring what is installed in {}: ", looped.display())));
    assert_eq!(installed.broken.iter().map(|broken| &broken.path).collect::<Vec<_>>(), [&looped]);
}

#[test]
fn what_setup_py_develop_and_easy_install_left_is_found() {
    let context = Context::new();
    let info = "Name: My-Project\nVersion: 1.8\n";
    context.write("src/My_Project.egg-info/PKG-INFO", info);
    context.write("src/My_Project.egg-info/requires.txt", "six>=1\n\n[extra]\nnumpy\n");
    let project = context.venv().join("src");
    let link =
        context.write(&format!("{LIBRARY}/My-Project.egg-link"), &format!("\n {} \n.", project.display()));
    context.write(&format!("{LIBRARY}/dangling.egg-link"), "/nowhere/at/all\n");
    context.write(&format!("{LIBRARY}/empty.egg-link"), "");
    for (egg, is_listed) in [("listed-1.9-py3.12.egg", true), ("other-1.9-py3.12.egg", false)] {
        context.write(&format!("{LIBRARY}/{egg}/EGG-INFO/PKG-INFO"), "Name: egg\nVersion: 1.9\n");
        if is_listed {
            let text = format!("import sys\n{}\n./{egg}\n", project.display());
            context.write(&format!("{LIBRARY}/easy-install.pth"), &text);
        }
    }
    assert_eq!(context.names(), ["listed 1.9", "my-project 1.8"]);
    let develop = context.distribution("my-project");
    assert_eq!(develop.egg_link.as_deref(), Some(link.as_path()));
    assert_eq!(develop.develop_location(), Some(project.as_path()));
    assert_eq!(develop.installed_location(), context.site_packages());
    let metadata = develop.metadata().unwrap();
    let requirements: Vec<String> = metadata.requires_dist.iter().map(ToString::to_string).collect();
    assert_eq!(requirements, ["six>=1", "numpy; extra == \"extra\""]);
    let egg = context.distribution("listed");
    assert_eq!(egg.installed_location(), context.site_packages());
    assert_eq!(
        (egg.develop_location(), egg.metadata().unwrap().version.to_string()),
        (None, "1.9".to_owned())
    );
    // What is installed beside the link counts before it.
    context.write(&format!("{LIBRARY}/my_project-1.0.dist-info/METADATA"), "");
    assert_eq!(context.distribution("my-project").version.to_string(), "1.0");
}
