//! What can go wrong while an environment changes.

use std::io;
use std::path::{Path, PathBuf};

use cache::CacheError;
use distribution::InvalidMetadata;

use crate::Conflict;

/// An error of an installation; the environment is as it was.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A file or directory could not be used.
    #[error("{action} {}: {source}{}", path.display(), way_out(action, source))]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A directory of the environment that this user may not write, or that nobody may.
    #[error(
        "cannot write to {}: {source}{}", directory.display(), way_out("cannot write to", source)
    )]
    NotWritable {
        /// The directory.
        directory: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The cache failed, or a wheel in it was changed ([`CacheError::Damaged`]: it can be fetched again).
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// METADATA or PKG-INFO of an installed distribution cannot be understood.
    #[error("{}: {source}", path.display())]
    Metadata {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: InvalidMetadata,
    },
    /// RECORD of an installed distribution cannot be read or understood: nobody knows which files are its own.
    #[error(
        "{}: {reason}; to write it anew, leaving in place what it may have listed: rpip install --ignore-installed --no-deps {name}=={version}",
        path.display()
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// The project.
        name: String,
        /// The version.
        version: String,
        /// What is wrong.
        reason: String,
    },
    /// A distribution without RECORD: nobody knows which files are its own.
    #[error("{}", self.explanation())]
    MissingRecord {
        /// The project.
        name: String,
        /// The version.
        version: String,
        /// INSTALLER, where it is another program.
        installer: Option<String>,
    },
    /// A distribution that distutils installed: its files are not listed anywhere.
    #[error("{}", self.explanation())]
    Distutils {
        /// The project.
        name: String,
        /// The version.
        version: String,
    },
    /// A distribution that does not lie in the environment's own directories.
    #[error("Not uninstalling {name} at {}, outside environment {}", location.display(), environment.display())]
    OutsideEnvironment {
        /// The project.
        name: String,
        /// Where it lies.
        location: PathBuf,
        /// The environment's prefix.
        environment: PathBuf,
    },
    /// What `--user` would install could not be imported: an environment's own version comes first.
    #[error(
        "Will not install to the user site because it will lack sys.path precedence to {name} in {}",
        location.display()
    )]
    LacksPrecedence {
        /// The project, as its metadata spells it.
        name: String,
        /// Where the other version lies.
        location: PathBuf,
    },
    /// Distributions would write the same file with different content, and conflicts are refused.
    #[error("{}", conflict_text(.0))]
    Conflicts(Vec<Conflict>),
    /// One project is to be installed twice.
    #[error("{name} is to be installed twice, as {first} and as {second}")]
    Duplicate {
        /// The project.
        name: String,
        /// The version that came first.
        first: String,
        /// The other.
        second: String,
    },
    /// A wheel would write a file that it must not.
    #[error("{wheel} would install {path}: {reason}")]
    Forbidden {
        /// The wheel's file name.
        wheel: String,
        /// The file.
        path: String,
        /// Why it may not be written.
        reason: String,
    },
    /// Something stands where a wheel's file or directory is to go, and is of another kind.
    #[error("{} stands in the way: {reason}; move it away and try again", path.display())]
    InTheWay {
        /// The file or directory.
        path: PathBuf,
        /// What it is.
        reason: &'static str,
    },
    /// The interpreter's path cannot be written into a script.
    #[error("no script can name the interpreter {}: {reason}", path.display())]
    Interpreter {
        /// The interpreter.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// The journal of a killed run cannot be read, and files of the environment lie beside it.
    #[error(
        "{} holds files that an interrupted run moved away, and its journal cannot be read; \
         look into {}/stash, move back what is missing, and remove the directory",
        path.display(), path.display()
    )]
    Journal {
        /// The transaction's directory.
        path: PathBuf,
    },
    /// The change failed, and could not be undone completely.
    #[error("{error}; undoing the changes failed too ({undo}): run rpip again to finish it")]
    NotUndone {
        /// What failed first.
        error: Box<InstallError>,
        /// What failed then.
        undo: Box<InstallError>,
    },
}

/// An error in parts, as pip shows it: `error: reference`, `× message`, `╰─> context`, `hint: hint`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// pip's name of the error, in whose documentation it is explained.
    pub reference: &'static str,
    /// What happened.
    pub message: String,
    /// Why.
    pub context: String,
    /// What may help.
    pub hint: Option<String>,
}

impl InstallError {
    /// The parts of an error that pip shows in parts.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Self::MissingRecord { name, version, installer } => Some(Diagnostic {
                reference: "uninstall-no-record-file",
                message: format!("Cannot uninstall {name} {version}"),
                context: format!("The package's contents are unknown: no RECORD file was found for {name}."),
                hint: Some(missing_record_hint(name, version, installer.as_deref())),
            }),
            Self::Distutils { name, version } => Some(Diagnostic {
                reference: "uninstall-distutils-installed-package",
                message: format!("Cannot uninstall {name} {version}"),
                context:
                    "It is a distutils installed project and thus we cannot accurately determine which files \
                          belong to it which would lead to only a partial uninstall."
                        .to_owned(),
                hint: None,
            }),
            _ => None,
        }
    }

    /// The parts in one line.
    fn explanation(&self) -> String {
        let Some(Diagnostic { message, context, hint, .. }) = self.diagnostic() else { return String::new() };
        let hint = hint.map(|hint| format!(" {hint}")).unwrap_or_default();
        format!("{message}. {context}{hint}")
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// `path`, a directory, cannot be created; where that is not permitted, the one that it was to lie in is named.
    pub(crate) fn creating(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| match source.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                let above = path.ancestors().skip(1).find(|above| above.exists());
                Self::NotWritable { directory: above.unwrap_or(&path).to_path_buf(), source }
            }
            // A file, or a link that leads nowhere.
            io::ErrorKind::AlreadyExists => Self::InTheWay { path, reason: "it is not a directory" },
            _ => Self::Io { action: "cannot create", path, source },
        }
    }
}

/// What to do where the system does not permit a change.
fn way_out(action: &str, error: &io::Error) -> &'static str {
    let is_forbidden =
        matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem);
    match is_forbidden && action != "cannot read" {
        true => "; make a virtual environment with `rpip venv`, or run as the owner of the directory",
        false => "",
    }
}

fn missing_record_hint(name: &str, version: &str, installer: Option<&str>) -> String {
    match installer {
        Some(installer) => format!(
            "The package was installed by {installer}. You should check if it can uninstall the package."
        ),
        None => format!(
            "You might be able to recover from this via: rpip install --ignore-installed --no-deps {name}=={version}"
        ),
    }
}

fn conflict_text(conflicts: &[Conflict]) -> String {
    let lines: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_may_not_be_written_is_named() {
        let path = Path::new("/does-not-exist/site-packages/.rpip-transaction");
        for kind in [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem] {
            let text = InstallError::creating(path)(kind.into()).to_string();
            assert!(text.starts_with("cannot write to /: "), "{text}");
            assert!(text.contains("rpip venv") && !text.contains(".rpip-transaction"), "{text}");
        }
        let text = InstallError::creating(path)(io::ErrorKind::StorageFull.into()).to_string();
        assert!(
            text.starts_with("cannot create /does-not-exist/site-packages/.rpip-transaction: "),
            "{text}"
        );
    }

    #[test]
    fn the_way_out_of_a_missing_record_removes_nothing() {
        let error = |installer: Option<&str>| InstallError::MissingRecord {
            name: "demo".to_owned(),
            version: "1.0".to_owned(),
            installer: installer.map(str::to_owned),
        };
        let text = error(None).to_string();
        assert!(text.ends_with("rpip install --ignore-installed --no-deps demo==1.0"), "{text}");
        assert!(error(Some("conda")).to_string().contains("installed by conda"));
    }
}
