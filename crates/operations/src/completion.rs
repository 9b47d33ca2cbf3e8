//! `completion`: what the words of a command line may go on with.

use std::fs;
use std::path::Path;

use cache::Cache;
use python::Environment;

use crate::{OperationError, list};

/// The installed projects that `beginning` may become, by name; those of the environment itself, none of `excluded`.
pub fn complete_installed(
    environment: &Environment,
    cache: &Cache,
    beginning: &str,
    excluded: &[&str],
) -> Result<Vec<String>, OperationError> {
    let beginning = beginning.to_lowercase();
    let installed = list(environment, cache)?;
    let names = installed.distributions.iter().filter(|found| environment.is_local(&found.location));
    let names = names.map(|found| found.name.to_string());
    Ok(names.filter(|name| name.starts_with(&beginning) && !excluded.contains(&name.as_str())).collect())
}

/// The paths that `beginning` may become, seen from `directory`; a directory ends in a slash.
pub fn complete_paths(directory: &Path, beginning: &str, only_directories: bool) -> Vec<String> {
    let (parent, name) = beginning
        .rsplit_once('/')
        .map_or(("", beginning), |(parent, name)| (&beginning[..parent.len() + 1], name));
    let entries = fs::read_dir(directory.join(parent)).into_iter().flatten().flatten();
    let mut paths: Vec<String> = entries
        .filter_map(|entry| {
            let own = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            let end = if path.is_dir() {
                "/"
            } else if path.is_file() && !only_directories {
                ""
            } else {
                return None;
            };
            own.starts_with(name).then(|| format!("{parent}{own}{end}"))
        })
        .collect();
    paths.sort();
    paths
}
