//! What is set outside the command line: `pip.conf`, then `PIP_*` variables. Both become arguments in front of those that
//! were typed, so that the command line wins and lists grow, as for pip.

mod files;

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use crate::failure::Failure;

/// Options that decide where or whether something is installed, and that are not known yet: passing them over
/// in silence would install to the wrong place.
const WEIGHTY: [&str; 5] = ["user", "target", "prefix", "root", "require-virtualenv"];

/// Arguments that files and variables stand for, for the options of `command`.
pub(crate) fn arguments(command: &Command) -> Result<Vec<OsString>, Failure> {
    let mut values: BTreeMap<String, (String, String)> = BTreeMap::new();
    let settings = files::read()?;
    // The section of the command counts more than the general one, whichever file it stands in.
    for section in ["global", command.get_name()] {
        for setting in settings.iter().filter(|setting| setting.section == section) {
            let origin = format!("{} in {}", setting.option, setting.file.display());
            values.insert(setting.option.clone(), (setting.value.clone(), origin));
        }
    }
    for (name, value) in std::env::vars() {
        if let Some(option) = name.strip_prefix("PIP_") {
            values.insert(option.to_lowercase().replace('_', "-"), (value, name));
        }
    }
    values.retain(|_, (value, _)| !value.trim().is_empty());
    let mut arguments = Vec::new();
    let mut known = Vec::new();
    for option in command.get_arguments() {
        for name in option.get_long_and_visible_aliases().unwrap_or_default() {
            known.push(name);
            if let Some((value, origin)) = values.get(name) {
                push(option, name, value, origin, &mut arguments)?;
            }
        }
    }
    for weighty in WEIGHTY.into_iter().filter(|name| command.get_name() == "install" && !known.contains(name))
    {
        if let Some((value, origin)) = values.get(weighty).filter(|(value, _)| boolean(value) != Some(false))
        {
            let text = format!(
                "{origin} is set to '{value}', and this version of rpip does not know --{weighty}: unset it"
            );
            return Err(Failure::Setting(text));
        }
    }
    Ok(arguments)
}

fn push(
    option: &Arg,
    name: &str,
    value: &str,
    variable: &str,
    arguments: &mut Vec<OsString>,
) -> Result<(), Failure> {
    match option.get_action() {
        ArgAction::Append => {
            for part in value.split_whitespace() {
                arguments.push(format!("--{name}={part}").into());
            }
        }
        ArgAction::SetTrue => {
            let wanted = boolean(value).ok_or_else(|| Failure::setting(variable, value, "yes or no"))?;
            arguments.extend(wanted.then(|| OsString::from(format!("--{name}"))));
        }
        ArgAction::Count => {
            let count: u8 = value.parse().map_err(|_| Failure::setting(variable, value, "a whole number"))?;
            arguments.extend(std::iter::repeat_n(OsString::from(format!("--{name}")), count.into()));
        }
        ArgAction::Set => arguments.push(format!("--{name}={value}").into()),
        _ => {}
    }
    Ok(())
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
