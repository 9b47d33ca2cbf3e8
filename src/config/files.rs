//! Where pip's configuration files lie, and what they say.

use std::path::{Path, PathBuf};

use operations::ConfigurationFile;

use crate::failure::Failure;

/// A `PIP_CONFIG_FILE` of this name means: no files at all.
const NULL_DEVICE: &str = if cfg!(windows) { "nul" } else { "/dev/null" };
const FILE_NAME: &str = if cfg!(windows) { "pip.ini" } else { "pip.conf" };

/// Whose configuration a file is; in the order in which pip lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// The file that `PIP_CONFIG_FILE` names.
    Named,
    /// The system's.
    Global,
    /// The environment's.
    Site,
    /// The user's.
    User,
}

impl Kind {
    /// pip's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Named => "env",
            Self::Global => "global",
            Self::Site => "site",
            Self::User => "user",
        }
    }
}

/// One setting: an option's long name, its value, and the file that it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) section: String,
    pub(crate) option: String,
    pub(crate) value: String,
    pub(crate) file: PathBuf,
}

/// `PIP_CONFIG_FILE`.
pub(crate) fn named_file() -> Option<PathBuf> {
    std::env::var_os("PIP_CONFIG_FILE").map(PathBuf::from)
}

/// Whether `PIP_CONFIG_FILE` says that no file is to be read.
pub(crate) fn is_off() -> bool {
    named_file().is_some_and(|path| path == Path::new(NULL_DEVICE))
}

/// The files that pip reads, the least important first: those of the system, of the user, of the environment at
/// `prefix`, and the one that `PIP_CONFIG_FILE` names, in place of the user's if it exists. With `is_isolated` the user's
/// are left out.
pub(crate) fn places(is_isolated: bool, prefix: Option<&Path>) -> Vec<(Kind, Vec<PathBuf>)> {
    let named = named_file();
    let replaces_user = named.as_deref().is_some_and(|path| !path.as_os_str().is_empty() && path.exists());
    let mut places = vec![(Kind::Global, global_files())];
    if !is_isolated && !replaces_user {
        places.push((Kind::User, user_files()));
    }
    places.push((Kind::Site, prefix.map(|prefix| prefix.join(FILE_NAME)).into_iter().collect()));
    places.push((Kind::Named, named.into_iter().collect()));
    places
}

fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn global_files() -> Vec<PathBuf> {
    if cfg!(windows) {
        return variable("PROGRAMDATA")
            .map(|root| Path::new(&root).join("pip").join(FILE_NAME))
            .into_iter()
            .collect();
    }
    if cfg!(target_os = "macos") {
        return vec![Path::new("/Library/Application Support/pip").join(FILE_NAME)];
    }
    let system = variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into());
    let system = std::env::split_paths(&system).map(|directory| directory.join("pip").join(FILE_NAME));
    system.chain([Path::new("/etc").join(FILE_NAME)]).collect()
}

fn user_files() -> Vec<PathBuf> {
    let Some(home) = dirs::home_dir() else { return Vec::new() };
    let old = home.join(if cfg!(windows) { "pip" } else { ".pip" });
    let mut new = dirs::config_dir().map_or_else(|| home.join(".config/pip"), |root| root.join("pip"));
    if cfg!(target_os = "macos") && !new.is_dir() {
        new = home.join(".config/pip");
    }
    vec![old.join(FILE_NAME), new.join(FILE_NAME)]
}

/// All settings of the files that there are, in the order of the files.
pub(crate) fn read(is_isolated: bool, prefix: Option<&Path>) -> Result<Vec<Setting>, Failure> {
    let mut settings = Vec::new();
    if is_off() {
        return Ok(settings);
    }
    for path in places(is_isolated, prefix).into_iter().flat_map(|(_, paths)| paths) {
        let file = ConfigurationFile::read(&path).map_err(|error| unusable(&error))?;
        settings.extend(file.settings().map(|(section, option, value)| Setting {
            section: section.to_owned(),
            option: option.to_owned(),
            value: value.to_owned(),
            file: path.clone(),
        }));
    }
    Ok(settings)
}

/// pip says what is wrong with a file as it says what is wrong with an option.
pub(crate) fn unusable(error: &operations::ConfigurationError) -> Failure {
    Failure::Usage(error.to_string().trim_end().to_owned())
}
