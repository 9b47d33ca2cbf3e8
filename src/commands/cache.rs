//! `rpip cache`.

use std::path::{Component, Path, PathBuf};

use clap::{Args, ValueEnum};
use operations::{Cache, StoredWheel, cache_contents, purge_cache, remove_stored_wheels, stored_wheels};

use crate::args::General;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, size};

/// How `cache list` shows wheels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// File names and sizes.
    Human,
    /// The directories in the cache.
    Abspath,
}

/// Inspect and manage rpip's cache of wheels, downloaded and built.
///
/// Subcommands:
///
/// - dir: Show the cache directory.
/// - info: Show information about the cache.
/// - list: List filenames of packages stored in the cache.
/// - remove: Remove one or more package from the cache.
/// - purge: Remove all items from the cache.
///
/// <pattern> can be a glob expression or a package name.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    override_usage = "rpip cache dir\n  rpip cache info\n  rpip cache list [<pattern>] [--format=[human, abspath]]\n  \
                      rpip cache remove <pattern>\n  rpip cache purge",
    after_help = "Examples:\n  rpip cache list 'flask*'\n  rpip cache remove flask-3.0.0\n  rpip cache purge"
)]
pub(crate) struct CacheArgs {
    /// dir, info, list, remove or purge, and what it takes
    #[arg(value_name = "action")]
    arguments: Vec<String>,
    /// Select the output format among: human (default) or abspath
    #[arg(long, value_enum, default_value = "human", value_name = "list_format")]
    format: Format,
    #[command(flatten)]
    general: General,
}

impl Run for CacheArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.cache(terminal)?;
        let mut arguments = self.arguments.iter().map(String::as_str);
        let action = arguments.next().unwrap_or_default();
        let arguments: Vec<&str> = arguments.collect();
        if !matches!(action, "dir" | "info" | "list" | "remove" | "purge") {
            let actions = "dir, info, list, purge, remove";
            return Err(Failure::plain(format!("Need an action ({actions}) to perform.")));
        }
        if arguments.len() > usize::from(matches!(action, "list" | "remove")) {
            return Err(Failure::plain("Too many arguments".to_owned()));
        }
        match (action, arguments.first()) {
            ("dir", _) => terminal.line(&cache.root().display().to_string()),
            ("info", _) => info(&cache, terminal),
            ("list", pattern) => self.list(&stored_wheels(&cache, pattern.unwrap_or(&"*")), terminal),
            ("remove", None) => return Err(Failure::plain("Please provide a pattern".to_owned())),
            ("remove", Some(pattern)) if *pattern != "*" => remove(&cache, pattern, terminal)?,
            _ => purge(&cache, terminal)?,
        }
        Ok(SUCCESS)
    }
}

impl CacheArgs {
    /// The cache, if there is one; its directory as it really is.
    fn cache(&self, terminal: &Terminal) -> Result<Cache, Failure> {
        let off =
            || Failure::plain("rpip cache commands can not function since cache is disabled.".to_owned());
        let is_named = self.general.cache_dir.as_deref().is_none_or(|path| !path.as_os_str().is_empty());
        if self.general.no_cache_dir || !is_named {
            return Err(off());
        }
        let cache = self.general.lasting_cache(terminal).ok_or_else(off)?;
        Ok(Cache::at(real_path(cache.root())))
    }

    fn list(&self, wheels: &[StoredWheel], terminal: &Terminal) {
        match self.format {
            Format::Human if wheels.is_empty() => terminal.line("No locally built wheels cached."),
            Format::Human => {
                terminal.line("Cache contents:\n");
                for wheel in wheels {
                    terminal.line(&format!(" - {} ({})", wheel.filename, size(wheel.bytes)));
                }
            }
            Format::Abspath => {
                let mut paths: Vec<String> =
                    wheels.iter().map(|wheel| wheel.path.display().to_string()).collect();
                paths.sort();
                paths.iter().for_each(|path| terminal.line(path));
            }
        }
    }
}

/// The path with all links followed, as far as it exists.
fn real_path(path: &Path) -> PathBuf {
    let mut real = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => _ = real.pop(),
            other => {
                real.push(other);
                real = std::fs::canonicalize(&real).unwrap_or(real);
            }
        }
    }
    real
}

fn info(cache: &Cache, terminal: &Terminal) {
    let contents = cache_contents(cache);
    let rest = contents.all.bytes - contents.pages.bytes.min(contents.all.bytes);
    for (title, value) in [
        ("Package index page cache location", contents.pages_directory.display().to_string()),
        ("Package index page cache size", size(contents.pages.bytes)),
        ("Number of HTTP files", contents.pages.files.to_string()),
        ("Wheels location", contents.wheels_directory.display().to_string()),
        ("Wheels size", size(contents.wheels.bytes)),
        ("Number of wheels", contents.wheel_count.to_string()),
        ("Number of locally built wheels", contents.built_count.to_string()),
        ("Metadata, sources and build environments size", size(rest.saturating_sub(contents.wheels.bytes))),
    ] {
        terminal.line(&format!("{title}: {value}"));
    }
}

fn remove(cache: &Cache, pattern: &str, terminal: &Terminal) -> Result<(), Failure> {
    let wheels = stored_wheels(cache, pattern);
    if wheels.is_empty() {
        terminal.warning(&format!("No matching packages for pattern \"{pattern}\""));
    }
    let removed = remove_stored_wheels(cache, &wheels, &*terminal.reporter())?;
    tell(removed.files, removed.bytes, removed.directories, terminal);
    Ok(())
}

fn purge(cache: &Cache, terminal: &Terminal) -> Result<(), Failure> {
    let removed = purge_cache(cache, &*terminal.reporter())?;
    if removed.files == 0 {
        terminal.warning("No matching packages");
    }
    tell(removed.files, removed.bytes, removed.directories, terminal);
    Ok(())
}

fn tell(files: u64, bytes: u64, directories: u64, terminal: &Terminal) {
    terminal.line(&format!("Files removed: {files} ({})", size(bytes)));
    terminal.line(&format!("Directories removed: {directories}"));
}
