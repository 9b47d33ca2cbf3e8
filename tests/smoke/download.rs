//! `download`: which archives are saved, byte for byte, and what is said of it.

use crate::twin::{Aspect, Case, case, compare};

/// A project with a dependency.
const PROJECT: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "{build-system}[project]\nname = \"my-tree\"\nversion = \"1.0\"\ndependencies = [\"card\"]\n",
    ),
    ("project/backend.py", "{backend}"),
    ("project/my_tree.py", "VALUE = 1\n"),
];

const REPOSITORY: &[&str] = &[
    "$ git -C project init -q -b main && git -C project add . && git -C project -c user.name=t -c user.email=t@example.org commit -qm one && git -C project tag v1",
];

/// Saved already.
const SAVED_REPOSITORY: &[&str] = &[REPOSITORY[0], "download -d out git+file://{work}/project"];

const CASES: &[Case] = &[
    case("plain", "download helper"),
    case("with what it needs", "download demo-app"),
    case("many, in pip's order", "download trunk marked 'parcel[ribbon]' ring-a demo-app==1.0"),
    case("into a directory", "download -d out demo-app"),
    case("into a directory, long", "download --dest out/deep demo-app"),
    case("into a directory, longer", "download --destination-dir out demo-app"),
    case("into a directory, longest", "download --destination-directory=out demo-app"),
    case("into a file", "download -d file helper")
        .files(&[("file", "")])
        .differs(&[Aspect::Code], "pip ends with a stack trace"),
    case("without dependencies", "download --no-deps demo-app"),
    case("only dependencies", "download --only-deps demo-app"),
    case("an extra", "download 'parcel[ribbon]'"),
    case("a file of requirements", "download -r r.txt").files(&[("r.txt", "demo-app<2\ncard\n")]),
    case("a constraint", "download -c c.txt demo-app").files(&[("c.txt", "helper<2\n")]),
    case("a pre-release", "download --pre early"),
    case("withdrawn", "download withdrawn==1.1").says(&["it bites"]),
    case("from a directory", "download --no-index -f links -d out demo-app")
        .before(&["download -d links demo-app"]),
    case("from the directory itself", "download --no-index -f links -d links demo-app")
        .before(&["download -d links demo-app"])
        .says(&["File was already downloaded"]),
    case("there already", "download -d out demo-app")
        .before(&["download -d out helper"])
        .says(&["File was already downloaded", "Saved ./out/demo_app-2.0-py3-none-any.whl"]),
    case("there already, and wrong", "download -d out helper")
        .files(&[("out/helper-2.0-py3-none-any.whl", "wrong")])
        .says(&["has bad hash. Re-downloading."]),
    case("a source distribution", "download --no-binary both both"),
    case("a source distribution alone", "download --no-deps source-only"),
    case("a source distribution with what it needs", "download source-only"),
    case("a source distribution that is there, and wrong", "download --no-deps source-only")
        .files(&[("source_only-1.0.tar.gz", "wrong")])
        .says(&["has bad hash. Re-downloading."]),
    case("a wheel by url", "download {files}/demo_app-1.0-py3-none-any.whl"),
    case("an archive by url", "download -d out {files}/source_only-1.0.tar.gz"),
    case("an archive by direct reference", "download 'source-only @ {files}/source_only-1.0.tar.gz'"),
    case("an archive by path", "download -d out --no-deps ./links/source_only-1.0.tar.gz")
        .before(&["download --no-deps -d links source-only"]),
    case("a wheel by path", "download -d out ./links/demo_app-2.0-py3-none-any.whl")
        .before(&["download --no-deps -d links demo-app"]),
    case("a directory", "download ./project").files(PROJECT),
    case("a repository", "download -d out 'git+file://{work}/project@v1'").files(PROJECT).before(REPOSITORY),
    case("a repository, there already", "download --exists-action w -d out 'git+file://{work}/project'")
        .files(PROJECT)
        .before(SAVED_REPOSITORY),
    case("for another platform", "download --only-binary :all: --platform win32 --python-version 3.6 alien"),
    case(
        "for another platform, without dependencies",
        "download --no-deps --platform macosx_12_0_arm64 --python-version 3.12 alien",
    ),
    case(
        "for another abi",
        "download --only-binary=:all: --platform manylinux2014_aarch64 --abi abi3 --implementation cp portable",
    ),
    case("for another python", "download --only-binary=:all: --python-version 4.1 future"),
    case("for another platform, from source", "download --platform win32 alien"),
    case("for another platform, in vain", "download --only-binary=:all: --platform plan9 alien"),
    case("a group", "download --group tools")
        .files(&[("pyproject.toml", "[dependency-groups]\ntools = [\"helper<2\"]\n")]),
    case("what a script needs", "download --requirements-from-script s.py")
        .files(&[("s.py", "# /// script\n# dependencies = [\"helper<2\"]\n# ///\n")]),
    case("a lock file", "download -r pylock.toml -d out").before(&["lock --quiet demo-app source-only"]),
    case("hashes", "download -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("a hash of another algorithm", "download -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha512:{sha512:helper-1.0-py3-none-any.whl}\n")]),
    case("a wrong hash", "download -r r.txt").files(&[(
        "r.txt",
        "helper==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n",
    )]),
    case("no hash", "download --require-hashes helper==1.0"),
    case("a wrong hash on the index", "download swapped"),
    case("no hash on the index", "download unhashed plain-page"),
    case("nothing", "download"),
    case("nothing that is there", "download nothing-of-the-kind"),
    case("a conflict", "download old-fashioned modern"),
    case("editable is for others", "download -e ./project").files(PROJECT),
    case("pre and all-releases", "download --pre --all-releases early early"),
    case("quiet", "download -q helper"),
    case("what is installed is downloaded all the same", "download helper").before(&["install helper"]),
];

#[test]
fn download() {
    compare(CASES);
}
