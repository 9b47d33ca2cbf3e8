//! `--log`: everything that happens, appended to a file, with the time.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A log file. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Log(Arc<Mutex<File>>);

impl Log {
    /// Opens the file at `path` to append to it; its directory is made if need be, as pip does.
    pub(crate) fn append(path: &Path) -> io::Result<Self> {
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
            std::fs::create_dir_all(directory)?;
        }
        let opened = OpenOptions::new().create(true).append(true).open(path);
        let file =
            opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Appends `text`, each line under the time.
    pub(crate) fn write(&self, text: &str) {
        let time = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S,%3f");
        let lines: String = text.lines().map(|line| format!("{time} {line}\n")).collect();
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written is no reason to stop.
        let _ = file.write_all(lines.as_bytes());
    }
}
