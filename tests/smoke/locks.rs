//! Files that other tools write: `pip lock` (PEP 751) and `pip-compile --generate-hashes`. rpip installs what they say.

use crate::twin::{Installer, Place, Twin, index, tool};

/// A pair of twins in one directory, which must outlive them.
fn twins() -> (tempfile::TempDir, [Twin; 2]) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().canonicalize().unwrap();
    let twins = [Installer::Pip, Installer::Rpip].map(|who| Twin::new(&root, who, Place::Environment));
    (directory, twins)
}

/// What `rpip freeze` says of the environment.
fn frozen(twin: &Twin) -> String {
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
