//! Requests against a server on loopback that misbehaves on purpose.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::time::Duration;

use rpip_network::{Client, ClientOptions, NetworkError};
use test_support::{FakeIndex, Reply, SELF_SIGNED, TEST_AUTHORITY};

fn options() -> ClientOptions {
    ClientOptions {
        timeout: Duration::from_secs(5),
        retries: 3,
        retry_delay: Duration::from_millis(1),
        system_proxy: false,
        ..ClientOptions::default()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn fetch_with(options: ClientOptions, url: &str) -> Result<String, NetworkError> {
    let client = Client::new(options);
    let answer = run(client.get_complete(url, &[("accept", "text/plain")], 1000))?;
    Ok(String::from_utf8(answer.body).unwrap())
}

fn fetch(url: &str) -> Result<String, NetworkError> {
    fetch_with(options(), url)
}

#[test]
fn a_body_is_fetched_with_headers() {
    let server = FakeIndex::start();
    server.serve("/x", Reply::ok("hello").header("ETag", "\"1\""));
    let client = Client::new(options());
    let answer = run(client.get_complete(&server.url("/x"), &[("accept", "text/plain")], 1000)).unwrap();
    assert_eq!((answer.status(), answer.header("etag")), (200, Some("\"1\"")));
    assert_eq!(answer.url(), server.url("/x"));
    let request = &server.requests()[0];
    assert_eq!(request.header("accept"), Some("text/plain"));
    assert_eq!(request.header("accept-encoding"), Some("gzip,br"));
    assert!(request.header("user-agent").unwrap().starts_with("rpip/"));
    assert!(request.header("authorization").is_none());
}

#[test]
fn compressed_bodies_are_decoded_within_the_limit() {
    let server = FakeIndex::start();
    let zipped = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).unwrap();
        Reply::ok(encoder.finish().unwrap()).header("Content-Encoding", "gzip")
    };
    server.serve("/page", zipped(b"hello"));
    server.serve("/bomb", zipped(&vec![0; 1_000_000]));
    assert_eq!(fetch(&server.url("/page")).unwrap(), "hello");
    server.serve("/brotli", Reply::ok(b"\x0b\x02\x80hello\x03").header("Content-Encoding", "br"));
    assert_eq!(fetch(&server.url("/brotli")).unwrap(), "hello");
    let error = fetch(&server.url("/bomb")).unwrap_err();
    assert!(matches!(error, NetworkError::TooLarge { limit: 1000, .. }), "{error}");
    server.serve("/long", Reply::ok(vec![b'x'; 1001]));
    assert!(matches!(fetch(&server.url("/long")), Err(NetworkError::TooLarge { .. })));
}

#[test]
fn what_may_pass_is_tried_again() {
    let server = FakeIndex::start();
    let bad_starts = vec![Reply::status(503).header("Retry-After", "0"), Reply::reset(), Reply::status(429)];
    for (index, bad) in bad_starts.into_iter().enumerate() {
        let path = format!("/{index}");
        server.serve_in_turn(&path, vec![bad.clone(), bad, Reply::ok("done")]);
        assert_eq!(fetch(&server.url(&path)).unwrap(), "done");
        assert_eq!(server.count(&path), 3);
    }
    server.serve_in_turn("/cut", vec![Reply::ok("0123456789").cut_after(4), Reply::ok("0123456789")]);
    assert_eq!(fetch(&server.url("/cut")).unwrap(), "0123456789");
}

#[test]
fn retries_end() {
    let server = FakeIndex::start();
    server.serve("/busy", Reply::status(503));
    server.serve("/cut", Reply::ok("0123456789").cut_after(4));
    for (path, status) in [("/busy", Some(503)), ("/cut", None)] {
        let error = fetch(&server.url(path)).unwrap_err();
        assert_eq!(error.status(), status);
        assert_eq!(server.count(path), 4, "one and three repetitions");
        assert!(error.to_string().contains(path), "{error}");
    }
    server.serve("/gone", Reply::status(404));
    assert!(fetch(&server.url("/gone")).unwrap_err().is_not_found());
    assert_eq!(server.count("/gone"), 1);
}

#[test]
fn failures_are_named() {
    let server = FakeIndex::start();
    server.serve("/silent", Reply::silence());
    let fast = ClientOptions { timeout: Duration::from_millis(50), retries: 0, ..options() };
    let error = fetch_with(fast, &server.url("/silent")).unwrap_err();
    assert!(matches!(error, NetworkError::TimedOut { .. }), "{error}");

    let closed = server.url("/");
    drop(server);
    let error = fetch(&closed).unwrap_err().to_string();
    assert!(error.contains("connection refused") && error.contains(&closed), "{error}");

    for url in ["ftp://example.org/x", "file:///etc/hosts", "not a url", "https://u:pa/ss@example.org/"] {
        let error = fetch(url).unwrap_err();
        assert!(matches!(error, NetworkError::InvalidUrl { .. }), "{error}");
        assert!(!error.to_string().contains("ss@"), "{error}");
    }
    let error = fetch("http://does-not-exist.invalid/").unwrap_err();
    assert!(error.to_string().contains("does-not-exist.invalid"), "{error}");
}

#[test]
fn credentials_are_sent_and_not_shown() {
    let server = FakeIndex::start();
    server.serve("/x", Reply::status(401));
    let url = format!("http://me:s%40crt@{}/x", server.authority());
    let error = fetch(&url).unwrap_err();
    assert_eq!(error.status(), Some(401));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("crt") && shown.contains("netrc"), "{shown}");
    assert!(shown.contains("it refused the user name and password"), "{shown}");
    let without = fetch(&server.url("/x")).unwrap_err().to_string();
    assert!(without.contains("it wants a user name and password"), "{without}");
    // me:s@crt
    assert_eq!(server.requests()[0].header("authorization"), Some("Basic bWU6c0BjcnQ="));
}

#[test]
fn credentials_are_remembered_for_their_origin() {
    let server = FakeIndex::start();
    let other = FakeIndex::start();
    for server in [&server, &other] {
        server.serve("/files/x", Reply::ok("x"));
    }
    let client = Client::new(options());
    let plain =
        client.remember_credentials(&format!("http://me:secret@{}/simple/", server.authority())).unwrap();
    assert_eq!(plain, server.url("/simple/"));
    run(async {
        client.get(&server.url("/files/x"), &[]).await.unwrap();
        client.get(&other.url("/files/x"), &[]).await.unwrap();
    });
    assert!(server.requests()[0].header("authorization").is_some());
    assert!(other.requests()[0].header("authorization").is_none());
}

#[test]
fn netrc_is_used_where_the_url_has_no_credentials() {
    let server = FakeIndex::start();
    server.serve("/x", Reply::ok("x"));
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "machine 127.0.0.1 login a password b\n").unwrap();
    let options = ClientOptions { netrc: Some(file.path().to_owned()), ..options() };
    fetch_with(options.clone(), &server.url("/x")).unwrap();
    fetch_with(options, &format!("http://c:d@{}/x", server.authority())).unwrap();
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("authorization").unwrap().to_owned()).collect();
    assert_eq!(sent, ["Basic YTpi", "Basic Yzpk"]);
    let missing = ClientOptions { netrc: Some("/does/not/exist".into()), ..self::options() };
    fetch_with(missing, &server.url("/x")).unwrap();
}

#[test]
fn redirects_keep_credentials_to_their_origin() {
    let server = FakeIndex::start();
    let other = FakeIndex::start();
    server.serve("/start", Reply::redirect("/same"));
    server.serve("/same", Reply::redirect(&other.url("/elsewhere")));
    other.serve("/elsewhere", Reply::ok("here"));
    let url = format!("http://me:secret@{}/start", server.authority());
    let client = Client::new(options());
    let answer = run(client.get_complete(&url, &[("range", "bytes=0-")], 100)).unwrap();
    assert_eq!(answer.url(), other.url("/elsewhere"));
    assert!(server.requests().iter().all(|request| request.header("authorization").is_some()));
    assert!(other.requests()[0].header("authorization").is_none());
    assert_eq!(other.requests()[0].header("range"), Some("bytes=0-"));
}

#[test]
fn bad_redirects_are_refused() {
    let server = FakeIndex::start();
    server.serve("/loop", Reply::redirect("/loop"));
    server.serve("/file", Reply::redirect("file:///etc/hosts"));
    server.serve("/nonsense", Reply::redirect("http://[/"));
    server.serve("/secret", Reply::redirect("ftp://me:secret@example.org/"));
    for path in ["/loop", "/file", "/nonsense", "/secret"] {
        let error = fetch(&server.url(path)).unwrap_err();
        assert!(matches!(error, NetworkError::Redirect { .. }), "{error}");
        assert!(!error.to_string().contains(":secret"), "{error}");
    }
    assert_eq!(server.count("/loop"), 11);
}

#[test]
fn not_modified_is_an_answer_only_to_validators() {
    let server = FakeIndex::start();
    server.serve("/x", Reply::status(304));
    let client = Client::new(options());
    let url = server.url("/x");
    let answer = run(client.get_complete(&url, &[("if-none-match", "\"1\"")], 100)).unwrap();
    assert_eq!(answer.status(), 304);
    let client = Client::new(options());
    assert_eq!(run(client.get_complete(&url, &[], 100)).unwrap_err().status(), Some(304));
}

#[test]
fn proxies_are_asked() {
    let proxy = FakeIndex::start();
    proxy.serve("http://example.invalid/x", Reply::ok("by proxy"));
    for spelled in [proxy.url(""), proxy.authority()] {
        let options = ClientOptions { proxy: Some(spelled), ..options() };
        assert_eq!(fetch_with(options, "http://example.invalid/x").unwrap(), "by proxy");
    }
    let options = ClientOptions { proxy: Some("http://u:secret@[".into()), ..options() };
    let error = fetch_with(options, "http://example.invalid/x").unwrap_err().to_string();
    assert!(error.contains("proxy") && !error.contains("secret"), "{error}");
}

#[test]
fn a_dead_proxy_is_named() {
    let proxy = FakeIndex::start();
    let (silent, closed) = (FakeIndex::start(), proxy.authority());
    drop(proxy);
    for url in ["http://example.invalid/x", "https://example.invalid/x"] {
        let options =
            ClientOptions { proxy: Some(format!("http://u:secret@{closed}")), retries: 0, ..options() };
        let error = fetch_with(options, url).unwrap_err().to_string();
        let expected =
            format!("cannot reach {url} through the proxy http://u:****@{closed}: connection refused");
        assert!(error.starts_with(&expected), "{error}");
    }
    silent.serve("http://example.invalid/x", Reply::silence());
    let timeout = Duration::from_millis(50);
    let options = ClientOptions { proxy: Some(silent.authority()), timeout, retries: 0, ..options() };
    let error = fetch_with(options, "http://example.invalid/x").unwrap_err().to_string();
    assert!(error.contains(&format!("no answer through the proxy {} within", silent.url(""))), "{error}");
}

/// The variables are the process's: the test itself runs in another one.
#[test]
fn a_dead_proxy_of_the_environment_is_named() {
    let proxy = FakeIndex::start();
    let closed = proxy.authority();
    drop(proxy);
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "with_a_dead_proxy_in_the_environment"])
        .envs(["http_proxy", "RPIP_TEST_PROXY"].map(|name| (name, format!("http://u:secret@{closed}/"))))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "started by another test, with variables of its own"]
fn with_a_dead_proxy_in_the_environment() {
    let proxy = std::env::var("RPIP_TEST_PROXY").unwrap();
    let (_, authority) = proxy.split_once('@').unwrap();
    let options = ClientOptions { system_proxy: true, retries: 0, ..options() };
    let error = fetch_with(options, "http://example.invalid/x").unwrap_err().to_string();
    assert!(error.contains(authority.trim_end_matches('/')) && error.contains("proxy"), "{error}");
    assert!(!error.contains("secret"), "{error}");
}

/// As above: `--no-proxy-env` goes past the variables.
#[test]
fn a_proxy_of_the_environment_can_be_left_aside() {
    let server = FakeIndex::start();
    server.serve("/x", Reply::ok("straight"));
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "without_the_proxy_of_the_environment"])
        .envs(names.map(|name| (name, "http://127.0.0.1:1/")))
        .env("RPIP_TEST_SERVER", server.url("/x"))
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "started by another test, with variables of its own"]
fn without_the_proxy_of_the_environment() {
    let url = std::env::var("RPIP_TEST_SERVER").unwrap();
    let aside = ClientOptions { system_proxy: false, retries: 0, ..options() };
    assert_eq!(fetch_with(aside.clone(), &url).unwrap(), "straight");
    assert!(fetch_with(ClientOptions { system_proxy: true, ..aside.clone() }, &url).is_err());
    // What is said on the command line counts still.
    let given = ClientOptions { proxy: Some("http://127.0.0.1:2/".to_owned()), ..aside };
    let error = fetch_with(given, &url).unwrap_err().to_string();
    assert!(error.contains("through the proxy http://127.0.0.1:2/"), "{error}");
}

#[test]
fn documents_come_from_servers_and_files() {
    let server = FakeIndex::start();
    server.serve("/reqs.txt", Reply::ok("demo\n").header("Content-Type", "text/plain; charset=Latin-1"));
    server.serve("/old.txt", Reply::redirect("/reqs.txt"));
    server.require_login("/private/", "me", "secret");
    server.serve("/private/reqs.txt", Reply::ok("other\n"));
    let client = Client::new(options());
    let document = run(client.document(&server.url("/old.txt"), 100)).unwrap();
    assert_eq!((document.url, document.content.as_slice()), (server.url("/reqs.txt"), &b"demo\n"[..]));
    assert_eq!(document.charset.as_deref(), Some("latin-1"));
    let url = format!("http://me:secret@{}/private/reqs.txt", server.authority());
    let document = run(client.document(&url, 100)).unwrap();
    assert_eq!((document.url, document.charset), (server.url("/private/reqs.txt"), None));

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("my reqs.txt");
    std::fs::write(&path, "local\n").unwrap();
    let url = format!("file://{}/my%20reqs.txt", directory.path().display());
    let document = run(client.document(&url, 6)).unwrap();
    assert_eq!((document.url, document.content.as_slice()), (url.clone(), &b"local\n"[..]));
    for (url, said) in [
        (url.as_str(), "larger than the limit of 3 bytes"),
        (&server.url("/reqs.txt"), "larger than the limit of 3 bytes"),
        (&server.url("/gone.txt"), "answered 404 (not found)"),
        (&url.replace("my%20reqs", "none"), "cannot read "),
        ("file://elsewhere.example/x", "not a usable URL"),
        ("ftp://me:secret@example.org/x", "neither 'https:' nor 'http:'"),
    ] {
        let error = run(client.document(url, 3)).unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("secret"), "{error}");
    }
}

#[test]
fn bodies_that_trickle_are_given_up() {
    let server = FakeIndex::start();
    server.serve("/slow", Reply::ok(vec![b'x'; 100]).in_pieces(1, Duration::from_millis(5)));
    let slowest = Some((1_000, Duration::from_millis(20)));
    let error =
        fetch_with(ClientOptions { slowest, retries: 0, ..options() }, &server.url("/slow")).unwrap_err();
    assert!(matches!(error, NetworkError::TooSlow { .. }) && error.is_transient(), "{error}");
    server.serve("/short", Reply::ok("0123456789").in_pieces(5, Duration::from_millis(5)));
    let patient = ClientOptions { slowest: None, ..options() };
    assert_eq!(fetch_with(patient, &server.url("/short")).unwrap(), "0123456789");
}

#[test]
fn a_server_that_signs_for_itself_is_trusted_where_it_is_named() {
    let server = FakeIndex::start_self_signed();
    server.serve("/x", Reply::ok("secure"));
    let naming = |certificate: &str| {
        let bundle = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(bundle.path(), certificate).unwrap();
        let certificates = Some((bundle.path().to_owned(), "--cert".into()));
        let fetched =
            |url: &str| fetch_with(ClientOptions { certificates: certificates.clone(), ..options() }, url);
        (fetched(&server.url("/x")), fetched(&server.url("/x").replace("127.0.0.1", "localhost")))
    };
    let (here, elsewhere) = naming(SELF_SIGNED);
    assert_eq!(here.unwrap(), "secure");
    let error = elsewhere.unwrap_err().to_string();
    assert!(error.contains("is not trusted: it belongs to another host"), "{error}");
    let error = naming(TEST_AUTHORITY).0.unwrap_err().to_string();
    assert!(error.contains("is not trusted: it is self-signed; name a file"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn tls_certificates_are_checked() {
    let server = FakeIndex::start_tls();
    server.serve("/x", Reply::ok("secure"));
    let url = server.url("/x");
    let bundle = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), TEST_AUTHORITY).unwrap();

    let error = fetch(&url).unwrap_err();
    assert!(matches!(error, NetworkError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("--cert"), "{error}");
    assert_eq!(server.requests().len(), 0, "nothing is sent to a server that is not trusted");

    let trusting =
        ClientOptions { certificates: Some((bundle.path().to_owned(), "--cert".into())), ..options() };
    assert_eq!(fetch_with(trusting.clone(), &url).unwrap(), "secure");

    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("0a1b2c3d.0"), TEST_AUTHORITY).unwrap();
    let by_directory =
        ClientOptions { certificate_directory: Some(directory.path().to_owned()), ..options() };
    assert_eq!(fetch_with(by_directory, &url).unwrap(), "secure");

    for host in ["127.0.0.1".to_owned(), server.authority()] {
        let options = ClientOptions { trusted_hosts: vec![host], ..options() };
        assert_eq!(fetch_with(options, &url).unwrap(), "secure");
    }
    let other_port = ClientOptions { trusted_hosts: vec!["127.0.0.1:1".into()], ..options() };
    assert!(matches!(fetch_with(other_port, &url), Err(NetworkError::Untrusted { .. })));

    server.serve("/down", Reply::redirect("http://127.0.0.1:1/x"));
    let error = fetch_with(trusting, &server.url("/down")).unwrap_err();
    assert!(error.to_string().contains("https to plain http"), "{error}");
}

#[test]
fn unusable_certificate_files_are_named_only_when_needed() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    let server = FakeIndex::start();
    let secure = FakeIndex::start_tls();
    server.serve("/x", Reply::ok("plain"));
    for path in [empty.path().to_owned(), "/does/not/exist".into()] {
        let options =
            ClientOptions { certificates: Some((path.clone(), "SSL_CERT_FILE".into())), ..options() };
        assert_eq!(fetch_with(options.clone(), &server.url("/x")).unwrap(), "plain");
        let error = fetch_with(options, &secure.url("/x")).unwrap_err().to_string();
        assert!(error.contains("SSL_CERT_FILE") && error.contains(path.to_str().unwrap()), "{error}");
    }
}

#[test]
fn secure_origins_are_those_of_pip() {
    let client = Client::new(ClientOptions { trusted_hosts: vec!["inside.example".into()], ..options() });
    for (url, secure) in [
        ("https://example.org/", true),
        ("http://example.org/", false),
        ("http://localhost:8080/", true),
        ("http://127.3.2.1/", true),
        ("http://[::1]:1/", true),
        ("http://inside.example/", true),
        ("http://127.0.0.1.example.org/", false),
        ("nonsense", false),
    ] {
        assert_eq!(client.is_secure(url), secure, "{url}");
    }
}

#[test]
fn requests_run_in_parallel() {
    let server = FakeIndex::start();
    // Each answer waits until eight requests have come.
    let barrier = std::sync::Arc::new(std::sync::Barrier::new(8));
    server.route("/x", move |_| {
        barrier.wait();
        Reply::ok("x")
    });
    let client = Client::new(options());
    let url = server.url("/x");
    run(async {
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let (client, url) = (client.clone(), url.clone());
            tasks.push(tokio::spawn(async move { client.get_complete(&url, &[], 10).await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}
