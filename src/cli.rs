//! The command tree. Only the subcommand that was asked for is built; general options may stand before
//! it, as for pip, and count as if they stood behind it.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, FromArgMatches};

use crate::args::General;
use crate::commands::{self, check, freeze, install, list, show, uninstall, venv};
use crate::config;
use crate::failure;
use crate::output::Terminal;

/// Usage errors, as for pip.
const USAGE: u8 = 2;

/// A subcommand: how it is called, what it says of itself, and how it is run.
struct Subcommand {
    name: &'static str,
    about: &'static str,
    build: fn(Command) -> Command,
    run: fn(&clap::ArgMatches) -> Result<u8, clap::Error>,
}

/// Everything `rpip` can do, in the order of its help: the main ones first.
const SUBCOMMANDS: &[Subcommand] = &[
    subcommand::<install::InstallArgs>("install", "Install packages"),
    subcommand::<venv::VenvArgs>("venv", "Create a virtual environment"),
    subcommand::<uninstall::UninstallArgs>("uninstall", "Uninstall packages"),
    subcommand::<list::ListArgs>("list", "List installed packages"),
    subcommand::<freeze::FreezeArgs>("freeze", "Output installed packages in requirements format"),
    subcommand::<show::ShowArgs>("show", "Show information about installed packages"),
    subcommand::<check::CheckArgs>("check", "Verify installed packages have compatible dependencies"),
];

const fn subcommand<A: Args + FromArgMatches + commands::Run>(
    name: &'static str,
    about: &'static str,
) -> Subcommand {
    Subcommand { name, about, build: A::augment_args, run: run_with::<A> }
}

/// Parses the arguments of a subcommand and runs it.
fn run_with<A: FromArgMatches + commands::Run>(matches: &clap::ArgMatches) -> Result<u8, clap::Error> {
    let args = A::from_arg_matches(matches)?;
    let terminal = Terminal::new(args.general());
    let code = match args.run(&terminal) {
        Ok(code) => code,
        Err(failure) => failure::report(&failure, &terminal),
    };
    Ok(terminal.finish(code))
}

/// Runs `rpip` with these arguments (without the program's name) and returns the exit code.
pub(crate) fn run(arguments: Vec<OsString>) -> u8 {
    let Some(position) = subcommand_position(&arguments) else { return without_subcommand(&arguments) };
    let mut arguments = arguments;
    let name = arguments.remove(position).to_string_lossy().into_owned();
    if name == "help" {
        return help(arguments.get(position).map(|name| name.to_string_lossy().into_owned()));
    }
    let Some(subcommand) = SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name) else {
        return unknown(&name);
    };
    let mut command = command(subcommand);
    let parsed = config::arguments(&command).map(|mut given| {
        given.insert(0, "rpip".into());
        given.extend(arguments);
        given
    });
    let outcome = match parsed {
        Err(failure) => return failure::report(&failure, &Terminal::plain()),
        Ok(arguments) => command.try_get_matches_from_mut(arguments),
    };
    match outcome.and_then(|matches| (subcommand.run)(&matches)) {
        Ok(code) => code,
        Err(error) => usage_error(&error, &mut command),
    }
}

/// The parser of one subcommand.
fn command(subcommand: &Subcommand) -> Command {
    let command = Command::new(subcommand.name)
        .bin_name(format!("rpip {}", subcommand.name))
        .about(subcommand.about)
        .args_override_self(true)
        .infer_long_args(true)
        .max_term_width(100);
    (subcommand.build)(command)
}

/// Where the subcommand stands: the first argument that is neither a general option nor its value.
fn subcommand_position(arguments: &[OsString]) -> Option<usize> {
    let general = General::augment_args(Command::new("rpip"));
    let mut position = 0;
    while let Some(argument) = arguments.get(position) {
        let text = argument.to_string_lossy();
        if !text.starts_with('-') || text == "-" {
            return Some(position);
        }
        position += 1;
        if let Some(long) = text.strip_prefix("--").filter(|long| !long.contains('=')) {
            let takes_value = |option: &&clap::Arg| {
                let names =
                    option.get_long().into_iter().chain(option.get_all_aliases().into_iter().flatten());
                option.get_action().takes_values() && names.into_iter().any(|name| name.starts_with(long))
            };
            if general.get_arguments().any(|option| takes_value(&option)) {
                position += 1;
            }
        }
    }
    None
}

/// `rpip`, `rpip --help`, `rpip --version`, or options without a command.
fn without_subcommand(arguments: &[OsString]) -> u8 {
    let is = |names: [&str; 2]| arguments.iter().any(|argument| names.iter().any(|name| argument == name));
    if is(["--version", "-V"]) {
        return Terminal::plain().say(&format!("rpip {}", env!("CARGO_PKG_VERSION")));
    }
    let unknown = arguments.iter().find(|argument| !matches!(argument.to_str(), Some("-h" | "--help")));
    match unknown {
        None => help(None),
        Some(option) => {
            let terminal = Terminal::plain();
            terminal.complain(&format!(
                "\nUsage:   \n  rpip <command> [options]\n\nno such option: {}\n",
                option.to_string_lossy()
            ));
            terminal.finish(USAGE)
        }
    }
}

fn help(name: Option<String>) -> u8 {
    let Some(name) = name else { return Terminal::plain().say(&general_help()) };
    match SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name) {
        Some(subcommand) => Terminal::plain().say(&command(subcommand).render_help().to_string()),
        None => unknown(&name),
    }
}

fn general_help() -> String {
    let mut text = String::from("\nUsage:   \n  rpip <command> [options]\n\nCommands:\n");
    for subcommand in SUBCOMMANDS {
        text.push_str(&format!("  {:<27} {}.\n", subcommand.name, subcommand.about));
    }
    text.push_str("  help                        Show help for commands.\n\nGeneral Options:\n");
    let mut general = General::augment_args(Command::new("rpip").disable_help_flag(true));
    let options = general.render_help().to_string();
    let options = options.split_once("General options:\n").map_or(options.as_str(), |(_, rest)| rest);
    text.push_str(options.trim_end());
    text
}

fn unknown(name: &str) -> u8 {
    let near = SUBCOMMANDS
        .iter()
        .map(|subcommand| (failure::distance(name, subcommand.name), subcommand.name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    let hint = near.map(|(_, near)| format!(" - maybe you meant \"{near}\"")).unwrap_or_default();
    let terminal = Terminal::plain();
    terminal.error(&format!("unknown command \"{name}\"{hint}"));
    terminal.finish(1)
}

/// Help goes to standard output; a usage error is told as pip tells it.
fn usage_error(error: &clap::Error, command: &mut Command) -> u8 {
    let terminal = Terminal::plain();
    if error.kind() == ErrorKind::DisplayHelp {
        return terminal.say(error.render().to_string().trim_end());
    }
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let reason = match (error.kind(), context(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(option)) => format!("no such option: {option}"),
        _ => {
            let text = error.render().to_string();
            let first = text.split("\n\n").next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    };
    let usage = command.render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    terminal.complain(&format!("\nUsage:   \n  {usage}\n\n{reason}"));
    terminal.finish(USAGE)
}
