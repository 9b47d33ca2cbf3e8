//! What is installed, as a graph: who requires whom here (core metadata `Requires-Dist`, PEP 508 markers evaluated), and
//! what the user asked for (REQUESTED, recording installed projects specification).
//!
//! Nobody records which extras the user asked for. An extra counts where somebody's requirement names it; else where it
//! alone explains why something is installed that nobody asked for and nothing else requires.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ::cache::Cache;
use ::install::InstalledDistribution;
use python::Environment;
use requirement::{ExtraName, MarkerEnvironment, ProjectName, Requirement, RequirementSource, Version};
use rustc_hash::FxHashMap;

use crate::OperationError;
use crate::list::{ListedDistribution, Listing, list_everything};

/// A project that is installed, or that something installed requires.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) name: ProjectName,
    /// As its metadata, or who requires it, spells it.
    pub(crate) name_text: String,
    /// The version as shown; none: it is not installed.
    pub(crate) version: Option<String>,
    /// Whether the user asked for it.
    pub(crate) requested: bool,
    /// What it requires here, by name.
    pub(crate) edges: Vec<Edge>,
    /// What it would require here with all of its extras, and is installed.
    pub(crate) possible: Vec<usize>,
    /// What of its metadata is no requirement, where something is not: then nobody knows what it requires.
    pub(crate) unreadable: Option<String>,
}

/// That one project requires another.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// The project that is required.
    pub(crate) target: usize,
    /// In which words; more than one where the metadata says it more than once.
    pub(crate) requirements: Vec<Requirement>,
    /// The extras of the one who requires that explain it, where nobody's requirement names them.
    pub(crate) extras: Vec<ExtraName>,
    /// Whether what is installed will do.
    pub(crate) fits: bool,
}

impl Edge {
    /// The versions (or the URL) that are required, as pip shows them; empty where any will do.
    pub(crate) fn specifiers(&self) -> String {
        let texts: BTreeSet<String> = self.requirements.iter().map(specifiers).collect();
        let texts: Vec<String> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        texts.join(",")
    }

    /// The extras of the project that is required that are asked for.
    pub(crate) fn target_extras(&self) -> Vec<String> {
        let extras = self.requirements.iter().flat_map(|requirement| &requirement.extras);
        let extras: BTreeSet<String> = extras.map(|extra| extra.as_str().to_owned()).collect();
        extras.into_iter().collect()
    }
}

fn specifiers(requirement: &Requirement) -> String {
    match &requirement.source {
        RequirementSource::Index(set) => set.to_sorted_string(),
        RequirementSource::Url(url) => format!("@ {}", network::redacted(url)),
    }
}

/// The projects, those that are installed first and by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    positions: FxHashMap<ProjectName, usize>,
    /// What pip warns of.
    pub(crate) warnings: Vec<String>,
}

impl Graph {
    /// Reads what is installed.
    pub(crate) fn read(environment: &Environment, cache: &Cache) -> Result<Self, OperationError> {
        Ok(Self::of(list_everything(environment, cache)?, &environment.interpreter.facts.markers))
    }

    /// The graph of what is listed, for an interpreter with these markers.
    pub(crate) fn of(listing: Listing, markers: &MarkerEnvironment) -> Self {
        let installed: Vec<Installed> = listing.distributions.into_iter().map(Installed::new).collect();
        let mut extras = Extras::new(&installed, markers);
        extras.settle((0..installed.len()).collect());
        let explained = extras.explain();
        let mut graph = Self {
            nodes: installed.iter().map(Installed::node).collect(),
            positions: extras.positions.clone(),
            warnings: listing.warnings,
        };
        for (index, one) in installed.iter().enumerate() {
            let active = extras.of(index);
            let mut edges: BTreeMap<ProjectName, (Vec<Requirement>, Vec<ExtraName>)> = BTreeMap::new();
            for (number, requirement) in one.requires.iter().enumerate() {
                let explaining = explained.get(&(index, number));
                let applies = requirement.applies(markers, &active);
                if applies || explaining.is_some() {
                    let (requirements, extras) = edges.entry(requirement.name.clone()).or_default();
                    requirements.push(Requirement { marker: None, ..requirement.clone() });
                    extras.extend(explaining.filter(|_| !applies).into_iter().flatten().cloned());
                }
                if let Some(target) = extras
                    .positions
                    .get(&requirement.name)
                    .filter(|_| applies || !one.extras_for(requirement, markers).is_empty())
                {
                    graph.nodes[index].possible.push(*target);
                }
            }
            for (name, (requirements, extras)) in edges {
                let edge = graph.edge(name, requirements, extras, &installed);
                graph.nodes[index].edges.push(edge);
            }
        }
        graph
    }

    fn edge(
        &mut self,
        name: ProjectName,
        requirements: Vec<Requirement>,
        extras: Vec<ExtraName>,
        installed: &[Installed],
    ) -> Edge {
        let target = match self.positions.get(&name) {
            Some(target) => *target,
            None => {
                let written = requirements.first().map(|requirement| requirement.name_text.to_string());
                self.positions.insert(name.clone(), self.nodes.len());
                self.nodes.push(Node {
                    name_text: written.unwrap_or_else(|| name.to_string()),
                    name,
                    version: None,
                    requested: false,
                    edges: Vec::new(),
                    possible: Vec::new(),
                    unreadable: None,
                });
                self.nodes.len() - 1
            }
        };
        let fits = installed.get(target).is_some_and(|found| {
            requirements.iter().all(|requirement| satisfies(found.version.as_ref(), requirement))
        });
        Edge { target, requirements, extras, fits }
    }

    /// Where the project of that name stands.
    pub(crate) fn position(&self, name: &ProjectName) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// For each node, who requires it and by which of its edges.
    pub(crate) fn dependents(&self) -> Vec<Vec<(usize, usize)>> {
        let mut dependents = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for (number, edge) in node.edges.iter().enumerate() {
                dependents[edge.target].push((index, number));
            }
        }
        dependents
    }
}

/// Whether `version` (none: no version by PEP 440) will do.
fn satisfies(version: Option<&Version>, requirement: &Requirement) -> bool {
    match &requirement.source {
        RequirementSource::Index(set) if set.specifiers().is_empty() => true,
        RequirementSource::Index(set) => version.is_some_and(|version| set.contains(version)),
        RequirementSource::Url(_) => true,
    }
}

/// An installed distribution with its requirements parsed.
struct Installed {
    listed: ListedDistribution,
    version: Option<Version>,
    requires: Vec<Requirement>,
    provided: Vec<ExtraName>,
    unreadable: Option<String>,
}

impl Installed {
    fn new(listed: ListedDistribution) -> Self {
        let (mut requires, mut unreadable) = (Vec::new(), None);
        for text in listed.values("Requires-Dist") {
            match text.trim().parse::<Requirement>() {
                Ok(requirement) => requires.push(requirement),
                Err(_) => {
                    _ = unreadable.get_or_insert_with(|| format!("'{}' is no requirement", text.trim()))
                }
            }
        }
        if listed.fields.is_empty() {
            unreadable = Some(missing_metadata(&listed.distribution));
        }
        let provided = listed.values("Provides-Extra").filter_map(|text| text.trim().parse().ok()).collect();
        let version = (!listed.is_legacy).then(|| listed.distribution.version.clone());
        Self { listed, version, requires, provided, unreadable }
    }

    fn node(&self) -> Node {
        let distribution = &self.listed.distribution;
        Node {
            name: distribution.name.clone(),
            name_text: self.listed.name_text.clone(),
            version: Some(self.listed.version_text()),
            // `setup.py develop` writes no mark, and is never run for a dependency.
            requested: is_marked(distribution) || distribution.egg_link.is_some(),
            edges: Vec::new(),
            possible: Vec::new(),
            unreadable: self.unreadable.clone(),
        }
    }

    /// The extras with which `requirement` applies.
    fn extras_for(&self, requirement: &Requirement, markers: &MarkerEnvironment) -> Vec<ExtraName> {
        let alone = |extra: &&ExtraName| requirement.applies(markers, std::slice::from_ref(*extra));
        self.provided.iter().filter(alone).cloned().collect()
    }
}

/// Whether a mark says that the user asked for it; uv marks everything that it installs, which says nothing.
fn is_marked(distribution: &InstalledDistribution) -> bool {
    distribution.requested() && distribution.installer().as_deref() != Some("uv")
}

/// Why the metadata of a distribution says nothing.
pub(crate) fn missing_metadata(distribution: &InstalledDistribution) -> String {
    let path = distribution.metadata_path();
    match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            format!("it has no {}", path.file_name().unwrap_or_default().to_string_lossy())
        }
        Err(error) => format!("{} cannot be read: {error}", path.display()),
        Ok(_) => format!("{} holds no metadata", path.display()),
    }
}

/// Which extras count.
struct Extras<'a> {
    installed: &'a [Installed],
    markers: &'a MarkerEnvironment,
    positions: FxHashMap<ProjectName, usize>,
    /// By normalised name, for each distribution.
    active: Vec<BTreeMap<String, ExtraName>>,
}

impl<'a> Extras<'a> {
    fn new(installed: &'a [Installed], markers: &'a MarkerEnvironment) -> Self {
        let names = installed.iter().enumerate();
        let positions = names.map(|(index, one)| (one.listed.distribution.name.clone(), index)).collect();
        Self { installed, markers, positions, active: vec![BTreeMap::new(); installed.len()] }
    }

    fn of(&self, index: usize) -> Vec<ExtraName> {
        self.active.get(index).map(|extras| extras.values().cloned().collect()).unwrap_or_default()
    }

    /// Asks for the extras that `requirement` names; the distribution, if it now has more than before.
    fn ask(&mut self, requirement: &Requirement) -> Option<usize> {
        let target = *self.positions.get(&requirement.name)?;
        let active = self.active.get_mut(target)?;
        let before = active.len();
        for extra in &requirement.extras {
            active.entry(extra.as_str().to_owned()).or_insert_with(|| extra.clone());
        }
        (active.len() > before).then_some(target)
    }

    /// Follows requirements from those in `pending` until no further extra is asked for.
    fn settle(&mut self, mut pending: VecDeque<usize>) {
        let installed = self.installed;
        while let Some(index) = pending.pop_front() {
            let active = self.of(index);
            let requires = installed.get(index).map_or(&[][..], |one| &one.requires);
            for requirement in requires.iter().filter(|found| !found.extras.is_empty()) {
                if requirement.applies(self.markers, &active) {
                    pending.extend(self.ask(requirement));
                }
            }
        }
    }

    /// Finds the requirements (by distribution and place) of extras that alone explain why something is there.
    fn explain(&mut self) -> FxHashMap<(usize, usize), Vec<ExtraName>> {
        let mut is_explained: Vec<bool> = self.installed.iter().map(|one| one.node().requested).collect();
        for (index, one) in self.installed.iter().enumerate() {
            let active = self.of(index);
            let applying = one.requires.iter().filter(|found| found.applies(self.markers, &active));
            for target in applying.filter_map(|found| self.positions.get(&found.name)) {
                is_explained[*target] |= *target != index;
            }
        }
        let mut found = FxHashMap::default();
        for (index, one) in self.installed.iter().enumerate() {
            for (number, requirement) in one.requires.iter().enumerate() {
                let target = self.positions.get(&requirement.name).copied();
                let Some(target) = target.filter(|target| *target != index && !is_explained[*target]) else {
                    continue;
                };
                let fits = self
                    .installed
                    .get(target)
                    .is_some_and(|found| satisfies(found.version.as_ref(), requirement));
                let extras = one.extras_for(requirement, self.markers);
                if fits && !extras.is_empty() {
                    found.insert((index, number), extras);
                    let pending = self.ask(requirement);
                    self.settle(pending.into_iter().collect());
                }
            }
        }
        found
    }
}
