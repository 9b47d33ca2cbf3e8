//! What a fresh installation and an upgrade leave on the disk.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};

use distribution::{DirectUrl, DirectUrlKind, SafePath};
use python::CompiledWheel;

use super::{Context, Wheel, options};
use crate::{InstallError, LinkMode, TransactionOptions};

const LIBRARY: &str = "lib/python3.12/site-packages";

#[test]
fn every_file_has_its_place_and_its_row() {
    let context = Context::new();
    let mut installation = context.wheel(
        "Demo_Pkg",
        "1.0",
        &[
            ("demo/__init__.py", "x = 1\n"),
            ("Demo_Pkg-1.0.data/scripts/run", "#!python -E\nprint()\n"),
            ("Demo_Pkg-1.0.data/scripts/sh-run", "#!/bin/sh\n"),
            ("Demo_Pkg-1.0.data/scripts/tool-script.py", "#!python\nwrapper\n"),
            ("Demo_Pkg-1.0.data/headers/demo.h", "int x;\n"),
            ("Demo_Pkg-1.0.data/data/share/demo/a.txt", "shared\n"),
            ("Demo_Pkg-1.0.data/data/bin/from-data", "#!/bin/sh\n"),
            ("Demo_Pkg-1.0.data/purelib/extra.py", "y = 2\n"),
            ("Demo_Pkg-1.0.dist-info/entry_points.txt", "[console_scripts]\ntool = demo:main\n"),
        ],
    );
    installation.requested = true;
    installation.direct_url = Some(DirectUrl {
        url: "https://example.org/demo.whl".to_owned(),
        subdirectory: None,
        kind: DirectUrlKind::Archive { hashes: Vec::new() },
    });
    let report = context.install(&[installation]).unwrap();
    assert_eq!(report.scripts, [context.venv().join("bin/tool")]);
    assert_eq!(context.names(), ["demo-pkg 1.0"]);
    let python = context.venv().join("bin/python");
    assert_eq!(context.read("bin/run"), format!("#!{}\nprint()\n", python.display()));
    assert!(context.read("bin/tool").contains("from demo import main"));
    assert!(!context.has("bin/tool-script.py"));
    assert_eq!(context.read("include/site/python3.12/Demo_Pkg/demo.h"), "int x;\n");
    assert_eq!(context.read("share/demo/a.txt"), "shared\n");
    assert_eq!(context.read(&format!("{LIBRARY}/Demo_Pkg-1.0.dist-info/INSTALLER")), "rpip\n");
    let distribution = context.distribution("demo-pkg");
    assert_eq!(distribution.installer().as_deref(), Some("rpip"));
    assert!(distribution.requested() && distribution.direct_url().is_some());
    let record = distribution.record().unwrap();
    let paths: Vec<&str> = record.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "../../../bin/from-data",
            "../../../bin/run",
            "../../../bin/sh-run",
            "../../../bin/tool",
            "../../../include/site/python3.12/Demo_Pkg/demo.h",
            "../../../share/demo/a.txt",
            "Demo_Pkg-1.0.dist-info/INSTALLER",
            "Demo_Pkg-1.0.dist-info/METADATA",
            "Demo_Pkg-1.0.dist-info/RECORD",
            "Demo_Pkg-1.0.dist-info/REQUESTED",
            "Demo_Pkg-1.0.dist-info/WHEEL",
            "Demo_Pkg-1.0.dist-info/direct_url.json",
            "Demo_Pkg-1.0.dist-info/entry_points.txt",
            "demo/__init__.py",
            "extra.py",
        ]
    );
    context.require_whole();
    for (path, mode) in [("bin/tool", 0o755), ("bin/run", 0o755), ("share/demo/a.txt", 0o644)] {
        assert_eq!(fs::metadata(context.venv().join(path)).unwrap().mode() & 0o777, mode, "{path}");
    }
}

#[test]
fn files_are_linked_and_copies_keep_their_time() {
    for (mode, links) in [(None, 2), (Some(LinkMode::Copy), 1)] {
        let context = Context::new();
        let installation = context.wheel("demo", "1.0", &[("demo.py", "x = 1\n")]);
        let modified = installation.wheel.manifest.modified;
        let how = TransactionOptions { link_mode: mode, ..options() };
        context.install_with(&[installation], how).unwrap();
        let metadata = fs::metadata(context.site_packages().join("demo.py")).unwrap();
        assert_eq!((metadata.nlink(), metadata.mtime(), metadata.mtime_nsec()), (links, modified, 0));
        context.require_whole();
    }
}

#[test]
fn two_library_directories() {
    let mut context = Context::new();
    context.target.scheme.platlib = context.venv().join("lib64/python3.12/site-packages");
    let mut wheel =
        Wheel::new("demo", "1.0", &[("demo.so", "\x7fELF"), ("demo-1.0.data/purelib/pure.py", "x = 1\n")]);
    wheel.is_pure = false;
    let installation = context.build(&wheel);
    let report = context.install(std::slice::from_ref(&installation)).unwrap();
    assert_eq!(report.installed[0].location, context.target.scheme.platlib);
    assert_eq!(context.read("lib64/python3.12/site-packages/demo.so"), "\x7fELF");
    assert_eq!(context.read(&format!("{LIBRARY}/pure.py")), "x = 1\n");
    let record = context.distribution("demo").record().unwrap();
    assert_eq!(record.entries[0].path, "../../../lib/python3.12/site-packages/pure.py");
    context.require_whole();
    context.uninstall(&["demo"]).unwrap();
    assert!(!context.has(&format!("{LIBRARY}/pure.py")));
    assert!(context.names().is_empty());
}

#[test]
fn bytecode_is_linked_and_listed() {
    let context = Context::new();
    let mut installation = context.wheel(
        "demo",
        "1.0",
        &[("demo/a.py", ""), ("top.py", ""), ("demo-1.0.data/purelib/p/b.py", "")],
    );
    let root = context.place.path().join("bytecode");
    let paths = [
        "demo-1.0.data/purelib/p/__pycache__/b.cpython-312.pyc",
        "demo/__pycache__/a.cpython-312.pyc",
        "__pycache__/top.cpython-312.pyc",
        "demo/__pycache__/edited.cpython-312.pyc",
        "demo/__pycache__/gone.cpython-312.pyc",
    ];
    let modified = crate::directory::time(installation.wheel.manifest.modified);
    for path in &paths {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "compiled").unwrap();
        File::open(root.join(path)).unwrap().set_modified(modified).unwrap();
    }
    // Somebody changed one, and one is gone.
    fs::write(root.join(paths[3]), "Compiled").unwrap();
    fs::remove_file(root.join(paths[4])).unwrap();
    let files = paths.iter().map(|path| SafePath::new(path).unwrap()).collect();
    installation.bytecode = Some(CompiledWheel { root, files, sizes: vec![8; 5] });
    context.install(&[installation]).unwrap();
    let record = context.distribution("demo").record().unwrap();
    let unhashed: Vec<&str> =
        record.entries.iter().filter(|entry| entry.hash.is_none()).map(|entry| entry.path.as_str()).collect();
    assert_eq!(
        unhashed,
        [
            "__pycache__/top.cpython-312.pyc",
            "demo-1.0.dist-info/RECORD",
            "demo/__pycache__/a.cpython-312.pyc",
            "p/__pycache__/b.cpython-312.pyc",
        ]
    );
    context.require_whole();
}

#[test]
fn an_upgrade_leaves_nothing_of_the_old_version() {
    let context = Context::new();
    let old = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", "old\n"),
            ("demo/only_old.py", "old\n"),
            ("demo/sub/a.py", "old\n"),
            ("single.py", "old\n"),
            ("demo-1.0.data/scripts/old-tool", "#!/bin/sh\n"),
        ],
    );
    let new = context.wheel("demo", "2.0", &[("demo/__init__.py", "new\n"), ("single/__init__.py", "new\n")]);
    context.install(&[old]).unwrap();
    // Python ran meanwhile, and somebody put a file there.
    context.write(&format!("{LIBRARY}/demo/__pycache__/only_old.cpython-312.pyc"), "");
    context.write(&format!("{LIBRARY}/demo/sub/__pycache__/a.cpython-39.opt-1.pyc"), "");
    context.write(&format!("{LIBRARY}/__pycache__/single.cpython-312.pyc"), "");
    context.write(&format!("{LIBRARY}/demo/only_old.pyc"), "");
    context.write(&format!("{LIBRARY}/demo/local.cfg"), "mine");
    let report = context.install(&[new]).unwrap();
    assert_eq!((report.removed[0].name_text.as_str(), report.removed.len()), ("demo", 1));
    assert_eq!(report.installed[0].version.to_string(), "2.0");
    assert_eq!(context.names(), ["demo 2.0"]);
    let expected = [
        "demo-2.0.dist-info/",
        "demo-2.0.dist-info/INSTALLER",
        "demo-2.0.dist-info/METADATA",
        "demo-2.0.dist-info/RECORD",
        "demo-2.0.dist-info/WHEEL",
        "demo/",
        "demo/__init__.py",
        "demo/local.cfg",
        "single/",
        "single/__init__.py",
    ];
    assert_eq!(super::tree(context.site_packages()).into_keys().collect::<Vec<_>>(), expected);
    assert_eq!(context.read(&format!("{LIBRARY}/demo/__init__.py")), "new\n");
    assert!(!context.has("bin/old-tool"));
}

#[test]
fn the_same_version_again() {
    let context = Context::new();
    let wheel = context.wheel("demo", "1.0", &[("demo/__init__.py", "x\n")]);
    context.install(std::slice::from_ref(&wheel)).unwrap();
    let before = context.tree();
    context.install(std::slice::from_ref(&wheel)).unwrap();
    assert_eq!(context.tree(), before);
    // Without removing the old one (pip's --ignore-installed).
    let transaction = context.begin();
    transaction.stage(&wheel).unwrap();
    transaction.commit().unwrap();
    assert_eq!(context.tree(), before);
}

#[test]
fn namespaces_are_merged() {
    let context = Context::new();
    let one = context.wheel("one", "1.0", &[("space/one/__init__.py", "1\n"), ("space/deep/x/a.py", "1\n")]);
    let two = context.wheel("two", "1.0", &[("space/two/__init__.py", "2\n"), ("space/deep/x/b.py", "2\n")]);
    let three = context.wheel("three", "1.0", &[("space/deep/x/c.py", "3\n"), ("space/deep/y/d.py", "3\n")]);
    let how = TransactionOptions { threads: 4, ..options() };
    context.install_with(&[one, two], how).unwrap();
    context.install(&[three]).unwrap();
    context.require_whole();
    context.uninstall(&["one"]).unwrap();
    context.require_whole();
    assert!(!context.has(&format!("{LIBRARY}/space/one")));
    context.uninstall(&["two", "three"]).unwrap();
    assert!(super::tree(context.site_packages()).is_empty());
}

#[test]
fn names_that_are_the_environments_own() {
    let context = Context::new();
    let before = context.tree();
    for path in [
        "demo-1.0.data/scripts/python3.12",
        "demo-1.0.data/scripts/activate",
        "demo-1.0.data/data/bin/python",
        "demo-1.0.data/data/pyvenv.cfg",
        ".rpip-transaction/journal",
        ".RPIP-transaction/x",
        "demo-1.0.data/data/.rpip-transaction/x",
        "demo-1.0.data/data/lib/python3.12/site-packages/.rpip-transaction/x",
    ] {
        let error = context.install(&[context.wheel("demo", "1.0", &[(path, "x")])]).unwrap_err();
        assert!(matches!(error, InstallError::Forbidden { .. }), "{path}: {error}");
        assert_eq!(context.tree(), before);
    }
}

#[test]
fn links_that_lead_outside_are_not_followed() {
    let context = Context::new();
    let outside = context.place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.py"), "theirs").unwrap();
    symlink(&outside, context.site_packages().join("demo")).unwrap();
    let wheel = context.wheel("demo", "1.0", &[("demo/a.py", "ours"), ("demo/b.py", "ours")]);
    let before = context.tree();
    let error = context.install(std::slice::from_ref(&wheel)).unwrap_err();
    assert!(matches!(error, InstallError::InTheWay { .. }), "{error}");
    assert_eq!(context.tree(), before);
    assert_eq!(super::tree(&outside).len(), 1);
    // A link where a file goes is itself replaced, not what it leads to.
    fs::remove_file(context.site_packages().join("demo")).unwrap();
    fs::create_dir(context.site_packages().join("demo")).unwrap();
    symlink(outside.join("a.py"), context.site_packages().join("demo/a.py")).unwrap();
    context.install(&[wheel]).unwrap();
    assert_eq!(context.read(&format!("{LIBRARY}/demo/a.py")), "ours");
    assert_eq!(fs::read_to_string(outside.join("a.py")).unwrap(), "theirs");
    // Nor when removing.
    fs::rename(context.site_packages().join("demo"), outside.join("demo")).unwrap();
    symlink(outside.join("demo"), context.site_packages().join("demo")).unwrap();
    let report = context.uninstall(&["demo"]).unwrap();
    assert_eq!(report.left.len(), 1);
    assert!(outside.join("demo/b.py").exists());
}

#[test]
fn links_within_the_environment_are() {
    let context = Context::new();
    symlink("lib", context.venv().join("lib64")).unwrap();
    let wheel = context.wheel("demo", "1.0", &[("demo-1.0.data/data/lib64/demo.txt", "x")]);
    context.install(&[wheel]).unwrap();
    assert_eq!(context.read("lib/demo.txt"), "x");
}

#[test]
fn what_stands_in_the_way() {
    let context = Context::new();
    context.write(&format!("{LIBRARY}/demo"), "a file");
    context.write(&format!("{LIBRARY}/other.py/x"), "a directory");
    context.write(&format!("{LIBRARY}/third.py"), "unowned");
    let before = context.tree();
    for path in ["demo/a.py", "other.py"] {
        let error = context.install(&[context.wheel("demo", "1.0", &[(path, "x")])]).unwrap_err();
        assert!(matches!(error, InstallError::InTheWay { .. }), "{error}");
        assert_eq!(context.tree(), before);
    }
    let report = context.install(&[context.wheel("third", "1.0", &[("third.py", "ours")])]).unwrap();
    assert!(report.conflicts.is_empty());
    assert_eq!(context.read(&format!("{LIBRARY}/third.py")), "ours");
}

#[test]
fn an_edited_file_reaches_no_other_environment() {
    let context = Context::new();
    let wheel = context.wheel("demo", "1.0", &[("demo.py", "x = 1\n"), ("other.py", "\n")]);
    context.install(std::slice::from_ref(&wheel)).unwrap();
    // In place: through the hard link it changes the cache.
    fs::write(context.site_packages().join("demo.py"), "x = 2\n").unwrap();
    let other = context.sibling();
    let before = other.tree();
    let error = other.install(std::slice::from_ref(&wheel)).unwrap_err();
    assert!(matches!(error, InstallError::Cache(cache::CacheError::Damaged { .. })), "{error}");
    assert_eq!(other.tree(), before);
    assert!(context.cache.wheel(&wheel.wheel.sha256).unwrap().is_none());
    let wheel = other.wheel("demo", "1.0", &[("demo.py", "x = 1\n"), ("other.py", "\n")]);
    other.install(&[wheel]).unwrap();
    other.require_whole();
}

/// The cache was filled under another umask: its files cannot be shared.
#[test]
fn modes_are_those_of_the_environment() {
    let context = Context::new();
    let mut installation = context.wheel("demo", "1.0", &[("demo.py", ""), ("tool", "#!/bin/sh\n")]);
    let mut manifest = (*installation.wheel.manifest).clone();
    (manifest.file_mode, manifest.executable_mode) = (0o600, 0o700);
    installation.wheel.manifest = manifest.into();
    context.install(&[installation]).unwrap();
    for (name, mode) in [("demo.py", 0o666), ("tool", 0o777)] {
        let metadata = fs::metadata(context.site_packages().join(name)).unwrap();
        let directory = fs::metadata(context.site_packages().join("demo-1.0.dist-info")).unwrap();
        assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (directory.mode() & mode, 1));
    }
}

#[test]
fn an_environment_that_cannot_be_written() {
    let mut context = Context::new();
    let wheel = context.wheel("demo", "1.0", &[("demo.py", "")]);
    context.target.scheme.purelib = context.venv().join("pyvenv.cfg/site-packages");
    context.target.scheme.platlib = context.target.scheme.purelib.clone();
    let before = context.tree();
    let error = context.install(&[wheel]).unwrap_err();
    assert!(error.to_string().contains("pyvenv.cfg"), "{error}");
    assert_eq!(context.tree(), before);
}

#[test]
fn a_link_in_place_of_the_transactions_directory() {
    let context = Context::new();
    let outside = context.place.path().join("outside");
    fs::create_dir_all(outside.join("stash")).unwrap();
    fs::write(outside.join("stash/0"), "precious").unwrap();
    let area = context.site_packages().join(".rpip-transaction");
    symlink(&outside, &area).unwrap();
    let error = context.begin_with(options()).unwrap_err();
    assert!(matches!(error, InstallError::InTheWay { .. }), "{error}");
    fs::remove_file(&area).unwrap();
    fs::create_dir(&area).unwrap();
    symlink(outside.join("stash"), area.join("stash")).unwrap();
    context.begin_with(options()).unwrap_err();
    assert_eq!(fs::read_to_string(outside.join("stash/0")).unwrap(), "precious");
}

#[test]
fn a_transaction_that_is_not_committed_leaves_nothing() {
    let mut context = Context::new();
    let root = context.venv().join("target");
    context.target.scheme = super::scheme(&root);
    let wheel = context.wheel("demo", "1.0", &[("demo.py", ""), ("demo-1.0.data/headers/x.h", "")]);
    let transaction = context.begin();
    transaction.stage(&wheel).unwrap();
    assert!(root.exists());
    drop(transaction);
    assert!(!root.exists());
    context.install(&[wheel]).unwrap();
    assert_eq!(context.names(), ["demo 1.0"]);
}

#[test]
fn one_directory_for_everything() {
    let mut context = Context::new();
    // As `--target` has it.
    let root = context.place.path().join("target");
    context.target.scheme.purelib.clone_from(&root);
    context.target.scheme.platlib.clone_from(&root);
    context.target.scheme.data.clone_from(&root);
    context.target.scheme.scripts = root.join("bin");
    context.target.scheme.headers = root.join("include");
    let wheel = context.wheel(
        "demo",
        "1.0",
        &[("demo.py", ""), ("demo-1.0.data/scripts/tool", "#!python\n"), ("demo-1.0.data/data/share/x", "")],
    );
    context.install(&[wheel]).unwrap();
    let record = context.distribution("demo").record().unwrap();
    let paths: Vec<&str> = record.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert!(paths.contains(&"bin/tool") && paths.contains(&"share/x") && paths.contains(&"demo.py"));
    context.uninstall(&["demo"]).unwrap();
    assert_eq!(super::tree(&root).into_keys().collect::<Vec<_>>(), ["bin/"]);
}

#[test]
fn headers_lie_under_the_name_that_was_asked_for() {
    let context = Context::new();
    let mut wheel = context.wheel("Green_Let", "1.0", &[("Green_Let-1.0.data/headers/x.h", "")]);
    context.install(std::slice::from_ref(&wheel)).unwrap();
    assert!(context.has("include/site/python3.12/Green_Let/x.h"));
    wheel.headers_name = Some("green.LET".to_owned());
    context.install(&[wheel]).unwrap();
    assert!(context.has("include/site/python3.12/green.LET/x.h"));
    assert!(!context.has("include/site/python3.12/Green_Let/x.h"));
    context.require_whole();
}
