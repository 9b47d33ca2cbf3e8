//! Source trees with backends of their own, and builds of them with the `python3` of this machine.

use std::collections::BTreeSet;
use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use requirement::{MarkerEnvironment, Requirement};
use tempfile::TempDir;

use crate::{
    BuildContext, BuildEnvironment, BuildError, BuildOptions, BuildReporter, BuildStack, Builder, Expected,
    Hook, HookError, Isolation, RequirementInstaller, SourceKind, SourceTree,
};

/// What every backend of the tests has at hand.
const PRELUDE: &str = r#"
import os, subprocess, sys, time, zipfile

def make_wheel(directory, name="demo", version="1.0", requires=()):
    filename = "%s-%s-py3-none-any.whl" % (name, version)
    info = "%s-%s.dist-info" % (name, version)
    metadata = "Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version)
    metadata += "".join("Requires-Dist: %s\n" % item for item in requires)
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        archive.writestr(info + "/METADATA", metadata)
        archive.writestr(info + "/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(info + "/RECORD", "")
    return filename

def make_metadata(directory, name="demo", version="1.0"):
    info = "%s-%s.dist-info" % (name, version)
    os.mkdir(os.path.join(directory, info))
    with open(os.path.join(directory, info, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version))
    return info

def note(text):
    with open("notes", "a") as file:
        file.write(text + "\n")
"#;

/// A `[build-system]` for the backend of the tree.
pub(crate) const IN_TREE: &str =
    "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['tools']\n";

/// The `python3` of this machine, by its own path, and a system without shims on `PATH`.
pub(crate) fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let output = Command::new("python3").args(["-I", "-c", "import sys; print(sys.executable)"]).output();
        PathBuf::from(String::from_utf8(output.unwrap().stdout).unwrap().trim())
    })
}

pub(crate) fn environment() -> BuildEnvironment {
    BuildEnvironment {
        python: python().to_owned(),
        scripts: None,
        python_path: Vec::new(),
        root: None,
        key: "test".to_owned(),
    }
}

/// An installer that hands out the environment of this machine and remembers what was asked for.
#[derive(Default)]
pub(crate) struct Installer {
    pub(crate) asked: Mutex<Vec<Vec<String>>>,
    /// Directories for `PYTHONPATH`, one a call.
    pub(crate) python_path: Vec<PathBuf>,
}

impl RequirementInstaller for Installer {
    fn environment(
        &self,
        requirements: &[Requirement],
        _: &BuildStack,
    ) -> Result<BuildEnvironment, Box<dyn Error + Send + Sync>> {
        let mut asked = self.asked.lock().unwrap();
        asked.push(requirements.iter().map(Requirement::to_string).collect());
        let python_path = self.python_path.get(asked.len() - 1).cloned().into_iter().collect();
        Ok(BuildEnvironment { python_path, key: asked.len().to_string(), ..environment() })
    }
}

/// A reporter that remembers, and that tells the build to stop at a certain line.
#[derive(Default)]
pub(crate) struct Ear {
    pub(crate) lines: Mutex<Vec<String>>,
    pub(crate) hooks: Mutex<Vec<(&'static str, bool)>>,
    pub(crate) stop_at: Option<&'static str>,
    pub(crate) is_stopped: AtomicBool,
}

impl BuildReporter for Ear {
    fn output(&self, _: Option<Hook>, line: &str) {
        if self.stop_at.is_some_and(|stop| line.contains(stop)) {
            self.is_stopped.store(true, Ordering::Relaxed);
        }
        self.lines.lock().unwrap().push(line.to_owned());
    }

    fn finished(&self, _: &str, hook: Hook, is_ok: bool) {
        self.hooks.lock().unwrap().push((hook.name(), is_ok));
    }
}

/// A source tree, and what a build of it needs.
pub(crate) struct Project {
    directory: TempDir,
    pub(crate) options: BuildOptions,
    pub(crate) installer: Installer,
    pub(crate) ear: Ear,
    pub(crate) stack: BuildStack,
    pub(crate) expected: Expected,
}

impl Project {
    /// A tree with this `pyproject.toml`.
    pub(crate) fn new(pyproject: &str) -> Self {
        let directory = tempfile::Builder::new().prefix("rpip build").tempdir().unwrap();
        for name in ["tree", "scratch", "out"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let path = OsString::from("/usr/local/bin:/usr/bin:/bin");
        let variables = vec![("PATH".into(), path), ("LC_ALL".into(), "C".into())];
        let mut options = BuildOptions::new(directory.path().join("scratch"), variables);
        options.log = Some(directory.path().join("build.log"));
        // Only so that a mistake ends.
        options.hook_limit = Some(Duration::from_secs(60));
        let project = Self {
            directory,
            options,
            installer: Installer::default(),
            ear: Ear::default(),
            stack: BuildStack::default(),
            expected: Expected::default(),
        };
        project.write("pyproject.toml", pyproject);
        project
    }

    /// A tree whose backend is this Python code.
    pub(crate) fn with_backend(code: &str) -> Self {
        let project = Self::new(IN_TREE);
        project.write("tools/backend.py", &format!("{PRELUDE}\n{code}\n"));
        project
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Writes a file of the tree.
    pub(crate) fn write(&self, relative: &str, text: &str) {
        let path = self.path("tree").join(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Removes a file of the tree.
    pub(crate) fn remove(&self, relative: &str) {
        fs::remove_file(self.path("tree").join(relative)).unwrap();
    }

    /// What the backend has noted.
    pub(crate) fn notes(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("tree/notes")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn source(&self) -> Result<SourceTree, BuildError> {
        SourceTree::open(&self.path("tree"), None, SourceKind::Tree, self.expected.clone())
    }

    /// Runs `action` on a build; afterwards nothing may be left in the scratch directory.
    pub(crate) fn build<T>(
        &self,
        action: impl FnOnce(&mut Builder<'_>) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        self.build_with(Isolation::Isolated(&self.installer), action)
    }

    pub(crate) fn build_with<T>(
        &self,
        isolation: Isolation<'_>,
        action: impl FnOnce(&mut Builder<'_>) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let cancelled = || self.ear.is_stopped.load(Ordering::Relaxed);
        let context = BuildContext {
            options: &self.options,
            isolation,
            stack: &self.stack,
            reporter: &self.ear,
            cancelled: &cancelled,
        };
        let result = Builder::new(self.source()?, context).and_then(|mut builder| action(&mut builder));
        assert_eq!(names(&self.path("scratch")), BTreeSet::new());
        result
    }

    /// Builds a wheel; what is delivered has no companions.
    pub(crate) fn wheel(&self) -> Result<PathBuf, BuildError> {
        let out = self.path("out");
        let result = self.build(|builder| builder.wheel(&out));
        assert_eq!(names(&out).len(), usize::from(result.is_ok()));
        result
    }

    /// The failure of the hook that builds a wheel.
    pub(crate) fn failure(&self) -> HookError {
        hook_error(self.wheel().unwrap_err())
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.ear.lines.lock().unwrap().clone()
    }
}

pub(crate) fn hook_error(error: BuildError) -> HookError {
    match error {
        BuildError::Hook(error) => *error,
        other => panic!("{other}"),
    }
}

/// What a directory holds.
pub(crate) fn names(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

/// Whether the process ends soon: one that is killed is there until somebody takes note.
pub(crate) fn ends(pid: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(10);
    while Instant::now() < deadline {
        let Ok(output) = Command::new("ps").args(["-o", "stat=", "-p", pid]).output() else { return false };
        let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if state.is_empty() || state.starts_with('Z') {
            return true;
        }
        std::thread::yield_now();
    }
    false
}

/// The values of markers for the `python3` of this machine.
pub(crate) fn markers() -> MarkerEnvironment {
    let script = "import os, platform, sys; print('\\n'.join([sys.implementation.name, \
        platform.python_version(), os.name, platform.machine(), platform.python_implementation(), \
        platform.release(), platform.system(), platform.version(), platform.python_version(), \
        '.'.join(platform.python_version_tuple()[:2]), sys.platform]))";
    let output = Command::new(python()).args(["-I", "-c", script]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines = text.lines().map(str::to_owned);
    let mut next = || lines.next().unwrap();
    MarkerEnvironment {
        implementation_name: next(),
        implementation_version: next(),
        os_name: next(),
        platform_machine: next(),
        platform_python_implementation: next(),
        platform_release: next(),
        platform_system: next(),
        platform_version: next(),
        python_full_version: next(),
        python_version: next(),
        sys_platform: next(),
    }
}
