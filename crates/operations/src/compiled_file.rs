//! The text of a compiled requirements file, in pip-compile's form: options, then one pin after the other, with its hashes
//! on lines of their own and a comment that says who asks for it.

use std::collections::BTreeSet;
use std::fmt;

use distribution::Digest;
use requirement::ProjectName;

use crate::compile::AnnotationStyle;

/// pip-compile's words above what has no hash beside others that have.
const UNHASHED: &str = "# WARNING: pip install will require the following package to be hashed.\n# Consider using a hashable URL like https://github.com/jazzband/pip-tools/archive/SOMECOMMIT.zip";
/// pip-compile's words above the projects that are left out.
const EXCLUDED: &str = "# The following packages are considered to be unsafe in a requirements file:";
/// The same where pip will miss them, since the others have hashes.
const EXCLUDED_UNHASHED: &str = "# WARNING: The following packages were not pinned, but pip requires them to be\n# pinned when the requirements file includes hashes and the requirement is not\n# satisfied by a package already installed. Consider using the --allow-unsafe flag.";
/// The column at which comments of the one-line style begin, if nothing longer stands before them.
const COMMENT_COLUMN: usize = 24;

/// A requirement as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// `-e`.
    pub(crate) editable: bool,
}

/// One project.
#[derive(Debug, Clone)]
pub(crate) struct CompiledPin {
    pub(crate) name: ProjectName,
    pub(crate) line: Line,
    pub(crate) hashes: Vec<Digest>,
    /// Whether hashes were asked for.
    pub(crate) needs_hashes: bool,
    pub(crate) askers: BTreeSet<String>,
}

/// The whole file.
#[derive(Debug)]
pub(crate) struct CompiledFile<'a> {
    /// Lines above the pins.
    pub(crate) head: &'a [String],
    pub(crate) pins: Vec<CompiledPin>,
    /// What is left out.
    pub(crate) excluded: BTreeSet<ProjectName>,
    pub(crate) annotations: Option<AnnotationStyle>,
}

impl CompiledFile<'_> {
    /// The projects without a hash though hashes are asked for.
    pub(crate) fn unhashed(&self) -> Vec<&str> {
        self.pins.iter().filter(|pin| pin.is_unhashed()).map(|pin| pin.name.as_str()).collect()
    }
}

impl fmt::Display for CompiledFile<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.head {
            writeln!(formatter, "{line}")?;
        }
        let mut pins: Vec<&CompiledPin> = self.pins.iter().collect();
        pins.sort_by_key(|pin| (!pin.line.editable, &pin.name));
        for pin in pins {
            if pin.is_unhashed() {
                writeln!(formatter, "{UNHASHED}")?;
            }
            writeln!(formatter, "{}", pin.text(self.annotations))?;
        }
        if !self.excluded.is_empty() {
            let has_hashes = self.pins.iter().any(|pin| !pin.hashes.is_empty());
            writeln!(formatter, "\n{}", if has_hashes { EXCLUDED_UNHASHED } else { EXCLUDED })?;
        }
        self.excluded.iter().try_for_each(|name| writeln!(formatter, "# {name}"))
    }
}

impl CompiledPin {
    fn is_unhashed(&self) -> bool {
        self.needs_hashes && self.hashes.is_empty()
    }

    fn text(&self, annotations: Option<AnnotationStyle>) -> String {
        let mut text = if self.line.editable { "-e ".to_owned() } else { String::new() };
        text.push_str(&self.line.text);
        for hash in &self.hashes {
            text.push_str(&format!(" \\\n    --hash={}:{}", hash.algorithm, hash.hex));
        }
        let askers: Vec<&str> = self.askers.iter().map(String::as_str).collect();
        let (Some(style), false) = (annotations, askers.is_empty()) else { return text };
        match (style, askers.as_slice()) {
            (AnnotationStyle::Split, [asker]) => text.push_str(&format!("\n    # via {asker}")),
            (AnnotationStyle::Split, askers) => {
                text.push_str("\n    # via");
                askers.iter().for_each(|asker| text.push_str(&format!("\n    #   {asker}")));
            }
            (AnnotationStyle::Line, askers) => {
                let lead = match self.hashes.is_empty() {
                    true => " ".repeat(COMMENT_COLUMN.saturating_sub(text.chars().count()) + 2),
                    false => "\n    ".to_owned(),
                };
                text.push_str(&format!("{lead}# via {}", askers.join(", ")));
            }
        }
        text
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn pin(name: &str, editable: bool, askers: &[&str], hashes: usize) -> CompiledPin {
        let hash = |digit: usize| format!("sha256:{}", digit.to_string().repeat(64)).parse().unwrap();
        let text = if editable { "./a".to_owned() } else { format!("{name}==1") };
        CompiledPin {
            name: name.parse().unwrap(),
            line: Line { text, editable },
            hashes: (1..=hashes).map(hash).collect(),
            needs_hashes: hashes > 0,
            askers: askers.iter().map(|&asker| asker.to_owned()).collect(),
        }
    }

    #[test]
    fn pins_stand_in_pip_compiles_form() {
        let ones = "1".repeat(64);
        for (style, hashes, expected) in [
            (None, 0, "-e ./a\na==1\nb==1\n".to_owned()),
            (
                Some(AnnotationStyle::Split),
                0,
                "-e ./a\na==1\n    # via -r x.in\nb==1\n    # via\n    #   -c c\n    #   a\n".to_owned(),
            ),
            (
                Some(AnnotationStyle::Line),
                0,
                "-e ./a\na==1                      # via -r x.in\nb==1                      # via -c c, a\n"
                    .to_owned(),
            ),
            (
                Some(AnnotationStyle::Split),
                1,
                format!(
                    "{UNHASHED}\n-e ./a\na==1 \\\n    --hash=sha256:{ones}\n    # via -r x.in\nb==1 \\\n    --hash=sha256:{ones}\n    # via\n    #   -c c\n    #   a\n"
                ),
            ),
        ] {
            let mut editable = pin("z", true, &[], 0);
            editable.needs_hashes = hashes > 0;
            let pins = vec![
                pin("b", false, &["a", "-c c"], hashes),
                pin("a", false, &["-r x.in"], hashes),
                editable,
            ];
            assert_eq!(
                CompiledFile { head: &[], pins, excluded: BTreeSet::new(), annotations: style }.to_string(),
                expected
            );
        }
    }
}
