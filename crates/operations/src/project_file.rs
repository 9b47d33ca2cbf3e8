//! The dependencies of a project (`pyproject.toml`, PEP 621), for who wants them and not the project: read where the file
//! says them; where a build backend does, it is asked.

use std::collections::BTreeSet;
use std::path::Path;

use distribution::{ProjectTable, Pyproject};
use requirement::{ExtraName, Requirement, RequirementSource};
use resolver::Origin;

use crate::collect::{Collected, Collector, Wanted, WantedKind};
use crate::{Event, OperationError};

/// Which optional dependencies are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedExtras {
    /// Those of these extras.
    Named(Vec<ExtraName>),
    /// Those of all.
    All,
}

/// How a project was collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CollectedProject {
    /// Its dependencies are among what is wanted.
    Read,
    /// The project is, as this text; its dependencies are known when it has been looked at.
    Whole(String),
}

impl Collector<'_> {
    /// Adds the dependencies of the project whose `pyproject.toml`, `setup.py` or `setup.cfg` is at `file`.
    pub fn project_file(
        &self,
        file: &str,
        extras: &WantedExtras,
        collected: &mut Collected,
    ) -> Result<CollectedProject, OperationError> {
        let path = self.directory.join(file);
        let unreadable = |source| OperationError::NotReadable { path: path.clone(), source };
        let bytes = std::fs::read(&path).map_err(unreadable)?;
        let is_pyproject = path.file_name().is_some_and(|name| name == "pyproject.toml");
        if is_pyproject {
            let invalid = |source| OperationError::InvalidProject { path: path.clone(), source };
            let table = Pyproject::parse(&bytes).map_err(invalid)?.project().map_err(invalid)?;
            if let Some(requirements) = table.as_ref().and_then(|table| static_dependencies(table, extras)) {
                let name = table.as_ref().map(|table| table.name_text.clone()).unwrap_or_default();
                self.warn_of_unknown(extras, table.as_ref(), file);
                let origin = Origin::Other(format!("{name} ({file})"));
                collected.wanted.extend(requirements.into_iter().map(|requirement| Wanted {
                    kind: WantedKind::Named(requirement),
                    hashes: Vec::new(),
                    config_settings: Vec::new(),
                    origin: origin.clone(),
                    directory: self.directory.to_owned(),
                }));
                return Ok(CollectedProject::Read);
            }
        }
        let directory = match Path::new(file).parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.display().to_string(),
            _ => ".".to_owned(),
        };
        let lead = if Path::new(&directory).is_absolute() || directory.starts_with('.') { "" } else { "./" };
        let text = format!("{lead}{directory}{}", bracketed(extras));
        collected.wanted.push(Wanted {
            kind: WantedKind::Reference { text: text.clone(), editable: false },
            hashes: Vec::new(),
            config_settings: Vec::new(),
            origin: Origin::Other(file.to_owned()),
            directory: self.directory.to_owned(),
        });
        Ok(CollectedProject::Whole(text))
    }
}

impl Collector<'_> {
    fn warn_of_unknown(&self, extras: &WantedExtras, table: Option<&ProjectTable>, file: &str) {
        let WantedExtras::Named(names) = extras else { return };
        let known = table.and_then(|table| table.optional_dependencies.as_deref()).unwrap_or_default();
        for name in names.iter().filter(|name| known.iter().all(|(extra, _)| extra != *name)) {
            let warning = format!("{file} does not provide the extra '{name}'");
            self.context.reporter.event(Event::Warning(&warning));
        }
    }
}

fn bracketed(extras: &WantedExtras) -> String {
    match extras {
        WantedExtras::Named(names) if !names.is_empty() => {
            let names: Vec<&str> = names.iter().map(ExtraName::as_str).collect();
            format!("[{}]", names.join(","))
        }
        WantedExtras::Named(_) | WantedExtras::All => String::new(),
    }
}

/// The dependencies with those of the extras, where the file says them; an extra that names others of its own project
/// brings theirs.
fn static_dependencies(table: &ProjectTable, extras: &WantedExtras) -> Option<Vec<Requirement>> {
    let is_dynamic = |field: &str| table.dynamic.iter().any(|dynamic| dynamic == field);
    if is_dynamic("dependencies") || is_dynamic("optional-dependencies") {
        return None;
    }
    let none = Vec::new();
    let optional = table.optional_dependencies.as_deref().unwrap_or(&none);
    let mut requirements = table.dependencies.clone().unwrap_or_default();
    let mut open: Vec<ExtraName> = match extras {
        WantedExtras::Named(names) => names.clone(),
        WantedExtras::All => optional.iter().map(|(extra, _)| extra.clone()).collect(),
    };
    let mut met = BTreeSet::new();
    while let Some(extra) = open.pop() {
        if !met.insert(extra.clone()) {
            continue;
        }
        let of_extra = optional.iter().filter(|(name, _)| *name == extra).flat_map(|(_, list)| list);
        for requirement in of_extra {
            let is_own = requirement.name == table.name
                && matches!(requirement.source, RequirementSource::Index(_))
                && requirement.marker.is_none();
            match is_own {
                true => open.extend(requirement.extras.iter().cloned()),
                false => requirements.push(requirement.clone()),
            }
        }
    }
    Some(requirements)
}
