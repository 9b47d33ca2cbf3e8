//! Downloads that break off, hashes in any algorithm, and metadata as text.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod setting;

use std::sync::Mutex;
use std::time::Duration;

use distribution::{Artifact, Digest, HashAlgorithm};
use network::{Client, ClientOptions};
use rpip_index::{DownloadReporter, IndexClient, IndexError, IndexOptions, RemoteFile};
use setting::{Setting, run};
use test_support::{FakeIndex, PublishedFile, Reply, WheelBuilder};

const PATH: &str = "/files/demo-1.0-py3-none-any.whl";

/// Notes what it hears of breaks.
#[derive(Default)]
struct Breaks(Mutex<Vec<String>>);

impl DownloadReporter for Breaks {
    fn interrupted(&self, _: &RemoteFile, received: u64, size: Option<u64>, attempt: u32) {
        self.0.lock().unwrap().push(format!("interrupted {received}/{size:?} {attempt}"));
    }
    fn resumed(&self, _: &RemoteFile, from: u64, _: Option<u64>) {
        self.0.lock().unwrap().push(format!("resumed {from}"));
    }
}

fn builder() -> WheelBuilder {
    let noise: Vec<u8> =
        (0..20_000u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    WheelBuilder::new("demo", "1.0").description("A long text.\n").file("demo/data.bin", &noise).stored()
}

fn artifact(client: &IndexClient) -> Artifact {
    let project = run(client.project(&"demo".parse().unwrap())).unwrap();
    project.artifacts(&project.versions()[0])[0].clone()
}

fn client(setting: &Setting, server: &FakeIndex, retries: u32, resume_retries: u32) -> IndexClient {
    let network = Client::new(ClientOptions {
        timeout: Duration::from_secs(5),
        retries,
        resume_retries,
        retry_delay: Duration::from_millis(1),
        system_proxy: false,
        ..ClientOptions::default()
    });
    let options = IndexOptions { indexes: vec![server.simple()], ..IndexOptions::default() };
    IndexClient::new(options, setting.cache(), network)
}

fn hashing(setting: &Setting, server: &FakeIndex, also_hash: &[HashAlgorithm]) -> IndexClient {
    setting.client_with(IndexOptions {
        indexes: vec![server.simple()],
        also_hash: also_hash.to_vec(),
        ..IndexOptions::default()
    })
}

#[test]
fn resumptions_are_counted_apart_from_retries() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let whole = builder().build();
    let size = whole.len();
    let good = Reply::file(whole);
    let cut = good.clone().cut_after(1_000);
    server.serve_in_turn(PATH, vec![cut.clone(), cut.clone(), Reply::status(503), good]);
    let setting = Setting::new();
    let breaks = Breaks::default();
    let no_retries = client(&setting, &server, 0, 3);
    run(no_retries.wheel(&artifact(&no_retries), &breaks)).unwrap();
    let expected = [
        format!("interrupted 1000/Some({size}) 1"),
        "resumed 1000".to_owned(),
        format!("interrupted 2000/Some({size}) 2"),
        format!("interrupted 2000/Some({size}) 3"),
        "resumed 2000".to_owned(),
    ];
    assert_eq!(breaks.0.into_inner().unwrap(), expected);
}

#[test]
fn resumptions_end() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let size = builder().build().len();
    server.serve(PATH, Reply::file(builder().build()).cut_after(1_000));
    for (retries, said, advice) in [
        (
            0,
            "Download failed because not enough bytes were received (1000 bytes/".to_owned(),
            "consider using --resume-retries",
        ),
        (
            2,
            "Download failed after 3 attempts because not enough bytes were received (3.0 kB/".to_owned(),
            "use --resume-retries",
        ),
    ] {
        let setting = Setting::new();
        server.clear_requests();
        let client = client(&setting, &server, 5, retries);
        let error = run(client.wheel(&artifact(&client), &Breaks::default())).unwrap_err();
        assert!(
            matches!(&error, IndexError::Incomplete { expected: Some(expected), .. } if *expected == size as u64)
        );
        let text = error.to_string();
        assert!(text.starts_with(&said) && text.contains(advice) && text.contains(PATH), "{text}");
        assert_eq!(server.count(PATH), retries as usize + 1);
    }
}

#[test]
fn a_server_that_never_answers_is_tried_as_often_as_retries_say() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    server.serve(PATH, Reply::status(503));
    let client = client(&Setting::new(), &server, 2, 5);
    assert!(run(client.wheel(&artifact(&client), &Breaks::default())).is_err());
    assert_eq!(server.count(PATH), 3);
}

#[test]
fn a_file_that_became_shorter_is_fetched_anew() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let good = Reply::file(builder().build());
    server.serve_in_turn(PATH, vec![good.clone().cut_after(1_000), Reply::status(416), good]);
    let setting = Setting::new();
    let client = client(&setting, &server, 0, 3);
    let breaks = Breaks::default();
    run(client.wheel(&artifact(&client), &breaks)).unwrap();
    assert_eq!(breaks.0.into_inner().unwrap().last().unwrap(), "resumed 0");
}

#[test]
fn hashes_of_any_algorithm_are_computed_while_downloading() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let whole = builder().build();
    let wanted = [HashAlgorithm::Sha512, HashAlgorithm::Sha384];
    let setting = Setting::new();
    let first = hashing(&setting, &server, &wanted);
    let artifact = artifact(&first);
    run(first.wheel(&artifact, &Breaks::default())).unwrap();
    for algorithm in [HashAlgorithm::Sha256, HashAlgorithm::Sha384, HashAlgorithm::Sha512] {
        assert_eq!(run(first.digest(&artifact, algorithm)).unwrap(), Digest::of(algorithm, &whole));
    }
    drop(first);
    let later = hashing(&setting, &server, &[]);
    for algorithm in wanted {
        assert_eq!(run(later.digest(&artifact, algorithm)).unwrap(), Digest::of(algorithm, &whole));
    }
    assert_eq!(server.count(PATH), 1, "what is known is not fetched");
}

#[test]
fn a_hash_that_nobody_computed_takes_another_download() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let whole = builder().build();
    let setting = Setting::new();
    let earlier = hashing(&setting, &server, &[]);
    let artifact = artifact(&earlier);
    run(earlier.wheel(&artifact, &Breaks::default())).unwrap();
    drop(earlier);
    for _ in 0..2 {
        let later = hashing(&setting, &server, &[]);
        let sha512 = Digest::of(HashAlgorithm::Sha512, &whole);
        assert_eq!(run(later.digest(&artifact, HashAlgorithm::Sha512)).unwrap(), sha512);
    }
    assert_eq!(server.count(PATH), 2);
    // What the index promises of a wheel that is in the cache has not been checked, and counts for nothing.
    let lying = Artifact {
        hashes: [&artifact.hashes[..], &[Digest::of(HashAlgorithm::Sha384, b"wish")]].concat(),
        ..artifact.clone()
    };
    let later = hashing(&setting, &server, &[]);
    assert!(matches!(run(later.digest(&lying, HashAlgorithm::Sha384)), Err(IndexError::HashMismatch { .. })));
    // Another file than the one that was unpacked says nothing about it.
    server.serve(PATH, Reply::ok(WheelBuilder::new("demo", "1.0").build()));
    let replaced = run(later.digest(&artifact, HashAlgorithm::Sha384));
    assert!(replaced.is_err());
    assert_eq!(run(later.digest(&artifact, HashAlgorithm::Sha512)).unwrap().hex.len(), 128);
}

#[test]
fn local_files_have_hashes_too() {
    let directory = tempfile::tempdir().unwrap();
    let whole = builder().build();
    let path = directory.path().join("demo-1.0-py3-none-any.whl");
    std::fs::write(&path, &whole).unwrap();
    let setting = Setting::new();
    let client = setting.client(&[]);
    let artifact = client.direct_wheel(path.to_str().unwrap(), &[]).unwrap();
    let sha512 = Digest::of(HashAlgorithm::Sha512, &whole);
    assert_eq!(run(client.digest(&artifact, HashAlgorithm::Sha512)).unwrap(), sha512);

    let server = FakeIndex::start();
    server.publish("demo", PublishedFile::new("demo-1.0.tar.gz", "an archive"));
    let client = setting.client(&[server.simple()]);
    let file = RemoteFile::from(&self::artifact(&client));
    let archive = run(client.archive(file, &Breaks::default())).unwrap();
    let sha384 = Digest::of(HashAlgorithm::Sha384, b"an archive");
    assert_eq!(archive.digest(HashAlgorithm::Sha384).unwrap(), sha384);
}

#[test]
fn metadata_is_had_as_text_without_the_wheel() {
    let server = FakeIndex::start();
    server.publish_wheel(&builder());
    let setting = Setting::new();
    let first = setting.client(&[server.simple()]);
    let artifact = artifact(&first);
    // Resolving keeps only what it needs.
    run(first.metadata(&artifact, &Breaks::default())).unwrap();
    assert_eq!(first.cached_metadata_text(&artifact).unwrap(), None);
    let text = run(first.metadata_text(&artifact)).unwrap();
    assert_eq!(text, builder().metadata());
    assert!(text.ends_with("A long text.\n"));
    drop(first);
    let later = setting.client(&[server.simple()]);
    assert_eq!(later.cached_metadata_text(&artifact).unwrap(), Some(builder().metadata()));
    assert_eq!(server.count(PATH), 0, "the wheel is not needed");

    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    run(client.wheel(&artifact, &Breaks::default())).unwrap();
    server.clear_requests();
    assert_eq!(run(client.metadata_text(&artifact)).unwrap(), builder().metadata());
    assert_eq!(server.requests().len(), 0, "an unpacked wheel has it");
}

#[test]
fn metadata_as_text_must_be_the_files_too() {
    let server = FakeIndex::start();
    let other = WheelBuilder::new("other", "1.0").metadata();
    server.publish("demo", PublishedFile::wheel(&builder()).sidecar(&other));
    server.publish("demo", PublishedFile::new("demo-0.5.tar.gz", ""));
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    assert!(matches!(
        run(client.metadata_text(&artifact(&client))),
        Err(IndexError::OtherDistribution { .. })
    ));
    let project = run(client.project(&"demo".parse().unwrap())).unwrap();
    let sdist = &project.artifacts(&"0.5".parse().unwrap())[0];
    assert!(matches!(run(client.metadata_text(sdist)), Err(IndexError::NeedsBuild { .. })));
}
