//! A small world of projects for tests: `World::new().project("a", "1", &["b>=2"])`.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::Arc;

use distribution::CoreMetadata;
use requirement::{MarkerEnvironment, ProjectName, Requirement, Version, VersionRanges};
use rpip_resolver::{
    Constraint, Dependencies, Origin, Preference, Provider, ProviderError, Request, Root, Usability,
};

#[derive(Debug, Clone)]
pub struct Release {
    pub metadata: Arc<CoreMetadata>,
    pub usability: Usability,
}

/// All there is; a provider that knows it.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub projects: BTreeMap<ProjectName, BTreeMap<Version, Release>>,
}

impl World {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn project(self, name: &str, version: &str, requires: &[&str]) -> Self {
        self.release(name, version, requires, Usability::Usable)
    }

    pub fn yanked(self, name: &str, version: &str) -> Self {
        self.release(name, version, &[], Usability::Yanked)
    }

    pub fn sdist_only(self, name: &str, version: &str) -> Self {
        self.release(name, version, &[], Usability::FromSource)
    }

    pub fn unusable(self, name: &str, version: &str, reason: &str) -> Self {
        self.release(name, version, &[], Usability::Unusable(reason.to_owned()))
    }

    fn release(mut self, name: &str, version: &str, requires: &[&str], usability: Usability) -> Self {
        let mut text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        for requirement in requires {
            text.push_str(&format!("Requires-Dist: {requirement}\n"));
            if let Some((_, extra)) = requirement.split_once("extra == '") {
                text.push_str(&format!("Provides-Extra: {}\n", extra.trim_end_matches('\'')));
            }
        }
        let metadata = Arc::new(CoreMetadata::parse(text.as_bytes()).unwrap());
        self.projects
            .entry(name.parse().unwrap())
            .or_default()
            .insert(version.parse().unwrap(), Release { metadata, usability });
        self
    }
}

impl Provider for World {
    fn expect(&self, _: &ProjectName, _: &VersionRanges) {}

    fn expect_versions(&self, _: &ProjectName, _: &[Version]) {}

    fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
        let releases = self.projects.get(project);
        Ok(releases.map(|releases| releases.keys().rev().cloned().collect()).unwrap_or_else(|| Arc::from([])))
    }

    fn usability(&self, project: &ProjectName, version: &Version) -> Result<Usability, ProviderError> {
        Ok(self.projects[project][version].usability.clone())
    }

    fn dependencies(
        &self,
        project: &ProjectName,
        version: &Version,
        _: bool,
    ) -> Result<Dependencies, ProviderError> {
        Ok(Dependencies::Known(Arc::clone(&self.projects[project][version].metadata)))
    }
}

pub fn environment() -> MarkerEnvironment {
    MarkerEnvironment {
        implementation_name: "cpython".into(),
        implementation_version: "3.12.1".into(),
        os_name: "posix".into(),
        platform_machine: "x86_64".into(),
        platform_python_implementation: "CPython".into(),
        platform_release: "6.1".into(),
        platform_system: "Linux".into(),
        platform_version: "1".into(),
        python_full_version: "3.12.1".into(),
        python_version: "3.12".into(),
        sys_platform: "linux".into(),
    }
}

/// A request for these requirements on the command line.
pub fn request(requirements: &[&str]) -> Request {
    let roots = requirements
        .iter()
        .map(|text| Root { requirement: text.parse().unwrap(), origin: Origin::CommandLine })
        .collect();
    Request { roots, markers: Some(environment()), ..Request::default() }
}

pub fn with_constraints(mut request: Request, constraints: &[&str]) -> Request {
    let constraint = |(index, text): (usize, &&str)| Constraint {
        requirement: text.parse::<Requirement>().unwrap(),
        origin: Origin::File { file: "c.txt".into(), line: index + 1, constraint: true },
    };
    request.constraints = constraints.iter().enumerate().map(constraint).collect();
    request
}

pub fn with_installed(mut request: Request, installed: &[(&str, &str, bool)]) -> Request {
    for (name, version, keep) in installed {
        let preference = Preference { version: version.parse().unwrap(), keep: *keep };
        request.installed.insert(name.parse().unwrap(), preference);
    }
    request
}

/// The pins as `name==version`, with extras, sorted.
pub fn pins(request: &Request, world: &World) -> Vec<String> {
    let resolution = rpip_resolver::resolve(request, world).unwrap();
    let shown = resolution.pins.iter().map(|pin| {
        let extras: Vec<&str> = pin.extras.iter().map(|extra| extra.as_str()).collect();
        let extras = if extras.is_empty() { String::new() } else { format!("[{}]", extras.join(",")) };
        format!("{}{extras}=={}", pin.name, pin.version)
    });
    let mut pins: Vec<String> = shown.collect();
    pins.sort();
    pins
}
