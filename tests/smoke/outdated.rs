//! `list --outdated` and `--uptodate`: what there is now of what is installed.

use crate::twin::{Case, case, compare};

const INSTALLED: &[&str] =
    &["install helper<2 demo-app<2 card leaf early mixed==1.0 --only-binary mixed timed<2"];

const CASES: &[Case] = &[
    case("outdated", "list --outdated").before(INSTALLED).says(&["helper   1.5     2.0    wheel"]),
    case("outdated, short", "list -o").before(INSTALLED),
    case("outdated as json", "list --outdated --format=json").before(INSTALLED),
    case("outdated as freeze", "list --outdated --format=freeze").before(INSTALLED),
    case("uptodate", "list --uptodate").before(INSTALLED),
    case("uptodate, short, as freeze", "list -u --format freeze").before(INSTALLED),
    case("both", "list --outdated --uptodate").before(INSTALLED),
    case("pre-releases", "list --outdated --pre").before(INSTALLED),
    case("pre-releases of one", "list --outdated --all-releases early").before(INSTALLED),
    case("only wheels", "list --outdated --only-binary :all:").before(INSTALLED),
    case("wheels preferred", "list --outdated --prefer-binary").before(INSTALLED),
    case("only what nothing requires", "list --outdated --not-required").before(INSTALLED),
    case("without some", "list --outdated --exclude helper --exclude leaf").before(INSTALLED),
    case("from elsewhere", "list --outdated --extra-index-url {other}").before(INSTALLED),
    case("from nowhere", "list --outdated --no-index").before(INSTALLED),
    case("nothing is outdated", "list --outdated").before(&["install card"]),
    case("editable", "list --outdated --format json")
        .files(&[
            ("project/pyproject.toml", "{build-system}[project]\nname = \"leaf\"\nversion = \"0.5\"\n"),
            ("project/backend.py", "{backend}"),
            ("project/leaf.py", ""),
        ])
        .before(&["install -e ./project"]),
];

#[test]
fn outdated() {
    compare(CASES);
}
