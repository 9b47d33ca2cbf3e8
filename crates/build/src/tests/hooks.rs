//! Which hooks are called, with what, and what is made of backends that lack some.

use super::fixture::{Project, hook_error};
use crate::{ConfigSettings, Expected, HookProblem};

const WHEEL: &str = r#"
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    note("build_wheel %r %s" % (config_settings, metadata_directory and os.path.basename(metadata_directory)))
    return make_wheel(wheel_directory)
"#;

fn file_name(path: std::path::PathBuf) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn a_wheel_is_all_that_a_backend_must_have() {
    let project = Project::with_backend(WHEEL);
    assert_eq!(file_name(project.wheel().unwrap()), "demo-1.0-py3-none-any.whl");
    assert_eq!(project.notes(), ["build_wheel None None"]);
    let hooks = project.ear.hooks.lock().unwrap().clone();
    assert_eq!(hooks, [("get_requires_for_build_wheel", true), ("build_wheel", true)]);
}

#[test]
fn without_a_hook_for_metadata_the_wheel_has_it_and_is_not_built_twice() {
    let project = Project::with_backend(WHEEL);
    let out = project.path("out");
    let (metadata, wheel) = project.build(|builder| Ok((builder.metadata()?, builder.wheel(&out)?))).unwrap();
    assert_eq!((metadata.name.as_str(), &*metadata.version_text), ("demo", "1.0"));
    assert_eq!(file_name(wheel), "demo-1.0-py3-none-any.whl");
    assert_eq!(project.notes(), ["build_wheel None None"]);
}

#[test]
fn prepared_metadata_is_handed_to_the_build() {
    let project = Project::with_backend(&format!(
        r#"
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    note("prepare %r" % config_settings)
    return make_metadata(metadata_directory)
{WHEEL}"#
    ));
    let out = project.path("out");
    let metadata = project.build(|builder| Ok((builder.metadata()?, builder.wheel(&out)?.exists()))).unwrap();
    assert_eq!(metadata.0.name.as_str(), "demo");
    assert!(metadata.1);
    assert_eq!(project.notes(), ["prepare None", "build_wheel None demo-1.0.dist-info"]);
}

#[test]
fn every_hook_runs_in_a_process_of_its_own_and_the_backend_is_imported_once() {
    let project = Project::with_backend(
        r#"
note("import %d" % os.getpid())
state = []
def get_requires_for_build_wheel(config_settings=None):
    state.append(1); os.chdir("/"); os.environ["X"] = "1"; sys.path.clear()
    return []
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    note("metadata %r %r %r" % (state, os.environ.get("X"), os.path.exists("pyproject.toml")))
    return make_metadata(metadata_directory)
# Hooks are called by position: a backend may name its parameters as it likes.
def build_wheel(d, settings=None, m=None):
    note("wheel %r" % state)
    return make_wheel(d)
"#,
    );
    let out = project.path("out");
    project.build(|builder| builder.metadata().and_then(|_| builder.wheel(&out))).unwrap();
    let notes: Vec<String> = project.notes();
    if crate::worker::CAN_FORK {
        assert_eq!(notes.iter().filter(|line| line.starts_with("import")).count(), 1, "{notes:?}");
    }
    let rest: Vec<&String> = notes.iter().filter(|line| !line.starts_with("import")).collect();
    assert_eq!(rest, ["metadata [] None True", "wheel []"]);
}

#[test]
fn editable_wheels_have_hooks_of_their_own() {
    let project = Project::with_backend(
        r#"
def get_requires_for_build_editable(config_settings=None):
    note("requires"); return []
def prepare_metadata_for_build_editable(metadata_directory, config_settings=None):
    note("prepare"); return make_metadata(metadata_directory)
def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    note("build " + os.path.basename(metadata_directory)); return make_wheel(wheel_directory)
"#,
    );
    let out = project.path("out");
    let metadata = project.build(|builder| {
        let metadata = builder.editable_metadata()?;
        builder.editable_wheel(&out)?;
        Ok(metadata)
    });
    assert_eq!(metadata.unwrap().name.as_str(), "demo");
    assert_eq!(project.notes(), ["requires", "prepare", "build demo-1.0.dist-info"]);
    // It cannot build anything else.
    let error = hook_error(project.build(|builder| builder.wheel(&out)).unwrap_err());
    assert_eq!((error.hook.name(), error.problem), ("build_wheel", HookProblem::Missing));
}

#[test]
fn a_backend_without_editable_wheels_is_said_to_have_none() {
    let project = Project::with_backend(WHEEL);
    let out = project.path("out");
    for error in [
        project.build(|builder| builder.editable_wheel(&out)).unwrap_err(),
        project.build(|builder| builder.editable_metadata()).unwrap_err(),
    ] {
        assert!(error.hints().join(" ").contains("PEP 660"), "{error}");
        let error = hook_error(error);
        assert_eq!((error.hook.name(), &error.problem), ("build_editable", &HookProblem::Missing));
    }
}

#[test]
fn source_distributions_are_built() {
    let project = Project::with_backend(
        r#"
def build_sdist(sdist_directory, config_settings=None):
    open(os.path.join(sdist_directory, "demo-1.0.tar.gz"), "w").close()
    return "demo-1.0.tar.gz"
"#,
    );
    let out = project.path("out");
    let sdist = project.build(|builder| builder.sdist(&out)).unwrap();
    assert_eq!(sdist, out.join("demo-1.0.tar.gz"));
    let project = Project::with_backend(
        "class UnsupportedOperation(Exception): pass\n\
         def build_sdist(sdist_directory, config_settings=None): raise UnsupportedOperation('no git')",
    );
    let error = hook_error(project.build(|builder| builder.sdist(&project.path("out"))).unwrap_err());
    assert_eq!(error.problem, HookProblem::Unsupported { message: "no git".to_owned() });
}

#[test]
fn config_settings_reach_the_backend() {
    let mut project = Project::with_backend(WHEEL);
    project.options.config_settings = ConfigSettings::parse(["--opt=a=b", "k=1", "k=2"]).unwrap();
    project.wheel().unwrap();
    assert_eq!(project.notes(), ["build_wheel {'--opt': 'a=b', 'k': ['1', '2']} None"]);
}

#[test]
fn a_backend_may_be_an_object_in_a_module() {
    let project = Project::new(
        "[build-system]\nrequires = []\nbuild-backend = 'package.part:Backend.hooks'\nbackend-path = ['.', 'tools/']",
    );
    project.write("package/__init__.py", "");
    project.write(
        "package/part.py",
        "class Backend:\n    class hooks:\n        @staticmethod\n        def build_wheel(directory, settings=None): pass",
    );
    project.write("tools/x.py", "");
    let error = project.failure();
    // Its too few parameters show that it was found.
    assert!(error.problem.to_string().contains("positional arguments"), "{error}");
    assert_eq!(error.backend, "package.part:Backend.hooks");
}

#[test]
fn the_source_tree_is_the_working_directory_and_not_importable() {
    let project = Project::with_backend(&format!(
        r#"
try:
    import neighbour
except ModuleNotFoundError:
    note("not found")
note("%r" % (sys.path[0] == os.path.join(os.getcwd(), "tools")))
note("%r" % os.path.samefile(os.environ["TMPDIR"], os.path.join(os.getcwd(), "../scratch")))
note(os.environ["PEP517_BUILD_BACKEND"])
{WHEEL}"#
    ));
    project.write("neighbour.py", "");
    project.wheel().unwrap();
    assert_eq!(project.notes()[..4], ["not found", "True", "False", "backend"]);
}

#[test]
fn name_and_version_must_be_those_that_were_asked_for() {
    let mut project = Project::with_backend(WHEEL);
    project.expected =
        Expected { name: Some("demo".parse().unwrap()), version: Some("1.0.0".parse().unwrap()) };
    project.wheel().unwrap();
    std::fs::remove_file(project.path("out/demo-1.0-py3-none-any.whl")).unwrap();
    project.expected.version = Some("1.1".parse().unwrap());
    let error = project.wheel().unwrap_err().to_string();
    assert_eq!(error, "demo 1.1 was asked for, but its source gives the version '1.0' instead of '1.1'");
    project.expected = Expected { name: Some("other".parse().unwrap()), version: None };
    let error = project.build(|builder| builder.metadata()).unwrap_err().to_string();
    assert_eq!(error, "other was asked for, but its source gives the name 'demo' instead of 'other'");
}

#[test]
fn a_wheel_is_what_its_metadata_said() {
    let project = Project::with_backend(
        r#"
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    return make_metadata(metadata_directory, version="2.0")
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return make_wheel(wheel_directory)
"#,
    );
    let out = project.path("out");
    let error = project.build(|builder| builder.metadata().and_then(|_| builder.wheel(&out))).unwrap_err();
    assert!(error.to_string().contains("the version '1.0' instead of '2.0'"), "{error}");
}
