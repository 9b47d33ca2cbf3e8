//! Projects from pages of every kind, merged and cached.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod setting;

use std::path::Path;

use distribution::{Sidecar, Yanked};
use rpip_index::{IndexClient, IndexError, IndexOptions, Project, Refresh};
use setting::{Setting, run};
use test_support::{FakeIndex, PageStyle, PublishedFile, Reply, WheelBuilder};

fn versions(project: &Project) -> Vec<String> {
    project.versions().iter().map(ToString::to_string).collect()
}

fn fetch(client: &IndexClient, name: &str) -> Result<std::sync::Arc<Project>, IndexError> {
    run(client.project(&name.parse().unwrap()))
}

#[test]
fn html_and_json_say_the_same() {
    let server = FakeIndex::start();
    for version in ["1.0", "1.10", "1.9", "2.0a1"] {
        server.publish_wheel(&WheelBuilder::new("demo", version));
    }
    let wheel = WheelBuilder::new("demo", "1.11").build_tag("2");
    server.publish(
        "demo",
        PublishedFile::wheel(&wheel).requires_python(">=3.8,<4").yanked("it \"broke\" <all>"),
    );
    server.publish("demo", PublishedFile::new("demo-1.11.tar.gz", "sdist").yanked(""));
    server.publish("demo", PublishedFile::new("demo-1.11.exe", "no distribution"));
    let mut both = Vec::new();
    for style in [PageStyle::Json, PageStyle::Html] {
        let setting = Setting::new();
        server.page_style(style);
        let project = fetch(&setting.client(&[server.simple()]), "demo").unwrap();
        assert_eq!(versions(&project), ["2.0a1", "1.11", "1.10", "1.9", "1.0"]);
        let artifacts = project.artifacts(&"1.11".parse().unwrap());
        assert_eq!(artifacts.len(), 2);
        assert_eq!(&*artifacts[0].url, server.url(&format!("/files/{}", wheel.filename())));
        assert_eq!(artifacts[0].requires_python.as_ref().unwrap().to_string(), ">=3.8,<4");
        assert_eq!(artifacts[0].yanked, Yanked::Yes(Some("it \"broke\" <all>".into())));
        assert_eq!(artifacts[0].hashes[0].hex.len(), 64);
        assert!(matches!(&artifacts[0].sidecar, Sidecar::Present(hashes) if hashes.len() == 1));
        assert_eq!(artifacts[1].yanked, Yanked::Yes(None));
        assert_eq!(&*artifacts[0].source, server.url("/simple/demo/"));
        let places = project.places().to_vec();
        assert_eq!(places, [(server.url("/simple/demo/"), "6 files".to_owned())]);
        assert!(project.artifacts(&"3.0".parse().unwrap()).is_empty());
        both.push(artifacts.into_iter().map(|artifact| (artifact.url, artifact.hashes)).collect::<Vec<_>>());
    }
    assert_eq!(both[0], both[1]);
}

#[test]
fn the_body_decides_and_not_its_header() {
    let server = FakeIndex::start();
    let json = "\u{feff} {\"files\": [{\"filename\": \"demo-1.0.tar.gz\", \"url\": \"/f/demo-1.0.tar.gz\"}]}";
    server.serve("/simple/demo/", Reply::html(json));
    server.serve("/simple/other/", Reply::json("<base href='/g/'><a href=other-2.0.tar.gz>"));
    server.serve(
        "/simple/listing/",
        Reply::ok("<li><a href=\"listing-3.0-py3-none-any.whl\">listing-3.0..&gt;</a></li>"),
    );
    server.serve("/simple/empty/", Reply::ok(" \n"));
    server.serve("/simple/text/", Reply::ok("no page at all"));
    let setting = Setting::new();
    let client = setting.client(&[server.url("/simple")]);
    let url = |name: &str, version: &str| {
        let project = fetch(&client, name).unwrap();
        project.artifacts(&version.parse().unwrap())[0].url.clone().into_string()
    };
    assert_eq!(url("demo", "1.0"), server.url("/f/demo-1.0.tar.gz"));
    assert_eq!(url("other", "2.0"), server.url("/g/other-2.0.tar.gz"));
    assert_eq!(url("listing", "3.0"), server.url("/simple/listing/listing-3.0-py3-none-any.whl"));
    assert!(versions(&fetch(&client, "empty").unwrap()).is_empty());
    let error = fetch(&client, "text").unwrap_err().to_string();
    assert!(error.contains(&server.url("/simple/text/")) && error.contains("simple index"), "{error}");
    assert!(
        server.requests()[0].header("accept").unwrap().starts_with("application/vnd.pypi.simple.v1+json, ")
    );
}

#[test]
fn pages_that_must_not_be_used_are_refused() {
    let server = FakeIndex::start();
    server.serve("/simple/future/", Reply::json("{\"meta\": {\"api-version\": \"2.0\"}, \"files\": []}"));
    server.serve("/simple/broken/", Reply::json("{\"files\": ["));
    server.serve(
        "/simple/bad/",
        Reply::json("{\"project-status\": {\"status\": \"quarantined\", \"reason\": \"malware\"}}"),
    );
    server.serve(
        "/simple/old/",
        Reply::html("<meta name=pypi:project-status content=archived><a href=old-1.0.zip>"),
    );
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    assert!(
        matches!(fetch(&client, "future"), Err(IndexError::ApiVersion { version, .. }) if version == "2.0")
    );
    assert!(matches!(fetch(&client, "broken"), Err(IndexError::Page { .. })));
    let error = fetch(&client, "bad").unwrap_err().to_string();
    assert!(error.contains("quarantined") && error.contains("malware"), "{error}");
    let old = fetch(&client, "old").unwrap();
    assert_eq!((versions(&old).len(), old.statuses()[0].1.status.as_str()), (1, "archived"));
}

#[test]
fn hostile_links_are_left_out() {
    let server = FakeIndex::start();
    server.serve(
        "/simple/demo/",
        Reply::html(
            "<base href='file:///etc/'><a href='file:///etc/demo-1.0.tar.gz'><a href='demo-2.0.tar.gz'>\
             <a href='javascript:demo-3.0.tar.gz'><a href='x/..%2f..%2fdemo-4.0.tar.gz'><a href='demo-%FF.tar.gz'>\
             <a href='//[::1/demo-5.0.tar.gz'><a href='demo-99999999999999999999999.tar.gz'><a href='../evil-6.0.tar.gz'>",
        ),
    );
    let setting = Setting::new();
    let project = fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    let urls: Vec<_> = project
        .versions()
        .iter()
        .flat_map(|version| project.artifacts(version))
        .map(|found| found.url)
        .collect();
    assert_eq!(urls, [server.url("/simple/demo/demo-2.0.tar.gz").into()]);
}

#[test]
fn several_places_are_one_pool() {
    let (first, second) = (FakeIndex::start(), FakeIndex::start());
    first.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    first.publish_wheel(&WheelBuilder::new("demo", "3.0"));
    second.publish_wheel(&WheelBuilder::new("demo", "2.0"));
    second.publish_wheel(&WheelBuilder::new("demo", "3.0"));
    second.publish_wheel(&WheelBuilder::new("second-only", "1.0"));
    second.publish("forbidden", PublishedFile::new("forbidden-1.0.zip", ""));
    first.serve("/simple/forbidden/", Reply::status(403));
    let links = tempfile::tempdir().unwrap();
    std::fs::write(links.path().join("demo-3.0-py3-none-any.whl"), "").unwrap();
    let setting = Setting::new();
    let options = IndexOptions {
        indexes: vec![first.simple(), second.simple()],
        find_links: vec![links.path().display().to_string()],
        ..IndexOptions::default()
    };
    let client = setting.client_with(options);
    let project = fetch(&client, "demo").unwrap();
    assert_eq!(versions(&project), ["3.0", "2.0", "1.0"]);
    let sources: Vec<_> = project
        .artifacts(&"3.0".parse().unwrap())
        .iter()
        .map(|artifact| artifact.source.to_string())
        .collect();
    let expected =
        [links.path().display().to_string(), first.url("/simple/demo/"), second.url("/simple/demo/")];
    assert_eq!(sources, expected);

    let said = |name: &str| -> Vec<String> {
        let project = fetch(&client, name).unwrap();
        project.places().iter().map(|(_, said)| said.clone()).collect()
    };
    assert_eq!(said("second-only"), ["0 files", "not found", "1 file"]);
    assert_eq!(said("nowhere"), ["0 files", "not found", "not found"]);
    assert_eq!(said("forbidden"), ["0 files", "forbidden (403)", "1 file"]);
}

#[test]
fn an_index_that_fails_is_not_passed_over() {
    let (good, bad) = (FakeIndex::start(), FakeIndex::start());
    good.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    for (status, fails) in [(401, true), (500, true), (403, false), (404, false), (410, false)] {
        bad.serve("/simple/demo/", Reply::status(status));
        let setting = Setting::new();
        let result = fetch(&setting.client(&[good.simple(), bad.simple()]), "demo");
        assert_eq!(result.is_err(), fails, "{status}");
        if let Err(error) = result {
            let text = error.to_string();
            assert!(text.contains(&bad.simple()) && text.contains("demo"), "{text}");
        }
    }
    // Who gave a password meant this index to have the project.
    bad.serve("/simple/demo/", Reply::status(403));
    let with_password = bad.simple().replace("http://", "http://me:secret@");
    let setting = Setting::new();
    let error = fetch(&setting.client(&[with_password, good.simple()]), "demo").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    let closed = bad.simple();
    drop(bad);
    assert!(fetch(&setting.client(&[good.simple(), closed]), "demo").is_err());
    let insecure = setting.client(&["http://example.invalid/simple".to_owned()]);
    assert!(
        matches!(fetch(&insecure, "demo"), Err(IndexError::Insecure { host, .. }) if host == "example.invalid")
    );
    let nonsense = setting.client(&["ftp://me:secret@example.invalid/simple".to_owned()]);
    let error = fetch(&nonsense, "demo").unwrap_err().to_string();
    assert!(error.contains("example.invalid") && !error.contains("secret"), "{error}");
}

#[test]
fn credentials_go_to_their_index_only() {
    let (private, public) = (FakeIndex::start(), FakeIndex::start());
    private.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    let setting = Setting::new();
    let with_password = private.simple().replace("http://", "http://me:secret@");
    let project = fetch(&setting.client(&[with_password, public.simple()]), "demo").unwrap();
    assert!(private.requests()[0].header("authorization").is_some());
    assert!(public.requests()[0].header("authorization").is_none());
    let artifacts = project.artifacts(&"1.0".parse().unwrap());
    assert!(!format!("{artifacts:?} {:?}", project.places()).contains("secret"));
}

#[test]
fn fresh_pages_are_not_asked_for() {
    let server = FakeIndex::start();
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    server.page_header("Cache-Control", "max-age=600");
    let setting = Setting::new();
    let name = "demo".parse().unwrap();
    assert!(setting.client(&[server.simple()]).cached_project(&name).unwrap().is_none());
    fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    assert_eq!(server.requests().len(), 1);
    let client = setting.client(&[server.simple()]);
    let project = client.cached_project(&name).unwrap().expect("it is fresh");
    assert_eq!(versions(&project), ["1.0"]);
    assert_eq!(&*project.artifacts(&"1.0".parse().unwrap())[0].source, server.url("/simple/demo/"));
    fetch(&client, "demo").unwrap();
    assert_eq!(server.requests().len(), 1);
    let refreshing = setting.client_with(IndexOptions {
        indexes: vec![server.simple()],
        refresh: Refresh::All,
        ..IndexOptions::default()
    });
    assert!(refreshing.cached_project(&name).unwrap().is_none());
    fetch(&refreshing, "demo").unwrap();
    let request = &server.requests()[1];
    assert_eq!(request.header("cache-control"), Some("max-age=0"));
    assert!(request.header("if-none-match").is_some());
}

#[test]
fn old_pages_are_asked_for_with_validators() {
    let server = FakeIndex::start();
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    let setting = Setting::new();
    for _ in 0..2 {
        let project = fetch(&setting.client(&[server.simple()]), "demo").unwrap();
        assert_eq!(versions(&project), ["1.0"]);
    }
    let tags: Vec<bool> =
        server.requests().iter().map(|request| request.header("if-none-match").is_some()).collect();
    assert_eq!(tags, [false, true]);
    server.publish_wheel(&WheelBuilder::new("demo", "2.0"));
    assert_eq!(versions(&fetch(&setting.client(&[server.simple()]), "demo").unwrap()), ["2.0", "1.0"]);
    // A project that has gone is gone from the cache too.
    server.serve("/simple/demo/", Reply::status(404));
    assert!(versions(&fetch(&setting.client(&[server.simple()]), "demo").unwrap()).is_empty());
    fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    assert!(server.requests().last().unwrap().header("if-none-match").is_none());
}

#[test]
fn a_304_makes_a_page_fresh_again() {
    let server = FakeIndex::start();
    let page = Reply::html("<a href=demo-1.0.zip>").header("ETag", "\"1\"");
    let unchanged = Reply::status(304).header("Cache-Control", "max-age=60");
    server.serve_in_turn("/simple/demo/", vec![page, unchanged]);
    let setting = Setting::new();
    for _ in 0..4 {
        assert_eq!(versions(&fetch(&setting.client(&[server.simple()]), "demo").unwrap()), ["1.0"]);
    }
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn no_store_is_obeyed_and_a_spoilt_cache_does_no_harm() {
    let server = FakeIndex::start();
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    server.page_header("Cache-Control", "no-store");
    let setting = Setting::new();
    fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    assert!(server.requests().iter().all(|request| request.header("if-none-match").is_none()));

    let server = FakeIndex::start();
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    server.page_header("Cache-Control", "max-age=600");
    fetch(&setting.client(&[server.simple()]), "demo").unwrap();
    spoil(setting.cache_root());
    assert_eq!(versions(&fetch(&setting.client(&[server.simple()]), "demo").unwrap()), ["1.0"]);
}

/// Overwrites the middle of every file.
fn spoil(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap().flatten() {
        if entry.path().is_dir() {
            spoil(&entry.path());
        } else {
            let mut bytes = std::fs::read(entry.path()).unwrap();
            let middle = bytes.len() / 2;
            bytes.iter_mut().skip(middle).for_each(|byte| *byte ^= 0x55);
            std::fs::write(entry.path(), bytes).unwrap();
        }
    }
}

#[test]
fn find_links_take_every_kind_of_place() {
    let server = FakeIndex::start();
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    std::fs::create_dir(place("wheels #1")).unwrap();
    std::fs::write(place("wheels #1/demo-1.0-py3-none-any.whl"), "").unwrap();
    std::fs::write(place("wheels #1/demo-1.1.tar.gz"), "").unwrap();
    std::fs::write(place("wheels #1/notes.txt"), "").unwrap();
    std::fs::write(place("wheels #1/more.html"), "<a href='sub/demo-1.2.zip'>").unwrap();
    std::fs::write(place("page.html"), "<a href='demo-2.0.zip#sha256=00'><a href='/x/other-9.zip'>").unwrap();
    std::fs::write(place("demo-3.0.tar.gz"), "").unwrap();
    server.serve("/links/page", Reply::html("<a href='demo-4.0.zip'><a href='demo_more-4.1.zip'>"));
    let setting = Setting::new();
    for (find_links, found, url) in [
        ("wheels #1".to_owned(), vec!["1.2", "1.1", "1.0"], "wheels%20%231/sub/demo-1.2.zip"),
        (
            format!("file://{}/wheels%20%231/", directory.path().display()),
            vec!["1.2", "1.1", "1.0"],
            "demo-1.2.zip",
        ),
        (place("page.html").display().to_string(), vec!["2.0"], "demo-2.0.zip"),
        ("file:wheels%20%231".to_owned(), vec!["1.2", "1.1", "1.0"], "demo-1.2.zip"),
        ("./demo-3.0.tar.gz".to_owned(), vec!["3.0"], "demo-3.0.tar.gz"),
        (server.url("/links/page"), vec!["4.0"], "/links/demo-4.0.zip"),
        (server.url("/any/demo-5.0.zip#sha256=00"), vec!["5.0"], "/any/demo-5.0.zip"),
    ] {
        let client = setting.client_with(IndexOptions {
            find_links: vec![find_links.clone()],
            directory: directory.path().to_owned(),
            ..IndexOptions::default()
        });
        let project = fetch(&client, "demo").unwrap();
        assert_eq!(versions(&project), found, "{find_links}");
        let artifacts = project.artifacts(&project.versions()[0]);
        assert!(artifacts[0].url.ends_with(url), "{} {url}", artifacts[0].url);
        assert!(client.cached_project(&"demo".parse().unwrap()).unwrap().is_some());
        fetch(&client, "unknown").unwrap();
    }
    assert_eq!(server.requests().len(), 1, "a page of links is asked for once");
    for refused in
        ["file://elsewhere.example/links".to_owned(), place("wheels #1/notes.txt").display().to_string()]
    {
        let client = setting
            .client_with(IndexOptions { find_links: vec![refused.clone()], ..IndexOptions::default() });
        let error = fetch(&client, "demo").unwrap_err().to_string();
        assert!(error.contains(&refused) && error.contains("--find-links"), "{error}");
    }
}

#[test]
fn find_links_that_are_not_there_are_left_out_with_a_warning() {
    let (server, closed) = (FakeIndex::start(), FakeIndex::start());
    let unreachable = closed.url("/links");
    drop(closed);
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    server.serve("/forbidden", Reply::status(403));
    server.serve("/broken", Reply::status(500));
    let directory = tempfile::tempdir().unwrap();
    let setting = Setting::new();
    for (find_links, said, warning) in [
        (
            "nodir".to_owned(),
            "no such file or directory",
            "Location 'nodir' is ignored: it is either a non-existing path or lacks a specific scheme.",
        ),
        (
            "ftp://u:secret@example.org/".to_owned(),
            "no such file or directory",
            "Location 'ftp://u:****@example.org/' is ignored: it is either a non-existing path or lacks",
        ),
        (
            "file:nodir".to_owned(),
            "no such file or directory",
            "Location 'file:nodir' is ignored: it is neither a file nor a directory.",
        ),
        (server.url("/nothing"), "not found", "/nothing answered 404 - skipping"),
        (server.url("/forbidden"), "forbidden (403)", "/forbidden answered 403 - skipping"),
        (server.url("/broken"), "it cannot be fetched", "/broken answered 500"),
        (unreachable.clone(), "it cannot be fetched", "cannot reach "),
    ] {
        let client = setting.client_with(IndexOptions {
            indexes: vec![server.simple()],
            find_links: vec![find_links.clone()],
            directory: directory.path().to_owned(),
            ..IndexOptions::default()
        });
        assert!(client.ignored_places().is_empty());
        let _ = client.cached_project(&"demo".parse().unwrap()).unwrap();
        for name in ["demo", "unknown"] {
            let project = fetch(&client, name).unwrap();
            assert_eq!(project.places()[0].1, said, "{find_links}");
            assert!(!project.places()[0].0.contains("secret"), "{find_links}");
            assert_eq!(project.versions().len(), usize::from(name == "demo"));
        }
        let ignored = client.ignored_places();
        assert_eq!(ignored.len(), 1, "{ignored:?}");
        assert!(ignored[0].contains(warning), "{ignored:?}");
    }
    // An index is never passed over.
    let client = setting.client(&[server.simple(), unreachable]);
    assert!(fetch(&client, "demo").is_err());
    assert!(client.ignored_places().is_empty());
}

#[test]
fn an_index_may_be_a_directory() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(root.path().join("demo")).unwrap();
    std::fs::create_dir_all(root.path().join("bare")).unwrap();
    std::fs::write(root.path().join("demo/index.html"), "<a href='../f/demo-1.0.zip'>").unwrap();
    std::fs::write(root.path().join("bare/bare-2.0.zip"), "").unwrap();
    let setting = Setting::new();
    let root_path = root.path().display().to_string();
    for index in [root_path.clone(), format!("file://{root_path}/")] {
        let client = setting.client(&[index]);
        let demo = client.cached_project(&"demo".parse().unwrap()).unwrap().expect("nobody need be asked");
        let artifacts = demo.artifacts(&"1.0".parse().unwrap());
        assert_eq!(&*artifacts[0].url, format!("file://{root_path}/f/demo-1.0.zip"));
        assert_eq!(versions(&fetch(&client, "bare").unwrap()), ["2.0"]);
        assert_eq!(fetch(&client, "other").unwrap().places()[0].1, "not found");
    }
    let error = fetch(&setting.client(&["/no/such/index".to_owned()]), "demo").unwrap_err().to_string();
    assert!(error.contains("/no/such/index"), "{error}");
}

#[test]
fn a_project_is_asked_for_once() {
    let server = FakeIndex::start();
    server.publish_wheel(&WheelBuilder::new("demo", "1.0"));
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let name = "demo".parse().unwrap();
    run(async {
        let (one, two) = futures::join!(client.project(&name), client.project(&name));
        assert!(std::sync::Arc::ptr_eq(&one.unwrap(), &two.unwrap()));
    });
    assert_eq!(server.requests().len(), 1);
}
