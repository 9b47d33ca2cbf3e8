//! What the writer of an invalid requirement may have meant: pip's hints. Whether a path exists is for others to see.

use std::path::is_separator;

use crate::argument::split_marker;
use crate::cursor::is_space;
use crate::{InvalidRequirement, Requirement};

/// What the writer of an invalid requirement may have meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequirementHint {
    /// A single `=` where `==` is meant.
    Operator,
    /// A path.
    Path(String),
}

/// What is at a path that was given in place of a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathFinding {
    /// Nothing.
    Missing,
    /// Something that is no requirements file.
    Present,
    /// What [`begins_as_requirements_file`] takes for a requirements file.
    RequirementsFile,
}

impl InvalidRequirement {
    /// What the writer may have meant.
    pub fn hint(&self) -> Option<RequirementHint> {
        // In pip's order, so that `ends>=` is no mistake for `ends>==`.
        const OPERATORS: [&str; 8] = ["~=", "==", "!=", "<=", ">=", "<", ">", "==="];
        let text = split_marker(self.text.trim_matches(is_space)).0;
        if text.contains(is_separator) {
            return Some(RequirementHint::Path(text.to_owned()));
        }
        let is_single = text.contains('=') && !OPERATORS.iter().any(|operator| text.contains(operator));
        is_single.then_some(RequirementHint::Operator)
    }
}

impl RequirementHint {
    /// The hint in pip's words; `finding` is what is at [`RequirementHint::Path`], and says nothing otherwise.
    pub fn text(&self, finding: PathFinding) -> String {
        let Self::Path(path) = self else {
            return "= is not a valid operator. Did you mean == ?".to_owned();
        };
        let found = match finding {
            PathFinding::Missing => format!("File '{path}' does not exist."),
            PathFinding::Present => "The path does exist.".to_owned(),
            PathFinding::RequirementsFile => format!(
                "The path does exist. The argument you provided ({path}) appears to be a requirements file. If that is \
                 the case, use the '-r' flag to install the packages specified within it."
            ),
        };
        format!("It looks like a path. {found}")
    }
}

/// Whether the first line of a file that says something is a requirement, or there is none: then pip takes it for a
/// requirements file that was named without `-r`.
pub fn begins_as_requirements_file(text: &str) -> bool {
    let mut lines = text
        .split(['\n', '\r'])
        .map(|line| line.trim_matches(is_space))
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let Some(line) = lines.next() else { return true };
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    match line.strip_suffix('\\') {
        None => line.parse::<Requirement>().is_ok(),
        Some(start) => {
            let joined = start.trim_end_matches(is_space).to_owned() + lines.next().unwrap_or_default();
            joined.parse::<Requirement>().is_ok()
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn hints_are_those_of_pip() {
        let path = |path: &str| Some(RequirementHint::Path(path.to_owned()));
        for (text, hint) in [
            ("foo=1", Some(RequirementHint::Operator)),
            (" foo = 1 ; os_name == 'nt'", Some(RequirementHint::Operator)),
            ("foo[a=b]", Some(RequirementHint::Operator)),
            ("foo=>1", None),
            ("foo==1=2", None),
            ("foo bar", None),
            ("", None),
            ("./foo", path("./foo")),
            ("requirements/dev.txt ; os_name == 'nt'", path("requirements/dev.txt")),
            ("a/b=1", path("a/b=1")),
        ] {
            assert_eq!(text.parse::<Requirement>().unwrap_err().hint(), hint, "{text}");
        }
        for (hint, finding, text) in [
            (RequirementHint::Operator, PathFinding::Missing, "= is not a valid operator. Did you mean == ?"),
            (
                RequirementHint::Path("a/b".to_owned()),
                PathFinding::Missing,
                "It looks like a path. File 'a/b' does not exist.",
            ),
            (
                RequirementHint::Path("a/b".to_owned()),
                PathFinding::Present,
                "It looks like a path. The path does exist.",
            ),
            (
                RequirementHint::Path("a/b".to_owned()),
                PathFinding::RequirementsFile,
                "It looks like a path. The path does exist. The argument you provided (a/b) appears to be a \
                 requirements file. If that is the case, use the '-r' flag to install the packages specified within it.",
            ),
        ] {
            assert_eq!(hint.text(finding), text);
        }
    }

    #[test]
    fn requirements_files_are_told_by_their_first_line() {
        for (text, expected) in [
            ("", true),
            ("# comment\n\n  requests>=2 # more\n???", true),
            ("requests>=2,\\\n  <3\n", true),
            ("requests \\\n# comment\n>=2", true),
            ("\r\nrequests\r\n", true),
            ("-r other.txt\nrequests", false),
            ("import requests\n", false),
            ("requests --hash=sha256:aa", false),
            ("./path\n", false),
        ] {
            assert_eq!(begins_as_requirements_file(text), expected, "{text:?}");
        }
    }
}
