//! Sets of versions as the solver handles them: positions in a project's list of versions, newest first.
//!
//! A range of versions has infinitely many members, a list has few. Counting positions makes a version a number,
//! and neighbours that are excluded one after another melt into one segment: fifteen hundred rejected
//! versions are two numbers, not fifteen hundred intervals.

use std::fmt;
use std::ops::Bound;

use pubgrub::{Ranges, VersionSet};
use requirement::{Version, VersionRanges};

/// A position in a list of versions, newest first; the root's only version is 0.
pub(crate) type Position = u32;

/// A set of positions, as segments that include their lower and exclude their upper end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells(Ranges<Position>);

/// Lists are far shorter; a longer one would lose its oldest versions, not its soundness.
fn position(index: usize) -> Position {
    Position::try_from(index).unwrap_or(Position::MAX)
}

impl Cells {
    /// The positions of the versions in `range`; `versions` is sorted, newest first.
    pub(crate) fn of(range: &VersionRanges, versions: &[Version]) -> Self {
        let segments = range.iter().map(|(lower, upper)| {
            let start = match upper {
                Bound::Unbounded => 0,
                Bound::Included(upper) => versions.partition_point(|version| version > upper),
                Bound::Excluded(upper) => versions.partition_point(|version| version >= upper),
            };
            let end = match lower {
                Bound::Unbounded => versions.len(),
                Bound::Included(lower) => versions.partition_point(|version| version >= lower),
                Bound::Excluded(lower) => versions.partition_point(|version| version > lower),
            };
            (start, end)
        });
        Self::union_of(segments.filter(|(start, end)| start < end))
    }

    /// These positions.
    pub(crate) fn at(positions: impl Iterator<Item = usize>) -> Self {
        Self::union_of(positions.map(|index| (index, index + 1)))
    }

    fn union_of(segments: impl Iterator<Item = (usize, usize)>) -> Self {
        let segments = segments.map(|(start, end)| Ranges::between(position(start), position(end)));
        Self(segments.fold(Ranges::empty(), |all, segment| all.union(&segment)))
    }

    /// The members below `count`, ascending: the newest version first.
    pub(crate) fn positions(&self, count: usize) -> impl Iterator<Item = Position> {
        let count = position(count);
        self.0.iter().flat_map(move |(lower, upper)| {
            let start = match lower {
                Bound::Included(start) => *start,
                Bound::Excluded(before) => before.saturating_add(1),
                Bound::Unbounded => 0,
            };
            let end = match upper {
                Bound::Excluded(end) => *end,
                Bound::Included(last) => last.saturating_add(1),
                Bound::Unbounded => count,
            };
            start..end.min(count)
        })
    }
}

impl VersionSet for Cells {
    type V = Position;

    fn empty() -> Self {
        Self(Ranges::empty())
    }

    fn full() -> Self {
        Self(Ranges::full())
    }

    fn singleton(version: Position) -> Self {
        Self(Ranges::between(version, version.saturating_add(1)))
    }

    fn complement(&self) -> Self {
        Self(self.0.complement())
    }

    fn intersection(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0))
    }

    fn union(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0))
    }

    fn contains(&self, version: &Position) -> bool {
        self.0.contains(version)
    }

    fn is_disjoint(&self, other: &Self) -> bool {
        self.0.is_disjoint(&other.0)
    }

    fn subset_of(&self, other: &Self) -> bool {
        self.0.subset_of(&other.0)
    }
}

impl fmt::Display for Cells {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn versions() -> Vec<Version> {
        ["3.0", "2.0", "2.0rc1", "1.0+local", "1.0"].map(|text| text.parse().unwrap()).into()
    }

    fn members(specifiers: &str) -> Vec<Position> {
        let set: requirement::SpecifierSet = specifiers.parse().unwrap();
        Cells::of(&set.ranges(), &versions()).positions(5).collect()
    }

    #[test]
    fn specifiers_become_positions() {
        for (specifiers, expected) in [
            ("", vec![0, 1, 2, 3, 4]),
            (">=2", vec![0, 1]),
            ("<2.0", vec![3, 4]),
            ("==1.0", vec![3, 4]),
            ("!=2.0", vec![0, 2, 3, 4]),
            (">1.0,<3", vec![1, 2]),
            (">3", vec![]),
        ] {
            assert_eq!(members(specifiers), expected, "{specifiers}");
        }
    }

    #[test]
    fn neighbours_melt() {
        let excluded = (0..1000).fold(Cells::empty(), |all, version| all.union(&Cells::singleton(version)));
        assert_eq!(excluded.0.iter().count(), 1);
        assert_eq!(excluded.complement().positions(1002).collect::<Vec<_>>(), [1000, 1001]);
    }
}
