//! Dependency groups: `[dependency-groups]` of a `pyproject.toml` (PEP 735), as `pip install --group` reads them.

use std::collections::BTreeMap;

use requirement::{Requirement, canonicalize_name, python_repr};
use toml::{Table, Value};

use crate::toml_text::{self, python_value};

/// No project describes itself in more.
const LARGEST_FILE: usize = 1 << 20;
/// Includes may be this deep.
const DEEPEST: usize = 100;
/// A group that names more, repeats counted, is an attack.
const MOST_ITEMS: usize = 100_000;

/// Why a dependency group cannot be installed, in pip's words; `file` is as the caller named it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDependencyGroups {
    /// The file is not TOML.
    #[error("Error parsing {file}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What is wrong, with the line.
        reason: String,
    },
    /// There is no `[dependency-groups]`.
    #[error("[dependency-groups] table was missing from '{file}'. Cannot resolve '--group' option.")]
    Missing {
        /// The file.
        file: String,
    },
    /// `dependency-groups` is no table.
    #[error("[dependency-groups] table was malformed in {file}. Cannot resolve '--group' option.")]
    Malformed {
        /// The file.
        file: String,
    },
    /// Two names are the same in normal form.
    #[error("[dependency-groups] data was invalid in {file}: {}", problems.join("; "))]
    Names {
        /// The file.
        file: String,
        /// One for each name.
        problems: Vec<String>,
    },
    /// The group, or one that it includes, is not there or is not what it should be.
    #[error("[dependency-groups] resolution failed for '{group}' from '{file}': {}", problems.join("; "))]
    Group {
        /// The file.
        file: String,
        /// The group that was asked for, as written.
        group: String,
        /// All that is wrong.
        problems: Vec<String>,
    },
}

/// The groups of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct DependencyGroups {
    file: String,
    /// By normalised name.
    groups: BTreeMap<String, Value>,
}

impl DependencyGroups {
    /// Reads `[dependency-groups]` from the text of a `pyproject.toml`, which `file` names in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, InvalidDependencyGroups> {
        let file = file.to_owned();
        let mut document: Table = match toml_text::parse(text, LARGEST_FILE) {
            Ok(document) => document,
            Err(reason) => return Err(InvalidDependencyGroups::Syntax { file, reason }),
        };
        let table = match document.remove("dependency-groups") {
            None => return Err(InvalidDependencyGroups::Missing { file }),
            Some(Value::Table(table)) => table,
            Some(_) => return Err(InvalidDependencyGroups::Malformed { file }),
        };
        let mut names: Vec<(String, Vec<String>)> = Vec::new();
        let mut groups = BTreeMap::new();
        for (written, group) in table {
            let normal = canonicalize_name(&written);
            if groups.insert(normal.clone(), group).is_none() {
                names.push((normal, vec![written]));
            } else if let Some((_, known)) = names.iter_mut().find(|(known, _)| *known == normal) {
                known.push(written);
            }
        }
        let twice = names.into_iter().filter(|(_, written)| written.len() > 1);
        let problems: Vec<String> = twice
            .map(|(normal, written)| {
                format!("Duplicate dependency group names: {normal} ({})", written.join(", "))
            })
            .collect();
        if problems.is_empty() {
            Ok(Self { file, groups })
        } else {
            Err(InvalidDependencyGroups::Names { file, problems })
        }
    }

    /// The requirements of a group and of those that it includes, in order, repeats kept. Names are
    /// compared in normal form.
    pub fn resolve(&self, group: &str) -> Result<Vec<Requirement>, InvalidDependencyGroups> {
        let mut resolution = Resolution {
            groups: &self.groups,
            requested: canonicalize_name(group),
            done: BTreeMap::new(),
            problems: Vec::new(),
            items: 0,
        };
        let requirements = resolution.resolve(&resolution.requested.clone(), &mut Vec::new());
        if resolution.problems.is_empty() {
            return Ok(requirements);
        }
        let (file, group, problems) = (self.file.clone(), group.to_owned(), resolution.problems);
        Err(InvalidDependencyGroups::Group { file, group, problems })
    }
}

/// One request, on its way through the includes.
struct Resolution<'a> {
    groups: &'a BTreeMap<String, Value>,
    requested: String,
    /// Groups that are resolved, by normalised name.
    done: BTreeMap<String, Vec<Requirement>>,
    problems: Vec<String>,
    items: usize,
}

/// What an item of a group says.
enum Item {
    Requirement(Box<Requirement>),
    /// As written.
    Include(String),
}

impl Resolution<'_> {
    /// The requirements of the group of this normalised name; `open` are those that include it.
    fn resolve(&mut self, group: &str, open: &mut Vec<String>) -> Vec<Requirement> {
        if let Some(done) = self.done.get(group) {
            return done.clone();
        }
        let items = self.items(group);
        let mut requirements = Vec::new();
        for item in items {
            self.items += 1;
            if self.items + requirements.len() > MOST_ITEMS {
                self.problems.push(format!("Dependency group {} includes too much", python_repr(group)));
                break;
            }
            match item {
                Item::Requirement(requirement) => requirements.push(*requirement),
                Item::Include(written) => {
                    let included = canonicalize_name(&written);
                    if included == group || open.contains(&included) {
                        self.problems.push(self.cycle(group, &written));
                    } else if open.len() >= DEEPEST {
                        self.problems
                            .push(format!("Dependency group includes are nested too deeply: {included}"));
                    } else {
                        open.push(group.to_owned());
                        requirements.extend(self.resolve(&included, open));
                        open.pop();
                    }
                }
            }
            if self.items > MOST_ITEMS {
                break;
            }
        }
        if !self.problems.is_empty() {
            return Vec::new();
        }
        self.done.insert(group.to_owned(), requirements.clone());
        requirements
    }

    fn cycle(&self, group: &str, included: &str) -> String {
        let reason = if included == group {
            format!("{group} includes itself")
        } else {
            format!("{included} -> {group}, {group} -> {included}")
        };
        format!("Cyclic dependency group include while resolving {}: {reason}", self.requested)
    }

    /// The items of a group; none where something is wrong.
    fn items(&mut self, group: &str) -> Vec<Item> {
        let items = match self.groups.get(group) {
            Some(Value::Array(items)) => items,
            other => {
                let shown = python_repr(group);
                self.problems.push(match other {
                    None => format!("Dependency group '{group}' not found"),
                    Some(Value::String(_)) => {
                        format!("Dependency group {shown} contained a string rather than a list.")
                    }
                    Some(_) => format!("Dependency group {shown} is not a sequence type."),
                });
                return Vec::new();
            }
        };
        let mut read = Vec::with_capacity(items.len());
        for item in items {
            match self::item(item) {
                Ok(item) => read.push(item),
                Err(problem) => self.problems.push(problem),
            }
        }
        if self.problems.is_empty() { read } else { Vec::new() }
    }
}

fn item(item: &Value) -> Result<Item, String> {
    match item {
        Value::String(text) => {
            text.parse().map(|found| Item::Requirement(Box::new(found))).map_err(|error| error.to_string())
        }
        Value::Table(table) => match (table.len(), table.get("include-group")) {
            (1, Some(Value::String(group))) => Ok(Item::Include(group.clone())),
            (1, Some(_)) => {
                Err(format!("Dependency group include-group value is not a string: {}", python_value(item)))
            }
            _ => Err(format!("Invalid dependency group item: {}", python_value(item))),
        },
        _ => Err(format!("Invalid dependency group item: {}", python_value(item))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn resolve(groups: &str, group: &str) -> Result<Vec<String>, String> {
        let text = format!("[dependency-groups]\n{groups}");
        let parsed = DependencyGroups::parse(&text, "pyproject.toml").map_err(|error| error.to_string())?;
        let requirements = parsed.resolve(group).map_err(|error| error.to_string())?;
        Ok(requirements.iter().map(Requirement::to_string).collect())
    }

    #[test]
    fn includes_are_followed() {
        let groups = "Test_Tools = ['pytest>7', 'coverage[toml] ; os_name==\"nt\"']\n\
                      docs = ['sphinx', {include-group = 'test.tools'}, 'furo']\nempty = []\n\
                      dev = [{include-group = 'docs'}, {include-group = 'TEST-tools'}, 'pytest>7']\n\
                      unused = [1]";
        let tools = ["pytest>7", "coverage[toml]; os_name == \"nt\""];
        for (group, expected) in [
            ("test-tools", tools.to_vec()),
            ("TEST__tools", tools.to_vec()),
            ("empty", vec![]),
            ("docs", vec!["sphinx", tools[0], tools[1], "furo"]),
            ("dev", vec!["sphinx", tools[0], tools[1], "furo", tools[0], tools[1], "pytest>7"]),
        ] {
            assert_eq!(resolve(groups, group).unwrap(), expected, "{group}");
        }
    }

    /// The words are those of pip 26.3.
    #[test]
    fn mistakes_are_told_as_pip_tells_them() {
        for (groups, group, message) in [
            ("a = []", "B", "Dependency group 'b' not found"),
            ("a = [{include-group = 'B_c'}]", "a", "Dependency group 'b-c' not found"),
            ("a = 'x'", "a", "Dependency group 'a' contained a string rather than a list."),
            ("a = 1", "a", "Dependency group 'a' is not a sequence type."),
            ("a = {}", "a", "Dependency group 'a' is not a sequence type."),
            ("a = [1]", "a", "Invalid dependency group item: 1"),
            (
                "a = [true, [1.0, 'x']]",
                "a",
                "Invalid dependency group item: True; Invalid dependency group item: [1.0, 'x']",
            ),
            ("a = [{}]", "a", "Invalid dependency group item: {}"),
            (
                "a = [{include-group = 'b', x = \"it's\"}]",
                "a",
                "Invalid dependency group item: {'include-group': 'b', 'x': \"it's\"}",
            ),
            (
                "a = [{include-group = ['b']}]",
                "a",
                "Dependency group include-group value is not a string: {'include-group': ['b']}",
            ),
            (
                "a = [{include-group = 'a'}]",
                "A",
                "Cyclic dependency group include while resolving a: a includes itself",
            ),
            (
                "a = [{include-group = 'A'}]",
                "a",
                "Cyclic dependency group include while resolving a: A -> a, a -> A",
            ),
            (
                "a = [{include-group = 'b'}]\nb = [{include-group = 'c'}]\nc = [{include-group = 'b'}, {include-group = 'a'}]",
                "a",
                "Cyclic dependency group include while resolving a: b -> c, c -> b; \
                 Cyclic dependency group include while resolving a: a -> c, c -> a",
            ),
        ] {
            let start =
                format!("[dependency-groups] resolution failed for '{group}' from 'pyproject.toml': ");
            assert_eq!(resolve(groups, group).unwrap_err(), start + message, "{groups}");
        }
        assert_eq!(
            resolve("a = ['x y', 'z']", "a").unwrap_err(),
            "[dependency-groups] resolution failed for 'a' from 'pyproject.toml': \
             Expected semicolon (after name with no version specifier) or end\n    x y\n      ^"
        );
        for (text, message) in [
            (
                "[project]",
                "[dependency-groups] table was missing from 'x/pyproject.toml'. Cannot resolve '--group' option.",
            ),
            (
                "dependency-groups = []",
                "[dependency-groups] table was malformed in x/pyproject.toml. Cannot resolve '--group' option.",
            ),
            (
                "[dependency-groups]\nb_c = []\na = []\nB-C = []\n'b.C' = []\nA = []",
                "[dependency-groups] data was invalid in x/pyproject.toml: \
                 Duplicate dependency group names: b-c (b_c, B-C, b.C); Duplicate dependency group names: a (a, A)",
            ),
            ("a = 1\n]", "Error parsing x/pyproject.toml: line 2: "),
        ] {
            let error = DependencyGroups::parse(text, "x/pyproject.toml").unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn hostile_groups_come_to_an_end() {
        let chain = |count: usize, times: usize, last: &str| {
            let include = |index: usize| {
                let item = format!("{{include-group = 'g{}'}}", index + 1);
                format!("g{index} = [{}]\n", vec![item; times].join(","))
            };
            (0..count).map(include).collect::<String>() + &format!("g{count} = {last}")
        };
        assert!(resolve(&chain(1000, 1, "[]"), "g0").unwrap_err().contains("nested too deeply"));
        assert!(resolve(&chain(90, 2, "['x']"), "g0").unwrap_err().contains("includes too much"));
        assert!(resolve(&chain(90, 2, "[1]"), "g0").is_err());
        assert_eq!(resolve(&chain(90, 1, "['x']"), "g0").unwrap(), ["x"]);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), value in "[ -~]{0,30}") {
            let _ = DependencyGroups::parse(&text, "f");
            let _ = resolve(&format!("a = [{value}]"), "a");
        }
    }
}
