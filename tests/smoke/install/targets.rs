//! For another interpreter or platform: --platform, --python-version, --implementation, --abi.

use crate::twin::{Case, case, compare};

const CASES: &[Case] = &[
    case(
        "platform",
        "install -t target --only-binary :all: --platform win32 --python-version 36 \
            --abi cp36m --implementation cp alien",
    ),
    case(
        "platform of the older kind",
        "install -t target --only-binary=:all: --platform manylinux2014_x86_64 \
            --python-version 3.10 alien",
    ),
    case(
        "manylinux",
        "install -t target --no-deps --platform manylinux_2_17_x86_64 --python-version \
            3.10 --abi cp310 --implementation cp alien",
    ),
    case(
        "several platforms",
        "install -t target --no-deps --platform win_amd64 --platform macosx_12_0_arm64 \
            --python-version 3.12 --implementation cp alien",
    ),
    case(
        "stable abi",
        "install -t target --no-deps --platform manylinux2014_aarch64 --python-version \
            3.11 --abi abi3 --implementation cp portable",
    ),
    case(
        "another implementation",
        "install -t target --no-deps --platform win_amd64 --python-version 3.10 \
            --implementation pp --abi pypy310_pp73 portable",
    ),
    case("any implementation", "install -t target --no-deps --implementation py portable"),
    case("python alone", "install -t target --only-binary :all: --python-version 3.13 portable"),
    case("python and requires-python", "install -t target --only-binary :all: --python-version 4 future"),
    case("python without dots", "install -t target --only-binary :all: --python-version 37 helper"),
    case(
        "nothing that fits",
        "install -t target --no-deps --platform plan9 --abi none --implementation py alien",
    ),
    case("sources allowed", "install -t target --platform win32 helper"),
    case("no target", "install --platform win32 --no-deps helper"),
    case(
        "dry run",
        "install --dry-run --platform win_amd64 --python-version 3.13 --only-binary \
            :all: portable",
    ),
    case(
        "dependencies and markers",
        "install -t target --only-binary :all: --platform win32 --python-version 3.12 marked",
    ),
    case("python that is none", "install -t target --no-deps --python-version three helper"),
    case("with user", "install --user --platform win32 --no-deps helper"),
];

#[test]
fn targets() {
    compare(CASES);
}
