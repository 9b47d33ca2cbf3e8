//! The table of pip's options is whole: it names what pip's own parser names, no more and no less.

use std::collections::BTreeMap;
use std::process::Command;

use crate::pip_options::{INSTALL_OPTIONS, Takes};
use crate::twin::tool;

/// One line an option: names, whether a value follows, choices.
const PROGRAM: &str = "
from pip._internal.commands import create_command
parser = create_command('install').parser
for option in parser.option_list_all:
    names = sorted(option._long_opts + option._short_opts)
    takes = 'value' if option.type is not None else 'nothing'
    print(' '.join(names), takes, ' '.join(option.choices or []), sep='|')
";

#[test]
fn the_table_of_options_is_that_of_pip() {
    let mut command = Command::new(tool("python"));
    let output = command.args(["-I", "-c", PROGRAM]).env("PIP_CONFIG_FILE", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: BTreeMap<String, String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split_once('|').unwrap())
        .map(|(names, rest)| (names.to_owned(), rest.to_owned()))
        .collect();
    let ours: BTreeMap<String, String> = INSTALL_OPTIONS
        .iter()
        .map(|option| {
            let mut names: Vec<&str> = option.names().collect();
            names.sort_unstable();
            let takes = if option.takes == Takes::Nothing { "nothing" } else { "value" };
            (names.join(" "), format!("{takes}|{}", option.choices.join(" ")))
        })
        .collect();
    assert_eq!(ours, theirs);
}

/// Commands whose options are pip's, and one's own beside them.
const COMMANDS: &[&str] = &["download", "wheel", "lock", "index", "search", "list"];

/// A value that an option takes, where it is not any text.
fn sample(name: &str) -> &str {
    match name {
        "--timeout" | "--default-timeout" | "--retries" | "--resume-retries" => "1",
        "--python-version" => "3.12",
        "--uploaded-prior-to" => "P1D",
        "--config-settings" | "-C" => "a=b",
        "--no-binary" | "--only-binary" | "--all-releases" | "--only-final" => ":all:",
        _ => "x",
    }
}

#[test]
fn every_option_of_pip_is_known() {
    let mut unknown = Vec::new();
    for name in COMMANDS {
        let program = PROGRAM.replace("create_command('install')", &format!("create_command('{name}')"));
        let mut command = Command::new(tool("python"));
        command.args(["-I", "-c", &program]).env("PIP_CONFIG_FILE", "/dev/null");
        let options = String::from_utf8(command.output().unwrap().stdout).unwrap();
        assert!(options.lines().count() > 20, "{name}: {options}");
        for line in options.lines() {
            let mut fields = line.split('|');
            let (names, takes) = (fields.next().unwrap(), fields.next().unwrap());
            let choices = fields.next().unwrap_or_default();
            for option in
                names.split(' ').filter(|option| !matches!(*option, "-h" | "--help" | "-V" | "--version"))
            {
                let mut command = Command::new(env!("CARGO_BIN_EXE_rpip"));
                command.args([*name, option]);
                if takes == "value" {
                    command
                        .arg(choices.split(' ').find(|choice| !choice.is_empty()).unwrap_or(sample(option)));
                }
                let output = command.arg("--help").env("PIP_CONFIG_FILE", "/dev/null").output().unwrap();
                if !output.status.success() {
                    unknown
                        .push(format!("{name} {option}: {}", String::from_utf8_lossy(&output.stderr).trim()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}
