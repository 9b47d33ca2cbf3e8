//! A web server of files on loopback that wants a user name and a password (RFC 7617).
#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Serves until the test is over.
pub(crate) struct Web {
    pub(crate) port: u16,
}

impl Web {
    /// Serves the files below `root` to those who send `authorization` (base64 of `user:password`).
    pub(crate) fn serve(root: &Path, authorization: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let place: Arc<(PathBuf, String)> = Arc::new((root.to_path_buf(), format!("Basic {authorization}")));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let place = Arc::clone(&place);
                thread::spawn(move || answer(stream, &place.0, &place.1));
            }
        });
        Self { port }
    }
}

/// Answers one request and closes the connection; whatever goes wrong is the client's to notice.
fn answer(stream: TcpStream, root: &Path, authorization: &str) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let (mut length, mut is_allowed) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let (name, value) = match line.trim_end().split_once(": ") {
            Some(pair) => pair,
            None => break,
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
        is_allowed |= name.eq_ignore_ascii_case("authorization") && value == authorization;
    }
    reader.take(length).read_to_end(&mut Vec::new()).ok()?;
    let mut words = first.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let path = target.split('?').next()?.trim_start_matches('/');
    let (status, body) = match std::fs::read(root.join(path)) {
        _ if !is_allowed => ("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"", Vec::new()),
        Ok(body) if method == "GET" || method == "HEAD" => ("200 OK", body),
        _ => ("404 Not Found", Vec::new()),
    };
    let mut stream = stream;
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())
        .ok()?;
    if method != "HEAD" {
        stream.write_all(&body).ok()?;
    }
    Some(())
}
