//! Metadata that a Python file holds in a comment (PEP 723), as `pip install --requirements-from-script` reads it.

use requirement::{InvalidRequirement, InvalidSpecifier, Requirement, SpecifierSet, Version, python_repr};
use toml::{Table, Value};

use crate::toml_text::{self, kind};

/// No script says more about itself.
const LARGEST_BLOCK: usize = 1 << 20;
/// The block that is looked for.
const KIND: &str = "script";

/// Why the metadata of a script cannot be used, in pip's words; `file` is as the caller named it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidScript {
    /// There is no block.
    #[error("File does not contain 'script' metadata: {}", python_repr(file))]
    Missing {
        /// The script.
        file: String,
    },
    /// There is more than one.
    #[error("Multiple 'script' blocks found in {}", python_repr(file))]
    Multiple {
        /// The script.
        file: String,
    },
    /// The block is not TOML.
    #[error("Failed to parse TOML in {}: {reason}", python_repr(file))]
    Syntax {
        /// The script.
        file: String,
        /// What is wrong, with the line of the block.
        reason: String,
    },
    /// A value is not what the specification asks for.
    #[error("Invalid metadata in {}: {key}: {reason}", python_repr(file))]
    Value {
        /// The script.
        file: String,
        /// The key.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A dependency is not a requirement.
    #[error("Invalid requirement: {}: {error}", python_repr(text))]
    Requirement {
        /// As written.
        text: String,
        /// What is wrong.
        error: InvalidRequirement,
    },
    /// `requires-python` is not a set of specifiers.
    #[error("Invalid metadata in {}: requires-python: {error}", python_repr(file))]
    RequiresPython {
        /// The script.
        file: String,
        /// What is wrong.
        error: InvalidSpecifier,
    },
    /// The script is for other versions of Python.
    #[error(
        "Script {} requires a different Python: {python} not in {}",
        python_repr(file),
        python_repr(requires_python)
    )]
    DifferentPython {
        /// The script.
        file: String,
        /// Major and minor version of the Python at hand.
        python: String,
        /// What the script requires, as written.
        requires_python: String,
    },
}

/// What a script says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptMetadata {
    file: String,
    /// `requires-python`, and as written; none where it is absent or empty.
    pub requires_python: Option<(SpecifierSet, String)>,
    /// `dependencies`, in order.
    pub dependencies: Vec<Requirement>,
}

impl ScriptMetadata {
    /// Reads the `script` block in the text of a Python file, which `file` names in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, InvalidScript> {
        let owned = || file.to_owned();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut blocks = blocks(&text).into_iter().filter(|(kind, _)| *kind == KIND);
        let block = match (blocks.next(), blocks.next()) {
            (None, _) => return Err(InvalidScript::Missing { file: owned() }),
            (Some(_), Some(_)) => return Err(InvalidScript::Multiple { file: owned() }),
            (Some((_, block)), None) => block,
        };
        let table = toml_text::parse(&block, LARGEST_BLOCK)
            .map_err(|reason| InvalidScript::Syntax { file: owned(), reason })?;
        let requires_python = match text_at(&table, "requires-python", file)? {
            None | Some("") => None,
            Some(text) => {
                let specifiers =
                    text.parse().map_err(|error| InvalidScript::RequiresPython { file: owned(), error })?;
                Some((specifiers, text.to_owned()))
            }
        };
        Ok(Self { file: owned(), requires_python, dependencies: dependencies(&table, file)? })
    }

    /// Whether the script may run on `python`, whose first three numbers count.
    pub fn check_python(&self, python: &Version) -> Result<(), InvalidScript> {
        let release =
            |count: usize| Version::of_release(python.release().get(..count).unwrap_or(python.release()));
        match &self.requires_python {
            Some((specifiers, text)) if !specifiers.contains(&release(3)) => {
                let (file, requires_python) = (self.file.clone(), text.clone());
                Err(InvalidScript::DifferentPython { file, python: release(2).to_string(), requires_python })
            }
            _ => Ok(()),
        }
    }
}

fn invalid(file: &str, key: &str, expected: &str, value: &Value) -> InvalidScript {
    let reason = format!("expected {expected}, not {}", kind(value));
    InvalidScript::Value { file: file.to_owned(), key: key.to_owned(), reason }
}

fn text_at<'a>(table: &'a Table, key: &str, file: &str) -> Result<Option<&'a str>, InvalidScript> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(value) => Err(invalid(file, key, "a string", value)),
    }
}

fn dependencies(table: &Table, file: &str) -> Result<Vec<Requirement>, InvalidScript> {
    let items = match table.get("dependencies") {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(value) => return Err(invalid(file, "dependencies", "a list of strings", value)),
    };
    let read = items.iter().enumerate().map(|(index, item)| match item {
        Value::String(text) => {
            text.parse().map_err(|error| InvalidScript::Requirement { text: text.clone(), error })
        }
        value => Err(invalid(file, &format!("dependencies[{index}]"), "a string", value)),
    });
    read.collect()
}

/// The blocks of a file with `\n` line ends: their kind, and their content without the comment signs. A block
/// ends at the last `# ///` of the comment lines that follow its first one (PEP 723's regular expression).
fn blocks(text: &str) -> Vec<(&str, String)> {
    let lines: Vec<&str> = text.split('\n').collect();
    let is_comment = |line: &&str| *line == "#" || line.starts_with("# ");
    let mut blocks = Vec::new();
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        index += 1;
        let Some(kind) = line.strip_prefix("# /// ").filter(|kind| is_kind(kind)) else { continue };
        let rest = lines.get(index..).unwrap_or_default();
        let comments = rest.iter().take_while(|line| is_comment(line)).count();
        let run = rest.get(..comments).unwrap_or_default();
        // At least one line stands between.
        match run.iter().rposition(|line| *line == "# ///") {
            Some(last) if last > 0 => {
                let content = run.get(..last).unwrap_or_default().iter();
                let content = content.map(|line| line.strip_prefix("# ").unwrap_or_default());
                blocks.push((kind, content.fold(String::new(), |text, line| text + line + "\n")));
                index += last + 1;
            }
            // What does not end here does not end either where it begins further down.
            _ => index += comments,
        }
    }
    blocks
}

fn is_kind(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<ScriptMetadata, String> {
        ScriptMetadata::parse(text, "x.py").map_err(|error| error.to_string())
    }

    const SCRIPT: &str = "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n\
                          #   \"requests<3\",\n#\n#   \"rich\", # a comment\n# ]\n# ///\n# more\nimport requests\n";

    #[test]
    fn the_block_is_read() {
        for text in [SCRIPT.to_owned(), SCRIPT.replace('\n', "\r\n")] {
            let metadata = parse(&text).unwrap();
            let shown: Vec<String> = metadata.dependencies.iter().map(Requirement::to_string).collect();
            assert_eq!(shown, ["requests<3", "rich"]);
            assert_eq!(metadata.requires_python.as_ref().unwrap().1, ">=3.11");
            for python in ["3.11.0", "3.13.0rc1", "3.11.0+"] {
                let python = python.trim_end_matches('+').parse().unwrap();
                assert_eq!(metadata.check_python(&python), Ok(()));
            }
            assert_eq!(
                metadata.check_python(&"3.9.2".parse().unwrap()).unwrap_err().to_string(),
                "Script 'x.py' requires a different Python: 3.9 not in '>=3.11'"
            );
        }
        let nothing = parse("# /// script\n# requires-python = ''\n# ///").unwrap();
        assert_eq!((nothing.requires_python.clone(), nothing.dependencies.len()), (None, 0));
        assert!(nothing.check_python(&"2.7".parse().unwrap()).is_ok());
    }

    /// What the regular expression of PEP 723 finds.
    #[test]
    fn blocks_begin_and_end_where_pep_723_says() {
        for (text, expected) in [
            ("# /// script\n# a = 1\n# ///", vec![("script", "a = 1\n")]),
            ("# /// script\n#\n# ///\n", vec![("script", "\n")]),
            ("# /// script\n# ///\n", vec![]),
            ("# /// script\n# ///\n# ///\n", vec![("script", "///\n")]),
            ("# /// script\n# a\n# ///\n# b\n# ///\n# c\n", vec![("script", "a\n///\nb\n")]),
            ("# /// script\n#a\n# ///\n", vec![]),
            ("# /// script\n# a\n\n# ///\n", vec![]),
            ("# /// script \n# a\n# ///\n", vec![]),
            ("# ///script\n# a\n# ///\n", vec![]),
            (" # /// script\n# a\n# ///\n", vec![]),
            ("# /// script\n# a\n# /// \n", vec![]),
            ("# /// script\n#  a\n# ///\n", vec![("script", " a\n")]),
            ("# /// a-1\n# x\n# ///\n\n# /// script\n# y\n# ///\n", vec![("a-1", "x\n"), ("script", "y\n")]),
            ("# /// a\n# x\n# /// script\n# y\n# ///\n", vec![("a", "x\n/// script\ny\n")]),
            ("# /// a_b\n# /// script\n# y\n# ///\n", vec![("script", "y\n")]),
        ] {
            let found = blocks(text);
            let found: Vec<_> = found.iter().map(|(kind, content)| (*kind, content.as_str())).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }

    #[test]
    fn mistakes_are_told_as_pip_tells_them() {
        let twice = SCRIPT.replace("import", "\n# /// script\n# a = 1\n# ///\n");
        for (text, message) in [
            ("import requests\n", "File does not contain 'script' metadata: 'x.py'"),
            (&*twice, "Multiple 'script' blocks found in 'x.py'"),
            ("# /// script\n# a = 1\n# ]\n# ///\n", "Failed to parse TOML in 'x.py': line 2: "),
            (
                "# /// script\n# dependencies = ['a b']\n# ///\n",
                "Invalid requirement: 'a b': Expected semicolon (after name with no version specifier) or end\n    a b\n      ^",
            ),
            (
                "# /// script\n# dependencies = 'a'\n# ///\n",
                "Invalid metadata in 'x.py': dependencies: expected a list of strings, not a string",
            ),
            (
                "# /// script\n# dependencies = ['a', 1]\n# ///\n",
                "Invalid metadata in 'x.py': dependencies[1]: expected a string, not an integer",
            ),
            (
                "# /// script\n# requires-python = 3.11\n# ///\n",
                "Invalid metadata in 'x.py': requires-python: expected a string, not a float",
            ),
            (
                "# /// script\n# requires-python = 'x'\n# ///\n",
                "Invalid metadata in 'x.py': requires-python: ",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn hostile_scripts_come_to_an_end() {
        for text in
            ["# /// script\n".repeat(100_000), "# /// a\n# ///\n\n".repeat(50_000), "#\n".repeat(100_000)]
        {
            assert!(parse(&text).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), lines in "((# )?(///( script)?|#|é|a = 1)?\n){0,12}") {
            let _ = parse(&text);
            let _ = parse(&lines);
        }
    }
}
