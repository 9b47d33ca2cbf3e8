//! What goes wrong: exit codes, and an environment that is as it was.

use crate::twin::{Aspect, Case, case, compare};

const CASES: &[Case] = &[
    case("nothing", "install"),
    case("unknown option", "install --no-such-option helper").says(&["no such option: --no-such-option"]),
    case("unknown short option", "install -x helper").says(&["no such option: -x"]),
    case("ambiguous option", "install --up helper").says(&["ambiguous option: --up"]),
    case("flag with a value", "install --pre=yes early"),
    case("option without a value", "install -r"),
    case("bad choice", "install --upgrade-strategy lazy helper"),
    case("bad number", "install --timeout soon helper"),
    case("bad setting", "install -C flavour helper"),
    case("bad date", "install --uploaded-prior-to yesterday timed"),
    case("bad name for a format", "install --no-binary '' helper"),
    case("unknown project", "install no-such-project").says(&[
        "ERROR: Could not find a version that satisfies the requirement no-such-project \
            (from versions: none)",
        "ERROR: No matching distribution found for no-such-project",
    ]),
    case("unknown version", "install helper==9")
        .says(&["ERROR: Could not find a version that satisfies the requirement helper==9 (from \
            versions: 1.0, 1.5, 2.0)"]),
    case("unknown dependency", "install needs-absent"),
    case("no file for this platform", "install alien").says(&["No matching distribution found for alien"]),
    case("conflict of requirements", "install old-fashioned modern").says(&["ResolutionImpossible"]),
    case("conflict with a pin", "install demo-app==2.0 'helper<2'").says(&["conflicting dependencies"]),
    case("conflict with itself", "install helper==1.0 helper==2.0").says(&["ResolutionImpossible"]),
    case("conflict in files", "install -r a.txt -r b.txt")
        .files(&[("a.txt", "helper==1.0\n"), ("b.txt", "modern\n")]),
    case("bad requirement", "install helper==").says(&["Invalid requirement"]),
    case("bad name", "install '???'").says(&["Invalid requirement"]),
    case("bad marker", "install 'helper; python > 3'"),
    case("bad specifier", "install 'helper=1.0'"),
    case("bad url", "install 'helper @ nowhere'"),
    case("unknown scheme", "install 'ftp+x://example.org/helper'"),
    case("unknown kind of file", "install ./archive.rar").files(&[("archive.rar", "")]),
    case("a wheel on the index that is none", "install not-a-wheel"),
    case("one of several fails", "install helper no-such-project card"),
    case("target and only dependencies", "install --only-deps --no-deps helper"),
    case("only dependencies of a file", "install --only-deps -r r.txt").files(&[("r.txt", "demo-app\n")]),
    case("general option in front", "--quiet install helper"),
    case("python behind", "install --python {work}/env helper").differs(
        &[Aspect::Code, Aspect::Output, Aspect::Files],
        "rpip takes --python behind the command as well",
    ),
    case("python that is not there", "--python {work}/nowhere install helper"),
    case("help", "install --help")
        .differs(&[Aspect::Output], "rpip's help has words and examples of its own"),
    case("help among others", "install --pre -h")
        .differs(&[Aspect::Output], "rpip's help has words and examples of its own"),
    case("two dashes", "install -- helper"),
    case("arguments that are empty", "install '' helper"),
    case("build constraint without builds", "install --build-constraint missing.txt helper"),
    case("config settings for a wheel", "install helper -C a=b"),
];

#[test]
fn failures() {
    compare(CASES);
}
