//! One request and the reply to it, the misbehaviour of the reply included.

use std::time::Duration;

/// What a client asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`, `HEAD`, ...
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// What was sent with it, as far as it was read.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How a reply ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As it should.
    Whole,
    /// The connection is closed after so many bytes of the body.
    CutAfter(usize),
    /// The connection is closed before a byte is sent.
    Reset,
    /// Nothing is sent until the server stops.
    Silence,
}

/// What the server answers.
#[derive(Debug, Clone)]
pub struct Reply {
    pub(crate) status: u16,
    /// The text beside the status.
    pub(crate) reason: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) ranges: bool,
    pub(crate) ending: Ending,
    pub(crate) delay: Duration,
    /// The body comes in pieces of so many bytes, with a pause behind each.
    pub(crate) pieces: Option<(usize, Duration)>,
}

impl Reply {
    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            reason: String::new(),
            headers: Vec::new(),
            body: body.into(),
            ranges: false,
            ending: Ending::Whole,
            delay: Duration::ZERO,
            pieces: None,
        }
    }

    /// An empty reply with this status.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::ok(format!("status {status}\n")) }
    }

    /// An HTML page.
    pub fn html(body: impl Into<String>) -> Self {
        Self::ok(body.into()).header("Content-Type", "text/html")
    }

    /// A PEP 691 JSON page.
    pub fn json(body: impl Into<String>) -> Self {
        Self::ok(body.into()).header("Content-Type", "application/vnd.pypi.simple.v1+json")
    }

    /// A file of which ranges can be had.
    pub fn file(body: impl Into<Vec<u8>>) -> Self {
        Self { ranges: true, ..Self::ok(body) }.header("Accept-Ranges", "bytes")
    }

    /// A redirect.
    pub fn redirect(location: &str) -> Self {
        Self::status(302).header("Location", location)
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With this status in place of its own.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// With this text beside the status.
    pub fn reason(mut self, reason: &str) -> Self {
        self.reason = reason.to_owned();
        self
    }

    /// Closes the connection after so many bytes of the body.
    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.ending = Ending::CutAfter(bytes);
        self
    }

    /// Closes the connection without an answer.
    pub fn reset() -> Self {
        Self { ending: Ending::Reset, ..Self::ok("") }
    }

    /// Never answers, until the server stops.
    pub fn silence() -> Self {
        Self { ending: Ending::Silence, ..Self::ok("") }
    }

    /// Waits before answering (for tests of what runs at the same time).
    pub fn delayed(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sends the body in pieces of so many bytes, with a pause behind each.
    pub fn in_pieces(mut self, bytes: usize, pause: Duration) -> Self {
        self.pieces = Some((bytes.max(1), pause));
        self
    }

    /// Applies the `Range` header of `request` as a static file server does.
    pub(crate) fn ranged(mut self, request: &Request) -> Self {
        let Some(range) = request.header("range").filter(|_| self.ranges && self.status == 200) else {
            return self;
        };
        let total = self.body.len();
        let wanted = range.strip_prefix("bytes=").and_then(|range| {
            let (start, end) = range.split_once('-')?;
            match (start.parse::<usize>().ok(), end.parse::<usize>().ok()) {
                (Some(start), Some(end)) => Some((start, end.min(total.saturating_sub(1)) + 1)),
                (Some(start), None) => Some((start, total)),
                (None, Some(length)) => Some((total.saturating_sub(length), total)),
                (None, None) => None,
            }
        });
        match wanted {
            Some((start, end)) if start < end && end <= total => {
                self.status = 206;
                self.body = self.body[start..end].to_vec();
                self.header("Content-Range", &format!("bytes {start}-{}/{total}", end - 1))
            }
            _ => {
                self.status = 416;
                self.body.clear();
                self.header("Content-Range", &format!("bytes */{total}"))
            }
        }
    }
}
