//! Wheels that the user names by path or URL: fetched before the search, since they decide names and versions.

use std::path::PathBuf;
use std::sync::Arc;

use distribution::{Digest, DirectUrl, DirectUrlKind, WheelFilename};
use index::IndexClient;
use requirement::{ProjectName, Requirement, RequirementSource};
use resolver::Origin;
use rustc_hash::FxHashMap;

use crate::collect::{Wanted, WantedKind};
use crate::prepare::{DirectWheel, Downloads};
use crate::runtime::Runtime;
use crate::{Context, Event, OperationError};

/// The wheels, and which requirement each nameless reference turned out to be.
#[derive(Debug, Default)]
pub(crate) struct DirectWheels {
    /// By project.
    pub(crate) wheels: FxHashMap<ProjectName, DirectWheel>,
    references: FxHashMap<String, Requirement>,
}

impl DirectWheels {
    /// The requirement that the reference `text` stands for; none where its marker does not apply.
    pub(crate) fn requirement(&self, text: &str) -> Option<&Requirement> {
        self.references.get(text)
    }
}

/// A path or URL, taken apart.
struct Place {
    /// `http:`, `https:` or `file:` URL, without fragment.
    url: String,
    filename: String,
    is_local: bool,
    hashes: Vec<Digest>,
}

/// Fetches all wheels that are named by place.
pub(crate) fn fetch(
    wanted: &[Wanted],
    index: &IndexClient,
    runtime: &Runtime,
    context: &Context,
) -> Result<DirectWheels, OperationError> {
    let mut direct = DirectWheels::default();
    for wanted in wanted {
        let (location, named) = match &wanted.kind {
            WantedKind::Named(requirement) => match &requirement.source {
                RequirementSource::Index(_) => continue,
                RequirementSource::Url(url) => (url.to_string(), Some(requirement)),
            },
            WantedKind::Reference { text, editable: false } => (text.clone(), None),
            WantedKind::Reference { text, editable: true } => {
                return Err(OperationError::NeedsBuild { text: text.clone(), origin: origin_text(wanted) });
            }
        };
        let (location, tail) = split_tail(&location);
        let place = place(location, wanted)?;
        let filename: WheelFilename = place.filename.parse().map_err(|source| {
            unusable(location, format!("{source}"))
        })?;
        if let Some(requirement) = named.filter(|requirement| requirement.name != filename.name) {
            return Err(unusable(location, format!("its name is {}, not {}", filename.name, requirement.name)));
        }
        let name = filename.name.clone();
        if named.is_none() {
            let text = format!("{name}{tail}");
            let mut requirement: Requirement = text
                .parse()
                .map_err(|source| OperationError::InvalidRequirement { text: location.to_owned(), source })?;
            requirement.source = RequirementSource::Url(place.url.clone().into());
            if let WantedKind::Reference { text, .. } = &wanted.kind {
                direct.references.insert(text.clone(), requirement);
            }
        }
        context.reporter.event(Event::Processing(location));
        let wheel = fetched(place, wanted, index, runtime, context)?;
        if let Some(other) = direct.wheels.get(&name).filter(|other| other.direct_url != wheel.direct_url) {
            let reason = format!("{name} is also wanted from {}", other.direct_url.url);
            return Err(unusable(location, reason));
        }
        direct.wheels.insert(name, wheel);
    }
    Ok(direct)
}

fn fetched(
    place: Place,
    wanted: &Wanted,
    index: &IndexClient,
    runtime: &Runtime,
    context: &Context,
) -> Result<DirectWheel, OperationError> {
    let reporter = Arc::new(Downloads { reporter: Arc::clone(&context.reporter) });
    let (index, url) = (index.clone(), place.url.clone());
    let promised = place.hashes.clone();
    let fetched = runtime.wait(async move { index.wheel_from_url(&url, &promised, &*reporter).await });
    let wheel = fetched.ok_or(OperationError::Interrupted)??;
    let sha256 = Digest::from(wheel.sha256);
    if wanted.hashes.iter().any(|hash| hash.algorithm == sha256.algorithm) && !wanted.hashes.contains(&sha256) {
        return Err(OperationError::Hashes(vec![crate::HashProblem::Mismatch {
            requirement: place.url,
            expected: wanted.hashes.clone(),
            got: sha256,
        }]));
    }
    let metadata = Arc::new(wheel.metadata()?);
    let direct_url = DirectUrl {
        url: network::without_credentials(&place.url),
        subdirectory: None,
        kind: DirectUrlKind::Archive { hashes: vec![("sha256".to_owned(), sha256.hex.to_string())] },
    };
    Ok(DirectWheel { wheel, metadata, direct_url, is_local: place.is_local })
}

/// Splits `place[extras] ; marker` into the place and the rest.
fn split_tail(text: &str) -> (&str, &str) {
    let end = text.find(" ;").unwrap_or(text.len());
    let place = text[..end].trim_end();
    match place.strip_suffix(']').and_then(|inner| inner.rfind('[')) {
        Some(bracket) => (&text[..bracket], &text[bracket..]),
        None => (place, &text[end..]),
    }
}

fn place(text: &str, wanted: &Wanted) -> Result<Place, OperationError> {
    let (location, fragment) = text.split_once('#').unwrap_or((text, ""));
    let hashes = fragment.split('&').filter_map(|part| part.parse::<Digest>().ok()).collect();
    let needs_build = || OperationError::NeedsBuild { text: text.to_owned(), origin: origin_text(wanted) };
    let is_url = location.contains("://") || location.starts_with("file:");
    if is_url && !location.starts_with("file:") {
        let is_http = location.starts_with("http://") || location.starts_with("https://");
        let path = location.split('?').next().unwrap_or(location);
        let filename = network::decoded_file_name(path);
        if !is_http || !filename.ends_with(".whl") {
            return Err(needs_build());
        }
        return Ok(Place { url: location.to_owned(), filename, is_local: false, hashes });
    }
    let path = if is_url { network::file_url_path(location) } else { Some(PathBuf::from(location)) };
    let path = path.ok_or_else(|| unusable(text, "it is not a valid file: URL".to_owned()))?;
    let path = wanted.directory.join(path);
    if !path.exists() {
        return Err(OperationError::MissingPath { text: text.to_owned(), origin: origin_text(wanted) });
    }
    let filename = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if path.is_dir() || !filename.ends_with(".whl") {
        return Err(needs_build());
    }
    let path = path.canonicalize().unwrap_or(path);
    Ok(Place { url: network::file_url(&path), filename, is_local: true, hashes })
}

fn origin_text(wanted: &Wanted) -> String {
    match &wanted.origin {
        Origin::CommandLine => String::new(),
        origin => format!(" (from {origin})"),
    }
}

fn unusable(text: &str, reason: String) -> OperationError {
    OperationError::UnusableFile { text: network::redacted(text), reason }
}
