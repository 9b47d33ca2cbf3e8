//! Scripts (entry points specification): what pip writes for `console_scripts` and `gui_scripts`, and the first
//! line of a wheel's own scripts.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use distribution::{EntryPoint, EntryPoints};

use crate::InstallError;

/// The longest first line that every supported kernel takes, with its `#!` and line end.
const LONGEST_SHEBANG: usize = if cfg!(target_os = "macos") { 512 } else { 127 };

/// The interpreter that scripts name.
#[derive(Debug, Clone)]
pub(crate) struct ScriptInterpreter {
    /// Its path, as text.
    path: String,
    /// The first lines of an entry point's script.
    launcher: String,
    version: (u32, u32),
}

/// A script for an entry point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    pub(crate) is_console: bool,
}

impl ScriptInterpreter {
    /// Scripts that are run by the interpreter at `executable`, which is Python `version`.
    pub(crate) fn new(executable: &Path, version: (u32, u32)) -> Result<Self, InstallError> {
        let refuse = |reason| InstallError::Interpreter { path: executable.to_path_buf(), reason };
        let path = executable.to_str().ok_or_else(|| refuse("its path is not UTF-8"))?;
        if path.contains(['\n', '\r', '\0']) || path.contains("'''") {
            return Err(refuse("its path has a line end or three quotes in it"));
        }
        let is_script = !path.is_empty() && begins_with_shebang(executable);
        Ok(Self { path: path.to_owned(), launcher: launcher(path, is_script), version })
    }

    /// The scripts of a wheel's entry points, by name.
    pub(crate) fn scripts(&self, entry_points: &EntryPoints) -> Vec<Script> {
        let mut scripts = BTreeMap::new();
        for (name, entry_point) in self.console_names(&entry_points.console_scripts) {
            scripts.insert(name.clone(), self.script(name, entry_point, true));
        }
        for entry_point in &entry_points.gui_scripts {
            let script = self.script(entry_point.name.clone(), entry_point, false);
            scripts.insert(entry_point.name.clone(), script);
        }
        scripts.into_values().collect()
    }

    /// The content of a wheel's own script, whose first line is `#!python...`.
    pub(crate) fn rewritten(&self, content: &[u8]) -> Vec<u8> {
        let end = content.iter().position(|&byte| byte == b'\n').map_or(content.len(), |end| end + 1);
        let mut script = format!("#!{}\n", self.path).into_bytes();
        script.extend_from_slice(content.get(end..).unwrap_or_default());
        script
    }

    /// `pip` and `easy_install` name the version of Python that they are installed for, whatever the wheel says.
    fn console_names<'a>(&self, entry_points: &'a [EntryPoint]) -> Vec<(String, &'a EntryPoint)> {
        let (major, minor) = self.version;
        let has = |name: &str| entry_points.iter().any(|entry_point| entry_point.name == name);
        let (has_pip, has_easy_install) = (has("pip"), has("easy_install"));
        let mut names = Vec::with_capacity(entry_points.len());
        for entry_point in entry_points {
            match entry_point.name.as_str() {
                "pip" => {
                    for name in ["pip".to_owned(), format!("pip{major}"), format!("pip{major}.{minor}")] {
                        names.push((name, entry_point));
                    }
                }
                "easy_install" => {
                    for name in ["easy_install".to_owned(), format!("easy_install-{major}.{minor}")] {
                        names.push((name, entry_point));
                    }
                }
                name if has_pip && is_versioned(name, "pip") => {}
                name if has_easy_install && is_versioned(name, "easy_install-") => {}
                name => names.push((name.to_owned(), entry_point)),
            }
        }
        names
    }

    fn script(&self, name: String, entry_point: &EntryPoint, is_console: bool) -> Script {
        let (module, object) = (&entry_point.module, &entry_point.object);
        let import = object.split('.').next().unwrap_or_default();
        // `str.removesuffix` came with Python 3.9; before it pip wrote a script with a regular expression.
        let content = if self.version >= (3, 9) {
            format!(
                "{}import sys\nfrom {module} import {import}\nif __name__ == '__main__':\n    \
                 sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit({object}())\n",
                self.launcher
            )
        } else {
            format!(
                "{}# -*- coding: utf-8 -*-\nimport re\nimport sys\nfrom {module} import {import}\n\
                 if __name__ == '__main__':\n    \
                 sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n    sys.exit({object}())\n",
                self.launcher
            )
        };
        Script { name, content: content.into_bytes(), is_console }
    }
}

/// `#!<path>`; or, where the kernel could not read that, a first line for `sh` that Python takes for a string.
fn launcher(path: &str, is_script: bool) -> String {
    let simple = format!("#!{path}\n");
    if !path.contains(' ') && simple.len() <= LONGEST_SHEBANG && !is_script {
        return simple;
    }
    let special = |character: char| "\"$`\\".contains(character);
    let executable = if path
        .contains([' ', '\'', '(', ')', '&', ';', '|', '<', '>', '*', '?', '[', '#', '~', '\t'])
        || path.contains(special)
    {
        let mut quoted = String::from("\"");
        for character in path.chars() {
            if special(character) {
                quoted.push('\\');
            }
            quoted.push(character);
        }
        quoted + "\""
    } else {
        path.to_owned()
    };
    format!("#!/bin/sh\n'''exec' {executable} \"$0\" \"$@\"\n' '''\n")
}

/// Whether an interpreter is itself a script (a shim), which `#!` cannot name everywhere.
fn begins_with_shebang(executable: &Path) -> bool {
    let mut start = [0; 2];
    File::open(executable).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *b"#!"
}

/// `pip`, `pip3`, `pip3.11`: the prefix and at most two numbers.
fn is_versioned(name: &str, prefix: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    name.strip_prefix(prefix).is_some_and(|rest| {
        rest.is_empty()
            || is_number(rest)
            || rest.split_once('.').is_some_and(|(one, two)| is_number(one) && is_number(two))
    })
}

/// Whether a wheel's own script is what setuptools wrote for an entry point: the entry point's script replaces it.
pub(crate) fn is_entry_point_wrapper(name: &str, entry_points: &EntryPoints) -> bool {
    let lower = name.to_ascii_lowercase();
    let suffix = [".exe", "-script.py", ".pya"].into_iter().find(|suffix| lower.ends_with(suffix));
    let stem = suffix.and_then(|suffix| name.get(..name.len() - suffix.len())).unwrap_or(name);
    let all = entry_points.console_scripts.iter().chain(&entry_points.gui_scripts);
    all.into_iter().any(|entry_point| entry_point.name == stem)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry_point(name: &str, object: &str) -> EntryPoint {
        EntryPoint { name: name.into(), module: "package.cli".into(), object: object.into() }
    }

    fn names(version: (u32, u32), names: &[&str]) -> Vec<String> {
        let interpreter = ScriptInterpreter::new(Path::new("/p"), version).unwrap();
        let console_scripts = names.iter().map(|name| entry_point(name, "main")).collect();
        let entry_points = EntryPoints { console_scripts, gui_scripts: Vec::new() };
        interpreter.scripts(&entry_points).into_iter().map(|script| script.name).collect()
    }

    #[test]
    fn a_script_is_what_pip_writes() {
        let interpreter = ScriptInterpreter::new(Path::new("/venv/bin/python"), (3, 12)).unwrap();
        let entry_points = EntryPoints {
            console_scripts: vec![entry_point("tool", "Main.run")],
            gui_scripts: vec![entry_point("window", "main")],
        };
        let scripts = interpreter.scripts(&entry_points);
        let text = std::str::from_utf8(&scripts.first().unwrap().content).unwrap();
        assert_eq!(
            text,
            "#!/venv/bin/python\nimport sys\nfrom package.cli import Main\nif __name__ == '__main__':\n    \
             sys.argv[0] = sys.argv[0].removesuffix('.exe')\n    sys.exit(Main.run())\n"
        );
        assert_eq!(scripts.iter().map(|script| script.is_console).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn first_lines() {
        let long = format!("/{}", "x".repeat(124));
        let longest = format!("/{}", "x".repeat(123));
        for (path, is_script, expected) in [
            ("/venv/bin/python", false, "#!/venv/bin/python\n".to_owned()),
            (&longest, false, format!("#!{longest}\n")),
            (&long, false, format!("#!/bin/sh\n'''exec' {long} \"$0\" \"$@\"\n' '''\n")),
            (
                "/my venv/python",
                false,
                "#!/bin/sh\n'''exec' \"/my venv/python\" \"$0\" \"$@\"\n' '''\n".to_owned(),
            ),
            ("/shim/python", true, "#!/bin/sh\n'''exec' /shim/python \"$0\" \"$@\"\n' '''\n".to_owned()),
            ("/a $(x)/p", false, "#!/bin/sh\n'''exec' \"/a \\$(x)/p\" \"$0\" \"$@\"\n' '''\n".to_owned()),
        ] {
            if !cfg!(target_os = "macos") {
                assert_eq!(launcher(path, is_script), expected);
            }
        }
        for path in ["/a\nb", "/a'''b"] {
            assert!(ScriptInterpreter::new(Path::new(path), (3, 12)).is_err());
        }
    }

    #[test]
    fn pip_and_easy_install_get_the_names_of_their_python() {
        let sets: [(&[&str], &[&str]); 4] = [
            (&["pip", "pip3", "pip3.8", "other"], &["other", "pip", "pip3", "pip3.12"]),
            (&["easy_install", "easy_install-2.7"], &["easy_install", "easy_install-3.12"]),
            (&["pip3", "pip-audit"], &["pip-audit", "pip3"]),
            (&["pip", "pip-audit", "pipx"], &["pip", "pip-audit", "pip3", "pip3.12", "pipx"]),
        ];
        for (given, expected) in sets {
            assert_eq!(names((3, 12), given), expected);
        }
    }

    #[test]
    fn a_rewritten_script_keeps_all_but_its_first_line() {
        let interpreter = ScriptInterpreter::new(Path::new("/venv/bin/python"), (3, 12)).unwrap();
        for (content, expected) in [
            ("#!python\nx\n", "#!/venv/bin/python\nx\n"),
            ("#!pythonw -u\r\nx\r\ny", "#!/venv/bin/python\nx\r\ny"),
            ("#!python", "#!/venv/bin/python\n"),
        ] {
            assert_eq!(interpreter.rewritten(content.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn wrappers_of_setuptools_are_known() {
        let entry_points =
            EntryPoints { console_scripts: vec![entry_point("tool", "main")], gui_scripts: Vec::new() };
        for (name, expected) in [
            ("tool", true),
            ("tool.exe", true),
            ("tool-script.py", true),
            ("tool.EXE", true),
            ("tool.py", false),
        ] {
            assert_eq!(is_entry_point_wrapper(name, &entry_points), expected, "{name}");
        }
    }
}
