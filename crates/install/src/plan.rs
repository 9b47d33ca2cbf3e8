//! From what is staged and what is removed to a list of renames. Nothing is changed here.
//!
//! A staged directory whose place is free moves as a whole; where a directory stands already the two are merged, one
//! level down. Metadata goes first when removing and last when adding, so that no distribution is ever seen that
//! is not whole.

use std::collections::BTreeSet;
use std::path::PathBuf;

use requirement::ProjectName;

use crate::journal::{Action, Journal, Step};
use crate::ownership::Others;
use crate::removal_tree::RemovalTree;
use crate::roots::{Place, Root, Standing, child, children};
use crate::staging::Staging;
use crate::uninstall::Removal;
use crate::{Conflict, InstallError};

/// What a transaction will do.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) journal: Journal,
    /// Files of removed distributions that are left.
    pub(crate) left: Vec<(PathBuf, String)>,
    /// Files that several distributions want.
    pub(crate) conflicts: Vec<Conflict>,
}

/// Works out the steps. With `whole`, directories that will be empty are moved as wholes; overlay file systems refuse
/// that for directories of their lower layers.
pub(crate) fn plan(staging: &Staging, removals: &[Removal], whole: bool) -> Result<Plan, InstallError> {
    let mut changing: BTreeSet<ProjectName> =
        removals.iter().map(|removal| removal.distribution.name.clone()).collect();
    changing.extend(staging.wheels().iter().filter_map(|wheel| wheel.wheel.manifest.name.parse().ok()));
    let mut others = None;

    let mut tree = RemovalTree::default();
    let mut left: Vec<(PathBuf, String)> =
        removals.iter().flat_map(|removal| removal.left.iter().cloned()).collect();
    removals.iter().for_each(|removal| tree.add(removal));
    if !removals.is_empty() || staging.existing.replaces() {
        let others = others.insert(Others::read(&staging.roots, &changing)?);
        left.extend(others.keep_shared(&staging.roots, &mut tree));
    }
    let mut moves = tree.moves(&staging.roots, whole)?;
    left.append(&mut moves.left);
    moves.places.sort_by_key(|place| !place.is_metadata());

    let mut merge = Merge {
        staging,
        whole,
        others: others.as_ref(),
        gone: moves.places.iter().collect(),
        placed: Vec::new(),
        replaced: BTreeSet::new(),
    };
    for root in Root::ALL {
        merge.root(root)?;
    }
    let Merge { mut placed, replaced, .. } = merge;
    placed.sort_by_key(Place::is_metadata);

    let mut conflicts = staging.conflicts();
    if !replaced.is_empty() {
        let others = match others {
            Some(others) => others,
            None => Others::read(&staging.roots, &changing)?,
        };
        conflicts.extend(installed_conflicts(staging, &others, &replaced));
    }
    let step = |action| move |place| Step { action, place };
    let steps = moves
        .places
        .into_iter()
        .map(step(Action::Stash))
        .chain(replaced.into_iter().map(step(Action::Stash)))
        .chain(placed.into_iter().map(step(Action::Place)))
        .chain(moves.emptied.into_iter().map(step(Action::RemoveEmpty)))
        .collect();
    Ok(Plan { journal: Journal { areas: staging.areas.clone(), steps }, left, conflicts })
}

/// Files that are replaced and belong, with other content, to distributions that stay.
fn installed_conflicts(staging: &Staging, others: &Others, replaced: &BTreeSet<Place>) -> Vec<Conflict> {
    let owners = others.owners(&staging.roots, replaced);
    owners
        .into_iter()
        .filter_map(|(place, owner, hash)| {
            let wheel = staging.owner(&place)?;
            let is_same = wheel.contents(&staging.roots, &place).iter().any(|content| {
                hash.as_deref().and_then(|hash| hash.strip_prefix("sha256=")) == Some(&content.record_text())
            });
            (!is_same).then(|| Conflict {
                path: staging.roots.absolute(&place),
                distributions: vec![wheel.title()],
                installed: Some(owner),
            })
        })
        .collect()
}

struct Merge<'a> {
    staging: &'a Staging,
    whole: bool,
    /// The distributions that stay, where they were needed by now.
    others: Option<&'a Others>,
    /// What will have been moved away.
    gone: BTreeSet<&'a Place>,
    placed: Vec<Place>,
    /// What stands where a file is to go, and is moved away for it.
    replaced: BTreeSet<Place>,
}

impl Merge<'_> {
    /// Merges what is staged for a root with what stands there.
    fn root(&mut self, root: Root) -> Result<(), InstallError> {
        let staged_root = self.staging.areas.staged_root(&self.staging.roots, root);
        let mut open = vec![String::new()];
        while let Some(directory) = open.pop() {
            let staged =
                if directory.is_empty() { staged_root.clone() } else { staged_root.join(&directory) };
            for (name, kind) in children(&staged)? {
                let place = child(root, &directory, &name);
                if let Some(inner) = self.entry(place, kind.is_dir())? {
                    open.push(inner);
                }
            }
        }
        Ok(())
    }

    /// Decides on one staged file or directory; gives the directory to go on with where two are merged.
    fn entry(&mut self, place: Place, is_directory: bool) -> Result<Option<String>, InstallError> {
        let standing =
            if self.is_gone(&place) { Standing::Nothing } else { self.staging.roots.standing(&place)? };
        let in_the_way =
            |reason| Err(InstallError::InTheWay { path: self.staging.roots.absolute(&place), reason });
        match (standing, is_directory) {
            (Standing::Nothing, _) => {}
            (Standing::File | Standing::Directory, _) if self.is_replaced_whole(&place) => {
                self.replaced.insert(place.clone());
            }
            // Metadata of the same version that was not removed (as with pip's --ignore-installed): nothing of it may
            // stay beside the new.
            (Standing::Directory, true) if self.whole && place.is_metadata() && !place.path.contains('/') => {
                self.replaced.insert(place.clone());
            }
            (Standing::Directory | Standing::LinkedDirectory, true) => return Ok(Some(place.path)),
            (Standing::File, true) => return in_the_way("it is a file where a directory must be"),
            (Standing::Link, true) => {
                return in_the_way("it is a symbolic link that leads out of the environment or nowhere");
            }
            (Standing::Directory, false) => return in_the_way("it is a directory where a file must be"),
            (Standing::File | Standing::Link | Standing::LinkedDirectory, false) => {
                self.replaced.insert(place.clone());
            }
        }
        self.placed.push(place);
        Ok(None)
    }

    /// Whether what stands at `place`, at the top of a `--target` directory, goes whatever is in it: with `--upgrade`,
    /// if no other distribution has anything there.
    fn is_replaced_whole(&self, place: &Place) -> bool {
        let roots = &self.staging.roots;
        self.staging.existing.replaces()
            && self.whole
            && place.root == Root::Purelib
            && !place.path.contains('/')
            && place.path != "__pycache__"
            && !roots.holds_root(place)
            && self.others.is_some_and(|others| !others.own(roots, place))
    }

    /// Whether `place`, or a directory that it lies in, will have been moved away.
    fn is_gone(&self, place: &Place) -> bool {
        let ends = place.path.match_indices('/').map(|(end, _)| end).chain([place.path.len()]);
        !self.gone.is_empty()
            && ends
                .filter_map(|end| place.path.get(..end))
                .any(|path| self.gone.contains(&Place::new(place.root, path)))
    }
}
