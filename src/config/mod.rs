//! What is set outside the command line: `PIP_*` variables become arguments in front of those that were
//! typed, so that the command line wins and lists grow, as for pip.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use crate::failure::Failure;

/// Arguments that the process environment stands for, for the options of `command`.
pub(crate) fn environment_arguments(command: &Command) -> Result<Vec<OsString>, Failure> {
    let mut arguments = Vec::new();
    for option in command.get_arguments() {
        for name in option.get_long_and_visible_aliases().unwrap_or_default() {
            let variable = format!("PIP_{}", name.to_uppercase().replace('-', "_"));
            if let Ok(value) = std::env::var(&variable)
                && !value.is_empty()
            {
                push(option, name, &value, &variable, &mut arguments)?;
            }
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
