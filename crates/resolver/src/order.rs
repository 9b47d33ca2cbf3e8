//! The order in which distributions are installed and named: what others need comes first (pip's topological order).

use requirement::{ExtraName, ProjectName};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{Resolution, ResolvedPin};

/// The names of a resolution, dependencies before their dependents, alphabetical within
/// one depth; cycles are cut where they are met.
pub fn installation_order(resolution: &Resolution) -> Vec<ProjectName> {
    let mut depths: FxHashMap<&ProjectName, usize> = FxHashMap::default();
    let mut dependencies: FxHashMap<&ProjectName, Vec<&ProjectName>> = FxHashMap::default();
    for pin in &resolution.pins {
        for parent in &pin.required_by {
            dependencies.entry(parent).or_default().push(&pin.name);
        }
    }
    for pin in &resolution.pins {
        depth(&pin.name, &dependencies, &mut depths, &mut FxHashSet::default());
    }
    let mut names: Vec<&ProjectName> = resolution.pins.iter().map(|pin| &pin.name).collect();
    names.sort_by_key(|name| (depths.get(name).copied().unwrap_or_default(), *name));
    names.into_iter().cloned().collect()
}

/// The longest way down from `name`; counted once.
fn depth<'a>(
    name: &'a ProjectName,
    dependencies: &FxHashMap<&'a ProjectName, Vec<&'a ProjectName>>,
    depths: &mut FxHashMap<&'a ProjectName, usize>,
    path: &mut FxHashSet<&'a ProjectName>,
) -> usize {
    if let Some(&known) = depths.get(name) {
        return known;
    }
    if !path.insert(name) {
        return 0;
    }
    let below = dependencies.get(name).into_iter().flatten();
    let deepest = below.map(|child| depth(child, dependencies, depths, path) + 1).max().unwrap_or(0);
    path.remove(name);
    depths.insert(name, deepest);
    deepest
}

/// Each extra of a pin, and the project without one.
pub(crate) fn extras_and_none(pin: &ResolvedPin) -> impl Iterator<Item = Option<&ExtraName>> {
    std::iter::once(None).chain(pin.extras.iter().map(Some))
}
