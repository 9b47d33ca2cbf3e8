//! A project as its pages list it: versions at hand, file records decoded when looked at.

use std::cmp::Reverse;

use distribution::Artifact;
use requirement::{ProjectName, Version};

use crate::record::{FileRecord, Page, ProjectStatus};

/// What one place said about a project.
#[derive(Debug)]
pub(crate) struct Listing {
    /// The place, without credentials.
    pub(crate) place: String,
    /// Its page; none where it does not know the project.
    pub(crate) page: Option<Page>,
    /// Why there is no page.
    pub(crate) said: &'static str,
    /// The index that the page belongs to, without credentials; none for find-links.
    pub(crate) index: Option<String>,
}

/// A project over all places that were asked.
#[derive(Debug)]
pub struct Project {
    /// Its name.
    pub name: ProjectName,
    pages: Vec<Page>,
    versions: Vec<Version>,
    /// For each version: the pages that have it, as (page, index of the version on the page). `starts` says where
    /// those of a version begin; the next one's start is their end.
    spots: Vec<(usize, usize)>,
    starts: Vec<usize>,
    places: Vec<(String, String)>,
    statuses: Vec<(String, ProjectStatus)>,
    /// The indexes that list files of it.
    indexes: Vec<String>,
}

impl Project {
    /// Makes one pool of all pages (pip's rule: no place goes before another, but among equal files).
    pub(crate) fn merge(name: ProjectName, listings: Vec<Listing>) -> Self {
        let mut places = Vec::with_capacity(listings.len());
        let mut pages = Vec::with_capacity(listings.len());
        let mut statuses = Vec::new();
        let mut indexes = Vec::new();
        for Listing { place, page, said, index } in listings {
            let Some(mut page) = page else {
                places.push((place, said.to_owned()));
                continue;
            };
            let plural = if page.file_count == 1 { "" } else { "s" };
            places.push((place.clone(), format!("{} file{plural}", page.file_count)));
            // An index may lead to the page of another for what it has not itself, as pypiserver does: nothing is new then.
            match pages.iter().position(|known: &Page| known.says_the_same(&page)) {
                Some(same) => drop(pages.remove(same)),
                None => {
                    statuses.extend(page.status.take().map(|status| (place, status)));
                    indexes.extend(index.filter(|_| page.file_count > 0));
                }
            }
            pages.push(page);
        }
        let mut all: Vec<(Version, (usize, usize))> = Vec::new();
        for (number, page) in pages.iter_mut().enumerate() {
            let versions = std::mem::take(&mut page.versions).into_iter().enumerate();
            all.extend(versions.map(|(index, version)| (version, (number, index))));
        }
        if pages.len() > 1 {
            // Stable: pages stay in the order of the places. (Each page is sorted already, which makes this cheap.)
            all.sort_by(|(one, _), (other, _)| other.cmp(one));
        }
        let mut versions: Vec<Version> = Vec::with_capacity(all.len());
        let mut spots = Vec::with_capacity(all.len());
        let mut starts = Vec::with_capacity(all.len() + 1);
        for (version, spot) in all {
            if versions.last() != Some(&version) {
                versions.push(version);
                starts.push(spots.len());
            }
            spots.push(spot);
        }
        starts.push(spots.len());
        Self { name, pages, versions, spots, starts, places, statuses, indexes }
    }

    /// All versions that have a file, newest first (each once; unparsable file names are left out).
    pub fn versions(&self) -> &[Version] {
        &self.versions
    }

    /// The files of a version, over all places in their order.
    pub fn artifacts(&self, version: &Version) -> Vec<Artifact> {
        let records = self.records(version);
        records.filter_map(|(page, record)| page.artifact(&record, record.kind(&self.name)?)).collect()
    }

    /// The records of a version, each with its page.
    pub(crate) fn records(&self, version: &Version) -> impl Iterator<Item = (&Page, FileRecord<'_>)> {
        let found = self.versions.binary_search_by_key(&Reverse(version), Reverse);
        let range = found.ok().and_then(|index| Some(*self.starts.get(index)?..*self.starts.get(index + 1)?));
        let spots = range.and_then(|range| self.spots.get(range)).unwrap_or_default();
        let pages = spots.iter().filter_map(|(page, index)| Some((self.pages.get(*page)?, *index)));
        pages.flat_map(|(page, index)| page.records(index).map(move |record| (page, record)))
    }

    /// What each place that was asked said, for messages: (place without credentials, `not found` / `forbidden (403)` / number of files).
    pub fn places(&self) -> &[(String, String)] {
        &self.places
    }

    /// Two indexes (without credentials) that both list files of the project, where there are two and nobody decided
    /// which of them counts: whoever can upload to one of them may take the place of what the other offers
    /// (dependency confusion), and the user should hear of it. Find-links are no index.
    pub fn several_indexes(&self) -> Option<(&str, &str)> {
        match self.indexes.as_slice() {
            [one, other, ..] => Some((one, other)),
            _ => None,
        }
    }

    /// The places that say that the project is not plainly active, as archived (PEP 792), and what they say.
    pub fn statuses(&self) -> &[(String, ProjectStatus)] {
        &self.statuses
    }
}
