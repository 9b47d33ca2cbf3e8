//! What was named on the command line: distributions, wheels first, with their signatures and attestations. Patterns are
//! expanded where no shell has done it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::PublishError;

/// No pattern matches more.
const MOST_MATCHES: usize = 100_000;

/// A distribution and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// The distribution.
    pub path: PathBuf,
    /// Its signature (`.asc`).
    pub signature: Option<PathBuf>,
    /// Its attestations (`.attestation`, PEP 740).
    pub attestations: Vec<PathBuf>,
}

/// Finds the distributions that `named` means, paths or patterns, below `directory`. Signatures alone are none.
pub fn find_inputs(named: &[String], directory: &Path) -> Result<Vec<Input>, PublishError> {
    let mut found: Vec<PathBuf> = Vec::new();
    for text in named {
        if directory.join(text).exists() {
            found.push(PathBuf::from(text));
            continue;
        }
        let matches = expand(text, directory);
        if matches.is_empty() {
            return Err(PublishError::NoSuchFile(text.clone()));
        }
        found.extend(matches);
    }
    // Those who install at this moment should find wheels.
    found.sort_by_key(|path| !has_ending(path, ".whl"));
    let mut signatures = BTreeMap::new();
    let mut attestations = Vec::new();
    let mut distributions = Vec::new();
    for path in found {
        if has_ending(&path, ".asc") {
            signatures.insert(filename(&path), path);
        } else if is_attestation(&filename(&path)) {
            attestations.push(path);
        } else if !distributions.contains(&path) {
            distributions.push(path);
        }
    }
    let inputs = distributions.into_iter().map(|path| {
        let name = filename(&path);
        let own = attestations.iter().filter(|attestation| filename(attestation).starts_with(&name));
        let attestations = own.cloned().collect();
        Input { signature: signatures.get(&format!("{name}.asc")).cloned(), attestations, path }
    });
    Ok(inputs.collect())
}

fn filename(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn has_ending(path: &Path, ending: &str) -> bool {
    filename(path).ends_with(ending)
}

/// `*.*.attestation`.
fn is_attestation(name: &str) -> bool {
    name.strip_suffix(".attestation").is_some_and(|rest| rest.contains('.'))
}

/// Whether a text is a pattern rather than a name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

/// The paths that a pattern matches, sorted, written as the pattern is.
fn expand(pattern: &str, directory: &Path) -> Vec<PathBuf> {
    if !is_pattern(pattern) {
        return Vec::new();
    }
    let path = Path::new(pattern);
    let mut places = vec![PathBuf::new()];
    for component in path.components() {
        let text = component.as_os_str().to_string_lossy();
        if !is_pattern(&text) {
            places.iter_mut().for_each(|place| place.push(component));
            continue;
        }
        let mut next = Vec::new();
        for place in &places {
            let entries = fs::read_dir(directory.join(place)).into_iter().flatten().flatten();
            let names = entries.map(|entry| entry.file_name());
            let mut names: Vec<_> = names.filter(|name| matches(&text, &name.to_string_lossy())).collect();
            names.sort();
            next.extend(names.into_iter().map(|name| place.join(name)).take(MOST_MATCHES - next.len()));
        }
        places = next;
    }
    places.retain(|place| directory.join(place).exists());
    places
}

/// Whether a name matches a pattern of `*`, `?` and `[...]` (Python's `glob`); a leading dot must be written.
fn matches(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Where to go on when what follows the last star does not fit.
    let mut again: Option<(usize, usize)> = None;
    let (mut at, mut position) = (0, 0);
    loop {
        let step = match pattern.get(at) {
            Some('*') => {
                again = Some((at + 1, position));
                at += 1;
                continue;
            }
            None if position == name.len() => return true,
            None => None,
            Some('?') => name.get(position).map(|_| 1),
            Some('[') => match set(pattern.get(at..).unwrap_or_default()) {
                Some((set, length)) => {
                    name.get(position).filter(|found| set.contains(**found)).map(|_| length)
                }
                None => name.get(position).filter(|found| **found == '[').map(|_| 1),
            },
            Some(expected) => name.get(position).filter(|found| *found == expected).map(|_| 1),
        };
        match (step, &mut again) {
            (Some(length), _) => {
                at += length;
                position += 1;
            }
            (None, Some((after, from))) if *from < name.len() => {
                *from += 1;
                (at, position) = (*after, *from);
            }
            (None, _) => return false,
        }
    }
}

/// `[abc]`, `[a-z]`, `[!abc]`.
struct Set<'a> {
    is_negated: bool,
    members: &'a [char],
}

impl Set<'_> {
    fn contains(&self, found: char) -> bool {
        let mut rest = self.members;
        let mut is_member = false;
        while let Some((first, after)) = rest.split_first() {
            rest = match after {
                ['-', last, after @ ..] => {
                    is_member |= (*first..=*last).contains(&found);
                    after
                }
                _ => {
                    is_member |= *first == found;
                    after
                }
            };
        }
        is_member != self.is_negated
    }
}

/// The set at the beginning of a pattern, and its length there.
fn set(pattern: &[char]) -> Option<(Set<'_>, usize)> {
    let is_negated = pattern.get(1) == Some(&'!');
    let start = 1 + usize::from(is_negated);
    // A bracket that comes first is a member.
    let end = (start + 1..pattern.len()).find(|at| pattern.get(*at) == Some(&']'))?;
    Some((Set { is_negated, members: pattern.get(start..end)? }, end + 1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What Python's `fnmatch` says, but for leading dots.
    #[test]
    fn patterns_match_as_pythons_do() {
        for (pattern, name, expected) in [
            ("*", "a", true),
            ("*", "", true),
            ("*", ".a", false),
            (".*", ".a", true),
            ("a*b*c", "axxbxxbyyc", true),
            ("a*b*c", "axxbxxbyy", false),
            ("?.whl", "a.whl", true),
            ("?.whl", ".whl", false),
            ("[a-c]1", "b1", true),
            ("[!a-c]1", "b1", false),
            ("[!a-c]1", "d1", true),
            ("[]]", "]", true),
            ("[a", "[a", true),
            ("a-1.0*", "a-1.0.tar.gz", true),
            ("a-1.0*", "a-1x0", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        let long = "a".repeat(3000);
        assert!(!matches(&"a*".repeat(50).replace("a*a*", "*a"), &(long + "b")));
    }

    #[test]
    fn wheels_come_first_with_what_belongs_to_them() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("dist")).unwrap();
        for name in [
            "a-1.tar.gz",
            "a-1.tar.gz.asc",
            "a-1-py3-none-any.whl",
            "a-1-py3-none-any.whl.publish.attestation",
            "b-1.zip",
            ".hidden",
        ] {
            fs::write(directory.path().join("dist").join(name), "").unwrap();
        }
        let find = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
            find_inputs(&named, directory.path())
        };
        let shown = |inputs: Vec<Input>| {
            let path = |path: &Path| path.display().to_string();
            let one = |input: &Input| {
                (path(&input.path), input.signature.as_deref().map(path), input.attestations.len())
            };
            inputs.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(
            shown(find(&["dist/*"]).unwrap()),
            [
                ("dist/a-1-py3-none-any.whl".to_owned(), None, 1),
                ("dist/a-1.tar.gz".to_owned(), Some("dist/a-1.tar.gz.asc".to_owned()), 0),
                ("dist/b-1.zip".to_owned(), None, 0),
            ]
        );
        assert_eq!(shown(find(&["d*/b-*", "dist/a-1.tar.gz", "dist/b-1.zip"]).unwrap()).len(), 2);
        assert_eq!(
            find(&["dist/none-*"]).unwrap_err().to_string(),
            "Cannot find file (or expand pattern): 'dist/none-*'"
        );
        assert_eq!(find(&["dist/*.asc"]).unwrap(), []);
    }
}
