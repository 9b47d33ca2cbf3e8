//! The prefix (`sys.prefix`) of the environment that a command acts on, told by paths alone: pip's site configuration
//! lies there, and must be read before anything else is known.

use std::fs;
use std::path::{Path, PathBuf};

use crate::location::{active_root, environment_above};
use crate::virtual_interpreter::executable_in;
use crate::{PythonRequest, SearchContext, pyenv};

/// The prefix of what [`crate::find_environment`] would find. Nothing is started or remembered; none where paths do not
/// tell it (a request for a version).
pub fn find_prefix(request: Option<&PythonRequest>, context: &SearchContext) -> Option<PathBuf> {
    let in_directory = |path: &Path| match &context.directory {
        Some(directory) => directory.join(path),
        None => path.to_path_buf(),
    };
    match request {
        None | Some(PythonRequest::Any) => {
            let root = active_root(context).map(Path::to_path_buf).or_else(|| environment_above(context));
            root.or_else(|| on_path(&["python3", "python"], context))
        }
        Some(PythonRequest::Path(path)) => at_path(&in_directory(path), context),
        Some(PythonRequest::Name(name)) => {
            let directory = in_directory(Path::new(name));
            if executable_in(&directory).is_ok() {
                return Some(directory);
            }
            on_path(&[name], context)
                .or_else(|| pyenv::version_directory(context.pyenv_versions.as_deref()?, name))
        }
        Some(PythonRequest::Version(..)) => None,
    }
}

/// The prefix of the first of these programs on PATH.
fn on_path(names: &[&str], context: &SearchContext) -> Option<PathBuf> {
    let directories = context.path.iter().filter(|directory| directory.is_absolute());
    let programs = directories.flat_map(|directory| names.iter().map(|name| directory.join(name)));
    programs.filter(|program| program.is_file()).find_map(|program| match pyenv::root_of_shim(&program) {
        Some(_) => of_executable(&pyenv::resolve_shim(&program, context)?),
        None => of_executable(&program),
    })
}

fn at_path(path: &Path, context: &SearchContext) -> Option<PathBuf> {
    if path.is_dir() {
        return Some(path.to_path_buf());
    }
    let resolved = pyenv::resolve_shim(path, context);
    of_executable(resolved.as_deref().unwrap_or(path))
}

/// `bin/..` of an interpreter: of the link itself in a virtual environment, else of what it leads to.
fn of_executable(executable: &Path) -> Option<PathBuf> {
    let root = |executable: &Path| executable.parent().and_then(Path::parent).map(Path::to_path_buf);
    let own = root(executable)?;
    if own.join("pyvenv.cfg").is_file() {
        return Some(own);
    }
    root(&fs::canonicalize(executable).ok()?)
}
