//! The environment whose configuration counts: the one that the command acts on.

use std::ffi::OsString;
use std::path::PathBuf;

use operations::{Cache, PythonRequest, find_environment, find_prefix};

use crate::args::search_context;

/// The prefix of the environment that `--python` among the options or `PIP_PYTHON` asks for, or of the one at hand.
pub(super) fn typed_prefix(typed: &[OsString], is_isolated: bool) -> Option<PathBuf> {
    let option = |name: &str| {
        let values =
            typed.iter().rev().filter_map(|option| option.to_str()?.strip_prefix(name)?.strip_prefix('='));
        values.map(str::to_owned).next()
    };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !is_isolated && !value.is_empty());
    let python = option("--python").or_else(|| variable("PIP_PYTHON"));
    let cache = || {
        let directory = option("--cache-dir").or_else(|| variable("PIP_CACHE_DIR")).map(PathBuf::from);
        directory.or_else(|| Some(dirs::cache_dir()?.join("rpip"))).map(Cache::at)
    };
    site_prefix(python.as_deref(), cache)
}

/// The prefix of the environment that `python` asks for, or of the one at hand. Where a version is asked for, the cache
/// knows which interpreters there are.
pub(crate) fn site_prefix(python: Option<&str>, cache: impl FnOnce() -> Option<Cache>) -> Option<PathBuf> {
    let context = search_context().ok()?;
    let request = python.map(PythonRequest::parse);
    match &request {
        Some(PythonRequest::Version(..)) => {
            let found = find_environment(request.as_ref(), &context, &cache()?).ok()?;
            Some(found.interpreter.facts.prefix.clone())
        }
        request => find_prefix(request.as_ref(), &context),
    }
}
