//! Platform compatibility tags (PEP 425, 703): what a wheel says it runs on, and what an interpreter takes, best first.

use std::fmt;
use std::str::FromStr;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::{Platform, TargetTags};

/// No real wheel has more tags; a larger set only costs time.
const MOST_TAGS: usize = 4096;

/// A minor version of Python above this is nonsense, and would only cost time.
const HIGHEST_MINOR: u32 = 200;

/// One tag, as `cp312-cp312-manylinux_2_17_x86_64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag<'a> {
    /// The interpreter part (`cp312`, `py3`).
    pub python: &'a str,
    /// The ABI part (`cp312`, `abi3`, `none`).
    pub abi: &'a str,
    /// The platform part (`any`, `manylinux_2_17_x86_64`).
    pub platform: &'a str,
}

impl fmt::Display for Tag<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}-{}", self.python, self.abi, self.platform)
    }
}

/// A text that is not a compressed tag set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is not a set of tags: {reason}")]
pub struct InvalidTags {
    /// The text.
    pub text: String,
    /// What is wrong.
    pub reason: &'static str,
}

/// A compressed tag set (PEP 425), as `py2.py3-none-any`: kept as one text, expanded when looked at. Lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagSet {
    text: Box<str>,
    /// Where the first dash is.
    python_end: usize,
    /// Where the second dash is.
    abi_end: usize,
}

impl TagSet {
    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The interpreters, in the order written.
    pub fn pythons(&self) -> impl Iterator<Item = &str> + Clone {
        self.text.get(..self.python_end).unwrap_or_default().split('.')
    }

    /// The ABIs, in the order written.
    pub fn abis(&self) -> impl Iterator<Item = &str> + Clone {
        self.text.get(self.python_end + 1..self.abi_end).unwrap_or_default().split('.')
    }

    /// The platforms, in the order written.
    pub fn platforms(&self) -> impl Iterator<Item = &str> + Clone {
        self.text.get(self.abi_end + 1..).unwrap_or_default().split('.')
    }

    /// Every tag of the set.
    pub fn iter(&self) -> impl Iterator<Item = Tag<'_>> {
        self.pythons().flat_map(move |python| {
            self.abis()
                .flat_map(move |abi| self.platforms().map(move |platform| Tag { python, abi, platform }))
        })
    }
}

impl FromStr for TagSet {
    type Err = InvalidTags;

    fn from_str(text: &str) -> Result<Self, InvalidTags> {
        let invalid = |reason| InvalidTags { text: text.to_owned(), reason };
        let mut dashes = [0; 2];
        let mut dash_count = 0;
        let mut counts = [1_usize; 3];
        let mut member_start = true;
        let mut upper_case = false;
        for (index, byte) in text.bytes().enumerate() {
            match byte {
                b'-' | b'.' if member_start => return Err(invalid("a tag has an empty part")),
                b'-' => {
                    *dashes.get_mut(dash_count).ok_or_else(|| invalid("a tag has three parts"))? = index;
                    dash_count += 1;
                }
                b'.' => {
                    if let Some(count) = counts.get_mut(dash_count) {
                        *count += 1;
                    }
                }
                _ if dash_count == 0 && !is_identifier(byte, member_start) => {
                    return Err(invalid("the Python tag is not an identifier"));
                }
                b'/' | b'\\' | b':' | 0..=b' ' | 127.. => {
                    return Err(invalid("a tag has a character that tags do not have"));
                }
                b'A'..=b'Z' => upper_case = true,
                _ => {}
            }
            if byte.is_ascii_uppercase() {
                upper_case = true;
            }
            member_start = matches!(byte, b'-' | b'.');
        }
        if member_start {
            return Err(invalid("a tag has an empty part"));
        }
        if dash_count != 2 {
            return Err(invalid("a tag has three parts"));
        }
        let count = counts.iter().try_fold(1_usize, |product, count| product.checked_mul(*count));
        if count.is_none_or(|count| count > MOST_TAGS) {
            return Err(invalid("there are too many tags"));
        }
        let mut text: Box<str> = text.into();
        if upper_case {
            text.make_ascii_lowercase();
        }
        Ok(Self { text, python_end: dashes[0], abi_end: dashes[1] })
    }
}

fn is_identifier(byte: u8, first: bool) -> bool {
    byte == b'_' || byte.is_ascii_alphabetic() || (!first && byte.is_ascii_digit())
}

impl TryFrom<String> for TagSet {
    type Error = InvalidTags;

    fn try_from(text: String) -> Result<Self, InvalidTags> {
        text.parse()
    }
}

impl From<TagSet> for String {
    fn from(tags: TagSet) -> String {
        tags.text.into()
    }
}

impl fmt::Display for TagSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text)
    }
}

/// What the tags of an interpreter depend on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct InterpreterTags {
    /// `cpython`, `pypy`, ... (`sys.implementation.name`).
    pub implementation: String,
    /// Major and minor version of the language.
    pub python: (u32, u32),
    /// The ABI of the interpreter: for CPython `cp312`, `cp313t`, `cp38`, `cp37m`, as `packaging` computes them, best first;
    /// for others from `SOABI`.
    pub abis: Vec<String>,
    /// Whether this is a free-threaded build (no abi3).
    pub free_threaded: bool,
    /// The platform.
    pub platform: Platform,
}

/// The tags an interpreter supports, ordered as `packaging.tags.sys_tags()` (pip's order).
///
/// The order is regular: blocks of one interpreter and ABI over all platforms, best first, and after
/// them those of the platform `any`. So a rank is computed, not looked up among a thousand tags.
#[derive(Debug, Clone)]
pub struct SupportedTags {
    /// The platforms in order, and where each is.
    platforms: Vec<Box<str>>,
    platform_index: FxHashMap<Box<str>, usize>,
    /// The (interpreter, ABI) pairs that go with every platform, in order.
    blocks: Vec<(Box<str>, Box<str>)>,
    /// For each interpreter the ABIs and the places of their blocks.
    block_index: FxHashMap<Box<str>, Vec<(Box<str>, usize)>>,
    /// The interpreters that go with `none-any`, in order, and where each is.
    any: Vec<Box<str>>,
    any_index: FxHashMap<Box<str>, usize>,
}

impl SupportedTags {
    /// All tags, best first.
    pub fn new(interpreter: &InterpreterTags) -> Self {
        Self::for_target(&TargetTags::default(), interpreter)
    }

    /// The tags of `interpreter` as far as `target` does not say otherwise (`--platform`,
    /// `--python-version`, `--implementation`, `--abi`), best first.
    pub fn for_target(target: &TargetTags, interpreter: &InterpreterTags) -> Self {
        let (major, minor) = match target.python {
            Some((major, minor)) => (major, minor),
            None => (interpreter.python.0, Some(interpreter.python.1)),
        };
        let minor = minor.map(|minor| minor.min(HIGHEST_MINOR));
        let version = nodot(major, minor);
        let short_name = target.implementation.as_deref().unwrap_or(short_name(&interpreter.implementation));
        let name = format!("{short_name}{version}").to_ascii_lowercase();
        let abis = target.abis(interpreter, short_name, (major, minor));
        let mut tags = Self::with_platforms(target.platforms(interpreter));
        if short_name == "cp" {
            let free_threaded = abis.first().is_some_and(|abi| names_free_threading(abi));
            let stable = if free_threaded { "abi3t" } else { "abi3" };
            for abi in abis.iter().filter(|abi| *abi != stable && *abi != "abi3" && *abi != "none") {
                tags.push_block(&name, abi);
            }
            let stable_applies = minor.is_some_and(|minor| (major, minor) >= (3, 2));
            if stable_applies {
                tags.push_block(&name, stable);
            }
            tags.push_block(&name, "none");
            for older in (2..minor.unwrap_or(0)).rev().filter(|_| stable_applies) {
                tags.push_block(&format!("cp{}", nodot(major, Some(older))), stable);
            }
        } else {
            for abi in abis.iter().map(String::as_str) {
                tags.push_block(&name, abi);
            }
            tags.push_block(&name, "none");
        }
        tags.push_any(&name);
        if short_name == "pp" {
            // pip asks for `pp310-none-any`, `packaging.tags.sys_tags` for this one.
            tags.push_any("pp3");
        }
        let older = (0..minor.unwrap_or(0)).rev().map(|minor| nodot(major, Some(minor)));
        for version in minor.map(|_| version.clone()).into_iter().chain([major.to_string()]).chain(older) {
            let python = format!("py{version}");
            tags.push_block(&python, "none");
            tags.push_any(&python);
        }
        tags
    }

    fn with_platforms(platforms: Vec<String>) -> Self {
        let mut tags = Self {
            platforms: Vec::with_capacity(platforms.len()),
            platform_index: FxHashMap::default(),
            blocks: Vec::new(),
            block_index: FxHashMap::default(),
            any: Vec::new(),
            any_index: FxHashMap::default(),
        };
        tags.platform_index.reserve(platforms.len());
        for platform in platforms {
            push_new(&mut tags.platforms, &mut tags.platform_index, &platform.to_ascii_lowercase());
        }
        tags
    }

    fn push_block(&mut self, python: &str, abi: &str) {
        let abis = self.block_index.entry(python.into()).or_default();
        if abis.iter().all(|(known, _)| &**known != abi) {
            abis.push((abi.into(), self.blocks.len()));
            self.blocks.push((python.into(), abi.into()));
        }
    }

    fn push_any(&mut self, python: &str) {
        push_new(&mut self.any, &mut self.any_index, python);
    }

    /// The rank of the best of `tags` (0 is best), if any is supported. Does not allocate.
    pub fn rank(&self, tags: &TagSet) -> Option<usize> {
        let platform = tags.platforms().filter_map(|platform| self.platform_index.get(platform)).min();
        let any = tags.platforms().any(|platform| platform == "any");
        if platform.is_none() && !any {
            return None;
        }
        let mut best: Option<usize> = None;
        for python in tags.pythons() {
            if let Some(platform) = platform
                && let Some(known) = self.block_index.get(python)
            {
                for abi in tags.abis() {
                    if let Some((_, block)) = known.iter().find(|(known, _)| &**known == abi) {
                        let rank = block * self.platforms.len() + platform;
                        best = Some(best.map_or(rank, |best| best.min(rank)));
                    }
                }
            }
            if any
                && let Some(place) = self.any_index.get(python)
                && tags.abis().any(|abi| abi == "none")
            {
                let rank = self.blocks.len() * self.platforms.len() + place;
                best = Some(best.map_or(rank, |best| best.min(rank)));
            }
        }
        best
    }

    /// All tags, best first.
    pub fn iter(&self) -> impl Iterator<Item = Tag<'_>> {
        let blocks = self.blocks.iter().flat_map(|(python, abi)| {
            self.platforms.iter().map(move |platform| Tag { python, abi, platform })
        });
        blocks.chain(self.any.iter().map(|python| Tag { python, abi: "none", platform: "any" }))
    }

    /// How many tags there are.
    pub fn len(&self) -> usize {
        self.blocks.len() * self.platforms.len() + self.any.len()
    }

    /// Whether there is none, which is never so.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn push_new(list: &mut Vec<Box<str>>, index: &mut FxHashMap<Box<str>, usize>, text: &str) {
    if !index.contains_key(text) {
        index.insert(text.into(), list.len());
        list.push(text.into());
    }
}

/// `cp` for `cpython`, and so on; the name itself where it has no short form.
fn short_name(implementation: &str) -> &str {
    match implementation {
        "python" => "py",
        "cpython" => "cp",
        "pypy" => "pp",
        "ironpython" => "ip",
        "jython" => "jy",
        other => other,
    }
}

/// `312`, or `3` without a minor version.
pub(crate) fn nodot(major: u32, minor: Option<u32>) -> String {
    match minor {
        Some(minor) => format!("{major}{minor}"),
        None => major.to_string(),
    }
}

/// Whether a CPython ABI is that of a free-threaded build (`cp313t`).
fn names_free_threading(abi: &str) -> bool {
    abi.strip_prefix("cp").is_some_and(|rest| {
        let flags = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        flags.len() < rest.len() && flags.contains('t')
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::Libc;

    #[test]
    fn sets_are_expanded() {
        let tags: TagSet = "py2.py3-none-any.Win32".parse().unwrap();
        let all: Vec<String> = tags.iter().map(|tag| tag.to_string()).collect();
        assert_eq!(all, ["py2-none-any", "py2-none-win32", "py3-none-any", "py3-none-win32"]);
        assert_eq!(tags.to_string(), "py2.py3-none-any.win32");
        assert_eq!(serde_json::to_string(&tags).unwrap(), "\"py2.py3-none-any.win32\"");
        assert!(serde_json::from_str::<TagSet>("\"py3\"").is_err());
    }

    #[test]
    fn absurd_numbers_make_no_absurd_lists() {
        let most = u32::MAX;
        for platform in [
            Platform::Linux { machine: "x86_64".into(), libc: Libc::Glibc(most, most), hard_float: false },
            Platform::Linux { machine: "armv8l".into(), libc: Libc::Musl(most, most), hard_float: true },
            Platform::MacOs { major: most, minor: most, machine: "arm64".into() },
            Platform::MacOs { major: 10, minor: most, machine: "ppc".into() },
            Platform::Other("android_4294967295_x".into()),
            Platform::Other("ios_4294967295_4294967295_x".into()),
            Platform::Other(String::new()),
        ] {
            let interpreter = InterpreterTags {
                implementation: "cpython".into(),
                python: (most, most),
                abis: vec!["cpé".into()],
                free_threaded: true,
                platform,
            };
            let tags = SupportedTags::new(&interpreter);
            assert_eq!(tags.iter().count(), tags.len());
            assert!(tags.len() < 10_000_000 && !tags.is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), "[a-zA-Z0-9_.-]{0,30}"]) {
            if let Ok(tags) = text.parse::<TagSet>() {
                prop_assert_eq!(tags.as_str(), text.to_ascii_lowercase());
                for tag in tags.iter() {
                    prop_assert!(!tag.python.is_empty() && !tag.abi.is_empty() && !tag.platform.is_empty());
                    let alone: TagSet = tag.to_string().parse().unwrap();
                    prop_assert_eq!(alone.iter().collect::<Vec<_>>(), [tag]);
                }
            }
        }
    }
}
