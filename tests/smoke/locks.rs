//! `lock` (PEP 751) beside pip's; and files that other tools write, `pip lock` and `pip-compile --generate-hashes`: rpip installs
//! what they say, and pip what rpip says.

use crate::twin::{Aspect, Case, Installer, Place, Twin, case, compare, index, tool};

/// A project with a dependency.
const PROJECT: &[(&str, &str)] = &[
    (
        "project/pyproject.toml",
        "{build-system}[project]\nname = \"My-Tree\"\nversion = \"1.0\"\ndependencies = [\"card\"]\n[project.optional-dependencies]\nmore = [\"leaf<2\"]\n",
    ),
    ("project/backend.py", "{backend}"),
    ("project/my_tree.py", "VALUE = 1\n"),
];

/// The same, beside a directory for locks.
const NEIGHBOURS: &[(&str, &str)] = &[PROJECT[0], PROJECT[1], PROJECT[2], ("locks/x", "")];

const REPOSITORY: &[&str] = &[
    "$ git -C project init -q -b main && git -C project add . && git -C project -c user.name=t -c user.email=t@example.org commit -qm one && git -C project tag v1",
];

const CASES: &[Case] = &[
    case("plain", "lock helper"),
    case("with what it needs", "lock demo-app"),
    case("several", "lock trunk marked 'parcel[ribbon]' ring-a demo-app==1.0"),
    case("to another file", "lock -o pylock.dev.toml demo-app"),
    case("to another directory", "lock --output locks/pylock.toml demo-app").files(&[("locks/x", "")]),
    case("to a directory that is not there", "lock -o locks/pylock.toml demo-app")
        .differs(&[Aspect::Code], "pip ends with a stack trace"),
    case("to a file of another name", "lock -o locked.toml helper")
        .says(&["locked.toml is not a valid lock file name."])
        .differs(&[Aspect::Files], "who has created it"),
    case("to standard output", "lock -q -o - helper"),
    case("over another", "lock helper").files(&[("pylock.toml", "old")]),
    case("a source distribution", "lock source-only"),
    case("sources", "lock --no-binary both both mixed"),
    case("without dependencies", "lock --no-deps demo-app"),
    case("only dependencies", "lock --only-deps demo-app"),
    case("a file of requirements", "lock -r r.txt").files(&[("r.txt", "demo-app<2\ncard\n")]),
    case("a constraint", "lock -c c.txt demo-app").files(&[("c.txt", "helper<2\n")]),
    case("a group", "lock --group tools")
        .files(&[("pyproject.toml", "[dependency-groups]\ntools = [\"helper<2\"]\n")]),
    case("what a script needs", "lock --requirements-from-script s.py")
        .files(&[("s.py", "# /// script\n# dependencies = [\"helper<2\"]\n# ///\n")]),
    case("another lock", "lock -r pylock.toml -o pylock.two.toml").before(&["lock demo-app"]),
    case("a directory", "lock ./project").files(PROJECT),
    case("a directory with an extra", "lock './project[more]'").files(PROJECT),
    case("a directory that is no neighbour", "lock ./project -o locks/pylock.toml")
        .files(NEIGHBOURS)
        .differs(&[Aspect::Code, Aspect::Files], "pip ends with a stack trace; rpip writes ../project"),
    case("editable", "lock -e ./project").files(PROJECT),
    case("a repository", "lock 'git+file://{work}/project@v1'").files(PROJECT).before(REPOSITORY),
    case("a wheel by url", "lock {files}/demo_app-1.0-py3-none-any.whl"),
    case("an archive by url", "lock {files}/source_only-1.0.tar.gz"),
    case("a wheel by path", "lock ./demo_app-2.0-py3-none-any.whl").before(&["download demo-app"]),
    case("from a directory", "lock --no-index -f links demo-app").before(&["download -d links demo-app"]),
    case("a pre-release", "lock --pre early"),
    case("withdrawn", "lock withdrawn==1.1").says(&["it bites"]),
    case("hashes", "lock -r r.txt")
        .files(&[("r.txt", "helper==1.0 --hash=sha256:{sha256:helper-1.0-py3-none-any.whl}\n")]),
    case("nothing", "lock"),
    case("nothing that is there", "lock nothing-of-the-kind"),
    case("a conflict", "lock old-fashioned modern"),
    case("what is installed is locked all the same", "lock demo-app").before(&["install 'helper==2.0'"]),
];

#[test]
fn locks_are_those_of_pip() {
    compare(CASES);
}

/// Has `packaging.pylock` look at a lock file.
const PROGRAM: &str = "
import sys, tomllib
from pip._vendor.packaging.pylock import Pylock
with open(sys.argv[1], 'rb') as file:
    lock = Pylock.from_dict(tomllib.load(file))
print(*sorted(package.name for package, _ in lock.select()))
";

#[test]
fn a_lock_of_rpip_is_valid_and_pip_installs_it() {
    let (_directory, [pip, rpip]) = twins();
    is_installed_by_both(&pip, &rpip, "demo-app==1.0 'parcel[ribbon]' source-only");
}

#[test]
fn a_lock_for_several_platforms_is_valid_and_pip_installs_it() {
    let (_directory, [pip, rpip]) = twins();
    is_installed_by_both(&pip, &rpip, "--universal demo-app==1.0 'parcel[ribbon]' source-only");
}

/// Locks these arguments by rpip, which come to the projects below, and installs the lock in both twins.
fn is_installed_by_both(pip: &Twin, rpip: &Twin, arguments: &str) {
    let line = format!("lock --index-url {} {arguments}", index().simple());
    let outcome = rpip.run(&line, false, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let lock = std::fs::read_to_string(rpip.work().join("pylock.toml")).unwrap();
    assert!(lock.contains("created-by = \"rpip\""), "{lock}");
    std::fs::write(pip.work().join("pylock.toml"), &lock).unwrap();
    let mut command = pip.command(tool("python"));
    command.args(["-c", PROGRAM, "pylock.toml"]);
    let outcome = pip.finish(command, "");
    assert_eq!(outcome.stdout, "card demo-app helper paper parcel source-only\n", "{}", outcome.stderr);
    for twin in [pip, rpip] {
        let outcome = twin.run("install -r pylock.toml", true, "");
        assert_eq!(outcome.code, 0, "{}\n{lock}", outcome.stderr);
    }
    assert_eq!(frozen(rpip), frozen(pip));
}

/// A pair of twins in one directory, which must outlive them.
pub fn twins() -> (tempfile::TempDir, [Twin; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let twins = [Installer::Pip, Installer::Rpip].map(|who| Twin::new(&root, who, Place::Environment));
    (directory, twins)
}

/// What `rpip freeze` says of the environment.
pub fn frozen(twin: &Twin) -> String {
    let mut command = twin.command(env!("CARGO_BIN_EXE_rpip"));
    command.arg("freeze");
    twin.finish(command, "").stdout
}

#[test]
fn a_lock_of_pip_is_installed() {
    let (_directory, [pip, rpip]) = twins();
    let line = format!("lock --index-url {} demo-app==1.0 'parcel[ribbon]' source-only", index().simple());
    let outcome = pip.run(&line, false, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let lock = std::fs::read_to_string(pip.work().join("pylock.toml")).unwrap();
    assert!(lock.contains("created-by = \"pip\""), "{lock}");
    std::fs::write(rpip.work().join("pylock.toml"), &lock).unwrap();
    for twin in [&pip, &rpip] {
        let outcome = twin.run("install -r pylock.toml", true, "");
        assert_eq!(outcome.code, 0, "{}\n{lock}", outcome.stderr);
    }
    assert_eq!(
        frozen(&rpip),
        "card==1.0\nDemo-App==1.0\nhelper==2.0\npaper==2.0\nparcel==1.0\nsource-only==1.0\n"
    );
    assert_eq!(frozen(&rpip), frozen(&pip));
}

#[test]
fn hashes_of_pip_compile_are_demanded_and_found() {
    let (_directory, [_, rpip]) = twins();
    rpip.write("r.in", "demo-app<2\nparcel[ribbon]\nsource-only\n");
    let mut command = rpip.command(tool("pip-compile"));
    command.args(["--quiet", "--generate-hashes", "--index-url", &index().simple(), "r.in"]);
    let outcome = rpip.finish(command, "");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let compiled = std::fs::read_to_string(rpip.work().join("r.txt")).unwrap();
    assert!(compiled.contains("--hash=sha256:"), "{compiled}");
    let outcome = rpip.run("install --require-hashes -r r.txt", true, "");
    assert_eq!(outcome.code, 0, "{}\n{compiled}", outcome.stderr);
    assert_eq!(
        frozen(&rpip),
        "card==1.0\nDemo-App==1.0\nhelper==2.0\npaper==2.0\nparcel==1.0\nsource-only==1.0\n"
    );
}
