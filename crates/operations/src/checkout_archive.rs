//! A checkout as one archive (`download` of a repository): a zip of the tree as pip makes it, from which it can be installed.

use std::fs;
use std::path::{Path, PathBuf};

use cache::ZipWriter;

use crate::saving::{Saving, Staged};
use crate::{Existing, OperationError};

/// What the archive is named after.
pub(crate) struct Name<'a> {
    /// The project, as written.
    pub(crate) project: &'a str,
    /// Its version, as written.
    pub(crate) version: &'a str,
}

/// Packs the tree at `root`. None: an archive of this name is there, and it stays (`--exists-action i`).
pub(crate) fn pack(
    root: &Path,
    name: &Name<'_>,
    saving: &Saving<'_>,
    existing: Option<Existing>,
) -> Result<Option<Staged>, OperationError> {
    let filename = format!("{}-{}.zip", name.project, name.version);
    let place = saving.place(&filename)?;
    if place.exists() {
        match existing {
            Some(Existing::Ignore) => return Ok(None),
            Some(Existing::Wipe) => {}
            Some(Existing::BackUp) => back_up(&place)?,
            Some(Existing::Switch | Existing::Abort) | None => {
                let reason =
                    "it exists already; --exists-action says what to do: (i)gnore, (w)ipe, (b)ackup, (a)bort";
                let text = place.display().to_string();
                return Err(OperationError::UnusableFile { text, reason: reason.to_owned() });
            }
        }
    }
    let mut staged = saving.scratch(place.clone())?;
    let not_writable = |source| OperationError::NotWritable { path: place.clone(), source };
    let mut archive = ZipWriter::new(staged.content());
    let mut pending = vec![(root.to_owned(), name.project.to_owned())];
    while let Some((directory, prefix)) = pending.pop() {
        for path in entries(&directory)? {
            let last = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let inside = format!("{prefix}/{last}");
            let not_readable = |source| OperationError::NotReadable { path: path.clone(), source };
            // A link to a file is the file, one to a directory is left out, as pip does both.
            let metadata = fs::metadata(&path).map_err(not_readable)?;
            if metadata.is_file() {
                let content = fs::read(&path).map_err(not_readable)?;
                archive.file(&inside, &content, is_executable(&metadata)).map_err(not_writable)?;
            } else if metadata.is_dir() && !path.is_symlink() {
                archive.directory(&format!("{inside}/")).map_err(not_writable)?;
                pending.push((path, inside));
            }
        }
    }
    archive.finish().map_err(not_writable)?;
    Ok(Some(staged))
}

/// What lies in a directory, in order.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, OperationError> {
    let read = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>, _>>());
    let mut paths =
        read.map_err(|source| OperationError::NotReadable { path: directory.to_owned(), source })?;
    paths.sort();
    Ok(paths)
}

/// Moves what is there aside: `.bak`, then `.bak2` and so on, as pip names it.
fn back_up(place: &Path) -> Result<(), OperationError> {
    let numbered = |number: u32| match number {
        1 => place.with_added_extension("bak"),
        number => place.with_added_extension(format!("bak{number}")),
    };
    let free = (1..).map(numbered).find(|path| !path.exists()).unwrap_or_default();
    fs::rename(place, &free).map_err(|source| OperationError::NotWritable { path: free.clone(), source })
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
