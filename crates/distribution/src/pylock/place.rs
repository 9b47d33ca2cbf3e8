//! Where the files of a lock file are: a path beside it, or a URL.

use requirement::python_repr;
use url::Url;

use super::filename::is_url;
use super::{LockedArchive, LockedDirectory, LockedFile, LockedVcs};

/// Where something is that a lock file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockedPlace {
    /// A URL.
    Url(String),
    /// A path: absolute, or from where the lock file's own path is looked up.
    Path(String),
}

/// A place that a lock file may not name, in pip's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusablePlace {
    /// A path leads to another server than that of the lock file.
    #[error(
        "Path {} in pylock file obtained from a URL resolves outside its location: {}",
        python_repr(path),
        python_repr(file)
    )]
    Outside {
        /// The path.
        path: String,
        /// The lock file.
        file: String,
    },
    /// An absolute path in a lock file that came from a URL.
    #[error(
        "Absolute paths are not supported in pylock files obtained from a URL: {} in {}",
        python_repr(path),
        python_repr(file)
    )]
    Absolute {
        /// The path.
        path: String,
        /// The lock file.
        file: String,
    },
    /// A URL with a fragment, where a subdirectory is to be another.
    #[error(
        "Package URL {} cannot contain fragments in combination with subdirectory field (in {})",
        python_repr(url),
        python_repr(file)
    )]
    Fragment {
        /// The URL.
        url: String,
        /// The lock file.
        file: String,
    },
    /// A directory in a lock file that came from a server.
    #[error("Directory entries are not supported in remote pylock.toml {}", python_repr(file))]
    RemoteDirectory {
        /// The lock file.
        file: String,
    },
}

impl LockedFile {
    /// Where the file is; `lock_file` is the path or URL of the lock file.
    pub fn place(&self, lock_file: &str) -> Result<LockedPlace, UnusablePlace> {
        place(lock_file, self.path.as_deref(), self.url.as_deref())
    }
}

impl LockedArchive {
    /// Where the archive is; `lock_file` is the path or URL of the lock file.
    pub fn place(&self, lock_file: &str) -> Result<LockedPlace, UnusablePlace> {
        place(lock_file, self.path.as_deref(), self.url.as_deref())
    }
}

impl LockedVcs {
    /// Where the repository is; `lock_file` is the path or URL of the lock file.
    pub fn place(&self, lock_file: &str) -> Result<LockedPlace, UnusablePlace> {
        place(lock_file, self.path.as_deref(), self.url.as_deref())
    }
}

impl LockedVcs {
    /// What to install, as a direct reference has it: `url` is that of the repository, from [`LockedVcs::place`].
    pub fn reference(&self, url: &str, lock_file: &str) -> Result<String, UnusablePlace> {
        let url = format!("{}+{url}@{}", self.kind, self.commit_id);
        with_subdirectory(url, self.subdirectory.as_deref(), lock_file)
    }
}

impl LockedArchive {
    /// What to install, as a direct reference has it: `url` is that of the archive, from [`LockedArchive::place`].
    pub fn reference(&self, url: &str, lock_file: &str) -> Result<String, UnusablePlace> {
        with_subdirectory(url.to_owned(), self.subdirectory.as_deref(), lock_file)
    }
}

fn with_subdirectory(
    url: String,
    subdirectory: Option<&str>,
    lock_file: &str,
) -> Result<String, UnusablePlace> {
    match subdirectory.filter(|subdirectory| !subdirectory.is_empty()) {
        None => Ok(url),
        Some(_) if url.contains('#') => Err(UnusablePlace::Fragment { url, file: lock_file.to_owned() }),
        Some(subdirectory) => Ok(format!("{url}#subdirectory={subdirectory}")),
    }
}

impl LockedDirectory {
    /// Where the directory is, without its subdirectory; `lock_file` is the path or URL of the lock file.
    pub fn place(&self, lock_file: &str) -> Result<LockedPlace, UnusablePlace> {
        let is_file_url = lock_file.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("file:"));
        if is_url(lock_file) && !is_file_url {
            return Err(UnusablePlace::RemoteDirectory { file: lock_file.to_owned() });
        }
        place(lock_file, Some(&self.path), None)
    }
}

/// The path counts before the URL, and is looked up from where the lock file is.
fn place(lock_file: &str, path: Option<&str>, url: Option<&str>) -> Result<LockedPlace, UnusablePlace> {
    let Some(path) = path else { return Ok(LockedPlace::Url(url.unwrap_or_default().to_owned())) };
    let named = || (path.to_owned(), lock_file.to_owned());
    if !is_url(lock_file) {
        let directory_end = lock_file.rfind(std::path::is_separator).map_or(0, |last| last + 1);
        let directory = lock_file.get(..directory_end).unwrap_or_default();
        let is_absolute = std::path::Path::new(path).is_absolute();
        return Ok(LockedPlace::Path(if is_absolute {
            path.to_owned()
        } else {
            format!("{directory}{path}")
        }));
    }
    if std::path::Path::new(path).is_absolute() {
        let (path, file) = named();
        return Err(UnusablePlace::Absolute { path, file });
    }
    let base = Url::parse(lock_file).ok();
    let joined = base.as_ref().and_then(|base| base.join(path).ok());
    match (base, joined) {
        (Some(base), Some(joined))
            if base.scheme() == joined.scheme() && base.authority() == joined.authority() =>
        {
            Ok(LockedPlace::Url(joined.into()))
        }
        _ => {
            let (path, file) = named();
            Err(UnusablePlace::Outside { path, file })
        }
    }
}
