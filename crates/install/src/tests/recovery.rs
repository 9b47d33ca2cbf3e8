//! Failing, and dying, at every step: afterwards the environment is as it was, or as it was to be.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Context, options, tree};
use crate::{Fault, FaultHook, InstallError, Installation, Recovery, TransactionOptions};

const LIBRARY: &str = "lib/python3.12/site-packages";

/// Options with a fault at the fault point with this number; counts all points.
fn faulty(number: usize, fault: Fault) -> (TransactionOptions, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let hook = FaultHook(Arc::new(move |_: &str| {
        (counter.fetch_add(1, Ordering::Relaxed) == number).then_some(fault)
    }));
    (TransactionOptions { fault: Some(hook), ..options() }, count)
}

/// An environment in which an upgrade, a new distribution, an unowned file that is replaced, files of the user,
/// and a namespace package come together.
fn scenario() -> (Context, Vec<Installation>) {
    let context = Context::new();
    let old = context.wheel(
        "demo",
        "1.0",
        &[
            ("demo/__init__.py", "old"),
            ("demo/sub/gone.py", "old"),
            ("space/demo.py", "old"),
            ("demo-1.0.data/scripts/tool", "#!python\nold\n"),
            ("demo-1.0.data/data/share/demo/x", "old"),
        ],
    );
    let neighbour = context.wheel("neighbour", "1.0", &[("space/neighbour.py", ""), ("mixed/a.py", "")]);
    context.install(&[old, neighbour]).unwrap();
    context.write(&format!("{LIBRARY}/new/mine.txt"), "unowned, stays");
    context.write(&format!("{LIBRARY}/new/replaced.py"), "unowned, goes");
    context.write(&format!("{LIBRARY}/mixed/user.txt"), "user's");
    let new = context.wheel(
        "demo",
        "2.0",
        &[
            ("demo/__init__.py", "new"),
            ("space/demo.py", "new"),
            ("demo-2.0.data/scripts/tool", "#!python\nnew\n"),
        ],
    );
    let added = context.wheel("added", "1.0", &[("new/replaced.py", "new"), ("mixed/b.py", "new")]);
    (context, vec![new, added])
}

/// The old tree and the new one.
fn states() -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (context, wheels) = scenario();
    let before = comparable(&context);
    context.install(&wheels).unwrap();
    let after = comparable(&context);
    assert_ne!(before, after);
    (before, after)
}

/// The tree without the path of the environment, which is another in each test.
fn comparable(context: &Context) -> BTreeMap<String, String> {
    let root = context.venv().display().to_string();
    let without_rows = |name: &str, content: String| {
        // Hashes of scripts follow the path of the environment.
        if name.ends_with("RECORD") { String::new() } else { content.replace(&root, "") }
    };
    context.tree().into_iter().map(|(name, content)| (name.clone(), without_rows(&name, content))).collect()
}

#[test]
fn after_an_error_at_any_step_all_is_as_it_was() {
    let (before, after) = states();
    let mut number = 0;
    loop {
        let (context, wheels) = scenario();
        let (faults, count) = faulty(number, Fault::Fail);
        match context.install_with(&wheels, faults) {
            Err(InstallError::Io { .. }) => {
                let now = comparable(&context);
                // Only the last point lies behind the commit.
                assert!(
                    now == before || (now.contains_key(&format!("{LIBRARY}/.rpip-transaction/committed")))
                );
            }
            Err(error) => panic!("{error}"),
            Ok(_) => {
                assert_eq!(comparable(&context), after);
                assert_eq!(count.load(Ordering::Relaxed), number);
                break;
            }
        }
        number += 1;
    }
    assert!(number > 10, "only {number} fault points were reached");
}

#[test]
fn after_a_kill_at_any_step_the_next_run_finds_the_old_or_the_new() {
    let (before, after) = states();
    let mut outcomes = Vec::new();
    for number in 0.. {
        let (context, wheels) = scenario();
        let (faults, _) = faulty(number, Fault::Kill);
        if context.install_with(&wheels, faults).is_ok() {
            break;
        }
        let transaction = context.begin();
        let recovery = transaction.recovery().unwrap();
        drop(transaction);
        let now = comparable(&context);
        assert_eq!(&now, if recovery == Recovery::Finished { &after } else { &before }, "point {number}");
        outcomes.push(recovery);
        // And it can be done again.
        context.install(&wheels).unwrap();
        assert_eq!(comparable(&context), after);
    }
    for recovery in [Recovery::Cleaned, Recovery::RolledBack, Recovery::Finished] {
        assert!(outcomes.contains(&recovery), "{recovery:?} was never needed");
    }
}

#[test]
fn a_recovery_may_be_killed_too() {
    let (before, _) = states();
    for number in 0.. {
        let (context, wheels) = scenario();
        // Killed just before the commit: everything has to be undone.
        let hook = FaultHook(Arc::new(|point: &str| (point == "before the mark").then_some(Fault::Kill)));
        let faults = TransactionOptions { fault: Some(hook), ..options() };
        context.install_with(&wheels, faults).unwrap_err();
        let (faults, _) = faulty(number, Fault::Kill);
        if context.begin_with(faults).is_ok() {
            assert!(number > 5);
            break;
        }
        drop(context.begin());
        assert_eq!(comparable(&context), before, "point {number}");
    }
}

#[test]
fn a_kill_with_directories_on_two_file_systems() {
    let elsewhere = TempDir::new().unwrap();
    for number in 0.. {
        let (mut context, wheels) = scenario();
        let old = context.tree();
        let scripts = elsewhere.path().join(number.to_string());
        fs::create_dir(&scripts).unwrap();
        fs::write(scripts.join("tool"), "unowned").unwrap();
        context.target.scheme.scripts.clone_from(&scripts);
        let (faults, _) = faulty(number, Fault::Kill);
        let killed = context.install_with(&wheels, faults).is_err();
        let transaction = context.begin();
        let recovery = transaction.recovery();
        drop(transaction);
        let tool = fs::read_to_string(scripts.join("tool")).unwrap();
        if killed && recovery != Some(Recovery::Finished) {
            assert_eq!((tool.as_str(), context.tree()), ("unowned", old));
        } else {
            assert!(tool.ends_with("new\n"), "{tool}");
        }
        assert_eq!(tree(&scripts).len(), 1, "point {number}");
        if !killed {
            break;
        }
    }
}

/// Overlay file systems refuse to move directories of their lower layers: files are moved one by one then.
#[test]
fn where_directories_cannot_be_moved() {
    let (_, mut after) = states();
    let (context, wheels) = scenario();
    let (faults, _) = faulty(5, Fault::CrossDevice);
    context.install_with(&wheels, faults).unwrap();
    // Only directories may be there that were empty before.
    let mut now = comparable(&context);
    for tree in [&mut now, &mut after] {
        tree.retain(|path, _| !path.ends_with('/'));
    }
    assert_eq!(now, after);

    let mut transaction = context.begin();
    transaction.remove(&context.distribution("demo")).unwrap();
    transaction.stage(&wheels[0]).unwrap();
    for step in transaction.steps(false) {
        let is_directory = context.venv().join(&step).symlink_metadata().unwrap().is_dir();
        assert!(!is_directory, "{step:?} is moved as a whole");
    }
    transaction.commit().unwrap();
    let names = ["added", "demo", "neighbour"];
    let (faults, _) = faulty(2, Fault::CrossDevice);
    let mut transaction = context.begin_with(faults).unwrap();
    for name in names {
        transaction.remove(&context.distribution(name)).unwrap();
    }
    transaction.commit().unwrap();
    let left: Vec<String> = tree(context.site_packages()).into_keys().collect();
    assert_eq!(left, ["mixed/", "mixed/user.txt", "new/", "new/mine.txt"]);
}

#[test]
fn a_torn_journal_is_told_apart() {
    let (context, wheels) = scenario();
    let before = comparable(&context);
    let hook = FaultHook(Arc::new(|point: &str| (point == "journal written").then_some(Fault::Kill)));
    let faults = TransactionOptions { fault: Some(hook), ..options() };
    context.install_with(&wheels, faults).unwrap_err();
    let journal = context.site_packages().join(".rpip-transaction/journal");
    fs::write(&journal, "rpip-journal-1\n").unwrap();
    // Nothing was moved yet: there is nothing to be lost.
    assert_eq!(context.begin().recovery(), Some(Recovery::Cleaned));
    assert_eq!(comparable(&context), before);
    // But where old files lie beside it, a person has to look.
    let stash = context.write(&format!("{LIBRARY}/.rpip-transaction/stash/0"), "somebody's file");
    fs::write(&journal, "rpip-journal-1\n").unwrap();
    let error = context.begin_with(options()).unwrap_err();
    assert!(matches!(error, InstallError::Journal { .. }), "{error}");
    assert!(stash.exists());
}

#[test]
fn transactions_on_one_environment_run_in_turn() {
    let context = Context::new();
    let versions: Vec<Installation> = (0..6)
        .map(|number| {
            let version = format!("{number}.0");
            let file = format!("demo/only_{number}.py");
            context.wheel("demo", &version, &[("demo/__init__.py", &version), (&file, "")])
        })
        .collect();
    std::thread::scope(|scope| {
        for installation in &versions {
            let (context, installation) = (&context, std::slice::from_ref(installation));
            scope.spawn(move || {
                let waiting = || {};
                let mut transaction =
                    crate::Transaction::begin_in(&context.target, &context.cache, options(), &waiting)
                        .unwrap();
                for distribution in context.installed().distributions {
                    transaction.remove(&distribution).unwrap();
                }
                transaction.stage_all(installation).unwrap();
                transaction.commit().unwrap();
            });
        }
    });
    assert_eq!(context.names().len(), 1);
    context.require_whole();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is installed, in whatever order, in one go or several, with a kill in between: after all is
    /// uninstalled, nothing is left.
    #[test]
    fn what_is_installed_can_be_removed(
        wheels in proptest::collection::vec(
            proptest::collection::btree_set("[ab](/[cd]){0,2}/[ef]\\.py|[gh]\\.py", 0..6),
            1..4,
        ),
        at_once: bool,
        kill_at in 0usize..30,
    ) {
        let context = Context::new();
        let before = context.tree();
        let installations: Vec<Installation> = wheels
            .iter()
            .enumerate()
            .map(|(number, paths)| {
                let files: Vec<(&str, &str)> =
                    paths.iter().map(|path| (path.as_str(), if number == 0 { "0" } else { "x" })).collect();
                context.wheel(&format!("wheel{number}"), "1.0", &files)
            })
            .collect();
        let (faults, _) = faulty(kill_at, Fault::Kill);
        let _ = context.install_with(&installations, faults);
        if at_once {
            context.install(&installations).unwrap();
        } else {
            for installation in &installations {
                context.install(std::slice::from_ref(installation)).unwrap();
            }
        }
        prop_assert_eq!(context.names().len(), wheels.len());
        for path in wheels.iter().flatten() {
            let is_there = context.has(&format!("{LIBRARY}/{path}"));
            prop_assert!(is_there, "{} is missing", path);
        }
        for number in 0..wheels.len() {
            context.uninstall(&[&format!("wheel{number}")]).unwrap();
        }
        prop_assert_eq!(context.tree(), before);
    }
}
