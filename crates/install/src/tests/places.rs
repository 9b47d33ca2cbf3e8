//! Other places than an environment: `--user`, `--prefix`, `--root`, `--target`. None of their directories exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use python::Scheme;
use tempfile::TempDir;

use super::{Context, options};
use crate::{Fault, FaultHook, Installation, TransactionOptions};

fn user(place: &Path) -> Scheme {
    let base = place.join("home/.local");
    let library = base.join("lib/python3.12/site-packages");
    Scheme {
        purelib: library.clone(),
        platlib: library,
        scripts: base.join("bin"),
        headers: base.join("include/python3.12"),
        data: base,
    }
}

/// As on a distribution with `lib64`.
fn prefix(place: &Path) -> Scheme {
    let prefix = place.join("a prefix");
    Scheme {
        purelib: prefix.join("lib/python3.12/site-packages"),
        platlib: prefix.join("lib64/python3.12/site-packages"),
        scripts: prefix.join("bin"),
        headers: prefix.join("include/python3.12"),
        data: prefix,
    }
}

/// As on Debian: the headers lie outside the prefix.
fn root(place: &Path) -> Scheme {
    let prefix = place.join("root/usr/local");
    let library = prefix.join("lib/python3.12/dist-packages");
    Scheme {
        purelib: library.clone(),
        platlib: library,
        scripts: prefix.join("bin"),
        headers: place.join("root/usr/include/python3.12"),
        data: prefix,
    }
}

fn target(place: &Path) -> Scheme {
    let target = place.join("target/deep");
    Scheme {
        purelib: target.clone(),
        platlib: target.clone(),
        scripts: target.join("bin"),
        headers: target.join("include/python"),
        data: target,
    }
}

const SCHEMES: [fn(&Path) -> Scheme; 4] = [user, prefix, root, target];

fn context(scheme: fn(&Path) -> Scheme) -> Context {
    let mut context = Context::new();
    let place = fs::canonicalize(context.place.path()).unwrap();
    context.target.scheme = scheme(&place);
    context
}

/// A distribution with something in every part of a scheme.
fn wheel(context: &Context, version: &str) -> Installation {
    let data = |path: &str| format!("demo-{version}.data/{path}");
    let files = [
        ("demo/__init__.py".to_owned(), version),
        (format!("demo/only_{}.py", version.replace('.', "_")), version),
        (data("scripts/tool"), "#!python\n"),
        (data("data/share/demo/x"), version),
        (data("headers/x.h"), version),
        (data("platlib/native.so"), version),
        (format!("demo-{version}.dist-info/entry_points.txt"), "[console_scripts]\ndemo = demo:main\n"),
    ];
    let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (path.as_str(), *content)).collect();
    context.wheel("demo", version, &files)
}

/// Every file below the place but the cache and the wheels.
fn files(context: &Context) -> BTreeMap<String, String> {
    let place = fs::canonicalize(context.place.path()).unwrap();
    let mut files = super::tree(&place);
    files.retain(|path, _| {
        !path.ends_with('/')
            && !path.ends_with(".whl")
            && !path.starts_with("cache/")
            && !path.starts_with("venv/")
    });
    files
}

#[test]
fn a_distribution_comes_changes_and_goes() {
    for scheme in SCHEMES {
        let context = context(scheme);
        let report = context.install(&[wheel(&context, "1.0")]).unwrap();
        assert_eq!(report.scripts, [context.target.scheme.scripts.join("demo")]);
        context.require_whole();
        let script = fs::read_to_string(context.target.scheme.scripts.join("tool")).unwrap();
        // The interpreter that runs them is not in that place.
        assert_eq!(script, format!("#!{}\n", context.target.executable.display()));
        assert!(context.target.scheme.headers.join("demo/x.h").is_file());
        assert!(context.target.scheme.platlib.join("native.so").is_file());

        context.install(&[wheel(&context, "2.0")]).unwrap();
        assert_eq!(context.names(), ["demo 2.0"]);
        context.require_whole();
        assert!(!context.site_packages().join("demo/only_1_0.py").exists());

        context.uninstall(&["demo"]).unwrap();
        assert_eq!(files(&context), BTreeMap::new());
    }
}

#[test]
fn record_names_files_from_the_library_directory() {
    for (scheme, expected) in [
        (user as fn(&Path) -> Scheme, ["../../../bin/tool", "../../../share/demo/x", "native.so"]),
        (
            prefix,
            [
                "../../../bin/tool",
                "../../../share/demo/x",
                "../../../lib64/python3.12/site-packages/native.so",
            ],
        ),
        (root, ["../../../bin/tool", "../../../share/demo/x", "native.so"]),
        (target, ["bin/tool", "share/demo/x", "native.so"]),
    ] {
        let context = context(scheme);
        context.install(&[wheel(&context, "1.0")]).unwrap();
        let record = context.distribution("demo").record().unwrap();
        let rows: Vec<&str> = record.entries.iter().map(|entry| entry.path.as_str()).collect();
        for row in expected {
            assert!(rows.contains(&row), "{row} is not in {rows:?}");
        }
        let header = if rows.contains(&"include/python/demo/x.h") { "include/python" } else { "../" };
        assert!(rows.iter().any(|row| row.starts_with(header) && row.ends_with("demo/x.h")), "{rows:?}");
    }
}

#[test]
fn killed_anywhere_the_next_run_finds_the_old_or_the_new() {
    for scheme in SCHEMES {
        let state = |versions: &[&str]| {
            let context = context(scheme);
            for version in versions {
                context.install(&[wheel(&context, version)]).unwrap();
            }
            files(&context).into_keys().collect::<Vec<_>>()
        };
        let (none, old, new) = (state(&[]), state(&["1.0"]), state(&["1.0", "2.0"]));
        for (before, after, first) in [(&none, &old, true), (&old, &new, false)] {
            for number in 0.. {
                let context = context(scheme);
                if !first {
                    context.install(&[wheel(&context, "1.0")]).unwrap();
                }
                let next = wheel(&context, if first { "1.0" } else { "2.0" });
                let reached = Arc::new(AtomicUsize::new(0));
                let hook = FaultHook(Arc::new(move |_: &str| {
                    (reached.fetch_add(1, Ordering::Relaxed) == number).then_some(Fault::Kill)
                }));
                let faults = TransactionOptions { fault: Some(hook), ..options() };
                let survived = context.install_with(std::slice::from_ref(&next), faults).is_ok();
                drop(context.begin());
                let now: Vec<String> = files(&context).into_keys().collect();
                assert!(now == *before || now == *after, "point {number}: {now:?}");
                context.install(&[next]).unwrap();
                context.require_whole();
                if survived {
                    assert!(number > 5);
                    break;
                }
            }
        }
    }
}

#[test]
fn a_place_on_another_file_system_than_the_cache() {
    let Ok(elsewhere) = TempDir::new_in("/var/tmp") else { return };
    for scheme in SCHEMES {
        let mut context = context(scheme);
        context.target.scheme =
            scheme(&elsewhere.path().join(scheme(Path::new("/x")).purelib.file_name().unwrap()));
        context.install(&[wheel(&context, "1.0")]).unwrap();
        context.install(&[wheel(&context, "2.0")]).unwrap();
        context.require_whole();
        context.uninstall(&["demo"]).unwrap();
    }
    assert_eq!(super::tree(elsewhere.path()).keys().filter(|path| !path.ends_with('/')).count(), 0);
}

#[test]
fn the_scripts_of_a_prefix_may_lie_on_another_file_system() {
    let (Ok(elsewhere), mut context) = (TempDir::new_in("/var/tmp"), context(prefix)) else { return };
    context.target.scheme.scripts = elsewhere.path().join("bin");
    context.install(&[wheel(&context, "1.0")]).unwrap();
    context.install(&[wheel(&context, "2.0")]).unwrap();
    assert!(elsewhere.path().join("bin/demo").is_file());
    context.uninstall(&["demo"]).unwrap();
    assert_eq!(super::tree(elsewhere.path()).into_keys().collect::<Vec<_>>(), ["bin/"]);
}

#[test]
fn a_place_behind_a_link_has_one_lock() {
    let context = context(target);
    let place = fs::canonicalize(context.place.path()).unwrap();
    std::os::unix::fs::symlink(&place, place.join("link")).unwrap();
    let mut through_link = context.sibling();
    through_link.target.scheme = target(&place.join("link"));
    // The directory is still to be made, and made while the first holds the lock.
    let first = context.begin();
    first.stage(&wheel(&context, "1.0")).unwrap();
    let announced = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (sender, receiver) = std::sync::mpsc::channel();
        let (second, announced) = (&through_link, &announced);
        scope.spawn(move || {
            let waiting = || {
                announced.fetch_add(1, Ordering::Relaxed);
                sender.send(()).unwrap();
            };
            crate::Transaction::begin_in(&second.target, &second.cache, options(), &waiting).unwrap();
        });
        receiver.recv().unwrap();
        first.commit().unwrap();
    });
    assert_eq!(announced.load(Ordering::Relaxed), 1);
    assert_eq!(through_link.names(), ["demo 1.0"]);
}
