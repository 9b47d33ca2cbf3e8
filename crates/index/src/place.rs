//! The places of a client: simple indexes, find-links, directories; which of them are asked for a project, and how.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use network::Client;
use requirement::ProjectName;
use rustc_hash::FxHashMap;
use tokio::sync::OnceCell;

use crate::client::Inner;
use crate::find_links::{self, FlatList, LinkSource, Links};
use crate::page::Listing;
use crate::pages::{Answer, blocking};
use crate::parse::read_page;
use crate::record::{Page, RecordBytes};
use crate::{IndexError, IndexOptions, IndexStrategy, location};

/// One place to ask; where it cannot be used, why.
pub(crate) type Usable = Result<Place, IndexError>;

/// One place to ask.
pub(crate) enum Place {
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

/// All places of a client.
pub(crate) struct Places {
    /// Links first (among equal files pip takes the last), then the indexes for everything, then those for pinned projects only.
    places: Vec<Usable>,
    first_index: usize,
    first_pinned: usize,
    pins: FxHashMap<ProjectName, usize>,
    pub(crate) strategy: IndexStrategy,
    /// The place of the one file of a project.
    locked: FxHashMap<ProjectName, usize>,
}

impl Places {
    pub(crate) fn of(options: &IndexOptions, client: &Client) -> Self {
        let links = options.find_links.iter().map(|text| links_place(text, &options.directory, client));
        let mut places: Vec<Usable> = links.collect();
        let first_index = places.len();
        let mut number_of = |text: &String| {
            let place = index_place(text, &options.directory, client);
            let indexes = places.iter().skip(first_index);
            // An index that is given twice is asked once.
            let known = indexes.zip(first_index..).find(|(other, _)| is_same(other, &place));
            match known {
                Some((_, number)) => number,
                None => {
                    places.push(place);
                    places.len() - 1
                }
            }
        };
        let first_pinned =
            options.indexes.iter().map(&mut number_of).max().map_or(first_index, |last| last + 1);
        let pins = options.pins.iter().map(|(name, index)| (name.clone(), number_of(index))).collect();
        let first_locked = places.len();
        places.extend(options.locked.values().map(|text| links_place(text, &options.directory, client)));
        let locked = options.locked.keys().cloned().zip(first_locked..).collect();
        Self { places, first_index, first_pinned, pins, locked, strategy: options.strategy }
    }

    /// The links and the indexes that are asked for a project, in their order.
    pub(crate) fn asked(&self, name: &ProjectName) -> (&[Usable], &[Usable]) {
        let (links, indexes) = match (self.locked.get(name), self.pins.get(name)) {
            (Some(file), _) => (*file..file + 1, 0..0),
            (None, Some(index)) => (0..0, *index..index + 1),
            (None, None) => (0..self.first_index, self.first_index..self.first_pinned),
        };
        (self.places.get(links).unwrap_or_default(), self.places.get(indexes).unwrap_or_default())
    }
}

fn is_same(one: &Usable, other: &Usable) -> bool {
    match (one, other) {
        (Ok(Place::Remote(one)), Ok(Place::Remote(other))) => {
            location::with_slash(one) == location::with_slash(other)
        }
        (Ok(Place::Directory(one)), Ok(Place::Directory(other))) => one == other,
        _ => false,
    }
}

fn links_place(text: &str, directory: &Path, client: &Client) -> Usable {
    let mut source = LinkSource::of(text, directory)?;
    if let LinkSource::Page(url) | LinkSource::Archive(url) = &mut source {
        *url = client.remember_credentials(url)?;
    }
    Ok(Place::Links { text: text.to_owned(), source, list: OnceCell::new() })
}

fn index_place(text: &str, directory: &Path, client: &Client) -> Usable {
    if location::is_remote(text) {
        return Ok(Place::Remote(client.remember_index(text)?));
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
    Ok(Listing { place, page, said: "", index: None })
}

fn unknown(place: String, said: &'static str) -> Listing {
    Listing { place, page: None, said, index: None }
}

impl Inner {
    /// What a place says, where it need not be asked for.
    pub(crate) fn cached_listing(
        &self,
        place: &Place,
        name: &ProjectName,
    ) -> Result<Option<Listing>, IndexError> {
        match place {
            Place::Remote(base) => {
                let url = Self::page_url(base, name);
                let Some(record) = self.fresh_page(&url, self.refresh.covers(name)) else { return Ok(None) };
                let page = Page::open(record, url.as_str().into());
                let index = Some(base.clone());
                Ok(page.map(|page| Listing { place: url, page: Some(page), said: "", index }))
            }
            Place::Directory(path) => read_index_directory(path, name).map(Some),
            Place::Links { text, source, list } => {
                if let Some(list) = list.get() {
                    return list.clone().and_then(|list| links_of(&list, source, name)).map(Some);
                }
                let record = match source {
                    LinkSource::Local(path) => find_links::read_local(path)?.map(Into::into),
                    LinkSource::Archive(url) => Some(find_links::single_link(url).into()),
                    LinkSource::Page(url) => match self.fresh_page(url, self.refresh.is_any()) {
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

    /// What a place says.
    pub(crate) async fn listing_at(&self, place: &Usable, name: &ProjectName) -> Result<Listing, IndexError> {
        self.listing(place.as_ref().map_err(Clone::clone)?, name).await
    }

    /// What the indexes say up to the first that has the project. They are asked one after the other: those behind it
    /// need not even hear its name.
    pub(crate) async fn first_index(
        &self,
        indexes: &[Usable],
        name: &ProjectName,
    ) -> Result<Vec<Listing>, IndexError> {
        let mut listings = Vec::with_capacity(indexes.len());
        for index in indexes {
            let listing = self.listing_at(index, name).await?;
            let found = listing.page.is_some();
            listings.push(listing);
            if found {
                break;
            }
        }
        Ok(listings)
    }

    async fn listing(&self, place: &Place, name: &ProjectName) -> Result<Listing, IndexError> {
        match place {
            Place::Remote(base) => {
                let url = Self::page_url(base, name);
                let project = name.clone();
                let reader = Box::new(move |body: &[u8], from: &str| read_page(body, from, &project));
                match self.page(&url, self.refresh.covers(name), reader).await {
                    Ok(Answer::Page(record)) => {
                        Ok(Listing { index: Some(base.clone()), ..listing_of(record, url)? })
                    }
                    Ok(Answer::NotFound) => Ok(unknown(url, "not found")),
                    Ok(Answer::Forbidden) => Ok(unknown(url, "forbidden (403)")),
                    Err(IndexError::Network(source)) => {
                        let (index, project) = (base.as_str().into(), name.clone());
                        let (links, indexes) = self.places.asked(name);
                        let (is_only, source) = (links.len() + indexes.len() == 1, Box::new(source));
                        Err(IndexError::Index { index, project, source, is_only })
                    }
                    Err(error) => Err(error),
                }
            }
            Place::Directory(path) => read_index_directory(path, name),
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
            LinkSource::Page(url) => {
                match self.page(url, self.refresh.is_any(), Box::new(find_links::read_links)).await {
                    Ok(Answer::Page(record)) => record,
                    Ok(Answer::NotFound) => return Ok(self.ignore_page(url, 404)),
                    Ok(Answer::Forbidden) => return Ok(self.ignore_page(url, 403)),
                    Err(IndexError::Network(error)) => match find_links::unreachable_warning(&error) {
                        Some(warning) => return Ok(self.ignore(warning, "it cannot be fetched")),
                        None => return Err(error.into()),
                    },
                    Err(error) => return Err(error),
                }
            }
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

/// A project in a local directory that is given as an index.
fn read_index_directory(root: &Path, name: &ProjectName) -> Result<Listing, IndexError> {
    let listing = read_directory(root, name)?;
    Ok(Listing { index: Some(root.display().to_string()), ..listing })
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
