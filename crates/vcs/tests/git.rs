//! git, on real repositories: revisions, updating, submodules, mistakes, safety.
#![allow(clippy::unwrap_used)]

mod setting;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rpip_vcs::{Existing, History, Options, Problem, VcsError, VcsKind};
use setting::{Setting, content, url};

fn file(path: &Path) -> String {
    format!("git+file://{}", path.display())
}

#[test]
fn every_kind_of_revision_is_found() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    let commit = |name: &str| setting.git(&repository, &["rev-parse", &format!("{name}^{{commit}}")]);
    let (one, two, pull) = (commit("main"), commit("feature/x"), commit("refs/pull/1/head"));
    for (revision, expected, text) in [
        (None, &one, "one"),
        (Some("main"), &one, "one"),
        (Some("feature/x"), &two, "two"),
        (Some("v1"), &one, "one"),
        (Some("refs/pull/1/head"), &pull, "pull"),
        (Some("refs/heads/feature/x"), &two, "two"),
        (Some("refs/tags/v1"), &one, "one"),
        (Some(two.as_str()), &two, "two"),
        (Some(pull.as_str()), &pull, "pull"),
        (Some(&two[..8]), &two, "two"),
        (Some("feature/x~1"), &one, "one"),
    ] {
        let text_of_url = match revision {
            Some(revision) => format!("{}@{revision}", file(&repository)),
            None => file(&repository),
        };
        let url = url(&text_of_url);
        for history in [History::Blobless, History::Shallow, History::Full] {
            let directory = setting.path("checkout");
            let options = Options { history, ..setting.options() };
            let checkout = rpip_vcs::checkout(&url, &directory, &options)
                .unwrap_or_else(|error| panic!("{revision:?} {history:?}: {error}"));
            assert_eq!(&checkout.commit_id, expected, "{revision:?} {history:?}");
            assert_eq!(content(&directory), text, "{revision:?} {history:?}");
            assert_eq!(setting.git(&directory, &["rev-parse", "HEAD"]), *expected);
            assert_eq!(checkout.requested_revision.as_deref(), revision);
            assert_eq!(checkout.project, directory);
            fs::remove_dir_all(&directory).unwrap();
        }
        let resolved = rpip_vcs::resolve(&url, &setting.options()).unwrap();
        let only_by_clone = revision.is_some_and(|revision| revision.len() == 8 || revision.contains('~'));
        assert_eq!(resolved.as_ref(), (!only_by_clone).then_some(expected), "{revision:?}");
    }
}

#[test]
fn a_branch_is_followed_and_has_priority_over_a_tag() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    setting.git(&repository, &["branch", "v1", "feature/x"]);
    let directory = setting.path("checkout");
    let url = url(&format!("{}@v1", file(&repository)));
    let checkout = rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap();
    assert_eq!(content(&directory), "two");
    assert_eq!(setting.git(&directory, &["symbolic-ref", "HEAD"]), "refs/heads/v1");
    assert_eq!(setting.git(&directory, &["rev-parse", "--abbrev-ref", "v1@{u}"]), "origin/v1");
    let options = Options { interactive: true, ..setting.options() };
    assert_eq!(rpip_vcs::resolve(&url, &options).unwrap(), Some(checkout.commit_id));
}

#[test]
fn history_is_there_for_versions_from_tags() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    setting.git(&repository, &["config", "uploadpack.allowFilter", "true"]);
    let url = url(&format!("{}@feature/x", file(&repository)));
    let described = |directory: &Path| setting.git(directory, &["describe", "--tags"]);
    let full = setting.path("full");
    rpip_vcs::checkout(&url, &full, &setting.options()).unwrap();
    assert!(described(&full).starts_with("v1-1-g"));
    assert_eq!(setting.git(&full, &["config", "remote.origin.partialclonefilter"]), "blob:none");

    let shallow = setting.path("shallow");
    let options = Options { history: History::Shallow, ..setting.options() };
    rpip_vcs::checkout(&url, &shallow, &options).unwrap();
    assert_eq!(setting.git(&shallow, &["rev-list", "--count", "HEAD"]), "1");
    rpip_vcs::complete_history(&url, &shallow, &options).unwrap();
    rpip_vcs::complete_history(&url, &shallow, &options).unwrap();
    assert!(described(&shallow).starts_with("v1-1-g"));
    assert_eq!(content(&shallow), "two");
}

#[test]
fn an_editable_checkout_is_updated_in_place() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    let options = setting.options();
    let directory = setting.path("src/r");
    let url = url(&file(&repository));
    assert_eq!(rpip_vcs::inspect(&url, &directory, &options).unwrap(), Existing::Nothing);
    rpip_vcs::checkout(&url, &directory, &options).unwrap();
    assert_eq!(rpip_vcs::inspect(&url, &directory, &options).unwrap(), Existing::SameRepository);
    assert_eq!(rpip_vcs::local_changes(VcsKind::Git, &directory, &options).unwrap(), Default::default());

    fs::write(directory.join("content"), "edited").unwrap();
    let changes = rpip_vcs::local_changes(VcsKind::Git, &directory, &options).unwrap();
    assert_eq!((changes.files, changes.has_unpublished_commits), (vec!["content".to_owned()], false));
    setting.git_commit(&directory, "mine");
    assert!(rpip_vcs::local_changes(VcsKind::Git, &directory, &options).unwrap().has_unpublished_commits);

    let new = setting.git_commit(&repository, "new");
    setting.git(&repository, &["tag", "-f", "v1"]);
    let checkout = rpip_vcs::update(&url, &directory, &options).unwrap();
    assert_eq!((checkout.commit_id.as_str(), content(&directory).as_str()), (new.as_str(), "new"));
    let tag = url.at_revision("v1").unwrap();
    assert_eq!(
        rpip_vcs::update(&tag, &directory, &options).unwrap().commit_id,
        new,
        "moved tags are followed"
    );
    let pull = url.at_revision("refs/pull/1/head").unwrap();
    rpip_vcs::update(&pull, &directory, &options).unwrap();
    assert_eq!(content(&directory), "pull");
    // At a whole commit that is there, nobody is asked.
    let pinned = url.at_revision(&setting.git(&directory, &["rev-parse", "HEAD"])).unwrap();
    fs::rename(&repository, setting.path("away")).unwrap();
    assert_eq!(rpip_vcs::update(&pinned, &directory, &options).unwrap().commit_id.len(), 40);
    assert!(rpip_vcs::update(&url, &directory, &options).is_err());
}

#[test]
fn what_is_in_the_way_is_told_and_can_be_switched() {
    let setting = Setting::new();
    let (one, other) = (setting.git_repository("one"), setting.git_repository("other"));
    let new = setting.git_commit(&other, "other");
    let options = setting.options();
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url(&file(&one)), &directory, &options).unwrap();
    let url = url(&file(&other));
    let existing = Existing::OtherRepository { url: Some(format!("file://{}", one.display())) };
    assert_eq!(rpip_vcs::inspect(&url, &directory, &options).unwrap(), existing);
    assert_eq!(rpip_vcs::switch(&url, &directory, &options).unwrap().commit_id, new);
    assert_eq!((content(&directory).as_str()), "other");
    assert_eq!(rpip_vcs::inspect(&url, &directory, &options).unwrap(), Existing::SameRepository);

    assert_eq!(rpip_vcs::inspect(&url, &setting.path("home"), &options).unwrap(), Existing::Nothing);
    assert_eq!(rpip_vcs::inspect(&url, setting.root.path(), &options).unwrap(), Existing::NotARepository);
    match rpip_vcs::checkout(&url, &one, &options) {
        Err(VcsError::Io { .. }) => assert_eq!(content(&one), "one"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn submodules_come_along() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    let inner = setting.git_repository("inner");
    let middle = setting.git_repository("middle");
    setting.git(&middle, &["submodule", "--quiet", "add", &format!("file://{}", inner.display()), "deep"]);
    setting.git(&middle, &["commit", "-q", "-m", "deep"]);
    setting.git(&repository, &["submodule", "--quiet", "add", "../middle", "sub"]);
    setting.git(&repository, &["commit", "-q", "-m", "sub"]);
    for history in [History::Blobless, History::Shallow] {
        let directory = setting.path(&format!("{history:?}"));
        let options = Options { history, ..setting.options() };
        rpip_vcs::checkout(&url(&file(&repository)), &directory, &options).unwrap();
        assert_eq!(content(&directory.join("sub/deep")), "one");
    }
}

#[test]
fn subdirectories_are_in_the_checkout() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    fs::create_dir(repository.join("sub")).unwrap();
    fs::write(repository.join("sub/setup.py"), "").unwrap();
    std::os::unix::fs::symlink("/", repository.join("out")).unwrap();
    setting.git(&repository, &["add", "sub", "out"]);
    setting.git_commit(&repository, "sub");
    let get = |subdirectory: &str| {
        let directory = setting.path("checkout");
        let _ = fs::remove_dir_all(&directory);
        let url = url(&format!("{}#subdirectory={subdirectory}", file(&repository)));
        rpip_vcs::checkout(&url, &directory, &setting.options())
    };
    assert_eq!(get("sub").unwrap().project, setting.path("checkout/sub"));
    for missing in ["nowhere", "content", "out/tmp"] {
        assert!(matches!(get(missing), Err(VcsError::NoSubdirectory { .. })), "{missing}");
    }
}

#[test]
fn mistakes_are_named() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    let directory = setting.path("checkout");
    for history in [History::Blobless, History::Shallow] {
        let options = Options { history, ..setting.options() };
        for revision in
            ["nowhere", "0123456789012345678901234567890123456789", "refs/pull/9/head", "a..b", "x:y"]
        {
            let url = url(&format!("{}@{revision}", file(&repository)));
            let error = rpip_vcs::checkout(&url, &directory, &options).unwrap_err();
            assert!(matches!(&error, VcsError::RevisionNotFound { .. }), "{revision}: {error:?}");
            assert!(error.to_string().contains(&format!("no branch, tag or commit '{revision}'")), "{error}");
            assert!(!directory.exists(), "{revision}");
        }
        let url = url(&format!("git+file://{}/nowhere.git", setting.root.path().display()));
        let error = rpip_vcs::checkout(&url, &directory, &options).unwrap_err();
        match &error {
            VcsError::Failed { problem: Problem::RepositoryNotFound, output, .. } => {
                assert!(!output.is_empty());
                assert!(error.to_string().contains("nowhere.git"), "{error}");
            }
            other => panic!("{other:?}"),
        }
        assert!(rpip_vcs::resolve(&url, &options).is_err());
        assert!(!directory.exists());
    }
    let empty = setting.path("empty");
    fs::create_dir(&empty).unwrap();
    setting.git(&empty, &["init", "-q"]);
    let url = url(&file(&empty));
    assert!(matches!(rpip_vcs::resolve(&url, &setting.options()), Err(VcsError::Empty { .. })));
    assert!(matches!(rpip_vcs::checkout(&url, &directory, &setting.options()), Err(VcsError::Empty { .. })));
    assert!(!directory.exists());
}

#[test]
fn a_missing_program_is_named_with_its_package() {
    let setting = Setting::new();
    let mut variables = setting.variables.clone();
    variables.push(("PATH".into(), setting.path("home").into()));
    let options = Options { variables: &variables, ..Options::default() };
    for (text, package) in [
        ("git+https://example.org/r", "'git'"),
        ("hg+https://example.org/r", "'mercurial'"),
        ("svn+https://example.org/r", "'subversion'"),
        ("bzr+https://example.org/r", "'brz'"),
    ] {
        let error = rpip_vcs::checkout(&url(text), &setting.path("x"), &options).unwrap_err();
        assert!(matches!(error, VcsError::NotInstalled { .. }), "{error:?}");
        let text_of_error = error.to_string();
        assert!(text_of_error.contains(&format!("the package {package}")), "{text_of_error}");
        assert!(text_of_error.contains(text), "{text_of_error}");
    }
}

/// A `git` in the place of the real one, which does what the script says.
fn false_git(setting: &Setting, script: &str) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
    let directory = setting.path("bin");
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("git");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut variables = setting.variables.clone();
    variables.push(("PATH".into(), format!("{}:/usr/bin:/bin", directory.display()).into()));
    variables
}

/// Whether a process is there and not only waits to be buried.
fn is_alive(id: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

#[test]
#[cfg(target_os = "linux")]
fn time_and_cancelling_end_a_program_with_its_children() {
    let setting = Setting::new();
    let note = setting.path("ids");
    let script = format!(
        "trap '' TERM; sleep 600 & echo $$ $! > {0}.new; mv {0}.new {0}; wait; sleep 600",
        note.display()
    );
    let variables = false_git(&setting, &script);
    let is_there = AtomicBool::new(false);
    let cancelled = || {
        is_there.store(note.exists(), Ordering::Relaxed);
        is_there.load(Ordering::Relaxed)
    };
    let started = Instant::now();
    let options = Options { variables: &variables, cancelled: Some(&cancelled), ..Options::default() };
    let error = rpip_vcs::resolve(&url("git+https://example.org/r"), &options).unwrap_err();
    assert!(matches!(error, VcsError::Cancelled { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(60));
    let ids = fs::read_to_string(&note).unwrap();
    // They were killed; the system may take a moment to see to it.
    while ids.split_whitespace().any(is_alive) {
        assert!(started.elapsed() < Duration::from_secs(60), "{ids}");
        std::thread::yield_now();
    }

    let timeout = Some(Duration::from_millis(100));
    let options = Options { variables: &variables, timeout, ..Options::default() };
    let error = rpip_vcs::resolve(&url("git+https://example.org/r"), &options).unwrap_err();
    assert!(matches!(error, VcsError::TimedOut { .. }), "{error:?}");
}

#[test]
fn a_program_that_leaves_something_behind_is_not_waited_for() {
    let setting = Setting::new();
    let commit = "0123456789012345678901234567890123456789";
    let script = format!("printf '{commit}\\tHEAD\\n'; setsid sleep 5 &");
    let variables = false_git(&setting, &script);
    let options = Options { variables: &variables, ..Options::default() };
    let started = Instant::now();
    let found = rpip_vcs::resolve(&url("git+https://example.org/r"), &options).unwrap();
    assert_eq!(found.as_deref(), Some(commit));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_programs_write_is_bounded_and_cleaned() {
    let setting = Setting::new();
    let script = "i=0; while [ $i -lt 200 ]; do echo \"line $i\" >&2; i=$((i+1)); done; \
                  printf 'fatal: https://us:s3cr3tpw@host/ \\033[31mred s3cr3tpw\\n' >&2; exit 1";
    let variables = false_git(&setting, script);
    let heard = Mutex::new(Vec::new());
    let output = |line: &str| heard.lock().unwrap().push(line.to_owned());
    let options = Options { variables: &variables, output: Some(&output), ..Options::default() };
    let error = rpip_vcs::resolve(&url("git+https://user:s3cr3tpw@example.org/r"), &options).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("git+https://user:****@example.org/r"), "{text}");
    assert!(text.contains("https://us:****@host/ [31mred ****"), "{text}");
    assert!(text.lines().count() < 12, "{text}");
    let heard = heard.lock().unwrap();
    assert_eq!(heard.len(), 201);
    assert!(heard.iter().chain([&format!("{error:?}")]).all(|line| !line.contains("s3cr3tpw")));

    let variables = false_git(&setting, "yes");
    let options = Options { variables: &variables, ..Options::default() };
    let timeout = Some(Duration::from_millis(300));
    let endless = rpip_vcs::resolve(&url("git+https://example.org/r"), &Options { timeout, ..options });
    assert!(endless.is_err());
}

#[test]
fn variables_of_a_repository_around_do_not_lead_astray() {
    let setting = Setting::new();
    let repository = setting.git_repository("r");
    let foreign = setting.git_repository("foreign");
    let directory = setting.path("checkout");
    // A hook of a commit runs with these.
    let script = format!(
        "export GIT_PREFIX=x; exec {} \"$@\"",
        std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|path| path.join("git"))
            .find(|path| path.exists())
            .unwrap()
            .display()
    );
    let variables = false_git(&setting, &script);
    let options = Options { variables: &variables, ..Options::default() };
    rpip_vcs::checkout(&url(&file(&repository)), &directory, &options).unwrap();
    // A broken checkout inside of another repository is not taken for that one.
    let inside = foreign.join("src/r");
    fs::create_dir_all(inside.join(".git")).unwrap();
    fs::write(foreign.join("content"), "precious").unwrap();
    assert!(rpip_vcs::update(&url(&file(&repository)), &inside, &setting.options()).is_err());
    assert_eq!(content(&foreign), "precious");
}

#[test]
fn hooks_of_the_user_do_not_run() {
    let mut setting = Setting::new();
    let repository = setting.git_repository("r");
    let template = setting.path("template/hooks");
    fs::create_dir_all(&template).unwrap();
    let hook = template.join("post-checkout");
    fs::write(&hook, format!("#!/bin/sh\ntouch {}\n", setting.path("ran").display())).unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let configuration = setting.path("gitconfig");
    fs::write(&configuration, format!("[init]\ntemplateDir={}\n", setting.path("template").display()))
        .unwrap();
    setting.variables.push(("GIT_CONFIG_GLOBAL".into(), configuration.into()));
    rpip_vcs::checkout(&url(&file(&repository)), &setting.path("checkout"), &setting.options()).unwrap();
    assert!(!setting.path("ran").exists());
}

#[test]
fn trees_are_described_for_freeze() {
    let setting = Setting::new();
    let options = setting.options();
    let repository = setting.git_repository("r");
    fs::create_dir_all(repository.join("a/b")).unwrap();
    fs::write(repository.join("a/setup.py"), "").unwrap();
    fs::write(repository.join("a/b/x"), "").unwrap();
    setting.git(&repository, &["add", "a"]);
    let commit = setting.git_commit(&repository, "described");
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url(&file(&repository)), &directory, &options).unwrap();
    let found = rpip_vcs::describe(&directory.join("a/b"), &options).unwrap().unwrap();
    let expected = format!("{}@{commit}#egg=My_Pkg&subdirectory=a", file(&repository));
    assert_eq!(found.requirement("My-Pkg"), expected);
    assert_eq!(rpip_vcs::describe(&directory, &options).unwrap().unwrap().subdirectory, None);

    assert!(matches!(rpip_vcs::describe(&repository, &options), Err(VcsError::NoRemote { .. })));
    assert_eq!(rpip_vcs::describe(&setting.path("home"), &options).unwrap(), None);
    for (remote, expected) in [
        ("git@example.org:o/r.git", Some("ssh://git@example.org/o/r.git")),
        ("https://u:s3cr3t@example.org/r.git", Some("https://example.org/r.git")),
        ("/nowhere", None),
    ] {
        setting.git(&directory, &["config", "remote.origin.url", remote]);
        match (rpip_vcs::describe(&directory, &options), expected) {
            (Ok(Some(found)), Some(expected)) => assert_eq!(found.url, expected),
            (Err(VcsError::InvalidRemote { .. }), None) => {}
            other => panic!("{other:?}"),
        }
    }
}
