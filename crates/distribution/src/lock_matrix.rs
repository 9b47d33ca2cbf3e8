//! For which Pythons and platforms a lock file (PEP 751) is made, when it is made for several at once; and markers (PEP 508) that
//! hold for some of them.

use std::collections::BTreeSet;

use requirement::{Marker, MarkerEnvironment, SpecifierSet, Version};

use crate::lock_platform::LockPlatform;
use crate::{InterpreterTags, lock_platform};

/// Stands for the newest patch release of a minor version, which nobody knows.
const NEWEST_PATCH: u64 = 99;
/// More spans are not looked at one by one.
const MOST_SPANS: usize = 64;

/// Major, minor and patch version.
type Release = [u64; 3];

/// Versions of CPython, from one release up to, but not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonSpan {
    from: Release,
    until: Release,
}

impl PythonSpan {
    /// All patch releases of a minor version.
    pub fn of_minor(major: u32, minor: u32) -> Self {
        let (major, minor) = (u64::from(major), u64::from(minor));
        Self { from: [major, minor, 0], until: [major, minor + 1, 0] }
    }

    /// The version that decides for all of them: the newest.
    pub fn newest(&self) -> Version {
        let [major, minor, patch] = self.until;
        match patch {
            0 => Version::of_release(&[major, minor.saturating_sub(1), NEWEST_PATCH]),
            patch => Version::of_release(&[major, minor, patch - 1]),
        }
    }

    /// `3.12`, or with the limits that are not those of the minor version: `3.12 (>=3.12.4)`.
    pub fn name(&self) -> String {
        let mut limits = Vec::new();
        if self.from[2] > 0 {
            limits.push(format!(">={}", text(self.from)));
        }
        if self.until[2] > 0 {
            limits.push(format!("<{}", text(self.until)));
        }
        let minor = format!("{}.{}", self.from[0], self.from[1]);
        if limits.is_empty() { minor } else { format!("{minor} ({})", limits.join(", ")) }
    }

    fn minor(&self) -> String {
        format!("{}.{}", self.from[0], self.from[1])
    }

    fn is_minor(&self) -> bool {
        self.from[2] == 0 && self.until == [self.from[0], self.from[1] + 1, 0]
    }
}

fn text([major, minor, patch]: Release) -> String {
    format!("{major}.{minor}.{patch}")
}

/// A cell of the matrix: the places of its span and of its platform.
pub type LockCell = (usize, usize);

/// A matrix that cannot be locked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLockMatrix {
    /// Nothing to lock for.
    #[error("there is no Python or no platform to lock for")]
    Empty,
    /// Markers say the same of both.
    #[error("markers cannot tell {0} and {1} apart: lock for one of them (files of both are in the lock)")]
    Alike(String, String),
}

/// Pythons by platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockMatrix {
    pythons: Vec<PythonSpan>,
    platforms: Vec<LockPlatform>,
}

impl LockMatrix {
    /// Of minor versions of CPython, and platforms.
    pub fn new(minors: &[(u32, u32)], platforms: Vec<LockPlatform>) -> Result<Self, InvalidLockMatrix> {
        let pythons: BTreeSet<PythonSpan> =
            minors.iter().map(|(major, minor)| PythonSpan::of_minor(*major, *minor)).collect();
        let mut distinct: Vec<LockPlatform> = Vec::new();
        for platform in platforms {
            match distinct.iter().find(|other| other.is_like(&platform)) {
                Some(other) if *other == platform => {}
                Some(other) => {
                    return Err(InvalidLockMatrix::Alike(
                        other.name().to_owned(),
                        platform.name().to_owned(),
                    ));
                }
                None => distinct.push(platform),
            }
        }
        if pythons.is_empty() || distinct.is_empty() {
            return Err(InvalidLockMatrix::Empty);
        }
        Ok(Self { pythons: pythons.into_iter().collect(), platforms: distinct })
    }

    /// The spans, oldest first.
    pub fn pythons(&self) -> &[PythonSpan] {
        &self.pythons
    }

    /// The minor versions, oldest first.
    pub fn minors(&self) -> Vec<String> {
        let mut minors: Vec<String> = self.pythons.iter().map(PythonSpan::minor).collect();
        minors.dedup();
        minors
    }

    /// The platforms, in the order given.
    pub fn platforms(&self) -> &[LockPlatform] {
        &self.platforms
    }

    /// All cells, the newest Python first.
    pub fn cells(&self) -> Vec<LockCell> {
        let pythons = (0..self.pythons.len()).rev();
        pythons.flat_map(|python| (0..self.platforms.len()).map(move |platform| (python, platform))).collect()
    }

    /// Of a cell: the values of markers, what tags depend on, and the version of Python.
    pub fn environment(
        &self,
        (python, platform): LockCell,
    ) -> Option<(MarkerEnvironment, InterpreterTags, Version)> {
        let (span, platform) = (self.pythons.get(python)?, self.platforms.get(platform)?);
        let version = span.newest();
        let tags = lock_platform::interpreter_tags(platform, (span.from[0], span.from[1]));
        Some((platform.markers(&span.minor(), &version), tags, version))
    }

    /// Leaves out a span; false where it is the last.
    pub fn leave_out(&mut self, span: PythonSpan) -> bool {
        self.pythons.retain(|other| *other != span);
        !self.pythons.is_empty()
    }

    /// Cuts spans where a marker compares with a release within them: before it, and behind it. Whether there was one to cut.
    pub fn cut_at(&mut self, versions: &[Version]) -> bool {
        let before = self.pythons.len();
        for version in versions.iter().filter(|version| !version.is_prerelease()) {
            let [major, minor, patch] = match version.release() {
                [major, minor] => [*major, *minor, 0],
                [major, minor, patch] => [*major, *minor, *patch],
                _ => continue,
            };
            for cut in [[major, minor, patch], [major, minor, patch.saturating_add(1)]] {
                self.cut(cut);
            }
        }
        self.pythons.len() > before
    }

    fn cut(&mut self, at: Release) {
        let inside = |span: &PythonSpan| span.from < at && at < span.until && at[2] < NEWEST_PATCH;
        if self.pythons.len() < MOST_SPANS
            && let Some(place) = self.pythons.iter().position(inside)
            && let Some(span) = self.pythons.get_mut(place)
        {
            let rest = PythonSpan { from: at, until: span.until };
            span.until = at;
            self.pythons.insert(place + 1, rest);
        }
    }

    /// `requires-python` of the lock file.
    pub fn requires_python(&self) -> Option<SpecifierSet> {
        self.pythons.first().and_then(|span| format!(">={}", bound(span.from)).parse().ok())
    }

    /// `environments` of the lock file: one marker a platform.
    pub fn markers(&self) -> Vec<Marker> {
        let pythons = self.alternatives_of_pythons(&(0..self.pythons.len()).collect(), true);
        let markers = self.platforms.iter().filter_map(|platform| {
            let parts = [
                alternatives(&pythons),
                Some(platform.condition()),
                Some("platform_python_implementation == 'CPython'".to_owned()),
            ];
            parts.into_iter().flatten().collect::<Vec<String>>().join(" and ").parse().ok()
        });
        markers.collect()
    }

    /// A marker that holds in these cells, and in no other of the matrix; none: in all.
    pub fn marker(&self, cells: &BTreeSet<LockCell>) -> Option<Marker> {
        let pythons_on = |platform: usize| -> BTreeSet<usize> {
            cells.iter().filter(|(_, other)| *other == platform).map(|(python, _)| *python).collect()
        };
        // Platforms on which the same Pythons count go together.
        let mut groups: Vec<(BTreeSet<usize>, BTreeSet<usize>)> = Vec::new();
        for platform in 0..self.platforms.len() {
            let pythons = pythons_on(platform);
            match groups.iter_mut().find(|(known, _)| *known == pythons) {
                Some((_, platforms)) => _ = platforms.insert(platform),
                None => groups.push((pythons, BTreeSet::from([platform]))),
            }
        }
        let mut terms = Vec::new();
        for (pythons, platforms) in groups.iter().filter(|(pythons, _)| !pythons.is_empty()) {
            let pythons = self.alternatives_of_pythons(pythons, false);
            let platforms = self.alternatives_of_platforms(platforms);
            let parts: Vec<String> =
                [alternatives(&pythons), alternatives(&platforms)].into_iter().flatten().collect();
            if parts.is_empty() {
                return None; // everywhere
            }
            terms.push(parts.join(" and "));
        }
        terms.join(" or ").parse().ok()
    }

    /// Conditions for a set of spans of which one must hold; none: nothing need be said. `strictly`: also where what follows
    /// is no part of the matrix.
    fn alternatives_of_pythons(&self, wanted: &BTreeSet<usize>, strictly: bool) -> Vec<String> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for &place in wanted {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == place && (!strictly || self.touch(*last)) => *last = place,
                _ => runs.push((place, place)),
            }
        }
        let end = self.pythons.len().saturating_sub(1);
        let conditions = runs.iter().filter_map(|(first, last)| {
            let (from, until) = (self.pythons.get(*first)?, self.pythons.get(*last)?);
            if first == last && from.is_minor() && (strictly || self.pythons.len() > 1) {
                return Some(format!("python_version == '{}'", from.minor()));
            }
            let mut limits = Vec::new();
            if strictly || *first > 0 {
                limits.push(limit(">=", from.from));
            }
            if strictly || *last < end {
                limits.push(limit("<", until.until));
            }
            Some(limits.join(" and "))
        });
        let conditions: Vec<String> = conditions.collect();
        if conditions.iter().any(String::is_empty) { Vec::new() } else { conditions }
    }

    /// Whether the span behind `place` begins where this one ends.
    fn touch(&self, place: usize) -> bool {
        let next = self.pythons.get(place + 1);
        self.pythons.get(place).zip(next).is_some_and(|(span, next)| span.until == next.from)
    }

    /// Conditions for a set of platforms of which one must hold; none: nothing need be said.
    fn alternatives_of_platforms(&self, wanted: &BTreeSet<usize>) -> Vec<String> {
        let of_system = |system: &str| -> BTreeSet<usize> {
            let all = self.platforms.iter().enumerate();
            all.filter(|(_, platform)| platform.system() == system).map(|(place, _)| place).collect()
        };
        let mut systems: Vec<&str> = Vec::new();
        for platform in &self.platforms {
            if !systems.contains(&platform.system()) {
                systems.push(platform.system());
            }
        }
        let whole: Vec<&str> =
            systems.iter().copied().filter(|system| of_system(system).is_subset(wanted)).collect();
        let absent: Vec<&str> =
            systems.iter().copied().filter(|system| of_system(system).is_disjoint(wanted)).collect();
        if whole.len() + absent.len() == systems.len() && absent.len() < whole.len() {
            if absent.is_empty() {
                return Vec::new();
            }
            let others: Vec<String> =
                absent.iter().map(|system| format!("sys_platform != '{system}'")).collect();
            return vec![others.join(" and ")];
        }
        let mut conditions: Vec<String> =
            whole.iter().map(|system| format!("sys_platform == '{system}'")).collect();
        let single = self.platforms.iter().enumerate();
        let single = single
            .filter(|(place, platform)| wanted.contains(place) && !whole.contains(&platform.system()))
            .map(|(_, platform)| platform.condition());
        conditions.extend(single);
        conditions
    }
}

/// One of these, as part of a conjunction; none: nothing need be said.
fn alternatives(conditions: &[String]) -> Option<String> {
    match conditions {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(format!("({})", several.join(" or "))),
    }
}

fn limit(operator: &str, release: Release) -> String {
    let variable = if release[2] == 0 { "python_version" } else { "python_full_version" };
    format!("{variable} {operator} '{}'", bound(release))
}

/// A release without a patch version of 0.
fn bound(release: Release) -> String {
    match release {
        [major, minor, 0] => format!("{major}.{minor}"),
        release => text(release),
    }
}

#[cfg(test)]
#[path = "tests/lock_matrix.rs"]
mod tests;
