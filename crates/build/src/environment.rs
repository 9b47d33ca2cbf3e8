//! The environment that a build runs in, who makes it, and the variables that its processes see.

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use distribution::BackendName;
use requirement::{MarkerEnvironment, Requirement};

use crate::{BuildStack, DependencyCheck};

/// Where the hooks of a build run. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildEnvironment {
    /// The interpreter that runs the backend.
    pub python: PathBuf,
    /// The directory of scripts, put before `PATH`.
    pub scripts: Option<PathBuf>,
    /// Directories for `PYTHONPATH`, where the interpreter does not find what is installed by itself.
    pub python_path: Vec<PathBuf>,
    /// The root of the virtual environment, if it is one: `VIRTUAL_ENV`, which CMake and maturin look at.
    pub root: Option<PathBuf>,
    /// Says what is installed: the same for the same set of distributions, part of the key of a built wheel.
    pub key: String,
}

/// Puts build requirements into an environment: what the crate that resolves and installs does for this one.
pub trait RequirementInstaller: Sync {
    /// An environment that holds `requirements` and what they depend on. Requirements whose markers do not apply
    /// are left out. `stack` is for builds that this takes.
    fn environment(
        &self,
        requirements: &[Requirement],
        stack: &BuildStack,
    ) -> Result<BuildEnvironment, Box<dyn Error + Send + Sync>>;
}

/// Where a build finds what it needs.
#[derive(Clone, Copy)]
pub enum Isolation<'a> {
    /// In an environment of its own.
    Isolated(&'a dyn RequirementInstaller),
    /// In an environment that is there (`--no-build-isolation`).
    Existing {
        /// The environment.
        environment: &'a BuildEnvironment,
        /// Whether to look first if what the build needs is there.
        check: DependencyCheck,
        /// The values of its markers.
        markers: &'a MarkerEnvironment,
    },
}

/// The variables of the build's processes: those given, changed as pip and `pyproject_hooks` change them.
pub(crate) fn variables(
    given: &[(OsString, OsString)],
    environment: &BuildEnvironment,
    is_isolated: bool,
    backend: &BackendName,
    temporary: &Path,
) -> BTreeMap<OsString, OsString> {
    let mut variables: BTreeMap<OsString, OsString> = given.iter().cloned().collect();
    if is_isolated {
        for name in ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"] {
            variables.remove(OsStr::new(name));
        }
        variables.insert("PYTHONNOUSERSITE".into(), "1".into());
        if let Some(root) = &environment.root {
            variables.insert("VIRTUAL_ENV".into(), root.into());
        }
    }
    prepend(&mut variables, "PATH", environment.scripts.as_slice());
    prepend(&mut variables, "PYTHONPATH", &environment.python_path);
    let backend = backend.to_string();
    for name in ["PEP517_BUILD_BACKEND", "_PYPROJECT_HOOKS_BUILD_BACKEND"] {
        variables.insert(name.into(), backend.clone().into());
    }
    // What a build leaves behind, killed or not, goes with the directory.
    for name in ["TMPDIR", "TEMP", "TMP"] {
        variables.insert(name.into(), temporary.into());
    }
    variables
}

fn prepend(variables: &mut BTreeMap<OsString, OsString>, name: &str, directories: &[PathBuf]) {
    if directories.is_empty() {
        return;
    }
    let old = variables.get(OsStr::new(name)).filter(|old| !old.is_empty());
    let old: Vec<PathBuf> = old.map(|old| std::env::split_paths(old).collect()).unwrap_or_default();
    // A directory whose name holds the separator cannot be listed; the rest is better than nothing.
    let listed = directories.iter().chain(&old).filter(|path| std::env::join_paths([path]).is_ok());
    if let Ok(joined) = std::env::join_paths(listed) {
        variables.insert(name.into(), joined);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn environment() -> BuildEnvironment {
        BuildEnvironment {
            python: "/env/bin/python".into(),
            scripts: Some("/env/bin".into()),
            python_path: Vec::new(),
            root: Some("/env".into()),
            key: String::new(),
        }
    }

    fn seen(is_isolated: bool, environment: &BuildEnvironment) -> BTreeMap<OsString, OsString> {
        let given =
            [("PATH", "/usr/bin:/bin"), ("PYTHONPATH", "/mine"), ("VIRTUAL_ENV", "/other"), ("CC", "clang")];
        let given = given.map(|(name, value)| (name.into(), value.into()));
        variables(&given, environment, is_isolated, &"a.b:c".parse().unwrap(), Path::new("/scratch"))
    }

    #[test]
    fn an_isolated_build_sees_its_own_environment_only() {
        let variables = seen(true, &environment());
        let value = |name: &str| variables.get(OsStr::new(name)).and_then(|value| value.to_str());
        assert_eq!(value("PATH"), Some("/env/bin:/usr/bin:/bin"));
        assert_eq!(value("PYTHONPATH"), None);
        assert_eq!(value("VIRTUAL_ENV"), Some("/env"));
        assert_eq!(value("PYTHONNOUSERSITE"), Some("1"));
        assert_eq!(value("CC"), Some("clang"));
        assert_eq!(value("PEP517_BUILD_BACKEND"), Some("a.b:c"));
        assert_eq!(value("TMPDIR"), Some("/scratch"));
    }

    #[test]
    fn without_isolation_the_users_variables_stay() {
        let mut environment = environment();
        environment.scripts = None;
        environment.python_path = vec!["/extra".into()];
        let variables = seen(false, &environment);
        let value = |name: &str| variables.get(OsStr::new(name)).and_then(|value| value.to_str());
        assert_eq!(value("PATH"), Some("/usr/bin:/bin"));
        assert_eq!(value("PYTHONPATH"), Some("/extra:/mine"));
        assert_eq!(value("VIRTUAL_ENV"), Some("/other"));
        assert_eq!(value("PYTHONNOUSERSITE"), None);
    }
}
