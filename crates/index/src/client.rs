//! The index client: which places to ask for a project, and what the cache already knows.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cache::{Cache, CachedWheel};
use distribution::CoreMetadata;
use futures::future::try_join_all;
use network::Client;
use requirement::ProjectName;
use rustc_hash::FxHashMap;
use tokio::sync::OnceCell;

use crate::cached::RecordStore;
use crate::find_links::{self, FlatList, LinkSource, Links};
use crate::memo::Memo;
use crate::metadata::SidecarHabit;
use crate::page::Listing;
use crate::pages::{Answer, blocking};
use crate::parse::read_page;
use crate::record::{Page, RecordBytes};
use crate::{IndexError, Project, location};

/// Where projects are looked for.
#[derive(Debug, Clone, Default)]
pub struct IndexOptions {
    /// Base URLs of simple indexes (`--index-url` first, then `--extra-index-url`); empty with `--no-index`.
    /// Credentials may be in them. A local directory path or `file:` URL is allowed too.
    pub indexes: Vec<String>,
    /// `--find-links`: directories, `file:` URLs of directories or pages, URLs of pages, archives. Absolute or relative to `directory`.
    pub find_links: Vec<String>,
    /// What relative find-links are relative to (the working directory).
    pub directory: PathBuf,
    /// Ask servers again, though the cached page is fresh (`--refresh-package :all:`).
    pub refresh: bool,
}

/// One place to ask.
enum Place {
    /// A simple index; its URL without credentials.
    Remote(String),
    /// A directory in the layout of PEP 503.
    Directory(PathBuf),
    /// Links, listed once.
    Links {
        /// As the user gave it.
        text: String,
        source: LinkSource,
        list: OnceCell<Result<Links, IndexError>>,
    },
}

pub(crate) struct Inner {
    places: Vec<Result<Place, IndexError>>,
    /// Warnings of find-links that are left out.
    ignored: Mutex<Vec<String>>,
    pub(crate) directory: PathBuf,
    pub(crate) refresh: bool,
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
        // Links go first: among equal files pip takes theirs.
        let links = options.find_links.iter().map(|text| {
            let mut source = LinkSource::of(text, &options.directory)?;
            if let LinkSource::Page(url) | LinkSource::Archive(url) = &mut source {
                *url = client.remember_credentials(url)?;
            }
            Ok(Place::Links { text: text.clone(), source, list: OnceCell::new() })
        });
        let indexes = options.indexes.iter().map(|text| index_place(text, &options.directory, &client));
        let places = links.chain(indexes).collect();
        Self(Arc::new(Inner {
            places,
            ignored: Mutex::default(),
            directory: options.directory,
            refresh: options.refresh,
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
        let mut listings = Vec::with_capacity(self.0.places.len());
        for place in &self.0.places {
            match self.0.cached_listing(place.as_ref().map_err(Clone::clone)?, name)? {
                Some(listing) => listings.push(listing),
                None => return Ok(None),
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
            let listings = inner.places.iter().map(|place| async {
                match place {
                    Ok(place) => inner.listing(place, name).await,
                    Err(error) => Err(error.clone()),
                }
            });
            let listings = try_join_all(listings).await?;
            Ok(Arc::new(Project::merge(name.clone(), listings)))
        };
        inner.projects.find(name, find).await
    }
}

fn index_place(text: &str, directory: &Path, client: &Client) -> Result<Place, IndexError> {
    if location::is_remote(text) {
        return Ok(Place::Remote(client.remember_credentials(text)?));
    }
    location::local_path(text, directory).map(Place::Directory).ok_or_else(|| IndexError::Place {
        place: network::redacted(text),
        option: "--index-url",
        reason: "it is neither an https:, http: or file: URL nor a path".to_owned(),
    })
}

/// The listing of a record of this process, which is whole.
fn listing_of(record: RecordBytes, place: String) -> Result<Listing, IndexError> {
    let page = Page::open(record, place.as_str().into());
    if page.is_none() {
        let reason = "it is too large".to_owned(); // beyond 4 GiB; nothing else can be wrong with our own record
        return Err(IndexError::Page { url: place, reason });
    }
    Ok(Listing { place, page, said: "" })
}

fn unknown(place: String, said: &'static str) -> Listing {
    Listing { place, page: None, said }
}

impl Inner {
    /// What a place says, where it need not be asked for.
    fn cached_listing(&self, place: &Place, name: &ProjectName) -> Result<Option<Listing>, IndexError> {
        match place {
            Place::Remote(base) => {
                let url = Self::page_url(base, name);
                let Some(record) = self.fresh_page(&url) else { return Ok(None) };
                let place = url;
                let page = Page::open(record, place.as_str().into());
                Ok(page.map(|page| Listing { place, page: Some(page), said: "" }))
            }
            Place::Directory(path) => read_directory(path, name).map(Some),
            Place::Links { text, source, list } => {
                if let Some(list) = list.get() {
                    return list.clone().and_then(|list| links_of(&list, source, name)).map(Some);
                }
                let record = match source {
                    LinkSource::Local(path) => find_links::read_local(path)?.map(Into::into),
                    LinkSource::Archive(url) => Some(find_links::single_link(url).into()),
                    LinkSource::Page(url) => match self.fresh_page(url) {
                        Some(record) => Some(record),
                        None => return Ok(None),
                    },
                };
                let found = match record {
                    None => self.ignore(find_links::missing_warning(text), "no such file or directory"),
                    Some(record) => match FlatList::open(record) {
                        Some(found) => Links::Listed(Arc::new(found)),
                        None => return Ok(None),
                    },
                };
                list.set(Ok(found.clone())).ok();
                links_of(&found, source, name).map(Some)
            }
        }
    }

    async fn listing(&self, place: &Place, name: &ProjectName) -> Result<Listing, IndexError> {
        match place {
            Place::Remote(base) => {
                let url = Self::page_url(base, name);
                let project = name.clone();
                let reader = Box::new(move |body: &[u8], from: &str| read_page(body, from, &project));
                match self.page(&url, reader).await {
                    Ok(Answer::Page(record)) => listing_of(record, url),
                    Ok(Answer::NotFound) => Ok(unknown(url, "not found")),
                    Ok(Answer::Forbidden) => Ok(unknown(url, "forbidden (403)")),
                    Err(IndexError::Network(source)) => {
                        let (index, project) = (base.clone(), name.clone());
                        Err(IndexError::Index { index, project, source })
                    }
                    Err(error) => Err(error),
                }
            }
            Place::Directory(path) => read_directory(path, name),
            Place::Links { text, source, list } => {
                let list = list.get_or_init(|| self.list_links(text, source)).await.clone()?;
                links_of(&list, source, name)
            }
        }
    }

    async fn list_links(&self, text: &str, source: &LinkSource) -> Result<Links, IndexError> {
        let record = match source {
            LinkSource::Local(path) => {
                let path = path.clone();
                match blocking(move || find_links::read_local(&path)).await? {
                    Some(record) => record.into(),
                    None => {
                        return Ok(
                            self.ignore(find_links::missing_warning(text), "no such file or directory")
                        );
                    }
                }
            }
            LinkSource::Archive(url) => find_links::single_link(url).into(),
            LinkSource::Page(url) => match self.page(url, Box::new(find_links::read_links)).await {
                Ok(Answer::Page(record)) => record,
                Ok(Answer::NotFound) => return Ok(self.ignore_page(url, 404)),
                Ok(Answer::Forbidden) => return Ok(self.ignore_page(url, 403)),
                Err(IndexError::Network(error)) => match find_links::unreachable_warning(&error) {
                    Some(warning) => return Ok(self.ignore(warning, "it cannot be fetched")),
                    None => return Err(error.into()),
                },
                Err(error) => return Err(error),
            },
        };
        let list = FlatList::open(record).ok_or(IndexError::Interrupted)?;
        Ok(Links::Listed(Arc::new(list)))
    }

    /// Leaves a place out, and notes the warning once.
    fn ignore(&self, warning: String, said: &'static str) -> Links {
        let mut ignored = self.ignored.lock().unwrap_or_else(PoisonError::into_inner);
        if !ignored.contains(&warning) {
            ignored.push(warning);
        }
        Links::Ignored(said)
    }

    fn ignore_page(&self, url: &str, status: u16) -> Links {
        let warning = format!("Could not fetch the page of links: {url} answered {status} - skipping");
        self.ignore(warning, if status == 404 { "not found" } else { "forbidden (403)" })
    }
}

fn links_of(links: &Links, source: &LinkSource, name: &ProjectName) -> Result<Listing, IndexError> {
    let place = match source {
        LinkSource::Local(path) => path.display().to_string(),
        LinkSource::Page(url) | LinkSource::Archive(url) => url.clone(),
    };
    match links {
        Links::Listed(list) => listing_of(list.of_project(name).into(), place),
        Links::Ignored(said) => Ok(unknown(network::redacted(&place), said)),
    }
}

/// A project in a local directory of PEP 503's layout: `<name>/index.html`, or what lies in `<name>/`.
fn read_directory(root: &Path, name: &ProjectName) -> Result<Listing, IndexError> {
    let directory = root.join(name.as_str());
    let place = directory.display().to_string();
    let failed = |error: &std::io::Error| IndexError::Local {
        path: directory.clone(),
        reason: find_links::plain_reason(error),
    };
    let base = location::with_slash(&location::file_url(&directory));
    match std::fs::read(directory.join("index.html")) {
        Ok(body) => return listing_of(read_page(&body, &base, name)?.into(), place),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(&error)),
    }
    if directory.is_dir() {
        let list = find_links::read_local(&directory)?.and_then(|record| FlatList::open(record.into()));
        let record = list.map(|list| list.of_project(name)).unwrap_or_default();
        return listing_of(record.into(), place);
    }
    if !root.is_dir() {
        return Err(IndexError::Place {
            place: root.display().to_string(),
            option: "--index-url",
            reason: "there is no such directory".to_owned(),
        });
    }
    Ok(unknown(place, "not found"))
}
