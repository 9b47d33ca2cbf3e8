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
