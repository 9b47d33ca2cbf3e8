//! What places turn out to be, and what is known of it without a build.

use std::sync::{Arc, Mutex, PoisonError};

use build::Expected;
use cache::CachedWheel;
use distribution::{CoreMetadata, SdistFilename, SdistFormat};
use index::{RemoteFile, SourceArchive};
use requirement::{DirectReference, ProjectName};
use rustc_hash::FxHashMap;
use tempfile::TempDir;

use super::Place;
use crate::OperationError;
use crate::collect::WantedKind;
use crate::prepare::DirectWheel;
use crate::source::Tree;

/// What a place turned out to be, for whoever wants the thing itself.
#[derive(Debug, Clone)]
pub(crate) enum DirectSource {
    /// A wheel; its SHA-256 is among its hashes.
    Wheel(RemoteFile),
    /// A source archive, and how to build what it unpacks to (the root is not known yet).
    Archive(SourceArchive, Tree),
    /// A directory of the user.
    Directory(Tree),
    /// A checkout, and the directory that it lies in, where it is not to stay.
    Checkout { tree: Tree, _scratch: Option<Arc<TempDir>> },
}

/// What was found at places, for who asks several times for the same: a place is looked at, cloned or unpacked once. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<FxHashMap<String, DirectWheel>>>);

impl Memory {
    /// What is at `place`. Remembered only where it is asked for several interpreters, and of a wheel never: that fits some of
    /// them and others not.
    pub(super) fn found(&self, place: &Place<'_>) -> Result<DirectWheel, OperationError> {
        if place.sources.options().foreign.is_none() {
            return place.wheel();
        }
        let is_named = matches!(place.wanted.kind, WantedKind::Named(_));
        let directory = place.wanted.directory.display();
        let key = format!("{} {is_named} {} {directory}", place.editable, place.text());
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = place.wheel()?;
        if !matches!(found.source, DirectSource::Wheel(_)) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        }
        Ok(found)
    }
}

/// What is built later must be what was resolved.
pub(super) fn known((_, metadata): &(Option<CachedWheel>, CoreMetadata)) -> Expected {
    Expected { name: Some(metadata.name.clone()), version: Some(metadata.version.clone()) }
}

/// The name in `#egg=name[extras]`, as written.
pub(super) fn named_by_fragment(reference: &DirectReference) -> Option<&str> {
    let egg = reference.fragment_value("egg").filter(|_| reference.name.is_some())?;
    egg.split('[').next().filter(|name| !name.is_empty())
}

/// What the name of a source archive says of the project in it, if it is that of a source distribution.
pub(super) fn named_in(filename: &str, project: Option<&ProjectName>) -> Option<CoreMetadata> {
    let guessed = || {
        let (stem, _) = SdistFormat::split(filename)?;
        stem.rsplit_once('-')?.0.parse().ok()
    };
    let project = project.cloned().or_else(guessed)?;
    let sdist = SdistFilename::parse(filename, &project).ok()?;
    let text = format!("Metadata-Version: 2.1\nName: {project}\nVersion: {}\n", sdist.version);
    CoreMetadata::parse(text.as_bytes()).ok()
}
