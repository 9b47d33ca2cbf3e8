//! `rpip build`, with a backend that lies in the tree.

use test_support::{FakeIndex, WheelBuilder};

use crate::world::{World, names};

/// A backend of a few lines. The wheel says where it was built; a file `ODD` in the tree makes it differ each time.
const BACKEND: &str = r#"
import base64, hashlib, io, json, os, random, tarfile, zipfile

NAME, VERSION = "tree", open("VERSION").read().strip()
METADATA = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nKeywords: a,b\n"

def odd():
    return str(random.random()) if os.path.exists("ODD") else ""

def build_sdist(directory, config_settings=None):
    filename = f"{NAME}-{VERSION}.tar.gz"
    with tarfile.open(os.path.join(directory, filename), "w:gz") as archive:
        def add(name, text):
            info = tarfile.TarInfo(f"{NAME}-{VERSION}/{name}")
            info.size, info.mtime = len(text), 1
            archive.addfile(info, io.BytesIO(text))
        for name in ["pyproject.toml", "backend.py", "VERSION", "FAIL"]:
            if os.path.exists(name):
                add(name, open(name, "rb").read())
        add("PKG-INFO", METADATA.encode())
        add("odd", odd().encode())
    os.utime(os.path.join(directory, filename), (1, 1))
    # The time in the header of gzip.
    with open(os.path.join(directory, filename), "r+b") as file:
        file.seek(4)
        file.write(b"\0\0\0\0")
    return filename

def build_wheel(directory, config_settings=None, metadata_directory=None):
    print("compiling")
    if os.path.exists("FAIL"):
        raise RuntimeError("no wheel today")
    filename = f"{NAME}-{VERSION}-py3-none-any.whl"
    info = f"{NAME}-{VERSION}.dist-info"
    files = {
        "tree.py": f"SDIST = {os.path.exists('PKG-INFO')}\nSETTINGS = {config_settings!r}\nODD = {odd()!r}\n",
        f"{info}/METADATA": METADATA,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return filename
"#;

const PYPROJECT: &str =
    "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";
const SDIST: &str = "tree-1.0.tar.gz";
const WHEEL: &str = "tree-1.0-py3-none-any.whl";

fn world() -> World {
    let world = World::new();
    world.write("project/pyproject.toml", PYPROJECT);
    world.write("project/backend.py", BACKEND);
    world.write("project/VERSION", "1.0");
    world
}

/// What the module in a wheel says.
fn module(world: &World, wheel: &str) -> String {
    let code = format!("import zipfile; print(zipfile.ZipFile({wheel:?}).read('tree.py').decode())");
    let mut command = world.command("python3");
    command.args(["-c", &code]);
    World::finish(command).success()
}

#[test]
fn a_tree_becomes_an_sdist_and_that_a_wheel() {
    let world = world();
    let outcome = world.rpip(&["build", "project"]);
    assert_eq!(outcome.stdout, format!("Successfully built {SDIST} and {WHEEL}\n"), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("* Building sdist...\n* Building wheel from sdist\n"),
        "{}",
        outcome.stderr
    );
    assert_eq!(names(&world.path("project/dist")), [WHEEL, SDIST]);
    assert!(
        module(&world, "project/dist/tree-1.0-py3-none-any.whl")
            .starts_with("SDIST = True\nSETTINGS = None\n")
    );
    let checked = world.rpip(&["check", "project/dist/*"]);
    assert!(checked.stdout.contains("PASSED with warnings"), "{}", checked.stderr);
}

#[test]
fn only_what_is_named_is_built() {
    let world = world();
    let stdout = world.rpip(&["build", "--wheel", "-o", "out", "project"]).success();
    assert_eq!(stdout, format!("Successfully built {WHEEL}\n"));
    assert!(module(&world, "out/tree-1.0-py3-none-any.whl").starts_with("SDIST = False\n"));
    world.rpip(&["build", "-s", "-w", "--outdir", "both", "project"]).success();
    assert_eq!(names(&world.path("both")), [WHEEL, SDIST]);
    assert!(module(&world, "both/tree-1.0-py3-none-any.whl").starts_with("SDIST = False\n"));
    // An sdist becomes a wheel beside it.
    std::fs::remove_file(world.path("both").join(WHEEL)).unwrap();
    let stdout = world.rpip(&["build", "both/tree-1.0.tar.gz", "--sdist-extract-dir", "here"]).success();
    assert_eq!(stdout, format!("Successfully built {WHEEL}\n"));
    assert_eq!(names(&world.path("both")), [WHEEL, SDIST]);
    assert!(world.path("here/tree-1.0/PKG-INFO").exists());
    world.rpip(&["build", "both/tree-1.0.tar.gz", "--sdist-extract-dir", "here"]).success();
}

#[test]
fn settings_reach_the_backend() {
    let world = world();
    let settings = |arguments: &[&str]| {
        let mut all = vec!["build", "-w", "-o", "out", "project"];
        all.extend(arguments);
        let outcome = world.rpip(&all);
        assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        let module = module(&world, "out/tree-1.0-py3-none-any.whl");
        (module.lines().nth(1).unwrap().to_owned(), outcome.stderr)
    };
    let (found, stderr) = settings(&["-C", "a=1", "--config-setting=b=x=y", "-Ca=2", "-C--c"]);
    assert_eq!(found, "SETTINGS = {'a': ['1', '2'], 'b': 'x=y', '--c': ''}");
    assert!(stderr.contains("WARNING: Config setting '--c' was passed without a value"), "{stderr}");
    let (found, _) = settings(&["--config-json", "{\"a\": {\"b\": [1, true]}}"]);
    assert_eq!(found, "SETTINGS = {'a': {'b': [1, True]}}");
    let stderr = world.rpip(&["build", "--config-json", "[]", "project"]).failure(1);
    assert!(stderr.contains("Invalid JSON in --config-json: it must be an object"), "{stderr}");
}

#[test]
fn metadata_and_report_are_json() {
    let world = world();
    let outcome = world.rpip(&["build", "--metadata", "project"]);
    let metadata: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(metadata["keywords"], serde_json::json!(["a", "b"]));
    assert!(!world.path("project/dist").exists());
    world.rpip(&["build", "--wheel", "--report", "report.json", "project"]).success();
    let report: serde_json::Value =
        serde_json::from_slice(&std::fs::read(world.path("report.json")).unwrap()).unwrap();
    assert_eq!((&report["version"], &report["artifacts"][0]["kind"]), (&"1.0".into(), &"wheel".into()));
    let content = std::fs::read(world.path("project/dist").join(WHEEL)).unwrap();
    assert_eq!(report["artifacts"][0]["hashes"]["sha256"], test_support::sha256_hex(&content));
    let of_wheel = world.rpip(&["build", "--metadata", "project/dist/tree-1.0-py3-none-any.whl"]).success();
    assert_eq!(of_wheel, outcome.stdout);
}

#[test]
fn a_failure_can_be_looked_into() {
    let world = world();
    world.write("project/FAIL", "");
    let outcome = world.rpip(&["build", "project", "-C", "a=b"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (1, ""));
    let stderr = outcome.stderr;
    for message in [
        "build_wheel of backend failed for tree",
        "compiling",
        "no wheel today",
        "note: the whole output is in ",
    ] {
        assert!(stderr.contains(message), "{stderr}");
    }
    // The sdist is whole, the wheel is not there at all.
    assert_eq!(names(&world.path("project/dist")), [SDIST]);
    let log = stderr.lines().find_map(|line| line.strip_prefix("note: the whole output is in ")).unwrap();
    assert!(std::fs::read_to_string(log).unwrap().contains("compiling"));
    let (_, command) = stderr.split_once("note: this command makes it happen again:\n").unwrap();
    assert!(command.starts_with("cd \"$(mktemp -d)\" && tar -xf /"), "{command}");
    let mut shell = world.command("sh");
    shell.args(["-c", command]);
    let again = World::finish(shell);
    assert!(again.stdout.contains("compiling") && again.stderr.contains("no wheel today"), "{again:?}");
    // Nothing of it stays in the cache.
    assert_eq!(names(&world.path("../home/.cache/rpip/scratch")), [""; 0]);
}

#[test]
fn the_environment_of_a_build_that_fails_can_be_kept() {
    let world = world();
    let build = || world.rpip(&["build", "--env-dir", "kept", "project"]);
    build().success();
    assert!(!world.path("kept").exists());
    world.write("project/FAIL", "");
    let stderr = build().failure(1);
    let python = world.path("kept/bin/python");
    assert!(python.exists() && stderr.contains(&format!("{} -c", python.display())), "{stderr}");
    // The next build takes its place.
    std::fs::remove_file(world.path("project/FAIL")).unwrap();
    build().success();
    assert!(!world.path("kept").exists());
}

#[test]
fn builds_that_should_be_the_same() {
    let world = world();
    let reproducible = || {
        let mut command = world.rpip_command(&["build", "--reproducible", "project"]);
        command.env("SOURCE_DATE_EPOCH", "1700000000");
        World::finish(command)
    };
    reproducible().success();
    assert_eq!(names(&world.path("project/dist")), [WHEEL, SDIST]);
    std::fs::remove_dir_all(world.path("project/dist")).unwrap();
    world.write("project/ODD", "");
    let stderr = reproducible().failure(1);
    assert!(stderr.contains(&format!("ERROR: {SDIST} is not reproducible")), "{stderr}");
    assert!(stderr.contains("  tree-1.0/odd: its content differs"), "{stderr}");
    assert!(!world.path("project/dist").exists());
}

#[test]
fn what_a_build_needs_comes_from_the_index_or_is_there() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("helper", "1.0"), WheelBuilder::new("helper", "2.0")]);
    world.write("project/pyproject.toml", &PYPROJECT.replace("[]", "[\"helper\"]"));
    world.write("project/backend.py", &format!("import helper\n{BACKEND}VERSION = helper.__version__\n"));
    world.write("project/VERSION", "0");
    let index = world.index.simple();
    let build = |arguments: &[&str]| {
        let mut all = vec!["build", "-w", "--index-url", &index, "-o", "out", "project"];
        all.extend(arguments);
        world.rpip(&all)
    };
    build(&[]).success();
    world.write("limits.txt", "helper<2\n");
    build(&["--dependency-constraints-txt", "limits.txt"]).success();
    assert_eq!(names(&world.path("out")), [WHEEL, "tree-2.0-py3-none-any.whl"]);
    // The environment at hand has no helper.
    let stderr = build(&["--no-isolation"]).failure(1);
    assert!(stderr.contains("ERROR: Unmet dependencies (checked against "), "{stderr}");
    assert!(stderr.contains("\n\thelper\n\t\twanted: any\n\t\tfound: not installed\n"), "{stderr}");
    let stderr = build(&["-n", "-x"]).failure(1);
    assert!(stderr.contains("No module named 'helper'"), "{stderr}");
    world.install(&["helper"]).success();
    build(&["-n"]).success();
    // What the backend asks for is looked for, too.
    let asking = "def get_requires_for_build_wheel(config_settings=None):\n    return ['helper>=3']\n";
    world.write("project/backend.py", &format!("{BACKEND}{asking}"));
    let stderr = build(&["-n"]).failure(1);
    assert!(stderr.contains("\n\thelper>=3\n\t\twanted: >=3\n\t\tfound: 2.0\n"), "{stderr}");
    build(&["-n", "-x"]).success();
    world.write("project/backend.py", BACKEND);
    // The installer is accepted, and does not matter.
    build(&["--installer", "uv"]).success();
}

#[test]
fn a_damaged_wheel_of_the_cache_is_fetched_again() {
    let world = world();
    world.publish(&[WheelBuilder::new("helper", "1.0")]);
    world.write("project/pyproject.toml", &PYPROJECT.replace("[]", "[\"helper\"]"));
    world.write("project/backend.py", &format!("import helper; helper.__version__\n{BACKEND}"));
    let build = || world.rpip(&["build", "-w", "--index-url", &world.index.simple(), "project"]);
    build().success();
    let wheel = world.rpip(&["cache", "list", "helper", "--format", "abspath"]).success();
    let module = std::path::Path::new(wheel.trim()).join("files/helper/__init__.py");
    std::fs::remove_file(&module).unwrap();
    std::fs::write(&module, "1 / 0\n").unwrap();
    std::fs::remove_dir_all(world.path("../home/.cache/rpip/environments-v1")).unwrap();
    build().success();
}

/// What is called the same elsewhere may be something else.
#[test]
fn an_environment_is_that_of_the_very_files() {
    let world = world();
    world.write(
        "project/backend.py",
        &format!("import helper\n{BACKEND}\ndef odd():\n    return helper.WHICH\n"),
    );
    let helper = |which: &str| {
        let content = format!("WHICH = '{which}'\n");
        WheelBuilder::new("helper", "1.0").without_files().file("helper.py", content.as_bytes())
    };
    let built = |requirement: &str, index: &str| {
        world.write("project/pyproject.toml", &PYPROJECT.replace("[]", &format!("[\"{requirement}\"]")));
        world.rpip(&["build", "-w", "--index-url", index, "-o", "out", "project"]).success();
        let text = module(&world, &format!("out/{WHEEL}"));
        text.split('\'').nth(1).unwrap().to_owned()
    };
    let other = FakeIndex::start();
    for (index, which) in [(&world.index, "one"), (&other, "other")] {
        index.publish_wheel(&helper(which));
        assert_eq!(built("helper", &index.simple()), which);
    }
    for which in ["third", "fourth"] {
        let path = world.path(&helper(which).filename());
        std::fs::write(&path, helper(which).build()).unwrap();
        assert_eq!(built(&format!("helper @ file://{}", path.display()), &other.simple()), which);
    }
}

#[test]
fn what_cannot_be_built_is_told() {
    let world = world();
    world.write("empty/x", "");
    world.write("odd.tar.gz", "no archive");
    for (arguments, code, message) in [
        (&["build", "empty"][..], 1, "does not appear to be a Python project"),
        (&["build", "nowhere"], 1, "does not exist"),
        (&["build", "empty/x"], 1, "empty/x is neither a directory nor a source distribution"),
        (&["build", "--env-dir", "e", "-n", "project"], 2, "--env-dir: not allowed with --no-isolation"),
        (&["build", "--env-dir", "empty", "project"], 1, "empty is in the way: --env-dir must be an empty"),
        (
            &["build", "--env-dir", "e", "-o", "e/../e/out", "project"],
            1,
            "e is in the way: --env-dir must not be",
        ),
        (&["build", "odd.tar.gz"], 1, "it is not what its name says"),
        (&["build", "project", "empty"], 1, "One source at a time"),
        (
            &["build", "--metadata", "--wheel", "project"],
            2,
            "--metadata: not allowed with --sdist or --wheel",
        ),
        (
            &["build", "--sdist", "odd.tar.gz"],
            2,
            "cannot build a source distribution from a source distribution",
        ),
        (&["build", "--installer", "npm", "project"], 2, "option --installer: invalid choice: 'npm'"),
    ] {
        let stderr = world.rpip(arguments).failure(code);
        assert!(stderr.contains(message), "{arguments:?}: {stderr}");
    }
    assert!(!world.path("empty/dist").exists() && !world.path("project/dist").exists());
    world.write("project/pyproject.toml", &PYPROJECT.replace("build-backend", "build_backend"));
    let stderr = world.rpip(&["build", "project"]).failure(1);
    assert!(stderr.contains("build-system.build_backend: there is no such key"), "{stderr}");
    world.write("project/pyproject.toml", PYPROJECT);
    world.write("project/dist", "a file in the way");
    let stderr = world.rpip(&["build", "project"]).failure(1);
    assert!(stderr.contains("dist is not writable"), "{stderr}");
}
