//! The knot between resolving and fetching: what the search asks ([`resolver::Provider`]) is
//! answered from the cache or the indexes, ahead of the question where it can be guessed; and
//! pins become wheels in the cache.
//!
//! A wheel is fetched as soon as the search decides on its version for the first time, since most first decisions last.
//!
//! Reading the cache happens on rayon's threads and on the search's own; only what is not there goes to
//! the runtime. Guesses follow the newest usable version of each project, its dependencies, and so on,
//! without waiting for the search; what the search blocks on it claims and does itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cache::CachedWheel;
use distribution::{
    Artifact, ArtifactKind, Candidate, CoreMetadata, Digest, DirectUrl, HashAlgorithm, Rejection, Sha256,
    Yanked,
};
use index::{IndexClient, IndexError, Project, SelectionRules, require_upload_times, select};
use requirement::{ExtraName, ProjectName, Requirement, Version, VersionRanges};
use resolver::{Dependencies, Provider, ProviderError, Request, Usability};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::direct::DirectSource;
use crate::downloads::Downloads;
use crate::error::SharedError;
use crate::references::{Reference, References, Verdict};
use crate::runtime::Runtime;
use crate::slot::Slot;
use crate::source::Sources;
use crate::{Cancellation, Event, OperationError};

mod look_ahead;
mod messages;

use messages::rejection_text;

type ProjectSlot = Slot<Result<Arc<Project>, SharedError>>;
type MetadataSlot = Slot<Result<Arc<CoreMetadata>, SharedError>>;
/// A wheel on its way.
pub(crate) type WheelSlot = Slot<Result<CachedWheel, SharedError>>;
/// The best file of a version, or why there is none.
type Selection = Result<Candidate, Vec<(Artifact, Rejection)>>;

/// Wheels larger than this, in bytes, are fetched only when the search has ended: a wrong guess would cost too much.
const LARGEST_GUESS: u64 = 32 << 20;

/// A wheel that the user gave by path or URL, or what was built from it: the only version of its project.
#[derive(Debug, Clone)]
pub(crate) struct DirectWheel {
    /// The unpacked wheel; none while nothing is built ([`crate::Purpose::builds_later`]).
    pub(crate) wheel: Option<CachedWheel>,
    /// Its metadata.
    pub(crate) metadata: Arc<CoreMetadata>,
    /// Where it came from.
    pub(crate) direct_url: DirectUrl,
    /// Whether it is installed though the same version is there: its content may have changed.
    pub(crate) always_new: bool,
    /// Whether the user named its project: `name @ place`.
    pub(crate) is_named: bool,
    /// The thing itself.
    pub(crate) source: DirectSource,
}

impl DirectWheel {
    /// How pip names it in a conflict: `alpha 1.0 (from file:///...)`.
    pub(crate) fn title(&self) -> String {
        let Self { metadata, direct_url, .. } = self;
        format!("{} {} (from {})", metadata.name_text, metadata.version, network::redacted(&direct_url.url))
    }
}

/// Answers the search. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Preparer {
    shared: Arc<Shared>,
}

struct Shared {
    index: IndexClient,
    sources: Sources,
    rules: SelectionRules,
    request: Request,
    installed: FxHashMap<ProjectName, install::InstalledDistribution>,
    /// The metadata of installed distributions that was read.
    known: Mutex<FxHashMap<ProjectName, Arc<CoreMetadata>>>,
    direct: FxHashMap<ProjectName, DirectWheel>,
    references: References,
    /// The reference that has to be followed first, at which the search has ended.
    unmet: Mutex<Option<Reference>>,
    runtime: Arc<Runtime>,
    cancellation: Cancellation,
    projects: Mutex<FxHashMap<ProjectName, Arc<ProjectSlot>>>,
    versions: Mutex<FxHashMap<ProjectName, Arc<[Version]>>>,
    selections: Mutex<FxHashMap<(ProjectName, Version), Arc<Selection>>>,
    metadata: Mutex<FxHashMap<(ProjectName, Version), Arc<MetadataSlot>>>,
    /// Wheels that are fetched, or were: of each project the version decided first, then those of the answer.
    wheels: Mutex<FxHashMap<(ProjectName, Version), Arc<WheelSlot>>>,
    /// Projects of which a version has been decided.
    decided: Mutex<FxHashSet<ProjectName>>,
    /// Projects of which a source distribution is built, or was.
    built: Mutex<FxHashSet<ProjectName>>,
    /// Whether wheels are wanted at all.
    fetches_wheels: bool,
    downloads: Arc<Downloads>,
    /// What has been looked ahead at already.
    guessed: Mutex<FxHashSet<(ProjectName, Version, Vec<ExtraName>)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a [`Preparer`] is made from.
pub(crate) struct PreparerParts {
    pub(crate) sources: Sources,
    pub(crate) rules: SelectionRules,
    pub(crate) request: Request,
    pub(crate) installed: FxHashMap<ProjectName, install::InstalledDistribution>,
    pub(crate) direct: FxHashMap<ProjectName, DirectWheel>,
    /// What is known of requirements by URL.
    pub(crate) references: References,
    /// Whether wheels are to be fetched (not for a dry run).
    pub(crate) fetches_wheels: bool,
    pub(crate) downloads: Arc<Downloads>,
}

impl Preparer {
    pub(crate) fn new(parts: PreparerParts) -> Self {
        Self {
            shared: Arc::new(Shared {
                index: parts.sources.means().index.clone(),
                runtime: Arc::clone(&parts.sources.means().runtime),
                cancellation: parts.sources.context().cancellation.clone(),
                sources: parts.sources,
                rules: parts.rules,
                request: parts.request,
                installed: parts.installed,
                known: Mutex::default(),
                direct: parts.direct,
                references: parts.references,
                unmet: Mutex::default(),
                projects: Mutex::default(),
                versions: Mutex::default(),
                selections: Mutex::default(),
                metadata: Mutex::default(),
                wheels: Mutex::default(),
                decided: Mutex::default(),
                built: Mutex::default(),
                fetches_wheels: parts.fetches_wheels,
                downloads: parts.downloads,
                guessed: Mutex::default(),
            }),
        }
    }

    /// The reference that has to be followed before the search can go on.
    pub(crate) fn unmet(&self) -> Option<Reference> {
        locked(&self.shared.unmet).take()
    }

    /// The question that this preparer was made for.
    pub(crate) fn request(&self) -> &Request {
        &self.shared.request
    }

    /// What indexes list of a project.
    pub(crate) fn project(&self, project: &ProjectName) -> Result<Arc<Project>, SharedError> {
        self.shared.project(project)
    }

    /// Which files may be used.
    pub(crate) fn rules(&self) -> &SelectionRules {
        &self.shared.rules
    }

    /// What builds.
    pub(crate) fn sources(&self) -> &Sources {
        &self.shared.sources
    }

    /// The wheel the user gave for `project`, if one was given.
    pub(crate) fn direct(&self, project: &ProjectName) -> Option<&DirectWheel> {
        self.shared.direct.get(project)
    }

    /// The file that stands for a version of the answer.
    pub(crate) fn candidate(
        &self,
        project: &ProjectName,
        version: &Version,
    ) -> Result<Option<Candidate>, SharedError> {
        let shared = &self.shared;
        let known = shared.project(project)?;
        Ok(shared.selection(&known, project, version).as_ref().as_ref().ok().cloned())
    }

    /// The SHA-256 of the file of a version: the wheel or source archive is fetched for it.
    pub(crate) fn sha256(&self, candidate: &Candidate) -> Result<Sha256, OperationError> {
        if is_sdist(&candidate.artifact) {
            return self.shared.sources.artifact_hash(&candidate.artifact);
        }
        Ok(self.wheel(candidate)?.sha256)
    }

    /// A hash of the file of a version: the one that is promised, else its SHA-256.
    pub(crate) fn hash(&self, candidate: &Candidate) -> Result<Digest, OperationError> {
        match candidate.artifact.hashes.first() {
            Some(promised) => Ok(promised.clone()),
            None => Ok(self.sha256(candidate)?.into()),
        }
    }

    /// The text of the metadata of a version.
    pub(crate) fn metadata_text(&self, candidate: &Candidate) -> Result<String, OperationError> {
        if self.shared.fetches_wheels {
            return Ok(self.wheel(candidate)?.metadata_text()?);
        }
        if is_sdist(&candidate.artifact) {
            return self.shared.sources.artifact_metadata_text(&candidate.artifact);
        }
        let (index, artifact) = (self.shared.index.clone(), Arc::clone(&candidate.artifact));
        let read = async move { index.metadata_text(&artifact).await };
        let text = self.shared.runtime.wait(read, &self.shared.cancellation);
        Ok(text.ok_or(OperationError::Interrupted)??)
    }

    /// The wheel of a version, fetched or built if need be.
    fn wheel(&self, candidate: &Candidate) -> Result<CachedWheel, OperationError> {
        let wheel = self.fetch(candidate).wait(&self.shared.cancellation);
        Ok(wheel.unwrap_or_else(|| Err(OperationError::Interrupted.into()))?)
    }

    /// The wheel of a version, if it is at hand or on its way; nothing is asked of the network.
    pub(crate) fn known_wheel(&self, candidate: &Candidate) -> Option<Arc<WheelSlot>> {
        let key = (candidate.name.clone(), candidate.version.clone());
        if let Some(slot) = locked(&self.shared.wheels).get(&key) {
            return Some(Arc::clone(slot));
        }
        if is_sdist(&candidate.artifact) {
            return None;
        }
        let cached = self.shared.index.cached_wheel(&candidate.artifact).transpose()?;
        let slot = Slot::new();
        slot.fill(cached.map_err(SharedError::from));
        Some(Arc::new(slot))
    }

    /// The hash of a wheel in an algorithm.
    pub(crate) fn digest(
        &self,
        artifact: &Artifact,
        algorithm: HashAlgorithm,
    ) -> Result<Digest, OperationError> {
        self.shared.sources.means().digest(artifact, algorithm, &self.shared.cancellation)
    }

    /// Fetches the wheel of a version, if nobody does.
    pub(crate) fn fetch(&self, candidate: &Candidate) -> Arc<WheelSlot> {
        self.shared.fetch(&candidate.name, &candidate.version, &candidate.artifact)
    }
}

impl Shared {
    fn project_slot(&self, project: &ProjectName) -> Arc<ProjectSlot> {
        let mut projects = locked(&self.projects);
        if let Some(slot) = projects.get(project) {
            return Arc::clone(slot);
        }
        let slot = Arc::new(Slot::new());
        projects.insert(project.clone(), Arc::clone(&slot));
        slot
    }

    fn metadata_slot(&self, project: &ProjectName, version: &Version) -> Arc<MetadataSlot> {
        let key = (project.clone(), version.clone());
        Arc::clone(locked(&self.metadata).entry(key).or_insert_with(|| Arc::new(Slot::new())))
    }

    fn wheel_slot(&self, project: &ProjectName, version: &Version) -> Arc<WheelSlot> {
        let key = (project.clone(), version.clone());
        Arc::clone(locked(&self.wheels).entry(key).or_insert_with(|| Arc::new(Slot::new())))
    }

    /// Makes the project's value, if nobody does: now from the cache, else in the background.
    fn start_project(self: &Arc<Self>, project: &ProjectName, slot: &Arc<ProjectSlot>) {
        if !slot.claim() {
            return;
        }
        match self.index.cached_project(project) {
            Ok(Some(known)) => slot.fill(self.admitted(known)),
            Err(error) => slot.fill(Err(error.into())),
            Ok(None) => {
                let (shared, project, slot) = (Arc::clone(self), project.clone(), Arc::clone(slot));
                self.runtime.spawn(async move {
                    let known = shared.index.project(&project).await.map_err(SharedError::from);
                    slot.fill(known.and_then(|known| shared.admitted(known)));
                });
            }
        }
    }

    /// A project, if the rules can be kept with it.
    fn admitted(&self, known: Arc<Project>) -> Result<Arc<Project>, SharedError> {
        require_upload_times(&known, &self.rules)?;
        Ok(known)
    }

    fn project(self: &Arc<Self>, project: &ProjectName) -> Result<Arc<Project>, SharedError> {
        let slot = self.project_slot(project);
        self.start_project(project, &slot);
        slot.wait(&self.cancellation).unwrap_or_else(|| Err(OperationError::Interrupted.into()))
    }

    /// Makes the metadata of a candidate, if nobody does.
    fn start_metadata(self: &Arc<Self>, artifact: &Arc<Artifact>, slot: &Arc<MetadataSlot>) {
        if !slot.claim() {
            return;
        }
        if is_sdist(artifact) {
            let (sources, artifact, slot) = (self.sources.clone(), Arc::clone(artifact), Arc::clone(slot));
            // The first version is wanted for good, most likely; of those that follow few are.
            let for_good = self.fetches_wheels && locked(&self.built).insert(artifact.name().clone());
            // A build waits for processes and for other questions: it has a thread of its own.
            let shared = Arc::clone(self);
            std::thread::spawn(move || {
                let metadata = sources.artifact_metadata(&artifact, for_good).map_err(SharedError::from);
                slot.fill(if for_good { shared.without_build(metadata, &artifact) } else { metadata });
            });
            return;
        }
        match self.index.cached_metadata(artifact) {
            Ok(Some(metadata)) => slot.fill(Ok(metadata)),
            Err(error) => slot.fill(Err(error.into())),
            Ok(None) => {
                let (shared, artifact, slot) = (Arc::clone(self), Arc::clone(artifact), Arc::clone(slot));
                self.runtime.spawn(async move {
                    let metadata = shared.index.metadata(&artifact, &*shared.downloads).await;
                    slot.fill(metadata.map_err(SharedError::from));
                });
            }
        }
    }

    /// The metadata of a source distribution that could not be built for good: another version may be chosen for what this one
    /// needs. If none is, the failure is that of its wheel.
    fn without_build(
        &self,
        built: Result<Arc<CoreMetadata>, SharedError>,
        artifact: &Artifact,
    ) -> Result<Arc<CoreMetadata>, SharedError> {
        let Err(failure) = built else { return built };
        if !matches!(*failure.0, OperationError::Build(_)) {
            return Err(failure);
        }
        let Ok(metadata) = self.sources.artifact_metadata(artifact, false) else { return Err(failure) };
        let slot = self.wheel_slot(artifact.name(), artifact.version());
        if slot.claim() {
            slot.fill(Err(failure));
        }
        Ok(metadata)
    }

    /// The search has decided on a version: its wheel will most likely be wanted.
    fn fetch_early(self: &Arc<Self>, project: &ProjectName, version: &Version, artifact: &Arc<Artifact>) {
        let small = artifact.size.is_none_or(|size| size <= LARGEST_GUESS);
        if !self.fetches_wheels
            || !small
            || is_sdist(artifact)
            || !locked(&self.decided).insert(project.clone())
        {
            return;
        }
        let (shared, project, version) = (Arc::clone(self), project.clone(), version.clone());
        let artifact = Arc::clone(artifact);
        rayon::spawn(move || {
            shared.fetch(&project, &version, &artifact);
        });
    }

    fn fetch(
        self: &Arc<Self>,
        project: &ProjectName,
        version: &Version,
        artifact: &Arc<Artifact>,
    ) -> Arc<WheelSlot> {
        let slot = self.wheel_slot(project, version);
        if !slot.claim() {
            return slot;
        }
        if is_sdist(artifact) {
            let (sources, artifact, filled) = (self.sources.clone(), Arc::clone(artifact), Arc::clone(&slot));
            std::thread::spawn(move || {
                filled.fill(sources.artifact_wheel(&artifact).map_err(SharedError::from))
            });
        } else {
            match self.index.cached_wheel(artifact).transpose() {
                Some(cached) => slot.fill(cached.map_err(SharedError::from)),
                None => {
                    let (shared, artifact, filled) =
                        (Arc::clone(self), Arc::clone(artifact), Arc::clone(&slot));
                    self.runtime.spawn(async move {
                        let wheel = shared.index.wheel(&artifact, &*shared.downloads).await;
                        filled.fill(wheel.map_err(SharedError::from));
                    });
                }
            }
        }
        slot
    }

    /// The best file of a version, chosen once.
    fn selection(&self, known: &Project, project: &ProjectName, version: &Version) -> Arc<Selection> {
        let key = (project.clone(), version.clone());
        if let Some(selection) = locked(&self.selections).get(&key) {
            return Arc::clone(selection);
        }
        let selection = select(known, version, &self.rules, false)
            .or_else(|rejections| select(known, version, &self.rules, true).map_err(|_| rejections));
        let selection = Arc::new(selection);
        locked(&self.selections).insert(key, Arc::clone(&selection));
        selection
    }

    fn dependencies_of(
        self: &Arc<Self>,
        project: &ProjectName,
        version: &Version,
    ) -> Result<Dependencies, ProviderError> {
        if let Some(direct) = self.direct.get(project) {
            return Ok(Dependencies::Known(Arc::clone(&direct.metadata)));
        }
        let known = self.project(project)?;
        let selection = self.selection(&known, project, version);
        let candidate = match &*selection {
            Ok(candidate) => candidate,
            Err(rejections) => return Ok(Dependencies::Unavailable(rejection_text(rejections))),
        };
        let slot = self.metadata_slot(project, version);
        self.start_metadata(&candidate.artifact, &slot);
        self.fetch_early(project, version, &candidate.artifact);
        match slot.wait(&self.cancellation).unwrap_or_else(|| Err(OperationError::Interrupted.into())) {
            Ok(metadata) => Ok(self.checked(metadata)),
            Err(SharedError(error)) => match &*error {
                OperationError::Index(IndexError::Metadata { .. } | IndexError::OtherDistribution { .. }) => {
                    Ok(Dependencies::Unavailable(error.to_string()))
                }
                // What the user asked for is worth an error; another version may do for the rest.
                OperationError::Build(_) if !self.is_asked_for(project) => {
                    let reason = format!("it cannot be built: {error}");
                    let warning = format!("{project} {version} is passed over: {reason}");
                    self.sources.context().reporter.event(Event::Warning(&warning));
                    Ok(Dependencies::Unavailable(reason))
                }
                _ => Err(SharedError(error).into()),
            },
        }
    }

    fn is_asked_for(&self, project: &ProjectName) -> bool {
        self.request.roots.iter().any(|root| &root.requirement.name == project)
    }

    /// `Requires-Python` in the metadata counts where the index did not give it.
    fn checked(&self, metadata: Arc<CoreMetadata>) -> Dependencies {
        match (&metadata.requires_python, &self.rules.python) {
            (Some(specifiers), Some(python)) if !specifiers.contains(python) => {
                Dependencies::Unavailable(format!("it requires Python {specifiers}"))
            }
            _ => Dependencies::Known(metadata),
        }
    }

    /// Whether the file of a version lies on the public index.
    fn is_public(self: &Arc<Self>, project: &ProjectName, version: &Version) -> Result<bool, SharedError> {
        let Some(public) = self.sources.options().public_index.as_deref() else { return Ok(false) };
        let known = self.project(project)?;
        let selection = self.selection(&known, project, version);
        let candidate = selection.as_ref().as_ref();
        Ok(candidate.is_ok_and(|candidate| candidate.artifact.source.trim_end_matches('/') == public))
    }

    fn reference(self: &Arc<Self>, reference: Reference) -> Result<Option<String>, ProviderError> {
        let Reference { project, version, requirement } = &reference;
        // What a place that the user named requires was had with it.
        if self.direct.contains_key(project) {
            return Ok(None);
        }
        let is_installed = |project: &ProjectName| self.request.installed.get(project);
        match is_installed(project).filter(|installed| installed.version == *version) {
            // What is there serves what is there, wherever it came from.
            Some(_) if is_installed(&requirement.name).is_some() => return Ok(None),
            Some(_) => {}
            None if self.is_public(project, version)? => {
                let text = network::redacted(&requirement.to_string());
                return Ok(Some(format!(
                    "it requires {text}, and what is on PyPI may require nothing by URL: name it yourself"
                )));
            }
            None => {}
        }
        match self.references.judge(&reference, self.direct.contains_key(&requirement.name)) {
            Verdict::Met => Ok(None),
            Verdict::Refused(reason) => Ok(Some(reason)),
            Verdict::Unmet => {
                *locked(&self.unmet) = Some(reference);
                Err(SharedError::from(OperationError::Interrupted).into())
            }
        }
    }
}

fn is_sdist(artifact: &Artifact) -> bool {
    matches!(artifact.kind, ArtifactKind::Sdist(_))
}

impl Provider for Preparer {
    fn expect(&self, project: &ProjectName, range: &VersionRanges) {
        let (shared, project, range) = (Arc::clone(&self.shared), project.clone(), range.clone());
        rayon::spawn(move || shared.look_ahead(project, range, Vec::new()));
    }

    fn expect_versions(&self, project: &ProjectName, versions: &[Version]) {
        let (shared, project, versions) = (Arc::clone(&self.shared), project.clone(), versions.to_vec());
        rayon::spawn(move || {
            let Ok(known) = shared.project(&project) else { return };
            for version in versions {
                match &*shared.selection(&known, &project, &version) {
                    // To know what it needs its code would have to run, and most of these are never asked for.
                    Ok(candidate) if is_sdist(&candidate.artifact) => {}
                    Ok(candidate) => shared.look_into(candidate, Vec::new()),
                    Err(_) => {}
                }
            }
        });
    }

    fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
        if let Some(direct) = self.shared.direct.get(project) {
            return Ok(Arc::from([direct.metadata.version.clone()]));
        }
        if let Some(versions) = locked(&self.shared.versions).get(project) {
            return Ok(Arc::clone(versions));
        }
        let versions: Arc<[Version]> = self.shared.project(project)?.versions().into();
        locked(&self.shared.versions).insert(project.clone(), Arc::clone(&versions));
        Ok(versions)
    }

    fn usability(&self, project: &ProjectName, version: &Version) -> Result<Usability, ProviderError> {
        if self.shared.direct.contains_key(project) {
            return Ok(Usability::Usable);
        }
        let known = self.shared.project(project)?;
        Ok(match &*self.shared.selection(&known, project, version) {
            Ok(candidate) if candidate.artifact.yanked != Yanked::No => Usability::Yanked,
            Ok(candidate) if is_sdist(&candidate.artifact) => Usability::FromSource,
            Ok(_) => Usability::Usable,
            Err(rejections) => Usability::Unusable(rejection_text(rejections)),
        })
    }

    fn dependencies(
        &self,
        project: &ProjectName,
        version: &Version,
        installed: bool,
    ) -> Result<Dependencies, ProviderError> {
        let Some(distribution) = self.shared.installed.get(project).filter(|_| installed) else {
            return self.shared.dependencies_of(project, version);
        };
        if let Some(metadata) = locked(&self.shared.known).get(project) {
            return Ok(Dependencies::Known(Arc::clone(metadata)));
        }
        Ok(match distribution.metadata() {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                locked(&self.shared.known).insert(project.clone(), Arc::clone(&metadata));
                Dependencies::Known(metadata)
            }
            Err(error) => Dependencies::Unavailable(error.to_string()),
        })
    }

    fn reference(
        &self,
        project: &ProjectName,
        version: &Version,
        requirement: &Requirement,
    ) -> Result<Option<String>, ProviderError> {
        let (project, version, requirement) = (project.clone(), version.clone(), requirement.clone());
        self.shared.reference(Reference { project, version, requirement })
    }
}
