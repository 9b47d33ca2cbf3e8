//! What can go wrong with an index or with a file that it lists.

use std::path::PathBuf;
use std::sync::Arc;

use cache::CacheError;
use distribution::{Digest, InvalidFilename, InvalidMetadata};
use network::NetworkError;
use requirement::ProjectName;

/// An error of an index or of a file it lists. URLs are without credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IndexError {
    /// The way to the server failed.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// An index that cannot be asked: nobody may pass it over, for another one could then answer with a file of its own.
    #[error("the index {index} cannot be asked for {project}: {source}{}", advice(*is_only))]
    Index {
        /// Its URL.
        index: Box<str>,
        /// What was asked for.
        project: ProjectName,
        /// Why not.
        source: Box<NetworkError>,
        /// Whether nothing else could be asked.
        is_only: bool,
    },
    /// An answer to a search that is none.
    #[error("{url} does not answer as XML-RPC does: {reason}")]
    Search {
        /// What was asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// An index that refuses a search; pip's words.
    #[error("XMLRPC request failed [code: {code}]\n{reason}")]
    SearchFault {
        /// Its number for the reason.
        code: String,
        /// The reason that it gives.
        reason: String,
    },
    /// A page that is neither HTML nor the JSON of PEP 691.
    #[error("{url} is not an index page: {reason}")]
    Page {
        /// Its URL.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// An index of a future version (PEP 629).
    #[error("{url} speaks version {version} of the index protocol; this rpip knows version 1")]
    ApiVersion {
        /// The page.
        url: String,
        /// What it says.
        version: String,
    },
    /// A project whose files must not be installed (PEP 792).
    #[error("{project} is quarantined by {url}{}; it must not be installed", reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default())]
    Quarantined {
        /// The project.
        project: ProjectName,
        /// The page that says so.
        url: String,
        /// The reason it gives.
        reason: Option<String>,
    },
    /// A plain `http:` index on another machine.
    #[error("{url} can be changed by anyone on the way: use https, or say --trusted-host {host}")]
    Insecure {
        /// The page.
        url: String,
        /// The host.
        host: String,
    },
    /// A place given by the user that cannot be used.
    #[error("'{place}' cannot be used as {option}: {reason}")]
    Place {
        /// As given, without credentials.
        place: String,
        /// `--index-url` or `--find-links`.
        option: &'static str,
        /// Why not.
        reason: String,
    },
    /// A local file or directory cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Local {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file or its metadata is not what was promised.
    #[error(
        "{url} has the hash {got}, but {expected} was promised: it was damaged on the way or replaced; nothing of it was used"
    )]
    HashMismatch {
        /// What was fetched.
        url: String,
        /// The promise.
        expected: Digest,
        /// What it was.
        got: Digest,
    },
    /// A file is longer or shorter than the server or index said.
    #[error("{url} has {got} bytes where {expected} were announced; nothing of it was used")]
    Length {
        /// What was fetched.
        url: String,
        /// The announcement.
        expected: u64,
        /// What came.
        got: u64,
    },
    /// A download that broke off, and off again.
    #[error(
        "Download failed {}because not enough bytes were received ({}): {cause}; {}",
        after_attempts(*attempts), progress(*received, *expected), resume_advice(*attempts)
    )]
    Incomplete {
        /// What was to be fetched.
        url: String,
        /// How many bytes had come at the end.
        received: u64,
        /// How many should have, where it is known.
        expected: Option<u64>,
        /// How often it was taken up again.
        attempts: u32,
        /// What broke off the last time.
        cause: Box<NetworkError>,
    },
    /// Only files uploaded before a certain time count, and the index does not say when they were.
    #[error("Index {page} does not provide upload-time metadata.")]
    NoUploadTime {
        /// The page, without credentials.
        page: String,
    },
    /// Metadata that cannot be used.
    #[error("the metadata of {url} cannot be used: {source}")]
    Metadata {
        /// The distribution.
        url: String,
        /// Why.
        source: InvalidMetadata,
    },
    /// Metadata that belongs to another distribution than the file name says.
    #[error("{url} holds {name} {version}, which its file name does not say; it is not used")]
    OtherDistribution {
        /// The distribution.
        url: String,
        /// The name in its metadata.
        name: String,
        /// The version in its metadata.
        version: String,
    },
    /// The metadata an index served apart is not the wheel's own.
    #[error("the metadata inside of {url} differs from what its index served before; the wheel is not used")]
    MetadataDiffers {
        /// The wheel.
        url: String,
    },
    /// Metadata that cannot be had without building.
    #[error("{filename} is a source distribution: its metadata needs a build")]
    NeedsBuild {
        /// The file name.
        filename: String,
    },
    /// A direct reference that is not to a wheel.
    #[error(transparent)]
    Filename(#[from] InvalidFilename),
    /// The program is ending.
    #[error("interrupted")]
    Interrupted,
    /// The cache failed, or refused what was to be put there.
    #[error(transparent)]
    Cache(Arc<CacheError>),
}

fn advice(is_only: bool) -> &'static str {
    if is_only { "" } else { " (one that fails is never passed over: leave it out to go on without it)" }
}

fn after_attempts(resumed: u32) -> String {
    if resumed == 0 { String::new() } else { format!("after {} attempts ", resumed + 1) }
}

fn progress(received: u64, expected: Option<u64>) -> String {
    let expected = expected.map(|expected| format!("/{}", size(expected)));
    size(received) + &expected.unwrap_or_default()
}

/// A size as pip writes it.
fn size(bytes: u64) -> String {
    match bytes {
        0..=1_000 => format!("{bytes} bytes"),
        1_001..=10_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        10_001..=1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

fn resume_advice(resumed: u32) -> &'static str {
    if resumed == 0 {
        "consider using --resume-retries to enable download resumption"
    } else {
        "use --resume-retries to configure the limit of attempts to resume"
    }
}

impl From<CacheError> for IndexError {
    fn from(error: CacheError) -> Self {
        Self::Cache(Arc::new(error))
    }
}
