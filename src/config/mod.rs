//! What is set outside the command line: `pip.conf`, then `PIP_*` variables. Both become arguments in front of those that
//! were typed, so that the command line wins and lists grow, as for pip.

mod files;
mod site;

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::ffi::OsString;
use std::sync::OnceLock;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use requirement::ProjectName;

use crate::failure::Failure;

pub(crate) use files::{Kind, Setting, is_off, named_file, places, unusable};
pub(crate) use site::site_prefix;

/// What the files say: read once, before the command is known in full.
static SETTINGS: OnceLock<Vec<Setting>> = OnceLock::new();

/// Variables that look like options and are none.
const NOT_OPTIONS: [&str; 2] = ["version", "help"];

/// `PIP_*` variables: the name behind that, in lower case, and the value.
pub(crate) fn environment_variables() -> impl Iterator<Item = (String, String)> {
    let variables = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.to_str()?.strip_prefix("PIP_")?.to_lowercase();
        Some((name, value.to_string_lossy().into_owned()))
    });
    variables.filter(|(name, _)| !NOT_OPTIONS.contains(&name.as_str()))
}

/// What variables and files say of an option of the command named so, where the command line may have said more.
pub(crate) fn configured(command: &str, option: &str, is_isolated: bool) -> Option<String> {
    let is_meant = |name: &str| operations::normalized_option(name) == option;
    let variables = environment_variables().filter(|(name, text)| is_meant(name) && !text.is_empty());
    let variable = variables.last().filter(|_| !is_isolated).map(|(_, text)| text);
    let of_section = |section: &str| {
        let mut settings = SETTINGS.get()?.iter().rev();
        let found = settings.find(|setting| setting.section == section && setting.option == option);
        found.map(|setting| setting.value.clone())
    };
    variable.or_else(|| of_section(command)).or_else(|| of_section("global"))
}

/// A value and where it was set.
struct Value {
    text: String,
    /// A variable, or a key and its file.
    origin: String,
}

/// Arguments that files and variables stand for, for the options of `command`; with `is_isolated` variables and the user's
/// files do not count. `typed` are the options on the command line: they name the environment whose file is read.
pub(crate) fn arguments(
    command: &Command,
    typed: &[OsString],
    is_isolated: bool,
) -> Result<Vec<OsString>, Failure> {
    let prefix = (!is_off()).then(|| site::typed_prefix(typed, is_isolated)).flatten();
    let settings = files::read(is_isolated, prefix.as_deref())?;
    let settings = SETTINGS.get_or_init(|| settings);
    // The section of the command counts more than the general one, whichever file it stands in; variables count most.
    let mut layers: [Vec<(String, Value)>; 3] = Default::default();
    for (layer, section) in layers.iter_mut().zip(["global", command.get_name()]) {
        for setting in settings.iter().filter(|setting| setting.section == section) {
            let origin = format!("{} in {}", setting.option, setting.file.display());
            layer.retain(|(known, _)| *known != setting.option);
            layer.push((setting.option.clone(), Value { text: setting.value.clone(), origin }));
        }
    }
    if !is_isolated {
        let variables = environment_variables().map(|(name, text)| {
            let origin = format!("PIP_{}", name.to_uppercase());
            (operations::normalized_option(&name), Value { text, origin })
        });
        layers[2].extend(variables);
        layers[2].sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    // What is set for one option replaces what was set for it before.
    let mut given: Vec<(&str, Vec<OsString>)> = Vec::new();
    for (name, value) in layers.iter().flatten() {
        let option = command.get_arguments().find(|option| {
            let aliases = option.get_all_aliases().unwrap_or_default();
            option.get_long() == Some(name) || aliases.contains(&name.as_str())
        });
        let Some(option) = option else { continue };
        if !value.text.is_empty() {
            let id = option.get_id().as_str();
            let mut arguments = Vec::new();
            push(option, name, value, &mut arguments)?;
            // Settings of build backends add up, key by key.
            given.retain(|(known, _)| *known != id || id == "config_settings");
            given.push((id, arguments));
        }
    }
    Ok(given.into_iter().flat_map(|(_, arguments)| arguments).collect())
}

/// Adds what `value` means for an option.
fn push(option: &Arg, name: &str, value: &Value, arguments: &mut Vec<OsString>) -> Result<(), Failure> {
    let text = &value.text;
    match option.get_action() {
        ArgAction::SetTrue => {
            let wanted = boolean(text).ok_or_else(|| {
                Failure::Usage(format!(
                    "{text} is not a valid value for {name} option, please specify a boolean value like yes/no, \
                     true/false or 1/0 instead ({}).",
                    value.origin
                ))
            })?;
            arguments.extend(flag(name, wanted).map(|name| OsString::from(format!("--{name}"))));
        }
        ArgAction::Count => {
            let count = boolean(text).map(u8::from).or_else(|| text.trim().parse().ok());
            let count = count.ok_or_else(|| {
                Failure::Usage(format!(
                    "{text} is not a valid value for {name} option, please instead specify either a non-negative integer \
                     or a boolean value like yes/no or false/true which is equivalent to 1/0 ({}).",
                    value.origin
                ))
            })?;
            arguments.extend(std::iter::repeat_n(OsString::from(format!("--{name}")), count.into()));
        }
        ArgAction::Append if is_list(option) => {
            for part in text.split_whitespace() {
                arguments.push(checked(option, name, part, &value.origin)?);
            }
        }
        _ => arguments.push(checked(option, name, text, &value.origin)?),
    }
    Ok(())
}

/// Whether values are separated by white space; those that pip hands to a function of their own are one text each.
fn is_list(option: &Arg) -> bool {
    const WHOLE: [&str; 7] = [
        "no-binary",
        "only-binary",
        "all-releases",
        "only-final",
        "refresh-package",
        "group",
        "config-settings",
    ];
    !option.get_long().is_some_and(|name| WHOLE.contains(&name))
}

/// The flag that a yes or no means. pip's flags that begin with `no-` and have a counterpart switch the counterpart:
/// `no-compile = no` means not to compile (its documentation says so), and any value of `no-cache-dir` means no cache.
fn flag(name: &str, wanted: bool) -> Option<&str> {
    match (name, wanted) {
        ("no-cache-dir", _) => Some(name),
        ("no-compile", true) | ("compile", true) => Some("compile"),
        ("no-compile", false) | ("compile", false) => Some("no-compile"),
        ("no-user", true) | ("user", true) => Some("user"),
        ("no-user", false) | ("user", false) => Some("no-user"),
        ("no-build-isolation" | "no-warn-script-location" | "no-warn-conflicts", wanted) => {
            (!wanted).then_some(name)
        }
        (name, wanted) => wanted.then_some(name),
    }
}

/// `--name=text`, if the option takes it.
fn checked(option: &Arg, name: &str, text: &str, origin: &str) -> Result<OsString, Failure> {
    let argument = OsString::from(format!("--{name}={text}"));
    let alone = Command::new("rpip").arg(option.clone());
    match alone.try_get_matches_from([OsString::from("rpip"), argument.clone()]) {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) => {
            let reason = reason(&error).replacen("option --", "option ", 1);
            Err(Failure::Setting(format!(
                "An error occurred during configuration: {reason}. Check your pip configuration files or environment \
                 variables for this value ({origin})."
            )))
        }
        _ => Ok(argument),
    }
}

/// The sections that the files have, and `:env:` for variables; each once, sorted.
pub(crate) fn sections() -> BTreeSet<String> {
    let files = SETTINGS.get().into_iter().flatten().map(|setting| setting.section.clone());
    files.chain(environment_variables().next().map(|_| ":env:".to_owned())).collect()
}

/// The section `[rpip.index]`: the one index that is asked for a project, by URL or by one of `names`.
pub(crate) fn index_pins(
    is_isolated: bool,
    names: &HashMap<String, String>,
) -> Result<HashMap<ProjectName, String>, Failure> {
    let mut pins = HashMap::new();
    let settings = SETTINGS.get().cloned().map_or_else(|| files::read(is_isolated, None), Ok)?;
    for setting in settings.into_iter().filter(|setting| setting.section == "rpip.index") {
        let project = setting.option.parse().map_err(|_| {
            let (name, file) = (&setting.option, setting.file.display());
            Failure::Setting(format!("[rpip.index] in {file}: '{name}' is not the name of a project"))
        })?;
        let index = names.get(&setting.value).cloned().unwrap_or(setting.value);
        pins.insert(project, index);
    }
    Ok(pins)
}

/// What is wrong with a value, in pip's words.
pub(crate) fn reason(error: &clap::Error) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let option = context(ContextKind::InvalidArg);
    let option = option.split(' ').next().unwrap_or_default();
    let place = if option.starts_with('-') { "option" } else { "argument" };
    let option = option.trim_matches(['[', ']', '<', '>', '.']);
    match (error.kind(), error.source(), error.get(ContextKind::ValidValue)) {
        (ErrorKind::InvalidValue, _, Some(ContextValue::Strings(choices))) => {
            let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
            let value = context(ContextKind::InvalidValue);
            format!("option {option}: invalid choice: '{value}' (choose from {})", choices.join(", "))
        }
        (ErrorKind::ValueValidation, Some(source), _) => match source.to_string() {
            _ if source.is::<std::num::ParseIntError>() => {
                format!("{place} {option}: invalid integer value: '{}'", context(ContextKind::InvalidValue))
            }
            text if text.starts_with("invalid") => format!("{place} {option}: {text}"),
            text => text,
        },
        (ErrorKind::MissingRequiredArgument, _, _) => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(names)) => {
                format!("the following arguments are required: {}", names.join(", "))
            }
            _ => "an argument is missing".to_owned(),
        },
        (ErrorKind::UnknownArgument, _, _) => format!("unrecognized arguments: {option}"),
        _ => {
            let text = error.render().to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    }
}

/// pip's words for yes and no.
fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Some(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::boolean;

    #[test]
    fn words_for_yes_and_no() {
        assert_eq!(["Yes", "t", "on", "1"].map(boolean), [Some(true); 4]);
        assert_eq!(["no", "FALSE", "off", "0"].map(boolean), [Some(false); 4]);
        assert_eq!(boolean("maybe"), None);
    }
}
