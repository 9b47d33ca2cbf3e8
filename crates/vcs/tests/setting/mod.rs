//! Repositories on the disk, and what runs on them: nothing of the user's configuration is read.
#![allow(dead_code, clippy::unwrap_used, clippy::print_stderr)]

pub(crate) mod web;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rpip_vcs::{Options, VcsUrl};
use tempfile::TempDir;

/// A temporary directory with a home of its own.
pub(crate) struct Setting {
    pub(crate) root: TempDir,
    pub(crate) variables: Vec<(OsString, OsString)>,
}

impl Setting {
    pub(crate) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = root.path().join("home");
        fs::create_dir(&home).unwrap();
        let null = "/dev/null";
        let mut variables: Vec<(OsString, OsString)> = Vec::new();
        for (name, value) in [
            ("HOME", home.to_str().unwrap()),
            ("XDG_CONFIG_HOME", home.to_str().unwrap()),
            ("GIT_CONFIG_GLOBAL", null),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_DATE", "2024-01-02T03:04:05Z"),
            ("GIT_COMMITTER_DATE", "2024-01-02T03:04:05Z"),
            ("HGRCPATH", ""),
            ("HGUSER", "someone"),
            ("BRZ_EMAIL", "someone <someone@example.org>"),
        ] {
            variables.push((name.into(), value.into()));
        }
        Self { root, variables }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub(crate) fn options(&self) -> Options<'_> {
        Options { variables: &self.variables, ..Options::default() }
    }

    /// Runs a program and gives its output.
    #[track_caller]
    pub(crate) fn run(&self, directory: &Path, line: &[&str]) -> String {
        let (program, arguments) = line.split_first().unwrap();
        let mut command = Command::new(program);
        command.current_dir(directory).args(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{line:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn git(&self, directory: &Path, arguments: &[&str]) -> String {
        let settings = [
            "git",
            "-c",
            "user.name=someone",
            "-c",
            "user.email=someone@example.org",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "commit.gpgSign=false",
            "-c",
            "protocol.file.allow=always",
        ];
        self.run(directory, &[&settings, arguments].concat())
    }

    /// A git repository `name` with the file `content` = `one` on `main` and `two` on `feature/x`, a tag `v1` (`one`) and
    /// a reference `refs/pull/1/head` (`pull`) that no clone fetches. Gives its path.
    pub(crate) fn git_repository(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        self.git(&path, &["init", "-q"]);
        self.git_commit(&path, "one");
        self.git(&path, &["tag", "-a", "v1", "-m", "v1"]);
        self.git(&path, &["checkout", "-q", "-b", "feature/x"]);
        self.git_commit(&path, "two");
        self.git(&path, &["checkout", "-q", "-b", "pull"]);
        let commit = self.git_commit(&path, "pull");
        self.git(&path, &["checkout", "-q", "main"]);
        self.git(&path, &["branch", "-q", "-D", "pull"]);
        self.git(&path, &["update-ref", "refs/pull/1/head", &commit]);
        path
    }

    /// Commits the file `content`; gives the commit.
    pub(crate) fn git_commit(&self, path: &Path, content: &str) -> String {
        fs::write(path.join("content"), content).unwrap();
        self.git(path, &["add", "content"]);
        self.git(path, &["commit", "-q", "-m", content]);
        self.git(path, &["rev-parse", "HEAD"])
    }
}

/// Whether a program is there; says so if it is not.
pub(crate) fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

pub(crate) fn url(text: &str) -> VcsUrl {
    VcsUrl::parse(text).unwrap()
}

pub(crate) fn content(directory: &Path) -> String {
    fs::read_to_string(directory.join("content")).unwrap()
}

/// Every file below `directory` that holds `needle`.
pub(crate) fn files_with(directory: &Path, needle: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_path_buf()];
    while let Some(path) = pending.pop() {
        if path.is_dir() && !path.is_symlink() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = fs::read(&path)
            && bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        {
            found.push(path);
        }
    }
    found
}
