//! What is taken: names, specifiers, extras, markers, several at once, pre-releases, what is withdrawn.

use crate::twin::{Case, case, compare};

const CASES: &[Case] = &[
    case("plain", "install demo-app"),
    case("specifier", "install 'demo-app<2' helper!=2.0"),
    case("compatible release", "install helper~=1.0"),
    case("arbitrary equality", "install helper===1.5"),
    case("wildcard", "install helper==1.*"),
    case("name as it is spelt", "install DEMO_app odd_name.x"),
    case("extra", "install 'parcel[ribbon]'"),
    case("extras in two spellings", "install 'Parcel[gift_wrap, ribbon]'"),
    case("unknown extra", "install 'parcel[bow]'").says(&["does not provide the extra 'bow'"]),
    case("extra once with and once without", "install parcel 'parcel[ribbon]>=1'"),
    case("markers of dependencies", "install marked"),
    case("marker that does not hold", "install helper 'card; python_version < \"3\"'"),
    case("only a marker that does not hold", "install 'card; sys_platform == \"win32\"'"),
    case("marker with an extra", "install 'parcel[ribbon]; python_version >= \"3\"'"),
    case("chain", "install trunk"),
    case("circle", "install ring-a"),
    case("several", "install helper card paper parcel"),
    case("the same twice", "install helper helper"),
    case("the same with two ranges", "install 'helper>=1' 'helper<2'"),
    case("pre-release by flag", "install --pre early"),
    case("pre-release by specifier", "install 'early>=2.0.dev0'"),
    case("pre-release of a dependency", "install wants-early"),
    case("no pre-release", "install early"),
    case("nothing but pre-releases", "install only-early"),
    case("all releases of one", "install --all-releases early early only-early"),
    case("all releases of all", "install --all-releases :all: early"),
    case("only final", "install --only-final :all: early"),
    case("only final where there is none", "install --only-final only-early only-early"),
    case("pre and all-releases", "install --pre --all-releases early early"),
    case("withdrawn", "install withdrawn"),
    case("withdrawn and pinned", "install withdrawn==1.1").says(&["it bites"]),
    case("all withdrawn", "install all-withdrawn"),
    case("all withdrawn and pinned", "install all-withdrawn==1.0"),
    case("requires another python", "install future"),
    case("python passed over", "install --ignore-requires-python future"),
    case("never for this python", "install never").says(&["No matching distribution found for never"]),
    case("local version", "install local"),
    case("local version named", "install local==1.0+special"),
    case("post release", "install posted"),
    case("epoch", "install epochal"),
    case("build number", "install rebuilt"),
    case("uploaded before a date", "install --uploaded-prior-to 2023-01-01 timed"),
    case("uploaded before a time", "install --uploaded-prior-to 2020-01-01T00:00:00Z timed"),
    case("uploaded long enough ago", "install --uploaded-prior-to P10D timed"),
    case("uploaded at no known time", "install --uploaded-prior-to P10D helper"),
    case("refresh", "install --refresh-package :all: --refresh-package helper helper"),
];

#[test]
fn selection() {
    compare(CASES);
}
