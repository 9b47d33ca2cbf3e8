//! What the index tells of downloads, as events. Downloads that begin before the plan is known are kept quiet
//! until it is: only what will be installed is of interest.

use std::sync::{Arc, Mutex, PoisonError};

use index::{DownloadReporter, RemoteFile};
use rustc_hash::FxHashMap;

use crate::{Event, Reporter};

/// Turns downloads into events.
pub(crate) struct Downloads {
    reporter: Arc<dyn Reporter>,
    /// Downloads that nobody has been told of: none once [`Downloads::tell`] was called.
    quiet: Mutex<Option<FxHashMap<Box<str>, Quiet>>>,
}

/// How far a quiet download is.
#[derive(Default)]
struct Quiet {
    size: Option<u64>,
    bytes: u64,
    finished: bool,
}

impl Downloads {
    /// Quiet until told otherwise.
    pub(crate) fn quiet(reporter: Arc<dyn Reporter>) -> Self {
        Self { reporter, quiet: Mutex::new(Some(FxHashMap::default())) }
    }

    /// Tells of everything at once.
    pub(crate) fn loud(reporter: Arc<dyn Reporter>) -> Self {
        Self { reporter, quiet: Mutex::new(None) }
    }

    /// Whether `filename` has been downloaded, or is, without a word.
    pub(crate) fn has_fetched(&self, filename: &str) -> bool {
        let quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        quiet.as_ref().is_some_and(|quiet| quiet.contains_key(filename))
    }

    /// From here on everything is told; first what has come so far of `files`, in their order. The rest was in vain.
    pub(crate) fn tell<'f>(&self, files: impl Iterator<Item = &'f str>) {
        let mut guard = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut quiet) = guard.take() else { return };
        for filename in files {
            let Some(Quiet { size, bytes, finished }) = quiet.remove(filename) else { continue };
            self.reporter.event(Event::DownloadStarted { filename, size });
            if finished {
                self.reporter.event(Event::DownloadFinished { filename });
            } else {
                self.reporter.event(Event::DownloadProgressed { filename, bytes });
            }
        }
    }

    /// Does `note` to a quiet download, or says that it is to be told.
    fn is_told(&self, file: &RemoteFile, note: impl FnOnce(&mut Quiet)) -> bool {
        match &mut *self.quiet.lock().unwrap_or_else(PoisonError::into_inner) {
            None => true,
            Some(quiet) => {
                note(quiet.entry(file.filename.clone()).or_default());
                false
            }
        }
    }
}

impl DownloadReporter for Downloads {
    fn started(&self, file: &RemoteFile, size: Option<u64>) {
        if self.is_told(file, |quiet| quiet.size = size) {
            self.reporter.event(Event::DownloadStarted { filename: &file.filename, size });
        }
    }

    fn progressed(&self, file: &RemoteFile, bytes: u64) {
        if self.is_told(file, |quiet| quiet.bytes += bytes) {
            self.reporter.event(Event::DownloadProgressed { filename: &file.filename, bytes });
        }
    }

    fn interrupted(&self, file: &RemoteFile, received: u64, size: Option<u64>, attempt: u32) {
        if self.is_told(file, |_| ()) {
            self.reporter.event(Event::DownloadInterrupted { received, size, attempt });
        }
    }

    fn resumed(&self, file: &RemoteFile, from: u64, size: Option<u64>) {
        if self.is_told(file, |quiet| quiet.bytes = from) {
            self.reporter.event(Event::DownloadResumed { filename: &file.filename, from, size });
        }
    }

    fn finished(&self, file: &RemoteFile) {
        if self.is_told(file, |quiet| quiet.finished = true) {
            self.reporter.event(Event::DownloadFinished { filename: &file.filename });
        }
    }
}
