//! What an upgrade leaves at a version older than the newest there is, and what holds it there: a requirement of something
//! else in the environment, one of the user, or one of the newest version itself.

use std::collections::BTreeSet;

use requirement::{ProjectName, Requirement, RequirementSource, Version};
use resolver::{Dependencies, Origin, Provider, ResolvedPin};

use crate::answer::plain;
use crate::changes::HeldBack;
use crate::index_versions::usable;
use crate::install::Reviewed;
use crate::outdated::latest;
use crate::pip_shim::is_pip_shim;
use crate::plan::Plan;

/// Those of `meant` that stay older than need be.
pub(crate) fn held_back(
    meant: &BTreeSet<ProjectName>,
    plan: &Plan,
    reviewed: &Reviewed<'_>,
) -> Vec<HeldBack> {
    let pins = plan.all();
    let look = Look { pins: &pins, reviewed };
    pins.iter().filter(|pin| meant.contains(&pin.name)).filter_map(|pin| look.at(pin)).collect()
}

struct Look<'a> {
    pins: &'a [&'a ResolvedPin],
    reviewed: &'a Reviewed<'a>,
}

impl Look<'_> {
    fn at(&self, pin: &ResolvedPin) -> Option<HeldBack> {
        let preparer = self.reviewed.preparer;
        let options = preparer.sources().options();
        // Nobody looks into an index for what comes from elsewhere.
        if preparer.direct(&pin.name).is_some() {
            return None;
        }
        // The search has asked for it: this waits for nothing.
        let project = preparer.project(&pin.name).ok()?;
        let newest = latest(usable(&project, preparer.rules(), options), options.prefer_built)?.version;
        // The stand-in for pip has no newer version.
        if newest <= pin.version || is_pip_shim(&pin.name, &pin.version) {
            return None;
        }
        let mut reasons = self.of_user(pin, &newest)?;
        reasons.extend(self.of_others(pin, &newest));
        if reasons.is_empty() {
            reasons = self.of_itself(&pin.name, &newest);
        }
        let name = self.reviewed.installed.get(&pin.name).map(|found| found.name_text());
        let name = name.unwrap_or_else(|| pin.name_text.to_string());
        let mut reason = format!("{newest} is there");
        if !reasons.is_empty() {
            reason.push_str(&format!(", but {}", reasons.join(", ")));
        }
        Some(HeldBack { name, version: pin.version.to_string(), reason })
    }

    /// What the user said of it; none: it is on the command line, and nobody need be told.
    fn of_user(&self, pin: &ResolvedPin, newest: &Version) -> Option<Vec<String>> {
        let request = self.reviewed.preparer.request();
        let roots = request.roots.iter().map(|root| (&root.requirement, &root.origin));
        let constraints = request.constraints.iter().map(|limit| (&limit.requirement, &limit.origin));
        let limiting = roots.chain(constraints).filter(|(requirement, _)| {
            requirement.name == pin.name && request.applies(requirement, &[]) && !allows(requirement, newest)
        });
        let reasons = limiting.map(|(requirement, origin)| match origin {
            Origin::CommandLine => None,
            origin => Some(format!("{origin} wants {}", plain(requirement))),
        });
        reasons.collect()
    }

    fn of_others(&self, pin: &ResolvedPin, newest: &Version) -> Vec<String> {
        let askers = self.pins.iter().filter(|other| pin.required_by.contains(&other.name));
        let mut reasons = Vec::new();
        for asker in askers {
            let requirements = self.requirements(&asker.name, &asker.version, asker.installed, &asker.extras);
            let mut limiting = requirements.iter().flatten();
            let limiting =
                limiting.find(|requirement| requirement.name == pin.name && !allows(requirement, newest));
            reasons.extend(limiting.map(|requirement| {
                format!("{} {} requires {}", asker.name_text, asker.version, plain(requirement))
            }));
        }
        reasons
    }

    /// What the newest version requires and the others are not.
    fn of_itself(&self, name: &ProjectName, newest: &Version) -> Vec<String> {
        let requirements = match self.requirements(name, newest, false, &[]) {
            Ok(requirements) => requirements,
            Err(reason) => return vec![reason],
        };
        let unmet = requirements.iter().filter_map(|requirement| {
            let other = self.pins.iter().find(|other| other.name == requirement.name)?;
            let text = || {
                format!(
                    "it requires {}, and {} stays at {}",
                    plain(requirement),
                    other.name_text,
                    other.version
                )
            };
            (!allows(requirement, &other.version)).then(text)
        });
        unmet.collect()
    }

    /// What a version requires here, or why it cannot be used.
    fn requirements(
        &self,
        name: &ProjectName,
        version: &Version,
        installed: bool,
        extras: &[requirement::ExtraName],
    ) -> Result<Vec<Requirement>, String> {
        let preparer = self.reviewed.preparer;
        match preparer.dependencies(name, version, installed) {
            Ok(Dependencies::Known(metadata)) => {
                let applying = metadata.requires_dist.iter().filter(|requirement| {
                    preparer.request().applies(requirement, &[])
                        || preparer.request().applies(requirement, extras)
                });
                Ok(applying.cloned().collect())
            }
            Ok(Dependencies::Unavailable(reason)) => Err(reason),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn allows(requirement: &Requirement, version: &Version) -> bool {
    match &requirement.source {
        RequirementSource::Index(specifiers) => specifiers.contains(version),
        RequirementSource::Url(_) => false,
    }
}
