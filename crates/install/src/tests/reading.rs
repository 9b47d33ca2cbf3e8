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
