//! `uninstall`: distributions leave; those that go together go in one transaction.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ::cache::Cache;
use ::install::{ExistingPolicy, Removal};
use python::Environment;
use requirement::canonicalize_name;

use crate::install::begin;
use crate::{Context, Event, ListedDistribution, OperationError, list_everything};

/// How deep directories are looked into.
const DEPTH: usize = 128;

/// What is to become of one name.
#[derive(Debug)]
pub struct Uninstallation {
    /// The name as written.
    pub name: String,
    /// What is installed under it.
    pub installed: Option<ListedDistribution>,
    /// What can be done.
    pub finding: Finding,
}

/// What can be done about one name.
#[derive(Debug)]
pub enum Finding {
    /// It is not installed.
    Missing,
    /// It does not belong to the environment, though that sees it: it stays.
    Outside {
        /// Where it is.
        location: PathBuf,
        /// The prefix of the environment.
        prefix: PathBuf,
    },
    /// It is part of the standard library: it stays.
    StandardLibrary {
        /// Where it is.
        location: PathBuf,
    },
    /// None of its files is there.
    Nothing,
    /// Nobody knows what belongs to it.
    Refused(OperationError),
    /// It can go.
    Removal(Box<PlannedRemoval>),
}

/// A removal, and the part of the environment that it is about (the user's site-packages have a scheme of their own).
#[derive(Debug)]
pub struct PlannedRemoval {
    /// Where.
    pub environment: Environment,
    /// What.
    pub removal: Removal,
}

/// What was removed.
#[derive(Debug, Default)]
pub struct UninstallOutcome {
    /// Paths that RECORD lists and that were left, with the reason.
    pub left: Vec<(PathBuf, String)>,
}

/// What would go, as `uninstall` shows it before it asks.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct RemovalListing {
    /// What would be removed.
    pub removed: Vec<PathBuf>,
    /// What lies beside it and would stay, perhaps added by hand.
    pub skipped: Vec<PathBuf>,
    /// What is listed and would stay, because it lies outside of the environment.
    pub refused: Vec<PathBuf>,
    /// With `-v`: what is really moved, whole directories where nothing would stay in them.
    pub moved: Vec<PathBuf>,
}

/// Finds what `names` stand for, and what removing it means. A name that stands twice counts once, as written last.
pub fn plan_uninstall(
    environment: &Environment,
    cache: &Cache,
    names: &[String],
) -> Result<(Vec<Uninstallation>, Vec<String>), OperationError> {
    let listing = list_everything(environment, cache)?;
    let mut plan: Vec<Uninstallation> = Vec::new();
    for name in names {
        let canonical = canonicalize_name(name);
        if let Some(known) = plan.iter_mut().find(|known| canonicalize_name(&known.name) == canonical) {
            known.name.clone_from(name);
            continue;
        }
        let mut distributions = listing.distributions.iter();
        let installed = distributions.find(|listed| listed.distribution.name.as_str() == canonical).cloned();
        let finding = installed.as_ref().map_or(Finding::Missing, |installed| find(environment, installed));
        plan.push(Uninstallation { name: name.clone(), installed, finding });
    }
    Ok((plan, listing.warnings))
}

fn find(environment: &Environment, installed: &ListedDistribution) -> Finding {
    let facts = &environment.interpreter.facts;
    let place = installed.distribution.installed_location();
    let location = canonical(&installed.distribution.location);
    if !environment.is_local(place) {
        return Finding::Outside { location, prefix: facts.prefix.clone() };
    }
    if location == canonical(&facts.stdlib) {
        return Finding::StandardLibrary { location };
    }
    let Some(environment) = environment.holder_of(place) else {
        return Finding::Outside { location, prefix: facts.prefix.clone() };
    };
    match Removal::plan(&environment, &installed.distribution) {
        Err(error) => Finding::Refused(error.into()),
        Ok(removal) if !removal.finds_files(&environment) => Finding::Nothing,
        Ok(removal) => Finding::Removal(Box::new(PlannedRemoval { environment, removal })),
    }
}

/// Removes what was planned. On an error nothing is removed from the part of the environment that it happened in.
pub fn uninstall(
    context: &Context,
    removals: &[&PlannedRemoval],
) -> Result<UninstallOutcome, OperationError> {
    let mut outcome = UninstallOutcome::default();
    let mut left: Vec<&PlannedRemoval> = removals.to_vec();
    while let Some(first) = left.first() {
        let scheme = first.environment.scheme.clone();
        let (together, others): (Vec<&PlannedRemoval>, Vec<&PlannedRemoval>) =
            left.iter().partition(|planned| planned.environment.scheme == scheme);
        let mut transaction = begin(context, &first.environment, ExistingPolicy::Merge)?;
        for planned in together {
            // Read again, under the lock: another run may have changed it since.
            transaction.remove(&planned.removal.distribution)?;
        }
        let report = transaction.commit()?;
        for warning in &report.warnings {
            context.reporter.event(Event::Warning(warning));
        }
        outcome.left.extend(report.left);
        left = others;
    }
    Ok(outcome)
}

impl PlannedRemoval {
    /// What would go; with `is_verbose` every file of it, and what is really moved.
    pub fn listing(&self, is_verbose: bool) -> RemovalListing {
        let left = self.removal.left.iter().map(|(path, _)| path);
        let mut refused: Vec<PathBuf> = left.filter(|path| path.exists()).cloned().collect();
        refused.sort();
        refused.dedup();
        if !is_verbose {
            let (removed, skipped) = self.removal.listing(&self.environment);
            return RemovalListing { removed, skipped, refused, moved: Vec::new() };
        }
        let mut paths: BTreeSet<PathBuf> = self.removal.paths(&self.environment).into_iter().collect();
        if let Some(tag) = &self.environment.interpreter.facts.cache_tag {
            let bytecode: Vec<PathBuf> = paths.iter().filter_map(|path| bytecode_of(path, tag)).collect();
            paths.extend(bytecode);
        }
        let moved = outermost(&as_moved(&paths));
        RemovalListing { removed: outermost(&paths), skipped: Vec::new(), refused, moved }
    }
}

/// The compiled form of a module, if it is there.
fn bytecode_of(module: &Path, cache_tag: &str) -> Option<PathBuf> {
    let stem = module.file_stem().filter(|_| module.extension().is_some_and(|end| end == "py"))?;
    let name = format!("{}.{cache_tag}.pyc", stem.to_string_lossy());
    Some(module.parent()?.join("__pycache__").join(name)).filter(|path| path.exists())
}

/// The paths that lie below none of the others, sorted as text.
fn outermost(paths: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    let is_below = |path: &&PathBuf| path.ancestors().skip(1).any(|above| paths.contains(above));
    let mut outermost: Vec<PathBuf> = paths.iter().filter(|path| !is_below(path)).cloned().collect();
    outermost.sort_by(|one, other| one.as_os_str().cmp(other.as_os_str()));
    outermost
}

/// The paths with whole directories, which end in a slash, where all that lies in them is among the paths.
fn as_moved(paths: &BTreeSet<PathBuf>) -> BTreeSet<PathBuf> {
    let mut directories: Vec<&Path> = paths.iter().filter_map(|path| path.parent()).collect();
    directories.sort_by_key(|directory| directory.as_os_str().len());
    directories.dedup();
    let mut rest = paths.clone();
    let mut whole: Vec<PathBuf> = Vec::new();
    for directory in directories {
        if whole.iter().any(|known| directory.starts_with(known)) {
            continue;
        }
        let mut files = Vec::new();
        if collect_files(directory, DEPTH, &mut files) && files.iter().all(|file| rest.contains(file)) {
            files.iter().for_each(|file| _ = rest.remove(file));
            whole.push(directory.to_path_buf());
        }
    }
    rest.extend(whole.into_iter().map(|directory| directory.join("")));
    rest
}

/// All files below `directory`; false where that is too deep.
fn collect_files(directory: &Path, depth: usize, files: &mut Vec<PathBuf>) -> bool {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_directory && (depth == 0 || !collect_files(&entry.path(), depth - 1, files)) {
            return false;
        } else if !is_directory {
            files.push(entry.path());
        }
    }
    true
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}
