//! Downloads: streamed away, and taken up again where they break off.

use distribution::{Artifact, Digest, HashAlgorithm};
use network::{NetworkError, Response};

use crate::IndexError;
use crate::client::Inner;
use crate::sink::{Finish, Part, Sink};

/// A file to fetch, and what was promised about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Absolute URL without fragment and credentials.
    pub url: Box<str>,
    /// Its name, decoded.
    pub filename: Box<str>,
    /// Its size in bytes, where it was announced.
    pub size: Option<u64>,
    /// The hashes it must have, all of them.
    pub hashes: Vec<Digest>,
}

impl From<&Artifact> for RemoteFile {
    fn from(artifact: &Artifact) -> Self {
        Self {
            url: artifact.url.clone(),
            filename: artifact.filename.clone(),
            size: artifact.size,
            hashes: artifact.hashes.clone(),
        }
    }
}

/// Hears of downloads; every method does nothing unless implemented.
pub trait DownloadReporter: Send + Sync {
    /// A download begins; `size` in bytes where known.
    fn started(&self, _file: &RemoteFile, _size: Option<u64>) {}
    /// `bytes` more have come.
    fn progressed(&self, _file: &RemoteFile, _bytes: u64) {}
    /// It broke off with `received` of its `size` bytes, and is taken up for the `attempt`th time (from 1).
    fn interrupted(&self, _file: &RemoteFile, _received: u64, _size: Option<u64>, _attempt: u32) {}
    /// What broke off goes on at byte `from` of its `size`; at 0 all that came before is void.
    fn resumed(&self, _file: &RemoteFile, _from: u64, _size: Option<u64>) {}
    /// It is complete.
    fn finished(&self, _file: &RemoteFile) {}
}

/// A reporter that says nothing.
pub(crate) struct Silent;

impl DownloadReporter for Silent {}

impl Inner {
    /// Downloads a file and hands it to `finish`. `first` is an answer that has its beginning, where one was asked for already;
    /// hashes of the algorithms of `also` are remembered.
    pub(crate) async fn download<T: Send + 'static>(
        &self,
        file: &RemoteFile,
        first: Option<Response>,
        reporter: &dyn DownloadReporter,
        also: &[HashAlgorithm],
        finish: Finish<T>,
    ) -> Result<T, IndexError> {
        let mut sink = Sink::new(self.cache.clone(), file.clone(), also, finish);
        let mut transfer = Transfer { url: &file.url, received: 0, expected: file.size, resume_by: None };
        // The first answer has been tried for as often as the options say; only what breaks off is taken up again.
        let mut next = match first {
            Some(response) => Some(response),
            None => Some(transfer.request(self).await?),
        };
        let mut attempt = 0;
        let mut started = false;
        loop {
            let result = async {
                let response = match next.take() {
                    Some(response) => response,
                    None => transfer.request(self).await?,
                };
                let begin = transfer.begin(&response)?;
                if begin == Begin::Anew {
                    sink.put(Part::Restart).await?;
                }
                if started {
                    reporter.resumed(file, transfer.received, transfer.expected);
                } else {
                    started = true;
                    reporter.started(file, transfer.expected);
                }
                transfer.read(response, &mut sink, &|bytes| reporter.progressed(file, bytes)).await
            };
            let error = match result.await {
                Ok(()) => break,
                Err(IndexError::Network(error)) if transfer.may_go_on(&error) => error,
                // The writing side may have failed first: then that is the reason.
                Err(error) => return sink.failure(error).await,
            };
            if attempt == self.network.options().resume_retries {
                return Err(transfer.incomplete(attempt, error));
            }
            attempt += 1;
            reporter.interrupted(file, transfer.received, transfer.expected, attempt);
            self.network.wait_before_retry(attempt).await;
        }
        let finished = sink.finish().await?;
        reporter.finished(file);
        Ok(finished)
    }
}

/// How far a download has come.
struct Transfer<'a> {
    url: &'a str,
    received: u64,
    expected: Option<u64>,
    /// What an answer that continues must still have: its strong ETag or date.
    resume_by: Option<String>,
}

#[derive(PartialEq, Eq)]
enum Begin {
    Anew,
    Continued,
}

impl Transfer<'_> {
    async fn request(&self, inner: &Inner) -> Result<Response, IndexError> {
        let range = format!("bytes={}-", self.received);
        // Compressed on the way, a file would have no length and no ranges.
        let mut headers = vec![("accept-encoding", "identity")];
        if self.received > 0 {
            headers.push(("range", &range));
            headers.extend(self.resume_by.as_deref().map(|validator| ("if-range", validator)));
        }
        Ok(inner.network.get(self.url, &headers).await?)
    }

    /// Whether another request may help after `error`.
    fn may_go_on(&mut self, error: &NetworkError) -> bool {
        if error.status() == Some(416) && self.received > 0 {
            // It has become shorter: then it is another file, from its beginning.
            self.received = 0;
            return true;
        }
        error.is_transient()
    }

    fn incomplete(&self, attempts: u32, cause: NetworkError) -> IndexError {
        let (received, expected, cause) = (self.received, self.expected, Box::new(cause));
        IndexError::Incomplete { url: network::redacted(self.url), received, expected, attempts, cause }
    }

    /// Looks at the head of an answer: does it continue what is there, and is it as long as was announced?
    fn begin(&mut self, response: &Response) -> Result<Begin, IndexError> {
        let range = response.header("content-range").and_then(ContentRange::parse);
        let (start, total) = match (response.status(), range) {
            (206, Some(range)) => (range.start, range.total),
            (206, None) => {
                return Err(self.interrupted("it is a part of which nothing says where it belongs"));
            }
            _ => (0, response.content_length()),
        };
        if let (Some(expected), Some(total)) = (self.expected, total)
            && expected != total
        {
            return Err(IndexError::Length { url: network::redacted(self.url), expected, got: total });
        }
        self.expected = self.expected.or(total);
        let strong_tag = response.header("etag").filter(|etag| !etag.starts_with("W/"));
        self.resume_by = strong_tag.or(response.header("last-modified")).map(str::to_owned);
        if start == self.received && start > 0 {
            return Ok(Begin::Continued);
        }
        self.received = 0;
        if start == 0 {
            Ok(Begin::Anew)
        } else {
            Err(self.interrupted("it is another part than was asked for"))
        }
    }

    async fn read<T: Send + 'static>(
        &mut self,
        mut response: Response,
        sink: &mut Sink<T>,
        progressed: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), IndexError> {
        while let Some(chunk) = response.chunk().await? {
            self.received += chunk.len() as u64;
            if let Some(expected) = self.expected
                && self.received > expected
            {
                return Err(IndexError::Length {
                    url: network::redacted(self.url),
                    expected,
                    got: self.received,
                });
            }
            progressed(chunk.len() as u64);
            sink.put(Part::Bytes(chunk)).await?;
        }
        match self.expected {
            Some(expected) if self.received < expected => {
                Err(self.interrupted("the connection ended too early"))
            }
            _ => Ok(()),
        }
    }

    fn interrupted(&self, cause: &str) -> IndexError {
        NetworkError::Interrupted { url: network::redacted(self.url), cause: cause.to_owned() }.into()
    }
}

/// `Content-Range: bytes <start>-<end>/<total>` (RFC 9110, 14.4).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    /// The last byte.
    pub(crate) end: u64,
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (range, total) = text.trim().strip_prefix("bytes")?.trim_start().split_once('/')?;
        let (start, end) = range.split_once('-')?;
        let range = Self { start: start.parse().ok()?, end: end.parse().ok()?, total: total.parse().ok() };
        let sound = range.start <= range.end && range.total.is_none_or(|total| range.end < total);
        sound.then_some(range)
    }
}
