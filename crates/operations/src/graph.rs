//! What is installed, as a graph: who requires whom here (core metadata `Requires-Dist`, PEP 508 markers evaluated), and
//! what the user asked for (REQUESTED, recording installed projects specification).
//!
//! Nobody records which extras the user asked for. An extra counts where somebody's requirement names it. What nobody asked
//! for and nothing requires is explained by extras of what the user asked for: such of which everything is there, if there are.

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
        let extras = Extras::new(&installed, markers);
        let mut graph = Self {
            nodes: installed.iter().map(Installed::node).collect(),
            positions: extras.positions.clone(),
            warnings: listing.warnings,
        };
        for (index, one) in installed.iter().enumerate() {
            let named = extras.named(index);
            let mut edges: BTreeMap<ProjectName, (Vec<Requirement>, Vec<ExtraName>)> = BTreeMap::new();
            for requirement in &one.requires {
                let applies = requirement.applies(markers, &named);
                let explaining = if applies { Vec::new() } else { extras.explaining(index, requirement) };
                if applies || !explaining.is_empty() {
                    let (requirements, through) = edges.entry(requirement.name.clone()).or_default();
                    requirements.push(Requirement { marker: None, ..requirement.clone() });
                    through.extend(explaining);
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
    requested: bool,
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
        // `setup.py develop` writes no mark, and is never run for a dependency.
        let requested = is_marked(&listed.distribution) || listed.distribution.egg_link.is_some();
        Self { listed, version, requires, provided, requested, unreadable }
    }

    fn node(&self) -> Node {
        let distribution = &self.listed.distribution;
        Node {
            name: distribution.name.clone(),
            name_text: self.listed.name_text.clone(),
            version: Some(self.listed.version_text()),
            requested: self.requested,
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

/// Which extras count, and what is explained by somebody who requires it.
struct Extras<'a> {
    installed: &'a [Installed],
    markers: &'a MarkerEnvironment,
    positions: FxHashMap<ProjectName, usize>,
    /// Those that requirements name; by normalised name, for each distribution.
    named: Vec<BTreeMap<String, ExtraName>>,
    /// Those that nobody names and that explain something.
    guessed: Vec<Vec<ExtraName>>,
    is_explained: Vec<bool>,
}

impl<'a> Extras<'a> {
    fn new(installed: &'a [Installed], markers: &'a MarkerEnvironment) -> Self {
        let names = installed.iter().enumerate();
        let positions = names.map(|(index, one)| (one.listed.distribution.name.clone(), index)).collect();
        let mut extras = Self {
            installed,
            markers,
            positions,
            named: vec![BTreeMap::new(); installed.len()],
            guessed: vec![Vec::new(); installed.len()],
            is_explained: vec![false; installed.len()],
        };
        extras.settle((0..installed.len()).collect());
        // First those of which everything is there.
        while extras.guess(true) {}
        while extras.guess(false) {}
        extras
    }

    fn named(&self, index: usize) -> Vec<ExtraName> {
        self.named.get(index).map(|extras| extras.values().cloned().collect()).unwrap_or_default()
    }

    /// The guessed extras of a distribution that explain `requirement`.
    fn explaining(&self, index: usize, requirement: &Requirement) -> Vec<ExtraName> {
        let alone = |extra: &&ExtraName| requirement.applies(self.markers, std::slice::from_ref(*extra));
        self.guessed.get(index).into_iter().flatten().filter(alone).cloned().collect()
    }

    /// Asks for the extras that `requirement` names; whether `target` now has more than before.
    fn ask(&mut self, requirement: &Requirement, target: usize) -> bool {
        let Some(named) = self.named.get_mut(target) else { return false };
        let before = named.len();
        for extra in &requirement.extras {
            named.entry(extra.as_str().to_owned()).or_insert_with(|| extra.clone());
        }
        named.len() > before
    }

    /// Follows requirements from those in `pending` until no further extra is asked for.
    fn settle(&mut self, mut pending: VecDeque<usize>) {
        let installed = self.installed;
        while let Some(index) = pending.pop_front() {
            let mut active = self.named(index);
            active.extend(self.guessed.get(index).into_iter().flatten().cloned());
            for requirement in installed.get(index).map_or(&[][..], |one| &one.requires) {
                let Some(target) = self.positions.get(&requirement.name).copied() else { continue };
                if requirement.applies(self.markers, &active) {
                    self.is_explained[target] |= target != index;
                    if self.ask(requirement, target) {
                        pending.push_back(target);
                    }
                }
            }
        }
    }

    /// Takes the extra of what the user asked for that explains the most of what nothing else does; false where none does.
    fn guess(&mut self, whole: bool) -> bool {
        let mut left = self.installed.iter().zip(&self.is_explained);
        if left.all(|(one, is_explained)| one.requested || *is_explained) {
            return false;
        }
        let mut best: Option<(usize, usize, &ExtraName)> = None;
        for (index, one) in self.installed.iter().enumerate().filter(|(_, one)| one.requested) {
            for extra in one.provided.iter().filter(|extra| !self.guessed[index].contains(extra)) {
                let (explained, is_whole) = self.explained_by(index, extra);
                let counts = is_whole || !whole;
                if counts && explained > best.map_or(0, |(explained, _, _)| explained) {
                    best = Some((explained, index, extra));
                }
            }
        }
        let Some((_, index, extra)) = best else { return false };
        self.guessed[index].push(extra.clone());
        self.settle(VecDeque::from([index]));
        true
    }

    /// How much an extra would explain that nothing else does, with the extras that it asks for; and whether all that it
    /// requires is there.
    fn explained_by(&self, index: usize, extra: &ExtraName) -> (usize, bool) {
        let (mut explained, mut is_whole) = (0, true);
        let mut met = BTreeSet::from([(index, extra.as_str())]);
        let mut open = vec![(index, extra)];
        while let Some((index, extra)) = open.pop() {
            let extra = std::slice::from_ref(extra);
            let requires = self.installed.get(index).map_or(&[][..], |one| &one.requires);
            let added = requires.iter().filter(|found| {
                found.marker.is_some()
                    && !found.applies(self.markers, &[])
                    && found.applies(self.markers, extra)
            });
            for requirement in added {
                let target = self.positions.get(&requirement.name).copied();
                let found = target.and_then(|target| Some((target, self.installed.get(target)?)));
                let found = found.filter(|(_, found)| satisfies(found.version.as_ref(), requirement));
                let Some((target, found)) = found else {
                    is_whole = false;
                    continue;
                };
                explained += usize::from(target != index && !self.is_explained[target] && !found.requested);
                let further = requirement.extras.iter();
                open.extend(
                    further.filter(|extra| met.insert((target, extra.as_str()))).map(|extra| (target, extra)),
                );
            }
        }
        (explained, is_whole)
    }
}
