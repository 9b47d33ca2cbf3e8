//! From an artifact to the unpacked wheel in the cache, and wheels that a URL or path names directly.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use cache::{Bucket, CachedWheel};
use distribution::{Artifact, ArtifactKind, CoreMetadata, Digest, Sha256, Sidecar, WheelFilename, Yanked};
use network::Response;
use serde::{Deserialize, Serialize};

use crate::client::Inner;
use crate::freshness::{Validators, now};
use crate::metadata::{artifact_key, read_local};
use crate::sink::{Finish, unpack, unpack_local};
use crate::{DownloadReporter, IndexClient, IndexError, RemoteFile, location};

/// Which wheel was behind a URL or path, where nobody promises its SHA-256.
#[derive(Serialize, Deserialize)]
struct KnownWheel {
    sha256: Sha256,
    /// None: it cannot change (the key holds another hash, or the time and size of a local file).
    validators: Option<Validators>,
}

impl KnownWheel {
    fn is_current(&self) -> bool {
        self.validators.as_ref().is_none_or(|validators| validators.is_fresh(now()))
    }
}

impl IndexClient {
    /// The unpacked wheel, where it is in the cache.
    pub fn cached_wheel(&self, artifact: &Artifact) -> Result<Option<CachedWheel>, IndexError> {
        let wheel_name = wheel_name(artifact)?;
        let wheel = match promised_sha256(artifact) {
            Some(sha256) => self.0.cache.wheel(&sha256)?,
            None => match self.0.known_wheel(artifact) {
                Some(known) if known.is_current() => self.0.cache.wheel(&known.sha256)?,
                _ => None,
            },
        };
        if let Some(wheel) = &wheel {
            wheel.require_name(wheel_name, &artifact.filename)?;
        }
        Ok(wheel)
    }

    /// The unpacked wheel: from the cache, or downloaded (or read, for `file:`) and unpacked on the blocking pool.
    /// Its metadata must be what [`IndexClient::metadata`] gave.
    pub async fn wheel(
        &self,
        artifact: &Artifact,
        reporter: &dyn DownloadReporter,
    ) -> Result<CachedWheel, IndexError> {
        if let Some(wheel) = self.cached_wheel(artifact)? {
            return Ok(wheel);
        }
        self.fetched_wheel(artifact, None, reporter).await
    }

    /// The wheel, not looked for in the cache. `first` is an answer with its beginning.
    pub(crate) async fn fetched_wheel(
        &self,
        artifact: &Artifact,
        first: Option<Response>,
        reporter: &dyn DownloadReporter,
    ) -> Result<CachedWheel, IndexError> {
        let find = || self.0.obtain(artifact, first, reporter);
        self.0.wheels.find(&artifact_key(artifact), find).await
    }

    /// Whether the archive at `path` is a wheel, and says of itself what was resolved with where that is known: what is saved for
    /// later must not surprise whoever installs it. Reads its directory and METADATA.
    pub fn check_archive(&self, artifact: &Artifact, path: &Path) -> Result<(), IndexError> {
        let own = self.0.checked(artifact, &read_local(path)?)?;
        self.0.require_same(artifact, &own)
    }

    /// The artifact that a direct reference means: a URL or path of a wheel (`name @ https://.../x.whl`, `./x.whl`).
    /// Hashes in the URL's fragment are promises too.
    pub fn direct_wheel(&self, reference: &str, hashes: &[Digest]) -> Result<Artifact, IndexError> {
        let RemoteFile { url, filename, hashes: of_fragment, .. } = self.remote_file(reference)?;
        let kind = ArtifactKind::Wheel(filename.parse::<WheelFilename>()?);
        Ok(Artifact {
            filename,
            kind,
            hashes: [hashes, &of_fragment].concat(),
            requires_python: None,
            yanked: Yanked::No,
            size: None,
            upload_time: None,
            sidecar: Sidecar::Absent,
            source: (&*url).into(),
            url,
        })
    }

    /// The wheel that a direct reference means, as [`IndexClient::direct_wheel`] and [`IndexClient::wheel`].
    pub async fn wheel_from_url(
        &self,
        reference: &str,
        hashes: &[Digest],
        reporter: &dyn DownloadReporter,
    ) -> Result<CachedWheel, IndexError> {
        let artifact = self.direct_wheel(reference, hashes)?;
        self.wheel(&artifact, reporter).await
    }
}

fn promised_sha256(artifact: &Artifact) -> Option<Sha256> {
    artifact.hashes.iter().find_map(Digest::sha256)
}

fn wheel_name(artifact: &Artifact) -> Result<&WheelFilename, IndexError> {
    match &artifact.kind {
        ArtifactKind::Wheel(filename) => Ok(filename),
        ArtifactKind::Sdist(_) => Err(IndexError::NeedsBuild { filename: artifact.filename.to_string() }),
    }
}

/// Under what the hash of a wheel is kept: with another hash, or with what changes when a local file does, the key
/// means one content for ever.
fn known_wheel_key(artifact: &Artifact) -> Option<String> {
    if let Some(path) = location::path_of_file_url(&artifact.url) {
        let metadata = std::fs::metadata(&path).ok()?;
        let modified = metadata.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        return Some(format!("{} {} {}", artifact.url, metadata.len(), modified.as_nanos()));
    }
    Some(artifact_key(artifact))
}

impl Inner {
    fn known_wheel(&self, artifact: &Artifact) -> Option<KnownWheel> {
        let bytes = self.cache.read(Bucket::Wheels, &known_wheel_key(artifact)?).ok()??;
        postcard::from_bytes(&bytes).ok()
    }

    async fn obtain(
        &self,
        artifact: &Artifact,
        first: Option<Response>,
        reporter: &dyn DownloadReporter,
    ) -> Result<CachedWheel, IndexError> {
        let filename = wheel_name(artifact)?;
        let finish = unpack(filename, &artifact.filename);
        let wheel = match location::path_of_file_url(&artifact.url) {
            Some(path) => self.obtain_local(artifact, path).await?,
            None if artifact.hashes.is_empty() => {
                self.obtain_unpromised(artifact, first, reporter, finish).await?
            }
            None => {
                let wheel = self.download(&artifact.into(), first, reporter, &self.also_hash, finish).await?;
                if promised_sha256(artifact).is_none() {
                    self.keep_known_wheel(artifact, wheel.sha256, None);
                }
                wheel
            }
        };
        self.require_same_metadata(artifact, &wheel)?;
        Ok(wheel)
    }

    async fn obtain_local(&self, artifact: &Artifact, path: PathBuf) -> Result<CachedWheel, IndexError> {
        let key = known_wheel_key(artifact);
        let wheel = unpack_local(&self.cache, artifact, path).await?;
        // Changed while it was read: then the key means nothing.
        if key.is_some() && key == known_wheel_key(artifact) {
            self.keep_known_wheel(artifact, wheel.sha256, None);
        }
        Ok(wheel)
    }

    /// A wheel of which nothing is known but its URL: what was there before is good if the server says so.
    async fn obtain_unpromised(
        &self,
        artifact: &Artifact,
        first: Option<Response>,
        reporter: &dyn DownloadReporter,
        finish: Finish<CachedWheel>,
    ) -> Result<CachedWheel, IndexError> {
        let mut known = None;
        if first.is_none()
            && let Some(candidate) = self.known_wheel(artifact)
            && let Some(wheel) = self.cache.wheel(&candidate.sha256)?
        {
            known = candidate.validators.map(|validators| (wheel, validators));
        }
        let mut headers = vec![("accept-encoding", "identity")];
        if let Some((_, validators)) = &known {
            headers.extend(validators.headers());
        }
        let response = match first {
            Some(response) => response,
            None => self.network.get(&artifact.url, &headers).await?,
        };
        let old = known.as_ref().map_or(0, |(_, validators)| validators.identity);
        let validators = Validators::of(|name| response.header(name), old, now());
        let wheel = match known {
            Some((wheel, _)) if response.status() == 304 => wheel,
            _ => self.download(&artifact.into(), Some(response), reporter, &self.also_hash, finish).await?,
        };
        if validators.is_some() {
            self.keep_known_wheel(artifact, wheel.sha256, validators);
        }
        Ok(wheel)
    }

    fn keep_known_wheel(&self, artifact: &Artifact, sha256: Sha256, validators: Option<Validators>) {
        let bytes = postcard::to_stdvec(&KnownWheel { sha256, validators });
        if let (Ok(bytes), Some(key)) = (bytes, known_wheel_key(artifact)) {
            self.store.write(Bucket::Wheels, key, Arc::new(bytes));
        }
    }

    /// What was resolved with must be what is installed: a sidecar that says otherwise than the wheel is refused.
    fn require_same_metadata(&self, artifact: &Artifact, wheel: &CachedWheel) -> Result<(), IndexError> {
        self.require_same(artifact, &wheel.metadata()?)
    }

    fn require_same(&self, artifact: &Artifact, own: &CoreMetadata) -> Result<(), IndexError> {
        let Some(before) = self.known_metadata(artifact)? else { return Ok(()) };
        if same_dependencies(&before, own) {
            return Ok(());
        }
        self.store.remove(Bucket::Metadata, artifact_key(artifact));
        Err(IndexError::MetadataDiffers { url: network::redacted(&artifact.url) })
    }
}

/// Whether two metadata lead to the same resolution.
fn same_dependencies(one: &CoreMetadata, other: &CoreMetadata) -> bool {
    one.name == other.name
        && one.version == other.version
        && one.requires_dist == other.requires_dist
        && one.requires_python_text == other.requires_python_text
        && one.provides_extra == other.provides_extra
}
