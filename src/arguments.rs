//! A command line, split as pip's parser (Python's `optparse`) splits it: options anywhere, long names shortened to what
//! is unique, short ones clustered, any text as a value. What comes out is plain enough for clap, which gives it types.

use std::ffi::{OsStr, OsString};
use std::iter::Peekable;
use std::vec::IntoIter;

use clap::{Arg, Command};

/// Whether pip does not have the option, or not with this command: it is written in full then, so that what pip takes for an
/// abbreviation stays one.
fn is_own(command: &Command, option: &str) -> bool {
    match option {
        "index-strategy" => true,
        "index" => command.get_name() != "search",
        "all" | "yes" => command.get_name() == "install",
        _ => false,
    }
}

/// Why a command line goes no further.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `-h` or `--help` stands in it, behind these options.
    Help(Vec<OsString>),
    /// A usage error, in pip's words.
    Wrong(String),
}

/// A command line in two parts.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Split {
    /// Each as `--name` or `--name=value`, in order.
    pub(crate) options: Vec<OsString>,
    /// Everything else, in order.
    pub(crate) rest: Vec<OsString>,
}

/// An option of the table of names.
struct Named<'a> {
    /// The name that clap knows it by.
    long: &'a str,
    takes_value: bool,
}

/// Splits `arguments` by the options of `command`; with `interspersed`, options may stand behind other arguments, else
/// the first other argument ends them.
pub(crate) fn split(command: &Command, arguments: Vec<OsString>, interspersed: bool) -> Result<Split, Stop> {
    let mut found = Split::default();
    let mut arguments = arguments.into_iter().peekable();
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_encoded_bytes();
        if bytes == b"--" {
            found.rest.extend(arguments);
            break;
        } else if let Some(name) = bytes.strip_prefix(b"--") {
            let length = name.iter().position(|byte| *byte == b'=').unwrap_or(name.len());
            let name = String::from_utf8_lossy(&name[..length]).into_owned();
            let value = after(&argument, 2 + length + 1);
            match long(command, &name, value, &mut arguments)? {
                Some(option) => found.options.push(option),
                None => return Err(Stop::Help(found.options)),
            }
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            if !cluster(command, &argument, &mut arguments, &mut found.options)? {
                return Err(Stop::Help(found.options));
            }
        } else if interspersed {
            found.rest.push(argument);
        } else {
            found.rest.push(argument);
            found.rest.extend(arguments);
            break;
        }
    }
    Ok(found)
}

/// The part of `argument` from byte `start`, which follows an ASCII sign; none where it is shorter.
fn after(argument: &OsStr, start: usize) -> Option<OsString> {
    let bytes = argument.as_encoded_bytes();
    let rest = bytes.get(start..)?;
    match std::str::from_utf8(rest) {
        Ok(text) => Some(text.into()),
        Err(_) => raw(rest),
    }
}

#[cfg(unix)]
fn raw(bytes: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStringExt;
    Some(OsString::from_vec(bytes.to_vec()))
}

#[cfg(not(unix))]
fn raw(bytes: &[u8]) -> Option<OsString> {
    Some(String::from_utf8_lossy(bytes).into_owned().into())
}

/// `--name` or `--name=value`, the name perhaps shortened; none for `--help`.
fn long(
    command: &Command,
    name: &str,
    attached: Option<OsString>,
    arguments: &mut Peekable<IntoIter<OsString>>,
) -> Result<Option<OsString>, Stop> {
    let (name, option) = matching(command, name)?;
    if option.takes_value {
        let value = attached.or_else(|| arguments.next());
        let value = value.ok_or_else(|| Stop::Wrong(format!("--{name} option requires 1 argument")))?;
        return Ok(Some(joined(option.long, &value)));
    }
    match attached {
        Some(_) => Err(Stop::Wrong(format!("--{name} option does not take a value"))),
        None if option.long == "help" => Ok(None),
        None => Ok(Some(format!("--{}", option.long).into())),
    }
}

/// `-abc`, `-ovalue`, `-o value`; false where `-h` is among them.
fn cluster(
    command: &Command,
    argument: &OsStr,
    arguments: &mut Peekable<IntoIter<OsString>>,
    options: &mut Vec<OsString>,
) -> Result<bool, Stop> {
    let text = argument.to_string_lossy();
    for (position, letter) in text.char_indices().skip(1) {
        if letter == 'h' {
            return Ok(false);
        }
        let option = command.get_arguments().find(|option| option.get_short() == Some(letter));
        let option =
            option.and_then(named).ok_or_else(|| Stop::Wrong(format!("no such option: -{letter}")))?;
        if !option.takes_value {
            options.push(format!("--{}", option.long).into());
            continue;
        }
        let attached = after(argument, position + 1).filter(|value| !value.is_empty());
        let value = attached.or_else(|| arguments.next());
        let value = value.ok_or_else(|| Stop::Wrong(format!("-{letter} option requires 1 argument")))?;
        options.push(joined(option.long, &value));
        break;
    }
    Ok(true)
}

fn joined(long: &str, value: &OsStr) -> OsString {
    let mut joined = OsString::from(format!("--{long}="));
    joined.push(value);
    joined
}

fn named(option: &Arg) -> Option<Named<'_>> {
    Some(Named { long: option.get_long()?, takes_value: option.get_action().takes_values() })
}

/// The option that `name` stands for: a whole name, or the beginning of the only one.
fn matching<'a>(command: &'a Command, name: &str) -> Result<(String, Named<'a>), Stop> {
    let mut possible: Vec<(&str, Named<'_>)> = Vec::new();
    for option in command.get_arguments() {
        let Some(primary) = option.get_long() else { continue };
        let aliases = option.get_all_aliases().unwrap_or_default();
        for other in std::iter::once(primary).chain(aliases) {
            let Some(named) = named(option) else { continue };
            if other == name {
                return Ok((other.to_owned(), named));
            }
            if other.starts_with(name) && !is_own(command, other) {
                possible.push((other, named));
            }
        }
    }
    if "help".starts_with(name) {
        possible.push(("help", Named { long: "help", takes_value: false }));
    }
    possible.sort_by_key(|(other, _)| *other);
    if possible.len() > 1 {
        let names: Vec<String> = possible.iter().map(|(other, _)| format!("--{other}")).collect();
        return Err(Stop::Wrong(format!("ambiguous option: --{name} ({}?)", names.join(", "))));
    }
    match possible.pop() {
        Some((other, named)) => Ok((other.to_owned(), named)),
        None => Err(Stop::Wrong(format!("no such option: --{name}"))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::ArgAction;

    use super::*;

    fn command() -> Command {
        Command::new("test")
            .arg(Arg::new("quiet").long("quiet").short('q').action(ArgAction::Count))
            .arg(Arg::new("upgrade").long("upgrade").short('U').action(ArgAction::SetTrue))
            .arg(Arg::new("strategy").long("upgrade-strategy"))
            .arg(Arg::new("index").long("index-url").short('i').alias("pypi-url"))
            .arg(Arg::new("requirement").long("requirement").short('r'))
    }

    fn found(arguments: &[&str]) -> Result<(Vec<String>, Vec<String>), Stop> {
        let split = split(&command(), arguments.iter().map(OsString::from).collect(), true)?;
        let texts = |all: Vec<OsString>| all.into_iter().map(|text| text.into_string().unwrap()).collect();
        Ok((texts(split.options), texts(split.rest)))
    }

    #[test]
    fn options_are_found_as_optparse_finds_them() {
        for (arguments, options, rest) in [
            (&["a", "--quiet", "b"][..], &["--quiet"][..], &["a", "b"][..]),
            (&["--req", "x.txt", "a"], &["--requirement=x.txt"], &["a"]),
            (&["--req=x=y"], &["--requirement=x=y"], &[]),
            (&["--pypi-url", "--odd"], &["--index-url=--odd"], &[]),
            (&["-qU", "-ix", "-r", "-"], &["--quiet", "--upgrade", "--index-url=x", "--requirement=-"], &[]),
            (&["-Urfile", "-"], &["--upgrade", "--requirement=file"], &["-"]),
            (&["--upgrade", "--", "--quiet"], &["--upgrade"], &["--quiet"]),
            (&["--index-url=", "é"], &["--index-url="], &["é"]),
        ] {
            let expected = (
                options.iter().map(ToString::to_string).collect(),
                rest.iter().map(ToString::to_string).collect(),
            );
            assert_eq!(found(arguments), Ok(expected), "{arguments:?}");
        }
    }

    #[test]
    fn usage_errors_are_in_pips_words() {
        for (arguments, message) in [
            (&["--nosuch"][..], "no such option: --nosuch"),
            (&["-qZ"], "no such option: -Z"),
            (&["--up"], "ambiguous option: --up (--upgrade, --upgrade-strategy?)"),
            (&["--quiet=1"], "--quiet option does not take a value"),
            (&["--requirement"], "--requirement option requires 1 argument"),
            (&["-r"], "-r option requires 1 argument"),
        ] {
            assert_eq!(found(arguments), Err(Stop::Wrong(message.to_owned())), "{arguments:?}");
        }
        assert_eq!(found(&["-U", "--he", "--nosuch"]), Err(Stop::Help(vec!["--upgrade".into()])));
    }

    #[test]
    fn general_options_end_at_the_command() {
        let arguments = ["-q", "--requirement", "x", "install", "--nosuch"].map(OsString::from).to_vec();
        let split = split(&command(), arguments, false).unwrap();
        assert_eq!(split.options, ["--quiet", "--requirement=x"]);
        assert_eq!(split.rest, ["install", "--nosuch"]);
    }
}
