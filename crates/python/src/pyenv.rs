//! pyenv: its versions, and its shims resolved without running them (they start two shells each).

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::SearchContext;

/// What pyenv reads of a version file.
const SIZE_LIMIT: u64 = 64 * 1024;

/// The root of the pyenv whose shim `path` is: it lies in `shims`, beside `versions`.
pub(crate) fn root_of_shim(path: &Path) -> Option<&Path> {
    let directory = path.parent()?;
    if directory.file_name()? != "shims" {
        return None;
    }
    directory.parent().filter(|root| root.join("versions").is_dir())
}

/// The program that the shim at `path` would start. None where pyenv would look for it on the rest
/// of PATH (`system`), or where no chosen version has it.
pub(crate) fn resolve_shim(path: &Path, context: &SearchContext) -> Option<PathBuf> {
    let root = root_of_shim(path)?;
    let name = path.file_name()?;
    let versions = root.join("versions");
    for chosen in chosen_versions(root, context) {
        if chosen == "system" {
            return None;
        }
        let program = version_directory(&versions, &chosen).map(|directory| directory.join("bin").join(name));
        if let Some(program) = program.filter(|program| program.is_file()) {
            return Some(program);
        }
    }
    None
}

/// `PYENV_VERSION`, else the nearest `.python-version`, else the `version` file of pyenv.
fn chosen_versions(root: &Path, context: &SearchContext) -> Vec<String> {
    if let Some(text) = context.pyenv_version.as_deref().filter(|text| !text.is_empty()) {
        return text.split(':').map(str::to_owned).collect();
    }
    let local = context.directory.as_deref().and_then(local_versions).map(|(_, versions)| versions);
    local.or_else(|| read_versions(&root.join("version"))).unwrap_or_default()
}

/// The nearest `.python-version` in `directory` or above, and the versions that it names.
pub(crate) fn local_versions(directory: &Path) -> Option<(PathBuf, Vec<String>)> {
    directory.ancestors().find_map(|directory| {
        let path = directory.join(".python-version");
        read_versions(&path).map(|versions| (path, versions))
    })
}

/// The first word of each line. Names that would leave the directory of versions are passed over.
fn read_versions(path: &Path) -> Option<Vec<String>> {
    let mut text = Vec::new();
    fs::File::open(path).ok()?.take(SIZE_LIMIT).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    let words = text.lines().filter_map(|line| line.split_whitespace().next());
    let versions: Vec<String> =
        words.filter(|word| !word.starts_with('#') && is_below(word)).map(str::to_owned).collect();
    (!versions.is_empty()).then_some(versions)
}

fn is_below(name: &str) -> bool {
    !name.starts_with('/') && name.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

/// The directory of a version: by its name, without `python-`, or the latest that it is a prefix of.
pub(crate) fn version_directory(versions: &Path, name: &str) -> Option<PathBuf> {
    if !is_below(name) {
        return None;
    }
    let short = name.strip_prefix("python-").unwrap_or(name);
    let exact = [name, short].into_iter().map(|name| versions.join(name));
    if let Some(directory) = exact.into_iter().find(|directory| directory.is_dir()) {
        return Some(directory);
    }
    let prefix = format!("{short}.");
    let latest = installed(versions).into_iter().find(|installed| installed.starts_with(&prefix))?;
    Some(versions.join(latest))
}

/// The names of the installed versions: plain ones first, newest first.
pub(crate) fn installed(versions: &Path) -> Vec<String> {
    let entries = fs::read_dir(versions).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_by_cached_key(|name| {
        let is_plain = name.starts_with(|first: char| first.is_ascii_digit());
        let numbers: Vec<u32> = name
            .split(|char: char| !char.is_ascii_digit())
            .filter(|part| !part.is_empty())
            .map(|part| part.parse().unwrap_or(u32::MAX))
            .collect();
        // A final release before its own pre-releases, a build with the lock before one without.
        let has_suffix = name.bytes().any(|byte| byte.is_ascii_alphabetic());
        std::cmp::Reverse((is_plain, numbers, !has_suffix))
    });
    names
}
