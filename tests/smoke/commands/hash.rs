//! `hash`, `debug`, and what is said of unknown commands.

use super::{Session, compare};

#[test]
fn hash_is_that_of_pip() {
    compare(&Session {
        files: &[("a", "abc"), ("b c", "")],
        before: &[],
        lines: &[
            "hash",
            "hash a",
            "hash a 'b c'",
            "hash -a sha512 a",
            "hash --algo=sha384 a",
            "hash -asha384 ./a",
            "hash -a md5 a",
            "hash a none",
            "hash .",
            "hash -q a",
            "hash a --nosuch",
            "--require-virtualenv hash a",
        ],
    });
}

#[test]
fn debug_shows_the_same_tags() {
    compare(&Session {
        files: &[],
        before: &[],
        lines: &[
            "$ {installer} debug | grep -A20 Compatible",
            "$ {installer} debug -v | grep -A9999 Compatible",
            "$ {installer} debug --platform win_amd64 --python-version 3.9 | grep -A20 Compatible",
            "$ {installer} debug --platform win_amd64 --platform any --abi cp39 --implementation cp | grep -A9999 Compatible",
            "$ {installer} debug --python-version 37 | grep -A20 Compatible",
            "$ {installer} debug --python-version 3.7.3 -v | grep -A9999 Compatible",
            "$ {installer} debug --python-version 3 -v | grep -A9999 Compatible",
            "$ {installer} debug --implementation ip | grep -A20 Compatible",
            "$ {installer} debug --abi none | grep -A20 Compatible",
            "$ {installer} debug | grep 'sys.platform\\|name:\\|CA_BUNDLE\\|config value\\|sys.executable'",
            "~ debug --python-version x",
        ],
    });
}

#[test]
fn commands_are_guessed_as_by_pip() {
    compare(&Session {
        files: &[],
        before: &[],
        lines: &[
            "hlp",
            "instal x",
            "uninstal x",
            "remove x",
            "help remove",
            "help lst",
            "help nothing-of-the-kind",
            "help frezee list",
            "~ help list",
            "~ help list show",
            "~ list -h",
            "~ help --nosuch",
            "~ -h install",
            "~ -V list",
            "~ --version -q",
            "frezee",
            "shw",
            "~ help",
            "~ --help",
            "~ list --help",
            "~ --version",
        ],
    });
}
