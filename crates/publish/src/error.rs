//! What can be wrong with what is to be published, or with where.

use std::io;
use std::path::PathBuf;

use cache::CacheError;

/// Where the format of `.pypirc` is described.
const PYPIRC: &str = "https://packaging.python.org/specifications/pypirc/";

/// Something cannot be published, or not there.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Neither a file nor a pattern that matches one.
    #[error("Cannot find file (or expand pattern): '{0}'")]
    NoSuchFile(String),
    /// Only signatures and attestations were given.
    #[error("Cannot upload signed files by themselves, must upload with a corresponding distribution file.")]
    OnlySignatures,
    /// A file whose name is not that of a distribution.
    #[error("Unknown distribution format: '{filename}'{}", directory_hint(path, *is_directory))]
    UnknownFormat {
        /// Its path.
        path: PathBuf,
        /// Its name.
        filename: String,
        /// Whether it is a directory.
        is_directory: bool,
    },
    /// An archive whose metadata cannot be found.
    #[error("{}: {reason}", path.display())]
    NoMetadata {
        /// The archive.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// Metadata that breaks the specification.
    #[error("{}: Invalid distribution metadata: {}", path.display(), problems.join("; "))]
    InvalidMetadata {
        /// The archive.
        path: PathBuf,
        /// What is wrong, a sentence each.
        problems: Vec<String>,
    },
    /// An archive that is none, or a hostile one.
    #[error("{}: {source}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong.
        source: Box<CacheError>,
    },
    /// A wheel that is no zip archive, or a hostile one.
    #[error("{}: {source}", path.display())]
    Wheel {
        /// The wheel.
        path: PathBuf,
        /// What is wrong.
        source: cache::ZipError,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file could not be signed.
    #[error("cannot sign with {program}: {reason}; --sign-with names another program")]
    Signing {
        /// The program.
        program: String,
        /// Why not.
        reason: String,
    },
    /// An attestation that is no JSON.
    #[error("invalid JSON in attestation: {}", .0.display())]
    InvalidAttestation(PathBuf),
    /// `--attestations`, and there is none for a file.
    #[error("Upload with attestations requested, but {} has no associated attestations", .0.display())]
    NoAttestation(PathBuf),
    /// `.pypirc` cannot be understood. What stands there is not shown: it may be a secret.
    #[error("Malformed configuration in {}, line {line}: {reason}.\nMore info: {PYPIRC}", file.display())]
    MalformedConfiguration {
        /// The file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// `.pypirc` names no such repository.
    #[error("Missing '{name}' section from {file}{}.\nMore info: {PYPIRC}", known_sections(known))]
    UnknownRepository {
        /// What was asked for.
        name: String,
        /// The file.
        file: String,
        /// Those that it names.
        known: Vec<String>,
    },
    /// A section of `.pypirc` that does not count.
    #[error(
        "The section '{name}' of {file} is not listed in 'index-servers' of the section 'distutils'.\nMore info: {PYPIRC}"
    )]
    UnlistedRepository {
        /// What was asked for.
        name: String,
        /// The file.
        file: String,
    },
    /// A section of `.pypirc` without a URL.
    #[error("The section '{name}' of {} has no 'repository' (the URL to upload to).\nMore info: {PYPIRC}", file.display())]
    NoRepositoryUrl {
        /// The section.
        name: String,
        /// The file.
        file: PathBuf,
    },
    /// A URL that nothing can be uploaded to.
    #[error("Invalid repository URL '{url}': {reason}.")]
    InvalidRepositoryUrl {
        /// The URL, without credentials.
        url: String,
        /// Why not.
        reason: String,
    },
    /// The site that took uploads before 2018.
    #[error(
        "You're trying to upload to the legacy PyPI site '{url}'. Uploading to those sites is deprecated. Use {default} \
         (--repository pypi) or {test} (--repository testpypi)."
    )]
    LegacySite {
        /// The URL.
        url: String,
        /// PyPI's.
        default: String,
        /// TestPyPI's.
        test: String,
    },
}

fn directory_hint(path: &std::path::Path, is_directory: bool) -> String {
    match is_directory {
        true => {
            format!(" is a directory; did you mean {}/*?", path.display().to_string().trim_end_matches('/'))
        }
        false => String::new(),
    }
}

fn known_sections(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!(" (it has: {})", known.join(", ")) }
}
