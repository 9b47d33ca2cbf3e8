//! Which file of a version is taken, by pip's order, and why others are not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod setting;

use std::collections::HashMap;

use distribution::{
    Digest, HashAlgorithm, InterpreterTags, Libc, Platform, Rejection, SupportedTags, Timestamp,
};
use rpip_index::{FormatControl, IndexOptions, Project, SelectionRules, require_upload_times, select};
use setting::{Setting, run};
use test_support::{FakeIndex, PageStyle, PublishedFile, Reply, WheelBuilder};

fn rules() -> SelectionRules {
    let tags = SupportedTags::new(&InterpreterTags {
        implementation: "cpython".into(),
        python: (3, 12),
        abis: vec!["cp312".into()],
        free_threaded: false,
        platform: Platform::Linux { machine: "x86_64".into(), libc: Libc::Glibc(2, 36), hard_float: false },
    });
    SelectionRules {
        tags,
        python: Some("3.12.1".parse().unwrap()),
        formats: HashMap::new(),
        default_format: FormatControl::Any,
        hashes: HashMap::new(),
        uploaded_before: None,
    }
}

/// A project whose page has these links.
fn project(links: &[&str]) -> std::sync::Arc<Project> {
    let server = FakeIndex::start();
    server.serve("/simple/demo/", Reply::html(links.concat()));
    let setting = Setting::new();
    run(setting.client(&[server.simple()]).project(&"demo".parse().unwrap())).unwrap()
}

fn chosen(project: &Project, rules: &SelectionRules, pinned: bool) -> Result<String, Vec<Rejection>> {
    match select(project, &project.versions()[0], rules, pinned) {
        Ok(candidate) => Ok(candidate.artifact.filename.to_string()),
        Err(rejected) => Err(rejected.into_iter().map(|(_, rejection)| rejection).collect()),
    }
}

const SDIST: &str = "<a href=demo-1.0.tar.gz>";
const PURE: &str = "<a href=demo-1.0-py3-none-any.whl>";
const NATIVE: &str = "<a href=demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl>";
const ABI3: &str = "<a href=demo-1.0-cp38-abi3-manylinux_2_17_x86_64.whl>";
const FOREIGN: &str = "<a href=demo-1.0-cp312-cp312-win_amd64.whl>";
const BUILD_2: &str = "<a href=demo-1.0-2-py3-none-any.whl>";
const BUILD_10: &str = "<a href=demo-1.0-10-py3-none-any.whl>";
const YANKED: &str = "<a href=demo-1.0-cp312-cp312-linux_x86_64.whl data-yanked=bad>";

#[test]
fn the_best_file_wins() {
    let rules = rules();
    for (links, best) in [
        (&[SDIST, FOREIGN, PURE, ABI3, NATIVE][..], "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"),
        (&[SDIST, FOREIGN, PURE, ABI3], "demo-1.0-cp38-abi3-manylinux_2_17_x86_64.whl"),
        (&[SDIST, FOREIGN, PURE], "demo-1.0-py3-none-any.whl"),
        (&[SDIST, FOREIGN], "demo-1.0.tar.gz"),
        (&[PURE, BUILD_10, BUILD_2], "demo-1.0-10-py3-none-any.whl"),
        (&[BUILD_10, NATIVE], "demo-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"),
        (&[YANKED, PURE], "demo-1.0-py3-none-any.whl"),
    ] {
        assert_eq!(chosen(&project(links), &rules, false).as_deref(), Ok(best), "{links:?}");
        let backwards: Vec<&str> = links.iter().rev().copied().collect();
        assert_eq!(chosen(&project(&backwards), &rules, true).as_deref(), Ok(best), "{links:?}");
    }
}

#[test]
fn yanked_files_need_a_pin() {
    let project = project(&[YANKED]);
    assert_eq!(chosen(&project, &rules(), false), Err(vec![Rejection::Yanked(Some("bad".into()))]));
    assert!(chosen(&project, &rules(), true).is_ok());
}

#[test]
fn each_file_is_rejected_for_its_reason() {
    let newer = "<a href=demo-1.0-py2.py3-none-any.whl data-requires-python='&gt;=3.13'>";
    let rejected = chosen(&project(&[FOREIGN, newer]), &rules(), false).unwrap_err();
    assert!(matches!(&rejected[0], Rejection::IncompatibleTags(name) if name.contains("win_amd64")));
    assert!(matches!(&rejected[1], Rejection::RequiresPython(required) if required.to_string() == ">=3.13"));
    let ignoring = SelectionRules { python: None, ..rules() };
    assert!(chosen(&project(&[newer]), &ignoring, false).is_ok());
    // What cannot be understood is no reason.
    let odd = "<a href=demo-1.0-py3-none-any.whl data-requires-python='&gt;=soon'>";
    assert!(chosen(&project(&[odd]), &rules(), false).is_ok());
}

#[test]
fn formats_are_controlled_by_project() {
    let both = project(&[SDIST, PURE]);
    let only = |control| SelectionRules { formats: [("demo".parse().unwrap(), control)].into(), ..rules() };
    assert_eq!(chosen(&both, &only(FormatControl::OnlySdists), false).unwrap(), "demo-1.0.tar.gz");
    assert_eq!(chosen(&both, &only(FormatControl::OnlyWheels), false).unwrap(), "demo-1.0-py3-none-any.whl");
    let none = SelectionRules { default_format: FormatControl::OnlyWheels, ..rules() };
    assert!(matches!(chosen(&project(&[SDIST]), &none, false).unwrap_err()[..], [Rejection::Format(_)]));
    // What is said of the project goes before what is said of all.
    let exception = SelectionRules { default_format: FormatControl::OnlyWheels, ..only(FormatControl::Any) };
    assert!(chosen(&project(&[SDIST]), &exception, false).is_ok());
}

#[test]
fn listed_hashes_decide() {
    let good = Digest::of(HashAlgorithm::Sha256, b"good");
    let bad = Digest::of(HashAlgorithm::Sha256, b"bad");
    let link = |name: &str, digest: &Digest| format!("<a href=demo-1.0-{name}.whl#sha256={}>", digest.hex);
    let rules = SelectionRules { hashes: [("demo".parse().unwrap(), vec![good.clone()])].into(), ..rules() };
    let native = link("cp312-cp312-linux_x86_64", &bad);
    let pure = link("py3-none-any", &good);
    assert_eq!(chosen(&project(&[&native, &pure]), &rules, false).unwrap(), "demo-1.0-py3-none-any.whl");
    assert_eq!(chosen(&project(&[&native]), &rules, false), Err(vec![Rejection::HashMismatch]));
    // A list in another algorithm says nothing of a promise: the download will tell.
    let sha512 = Digest::of(HashAlgorithm::Sha512, b"good");
    let only_512 =
        SelectionRules { hashes: [("demo".parse().unwrap(), vec![sha512.clone()])].into(), ..self::rules() };
    assert!(chosen(&project(&[&pure]), &only_512, false).is_ok());
    let of_512 = format!("<a href=demo-1.0-py3-none-any.whl#sha512={}>", sha512.hex);
    assert_eq!(chosen(&project(&[&native, &of_512]), &only_512, false).unwrap(), "demo-1.0-py3-none-any.whl");
    let wrong_512 = of_512.replace(&*sha512.hex, &"0".repeat(128));
    assert_eq!(chosen(&project(&[&wrong_512]), &only_512, false), Err(vec![Rejection::HashMismatch]));
    // Of a file without a promise the download will tell; one that is known to be right goes first.
    assert!(chosen(&project(&[NATIVE]), &rules, false).is_ok());
    assert_eq!(chosen(&project(&[NATIVE, &pure]), &rules, false).unwrap(), "demo-1.0-py3-none-any.whl");
}

#[test]
fn files_uploaded_too_late_do_not_count() {
    let server = FakeIndex::start();
    let publish = |version: &str, time: &str| {
        let wheel = PublishedFile::wheel(&WheelBuilder::new("demo", version));
        server.publish("demo", wheel.uploaded(time));
    };
    publish("1.0", "2023-12-31T23:59:59.999999Z");
    publish("2.0", "2024-01-01T00:00:00Z");
    publish("3.0", "2024-01-01T01:30:00+02:00");
    server.publish("demo", PublishedFile::new("demo-1.0.tar.gz", "").uploaded("2025-01-01T00:00:00Z"));
    let foreign = "demo-1.0-cp312-cp312-win_amd64.whl";
    server.publish("demo", PublishedFile::new(foreign, ""));
    let setting = Setting::new();
    let limit = Timestamp::parse_upload_time("2024-01-01T00:00:00Z");
    let rules = SelectionRules { uploaded_before: limit, ..rules() };
    let project = run(setting.client(&[server.simple()]).project(&"demo".parse().unwrap())).unwrap();
    let used = |version: &str| select(&project, &version.parse().unwrap(), &rules, false).is_ok();
    assert!(used("1.0") && used("3.0") && !used("2.0"));
    let (_, rejection) =
        select(&project, &"2.0".parse().unwrap(), &rules, true).unwrap_err().into_iter().next().unwrap();
    assert_eq!(
        rejection.to_string(),
        "Upload time 2024-01-01 00:00:00+00:00 not prior to 2024-01-01 00:00:00+00:00"
    );
    // A file for another platform need not say anything.
    require_upload_times(&project, &rules).unwrap();

    // A page in HTML never says it: pip's error. Files of this machine are not asked.
    server.page_style(PageStyle::Html);
    let setting = Setting::new();
    let silent = run(setting.client(&[server.simple()]).project(&"demo".parse().unwrap())).unwrap();
    let error = require_upload_times(&silent, &rules).unwrap_err().to_string();
    let page = server.url("/simple/demo/");
    assert_eq!(error, format!("Index {page} does not provide upload-time metadata."));
    assert!(select(&silent, &"1.0".parse().unwrap(), &rules, false).is_err());
    require_upload_times(&silent, &self::rules()).unwrap();
    let links = tempfile::tempdir().unwrap();
    std::fs::write(links.path().join("demo-9.0-py3-none-any.whl"), "").unwrap();
    let find_links = vec![links.path().display().to_string()];
    let local = setting.client_with(IndexOptions { find_links, ..IndexOptions::default() });
    let local = run(local.project(&"demo".parse().unwrap())).unwrap();
    require_upload_times(&local, &rules).unwrap();
    assert!(select(&local, &"9.0".parse().unwrap(), &rules, false).is_ok());
}
