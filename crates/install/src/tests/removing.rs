//! Uninstalling: what goes, what stays, what is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Context, options, scheme};
use crate::uninstall::Removal;
use crate::{Fault, FaultHook, InstallError, InstalledDistributions, TransactionOptions};

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
    assert!(error.contains("Cannot uninstall None-Such 1.0") && error.contains("no RECORD file"), "{error}");
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

#[test]
fn errors_are_told_in_parts() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/none-1.0.dist-info/METADATA"), "Name: None-Such\nVersion: 1.0\n");
    context.write(&format!("{LIBRARY}/conda-1.0.dist-info/METADATA"), "Name: conda\nVersion: 1.0\n");
    context.write(&format!("{LIBRARY}/conda-1.0.dist-info/INSTALLER"), "conda\n");
    context.write(&format!("{LIBRARY}/old-1.0.egg-info"), "Name: Old\nVersion: 1.0\n");
    let told = |name: &str| {
        let parts = context.removal(name).unwrap_err().diagnostic().unwrap();
        [parts.reference.to_owned(), parts.message, parts.context, parts.hint.unwrap_or_default()]
    };
    assert_eq!(
        told("none"),
        [
            "uninstall-no-record-file",
            "Cannot uninstall None-Such 1.0",
            "The package's contents are unknown: no RECORD file was found for None-Such.",
            "You might be able to recover from this via: rpip install --ignore-installed --no-deps None-Such==1.0",
        ]
    );
    assert_eq!(
        told("conda")[3],
        "The package was installed by conda. You should check if it can uninstall the package."
    );
    assert_eq!(
        told("old"),
        [
            "uninstall-distutils-installed-package",
            "Cannot uninstall Old 1.0",
            "It is a distutils installed project and thus we cannot accurately determine which files belong to it \
             which would lead to only a partial uninstall.",
            "",
        ]
    );
}

/// A project that `setup.py develop` made importable, with a neighbour in the same `.pth` file.
fn develop() -> Context {
    let context = Context::new();
    context.write("src/My_Project.egg-info/PKG-INFO", "Name: My-Project\nVersion: 1.8\n");
    context.write(
        "src/My_Project.egg-info/entry_points.txt",
        "[console_scripts]\ntool = my:main\n../../escape = my:main\npython = my:main\nabsent = my:main\n",
    );
    context.write("src/My_Project.egg-info/scripts/copied", "");
    context.write("src/my.py", "source");
    let project = context.venv().join("src");
    context.write(&format!("{LIBRARY}/My-Project.egg-link"), &format!("{}\n.", project.display()));
    context.write(
        &format!("{LIBRARY}/easy-install.pth"),
        &format!("/a/neighbour\n{}\n./other.egg\n", project.display()),
    );
    for script in ["tool", "copied", "mine", "python"] {
        context.write(&format!("bin/{script}"), "");
    }
    context
}

#[test]
fn a_developed_project_loses_its_link_and_its_line() {
    let context = develop();
    let source = super::tree(&context.venv().join("src"));
    let path_file = context.site_packages().join("easy-install.pth");
    fs::set_permissions(&path_file, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(context.removal("my-project").unwrap().left.is_empty());
    context.uninstall(&["my-project"]).unwrap();
    assert!(context.installed().distributions.is_empty());
    assert!(!context.has(&format!("{LIBRARY}/My-Project.egg-link")));
    assert_eq!(context.read(&format!("{LIBRARY}/easy-install.pth")), "/a/neighbour\n./other.egg\n");
    assert_eq!(fs::metadata(&path_file).unwrap().permissions().mode() & 0o777, 0o640);
    let scripts: Vec<String> = super::tree(&context.venv().join("bin")).into_keys().collect();
    assert_eq!(scripts, ["mine", "python"]);
    assert_eq!(super::tree(&context.venv().join("src")), source);
}

#[test]
fn a_path_file_is_whole_whenever_the_run_is_killed() {
    let before = develop().tree();
    for number in 0.. {
        let context = develop();
        let reached = Arc::new(AtomicUsize::new(0));
        let hook = FaultHook(Arc::new(move |_: &str| {
            (reached.fetch_add(1, Ordering::Relaxed) == number).then_some(Fault::Kill)
        }));
        let mut transaction =
            context.begin_with(TransactionOptions { fault: Some(hook), ..options() }).unwrap();
        transaction.remove(&context.distribution("my-project")).unwrap();
        let survived = transaction.commit().is_ok();
        drop(context.begin());
        let now: Vec<String> = context.tree().into_keys().collect();
        let is_removed = !context.has(&format!("{LIBRARY}/My-Project.egg-link"));
        assert!(is_removed || now == before.keys().cloned().collect::<Vec<_>>(), "point {number}: {now:?}");
        let lines = context.read(&format!("{LIBRARY}/easy-install.pth")).lines().count();
        assert_eq!(lines, if is_removed { 2 } else { 3 }, "point {number}");
        if survived {
            assert!(is_removed && number > 5);
            break;
        }
    }
}

#[test]
fn eggs_go_as_a_whole() {
    let context = Context::new();
    for egg in ["one-1.0-py3.12.egg", "two-1.0-py3.12.egg"] {
        context.write(&format!("{LIBRARY}/{egg}/EGG-INFO/PKG-INFO"), "Name: x\nVersion: 1.0\n");
        context.write(&format!("{LIBRARY}/{egg}/module.py"), "");
    }
    let path_file =
        context.write(&format!("{LIBRARY}/easy-install.pth"), "./one-1.0-py3.12.egg\n./two-1.0-py3.12.egg\n");
    context.uninstall(&["one", "two"]).unwrap();
    assert_eq!(fs::read_to_string(&path_file).unwrap(), "");
    let left: Vec<String> = super::tree(context.site_packages()).into_keys().collect();
    assert_eq!(left, ["easy-install.pth"]);
}

#[test]
fn a_path_file_that_is_gone_is_a_warning() {
    let context = develop();
    fs::remove_file(context.site_packages().join("easy-install.pth")).unwrap();
    let report = context.uninstall(&["my-project"]).unwrap();
    let path = context.site_packages().join("easy-install.pth");
    assert_eq!(report.warnings, [format!("Cannot remove entries from nonexistent file {}", path.display())]);
}

#[test]
fn the_metadata_of_a_source_says_nothing_of_what_is_installed() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/My_Project.egg-info/PKG-INFO"), "Name: My-Project\nVersion: 1.8\n");
    context.write(&format!("{LIBRARY}/My_Project.egg-info/top_level.txt"), "my\n");
    context.write(&format!("{LIBRARY}/my/__init__.py"), "");
    let before = context.tree();
    let removal = context.removal("my-project").unwrap();
    assert!(removal.files.is_empty() && removal.trees.is_empty());
    context.uninstall(&["my-project"]).unwrap();
    assert_eq!(context.tree(), before);
}

#[test]
fn setuptools_metadata_without_any_list_goes_alone() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/demo-1.0-py3.12.egg-info/PKG-INFO"), "Name: demo\nVersion: 1.0\n");
    context.write(&format!("{LIBRARY}/demo.py"), "");
    context.uninstall(&["demo"]).unwrap();
    assert_eq!(super::tree(context.site_packages()).into_keys().collect::<Vec<_>>(), ["demo.py"]);
}

#[test]
fn scripts_of_entry_points_go_though_no_record_lists_them() {
    let context = Context::new();
    let entry_points = "demo-1.0.dist-info/entry_points.txt";
    let wheel = |name: &str| {
        context.wheel(
            name,
            "1.0",
            &[
                (&format!("{name}.py"), ""),
                (&entry_points.replace("demo", name), "[console_scripts]\nshared = demo:x\n"),
            ],
        )
    };
    context.install(&[wheel("demo")]).unwrap();
    let record = context.site_packages().join("demo-1.0.dist-info/RECORD");
    let text = fs::read_to_string(&record).unwrap();
    let rows: Vec<&str> = text.lines().filter(|row| !row.contains("bin/")).collect();
    fs::write(&record, rows.join("\n")).unwrap();
    context.uninstall(&["demo"]).unwrap();
    assert!(!context.has("bin/shared"));
    // Unless they are another's.
    context.install(&[wheel("demo"), wheel("other")]).unwrap();
    context.uninstall(&["demo"]).unwrap();
    assert!(context.has("bin/shared"));
}

#[test]
fn the_listing_collapses_as_pip_does() {
    let context = Context::new();
    let library = context.site_packages().to_path_buf();
    let wheel = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", ""),
            ("space/inner/__init__.py", ""),
            ("space/inner/deep/data.txt", ""),
            ("space/plain.py", ""),
            ("odd/my__init__.py", ""),
            ("demo-1.0.dist-info/licenses/LICENSE", ""),
        ],
    );
    context.install(&[wheel]).unwrap();
    context.write(&format!("{LIBRARY}/top-2.0-py3.12.egg-info/PKG-INFO"), "Name: top\nVersion: 2.0\n");
    context.write(&format!("{LIBRARY}/top-2.0-py3.12.egg-info/top_level.txt"), "top\n");
    context.write(&format!("{LIBRARY}/top/any.txt"), "");
    let roots = crate::roots::Roots::new(&context.target.scheme);
    let listing = |name: &str| context.removal(name).unwrap().listing_in(&roots);
    let paths = |names: &[&str]| names.iter().map(|name| library.join(name)).collect::<Vec<_>>();
    let (removed, skipped) = listing("demo");
    assert_eq!(
        removed,
        paths(&["demo-1.0.dist-info/*", "demo/*", "odd/*", "space/inner/*", "space/plain.py"])
    );
    assert!(skipped.is_empty());
    // Directories that go with whatever is in them stand for themselves.
    let (removed, skipped) = listing("top");
    assert_eq!(removed, paths(&["top", "top-2.0-py3.12.egg-info"]));
    assert!(skipped.is_empty());
}
