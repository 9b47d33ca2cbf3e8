//! `download`: the archives that an installation would take, as they are, in a directory.

use std::path::PathBuf;
use std::sync::Arc;

use index::{RemoteFile, SourceArchive};
use python::Environment;
use resolver::ResolvedPin;

use crate::answer::{Answer, Means};
use crate::checkout_archive;
use crate::direct::DirectSource;
use crate::pinning_order::in_pinning_order;
use crate::prepare::Preparer;
use crate::saving::{Saving, Wanted};
use crate::stage::announce;
use crate::{Context, Event, OperationError, ResolveOptions};

/// What to save, and where.
#[derive(Debug, Clone, Default)]
pub struct DownloadOptions {
    /// What is wanted, and what may be chosen; its purpose is [`crate::Purpose::Save`].
    pub resolve: Arc<ResolveOptions>,
    /// The directory.
    pub destination: PathBuf,
}

/// Where the archive of a pin comes from.
pub(crate) enum Source {
    /// It is fetched.
    Archive(Wanted),
    /// A checkout, which is packed.
    Checkout(PathBuf),
    /// A directory of the user, which stays where it is.
    Directory,
}

/// Saves the archives of everything that is wanted and of what that needs. Returns the names, in the order in which pip names them.
///
/// # Errors
/// Nothing is saved unless everything could be fetched and has its hashes.
pub fn download(
    context: &Context,
    environment: &Environment,
    options: &DownloadOptions,
) -> Result<Vec<String>, OperationError> {
    let means = Means::new(context, &options.resolve);
    let saving = Saving::into(&options.destination, context, &means)?;
    let answer = Answer::find_versions(context, environment, &options.resolve, &means)?;
    let (pins, names) = in_pinning_order(&answer.preparer, &answer.resolution.pins);
    let mut missing = Vec::new();
    let mut checkouts = Vec::new();
    for (pin, project) in pins.iter().zip(&names) {
        match source(pin, &pins, &answer, context)? {
            Source::Directory => {}
            Source::Checkout(root) => checkouts.push((pin, project, root)),
            Source::Archive(wanted) => {
                if !saving.has(&wanted)? {
                    saving.tell_if_cached(&wanted, &answer.downloads);
                    missing.push(wanted);
                }
            }
        }
    }
    answer.downloads.tell(missing.iter().map(|wanted| &*wanted.file.filename));
    let mut staged = saving.fetch(&missing, &answer.downloads)?;
    for (pin, project, root) in checkouts {
        let version = version_text(&answer.preparer, pin);
        let name = checkout_archive::Name { project, version: &version };
        staged.extend(checkout_archive::pack(&root, &name, &saving, options.resolve.build.existing)?);
    }
    for file in staged {
        context.reporter.event(Event::Saved(&file.publish()?));
    }
    Ok(names)
}

/// Where the archive of `pin` comes from; that it is collected is told.
pub(crate) fn source(
    pin: &ResolvedPin,
    pins: &[&ResolvedPin],
    answer: &Answer,
    context: &Context,
) -> Result<Source, OperationError> {
    let requirement = format!("{}=={}", pin.name, pin.version);
    let wanted = |file: RemoteFile, artifact| {
        let listed = answer.hashes.listed(&pin.name).to_vec();
        Source::Archive(Wanted { file, artifact, requirement: requirement.clone(), listed })
    };
    let Some(direct) = answer.preparer.direct(&pin.name) else {
        let candidate = answer.preparer.candidate(&pin.name, &pin.version)?;
        let candidate = candidate.ok_or(OperationError::Interrupted)?;
        announce(&answer.preparer, pins, pin, &candidate.artifact, context);
        let file = RemoteFile::from(&*candidate.artifact);
        return Ok(wanted(file, Some(candidate.artifact)));
    };
    Ok(match &direct.source {
        DirectSource::Wheel(file) => wanted(file.clone(), None),
        DirectSource::Archive(archive, _) => wanted(local(archive), None),
        DirectSource::Directory(_) => Source::Directory,
        DirectSource::Checkout { tree, .. } => Source::Checkout(match &tree.subdirectory {
            Some(subdirectory) => tree.root.join(subdirectory),
            None => tree.root.clone(),
        }),
    })
}

/// An archive that lies on this machine.
fn local(archive: &SourceArchive) -> RemoteFile {
    RemoteFile {
        url: index::file_url(&archive.path).into(),
        filename: archive.filename.as_str().into(),
        size: None,
        hashes: archive.promised.clone(),
    }
}

/// The version as the metadata spells it.
fn version_text(preparer: &Preparer, pin: &ResolvedPin) -> String {
    let direct = preparer.direct(&pin.name).map(|direct| direct.metadata.version_text.to_string());
    direct.unwrap_or_else(|| pin.version.to_string())
}
