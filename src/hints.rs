//! What was meant by a command or an option that does not exist.

use clap::{Arg, Command};

use crate::cli;
use crate::similarity::closest;

/// What others call a command, and what it is called here.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("add", "install"),
    ("remove", "uninstall"),
    ("rm", "uninstall"),
    ("delete", "uninstall"),
    ("info", "show"),
    ("update", "upgrade"),
    ("outdated", "list --outdated"),
    ("virtualenv", "venv"),
    ("pip-compile", "compile"),
    ("pip-sync", "sync"),
];

/// Why there is no such command, as pip says it.
pub(crate) fn unknown_command(name: &str) -> String {
    let hint = match OTHER_NAMES.iter().find(|(other, _)| *other == name) {
        Some((_, here)) => format!(" - maybe you meant \"{here}\""),
        // As people know it from other programs, and a command of twine.
        None if name == "pip" => " - leave it out: rpip install does what pip install does".to_owned(),
        None if name == "register" => {
            " - a project is registered by its first upload: rpip upload".to_owned()
        }
        None => match closest(name, cli::names().chain(["help"])) {
            Some(near) => format!(" - maybe you meant \"{near}\""),
            None => String::new(),
        },
    };
    format!("unknown command \"{name}\"{hint}")
}

/// What was meant by an option that `command` does not have, from the parser's words: an option like it, or that of another command.
pub(crate) fn unknown_option(command: &Command, reason: &str) -> Option<String> {
    let name = reason.strip_prefix("no such option: --")?;
    let has_it = |other: &&str| {
        let parser = cli::parser(other);
        parser.is_some_and(|parser| shown_options(&parser).any(|option| option == name))
    };
    let others: Vec<&str> = cli::names().filter(has_it).collect();
    if !others.is_empty() {
        return Some(format!("--{name} is an option of: {}", others.join(", ")));
    }
    closest(name, shown_options(command)).map(|near| format!("maybe you meant --{near}"))
}

/// The long names of the options that the help shows.
fn shown_options(command: &Command) -> impl Iterator<Item = &str> {
    command.get_arguments().filter(|option| !option.is_hide_set()).filter_map(Arg::get_long)
}
