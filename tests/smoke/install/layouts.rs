//! What is written for a wheel: scripts, data files, headers, bytecode, modes; and what is said of it.

use crate::twin::{Aspect, Case, Place, case, compare};

const CASES: &[Case] = &[
    case("scripts and data", "install scripted"),
    case("scripts and data, reinstalled", "install --force-reinstall scripted").before(&["install scripted"]),
    case("no bytecode", "install --no-compile scripted"),
    case("bytecode after all", "install --no-compile --compile scripted"),
    case("no bytecode after all", "install --compile --no-compile scripted"),
    case("platform library", "install native"),
    case("namespace in two parts", "install space-a space-b"),
    case("namespace, one part upgraded", "install --force-reinstall space-a")
        .before(&["install space-a space-b"]),
    case("licences", "install licensed"),
    case("quiet", "install -q demo-app"),
    case("quieter", "install -qq demo-app"),
    case("quietest", "install -qqq no-such-project"),
    case("verbose", "install -v demo-app"),
    case("very verbose", "install -vvv helper")
        .differs(&[Aspect::Output], "pip's last words are of its build tracker"),
    case("quiet and verbose", "install -q -v helper"),
    case("no colour", "install --no-color helper"),
    case("progress off", "install --progress-bar off helper"),
    case("progress raw", "install --progress-bar raw helper"),
    case("script location", "install --no-warn-script-location demo-app"),
    case("root user", "install --root-user-action ignore helper"),
    case("debug", "install --debug helper")
        .differs(&[Aspect::Output], "pip's last words are of its build tracker"),
    case("no clean", "install --no-clean helper"),
    case(
        "obsolete flags",
        "install --no-python-version-warning --use-pep517 --disable-pip-version-check helper",
    ),
    case("features", "install --use-feature fast-deps --use-feature truststore helper"),
    case("obsolete features", "install --use-deprecated legacy-certs helper"),
    case("sees the system", "install helper").place(Place::SeesSystem),
    case("virtual environment demanded", "install --require-virtualenv helper"),
    case("virtual environment demanded in vain", "install --require-virtualenv --dry-run helper")
        .place(Place::Interpreter),
    case("log", "install --log {home}/.cache/log.txt helper"),
    case("no input, no questions", "install --no-input --exists-action w --keyring-provider disabled helper"),
    case("two distributions with one file", "install clash-a clash-b"),
    case("a file that another distribution has", "install clash-b").before(&["install clash-a"]),
    case("a file that nobody has", "install helper")
        .before(&["$ echo mine > env/lib/python{python}/site-packages/helper.py"]),
];

#[test]
fn layouts() {
    compare(CASES);
}
