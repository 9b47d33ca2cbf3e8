//! Answers: as a stream of chunks, or whole and bounded.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use tokio::sync::OwnedSemaphorePermit;

use crate::NetworkError;

/// An answer with a status of 200 to 299, or 304 where validators were sent. Its body has yet to come.
#[derive(Debug)]
pub struct Response {
    response: reqwest::Response,
    url: String,
    timeout: Duration,
    _slot: Option<OwnedSemaphorePermit>,
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
        timeout: Duration,
        slot: Option<OwnedSemaphorePermit>,
    ) -> Self {
        Self { response, url, timeout, _slot: slot }
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
        let chunk = self.response.chunk().await;
        chunk.map_err(|error| NetworkError::of(&error, self.url.clone(), self.timeout, true))
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
