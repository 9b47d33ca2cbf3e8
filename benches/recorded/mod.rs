//! A graph of real projects, recorded once: project -> version -> `Requires-Dist`. It holds what resolving a web
//! application's requirements, and boto3 beside an old urllib3, looks at.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use distribution::CoreMetadata;
use requirement::{MarkerEnvironment, ProjectName, Version, VersionRanges};
use resolver::{Dependencies, Origin, Provider, ProviderError, Request, Root, Usability};

pub type Graph = BTreeMap<String, BTreeMap<String, Vec<String>>>;

pub fn graph() -> Graph {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&include_bytes!("../data/graph.json.gz")[..])
        .read_to_string(&mut text)
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

pub fn environment() -> MarkerEnvironment {
    MarkerEnvironment {
        implementation_name: "cpython".into(),
        implementation_version: "3.11.7".into(),
        os_name: "posix".into(),
        platform_machine: "x86_64".into(),
        platform_python_implementation: "CPython".into(),
        platform_release: "6.1".into(),
        platform_system: "Linux".into(),
        platform_version: "1".into(),
        python_full_version: "3.11.7".into(),
        python_version: "3.11".into(),
        sys_platform: "linux".into(),
    }
}

/// The recorded projects as a provider that answers at once.
pub struct Recorded {
    projects: BTreeMap<ProjectName, Releases>,
}

struct Releases {
    newest_first: Arc<[Version]>,
    metadata: BTreeMap<Version, Arc<CoreMetadata>>,
}

impl Recorded {
    pub fn new() -> Self {
        let projects = graph().into_iter().map(|(name, versions)| {
            let metadata: BTreeMap<Version, Arc<CoreMetadata>> = versions
                .into_iter()
                .map(|(version, requires)| {
                    let mut text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
                    requires
                        .iter()
                        .for_each(|requirement| text.push_str(&format!("Requires-Dist: {requirement}\n")));
                    (version.parse().unwrap(), Arc::new(CoreMetadata::parse(text.as_bytes()).unwrap()))
                })
                .collect();
            let newest_first: Arc<[Version]> = metadata.keys().rev().cloned().collect();
            (name.parse().unwrap(), Releases { newest_first, metadata })
        });
        Self { projects: projects.collect() }
    }
}

impl Provider for Recorded {
    fn expect(&self, _: &ProjectName, _: &VersionRanges) {}

    fn expect_versions(&self, _: &ProjectName, _: &[Version]) {}

    fn versions(&self, project: &ProjectName) -> Result<Arc<[Version]>, ProviderError> {
        Ok(self
            .projects
            .get(project)
            .map_or_else(|| Arc::from([]), |releases| Arc::clone(&releases.newest_first)))
    }

    fn usability(&self, _: &ProjectName, _: &Version) -> Result<Usability, ProviderError> {
        Ok(Usability::Usable)
    }

    fn dependencies(
        &self,
        project: &ProjectName,
        version: &Version,
        _: bool,
    ) -> Result<Dependencies, ProviderError> {
        Ok(Dependencies::Known(Arc::clone(&self.projects[project].metadata[version])))
    }
}

pub fn request(requirements: &[&str]) -> Request {
    let root = |text: &&str| Root { requirement: text.parse().unwrap(), origin: Origin::CommandLine };
    Request {
        roots: requirements.iter().map(root).collect(),
        markers: Some(environment()),
        ..Request::default()
    }
}
