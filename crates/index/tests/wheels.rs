//! Metadata by every rung of the ladder, and wheels into the cache.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod setting;

use std::sync::Mutex;

use cache::CachedWheel;
use distribution::{Artifact, CoreMetadata, Digest, HashAlgorithm};
use rpip_index::{DownloadReporter, IndexClient, IndexError, IndexOptions, RemoteFile};
use setting::{Setting, run};
use test_support::{FakeIndex, PublishedFile, Reply, WheelBuilder, sha256_hex};

/// Notes what it hears.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl DownloadReporter for Notes {
    fn started(&self, file: &RemoteFile, size: Option<u64>) {
        self.0.lock().unwrap().push(format!("started {} {size:?}", file.filename));
    }
    fn progressed(&self, _: &RemoteFile, bytes: u64) {
        self.0.lock().unwrap().push(format!("{bytes}"));
    }
    fn finished(&self, _: &RemoteFile) {
        self.0.lock().unwrap().push("finished".to_owned());
    }
}

fn artifact(client: &IndexClient, name: &str) -> Artifact {
    let project = run(client.project(&name.parse().unwrap())).unwrap();
    project.artifacts(&project.versions()[0])[0].clone()
}

fn metadata(client: &IndexClient, artifact: &Artifact) -> Result<std::sync::Arc<CoreMetadata>, IndexError> {
    run(client.metadata(artifact, &Notes::default()))
}

fn wheel(client: &IndexClient, artifact: &Artifact) -> Result<CachedWheel, IndexError> {
    run(client.wheel(artifact, &Notes::default()))
}

fn demo() -> WheelBuilder {
    WheelBuilder::new("demo", "1.0").requires("click>=8").requires_python(">=3.8")
}

/// A wheel of about `size` bytes that no compression makes smaller.
fn large(size: u32) -> WheelBuilder {
    let noise: Vec<u8> = (0..size).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    demo().file("demo/data.bin", &noise).stored()
}

/// The paths that were asked for, with their ranges, but for the pages.
fn asked(server: &FakeIndex) -> Vec<String> {
    let requests = server.requests().into_iter().filter(|request| !request.path.starts_with("/simple/"));
    requests
        .map(|request| format!("{} {}", request.path, request.header("range").unwrap_or("whole")))
        .map(|text| text.replace("/files/demo-1.0-py3-none-any.whl", "W"))
        .collect()
}

#[test]
fn a_promised_sidecar_is_one_request_and_then_cached() {
    let server = FakeIndex::start();
    server.publish_wheel(&demo());
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    assert!(client.cached_metadata(&artifact).unwrap().is_none());
    let found = metadata(&client, &artifact).unwrap();
    assert_eq!(found.requires_dist[0].to_string(), "click>=8");
    assert_eq!(asked(&server), ["W.metadata whole"]);
    assert!(client.cached_metadata(&artifact).unwrap().is_some());
    drop(client); // what is to be written is written
    let later = setting.client(&[server.simple()]);
    let cached = later.cached_metadata(&artifact).unwrap().expect("an earlier process has it");
    assert_eq!((cached.requires_dist.len(), &cached.version), (1, &found.version));
    assert_eq!(metadata(&later, &artifact).unwrap(), cached);
    assert_eq!(asked(&server).len(), 1);
    // The same hash at another place is another matter: its index may say what it likes.
    let elsewhere = Artifact { url: "http://127.0.0.1:1/demo-1.0-py3-none-any.whl".into(), ..artifact };
    assert!(later.cached_metadata(&elsewhere).unwrap().is_none());
}

#[test]
fn a_sidecar_with_the_wrong_hash_is_refused() {
    let server = FakeIndex::start();
    server.publish_wheel(&demo());
    server.serve("/files/demo-1.0-py3-none-any.whl.metadata", Reply::ok(demo().requires("evil").metadata()));
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    assert!(
        matches!(metadata(&client, &artifact), Err(IndexError::HashMismatch { url, .. }) if url.ends_with(".metadata"))
    );
}

#[test]
fn a_sidecar_that_is_not_said_is_found() {
    let server = FakeIndex::start();
    server.publish("demo", PublishedFile::wheel(&demo()).silent_sidecar());
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    metadata(&client, &artifact(&client, "demo")).unwrap();
    assert_eq!(asked(&server), ["W.metadata whole"]);
}

#[test]
fn a_server_without_sidecars_is_asked_for_one_once() {
    let server = FakeIndex::start();
    for version in ["1.0", "2.0", "3.0"] {
        let builder = WheelBuilder::new("demo", version).file("demo/data.bin", &vec![7; 300_000]).stored();
        server.publish("demo", PublishedFile::wheel(&builder).without_sidecar());
    }
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let project = run(client.project(&"demo".parse().unwrap())).unwrap();
    for version in project.versions() {
        let found = metadata(&client, &project.artifacts(version)[0]).unwrap();
        assert_eq!(found.version, *version);
    }
    let asked = asked(&server);
    assert_eq!(asked.iter().filter(|line| line.contains(".metadata")).count(), 1, "{asked:?}");
    assert_eq!(asked.iter().filter(|line| line.contains("bytes=-")).count(), 3, "{asked:?}");
    assert_eq!(asked.len(), 4);
}

/// Metadata of a wheel whose server behaves so; with what was asked for.
fn by_ranges(builder: &WheelBuilder, reply: impl Fn(Reply) -> Reply) -> (CoreMetadata, Vec<String>) {
    let server = FakeIndex::start();
    server.publish("demo", PublishedFile::wheel(builder).without_sidecar());
    server.serve("/files/demo-1.0-py3-none-any.whl", reply(Reply::file(builder.build())));
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    let found = metadata(&client, &artifact).unwrap();
    // However it was found, the wheel is right with it.
    assert_eq!(wheel(&client, &artifact).unwrap().manifest.name, "demo");
    let asked = asked(&server).into_iter().filter(|line| !line.contains(".metadata")).collect();
    ((*found).clone(), asked)
}

#[test]
fn ranges_are_used_as_far_as_they_go() {
    let expected = CoreMetadata::parse(demo().metadata().as_bytes()).unwrap();
    let same = |reply: Reply| reply;
    let (found, asked) = by_ranges(&large(300_000), same);
    assert_eq!((&found, asked), (&expected, vec!["W bytes=-16384".to_owned(), "W whole".to_owned()]));
    // The first bytes hold METADATA: a second range.
    let (found, asked) = by_ranges(&large(300_000).metadata_first(), same);
    assert_eq!((found, asked.len()), (expected.clone(), 3));
    // A small wheel comes whole, and is kept.
    let (found, asked) = by_ranges(&demo(), same);
    assert_eq!((found, asked), (expected.clone(), vec!["W bytes=-16384".to_owned()]));
    // A server without ranges sends the whole wheel, which is kept.
    let (found, asked) = by_ranges(&large(300_000), |_| Reply::ok(large(300_000).build()));
    assert_eq!((found, asked), (expected.clone(), vec!["W bytes=-16384".to_owned()]));
}

#[test]
fn odd_answers_to_ranges_lead_to_the_whole_wheel() {
    let expected = CoreMetadata::parse(demo().metadata().as_bytes()).unwrap();
    type Odd = fn() -> Reply;
    let oddities: [(&str, Odd); 5] = [
        ("refused", || Reply::status(416)),
        ("forbidden", || Reply::status(403)),
        ("no range", || Reply::ok(vec![0; 16_384]).header("Nothing", "")),
        ("wrong range", || Reply::ok(vec![0; 16_384]).header("Content-Range", "bytes 0-16383/99999999")),
        ("nonsense", || Reply::ok(vec![0; 16_384]).header("Content-Range", "bytes 5-1/3")),
    ];
    for (name, odd) in oddities {
        let builder = large(300_000);
        let server = FakeIndex::start();
        server.publish("demo", PublishedFile::wheel(&builder).without_sidecar());
        let whole = builder.build();
        server.route("/files/demo-1.0-py3-none-any.whl", move |request| match request.header("range") {
            Some(_) if name == "refused" || name == "forbidden" => odd(),
            Some(_) => odd().with_status(206),
            None => Reply::ok(whole.clone()),
        });
        let setting = Setting::new();
        let client = setting.client(&[server.simple()]);
        let found = metadata(&client, &artifact(&client, "demo"));
        assert_eq!(*found.unwrap(), expected, "{name}");
        assert_eq!(asked(&server).last().unwrap(), "W whole", "{name}");
    }
}

#[test]
fn metadata_must_be_that_of_the_file_name() {
    let other = WheelBuilder::new("other", "1.0").metadata();
    for (text, without_sidecar) in
        [(other.as_str(), false), (other.as_str(), true), ("Name: demo\nVersion: 1.1\n\n", false)]
    {
        let server = FakeIndex::start();
        let builder = demo().raw_metadata(text);
        let file = PublishedFile::wheel(&builder);
        server.publish("demo", if without_sidecar { file.without_sidecar() } else { file });
        let setting = Setting::new();
        let client = setting.client(&[server.simple()]);
        let error = metadata(&client, &artifact(&client, "demo")).unwrap_err();
        assert!(error.to_string().contains("demo-1.0-py3-none-any.whl"), "{error}");
    }
}

#[test]
fn a_source_distribution_needs_a_build() {
    let server = FakeIndex::start();
    server.publish("demo", PublishedFile::new("demo-1.0.tar.gz", "sdist"));
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    assert!(matches!(metadata(&client, &artifact), Err(IndexError::NeedsBuild { .. })));
    assert!(matches!(wheel(&client, &artifact), Err(IndexError::NeedsBuild { .. })));
    assert!(asked(&server).is_empty());
}

#[test]
fn wheels_are_downloaded_once_and_reported() {
    let server = FakeIndex::start();
    let builder = large(3_000_000);
    server.publish_wheel(&builder);
    let size = builder.build().len() as u64;
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    assert!(client.cached_wheel(&artifact).unwrap().is_none());
    let notes = Notes::default();
    let unpacked = run(async {
        let (one, two) = futures::join!(client.wheel(&artifact, &notes), client.wheel(&artifact, &notes));
        assert_eq!(one.unwrap().sha256, two.unwrap().sha256);
        client.wheel(&artifact, &notes).await.unwrap()
    });
    assert_eq!(unpacked.sha256.to_string(), sha256_hex(&builder.build()));
    assert_eq!(asked(&server), ["W whole"]);
    assert_eq!(server.requests().last().unwrap().header("accept-encoding"), Some("identity"));
    let notes = notes.0.into_inner().unwrap();
    assert_eq!(notes[0], format!("started demo-1.0-py3-none-any.whl Some({size})"));
    assert_eq!(notes.last().unwrap(), "finished");
    let progressed: u64 = notes[1..notes.len() - 1].iter().map(|bytes| bytes.parse::<u64>().unwrap()).sum();
    assert_eq!(progressed, size);
    let later = setting.client(&[]);
    assert!(later.cached_wheel(&artifact).unwrap().is_some());
    assert!(later.cached_metadata(&artifact).unwrap().is_some(), "the wheel has it");
}

#[test]
fn broken_downloads_are_resumed() {
    for size in [10_000, 3_000_000] {
        let server = FakeIndex::start();
        let builder = large(size);
        server.publish_wheel(&builder);
        let whole = builder.build();
        let cut = whole.len() / 2;
        let path = "/files/demo-1.0-py3-none-any.whl";
        let good = Reply::file(whole.clone()).header("ETag", "\"1\"");
        server.serve_in_turn(path, vec![good.clone().cut_after(cut), good.clone().cut_after(100), good]);
        let setting = Setting::new();
        let client = setting.client(&[server.simple()]);
        wheel(&client, &artifact(&client, "demo")).unwrap();
        let asked = asked(&server);
        assert_eq!(
            asked,
            ["W whole".to_owned(), format!("W bytes={cut}-"), format!("W bytes={}-", cut + 100)]
        );
        assert_eq!(server.requests().last().unwrap().header("if-range"), Some("\"1\""));
    }
}

#[test]
fn a_resumed_download_may_begin_anew() {
    let path = "/files/demo-1.0-py3-none-any.whl";
    let builder = large(3_000_000);
    let whole = builder.build();
    let cut = Reply::file(whole.clone()).cut_after(2_000_000);
    // A server without ranges; and one that sends another part than was asked for, once.
    let other_part = Reply::ok(whole[5..].to_vec())
        .header("Content-Range", &format!("bytes 5-{}/{}", whole.len() - 1, whole.len()))
        .with_status(206);
    for second in [Reply::ok(whole.clone()), other_part] {
        let server = FakeIndex::start();
        server.publish_wheel(&builder);
        server.serve_in_turn(path, vec![cut.clone(), second, Reply::ok(whole.clone())]);
        let setting = Setting::new();
        let client = setting.client(&[server.simple()]);
        let unpacked = wheel(&client, &artifact(&client, "demo")).unwrap();
        assert_eq!(unpacked.sha256.to_string(), sha256_hex(&whole));
    }
}

#[test]
fn what_was_not_promised_is_not_used() {
    let builder = demo();
    let whole = builder.build();
    let path = "/files/demo-1.0-py3-none-any.whl";
    let mut flipped = whole.clone();
    flipped[40] ^= 1;
    let longer = [&whole[..], b"x"].concat();
    for (name, reply) in [
        ("flipped", Reply::ok(flipped)),
        ("longer", Reply::ok(longer)),
        ("shorter", Reply::ok(whole[..whole.len() - 1].to_vec())),
        ("cut", Reply::ok(whole.clone()).cut_after(50)),
        ("html", Reply::html("<html>not the wheel</html>")),
    ] {
        let server = FakeIndex::start();
        server.publish_wheel(&builder);
        server.serve(path, reply);
        let setting = Setting::new();
        let client = setting.client(&[server.simple()]);
        let artifact = artifact(&client, "demo");
        let error = wheel(&client, &artifact).unwrap_err();
        assert!(error.to_string().contains(path), "{name}: {error}");
        assert!(client.cached_wheel(&artifact).unwrap().is_none(), "{name}");
        drop(client);
        let scratch = setting.cache_root().join("scratch");
        assert!(std::fs::read_dir(scratch).map_or(0, Iterator::count) == 0, "{name}: nothing is left over");
    }
}

#[test]
fn every_promised_hash_counts() {
    let server = FakeIndex::start();
    let builder = demo();
    let whole = builder.build();
    server.publish("demo", PublishedFile::wheel(&builder).promised_sha256(None));
    let setting = Setting::new();
    for (algorithm, good) in
        [(HashAlgorithm::Md5, true), (HashAlgorithm::Sha512, true), (HashAlgorithm::Sha1, false)]
    {
        let digest = Digest::of(algorithm, if good { &whole } else { b"other" });
        let page = format!("<a href='/files/{}#{}={}'>", builder.filename(), algorithm.name(), digest.hex);
        server.serve("/simple/demo/", Reply::html(page));
        let client = setting.client(&[server.simple()]);
        let artifact = artifact(&client, "demo");
        assert_eq!(wheel(&client, &artifact).is_ok(), good, "{algorithm}");
        drop(client);
        let later = setting.client(&[]);
        assert_eq!(later.cached_wheel(&artifact).unwrap().is_some(), good, "{algorithm}");
    }
}

#[test]
fn a_wheel_that_differs_from_its_sidecar_is_refused() {
    let server = FakeIndex::start();
    let file = PublishedFile::wheel(&demo()).sidecar(&demo().requires("surprise").metadata());
    server.publish("demo", file);
    let setting = Setting::new();
    let client = setting.client(&[server.simple()]);
    let artifact = artifact(&client, "demo");
    assert_eq!(metadata(&client, &artifact).unwrap().requires_dist.len(), 2);
    assert!(matches!(wheel(&client, &artifact), Err(IndexError::MetadataDiffers { .. })));
}

#[test]
fn a_wheel_without_hash_is_asked_for_with_validators() {
    let server = FakeIndex::start();
    let builder = demo();
    let path = "/demo-1.0-py3-none-any.whl";
    let whole = builder.build();
    server.route(path, move |request| match request.header("if-none-match") {
        Some("\"1\"") => Reply::status(304),
        _ => Reply::file(whole.clone()).header("ETag", "\"1\""),
    });
    let setting = Setting::new();
    for _ in 0..2 {
        let client = setting.client(&[]);
        let artifact = client.direct_wheel(&server.url(path), &[]).unwrap();
        assert!(client.cached_wheel(&artifact).unwrap().is_none(), "it may have changed");
        wheel(&client, &artifact).unwrap();
    }
    assert_eq!(server.count(path), 2);
    let changed = demo().requires("more").build();
    let sha256 = sha256_hex(&changed);
    server.serve(path, Reply::file(changed).header("ETag", "\"2\"").header("Cache-Control", "max-age=60"));
    let client = setting.client(&[]);
    let fetched = run(client.wheel_from_url(&server.url(path), &[], &Notes::default())).unwrap();
    assert_eq!(fetched.sha256.to_string(), sha256);
    drop(client);
    let client = setting.client(&[]);
    let artifact = client.direct_wheel(&server.url(path), &[]).unwrap();
    assert!(client.cached_wheel(&artifact).unwrap().is_some(), "it is fresh");
}

#[test]
fn local_wheels_are_read_where_they_lie() {
    let directory = tempfile::tempdir().unwrap();
    let builder = demo();
    let path = directory.path().join(builder.filename());
    std::fs::write(&path, builder.build()).unwrap();
    let setting = Setting::new();
    let options = || IndexOptions { directory: directory.path().to_owned(), ..IndexOptions::default() };
    let good = Digest::of(HashAlgorithm::Sha256, &builder.build());
    let bad = Digest::of(HashAlgorithm::Sha256, b"other");
    let references = [
        (format!("./{}", builder.filename()), vec![], true),
        (path.display().to_string(), vec![good.clone()], true),
        (format!("file://{}", path.display()), vec![], true),
        (format!("file://{}#sha256={}", path.display(), good.hex), vec![], true),
        (format!("file://{}#sha256={}", path.display(), bad.hex), vec![], false),
        (path.display().to_string(), vec![bad], false),
    ];
    for (reference, hashes, is_good) in references {
        let client = setting.client_with(options());
        let artifact = client.direct_wheel(&reference, &hashes).unwrap();
        assert_eq!(metadata(&client, &artifact).unwrap().requires_dist.len(), 1, "{reference}");
        assert_eq!(wheel(&client, &artifact).is_ok(), is_good, "{reference}");
    }
    let client = setting.client_with(options());
    let artifact = client.direct_wheel(&references_to(&path), &[]).unwrap();
    assert!(client.cached_wheel(&artifact).unwrap().is_some(), "time and size are as before");
    std::fs::write(&path, demo().requires("more").build()).unwrap();
    assert!(client.cached_wheel(&artifact).unwrap().is_none(), "it has changed");
    for missing in
        ["./nowhere-1.0-py3-none-any.whl", "./not-a-wheel.txt", "https://example.invalid/", "git+https://x/y"]
    {
        assert!(run(client.wheel_from_url(missing, &[], &Notes::default())).is_err(), "{missing}");
    }
}

fn references_to(path: &std::path::Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn futures_may_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let setting = Setting::new();
    let client = setting.client(&[]);
    let artifact = client.direct_wheel("./demo-1.0-py3-none-any.whl", &[]).unwrap();
    let name = "demo".parse().unwrap();
    let notes = Notes::default();
    is_send(&client.project(&name));
    is_send(&client.metadata(&artifact, &notes));
    is_send(&client.wheel(&artifact, &notes));
    is_send(&client.digest(&artifact, HashAlgorithm::Sha512));
    is_send(&client.metadata_text(&artifact));
}
