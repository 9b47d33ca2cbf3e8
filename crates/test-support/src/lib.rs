//! What tests are made of: a package index on loopback that can misbehave on purpose, and a
//! builder of wheels. Used by the tests of every crate, never by the program.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test that cannot be set up has failed

mod connection;
mod exchange;
mod form;
mod server;
mod wheel;

pub use exchange::{Reply, Request};
pub use form::FormField;
pub use server::{FakeIndex, PageStyle, PublishedFile, SELF_SIGNED, TEST_AUTHORITY};
pub use wheel::{WheelBuilder, sha256_hex};

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    fn get(index: &FakeIndex, path: &str, headers: &str) -> String {
        let mut stream = TcpStream::connect(index.authority()).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    #[test]
    fn published_wheels_are_listed_and_served() {
        let index = FakeIndex::start();
        let wheel =
            WheelBuilder::new("Demo.App", "1.0").requires("click>=8").entry_point("demo", "demo_app:main");
        assert_eq!(wheel.filename(), "demo_app-1.0-py3-none-any.whl");
        index.publish_wheel(&wheel);
        let page = get(&index, "/simple/demo-app/", "Accept: application/vnd.pypi.simple.v1+json\r\n");
        assert!(page.contains(&sha256_hex(&wheel.build())), "{page}");
        assert!(get(&index, "/simple/demo-app/", "").contains("<a href=\"../../files/demo_app-1.0"));
        let metadata = get(&index, "/files/demo_app-1.0-py3-none-any.whl.metadata", "");
        assert!(metadata.contains("Requires-Dist: click>=8"), "{metadata}");
        assert!(get(&index, "/simple/other/", "").starts_with("HTTP/1.1 404"));
        assert_eq!(index.requests().len(), 4);
    }

    #[test]
    fn ranges_and_truncation() {
        let index = FakeIndex::start();
        index.serve("/file", Reply::file("0123456789"));
        assert!(get(&index, "/file", "Range: bytes=-3\r\n").ends_with("\r\n\r\n789"));
        let part = get(&index, "/file", "Range: bytes=2-4\r\n");
        assert!(part.contains("Content-Range: bytes 2-4/10") && part.ends_with("\r\n\r\n234"), "{part}");
        assert!(get(&index, "/file", "Range: bytes=20-\r\n").starts_with("HTTP/1.1 416"));
        index.serve_in_turn("/cut", vec![Reply::ok("0123456789").cut_after(4), Reply::ok("whole")]);
        assert!(get(&index, "/cut", "").ends_with("\r\n\r\n0123"));
        assert!(get(&index, "/cut", "").ends_with("whole"));
        assert_eq!(index.count("/cut"), 2);
    }

    #[test]
    fn other_trees_have_files_of_their_own() {
        let index = FakeIndex::start();
        for (tree, content) in [("simple", "one"), ("simple2", "two"), ("team/pkgs", "three")] {
            index.publish_in(
                tree,
                "demo",
                PublishedFile::new("demo-1.0.tar.gz", content).uploaded("2020-01-02"),
            );
        }
        let json = "Accept: application/vnd.pypi.simple.v1+json\r\n";
        assert!(get(&index, "/simple2/demo/", json).contains("\"upload-time\": \"2020-01-02\""));
        assert!(get(&index, "/team/pkgs/demo/", "").contains("\"../../../files/team/pkgs/demo-1.0.tar.gz#"));
        assert!(get(&index, "/files/demo-1.0.tar.gz", "").ends_with("one"));
        assert!(get(&index, "/files/simple2/demo-1.0.tar.gz", "").ends_with("two"));
        assert!(get(&index, "/files/team/pkgs/demo-1.0.tar.gz", "").ends_with("three"));
        assert!(get(&index, "/simple3/demo/", "").starts_with("HTTP/1.1 404"));
    }

    #[test]
    fn locked_paths_want_a_login() {
        let index = FakeIndex::start();
        index.publish("demo", PublishedFile::new("demo-1.0.tar.gz", "one"));
        index.require_login("/simple/", "me", "secret");
        let refused = get(&index, "/simple/demo/", "Authorization: Basic eA==\r\n");
        assert!(
            refused.starts_with("HTTP/1.1 401") && refused.contains("WWW-Authenticate: Basic"),
            "{refused}"
        );
        let opened = get(&index, "/simple/demo/", "Authorization: Basic bWU6c2VjcmV0\r\n");
        assert!(opened.starts_with("HTTP/1.1 200"), "{opened}");
        assert!(get(&index, "/files/demo-1.0.tar.gz", "").ends_with("one"));
    }

    #[test]
    fn bodies_come_in_pieces() {
        let index = FakeIndex::start();
        index.serve("/x", Reply::ok("0123456789").in_pieces(3, std::time::Duration::ZERO));
        assert!(get(&index, "/x", "").ends_with("\r\n\r\n0123456789"));
    }
}
