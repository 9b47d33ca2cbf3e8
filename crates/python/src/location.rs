//! Where to install: the environment that a command acts on.

use std::path::{Path, PathBuf};

use cache::Cache;

use crate::discovery::{find_interpreter, first_on_path};
use crate::virtual_interpreter::interpreter_in;
use crate::{Environment, PythonError, PythonRequest, SearchContext};

/// The environment to act on: what `--python` names; else the active virtual or conda environment; else
/// `.venv` in the directory or above; else that of the `python3` or `python` on PATH.
pub fn find_environment(
    request: Option<&PythonRequest>,
    context: &SearchContext,
    cache: &Cache,
) -> Result<Environment, PythonError> {
    let environment = match request {
        Some(request) => Environment::of_interpreter(find_interpreter(request, context, cache)?)?,
        None => implied(context, cache)?,
    };
    Ok(environment.with_variables(&context.variables))
}

fn implied(context: &SearchContext, cache: &Cache) -> Result<Environment, PythonError> {
    // An active environment that is broken is an error: installing elsewhere instead would be a surprise.
    if let Some(root) = active_root(context) {
        return Environment::of_interpreter(interpreter_in(root, cache)?);
    }
    if let Some(root) = environment_above(context) {
        return Environment::virtual_environment(&root, cache);
    }
    Environment::of_interpreter(first_on_path(context, cache)?)
}

/// The directory of the active environment.
pub(crate) fn active_root(context: &SearchContext) -> Option<&Path> {
    context.virtual_env.as_deref().or(context.conda_prefix.as_deref())
}

/// `.venv` in the directory or above.
pub(crate) fn environment_above(context: &SearchContext) -> Option<PathBuf> {
    let above = context.directory.iter().flat_map(|directory| directory.ancestors());
    above.map(|directory| directory.join(".venv")).find(|root| is_environment(root))
}

fn is_environment(root: &Path) -> bool {
    root.join("pyvenv.cfg").is_file()
}
