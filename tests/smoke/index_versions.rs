//! `index versions`: what there is of a project.

use crate::twin::{Case, case, compare};

const CASES: &[Case] = &[
    case("plain", "index versions helper").says(&["helper (2.0)", "Available versions: 2.0, 1.5, 1.0"]),
    case("installed", "index versions helper")
        .before(&["install helper<2"])
        .says(&["  INSTALLED: 1.5", "  LATEST:    2.0"]),
    case("json", "index versions helper --json"),
    case("json, installed", "index versions Helper --json").before(&["install helper"]),
    case("as it is spelt", "index versions odd_NAME.x"),
    case("pre-releases", "index versions --pre early"),
    case("pre-releases of one", "index versions --all-releases early early"),
    case("no pre-releases", "index versions early"),
    case("nothing but pre-releases", "index versions only-early"),
    case("only final", "index versions --only-final :all: only-early"),
    case("pre and all-releases", "index versions --pre --all-releases early early"),
    case("withdrawn", "index versions withdrawn"),
    case("all withdrawn", "index versions all-withdrawn"),
    case("for another python", "index versions future"),
    case("whatever the python", "index versions --ignore-requires-python future"),
    case("for a python", "index versions --python-version 4.0 future"),
    case("for a platform", "index versions --platform win32 --python-version 3.6 alien"),
    case("for no platform", "index versions alien"),
    case("wheels", "index versions --only-binary :all: mixed"),
    case("sources", "index versions --no-binary :all: mixed"),
    case("before a date", "index versions --uploaded-prior-to 2023-01-01 timed"),
    case("local versions", "index versions local"),
    case("epochs", "index versions epochal"),
    case("nothing", "index versions nothing-of-the-kind")
        .says(&["No matching distribution found for nothing-of-the-kind"]),
    case("no name", "index versions 'a b'"),
    case("no project", "index versions"),
    case("two projects", "index versions helper card"),
    case("no action", "index"),
    case("another action", "index something helper"),
    case("quiet", "index versions -q helper"),
    case("another index", "index versions --extra-index-url {other} helper"),
];

#[test]
fn index_versions() {
    compare(CASES);
}
