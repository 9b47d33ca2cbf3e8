//! The protocol between a shell and the program (pip's): the words of the line and the place of the cursor come in
//! variables, what the current word may become is printed.

use clap::{Arg, Args, Command};
use operations::{Cache, PythonRequest, complete_installed, complete_paths, find_environment};

use crate::args::{General, search_context};
use crate::cli;
use crate::output::Terminal;

/// Set by the scripts that `rpip completion` prints.
const VARIABLE: &str = "PIP_AUTO_COMPLETE";
/// pip's exit code after an answer.
const ANSWERED: u8 = 1;
/// What commands can do, where they have subcommands of their own.
const ACTIONS: [(&str, &[&str]); 3] = [
    ("cache", &["dir", "info", "list", "remove", "purge"]),
    ("config", &["list", "edit", "get", "set", "unset", "debug"]),
    ("index", &["versions"]),
];

/// Answers a shell, if one asks.
pub(crate) fn answer() -> Option<u8> {
    std::env::var_os(VARIABLE)?;
    let words = std::env::var("COMP_WORDS").ok().filter(|words| !words.is_empty())?;
    let position = std::env::var("COMP_CWORD").ok().filter(|position| !position.is_empty())?;
    let Ok(position) = position.parse::<usize>() else { return Some(ANSWERED) };
    let words: Vec<&str> = words.split_whitespace().skip(1).collect();
    let terminal = Terminal::plain();
    for line in candidates(&Line {
        current: position.checked_sub(1).and_then(|at| words.get(at)).unwrap_or(&""),
        position,
        words: &words,
    }) {
        terminal.output(&line);
    }
    Some(terminal.finish(ANSWERED))
}

struct Line<'a> {
    /// Without the program.
    words: &'a [&'a str],
    /// The place of the current word, the program counted.
    position: usize,
    current: &'a str,
}

fn candidates(line: &Line<'_>) -> Vec<String> {
    let name =
        line.words.iter().copied().find(|word| *word == "help" || cli::names().any(|name| name == *word));
    match name {
        None => commands(line),
        Some("help") => Vec::new(),
        Some(name) => arguments(line, name),
    }
}

/// The commands, or general options; pip prints them on one line.
fn commands(line: &Line<'_>) -> Vec<String> {
    let general = General::augment_args(Command::new("rpip"));
    let mut names: Vec<String> = cli::names().chain(["help"]).map(str::to_owned).collect();
    if line.current.starts_with('-') {
        names.extend(general.get_arguments().filter(|option| !option.is_hide_set()).flat_map(spellings));
        names.extend(["--help", "-h", "--version", "-V"].map(str::to_owned));
    } else if let Some(only_directories) = path_kind(line, &general) {
        names = paths(line.current, only_directories);
    }
    names.retain(|name| name.starts_with(line.current));
    vec![names.join(" ")]
}

fn arguments(line: &Line<'_>, name: &str) -> Vec<String> {
    let is_option = line.current.starts_with('-');
    if !is_option && matches!(name, "show" | "uninstall" | "tree" | "why" | "verify") {
        let installed = installed(line);
        if !installed.is_empty() {
            return installed;
        }
    }
    if !is_option && name == "install" {
        return paths(line.current, false);
    }
    let Some(command) = cli::parser(name) else { return Vec::new() };
    let mut found = match path_kind(line, &command) {
        Some(only_directories) => paths(line.current, only_directories),
        None => options(line, &command),
    };
    let actions =
        ACTIONS.iter().find(|(command, _)| *command == name).map_or(&[][..], |(_, actions)| actions);
    if !actions.iter().any(|action| line.words.contains(action)) {
        found.extend(
            actions.iter().filter(|action| action.starts_with(line.current)).map(ToString::to_string),
        );
    }
    found
}

/// The options that begin so and do not stand there yet.
fn options(line: &Line<'_>, command: &Command) -> Vec<String> {
    let before = line.words.get(1..line.position.saturating_sub(1).max(1)).unwrap_or_default();
    let is_given = |name: &str| before.iter().any(|word| word.split('=').next() == Some(name));
    let mut found: Vec<String> = Vec::new();
    for option in command.get_arguments().filter(|option| !option.is_hide_set()) {
        for name in spellings(option).filter(|name| name.starts_with(line.current) && !is_given(name)) {
            let takes_value = option.get_action().takes_values() && name.starts_with("--");
            found.push(if takes_value { name + "=" } else { name });
        }
    }
    found.extend(
        ["--help", "-h"].into_iter().filter(|name| name.starts_with(line.current)).map(str::to_owned),
    );
    found
}

/// `--name`, its other long names, `-n`.
fn spellings(option: &Arg) -> impl Iterator<Item = String> {
    let aliases = option.get_long().and(option.get_all_aliases()).unwrap_or_default();
    let long = option.get_long().into_iter().chain(aliases).map(|name| format!("--{name}"));
    long.chain(option.get_short().map(|name| format!("-{name}")))
}

/// Whether the option before the current word takes a path, and then whether only a directory will do.
fn path_kind(line: &Line<'_>, command: &Command) -> Option<bool> {
    let previous = line.words.get(line.position.checked_sub(2)?)?.split('=').next()?;
    let mut options = command.get_arguments().filter(|option| !option.is_hide_set());
    let option =
        options.find(|option| previous.starts_with('-') && spellings(option).any(|name| name == previous))?;
    let kind = option.get_value_names()?.first()?.as_str();
    kind.split('/').any(|part| matches!(part, "path" | "file" | "dir")).then_some(kind == "dir")
}

fn paths(current: &str, only_directories: bool) -> Vec<String> {
    std::env::current_dir()
        .map_or_else(|_| Vec::new(), |here| complete_paths(&here, current, only_directories))
}

/// What is installed, in the environment that the line names or the one at hand.
fn installed(line: &Line<'_>) -> Vec<String> {
    let mut words = line.words.iter();
    let python = words.by_ref().any(|word| *word == "--python").then(|| words.next()).flatten();
    let request = python.map(|python| PythonRequest::parse(python));
    let cache = dirs::cache_dir().map(|directory| Cache::at(directory.join("rpip")));
    let others = line.words.get(1..).unwrap_or_default();
    let found = search_context().ok().zip(cache).and_then(|(context, cache)| {
        let environment = find_environment(request.as_ref(), &context, &cache).ok()?;
        complete_installed(&environment, &cache, line.current, others).ok()
    });
    found.unwrap_or_default()
}
