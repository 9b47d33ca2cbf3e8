//! Answers: as a stream of chunks, or whole and bounded.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;

use crate::{ClientOptions, NetworkError};

/// An answer with a status of 200 to 299, or 304 where validators were sent. Its body has yet to come.
#[derive(Debug)]
pub struct Response {
    response: reqwest::Response,
    url: String,
    timeout: Duration,
    pace: Option<Pace>,
    _slot: Option<OwnedSemaphorePermit>,
}

/// How fast a body comes. Only the time that is spent waiting for it counts.
#[derive(Debug)]
struct Pace {
    least: u64,
    span: Duration,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    /// Notes what came after a wait; false where it was too little for too long.
    fn keeps(&mut self, waited: Duration, bytes: usize) -> bool {
        self.waited += waited;
        self.bytes += bytes as u64;
        if self.waited < self.span {
            return true;
        }
        let enough = self.bytes >= self.least;
        (self.waited, self.bytes) = (Duration::ZERO, 0);
        enough
    }
}

/// An answer with its whole body, decompressed.
#[derive(Debug)]
pub struct CompleteResponse {
    status: u16,
    headers: HeaderMap,
    url: String,
    /// The body.
    pub body: Vec<u8>,
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

impl Response {
    pub(crate) fn new(
        response: reqwest::Response,
        url: String,
        options: &ClientOptions,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Self {
        let pace =
            options.slowest.map(|(least, span)| Pace { least, span, waited: Duration::ZERO, bytes: 0 });
        Self { response, url, timeout: options.timeout, pace, _slot: slot }
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// Where the answer came from, after redirects; without credentials.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(self.response.headers(), name)
    }

    /// How many bytes are to come, where it is known.
    pub fn content_length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// The next part of the body; none at its end. A body that ends too early is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NetworkError> {
        let start = Instant::now();
        let chunk = self.response.chunk().await;
        let chunk = chunk.map_err(|error| NetworkError::of(&error, self.url.clone(), self.timeout, true))?;
        if let (Some(pace), Some(chunk)) = (&mut self.pace, &chunk)
            && !pace.keeps(start.elapsed(), chunk.len())
        {
            let (least, seconds) = (pace.least, pace.span.as_secs().max(1));
            return Err(NetworkError::TooSlow { url: self.url.clone(), least, seconds });
        }
        Ok(chunk)
    }

    /// The whole body, if it has at most `limit` bytes.
    pub async fn complete(mut self, limit: u64) -> Result<CompleteResponse, NetworkError> {
        let too_large = |url: &str| NetworkError::TooLarge { url: url.to_owned(), limit };
        let announced = self.content_length().unwrap_or_default();
        if announced > limit {
            return Err(too_large(&self.url));
        }
        // An announced length is only a promise: memory is taken as the bytes come.
        let mut body = Vec::with_capacity(announced.min(1 << 20) as usize);
        while let Some(chunk) = self.chunk().await? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(too_large(&self.url));
            }
            body.extend_from_slice(&chunk);
        }
        let status = self.status();
        let headers = std::mem::take(self.response.headers_mut());
        Ok(CompleteResponse { status, headers, url: self.url, body })
    }
}

impl CompleteResponse {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Where the answer came from, after redirects; without credentials.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The value of a header, where it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        text(&self.headers, name)
    }
}
