//! What happens, for whoever shows it. Progress never enters the algorithms: they only tell.

use std::path::Path;

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
        /// The directory that it is installed in.
        location: &'a Path,
        /// The installed version.
        version: &'a Version,
    },
    /// A requirement leads to a file.
    Collecting {
        /// The requirement, as pip shows it.
        requirement: &'a str,
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
    /// A download is complete.
    DownloadFinished {
        /// The file.
        filename: &'a str,
    },
    /// Everything is at hand; these distributions are now installed, dependencies first.
    Installing(&'a [String]),
    /// An installed distribution makes room.
    Uninstalling {
        /// Its name.
        name: &'a str,
        /// Its version.
        version: &'a Version,
    },
    /// Something is amiss, and the work goes on.
    Warning(&'a str),
    /// Something is wrong with the result, though the operation itself succeeded.
    Error(&'a str),
}

/// Hears of events, from any thread.
pub trait Reporter: Send + Sync {
    /// Takes note of an event.
    fn event(&self, event: Event<'_>);
}
