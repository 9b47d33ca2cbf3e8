//! `cache`: what the cache holds, and taking away some of it or all.

use std::path::{Path, PathBuf};

use ::cache::{Bucket, Cache, CacheError, Usage};
use distribution::Sha256;
use rustc_hash::FxHashSet;

use crate::{Event, Reporter};

/// A wheel that lies unpacked in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWheel {
    /// Its file name.
    pub filename: String,
    /// The directory that it lies unpacked in.
    pub path: PathBuf,
    /// The size of its files together.
    pub bytes: u64,
    /// Its hash, which is its address.
    pub sha256: Sha256,
}

/// What the cache holds, by kind.
#[derive(Debug, Clone, Default)]
pub struct CacheContents {
    /// The directory of pages of indexes.
    pub pages_directory: PathBuf,
    /// Pages of indexes.
    pub pages: Usage,
    /// The directory of wheels.
    pub wheels_directory: PathBuf,
    /// Unpacked wheels.
    pub wheels: Usage,
    /// How many wheels there are.
    pub wheel_count: usize,
    /// How many of them were built here.
    pub built_count: usize,
    /// Everything.
    pub all: Usage,
}

/// Measures the cache.
pub fn cache_contents(cache: &Cache) -> CacheContents {
    let built = cache.records(Bucket::Built);
    let built: FxHashSet<Sha256> =
        built.iter().filter_map(|bytes| postcard::from_bytes(bytes).ok()).collect();
    let wheels = cache.wheels();
    CacheContents {
        pages_directory: cache.root().join(Bucket::Pages.directory()),
        pages: cache.bucket_usage(Bucket::Pages),
        wheels_directory: cache.wheels_directory(),
        wheels: cache.wheels_usage(),
        wheel_count: wheels.len(),
        built_count: wheels.iter().filter(|wheel| built.contains(&wheel.sha256)).count(),
        all: cache.usage(),
    }
}

/// The wheels whose file name `pattern` means (a name, a name and a version, or a pattern of the shell), by file name.
pub fn stored_wheels(cache: &Cache, pattern: &str) -> Vec<StoredWheel> {
    // A file name has its first dash behind the name: a pattern without one is about names alone.
    let pattern = format!("{pattern}{}", if pattern.contains('-') { "*.whl" } else { "-*.whl" });
    let pattern = glob(&pattern);
    let wheels = cache.wheels().into_iter().filter(|wheel| matches(&pattern, &wheel.manifest.filename));
    let mut stored: Vec<StoredWheel> = wheels
        .map(|wheel| StoredWheel {
            filename: wheel.manifest.filename.clone(),
            path: wheel.root.parent().unwrap_or(&wheel.root).to_path_buf(),
            bytes: wheel.manifest.files.iter().map(|file| file.size).sum(),
            sha256: wheel.sha256,
        })
        .collect();
    stored.sort_by(|one, other| (&one.filename, &one.path).cmp(&(&other.filename, &other.path)));
    stored
}

/// Removes these wheels; what is installed from them stays.
pub fn remove_stored_wheels(
    cache: &Cache,
    wheels: &[StoredWheel],
    reporter: &dyn Reporter,
) -> Result<Usage, CacheError> {
    let hashes: Vec<Sha256> = wheels.iter().map(|wheel| wheel.sha256).collect();
    let removed = |path: &Path| reporter.event(Event::Detail(1, &format!("Removed {}", path.display())));
    cache.remove_wheels(&hashes, &|| reporter.event(Event::WaitingForLock(cache.root())), &removed)
}

/// Removes everything.
pub fn purge_cache(cache: &Cache, reporter: &dyn Reporter) -> Result<Usage, CacheError> {
    cache.clear(&|| reporter.event(Event::WaitingForLock(cache.root())))
}

/// A part of a pattern of the shell, as Python's `fnmatch` has them.
enum Part {
    /// `*`
    Any,
    /// `?`
    One,
    /// `[a-z]`, `[!a-z]`: whether it excludes, and the ranges.
    Set(bool, Vec<(char, char)>),
    Letter(char),
}

fn glob(pattern: &str) -> Vec<Part> {
    let letters: Vec<char> = pattern.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(&letter) = letters.get(at) {
        at += 1;
        match letter {
            '*' => parts.push(Part::Any),
            '?' => parts.push(Part::One),
            '[' => match set(&letters[at..]) {
                Some((set, length)) => {
                    parts.push(set);
                    at += length;
                }
                None => parts.push(Part::Letter('[')),
            },
            letter => parts.push(Part::Letter(letter)),
        }
    }
    parts
}

/// What stands behind `[`, and how long it is; none where it is not closed.
fn set(letters: &[char]) -> Option<(Part, usize)> {
    let excludes = letters.first() == Some(&'!');
    let start = usize::from(excludes);
    // A bracket in the first place does not close.
    let end = start + 1 + letters.get(start + 1..)?.iter().position(|letter| *letter == ']')?;
    let inside = &letters[start..end];
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(&first) = inside.get(at) {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some('-'), Some(&last)) => {
                ranges.push((first, last));
                at += 3;
            }
            _ => {
                ranges.push((first, first));
                at += 1;
            }
        }
    }
    Some((Part::Set(excludes, ranges), end + 1))
}

impl Part {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Any | Self::One => true,
            Self::Set(excludes, ranges) => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&letter)) != *excludes
            }
            Self::Letter(own) => *own == letter,
        }
    }
}

/// Whether the whole text fits. A later `*` makes up for an earlier one, so only the last is tried again.
fn matches(pattern: &[Part], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut part, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        match (pattern.get(part), text.get(at)) {
            (None, None) => return true,
            (Some(Part::Any), _) => {
                retry = Some((part + 1, at));
                part += 1;
            }
            (Some(next), Some(letter)) if next.takes(*letter) => {
                part += 1;
                at += 1;
            }
            _ => match &mut retry {
                Some((after, start)) if *start < text.len() => {
                    *start += 1;
                    (part, at) = (*after, *start);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{glob, matches};

    /// What Python's `fnmatch.filter` says.
    #[test]
    fn patterns_are_those_of_the_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-c-", false),
            ("?", "é", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[!]]x", "]x", false),
            ("[a-]x", "-x", true),
            ("[ax", "[ax", true),
            ("[", "[", true),
            ("[z-a]", "m", false),
            ("a.b", "aXb", false),
            ("A*", "a", false),
            ("*.whl", "x.whl.txt", false),
        ] {
            assert_eq!(matches(&glob(pattern), text), expected, "{pattern} {text}");
        }
        let many = "*a".repeat(2000);
        assert!(!matches(&glob(&many), &"a".repeat(1999)));
    }
}
