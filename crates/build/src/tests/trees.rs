//! Source trees: what they say without a build, and which are refused before one.

use std::fs;
use std::os::unix::fs::symlink;

use super::fixture::{IN_TREE, Project};
use crate::{BuildError, Expected, SourceKind, SourceTree};

const STATIC: &str = "[project]\nname = 'demo'\nversion = '1.0'\n";

#[test]
fn static_metadata_needs_no_build() {
    let project = Project::new(&format!("{STATIC}dependencies = ['a>1']\n{IN_TREE}"));
    let metadata = project.build(|builder| builder.metadata()).unwrap();
    assert_eq!(metadata.requires_dist, ["a>1".parse().unwrap()]);
    assert!(project.installer.asked.lock().unwrap().is_empty());
}

#[test]
fn a_wheel_that_is_not_what_the_tree_said_is_refused() {
    let project = Project::with_backend(
        "def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n    \
         return make_wheel(wheel_directory, version='1.1')",
    );
    project.write("pyproject.toml", &format!("{STATIC}{IN_TREE}"));
    let out = project.path("out");
    let error = project.build(|builder| builder.metadata().and_then(|_| builder.wheel(&out))).unwrap_err();
    assert!(error.to_string().contains("the version '1.1' instead of '1.0'"), "{error}");
}

#[test]
fn setuptools_may_add_what_setup_py_says() {
    let project = Project::new(STATIC);
    let is_static = || project.source().unwrap().static_metadata().unwrap().is_some();
    assert!(is_static());
    project.write("setup.py", "from setuptools import setup; setup(ext_modules=[])");
    assert!(is_static());
    project.write("setup.cfg", "[options]\ninstall_requires = a");
    assert!(!is_static());
    project.write("pyproject.toml", &format!("{STATIC}dependencies = []"));
    assert!(is_static());
    // What is wrong in [project] is the backend's business.
    project.write("pyproject.toml", "[project]\nname = '-'");
    assert!(!is_static());
}

#[test]
fn a_tree_is_called_as_it_calls_itself() {
    let project = Project::new("[project]\nname = 'Some.Project'\nversion = '1'\n");
    let label = |kind, expected: &str| {
        let name = (!expected.is_empty()).then(|| expected.parse().unwrap());
        let expected = Expected { name, version: None };
        SourceTree::open(&project.path("tree"), None, kind, expected).unwrap().label()
    };
    assert_eq!(label(SourceKind::Tree, ""), "Some.Project");
    assert_eq!(label(SourceKind::Tree, "other"), "other");
    project.write("pyproject.toml", "");
    project.write("PKG-INFO", "Metadata-Version: 2.1\nName: Legacy\nVersion: 1\n");
    assert_eq!(label(SourceKind::Sdist, ""), "Legacy");
    assert_eq!(label(SourceKind::Tree, ""), project.path("tree").display().to_string());
}

#[test]
fn the_metadata_of_an_sdist_counts_if_it_is_final() {
    let mut project = Project::new(IN_TREE);
    let open = |project: &Project, kind| {
        let source = SourceTree::open(&project.path("tree"), None, kind, project.expected.clone()).unwrap();
        source.static_metadata()
    };
    let text = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: a\n";
    project.write("PKG-INFO", text);
    assert_eq!(open(&project, SourceKind::Sdist).unwrap().unwrap().requires_dist.len(), 1);
    assert_eq!(open(&project, SourceKind::Tree).unwrap(), None);
    for other in
        [text.replace("2.2", "2.1"), format!("{text}Dynamic: Requires-Dist\n"), "nonsense".to_owned()]
    {
        project.write("PKG-INFO", &other);
        assert_eq!(open(&project, SourceKind::Sdist).unwrap(), None, "{other}");
    }
    project.write("PKG-INFO", text);
    project.expected =
        Expected { name: Some("demo".parse().unwrap()), version: Some("2.0".parse().unwrap()) };
    let error = open(&project, SourceKind::Sdist).unwrap_err();
    assert!(matches!(error, BuildError::Mismatch { what: "the version", .. }), "{error}");
}

#[test]
fn a_directory_without_a_project_is_refused() {
    let project = Project::new("");
    project.remove("pyproject.toml");
    let error = project.source().unwrap_err().to_string();
    assert!(
        error.ends_with(
            "does not appear to be a Python project: neither 'setup.py' nor 'pyproject.toml' found."
        )
    );
    project.write("setup.py", "");
    assert!(project.source().unwrap().pyproject.build_system.backend.is_setuptools());
    project.write("pyproject.toml", "[build-system]\n");
    let error = project.source().unwrap_err().to_string();
    assert!(
        error.contains("tree/pyproject.toml cannot be used: build-system.requires: it is missing"),
        "{error}"
    );
}

#[test]
fn subdirectories_stay_inside() {
    let project = Project::new("");
    project.write("sub/project/setup.py", "");
    fs::create_dir(project.path("outside")).unwrap();
    symlink(project.path("outside"), project.path("tree/link")).unwrap();
    let open = |subdirectory: &str| {
        let tree = SourceTree::open(
            &project.path("tree"),
            Some(subdirectory),
            SourceKind::Tree,
            Expected::default(),
        );
        tree.map(|tree| tree.directory).map_err(|error| error.to_string())
    };
    assert_eq!(open("sub/project/").unwrap(), project.path("tree/sub/project"));
    for (subdirectory, reason) in [
        ("../outside", "'.' or '..' component"),
        ("sub/../../outside", "'.' or '..' component"),
        ("/etc", "it is absolute"),
        ("/", "is refused"),
        ("link", "leads out of the source tree"),
        ("sub/missing", "does not exist"),
        ("pyproject.toml", "is not a directory"),
    ] {
        let error = open(subdirectory).unwrap_err();
        assert!(error.contains(reason) && error.contains(subdirectory), "{error}");
    }
}

#[test]
fn backends_come_from_the_tree_where_it_says_so() {
    for (entry, reason) in [
        ("..", "is refused"),
        ("/tmp", "is refused"),
        ("link", "leads out of the source tree"),
        ("missing", "does not exist"),
    ] {
        let project = Project::new(&IN_TREE.replace("'tools'", &format!("'{entry}'")));
        fs::create_dir(project.path("outside")).unwrap();
        symlink(project.path("outside"), project.path("tree/link")).unwrap();
        let error = project.wheel().unwrap_err().to_string();
        assert!(error.contains("build-system.backend-path") && error.contains(reason), "{error}");
    }
    // A module of the same name elsewhere is not taken for it.
    for name in ["json", "wave"] {
        let project = Project::new(&IN_TREE.replace("'backend'", &format!("'{name}'")));
        project.write("tools/other.py", "");
        let error = project.failure().to_string();
        let reason = format!("cannot be imported: ModuleNotFoundError: No module named '{name}'");
        assert!(error.contains(&reason), "{error}");
        project.write(&format!("tools/{name}.py"), "raise RuntimeError('it is this one')");
        assert!(project.failure().to_string().contains("it is this one"));
    }
}
