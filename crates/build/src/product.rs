//! What a hook returns, before anybody believes it: a name of one component, of something that is there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use distribution::{SafePath, SdistFormat, WheelFilename};

use crate::BuildError;

/// The path of `name` in `directory`, if it is a plain name with this ending and `is_right` holds for what is there
/// (links are not followed).
fn checked(
    directory: &Path,
    name: &str,
    ending: &str,
    is_right: fn(&fs::Metadata) -> bool,
) -> Result<PathBuf, String> {
    let safe = SafePath::new(name).map_err(|error| error.to_string())?;
    if safe.components().count() != 1 {
        return Err(format!("'{name}' is not a plain name"));
    }
    if !name.to_ascii_lowercase().ends_with(ending) {
        return Err(format!("'{name}' does not end with '{ending}'"));
    }
    let path = safe.under(directory);
    match fs::symlink_metadata(&path) {
        Ok(metadata) if is_right(&metadata) => Ok(path),
        Ok(_) => Err(format!("'{name}' is not of the right kind")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(format!("there is no '{name}'")),
        Err(error) => Err(format!("'{name}': {error}")),
    }
}

/// A wheel.
pub(crate) fn wheel(directory: &Path, name: &str) -> Result<(PathBuf, WheelFilename), String> {
    let path = checked(directory, name, ".whl", fs::Metadata::is_file)?;
    let filename = name.parse().map_err(|error: distribution::InvalidFilename| error.to_string())?;
    Ok((path, filename))
}

/// A `.dist-info` directory.
pub(crate) fn metadata_directory(directory: &Path, name: &str) -> Result<PathBuf, String> {
    checked(directory, name, ".dist-info", fs::Metadata::is_dir)
}

/// A source distribution.
pub(crate) fn sdist(directory: &Path, name: &str) -> Result<PathBuf, String> {
    match SdistFormat::split(name) {
        Some((_, SdistFormat::Zip)) => checked(directory, name, ".zip", fs::Metadata::is_file),
        _ => checked(directory, name, ".tar.gz", fs::Metadata::is_file),
    }
}

/// Moves a finished file into `destination`, in one step even from another file system.
pub fn deliver(file: &Path, destination: &Path) -> Result<PathBuf, BuildError> {
    let target = destination.join(file.file_name().unwrap_or_default());
    match fs::rename(file, &target) {
        Ok(()) => return Ok(target),
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {}
        Err(source) => return Err(BuildError::io("cannot write", &target)(source)),
    }
    let copied = tempfile::NamedTempFile::new_in(destination)
        .and_then(|copy| fs::copy(file, copy.path()).map(|_| copy))
        .and_then(|copy| copy.persist(&target).map_err(|error| error.error));
    copied.map(|_| target.clone()).map_err(BuildError::io("cannot write", &target))
}
