//! `freeze`: what is installed, as requirements.

use cache::Cache;
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
        .map(|distribution| {
            let name = distribution.name_text();
            let text = match distribution.direct_url() {
                Some(direct) => format!("{name} @ {}", direct.reference()),
                None => format!("{name}=={}", distribution.version),
            };
            FreezeLine { name: distribution.name.clone(), text }
        })
        .collect();
    lines.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(lines)
}
