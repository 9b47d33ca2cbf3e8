//! Requests that are sent once and as they are: forms, their answers, and what goes wrong on the way.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rpip_network::{Answer, Client, ClientOptions, Content, Credentials, Form, NetworkError, Submission};
use test_support::{FakeIndex, Reply};

fn options() -> ClientOptions {
    ClientOptions { timeout: Duration::from_millis(400), system_proxy: false, ..ClientOptions::default() }
}

fn form(directory: &tempfile::TempDir, size: usize) -> Form {
    let path = directory.path().join("demo-1.0-py3-none-any.whl");
    std::fs::write(&path, vec![b'x'; size]).unwrap();
    let mut form = Form::default();
    form.text("name", "dëmo");
    form.file("content", "demo-1.0-py3-none-any.whl", path, size as u64);
    form
}

/// Sends a form with a file of `size` bytes; the answer, and how many bytes went out.
fn sent(index: &FakeIndex, size: usize) -> (Result<Answer, NetworkError>, u64) {
    let directory = tempfile::tempdir().unwrap();
    let submission = Submission {
        url: index.url("/legacy/"),
        headers: vec![("Accept".to_owned(), "application/json".to_owned())],
        credentials: Some(Credentials::new("__token__".to_owned(), "secret".to_owned())),
        content: Content::Form(form(&directory, size)),
    };
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let heard = Arc::new(move |bytes| {
        counted.fetch_add(bytes, Ordering::Relaxed);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(Client::new(options()).submit(&submission, heard));
    (answer, count.load(Ordering::Relaxed))
}

#[test]
fn a_form_arrives_whole() {
    let index = FakeIndex::start();
    index.serve("/legacy/", Reply::ok("thanks").header("Content-Type", "text/plain"));
    let (answer, bytes) = sent(&index, 700_000);
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"thanks".as_slice()));
    assert_eq!(answer.content_type.as_deref(), Some("text/plain"));
    let requests = index.requests();
    let [request] = requests.as_slice() else { panic!("{}", requests.len()) };
    assert_eq!(request.method, "POST");
    assert_eq!(request.header("authorization"), Some("Basic X190b2tlbl9fOnNlY3JldA=="));
    assert_eq!(request.header("content-length"), Some(bytes.to_string().as_str()));
    assert_eq!(request.header("transfer-encoding"), None);
    let fields = request.form();
    assert_eq!((fields[0].name.as_str(), fields[0].text().as_str()), ("name", "dëmo"));
    assert_eq!(fields[1].filename.as_deref(), Some("demo-1.0-py3-none-any.whl"));
    assert_eq!(fields[1].content.len(), 700_000);
}

#[test]
fn every_status_is_an_answer_and_no_redirect_is_followed() {
    let index = FakeIndex::start();
    for (reply, status, reason) in [
        (Reply::status(400).reason("File already exists"), 400, Some("File already exists")),
        (Reply::status(403).reason("Forbidden"), 403, None),
        (Reply::status(503).reason("Service Unavailable").header("Retry-After", "7"), 503, None),
        (Reply::redirect("/elsewhere/").reason("Found"), 302, None),
    ] {
        index.serve("/legacy/", reply);
        let answer = sent(&index, 10).0.unwrap();
        assert_eq!((answer.status, answer.reason.as_deref()), (status, reason));
        assert_eq!(answer.location.is_some(), status == 302);
        assert_eq!(answer.retry_after, (status == 503).then_some(Duration::from_secs(7)));
    }
    assert_eq!(index.count("/elsewhere/"), 0);
}

#[test]
fn an_answer_that_comes_early_is_heard() {
    let index = FakeIndex::start();
    index.read_at_most("/legacy/", 10_000);
    index.serve("/legacy/", Reply::status(413));
    // Whether the answer or the loss is seen first is a race that the network decides.
    match sent(&index, 8_000_000).0 {
        Ok(answer) => assert_eq!(answer.status, 413),
        Err(error) => assert!(error.is_transient(), "{error}"),
    }
}

#[test]
fn a_lost_or_silent_connection_is_told() {
    let index = FakeIndex::start();
    index.read_at_most("/legacy/", 10_000);
    index.serve("/legacy/", Reply::reset());
    let (answer, bytes) = sent(&index, 8_000_000);
    let error = answer.unwrap_err();
    assert!(error.is_transient() && bytes < 8_000_000, "{error} {bytes}");
    index.serve("/legacy/", Reply::silence());
    let error = sent(&index, 30_000_000).0.unwrap_err();
    assert!(matches!(error, NetworkError::Stalled { .. }), "{error}");
    assert!(error.to_string().contains("nothing has moved for 1 seconds"), "{error}");
}
