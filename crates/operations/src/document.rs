//! Files that the user names, on this machine or on a server: requirements, constraints, locks.

use std::path::{Path, PathBuf};

use url::Url;

use crate::{Context, OperationError, runtime::Runtime};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

/// Where a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// On this machine.
    Path(PathBuf),
    /// On a server.
    Url(String),
}

impl Place {
    /// The place that `name` means: a URL, or a path from `directory`.
    pub(crate) fn of(name: &str, directory: &Path) -> Self {
        if is_remote(name) {
            return Self::Url(name.to_owned());
        }
        match index::path_of_file_url(name) {
            Some(path) => Self::Path(path),
            None => Self::Path(directory.join(name)),
        }
    }

    /// `link` as a path beside this file, if there is something; else `link`.
    pub(crate) fn beside_if_there(&self, link: String) -> String {
        let Self::Path(path) = self else { return link };
        let beside = path.parent().map(|directory| directory.join(&link));
        match beside.filter(|path| !link.contains("://") && path.exists()) {
            Some(path) => path.display().to_string(),
            None => link,
        }
    }
}

/// Whether `name` is a URL on a server.
pub(crate) fn is_remote(name: &str) -> bool {
    let scheme = name.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    matches!(scheme.as_deref(), Some("http" | "https"))
}

/// What the reference `name` means in the document at `base`, a URL.
pub(crate) fn joined(base: &str, name: &str) -> String {
    match Url::parse(base).and_then(|base| base.join(name)) {
        Ok(url) => url.into(),
        Err(_) => name.to_owned(),
    }
}

/// Reads files.
pub(crate) struct Reader<'a>(pub(crate) &'a Context);

impl Reader<'_> {
    /// The content, or why it cannot be had, as pip says it for files (`[Errno 2] No such file or directory: 'x'`).
    pub(crate) fn read(&self, place: &Place) -> Result<Vec<u8>, String> {
        match place {
            Place::Path(path) => read_path(path).map_err(|error| in_pythons_words(&error)),
            Place::Url(url) => self.fetch(url).map_err(|error| error.to_string()),
        }
    }

    fn fetch(&self, url: &str) -> Result<Vec<u8>, OperationError> {
        let (client, url) = (self.0.client.clone(), url.to_owned());
        let fetch = async move {
            let document = client.document(&url, LARGEST).await;
            document.map(|document| document.content).map_err(std::sync::Arc::new)
        };
        let fetched = Runtime::default().wait(fetch, &self.0.cancellation);
        fetched.ok_or(OperationError::Interrupted)?.map_err(OperationError::Network)
    }
}

/// `[Errno 2] No such file or directory`, as Python shows an error of the system.
pub(crate) fn in_pythons_words(error: &std::io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => format!("[Errno {number}] {}", text.split(" (os error").next().unwrap_or_default()),
        None => text,
    }
}

fn read_path(path: &Path) -> std::io::Result<Vec<u8>> {
    let length = std::fs::metadata(path)?.len();
    if length > LARGEST {
        return Err(std::io::Error::other(format!("it is larger than {LARGEST} bytes")));
    }
    std::fs::read(path)
}
