//! Whether an environment that is there has what a build needs: what the source tree lists, as pip looks, or also what the
//! backend asks for and what all these need in turn, as `build` looks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use requirement::{ExtraName, MarkerEnvironment, Requirement};
use serde::Deserialize;

use crate::BuildError;

/// What an environment that is there is looked through for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DependencyCheck {
    /// For nothing.
    #[default]
    None,
    /// For what the source tree lists (pip's `--check-build-dependencies`).
    Listed,
    /// For what the tree lists, what the backend asks for, and what all these need (`build --no-isolation`).
    Thorough,
}

/// A distribution that is installed.
#[derive(Debug, Deserialize)]
struct Found {
    version: String,
    requires: Vec<String>,
}

impl Found {
    fn meets(&self, requirement: &Requirement) -> bool {
        requirement
            .specifiers()
            .is_none_or(|specifiers| self.version.parse().is_ok_and(|version| specifiers.contains(&version)))
    }
}

/// What is installed, by normalised names.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Installed(BTreeMap<String, Found>);

impl Installed {
    fn get(&self, requirement: &Requirement) -> Option<&Found> {
        self.0.get(requirement.name.as_str())
    }

    /// Looks for what the tree of `package` lists, in pip's words.
    pub(crate) fn check_listed(
        &self,
        requirements: &[Requirement],
        markers: &MarkerEnvironment,
        package: String,
    ) -> Result<(), BuildError> {
        let (mut missing, mut conflicts) = (Vec::new(), Vec::new());
        for requirement in requirements.iter().filter(|requirement| requirement.applies(markers, &[])) {
            match self.get(requirement) {
                None => missing.push(format!("'{requirement}'")),
                Some(found) if found.meets(requirement) => {}
                Some(found) => conflicts.push(format!(
                    "{}=={} is incompatible with {requirement}",
                    requirement.name, found.version
                )),
            }
        }
        match (conflicts.is_empty(), missing.is_empty()) {
            (false, _) => Err(BuildError::Conflicting { package, conflicts }),
            (true, false) => Err(BuildError::Missing { package, missing }),
            (true, true) => Ok(()),
        }
    }

    /// Looks for requirements and what they need in turn, in the words of `build`. Each is told of once.
    pub(crate) fn check_all(
        &self,
        requirements: &[Requirement],
        markers: &MarkerEnvironment,
        python: &Path,
    ) -> Result<(), BuildError> {
        let mut unmet = Vec::new();
        let mut seen = BTreeSet::new();
        // With the extras that its marker may ask for, and the requirements that lead to it.
        let mut open: Vec<(Requirement, Vec<ExtraName>, Vec<String>)> =
            requirements.iter().map(|requirement| (requirement.clone(), Vec::new(), Vec::new())).collect();
        while let Some((requirement, extras, mut chain)) = open.pop() {
            if !requirement.applies(markers, &extras) || !seen.insert(requirement.to_string()) {
                continue;
            }
            let text = requirement.to_string();
            chain.push(text.split(';').next().unwrap_or_default().trim().to_owned());
            match self.get(&requirement) {
                Some(found) if found.meets(&requirement) => {
                    let needed = found.requires.iter().filter_map(|text| text.parse().ok());
                    open.extend(needed.map(|needed| (needed, requirement.extras.clone(), chain.clone())));
                }
                found => {
                    let wanted = requirement.specifiers().map(ToString::to_string);
                    let wanted = wanted.filter(|wanted| !wanted.is_empty());
                    let found = found.map_or("not installed", |found| found.version.as_str());
                    unmet.push(format!(
                        "\n\t{}\n\t\twanted: {}\n\t\tfound: {found}",
                        chain.join(" -> "),
                        wanted.as_deref().unwrap_or("any")
                    ));
                }
            }
        }
        unmet.sort();
        if unmet.is_empty() {
            return Ok(());
        }
        Err(BuildError::Unmet { python: python.to_owned(), unmet })
    }
}
