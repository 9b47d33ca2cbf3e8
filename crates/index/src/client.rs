//! The index client: which places to ask for a project, and what the cache already knows.

use std::iter::repeat;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cache::{Cache, CachedWheel};
use distribution::{CoreMetadata, HashAlgorithm};
use futures::future::{try_join, try_join_all};
use network::Client;
use requirement::ProjectName;
use rustc_hash::FxHashMap;

use crate::cached::RecordStore;
use crate::memo::Memo;
use crate::metadata::SidecarHabit;
use crate::place::Places;
use crate::{IndexError, IndexOptions, IndexStrategy, Project, Refresh};

pub(crate) struct Inner {
    pub(crate) places: Places,
    /// Warnings of find-links that are left out.
    pub(crate) ignored: Mutex<Vec<String>>,
    pub(crate) directory: PathBuf,
    pub(crate) refresh: Refresh,
    pub(crate) also_hash: Vec<HashAlgorithm>,
    pub(crate) cache: Cache,
    pub(crate) store: RecordStore,
    pub(crate) network: Client,
    projects: Memo<ProjectName, Arc<Project>>,
    pub(crate) metadata: Memo<String, Arc<CoreMetadata>>,
    pub(crate) wheels: Memo<String, CachedWheel>,
    pub(crate) sidecar_habits: Mutex<FxHashMap<Box<str>, SidecarHabit>>,
}

/// Asks indexes, through the cache. Cheap to clone; shared between threads. What is to be cached is
/// written by the time the last clone is dropped.
#[derive(Clone)]
pub struct IndexClient(pub(crate) Arc<Inner>);

impl IndexClient {
    /// A client over these places. Places that cannot be used are reported when a project is asked for.
    pub fn new(options: IndexOptions, cache: Cache, client: Client) -> Self {
        let places = Places::of(&options, &client);
        Self(Arc::new(Inner {
            places,
            ignored: Mutex::default(),
            directory: options.directory,
            refresh: options.refresh,
            also_hash: options.also_hash,
            store: RecordStore::new(cache.clone()),
            cache,
            network: client,
            projects: Memo::default(),
            metadata: Memo::default(),
            wheels: Memo::default(),
            sidecar_habits: Mutex::default(),
        }))
    }

    /// A warning for each place of `--find-links` that was left out because it is not there or its server does not
    /// give it, in pip's words; known once a project was asked for. Whoever shows them does it at the end, or once.
    pub fn ignored_places(&self) -> Vec<String> {
        self.0.ignored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The project, where no server need be asked: every page of it is fresh in the cache
    /// (or local). Reads the disk; never the network.
    pub fn cached_project(&self, name: &ProjectName) -> Result<Option<Arc<Project>>, IndexError> {
        if let Some(known) = self.0.projects.get(name) {
            return known.map(Some);
        }
        let (links, indexes) = self.0.places.asked(name);
        let mut listings = Vec::with_capacity(links.len() + indexes.len());
        for (place, is_index) in links.iter().zip(repeat(false)).chain(indexes.iter().zip(repeat(true))) {
            match self.0.cached_listing(place.as_ref().map_err(Clone::clone)?, name)? {
                Some(listing) => listings.push(listing),
                None => return Ok(None),
            }
            let found = is_index && listings.last().is_some_and(|listing| listing.page.is_some());
            if found && self.0.places.strategy == IndexStrategy::FirstIndex {
                break;
            }
        }
        let project = Arc::new(Project::merge(name.clone(), listings));
        self.0.projects.keep(name, project.clone());
        Ok(Some(project))
    }

    /// The project, merged over all places. A project that no place knows has no versions
    /// and lists in `Project::places` what each place answered. A place that fails is an error.
    pub async fn project(&self, name: &ProjectName) -> Result<Arc<Project>, IndexError> {
        let inner = &self.0;
        let find = || async {
            let (links, indexes) = inner.places.asked(name);
            let ask = |place| inner.listing_at(place, name);
            let listings = match inner.places.strategy {
                IndexStrategy::BestMatch => try_join_all(links.iter().chain(indexes).map(ask)).await?,
                IndexStrategy::FirstIndex => {
                    let of_links = try_join_all(links.iter().map(ask));
                    let (mut listings, first) = try_join(of_links, inner.first_index(indexes, name)).await?;
                    listings.extend(first);
                    listings
                }
            };
            Ok(Arc::new(Project::merge(name.clone(), listings)))
        };
        inner.projects.find(name, find).await
    }
}
