//! `rpip download`.

use test_support::{PublishedFile, WheelBuilder, sha256_hex};

use crate::sources::{publish_sdist, tree};
use crate::world::{World, demo, names};

const DEMO: &str = "demo_app-2.0-py3-none-any.whl";
const HELPER: &str = "helper-2.0-py3-none-any.whl";

fn world() -> World {
    let world = World::with_environment();
    world.publish(&demo());
    world
}

/// The archive of demo-app 2.0, as the index has it.
fn demo_bytes() -> Vec<u8> {
    demo()[1].build()
}

#[test]
fn archives_are_saved_byte_for_byte() {
    let world = world();
    let stdout = world.ask("download", &["-d", "out", "demo-app"]).success();
    assert!(
        stdout.ends_with(&format!(
            "Saved ./out/{DEMO}\nSaved ./out/{HELPER}\nSuccessfully downloaded demo-app helper\n"
        )),
        "{stdout}"
    );
    assert_eq!(names(&world.path("out")), [DEMO, HELPER]);
    assert_eq!(std::fs::read(world.path("out").join(DEMO)).unwrap(), demo_bytes());
    // From them alone all can be installed; nothing is installed yet.
    let stdout = world.rpip(&["install", "--no-index", "-f", "out", "demo-app"]).success();
    assert!(stdout.ends_with("Successfully installed demo-app-2.0 helper-2.0\n"), "{stdout}");
}

#[test]
fn right_files_stay_and_wrong_ones_are_replaced() {
    let world = world();
    world.ask("download", &["demo-app"]).success();
    std::fs::write(world.path(HELPER), "wrong").unwrap();
    world.index.clear_requests();
    let outcome = world.ask("download", &["demo-app"]);
    assert!(outcome.stderr.contains("WARNING: Previously-downloaded file "), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("has bad hash. Re-downloading."), "{}", outcome.stderr);
    let stdout = outcome.success();
    assert!(
        stdout.contains(&format!("File was already downloaded {}", world.path(DEMO).display())),
        "{stdout}"
    );
    assert!(!stdout.contains(&format!("Saved ./{DEMO}")), "{stdout}");
    assert!(stdout.contains(&format!("Saved ./{HELPER}")), "{stdout}");
    assert!(std::fs::read(world.path(HELPER)).unwrap().len() > 5);
    assert_eq!(world.index.count(&format!("/files/{DEMO}")), 0);
}

#[test]
fn a_second_time_it_comes_from_the_cache() {
    let world = world();
    world.ask("download", &["-d", "one", "demo-app"]).success();
    let stdout = world.ask("download", &["-d", "two", "demo-app"]).success();
    assert!(stdout.contains(&format!("Using cached {DEMO}")), "{stdout}");
    assert_eq!(world.index.count(&format!("/files/{DEMO}")), 1);
    // An archive that was damaged there is fetched again.
    let kept = world.path("../home/.cache/rpip/sources-v1");
    let hash = sha256_hex(&demo_bytes());
    std::fs::write(kept.join(&hash[..2]).join(&hash), "damaged").unwrap();
    world.ask("download", &["-d", "three", "demo-app"]).success();
    assert_eq!(std::fs::read(world.path("three").join(DEMO)).unwrap(), demo_bytes());
    // Without a cache none is left.
    world.ask("download", &["--no-cache-dir", "-d", "four", "demo-app"]).success();
    assert_eq!(names(&world.path("four")), [DEMO, HELPER]);
}

#[test]
fn a_source_distribution_alone_is_not_built() {
    let world = world();
    tree(&world, "project");
    world.write("project/backend.py", "raise SystemExit('this backend must not run')\n");
    let sdist = publish_sdist(&world);
    world.ask("download", &["--no-deps", "-d", "out", "tree"]).success();
    assert_eq!(std::fs::read(world.path("out/tree-1.0.tar.gz")).unwrap(), sdist);
    let stdout = world.ask("download", &["--no-deps", "-d", "two", "./tree-1.0.tar.gz"]).success();
    assert!(stdout.ends_with("Saved ./two/tree-1.0.tar.gz\nSuccessfully downloaded tree\n"), "{stdout}");
    let url = world.index.url("/files/tree-1.0.tar.gz");
    world.ask("download", &["--no-deps", "-d", "three", &url]).success();
    assert_eq!(names(&world.path("three")), ["tree-1.0.tar.gz"]);
}

#[test]
fn source_distributions_say_what_they_need() {
    let world = world();
    tree(&world, "project");
    let sdist = publish_sdist(&world);
    let stdout = world.ask("download", &["-d", "out", "tree"]).success();
    assert!(stdout.ends_with("Successfully downloaded tree helper\n"), "{stdout}");
    assert_eq!(names(&world.path("out")), [HELPER, "tree-1.0.tar.gz"]);
    assert_eq!(std::fs::read(world.path("out/tree-1.0.tar.gz")).unwrap(), sdist);
    // A directory is not saved, what it needs is.
    let stdout = world.ask("download", &["-d", "two", "./project[more]"]).success();
    assert!(stdout.ends_with("Successfully downloaded tree demo-app helper\n"), "{stdout}");
    assert_eq!(names(&world.path("two")), [DEMO, HELPER]);
}

#[test]
fn a_repository_is_packed() {
    let world = world();
    tree(&world, "project");
    let git = |arguments: &[&str]| {
        let mut command = world.command("git");
        command.args(["-C", "project", "-c", "user.name=t", "-c", "user.email=t@example.org"]);
        command.args(arguments);
        World::finish(command).success();
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let url = format!("git+file://{}", world.path("project").display());
    let stdout = world.ask("download", &["--no-deps", "-d", "out", &url]).success();
    assert!(stdout.ends_with("Saved ./out/tree-1.0.zip\nSuccessfully downloaded tree\n"), "{stdout}");
    let stdout = world.ask("install", &["./out/tree-1.0.zip"]).success();
    assert!(stdout.ends_with("Successfully installed helper-2.0 tree-1.0\n"), "{stdout}");
    // There already: somebody has to say what becomes of it.
    let again =
        |action: &[&str]| world.ask("download", &[&["--no-deps", "-d", "out", &url], action].concat());
    assert!(again(&[]).failure(1).contains("--exists-action"));
    assert!(!again(&["--exists-action", "i"]).success().contains("Saved"));
    assert!(again(&["--exists-action", "w"]).success().contains("Saved"));
    again(&["--exists-action", "b"]).success();
    assert_eq!(names(&world.path("out")), ["tree-1.0.zip", "tree-1.0.zip.bak"]);
}

#[test]
fn other_platforms() {
    let world = world();
    for tag in ["cp36-cp36m-win32", "cp312-cp312-macosx_11_0_arm64"] {
        world.publish(&[WheelBuilder::new("alien", "1.0").tag(tag).platlib()]);
    }
    let only = ["--only-binary", ":all:", "--platform", "win32", "--python-version", "36", "alien"];
    world.ask("download", &[&["-d", "out"][..], &only].concat()).success();
    assert_eq!(names(&world.path("out")), ["alien-1.0-cp36-cp36m-win32.whl"]);
    let mac = ["--no-deps", "--platform", "macosx_14_0_arm64", "--python-version", "3.12", "alien"];
    world.ask("download", &[&["-d", "out"][..], &mac].concat()).success();
    assert_eq!(names(&world.path("out")).len(), 2);
    let stderr = world.ask("download", &["--platform", "win32", "alien"]).failure(1);
    assert!(stderr.contains("ERROR: When restricting platform and interpreter constraints"), "{stderr}");
}

#[test]
fn hashes_are_demanded() {
    let world = world();
    let hash = sha256_hex(&demo()[2].build());
    world.write("r.txt", &format!("helper==1.0 --hash=sha256:{hash}\n"));
    world.ask("download", &["-r", "r.txt"]).success();
    // What is there has another hash than the one that is now listed, and so has what the index has.
    world.write("r.txt", &format!("helper==1.0 --hash=sha256:{}\n", "0".repeat(64)));
    let stderr = world.ask("download", &["-r", "r.txt"]).failure(1);
    assert!(stderr.contains("THESE PACKAGES DO NOT MATCH THE HASHES"), "{stderr}");
    let stderr = world.ask("download", &["--require-hashes", "helper==1.0"]).failure(1);
    assert!(stderr.contains("Hashes are required in --require-hashes mode"), "{stderr}");
}

#[test]
fn nothing_is_saved_where_one_file_is_wrong() {
    let world = world();
    let file = PublishedFile::wheel(&WheelBuilder::new("wrong", "1.0").requires("demo-app"));
    world.index.publish("wrong", file.promised_sha256(Some(&"0".repeat(64))));
    let stderr = world.ask("download", &["-d", "out", "wrong"]).failure(1);
    assert!(stderr.contains("was promised"), "{stderr}");
    assert!(names(&world.path("out")).is_empty());
    let stderr = world.ask("download", &["-d", "out", "demo-app", "absent"]).failure(1);
    assert!(stderr.contains("ERROR: No matching distribution found for absent"), "{stderr}");
    assert!(names(&world.path("out")).is_empty());
}

#[test]
fn what_is_saved_is_what_was_resolved() {
    let world = world();
    // The index says of it beforehand that it needs nothing.
    let needy = WheelBuilder::new("needy", "1.0").requires("helper");
    let other = WheelBuilder::new("needy", "1.0").metadata();
    world.index.publish("needy", PublishedFile::wheel(&needy).sidecar(&other));
    let stderr = world.ask("download", &["-d", "out", "needy"]).failure(1);
    assert!(stderr.contains("needy-1.0-py3-none-any.whl"), "{stderr}");
    world.index.publish("text", PublishedFile::new("text-1.0-py3-none-any.whl", "no zip"));
    let stderr = world.ask("download", &["-d", "out", "--no-deps", "text"]).failure(1);
    assert!(stderr.contains("is not a valid wheel"), "{stderr}");
    assert!(names(&world.path("out")).is_empty());
}

#[test]
fn names_of_servers_do_not_leave_the_directory() {
    let world = world();
    world.index.serve("/d/..%2F..%2Fhelper-9-py3-none-any.whl", test_support::Reply::file(demo_bytes()));
    let url = world.index.url("/d/..%2F..%2Fhelper-9-py3-none-any.whl");
    world.ask("download", &["--no-deps", "-d", "out/deep", &url]).failure(1);
    assert!(names(&world.path("")).iter().all(|name| !name.contains("helper")));
}

#[test]
fn files_and_refusals() {
    let world = world();
    let stderr = world.ask("download", &[]).failure(1);
    assert_eq!(
        stderr,
        "ERROR: You must give at least one requirement to download (see \"rpip help download\")\n"
    );
    assert!(world.ask("download", &["-e", "."]).failure(2).contains("no such option: -e"));
    assert!(world.ask("download", &["-U", "helper"]).failure(2).contains("no such option: -U"));
    world.write("file", "");
    assert!(world.ask("download", &["--dest", "file", "helper"]).failure(1).contains("is not writable"));
    world.write("c.txt", "helper<2\n");
    let arguments = ["--destination-directory=out", "-c", "c.txt", "--only-deps", "demo-app<2"];
    let stdout = world.ask("download", &arguments).success();
    assert!(stdout.ends_with("Successfully downloaded helper\n"), "{stdout}");
    assert_eq!(names(&world.path("out")), ["helper-1.0-py3-none-any.whl"]);
}
