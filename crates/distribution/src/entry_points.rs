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

/// What is wrong with `name` as the name of a script, if anything (to follow `the script name `). Also
/// for the files of a wheel's `.data/scripts`, which land in the same directory.
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
    let lower = name.to_lowercase();
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
