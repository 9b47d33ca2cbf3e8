//! What happens, for whoever shows it. Progress never enters the algorithms: they only tell.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use requirement::Version;

/// Something that a user may want to see. Sizes are in bytes.
#[derive(Debug)]
pub enum Event<'a> {
    /// Another process changes the environment; this one waits.
    WaitingForLock(&'a Path),
    /// The search for versions begins.
    Resolving,
    /// The search has ended, well or not.
    Resolved,
    /// A requirement of the user is met by what is installed.
    Satisfied {
        /// The requirement, as pip shows it.
        requirement: &'a str,
        /// Where it stands, as `(from -r requirements.txt (line 1))`; empty for the command line.
        from: &'a str,
        /// The directory that it is installed in.
        location: &'a Path,
        /// The installed version.
        version: &'a Version,
    },
    /// A requirement of the user does not apply here.
    Ignoring {
        /// The project, as written.
        project: &'a str,
        /// Its marker.
        marker: &'a str,
    },
    /// A requirement leads to a file.
    Collecting {
        /// The requirement, as pip shows it.
        requirement: &'a str,
        /// Who asks, as `(from flask)`; empty for the command line.
        from: &'a str,
    },
    /// A requirement leads to a file on this machine.
    ProcessingFile {
        /// The file.
        path: &'a Path,
        /// Who asks, as `(from flask)`; empty for the command line.
        from: &'a str,
    },
    /// A wheel is there already.
    UsingCached {
        /// The file.
        filename: &'a str,
        /// Its size, where known.
        size: Option<u64>,
    },
    /// A local file is used.
    Processing(&'a str),
    /// A download begins.
    DownloadStarted {
        /// The file.
        filename: &'a str,
        /// Its size, where known.
        size: Option<u64>,
    },
    /// More bytes have come.
    DownloadProgressed {
        /// The file.
        filename: &'a str,
        /// How many more.
        bytes: u64,
    },
    /// A download broke off, and is taken up again.
    DownloadInterrupted {
        /// How many bytes have come.
        received: u64,
        /// Its size, where known.
        size: Option<u64>,
        /// How often that has happened to it.
        attempt: u32,
    },
    /// What broke off goes on.
    DownloadResumed {
        /// The file.
        filename: &'a str,
        /// The byte where it goes on; 0: what came before is void.
        from: u64,
        /// Its size, where known.
        size: Option<u64>,
    },
    /// A download is complete.
    DownloadFinished {
        /// The file.
        filename: &'a str,
    },
    /// An archive was saved, here.
    Saved(&'a Path),
    /// An archive to be saved is there already, here.
    AlreadyDownloaded(&'a Path),
    /// A distribution is about to be sent, or sent again.
    UploadStarted {
        /// The file.
        filename: &'a str,
        /// Its size.
        size: u64,
    },
    /// More bytes have gone out.
    UploadProgressed {
        /// The file.
        filename: &'a str,
        /// How many more.
        bytes: u64,
    },
    /// A distribution was sent, taken or not.
    UploadFinished {
        /// The file.
        filename: &'a str,
    },
    /// Everything is at hand; these distributions are now installed, dependencies first.
    Installing(&'a [String]),
    /// An installed distribution stays, since it does not belong to the environment.
    Outside {
        /// Its name.
        name: &'a str,
        /// Where it lies.
        location: &'a str,
        /// The environment.
        environment: &'a str,
    },
    /// An installed distribution is to make room, and does not.
    Uninstalling {
        /// Its name.
        name: &'a str,
        /// Its version.
        version: &'a Version,
    },
    /// An installed distribution has made room.
    Uninstalled {
        /// Its name.
        name: &'a str,
        /// Its version.
        version: &'a Version,
    },
    /// A step of `build` begins; in the words of `python -m build`.
    Step(&'a str),
    /// A build backend has printed a line for `build`, as it is.
    StepOutput(&'a str),
    /// A step of `build` has ended.
    StepFinished,
    /// A step of a build begins; its title in pip's words.
    BuildStarted {
        /// As `Building wheel for demo (pyproject.toml)`.
        title: &'a str,
    },
    /// A build backend has printed a line, as it is.
    BuildOutput(&'a str),
    /// A step of a build goes on; how long so far.
    BuildWaiting(Duration),
    /// A step of a build has ended.
    BuildFinished {
        /// As it began.
        title: &'a str,
        /// Whether it went well.
        is_ok: bool,
    },
    /// A repository is fetched.
    Cloning {
        /// Its URL without credentials.
        url: &'a str,
        /// Where to.
        directory: &'a Path,
    },
    /// A revision is known.
    AtCommit {
        /// The repository.
        url: &'a str,
        /// The commit.
        commit: &'a str,
    },
    /// An editable project is looked at.
    Obtaining(&'a str),
    /// Something that is worth a line.
    Note(&'a str),
    /// Something that only who asks for more wants to know: once for `-v`, twice for `-vv`.
    Detail(u8, &'a str),
    /// Something is amiss, and the work goes on.
    Warning(&'a str),
    /// Something is wrong with the result, though the operation itself succeeded.
    Error(&'a str),
}

/// Hears of events, from any thread.
pub trait Reporter: Send + Sync {
    /// Takes note of an event.
    fn event(&self, event: Event<'_>);

    /// Whether anybody looks at [`Event::Detail`]s: they need not be put together for nobody.
    fn wants_details(&self) -> bool {
        false
    }

    /// Whether anybody looks at lines that tell what happens; as above.
    fn wants_lines(&self) -> bool {
        true
    }
}

/// Passes on what concerns the user of what happens for a build: warnings and builds, not what is installed for them.
pub(crate) struct Quiet(pub(crate) Arc<dyn Reporter>);

impl Reporter for Quiet {
    fn event(&self, event: Event<'_>) {
        if matches!(
            event,
            Event::Warning(_)
                | Event::Error(_)
                | Event::BuildStarted { .. }
                | Event::Step(_)
                | Event::StepOutput(_)
                | Event::StepFinished
                | Event::BuildOutput(_)
                | Event::BuildWaiting(_)
                | Event::BuildFinished { .. }
        ) {
            self.0.event(event);
        }
    }
}
