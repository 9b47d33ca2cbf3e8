//! Hashes of files in any algorithm (`--hash=sha512:...`). The cache knows wheels by their SHA-256; what a download computed beside
//! it is remembered, and what nobody computed needs the archive once more.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use cache::{Bucket, Cache};
use distribution::{Artifact, Digest, HashAlgorithm, Hasher, Sha256};

use crate::client::Inner;
use crate::fetch::Silent;
use crate::pages::blocking;
use crate::sink::Finish;
use crate::{IndexClient, IndexError, RemoteFile, SourceArchive, find_links, location};

fn key(sha256: &Sha256, algorithm: HashAlgorithm) -> String {
    format!("digest {sha256} {algorithm}")
}

/// Remembers another hash of the file with this SHA-256.
pub(crate) fn remember(cache: &Cache, sha256: &Sha256, digest: &Digest) {
    // A cache that cannot be written is slower, not wrong.
    cache.write(Bucket::Wheels, &key(sha256, digest.algorithm), digest.hex.as_bytes());
}

fn remembered(cache: &Cache, sha256: &Sha256, algorithm: HashAlgorithm) -> Option<Digest> {
    let bytes = cache.read(Bucket::Wheels, &key(sha256, algorithm)).ok()??;
    Digest::new(algorithm, std::str::from_utf8(&bytes).ok()?).ok()
}

impl IndexClient {
    /// The hash of a wheel in any algorithm: of the very archive that [`IndexClient::wheel`] unpacked, whatever its index promises.
    /// With [`crate::IndexOptions::also_hash`] its download computes it; else the archive is fetched again.
    pub async fn digest(&self, artifact: &Artifact, algorithm: HashAlgorithm) -> Result<Digest, IndexError> {
        let sha256 = self.wheel(artifact, &Silent).await?.sha256;
        if algorithm == HashAlgorithm::Sha256 {
            return Ok(sha256.into());
        }
        let inner = &self.0;
        if let Some(known) = remembered(&inner.cache, &sha256, algorithm) {
            return Ok(known);
        }
        match location::path_of_file_url(&artifact.url) {
            Some(path) => inner.digest_of_local(artifact, path, sha256, algorithm).await,
            None => inner.digest_of_remote(artifact, sha256, algorithm).await,
        }
    }
}

impl Inner {
    async fn digest_of_local(
        &self,
        artifact: &Artifact,
        path: PathBuf,
        sha256: Sha256,
        algorithm: HashAlgorithm,
    ) -> Result<Digest, IndexError> {
        let [own, digest] = blocking(move || hashes(&path, [HashAlgorithm::Sha256, algorithm])).await?;
        if own != sha256.into() {
            let url = network::redacted(&artifact.url);
            return Err(IndexError::HashMismatch { url, expected: sha256.into(), got: own });
        }
        remember(&self.cache, &sha256, &digest);
        Ok(digest)
    }

    /// Fetches an archive for its hash. It must be the one that was unpacked.
    async fn digest_of_remote(
        &self,
        artifact: &Artifact,
        sha256: Sha256,
        algorithm: HashAlgorithm,
    ) -> Result<Digest, IndexError> {
        let mut file = RemoteFile::from(artifact);
        file.hashes.push(sha256.into());
        let finish: Finish<Digest> = Box::new(move |cache, file, sha256| {
            let [digest] = hashes(file.path(), [algorithm])?;
            remember(cache, &sha256, &digest);
            Ok(digest)
        });
        self.download(&file, None, &Silent, &[], finish).await
    }
}

impl SourceArchive {
    /// Its hash in any algorithm. Reads the file.
    pub fn digest(&self, algorithm: HashAlgorithm) -> Result<Digest, IndexError> {
        let [digest] = hashes(&self.path, [algorithm])?;
        Ok(digest)
    }
}

/// Hashes of a file, which is read once.
fn hashes<const N: usize>(path: &Path, algorithms: [HashAlgorithm; N]) -> Result<[Digest; N], IndexError> {
    let failed = |error: std::io::Error| IndexError::Local {
        path: path.to_owned(),
        reason: find_links::plain_reason(&error),
    };
    let mut file = File::open(path).map_err(failed)?;
    let mut hashers = algorithms.map(Hasher::new);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let length = file.read(&mut buffer).map_err(failed)?;
        if length == 0 {
            return Ok(hashers.map(Hasher::finish));
        }
        let bytes = buffer.get(..length).unwrap_or_default();
        hashers.iter_mut().for_each(|hasher| hasher.update(bytes));
    }
}
