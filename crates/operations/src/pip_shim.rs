//! `pip-shim`: `pip`, `python -m pip` and `import pip` of an environment that run rpip, for programs that call pip.
//!
//! It is a distribution (binary distribution format, PEP 427): a small wheel is made for the environment and installed like
//! any other, so that it is listed, verified and uninstalled. It takes the name of pip, for programs ask whether that is
//! installed, and the version of pip whose behaviour rpip has, with rpip's own version behind it (a local version, PEP 440).

use std::io::Write;
use std::path::{Path, PathBuf};

use ::install::{ExistingPolicy, Installation, InstalledDistribution, InstalledDistributions, Removal};
use cache::{Cache, CachedWheel, WheelSource, ZipWriter};
use distribution::{Sha256, WheelFilename, write_record_row};
use python::Environment;
use requirement::{ProjectName, Version, python_repr};

use crate::install::begin;
use crate::{Context, Event, OperationError};

/// The distribution's name.
const PROJECT: &str = "pip";
/// The version of pip whose behaviour rpip has.
const PIP: &str = "26.3";
/// What tells the distribution from a real pip.
const LOCAL_VERSION: &str = "+rpip.";

/// The version of the distribution, normalised: file names hold it.
fn own_version() -> String {
    format!("{PIP}{LOCAL_VERSION}{}", env!("CARGO_PKG_VERSION").replace('-', "."))
}

/// Whether what is installed is the stand-in for pip. An upgrade of pip leaves it in its place: every script upgrades pip first.
pub fn is_pip_shim(name: &ProjectName, version: &Version) -> bool {
    name.as_str() == PROJECT && version.to_string().contains(LOCAL_VERSION)
}

/// How to put it in.
#[derive(Debug, Clone, Default)]
pub struct PipShimOptions {
    /// The program that is run: rpip's absolute path.
    pub program: PathBuf,
    /// Replace a real pip.
    pub force: bool,
    /// `--break-system-packages`.
    pub break_system_packages: bool,
}

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct PipShimOutcome {
    /// Name and version of what was put in, if it was.
    pub installed: Option<(String, String)>,
    /// Names and versions of what left.
    pub removed: Vec<(String, String)>,
    /// The scripts that were written, absolute.
    pub scripts: Vec<PathBuf>,
}

/// Puts the stand-in into `environment`; one that is there already is replaced.
///
/// # Errors
/// Without `force`, where a real pip is installed or something else has its place; any error leaves all as it was.
pub fn install_pip_shim(
    context: &Context,
    environment: &Environment,
    options: &PipShimOptions,
) -> Result<PipShimOutcome, OperationError> {
    require_changeable(environment, options.break_system_packages)?;
    let mut transaction = begin(context, environment, ExistingPolicy::Merge)?;
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let found = present(&installed, environment);
    if let Some(pip) = found.filter(|pip| !options.force && !is_pip_shim(&pip.name, &pip.version)) {
        let (version, location) = (pip.version.to_string(), pip.location.clone());
        return Err(OperationError::PipIsInstalled { version, location });
    }
    let package = environment.scheme.purelib.join("pip");
    if found.is_none() && !options.force && package.symlink_metadata().is_ok() {
        return Err(OperationError::PipIsThere(package));
    }
    if let Some(leaving) = found {
        transaction.remove(leaving)?;
    }
    transaction.stage(&Installation {
        wheel: wheel(environment, &options.program, &context.cache)?,
        bytecode: None,
        requested: true,
        direct_url: None,
        headers_name: None,
        position: 0,
    })?;
    for conflict in transaction.conflicts()? {
        context.reporter.event(Event::Warning(&conflict.to_string()));
    }
    let report = transaction.commit()?;
    report.warnings.iter().for_each(|warning| context.reporter.event(Event::Warning(warning)));
    let removed = report.removed.into_iter().map(|gone| (gone.name_text, gone.version.to_string()));
    Ok(PipShimOutcome {
        installed: Some((PROJECT.to_owned(), own_version())),
        removed: removed.collect(),
        scripts: script_names(environment).map(|name| environment.scheme.scripts.join(name)).collect(),
    })
}

/// Takes the stand-in out of `environment`.
///
/// # Errors
/// Where there is none.
pub fn remove_pip_shim(
    context: &Context,
    environment: &Environment,
    break_system_packages: bool,
) -> Result<PipShimOutcome, OperationError> {
    require_changeable(environment, break_system_packages)?;
    let mut transaction = begin(context, environment, ExistingPolicy::Merge)?;
    let installed = InstalledDistributions::read(&environment.site_packages())?;
    let shim = present(&installed, environment).filter(|pip| is_pip_shim(&pip.name, &pip.version));
    let found = shim.ok_or_else(|| OperationError::NoPipShim(environment.scheme.purelib.clone()))?;
    transaction.remove(found)?;
    let report = transaction.commit()?;
    report.warnings.iter().for_each(|warning| context.reporter.event(Event::Warning(warning)));
    let removed = report.removed.into_iter().map(|gone| (gone.name_text, gone.version.to_string()));
    Ok(PipShimOutcome { removed: removed.collect(), ..PipShimOutcome::default() })
}

/// The pip that `environment` itself has.
fn present<'a>(
    installed: &'a InstalledDistributions,
    environment: &Environment,
) -> Option<&'a InstalledDistribution> {
    let pip = installed.get(&PROJECT.parse().ok()?)?;
    (!Removal::is_outside(environment, pip)).then_some(pip)
}

fn require_changeable(environment: &Environment, break_system_packages: bool) -> Result<(), OperationError> {
    match environment.externally_managed() {
        Some(message) if !break_system_packages => Err(OperationError::ExternallyManaged(message)),
        _ => Ok(()),
    }
}

fn script_names(environment: &Environment) -> impl Iterator<Item = String> + use<> {
    let (major, minor) = environment.interpreter.python_version();
    ["pip".to_owned(), format!("pip{major}"), format!("pip{major}.{minor}")].into_iter()
}

/// The wheel for `environment`, in the cache.
fn wheel(environment: &Environment, program: &Path, cache: &Cache) -> Result<CachedWheel, OperationError> {
    let stem = format!("{PROJECT}-{}", own_version());
    let filename_text = format!("{stem}-py3-none-any.whl");
    let failed = |source| OperationError::NotWritable { path: PathBuf::from(&filename_text), source };
    let files = files(environment, program, &stem)?;
    let mut scratch = cache.scratch_file()?;
    let written = write(&files, &stem, scratch.as_file_mut());
    written.map_err(failed)?;
    let filename: WheelFilename =
        filename_text.parse().map_err(|error| failed(std::io::Error::other(error)))?;
    let file = scratch.reopen().map_err(failed)?;
    Ok(cache.unpack_wheel(&WheelSource {
        filename: &filename,
        filename_text: &filename_text,
        file: &file,
        sha256: None,
        promised: &[],
    })?)
}

/// A file of the wheel: its path, its content, and whether it can be run.
type File = (String, String, bool);

fn files(environment: &Environment, program: &Path, stem: &str) -> Result<Vec<File>, OperationError> {
    let (major, minor) = environment.interpreter.python_version();
    let program = text(program)?;
    let python = text(&environment.executable)?;
    let package = environment.scheme.purelib.join("pip");
    let version = own_version();
    let answer = format!("pip {version} from {} (python {major}.{minor})", text(&package)?);
    let script = format!(
        "#!/bin/sh\n\
         # Written by `rpip pip-shim`: pip of this environment is rpip.\n\
         if ! [ -x {python} ]; then\n    \
             # The environment was moved: what lies beside this script is meant.\n    \
             exec \"${{0%/*}}/python\" -m pip \"$@\"\n\
         fi\n\
         if [ \"$#\" = 1 ] && {{ [ \"$1\" = --version ] || [ \"$1\" = -V ]; }}; then\n    \
             printf '%s\\n' {answer}\n    \
             exit 0\n\
         fi\n\
         exec {program} --python {python} \"$@\"\n",
        answer = quoted(&answer),
        program = quoted(program),
        python = quoted(python),
    );
    let module =
        MODULE.replace("@VERSION@", &python_repr(&version)).replace("@PROGRAM@", &python_repr(program));
    let metadata = format!(
        "Metadata-Version: 2.1\nName: {PROJECT}\nVersion: {version}\n\
         Summary: pip, python -m pip and import pip of this environment run rpip\n\n\
         Made by rpip pip-shim for this environment; rpip pip-shim --remove takes it away.\n"
    );
    let wheel = "Wheel-Version: 1.0\nGenerator: rpip\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let mut files = vec![
        ("pip/__init__.py".to_owned(), module, false),
        ("pip/__main__.py".to_owned(), MAIN_MODULE.to_owned(), false),
        ("pip/_internal/__init__.py".to_owned(), INTERNAL_MODULE.to_owned(), false),
        ("pip/_internal/cli/__init__.py".to_owned(), String::new(), false),
        ("pip/_internal/cli/main.py".to_owned(), INTERNAL_MODULE.to_owned(), false),
    ];
    let scripts = script_names(environment);
    files.extend(scripts.map(|name| (format!("{stem}.data/scripts/{name}"), script.clone(), true)));
    files.push((format!("{stem}.dist-info/METADATA"), metadata, false));
    files.push((format!("{stem}.dist-info/WHEEL"), wheel.to_owned(), false));
    Ok(files)
}

fn write(files: &[File], stem: &str, output: &mut impl Write) -> std::io::Result<()> {
    let mut archive = ZipWriter::new(output);
    let mut record = String::new();
    for (path, content, executable) in files {
        archive.file(path, content.as_bytes(), *executable)?;
        let hash = format!("sha256={}", Sha256::of(content.as_bytes()).record_text());
        write_record_row(&mut record, path, Some(&hash), Some(content.len() as u64));
    }
    let path = format!("{stem}.dist-info/RECORD");
    write_record_row(&mut record, &path, None, None);
    archive.file(&path, record.as_bytes(), false)?;
    archive.finish()
}

/// A path as it can stand in a script.
fn text(path: &Path) -> Result<&str, OperationError> {
    let text = path.to_str().filter(|text| !text.contains(['\n', '\r']));
    text.ok_or_else(|| OperationError::UnwritablePath(path.to_owned()))
}

/// For the shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `pip/__init__.py`.
const MODULE: &str = r#"# -*- coding: utf-8 -*-
"""pip, played by rpip. Written by `rpip pip-shim`; `rpip pip-shim --remove` takes it away."""
import os
import subprocess
import sys

__version__ = @VERSION@

_PROGRAM = @PROGRAM@


def _version_line():
    python = "%d.%d" % sys.version_info[:2]
    return "pip %s from %s (python %s)" % (__version__, os.path.dirname(os.path.abspath(__file__)), python)


def _command(arguments):
    return [_PROGRAM, "--python", sys.executable] + list(arguments)


def _is_missing(error):
    return "ERROR: rpip cannot be run (%s): run `rpip pip-shim` again, from where it is now" % error


def main(args=None):
    """Runs rpip with these arguments (by default those of the process), and returns its exit code."""
    arguments = list(sys.argv[1:] if args is None else args)
    if arguments in (["--version"], ["-V"]):
        print(_version_line())
        return 0
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        return subprocess.call(_command(arguments))
    except OSError as error:
        sys.stderr.write(_is_missing(error) + "\n")
        return 1


def _become():
    """The process becomes rpip, where the system can do that."""
    if os.name != "posix" or sys.argv[1:] in (["--version"], ["-V"]):
        sys.exit(main())
    command = _command(sys.argv[1:])
    try:
        os.execv(command[0], command)
    except OSError as error:
        sys.exit(_is_missing(error))
"#;

/// `pip/__main__.py`.
const MAIN_MODULE: &str =
    "\"\"\"`python -m pip`.\"\"\"\nfrom pip import _become\n\nif __name__ == \"__main__\":\n    _become()\n";

/// `pip/_internal/__init__.py` and `pip/_internal/cli/main.py`, which scripts that pip made call: programs that ought not to import it do.
const INTERNAL_MODULE: &str =
    "\"\"\"For programs that call pip's internals.\"\"\"\nfrom pip import main\n\n__all__ = [\"main\"]\n";
