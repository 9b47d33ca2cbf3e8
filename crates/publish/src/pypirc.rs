//! `.pypirc` (the packaging user guide's specification), read as Python's `RawConfigParser` reads it. It holds passwords and
//! tokens: no message quotes a line of it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::PublishError;

/// Sections with their options. Names of options are in lower case.
#[derive(Default)]
pub(crate) struct Pypirc {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// Values of this section count in all others.
const DEFAULT: &str = "DEFAULT";

impl Pypirc {
    pub(crate) fn parse(text: &str, file: &Path) -> Result<Self, PublishError> {
        let mut parser = Parser::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            parser.line(line).map_err(|reason| PublishError::MalformedConfiguration {
                file: file.to_owned(),
                line: index + 1,
                reason,
            })?;
        }
        Ok(parser.finish())
    }

    /// Whether there is such a section.
    pub(crate) fn has(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// The value of an option, if the section is there and has it.
    pub(crate) fn get(&self, section: &str, option: &str) -> Option<&str> {
        let own = self.sections.get(section)?.get(option);
        own.or_else(|| self.sections.get(DEFAULT)?.get(option)).map(String::as_str)
    }
}

/// The option that a line may go on with: its section, its name, and how deep it stands.
struct Current {
    section: String,
    option: String,
    indent: usize,
}

#[derive(Default)]
struct Parser {
    found: Pypirc,
    section: Option<String>,
    current: Option<Current>,
}

impl Parser {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            // An empty line may stand within a value.
            self.add("");
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        if self.current.as_ref().is_some_and(|current| indent > current.indent) {
            self.add(text);
            return Ok(());
        }
        self.current = None;
        if let Some((name, _)) = text.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
            return self.open(name);
        }
        let Some(section) = &self.section else {
            return Err(match text.starts_with('[') {
                true => "a [section] is not closed",
                false => "a setting stands before the first [section]",
            });
        };
        let Some(at) = text.find(['=', ':']) else { return Err("this is neither a [section] nor a setting") };
        let (option, value) = text.split_at(at);
        let option = option.trim().to_lowercase();
        if option.is_empty() {
            return Err("a value has no name");
        }
        let value = value.get(1..).unwrap_or_default().trim().to_owned();
        let options = self.found.sections.entry(section.clone()).or_default();
        if options.insert(option.clone(), value).is_some() {
            return Err("an option is set twice in its section");
        }
        self.current = Some(Current { section: section.clone(), option, indent });
        Ok(())
    }

    fn open(&mut self, name: &str) -> Result<(), &'static str> {
        if name.is_empty() {
            return Err("this is neither a [section] nor a setting");
        }
        if name != DEFAULT && self.found.sections.contains_key(name) {
            return Err("a section is there twice");
        }
        self.found.sections.entry(name.to_owned()).or_default();
        self.section = Some(name.to_owned());
        Ok(())
    }

    /// Adds a line to the value of the current option.
    fn add(&mut self, text: &str) {
        if let Some(current) = &self.current
            && let Some(options) = self.found.sections.get_mut(&current.section)
            && let Some(value) = options.get_mut(&current.option)
        {
            value.push('\n');
            value.push_str(text);
        }
    }

    fn finish(mut self) -> Pypirc {
        for value in self.found.sections.values_mut().flat_map(BTreeMap::values_mut) {
            value.truncate(value.trim_end().len());
        }
        self.found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parsed(text: &str) -> Pypirc {
        Pypirc::parse(text, Path::new(".pypirc")).unwrap()
    }

    /// What `RawConfigParser` gives for the same text.
    #[test]
    fn values_are_read_as_python_reads_them() {
        for (text, section, option, value) in [
            ("[pypi]\nusername = me\n", "pypi", "username", Some("me")),
            ("[pypi]\nUserName: me ; too\n", "pypi", "username", Some("me ; too")),
            ("[a]\npassword = a%b=c:d\n", "a", "password", Some("a%b=c:d")),
            ("[a]\nx =\n  one\n\n  # no\n  two\n\n", "a", "x", Some("\none\n\ntwo")),
            ("[a]\n  x = 1\n  y = 2\n", "a", "y", Some("2")),
            ("[a]\n  x = 1\n    y = 2\n", "a", "x", Some("1\ny = 2")),
            ("[DEFAULT]\nx = 1\n[a]\n", "a", "x", Some("1")),
            ("[DEFAULT]\nx = 1\n[a]\nx=2\n", "a", "x", Some("2")),
            ("[DEFAULT]\nx = 1\n", "b", "x", None),
            ("\u{feff}[a]\r\nx = 1\r\n", "a", "x", Some("1")),
            ("[ a ]\nx = 1\n", " a ", "x", Some("1")),
            ("[a] trailing\nx = 1\n", "a", "x", Some("1")),
            ("[a]\nx =\n", "a", "x", Some("")),
        ] {
            assert_eq!(parsed(text).get(section, option), value, "{text:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_without_what_stands_there() {
        for (text, line) in [
            ("password = hunter2\n", 1),
            ("[pypi]\nhunter2\n", 2),
            ("[pypi]\npassword = a\npassword = hunter2\n", 3),
            ("[pypi]\n[pypi]\npassword = hunter2", 2),
            ("[pypi]\n= hunter2", 2),
            ("[]\nx = hunter2", 1),
        ] {
            let Err(error) = Pypirc::parse(text, Path::new(".pypirc")) else { panic!("{text}") };
            let message = error.to_string();
            assert!(
                message.starts_with(&format!("Malformed configuration in .pypirc, line {line}: ")),
                "{message}"
            );
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
