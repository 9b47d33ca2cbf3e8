//! Virtual environments (PEP 405), as `python -m venv` makes them, without starting Python.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::{
    Environment, Interpreter, InterpreterFacts, PythonError, activation, venv_interpreter,
    virtual_interpreter,
};

/// The options of `python -m venv`.
#[derive(Debug, Clone, Default)]
pub struct VenvOptions {
    /// `--system-site-packages`.
    pub system_site_packages: bool,
    /// `--copies` (true) or `--symlinks` (false).
    pub copies: bool,
    /// `--clear`: deletes what the directory holds, if that is a virtual environment.
    pub clear: bool,
    /// `--upgrade`.
    pub upgrade: bool,
    /// `--prompt`.
    pub prompt: Option<String>,
    /// `--without-scm-ignore-files`.
    pub without_scm_ignore_files: bool,
    /// The command line for the `command` key of pyvenv.cfg (Python 3.11 and newer write one); where it is
    /// not given, that of the `python -m venv` that would make the same environment.
    pub command: Option<String>,
    /// The current directory: its name is meant by `--prompt .`, and no directory above it is cleared.
    pub current_directory: Option<PathBuf>,
}

/// Makes or remakes the environment at `directory`.
///
/// An environment that stands there is kept and made whole, as `python -m venv` does; with `clear`
/// it is emptied first, but only if it is one: no other directory's content is deleted.
pub fn create_venv(
    directory: &Path,
    interpreter: &Interpreter,
    options: &VenvOptions,
) -> Result<Environment, PythonError> {
    let absolute =
        std::path::absolute(directory).map_err(PythonError::io("cannot make absolute", directory))?;
    let root = normalized(&absolute);
    let venv = Venv { root: &root, facts: &interpreter.facts, options };
    venv.check()?;
    if options.clear {
        venv.clear()?;
    }
    let scripts = venv.make_directories()?;
    venv.write_configuration()?;
    venv_interpreter::place(&scripts, venv.facts, options.copies)?;
    if !options.upgrade {
        venv.write_activation_scripts(&scripts)?;
    }
    let executable = scripts.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    let facts = virtual_interpreter::facts(venv.facts, &root, executable, options.system_site_packages);
    Environment::of_interpreter(Interpreter { facts: Arc::new(facts) })
}

struct Venv<'a> {
    root: &'a Path,
    facts: &'a InterpreterFacts,
    options: &'a VenvOptions,
}

impl Venv<'_> {
    fn refuse(&self, reason: &str) -> PythonError {
        PythonError::UnsuitableDirectory { directory: self.root.to_path_buf(), reason: reason.to_owned() }
    }

    /// Whether an environment can be here at all.
    fn check(&self) -> Result<(), PythonError> {
        let separator = if cfg!(windows) { ';' } else { ':' };
        let Some(text) = self.root.to_str() else {
            return Err(self.refuse("its path is not valid Unicode"));
        };
        if text.contains(separator) {
            return Err(
                self.refuse(&format!("its path contains '{separator}', which separates the entries of PATH"))
            );
        }
        let prompt = self.options.prompt.as_deref().unwrap_or_default();
        if text.contains(char::is_control) || prompt.contains(char::is_control) {
            return Err(self.refuse("its path or prompt contains a control character"));
        }
        if self.options.clear && self.options.upgrade {
            return Err(
                self.refuse("it cannot be both upgraded and cleared; give one of --upgrade and --clear")
            );
        }
        match fs::metadata(self.root) {
            Ok(metadata) if !metadata.is_dir() => {
                Err(self.refuse("it is a file; remove it, or choose another directory"))
            }
            Ok(_) if self.options.upgrade && !self.root.join("pyvenv.cfg").is_file() => Err(self.refuse(
                "there is no environment to upgrade (no pyvenv.cfg); leave out --upgrade to make one",
            )),
            Ok(_) => Ok(()),
            Err(_) if self.options.upgrade => {
                Err(self.refuse("it does not exist; leave out --upgrade to make one"))
            }
            // A link that leads nowhere; a missing directory is what is expected.
            Err(_) if fs::symlink_metadata(self.root).is_ok() => {
                Err(self.refuse("it is a link that leads nowhere; remove it, or choose another directory"))
            }
            Err(_) => Ok(()),
        }
    }

    /// Empties the directory, if it is an environment.
    fn clear(&self) -> Result<(), PythonError> {
        let doomed = doomed(self.root).map_err(PythonError::io("cannot read", self.root))?;
        if doomed.is_empty() {
            return Ok(());
        }
        if !self.root.join("pyvenv.cfg").is_file() {
            return Err(self.refuse(
                "it holds files, but no pyvenv.cfg: --clear deletes virtual environments only; \
                 empty it yourself, or choose another directory",
            ));
        }
        let real = fs::canonicalize(self.root).map_err(PythonError::io("cannot follow", self.root))?;
        let holds = |path: &Path| fs::canonicalize(path).is_ok_and(|path| path.starts_with(&real));
        let is_above =
            |path: &Path| fs::canonicalize(path).is_ok_and(|path| path != real && path.starts_with(&real));
        if holds(&self.facts.user_home) || real.parent().is_none() {
            return Err(self.refuse("it holds the home directory, which --clear would delete"));
        }
        if self.options.current_directory.as_deref().is_some_and(is_above) {
            return Err(
                self.refuse("it holds the current directory, which --clear would delete; leave that first")
            );
        }
        if holds(&self.facts.base_executable) {
            return Err(
                self.refuse("it holds the interpreter to make it from; give another one with --python")
            );
        }
        for entry in doomed {
            let path = entry.path();
            // A link is removed itself, never what it leads to.
            let kind = entry.file_type().map_err(PythonError::io("cannot examine", &path))?;
            let removed = if kind.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            removed.map_err(PythonError::io("cannot remove", &path))?;
        }
        Ok(())
    }

    /// The directories, and the link `lib64`; returns that of the scripts.
    fn make_directories(&self) -> Result<PathBuf, PythonError> {
        let layout = &self.facts.virtual_layout;
        fs::create_dir_all(self.root).map_err(PythonError::io("cannot create", self.root))?;
        for path in [&layout.include, &layout.scheme.purelib, &layout.scheme.scripts] {
            self.make_directory(path)?;
        }
        self.write_ignore_file()?;
        // As venv: on 64-bit POSIX other than macOS, for programs that look into lib64 by name.
        #[cfg(unix)]
        if self.facts.is_64bit && self.facts.markers.sys_platform != "darwin" {
            let link = self.root.join("lib64");
            match std::os::unix::fs::symlink("lib", &link) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(PythonError::io("cannot link", link)(error));
                }
                _ => {}
            }
        }
        Ok(self.root.join(&layout.scheme.scripts))
    }

    /// A directory below the root, none of whose parts may be a link to elsewhere.
    fn make_directory(&self, relative: &Path) -> Result<(), PythonError> {
        let mut path = self.root.to_path_buf();
        for part in relative.components() {
            path.push(part);
            match fs::create_dir(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    let is_directory = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
                    if !is_directory {
                        let reason =
                            format!("{} is a link or a file, not a directory; remove it", path.display());
                        return Err(self.refuse(&reason));
                    }
                }
                Err(error) => return Err(PythonError::io("cannot create", path)(error)),
            }
        }
        Ok(())
    }

    /// `.gitignore`, as venv of Python 3.13 and newer; one that is there already may be a project's.
    fn write_ignore_file(&self) -> Result<(), PythonError> {
        if self.options.without_scm_ignore_files || self.facts.tags.python < (3, 13) {
            return Ok(());
        }
        let path = self.root.join(".gitignore");
        let written = fs::OpenOptions::new().write(true).create_new(true).open(&path);
        match written.and_then(|mut file| file.write_all(b"# Created by rpip\n*\n")) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(PythonError::io("cannot write", path)(error))
            }
            _ => Ok(()),
        }
    }

    fn write_configuration(&self) -> Result<(), PythonError> {
        let facts = self.facts;
        let home = facts.base_executable.parent().unwrap_or(Path::new(""));
        let mut text = format!(
            "home = {}\ninclude-system-site-packages = {}\nversion = {}\n",
            home.display(),
            self.options.system_site_packages,
            release(facts),
        );
        if let Some(prompt) = &self.prompt() {
            text.push_str(&format!("prompt = {}\n", representation(prompt)));
        }
        if facts.tags.python >= (3, 11) {
            // Not `facts.executable`: it may be that of the very environment that was just cleared.
            let real = fs::canonicalize(&facts.base_executable);
            let real = real.map_err(PythonError::io("cannot follow", &facts.base_executable))?;
            let command = self.options.command.clone().unwrap_or_else(|| self.command());
            text.push_str(&format!("executable = {}\ncommand = {command}\n", real.display()));
        }
        if text.lines().count() > 6 || text.contains('\r') {
            return Err(
                self.refuse("the path of its interpreter, its prompt or its command contains a line break")
            );
        }
        write_file(&self.root.join("pyvenv.cfg"), text.as_bytes())
    }

    /// The value of `--prompt`, if given.
    fn prompt(&self) -> Option<String> {
        let prompt = self.options.prompt.as_deref()?;
        let current = self.options.current_directory.as_deref().and_then(Path::file_name);
        match current.and_then(OsStr::to_str).filter(|_| prompt == ".") {
            Some(name) => Some(name.to_owned()),
            None => Some(prompt.to_owned()),
        }
    }

    /// The command that makes the same environment with Python's own venv.
    fn command(&self) -> String {
        let options = self.options;
        let mut command = format!("{} -m venv", self.facts.executable.display());
        if options.copies {
            command.push_str(" --copies");
        }
        command.push_str(" --without-pip");
        for (given, name) in [
            (options.system_site_packages, " --system-site-packages"),
            (options.clear, " --clear"),
            (options.upgrade, " --upgrade"),
        ] {
            command.push_str(if given { name } else { "" });
        }
        if let Some(prompt) = &options.prompt {
            command.push_str(&format!(" --prompt=\"{prompt}\""));
        }
        if options.without_scm_ignore_files && self.facts.tags.python >= (3, 13) {
            command.push_str(" --without-scm-ignore-files");
        }
        command + " " + &self.root.to_string_lossy()
    }

    fn write_activation_scripts(&self, scripts: &Path) -> Result<(), PythonError> {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let prompt = self.prompt().unwrap_or_else(|| name(self.root));
        let (root, directory) = (self.root.to_string_lossy(), name(scripts));
        for script in activation::SCRIPTS.iter().filter(|script| script.is_wanted()) {
            let text = script.render(&root, &directory, &prompt);
            let path = scripts.join(script.name);
            write_file(&path, text.as_bytes())?;
            // As venv, whatever the umask: it copies the mode of its templates.
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                fs::set_permissions(&path, fs::Permissions::from_mode(0o644))
                    .map_err(PythonError::io("cannot set the mode of", &path))?;
            }
        }
        Ok(())
    }
}

/// What `--clear` deletes, in order: `pyvenv.cfg` last, for without it no other `--clear` goes on where one stopped.
fn doomed(root: &Path) -> std::io::Result<Vec<fs::DirEntry>> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(|entry| entry.file_name() == "pyvenv.cfg");
    Ok(entries)
}

/// `os.path.normpath`: `..` takes the component before it away, links or not.
fn normalized(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// `3.12.1`, without what follows in a pre-release.
fn release(facts: &InterpreterFacts) -> String {
    let text = &facts.markers.python_full_version;
    let numbers = text.split('.').map(|part| {
        part.find(|char: char| !char.is_ascii_digit()).and_then(|end| part.get(..end)).unwrap_or(part)
    });
    numbers.take(3).collect::<Vec<_>>().join(".")
}

/// Python's `repr` of a text without control characters.
fn representation(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for char in text.chars() {
        if char == quote || char == '\\' {
            shown.push('\\');
        }
        shown.push(char);
    }
    shown.push(quote);
    shown
}

/// Writes a file: a new one in place, one that exists by rename.
fn write_file(path: &Path, content: &[u8]) -> Result<(), PythonError> {
    match fs::OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(content).map_err(PythonError::io("cannot write", path)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let temporary = beside(path);
            let written = fs::write(&temporary, content).and_then(|()| fs::rename(&temporary, path));
            written.map_err(|error| {
                let _ = fs::remove_file(&temporary);
                PythonError::io("cannot replace", path)(error)
            })
        }
        Err(error) => Err(PythonError::io("cannot write", path)(error)),
    }
}

/// A name beside `path` for what will replace it.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.rpip", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_are_normal_as_python_has_them() {
        for (path, expected) in [("/a/b/../c", "/a/c"), ("/../a/./b/", "/a/b"), ("/a/..", "/")] {
            assert_eq!(normalized(Path::new(path)), PathBuf::from(expected));
        }
    }

    #[test]
    fn the_mark_of_an_environment_is_deleted_last() {
        let place = tempfile::tempdir().unwrap();
        assert!(doomed(&place.path().join("absent")).unwrap().is_empty());
        for name in ["pyvenv.cfg", "bin", "lib", "z", ".gitignore"] {
            fs::write(place.path().join(name), "").unwrap();
        }
        let entries = doomed(place.path()).unwrap();
        assert_eq!(entries.len(), 5);
        assert_eq!(entries.last().unwrap().file_name(), "pyvenv.cfg");
    }

    #[test]
    fn prompts_are_quoted_as_python_has_them() {
        for (text, expected) in [
            ("name", "'name'"),
            ("it's", "\"it's\""),
            ("both ' and \"", r#"'both \' and "'"#),
            ("back\\slash é", r"'back\\slash é'"),
        ] {
            assert_eq!(representation(text), expected);
        }
    }
}
