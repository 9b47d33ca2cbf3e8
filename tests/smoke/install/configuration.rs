//! What is set outside the command line: pip.conf at all levels, PIP_* variables, --isolated.

use crate::twin::{Case, case, compare};

/// A project in source, a requirements file that names it, and settings for its build.
const PROJECT: &[(&str, &str)] = &[
    ("project/pyproject.toml", "{build-system}[project]\nname = \"tree\"\nversion = \"1.0\"\n"),
    ("project/backend.py", "{backend}"),
    ("project/tree.py", ""),
    ("r.txt", "./project\n"),
    ("/home/.config/pip/pip.conf", "[install]\nconfig-settings = flavour=sour\n"),
];

const CASES: &[Case] = &[
    case("user", "install helper")
        .bare()
        .files(&[("/home/.config/pip/pip.conf", "[global]\nindex-url = {index}\n")]),
    case("user, the old place", "install helper")
        .bare()
        .files(&[("/home/.pip/pip.conf", "[global]\nindex_url = {index}\n")]),
    case("both places of the user", "install helper").bare().files(&[
        ("/home/.pip/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\n"),
        ("/home/.config/pip/pip.conf", "[global]\nindex-url = {index}\n"),
    ]),
    case("system", "install helper")
        .bare()
        .files(&[("/system/pip/pip.conf", "[install]\nindex-url = {index}\n")]),
    case("site", "install helper").bare().files(&[("env/pip.conf", "[global]\nindex-url = {index}\n")]),
    case("site over user over system", "install early").bare().files(&[
        ("/system/pip/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\npre = yes\n"),
        ("/home/.config/pip/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\n"),
        ("env/pip.conf", "[global]\nindex-url = {index}\n"),
    ]),
    case("command over general", "install helper").bare().files(&[
        ("/system/pip/pip.conf", "[install]\nindex-url = {index}\n"),
        ("env/pip.conf", "[global]\nindex-url = http://127.0.0.1:9/\n"),
    ]),
    case("named file", "install helper").bare().variables(&[("PIP_CONFIG_FILE", "{work}/my.conf")]).files(&[
        ("my.conf", "[global]\nindex-url = {index}\n"),
        ("/home/.config/pip/pip.conf", "[global]\nconstraint = missing.txt\n"),
    ]),
    case("named file that is not there", "install helper")
        .variables(&[("PIP_CONFIG_FILE", "{work}/missing.conf")])
        .files(&[("/home/.config/pip/pip.conf", "[global]\nno-compile = true\n")]),
    case("no file at all", "install helper")
        .variables(&[("PIP_CONFIG_FILE", "/dev/null")])
        .files(&[("env/pip.conf", "[global]\nconstraint = missing.txt\n")]),
    case("isolated", "install --isolated helper")
        .variables(&[("PIP_CONSTRAINT", "missing.txt")])
        .files(&[("/home/.config/pip/pip.conf", "[global]\nconstraint = missing.txt\n")]),
    case("isolated, the site counts", "install --isolated helper")
        .files(&[("env/pip.conf", "[install]\nno-compile = yes\n")]),
    case("isolated, the system counts", "install --isolated helper")
        .files(&[("/system/pip/pip.conf", "[install]\nno-compile = yes\n")]),
    case("variable", "install helper").bare().variables(&[("PIP_INDEX_URL", "{index}")]),
    case("variable over file", "install helper")
        .bare()
        .variables(&[("PIP_INDEX_URL", "{index}")])
        .files(&[("/home/.config/pip/pip.conf", "[install]\nindex-url = http://127.0.0.1:9/\n")]),
    case("command line over variable", "install helper")
        .variables(&[("PIP_INDEX_URL", "http://127.0.0.1:9/")]),
    case("lists in a file", "install elsewhere helper").files(&[(
        "/home/.config/pip/pip.conf",
        "[global]\nextra-index-url =\n    {other}\n    http://{authority}/nothing/\n",
    )]),
    case("lists in a variable", "install elsewhere helper")
        .variables(&[("PIP_EXTRA_INDEX_URL", "{other} http://{authority}/nothing/")]),
    case("lists grow on the command line", "install -c two.txt helper card")
        .variables(&[("PIP_CONSTRAINT", "one.txt")])
        .files(&[("one.txt", "helper<2\n"), ("two.txt", "card\n")]),
    case("flag", "install early").variables(&[("PIP_PRE", "on")]),
    case("flag that is off", "install early").variables(&[("PIP_PRE", "off")]),
    case("negative flag", "install helper").variables(&[("PIP_NO_COMPILE", "1")]),
    case("negative flag that is off", "install helper").variables(&[("PIP_NO_COMPILE", "0")]),
    case("positive flag that is off", "install helper")
        .files(&[("env/pip.conf", "[install]\ncompile = no\n")]),
    case("no dependencies", "install demo-app").variables(&[("PIP_NO_DEPS", "yes")]),
    case("an alias", "install demo-app").variables(&[("PIP_NO_DEPENDENCIES", "yes")]),
    case("no cache", "install helper").variables(&[("PIP_NO_CACHE_DIR", "false")]),
    case("count", "install helper").variables(&[("PIP_QUIET", "1")]),
    case("count that is none", "install helper").variables(&[("PIP_QUIET", "very")]),
    case("flag that is neither", "install helper").variables(&[("PIP_PRE", "perhaps")]),
    case("choice that is none", "install helper").variables(&[("PIP_UPGRADE_STRATEGY", "lazy")]),
    case("number that is none", "install helper").variables(&[("PIP_TIMEOUT", "soon")]),
    case("empty variable", "install helper")
        .variables(&[("PIP_CONSTRAINT", "")])
        .files(&[("/home/.config/pip/pip.conf", "[global]\nno-compile = yes\n")]),
    case("unknown setting", "install helper")
        .variables(&[("PIP_LEVITATE", "1")])
        .files(&[("env/pip.conf", "[global]\nlevitate = high\n")]),
    case("broken file", "install helper").files(&[("/home/.config/pip/pip.conf", "index-url = {index}\n")]),
    case("requirement file", "install")
        .variables(&[("PIP_REQUIREMENT", "r.txt")])
        .files(&[("r.txt", "helper\n")]),
    case("target", "install helper").variables(&[("PIP_TARGET", "target")]),
    case("prefix", "install helper")
        .files(&[("/home/.config/pip/pip.conf", "[install]\nprefix = {work}/prefix\n")]),
    case("user", "install helper").variables(&[("PIP_USER", "yes")]),
    case("user that is off", "install helper").variables(&[("PIP_USER", "no")]),
    case("virtual environment demanded", "install helper").variables(&[("PIP_REQUIRE_VIRTUALENV", "true")]),
    case("format of wheels", "install both mixed")
        .variables(&[("PIP_NO_BINARY", "both"), ("PIP_ONLY_BINARY", "mixed")]),
    case("format of wheels, overridden", "install --only-binary both both")
        .variables(&[("PIP_NO_BINARY", ":all:")]),
    case("find-links", "install --no-index helper")
        .variables(&[("PIP_FIND_LINKS", "links {work}/more")])
        .before(&["$ mkdir links more && curl -sf -o links/helper-1.0-py3-none-any.whl \
            {files}/helper-1.0-py3-none-any.whl && curl -sf -o \
            more/helper-1.5-py3-none-any.whl {files}/helper-1.5-py3-none-any.whl"]),
    case("settings of the build", "install ./project")
        .variables(&[("PIP_CONFIG_SETTINGS", "flavour=sweet")])
        .files(PROJECT),
    case("settings of the build in a file", "install ./project").files(PROJECT),
    case("settings of the build from everywhere", "install ./project -C more=1 -C flavour=bitter")
        .variables(&[("PIP_CONFIG_SETTINGS", "flavour=sweet size=1")])
        .files(PROJECT),
    case("settings of the build and requirements files", "install -r r.txt -C more=1").files(PROJECT),
    case("dry run", "install helper").variables(&[("PIP_DRY_RUN", "t")]),
    case("group", "install")
        .variables(&[("PIP_GROUP", "tests")])
        .files(&[("pyproject.toml", "[dependency-groups]\ntests = [\"helper\"]\n")]),
    case("uploaded prior to", "install timed").variables(&[("PIP_UPLOADED_PRIOR_TO", "2023-01-01")]),
    case("values with a per cent sign", "install helper")
        .files(&[("/home/.config/pip/pip.conf", "[global]\nproxy =\ncert-password = 50%\n")]),
    case("case of keys", "install early")
        .files(&[("/home/.config/pip/pip.conf", "[global]\nPRE = Yes\n--no-compile: 1\n")]),
];

#[test]
fn configuration() {
    compare(CASES);
}
