//! Archives as they are, in a directory of the user: what is there and right stays; the rest is fetched, all at once, checked,
//! and appears by renames when everything is at hand.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use distribution::{Artifact, ArtifactKind, Digest, SafePath};
use index::{IndexError, RemoteFile, SourceArchive};
use tempfile::NamedTempFile;

use crate::answer::Means;
use crate::context::PATIENCE;
use crate::downloads::Downloads;
use crate::error::SharedError;
use crate::hashes::among;
use crate::{Context, Event, OperationError};

/// An archive to be saved.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Where it is, and what is promised of it.
    pub(crate) file: RemoteFile,
    /// What an index says of it, if an index lists it.
    pub(crate) artifact: Option<Arc<Artifact>>,
    /// The requirement that it is for, for messages.
    pub(crate) requirement: String,
    /// The hashes that the user lists: one of them must be its own.
    pub(crate) listed: Vec<Digest>,
}

/// A directory that archives are saved in.
pub(crate) struct Saving<'a> {
    context: &'a Context,
    means: &'a Means,
    directory: PathBuf,
}

/// An archive beside its place, complete.
pub(crate) struct Staged {
    content: NamedTempFile,
    path: PathBuf,
}

impl<'a> Saving<'a> {
    /// Into `directory`, which is made if it is not there.
    pub(crate) fn into(
        directory: &Path,
        context: &'a Context,
        means: &'a Means,
    ) -> Result<Self, OperationError> {
        let failed = |source| OperationError::NotWritable { path: directory.to_owned(), source };
        fs::create_dir_all(directory).map_err(failed)?;
        let directory = directory.canonicalize().map_err(failed)?;
        Ok(Self { context, means, directory })
    }

    /// Where a file of this name goes. Names come from servers: one that leads elsewhere is refused.
    pub(crate) fn place(&self, filename: &str) -> Result<PathBuf, OperationError> {
        let unusable = |reason: String| OperationError::UnusableFile { text: filename.to_owned(), reason };
        let safe = SafePath::new(filename).map_err(|error| unusable(error.to_string()))?;
        if safe.components().count() != 1 {
            return Err(unusable("its name is that of a path".to_owned()));
        }
        Ok(safe.under(&self.directory))
    }

    /// Whether the file is there already; one with another hash is to be replaced.
    pub(crate) fn has(&self, wanted: &Wanted) -> Result<bool, OperationError> {
        let path = self.place(&wanted.file.filename)?;
        if !path.is_file() {
            return Ok(false);
        }
        self.context.reporter.event(Event::AlreadyDownloaded(&path));
        let there = SourceArchive { path, filename: wanted.file.filename.to_string(), promised: Vec::new() };
        let allowed = if wanted.listed.is_empty() { &wanted.file.hashes } else { &wanted.listed };
        match among(allowed, &wanted.requirement, |algorithm| Ok(there.digest(algorithm)?)) {
            Ok(()) => Ok(true),
            Err(OperationError::Hashes(_)) => {
                self.context.reporter.event(Event::Warning(&format!(
                    "Previously-downloaded file {} has bad hash. Re-downloading.",
                    there.path.display()
                )));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Tells of an archive that the cache holds, if it was not fetched just now.
    pub(crate) fn tell_if_cached(&self, wanted: &Wanted, downloads: &Downloads) {
        let Wanted { file, .. } = wanted;
        let is_cached = !file.url.starts_with("file:")
            && !downloads.has_fetched(&file.filename)
            && self.means.index.cached_archive(file).is_some();
        if is_cached {
            let (filename, size) = (&*file.filename, file.size);
            self.context.reporter.event(Event::UsingCached { filename, size });
        }
    }

    /// Fetches archives, all at once, and puts each beside its place; in their order.
    pub(crate) fn fetch(
        &self,
        wanted: &[Wanted],
        downloads: &Arc<Downloads>,
    ) -> Result<Vec<Staged>, OperationError> {
        let (sender, arrivals) = mpsc::channel();
        for (position, wanted) in wanted.iter().enumerate() {
            let (index, file, sender) = (self.means.index.clone(), wanted.file.clone(), sender.clone());
            let downloads = Arc::clone(downloads);
            self.means.runtime.spawn(async move {
                let archive = index.archive(file, &*downloads).await.map_err(SharedError::from);
                let _ = sender.send((position, archive));
            });
        }
        drop(sender);
        let mut staged: Vec<Option<Staged>> = wanted.iter().map(|_| None).collect();
        loop {
            match arrivals.recv_timeout(PATIENCE) {
                Ok((position, archive)) => {
                    if let (Some(wanted), Some(place)) = (wanted.get(position), staged.get_mut(position)) {
                        *place = Some(self.stage_archive(wanted, &archive?)?);
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) if self.context.cancellation.is_cancelled() => {
                    return Err(OperationError::Interrupted);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
        Ok(staged.into_iter().flatten().collect())
    }

    /// An archive of the cache that is not what it should be is fetched once more.
    fn stage_archive(&self, wanted: &Wanted, archive: &SourceArchive) -> Result<Staged, OperationError> {
        let error = match self.checked(wanted, archive) {
            Err(error @ OperationError::Index(IndexError::HashMismatch { .. })) => error,
            outcome => return outcome,
        };
        let sha256 = archive.promised.iter().find_map(Digest::sha256);
        let kept =
            sha256.filter(|sha256| self.context.cache.kept_file(sha256).as_ref() == Some(&archive.path));
        let Some(sha256) = kept else { return Err(error) };
        self.context.cache.discard_kept(&sha256);
        let (index, file) = (self.means.index.clone(), wanted.file.clone());
        let reporter = Downloads::loud(Arc::clone(&self.context.reporter));
        let again = async move { index.archive(file, &reporter).await };
        let again = self.means.runtime.wait(again, &self.context.cancellation);
        self.checked(wanted, &again.ok_or(OperationError::Interrupted)??)
    }

    fn checked(&self, wanted: &Wanted, archive: &SourceArchive) -> Result<Staged, OperationError> {
        let staged = self.stage(&archive.path, &wanted.file.filename)?;
        let copy = SourceArchive {
            path: staged.content.path().to_owned(),
            filename: archive.filename.clone(),
            promised: Vec::new(),
        };
        for promised in &archive.promised {
            let got = copy.digest(promised.algorithm)?;
            if got != *promised {
                let (url, expected) = (network::redacted(&wanted.file.url), promised.clone());
                return Err(IndexError::HashMismatch { url, expected, got }.into());
            }
        }
        among(&wanted.listed, &wanted.requirement, |algorithm| Ok(copy.digest(algorithm)?))?;
        // What the user names by place was looked at before.
        let wheel =
            wanted.artifact.as_ref().filter(|artifact| matches!(artifact.kind, ArtifactKind::Wheel(_)));
        if let Some(artifact) = wheel {
            self.means.index.check_archive(artifact, &copy.path)?;
        }
        Ok(staged)
    }

    /// Copies a file beside the place where it is to appear as `filename`.
    pub(crate) fn stage(&self, file: &Path, filename: &str) -> Result<Staged, OperationError> {
        let path = self.place(filename)?;
        let mut source = File::open(file)
            .map_err(|source| OperationError::NotReadable { path: file.to_owned(), source })?;
        let mut staged = self.scratch(path)?;
        let written = io::copy(&mut source, staged.content.as_file_mut());
        written.map_err(|source| OperationError::NotWritable { path: staged.path.clone(), source })?;
        Ok(staged)
    }

    /// An empty file beside the place where it is to appear.
    pub(crate) fn scratch(&self, path: PathBuf) -> Result<Staged, OperationError> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".rpip-");
        #[cfg(unix)]
        builder.permissions(<fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
        let content = builder.tempfile_in(&self.directory);
        let content = content.map_err(|source| OperationError::NotWritable { path: path.clone(), source })?;
        Ok(Staged { content, path })
    }
}

impl Staged {
    /// What it consists of, to be written.
    pub(crate) fn content(&mut self) -> &mut File {
        self.content.as_file_mut()
    }

    /// Puts it in its place, in place of what is there; where that is.
    pub(crate) fn publish(self) -> Result<PathBuf, OperationError> {
        let Self { content, path } = self;
        match content.persist(&path) {
            Ok(_) => Ok(path),
            Err(error) => Err(OperationError::NotWritable { path, source: error.error }),
        }
    }
}
