//! Against the real PyPI and the real pip, with real backends: `cargo test --features smoke --test smoke`. Not part of the
//! ordinary tests, which need no internet. The variable `CASE` picks the cases whose name holds it.
#![cfg(feature = "smoke")]
#![allow(unreachable_pub, clippy::unwrap_used)]

mod commands;
mod compile;
mod download;
mod exchange;
mod index_versions;
mod install;
mod locks;
mod options;
mod outdated;
mod publishing;
mod reports;
mod servers;
mod twin;
mod wheel;

#[path = "../cli/pip_options.rs"]
mod pip_options;

#[path = "../cli/world.rs"]
#[allow(dead_code)]
mod world;

use world::World;

#[test]
fn flask_is_installed_and_runs() {
    let world = World::with_environment();
    world.rpip(&["install", "flask~=3.0"]).success();
    let stdout = World::finish({
        let mut command = world.command(world.path("env/bin/flask"));
        command.arg("--version");
        command
    })
    .success();
    assert!(stdout.contains("Flask 3."), "{stdout}");
    assert_eq!(world.rpip(&["check"]).success(), "No broken requirements found.\n");
}

/// Builds a project from its sdist, twice: the second time nothing is built.
fn built_once(project: &str, import: &str) {
    let world = World::with_environment();
    let arguments = ["install", "--no-binary", project, project];
    let stdout = world.rpip(&arguments).success();
    assert!(stdout.contains("Building wheel for"), "{stdout}");
    world.python(&format!("import {import}"));
    world.rpip(&["uninstall", "-y", project]).success();
    let stdout = world.rpip(&arguments).success();
    assert!(!stdout.contains("Building wheel for"), "{stdout}");
}

#[test]
fn setuptools_with_a_compiler() {
    built_once("markupsafe", "markupsafe");
}

#[test]
fn setuptools_with_setup_py_alone() {
    built_once("docopt", "docopt");
}

#[test]
fn flit() {
    built_once("idna", "idna");
}

#[test]
fn poetry() {
    built_once("rich", "rich");
}

#[test]
fn pdm() {
    built_once("pdm-backend", "pdm.backend");
}

#[test]
fn hatchling() {
    built_once("pluggy", "pluggy");
    built_once("attrs", "attrs");
}

#[test]
fn scikit_build_core() {
    built_once("pybind11", "pybind11");
}
