//! Help, laid out as pip's: usage, description, options by group, their texts from the thirtieth column on.

use clap::{Arg, Command};

use crate::output::width::{columns, wrapped};

/// Where texts begin beside what they tell of.
const INDENTATION: usize = 30;
/// Narrower terminals have the texts below what they tell of.
const NARROW: usize = 60;
/// Where texts begin below what they tell of.
const NARROW_INDENTATION: usize = 8;
/// The narrowest column of text.
const NARROWEST: usize = 20;

/// A line of the list of commands.
pub(crate) struct CommandLine {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
}

/// The help of one command.
pub(crate) fn command_help(command: &Command, usage: &str) -> String {
    let mut text = usage_block(usage);
    let description = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string);
    if let Some(description) = description {
        text.push_str("\nDescription:\n");
        let lines = paragraphs(&sentence(&description), width() - 2);
        lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    options(command, &mut text);
    if let Some(examples) = command.get_after_help() {
        text.push_str(&format!("\n{}\n", examples.to_string().trim_end()));
    }
    text.trim_end().to_owned()
}

/// The help of the program: its commands in groups, then the options that all of them have.
pub(crate) fn general_help(usage: &str, groups: &[(&str, Vec<CommandLine>)], general: &Command) -> String {
    let mut text = usage_block(usage);
    for (title, commands) in groups {
        text.push_str(&format!("\n{title}:\n"));
        for command in commands {
            entry(command.name, &sentence(command.about), &mut text);
        }
    }
    text.push_str("\n -V, --version                Show version and exit.\n");
    options(general, &mut text);
    text.trim_end().to_owned()
}

/// How a command is used; behind it comes a usage error, or nothing.
pub(crate) fn usage_block(usage: &str) -> String {
    format!("\nUsage:   \n  {usage}\n")
}

/// The options by group: the command's own, those that it shares with others, the general ones.
fn options(command: &Command, text: &mut String) {
    let mut groups: Vec<(String, Vec<&Arg>)> = Vec::new();
    let is_shown =
        |option: &&Arg| option.get_long().is_some_and(|long| long != "help") && !option.is_hide_set();
    for option in command.get_arguments().filter(is_shown) {
        let title = match option.get_help_heading() {
            Some(heading) => titled(heading),
            None => format!("{} Options", titled(command.get_name())),
        };
        match groups.iter_mut().find(|(known, _)| *known == title) {
            Some((_, options)) => options.push(option),
            None => groups.push((title, vec![option])),
        }
    }
    groups.sort_by_key(|(title, _)| title.starts_with("General"));
    for (title, options) in groups {
        text.push_str(&format!("\n{title}:\n"));
        if title.starts_with("General") {
            entry("-h, --help", "Show help.", text);
        }
        options.into_iter().for_each(|option| describe(option, text));
    }
}

/// `Package index options` as `Package Index Options`.
fn titled(heading: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    heading.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// `text` with a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end().trim_end_matches('.'))
}

/// A text in lines of at most `width`: as it is where it fits, else its paragraphs and the items of its lists are filled anew.
fn paragraphs(text: &str, width: usize) -> Vec<String> {
    if text.lines().all(|line| line.chars().count() <= width) {
        return text.lines().map(str::to_owned).collect();
    }
    let mut blocks: Vec<String> = Vec::new();
    for line in text.lines() {
        match blocks.last_mut() {
            Some(block) if !block.is_empty() && !line.is_empty() && !line.starts_with("- ") => {
                block.push(' ');
                block.push_str(line);
            }
            _ => blocks.push(line.to_owned()),
        }
    }
    let mut lines = Vec::new();
    for block in blocks {
        let indentation = if block.starts_with("- ") { "  " } else { "" };
        let filled = wrapped(&block, width - indentation.len());
        if filled.is_empty() {
            lines.push(String::new());
        }
        let filled = filled.into_iter().enumerate();
        lines.extend(
            filled.map(|(number, line)| if number == 0 { line } else { format!("{indentation}{line}") }),
        );
    }
    lines
}

/// A name, and beside or below it a text.
fn entry(name: &str, help: &str, text: &mut String) {
    let indentation = if width() < NARROW { NARROW_INDENTATION } else { INDENTATION };
    let width = width().saturating_sub(indentation).max(NARROWEST);
    let mut lines = wrapped(help, width).into_iter();
    if indentation == INDENTATION && name.len() <= INDENTATION - 4 {
        let first = lines.next().unwrap_or_default();
        text.push_str(format!("  {name:<width$}  {first}", width = INDENTATION - 4).trim_end());
        text.push('\n');
    } else {
        text.push_str(&format!("  {name}\n"));
    }
    lines.for_each(|line| text.push_str(&format!("{:indentation$}{line}\n", "")));
}

fn describe(option: &Arg, text: &mut String) {
    let short = option.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    let mut names = format!("{short}--{}", option.get_long().unwrap_or_default());
    if option.get_action().takes_values() {
        let value = option.get_value_names().and_then(|names| names.first()).map(ToString::to_string);
        names.push_str(&format!(" <{}>", value.unwrap_or_default().to_lowercase()));
    }
    let help = option.get_help().map(ToString::to_string).unwrap_or_default();
    // A default that needs words stands at the end, as those do that need none.
    let said = help.rfind(" (default").filter(|_| help.ends_with(')')).unwrap_or(help.len());
    let (help, default) = help.split_at(said);
    let mut help = sentence(help);
    let choices = option.get_possible_values();
    if option.get_action().takes_values() && !choices.is_empty() {
        let choices: Vec<&str> = choices.iter().map(clap::builder::PossibleValue::get_name).collect();
        help.push_str(&format!(" [{}]", choices.join(", ")));
    }
    if let (Some(value), true) = (option.get_default_values().first(), option.get_action().takes_values()) {
        help.push_str(&format!(" (default: {})", value.to_string_lossy()));
    }
    help.push_str(default);
    entry(&names, &help, text);
}

/// The width of the text, as Python's `shutil.get_terminal_size` has it, less two.
fn width() -> usize {
    let columns = columns().unwrap_or(80);
    columns.saturating_sub(2).max(NARROWEST)
}

#[cfg(test)]
mod tests {
    use clap::ArgAction;

    use super::*;

    #[test]
    fn options_are_laid_out_as_pips_are() {
        let option = |name: &'static str| Arg::new(name).long(name);
        let command = Command::new("list")
            .about("List things")
            .arg(
                option("quiet")
                    .short('q')
                    .action(ArgAction::Count)
                    .help_heading("General options")
                    .help("Less"),
            )
            .arg(
                option("editable").short('e').action(ArgAction::SetTrue).help("Only those that are editable"),
            )
            .arg(option("keyring-provider").value_name("KEYRING_PROVIDER").help("How").default_value("auto"))
            .arg(option("place").value_name("dir").help("Where (default: here, or there)"))
            .arg(option("hidden").hide(true));
        let text = command_help(&command, "rpip list [options]");
        let expected = "\nUsage:   \n  rpip list [options]\n\nDescription:\n  List things.\n\nList Options:\n\
                        \x20 -e, --editable              Only those that are editable.\n\
                        \x20 --keyring-provider <keyring_provider>\n\
                        \x20                             How. (default: auto)\n\
                        \x20 --place <dir>               Where. (default: here, or there)\n\nGeneral Options:\n\
                        \x20 -h, --help                  Show help.\n\
                        \x20 -q, --quiet                 Less.";
        assert_eq!(text, expected);
        assert_eq!(wrapped("a bb ccc d", 4), ["a bb", "ccc", "d"]);
    }

    #[test]
    fn what_is_too_wide_is_filled_anew() {
        let text = "One\ntwo.\n\n- three four\nfive\n- six";
        assert_eq!(paragraphs(text, 20), ["One", "two.", "", "- three four", "five", "- six"]);
        assert_eq!(paragraphs(text, 10), ["One two.", "", "- three", "  four", "  five", "- six"]);
    }
}
