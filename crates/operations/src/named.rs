//! The project that an argument or a line names, for commands that act on what is installed: whatever else it says
//! (a version, a URL, a path) does not matter there.

use std::path::Path;

use distribution::WheelFilename;
use requirement::{
    DirectReference, InvalidRequirement, LineContent, ReferenceLocation, Requirement, classify_argument,
    fragment_value, split_source_extras,
};

use resolver::Origin;

use crate::OperationError;
use crate::direct::is_archive;

/// What is installed under a path, as pip knows them.
const PROJECT_FILES: [&str; 2] = ["pyproject.toml", "setup.py"];

/// The name as written in `text`, an argument without an option; none where a path or URL does not tell it. Relative
/// paths are seen from `directory`.
pub fn named_project(text: &str, directory: &Path) -> Result<Option<String>, OperationError> {
    match classify_argument(text).map_err(|source| invalid(text.trim(), source, directory))? {
        LineContent::Requirement { requirement, .. } => Ok(Some(requirement.name_text.to_string())),
        LineContent::Reference { text, .. } => referenced_project(&text, directory),
        _ => Ok(None),
    }
}

/// The same for what stands behind `-e`.
pub fn named_editable(text: &str, directory: &Path) -> Result<Option<String>, OperationError> {
    let text = text.trim();
    if let Ok(requirement) = text.parse::<Requirement>()
        && requirement.url().is_some()
    {
        return Ok(Some(requirement.name_text.to_string()));
    }
    let (path, _) = split_source_extras(text).unwrap_or((text, Vec::new()));
    if directory.join(path).is_dir() {
        return Ok(None);
    }
    let name = fragment_value(text, "egg").map(without_extras);
    let lower = text.to_lowercase();
    let is_vcs = ["git", "hg", "svn", "bzr"]
        .iter()
        .any(|vcs| lower.strip_prefix(vcs).is_some_and(|rest| rest.starts_with(['+', ':'])));
    match name {
        name if lower.starts_with("file:") => Ok(name),
        _ if !is_vcs => Err(OperationError::InvalidEditable(text.to_owned())),
        None => Err(OperationError::Unnamed(text.to_owned())),
        name => Ok(name),
    }
}

/// What a path or a URL tells of the name: the file name of a wheel, or `#egg=`.
fn referenced_project(text: &str, directory: &Path) -> Result<Option<String>, OperationError> {
    let reference: DirectReference = text.parse().map_err(|source| invalid(text, source, directory))?;
    let (place, is_path) = match &reference.location {
        ReferenceLocation::Path(path) => (&**path, true),
        ReferenceLocation::Url(url) => (without_fragment(url), false),
    };
    let filename = place.rsplit(['/', '\\']).next().unwrap_or_default();
    if let Ok(wheel) = filename.parse::<WheelFilename>() {
        return Ok(Some(wheel.name.to_string()));
    }
    if let Some(name) = reference.fragment_value("egg") {
        return Ok(Some(without_extras(name)));
    }
    let path = directory.join(place);
    if !is_path {
        return Ok(None);
    }
    if path.is_dir() && !PROJECT_FILES.iter().any(|file| path.join(file).is_file()) {
        return Err(OperationError::NotInstallable(text.to_owned()));
    }
    if !path.is_dir() && !is_archive(filename) {
        let source = place.parse::<Requirement>().err();
        return source.map_or(Ok(None), |source| Err(invalid(place, source, directory)));
    }
    Ok(None)
}

fn without_fragment(text: &str) -> &str {
    text.split('#').next().unwrap_or_default()
}

fn without_extras(name: &str) -> String {
    name.split('[').next().unwrap_or_default().to_owned()
}

fn invalid(text: &str, source: InvalidRequirement, directory: &Path) -> OperationError {
    OperationError::invalid_requirement(text, source, &Origin::CommandLine, directory)
}
