//! `lock --universal`: one lock file (PEP 751) for several Pythons and platforms. Each of them is asked for on its own, as pip would
//! answer there; the answers are put together, under markers where they differ.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use distribution::{
    ArtifactKind, DirectUrl, LockCell, LockMatrix, LockedFile, LockedPackage, Pylock, SdistFormat,
};
use index::files_anywhere;
use python::Environment;
use requirement::{ProjectName, SpecifierSet, Version};
use resolver::{Dependencies, Provider, ResolvedPin};

use crate::answer::{Answer, Means};
use crate::lock::{CREATOR, direct_package};
use crate::{Context, Event, ForeignInterpreter, LockOptions, OperationError, Reporter, ResolveOptions};

/// For whom to lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockTargets {
    /// The Pythons and platforms.
    pub matrix: LockMatrix,
    /// Whether the user named the Pythons. Others that what the user names does not run on are left out.
    pub pythons_are_given: bool,
}

/// What a project is locked to; by name, then by version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Lockable {
    /// A version that an index has.
    Version(ProjectName, Version),
    /// What the user named by place; what it is called in the answer.
    Place(ProjectName, String),
}

/// What is known of it from the first cell that has it.
struct Found {
    package: LockedPackage,
    cells: BTreeSet<LockCell>,
}

/// The lock file for all targets, and what they came to.
///
/// # Errors
/// There must be an answer for each of them: the error is that of the first that has none, which a warning names.
pub fn universal_lock(
    context: &Context,
    environment: &Environment,
    options: &LockOptions,
    targets: LockTargets,
) -> Result<(Pylock, LockMatrix), OperationError> {
    let context = Context {
        reporter: Arc::new(Once { reporter: Arc::clone(&context.reporter), told: Mutex::default() }),
        ..context.clone()
    };
    let asking = Asking {
        means: Means::new(&context, &options.resolve),
        context: &context,
        environment,
        options,
        pythons_are_given: targets.pythons_are_given,
    };
    let mut matrix = targets.matrix;
    // Where markers ask for patch releases, the parts of a minor version are asked for apart.
    let found = loop {
        let (found, versions) = asking.all(&mut matrix)?;
        if !matrix.cut_at(&versions) {
            break found;
        }
    };
    let packages = found
        .into_values()
        .map(|found| LockedPackage { marker: matrix.marker(&found.cells), ..found.package });
    let lock = Pylock {
        environments: Some(matrix.markers()),
        requires_python: matrix.requires_python(),
        ..Pylock::of_packages(CREATOR, packages.collect())
    };
    Ok((lock, matrix))
}

struct Asking<'a> {
    means: Means,
    context: &'a Context,
    environment: &'a Environment,
    options: &'a LockOptions,
    pythons_are_given: bool,
}

impl Asking<'_> {
    /// The answers of all cells together, and the full versions of Python that markers on the way to them compare with.
    fn all(
        &self,
        matrix: &mut LockMatrix,
    ) -> Result<(BTreeMap<Lockable, Found>, Vec<Version>), OperationError> {
        'again: loop {
            let mut found = BTreeMap::new();
            let mut versions = Vec::new();
            for cell in matrix.cells() {
                let answer = match self.one(matrix, cell) {
                    Ok(answer) => answer,
                    Err(OperationError::DifferentPython { .. }) if !self.pythons_are_given => {
                        let span = matrix.pythons().get(cell.0).copied();
                        if matrix.pythons().len() > 1 && span.is_some_and(|span| matrix.leave_out(span)) {
                            continue 'again;
                        }
                        return self.one(matrix, cell).map(|_| (found, versions));
                    }
                    Err(error) => {
                        self.tell_of_failure(matrix, cell);
                        return Err(error);
                    }
                };
                versions.extend(full_versions(&answer));
                for pin in &answer.resolution.pins {
                    if !(pin.requested && self.options.resolve.only_dependencies) {
                        self.merge(&answer, pin, cell, &mut found)?;
                    }
                }
            }
            versions.sort();
            versions.dedup();
            return Ok((found, versions));
        }
    }

    fn one(&self, matrix: &LockMatrix, cell: LockCell) -> Result<Answer, OperationError> {
        let foreign = matrix
            .environment(cell)
            .map(|(markers, tags, version)| Arc::new(ForeignInterpreter { markers, tags, version }));
        let options = Arc::new(ResolveOptions { foreign, ..(*self.options.resolve).clone() });
        Answer::find_versions(self.context, self.environment, &options, &self.means)
    }

    fn tell_of_failure(&self, matrix: &LockMatrix, (python, platform): LockCell) {
        let python = matrix.pythons().get(python).map(distribution::PythonSpan::name).unwrap_or_default();
        let platform = matrix.platforms().get(platform).map(ToString::to_string).unwrap_or_default();
        self.context.reporter.event(Event::Warning(&format!(
            "There is no answer for CPython {python} on {platform}. Name the Pythons and platforms to lock for with --for-python and \
             --for-platform, or say with markers where a requirement applies."
        )));
    }

    /// Adds a pin of an answer to what other answers gave.
    fn merge(
        &self,
        answer: &Answer,
        pin: &ResolvedPin,
        cell: LockCell,
        found: &mut BTreeMap<Lockable, Found>,
    ) -> Result<(), OperationError> {
        let direct = answer.preparer.direct(&pin.name).map(|direct| direct.direct_url.clone());
        let lockable = match &direct {
            None => Lockable::Version(pin.name.clone(), pin.version.clone()),
            Some(direct) => Lockable::Place(pin.name.clone(), place(direct)),
        };
        if let Some(known) = found.get_mut(&lockable) {
            known.cells.insert(cell);
            return self.add_unhashed(answer, pin, &mut known.package);
        }
        let mut package = match direct {
            Some(direct) => direct_package(&pin.name, &direct, &self.options.base),
            None => package(answer, pin)?,
        };
        self.add_unhashed(answer, pin, &mut package)?;
        found.insert(lockable, Found { package, cells: BTreeSet::from([cell]) });
        Ok(())
    }

    /// A file of which the index promises no hash is locked only where it is the one that is taken: it is fetched for its hash.
    fn add_unhashed(
        &self,
        answer: &Answer,
        pin: &ResolvedPin,
        package: &mut LockedPackage,
    ) -> Result<(), OperationError> {
        if answer.preparer.direct(&pin.name).is_some() {
            return Ok(());
        }
        let candidate = answer.preparer.candidate(&pin.name, &pin.version)?;
        let candidate = candidate.ok_or(OperationError::Interrupted)?;
        if !candidate.artifact.hashes.is_empty() {
            return Ok(());
        }
        let mut file = LockedFile::of(&candidate.artifact);
        let mut known = package.wheels.iter().flatten().chain(&package.sdist);
        if known.any(|other| other.name == file.name) {
            return Ok(());
        }
        let hash = answer.preparer.hash(&candidate)?;
        file.hashes = vec![(hash.algorithm.to_string(), hash.hex.to_string())];
        match candidate.artifact.kind {
            ArtifactKind::Wheel(_) => package.wheels.get_or_insert_default().push(file),
            ArtifactKind::Sdist(_) => package.sdist = Some(file),
        }
        Ok(())
    }
}

/// A version with all its files.
fn package(answer: &Answer, pin: &ResolvedPin) -> Result<LockedPackage, OperationError> {
    let project = answer.preparer.project(&pin.name)?;
    let mut package = LockedPackage::new(pin.name.clone());
    package.version = Some(pin.version.clone());
    package.requires_python = requires_python(answer, pin);
    let mut wheels = Vec::new();
    for artifact in files_anywhere(&project, &pin.version, answer.preparer.rules()) {
        if artifact.hashes.is_empty() {
            continue;
        }
        match &artifact.kind {
            ArtifactKind::Wheel(_) => wheels.push(LockedFile::of(&artifact)),
            ArtifactKind::Sdist(sdist) => {
                // Of several forms the usual one (PEP 625).
                if package.sdist.is_none() || sdist.format == SdistFormat::TarGz {
                    package.sdist = Some(LockedFile::of(&artifact));
                }
            }
        }
    }
    wheels.sort_by(|one, other| one.name.cmp(&other.name));
    wheels.dedup_by(|one, other| one.name == other.name);
    package.wheels = Some(wheels).filter(|wheels| !wheels.is_empty());
    Ok(package)
}

fn requires_python(answer: &Answer, pin: &ResolvedPin) -> Option<SpecifierSet> {
    match answer.preparer.dependencies(&pin.name, &pin.version, false).ok()? {
        Dependencies::Known(metadata) => metadata.requires_python.clone(),
        Dependencies::Unavailable(_) => None,
    }
}

/// The full versions of Python that the markers of all requirements in an answer compare with.
fn full_versions(answer: &Answer) -> Vec<Version> {
    let roots = answer.preparer.request().roots.iter().filter_map(|root| root.requirement.marker.as_ref());
    let mut versions: Vec<Version> = roots.flat_map(|marker| marker.full_versions()).collect();
    for pin in &answer.resolution.pins {
        if let Ok(Dependencies::Known(metadata)) =
            answer.preparer.dependencies(&pin.name, &pin.version, false)
        {
            let markers = metadata.requires_dist.iter().filter_map(|requirement| requirement.marker.as_ref());
            versions.extend(markers.flat_map(|marker| marker.full_versions()));
        }
    }
    versions
}

/// What tells places apart.
fn place(direct: &DirectUrl) -> String {
    format!("{} {:?} {:?}", direct.url, direct.subdirectory, direct.kind)
}

/// Passes on what happens, but each warning and note once: the same is asked again and again.
struct Once {
    reporter: Arc<dyn Reporter>,
    told: Mutex<HashSet<String>>,
}

impl Reporter for Once {
    fn event(&self, event: Event<'_>) {
        let text = match &event {
            Event::Warning(text) | Event::Error(text) | Event::Note(text) => (*text).to_owned(),
            // That a requirement does not apply somewhere is what is expected.
            Event::Ignoring { .. } => return,
            _ => return self.reporter.event(event),
        };
        if self.told.lock().unwrap_or_else(PoisonError::into_inner).insert(text) {
            self.reporter.event(event);
        }
    }
}
