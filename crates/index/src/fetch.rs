//! Downloads: streamed into the cache's scratch, hashed on the way, resumed where they break off; then unpacked (wheels) or
//! kept (source distributions).

use std::io::{Seek, SeekFrom, Write};

use cache::{Cache, CacheError, CachedWheel, WheelSource};
use distribution::{
    Artifact, ArtifactKind, Digest, HashAlgorithm, Hasher, Sha256, Sha256Hasher, WheelFilename,
};
use network::{Bytes, NetworkError, Response};
use tempfile::NamedTempFile;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::IndexError;
use crate::client::Inner;
use crate::pages::blocking;

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
    /// It is complete.
    fn finished(&self, _file: &RemoteFile) {}
}

/// A reporter that says nothing.
pub(crate) struct Silent;

impl DownloadReporter for Silent {}

/// So much is kept in memory before a thread is taken for a download: most wheels come whole.
const BEFORE_THREAD: usize = 1 << 20;

/// Chunks that may wait for the disk.
const WAITING_CHUNKS: usize = 64;

/// What becomes of a complete file whose hashes are right.
pub(crate) type Finish<T> = Box<dyn FnOnce(&Cache, NamedTempFile, Sha256) -> Result<T, IndexError> + Send>;

/// What the writing side is told.
enum Part {
    Bytes(Bytes),
    /// All that came before is void.
    Restart,
    /// That was all.
    End,
}

impl Inner {
    /// Downloads a file and hands it to `finish`. `first` is an answer that has its beginning, where one was asked for already.
    pub(crate) async fn download<T: Send + 'static>(
        &self,
        file: &RemoteFile,
        first: Option<Response>,
        reporter: &dyn DownloadReporter,
        finish: Finish<T>,
    ) -> Result<T, IndexError> {
        let mut sink = Sink::new(self.cache.clone(), file.clone(), finish);
        let mut transfer = Transfer { url: &file.url, received: 0, expected: file.size, resume_by: None };
        let mut started = false;
        let mut next = first;
        let mut attempt = 0;
        loop {
            let result = async {
                let response = match next.take() {
                    Some(response) => response,
                    None => transfer.request(self).await?,
                };
                if transfer.begin(&response)? == Begin::Anew {
                    sink.put(Part::Restart).await?;
                }
                if !started {
                    started = true;
                    reporter.started(file, transfer.expected);
                }
                transfer.read(response, &mut sink, &|bytes| reporter.progressed(file, bytes)).await
            };
            match result.await {
                Ok(()) => break,
                Err(IndexError::Network(error)) if error.is_transient() => {
                    attempt += 1;
                    self.network.wait_before_retry(attempt).await;
                }
                // The writing side may have failed first: then that is the reason.
                Err(error) => return sink.failure(error).await,
            }
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

/// The writing side of a download: memory first, a thread of the blocking pool when it gets larger.
struct Sink<T> {
    cache: Cache,
    file: RemoteFile,
    /// Taken when the writing begins.
    finish: Option<Finish<T>>,
    held: Vec<Part>,
    held_bytes: usize,
    thread: Option<(Sender<Part>, Writing<T>)>,
}

type Writing<T> = JoinHandle<Result<T, IndexError>>;

impl<T: Send + 'static> Sink<T> {
    fn new(cache: Cache, file: RemoteFile, finish: Finish<T>) -> Self {
        Self { cache, file, finish: Some(finish), held: Vec::new(), held_bytes: 0, thread: None }
    }

    async fn put(&mut self, part: Part) -> Result<(), IndexError> {
        if let Some((sender, _)) = &self.thread {
            return sender.send(part).await.map_err(|_| IndexError::Interrupted);
        }
        match &part {
            Part::Bytes(bytes) => self.held_bytes += bytes.len(),
            Part::Restart => {
                self.held.clear();
                self.held_bytes = 0;
                return Ok(());
            }
            Part::End => {}
        }
        self.held.push(part);
        if self.held_bytes > BEFORE_THREAD {
            self.start_thread();
        }
        Ok(())
    }

    fn start_thread(&mut self) {
        let (sender, mut receiver) = channel(WAITING_CHUNKS);
        let (cache, file) = (self.cache.clone(), self.file.clone());
        let (held, finish) = (std::mem::take(&mut self.held), self.finish.take());
        let work = move || {
            let (content, sha256) = store(&cache, &file, held, &mut receiver)?;
            finish.map_or(Err(IndexError::Interrupted), |finish| finish(&cache, content, sha256))
        };
        self.thread = Some((sender, tokio::task::spawn_blocking(work)));
    }

    async fn finish(mut self) -> Result<T, IndexError> {
        // If it is no longer there, its result says why.
        self.put(Part::End).await.ok();
        if self.thread.is_none() {
            self.start_thread();
        }
        let Some((sender, thread)) = self.thread else { return Err(IndexError::Interrupted) };
        drop(sender);
        thread.await.unwrap_or(Err(IndexError::Interrupted))
    }

    /// The error of the writing side, if it has one, else `error`.
    async fn failure(self, error: IndexError) -> Result<T, IndexError> {
        let Some((sender, thread)) = self.thread else { return Err(error) };
        drop(sender);
        match thread.await {
            Ok(Err(failed)) if !matches!(failed, IndexError::Interrupted) => Err(failed),
            _ => Err(error),
        }
    }
}

/// A download that cannot be kept.
fn cannot_write(cache: &Cache, source: std::io::Error) -> IndexError {
    CacheError::Io { action: "cannot write", path: cache.root().to_path_buf(), source }.into()
}

/// Writes what comes and checks it against what was promised.
fn store(
    cache: &Cache,
    file: &RemoteFile,
    held: Vec<Part>,
    receiver: &mut Receiver<Part>,
) -> Result<(NamedTempFile, Sha256), IndexError> {
    let failed = |error| cannot_write(cache, error);
    let mut content = cache.scratch_file()?;
    let mut hashes = Hashes::for_promises(&file.hashes);
    let mut held = held.into_iter();
    loop {
        match held.next().or_else(|| receiver.blocking_recv()) {
            Some(Part::Bytes(bytes)) => {
                hashes.update(&bytes);
                content.write_all(&bytes).map_err(failed)?;
            }
            Some(Part::Restart) => {
                hashes = Hashes::for_promises(&file.hashes);
                content.as_file().set_len(0).map_err(failed)?;
                content.seek(SeekFrom::Start(0)).map_err(failed)?;
            }
            Some(Part::End) => break,
            None => return Err(IndexError::Interrupted),
        }
    }
    let (sha256, others) = hashes.finish();
    for promised in &file.hashes {
        let own = Digest::from(sha256);
        let got = [&own].into_iter().chain(&others).find(|digest| digest.algorithm == promised.algorithm);
        if let Some(got) = got
            && got != promised
        {
            let (expected, got) = (promised.clone(), got.clone());
            return Err(IndexError::HashMismatch { url: network::redacted(&file.url), expected, got });
        }
    }
    Ok((content, sha256))
}

/// Unpacks a wheel whose hashes have been checked.
pub(crate) fn unpack(filename: &WheelFilename, filename_text: &str) -> Finish<CachedWheel> {
    let (filename, filename_text) = (filename.clone(), filename_text.to_owned());
    Box::new(move |cache, file, sha256| {
        Ok(cache.unpack_wheel(&WheelSource {
            filename: &filename,
            filename_text: &filename_text,
            file: file.as_file(),
            sha256: Some(sha256),
            promised: &[],
        })?)
    })
}

/// SHA-256, which is the address in the cache, and the other hashes that were promised.
struct Hashes {
    sha256: Sha256Hasher,
    others: Vec<Hasher>,
}

impl Hashes {
    fn for_promises(promised: &[Digest]) -> Self {
        let algorithms = promised.iter().map(|digest| digest.algorithm);
        let others = algorithms.filter(|algorithm| *algorithm != HashAlgorithm::Sha256).map(Hasher::new);
        Self { sha256: Sha256Hasher::new(), others: others.collect() }
    }

    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.others.iter_mut().for_each(|hasher| hasher.update(bytes));
    }

    fn finish(self) -> (Sha256, Vec<Digest>) {
        (self.sha256.finish(), self.others.into_iter().map(Hasher::finish).collect())
    }
}

/// Unpacks a wheel that lies on this machine; it is read where it is.
pub(crate) async fn unpack_local(
    cache: &Cache,
    artifact: &Artifact,
    path: std::path::PathBuf,
) -> Result<CachedWheel, IndexError> {
    let (cache, artifact) = (cache.clone(), artifact.clone());
    blocking(move || {
        let ArtifactKind::Wheel(filename) = &artifact.kind else {
            return Err(IndexError::NeedsBuild { filename: artifact.filename.to_string() });
        };
        let file = std::fs::File::open(&path).map_err(|error| IndexError::Local {
            path: path.clone(),
            reason: crate::find_links::plain_reason(&error),
        })?;
        Ok(cache.unpack_wheel(&WheelSource {
            filename,
            filename_text: &artifact.filename,
            file: &file,
            sha256: None,
            promised: &artifact.hashes,
        })?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_not_said_to_be_unreadable() {
        let cache = Cache::at("/cache".into());
        let text = cannot_write(&cache, std::io::ErrorKind::StorageFull.into()).to_string();
        assert!(text.starts_with("cannot write /cache: "), "{text}");
    }
}
