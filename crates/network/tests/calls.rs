//! Questions that are sent by POST: with credentials, again after a failure, and wherever a redirect leads.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use rpip_network::{Bytes, Client, ClientOptions};
use test_support::{FakeIndex, Reply};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_call_is_sent_until_it_is_answered() {
    let index = FakeIndex::start();
    index.serve_in_turn("/old", vec![Reply::status(503), Reply::status(307).header("Location", "/new")]);
    index.route("/new", |request| Reply::ok([b"you said ".as_slice(), &request.body].concat()));
    index.require_login("/new", "user", "secret");
    let client = Client::new(ClientOptions { retry_delay: Duration::ZERO, ..ClientOptions::default() });
    let url = format!("http://user:secret@{}/old", index.authority());
    let call = client.call(&url, &[("content-type", "text/xml")], Bytes::from_static(b"<hello/>"), 1 << 20);
    assert_eq!(run(call).unwrap().body, b"you said <hello/>");
    let requests = index.requests();
    assert!(requests.iter().all(|request| request.method == "POST" && request.body == b"<hello/>"));
    assert_eq!(requests.len(), 3);
    let too_long = client.call(&url, &[], Bytes::from_static(b"<hello/>"), 4);
    assert!(run(too_long).is_err());
}
