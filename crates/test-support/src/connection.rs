//! HTTP/1.1 over one connection: just enough to serve a client that we write ourselves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use crate::exchange::{Ending, Reply, Request};
use crate::server::Shared;

/// A stream, plain or TLS.
pub(crate) trait Transport: Read + Write + Send {}
impl<T: Read + Write + Send> Transport for T {}

/// Serves requests until the client or the server ends the connection.
pub(crate) fn serve(stream: TcpStream, shared: &Arc<Shared>) {
    let transport: Box<dyn Transport> = match &shared.tls {
        None => Box::new(stream),
        Some(config) => {
            let Ok(session) = rustls::ServerConnection::new(config.clone()) else { return };
            Box::new(rustls::StreamOwned::new(session, stream))
        }
    };
    let mut reader = BufReader::new(transport);
    while let Some((request, is_whole)) = read_request(&mut reader, shared) {
        let head_only = request.method == "HEAD";
        let reply = shared.answer(request.clone()).ranged(&request);
        if !reply.delay.is_zero() {
            std::thread::sleep(reply.delay);
        }
        if !write_reply(reader.get_mut(), &reply, head_only, shared) || !is_whole {
            return;
        }
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    match reader.read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end().to_owned()),
    }
}

/// The next request, and whether all of its body was read.
fn read_request(reader: &mut impl BufRead, shared: &Shared) -> Option<(Request, bool)> {
    let line = read_line(reader)?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            let mut request = Request { method, path, headers, body: Vec::new() };
            let length = request.header("content-length").and_then(|length| length.parse::<u64>().ok());
            let length = length.unwrap_or_default();
            let limit = shared.body_limit(&request.path).unwrap_or(u64::MAX).min(length);
            reader.take(limit).read_to_end(&mut request.body).ok()?;
            return Some((request, limit == length));
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
}

/// Whether the connection can be used again.
fn write_reply(stream: &mut dyn Transport, reply: &Reply, head_only: bool, shared: &Shared) -> bool {
    match reply.ending {
        Ending::Reset => return false,
        Ending::Silence => {
            shared.wait_until_stopped();
            return false;
        }
        Ending::Whole | Ending::CutAfter(_) => {}
    }
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, reply.reason);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let bodiless = reply.status == 304 || reply.status == 204;
    if !bodiless && !reply.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        head.push_str(&format!("Content-Length: {}\r\n", reply.body.len()));
    }
    head.push_str("\r\n");
    let body: &[u8] = if head_only || bodiless { &[] } else { &reply.body };
    let body = match reply.ending {
        Ending::CutAfter(bytes) => &body[..bytes.min(body.len())],
        _ => body,
    };
    let mut message = head.into_bytes();
    if let Some((bytes, pause)) = reply.pieces {
        for piece in body.chunks(bytes) {
            message.extend_from_slice(piece);
            if stream.write_all(&message).is_err() || stream.flush().is_err() {
                return false;
            }
            message.clear();
            std::thread::sleep(pause);
        }
    } else {
        message.extend_from_slice(body);
    }
    stream.write_all(&message).is_ok() && stream.flush().is_ok() && reply.ending == Ending::Whole
}
