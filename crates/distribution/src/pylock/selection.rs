//! What to install from a lock file in an environment: which packages, and which file of each (PEP 751,
//! "Installation").

use requirement::{
    Marker, MarkerEnvironment, ProjectName, SpecifierSet, Version, canonicalize_name, python_repr,
};

use super::{LockedArchive, LockedDirectory, LockedFile, LockedPackage, LockedVcs, Pylock};
use crate::{SupportedTags, WheelFilename};

/// What a lock file is installed for.
pub struct LockTarget<'a> {
    /// The environment; its `python_full_version` is the Python version that counts.
    pub environment: &'a MarkerEnvironment,
    /// The tags that are supported.
    pub tags: &'a SupportedTags,
    /// The extras that are asked for.
    pub extras: &'a [String],
    /// The dependency groups that are asked for.
    pub dependency_groups: &'a [String],
    /// Whether the lock file's default groups are wanted too.
    pub default_groups: bool,
    /// Whether the source distribution of a project, if there is one, counts before its wheels (`--no-binary`).
    pub prefers_sdist: &'a dyn Fn(&ProjectName) -> bool,
}

/// What is installed of a package.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LockedChoice<'a> {
    /// A checkout.
    Vcs(&'a LockedVcs),
    /// A directory.
    Directory(&'a LockedDirectory),
    /// An archive.
    Archive(&'a LockedArchive),
    /// A wheel.
    Wheel(&'a LockedFile),
    /// A source distribution.
    Sdist(&'a LockedFile),
}

/// A lock file that cannot be installed here, in pip's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Cannot select requirements from pylock file {}: {problem}", python_repr(file))]
pub struct PylockSelectionError {
    /// The file, as the caller named it.
    pub file: String,
    /// Why not.
    pub problem: PylockSelectionProblem,
}

/// Why a lock file cannot be installed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PylockSelectionProblem {
    /// The file's or a package's `requires-python` is not met.
    #[error(
        "python_full_version {} in provided environment does not satisfy the Python version requirement {}{package}",
        python_repr(python),
        python_repr(requires_python)
    )]
    Python {
        /// The Python version of the environment.
        python: String,
        /// What is required.
        requires_python: String,
        /// The package, if it is one, with its place.
        package: String,
    },
    /// None of the file's `environments` holds.
    #[error("Provided environment does not satisfy any of the environments specified in the lock file")]
    Environment,
    /// Two packages of one name are for this environment.
    #[error(
        "Multiple packages with the name {} are selected at packages[{second}] and packages[{first}]",
        python_repr(name)
    )]
    Ambiguous {
        /// The name.
        name: String,
        /// The place of the one.
        first: usize,
        /// The place of the other.
        second: usize,
    },
    /// No wheel is for these tags, and there is no source distribution.
    #[error(
        "No wheel found matching the provided tags for package {} at packages[{place}], \
         and no sdist available as a fallback",
        python_repr(name)
    )]
    NoFile {
        /// The name.
        name: String,
        /// Its place.
        place: usize,
    },
    /// A marker means nothing in a lock file.
    #[error("{reason} (in {})", python_repr(field))]
    Marker {
        /// What is wrong.
        reason: String,
        /// Where.
        field: String,
    },
}

impl Pylock {
    /// What to install, in the order of the file. The lock file is one that [`Pylock::parse`] gave, or that
    /// [`Pylock::validate`] found right; `file` names it in errors.
    pub fn select(
        &self,
        target: &LockTarget<'_>,
        file: &str,
    ) -> Result<Vec<(&LockedPackage, LockedChoice<'_>)>, PylockSelectionError> {
        self.selected(target).map_err(|problem| PylockSelectionError { file: file.to_owned(), problem })
    }

    fn selected(
        &self,
        target: &LockTarget<'_>,
    ) -> Result<Vec<(&LockedPackage, LockedChoice<'_>)>, PylockSelectionProblem> {
        let python = Python::of(target.environment);
        python.check(self.requires_python.as_ref(), String::new)?;
        self.check_environment(target.environment)?;
        let default_groups = self.default_groups.iter().flatten().filter(|_| target.default_groups);
        let normalized =
            |names: &[String]| -> Vec<String> { names.iter().map(|name| canonicalize_name(name)).collect() };
        let extras = normalized(target.extras);
        let mut groups = normalized(target.dependency_groups);
        groups.extend(default_groups.map(|name| canonicalize_name(name)));
        let mut selected: Vec<(usize, &LockedPackage)> = Vec::new();
        let mut places = rustc_hash::FxHashMap::default();
        for (place, package) in self.packages.iter().enumerate() {
            if let Some(marker) = &package.marker
                && !decided(marker.evaluate_locked(target.environment, &extras, &groups), || {
                    format!("packages[{place}].marker")
                })?
            {
                continue;
            }
            python.check(package.requires_python.as_ref(), || {
                format!(" for package {} at packages[{place}]", python_repr(package.name.as_str()))
            })?;
            if let Some(first) = places.insert(&package.name, place) {
                let name = package.name.to_string();
                return Err(PylockSelectionProblem::Ambiguous { name, first, second: place });
            }
            selected.push((place, package));
        }
        selected.into_iter().map(|(place, package)| Ok((package, choice(package, place, target)?))).collect()
    }

    fn check_environment(&self, environment: &MarkerEnvironment) -> Result<(), PylockSelectionProblem> {
        let markers: &[Marker] = self.environments.as_deref().unwrap_or_default();
        for (place, marker) in markers.iter().enumerate() {
            if decided(marker.evaluate_environment(environment), || format!("environments[{place}]"))? {
                return Ok(());
            }
        }
        if markers.is_empty() { Ok(()) } else { Err(PylockSelectionProblem::Environment) }
    }
}

fn decided(
    decided: Result<bool, requirement::UndefinedMarker>,
    field: impl Fn() -> String,
) -> Result<bool, PylockSelectionProblem> {
    decided.map_err(|error| PylockSelectionProblem::Marker { reason: error.to_string(), field: field() })
}

/// The Python version of an environment, as text and, if it is one, as version.
struct Python {
    text: String,
    version: Option<Version>,
}

impl Python {
    fn of(environment: &MarkerEnvironment) -> Self {
        let mut text = environment.python_full_version.clone();
        if text.ends_with('+') {
            // An interpreter built from a checkout: its version is no version, but for this.
            text.push_str("local");
        }
        Self { version: text.parse().ok(), text }
    }

    fn check(
        &self,
        required: Option<&SpecifierSet>,
        package: impl Fn() -> String,
    ) -> Result<(), PylockSelectionProblem> {
        let Some(required) = required else { return Ok(()) };
        if self.version.as_ref().is_some_and(|version| required.contains(version)) {
            return Ok(());
        }
        Err(PylockSelectionProblem::Python {
            python: self.text.clone(),
            requires_python: required.to_sorted_string(),
            package: package(),
        })
    }
}

/// The one source of a package, or the best of its files: the wheel of the best tag, the first of
/// equals; else the source distribution.
fn choice<'a>(
    package: &'a LockedPackage,
    place: usize,
    target: &LockTarget<'_>,
) -> Result<LockedChoice<'a>, PylockSelectionProblem> {
    if let Some(vcs) = &package.vcs {
        return Ok(LockedChoice::Vcs(vcs));
    }
    if let Some(directory) = &package.directory {
        return Ok(LockedChoice::Directory(directory));
    }
    if let Some(archive) = &package.archive {
        return Ok(LockedChoice::Archive(archive));
    }
    let sdist = package.sdist.as_ref().map(LockedChoice::Sdist);
    if let Some(sdist) = sdist
        && (target.prefers_sdist)(&package.name)
    {
        return Ok(sdist);
    }
    let ranked = package.wheels.iter().flatten().filter_map(|wheel| {
        let filename: WheelFilename = wheel.filename()?.parse().ok()?;
        Some((target.tags.rank(&filename.tags)?, wheel))
    });
    let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, wheel)| LockedChoice::Wheel(wheel));
    best.or(sdist).ok_or_else(|| PylockSelectionProblem::NoFile { name: package.name.to_string(), place })
}
