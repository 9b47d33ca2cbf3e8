//! `rpip config`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use operations::{Cache, ConfigurationFile, normalized_option};
use requirement::python_repr;

use crate::args::General;
use crate::commands::{Run, SUCCESS};
use crate::config::{self, Kind};
use crate::failure::Failure;
use crate::output::Terminal;

/// The file that variables are shown under.
const VARIABLES: &str = ":env:";

/// Manage local and global configuration.
///
/// Subcommands:
///
/// - list: List the active configuration (or from the file specified)
/// - edit: Edit the configuration file in an editor
/// - get: Get the value associated with command.option
/// - set: Set the command.option=value
/// - unset: Unset the value associated with command.option
/// - debug: List the configuration files and values defined under them
///
/// Configuration keys should be dot separated command and option name,
/// with the special prefix "global" affecting any command. For example,
/// "rpip config set global.index-url https://example.org/" would configure
/// the index url for all commands, but "rpip config set download.timeout 10"
/// would configure a 10 second timeout only for "rpip download" commands.
///
/// If none of --user, --global and --site are passed, a virtual
/// environment configuration file is used if one is active and the file
/// exists. Otherwise, all modifications happen to the user file by
/// default.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    override_usage = "rpip config [<file-option>] list\n  rpip config [<file-option>] [--editor <editor-path>] edit\n  \n  \
                      rpip config [<file-option>] get command.option\n  rpip config [<file-option>] set command.option value\n  \
                      rpip config [<file-option>] unset command.option\n  rpip config [<file-option>] debug",
    after_help = "Examples:\n  rpip config set global.timeout 60\n  rpip config list\n  rpip config --site unset install.no-binary"
)]
pub(crate) struct ConfigArgs {
    /// list, edit, get, set, unset or debug, and what it takes
    #[arg(value_name = "action")]
    arguments: Vec<String>,
    /// Editor to use to edit the file. Uses VISUAL or EDITOR environment variables if not provided
    #[arg(long, value_name = "editor")]
    editor: Option<String>,
    /// Use the system-wide configuration file only
    #[arg(long = "global")]
    global_file: bool,
    /// Use the user configuration file only
    #[arg(long = "user")]
    user_file: bool,
    /// Use the current environment configuration file only
    #[arg(long = "site")]
    site_file: bool,
    #[command(flatten)]
    general: General,
}

impl Run for ConfigArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let (action, parameters): (_, &[&str]) = match arguments.first().copied() {
            Some(action @ ("list" | "edit" | "debug")) => (action, &[]),
            Some(action @ ("get" | "unset")) => (action, &["name"]),
            Some(action @ "set") => (action, &["name", "value"]),
            _ => {
                let actions = "debug, edit, get, list, set, unset";
                return Err(Failure::plain(format!("Need an action ({actions}) to perform.")));
            }
        };
        let places = self.places();
        let only = self.kind(!matches!(action, "list" | "debug"), &places)?;
        let loaded = Loaded::new(places, only)?;
        let arguments = &arguments[1..];
        if arguments.len() != parameters.len() {
            let names: String = parameters.iter().map(|name| format!(" [{name}]")).collect();
            return Err(Failure::plain(format!(
                "Got unexpected number of arguments, expected {}. (example: \"rpip config {action}{names}\")",
                parameters.len()
            )));
        }
        match (action, arguments) {
            ("get", [name]) => terminal.line(&loaded.get(name, &self.variables())?),
            ("set", [name, value]) => loaded.set(name, value, terminal)?,
            ("unset", [name]) => loaded.unset(name, terminal)?,
            ("edit", _) => self.edit(&loaded, terminal)?,
            ("debug", _) => loaded.debug(terminal),
            _ => loaded.list(&self.variables(), terminal),
        }
        Ok(SUCCESS)
    }
}

impl ConfigArgs {
    fn places(&self) -> Places {
        let cache = || {
            let directory = self.general.cache_dir.clone().or_else(|| Some(dirs::cache_dir()?.join("rpip")));
            directory.map(Cache::at)
        };
        let prefix = config::site_prefix(self.general.python.as_deref(), cache);
        config::places(self.general.isolated, prefix.as_deref())
    }

    /// The one kind of file that is asked for, or that a change is meant for.
    fn kind(&self, is_needed: bool, places: &Places) -> Result<Option<Kind>, Failure> {
        let asked =
            [(Kind::User, self.user_file), (Kind::Global, self.global_file), (Kind::Site, self.site_file)];
        let asked: Vec<Kind> =
            asked.into_iter().filter(|(_, is_asked)| *is_asked).map(|(kind, _)| kind).collect();
        match asked.as_slice() {
            [] if !is_needed => Ok(None),
            [] => {
                let site = places.iter().filter(|(kind, _)| *kind == Kind::Site).flat_map(|(_, paths)| paths);
                Ok(Some(if site.into_iter().any(|path| path.exists()) { Kind::Site } else { Kind::User }))
            }
            [kind] => Ok(Some(*kind)),
            _ => Err(Failure::plain(
                "Need exactly one file to operate upon (--user, --site, --global) to perform.".to_owned(),
            )),
        }
    }

    /// What variables set, as settings of the section `:env:`.
    fn variables(&self) -> BTreeMap<String, String> {
        if self.general.isolated {
            return BTreeMap::new();
        }
        let key = |name: String| format!("{VARIABLES}.{}", normalized_option(&name));
        config::environment_variables().map(|(name, value)| (key(name), value)).collect()
    }

    fn edit(&self, loaded: &Loaded, terminal: &Terminal) -> Result<(), Failure> {
        let variable = |name| std::env::var(name).ok();
        let editor = self.editor.clone().or_else(|| variable("VISUAL")).or_else(|| variable("EDITOR"));
        let editor = editor.ok_or_else(|| Failure::plain("Could not determine editor to use.".to_owned()))?;
        let Ok((path, _)) = loaded.to_modify(None, terminal) else {
            return Err(Failure::plain("Could not determine appropriate file.".to_owned()));
        };
        let path = path.to_string_lossy().into_owned();
        if path.contains('"') {
            return Err(Failure::plain(format!(
                "Can not open an editor for a file name containing \"\n{path}"
            )));
        }
        let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
        let status =
            std::process::Command::new(shell).arg(option).arg(format!("{editor} \"{path}\"")).status();
        let code = match status {
            Ok(status) if status.success() => return Ok(()),
            Ok(status) => exit_code(status),
            Err(error) => return Err(Failure::plain(format!("The editor cannot be started: {error}"))),
        };
        Err(Failure::plain(format!("Editor Subprocess exited with exit code {code}")))
    }
}

/// As Python tells it: a signal is a negative number.
fn exit_code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return -signal;
    }
    status.code().unwrap_or(-1)
}

type Places = Vec<(Kind, Vec<PathBuf>)>;

/// The files, those that matter read.
struct Loaded {
    places: Places,
    only: Option<Kind>,
    files: Vec<(Kind, PathBuf, ConfigurationFile)>,
}

impl Loaded {
    /// Reads the files of one kind, or all. Where `PIP_CONFIG_FILE` names a file that exists, it counts as the user's.
    fn new(places: Places, only: Option<Kind>) -> Result<Self, Failure> {
        let mut files = Vec::new();
        for (kind, paths) in places.iter().filter(|_| !config::is_off()) {
            let is_wanted =
                only.is_none_or(|only| only == *kind || (*kind == Kind::Named && only == Kind::User));
            for path in paths.iter().filter(|_| is_wanted) {
                let file = ConfigurationFile::read(path).map_err(|error| config::unusable(&error))?;
                files.push((*kind, path.clone(), file));
            }
        }
        Ok(Self { places, only, files })
    }

    /// Key and value of everything, file by file, the least important first.
    fn settings(&self) -> impl Iterator<Item = (&Path, String, &str)> {
        self.files.iter().flat_map(|(_, path, file)| {
            file.settings()
                .map(|(section, option, value)| (path.as_path(), format!("{section}.{option}"), value))
        })
    }

    fn list(&self, variables: &BTreeMap<String, String>, terminal: &Terminal) {
        let mut by_file: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (path, key, value) in self.settings() {
            by_file.entry(path.display().to_string()).or_default().insert(key, value.to_owned());
        }
        by_file.insert(VARIABLES.to_owned(), variables.clone());
        for (key, value) in by_file.values().flatten() {
            terminal.line(&format!("{key}={}", python_repr(value)));
        }
    }

    fn get(&self, name: &str, variables: &BTreeMap<String, String>) -> Result<String, Failure> {
        let key = normalized_option(name);
        let mut values = self.settings().filter(|(_, known, _)| *known == key).map(|(.., value)| value);
        let found = variables.get(&key).map(String::as_str).or_else(|| values.by_ref().last());
        match found {
            Some(value) => Ok(value.to_owned()),
            None => {
                split(&key)?;
                Err(Failure::plain(format!("No such key - {name}")))
            }
        }
    }

    fn set(&self, name: &str, value: &str, terminal: &Terminal) -> Result<(), Failure> {
        let (path, mut file) = self.to_modify(None, terminal)?;
        let key = normalized_option(name);
        let (section, option) = split(&key)?;
        file.set(section, option, value).map_err(|error| Failure::plain(error.to_string()))?;
        save(&path, &file, terminal)
    }

    fn unset(&self, name: &str, terminal: &Terminal) -> Result<(), Failure> {
        let key = normalized_option(name);
        let (path, mut file) = self.to_modify(Some(&key), terminal)?;
        let (section, option) = split(&key)?;
        if !file.has(section, option) {
            return Err(Failure::plain(format!("No such key - {name}")));
        }
        if !file.unset(section, option) {
            return Err(Failure::plain(format!(
                "{key} is set for all sections, in [DEFAULT] of {}",
                path.display()
            )));
        }
        save(&path, &file, terminal)
    }

    /// The file that a change goes to: the one that has `key`, else the most important one.
    fn to_modify(
        &self,
        key: Option<&str>,
        terminal: &Terminal,
    ) -> Result<(PathBuf, ConfigurationFile), Failure> {
        let own: Vec<_> = self.files.iter().filter(|(kind, ..)| Some(*kind) == self.only).collect();
        let Some((_, path, file)) = own.last() else { return self.redirected(terminal) };
        let Some(key) = key else { return Ok((path.clone(), file.clone())) };
        let (section, option) = split(key)?;
        let having = own.iter().rev().find(|(.., file)| file.has(section, option));
        let (_, path, file) = having.unwrap_or(&own[own.len() - 1]);
        Ok((path.clone(), file.clone()))
    }

    /// The file that `PIP_CONFIG_FILE` names, in place of the user's.
    fn redirected(&self, terminal: &Terminal) -> Result<(PathBuf, ConfigurationFile), Failure> {
        let named = config::named_file().filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = named.as_ref().filter(|_| config::is_off()) {
            let path = path.display();
            return Err(Failure::plain(format!("Cannot write to PIP_CONFIG_VALUE when it is set to {path}")));
        }
        match (named, self.only) {
            (Some(path), Some(only @ (Kind::User | Kind::Global))) => {
                terminal.warning(&format!(
                    "Because PIP_CONFIG_FILE is set, changes will be applied to '{}', not to '{}'. To restore normal \
                     behavior, unset PIP_CONFIG_FILE.",
                    path.display(),
                    only.word()
                ));
                let file = ConfigurationFile::read(&path).map_err(|error| config::unusable(&error))?;
                Ok((path, file))
            }
            (_, Some(Kind::Site)) => Err(Failure::plain(
                "There is no environment whose file could be changed: name its interpreter with --python"
                    .to_owned(),
            )),
            _ => Err(Failure::plain(
                "With --isolated there is no file of the user that could be changed".to_owned(),
            )),
        }
    }

    fn debug(&self, terminal: &Terminal) {
        terminal.line("env_var:");
        let variables: BTreeMap<String, String> = config::environment_variables().collect();
        for (name, value) in variables {
            terminal.line(&format!("  PIP_{}={}", name.to_uppercase(), python_repr(&value)));
        }
        let mut places: Vec<&(Kind, Vec<PathBuf>)> = self.places.iter().collect();
        places.sort();
        for (kind, paths) in places {
            terminal.line(&format!("{}:", kind.word()));
            for path in paths {
                let exists = if path.exists() { "True" } else { "False" };
                terminal.line(&format!("  {}, exists: {exists}", path.display()));
                for (_, key, value) in self.settings().filter(|(file, ..)| file == path) {
                    terminal.line(&format!("    {key}: {}", value.replace('\n', "\n    ")));
                }
            }
        }
    }
}

/// Section and option of a key.
fn split(key: &str) -> Result<(&str, &str), Failure> {
    key.split_once('.').ok_or_else(|| {
        Failure::plain(format!(
            "Key does not contain dot separated section and key. Perhaps you wanted to use 'global.{key}' instead?"
        ))
    })
}

fn save(path: &Path, file: &ConfigurationFile, terminal: &Terminal) -> Result<(), Failure> {
    terminal.line(&format!("Writing to {}", path.display()));
    file.save(path).map_err(|error| Failure::plain(error.to_string()))
}
