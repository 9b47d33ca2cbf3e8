//! `tree`: what is installed, with what requires it or what it requires below it.

use std::collections::VecDeque;

use ::cache::Cache;
use python::Environment;
use requirement::ProjectName;

use crate::OperationError;
use crate::graph::{Edge, Graph};

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct TreeOptions {
    /// The projects to begin with; none: those that nothing requires (reversed: that require nothing).
    pub names: Vec<ProjectName>,
    /// Below each project stand those that require it.
    pub reverse: bool,
    /// How deep to go; 0 shows the first projects alone.
    pub depth: Option<usize>,
}

/// Why a line is not what one would expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeMark {
    /// The project is not installed.
    Missing,
    /// It is installed at a version that does not do.
    Conflict,
    /// It is one of those above it on the way from the root.
    Cycle,
    /// What is below it was shown before.
    Seen,
    /// What is below it is too deep to be shown.
    Deeper,
    /// It is required by these extras alone, which nobody's requirement names.
    Extras(Vec<String>),
}

/// One line of the tree.
#[derive(Debug, Clone)]
pub struct TreeLine {
    /// For each level from the first below the root to this line's own, whether more follows on it; empty for a root.
    pub follows: Vec<bool>,
    /// The name as its metadata spells it.
    pub name: String,
    /// The version; none: it is not installed.
    pub version: Option<String>,
    /// The extras of the project that is required that are asked for.
    pub extras: Vec<String>,
    /// What is required: by the project above, or (reversed) of the project above; empty where any version will do.
    pub specifiers: String,
    /// What is to be noticed.
    pub marks: Vec<TreeMark>,
}

/// That a project requires another.
#[derive(Debug, Clone)]
pub struct TreeLink {
    /// The other project's name as it spells it: the one that is required, or (reversed) that requires.
    pub name: String,
    /// The other project's version; none: it is not installed.
    pub version: Option<String>,
    /// What is required; empty where any version will do.
    pub specifiers: String,
    /// The extras that are required.
    pub extras: Vec<String>,
    /// Whether what is installed will do.
    pub fits: bool,
}

/// A project of the tree.
#[derive(Debug, Clone)]
pub struct TreeProject {
    /// The name as its metadata spells it.
    pub name: String,
    /// The version; none: it is not installed.
    pub version: Option<String>,
    /// Whether the user asked for it (REQUESTED).
    pub requested: bool,
    /// What it requires, or (reversed) who requires it; by name.
    pub links: Vec<TreeLink>,
}

/// The tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Its lines; what was shown already is not shown again.
    pub lines: Vec<TreeLine>,
    /// Every project in it once, by name, those that are missing last.
    pub projects: Vec<TreeProject>,
    /// Names that are neither installed nor required.
    pub unknown: Vec<ProjectName>,
    /// What pip warns of, and distributions whose requirements cannot be read.
    pub warnings: Vec<String>,
}

/// Puts the tree of what is installed together.
pub fn tree(environment: &Environment, cache: &Cache, options: &TreeOptions) -> Result<Tree, OperationError> {
    let graph = Graph::read(environment, cache)?;
    let mut tree = Tree { warnings: graph.warnings.clone(), ..Tree::default() };
    tree.warnings.extend(graph.nodes.iter().filter_map(|node| {
        let reason = node.unreadable.as_ref()?;
        Some(format!("What {} requires cannot be read: {reason}", node.name_text))
    }));
    let mut roots = Vec::new();
    for name in &options.names {
        match graph.position(name) {
            Some(position) if roots.contains(&position) => {}
            Some(position) => roots.push(position),
            None => tree.unknown.push(name.clone()),
        }
    }
    let walk = Walk::new(&graph, options);
    if options.names.is_empty() {
        roots = walk.roots();
    }
    tree.lines = walk.lines(&roots);
    tree.projects = walk.projects(&roots);
    Ok(tree)
}

/// The graph in the direction that is shown.
struct Walk<'a> {
    graph: &'a Graph,
    deepest: usize,
    /// The neighbours of each node, each with the node and place of the edge that leads there.
    links: Vec<Vec<Link>>,
}

#[derive(Clone, Copy)]
struct Link {
    to: usize,
    owner: usize,
    number: usize,
}

/// A node whose links are being shown.
struct Frame {
    node: usize,
    next: usize,
}

impl<'a> Walk<'a> {
    fn new(graph: &'a Graph, options: &TreeOptions) -> Self {
        let mut links = vec![Vec::new(); graph.nodes.len()];
        for (owner, node) in graph.nodes.iter().enumerate() {
            for (number, edge) in node.edges.iter().enumerate() {
                let (from, to) = if options.reverse { (edge.target, owner) } else { (owner, edge.target) };
                links[from].push(Link { to, owner, number });
            }
        }
        Self { graph, deepest: options.depth.unwrap_or(usize::MAX), links }
    }

    fn edge(&self, link: Link) -> &Edge {
        &self.graph.nodes[link.owner].edges[link.number]
    }

    /// Those that no other leads to, then one of each ring that nothing else leads to: what the user asked for, if that is
    /// in it.
    fn roots(&self) -> Vec<usize> {
        let mut is_target = vec![false; self.links.len()];
        for (from, links) in self.links.iter().enumerate() {
            links.iter().filter(|link| link.to != from).for_each(|link| is_target[link.to] = true);
        }
        let mut roots: Vec<usize> = (0..self.links.len()).filter(|node| !is_target[*node]).collect();
        let mut is_reached = vec![false; self.links.len()];
        roots.iter().for_each(|root| self.reach(*root, &mut is_reached));
        let of_rings = roots.len();
        for node in self.finished(is_reached.clone()).into_iter().rev() {
            if !is_reached[node] {
                roots.push(node);
                self.reach(node, &mut is_reached);
            }
        }
        roots[of_rings..].sort_unstable();
        roots
    }

    /// What is not reached yet, in the order in which a search depth first has done with it: from the end on, nothing that
    /// follows leads to what comes before, but within a ring.
    fn finished(&self, mut is_reached: Vec<bool>) -> Vec<usize> {
        let mut starts: Vec<usize> = (0..self.links.len()).collect();
        starts.sort_by_key(|node| !self.graph.nodes[*node].requested);
        let mut finished = Vec::new();
        for start in starts {
            let mut path = Vec::new();
            if !std::mem::replace(&mut is_reached[start], true) {
                path.push(Frame { node: start, next: 0 });
            }
            while let Some(frame) = path.last_mut() {
                let Some(link) = self.links[frame.node].get(frame.next) else {
                    finished.push(frame.node);
                    path.pop();
                    continue;
                };
                frame.next += 1;
                if !std::mem::replace(&mut is_reached[link.to], true) {
                    path.push(Frame { node: link.to, next: 0 });
                }
            }
        }
        finished
    }

    fn reach(&self, from: usize, is_reached: &mut [bool]) {
        let mut pending = vec![from];
        while let Some(node) = pending.pop() {
            if !std::mem::replace(&mut is_reached[node], true) {
                pending.extend(self.links[node].iter().map(|link| link.to));
            }
        }
    }

    /// Depth first. A node is gone into where it stands for the first time, or less deep than before.
    fn lines(&self, roots: &[usize]) -> Vec<TreeLine> {
        let mut lines = Vec::new();
        let mut shown_at = vec![usize::MAX; self.links.len()];
        let mut is_above = vec![false; self.links.len()];
        for root in roots {
            let mut path: Vec<Frame> = Vec::new();
            let mut line = self.line(*root, None);
            let mut entered = self.enters(*root, 0, &mut shown_at, &mut line.marks);
            lines.push(line);
            if entered {
                path.push(Frame { node: *root, next: 0 });
                is_above[*root] = true;
            }
            while let Some(frame) = path.last_mut() {
                let Some(link) = self.links[frame.node].get(frame.next).copied() else {
                    is_above[frame.node] = false;
                    path.pop();
                    continue;
                };
                frame.next += 1;
                let mut line = self.line(link.to, Some(link));
                let follows = |frame: &Frame| frame.next < self.links[frame.node].len();
                line.follows = path.iter().map(follows).collect();
                entered = if is_above[link.to] {
                    line.marks.push(TreeMark::Cycle);
                    false
                } else {
                    self.enters(link.to, path.len(), &mut shown_at, &mut line.marks)
                };
                lines.push(line);
                if entered {
                    path.push(Frame { node: link.to, next: 0 });
                    is_above[link.to] = true;
                }
            }
        }
        lines
    }

    /// Whether what is below a node at this depth is shown; if not, the reason is marked.
    fn enters(&self, node: usize, depth: usize, shown_at: &mut [usize], marks: &mut Vec<TreeMark>) -> bool {
        if self.links[node].is_empty() {
            return false;
        }
        if depth >= self.deepest {
            marks.push(TreeMark::Deeper);
            return false;
        }
        // With a limit, what was shown far down was shown in part.
        let is_shown = shown_at[node] <= depth || (self.deepest == usize::MAX && shown_at[node] < usize::MAX);
        if is_shown {
            marks.push(TreeMark::Seen);
            return false;
        }
        shown_at[node] = depth;
        true
    }

    fn line(&self, node: usize, link: Option<Link>) -> TreeLine {
        let node = &self.graph.nodes[node];
        let mut line = TreeLine {
            follows: Vec::new(),
            name: node.name_text.clone(),
            version: node.version.clone(),
            extras: Vec::new(),
            specifiers: String::new(),
            marks: Vec::new(),
        };
        if node.version.is_none() {
            line.marks.push(TreeMark::Missing);
        }
        let Some(link) = link else { return line };
        let edge = self.edge(link);
        line.specifiers = edge.specifiers();
        line.extras = edge.target_extras();
        if !edge.fits && self.graph.nodes[edge.target].version.is_some() {
            line.marks.push(TreeMark::Conflict);
        }
        if !edge.extras.is_empty() {
            let mut names: Vec<String> = edge.extras.iter().map(|extra| extra.as_str().to_owned()).collect();
            names.sort();
            names.dedup();
            line.marks.push(TreeMark::Extras(names));
        }
        line
    }

    /// Every project within reach once.
    fn projects(&self, roots: &[usize]) -> Vec<TreeProject> {
        let mut depths = vec![usize::MAX; self.links.len()];
        let mut pending: VecDeque<(usize, usize)> = roots.iter().map(|root| (*root, 0)).collect();
        while let Some((node, depth)) = pending.pop_front() {
            if depths[node] != usize::MAX {
                continue;
            }
            depths[node] = depth;
            if depth < self.deepest {
                pending.extend(self.links[node].iter().map(|link| (link.to, depth + 1)));
            }
        }
        let reached = (0..self.links.len()).filter(|node| depths[*node] != usize::MAX);
        reached.map(|node| self.project(node)).collect()
    }

    fn project(&self, position: usize) -> TreeProject {
        let node = &self.graph.nodes[position];
        let links = self.links[position].iter().map(|link| {
            let (edge, other) = (self.edge(*link), &self.graph.nodes[link.to]);
            TreeLink {
                name: other.name_text.clone(),
                version: other.version.clone(),
                specifiers: edge.specifiers(),
                extras: edge.target_extras(),
                fits: edge.fits,
            }
        });
        TreeProject {
            name: node.name_text.clone(),
            version: node.version.clone(),
            requested: node.requested,
            links: links.collect(),
        }
    }
}
