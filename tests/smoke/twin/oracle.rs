//! Real pip: one virtual environment with pip 26.3 and what is tested beside it (pypiserver, pip-tools, build, twine), made from PyPI
//! when first needed and kept below `target/tmp`, for later runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// What is installed; another list makes another environment.
const REQUIREMENTS: &[&str] =
    &["pip==26.3", "pypiserver[passlib]==2.4.2", "pip-tools", "setuptools", "build==1.6.1", "twine==7.0.0"];

/// The environment's directory.
pub fn tools() -> &'static Path {
    static TOOLS: OnceLock<PathBuf> = OnceLock::new();
    TOOLS.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oracle");
        let mark = directory.join("complete");
        let wanted = REQUIREMENTS.join("\n");
        if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
            return directory;
        }
        let rpip = |arguments: &[&str]| {
            let output = Command::new(env!("CARGO_BIN_EXE_rpip"))
                .args(arguments)
                .env("VIRTUAL_ENV", &directory)
                .env_remove("PIP_FIND_LINKS")
                .output()
                .unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        rpip(&["venv", "--clear", directory.to_str().unwrap()]);
        rpip(&[&["install", "--quiet"], REQUIREMENTS].concat());
        std::fs::write(mark, wanted).unwrap();
        directory
    })
}

/// The script that runs this pip under any interpreter, as `pip --python` does.
pub fn pip_runner() -> PathBuf {
    let lib = std::fs::read_dir(tools().join("lib")).unwrap().next().unwrap().unwrap();
    lib.path().join("site-packages/pip/__pip-runner__.py")
}

/// A program of the environment.
pub fn tool(name: &str) -> PathBuf {
    tools().join("bin").join(name)
}
