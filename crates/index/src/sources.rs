//! Source archives: those an index lists, and those a URL or path names. They are kept in the cache as they came.

use std::path::PathBuf;

use cache::Bucket;
use distribution::{Digest, Sha256};
use serde::{Deserialize, Serialize};

use crate::client::Inner;
use crate::fetch::RemoteFile;
use crate::freshness::{Validators, now};
use crate::{DownloadReporter, IndexClient, IndexError, location};

/// A source archive that lies on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceArchive {
    /// Where it lies: in the cache, or where the user has it.
    pub path: PathBuf,
    /// Its name, which says its format.
    pub filename: String,
    /// What it must have: who reads it checks it.
    pub promised: Vec<Digest>,
}

/// Which archive was behind a URL of which nothing is promised.
#[derive(Serialize, Deserialize)]
struct KnownSource {
    sha256: Sha256,
    validators: Option<Validators>,
}

impl IndexClient {
    /// What a URL or path of a file means; hashes in a URL's fragment are promises.
    pub fn remote_file(&self, reference: &str) -> Result<RemoteFile, IndexError> {
        self.0.remote_file(reference)
    }

    /// The archive behind a URL or path, where it is at hand: on this machine, or in the cache. Never the network.
    pub fn cached_archive(&self, file: &RemoteFile) -> Option<SourceArchive> {
        self.0.source_at_hand(file)
    }

    /// The archive behind a URL or path.
    pub async fn archive(
        &self,
        file: RemoteFile,
        reporter: &dyn DownloadReporter,
    ) -> Result<SourceArchive, IndexError> {
        self.0.source(file, reporter).await
    }
}

impl Inner {
    fn remote_file(&self, reference: &str) -> Result<RemoteFile, IndexError> {
        // In a path, `#` is a character as any other.
        let is_url = reference.contains("://") || reference.starts_with("file:");
        let (place, fragment) = if is_url { location::split_fragment(reference) } else { (reference, "") };
        let url = match location::local_path(place, &self.directory) {
            Some(path) => location::file_url(&path),
            None => self.network.remember_credentials(place)?,
        };
        let hashes = fragment.split('&').filter_map(|part| part.parse::<Digest>().ok()).collect();
        Ok(RemoteFile { filename: location::filename(&url).into(), url: url.into(), size: None, hashes })
    }

    fn source_at_hand(&self, file: &RemoteFile) -> Option<SourceArchive> {
        let (filename, promised) = (file.filename.to_string(), file.hashes.clone());
        if let Some(path) = location::path_of_file_url(&file.url) {
            return Some(SourceArchive { path, filename, promised });
        }
        let sha256 = promised.iter().find_map(Digest::sha256).or_else(|| self.known_source(file))?;
        let path = self.cache.kept_file(&sha256)?;
        Some(SourceArchive { path, filename, promised })
    }

    async fn source(
        &self,
        file: RemoteFile,
        reporter: &dyn DownloadReporter,
    ) -> Result<SourceArchive, IndexError> {
        if let Some(archive) = self.source_at_hand(&file) {
            return Ok(archive);
        }
        let (filename, promised) = (file.filename.to_string(), file.hashes.clone());
        let response = self.network.get(&file.url, &[("accept-encoding", "identity")]).await?;
        let validators = Validators::of(|name| response.header(name), 0, now());
        let keep: crate::sink::Finish<(PathBuf, Sha256)> =
            Box::new(|cache, file, sha256| Ok((cache.keep_file(file, &sha256)?, sha256)));
        let (path, sha256) = self.download(&file, Some(response), reporter, &[], keep).await?;
        if validators.is_some() || !promised.is_empty() {
            let known = KnownSource { sha256, validators: validators.filter(|_| promised.is_empty()) };
            if let Ok(bytes) = postcard::to_stdvec(&known) {
                self.store.write(Bucket::Wheels, source_key(&file), std::sync::Arc::new(bytes));
            }
        }
        Ok(SourceArchive { path, filename, promised })
    }

    /// The hash of what was behind a URL, while its server says that it does not change, or for promised files for ever.
    fn known_source(&self, file: &RemoteFile) -> Option<Sha256> {
        let bytes = self.cache.read(Bucket::Wheels, &source_key(file)).ok()??;
        let known: KnownSource = postcard::from_bytes(&bytes).ok()?;
        let current = match &known.validators {
            None => !file.hashes.is_empty(),
            Some(validators) => validators.is_fresh(now()),
        };
        current.then_some(known.sha256)
    }
}

fn source_key(file: &RemoteFile) -> String {
    let hashes: Vec<String> = file.hashes.iter().map(ToString::to_string).collect();
    format!("source {} {}", file.url, hashes.join(" "))
}
