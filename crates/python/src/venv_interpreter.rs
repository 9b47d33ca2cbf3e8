//! The interpreter within a virtual environment: links to the base interpreter or copies of it (PEP 405).

use std::path::Path;

use crate::{InterpreterFacts, PythonError};

/// Puts the interpreter and its other names into the scripts directory, as `setup_python` of venv does.
/// What stands there already and is different is replaced.
#[cfg(unix)]
pub(crate) fn place(scripts: &Path, facts: &InterpreterFacts, copies: bool) -> Result<(), PythonError> {
    let source = &facts.base_executable;
    let own_name = source.file_name().unwrap_or_default();
    let (major, minor) = facts.tags.python;
    let mut names = vec!["python".to_owned(), "python3".to_owned()];
    // Python 3.8's venv makes no `python3.8`.
    if minor >= 9 {
        names.push(format!("python{major}.{minor}"));
    }
    if facts.implementation != "cpython" {
        names.extend([facts.implementation.clone(), format!("{}{major}", facts.implementation)]);
    }
    let own = scripts.join(own_name);
    if copies {
        unix::copy(source, &own)?;
    } else {
        unix::link(source, &own, source)?;
    }
    for name in names.iter().filter(|name| own_name != name.as_str()) {
        let path = scripts.join(name);
        if copies {
            unix::copy(source, &path)?;
        } else {
            unix::link(Path::new(own_name), &path, source)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, Permissions};
    use std::io::ErrorKind;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use crate::PythonError;
    use crate::venv::beside;

    /// A symbolic link; on a file system that has none, a copy of `source`.
    pub(super) fn link(target: &Path, path: &Path, source: &Path) -> Result<(), PythonError> {
        match symlink(target, path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if fs::read_link(path).is_ok_and(|current| current == target) {
                    return Ok(());
                }
                let temporary = beside(path);
                symlink(target, &temporary).map_err(PythonError::io("cannot link", &temporary))?;
                fs::rename(&temporary, path).map_err(PythonError::io("cannot replace", path))
            }
            Err(_) => copy(source, path),
        }
    }

    pub(super) fn copy(source: &Path, path: &Path) -> Result<(), PythonError> {
        let temporary = beside(path);
        fs::copy(source, &temporary)
            .map_err(PythonError::io("cannot copy the interpreter to", &temporary))?;
        fs::set_permissions(&temporary, Permissions::from_mode(0o755))
            .map_err(PythonError::io("cannot make executable", &temporary))?;
        fs::rename(&temporary, path).map_err(PythonError::io("cannot replace", path))
    }
}

/// Puts the launchers of venv into the scripts directory; Windows has no use for plain copies.
#[cfg(windows)]
pub(crate) fn place(scripts: &Path, facts: &InterpreterFacts, _copies: bool) -> Result<(), PythonError> {
    let launchers = facts.stdlib.join("venv").join("scripts").join("nt");
    let thread = if facts.tags.free_threaded { "t" } else { "" };
    for (old, new, name) in [
        ("python.exe", format!("venvlauncher{thread}.exe"), "python.exe"),
        ("pythonw.exe", format!("venvwlauncher{thread}.exe"), "pythonw.exe"),
    ] {
        // Python 3.13 renamed them.
        let renamed = launchers.join(new);
        let source = if renamed.is_file() { renamed } else { launchers.join(old) };
        let path = scripts.join(name);
        std::fs::copy(&source, &path).map_err(PythonError::io("cannot copy the launcher to", &path))?;
    }
    Ok(())
}
