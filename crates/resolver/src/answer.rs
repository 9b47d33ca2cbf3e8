//! From what the search decided to an answer, and the check of pip's rule for pre-releases on it.

use pubgrub::VersionSet;
use requirement::{ProjectName, Requirement, RequirementSource, Version};
use rustc_hash::FxHashMap;

use crate::cells::Cells;
use crate::node::Node;
use crate::search::Search;
use crate::{ProviderError, Resolution, ResolveError, ResolvedPin, order};

impl Search<'_> {
    /// The answer, from the nodes that were decided.
    pub(crate) fn resolution(&self, pins: &[(Node, Version)]) -> Result<Resolution, ResolveError> {
        let mut resolution = Resolution::default();
        let mut projects: FxHashMap<&ProjectName, ResolvedPin> = FxHashMap::default();
        for (node, version) in pins {
            if let Node::Project(name) = node {
                let pin = ResolvedPin {
                    name: name.clone(),
                    name_text: self.spelled(name),
                    version: version.clone(),
                    extras: Vec::new(),
                    installed: self.is_installed(name, version),
                    required_by: Vec::new(),
                    requested: false,
                };
                projects.insert(name, pin);
            }
        }
        for root in self.request.roots.iter().filter(|root| self.request.applies(&root.requirement, &[])) {
            if let Some(pin) = projects.get_mut(&root.requirement.name) {
                pin.requested = true;
            }
        }
        for (node, version) in pins {
            if let Node::Extra(name, extra) = node
                && let Some(pin) = projects.get_mut(name)
            {
                pin.extras.push(extra.clone());
            }
            let (Some(name), false) = (node.project(), self.request.no_dependencies) else { continue };
            let extra = if let Node::Extra(_, extra) = node { Some(extra) } else { None };
            if let Ok(metadata) = self.metadata(name, version).map_err(ResolveError::Provider)? {
                if let Some(extra) = extra.filter(|extra| !metadata.provides_extra.contains(extra)) {
                    resolution.missing_extras.push((name.clone(), version.clone(), extra.clone()));
                }
                for requirement in self.requirements(&metadata, extra) {
                    if let Some(pin) = projects.get_mut(&requirement.name).filter(|pin| &pin.name != name) {
                        pin.required_by.push(name.clone());
                    }
                }
            }
        }
        resolution.pins = projects.into_values().collect();
        resolution.pins.sort_by_cached_key(|pin| self.met(&pin.name));
        for pin in &mut resolution.pins {
            pin.extras.sort();
            pin.required_by.sort();
            pin.required_by.dedup();
        }
        resolution.missing_extras.sort();
        Ok(resolution)
    }

    /// A project whose pre-release was chosen though pip's rule would not have it: no requirement that is part of the answer
    /// names a pre-release, and a final version satisfies them all.
    pub(crate) fn unwanted_prerelease(
        &self,
        resolution: &Resolution,
    ) -> Result<Option<ProjectName>, ResolveError> {
        let is_open = |pin: &&ResolvedPin| {
            pin.version.is_prerelease()
                && !pin.installed
                && self.request.releases.allows(&pin.name) != Some(true)
        };
        for pin in resolution.pins.iter().filter(is_open) {
            let requirements = self.requirements_on(pin, resolution).map_err(ResolveError::Provider)?;
            let named = requirements.iter().any(|(requirement, opens)| {
                *opens
                    && matches!(&requirement.source, RequirementSource::Index(set) if set.names_prerelease())
            });
            if named || !self.allows_prereleases(&pin.name) {
                continue;
            }
            let mut cells = Cells::full();
            for (requirement, _) in &requirements {
                cells = cells.intersection(&self.cells(requirement).map_err(ResolveError::Provider)?);
            }
            for version in &self.members(&pin.name, &cells).map_err(ResolveError::Provider)? {
                if !version.is_prerelease()
                    && self.usability(&pin.name, version).map_err(ResolveError::Provider)?.is_usable()
                {
                    return Ok(Some(pin.name.clone()));
                }
            }
        }
        Ok(None)
    }

    /// All requirements and constraints of the answer on one of its projects, each with whether it may open pre-releases.
    fn requirements_on(
        &self,
        pin: &ResolvedPin,
        resolution: &Resolution,
    ) -> Result<Vec<(Requirement, bool)>, ProviderError> {
        let roots = self.request.roots.iter().filter(|root| root.requirement.name == pin.name);
        let mut requirements: Vec<(Requirement, bool)> = roots
            .filter(|root| self.request.applies(&root.requirement, &[]))
            .map(|root| (root.requirement.clone(), root.opens()))
            .collect();
        let constraints = self.request.constraints_of(&pin.name);
        requirements.extend(constraints.map(|constraint| (constraint.requirement.clone(), true)));
        for parent in resolution.pins.iter().filter(|parent| pin.required_by.contains(&parent.name)) {
            if let Ok(metadata) = self.metadata(&parent.name, &parent.version)? {
                for extra in order::extras_and_none(parent) {
                    let of_parent = self.requirements(&metadata, extra);
                    let of_parent = of_parent.filter(|other| other.name == pin.name);
                    requirements.extend(of_parent.map(|requirement| (requirement.clone(), true)));
                }
            }
        }
        Ok(requirements)
    }
}
