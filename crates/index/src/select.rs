//! Which file of a version to take: one function a rejection rule, then the best of what is left (pip's order).

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use distribution::{Artifact, ArtifactKind, Candidate, Digest, Rejection, SupportedTags, Timestamp, Yanked};
use requirement::{ProjectName, Version};

use crate::{IndexError, Project};

/// `--no-binary` and `--only-binary`, for one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormatControl {
    /// Wheels and source distributions, wheels first.
    #[default]
    Any,
    /// Only wheels.
    OnlyWheels,
    /// Only source distributions.
    OnlySdists,
}

/// What decides whether a file may be used.
#[derive(Debug)]
pub struct SelectionRules {
    /// The tags of the target.
    pub tags: SupportedTags,
    /// The full version of the target's Python, for `Requires-Python` (none: ignored).
    pub python: Option<Version>,
    /// Which formats may be used for a project; `Any` where it is not listed.
    pub formats: HashMap<ProjectName, FormatControl>,
    /// Which formats may be used for the others.
    pub default_format: FormatControl,
    /// Hashes the user listed for a project; a file must have one of them.
    pub hashes: HashMap<ProjectName, Vec<Digest>>,
    /// Files that were uploaded then or later do not count (`--uploaded-prior-to`); those of this machine always do.
    pub uploaded_before: Option<Timestamp>,
}

/// The best usable file of `version`, or why each of its files is not. `pinned`: a requirement pins
/// exactly this version (`==`, `===`), so that a yanked file may be used.
///
/// pip's order: a file whose hash is listed, one that is not yanked, a wheel, the best tag, the highest build number;
/// among equals the last, that of the index that was named last.
pub fn select(
    project: &Project,
    version: &Version,
    rules: &SelectionRules,
    pinned: bool,
) -> Result<Candidate, Vec<(Artifact, Rejection)>> {
    let control = rules.formats.get(&project.name).copied().unwrap_or(rules.default_format);
    let listed = rules.hashes.get(&project.name).map(Vec::as_slice).unwrap_or_default();
    let mut best: Option<(Preference, Artifact)> = None;
    for (page, record) in project.records(version) {
        // Most files of a version are for other platforms: their names tell, the rest need not be decoded.
        let Some(kind) = record.kind(&project.name) else { continue };
        if by_name(&kind, record.filename, control, rules).is_err() {
            continue;
        }
        let Some(artifact) = page.artifact(&record, kind) else { continue };
        if let Ok(preference) = preference(&artifact, control, listed, rules, pinned)
            && best.as_ref().is_none_or(|(known, _)| preference >= *known)
        {
            best = Some((preference, artifact));
        }
    }
    match best {
        Some((_, artifact)) => {
            let (name, version) = (project.name.clone(), artifact.version().clone());
            Ok(Candidate { name, version, artifact: Arc::new(artifact) })
        }
        None => Err(rejections(project, version, rules, pinned)),
    }
}

/// The files of `version` that may be used somewhere: whatever Python and platform they are for. Withdrawn ones only where there
/// are no others.
pub fn files_anywhere(project: &Project, version: &Version, rules: &SelectionRules) -> Vec<Artifact> {
    let control = rules.formats.get(&project.name).copied().unwrap_or(rules.default_format);
    let listed = rules.hashes.get(&project.name).map(Vec::as_slice).unwrap_or_default();
    let is_allowed = |artifact: &Artifact| {
        allowed_format(&artifact.kind, control).is_ok()
            && uploaded_before(artifact, rules.uploaded_before).is_ok()
            && listed_hash(artifact, listed).is_ok()
    };
    let mut files = project.artifacts(version);
    files.retain(is_allowed);
    if files.iter().any(|artifact| artifact.yanked == Yanked::No) {
        files.retain(|artifact| artifact.yanked == Yanked::No);
    }
    files
}

/// Whether a limit on the time of upload can be kept: an error, as of pip, where a page does not say it of some file that could be
/// used otherwise (pages in HTML never do). Looks at every file, if there is a limit.
pub fn require_upload_times(project: &Project, rules: &SelectionRules) -> Result<(), IndexError> {
    if rules.uploaded_before.is_none() {
        return Ok(());
    }
    let control = rules.formats.get(&project.name).copied().unwrap_or(rules.default_format);
    for (page, record) in project.versions().iter().flat_map(|version| project.records(version)) {
        let Some(kind) = record.kind(&project.name) else { continue };
        if by_name(&kind, record.filename, control, rules).is_ok()
            && let Some(artifact) = page.artifact(&record, kind)
            && let Err(Rejection::UploadTimeMissing(page)) = uploaded_before(&artifact, rules.uploaded_before)
        {
            return Err(IndexError::NoUploadTime { page: page.to_string() });
        }
    }
    Ok(())
}

/// Why each file of a version cannot be used.
fn rejections(
    project: &Project,
    version: &Version,
    rules: &SelectionRules,
    pinned: bool,
) -> Vec<(Artifact, Rejection)> {
    let control = rules.formats.get(&project.name).copied().unwrap_or(rules.default_format);
    let listed = rules.hashes.get(&project.name).map(Vec::as_slice).unwrap_or_default();
    let artifacts = project.artifacts(version).into_iter();
    let rejected = artifacts.filter_map(|artifact| {
        let rejection = preference(&artifact, control, listed, rules, pinned).err()?;
        Some((artifact, rejection))
    });
    rejected.collect()
}

/// Compared field by field; the greater is the better.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    hash_listed: bool,
    not_yanked: bool,
    /// None for a source distribution: any wheel is better.
    tag_rank: Option<Reverse<usize>>,
    build: Option<(u64, Box<str>)>,
}

/// What the file name alone decides: the rank of the best tag, none for a source distribution.
fn by_name(
    kind: &ArtifactKind,
    filename: &str,
    control: FormatControl,
    rules: &SelectionRules,
) -> Result<Option<Reverse<usize>>, Rejection> {
    allowed_format(kind, control)?;
    supported_tags(kind, filename, &rules.tags)
}

fn preference(
    artifact: &Artifact,
    control: FormatControl,
    listed: &[Digest],
    rules: &SelectionRules,
    pinned: bool,
) -> Result<Preference, Rejection> {
    let tag_rank = by_name(&artifact.kind, &artifact.filename, control, rules)?;
    uploaded_before(artifact, rules.uploaded_before)?;
    allowed_python(artifact, rules.python.as_ref())?;
    not_withdrawn(artifact, pinned)?;
    let hash_listed = listed_hash(artifact, listed)?;
    let build = match &artifact.kind {
        ArtifactKind::Wheel(wheel) => wheel.build.clone(),
        ArtifactKind::Sdist(_) => None,
    };
    Ok(Preference { hash_listed, not_yanked: artifact.yanked == Yanked::No, tag_rank, build })
}

fn allowed_format(kind: &ArtifactKind, control: FormatControl) -> Result<(), Rejection> {
    match (control, kind) {
        (FormatControl::OnlyWheels, ArtifactKind::Sdist(_)) => {
            Err(Rejection::Format("it is a source distribution, and only wheels are allowed (--only-binary)"))
        }
        (FormatControl::OnlySdists, ArtifactKind::Wheel(_)) => {
            Err(Rejection::Format("it is a wheel, and wheels are not allowed (--no-binary)"))
        }
        _ => Ok(()),
    }
}

fn supported_tags(
    kind: &ArtifactKind,
    filename: &str,
    tags: &SupportedTags,
) -> Result<Option<Reverse<usize>>, Rejection> {
    let ArtifactKind::Wheel(wheel) = kind else { return Ok(None) };
    match tags.rank(&wheel.tags) {
        Some(rank) => Ok(Some(Reverse(rank))),
        None => Err(Rejection::IncompatibleTags(filename.into())),
    }
}

fn uploaded_before(artifact: &Artifact, limit: Option<Timestamp>) -> Result<(), Rejection> {
    let Some(limit) = limit.filter(|_| !artifact.url.starts_with("file:")) else { return Ok(()) };
    match artifact.upload_time.as_deref().and_then(Timestamp::parse_upload_time) {
        None => Err(Rejection::UploadTimeMissing(artifact.source.clone())),
        Some(uploaded) if uploaded >= limit => Err(Rejection::UploadedTooLate { uploaded, limit }),
        Some(_) => Ok(()),
    }
}

fn allowed_python(artifact: &Artifact, python: Option<&Version>) -> Result<(), Rejection> {
    match (&artifact.requires_python, python) {
        (Some(required), Some(python)) if !required.contains(python) => {
            Err(Rejection::RequiresPython(required.clone()))
        }
        _ => Ok(()),
    }
}

fn not_withdrawn(artifact: &Artifact, pinned: bool) -> Result<(), Rejection> {
    match &artifact.yanked {
        Yanked::Yes(reason) if !pinned => Err(Rejection::Yanked(reason.clone())),
        _ => Ok(()),
    }
}

/// Whether the file's hash is listed. A file of which the index promises no hash of a listed algorithm may be right: its download
/// will tell ([`crate::IndexClient::digest`]).
fn listed_hash(artifact: &Artifact, listed: &[Digest]) -> Result<bool, Rejection> {
    if artifact.hashes.iter().any(|promised| listed.contains(promised)) {
        return Ok(true);
    }
    let comparable = |promised: &Digest| listed.iter().any(|digest| digest.algorithm == promised.algorithm);
    if artifact.hashes.iter().any(comparable) { Err(Rejection::HashMismatch) } else { Ok(false) }
}
