//! Why there is no answer, in terms of what the user wrote and what projects require: the solver's proof is
//! only used to find out which requirements matter.

use std::collections::VecDeque;

use pubgrub::{DerivationTree, External, VersionSet};
use requirement::{ProjectName, Requirement, Version};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cells::Cells;
use crate::node::Node;
use crate::search::Search;
use crate::{Asker, Origin, ProviderError, ResolveError, Usability};

type Tree = DerivationTree<Node, Cells, String>;

/// How many unusable versions one reason names.
const NAMED: usize = 3;

/// Requirements that exclude each other, told from the user's side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The user's requirements that take part, as written, without repeats.
    pub requested: Vec<String>,
    /// What together is impossible; the user's own first.
    pub reasons: Vec<Reason>,
}

/// One part of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The user requires or constrains something.
    Requested {
        /// As written.
        requirement: String,
        /// Where.
        origin: Origin,
    },
    /// A project requires another.
    Depends {
        /// The project that requires.
        project: ProjectName,
        /// Its versions that take part: oldest, newest, and how many.
        versions: (Version, Version, usize),
        /// Whether these are all versions of it that the other requirements allow.
        requirement: String,
        /// Whether all those versions say the same.
        uniform: bool,
    },
    /// A version cannot be used.
    Unusable {
        /// The project.
        project: ProjectName,
        /// The version.
        version: Version,
        /// Why not.
        reason: String,
    },
}

/// What the leaves of the proof say.
#[derive(Default)]
struct Leaves {
    /// Versions of a parent, by (parent, child).
    edges: FxHashMap<(ProjectName, ProjectName), Cells>,
    /// Projects that the root takes part with.
    roots: FxHashSet<ProjectName>,
    /// Versions that cannot be used, with the reason.
    unusable: Vec<(ProjectName, Cells, String)>,
    /// Projects of which a range is empty.
    empty: Vec<ProjectName>,
}

impl Leaves {
    /// Walks the proof with a stack of its own (proofs are deep), each shared part once.
    fn of(tree: &Tree) -> Self {
        let mut leaves = Self::default();
        let mut pending = vec![tree];
        let mut seen = FxHashSet::default();
        while let Some(tree) = pending.pop() {
            match tree {
                DerivationTree::Derived(derived) => {
                    if derived.shared_id.is_none_or(|id| seen.insert(id)) {
                        pending.push(&derived.cause1);
                        pending.push(&derived.cause2);
                    }
                }
                DerivationTree::External(external) => leaves.note(external),
            }
        }
        leaves
    }

    fn note(&mut self, external: &External<Node, Cells, String>) {
        match external {
            External::NotRoot(..) => {}
            External::NoVersions(node, _) => self.empty.extend(node.project().cloned()),
            External::Custom(node, range, reason) => {
                if let Some(project) = node.project() {
                    self.unusable.push((project.clone(), range.clone(), reason.clone()));
                }
            }
            External::FromDependencyOf(parent, versions, child, _) => {
                match (parent.project(), child.project()) {
                    (None, Some(child)) => {
                        self.roots.insert(child.clone());
                    }
                    (Some(parent), Some(child)) if parent != child => {
                        let edge = self.edges.entry((parent.clone(), child.clone()));
                        edge.and_modify(|old| *old = old.union(versions)).or_insert_with(|| versions.clone());
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Explains the proof `tree`.
pub(crate) fn explain(tree: &Tree, search: &Search<'_>) -> Result<ResolveError, ResolveError> {
    explained(tree, search).map_err(ResolveError::Provider)
}

fn explained(tree: &Tree, search: &Search<'_>) -> Result<ResolveError, ProviderError> {
    let request = search.request;
    for root in request.roots.iter().filter(|root| request.applies(&root.requirement, &[])) {
        let asker = Asker::User(root.origin.clone());
        if let Some(error) = no_match(&root.requirement, asker, search)? {
            return Ok(error);
        }
    }
    let leaves = Leaves::of(tree);
    let mut conflict = Conflict { requested: Vec::new(), reasons: Vec::new() };
    user_reasons(&leaves, search, &mut conflict);
    let dead_end = dependency_reasons(&leaves, search, &mut conflict)?;
    if let Some((requirement, asker)) = dead_end
        && let Some(error) = no_match(&requirement, asker, search)?
    {
        return Ok(error);
    }
    unusable_reasons(&leaves, search, &mut conflict)?;
    Ok(ResolveError::Conflict(conflict))
}

/// The error for a requirement that no usable version satisfies, if it is one.
fn no_match(
    requirement: &Requirement,
    asker: Asker,
    search: &Search<'_>,
) -> Result<Option<ResolveError>, ProviderError> {
    let versions = search.versions(&requirement.name)?;
    let mut unusable = Vec::new();
    for version in &search.members(&requirement.name, &search.cells(requirement)?)? {
        let reason = match search.usability(&requirement.name, version)? {
            Usability::Usable | Usability::FromSource => match search.metadata(&requirement.name, version)? {
                Ok(_) => return Ok(None),
                Err(reason) => reason,
            },
            Usability::Yanked => {
                "it was yanked by its author: require it with == to have it all the same".to_owned()
            }
            Usability::Unusable(reason) => reason,
        };
        unusable.push((version.clone(), reason));
    }
    let versions = versions.iter().rev().cloned().collect();
    Ok(Some(ResolveError::NoMatch { requirement: Box::new(requirement.clone()), asker, versions, unusable }))
}

/// The user's requirements and constraints on projects that take part.
fn user_reasons(leaves: &Leaves, search: &Search<'_>, conflict: &mut Conflict) {
    let request = search.request;
    for root in request.roots.iter().filter(|root| request.applies(&root.requirement, &[])) {
        if leaves.roots.contains(&root.requirement.name) {
            let requirement = root.requirement.to_string();
            if !conflict.requested.contains(&requirement) {
                conflict.requested.push(requirement.clone());
            }
            conflict.reasons.push(Reason::Requested { requirement, origin: root.origin.clone() });
        }
    }
    let mut concerned: Vec<&ProjectName> = leaves.roots.iter().collect();
    concerned.extend(leaves.edges.keys().map(|(_, child)| child));
    concerned.sort();
    concerned.dedup();
    for project in concerned {
        for constraint in request.constraints_of(project) {
            let requirement = constraint.requirement.to_string();
            conflict.reasons.push(Reason::Requested { requirement, origin: constraint.origin.clone() });
        }
    }
}

/// What projects require of each other, nearest to the user first. Returns a requirement that alone cannot be met,
/// with who states it, where the whole conflict hangs on one chain.
fn dependency_reasons(
    leaves: &Leaves,
    search: &Search<'_>,
    conflict: &mut Conflict,
) -> Result<Option<(Requirement, Asker)>, ProviderError> {
    let mut edges: Vec<(&ProjectName, &ProjectName)> =
        leaves.edges.keys().map(|(parent, child)| (parent, child)).collect();
    edges.sort();
    let mut dead_ends = Vec::new();
    for (parent, child) in nearest_first(&edges, &leaves.roots) {
        let Some(cells) = leaves.edges.get(&(parent.clone(), child.clone())) else { continue };
        let mut said: Vec<(Version, Requirement)> = Vec::new();
        for version in &search.members(parent, cells)? {
            if !search.usability(parent, version)?.is_usable() {
                continue;
            }
            if let Ok(metadata) = search.metadata(parent, version)? {
                let requirement = metadata.requires_dist.iter().find(|requirement| {
                    let extras = &metadata.provides_extra;
                    &requirement.name == child && search.request.applies(requirement, extras)
                });
                said.extend(requirement.map(|requirement| (version.clone(), requirement.clone())));
            }
        }
        let (Some((newest, requirement)), Some((oldest, _))) = (said.first(), said.last()) else { continue };
        let asker = Asker::Project(parent.clone(), newest.clone());
        if no_match(requirement, asker.clone(), search)?.is_some() {
            dead_ends.push((requirement.clone(), asker));
        }
        conflict.reasons.push(Reason::Depends {
            project: parent.clone(),
            versions: (oldest.clone(), newest.clone(), said.len()),
            requirement: without_marker(requirement),
            uniform: said.iter().all(|(_, other)| other.source == requirement.source),
        });
    }
    let children: FxHashSet<_> = edges.iter().map(|(_, child)| child).collect();
    Ok(if dead_ends.len() == 1 && children.len() == edges.len() { dead_ends.pop() } else { None })
}

/// Edges in breadth-first order from the roots; what is not reached comes last.
fn nearest_first<'a>(
    edges: &[(&'a ProjectName, &'a ProjectName)],
    roots: &FxHashSet<ProjectName>,
) -> Vec<(&'a ProjectName, &'a ProjectName)> {
    let mut rest = edges.to_vec();
    let mut ordered = Vec::new();
    let mut pending: VecDeque<&ProjectName> =
        edges.iter().map(|(parent, _)| *parent).filter(|parent| roots.contains(*parent)).collect();
    while let Some(project) = pending.pop_front() {
        let (reached, others): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|(parent, _)| *parent == project);
        pending.extend(reached.iter().map(|(_, child)| *child));
        ordered.extend(reached);
        rest = others;
    }
    ordered.extend(rest);
    ordered
}

/// Versions that would do and cannot be used here.
fn unusable_reasons(
    leaves: &Leaves,
    search: &Search<'_>,
    conflict: &mut Conflict,
) -> Result<(), ProviderError> {
    for (project, cells, reason) in &leaves.unusable {
        let version = search.members(project, cells)?.into_iter().next();
        conflict.reasons.extend(version.map(|version| Reason::Unusable {
            project: project.clone(),
            version,
            reason: reason.clone(),
        }));
    }
    let mut empty = leaves.empty.clone();
    empty.sort();
    empty.dedup();
    for project in empty {
        let mut named = 0;
        for version in search.versions(&project)?.iter() {
            if let Usability::Unusable(reason) = search.usability(&project, version)? {
                conflict.reasons.push(Reason::Unusable {
                    project: project.clone(),
                    version: version.clone(),
                    reason,
                });
                named += 1;
            }
            if named == NAMED {
                break;
            }
        }
    }
    Ok(())
}

/// A requirement as pip shows it in a conflict: its marker holds, so it says nothing.
fn without_marker(requirement: &Requirement) -> String {
    Requirement { marker: None, ..requirement.clone() }.to_string()
}
