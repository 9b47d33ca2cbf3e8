//! What the user names by path or URL: wheels, archives, directories, repositories. They are had, and built where need
//! be, before the search, since they decide names and versions.

mod material;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use build::{Expected, Product, SourceKind};
use cache::CachedWheel;
use distribution::{
    Artifact, ArtifactKind, CoreMetadata, Digest, DirectUrl, DirectUrlKind, HashAlgorithm, SdistFormat,
};
use index::RemoteFile;
use requirement::{DirectReference, ProjectName, ReferenceLocation, Requirement, RequirementSource};
use resolver::{Conflict, Origin, Reason};
use rustc_hash::FxHashMap;
use vcs::VcsUrl;

pub(crate) use material::{DirectSource, Memory};
use material::{known, named_by_fragment, named_in};

use crate::collect::{Collected, Wanted, WantedKind};
use crate::downloads::Downloads;
use crate::hashes;
use crate::hashes::among;
use crate::prepare::DirectWheel;
use crate::references::References;
use crate::source::{Sources, Tree, digest_of};
use crate::{Event, Existing, HashProblem, OperationError, Purpose};

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

    /// The project of each reference.
    pub(crate) fn names(&self) -> FxHashMap<String, ProjectName> {
        let names = self.references.iter();
        names.map(|(text, requirement)| (text.clone(), requirement.name.clone())).collect()
    }
}

/// Gets everything that is named by place, in requirements and in constraints (which then pin their project), and what
/// others were found to require by URL.
pub(crate) fn fetch(
    collected: &Collected,
    references: &References,
    sources: &Sources,
) -> Result<DirectWheels, OperationError> {
    let mut direct = DirectWheels::default();
    let markers = sources.options().markers(sources.environment());
    let pinned = collected.constraints.iter().map(|constraint| Wanted {
        kind: WantedKind::Named(constraint.requirement.clone()),
        hashes: Vec::new(),
        config_settings: Vec::new(),
        origin: constraint.origin.clone(),
        directory: PathBuf::new(),
    });
    let is_hash_demanded = hashes::are_demanded(collected);
    let mut problems = Vec::new();
    // What a place that the user named requires by URL is named by the user too, in the end.
    let mut pending: VecDeque<Wanted> =
        collected.wanted.iter().cloned().chain(pinned).chain(references.wanted()).collect();
    while let Some(wanted) = pending.pop_front() {
        let (text, editable) = match &wanted.kind {
            WantedKind::Named(requirement) => match requirement.url() {
                None => continue,
                Some(_) if !requirement.applies(markers, &[]) => continue,
                Some(url) => (url.to_owned(), false),
            },
            WantedKind::Reference { text, editable } => (text.clone(), *editable),
        };
        let mut reference: DirectReference = text.parse().map_err(|source| {
            OperationError::invalid_requirement(&text, source, &wanted.origin, &wanted.directory)
        })?;
        if let Some(marker) = reference.marker.as_ref().filter(|marker| !marker.evaluate(markers, &[])) {
            let project = reference.name.as_ref().map_or_else(|| text.clone(), ToString::to_string);
            let (project, marker) = (network::redacted(&project), marker.to_string());
            sources.context().reporter.event(Event::Ignoring { project: &project, marker: &marker });
            continue;
        }
        if let WantedKind::Named(requirement) = &wanted.kind {
            reference.name = Some(requirement.name.clone());
            reference.extras.extend(requirement.extras.iter().cloned());
        }
        let known = reference.name.as_ref().and_then(|name| direct.wheels.get(name));
        if wanted.origin == Origin::Metadata && known.is_some() {
            continue; // found already, by the user or on another way
        }
        let place = Place { sources, wanted: &wanted, reference: &reference, editable, is_hash_demanded };
        let found = match sources.means().direct.found(&place) {
            Err(OperationError::Hashes(unhashable)) if unhashable.iter().all(HashProblem::is_of_kind) => {
                problems.extend(unhashable);
                continue;
            }
            found => found?,
        };
        require_python(&found, sources)?;
        let name = found.metadata.name.clone();
        if let Some(expected) = reference.name.as_ref().filter(|expected| **expected != name) {
            return Err(unusable(&found.direct_url.url, format!("it is {name}, not {expected}")));
        }
        if !sources.options().no_dependencies {
            let requirements = found.metadata.requires_dist.iter();
            let by_url = requirements.filter(|requirement| requirement.url().is_some());
            let needed = by_url.filter(|requirement| requirement.applies(markers, &reference.extras));
            let directory = &wanted.directory;
            pending.extend(needed.map(|requirement| Wanted::stated(requirement, directory)));
        }
        if let WantedKind::Reference { text, .. } = &wanted.kind {
            let requirement = Requirement {
                name: name.clone(),
                // pip knows a wheel by its file name, anything else by its metadata.
                name_text: match named_by_fragment(&reference) {
                    Some(named) => named.into(),
                    None if found.direct_url.url.ends_with(".whl") => name.as_str().into(),
                    None => found.metadata.name_text.as_ref().into(),
                },
                extras: reference.extras,
                source: RequirementSource::Url(found.direct_url.url.as_str().into()),
                marker: reference.marker,
            };
            direct.references.insert(text.clone(), requirement);
        }
        if let Some(other) = direct.wheels.get(&name).filter(|other| other.direct_url != found.direct_url) {
            let both = [other, &found].map(DirectWheel::title);
            let reasons = both.iter().zip([&Origin::CommandLine, &wanted.origin]);
            let reasons = reasons.map(|(title, origin)| Reason::Requested {
                requirement: title.clone(),
                origin: origin.clone(),
            });
            return Err(OperationError::Conflict(Conflict {
                requested: both.to_vec(),
                reasons: reasons.collect(),
            }));
        }
        direct.wheels.insert(name, found);
    }
    if problems.is_empty() { Ok(direct) } else { Err(OperationError::Hashes(problems)) }
}

/// What the user names must run on the Python that is asked for.
fn require_python(found: &DirectWheel, sources: &Sources) -> Result<(), OperationError> {
    let python = sources.options().python(sources.environment());
    match &found.metadata.requires_python {
        Some(specifiers) if !sources.options().ignore_requires_python && !specifiers.contains(&python) => {
            Err(OperationError::DifferentPython {
                project: found.metadata.name_text.to_string(),
                specifiers: specifiers.to_string(),
                python,
            })
        }
        _ => Ok(()),
    }
}

/// One place that the user named.
struct Place<'a> {
    sources: &'a Sources,
    wanted: &'a Wanted,
    reference: &'a DirectReference,
    editable: bool,
    /// Hash-checking mode is on.
    is_hash_demanded: bool,
}

impl Place<'_> {
    fn text(&self) -> &str {
        match &self.reference.location {
            ReferenceLocation::Path(place) | ReferenceLocation::Url(place) => place,
        }
    }

    fn wheel(&self) -> Result<DirectWheel, OperationError> {
        let text = self.text();
        if self.editable && self.is_hash_demanded {
            return Err(OperationError::EditableHash(network::redacted(text)));
        }
        let unhashable = |problem: fn(String) -> HashProblem| {
            Err(OperationError::Hashes(vec![problem(network::redacted(text))]))
        };
        if VcsUrl::is_vcs(text) {
            if self.is_hash_demanded {
                return unhashable(|requirement| HashProblem::Repository { requirement });
            }
            return self.repository(&VcsUrl::parse(text)?);
        }
        let file = self.file()?;
        let path = index::path_of_file_url(&file.url);
        match path {
            Some(path) if !path.exists() => Err(self.missing(path, &file.filename)),
            Some(path) if path.is_dir() && self.is_hash_demanded => {
                unhashable(|requirement| HashProblem::Directory { requirement })
            }
            Some(path) if path.is_dir() => self.directory(&path),
            _ if self.editable => Err(OperationError::InvalidEditable(network::redacted(text))),
            Some(_) if !is_archive(&file.filename) => Err(self.no_requirement()),
            None if !is_archive(&file.filename) => Err(unusable(
                text,
                "its name ends neither as that of a wheel nor as that of a source archive".to_owned(),
            )),
            path => {
                match path {
                    Some(_) => self.event(Event::Processing(text)),
                    None => self.collecting(&network::redacted(text)),
                }
                if file.filename.ends_with(".whl") {
                    self.built(file)
                } else {
                    self.archive(file, path.is_some())
                }
            }
        }
    }

    /// The error for a path where there is nothing.
    fn missing(&self, path: PathBuf, filename: &str) -> OperationError {
        if self.editable {
            return OperationError::InvalidEditable(network::redacted(self.text()));
        }
        let is_path = matches!(self.reference.location, ReferenceLocation::Path(_));
        if is_path && !is_archive(filename) {
            return self.no_requirement();
        }
        if is_path {
            self.event(Event::Warning(&format!(
                "Requirement '{}' looks like a filename, but the file does not exist",
                self.text()
            )));
            self.event(Event::Processing(self.text()));
        }
        OperationError::MissingFile { path, origin: origin_text(self.wanted) }
    }

    /// The error for a path that leads to nothing that could be installed: pip takes it for a requirement then.
    fn no_requirement(&self) -> OperationError {
        let text = self.text();
        match text.parse::<Requirement>() {
            Err(source) => {
                OperationError::invalid_requirement(text, source, &self.wanted.origin, &self.wanted.directory)
            }
            Ok(_) => unusable(text, "it is neither a project nor an archive".to_owned()),
        }
    }

    /// Tells that what lies at a URL, `shown` without secrets, is fetched, under the name it has for the user.
    fn collecting(&self, shown: &str) {
        let name = match &self.wanted.kind {
            WantedKind::Named(requirement) => format!("{} @ ", requirement.name_text),
            WantedKind::Reference { .. } => String::new(),
        };
        let requirement = format!("{name}{shown}");
        self.event(Event::Collecting { requirement: &requirement, from: origin_text(self.wanted).trim() });
    }

    fn event(&self, event: Event<'_>) {
        self.sources.context().reporter.event(event);
    }

    /// The file or directory, as an absolute URL.
    fn file(&self) -> Result<RemoteFile, OperationError> {
        let place = match &self.reference.location {
            ReferenceLocation::Path(path) => self.wanted.directory.join(&**path).display().to_string(),
            ReferenceLocation::Url(url) => url.to_string(),
        };
        Ok(self.sources.means().index.remote_file(&place)?)
    }

    /// A wheel that somebody else built.
    fn built(&self, file: RemoteFile) -> Result<DirectWheel, OperationError> {
        let sources = self.sources;
        let artifact: Artifact = sources.means().index.direct_wheel(&file.url, &file.hashes)?;
        let url = artifact.url.to_string();
        let tags = sources.options().tags(sources.environment());
        if let ArtifactKind::Wheel(filename) = &artifact.kind
            && tags.rank(&filename.tags).is_none()
        {
            return Err(OperationError::UnsupportedWheel(artifact.filename.to_string()));
        }
        // Who wants the archive gets it first, and unpacks what then lies on this machine.
        let artifact = match sources.options().purpose.keeps_archives() {
            true => {
                let archive = sources.archive(file.clone())?;
                Artifact { url: index::file_url(&archive.path).into(), ..artifact }
            }
            false => artifact,
        };
        let wheel = match sources.means().index.cached_wheel(&artifact)? {
            Some(wheel) => wheel,
            None => {
                let reporter = Downloads::loud(Arc::clone(&sources.context().reporter));
                let (index, artifact) = (sources.means().index.clone(), artifact.clone());
                let fetch = async move { index.wheel(&artifact, &reporter).await };
                let fetched = sources.means().runtime.wait(fetch, &sources.context().cancellation);
                fetched.ok_or(OperationError::Interrupted)??
            }
        };
        let sha256 = Digest::from(wheel.sha256);
        among(&self.wanted.hashes, &url, |algorithm| match algorithm {
            HashAlgorithm::Sha256 => Ok(sha256.clone()),
            other => sources.means().digest(&artifact, other, &sources.context().cancellation),
        })?;
        let kind = DirectUrlKind::Archive { hashes: vec![("sha256".to_owned(), sha256.hex.to_string())] };
        let mut file = file;
        file.hashes.push(sha256);
        let metadata = wheel.metadata()?;
        let direct_url = DirectUrl { url, subdirectory: None, kind };
        self.found((Some(wheel), metadata), direct_url, false, DirectSource::Wheel(file))
    }

    /// A source archive.
    fn archive(&self, file: RemoteFile, is_local: bool) -> Result<DirectWheel, OperationError> {
        let (sources, url) = (self.sources, file.url.to_string());
        let archive = sources.archive(file)?;
        let subdirectory = self.reference.fragment_value("subdirectory").map(str::to_owned);
        sources.unpacked(&archive, |tree, sha256| {
            among(&self.wanted.hashes, &url, |algorithm| digest_of(&archive, sha256, algorithm))?;
            let sha256 = Digest::from(sha256);
            let tree = Tree {
                subdirectory: subdirectory.clone(),
                kind: if subdirectory.is_some() { SourceKind::Tree } else { tree.kind },
                expected: self.expected(),
                config_settings: self.config_settings(),
                ..tree
            };
            let kind = DirectUrlKind::Archive { hashes: vec![("sha256".to_owned(), sha256.hex.to_string())] };
            let direct_url = DirectUrl { url, subdirectory, kind };
            let product = self.product_of(&tree, Product::Wheel, Some(&archive.filename))?;
            let later = Tree { root: PathBuf::new(), expected: known(&product), ..tree };
            self.found(product, direct_url, is_local, DirectSource::Archive(archive.clone(), later))
        })
    }

    /// A directory, built where it is.
    fn directory(&self, path: &Path) -> Result<DirectWheel, OperationError> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let url = index::file_url(&path);
        let has_project = ["pyproject.toml", "setup.py"].iter().any(|name| path.join(name).is_file());
        if !has_project && !self.editable && self.reference.fragment_value("subdirectory").is_none() {
            return Err(OperationError::NotInstallable(network::redacted(self.text())));
        }
        match self.editable {
            true => self.event(Event::Obtaining(&url)),
            false => self.event(Event::Processing(self.text())),
        }
        let subdirectory = self.reference.fragment_value("subdirectory").map(str::to_owned);
        let tree = self.tree(path, subdirectory.clone(), None);
        let product = self.product_of(&tree, self.product(), None)?;
        let tree = Tree { expected: known(&product), ..tree };
        let kind = DirectUrlKind::Directory { editable: self.editable };
        self.found(product, DirectUrl { url, subdirectory, kind }, true, DirectSource::Directory(tree))
    }

    /// A repository: checked out for the build, or for good where it is to be edited.
    fn repository(&self, url: &VcsUrl) -> Result<DirectWheel, OperationError> {
        let sources = self.sources;
        let cancellation = &sources.context().cancellation;
        let cancelled = || cancellation.is_cancelled();
        let options = vcs::Options {
            interactive: sources.options().build.interactive,
            cancelled: Some(&cancelled),
            ..vcs::Options::default()
        };
        let shown = vcs::redacted(self.text());
        let mut scratch = None;
        let directory = if self.editable {
            let name = self.reference.name.as_ref().or(url.name()).ok_or_else(|| {
                unusable(
                    &shown,
                    "an editable repository needs a name: write name @ URL, or add #egg=name".to_owned(),
                )
            })?;
            sources.options().build.checkouts.join(name.as_str())
        } else {
            let made = sources.context().cache.scratch_directory()?;
            scratch.insert(Arc::new(made)).path().join("checkout")
        };
        if self.editable {
            self.event(Event::Obtaining(&shown));
        } else {
            self.collecting(&shown);
        }
        self.event(Event::Cloning { url: &shown, directory: &directory });
        let checkout = match vcs::inspect(url, &directory, &options)? {
            vcs::Existing::Nothing => vcs::checkout(url, &directory, &options)?,
            vcs::Existing::SameRepository => vcs::update(url, &directory, &options)?,
            existing @ (vcs::Existing::OtherRepository { .. } | vcs::Existing::NotARepository) => {
                self.in_the_way(url, &directory, &existing, &options)?
            }
        };
        self.event(Event::AtCommit { url: &shown, commit: &checkout.commit_id });
        let identity = format!("{} {} {}", url.kind().name(), url.repository(), checkout.commit_id);
        let identity = (!self.editable).then_some(identity);
        let subdirectory = url.subdirectory().map(str::to_owned);
        let tree = self.tree(checkout.project.clone(), None, identity);
        let product = self.product_of(&tree, self.product(), None)?;
        let direct_url = if self.editable {
            let url = index::file_url(&checkout.project);
            DirectUrl { url, subdirectory: None, kind: DirectUrlKind::Directory { editable: true } }
        } else {
            let kind = DirectUrlKind::Vcs {
                vcs: url.kind().name().to_owned(),
                requested_revision: checkout.requested_revision,
                commit_id: checkout.commit_id,
            };
            DirectUrl { url: vcs::redacted(url.repository()), subdirectory, kind }
        };
        // Only who builds or packs it later has to have it still.
        let tree = Tree { expected: known(&product), ..tree };
        let _scratch = scratch.filter(|_| sources.options().purpose.builds_later());
        self.found(product, direct_url, false, DirectSource::Checkout { tree, _scratch })
    }

    /// Something else stands where the checkout is to be: `--exists-action` says what becomes of it.
    fn in_the_way(
        &self,
        url: &VcsUrl,
        directory: &Path,
        existing: &vcs::Existing,
        options: &vcs::Options<'_>,
    ) -> Result<vcs::Checkout, OperationError> {
        let shown = vcs::redacted(self.text());
        let is_repository = matches!(existing, vcs::Existing::OtherRepository { .. });
        let what = match existing {
            vcs::Existing::OtherRepository { url: Some(other) } => format!("a checkout of {other}"),
            _ => "something else".to_owned(),
        };
        let place = directory.display();
        match self.sources.options().build.existing {
            Some(Existing::Switch) if is_repository => Ok(vcs::switch(url, directory, options)?),
            Some(Existing::Ignore) if is_repository => Ok(vcs::current(url, directory, options)?),
            Some(Existing::Wipe) => {
                self.event(Event::Warning(&format!("Deleting {place}")));
                let removed = std::fs::remove_dir_all(directory);
                removed
                    .map_err(|source| OperationError::NotWritable { path: directory.to_owned(), source })?;
                Ok(vcs::checkout(url, directory, options)?)
            }
            Some(Existing::BackUp) => {
                let numbers =
                    std::iter::once(String::new()).chain((2..).map(|number: u32| number.to_string()));
                let aside = numbers
                    .map(|number| directory.with_added_extension(format!("bak{number}")))
                    .find(|path| !path.exists())
                    .unwrap_or_default();
                self.event(Event::Warning(&format!("Backing up {place} to {}", aside.display())));
                let moved = std::fs::rename(directory, &aside);
                moved.map_err(|source| OperationError::NotWritable { path: directory.to_owned(), source })?;
                Ok(vcs::checkout(url, directory, options)?)
            }
            Some(Existing::Switch | Existing::Ignore | Existing::Abort) | None => Err(unusable(
                &shown,
                format!(
                    "{place} is there already, and is {what}; --exists-action says what to do: (s)witch, (i)gnore, (w)ipe, \
                     (b)ackup"
                ),
            )),
        }
    }

    /// A wheel that leads to the tree is of use where it is installed; to take along, it is a wheel as any other.
    fn product(&self) -> Product {
        let stays_here = matches!(self.sources.options().purpose, Purpose::Install | Purpose::Lock);
        if self.editable && stays_here { Product::Editable } else { Product::Wheel }
    }

    /// The wheel that a tree builds, or while that can wait what is known of it.
    fn product_of(
        &self,
        tree: &Tree,
        product: Product,
        archive: Option<&str>,
    ) -> Result<(Option<CachedWheel>, CoreMetadata), OperationError> {
        let options = self.sources.options();
        if !options.purpose.builds_later() {
            let wheel = self.sources.wheel(tree, product)?;
            let metadata = wheel.metadata()?;
            return Ok((Some(wheel), metadata));
        }
        // Who saves an archive alone need know no more of it than its name says.
        if options.purpose == Purpose::Save
            && options.no_dependencies
            && let Some(metadata) =
                archive.and_then(|archive| named_in(archive, self.reference.name.as_ref()))
        {
            return Ok((None, metadata));
        }
        let known = match product {
            Product::Editable => None, // its backend may add dependencies
            Product::Wheel | Product::Sdist => self.sources.open(tree)?.static_metadata()?,
        };
        match known {
            Some(metadata) => Ok((None, metadata)),
            None => Ok((None, self.sources.built_metadata(tree, product)?)),
        }
    }

    fn tree(&self, root: PathBuf, subdirectory: Option<String>, identity: Option<String>) -> Tree {
        let config_settings = self.config_settings();
        let expected = self.expected();
        Tree { root, subdirectory, kind: SourceKind::Tree, expected, identity, config_settings }
    }

    fn expected(&self) -> Expected {
        Expected { name: self.reference.name.clone(), version: None }
    }

    fn config_settings(&self) -> Vec<String> {
        let general = &self.sources.options().build.config_settings;
        let general = self.wanted.is_typed().then_some(general).into_iter().flatten();
        general.chain(&self.wanted.config_settings).cloned().collect()
    }

    fn found(
        &self,
        (wheel, metadata): (Option<CachedWheel>, CoreMetadata),
        direct_url: DirectUrl,
        always_new: bool,
        source: DirectSource,
    ) -> Result<DirectWheel, OperationError> {
        let always_new = always_new || self.editable;
        let is_named = matches!(self.wanted.kind, WantedKind::Named(_));
        Ok(DirectWheel { wheel, metadata: Arc::new(metadata), direct_url, always_new, is_named, source })
    }
}

/// Whether a file's name ends as that of a wheel or source archive does.
pub(crate) fn is_archive(filename: &str) -> bool {
    filename.ends_with(".whl") || SdistFormat::split(filename).is_some()
}

fn origin_text(wanted: &Wanted) -> String {
    match &wanted.origin {
        Origin::CommandLine | Origin::Metadata => String::new(),
        origin => format!(" (from {origin})"),
    }
}

fn unusable(text: &str, reason: String) -> OperationError {
    OperationError::UnusableFile { text: network::redacted(text), reason }
}
