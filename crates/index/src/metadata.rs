//! The metadata of a wheel by the shortest way: one ladder, from the cache down to the whole wheel (PEP 658, 714).

use std::path::Path;
use std::sync::{Arc, PoisonError};

use cache::{Bucket, CachedWheel, ZipReader};
use distribution::{Artifact, ArtifactKind, CoreMetadata, Digest, Sidecar};
use memmap2::Mmap;
use network::{NetworkError, Response};

use crate::client::Inner;
use crate::fetch::{ContentRange, Silent};
use crate::pages::blocking;
use crate::remote_zip::{LARGEST_METADATA, Step, WheelTail, first_bytes};
use crate::{DownloadReporter, IndexClient, IndexError, find_links, location};

/// What is known about a server: does it give metadata beside wheels though its pages do not say so?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SidecarHabit {
    /// It has given one.
    Gives,
    /// It has refused one, and never given one.
    Refuses,
}

/// What a range request has led to.
enum Ranged {
    Metadata(Vec<u8>),
    /// The server gave the whole wheel.
    Whole(Box<Response>),
    /// Ranges do not help.
    Nothing,
}

/// Where the ladder has ended: with METADATA, or with all of the wheel.
enum Found {
    /// Of a wheel on this machine.
    Local(Vec<u8>),
    /// Without the rest of the file.
    Apart(Vec<u8>),
    Wheel(CachedWheel),
}

impl IndexClient {
    /// The metadata of a wheel, where it is in the cache (by its hash or URL). Never the network.
    pub fn cached_metadata(&self, artifact: &Artifact) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        if let Some(known) = self.0.metadata.get(&artifact_key(artifact)) {
            return known.map(Some);
        }
        let mut found = self.0.known_metadata(artifact)?;
        if found.is_none() && matches!(artifact.kind, ArtifactKind::Wheel(_)) {
            found = match self.cached_wheel(artifact)? {
                Some(wheel) => Some(self.0.metadata_of_wheel(artifact, &wheel)?),
                None => None,
            };
        }
        if let Some(metadata) = &found {
            self.0.metadata.keep(&artifact_key(artifact), metadata.clone());
        }
        Ok(found)
    }

    /// The metadata of a wheel, by the shortest way: cache, sidecar, one range request, the whole wheel (which is then in the cache,
    /// and of which `reporter` hears).
    pub async fn metadata(
        &self,
        artifact: &Artifact,
        reporter: &dyn DownloadReporter,
    ) -> Result<Arc<CoreMetadata>, IndexError> {
        if let Some(known) = self.cached_metadata(artifact)? {
            return Ok(known);
        }
        self.0.metadata.find(&artifact_key(artifact), || self.found_metadata(artifact, reporter)).await
    }

    /// The text of METADATA where it is at hand: of the unpacked wheel, or as it was served before. Never the network.
    pub fn cached_metadata_text(&self, artifact: &Artifact) -> Result<Option<String>, IndexError> {
        if matches!(artifact.kind, ArtifactKind::Wheel(_))
            && let Some(wheel) = self.cached_wheel(artifact)?
        {
            return text_of_wheel(&wheel).map(|bytes| Some(text(bytes)));
        }
        if artifact.hashes.is_empty() {
            return Ok(None); // the file behind a bare URL may change
        }
        let bytes = self.0.cache.read(Bucket::Metadata, &text_key(artifact))?;
        Ok(bytes.filter(|bytes| self.0.checked(artifact, bytes).is_ok()).map(text))
    }

    /// The whole text of METADATA, for reports: by the same ways as [`IndexClient::metadata`], so that a wheel is fetched only where
    /// nothing shorter leads to it. What is no UTF-8 is replaced.
    pub async fn metadata_text(&self, artifact: &Artifact) -> Result<String, IndexError> {
        if let Some(known) = self.cached_metadata_text(artifact)? {
            return Ok(known);
        }
        let inner = &self.0;
        let (bytes, is_kept) = match self.climb_down(artifact, &Silent).await? {
            Found::Local(bytes) => (bytes, false),
            Found::Apart(bytes) => (bytes, !artifact.hashes.is_empty()),
            Found::Wheel(wheel) => (text_of_wheel(&wheel)?, false),
        };
        inner.checked(artifact, &bytes)?;
        if is_kept {
            inner.store.write(Bucket::Metadata, text_key(artifact), Arc::new(bytes.clone()));
        }
        Ok(text(bytes))
    }

    /// What the ladder leads to, as dependencies.
    async fn found_metadata(
        &self,
        artifact: &Artifact,
        reporter: &dyn DownloadReporter,
    ) -> Result<Arc<CoreMetadata>, IndexError> {
        let inner = &self.0;
        match self.climb_down(artifact, reporter).await? {
            Found::Local(bytes) => inner.checked(artifact, &bytes),
            Found::Apart(bytes) => {
                let metadata = inner.checked(artifact, &bytes)?;
                inner.keep_metadata(artifact, &bytes);
                Ok(metadata)
            }
            Found::Wheel(wheel) => inner.metadata_of_wheel(artifact, &wheel),
        }
    }

    /// The ladder. Each rung that has the metadata ends it; one that has not leads to the next, dearer one.
    async fn climb_down(
        &self,
        artifact: &Artifact,
        reporter: &dyn DownloadReporter,
    ) -> Result<Found, IndexError> {
        let inner = &self.0;
        // 1. The cache: asked by the caller.
        // 2. A wheel on this machine is read where it lies.
        if let Some(path) = location::path_of_file_url(&artifact.url) {
            if matches!(artifact.kind, ArtifactKind::Sdist(_)) {
                return Err(IndexError::NeedsBuild { filename: artifact.filename.to_string() });
            }
            return Ok(Found::Local(blocking(move || read_local(&path)).await?));
        }
        // 3. Metadata beside the file: promised by the page, or not said but there (many servers have it so).
        if let Some(bytes) = inner.sidecar(artifact).await? {
            return Ok(Found::Apart(bytes));
        }
        // 4. A source distribution would have to be built.
        if matches!(artifact.kind, ArtifactKind::Sdist(_)) {
            return Err(IndexError::NeedsBuild { filename: artifact.filename.to_string() });
        }
        // 5. The end of the wheel, by one range request (two, or three, for unusual ones).
        let first = match inner.by_ranges(artifact).await? {
            Ranged::Metadata(bytes) => return Ok(Found::Apart(bytes)),
            Ranged::Whole(response) => Some(*response),
            Ranged::Nothing => None,
        };
        // 6. The whole wheel, which the install will find in the cache.
        Ok(Found::Wheel(self.fetched_wheel(artifact, first, reporter).await?))
    }
}

/// Under what the whole text of METADATA is kept.
fn text_key(artifact: &Artifact) -> String {
    format!("text {}", artifact_key(artifact))
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn text_of_wheel(wheel: &CachedWheel) -> Result<Vec<u8>, IndexError> {
    let path = wheel.metadata_path();
    std::fs::read(&path).map_err(|error| IndexError::Local { path, reason: find_links::plain_reason(&error) })
}

/// Under what an artifact, or what was found out about it, is kept. The URL is part of it: an index must not be
/// able to say something about a file of another one.
pub(crate) fn artifact_key(artifact: &Artifact) -> String {
    match artifact.hashes.first() {
        Some(digest) => format!("{} {digest}", artifact.url),
        None => artifact.url.to_string(),
    }
}

/// METADATA of a wheel on this machine.
pub(crate) fn read_local(path: &Path) -> Result<Vec<u8>, IndexError> {
    let failed = |error: std::io::Error| IndexError::Local {
        path: path.to_owned(),
        reason: find_links::plain_reason(&error),
    };
    let invalid = |reason: String| IndexError::Local { path: path.to_owned(), reason };
    let file = std::fs::File::open(path).map_err(failed)?;
    // SAFETY: the wheel is the user's; it must not be changed while it is installed.
    let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
    let zip = ZipReader::new(&map).map_err(|error| invalid(format!("it is not a valid wheel: {error}")))?;
    let mut found = zip.entries().iter().filter(|entry| crate::remote_zip::is_metadata(entry.path.as_str()));
    let (Some(entry), None) = (found.next(), found.next()) else {
        return Err(invalid("it is not a valid wheel: there is not exactly one METADATA".to_owned()));
    };
    let bytes = zip.read(entry).map_err(|error| invalid(format!("it is not a valid wheel: {error}")))?;
    Ok(bytes.into_owned())
}

impl Inner {
    /// Metadata that was kept, of this artifact in this or an earlier process.
    pub(crate) fn known_metadata(
        &self,
        artifact: &Artifact,
    ) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        if let Some(Ok(known)) = self.metadata.get(&artifact_key(artifact)) {
            return Ok(Some(known));
        }
        if artifact.hashes.is_empty() {
            return Ok(None); // the file behind a bare URL may change
        }
        let bytes = self.cache.read(Bucket::Metadata, &artifact_key(artifact))?;
        // A record of another rpip, or a damaged one, is as none.
        let metadata = bytes.and_then(|bytes| CoreMetadata::parse(&bytes).ok());
        Ok(metadata.filter(|metadata| belongs(metadata, artifact)).map(Arc::new))
    }

    fn keep_metadata(&self, artifact: &Artifact, bytes: &[u8]) {
        if artifact.hashes.is_empty() {
            return;
        }
        if let Ok(essential) = CoreMetadata::essential_headers(bytes) {
            self.store.write(Bucket::Metadata, artifact_key(artifact), Arc::new(essential));
        }
    }

    fn metadata_of_wheel(
        &self,
        artifact: &Artifact,
        wheel: &CachedWheel,
    ) -> Result<Arc<CoreMetadata>, IndexError> {
        let bytes = text_of_wheel(wheel)?;
        let metadata = self.checked(artifact, &bytes)?;
        self.keep_metadata(artifact, &bytes);
        Ok(metadata)
    }

    /// Parses metadata, which must be that of the artifact.
    pub(crate) fn checked(&self, artifact: &Artifact, bytes: &[u8]) -> Result<Arc<CoreMetadata>, IndexError> {
        let url = || network::redacted(&artifact.url);
        let metadata =
            CoreMetadata::parse(bytes).map_err(|source| IndexError::Metadata { url: url(), source })?;
        if !belongs(&metadata, artifact) {
            let (name, version) = (metadata.name_text.to_string(), metadata.version_text.to_string());
            return Err(IndexError::OtherDistribution { url: url(), name, version });
        }
        Ok(Arc::new(metadata))
    }

    /// `<url>.metadata`, checked against its promised hashes.
    async fn sidecar(&self, artifact: &Artifact) -> Result<Option<Vec<u8>>, IndexError> {
        let origin = origin(&artifact.url);
        let promised = match &artifact.sidecar {
            Sidecar::Present(digests) => Some(digests),
            Sidecar::Absent => None,
        };
        if promised.is_none()
            && (matches!(artifact.kind, ArtifactKind::Sdist(_))
                || self.habit(origin) == Some(SidecarHabit::Refuses))
        {
            return Ok(None);
        }
        let url = format!("{}.metadata", artifact.url);
        let answer = match self.network.get_complete(&url, &[], LARGEST_METADATA).await {
            Ok(answer) => answer,
            // Said or not, it is not there; other ways remain.
            Err(NetworkError::Status { status: 400..=499, .. }) => {
                if promised.is_none() {
                    self.learn(origin, SidecarHabit::Refuses);
                }
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let Some(promised) = promised else {
            // A page that says "not found" in friendly words is no metadata.
            let metadata = CoreMetadata::parse(&answer.body).is_ok();
            self.learn(origin, if metadata { SidecarHabit::Gives } else { SidecarHabit::Refuses });
            return Ok(metadata.then_some(answer.body));
        };
        for expected in promised {
            let got = Digest::of(expected.algorithm, &answer.body);
            if got != *expected {
                let expected = expected.clone();
                return Err(IndexError::HashMismatch { url: network::redacted(&url), expected, got });
            }
        }
        Ok(Some(answer.body))
    }

    fn habit(&self, origin: &str) -> Option<SidecarHabit> {
        self.sidecar_habits.lock().unwrap_or_else(PoisonError::into_inner).get(origin).copied()
    }

    fn learn(&self, origin: &str, habit: SidecarHabit) {
        let mut habits = self.sidecar_habits.lock().unwrap_or_else(PoisonError::into_inner);
        if habits.get(origin) != Some(&SidecarHabit::Gives) {
            habits.insert(origin.into(), habit);
        }
    }

    /// METADATA from the end of the wheel. Whatever goes wrong with the wheel's structure is left to the next rung.
    async fn by_ranges(&self, artifact: &Artifact) -> Result<Ranged, IndexError> {
        let range = format!("bytes=-{}", first_bytes(artifact.size));
        let response = match self.get_range(&artifact.url, &range).await {
            Ok(response) => response,
            Err(NetworkError::Status { .. }) => return Ok(Ranged::Nothing),
            Err(error) => return Err(error.into()),
        };
        if response.status() != 206 {
            return Ok(Ranged::Whole(Box::new(response)));
        }
        let Some(range) = response.header("content-range").and_then(ContentRange::parse) else {
            return Ok(Ranged::Nothing);
        };
        if range.start == 0 && range.total == Some(range.end + 1) {
            return Ok(Ranged::Whole(Box::new(response)));
        }
        let length = range.end.saturating_add(1);
        let limit = length - range.start;
        let bytes = response.complete(limit).await?.body;
        let at_end = range.total == Some(length) && bytes.len() as u64 == limit;
        let Some(mut tail) = WheelTail::new(length, bytes).filter(|_| at_end) else {
            return Ok(Ranged::Nothing);
        };
        // The central directory at most once, METADATA at most once.
        for _ in 0..3 {
            let (range, entry) = match tail.step() {
                Ok(Step::Done(bytes)) => return Ok(Ranged::Metadata(bytes)),
                Ok(Step::Extend(range)) => (range, None),
                Ok(Step::Read(entry)) => (entry.range(), Some(entry)),
                Err(_) => return Ok(Ranged::Nothing),
            };
            let Some(bytes) = self.part(&artifact.url, &range, length).await? else {
                return Ok(Ranged::Nothing);
            };
            if let Some(entry) = entry {
                let content = entry.read_from(&bytes);
                return Ok(content.map_or(Ranged::Nothing, |content| Ranged::Metadata(content.into_owned())));
            }
            if !tail.extend(range.start, bytes) {
                return Ok(Ranged::Nothing);
            }
        }
        Ok(Ranged::Nothing)
    }

    async fn get_range(&self, url: &str, range: &str) -> Result<Response, NetworkError> {
        self.network.get(url, &[("accept-encoding", "identity"), ("range", range)]).await
    }

    /// Exactly this range of a file of `length` bytes; none where the server does otherwise.
    async fn part(
        &self,
        url: &str,
        range: &std::ops::Range<u64>,
        length: u64,
    ) -> Result<Option<Vec<u8>>, IndexError> {
        let last = range.end.saturating_sub(1);
        let response = match self.get_range(url, &format!("bytes={}-{last}", range.start)).await {
            Ok(response) => response,
            Err(NetworkError::Status { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let wanted = ContentRange { start: range.start, end: last, total: Some(length) };
        let given = response.header("content-range").and_then(ContentRange::parse);
        if response.status() != 206 || given != Some(wanted) {
            return Ok(None);
        }
        let size = range.end.saturating_sub(range.start);
        let bytes = response.complete(size).await?.body;
        Ok((bytes.len() as u64 == size).then_some(bytes))
    }
}

/// Whether the metadata is of the project and version that the file name says.
fn belongs(metadata: &CoreMetadata, artifact: &Artifact) -> bool {
    metadata.name == *artifact.name() && metadata.version == *artifact.version()
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let authority = url.find("://").map_or(0, |position| position + 3);
    let end =
        url.get(authority..).and_then(|rest| rest.find('/')).map_or(url.len(), |slash| authority + slash);
    url.get(..end).unwrap_or(url)
}
