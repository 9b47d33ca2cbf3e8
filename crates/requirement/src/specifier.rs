//! Version specifiers (PEP 440): their grammar, and whether a version matches. The sets
//! of versions they mean to the solver are made in `ranges`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use smallvec::SmallVec;

use crate::cursor::is_space;
use crate::{Version, VersionRanges};

/// A specifier that does not follow PEP 440.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid specifier '{text}': {reason}")]
pub struct InvalidSpecifier {
    /// The specifier as it was written.
    pub text: String,
    /// What is wrong with it, for a person.
    pub reason: String,
}

/// The comparison operators of PEP 440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Operator {
    Equal,
    EqualStar,
    NotEqual,
    NotEqualStar,
    Compatible,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Arbitrary,
}

impl Operator {
    /// As written before the version: `==` for a prefix match (`==1.*`) too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal | Self::EqualStar => "==",
            Self::NotEqual | Self::NotEqualStar => "!=",
            Self::Compatible => "~=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Arbitrary => "===",
        }
    }

    /// The operator that `text` begins with, and what follows it.
    pub(crate) fn split(text: &str) -> Option<(Self, &str)> {
        const LONGEST_FIRST: [Operator; 8] = [
            Operator::Arbitrary,
            Operator::Equal,
            Operator::NotEqual,
            Operator::Compatible,
            Operator::LessEqual,
            Operator::GreaterEqual,
            Operator::Less,
            Operator::Greater,
        ];
        LONGEST_FIRST
            .into_iter()
            .find_map(|operator| text.strip_prefix(operator.as_str()).map(|rest| (operator, rest)))
    }

    fn is_star(self) -> bool {
        matches!(self, Self::EqualStar | Self::NotEqualStar)
    }
}

/// One clause, as `>=1.0`. Displays as written, without white space.
///
/// Equal where it means the same: `==1.0` equals `==1.0.0`.
#[derive(Debug, Clone)]
pub struct Specifier {
    operator: Operator,
    /// None only for `===` and a text that is not a version.
    version: Option<Version>,
    /// The version as written (`.*` included), where its normal form is another text.
    written: Option<Box<str>>,
}

impl Specifier {
    /// Reads what stands behind `operator` (`==` and `!=` become the prefix match at `.*`).
    pub(crate) fn from_parts(operator: Operator, text: &str) -> Result<Self, &'static str> {
        let text = text.trim_matches(is_space);
        if operator == Operator::Arbitrary {
            if text.contains(|character| is_space(character) || character == ';' || character == ')') {
                return Err("Expected one text without white space after '==='");
            }
            return Ok(Self { operator, version: text.parse().ok(), written: Some(text.into()) });
        }
        let (operator, number) = match (operator, text.strip_suffix(".*")) {
            (_, None) => (operator, text),
            (Operator::Equal, Some(prefix)) => (Operator::EqualStar, prefix),
            (Operator::NotEqual, Some(prefix)) => (Operator::NotEqualStar, prefix),
            _ => return Err(".* suffix can only be used with `==` or `!=` operators"),
        };
        if number.contains(is_space) {
            return Err("Expected a comma between version specifiers");
        }
        let version: Version = number.parse().map_err(|_| {
            if text.is_empty() { "Expected a version after the operator" } else { "Expected a valid version" }
        })?;
        let parsed = &version.0;
        if operator.is_star() && (version.is_prerelease() || version.is_postrelease() || version.is_local()) {
            return Err(".* suffix cannot be used with pre-release, post-release, dev or local versions");
        }
        if parsed.is_local() && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return Err("Local version label can only be used with `==` or `!=` operators");
        }
        if operator == Operator::Compatible && parsed.release().len() < 2 {
            return Err("`~=` needs a version of at least two numbers, as in `~=1.0`");
        }
        let written = (!is_plainly_normal(number)).then(|| text.into());
        Ok(Self { operator, version: Some(version), written })
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The version; of a prefix match (`==1.2.*`) what stands before `.*`. None for `===`
    /// with a text that is not a version.
    pub fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    /// The version as written, `.*` included.
    pub fn version_text(&self) -> Cow<'_, str> {
        match (&self.written, &self.version) {
            (Some(written), _) => Cow::Borrowed(written),
            (None, Some(version)) if self.operator.is_star() => Cow::Owned(format!("{version}.*")),
            (None, version) => Cow::Owned(version.as_ref().map(Version::to_string).unwrap_or_default()),
        }
    }

    /// Whether `version` matches; pre-releases are not treated apart. `===` compares the
    /// parsed versions here, see [`SpecifierSet::matches_text`].
    pub fn contains(&self, version: &Version) -> bool {
        let Some(bound) = &self.version else { return false };
        match self.operator {
            Operator::Arbitrary => version == bound,
            Operator::Equal => equals(version, bound),
            Operator::NotEqual => !equals(version, bound),
            Operator::EqualStar => has_prefix(version, bound, bound.release().len()),
            Operator::NotEqualStar => !has_prefix(version, bound, bound.release().len()),
            Operator::Compatible => {
                version >= bound && has_prefix(version, bound, bound.release().len().saturating_sub(1))
            }
            Operator::GreaterEqual => version >= bound,
            Operator::LessEqual => *version.public() <= *bound,
            Operator::Less => version < bound && !is_prerelease_of(version, bound),
            Operator::Greater => *version.public() > *bound && !is_postrelease_of(version, bound),
        }
    }

    /// Whether a text that need not be a version matches: the comparison of markers.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self.operator {
            Operator::Arbitrary => self.equals_text(text),
            _ => text.parse().is_ok_and(|version| self.contains(&version)),
        }
    }

    fn equals_text(&self, text: &str) -> bool {
        self.version_text().eq_ignore_ascii_case(text)
    }

    /// See [`SpecifierSet::names_prerelease`].
    fn names_prerelease(&self) -> bool {
        !matches!(self.operator, Operator::NotEqual | Operator::NotEqualStar | Operator::EqualStar)
            && self.version.as_ref().is_some_and(Version::is_prerelease)
    }

    /// How many release numbers matter to the meaning: `==1.0.*` is not `==1.*`.
    fn significant_release(&self) -> usize {
        match self.operator {
            Operator::EqualStar | Operator::NotEqualStar | Operator::Compatible => {
                self.version.as_ref().map_or(0, |version| version.release().len())
            }
            _ => 0,
        }
    }

    /// The text, where that is the meaning.
    fn significant_text(&self) -> Option<&str> {
        self.written.as_deref().filter(|_| self.operator == Operator::Arbitrary)
    }
}

/// Whether `text` is digits and dots just as the parsed version displays.
fn is_plainly_normal(text: &str) -> bool {
    text.split('.').all(|number| {
        number.bytes().all(|byte| byte.is_ascii_digit()) && (number.len() == 1 || !number.starts_with('0'))
    })
}

/// `==`: a local part counts only where the specifier has one.
fn equals(version: &Version, bound: &Version) -> bool {
    if bound.is_local() { version == bound } else { *version.public() == *bound }
}

/// Whether epoch and the first `length` release numbers are those of `bound`.
fn has_prefix(version: &Version, bound: &Version, length: usize) -> bool {
    let release = version.release().iter().chain(std::iter::repeat(&0));
    version.epoch() == bound.epoch()
        && bound.release().iter().take(length).zip(release).all(|(wanted, number)| wanted == number)
}

/// Whether epoch and release are the same; missing numbers are zeros.
fn same_release(left: &Version, right: &Version) -> bool {
    let length = left.release().len().max(right.release().len());
    let padded = |version: &Version, position| version.release().get(position).copied().unwrap_or(0);
    left.epoch() == right.epoch()
        && (0..length).all(|position| padded(left, position) == padded(right, position))
}

/// `<V` leaves out the pre-releases of V, unless V is one. `version` is below `bound`.
fn is_prerelease_of(version: &Version, bound: &Version) -> bool {
    let (parsed, parsed_bound) = (&version.0, &bound.0);
    !bound.is_prerelease()
        && same_release(version, bound)
        // Below a final release are only its pre-releases, below V.postN also V itself.
        && (!bound.is_postrelease() || (parsed.post() == parsed_bound.post() && parsed.pre().is_none()))
}

/// `>V` leaves out the post-releases of V, unless V is one or a development release.
/// `version` is above `bound`.
fn is_postrelease_of(version: &Version, bound: &Version) -> bool {
    let parsed = &bound.0;
    !parsed.is_post() && !parsed.is_dev() && same_release(version, bound) && version.0.pre() == parsed.pre()
}

impl PartialEq for Specifier {
    fn eq(&self, other: &Self) -> bool {
        self.operator == other.operator
            && self.version == other.version
            && self.significant_release() == other.significant_release()
            && self.significant_text() == other.significant_text()
    }
}

impl Eq for Specifier {}

impl Hash for Specifier {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.operator.hash(state);
        self.version.hash(state);
        self.significant_release().hash(state);
        self.significant_text().hash(state);
    }
}

impl FromStr for Specifier {
    type Err = InvalidSpecifier;

    fn from_str(text: &str) -> Result<Self, InvalidSpecifier> {
        Operator::split(text.trim_matches(is_space))
            .ok_or("Expected a comparison operator, one of ==, !=, <=, >=, <, >, ~=, ===")
            .and_then(|(operator, rest)| Self::from_parts(operator, rest))
            .map_err(|reason| InvalidSpecifier { text: text.to_owned(), reason: reason.to_owned() })
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.operator.as_str())?;
        match (&self.written, &self.version) {
            (Some(written), _) => formatter.write_str(written),
            (None, Some(version)) => {
                fmt::Display::fmt(version, formatter)?;
                formatter.write_str(if self.operator.is_star() { ".*" } else { "" })
            }
            (None, None) => Ok(()),
        }
    }
}

/// Clauses that must all hold; displays as written, joined by commas.
/// Equal where the same clauses stand in the same order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct SpecifierSet {
    pub(crate) specifiers: SmallVec<[Specifier; 2]>,
}

impl SpecifierSet {
    /// Whether there is no clause: every version matches.
    pub fn is_empty(&self) -> bool {
        self.specifiers.is_empty()
    }

    /// The clauses in the order written.
    pub fn specifiers(&self) -> &[Specifier] {
        &self.specifiers
    }

    /// Exactly the versions that match, pre-releases and local versions included
    /// (`===` as its parsed version where it is one; see [`SpecifierSet::matches_text`]).
    pub fn ranges(&self) -> VersionRanges {
        if let [only] = self.specifiers() {
            return only.ranges();
        }
        // Pair by pair: the time stays bounded where there are very many clauses.
        let mut ranges: Vec<VersionRanges> = self.specifiers.iter().map(Specifier::ranges).collect();
        while ranges.len() > 1 {
            let pairs = ranges.chunks(2).map(|pair| match pair {
                [left, right] => left.intersection(right),
                single => single.first().cloned().unwrap_or_else(VersionRanges::full),
            });
            ranges = pairs.collect();
        }
        ranges.pop().unwrap_or_else(VersionRanges::full)
    }

    /// Whether `version` matches; pre-releases are not treated apart.
    pub fn contains(&self, version: &Version) -> bool {
        self.specifiers.iter().all(|specifier| specifier.contains(version))
    }

    /// Whether every `===` clause equals `text`, the version as the file spells it
    /// (ASCII case is ignored, PEP 440). True where there is no such clause.
    pub fn matches_text(&self, text: &str) -> bool {
        self.specifiers
            .iter()
            .filter(|specifier| specifier.operator == Operator::Arbitrary)
            .all(|specifier| specifier.equals_text(text))
    }

    /// Whether a clause other than `!=` names a pre-release, which opts in to them.
    pub fn names_prerelease(&self) -> bool {
        self.specifiers.iter().any(Specifier::names_prerelease)
    }

    /// The version, where the set is one `==` (no wildcard) or `===` clause: what pip calls pinned.
    pub fn pinned(&self) -> Option<&Version> {
        match self.specifiers() {
            [only] if matches!(only.operator, Operator::Equal | Operator::Arbitrary) => only.version(),
            _ => None,
        }
    }

    /// The clauses sorted as texts, without repeats, joined by commas: what `packaging` shows.
    pub fn to_sorted_string(&self) -> String {
        let mut clauses: Vec<(String, &Specifier)> =
            self.specifiers.iter().map(|specifier| (specifier.to_string(), specifier)).collect();
        clauses.sort_by(|left, right| left.0.cmp(&right.0));
        let mut seen = HashSet::with_capacity(clauses.len());
        let mut sorted = String::new();
        for (text, specifier) in clauses {
            if seen.insert(specifier) {
                sorted.push_str(if sorted.is_empty() { "" } else { "," });
                sorted.push_str(&text);
            }
        }
        sorted
    }
}

impl FromIterator<Specifier> for SpecifierSet {
    fn from_iter<I: IntoIterator<Item = Specifier>>(specifiers: I) -> Self {
        Self { specifiers: specifiers.into_iter().collect() }
    }
}

impl FromStr for SpecifierSet {
    type Err = InvalidSpecifier;

    /// Empty clauses are allowed, as `packaging` does. For what packages say about
    /// themselves see [`SpecifierSet::from_metadata`].
    fn from_str(text: &str) -> Result<Self, InvalidSpecifier> {
        text.split(',')
            .map(|clause| clause.trim_matches(is_space))
            .filter(|clause| !clause.is_empty())
            .map(Specifier::from_str)
            .collect()
    }
}

impl fmt::Display for SpecifierSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, specifier) in self.specifiers.iter().enumerate() {
            formatter.write_str(if position == 0 { "" } else { "," })?;
            fmt::Display::fmt(specifier, formatter)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn set(text: &str) -> SpecifierSet {
        text.parse().unwrap()
    }

    #[test]
    fn clauses_are_equal_where_they_mean_the_same() {
        assert_eq!(set("==1.0"), set("== 1.0.0"));
        assert_ne!(set("==1.*"), set("==1.0.*"));
        assert_ne!(set("~=1.0"), set("~=1.0.0"));
        assert_ne!(set("===1.0"), set("===1.00"));
        assert_ne!(set(">=1,<2"), set("<2,>=1"));
    }

    #[test]
    fn only_a_single_exact_clause_pins() {
        for (text, pinned) in [
            ("==1.0", Some("1.0")),
            ("===1.0+x", Some("1.0+x")),
            ("===weird", None),
            ("==1.*", None),
            (">=1.0", None),
            ("==1.0,!=2", None),
            ("", None),
        ] {
            assert_eq!(set(text).pinned().map(Version::to_string).as_deref(), pinned, "{text}");
        }
    }

    #[test]
    fn naming_a_prerelease_opts_in() {
        for (text, opts_in) in [
            (">=1.0a1", true),
            ("<2.0.dev0", true),
            ("===1.0rc1", true),
            ("!=1.0a1", false),
            ("==1.0.post1", false),
            ("==1.*", false),
            (">1,<2", false),
        ] {
            assert_eq!(set(text).names_prerelease(), opts_in, "{text}");
        }
    }

    #[test]
    fn arbitrary_equality_compares_texts() {
        let specifiers = set("===1.0.Post1");
        let version: Version = "1.0.post1".parse().unwrap();
        assert!(specifiers.contains(&version) && specifiers.ranges().contains(&version));
        assert!(specifiers.matches_text("1.0.POST1") && !specifiers.matches_text("1.0-1"));
        assert!(set("===weird").ranges().is_empty() && set(">=1").matches_text("anything"));
    }

    #[test]
    fn numbers_at_their_limit_do_not_wrap() {
        let most = u64::MAX;
        for (text, inside, outside) in [
            (format!("==1.{most}.*"), format!("1.{most}.3"), "2.dev0".to_owned()),
            (format!("=={most}!{most}.*"), format!("{most}!{most}.1"), "1".to_owned()),
            (format!("~=1.{most}.1"), format!("1.{most}.2"), "2".to_owned()),
            (format!("<=1.post{most}"), format!("1.post{most}"), "1.0.1".to_owned()),
        ] {
            let ranges = set(&text).ranges();
            assert!(ranges.contains(&inside.parse().unwrap()), "{text}");
            assert!(!ranges.contains(&outside.parse().unwrap()), "{text}");
        }
    }
}
