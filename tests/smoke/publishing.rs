//! The tutorial of the packaging guide from the tree to the import, with four backends; and `build` and `twine` beside rpip.

use std::collections::BTreeMap;
use std::process::Command;

use test_support::{Reply, Request};

use crate::servers::Server;
use crate::twin::tool;
use crate::world::{World, names};

/// A moment, so that backends that know SOURCE_DATE_EPOCH give the same bytes each time.
const EPOCH: &str = "1700000000";

/// The tree of the tutorial, for this backend.
fn tutorial(world: &World, name: &str, requires: &str, backend: &str) {
    world.write(
        "tree/pyproject.toml",
        &format!(
            "[build-system]\nrequires = [\"{requires}\"]\nbuild-backend = \"{backend}\"\n\n[project]\nname = \"{name}\"\n\
             version = \"0.0.1\"\nauthors = [{{ name=\"Example Author\", email=\"author@example.org\" }}]\n\
             description = \"A small example package\"\nreadme = \"README.md\"\nrequires-python = \">=3.8\"\n\
             classifiers = [\"Programming Language :: Python :: 3\", \"Operating System :: OS Independent\"]\n\
             license = \"MIT\"\nlicense-files = [\"LICEN[CS]E*\"]\n\n[project.urls]\n\
             Homepage = \"https://example.org/sampleproject\"\n"
        ),
    );
    world.write("tree/LICENSE", "Copyright the authors\n");
    world.write("tree/README.md", "# Example Package\n\nThis is a *simple* example.\n");
    world.write(&format!("tree/src/{name}/__init__.py"), "");
    world.write(&format!("tree/src/{name}/example.py"), "def add_one(number):\n    return number + 1\n");
    world.write("tree/tests/test_it.py", "");
}

/// Runs a program of the world in the tree.
fn in_tree(world: &World, mut command: Command) -> String {
    command.current_dir(world.path("tree")).env("SOURCE_DATE_EPOCH", EPOCH);
    World::finish(command).success()
}

fn walked(requires: &str, backend: &str) {
    let world = World::new();
    let name = "example_package_n0body";
    tutorial(&world, name, requires, backend);
    let server = Server::start(&world, Some(("me", "s3:cret")));
    let url = format!("http://127.0.0.1:{}", server.port);
    world.write(
        "../home/.pypirc",
        &format!("[distutils]\nindex-servers =\n    pypi\n    local\n\n[local]\nrepository: {url}\nusername: me\npassword: s3:cret\n"),
    );
    let files = [format!("{name}-0.0.1-py3-none-any.whl"), format!("{name}-0.0.1.tar.gz")];
    let stdout = in_tree(&world, world.rpip_command(&["build"]));
    assert_eq!(stdout, format!("Successfully built {} and {}\n", files[1], files[0]));
    assert_eq!(names(&world.path("tree/dist")), files);
    let stdout = in_tree(&world, world.rpip_command(&["check", "dist/*"]));
    assert_eq!(stdout, format!("Checking dist/{}: PASSED\nChecking dist/{}: PASSED\n", files[0], files[1]));
    let stdout = in_tree(&world, world.rpip_command(&["upload", "--repository", "local", "dist/*"]));
    assert!(stdout.ends_with(&format!("Uploading {}\nUploading {}\n", files[0], files[1])), "{stdout}");
    // It is there now.
    let mut again = world.rpip_command(&["upload", "--repository", "local", "tree/dist/*"]);
    again.current_dir(world.path(""));
    let stderr = World::finish(again).failure(1);
    assert!(stderr.contains("409 Conflict") && !stderr.contains("s3:cret"), "{stderr}");
    world.rpip(&["upload", "-r", "local", "--skip-existing", "tree/dist/*"]).success();
    let wrong = ["upload", "--repository-url", &url, "-u", "me", "-p", "wr0ng", "tree/dist/*"];
    let stderr = world.rpip(&wrong).failure(1);
    assert!(stderr.contains("403 Forbidden") && !stderr.contains("wr0ng"), "{stderr}");
    // Installed into a new environment, and used.
    world.rpip(&["venv", "env"]).success();
    let index = format!("http://me:s3%3Acret@127.0.0.1:{}/simple/", server.port);
    world.rpip(&["install", "--index-url", &index, "--no-deps", "example-package-n0body"]).success();
    assert_eq!(world.python(&format!("from {name} import example; print(example.add_one(2))")), "3\n");
}

#[test]
fn the_tutorial_with_hatchling() {
    walked("hatchling >= 1.26", "hatchling.build");
}

#[test]
fn the_tutorial_with_setuptools() {
    walked("setuptools >= 77.0.3", "setuptools.build_meta");
}

#[test]
fn the_tutorial_with_flit() {
    walked("flit_core >= 3.12.0, <5", "flit_core.buildapi");
}

#[test]
fn the_tutorial_with_pdm() {
    walked("pdm-backend >= 2.4.0", "pdm.backend");
}

/// Builds the tree with `build` and with rpip, by the same interpreter: the archives, by name.
fn both(world: &World) -> [BTreeMap<String, Vec<u8>>; 2] {
    let python = tool("python");
    let mut theirs = world.command(&python);
    theirs.args(["-m", "build", "--outdir", "../theirs"]);
    let mut ours = world.rpip_command(&["build", "--python", python.to_str().unwrap(), "-o", "../ours"]);
    ours.env_remove("VIRTUAL_ENV");
    in_tree(world, theirs);
    in_tree(world, ours);
    ["theirs", "ours"].map(|directory| {
        let directory = world.path(directory);
        let read = |name: String| (name.clone(), std::fs::read(directory.join(name)).unwrap());
        names(&directory).into_iter().map(read).collect()
    })
}

#[test]
fn archives_are_those_of_build_to_the_byte() {
    for (requires, backend) in [("hatchling", "hatchling.build"), ("flit_core", "flit_core.buildapi")] {
        let world = World::new();
        tutorial(&world, "same", requires, backend);
        let [theirs, ours] = both(&world);
        assert_eq!(theirs.len(), 2);
        assert!(theirs == ours, "{backend}");
    }
}

#[test]
fn trees_of_old_and_new_kinds_give_the_names_that_build_gives() {
    let world = World::new();
    let torchlibrary = "[build-system]\nrequires = [\"setuptools>=61.0\", \"wheel\"]\nbuild-backend = \"setuptools.build_meta\"\n\n\
        [project]\nname = \"torchlibrary\"\nversion = \"0.0.1\"\ndescription = \"x\"\nreadme = \"README.md\"\n\
        requires-python = \">=3.8\"\ndependencies = [\"torch>=2.4.0\", \"torchvision\", \"torchaudio\", \"jupyter\"]\n";
    let tstools = "from setuptools import setup\nsetup(name='tstools', version='0.1', packages=['tstools'], zip_safe=False)\n";
    let towel_stuff = "from distutils.core import setup\nsetup(name='TowelStuff', version='0.1dev', packages=['towelstuff',],\n\
        license='CC', long_description=open('README.txt').read())\n";
    for (files, expected) in [
        (
            &[("pyproject.toml", torchlibrary), ("README.md", "# x\n"), ("src/torchlibrary/__init__.py", "")]
                [..],
            ["torchlibrary-0.0.1-py3-none-any.whl", "torchlibrary-0.0.1.tar.gz"],
        ),
        (
            &[("setup.py", tstools), ("tstools/__init__.py", "")],
            ["tstools-0.1-py3-none-any.whl", "tstools-0.1.tar.gz"],
        ),
        (
            &[("setup.py", towel_stuff), ("README.txt", "hi\n"), ("towelstuff/__init__.py", "")],
            ["towelstuff-0.1.dev0-py3-none-any.whl", "towelstuff-0.1.dev0.tar.gz"],
        ),
    ] {
        for directory in ["tree", "theirs", "ours"] {
            std::fs::remove_dir_all(world.path(directory)).ok();
        }
        for (path, text) in files {
            world.write(&format!("tree/{path}"), text);
        }
        let [theirs, ours] = both(&world);
        assert_eq!(theirs.keys().collect::<Vec<_>>(), expected);
        assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
        // setuptools writes the time into its source distributions, and into nothing else.
        assert!(theirs.get(expected[0]) == ours.get(expected[0]), "{}", expected[0]);
    }
}

/// The values of one field: the file name, where it has one, and the content.
type Values = Vec<(Option<String>, Vec<u8>)>;

/// What was posted, by field; the values of one field in their order.
fn fields(request: &Request) -> BTreeMap<String, Values> {
    let mut fields: BTreeMap<String, Values> = BTreeMap::new();
    for field in request.form() {
        fields.entry(field.name).or_default().push((field.filename, field.content));
    }
    fields
}

#[test]
fn forms_are_those_of_twine() {
    let world = World::new();
    tutorial(&world, "same", "hatchling < 1.28", "hatchling.build");
    in_tree(&world, world.rpip_command(&["build"]));
    world.write("tree/dist/same-0.0.1.tar.gz.asc", "signature");
    world.index.serve("/legacy/", Reply::ok(""));
    let url = world.index.url("/legacy/");
    let arguments = ["upload", "--repository-url", &url, "-u", "me", "-p", "s3cret", "--comment", "hëllo"];
    let files = ["dist/same-0.0.1.tar.gz", "dist/same-0.0.1.tar.gz.asc", "dist/same-0.0.1-py3-none-any.whl"];
    let mut theirs = world.command(tool("twine"));
    theirs.args(arguments).args(files);
    in_tree(&world, theirs);
    let mut ours = world.rpip_command(&arguments);
    ours.args(files);
    in_tree(&world, ours);
    let requests = world.index.requests();
    let [their_wheel, their_sdist, wheel, sdist] = requests.as_slice() else { panic!("{}", requests.len()) };
    for (theirs, ours) in [(their_wheel, wheel), (their_sdist, sdist)] {
        assert_eq!(theirs.header("authorization"), ours.header("authorization"));
        let (theirs, ours) = (fields(theirs), fields(ours));
        assert_eq!(theirs.keys().collect::<Vec<_>>(), ours.keys().collect::<Vec<_>>());
        for (name, values) in theirs {
            assert!(ours.get(&name) == Some(&values), "{name}: {:?}", ours.get(&name));
        }
    }
}
