//! What a build needs: asked from the tree and the backend, made by the installer, checked without isolation.

use std::error::Error;

use requirement::Requirement;

use super::fixture::{IN_TREE, Project, environment, markers};
use crate::{
    BuildEnvironment, BuildError, BuildFrame, BuildStack, DependencyCheck, Isolation, Product,
    RequirementInstaller,
};

const ASKING: &str = r#"
def get_requires_for_build_wheel(config_settings=None):
    note("requires"); return ["extra>=1", "extra>=1", "static"]
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    import extra
    note("wheel"); return make_wheel(wheel_directory)
"#;

#[test]
fn what_the_backend_asks_for_is_installed_before_the_build() {
    let mut project = Project::with_backend(ASKING);
    project.write("pyproject.toml", &IN_TREE.replace("[]", "['static', \"other ; os_name == 'x'\"]"));
    project.write("first/unused.py", "");
    project.write("second/extra.py", "");
    project.installer.python_path = vec![project.path("tree/first"), project.path("tree/second")];
    project.wheel().unwrap();
    assert_eq!(project.notes(), ["requires", "wheel"]);
    let asked = project.installer.asked.lock().unwrap();
    let first = ["static", "other; os_name == \"x\""];
    assert_eq!(*asked, [first.to_vec(), [&first[..], &["extra>=1"]].concat()]);
}

#[test]
fn the_environment_is_known_before_the_build() {
    let project = Project::with_backend(ASKING);
    let key = project.build(|builder| Ok(builder.prepared_environment(Product::Wheel)?.key.clone())).unwrap();
    assert_eq!(key, "2");
    assert_eq!(project.notes(), ["requires"]);
}

#[test]
fn without_isolation_the_environment_is_taken_as_it_is() {
    let project = Project::with_backend(ASKING);
    project.write("here/extra.py", "");
    let environment = BuildEnvironment { python_path: vec![project.path("tree/here")], ..environment() };
    let isolation =
        Isolation::Existing { environment: &environment, check: DependencyCheck::None, markers: &markers() };
    project.build_with(isolation, |builder| builder.wheel(&project.path("out"))).unwrap();
    assert_eq!(project.notes(), ["wheel"]);
}

#[test]
fn without_isolation_the_requirements_can_be_checked() {
    let markers = markers();
    for (requires, message) in [
        ("['Some.Thing>=1', \"absent ; os_name == 'none'\"]", None),
        ("['some_thing>=1', 'absent>2', 'gone']", Some("for demo are missing: 'absent>2', 'gone'.")),
        (
            "['some_thing>=2', 'absent']",
            Some("dependencies: some-thing==1.5 is incompatible with some_thing>=2."),
        ),
    ] {
        let mut project = Project::with_backend(&ASKING.replace("import extra", ""));
        project.expected.name = Some("demo".parse().unwrap());
        project.write("pyproject.toml", &IN_TREE.replace("[]", requires));
        project.write(
            "site/some_thing-1.5.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: some.thing\nVersion: 1.5\n",
        );
        // What is left of others is no obstacle.
        project.write("site/gone-1.0.dist-info/RECORD", "");
        project.write("site/nameless-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nVersion: 1.0\n");
        let environment = BuildEnvironment { python_path: vec![project.path("tree/site")], ..environment() };
        let isolation = Isolation::Existing {
            environment: &environment,
            check: DependencyCheck::Listed,
            markers: &markers,
        };
        let result = project.build_with(isolation, |builder| builder.wheel(&project.path("out")));
        match (message, result) {
            (None, Ok(_)) => {}
            (Some(message), Err(error)) => {
                assert!(error.to_string().ends_with(message), "{error}");
                assert!(error.hints()[0].contains("--no-build-isolation"));
            }
            (_, result) => panic!("{requires}: {result:?}"),
        }
    }
}

#[test]
fn without_isolation_all_that_is_needed_can_be_checked() {
    let markers = markers();
    let unmet = |requires: &str, asked: &str| {
        let code =
            ASKING.replace("\"extra>=1\", \"extra>=1\", \"static\"", asked).replace("import extra", "");
        let project = Project::with_backend(&code);
        project.write("pyproject.toml", &IN_TREE.replace("[]", requires));
        for (name, more) in [
            (
                "first",
                "Requires-Dist: second\nRequires-Dist: second>=2; extra == 'more'\nRequires-Dist: third; extra == 'more'\n",
            ),
            ("second", "Requires-Dist: first\nRequires-Dist: gone; os_name == 'none'\n"),
        ] {
            project.write(
                &format!("site/{name}-1.5.dist-info/METADATA"),
                &format!("Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n{more}"),
            );
        }
        let environment = BuildEnvironment { python_path: vec![project.path("tree/site")], ..environment() };
        let isolation = Isolation::Existing {
            environment: &environment,
            check: DependencyCheck::Thorough,
            markers: &markers,
        };
        let result = project.build_with(isolation, |builder| builder.wheel(&project.path("out")));
        let text = result.err().map(|error| error.to_string()).unwrap_or_default();
        (text.split_once(':').map(|(_, rest)| rest.to_owned()).unwrap_or_default(), project.notes())
    };
    let nothing = String::new();
    assert_eq!(unmet("['second']", "").0, nothing, "a loop");
    let (text, _) = unmet("['first[more]>=1', 'second']", "");
    let expected = "\n\tfirst[more]>=1 -> second>=2\n\t\twanted: >=2\n\t\tfound: 1.5\
                    \n\tfirst[more]>=1 -> third\n\t\twanted: any\n\t\tfound: not installed";
    assert_eq!(text, expected);
    // What the backend asks for comes on top.
    let (text, notes) = unmet("['second']", "'absent ~= 1.0'");
    assert_eq!(text, "\n\tabsent~=1.0\n\t\twanted: ~=1.0\n\t\tfound: not installed");
    assert_eq!(notes, ["requires"]);
}

#[test]
fn a_requirement_that_is_none_is_refused() {
    for (code, message) in [
        ("return ['a b']", "returned 'a b', which is not a valid requirement"),
        ("return 'setuptools'", "returned a string instead of a list"),
        ("return [1]", "returned a list of something else than strings"),
        ("return None", "TypeError"),
    ] {
        let code = format!("def get_requires_for_build_wheel(config_settings=None): {code}");
        let error = Project::with_backend(&code).wheel().unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
}

/// An installer that has to build what is asked for.
struct Recursive<'a>(&'a Project);

impl RequirementInstaller for Recursive<'_> {
    fn environment(
        &self,
        requirements: &[Requirement],
        stack: &BuildStack,
    ) -> Result<BuildEnvironment, Box<dyn Error + Send + Sync>> {
        let mut stack = stack.clone();
        for name in ["middle", requirements[0].name.as_str()] {
            stack = stack.entered(BuildFrame { name: name.parse()?, version: None })?;
        }
        let names: Vec<_> = stack.frames().iter().map(|frame| frame.name.to_string()).collect();
        Err(format!("{} of {}", names.join(" "), self.0.source()?.label()).into())
    }
}

#[test]
fn a_build_that_needs_itself_is_a_loop_with_names() {
    let mut project = Project::with_backend("");
    project.expected.name = Some("demo".parse().unwrap());
    project.write("pyproject.toml", &IN_TREE.replace("[]", "['demo']"));
    let build = |project: &Project| {
        let installer = Recursive(project);
        project.build_with(Isolation::Isolated(&installer), |builder| builder.wheel(&project.path("out")))
    };
    let error = build(&project).unwrap_err();
    assert!(matches!(&error, BuildError::Loop { chain } if chain == "demo -> middle -> demo"), "{error}");
    project.write("pyproject.toml", &IN_TREE.replace("[]", "['needed>=2']"));
    let error = build(&project).unwrap_err();
    assert_eq!(error.to_string(), "cannot install what is needed to build demo (needed>=2)");
    assert_eq!(error.source().unwrap().to_string(), "demo middle needed of demo");
}
