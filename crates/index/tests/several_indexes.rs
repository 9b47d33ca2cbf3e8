//! Several indexes: which of them count for a project, and which are asked at all.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod setting;

use std::collections::HashMap;
use std::sync::Arc;

use rpip_index::{IndexClient, IndexError, IndexOptions, IndexStrategy, Project, Refresh};
use setting::{Setting, run};
use test_support::{FakeIndex, PublishedFile, Reply, WheelBuilder};

fn versions(project: &Project) -> Vec<String> {
    project.versions().iter().map(ToString::to_string).collect()
}

fn fetch(client: &IndexClient, name: &str) -> Result<Arc<Project>, IndexError> {
    run(client.project(&name.parse().unwrap()))
}

/// `demo` 1.0 on the first, 2.0 on the second.
fn two_indexes() -> (FakeIndex, FakeIndex) {
    let (first, second) = (FakeIndex::start(), FakeIndex::start());
    first.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    second.publish_wheel(&WheelBuilder::new("demo", "2.0"));
    second.publish_wheel(&WheelBuilder::new("other", "1.0"));
    (first, second)
}

#[test]
fn the_first_index_that_has_a_project_counts() {
    let (first, second) = two_indexes();
    let links = tempfile::tempdir().unwrap();
    std::fs::write(links.path().join("demo-3.0-py3-none-any.whl"), "").unwrap();
    let setting = Setting::new();
    let options = IndexOptions {
        indexes: vec![first.simple(), second.simple()],
        find_links: vec![links.path().display().to_string()],
        strategy: IndexStrategy::FirstIndex,
        ..IndexOptions::default()
    };
    let client = setting.client_with(options.clone());
    let demo = fetch(&client, "demo").unwrap();
    assert_eq!(versions(&demo), ["3.0", "1.0"]);
    assert_eq!(demo.several_indexes(), None);
    assert_eq!(second.requests().len(), 0, "an index that does not count does not hear of the project");
    let other = fetch(&client, "other").unwrap();
    assert_eq!(versions(&other), ["1.0"]);
    let said: Vec<&str> = other.places().iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said, ["0 files", "not found", "1 file"]);

    // An index that fails might have had it.
    first.serve("/simple/other/", Reply::status(500));
    assert!(fetch(&Setting::new().client_with(options), "other").is_err());
}

#[test]
fn the_first_index_counts_from_the_cache_too() {
    let (first, second) = two_indexes();
    for index in [&first, &second] {
        index.page_header("Cache-Control", "max-age=600");
    }
    let setting = Setting::new();
    let both = vec![first.simple(), second.simple()];
    fetch(&setting.client(&both), "demo").unwrap();
    let strategy = IndexStrategy::FirstIndex;
    let client = setting.client_with(IndexOptions { indexes: both, strategy, ..IndexOptions::default() });
    let demo = client.cached_project(&"demo".parse().unwrap()).unwrap().expect("its page is fresh");
    assert_eq!(versions(&demo), ["1.0"]);
}

#[test]
fn a_pinned_project_is_asked_of_its_index_alone() {
    let (first, second) = two_indexes();
    first.publish_in("private", "demo", PublishedFile::new("demo-0.1.tar.gz", ""));
    let links = tempfile::tempdir().unwrap();
    std::fs::write(links.path().join("demo-3.0-py3-none-any.whl"), "").unwrap();
    let setting = Setting::new();
    let client = |pin: String| {
        setting.client_with(IndexOptions {
            indexes: vec![first.simple(), second.simple()],
            find_links: vec![links.path().display().to_string()],
            pins: HashMap::from([("demo".parse().unwrap(), pin)]),
            ..IndexOptions::default()
        })
    };
    let unlisted = client(first.url("/private/").replace("http://", "http://me:secret@"));
    assert_eq!(versions(&fetch(&unlisted, "demo").unwrap()), ["0.1"]);
    assert!(first.requests()[0].header("authorization").is_some());
    assert_eq!(second.requests().len(), 0);
    assert_eq!(versions(&fetch(&unlisted, "other").unwrap()), ["1.0"]);
    assert_eq!(first.count("/private/other/"), 0, "an index for pins is asked for nothing else");

    let listed = client(second.url("/simple"));
    first.clear_requests();
    assert_eq!(versions(&fetch(&listed, "demo").unwrap()), ["2.0"]);
    assert_eq!(first.requests().len(), 0);
    let nonsense = client("ftp://me:secret@example.org/".to_owned());
    let error = fetch(&nonsense, "demo").unwrap_err().to_string();
    assert!(error.contains("example.org") && !error.contains("secret"), "{error}");
    assert!(fetch(&nonsense, "other").is_ok());
}

#[test]
fn a_project_on_two_indexes_is_known_as_such() {
    let (first, second) = two_indexes();
    second.serve("/simple/empty/", Reply::html(""));
    first.publish("empty", PublishedFile::new("empty-1.0.tar.gz", ""));
    let links = tempfile::tempdir().unwrap();
    std::fs::write(links.path().join("other-3.0-py3-none-any.whl"), "").unwrap();
    let with_password = first.simple().replace("http://", "http://me:secret@");
    let setting = Setting::new();
    let client = setting.client_with(IndexOptions {
        // The same place twice is one place.
        indexes: vec![with_password, second.simple(), first.url("/simple")],
        find_links: vec![links.path().display().to_string()],
        ..IndexOptions::default()
    });
    let demo = fetch(&client, "demo").unwrap();
    assert_eq!(versions(&demo), ["2.0", "1.0"]);
    assert_eq!(demo.several_indexes(), Some((&*first.simple(), &*second.simple())));
    assert_eq!(first.count("/simple/demo/"), 1);
    for name in ["other", "empty", "nowhere"] {
        assert_eq!(fetch(&client, name).unwrap().several_indexes(), None, "{name}");
    }
}

#[test]
fn projects_are_refreshed_by_name() {
    let (_, server) = two_indexes();
    server.page_header("Cache-Control", "max-age=600");
    server.serve("/links", Reply::html("<a href=demo-9.0.zip>").header("Cache-Control", "max-age=600"));
    let setting = Setting::new();
    let ask = |refresh: Refresh| {
        server.clear_requests();
        let client = setting.client_with(IndexOptions {
            indexes: vec![server.simple()],
            find_links: vec![server.url("/links")],
            refresh,
            ..IndexOptions::default()
        });
        for name in ["demo", "other"] {
            fetch(&client, name).unwrap();
        }
        ["/simple/demo/", "/simple/other/", "/links"].map(|path| server.count(path))
    };
    assert_eq!(ask(Refresh::None), [1, 1, 1]);
    assert_eq!(ask(Refresh::None), [0, 0, 0]);
    assert_eq!(ask(Refresh::of(["demo"])), [1, 0, 1]);
    assert_eq!(ask(Refresh::All), [1, 1, 1]);
}
