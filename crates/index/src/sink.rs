//! The writing side of a download: into the cache's scratch, hashed on the way; then unpacked (wheels) or kept (source
//! distributions).

use std::io::{Seek, SeekFrom, Write};

use cache::{Cache, CacheError, CachedWheel, WheelSource};
use distribution::{
    Artifact, ArtifactKind, Digest, HashAlgorithm, Hasher, Sha256, Sha256Hasher, WheelFilename,
};
use network::Bytes;
use tempfile::NamedTempFile;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use crate::pages::blocking;
use crate::{IndexError, RemoteFile, digest};

/// So much is kept in memory before a thread is taken for a download: most wheels come whole.
const BEFORE_THREAD: usize = 1 << 20;

/// Chunks that may wait for the disk.
const WAITING_CHUNKS: usize = 64;

/// What becomes of a complete file whose hashes are right.
pub(crate) type Finish<T> = Box<dyn FnOnce(&Cache, NamedTempFile, Sha256) -> Result<T, IndexError> + Send>;

/// What the writing side is told.
pub(crate) enum Part {
    Bytes(Bytes),
    /// All that came before is void.
    Restart,
    /// That was all.
    End,
}

/// The writing side of a download: memory first, a thread of the blocking pool when it gets larger.
pub(crate) struct Sink<T> {
    cache: Cache,
    file: RemoteFile,
    /// Algorithms of which the hash is remembered.
    also: Vec<HashAlgorithm>,
    /// Taken when the writing begins.
    finish: Option<Finish<T>>,
    held: Vec<Part>,
    held_bytes: usize,
    thread: Option<(Sender<Part>, Writing<T>)>,
}

type Writing<T> = JoinHandle<Result<T, IndexError>>;

impl<T: Send + 'static> Sink<T> {
    pub(crate) fn new(cache: Cache, file: RemoteFile, also: &[HashAlgorithm], finish: Finish<T>) -> Self {
        let also = also.to_vec();
        Self { cache, file, also, finish: Some(finish), held: Vec::new(), held_bytes: 0, thread: None }
    }

    pub(crate) async fn put(&mut self, part: Part) -> Result<(), IndexError> {
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
        let (cache, file, also) = (self.cache.clone(), self.file.clone(), std::mem::take(&mut self.also));
        let (held, finish) = (std::mem::take(&mut self.held), self.finish.take());
        let work = move || {
            let hashes = Hashes::new(&file.hashes, &also);
            let (content, sha256, others) = store(&cache, &file, hashes, held, &mut receiver)?;
            for digest in others.iter().filter(|digest| also.contains(&digest.algorithm)) {
                digest::remember(&cache, &sha256, digest);
            }
            finish.map_or(Err(IndexError::Interrupted), |finish| finish(&cache, content, sha256))
        };
        self.thread = Some((sender, tokio::task::spawn_blocking(work)));
    }

    pub(crate) async fn finish(mut self) -> Result<T, IndexError> {
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
    pub(crate) async fn failure(self, error: IndexError) -> Result<T, IndexError> {
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
    fresh: Hashes,
    held: Vec<Part>,
    receiver: &mut Receiver<Part>,
) -> Result<(NamedTempFile, Sha256, Vec<Digest>), IndexError> {
    let failed = |error| cannot_write(cache, error);
    let mut content = cache.scratch_file()?;
    let mut hashes = fresh.clone();
    let mut held = held.into_iter();
    loop {
        match held.next().or_else(|| receiver.blocking_recv()) {
            Some(Part::Bytes(bytes)) => {
                hashes.update(&bytes);
                content.write_all(&bytes).map_err(failed)?;
            }
            Some(Part::Restart) => {
                hashes = fresh.clone();
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
    Ok((content, sha256, others))
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

/// SHA-256, which is the address in the cache, and the other hashes that were promised or are asked for.
#[derive(Clone)]
struct Hashes {
    sha256: Sha256Hasher,
    others: Vec<Hasher>,
}

impl Hashes {
    fn new(promised: &[Digest], also: &[HashAlgorithm]) -> Self {
        let promised = promised.iter().map(|digest| digest.algorithm);
        let mut algorithms: Vec<HashAlgorithm> = promised.chain(also.iter().copied()).collect();
        algorithms.retain(|algorithm| *algorithm != HashAlgorithm::Sha256);
        algorithms.sort_unstable();
        algorithms.dedup();
        Self { sha256: Sha256Hasher::new(), others: algorithms.into_iter().map(Hasher::new).collect() }
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
