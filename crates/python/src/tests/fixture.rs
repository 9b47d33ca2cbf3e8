//! Interpreters to test with, scripts that play interpreters, and temporary places.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cache::Cache;
use tempfile::TempDir;

use crate::{Interpreter, SearchContext};

/// A temporary directory, and a cache in it.
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    pub(crate) cache: Cache,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("rpip python").tempdir().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        Self { directory, cache }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// A link to an interpreter.
    pub(crate) fn link(&self, relative: &str, target: &Path) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, &path).unwrap();
        path
    }

    /// An executable shell script. Another process writes it: one that this process had open for writing
    /// while another test starts a process could not be started for a moment.
    pub(crate) fn script(&self, relative: &str, text: &str) -> PathBuf {
        let source = self.write(&format!("{relative}.source"), text);
        let path = self.path(relative);
        let status = Command::new("cp").arg(&source).arg(&path).status().unwrap();
        assert!(status.success());
        assert!(Command::new("chmod").arg("755").arg(&path).status().unwrap().success());
        path
    }

    pub(crate) fn context(&self, path: &[&str]) -> SearchContext {
        let path = path.iter().map(|directory| self.path(directory)).collect();
        SearchContext { path, directory: Some(self.path("project")), ..SearchContext::default() }
    }
}

/// The `python3` of this machine, by its own path.
pub(crate) fn python() -> &'static Path {
    interpreters().first().unwrap()
}

/// What is known of it; it is asked once.
pub(crate) fn interpreter() -> Interpreter {
    static INTERPRETER: OnceLock<Interpreter> = OnceLock::new();
    let query = || Interpreter::query(python(), &Place::new().cache).unwrap();
    INTERPRETER.get_or_init(query).clone()
}

/// Every usable interpreter that is easily found, the `python3` on PATH first; none of a virtual environment.
pub(crate) fn interpreters() -> &'static [PathBuf] {
    static FOUND: OnceLock<Vec<PathBuf>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let script = "import sys; assert sys.version_info >= (3, 8); import venv; \
                      print(getattr(sys, '_base_executable', None) or sys.executable)";
        let versions = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
        let versions =
            versions.into_iter().flat_map(|path| fs::read_dir(path).into_iter().flatten().flatten());
        let mut others: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin/python")).collect();
        others.sort();
        let candidates =
            [PathBuf::from("python3"), PathBuf::from("/usr/bin/python3")].into_iter().chain(others);
        let mut found: Vec<PathBuf> = Vec::new();
        for candidate in candidates {
            let output = Command::new(candidate).args(["-I", "-c", script]).stderr(Stdio::null()).output();
            let Some(output) = output.ok().filter(|output| output.status.success()) else { continue };
            let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
            if !found.contains(&path) {
                found.push(path);
            }
        }
        assert!(!found.is_empty(), "the tests need a python3 on PATH, with venv");
        found
    })
}

/// Runs a program that must succeed, and returns what it printed, trimmed.
pub(crate) fn run(program: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .env_remove("PYTHONPATH")
        .env_remove("PYTHONHOME")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", program.display());
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Makes an environment as Python itself does.
pub(crate) fn python_venv(python: &Path, root: &Path, options: &[&str]) {
    let mut arguments: Vec<&OsStr> = vec!["-m".as_ref(), "venv".as_ref(), "--without-pip".as_ref()];
    arguments.extend(options.iter().map(OsStr::new));
    arguments.push(root.as_os_str());
    run(python, &arguments);
}
