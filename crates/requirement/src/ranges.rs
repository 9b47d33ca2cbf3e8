//! From specifiers (PEP 440) to sets of versions, exactly: everything that `V+*` stands for
//! is the half-open range from V to the next version that has no local part.

use std::ops::Bound;

use pep440_rs::Version as Pep440;

use crate::{Operator, Specifier, Version, VersionRanges};

impl Specifier {
    /// Exactly the versions that match, pre-releases and local versions included.
    /// `===` stands for its version; for none, where it is not a version.
    pub fn ranges(&self) -> VersionRanges {
        let Some(bound) = self.version() else { return VersionRanges::empty() };
        match self.operator() {
            Operator::Arbitrary => VersionRanges::singleton(bound.clone()),
            Operator::Equal => equal(bound),
            Operator::NotEqual => equal(bound).complement(),
            Operator::EqualStar => prefix(bound, bound.release()),
            Operator::NotEqualStar => prefix(bound, bound.release()).complement(),
            Operator::Compatible => compatible(bound),
            Operator::GreaterEqual => VersionRanges::higher_than(bound.clone()),
            Operator::LessEqual => at_most(bound),
            Operator::Less => less(bound),
            Operator::Greater => greater(bound),
        }
    }
}

/// The least version above `version` and all of its local versions, without a local part.
/// None where its last number is the largest that there is.
fn next_public(version: &Version) -> Option<Version> {
    let version = &version.0;
    let next = match (version.dev(), version.post()) {
        (Some(dev), _) => version.clone().with_dev(Some(dev.checked_add(1)?)),
        (None, Some(post)) => version.clone().with_post(Some(post.checked_add(1)?)).with_dev(Some(0)),
        (None, None) => version.clone().with_post(Some(0)).with_dev(Some(0)),
    };
    Some(Version(next))
}

/// The upper end of `version` and all of its local versions.
fn through(version: &Version) -> Bound<Version> {
    match next_public(version) {
        Some(next) => Bound::Excluded(next),
        None => Bound::Included(version.clone()),
    }
}

fn between(lower: Bound<Version>, upper: Bound<Version>) -> VersionRanges {
    VersionRanges::from_range_bounds((lower, upper))
}

fn equal(bound: &Version) -> VersionRanges {
    if bound.is_local() {
        return VersionRanges::singleton(bound.clone());
    }
    between(Bound::Included(bound.clone()), through(bound))
}

fn at_most(bound: &Version) -> VersionRanges {
    between(Bound::Unbounded, through(bound))
}

/// `<V` leaves out the pre-releases of V, unless V is one.
fn less(bound: &Version) -> VersionRanges {
    if bound.is_prerelease() {
        return VersionRanges::strictly_lower_than(bound.clone());
    }
    VersionRanges::strictly_lower_than(Version(bound.0.clone().with_dev(Some(0))))
}

/// `>V` leaves out the post-releases of V, unless V is one or a development release.
fn greater(bound: &Version) -> VersionRanges {
    if bound.0.is_post() || bound.0.is_dev() {
        return at_most(bound).complement();
    }
    // Above all post-releases of a final release there is no least version.
    VersionRanges::strictly_higher_than(Version(bound.0.clone().with_post(Some(u64::MAX))))
}

fn compatible(bound: &Version) -> VersionRanges {
    let kept = bound.release().len().saturating_sub(1);
    let upper = after_prefix(bound.epoch(), bound.release().get(..kept).unwrap_or_default());
    between(Bound::Included(bound.clone()), upper)
}

/// All versions of `bound`'s epoch whose release begins with `release`.
fn prefix(bound: &Version, release: &[u64]) -> VersionRanges {
    between(Bound::Included(first_of(bound.epoch(), release)), after_prefix(bound.epoch(), release))
}

/// The least version of a release: its first development release.
fn first_of(epoch: u64, release: &[u64]) -> Version {
    Version(Pep440::new(release).with_epoch(epoch).with_dev(Some(0)))
}

/// The upper end of all versions whose release begins with `release`: the next prefix,
/// of fewer numbers where the last one is the largest that there is.
fn after_prefix(epoch: u64, release: &[u64]) -> Bound<Version> {
    let mut release = release.to_vec();
    while let Some(last) = release.pop() {
        if let Some(next) = last.checked_add(1) {
            release.push(next);
            return Bound::Excluded(first_of(epoch, &release));
        }
    }
    match epoch.checked_add(1) {
        Some(next) => Bound::Excluded(first_of(next, &[0])),
        None => Bound::Unbounded,
    }
}
