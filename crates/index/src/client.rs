//! The index client: which pages to ask for a project, and what the cache already knows.

use std::sync::Arc;

use cache::{Cache, CachedWheel};
use distribution::{Artifact, CoreMetadata};
use network::Client;
use requirement::ProjectName;

use crate::{DownloadReporter, IndexError, Project};

/// Where projects are looked for.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Base URLs of simple indexes (`--index-url` first, then `--extra-index-url`); empty with `--no-index`.
    /// Credentials may be in them. A local directory path or `file:` URL is allowed too.
    pub indexes: Vec<String>,
    /// `--find-links`: directories, `file:` URLs of directories or pages, URLs of pages, archives. Absolute or relative to `directory`.
    pub find_links: Vec<String>,
    /// What relative find-links are relative to (the working directory).
    pub directory: std::path::PathBuf,
    /// Ask servers again, though the cached page is fresh (`--refresh-package :all:`).
    pub refresh: bool,
}

/// Asks indexes, through the cache. Cheap to clone; shared between threads.
#[derive(Clone)]
pub struct IndexClient {/* Arc<inner> */}

impl IndexClient {
    /// A client over these places.
    pub fn new(_options: IndexOptions, _cache: Cache, _client: Client) -> Self {
        todo!()
    }

    /// The project, where no server need be asked: every page of it is fresh in the cache
    /// (or local). Reads the disk; never the network.
    pub fn cached_project(&self, _name: &ProjectName) -> Result<Option<Arc<Project>>, IndexError> {
        todo!()
    }

    /// The project, merged over all places. A project that no place knows has no versions
    /// and lists in `Project::places` what each place answered.
    pub async fn project(&self, _name: &ProjectName) -> Result<Arc<Project>, IndexError> {
        todo!()
    }

    /// The metadata of a wheel, where it is in the cache (by its hash or URL). Never the network.
    pub fn cached_metadata(&self, _artifact: &Artifact) -> Result<Option<Arc<CoreMetadata>>, IndexError> {
        todo!()
    }

    /// The metadata of a wheel, by the shortest way: cache, sidecar, one range request, the whole wheel (which is then in the cache).
    pub async fn metadata(&self, _artifact: &Artifact) -> Result<Arc<CoreMetadata>, IndexError> {
        todo!()
    }

    /// The unpacked wheel, where it is in the cache.
    pub fn cached_wheel(&self, _artifact: &Artifact) -> Result<Option<CachedWheel>, IndexError> {
        todo!()
    }

    /// The unpacked wheel: from the cache, or downloaded (or read, for `file:`) and unpacked on the blocking pool.
    pub async fn wheel(
        &self,
        _artifact: &Artifact,
        _reporter: &dyn DownloadReporter,
    ) -> Result<CachedWheel, IndexError> {
        todo!()
    }
}
