//! `cache`, as far as it does not show what caches hold: that of rpip holds other things than that of pip.

use super::{Session, compare};

#[test]
fn cache_speaks_as_pip_does() {
    compare(&Session {
        files: &[],
        before: &[],
        lines: &[
            // What making the environment left.
            "~ cache purge",
            "cache",
            "cache bogus",
            "cache dir",
            "cache dir x",
            "--cache-dir sub/../own cache dir",
            "cache dir --no-cache-dir",
            "$ PIP_NO_CACHE_DIR=1 {installer} cache dir",
            "$ PIP_CACHE_DIR='~/other' {installer} cache dir",
            "cache list",
            "cache list --format abspath",
            "cache list --format=x",
            "cache list a b",
            "cache list 'x*'",
            "cache remove",
            "cache remove a b",
            "cache remove nothing",
            "cache remove 'no-*'",
            "cache purge",
            "cache purge x",
            "cache info x",
            "cache remove '*'",
            "cache -q purge",
        ],
    });
}
