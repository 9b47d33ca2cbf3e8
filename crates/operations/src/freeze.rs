//! `freeze`: what is installed, as requirements.

use std::path::PathBuf;

use cache::Cache;
use distribution::{DirectUrl, DirectUrlKind};
use install::InstalledDistribution;
use python::Environment;
use requirement::ProjectName;

use crate::{OperationError, list};

/// One line of `freeze`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeLine {
    /// The project.
    pub name: ProjectName,
    /// The line.
    pub text: String,
}

/// The environment as requirements, by name without regard to case.
pub fn freeze(environment: &Environment, cache: &Cache) -> Result<Vec<FreezeLine>, OperationError> {
    let installed = list(environment, cache)?;
    let mut lines: Vec<FreezeLine> = installed
        .distributions
        .iter()
        .map(|distribution| FreezeLine { name: distribution.name.clone(), text: line(distribution) })
        .collect();
    lines.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(lines)
}

/// As pip writes it: an editable checkout by repository and commit, another editable by its directory.
fn line(distribution: &InstalledDistribution) -> String {
    let (name, version) = (distribution.name_text(), &distribution.version);
    let Some(direct) = distribution.direct_url() else { return format!("{name}=={version}") };
    let Some(directory) = editable_location(&direct) else {
        return format!("{name} @ {}", direct.reference());
    };
    match vcs::describe(&directory, &vcs::Options::default()) {
        Ok(Some(found)) => format!("-e {}", found.requirement(&name)),
        Ok(None) => {
            format!(
                "# Editable install with no version control ({name}=={version})\n-e {}",
                directory.display()
            )
        }
        Err(_) => format!(
            "# Editable install whose repository has no remote ({name}=={version})\n-e {}",
            directory.display()
        ),
    }
}

/// The directory of an editable project.
pub fn editable_location(direct: &DirectUrl) -> Option<PathBuf> {
    match direct.kind {
        DirectUrlKind::Directory { editable: true } => index::path_of_file_url(&direct.url),
        _ => None,
    }
}
