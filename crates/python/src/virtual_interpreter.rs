//! The interpreter of a virtual environment (PEP 405): its facts follow from those of its base and
//! from `pyvenv.cfg`, so that Python is not started for it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cache::Cache;

use crate::{EnvironmentConfiguration, Interpreter, InterpreterFacts, PythonError, Scheme};

/// The interpreter `executable` of the environment at `root`.
pub(crate) fn derive(
    root: &Path,
    executable: PathBuf,
    configuration: &EnvironmentConfiguration,
    cache: &Cache,
) -> Result<Interpreter, PythonError> {
    let broken = |reason| PythonError::BrokenEnvironment { root: root.to_path_buf(), reason };
    let base = base_executable(&executable, configuration).map_err(broken)?;
    // An environment made from inside another one: its home lies in that one.
    let base = match EnvironmentConfiguration::of_executable(&base)? {
        None => base,
        Some((_, outer)) => {
            let outer = base_executable(&base, &outer).map_err(broken)?;
            if EnvironmentConfiguration::of_executable(&outer)?.is_some() {
                fs::canonicalize(&outer).map_err(PythonError::io("cannot follow", &outer))?
            } else {
                outer
            }
        }
    };
    let base = Interpreter::query_base(&base, cache)?;
    if let Some(version) = configuration.version.filter(|version| *version != base.python_version()) {
        let ((major, minor), (new_major, new_minor)) = (version, base.python_version());
        return Err(broken(format!(
            "it was made for Python {major}.{minor}, but its interpreter {} is Python {new_major}.{new_minor} by now",
            base.facts.executable.display()
        )));
    }
    let facts = facts(&base.facts, root, executable, configuration.system_site_packages);
    Ok(Interpreter { facts: Arc::new(facts) })
}

/// The interpreter of the environment at `root`. One that lies there and belongs to another place (what a virtual
/// environment that lost its `pyvenv.cfg` comes to) is an error: that place is not what was meant to be changed.
pub(crate) fn interpreter_in(root: &Path, cache: &Cache) -> Result<Interpreter, PythonError> {
    let interpreter = Interpreter::query(&executable_in(root)?, cache)?;
    let prefix = &interpreter.facts.prefix;
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    if !interpreter.is_virtual() && !real(prefix).starts_with(real(root)) {
        let reason = format!("it has no pyvenv.cfg, and its interpreter is that of {}", prefix.display());
        return Err(PythonError::NotAnEnvironment { root: root.to_path_buf(), reason });
    }
    Ok(interpreter)
}

/// The interpreter in the environment's directory, or why there is none.
pub(crate) fn executable_in(root: &Path) -> Result<PathBuf, PythonError> {
    let names: &[&str] = if cfg!(windows) {
        &["Scripts/python.exe", "bin/python.exe", "python.exe"]
    } else {
        &["bin/python", "bin/python3"]
    };
    let mut dangling = None;
    for path in names.iter().map(|name| root.join(name)) {
        let Err(error) = fs::metadata(&path) else { return Ok(path) };
        let target = fs::read_link(&path).ok();
        if error.kind() == ErrorKind::PermissionDenied {
            let error = match target {
                Some(target) => std::io::Error::new(
                    error.kind(),
                    format!("it leads to {}, and reading there is not permitted", target.display()),
                ),
                None => error,
            };
            return Err(PythonError::io("cannot look at", path)(error));
        }
        dangling = dangling.or_else(|| Some((path, target?)));
    }
    let reason = match dangling {
        Some((path, target)) => {
            format!("{} leads to {}, which does not exist any more", path.display(), target.display())
        }
        None => "it has no interpreter".to_owned(),
    };
    let root = root.to_path_buf();
    if root.join("pyvenv.cfg").symlink_metadata().is_ok() {
        return Err(PythonError::BrokenEnvironment { root, reason });
    }
    let reason = match fs::metadata(&root) {
        Err(error) if error.kind() == ErrorKind::NotFound => "it does not exist".to_owned(),
        Err(error) => error.to_string(),
        Ok(metadata) if metadata.is_dir() => reason,
        Ok(_) => "it is a file".to_owned(),
    };
    Err(PythonError::NotAnEnvironment { root, reason })
}

/// The interpreter that the environment was made from: the one in `home` that is the same file, else
/// what the environment's links lead to, else (for copies) the one in `home` with a likely name.
fn base_executable(executable: &Path, configuration: &EnvironmentConfiguration) -> Result<PathBuf, String> {
    let real = fs::canonicalize(executable)
        .map_err(|error| format!("its interpreter {} leads nowhere ({error})", executable.display()))?;
    let versioned = configuration.version.map(|(major, minor)| format!("python{major}.{minor}"));
    let suffix = std::env::consts::EXE_SUFFIX;
    let names = [
        executable.file_name().map(|name| name.to_os_string()),
        real.file_name().map(|name| name.to_os_string()),
        versioned.map(|name| (name + suffix).into()),
        Some(format!("python3{suffix}").into()),
        Some(format!("python{suffix}").into()),
    ];
    let candidates = names.into_iter().flatten().map(|name| configuration.home.join(name));
    let mut first = None;
    for candidate in candidates {
        match fs::canonicalize(&candidate) {
            Ok(target) if target == real => return Ok(candidate),
            Ok(target) if target.is_file() => {
                first.get_or_insert(candidate);
            }
            _ => {}
        }
    }
    let own_directory = executable.parent().and_then(|directory| fs::canonicalize(directory).ok());
    if real.parent() != own_directory.as_deref() {
        return Ok(real);
    }
    first.ok_or_else(|| format!("there is no interpreter in {} any more", configuration.home.display()))
}

/// The facts of an interpreter in the environment at `root`, from those of its base.
pub(crate) fn facts(
    base: &InterpreterFacts,
    root: &Path,
    executable: PathBuf,
    system_site_packages: bool,
) -> InterpreterFacts {
    let layout = &base.virtual_layout;
    let site_packages: Vec<PathBuf> = layout.site_packages.iter().map(|path| root.join(path)).collect();
    let mut sys_path = base.standard_path.clone();
    sys_path.extend(site_packages.iter().filter(|path| path.is_dir()).cloned());
    if system_site_packages {
        let base_paths = base.base_site_packages.iter().filter(|path| path.is_dir());
        sys_path.extend(base_paths.chain(&base.added_path).cloned());
    }
    let scheme = layout.scheme.under(root);
    // pip's headers are in `include/site/pythonX.Y`: of the environment, the user's base, the prefix, the target.
    let user_headers = base.user_base.as_ref().map(|user_base| user_base.join(&layout.scheme.headers));
    let user_scheme = base.user_scheme.clone().zip(user_headers);
    let user_scheme = user_scheme.map(|(user, headers)| Scheme { headers, ..user });
    let with_headers = |scheme: &Scheme| Scheme { headers: layout.scheme.headers.clone(), ..scheme.clone() };
    InterpreterFacts {
        executable,
        base_executable: base.base_executable.clone(),
        prefix: root.to_path_buf(),
        base_prefix: base.base_prefix.clone(),
        version: base.version.clone(),
        implementation: base.implementation.clone(),
        cache_tag: base.cache_tag.clone(),
        magic: base.magic.clone(),
        markers: base.markers.clone(),
        tags: base.tags.clone(),
        scheme,
        user_scheme,
        stdlib: base.stdlib.clone(),
        user_site_enabled: system_site_packages && base.user_site_permitted,
        user_site_permitted: base.user_site_permitted,
        sys_path,
        platlibdir: base.platlibdir.clone(),
        is_64bit: base.is_64bit,
        system_site_packages,
        site_packages,
        base_site_packages: base.base_site_packages.clone(),
        standard_path: base.standard_path.clone(),
        added_path: base.added_path.clone(),
        user_home: base.user_home.clone(),
        user_base: base.user_base.clone(),
        user_site: base.user_site.clone(),
        virtual_layout: layout.clone(),
        prefix_layout: with_headers(&base.prefix_layout),
        home_layout: with_headers(&base.home_layout),
    }
}
