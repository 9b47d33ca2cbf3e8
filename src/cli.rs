//! The command tree. Only the subcommand that was asked for is built; general options may stand before
//! it, as for pip, and count as if they stood behind it.

use std::any::TypeId;
use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Args, Command, FromArgMatches};
use operations::{Cache, PythonRequest, find_environment};

use crate::args::{General, search_context};
use crate::arguments::{self, Split, Stop};
use crate::commands::{
    self, autoremove, build, cache, check, check_dist, compile, completion, config as configuration, debug,
    download, freeze, hash, history, index_versions, inspect, install, list, lock, pip_shim, search, show,
    sync, tree, undo, uninstall, upgrade, upload, venv, verify, wheel, why,
};
use crate::config;
use crate::failure;
use crate::hints;
use crate::output::{self, CommandLine, Terminal};

/// Usage errors, as for pip.
const USAGE: u8 = 2;

/// The commands that the help shows first.
const MAIN: [&str; 10] =
    ["install", "venv", "uninstall", "list", "freeze", "show", "check", "build", "check-dist", "upload"];
/// How the program is used.
const PROGRAM_USAGE: &str = "rpip <command> [options]";
const HELP: CommandLine = CommandLine { name: "help", about: "Show help for commands" };

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
    subcommand::<upgrade::UpgradeArgs>("upgrade", "Upgrade what is installed"),
    subcommand::<compile::CompileArgs>("compile", "Pin what requirements need in a requirements file"),
    subcommand::<sync::SyncArgs>("sync", "Make the environment equal to requirements files"),
    subcommand::<venv::VenvArgs>("venv", "Create a virtual environment"),
    subcommand::<uninstall::UninstallArgs>("uninstall", "Uninstall packages"),
    subcommand::<list::ListArgs>("list", "List installed packages"),
    subcommand::<freeze::FreezeArgs>("freeze", "Output installed packages in requirements format"),
    subcommand::<history::HistoryArgs>("history", "Show what was changed in the environment"),
    subcommand::<undo::UndoArgs>("undo", "Bring back the environment before the last change"),
    subcommand::<show::ShowArgs>("show", "Show information about installed packages"),
    subcommand::<check::CheckArgs>("check", "Verify installed packages have compatible dependencies"),
    subcommand::<tree::TreeArgs>("tree", "Show installed packages as a tree"),
    subcommand::<why::WhyArgs>("why", "Show why a package is installed"),
    subcommand::<autoremove::AutoremoveArgs>("autoremove", "Uninstall packages that nothing needs"),
    subcommand::<verify::VerifyArgs>("verify", "Compare installed files with what was installed"),
    subcommand::<pip_shim::PipShimArgs>("pip-shim", "Let pip of an environment run rpip"),
    subcommand::<download::DownloadArgs>("download", "Download packages"),
    subcommand::<wheel::WheelArgs>("wheel", "Build wheels from your requirements"),
    subcommand::<lock::LockArgs>("lock", "Generate a lock file"),
    subcommand::<index_versions::IndexVersionsArgs>(
        "index",
        "Inspect information available from package indexes",
    ),
    subcommand::<search::SearchArgs>("search", "Search an index for packages"),
    subcommand::<build::BuildArgs>("build", "Build a source distribution and a wheel"),
    subcommand::<check_dist::CheckDistArgs>("check-dist", "Check that distributions can be published"),
    subcommand::<upload::UploadArgs>("upload", "Upload distributions to a repository"),
    subcommand::<inspect::InspectArgs>("inspect", "Inspect the python environment"),
    subcommand::<configuration::ConfigArgs>("config", "Manage local and global configuration"),
    subcommand::<cache::CacheArgs>("cache", "Inspect and manage rpip's cache"),
    subcommand::<hash::HashArgs>("hash", "Compute hashes of package archives"),
    subcommand::<completion::CompletionArgs>("completion", "A helper command used for command completion"),
    subcommand::<debug::DebugArgs>("debug", "Show information useful for debugging"),
];

/// Other names of subcommands.
const ALIASES: &[(&str, &str)] = &[("publish", "upload")];

/// The subcommand of that name.
fn find(name: &str) -> Option<&'static Subcommand> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    SUBCOMMANDS.iter().find(|subcommand| subcommand.name == name)
}

/// The names of all commands, in the order of the help.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    SUBCOMMANDS.iter().map(|subcommand| subcommand.name)
}

/// The parser of the command of that name.
pub(crate) fn parser(name: &str) -> Option<Command> {
    find(name).map(command)
}

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
    // A script that asks for isolation means it wherever it stands, as for pip.
    let is_isolated = arguments.iter().any(|argument| argument == "--isolated");
    let general = General::augment_args(Command::new("rpip").bin_name("rpip <command> [options]"));
    let general = general.arg(Arg::new("version").short('V').long("version").action(ArgAction::SetTrue));
    let Split { options, rest } = match arguments::split(&general, arguments, false) {
        Ok(split) => split,
        Err(Stop::Help(_)) => return help(None),
        Err(Stop::Wrong(reason)) => return wrong_option(&general, PROGRAM_USAGE, &reason),
    };
    if options.iter().any(|option| option == "--version") {
        return Terminal::plain().say(&version(&options));
    }
    let mut rest = rest.into_iter();
    let Some(name) = rest.next() else { return help(None) };
    let name = name.to_string_lossy().into_owned();
    if name == HELP.name {
        let general = General::augment_args(Command::new(HELP.name));
        return match arguments::split(&general, options.into_iter().chain(rest).collect(), true) {
            Ok(split) => help(split.rest.first().map(|name| name.to_string_lossy())),
            Err(Stop::Help(_)) => help(None),
            Err(Stop::Wrong(reason)) => usage_error("rpip help <command>", &reason),
        };
    }
    let Some(subcommand) = find(&name) else {
        return unknown(&name);
    };
    let mut command = command(subcommand);
    let usage = usage(&mut command);
    let split = match arguments::split(&command, options.into_iter().chain(rest).collect(), true) {
        Ok(split) => split,
        Err(Stop::Help(options)) => return command_help(&mut command, &usage, options),
        Err(Stop::Wrong(reason)) => return wrong_option(&command, &usage, &reason),
    };
    let settings = match config::arguments(&command, &split.options, is_isolated) {
        Ok(settings) => settings,
        Err(failure) => return failure::report(&failure, &Terminal::plain()),
    };
    let options = settings.into_iter().chain(split.options).filter_map(|option| said(&command, option));
    let options: Vec<OsString> = options.collect();
    let all = std::iter::once(OsString::from("rpip")).chain(options);
    let all = all.chain([OsString::from("--")]).chain(split.rest);
    match command.try_get_matches_from_mut(all).and_then(|matches| (subcommand.run)(&matches)) {
        Ok(code) => code,
        Err(error) => usage_error(&usage, &config::reason(&error)),
    }
}

/// `--version`, with the Python of the environment acted on; that there is none is no failure.
fn version(options: &[OsString]) -> String {
    let python = options.iter().rev().find_map(|option| option.to_str()?.strip_prefix("--python="));
    let request = python.map(PythonRequest::parse);
    let cache = dirs::cache_dir().map(|directory| Cache::at(directory.join("rpip")));
    let environment = search_context()
        .ok()
        .zip(cache)
        .and_then(|(context, cache)| find_environment(request.as_ref(), &context, &cache).ok());
    output::version_line(environment.as_ref())
}

/// The help of a subcommand, unless the options before `--help` are wrong already, as for pip.
fn command_help(command: &mut Command, usage: &str, options: Vec<OsString>) -> u8 {
    let all = std::iter::once(OsString::from("rpip")).chain(options);
    match command.try_get_matches_from_mut(all) {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidValue | ErrorKind::ValueValidation) => {
            usage_error(usage, &config::reason(&error))
        }
        _ => Terminal::plain().say(&output::command_help(command, usage)),
    }
}

/// An option as it counts: one of a path with an empty value, as an unset variable leaves it, says nothing (for pip), but
/// for the cache, which there is none of then.
fn said(command: &Command, option: OsString) -> Option<OsString> {
    let Some(name) = option.to_str().and_then(|text| text.strip_prefix("--")?.strip_suffix('=')) else {
        return Some(option);
    };
    let is_path = |option: &Arg| {
        option.get_value_parser().type_id() == TypeId::of::<PathBuf>() || option.get_id() == "proxy"
    };
    match command.get_arguments().find(|option| option.get_long() == Some(name)) {
        Some(option) if option.get_long() == Some("cache-dir") => Some("--no-cache-dir".into()),
        Some(option) if is_path(option) => None,
        _ => Some(option),
    }
}

/// The parser of one subcommand.
fn command(subcommand: &Subcommand) -> Command {
    let command = Command::new(subcommand.name)
        .bin_name(format!("rpip {}", subcommand.name))
        .about(subcommand.about)
        .args_override_self(true)
        .max_term_width(100);
    (subcommand.build)(command)
}

/// How a subcommand is used, on one line or several.
fn usage(command: &mut Command) -> String {
    let usage = command.render_usage().to_string();
    usage.strip_prefix("Usage: ").unwrap_or(&usage).replacen("[OPTIONS]", "[options]", 1)
}

fn help(name: Option<Cow<'_, str>>) -> u8 {
    let Some(name) = name else { return Terminal::plain().say(&general_help()) };
    match find(&name) {
        Some(subcommand) => {
            let mut command = command(subcommand);
            let usage = usage(&mut command);
            Terminal::plain().say(&output::command_help(&command, &usage))
        }
        None if name == HELP.name => Terminal::plain().say(&general_help()),
        None => unknown(&name),
    }
}

fn general_help() -> String {
    let is_main = |subcommand: &&Subcommand| MAIN.contains(&subcommand.name);
    let line = |subcommand: &Subcommand| CommandLine { name: subcommand.name, about: subcommand.about };
    let main = SUBCOMMANDS.iter().filter(is_main).map(line).collect();
    let others = SUBCOMMANDS.iter().filter(|subcommand| !is_main(subcommand)).map(line).chain([HELP]);
    let general = General::augment_args(Command::new("rpip"));
    output::general_help(
        PROGRAM_USAGE,
        &[("Commands", main), ("Further Commands", others.collect())],
        &general,
    )
}

fn unknown(name: &str) -> u8 {
    let terminal = Terminal::plain();
    terminal.error(&hints::unknown_command(name));
    terminal.finish(1)
}

/// A command line that cannot be split, with what may have been meant.
fn wrong_option(command: &Command, usage: &str, reason: &str) -> u8 {
    match hints::unknown_option(command, reason) {
        Some(hint) => usage_error(usage, &format!("{reason}\nhint: {hint}")),
        None => usage_error(usage, reason),
    }
}

/// A usage error, told as pip tells it.
fn usage_error(usage: &str, reason: &str) -> u8 {
    let terminal = Terminal::plain();
    terminal.complain(&format!("{}\n{reason}", output::usage_block(usage)));
    terminal.finish(USAGE)
}
