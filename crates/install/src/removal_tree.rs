//! Turning lists of files into few moves: a directory that holds nothing else is moved as a whole, so that removing
//! a package is one rename, and no empty directory stays.

use std::collections::BTreeMap;
use std::fs::FileType;
use std::path::PathBuf;

use crate::InstallError;
use crate::roots::{Place, Root, Roots, child, children};
use crate::uninstall::Removal;

/// Directories deeper than this are not looked into: no package is.
const DEEPEST: usize = 128;

/// What is to be removed at a name.
#[derive(Debug, Default)]
struct Node {
    is_file: bool,
    /// The directory with everything in it.
    is_tree: bool,
    children: BTreeMap<String, Node>,
}

impl Node {
    /// Whether `name` is old bytecode of a module that is removed: `module.pyc` beside `module.py`.
    fn has_module_of(&self, name: &str) -> bool {
        let stem = name.strip_suffix(".pyc").or_else(|| name.strip_suffix(".pyo"));
        stem.is_some_and(|stem| self.has_file(&format!("{stem}.py")))
    }

    /// The same for a name in `__pycache__`: `module.cpython-312.opt-1.pyc`.
    fn has_source_of(&self, name: &str) -> bool {
        let stem = name.strip_suffix(".pyc").or_else(|| name.strip_suffix(".pyo"));
        // The module's own name may have dots: any prefix that ends at one counts.
        stem.is_some_and(|stem| {
            stem.match_indices('.')
                .any(|(end, _)| stem.get(..end).is_some_and(|module| self.has_file(&format!("{module}.py"))))
        })
    }

    fn has_file(&self, name: &str) -> bool {
        self.children.get(name).is_some_and(|node| node.is_file)
    }
}

/// All that a transaction removes.
#[derive(Debug, Default)]
pub(crate) struct RemovalTree {
    roots: BTreeMap<Root, Node>,
}

/// What was found on disk.
#[derive(Debug, Default)]
pub(crate) struct RemovalMoves {
    /// What is moved away: files, and directories as wholes.
    pub(crate) places: Vec<Place>,
    /// Directories that may be empty afterwards, inner ones first (only where nothing is moved as a whole).
    pub(crate) emptied: Vec<Place>,
    /// What was listed and is left, with the reason.
    pub(crate) left: Vec<(PathBuf, String)>,
}

impl RemovalTree {
    /// Adds what a distribution lists.
    pub(crate) fn add(&mut self, removal: &Removal) {
        for place in &removal.files {
            self.node(place).is_file = true;
        }
        for place in &removal.trees {
            self.node(place).is_tree = true;
        }
    }

    /// Whether `place` is removed as a file of its own.
    pub(crate) fn has_file(&self, place: &Place) -> bool {
        let mut node = self.roots.get(&place.root);
        for component in place.path.split('/') {
            node = node.and_then(|node| node.children.get(component));
        }
        node.is_some_and(|node| node.is_file)
    }

    /// Whether anything below this first component is removed.
    pub(crate) fn has_top(&self, place: &Place) -> bool {
        self.roots.get(&place.root).is_some_and(|node| node.children.contains_key(place.top()))
    }

    /// Keeps a file that is also another distribution's.
    pub(crate) fn keep(&mut self, place: &Place) {
        self.node(place).is_file = false;
    }

    fn node(&mut self, place: &Place) -> &mut Node {
        let root = self.roots.entry(place.root).or_default();
        place
            .path
            .split('/')
            .fold(root, |node, component| node.children.entry(component.to_owned()).or_default())
    }

    /// Looks at the disk: what of it is there, and which directories go as a whole (if `whole` allows it).
    pub(crate) fn moves(&self, roots: &Roots, whole: bool) -> Result<RemovalMoves, InstallError> {
        let mut search = Search { roots, whole, moves: RemovalMoves::default() };
        for (&root, node) in &self.roots {
            search.top(root, node)?;
        }
        Ok(search.moves)
    }
}

struct Search<'a> {
    roots: &'a Roots,
    whole: bool,
    moves: RemovalMoves,
}

impl Search<'_> {
    /// The directory of a root itself: other distributions' and the system's files lie there, so it is not listed.
    fn top(&mut self, root: Root, node: &Node) -> Result<(), InstallError> {
        let nothing = Node::default();
        let mut has_modules = false;
        for (name, below) in node.children.iter().filter(|(name, _)| *name != "__pycache__") {
            let place = Place::new(root, name.as_str());
            if let Ok(metadata) = self.roots.absolute(&place).symlink_metadata() {
                self.entry(place, metadata.file_type(), below, 1)?;
            }
            let Some(stem) = name.strip_suffix(".py").filter(|_| below.is_file) else { continue };
            has_modules = true;
            for suffix in ["pyc", "pyo"] {
                let place = Place::new(root, format!("{stem}.{suffix}"));
                if !node.children.contains_key(&place.path) && self.roots.absolute(&place).is_file() {
                    self.moves.places.push(place);
                }
            }
        }
        let listed = node.children.get("__pycache__");
        let place = Place::new(root, "__pycache__");
        if (has_modules || listed.is_some())
            && self.roots.absolute(&place).symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
        {
            self.bytecode(place, listed.unwrap_or(&nothing), node)?;
        }
        Ok(())
    }

    /// Something that is there under a name that the tree has. Gives whether it goes.
    fn entry(
        &mut self,
        place: Place,
        kind: FileType,
        node: &Node,
        depth: usize,
    ) -> Result<bool, InstallError> {
        if kind.is_dir() {
            if node.is_tree && !self.roots.holds_root(&place) {
                self.moves.places.push(place);
                return Ok(true);
            }
            if !node.children.is_empty() {
                return self.directory(place, node, depth);
            }
            return Ok(false);
        }
        if node.is_file || (node.is_tree && kind.is_symlink()) {
            self.moves.places.push(place);
            return Ok(true);
        }
        if kind.is_symlink() && !node.children.is_empty() {
            let path = self.roots.absolute(&place);
            self.moves.left.push((path, "what is listed below it lies behind a symbolic link".to_owned()));
        }
        Ok(false)
    }

    /// A directory of which something goes. Gives whether all of it does: then it is moved as a whole.
    fn directory(&mut self, place: Place, node: &Node, depth: usize) -> Result<bool, InstallError> {
        let path = self.roots.absolute(&place);
        if depth >= DEEPEST {
            self.moves.left.push((path, "it is nested too deeply".to_owned()));
            return Ok(false);
        }
        let before = (self.moves.places.len(), self.moves.emptied.len());
        let mut all = !self.roots.holds_root(&place);
        for (name, kind) in children(&path)? {
            let inner = child(place.root, &place.path, &name);
            all &= match node.children.get(&name) {
                Some(listed) if name == "__pycache__" && kind.is_dir() => {
                    self.bytecode(inner, listed, node)?
                }
                None if name == "__pycache__" && kind.is_dir() => {
                    self.bytecode(inner, &Node::default(), node)?
                }
                Some(below) => self.entry(inner, kind, below, depth + 1)?,
                None if !kind.is_dir() && node.has_module_of(&name) => {
                    self.moves.places.push(inner);
                    true
                }
                None => false,
            };
        }
        Ok(self.gather(place, all, before))
    }

    /// A `__pycache__`: what is listed goes, and what belongs to modules that go.
    fn bytecode(&mut self, place: Place, listed: &Node, modules: &Node) -> Result<bool, InstallError> {
        let before = (self.moves.places.len(), self.moves.emptied.len());
        let mut all = true;
        for (name, kind) in children(&self.roots.absolute(&place))? {
            let goes = !kind.is_dir() && (listed.has_file(&name) || modules.has_source_of(&name));
            if goes {
                self.moves.places.push(child(place.root, &place.path, &name));
            }
            all &= goes;
        }
        Ok(self.gather(place, all, before))
    }

    /// One move instead of those that were found since `before`, where everything goes.
    fn gather(&mut self, place: Place, all: bool, before: (usize, usize)) -> bool {
        if all && self.whole {
            self.moves.places.truncate(before.0);
            self.moves.emptied.truncate(before.1);
            self.moves.places.push(place);
        } else if !self.roots.holds_root(&place) {
            self.moves.emptied.push(place);
        }
        all
    }
}
