//! Uninstalling: what goes, what stays, what is refused.

use std::fs;
use std::path::PathBuf;

use super::{Context, scheme};
use crate::uninstall::Removal;
use crate::{InstallError, InstalledDistributions};

const LIBRARY: &str = "lib/python3.12/site-packages";

#[test]
fn everything_goes_and_empty_directories_with_it() {
    let context = Context::new();
    let before = context.tree();
    let wheel = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", ""),
            ("demo/deep/er/x.txt", ""),
            ("single.py", ""),
            ("demo-1.0.data/scripts/tool", "#!python\n"),
            ("demo-1.0.data/data/share/man/man1/demo.1", ""),
            ("demo-1.0.data/headers/x.h", ""),
        ],
    );
    context.install(&[wheel]).unwrap();
    context.write(&format!("{LIBRARY}/demo/__pycache__/__init__.cpython-312.pyc"), "");
    context.write(&format!("{LIBRARY}/__pycache__/single.cpython-312.opt-2.pyc"), "");
    context.write(&format!("{LIBRARY}/single.pyo"), "");
    let report = context.uninstall(&["demo"]).unwrap();
    assert!(report.left.is_empty());
    let mut now = context.tree();
    // The directories of the scheme itself stay.
    now.retain(|path, _| !path.starts_with("include/"));
    assert_eq!(now, before);
}

#[test]
fn what_others_put_there_stays() {
    let context = Context::new();
    let wheel =
        context.wheel("demo", "1.0", &[("demo/__init__.py", ""), ("demo/sub/a.py", ""), ("b.py", "")]);
    context.install(&[wheel]).unwrap();
    let kept = [
        context.write(&format!("{LIBRARY}/demo/sub/mine.txt"), "mine"),
        context.write(&format!("{LIBRARY}/demo/__pycache__/other.cpython-312.pyc"), ""),
        context.write(&format!("{LIBRARY}/__pycache__/bb.cpython-312.pyc"), ""),
    ];
    context.write(&format!("{LIBRARY}/demo/__pycache__/__init__.cpython-312.pyc"), "");
    context.uninstall(&["demo"]).unwrap();
    let left: Vec<String> =
        super::tree(context.site_packages()).into_keys().filter(|path| !path.ends_with('/')).collect();
    let mut expected: Vec<String> = kept
        .iter()
        .map(|path| path.strip_prefix(context.site_packages()).unwrap().to_str().unwrap().to_owned())
        .collect();
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn rows_that_lead_outside_are_reported_and_left() {
    let context = Context::new();
    let wheel = context.wheel("demo", "1.0", &[("demo.py", "")]);
    context.install(&[wheel]).unwrap();
    let outside = context.place.path().join("outside.txt");
    fs::write(&outside, "precious").unwrap();
    let record = context.site_packages().join("demo-1.0.dist-info/RECORD");
    let mut text = fs::read_to_string(&record).unwrap();
    text.push_str(&format!("../../../../outside.txt,,\n{},,\n../../../..,,\n", outside.display()));
    text.push_str("../../python3.12,,\n../../../bin,,\n");
    fs::write(&record, text).unwrap();
    let report = context.uninstall(&["demo"]).unwrap();
    assert_eq!(report.left.len(), 5, "{:?}", report.left);
    assert_eq!(fs::read_to_string(&outside).unwrap(), "precious");
    assert!(context.has("bin"));
    assert!(context.names().is_empty());
}

#[test]
fn distributions_whose_files_nobody_knows() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/none-1.0.dist-info/METADATA"), "Name: None-Such\nVersion: 1.0\n");
    context.write(&format!("{LIBRARY}/conda-1.0.dist-info/METADATA"), "Name: conda\nVersion: 1.0\n");
    context.write(&format!("{LIBRARY}/conda-1.0.dist-info/INSTALLER"), "conda\n");
    context.write(&format!("{LIBRARY}/old-1.0.egg-info"), "Name: old\nVersion: 1.0\n");
    let before = context.tree();
    let error = context.uninstall(&["none"]).unwrap_err().to_string();
    assert!(error.contains("cannot uninstall None-Such 1.0") && error.contains("no RECORD file"), "{error}");
    let error = context.uninstall(&["conda"]).unwrap_err().to_string();
    assert!(error.contains("installed by conda"), "{error}");
    let error = context.uninstall(&["old"]).unwrap_err();
    assert!(matches!(error, InstallError::Distutils { .. }), "{error}");
    assert_eq!(context.tree(), before);
}

#[test]
fn what_setuptools_installed() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/listed-1.0-py3.12.egg-info/PKG-INFO"), "Name: listed\nVersion: 1.0\n");
    context.write(
        &format!("{LIBRARY}/listed-1.0-py3.12.egg-info/installed-files.txt"),
        "../listed/__init__.py\n../../../../bin/listed\nPKG-INFO\ninstalled-files.txt\n",
    );
    context.write(&format!("{LIBRARY}/listed/__init__.py"), "");
    context.write("bin/listed", "");
    context.write(&format!("{LIBRARY}/top-2.0-py3.12.egg-info/PKG-INFO"), "Name: top\nVersion: 2.0\n");
    context.write(&format!("{LIBRARY}/top-2.0-py3.12.egg-info/top_level.txt"), "top\nmodule\nspace\n");
    context.write(&format!("{LIBRARY}/top-2.0-py3.12.egg-info/namespace_packages.txt"), "space\n");
    context.write(&format!("{LIBRARY}/top/any/thing.txt"), "");
    context.write(&format!("{LIBRARY}/module.py"), "");
    context.write(&format!("{LIBRARY}/space/other.py"), "");
    assert_eq!(context.names(), ["listed 1.0", "top 2.0"]);
    context.uninstall(&["listed", "top"]).unwrap();
    let left: Vec<String> = super::tree(context.site_packages()).into_keys().collect();
    assert_eq!(left, ["space/", "space/other.py"]);
    assert!(!context.has("bin/listed"));
}

#[test]
fn what_lies_in_another_environment_is_not_touched() {
    let (context, other) = (Context::new(), Context::new());
    let wheel = other.wheel("demo", "1.0", &[("demo.py", "")]);
    other.install(&[wheel]).unwrap();
    let error = context.begin().remove(&other.distribution("demo")).unwrap_err();
    assert!(matches!(error, InstallError::OutsideEnvironment { .. }), "{error}");
    assert!(other.has(&format!("{LIBRARY}/demo.py")));
}

#[test]
fn the_listing_says_what_would_go() {
    let context = Context::new();
    let wheel = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", ""),
            ("demo/sub/__init__.py", ""),
            ("module.py", ""),
            ("demo-1.0.data/scripts/tool", "#!python\n"),
        ],
    );
    context.install(&[wheel]).unwrap();
    let mine = context.write(&format!("{LIBRARY}/demo/sub/mine.txt"), "");
    context.write(&format!("{LIBRARY}/demo/__pycache__/__init__.cpython-312.pyc"), "");
    let roots = crate::roots::Roots::new(&context.target.scheme);
    let (removed, skipped) = context.removal("demo").unwrap().listing_in(&roots);
    let library = context.site_packages();
    let expected: Vec<PathBuf> = vec![
        context.venv().join("bin/tool"),
        library.join("demo-1.0.dist-info/*"),
        library.join("demo/*"),
        library.join("module.py"),
    ];
    assert_eq!(removed, expected);
    assert_eq!(skipped, [mine]);
}

#[test]
fn what_lies_outside_is_told_apart_before_it_is_refused() {
    let system = Context::new();
    system.install(&[system.wheel("demo", "1.0", &[("demo.py", "")])]).unwrap();
    let context = system.sibling();
    let found = InstalledDistributions::read(&[system.site_packages().to_path_buf()]).unwrap();
    let outside = &found.distributions[0];
    assert!(Removal::is_outside_scheme(&context.target.scheme, outside));
    let error = context.begin().remove(outside).unwrap_err();
    assert!(matches!(&error, InstallError::OutsideEnvironment { .. }), "{error}");
    // It is left where it is, and the environment gets its own.
    let transaction = context.begin();
    transaction.stage(&context.wheel("demo", "2.0", &[("demo.py", "")])).unwrap();
    transaction.commit().unwrap();
    assert_eq!(context.names(), ["demo 2.0"]);
    assert_eq!(system.names(), ["demo 1.0"]);
    // Through a link it is the same directory.
    let link = context.place.path().join("link");
    std::os::unix::fs::symlink(context.venv(), &link).unwrap();
    assert!(!Removal::is_outside_scheme(&scheme(&link), &context.distribution("demo")));
    assert!(!Removal::is_outside_scheme(&context.target.scheme, &context.distribution("demo")));
}
