//! entry_points.txt (entry points specification): the scripts that an install writes.
//!
//! Read as `importlib.metadata` reads it: sections in brackets, `name = value` lines, comments on
//! lines of their own. What is read is checked here, once: a name becomes a file in the scripts
//! directory, module and object become code.

/// The longest script name: with `-script.py` or `.exe` it must still be a file name.
const LONGEST_NAME: usize = 200;

/// An entry point that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid entry point '{text}': {reason}")]
pub struct InvalidEntryPoint {
    /// The line, or what could be made out of it.
    pub text: String,
    /// What is wrong.
    pub reason: String,
}

/// `name = module:object [extras]`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EntryPoint {
    /// The script's name: one path component from a safe set.
    pub name: String,
    /// The dotted module name.
    pub module: String,
    /// The dotted name of the callable within it.
    pub object: String,
}

/// The `console_scripts` and `gui_scripts` of a distribution, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EntryPoints {
    /// `[console_scripts]`, in order.
    pub console_scripts: Vec<EntryPoint>,
    /// `[gui_scripts]`, in order.
    pub gui_scripts: Vec<EntryPoint>,
}

impl EntryPoints {
    /// Parses entry_points.txt. Script names must be one safe path component that is not the name
    /// of an interpreter or of an activation script; targets must be dotted names with an object.
    /// Of entries with one name the last counts, and a `gui_scripts` one before a `console_scripts` one (as for pip).
    pub fn parse(text: &str) -> Result<Self, InvalidEntryPoint> {
        let mut entry_points = Self::default();
        let mut section = "";
        for line in text.strip_prefix('\u{feff}').unwrap_or(text).split(['\n', '\r']).map(str::trim) {
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name;
                continue;
            }
            let scripts = match section {
                "console_scripts" => &mut entry_points.console_scripts,
                "gui_scripts" => &mut entry_points.gui_scripts,
                _ => continue,
            };
            let entry_point = EntryPoint::parse(line)?;
            match scripts.iter_mut().find(|known| known.name == entry_point.name) {
                Some(known) => *known = entry_point,
                None => scripts.push(entry_point),
            }
        }
        let gui_scripts = &entry_points.gui_scripts;
        entry_points.console_scripts.retain(|script| gui_scripts.iter().all(|gui| gui.name != script.name));
        Ok(entry_points)
    }

    /// Whether there is no script.
    pub fn is_empty(&self) -> bool {
        self.console_scripts.is_empty() && self.gui_scripts.is_empty()
    }
}

impl EntryPoint {
    /// Parses and checks one line; extras are allowed and dropped.
    pub fn parse(line: &str) -> Result<Self, InvalidEntryPoint> {
        let invalid = |reason: &str| InvalidEntryPoint { text: line.to_owned(), reason: reason.to_owned() };
        let (name, target) =
            line.split_once('=').ok_or_else(|| invalid("expected 'name = module:object'"))?;
        let name = name.trim_end();
        if let Some(problem) = script_name_problem(name) {
            return Err(invalid(&format!("the script name {problem}")));
        }
        let target = match target.split_once('[') {
            Some((target, extras)) if extras.trim_end().ends_with(']') => target,
            Some(_) => return Err(invalid("the extras are not closed with ']'")),
            None => target,
        };
        let (module, object) =
            target.split_once(':').ok_or_else(|| invalid("it names a module, but no function in it"))?;
        let (module, object) = (module.trim(), object.trim());
        for (text, what) in [(module, "module"), (object, "object")] {
            if !is_dotted_name(text) {
                return Err(invalid(&format!("the {what} '{text}' is not a dotted name")));
            }
        }
        Ok(Self { name: name.to_owned(), module: module.to_owned(), object: object.to_owned() })
    }
}

/// Identifiers joined by dots: nothing that could end an import statement and begin another one.
fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.starts_with(|first: char| first.is_numeric())
            && !part.is_empty()
            && part.chars().all(|character| character == '_' || character.is_alphanumeric())
    })
}

/// What is wrong with `name` as the name of a script, if anything (to follow `the script name `).
pub fn script_name_problem(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    if name.len() > LONGEST_NAME {
        return Some("is longer than 200 bytes");
    }
    let safe = |character: char| character.is_alphanumeric() || "_.-+@".contains(character);
    if !name.chars().all(safe) {
        return Some("has a character that is not a letter, a digit or one of '_.-+@'");
    }
    if name.starts_with(['.', '-']) || name.ends_with('.') {
        return Some("begins with '.' or '-', or ends with '.'");
    }
    reserved_script_name(name)
}

/// Whether a script of this name would take the place of an interpreter or of a file of the environment
/// itself, and which of the two, as in [`script_name_problem`]. Also for the files of a wheel's
/// `.data/scripts`, which land in the same directory; ASCII case and `.exe` make no difference.
pub fn reserved_script_name(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let stem = lower.strip_suffix(".exe").unwrap_or(&lower);
    if is_interpreter(stem) {
        return Some("is that of a Python interpreter");
    }
    let activation =
        |word: &str| stem.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    if ["activate", "deactivate", "activate_this", "pyvenv"].into_iter().any(activation) {
        return Some("is that of a file of the environment itself");
    }
    None
}

/// `python`, `pythonw`, `python3`, `python3.13t`, `pypy3.10` and the like; not `python-argcomplete` or `python3-config`.
fn is_interpreter(stem: &str) -> bool {
    let implementations = ["python", "pypy", "graalpy"];
    implementations.into_iter().filter_map(|word| stem.strip_prefix(word)).any(|rest| {
        let rest = rest.strip_prefix('w').unwrap_or(rest);
        let rest = rest.trim_end_matches(['t', 'd', 'w', 'm']);
        rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn entry(name: &str, module: &str, object: &str) -> EntryPoint {
        EntryPoint { name: name.into(), module: module.into(), object: object.into() }
    }

    #[test]
    fn scripts_are_read() {
        let text = "\u{feff}# comment\r\n; another\n[console_scripts]\n\
            pip = pip._internal.cli.main:main\n  pip3.12=pip:main \n\n\
            Upper_Case-1+x@2 = a.b : C.run [extra1, extra2]\n\
            é = módulo:función\n\
            pip = other:main\n\
            both = a:console\n\
            [other.group]\nanything = goes here = [\nno equals sign\n\
            [gui_scripts]\nboth = a:gui\n\
            [console_scripts]\nlater = a:b\n";
        let scripts = EntryPoints::parse(text).unwrap();
        assert_eq!(
            scripts.console_scripts,
            [
                entry("pip", "other", "main"),
                entry("pip3.12", "pip", "main"),
                entry("Upper_Case-1+x@2", "a.b", "C.run"),
                entry("é", "módulo", "función"),
                entry("later", "a", "b"),
            ]
        );
        assert_eq!(scripts.gui_scripts, [entry("both", "a", "gui")]);
        assert!(!scripts.is_empty() && EntryPoints::parse("").unwrap().is_empty());
    }

    #[test]
    fn targets_are_dotted_names_and_no_code() {
        for target in [
            "",
            "a",
            "a:",
            ":b",
            "a:b:c",
            "a:b()",
            "a;import os:b",
            "a import b:c",
            "a:b\u{b}c",
            "a.:b",
            ".a:b",
            "a..b:c",
            "1a:b",
            "a:1b",
            "a-b:c",
            "a/b:c",
            "a:b as c",
            "a:b # comment",
            "a:b [x",
            "a:b ]",
            "a:b [x] y",
            "a\u{2028}b:c",
        ] {
            let text = format!("[console_scripts]\nname = {target}\n");
            assert!(EntryPoints::parse(&text).is_err(), "{target:?}");
        }
    }

    #[test]
    fn names_that_scripts_may_have() {
        for name in [
            "pip",
            "pip3",
            "easy_install-3.8",
            "py.test",
            "2to3",
            "python-argcomplete-check-easy-install-script",
            "activate-global-python-argcomplete",
            "python3-config",
            "pythonista",
            "ipython3",
            "aws_completer.sh",
            "g++",
            "a..b",
        ] {
            assert_eq!(script_name_problem(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_that_scripts_may_not_have() {
        for name in [
            "",
            ".",
            "..",
            "../python",
            "/bin/sh",
            "a/b",
            "a\\b",
            "C:a",
            "a b",
            "a\tb",
            "a\0",
            "-c",
            ".profile",
            "a.",
            "a;b",
            "$(a)",
            "python",
            "Python",
            "python3",
            "python3.13",
            "python3.13t",
            "python.exe",
            "PYTHON.EXE",
            "pythonw",
            "pythonw3.12.exe",
            "pypy3",
            "pypy3.10",
            "graalpy",
            "activate",
            "Activate.ps1",
            "activate.fish",
            "activate.bat",
            "activate_this.py",
            "deactivate",
            "deactivate.bat",
            "pyvenv.cfg",
            &"a".repeat(201),
        ] {
            assert!(script_name_problem(name).is_some(), "{name:?}");
            let text = format!("[gui_scripts]\n{name} = a:b\n");
            assert!(EntryPoints::parse(&text).is_err(), "{name:?}");
        }
    }

    #[test]
    fn errors_quote_the_line() {
        let error = EntryPoints::parse("[console_scripts]\npython3 = a:b\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid entry point 'python3 = a:b': the script name is that of a Python interpreter"
        );
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_safe(line in prop_oneof!["[a-zA-Z.:=/\\\\ \\[\\];#()-]{0,40}", any::<String>()]) {
            if let Ok(scripts) = EntryPoints::parse(&format!("[console_scripts]\n{line}\n")) {
                for script in scripts.console_scripts {
                    prop_assert!(!script.name.contains(['/', '\\', ':', '\0', '\n', ' ']));
                    prop_assert!(!["", ".", "..", "python"].contains(&&*script.name));
                    for text in [&script.module, &script.object] {
                        prop_assert!(text.chars().all(|character| character.is_alphanumeric() || "_.".contains(character)));
                    }
                }
            }
        }
    }
}
