//! Mercurial, Subversion and Bazaar, on real repositories.
#![allow(clippy::unwrap_used)]

mod setting;

use std::fs;
use std::path::{Path, PathBuf};

use rpip_vcs::{Existing, Problem, VcsError, VcsKind};
use setting::{Setting, content, has, url};

/// A repository with two commits of `content`, `one` and `two`, and how to make a third.
struct Repository {
    setting: Setting,
    kind: VcsKind,
    /// Where the user commits.
    tree: PathBuf,
    /// What a URL leads to.
    url: String,
    /// The commits as `commit_id` has them.
    commits: Vec<String>,
}

impl Repository {
    fn new(kind: VcsKind) -> Option<Self> {
        let program = if kind == VcsKind::Bazaar { "brz" } else { kind.name() };
        if !has(program) {
            return None;
        }
        let setting = Setting::new();
        let (tree, place) = (setting.path("tree"), setting.path("re po@x"));
        fs::create_dir(&place).unwrap();
        let encoded = place.display().to_string().replace(' ', "%20").replace('@', "%40");
        let mut url = format!("{}+file://{encoded}", kind.name());
        match kind {
            VcsKind::Subversion => {
                setting.run(&place, &["svnadmin", "create", "."]);
                let target = format!("file://{encoded}/trunk@");
                setting.run(&place, &["svn", "mkdir", "-q", "-m", "trunk", &target]);
                setting.run(setting.root.path(), &["svn", "checkout", "-q", &target, "tree"]);
                url.push_str("/trunk");
            }
            _ => {
                setting.run(&place, &[program, "init", "-q"]);
                fs::create_dir(&tree).unwrap();
            }
        }
        let tree = if kind == VcsKind::Subversion { tree } else { place };
        let mut repository = Self { setting, kind, tree, url, commits: Vec::new() };
        repository.commit("one");
        repository.commit("two");
        Some(repository)
    }

    fn commit(&mut self, text: &str) {
        fs::write(self.tree.join("content"), text).unwrap();
        fs::write(self.tree.join("caf\u{e9}"), text).unwrap();
        let run = |line: &[&str]| self.setting.run(&self.tree, line);
        match self.kind {
            VcsKind::Mercurial => {
                run(&["hg", "--encoding=utf-8", "commit", "-q", "-A", "-m", text]);
                self.commits.push(run(&["hg", "parents", "--template={node}"]));
            }
            VcsKind::Subversion => {
                let environment = ["env", "LC_ALL=C.UTF-8", "svn"];
                run(&[&environment[..], &["add", "-q", "--force", "."]].concat());
                run(&[&environment[..], &["commit", "-q", "-m", text]].concat());
                self.commits.push((self.commits.len() + 2).to_string());
            }
            _ => {
                run(&["env", "LC_ALL=C.UTF-8", "brz", "add", "-q"]);
                run(&["env", "LC_ALL=C.UTF-8", "brz", "commit", "-q", "-m", text]);
                self.commits.push((self.commits.len() + 1).to_string());
            }
        }
    }

    fn at(&self, revision: &str) -> rpip_vcs::VcsUrl {
        url(&format!("{}@{revision}", self.url))
    }
}

fn all() -> impl Iterator<Item = Repository> {
    [VcsKind::Mercurial, VcsKind::Subversion, VcsKind::Bazaar].into_iter().filter_map(Repository::new)
}

#[test]
fn checkouts_updates_and_descriptions() {
    for mut repository in all() {
        let kind = repository.kind;
        let latest = url(&repository.url);
        let first = repository.at(&repository.commits[0]);
        let directory = repository.setting.path("checkout/a@b");
        {
            let options = repository.setting.options();
            assert_eq!(rpip_vcs::resolve(&latest, &options).unwrap().as_ref(), Some(&repository.commits[1]));
            let resolved = rpip_vcs::resolve(&first, &options).unwrap();
            assert_eq!(resolved.as_ref(), Some(&repository.commits[0]), "{kind}");
            let checkout = rpip_vcs::checkout(&first, &directory, &options)
                .unwrap_or_else(|error| panic!("{kind}: {error}"));
            assert_eq!(checkout.commit_id, repository.commits[0], "{kind}");
            assert_eq!(content(&directory), "one", "{kind}");
            assert_eq!(rpip_vcs::inspect(&latest, &directory, &options).unwrap(), Existing::SameRepository);
        }
        repository.commit("three");
        let options = repository.setting.options();
        let checkout = rpip_vcs::update(&latest, &directory, &options).unwrap();
        assert_eq!(checkout.commit_id, repository.commits[2], "{kind}");
        assert_eq!(content(&directory), "three", "{kind}");
        assert_eq!(rpip_vcs::update(&first, &directory, &options).unwrap().commit_id, repository.commits[0]);
        assert_eq!(content(&directory), "one", "{kind}");

        fs::write(directory.join("setup.py"), "").unwrap();
        let found = rpip_vcs::describe(&directory, &options).unwrap().unwrap();
        assert_eq!((found.kind, &found.commit_id), (kind, &repository.commits[0]), "{kind}");
        assert!(latest.is_repository(&found.url), "{kind}: {}", found.url);
        let again = url(&found.requirement("name"));
        assert!(latest.is_repository(again.repository()), "{again}");
        assert_eq!(again.requested_revision(), Some(&*found.commit_id));

        assert_eq!(
            rpip_vcs::local_changes(kind, &directory, &options).unwrap(),
            Default::default(),
            "{kind}"
        );
        fs::write(directory.join("content"), "edited").unwrap();
        let changes = rpip_vcs::local_changes(kind, &directory, &options).unwrap();
        assert_eq!(changes.files, ["content"], "{kind}");
    }
}

#[test]
fn other_repositories_are_told_and_switched_from() {
    for kind in [VcsKind::Mercurial, VcsKind::Subversion, VcsKind::Bazaar] {
        let (Some(one), Some(mut other)) = (Repository::new(kind), Repository::new(kind)) else { continue };
        other.commit("other");
        let options = one.setting.options();
        let directory = one.setting.path("checkout");
        let latest = url(&one.url);
        rpip_vcs::checkout(&latest, &directory, &options).unwrap();
        let wanted = url(&other.url);
        match rpip_vcs::inspect(&wanted, &directory, &options).unwrap() {
            Existing::OtherRepository { url: Some(found) } => {
                assert!(latest.is_repository(&found), "{found}")
            }
            other => panic!("{other:?}"),
        }
        if kind == VcsKind::Mercurial {
            // The others only go to places of the same repository.
            let commit = rpip_vcs::switch(&wanted, &directory, &options).unwrap().commit_id;
            assert_eq!((commit, content(&directory)), (other.commits[2].clone(), "other".to_owned()));
            let found = rpip_vcs::inspect(&wanted, &directory, &options).unwrap();
            assert_eq!(found, Existing::SameRepository);
        }
    }
}

#[test]
fn subversion_switches_to_a_branch() {
    let Some(repository) = Repository::new(VcsKind::Subversion) else { return };
    let options = repository.setting.options();
    let directory = repository.setting.path("checkout");
    rpip_vcs::checkout(&url(&repository.url), &directory, &options).unwrap();
    let branch = repository.url.replace("/trunk", "/branch");
    let (from, to) = (repository.url.trim_start_matches("svn+"), branch.trim_start_matches("svn+"));
    repository
        .setting
        .run(&directory, &["svn", "copy", "-q", "-m", "b", &format!("{from}@"), &format!("{to}@")]);
    assert_eq!(rpip_vcs::switch(&url(&branch), &directory, &options).unwrap().commit_id, "4");
    assert_eq!(rpip_vcs::inspect(&url(&branch), &directory, &options).unwrap(), Existing::SameRepository);
}

#[test]
fn mistakes_are_named() {
    for repository in all() {
        let kind = repository.kind;
        let options = repository.setting.options();
        let directory = repository.setting.path("checkout");
        for revision in ["nowhere", "99999", "0123456789012345678901234567890123456789"] {
            let error = rpip_vcs::checkout(&repository.at(revision), &directory, &options).unwrap_err();
            assert!(matches!(error, VcsError::RevisionNotFound { .. }), "{kind} {revision}: {error:?}");
            assert!(!directory.exists(), "{kind}");
            let resolved = rpip_vcs::resolve(&repository.at(revision), &options);
            assert!(resolved.is_err() || revision.len() == 40, "{kind} {revision}: {resolved:?}");
        }
        let missing = url(&format!("{}+file:///nowhere/at/all", kind.name()));
        let error = rpip_vcs::checkout(&missing, &directory, &options).unwrap_err();
        let is_missing = matches!(error, VcsError::Failed { problem: Problem::RepositoryNotFound, .. });
        assert!(is_missing, "{kind}: {error:?}");
        assert!(!directory.exists(), "{kind}");
    }
}

#[test]
fn branches_and_tags_of_mercurial() {
    let Some(repository) = Repository::new(VcsKind::Mercurial) else { return };
    let tree: &Path = &repository.tree;
    repository.setting.run(tree, &["hg", "tag", "-r", &repository.commits[0], "v1"]);
    repository.setting.run(tree, &["hg", "branch", "-q", "stable branch"]);
    fs::write(tree.join("content"), "stable").unwrap();
    repository.setting.run(tree, &["hg", "commit", "-q", "-m", "stable"]);
    for (revision, text) in [("v1", "one"), ("stable%20branch", "stable"), ("default", "two")] {
        let directory = repository.setting.path("checkout");
        rpip_vcs::checkout(&repository.at(revision), &directory, &repository.setting.options()).unwrap();
        assert_eq!(content(&directory), text);
        fs::remove_dir_all(&directory).unwrap();
    }
}
