//! Several indexes, indexes with passwords, files on servers.

use test_support::{PublishedFile, Reply, WheelBuilder};

use crate::world::{World, demo};

/// A world with `helper` 1.0 and 2.0 on its index, and 9.0 on another one, `/other/`.
fn two_indexes() -> (World, String) {
    let world = World::with_environment();
    world.publish(&demo());
    let newer = WheelBuilder::new("helper", "9.0").without_files().file("helper.py", b"VERSION = '9.0'\n");
    world.index.publish_in("other", "helper", PublishedFile::wheel(&newer));
    let other = world.index.url("/other/");
    (world, other)
}

#[test]
fn the_best_version_of_all_indexes_is_taken_with_a_warning() {
    let (world, other) = two_indexes();
    let outcome = world.install(&["--extra-index-url", &other, "helper"]);
    assert!(outcome.stderr.contains("WARNING: helper is on more than one index ("), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("--index-strategy first-index"), "{}", outcome.stderr);
    assert!(outcome.success().ends_with("Successfully installed helper-9.0\n"));
}

/// pypiserver redirects to PyPI for what it has not.
#[test]
fn an_index_that_leads_to_another_one_offers_nothing_of_its_own() {
    let (world, other) = two_indexes();
    world.index.serve("/fallback/demo-app/", Reply::redirect(&format!("{}/demo-app/", world.index.simple())));
    world.index.serve("/fallback/helper/", Reply::redirect(&format!("{other}helper/")));
    let fallback = world.index.url("/fallback/");
    let outcome = world.install(&["--extra-index-url", &fallback, "demo-app"]);
    assert!(outcome.stderr.contains("WARNING: helper is on more than one index ("), "{}", outcome.stderr);
    let stdout = outcome.success();
    assert!(stdout.ends_with("Successfully installed demo-app-2.0 helper-9.0\n"), "{stdout}");
}

#[test]
fn only_where_there_are_others_an_index_could_be_left_out() {
    let (world, _) = two_indexes();
    let gone = "http://127.0.0.1:9/simple";
    let stderr = world.rpip(&["install", "--retries", "0", "--index-url", gone, "helper"]).failure(1);
    assert!(stderr.contains("the index http://127.0.0.1:9/simple cannot be asked for helper: "), "{stderr}");
    assert!(!stderr.contains("leave it out"), "{stderr}");
    let stderr = world.install(&["--retries", "0", "--extra-index-url", gone, "helper"]).failure(1);
    assert!(stderr.contains("leave it out to go on without it"), "{stderr}");
}

#[test]
fn of_equal_files_the_last_index_has_its_own_as_for_pip() {
    let (world, _) = two_indexes();
    let same = WheelBuilder::new("helper", "2.0").without_files().file("helper.py", b"VERSION = 'other'\n");
    world.index.publish_in("third", "helper", PublishedFile::wheel(&same));
    let third = world.index.url("/third/");
    world.install(&["--extra-index-url", &third, "helper"]).success();
    assert_eq!(world.python("import helper; print(helper.VERSION)"), "other\n");
}

#[test]
fn the_first_index_that_has_a_project_can_be_made_to_decide() {
    let (world, other) = two_indexes();
    world.index.publish_in(
        "other",
        "elsewhere",
        PublishedFile::wheel(&WheelBuilder::new("elsewhere", "1.0").file("elsewhere.py", b"")),
    );
    let outcome = world.install(&[
        "--extra-index-url",
        &other,
        "--index-strategy",
        "first-index",
        "helper",
        "elsewhere",
    ]);
    assert!(!outcome.stderr.contains("more than one index"), "{}", outcome.stderr);
    assert!(outcome.success().ends_with("Successfully installed elsewhere-1.0 helper-2.0\n"));
}

#[test]
fn a_project_can_be_pinned_to_an_index() {
    let (world, other) = two_indexes();
    let named = format!("private={other}");
    let stdout = world.install(&["--index", &named, "helper @ private", "demo-app"]).success();
    assert!(stdout.ends_with("Successfully installed demo-app-2.0 helper-9.0\n"), "{stdout}");
    // Without a pin the named index is not asked.
    let stdout = world.install(&["--index", &named, "--force-reinstall", "helper"]).success();
    assert!(stdout.ends_with("Successfully installed helper-2.0\n"), "{stdout}");
    world.write("../home/.config/pip/pip.conf", &format!("[rpip.index]\nhelper = {other}\n"));
    let stdout = world.install(&["--force-reinstall", "helper"]).success();
    assert!(stdout.ends_with("Successfully installed helper-9.0\n"), "{stdout}");
    // pip takes `--index` for an abbreviation of `--index-url`; so it stays.
    let stdout = world.rpip(&["install", "--dry-run", "--index", &other, "helper", "-U", "--isolated"]);
    assert!(stdout.stdout.contains("Looking in indexes: http://127.0.0.1"), "{stdout:?}");
}

#[test]
fn an_index_with_a_password_and_none_of_it_is_shown() {
    let (world, _) = two_indexes();
    world.index.require_login("/", "me", "s3cret");
    let plain = world.index.simple();
    let stderr = world.install(&["helper"]).failure(1);
    assert!(stderr.contains("401"), "{stderr}");
    let with_password = plain.replace("http://", "http://me:s3cret@");
    let outcome = world.rpip(&["install", "-vv", "--index-url", &with_password, "helper"]);
    let all = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!all.contains("s3cret"), "{all}");
    assert!(outcome.success().contains("Successfully installed helper-2.0"));
    let wrong = plain.replace("http://", "http://me:wr0ng@");
    let stderr = world.rpip(&["install", "-U", "--index-url", &wrong, "demo-app"]).failure(1);
    assert!(stderr.contains("401") && !stderr.contains("wr0ng"), "{stderr}");
    // netrc
    let host = plain.split("://").nth(1).unwrap().split([':', '/']).next().unwrap();
    world.write("../home/.netrc", &format!("machine {host}\nlogin me\npassword s3cret\n"));
    let stdout = world.install(&["--force-reinstall", "helper"]).success();
    assert!(stdout.ends_with("Successfully installed helper-2.0\n"), "{stdout}");
}

#[test]
fn requirements_files_on_a_server_and_what_they_name() {
    let world = World::with_environment();
    world.publish(&demo());
    world.index.serve("/files/r.txt", Reply::ok("-r more/base.txt\n-c limits.txt\n"));
    world.index.serve("/files/more/base.txt", Reply::ok("helper # one\n"));
    world.index.serve("/files/limits.txt", Reply::ok("helper<2\n"));
    let url = world.index.url("/files/r.txt");
    let stdout = world.install(&["-r", &url]).success();
    assert!(stdout.contains(&format!("-r {}", world.index.url("/files/more/base.txt"))), "{stdout}");
    assert!(stdout.ends_with("Successfully installed helper-1.0\n"), "{stdout}");
    let missing = world.index.url("/files/none.txt");
    let stderr = world.install(&["-r", &missing]).failure(1);
    assert!(stderr.contains("Could not open requirements file: ") && stderr.contains("404"), "{stderr}");
}

#[test]
fn what_a_file_says_of_indexes_replaces_and_adds_in_order() {
    let (world, other) = two_indexes();
    let index = world.index.simple();
    for (text, version) in [
        (format!("--index-url {other}\nhelper\n"), "9.0"),
        (format!("--extra-index-url {other}\nhelper\n"), "9.0"),
        (format!("--extra-index-url {other}\n--index-url {index}\nhelper\n"), "2.0"),
    ] {
        world.write("r.txt", &text);
        let stdout = world.install(&["--force-reinstall", "-r", "r.txt"]).success();
        assert!(stdout.ends_with(&format!("Successfully installed helper-{version}\n")), "{text}{stdout}");
    }
    world.write("r.txt", &format!("--no-index\n--index-url {index}\nhelper\n"));
    let stderr = world.install(&["--force-reinstall", "-r", "r.txt"]).failure(1);
    assert!(stderr.contains("No index was asked"), "{stderr}");
}

#[test]
fn only_what_was_uploaded_before() {
    let world = World::with_environment();
    for (version, uploaded) in [("1.0", "2020-01-01T00:00:00Z"), ("2.0", "2024-01-01T00:00:00Z")] {
        let wheel = WheelBuilder::new("dated", version).without_files().file("dated.py", b"");
        world.index.publish("dated", PublishedFile::wheel(&wheel).uploaded(uploaded));
    }
    let stdout = world.install(&["--uploaded-prior-to", "2022-06-01", "dated"]).success();
    assert!(stdout.ends_with("Successfully installed dated-1.0\n"), "{stdout}");
    let stdout = world.install(&["-U", "--uploaded-prior-to", "P1D", "dated"]).success();
    assert!(stdout.ends_with("Successfully installed dated-2.0\n"), "{stdout}");
    let stderr = world.install(&["--uploaded-prior-to", "soon", "dated"]).failure(2);
    assert!(stderr.contains("--uploaded-prior-to error: invalid value: 'soon'"), "{stderr}");
}
