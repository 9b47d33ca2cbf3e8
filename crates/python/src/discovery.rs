//! Finding the interpreter that a user means. Candidates are judged by name first; only those that
//! may fit are asked, and what they once answered is remembered.

use std::fs;
use std::path::{Path, PathBuf};

use cache::Cache;
use requirement::{SpecifierSet, VersionRanges};
use rustc_hash::FxHashSet;

use crate::request::{NameHint, may_be_minor};
use crate::virtual_interpreter::{executable_in, interpreter_in};
use crate::{
    EnvironmentConfiguration, Interpreter, NotFound, PassedOver, PythonError, PythonRequest, PythonVariables,
    pyenv,
};

/// The minor versions of Python 3 that are looked for by name, newest first.
const MINORS: std::ops::RangeInclusive<u32> = 8..=30;

/// What the search may look at; libraries do not read the process environment themselves. In this
/// order: the active environments, `.python-version`, PATH, pyenv's versions, the Windows launcher.
#[derive(Debug, Clone, Default)]
pub struct SearchContext {
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<PathBuf>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<PathBuf>,
    /// The directories of `PATH`, in order.
    pub path: Vec<PathBuf>,
    /// Where pyenv keeps its versions (`$PYENV_ROOT/versions` or `~/.pyenv/versions`).
    pub pyenv_versions: Option<PathBuf>,
    /// `PYENV_VERSION`.
    pub pyenv_version: Option<String>,
    /// The directory in which `.python-version` and `.venv` are looked for, upwards.
    pub directory: Option<PathBuf>,
    /// What changes the view of the interpreter that is found.
    pub variables: PythonVariables,
}

/// The first interpreter that fits.
pub fn find_interpreter(
    request: &PythonRequest,
    context: &SearchContext,
    cache: &Cache,
) -> Result<Interpreter, PythonError> {
    let mut search = Search::new(context, cache);
    match request {
        PythonRequest::Path(path) => return search.at_path(path),
        PythonRequest::Any => {
            if let Some(interpreter) = search.active(&Wanted::Anything) {
                return Ok(interpreter);
            }
            if let Some(found) = search.asked_by_file() {
                return found;
            }
            if let Some(interpreter) = search.everywhere(&Wanted::Anything) {
                return Ok(interpreter);
            }
        }
        PythonRequest::Version(specifiers, free_threaded) => {
            let wanted = Wanted::version(specifiers, *free_threaded);
            if let Some(found) = search.active(&wanted).or_else(|| search.everywhere(&wanted)) {
                return Ok(found);
            }
        }
        PythonRequest::Name(name) => {
            if let Some(found) = search.named(name)? {
                return Ok(found);
            }
            if NameHint::parse(name).is_none() {
                let request =
                    format!("{request}, which is no program on PATH, version of pyenv or environment");
                return Err(search.not_found(request, None));
            }
        }
    }
    Err(search.not_found(request.to_string(), None))
}

/// The first `python3` or `python` on PATH that works.
pub(crate) fn first_on_path(context: &SearchContext, cache: &Cache) -> Result<Interpreter, PythonError> {
    let mut search = Search::new(context, cache);
    let names = ["python3".to_owned(), "python".to_owned()];
    let found = search.on_path(&names, &Wanted::Anything);
    found.ok_or_else(|| search.not_found(PythonRequest::Any.to_string(), None))
}

/// What an interpreter must be.
enum Wanted<'a> {
    Anything,
    /// Nothing fits: all are looked at, to say what there is.
    Nothing,
    Version {
        specifiers: &'a SpecifierSet,
        ranges: VersionRanges,
        free_threaded: bool,
    },
    Named(NameHint),
}

impl<'a> Wanted<'a> {
    fn version(specifiers: &'a SpecifierSet, free_threaded: bool) -> Self {
        Self::Version { specifiers, ranges: specifiers.ranges(), free_threaded }
    }

    /// Whether a program of this name may be it; `python` alone tells nothing.
    fn may_be(&self, hint: &NameHint) -> bool {
        if matches!(self, Self::Nothing) {
            return true;
        }
        if hint.major == Some(2) {
            return false;
        }
        match self {
            Self::Anything | Self::Nothing => true,
            Self::Version { ranges, free_threaded, .. } => {
                hint.may_be(ranges) && (hint.minor.is_none() || hint.free_threaded == *free_threaded)
            }
            Self::Named(wanted) => {
                hint.implementation == wanted.implementation
                    && (hint.minor.is_none() || wanted.minor.is_none() || hint.minor == wanted.minor)
            }
        }
    }

    fn fits(&self, interpreter: &Interpreter) -> bool {
        let facts = &interpreter.facts;
        match self {
            Self::Anything => true,
            Self::Nothing => false,
            Self::Version { specifiers, free_threaded, .. } => {
                specifiers.contains(&facts.version) && facts.tags.free_threaded == *free_threaded
            }
            Self::Named(hint) => {
                let (major, minor) = interpreter.python_version();
                (hint.implementation == "python" || hint.implementation == facts.implementation)
                    && hint.major.is_none_or(|wanted| wanted == major)
                    && hint.minor.is_none_or(|wanted| wanted == minor)
                    && (hint.minor.is_none() || hint.free_threaded == facts.tags.free_threaded)
            }
        }
    }

    /// The names to look for on PATH, likeliest first.
    fn names(&self) -> Vec<String> {
        let suffix = std::env::consts::EXE_SUFFIX;
        let mut names = Vec::new();
        match self {
            Self::Anything | Self::Nothing => names.extend(["python3".to_owned(), "python".to_owned()]),
            Self::Named(hint) => {
                names.extend([format!("{}3", hint.implementation), hint.implementation.clone()]);
            }
            Self::Version { ranges, free_threaded, .. } => {
                let mut minors = MINORS.filter(|minor| may_be_minor(ranges, 3, *minor));
                if let (Some(minor), None) = (minors.next(), minors.next()) {
                    names.push(format!("python3.{minor}{}", if *free_threaded { "t" } else { "" }));
                }
                names.extend(["python3".to_owned(), "python".to_owned()]);
            }
        }
        let versioned =
            MINORS.rev().flat_map(|minor| [format!("python3.{minor}"), format!("python3.{minor}t")]);
        names.extend(versioned.chain(["pypy3".to_owned(), "pypy".to_owned()]));
        let mut seen = FxHashSet::default();
        names.retain(|name| {
            NameHint::parse(name).is_some_and(|hint| self.may_be(&hint)) && seen.insert(name.clone())
        });
        names.into_iter().map(|name| name + suffix).collect()
    }
}

struct Search<'a> {
    context: &'a SearchContext,
    cache: &'a Cache,
    passed_over: Vec<PassedOver>,
    /// Canonical paths, for `/bin` is often `/usr/bin`.
    seen: FxHashSet<PathBuf>,
}

impl<'a> Search<'a> {
    fn new(context: &'a SearchContext, cache: &'a Cache) -> Self {
        Self { context, cache, passed_over: Vec::new(), seen: FxHashSet::default() }
    }

    /// The error that says what there is; what the request left unasked is asked now.
    fn not_found(&mut self, request: String, origin: Option<PathBuf>) -> PythonError {
        self.everywhere(&Wanted::Nothing);
        let passed_over = std::mem::take(&mut self.passed_over);
        PythonError::NotFound(Box::new(NotFound { request, origin, passed_over }))
    }

    /// Asks a candidate.
    fn consider(&mut self, executable: &Path, wanted: &Wanted<'_>) -> Option<Interpreter> {
        self.judge(executable, Interpreter::query(executable, self.cache), wanted)
    }

    /// What a candidate answered: the interpreter if it fits; else why not is remembered.
    fn judge(
        &mut self,
        executable: &Path,
        answer: Result<Interpreter, PythonError>,
        wanted: &Wanted<'_>,
    ) -> Option<Interpreter> {
        let reason = match answer {
            Ok(interpreter) if wanted.fits(&interpreter) => return Some(interpreter),
            Ok(interpreter) => {
                let facts = &interpreter.facts;
                let build = if facts.tags.free_threaded { ", free-threaded" } else { "" };
                let implementation = &facts.markers.platform_python_implementation;
                format!("{implementation} {}{build}", facts.version)
            }
            // The program is named beside it.
            Err(PythonError::TooOld { version, .. }) => {
                format!("Python {version}, but rpip needs Python 3.8 or newer")
            }
            Err(PythonError::NotAnInterpreter { reason, .. }) => format!("not usable: {reason}"),
            Err(error) => error.to_string(),
        };
        if self.seen.insert(fs::canonicalize(executable).unwrap_or_else(|_| executable.to_path_buf())) {
            self.passed_over.push(PassedOver { executable: executable.to_path_buf(), reason });
        }
        None
    }

    fn was_passed_over(&self, executable: &Path) -> bool {
        !self.seen.is_empty() && fs::canonicalize(executable).is_ok_and(|path| self.seen.contains(&path))
    }

    /// The active environments.
    fn active(&mut self, wanted: &Wanted<'_>) -> Option<Interpreter> {
        for root in [&self.context.virtual_env, &self.context.conda_prefix].into_iter().flatten() {
            let answer = interpreter_in(root, self.cache);
            let place = executable_in(root).unwrap_or_else(|_| root.clone());
            if let Some(interpreter) = self.judge(&place, answer, wanted) {
                return Some(interpreter);
            }
        }
        None
    }

    fn everywhere(&mut self, wanted: &Wanted<'_>) -> Option<Interpreter> {
        self.on_path(&wanted.names(), wanted)
            .or_else(|| self.among_pyenv_versions(wanted))
            .or_else(|| self.of_launcher(wanted))
    }

    /// Programs of these names, in the order of PATH.
    fn on_path(&mut self, names: &[String], wanted: &Wanted<'_>) -> Option<Interpreter> {
        let context = self.context;
        // A relative entry of PATH means another directory everywhere, and may hold anybody's program.
        for directory in context.path.iter().filter(|directory| directory.is_absolute()) {
            for name in names {
                let path = directory.join(name);
                if !is_program(&path) {
                    continue;
                }
                let path = match pyenv::root_of_shim(&path) {
                    None => path,
                    Some(_) => match pyenv::resolve_shim(&path, context) {
                        Some(program) => program,
                        None => continue,
                    },
                };
                if self.was_passed_over(&path) {
                    continue;
                }
                if let Some(interpreter) = self.consider(&path, wanted) {
                    return Some(interpreter);
                }
            }
        }
        None
    }

    fn among_pyenv_versions(&mut self, wanted: &Wanted<'_>) -> Option<Interpreter> {
        let versions = self.context.pyenv_versions.as_deref()?;
        for name in pyenv::installed(versions) {
            // `3.12.1`, `3.13.0t`, `3.14-dev`, `pypy3.10-7.3.15`.
            let stem = name.split('-').next().unwrap_or(&name);
            let named = if stem.starts_with(|first: char| first.is_ascii_digit()) {
                format!("python{}", stem.splitn(3, '.').take(2).collect::<Vec<_>>().join("."))
            } else {
                stem.to_owned()
            };
            let hint = NameHint::parse(&named);
            let hint = hint.map(|hint| NameHint { free_threaded: stem.ends_with('t'), ..hint });
            if !matches!(wanted, Wanted::Nothing) && !hint.is_some_and(|hint| wanted.may_be(&hint)) {
                continue;
            }
            let Ok(executable) = executable_in(&versions.join(&name)) else { continue };
            if self.was_passed_over(&executable) {
                continue;
            }
            if let Some(interpreter) = self.consider(&executable, wanted) {
                return Some(interpreter);
            }
        }
        None
    }

    /// What `.python-version` asks for: found, or an error that names the file. None where no such file asks.
    fn asked_by_file(&mut self) -> Option<Result<Interpreter, PythonError>> {
        let (origin, names) = pyenv::local_versions(self.context.directory.as_deref()?)?;
        let mut last = None;
        for name in names {
            if name == "system" {
                return None;
            }
            let versions = self.context.pyenv_versions.as_deref();
            let directory = versions.and_then(|versions| pyenv::version_directory(versions, &name));
            let executable = directory.and_then(|directory| executable_in(&directory).ok());
            let found = executable.and_then(|executable| self.consider(&executable, &Wanted::Anything));
            if let Some(interpreter) = found {
                return Some(Ok(interpreter));
            }
            let request = PythonRequest::parse(name.strip_prefix("cpython-").unwrap_or(&name));
            let found = match &request {
                PythonRequest::Version(specifiers, free_threaded) => {
                    self.everywhere(&Wanted::version(specifiers, *free_threaded))
                }
                PythonRequest::Name(name) => {
                    NameHint::parse(name).and_then(|hint| self.everywhere(&Wanted::Named(hint)))
                }
                // A file of the project does not choose programs by path.
                PythonRequest::Any | PythonRequest::Path(_) => None,
            };
            match found {
                Some(interpreter) => return Some(Ok(interpreter)),
                None => last = Some(request),
            }
        }
        let request = last?.to_string();
        Some(Err(self.not_found(request, Some(origin))))
    }

    /// A program, a pyenv version, or a directory, by name.
    fn named(&mut self, name: &str) -> Result<Option<Interpreter>, PythonError> {
        let hint = NameHint::parse(name);
        let directory = self.context.directory.as_deref().map(|directory| directory.join(name));
        let directory = directory.filter(|path| hint.is_none() && path.is_dir());
        if let Some(directory) = directory.as_deref().filter(|path| executable_in(path).is_ok()) {
            return self.at_directory(directory).map(Some);
        }
        let program = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        if let Some(found) = self.on_path(&[program], &Wanted::Anything) {
            return Ok(Some(found));
        }
        if let Some(hint) = hint {
            return Ok(self.everywhere(&Wanted::Named(hint)));
        }
        let versions = self.context.pyenv_versions.as_deref();
        if let Some(directory) = versions.and_then(|versions| pyenv::version_directory(versions, name)) {
            return self.at_directory(&directory).map(Some);
        }
        // An environment whose interpreter is gone: that is worth saying.
        match directory.filter(|path| path.join("pyvenv.cfg").exists()) {
            Some(directory) => self.at_directory(&directory).map(Some),
            None => Ok(None),
        }
    }

    /// The interpreter at a path, or in the environment's directory there.
    fn at_path(&mut self, path: &Path) -> Result<Interpreter, PythonError> {
        let path = match &self.context.directory {
            Some(directory) => directory.join(path),
            None => path.to_path_buf(),
        };
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) => {
                // A link of an environment whose interpreter is gone.
                if let Ok(Some((root, _))) = EnvironmentConfiguration::of_executable(&path) {
                    executable_in(&root)?;
                }
                return Err(PythonError::io("cannot find the interpreter", path)(error));
            }
        };
        if metadata.is_dir() {
            return self.at_directory(&path);
        }
        let resolved = pyenv::resolve_shim(&path, self.context);
        Interpreter::query(resolved.as_deref().unwrap_or(&path), self.cache)
    }

    fn at_directory(&self, root: &Path) -> Result<Interpreter, PythonError> {
        interpreter_in(root, self.cache)
    }

    /// What the Windows launcher knows of (PEP 397, PEP 514).
    #[cfg(windows)]
    fn of_launcher(&mut self, wanted: &Wanted<'_>) -> Option<Interpreter> {
        let launcher = self.context.path.iter().map(|directory| directory.join("py.exe"));
        let launcher = launcher.filter(|path| is_program(path)).next()?;
        let output = std::process::Command::new(launcher).arg("-0p").output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for line in text.lines() {
            // ` -V:3.12 *        C:\Python312\python.exe`
            let Some(start) = line.find(":\\").and_then(|colon| colon.checked_sub(1)) else { continue };
            let Some(path) = line.get(start..).map(|path| PathBuf::from(path.trim())) else { continue };
            if is_program(&path) && !self.was_passed_over(&path) {
                if let Some(interpreter) = self.consider(&path, wanted) {
                    return Some(interpreter);
                }
            }
        }
        None
    }

    #[cfg(not(windows))]
    fn of_launcher(&mut self, _wanted: &Wanted<'_>) -> Option<Interpreter> {
        None
    }
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
