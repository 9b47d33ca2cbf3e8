//! An environment: an interpreter, and the directories that installing into it writes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cache::Cache;
use serde::{Deserialize, Serialize};

use crate::virtual_interpreter::interpreter_in;
use crate::{
    Destination, EnvironmentConfiguration, Interpreter, InterpreterFacts, PythonError, externally_managed,
};

/// A distributor's message is a few lines.
const MESSAGE_LIMIT: u64 = 64 * 1024;

/// The directories of one installation scheme (`sysconfig`), absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scheme {
    /// Pure Python code.
    pub purelib: PathBuf,
    /// Code with compiled parts.
    pub platlib: PathBuf,
    /// Scripts.
    pub scripts: PathBuf,
    /// Data files (the prefix).
    pub data: PathBuf,
    /// Headers, to which the project's name is still to be added (in a venv: `include/site/pythonX.Y`).
    pub headers: PathBuf,
}

impl Scheme {
    /// The scheme of relative paths, below `root`.
    pub(crate) fn under(&self, root: &Path) -> Self {
        self.map(|path| if path.as_os_str().is_empty() { root.to_path_buf() } else { root.join(path) })
    }

    /// The scheme with every path that lies below `old` moved below `new`.
    fn moved(&self, old: &Path, new: &Path) -> Self {
        self.map(|path| moved(path, old, new))
    }

    pub(crate) fn map(&self, change: impl Fn(&Path) -> PathBuf) -> Self {
        Self {
            purelib: change(&self.purelib),
            platlib: change(&self.platlib),
            scripts: change(&self.scripts),
            data: change(&self.data),
            headers: change(&self.headers),
        }
    }
}

fn moved(path: &Path, old: &Path, new: &Path) -> PathBuf {
    match path.strip_prefix(old) {
        Ok(rest) if rest.as_os_str().is_empty() => new.to_path_buf(),
        Ok(rest) => new.join(rest),
        Err(_) => path.to_path_buf(),
    }
}

/// The variables of the process environment that change what an interpreter sees. The remembered
/// facts are those without any of them; libraries do not read them themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PythonVariables {
    /// `HOME`, for caches that several users (or `sudo`) share.
    pub home: Option<PathBuf>,
    /// `PYTHONUSERBASE`.
    pub user_base: Option<PathBuf>,
    /// `PYTHONNOUSERSITE`, set to anything but nothing.
    pub no_user_site: bool,
    /// The directories of `PYTHONPATH`.
    pub path: Vec<PathBuf>,
}

/// Where distributions are installed and looked for.
#[derive(Debug, Clone)]
pub struct Environment {
    /// The interpreter (of a virtual environment: with its own prefix and scheme).
    pub interpreter: Interpreter,
    /// What script shebangs name (`sys.executable`).
    pub executable: PathBuf,
    /// Where to write.
    pub scheme: Scheme,
    /// What `scheme` is: the environment's own, or another one ([`Environment::at`]).
    pub destination: Destination,
    /// The directory below which `scheme` lies (`--root`).
    pub root: Option<PathBuf>,
    /// Whether it is a virtual environment.
    pub is_virtual: bool,
    /// Whether a virtual environment sees the base's site-packages too.
    pub system_site_packages: bool,
    /// Directories that `PYTHONPATH` puts before all others.
    pub python_path: Vec<PathBuf>,
}

impl Environment {
    /// The virtual environment at `root`, from `pyvenv.cfg` and the remembered facts of its base
    /// interpreter: Python is started only where they are not known.
    pub fn virtual_environment(root: &Path, cache: &Cache) -> Result<Self, PythonError> {
        let root = std::path::absolute(root).map_err(PythonError::io("cannot make absolute", root))?;
        if EnvironmentConfiguration::read(&root)?.is_none() {
            return Err(PythonError::NotAnEnvironment { root, reason: "it has no pyvenv.cfg".to_owned() });
        }
        Self::of_interpreter(interpreter_in(&root, cache)?)
    }

    /// The environment of an interpreter: its virtual environment, or the system's.
    pub fn of_interpreter(interpreter: Interpreter) -> Result<Self, PythonError> {
        let facts = &interpreter.facts;
        Ok(Self {
            executable: facts.executable.clone(),
            scheme: facts.scheme.clone(),
            destination: Destination::Environment,
            root: None,
            is_virtual: interpreter.is_virtual(),
            system_site_packages: interpreter.is_virtual() && facts.system_site_packages,
            python_path: Vec::new(),
            interpreter,
        })
    }

    /// The environment as a process with these variables sees it. To be asked before [`Environment::at`].
    pub fn with_variables(mut self, variables: &PythonVariables) -> Self {
        let facts = &self.interpreter.facts;
        let base = variables.user_base.clone().or_else(|| {
            let home = variables.home.as_deref()?;
            Some(moved(facts.user_base.as_deref()?, &facts.user_home, home))
        });
        let is_other_base = base.is_some() && base != facts.user_base;
        if is_other_base || variables.no_user_site {
            let mut facts = InterpreterFacts::clone(facts);
            if let (Some(old), Some(new)) = (&facts.user_base, &base) {
                facts.user_scheme = facts.user_scheme.map(|scheme| scheme.moved(old, new));
                facts.user_site = facts.user_site.map(|path| moved(&path, old, new));
                facts.user_base = base;
            }
            facts.user_site_enabled &= !variables.no_user_site;
            self.interpreter = Interpreter { facts: Arc::new(facts) };
        }
        self.python_path.clone_from(&variables.path);
        self
    }

    /// The directories in which installed distributions are looked for, in the order of `sys.path`:
    /// those that exist, the standard library left out, each once. What `.pth` files add is not among them.
    pub fn site_packages(&self) -> Vec<PathBuf> {
        let facts = &self.interpreter.facts;
        let user = facts.user_site.iter().filter(|_| facts.user_site_enabled);
        let sees_base = !self.is_virtual || self.system_site_packages;
        let (before, after): (&[PathBuf], &[PathBuf]) = match (self.is_virtual, sees_base) {
            // site.py puts an environment's own directory before the user's, the user's before the base's.
            (true, true) => (&facts.site_packages, &facts.base_site_packages),
            (true, false) => (&facts.site_packages, &[]),
            (false, _) => (&[], &facts.site_packages),
        };
        let added = if sees_base { facts.added_path.as_slice() } else { &[] };
        let mut directories: Vec<PathBuf> = Vec::new();
        for path in self.python_path.iter().chain(before).chain(user).chain(after).chain(added) {
            // What cannot be looked at is told of by whoever reads it.
            let is_missing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
            let is_there =
                std::fs::metadata(path).map_or_else(|error| !is_missing(&error), |found| found.is_dir());
            if !directories.contains(path) && is_there {
                directories.push(path.clone());
            }
        }
        directories
    }

    /// The text of `EXTERNALLY-MANAGED` (PEP 668), where the environment is marked so: the
    /// `Error` value of its `[externally-managed]` section, empty where it gives none. A prefix, a target or a root
    /// is nobody's.
    pub fn externally_managed(&self) -> Option<String> {
        if self.is_virtual || self.is_elsewhere() {
            return None;
        }
        let file = File::open(self.interpreter.facts.stdlib.join("EXTERNALLY-MANAGED")).ok()?;
        let mut bytes = Vec::new();
        // What of it cannot be read does not unmark the environment.
        let _ = file.take(MESSAGE_LIMIT).read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        Some(externally_managed::error_text(&text).unwrap_or_default())
    }
}
