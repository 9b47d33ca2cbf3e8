//! Elsewhere than in the environment: --user, --target, --prefix, --root.

use crate::twin::{Aspect, Case, Place, case, compare};

/// Why rpip leaves a distribution out of a --target.
const WHOLE: &str = "rpip leaves a distribution out as a whole, where pip leaves it half old and half new";

const CASES: &[Case] = &[
    case("user", "install --user demo-app scripted").place(Place::SeesSystem),
    case("user, at a base of its own", "install --user helper")
        .place(Place::SeesSystem)
        .variables(&[("PYTHONUSERBASE", "{work}/base")]),
    case("user, upgraded", "install --user -U helper")
        .place(Place::SeesSystem)
        .before(&["install --user helper==1.0"])
        .differs(
            &[Aspect::Output, Aspect::Files],
            "pip leaves the old version's metadata beside the new one's",
        ),
    case("user, and the environment has it", "install --user helper==1.0")
        .place(Place::SeesSystem)
        .before(&["install helper"]),
    case("user site is not wanted", "install --user helper")
        .place(Place::SeesSystem)
        .variables(&[("PYTHONNOUSERSITE", "1")]),
    case("user where it is not seen", "install --user helper").says(&["Can not perform a '--user' install"]),
    case("no user", "install --user --no-user helper"),
    case("user and target", "install --user --target target helper"),
    case("user and prefix", "install --user --prefix prefix helper"),
    case("target", "install --target target demo-app scripted"),
    case("target, under its short name", "install -ttarget demo-app"),
    case("target, though it is installed", "install -t target demo-app").before(&["install demo-app"]),
    case("target that has it", "install -t target helper==1.0")
        .before(&["install -t target helper"])
        .differs(&[Aspect::Files, Aspect::Output], WHOLE),
    case("target, upgraded", "install -t target -U demo-app")
        .before(&["install -t target demo-app==1.0"])
        .differs(&[Aspect::Files], "pip leaves the old version's metadata beside the new one's"),
    case("target, not upgraded", "install -t target demo-app")
        .before(&["install -t target demo-app==1.0"])
        .differs(&[Aspect::Files, Aspect::Output], WHOLE),
    case("target, a second project with scripts", "install -t target demo-app")
        .before(&["install -t target scripted"])
        .differs(&[Aspect::Files], "pip drops the scripts, for there is a bin already"),
    case("target that is a link", "install -t target -U helper")
        .before(&["$ mkdir target real && ln -s ../real target/helper-2.0.dist-info"])
        .differs(&[Aspect::Files, Aspect::Output], WHOLE),
    case("target that is a file", "install -t target helper").files(&[("target", "")]),
    case("target, with a space", "install --target 'target of mine' demo-app"),
    case("target in the home", "install --target ~/mine helper"),
    case("prefix", "install --prefix prefix demo-app scripted"),
    case("prefix, again", "install --prefix prefix helper")
        .before(&["install --prefix prefix helper==1.0"])
        .differs(&[Aspect::Output, Aspect::Files], "rpip sees what is in the prefix; pip writes over it"),
    case("prefix, ignoring", "install --prefix prefix --ignore-installed helper")
        .before(&["install helper==1.0"]),
    case("root", "install --root root demo-app scripted"),
    case("root, ignoring what is there", "install --root root -I helper").before(&["install helper"]),
    case("root, and it is there", "install --root root helper").before(&["install helper==1.0"]),
    case("root and prefix", "install --root root --prefix {work}/prefix scripted"),
    case(
        "root and prefix, no bytecode",
        "install --root root --prefix {work}/mine --no-compile --ignore-installed scripted",
    ),
    case("root and target", "install --root root --target target helper")
        .differs(&[Aspect::Files], "pip leaves everything in a temporary directory's place below the root"),
    case("prefix and target", "install --prefix prefix --target target helper"),
    case("root and user", "install --root root --user helper").place(Place::SeesSystem),
];

#[test]
fn places() {
    compare(CASES);
}
