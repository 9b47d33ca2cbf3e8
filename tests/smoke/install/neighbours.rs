//! What one installer left, changed by the other: upgrades, reinstalls and removals of what pip has installed.

use crate::twin::{Aspect, Case, Place, case, compare};

const PROJECT: &[(&str, &str)] = &[
    ("project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
    ("project/backend.py", "{backend}"),
    ("project/tree.py", ""),
];

const CASES: &[Case] = &[
    case("upgrade", "install -U demo-app").before(&["pip: install demo-app==1.0 helper==1.0"]),
    case("satisfied", "install demo-app 'parcel[ribbon]'").before(&["pip: install demo-app parcel"]),
    case("reinstall", "install --force-reinstall scripted").before(&["pip: install scripted"]),
    case("removal", "uninstall -y scripted").before(&["pip: install scripted"]),
    case("removal of several", "uninstall -y demo-app helper space-a")
        .before(&["pip: install demo-app space-a space-b"]),
    case("removal of what is not there", "uninstall -y helper absent").before(&["pip: install helper"]),
    case("removal by a file", "uninstall -y -r r.txt")
        .before(&["pip: install helper card"])
        .files(&[("r.txt", "helper\ncard>=1\n")]),
    case("removal after use", "uninstall -y demo-app").before(&[
        "pip: install demo-app",
        "$ unset PYTHONDONTWRITEBYTECODE; env/bin/python -c 'import demo_app'; echo mine \
            > {site}/demo_app/mine.txt",
    ]),
    case("editable, made a copy", "install ./project").files(PROJECT).before(&["pip: install -e ./project"]),
    case("a copy, made editable", "install -e ./project").files(PROJECT).before(&["pip: install ./project"]),
    case("editable, removed", "uninstall -y tree").files(PROJECT).before(&["pip: install -e ./project"]),
    case("editable, satisfied", "install tree").files(PROJECT).before(&["pip: install -e ./project"]),
    case("from a url, upgraded", "install -U helper")
        .before(&["pip: install {files}/helper-1.0-py3-none-any.whl"]),
    case("from a url, another url", "install {files}/helper-1.5-py3-none-any.whl")
        .before(&["pip: install {files}/helper-1.0-py3-none-any.whl"]),
    case("user, then environment", "install -U helper")
        .place(Place::SeesSystem)
        .before(&["pip: install --user helper==1.0"]),
    case("user, removed", "uninstall -y helper")
        .place(Place::SeesSystem)
        .before(&["pip: install --user helper"]),
    case("target, upgraded", "install -t target -U helper")
        .before(&["pip: install -t target helper==1.0"])
        .differs(&[Aspect::Files], "pip leaves the old version's metadata beside the new one's"),
    case("no bytecode, then with", "install --force-reinstall helper")
        .before(&["pip: install --no-compile helper"]),
    case("with bytecode, then none", "install --force-reinstall --no-compile demo-app")
        .before(&["pip: install demo-app"]),
    case("what is frozen", "freeze").before(&["pip: install demo-app {files}/card-1.0-py3-none-any.whl"]),
    case("what is checked", "check").before(&["pip: install --no-deps needs-absent modern helper==1.0"]),
];

#[test]
fn neighbours() {
    compare(CASES);
}
