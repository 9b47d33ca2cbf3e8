//! Wheels that the user names by path or URL: fetched before the search, since they decide names and versions.

use std::path::Path;
use std::sync::Arc;

use distribution::{Artifact, Digest, DirectUrl, DirectUrlKind};
use index::IndexClient;
use requirement::{DirectReference, ProjectName, ReferenceLocation, Requirement, RequirementSource};
use resolver::Origin;
use rustc_hash::FxHashMap;

use crate::answer::Means;
use crate::collect::{Wanted, WantedKind};
use crate::downloads::Downloads;
use crate::prepare::DirectWheel;
use crate::{Context, Event, HashProblem, OperationError};

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

/// Fetches all wheels that are named by place.
pub(crate) fn fetch(
    wanted: &[Wanted],
    means: &Means,
    context: &Context,
) -> Result<DirectWheels, OperationError> {
    let mut direct = DirectWheels::default();
    for wanted in wanted {
        let reference = match &wanted.kind {
            WantedKind::Named(requirement) => match &requirement.source {
                RequirementSource::Index(_) => continue,
                RequirementSource::Url(url) => url.to_string(),
            },
            WantedKind::Reference { text, editable: false } => text.clone(),
            WantedKind::Reference { text, editable: true } => return Err(needs_build(text, wanted)),
        };
        let parsed: DirectReference = reference
            .parse()
            .map_err(|source| OperationError::InvalidRequirement { text: reference.clone(), source })?;
        let artifact = artifact(&parsed, wanted, &means.index)?;
        let name = artifact.name().clone();
        let expected = match &wanted.kind {
            WantedKind::Named(requirement) => Some(&requirement.name),
            WantedKind::Reference { .. } => parsed.name.as_ref(),
        };
        if let Some(expected) = expected.filter(|expected| **expected != name) {
            return Err(unusable(&artifact.url, format!("it is a wheel of {name}, not of {expected}")));
        }
        context.reporter.event(Event::Processing(&place(&parsed)));
        let wheel = fetched(artifact, wanted, means, context)?;
        if let WantedKind::Reference { text, .. } = &wanted.kind {
            let requirement = Requirement {
                name: name.clone(),
                name_text: wheel.metadata.name_text.as_ref().into(),
                extras: parsed.extras,
                source: RequirementSource::Url(wheel.direct_url.url.as_str().into()),
                marker: parsed.marker,
            };
            direct.references.insert(text.clone(), requirement);
        }
        if let Some(other) = direct.wheels.get(&name).filter(|other| other.direct_url != wheel.direct_url) {
            let reason = format!("{name} is also wanted from {}", other.direct_url.url);
            return Err(unusable(&wheel.direct_url.url, reason));
        }
        direct.wheels.insert(name, wheel);
    }
    Ok(direct)
}

/// The place as the user wrote it, without extras.
fn place(reference: &DirectReference) -> String {
    match &reference.location {
        ReferenceLocation::Path(place) | ReferenceLocation::Url(place) => place.to_string(),
    }
}

/// The wheel that a reference means; nothing is fetched yet.
fn artifact(
    reference: &DirectReference,
    wanted: &Wanted,
    index: &IndexClient,
) -> Result<Artifact, OperationError> {
    let text = place(reference);
    let local = match &reference.location {
        ReferenceLocation::Path(path) => Some(wanted.directory.join(&**path)),
        ReferenceLocation::Url(_) => None,
    };
    if let Some(path) = &local {
        if !path.exists() {
            return Err(OperationError::MissingPath { text, origin: origin_text(wanted) });
        }
        if path.is_dir() {
            return Err(needs_build(&text, wanted));
        }
    }
    let without_fragment = text.split(['#', '?']).next().unwrap_or(&text);
    let is_vcs = text.split_once("://").is_some_and(|(scheme, _)| scheme.contains('+'));
    if is_vcs || Path::new(without_fragment).extension().is_none_or(|ending| ending != "whl") {
        return Err(needs_build(&text, wanted));
    }
    let reference = local.map_or(text, |path| path.display().to_string());
    Ok(index.direct_wheel(&reference, &[])?)
}

fn fetched(
    artifact: Artifact,
    wanted: &Wanted,
    means: &Means,
    context: &Context,
) -> Result<DirectWheel, OperationError> {
    let url = artifact.url.to_string();
    let wheel = match means.index.cached_wheel(&artifact)? {
        Some(wheel) => wheel,
        None => {
            let reporter = Downloads::loud(Arc::clone(&context.reporter));
            let index = means.index.clone();
            let fetch = async move { index.wheel(&artifact, &reporter).await };
            let fetched = means.runtime.wait(fetch, &context.cancellation);
            fetched.ok_or(OperationError::Interrupted)??
        }
    };
    let sha256 = Digest::from(wheel.sha256);
    let listed = wanted.hashes.iter().any(|hash| hash.algorithm == sha256.algorithm);
    if listed && !wanted.hashes.contains(&sha256) {
        let expected = wanted.hashes.clone();
        return Err(OperationError::Hashes(vec![HashProblem::Mismatch {
            requirement: url,
            expected,
            got: sha256,
        }]));
    }
    let metadata = Arc::new(wheel.metadata()?);
    let kind = DirectUrlKind::Archive { hashes: vec![("sha256".to_owned(), sha256.hex.to_string())] };
    Ok(DirectWheel { wheel, metadata, direct_url: DirectUrl { url, subdirectory: None, kind } })
}

fn needs_build(text: &str, wanted: &Wanted) -> OperationError {
    OperationError::NeedsBuild { text: network::redacted(text), origin: origin_text(wanted) }
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
