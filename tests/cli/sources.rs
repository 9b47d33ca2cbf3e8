//! `rpip install` from source: trees, archives, repositories, editable, with a backend that lies in the tree.

use std::process::Command;

use test_support::{PublishedFile, WheelBuilder};

use crate::world::{World, demo};

/// A build backend of a few lines: a wheel with the module, or with a `.pth` file that leads to the tree.
const BACKEND: &str = r#"
import base64, hashlib, os, zipfile

NAME, VERSION = "tree", open("VERSION").read().strip()

def wheel(directory, files):
    filename = f"{NAME}-{VERSION}-py3-none-any.whl"
    info = f"{NAME}-{VERSION}.dist-info"
    files = dict(files)
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\nRequires-Dist: helper\\nProvides-Extra: more\\nRequires-Dist: demo-app; extra == 'more'\\n"
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    record = ""
    for name, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(text)}\\n"
    files[f"{info}/RECORD"] = record + f"{info}/RECORD,,\\n"
    with zipfile.ZipFile(os.path.join(directory, filename), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return filename

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    if os.path.exists("FAIL"):
        print("the compiler is on strike")
        raise RuntimeError("no wheel today")
    setting = (config_settings or {}).get("flavour", "plain")
    return wheel(wheel_directory, {"tree.py": open("tree.py").read() + f"FLAVOUR = '{setting}'\\n"})

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return wheel(wheel_directory, {"tree.pth": os.getcwd() + "\\n"})
"#;

const PYPROJECT: &str =
    "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n";

/// A project with that backend; it requires helper, with the extra `more` demo-app too.
pub fn tree(world: &World, directory: &str) {
    world.write(&format!("{directory}/pyproject.toml"), PYPROJECT);
    world.write(&format!("{directory}/backend.py"), &BACKEND.replace("\\\\n", "\\n"));
    world.write(&format!("{directory}/VERSION"), "1.0");
    world.write(&format!("{directory}/tree.py"), "VALUE = 1\n");
}

/// Puts `project` on the index as a source distribution, which lies in the working directory too; its bytes.
pub fn publish_sdist(world: &World) -> Vec<u8> {
    publish_version(world, "1.0")
}

fn publish_version(world: &World, version: &str) -> Vec<u8> {
    let filename = format!("tree-{version}.tar.gz");
    let mut tar = Command::new("tar");
    tar.args(["--transform", &format!("s,^project,tree-{version},"), "-czf", &filename, "project"]);
    assert!(tar.current_dir(world.path("")).output().unwrap().status.success());
    let sdist = std::fs::read(world.path(&filename)).unwrap();
    world.index.publish("tree", PublishedFile::new(&filename, sdist.clone()));
    sdist
}

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    tree(&world, "project");
    world
}

#[test]
fn a_tree_is_built_and_its_dependencies_come_along() {
    let world = world();
    let stdout = world.install(&["./project"]).success();
    assert!(stdout.contains("Processing ./project"), "{stdout}");
    assert!(stdout.contains("Building wheel for"), "{stdout}");
    assert!(stdout.ends_with("Successfully installed helper-2.0 tree-1.0\n"), "{stdout}");
    assert_eq!(world.python("import tree; print(tree.VALUE, tree.FLAVOUR)"), "1 plain\n");
    let info = world.site_packages().join("tree-1.0.dist-info/direct_url.json");
    let recorded = std::fs::read_to_string(info).unwrap();
    assert!(recorded.starts_with("{\"dir_info\": {}, \"url\": \"file:///"), "{recorded}");
    // A tree may have changed: it is built again, though the version is the same.
    world.write("project/tree.py", "VALUE = 2\n");
    world.install(&["./project", "-C", "flavour=sweet"]).success();
    assert_eq!(world.python("import tree; print(tree.VALUE, tree.FLAVOUR)"), "2 sweet\n");
}

#[test]
fn an_editable_tree_is_seen_as_it_changes() {
    let world = world();
    let stdout = world.install(&["-e", "./project[more]"]).success();
    assert!(stdout.contains("Obtaining file:///"), "{stdout}");
    assert!(stdout.contains("demo-app-2.0"), "{stdout}");
    world.write("project/tree.py", "VALUE = 3\n");
    assert_eq!(world.python("import tree; print(tree.VALUE)"), "3\n");
    let location = world.path("project").canonicalize().unwrap().display().to_string();
    let frozen = world.rpip(&["freeze"]).success();
    assert!(
        frozen.contains(&format!("# Editable install with no version control (tree==1.0)\n-e {location}\n")),
        "{frozen}"
    );
    let listed = world.rpip(&["list"]).success();
    assert!(listed.contains("Editable project location") && listed.contains(&location), "{listed}");
    world.rpip(&["uninstall", "-y", "tree"]).success();
    assert!(world.path("project/tree.py").exists());
}

#[test]
fn a_repository_at_a_tag_and_editable() {
    let world = world();
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-C"])
            .arg(world.path("project"));
        assert!(command.args(arguments).output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    git(&["tag", "v1"]);
    world.write("project/tree.py", "VALUE = 9\n");
    git(&["commit", "-qam", "two"]);
    let url = format!("git+file://{}", world.path("project").display());
    let stdout = world.install(&[&format!("tree @ {url}@v1")]).success();
    assert!(stdout.contains("Cloning git+file://") && stdout.contains("to commit"), "{stdout}");
    assert_eq!(world.python("import tree; print(tree.VALUE)"), "1\n");
    let recorded = world.site_packages().join("tree-1.0.dist-info/direct_url.json");
    let recorded = std::fs::read_to_string(recorded).unwrap();
    assert!(
        recorded.contains("\"requested_revision\": \"v1\"") && recorded.contains("\"vcs\": \"git\""),
        "{recorded}"
    );
    world.install(&["-e", &format!("{url}#egg=tree")]).success();
    assert_eq!(world.python("import tree; print(tree.VALUE)"), "9\n");
    assert!(world.path("env/src/tree/.git").exists());
    assert!(world.rpip(&["freeze"]).success().contains("-e git+file://"));
}

#[test]
fn a_source_distribution_of_an_index_is_built_once() {
    let world = world();
    publish_sdist(&world);
    let stdout = world.install(&["tree"]).success();
    assert!(stdout.contains("Building wheel for tree"), "{stdout}");
    assert_eq!(world.python("import tree; print(tree.VALUE)"), "1\n");
    let stdout = world.install(&["--force-reinstall", "tree"]).success();
    assert!(!stdout.contains("Building wheel"), "{stdout}");
    world.rpip(&["uninstall", "-y", "tree"]).success();
    let hash = test_support::sha256_hex(&std::fs::read(world.path("tree-1.0.tar.gz")).unwrap());
    world.write("r.txt", &format!("tree==1.0 --hash=sha256:{hash}\n"));
    world.install(&["--no-deps", "-r", "r.txt"]).success();
    world.write("r.txt", &format!("tree==1.0 --hash=sha256:{}\n", "0".repeat(64)));
    let stderr = world.install(&["--no-deps", "--force-reinstall", "-r", "r.txt"]).failure(1);
    assert!(stderr.contains("DO NOT MATCH THE HASHES") && stderr.contains(&hash), "{stderr}");
    world.rpip(&["uninstall", "-y", "tree"]).success();
    let stdout = world.install(&["./tree-1.0.tar.gz"]).success();
    assert!(stdout.ends_with("Successfully installed tree-1.0\n"), "{stdout}");
}

#[test]
fn a_build_that_fails_says_why_and_changes_nothing() {
    let world = world();
    world.write("project/FAIL", "");
    let before = world.installed_names();
    let stderr = world.install(&["./project"]).failure(1);
    assert!(stderr.contains("the compiler is on strike") && stderr.contains("no wheel today"), "{stderr}");
    assert!(stderr.contains("build_wheel"), "{stderr}");
    assert_eq!(world.installed_names(), before);
    world.write("empty/x.txt", "");
    let stderr = world.install(&["./empty"]).failure(1);
    assert!(stderr.contains("Directory './empty' is not installable."), "{stderr}");
}

#[test]
fn wheels_by_path_must_fit_this_python() {
    let world = World::with_environment();
    let alien = WheelBuilder::new("alien", "1.0").tag("cp36-cp36m-win32");
    let future = WheelBuilder::new("future", "1.0").requires_python(">=4");
    for wheel in [&alien, &future] {
        std::fs::write(world.path(&wheel.filename()), wheel.build()).unwrap();
    }
    let stderr = world.install(&[&format!("./{}", alien.filename())]).failure(1);
    assert!(stderr.contains("is not a supported wheel on this platform."), "{stderr}");
    let stderr = world.install(&[&format!("./{}", future.filename())]).failure(1);
    assert!(stderr.contains("Package 'future' requires a different Python"), "{stderr}");
}

#[test]
fn a_constraint_by_url_pins() {
    let world = world();
    let url = world.index.url("/files/helper-1.0-py3-none-any.whl");
    world.write("c.txt", &format!("helper @ {url}\n"));
    let stdout = world.install(&["-c", "c.txt", "helper"]).success();
    assert!(stdout.ends_with("Successfully installed helper-1.0\n"), "{stdout}");
}

/// For the backend: metadata without a build.
const METADATA_HOOK: &str = r#"
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    os.mkdir(os.path.join(directory, "tree.dist-info"))
    needed = open("NEEDED").read() if os.path.exists("NEEDED") else "helper"
    with open(os.path.join(directory, "tree.dist-info", "METADATA"), "w") as file:
        file.write(f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\nSummary: told\nRequires-Dist: {needed}\n")
    return "tree.dist-info"
"#;

#[test]
fn who_only_asks_what_would_be_has_nothing_built() {
    let world = world();
    let backend = std::fs::read_to_string(world.path("project/backend.py")).unwrap();
    world.write("project/backend.py", &(backend + METADATA_HOOK));
    world.write("project/FAIL", "");
    publish_sdist(&world);
    let stdout = world.install(&["--dry-run", "tree"]).success();
    assert!(!stdout.contains("Building wheel"), "{stdout}");
    assert!(stdout.ends_with("Would install helper-2.0 tree-1.0\n"), "{stdout}");
    let stdout = world.install(&["--dry-run", "-q", "--report", "-", "tree"]).success();
    let report: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    let told = report["install"].as_array().unwrap().iter().any(|item| item["metadata"]["summary"] == "told");
    assert!(told, "{stdout}");
}

#[test]
fn what_cannot_be_built_need_not_be_where_another_version_does() {
    let world = world();
    let backend = std::fs::read_to_string(world.path("project/backend.py")).unwrap();
    world.write("project/backend.py", &(backend + METADATA_HOOK));
    publish_sdist(&world);
    world.write("project/FAIL", "");
    for (version, needed) in [("2.0", "helper==7"), ("3.0", "helper==8")] {
        world.write("project/VERSION", version);
        world.write("project/NEEDED", needed);
        publish_version(&world, version);
    }
    let stdout = world.install(&["tree"]).success();
    assert!(stdout.ends_with("Successfully installed helper-2.0 tree-1.0\n"), "{stdout}");
    assert!(!stdout.contains("Building wheel for tree 2.0"), "{stdout}");
    // Where it is the one version that does, it fails, once.
    world.rpip(&["uninstall", "-y", "tree"]).success();
    world.write("project/NEEDED", "helper");
    world.write("project/VERSION", "4.0");
    publish_version(&world, "4.0");
    let outcome = world.install(&["tree>3"]);
    assert_eq!(outcome.stdout.matches("Building wheel for tree 4.0").count(), 2, "{}", outcome.stdout);
    let stderr = outcome.failure(1);
    assert_eq!(stderr.matches("the compiler is on strike").count(), 1, "{stderr}");
}

/// `alpha` on the index, which requires `helper` by URL as `requirement` says; version 1.0 requires any.
fn publish_alpha(world: &World, requirement: &str) {
    world.publish(&[
        WheelBuilder::new("alpha", "1.0").requires("helper"),
        WheelBuilder::new("alpha", "2.0").requires(requirement),
    ]);
}

/// A wheel beside the index.
fn serve(world: &World, wheel: &WheelBuilder) -> String {
    let path = format!("/elsewhere/{}", wheel.filename());
    world.index.serve(&path, test_support::Reply::ok(wheel.build()));
    world.index.url(&path)
}

#[test]
fn what_a_project_on_an_index_requires_by_url_comes_from_there() {
    let world = world();
    let url = serve(&world, &WheelBuilder::new("helper", "1.5").requires("demo-app==1.0"));
    publish_alpha(&world, &format!("helper @ {url}"));
    let stdout = world.install(&["alpha"]).success();
    assert!(stdout.contains(&format!("Collecting helper @ {url}\n")), "{stdout}");
    assert!(stdout.ends_with("Successfully installed alpha-2.0 demo-app-1.0 helper-1.5\n"), "{stdout}");
    let recorded = world.site_packages().join("helper-1.5.dist-info/direct_url.json");
    assert!(std::fs::read_to_string(recorded).unwrap().contains("/elsewhere/"));
    assert!(world.install(&["alpha"]).success().contains("Requirement already satisfied: alpha"));
    world.rpip(&["check"]).success();
    // Hashes are demanded of everything, whoever names it.
    let hash = test_support::sha256_hex(
        &WheelBuilder::new("alpha", "2.0").requires(&format!("helper @ {url}")).build(),
    );
    world.write("r.txt", &format!("alpha==2.0 --hash=sha256:{hash}\n"));
    let stderr = world.install(&["--force-reinstall", "-r", "r.txt"]).failure(1);
    assert!(stderr.contains("hash") && stderr.contains("helper"), "{stderr}");
    // Where that does not go with the rest, another version may.
    let stdout = world.install(&["--force-reinstall", "alpha", "helper>=2"]).success();
    assert!(stdout.ends_with("Successfully installed alpha-1.0 helper-2.0\n"), "{stdout}");
    let outcome = world.install(&["--force-reinstall", "alpha>1", "helper>=2"]);
    let reason = format!("alpha 2.0 cannot be used: it requires helper @ {url}, which does not go with");
    assert!(outcome.stdout.contains(&reason), "{}", outcome.stdout);
    outcome.failure(1);
}

#[test]
fn an_index_that_fails_is_no_reason_for_another_version() {
    let world = world();
    let url = serve(&world, &WheelBuilder::new("helper", "1.5").requires("away"));
    publish_alpha(&world, &format!("helper @ {url}"));
    world.index.serve("/simple/away/", test_support::Reply::status(500));
    let stderr = world.install(&["--retries", "0", "alpha"]).failure(1);
    assert!(stderr.contains("/simple/away/ answered 500"), "{stderr}");
}

#[test]
fn no_password_of_a_url_in_metadata_is_shown() {
    let world = world();
    let url = serve(&world, &WheelBuilder::new("helper", "1.5")).replace("http://", "http://me:sesame@");
    publish_alpha(&world, &format!("helper @ {url}"));
    for arguments in [
        &["alpha"][..],
        &["alpha"],
        &["-vv", "--force-reinstall", "alpha"],
        &["--force-reinstall", "alpha==2.0", "helper>=2"],
        &["alpha==2.0", "helper>=2"],
        &["--dry-run", "--ignore-installed", "alpha", &format!("helper @ {url}")],
    ] {
        let outcome = world.install(arguments);
        assert!(!outcome.stdout.contains("sesame"), "{arguments:?}: {}", outcome.stdout);
        assert!(!outcome.stderr.contains("sesame"), "{arguments:?}: {}", outcome.stderr);
    }
    assert!(world.install(&["alpha"]).success().contains("helper @ http://me:****@"));
}

#[test]
fn what_an_extra_requires_by_url_comes_from_there_too() {
    let world = world();
    let url = serve(&world, &WheelBuilder::new("helper", "1.5"));
    world.publish(&[WheelBuilder::new("alpha", "1.0")
        .requires(&format!("helper @ {url} ; extra == 'more'"))
        .extra("more")]);
    let stdout = world.install(&["alpha"]).success();
    assert!(stdout.ends_with("Successfully installed alpha-1.0\n"), "{stdout}");
    let stdout = world.install(&["alpha[more]"]).success();
    assert!(stdout.ends_with("Successfully installed helper-1.5\n"), "{stdout}");
}

#[test]
fn two_projects_that_require_one_by_different_urls_do_not_go_together() {
    let world = world();
    let one = serve(&world, &WheelBuilder::new("helper", "1.5"));
    let other = serve(&world, &WheelBuilder::new("helper", "1.6"));
    publish_alpha(&world, &format!("helper @ {one}"));
    world.publish(&[WheelBuilder::new("beta", "1.0").requires(&format!("helper @ {other}"))]);
    let stdout = world.install(&["alpha", "beta"]).success();
    assert!(stdout.ends_with("Successfully installed alpha-1.0 beta-1.0 helper-1.6\n"), "{stdout}");
    let outcome = world.install(&["--force-reinstall", "alpha==2.0", "beta"]);
    let reason = format!("alpha 2.0 cannot be used: it requires helper @ {one}, which does not go with");
    assert!(outcome.stdout.contains(&reason), "{}", outcome.stdout);
    outcome.failure(1);
}
