//! `wheel`: wheels of everything that an installation would take, in a directory: those that indexes have as they are, the
//! rest built.

use std::path::PathBuf;
use std::sync::Arc;

use build::BuildError;
use distribution::{Artifact, ArtifactKind, HashAlgorithm};
use index::SourceArchive;
use python::Environment;
use resolver::ResolvedPin;

use crate::answer::{Answer, Means};
use crate::direct::DirectSource;
use crate::download::{self, Source};
use crate::pinning_order::in_pinning_order;
use crate::saving::{Saving, Staged};
use crate::source::{BuiltArchive, Sources, Tree};
use crate::{Context, Event, OperationError, ResolveOptions};

/// What to build, and where wheels go.
#[derive(Debug, Clone, Default)]
pub struct WheelOptions {
    /// What is wanted, and what may be chosen; its purpose is [`crate::Purpose::Build`].
    pub resolve: Arc<ResolveOptions>,
    /// The directory.
    pub destination: PathBuf,
    /// Whether what was built is looked at (not `--no-verify`).
    pub verify: bool,
}

/// What became of builds.
#[derive(Debug, Default)]
pub struct WheelOutcome {
    /// The projects that were built, as written.
    pub built: Vec<String>,
    /// Those that were not, each with the reason.
    pub failed: Vec<(String, OperationError)>,
}

/// What a wheel is built from.
enum Material {
    /// A source distribution that an index lists.
    Sdist(Arc<Artifact>),
    /// An archive that the user names; the tree says how to build what it unpacks to.
    Archive(SourceArchive, Tree),
    /// A directory, or a checkout.
    Tree(Tree),
}

impl Material {
    /// Of what a pin stands for; none: it is a wheel already.
    fn of(pin: &ResolvedPin, answer: &Answer) -> Result<Option<Self>, OperationError> {
        let Some(direct) = answer.preparer.direct(&pin.name) else {
            let candidate = answer.preparer.candidate(&pin.name, &pin.version)?;
            let artifact = candidate.ok_or(OperationError::Interrupted)?.artifact;
            return Ok(matches!(artifact.kind, ArtifactKind::Sdist(_)).then_some(Self::Sdist(artifact)));
        };
        Ok(match &direct.source {
            DirectSource::Wheel(_) => None,
            DirectSource::Archive(archive, tree) => Some(Self::Archive(archive.clone(), tree.clone())),
            DirectSource::Directory(tree) | DirectSource::Checkout { tree, .. } => {
                Some(Self::Tree(tree.clone()))
            }
        })
    }

    /// Does `work` with the tree to build from.
    fn with_tree<T>(
        &self,
        sources: &Sources,
        work: impl FnOnce(&Tree) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        match self {
            Self::Sdist(artifact) => sources.artifact_tree(artifact, work),
            Self::Tree(tree) => work(tree),
            Self::Archive(archive, tree) => sources.unpacked(archive, |unpacked, _| {
                work(&Tree { root: unpacked.root, identity: unpacked.identity, ..tree.clone() })
            }),
        }
    }
}

/// Saves and builds the wheels of everything that is wanted and of what that needs.
///
/// # Errors
/// Nothing is saved unless everything could be resolved and fetched. A build that fails is no error here: the others go on.
pub fn wheel(
    context: &Context,
    environment: &Environment,
    options: &WheelOptions,
) -> Result<WheelOutcome, OperationError> {
    let means = Means::new(context, &options.resolve);
    let saving = Saving::into(&options.destination, context, &means)?;
    let answer = Answer::find_versions(context, environment, &options.resolve, &means)?;
    let sources = answer.preparer.sources();
    let (pins, names) = in_pinning_order(&answer.preparer, &answer.resolution.pins);
    let mut places = Vec::new();
    let mut missing = Vec::new();
    let mut staged = Vec::new();
    let mut to_build = Vec::new();
    for (place, (pin, name)) in pins.iter().zip(names).enumerate() {
        let source = download::source(pin, &pins, &answer, context)?;
        match (Material::of(pin, &answer)?, source) {
            // What was built before is a wheel as any other.
            (Some(material), _) => match material.with_tree(sources, |tree| sources.known_archive(tree))? {
                Some(known) => {
                    let filename = known.filename.as_str();
                    context.reporter.event(Event::UsingCached { filename, size: None });
                    staged.push((place, saving.stage(&known.path, filename)?));
                }
                None => to_build.push((name, material)),
            },
            (None, Source::Archive(wanted)) => {
                if !saving.has(&wanted)? {
                    saving.tell_if_cached(&wanted, &answer.downloads);
                    places.push(place);
                    missing.push(wanted);
                }
            }
            (None, Source::Checkout(_) | Source::Directory) => {}
        }
    }
    answer.downloads.tell(missing.iter().map(|wanted| &*wanted.file.filename));
    staged.extend(places.into_iter().zip(saving.fetch(&missing, &answer.downloads)?));
    staged.sort_by_key(|(place, _)| *place);
    for (_, file) in staged {
        context.reporter.event(Event::Saved(&file.publish()?));
    }
    build_all(&to_build, &saving, sources, options.verify)
}

/// Builds one after the other.
fn build_all(
    materials: &[(String, Material)],
    saving: &Saving<'_>,
    sources: &Sources,
    verify: bool,
) -> Result<WheelOutcome, OperationError> {
    let mut outcome = WheelOutcome::default();
    let reporter = &sources.context().reporter;
    if !materials.is_empty() {
        let names: Vec<&str> = materials.iter().map(|(name, _)| name.as_str()).collect();
        reporter.event(Event::Note(&format!("Building wheels for collected packages: {}", names.join(", "))));
    }
    for (name, material) in materials {
        let built = material.with_tree(sources, |tree| sources.wheel_archive(tree, verify));
        match built.and_then(|built| put(name, &built, saving, sources)) {
            Ok(staged) => {
                staged.publish()?;
                outcome.built.push(name.clone());
            }
            Err(OperationError::Build(BuildError::Cancelled { .. })) | Err(OperationError::Interrupted) => {
                return Err(OperationError::Interrupted);
            }
            Err(error) => outcome.failed.push((name.clone(), error)),
        }
    }
    Ok(outcome)
}

/// Tells of a wheel that was built, and puts it beside its place.
fn put(
    name: &str,
    built: &BuiltArchive,
    saving: &Saving<'_>,
    sources: &Sources,
) -> Result<Staged, OperationError> {
    let BuiltArchive { filename, path, .. } = built;
    let archive = SourceArchive { path: path.clone(), filename: filename.clone(), promised: Vec::new() };
    let sha256 = archive.digest(HashAlgorithm::Sha256)?;
    let size = std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or_default();
    let directory = path.parent().unwrap_or(path).display();
    let reporter = &sources.context().reporter;
    reporter.event(Event::Note(&format!(
        "  Created wheel for {name}: filename={filename} size={size} sha256={}",
        sha256.hex
    )));
    reporter.event(Event::Note(&format!("  Stored in directory: {directory}")));
    saving.stage(path, filename)
}
