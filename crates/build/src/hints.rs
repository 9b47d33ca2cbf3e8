//! What may help when a build fails: read from the exception and from the last lines of output.

use crate::{Hook, HookProblem};

/// A text in the output, and what it means.
const SIGNS: &[(&[&str], &str)] = &[
    (
        &[
            "command 'gcc' failed: No such file",
            "command 'cc' failed: No such file",
            "command 'clang' failed: No such file",
            "command 'x86_64-linux-gnu-gcc' failed: No such file",
            "unable to execute 'gcc'",
            "unable to execute 'cc'",
            "gcc: not found",
            "gcc: command not found",
            "cc: command not found",
            "No CMAKE_C_COMPILER could be found",
            "Unknown compiler(s): [['cc']",
            "linker `cc` not found",
            "no acceptable C compiler found",
        ],
        "it needs a C compiler: install gcc or clang (Debian, Ubuntu: build-essential)",
    ),
    (
        &[
            "command 'g++' failed: No such file",
            "command 'c++' failed: No such file",
            "No CMAKE_CXX_COMPILER could be found",
            "Unknown compiler(s): [['c++']",
            "g++: not found",
            "g++: command not found",
        ],
        "it needs a C++ compiler: install g++ or clang++ (Debian, Ubuntu: build-essential)",
    ),
    (
        &["Microsoft Visual C++ 14.0 or greater is required"],
        "it needs a C compiler: install the Microsoft C++ Build Tools",
    ),
    (
        &["Python.h: No such file", "'Python.h' file not found"],
        "it needs the header files of Python (Debian, Ubuntu: python3-dev; Fedora: python3-devel)",
    ),
    (
        &[
            "can't find Rust compiler",
            "Cargo, the Rust package manager, is not installed",
            "cargo: command not found",
            "No such file or directory: 'cargo'",
            "No such file or directory: 'rustc'",
        ],
        "it needs a Rust compiler: install rustc and cargo",
    ),
    (
        &["Unknown compiler(s): [['gfortran']", "no Fortran compiler", "No CMAKE_Fortran_COMPILER"],
        "it needs a Fortran compiler: install gfortran",
    ),
    (
        &["pkg-config: not found", "pkg-config is required", "pkg-config: command not found"],
        "it needs the program pkg-config",
    ),
    (
        &["Missing parentheses in call to 'print'"],
        "it is written for Python 2: look for a newer version of it",
    ),
    (
        &["use_2to3 is invalid"],
        "it needs a setuptools older than 58: put 'setuptools<58' into a file for --build-constraint",
    ),
];

/// Modules that went away, and what still has them.
const GONE: &[(&str, &str)] = &[
    ("pkg_resources", "setuptools<81"),
    ("setuptools.command.test", "setuptools<72"),
    ("distutils.msvccompiler", "setuptools<65"),
];

/// How the worker says that it has looked for a backend in the source tree.
const NOT_IN_BACKEND_PATH: &str = " in backend-path";

/// Hints for a hook that failed; `missing` is a module that could not be imported.
pub(crate) fn hints(
    hook: Hook,
    problem: &HookProblem,
    missing: Option<&str>,
    output: &[String],
) -> Vec<String> {
    let mut hints = Vec::new();
    match (problem, missing) {
        (HookProblem::Unavailable { message }, Some(module)) if message.ends_with(NOT_IN_BACKEND_PATH) => {
            hints.push(format!(
                "build-system.build-backend names '{module}', which is in none of the directories of backend-path"
            ));
        }
        (_, Some(module)) => hints.push(missing_module(module)),
        (_, None) => {}
    }
    for (signs, hint) in SIGNS {
        if output.iter().any(|line| signs.iter().any(|sign| line.contains(sign))) {
            hints.push((*hint).to_owned());
        }
    }
    if hints.is_empty()
        && let Some(header) = output.iter().find_map(|line| missing_header(line))
    {
        hints.push(format!("it needs the development files of the library that has {header}"));
    }
    match problem {
        HookProblem::Missing => hints.push(
            match hook {
                Hook::BuildEditable => "for an editable install the backend must support PEP 660",
                _ => "every backend has this hook (PEP 517): is build-system.build-backend the right module?",
            }
            .to_owned(),
        ),
        HookProblem::Exited { status } if status.contains("signal: 9") => {
            hints.push("the system may have run out of memory".to_owned());
        }
        _ => {}
    }
    hints
}

fn missing_module(module: &str) -> String {
    if let Some((_, requirement)) = GONE.iter().find(|(gone, _)| *gone == module) {
        return format!(
            "'{module}' is not in recent versions of setuptools: put '{requirement}' into a file for \
             --build-constraint"
        );
    }
    format!(
        "the package needs the module '{module}' to build, and does not list what provides it in \
         build-system.requires: add it there, or tell its authors; or install it and try --no-build-isolation"
    )
}

/// The header in `x.c:1:10: fatal error: ffi.h: No such file or directory`.
fn missing_header(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("fatal error: ")?;
    if let Some((header, _)) = rest.split_once(": No such file") {
        return Some(header);
    }
    rest.split_once(" file not found").map(|(header, _)| header.trim_matches('\''))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(missing: Option<&str>, line: &str) -> String {
        let problem = HookProblem::Raised { kind: String::new(), message: String::new() };
        hints(Hook::BuildWheel, &problem, missing, &["before".to_owned(), line.to_owned()]).join("\n")
    }

    #[test]
    fn known_failures_are_explained() {
        for (missing, line, hint) in [
            (Some("numpy"), "", "the module 'numpy'"),
            (Some("pkg_resources"), "", "'setuptools<81'"),
            (None, "error: command 'gcc' failed: No such file or directory", "C compiler"),
            (None, "x.c:1:10: fatal error: Python.h: No such file or directory", "header files of Python"),
            (None, "x.c:1:10: fatal error: ffi.h: No such file or directory", "has ffi.h"),
            (None, "x.c:1:10: fatal error: 'zlib.h' file not found", "has zlib.h"),
            (None, "error: can't find Rust compiler", "Rust compiler"),
            (None, "SyntaxError: Missing parentheses in call to 'print'. Did", "Python 2"),
        ] {
            let found = of(missing, line);
            assert!(found.contains(hint) && !found.contains('\n'), "{line}: {found}");
        }
        assert_eq!(of(None, "error: something else"), "");
    }
}
