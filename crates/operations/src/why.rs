//! `why`: the shortest ways from what the user asked for to a distribution.

use std::collections::VecDeque;

use ::cache::Cache;
use python::Environment;
use requirement::ProjectName;

use crate::OperationError;
use crate::graph::{Edge, Graph};

/// No more chains than this are shown: projects may require each other in very many ways.
const MOST_CHAINS: usize = 100;

/// One project of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WhyLink {
    /// The name as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// What the project before it requires; empty where any version will do.
    pub specifiers: String,
    /// The extras that the project before it asks for.
    pub extras: Vec<String>,
    /// Whether this version is what the project before it requires.
    pub fits: bool,
    /// The extras of the project before it that require it, where it does not without.
    pub through: Vec<String>,
}

/// Where chains begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyOrigin {
    /// At what the user asked for.
    Requested,
    /// At what nothing requires: nothing that leads here was asked for.
    Unrequired,
    /// At those that require it directly: they require each other, and nobody asked for any.
    Ring,
}

/// Why a distribution is there.
#[derive(Debug, Clone)]
pub struct Why {
    /// The name as its metadata spells it.
    pub name: String,
    /// The version.
    pub version: String,
    /// Whether the user asked for it.
    pub requested: bool,
    /// Where the chains begin.
    pub origin: WhyOrigin,
    /// From each origin every shortest chain; the short ones first. The last project is always the one asked about.
    pub chains: Vec<Vec<WhyLink>>,
    /// Whether there are more chains than these.
    pub has_more: bool,
}

/// Tells why `name` is installed.
///
/// # Errors
/// [`OperationError::NotInstalled`].
pub fn why(environment: &Environment, cache: &Cache, name: &ProjectName) -> Result<Why, OperationError> {
    let graph = Graph::read(environment, cache)?;
    let dependents = graph.dependents();
    let found = graph.position(name).and_then(|position| {
        let node = &graph.nodes[position];
        Some((position, node, node.version.clone()?))
    });
    let Some((target, node, version)) = found else {
        let askers = graph.position(name).map(|position| &dependents[position]);
        let askers = askers.into_iter().flatten().map(|(asker, _)| graph.nodes[*asker].name_text.clone());
        return Err(OperationError::NotInstalled { name: name.to_string(), required_by: askers.collect() });
    };
    let search = Search { graph: &graph, distances: distances(&dependents, target), target };
    let leads_here = |position: &usize| *position != target && search.distances[*position].is_some();
    let all = || (0..graph.nodes.len()).filter(leads_here);
    let requested: Vec<usize> = all().filter(|position| graph.nodes[*position].requested).collect();
    let unrequired: Vec<usize> = all().filter(|position| dependents[*position].is_empty()).collect();
    let (origin, starts) = match (requested.is_empty(), unrequired.is_empty()) {
        (false, _) => (WhyOrigin::Requested, requested),
        (true, false) => (WhyOrigin::Unrequired, unrequired),
        (true, true) => {
            let direct = all().filter(|position| search.distances[*position] == Some(1));
            (WhyOrigin::Ring, direct.collect())
        }
    };
    let (mut chains, mut has_more) = (Vec::new(), false);
    for start in starts {
        has_more |= search.chains(start, &mut chains);
    }
    chains.sort_by(|one: &Vec<WhyLink>, other| (one.len(), one).cmp(&(other.len(), other)));
    let (name, requested) = (node.name_text.clone(), node.requested);
    Ok(Why { name, version, requested, origin, chains, has_more })
}

/// How many steps each node is away from `target`, against the direction of requirements.
fn distances(dependents: &[Vec<(usize, usize)>], target: usize) -> Vec<Option<usize>> {
    let mut distances = vec![None; dependents.len()];
    let mut pending = VecDeque::from([(target, 0)]);
    while let Some((node, distance)) = pending.pop_front() {
        if distances[node].is_some() {
            continue;
        }
        distances[node] = Some(distance);
        pending.extend(dependents[node].iter().map(|(asker, _)| (*asker, distance + 1)));
    }
    distances
}

struct Search<'a> {
    graph: &'a Graph,
    distances: Vec<Option<usize>>,
    target: usize,
}

impl Search<'_> {
    /// Adds every shortest chain from `start`; whether some had to be left out.
    fn chains(&self, start: usize, chains: &mut Vec<Vec<WhyLink>>) -> bool {
        // Each open chain is its nodes, every one with the edge that led there.
        let mut open: Vec<Vec<(usize, Option<&Edge>)>> = vec![vec![(start, None)]];
        while let Some(path) = open.pop() {
            let Some((last, _)) = path.last() else { continue };
            if *last == self.target {
                if chains.len() >= MOST_CHAINS {
                    return true;
                }
                chains.push(path.iter().map(|(node, edge)| self.link(*node, *edge)).collect());
                continue;
            }
            let here = self.distances[*last];
            for edge in &self.graph.nodes[*last].edges {
                let there = self.distances[edge.target];
                if there.is_some_and(|there| Some(there + 1) == here) {
                    open.push(path.iter().copied().chain([(edge.target, Some(edge))]).collect());
                }
            }
        }
        false
    }

    fn link(&self, node: usize, edge: Option<&Edge>) -> WhyLink {
        let node = &self.graph.nodes[node];
        let mut through: Vec<String> =
            edge.iter().flat_map(|edge| &edge.extras).map(|extra| extra.as_str().to_owned()).collect();
        through.sort();
        through.dedup();
        WhyLink {
            name: node.name_text.clone(),
            version: node.version.clone().unwrap_or_default(),
            specifiers: edge.map(Edge::specifiers).unwrap_or_default(),
            extras: edge.map(Edge::target_extras).unwrap_or_default(),
            fits: edge.is_none_or(|edge| edge.fits),
            through,
        }
    }
}
