//! Standard output and standard error: plain lines below WARNING go to the one, `WARNING:` and `ERROR:`
//! to the other, as for pip; `-q` silences from below.

use std::io::{self, IsTerminal, LineWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use operations::{Event, InstalledDistribution, Report, Reporter};
use requirement::Version;

use crate::args::{General, ProgressBar};
use crate::failure::Failure;
use crate::output::escape::{escaped, without_secrets};
use crate::output::log::Log;
use crate::output::progress::{Progress, Step};
use crate::output::size::size;

/// The exit code when standard output was closed by its reader.
const BROKEN_PIPE: u8 = 120;

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    /// `-qqq`: errors that end the command, and these alone.
    Critical,
    Errors,
    Warnings,
    Plain,
    /// `-v`.
    Verbose,
    /// `-vv` and `-vvv`.
    Debug,
}

impl Level {
    /// What `-v` and `-q` together ask for; they cancel each other.
    fn of(general: &General) -> Self {
        match i16::from(general.verbose) - i16::from(general.quiet) + if general.debug { 2 } else { 0 } {
            ..=-3 => Self::Critical,
            -2 => Self::Errors,
            -1 => Self::Warnings,
            0 => Self::Plain,
            1 => Self::Verbose,
            _ => Self::Debug,
        }
    }
}

/// The two streams. Cheap to share.
#[derive(Clone)]
pub(crate) struct Terminal {
    shared: Arc<Shared>,
}

struct Shared {
    level: Level,
    color: bool,
    /// `--log`.
    log: Option<Log>,
    /// Buffered by line, so that progress and errors stand in order.
    out: Mutex<Box<dyn Write + Send>>,
    broken: AtomicBool,
    /// How long the current build has taken, as far as was told.
    minutes: AtomicU64,
    progress: Progress,
}

impl Terminal {
    /// With what the general options say.
    pub(crate) fn new(general: &General) -> Self {
        let no_color =
            general.no_color || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let log = general.log.as_deref().map(Log::append).transpose();
        let terminal = Self::with(Level::of(general), !no_color, log.as_ref().ok().cloned().flatten());
        if let Err(error) = log {
            terminal.warning(&format!("--log: {error}"));
        }
        terminal
    }

    /// Before options are known.
    pub(crate) fn plain() -> Self {
        Self::with(Level::Plain, false, None)
    }

    fn with(level: Level, color: bool, log: Option<Log>) -> Self {
        let stdout = io::stdout();
        let is_terminal = stdout.is_terminal();
        // A pipe takes whole blocks; a person wants lines as they come.
        let out: Box<dyn Write + Send> = if is_terminal {
            Box::new(LineWriter::new(stdout))
        } else {
            Box::new(io::BufWriter::new(stdout))
        };
        let can_show = io::stderr().is_terminal() && is_terminal;
        Self {
            shared: Arc::new(Shared {
                level,
                color: color && takes_color(),
                log,
                out: Mutex::new(out),
                broken: AtomicBool::new(false),
                minutes: AtomicU64::new(0),
                progress: Progress::new(can_show, level >= Level::Plain),
            }),
        }
    }

    /// A reporter that prints to this terminal.
    pub(crate) fn reporter(&self) -> Arc<dyn Reporter> {
        Arc::new(self.clone())
    }

    fn out(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.shared.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, text: &str) {
        let failed = self.shared.progress.suspended(|| writeln!(self.out(), "{}", escaped(text)).is_err());
        if failed {
            self.shared.broken.store(true, Ordering::Relaxed);
        }
    }

    /// The result of a command: printed however quiet.
    pub(crate) fn output(&self, text: &str) {
        self.write(text);
    }

    /// A line that tells what happens.
    pub(crate) fn line(&self, text: &str) {
        self.line_at(Level::Plain, text);
    }

    fn line_at(&self, level: Level, text: &str) {
        self.log(text);
        if self.shared.level >= level {
            self.write(text);
        }
    }

    /// A line that tells what happens, out of the way of the result.
    fn aside(&self, level: Level, text: &str) {
        self.log(text);
        if self.shared.level >= level {
            self.to_stderr(&escaped(text));
        }
    }

    /// A download begins, or goes on where it broke off.
    fn download(&self, filename: &str, from: u64, bytes: Option<u64>) {
        let progress = &self.shared.progress;
        progress.finished(filename);
        self.line(&match from {
            0 => format!("  Downloading {}", sized(filename, bytes)),
            _ => format!("  Resuming download {filename} ({})", part(from, bytes)),
        });
        progress.started(filename, bytes);
        self.raw(filename, Step::Started(bytes));
        if from > 0 {
            progress.progressed(filename, from);
            self.raw(filename, Step::Progressed(from));
        }
    }

    /// The line of `--progress-bar raw`, for whoever reads it now.
    fn raw(&self, filename: &str, step: Step) {
        if let Some(line) = self.shared.progress.raw_line(filename, step) {
            self.write(&line);
            let _ = self.out().flush();
        }
    }

    fn log(&self, text: &str) {
        if let Some(log) = &self.shared.log {
            log.write(&without_secrets(&escaped(text)));
        }
    }

    /// How downloads are shown from here on.
    pub(crate) fn show_downloads(&self, progress_bar: ProgressBar) {
        self.shared.progress.show(progress_bar);
    }

    /// Whether [`Terminal::document`] can write to `file`, as far as that can be told without doing it: better now than
    /// when everything is done.
    pub(crate) fn can_hold(file: &Path) -> Result<(), Failure> {
        let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
        let place = directory.unwrap_or(Path::new("."));
        if file == Path::new("-") || (place.is_dir() && !file.is_dir()) {
            return Ok(());
        }
        let reason =
            if file.is_dir() { "[Errno 21] Is a directory" } else { "[Errno 2] No such file or directory" };
        Err(Failure::plain(format!(
            "Could not install packages due to an OSError: {reason}: '{}'\n",
            file.display()
        )))
    }

    /// Writes a JSON document to a file, or for `-` to standard output.
    pub(crate) fn document(&self, file: &Path, report: &Report) -> Result<(), Failure> {
        let text = format!("{:#}", report.0);
        if file == Path::new("-") {
            self.write(&text);
            return Ok(());
        }
        std::fs::write(file, text).map_err(|error| unwritten(file, &error))
    }

    /// Whether there is a place for a document, before anything is done that it would tell of.
    pub(crate) fn check_document(&self, file: &Path) -> Result<(), Failure> {
        let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
        let place = std::fs::metadata(directory.unwrap_or(Path::new(".")));
        match place {
            Err(error) => Err(unwritten(file, &error)),
            Ok(_) if file.is_dir() => Err(unwritten(file, &io::ErrorKind::IsADirectory.into())),
            Ok(_) => Ok(()),
        }
    }

    /// Asks, with nothing else on the screen meanwhile.
    pub(crate) fn asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.shared.progress.suspended(ask)
    }

    /// A question; the answer follows on the same line.
    pub(crate) fn prompt(&self, text: &str) {
        let mut out = self.out();
        let _ = write!(out, "{text}").and_then(|()| out.flush());
    }

    /// `WARNING: ...` on standard error.
    pub(crate) fn warning(&self, text: &str) {
        self.log(&format!("WARNING: {text}"));
        if self.shared.level >= Level::Warnings {
            self.marked("WARNING", "33", text);
        }
    }

    /// A warning of one step of an installation, indented as pip has it.
    fn step_warning(&self, text: &str) {
        self.log(&format!("  WARNING: {text}"));
        if self.shared.level >= Level::Warnings {
            self.marked("  WARNING", "33", text);
        }
    }

    /// `ERROR: ...` on standard error.
    pub(crate) fn error(&self, text: &str) {
        self.log(&format!("ERROR: {text}"));
        self.marked("ERROR", "31", text);
    }

    fn marked(&self, mark: &str, color: &str, text: &str) {
        let text = escaped(text);
        let line = if self.shared.color {
            format!("\x1b[{color}m{mark}: {text}\x1b[0m")
        } else {
            format!("{mark}: {text}")
        };
        self.to_stderr(&line);
    }

    /// Text on standard error as it is.
    pub(crate) fn complain(&self, text: &str) {
        self.log(text);
        self.to_stderr(&escaped(text));
    }

    fn to_stderr(&self, text: &str) {
        let text = &without_secrets(text);
        let _ = self.out().flush();
        self.shared.progress.suspended(|| {
            // Nobody can be told that standard error is closed.
            let _ = writeln!(io::stderr().lock(), "{text}");
        });
    }

    /// Takes bars and spinners off the screen.
    pub(crate) fn clear(&self) {
        self.shared.progress.clear();
    }

    /// Prints one text as the whole result and returns the exit code.
    pub(crate) fn say(&self, text: &str) -> u8 {
        self.output(text);
        self.finish(0)
    }

    /// Writes out what is buffered; `code`, or that of a closed standard output.
    pub(crate) fn finish(&self, code: u8) -> u8 {
        self.shared.progress.clear();
        let flushed = self.out().flush();
        if flushed.is_err() || self.shared.broken.load(Ordering::Relaxed) {
            self.to_stderr("ERROR: Pipe to stdout was broken");
            return BROKEN_PIPE;
        }
        code
    }

    /// `Looking in indexes` and `Looking in links`.
    pub(crate) fn places(&self, indexes: &[String], links: &[String]) {
        if !indexes.is_empty() {
            self.line(&format!("Looking in indexes: {}", indexes.join(", ")));
        }
        if !links.is_empty() {
            let links: Vec<String> = links.iter().map(|link| operations::redacted(link)).collect();
            self.line(&format!("Looking in links: {}", links.join(", ")));
        }
    }

    /// pip's words for a distribution that is not the environment's own.
    pub(crate) fn outside(&self, name: &str, location: &str, environment: &str) {
        let canonical = requirement::canonicalize_name(name);
        self.line(&format!("Not uninstalling {canonical} at {location}, outside environment {environment}"));
        self.line(&format!("Can't uninstall '{name}'. No files were found to uninstall."));
    }

    /// pip's words for a project that is installed, and its newest version.
    pub(crate) fn installed_and_latest(&self, installed: Option<&InstalledDistribution>, latest: &Version) {
        let Some(installed) = installed else { return };
        self.line(&format!("  INSTALLED: {}", installed.version));
        let hint = match latest.is_prerelease() {
            true => " (pre-release; install with `rpip install --pre`)",
            false => "",
        };
        self.line(&format!("  LATEST:    {latest}{hint}"));
    }

    /// `Successfully installed a-1 b-2`, or what a dry run found.
    pub(crate) fn installed(&self, installed: &[(String, String)], dry_run: bool) {
        if installed.is_empty() {
            return;
        }
        let names: Vec<String> =
            installed.iter().map(|(name, version)| format!("{name}-{version}")).collect();
        let verb = if dry_run { "Would install" } else { "Successfully installed" };
        self.line(&format!("{verb} {}", names.join(" ")));
    }

    /// Warns of scripts in directories that are not on PATH.
    pub(crate) fn script_locations(&self, scripts: &[PathBuf]) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let mut directories: Vec<&Path> = scripts.iter().filter_map(|script| script.parent()).collect();
        directories.sort();
        directories.dedup();
        for directory in directories.into_iter().filter(|directory| !on_path.iter().any(|on| on == directory))
        {
            if directory.parent().is_some_and(|root| root.join("pyvenv.cfg").exists()) {
                continue; // an environment that is not activated: its scripts are where they belong
            }
            let inside = scripts.iter().filter(|script| script.parent() == Some(directory));
            let mut names: Vec<String> = inside
                .filter_map(|script| Some(script.file_name()?.to_string_lossy().into_owned()))
                .collect();
            names.sort();
            let (noun, verb) = if names.len() == 1 { ("script", "is") } else { ("scripts", "are") };
            self.step_warning(&format!(
                "The {noun} {} {verb} installed in '{}' which is not on PATH.\n  Consider adding this directory to PATH or, \
                 if you prefer to suppress this warning, use --no-warn-script-location.",
                listed(&names),
                directory.display()
            ));
        }
    }
}

/// Whether warnings and errors may be coloured; `FORCE_COLOR` colours pipes too.
fn takes_color() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("FORCE_COLOR")
        || (io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
}

fn unwritten(file: &Path, error: &io::Error) -> Failure {
    Failure::plain(format!("Could not write the report: {error}: '{}'", file.display()))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn sized(filename: &str, bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("{filename} ({})", size(bytes)),
        None => filename.to_owned(),
    }
}

/// So much of it, as pip writes it.
fn part(received: u64, of: Option<u64>) -> String {
    match of {
        Some(bytes) => format!("{}/{}", size(received), size(bytes)),
        None => size(received),
    }
}

impl Reporter for Terminal {
    fn wants_details(&self) -> bool {
        self.shared.level >= Level::Verbose || self.shared.log.is_some()
    }

    fn wants_lines(&self) -> bool {
        self.shared.level >= Level::Plain || self.shared.log.is_some()
    }

    fn event(&self, event: Event<'_>) {
        let progress = &self.shared.progress;
        match event {
            Event::WaitingForLock(environment) => {
                self.line(&format!("Waiting for another rpip that is changing {}", environment.display()))
            }
            Event::Resolving => progress.resolving(),
            Event::Resolved => progress.resolved(),
            Event::Satisfied { requirement, from, location, version } => {
                let from = if from.is_empty() { String::new() } else { format!(" {from}") };
                let location = shown_path(location);
                self.line(&format!(
                    "Requirement already satisfied: {requirement} in {location}{from} ({version})"
                ));
            }
            Event::Ignoring { project, marker } => {
                self.line(&format!("Ignoring {project}: markers '{marker}' don't match your environment"));
            }
            Event::Collecting { requirement, from: "" } => {
                self.line(&format!("Collecting {requirement}"));
            }
            Event::Collecting { requirement, from } => self.line(&format!("Collecting {requirement} {from}")),
            Event::ProcessingFile { path, from } => {
                self.line(format!("Processing {} {from}", shown_path(path)).trim_end());
            }
            Event::UsingCached { filename, size } => {
                self.line(&format!("  Using cached {}", sized(filename, size)))
            }
            Event::Processing(place) => self.line(&format!("Processing {}", operations::redacted(place))),
            Event::DownloadStarted { filename, size } => self.download(filename, 0, size),
            Event::DownloadInterrupted { received, size, attempt } => {
                let part = part(received, size);
                self.warning("Connection interrupted while downloading.");
                self.warning(&format!(
                    "Attempting to resume incomplete download ({part}, attempt {attempt})"
                ));
            }
            Event::DownloadResumed { filename, from, size } => self.download(filename, from, size),
            Event::DownloadProgressed { filename, bytes } => {
                progress.progressed(filename, bytes);
                self.raw(filename, Step::Progressed(bytes));
            }
            Event::DownloadFinished { filename } => progress.finished(filename),
            Event::Saved(path) => self.line(&format!("Saved {}", shown_path(path))),
            Event::AlreadyDownloaded(path) => {
                self.line(&format!("  File was already downloaded {}", path.display()));
            }
            Event::UploadStarted { filename, size } => {
                self.line(&format!("Uploading {filename}"));
                progress.sending(filename, size);
            }
            Event::UploadProgressed { filename, bytes } => progress.progressed(filename, bytes),
            Event::UploadFinished { filename } => progress.finished(filename),
            Event::Installing(names) => {
                progress.clear();
                self.line(&format!("Installing collected packages: {}", names.join(", ")));
            }
            Event::Outside { name, location, environment } => self.outside(name, location, environment),
            Event::Uninstalling { name, version } => {
                self.line(&format!("  Attempting uninstall: {name}"));
                self.line(&format!("    Found existing installation: {name} {version}"));
            }
            Event::Uninstalled { name, version } => {
                self.event(Event::Uninstalling { name, version });
                self.line(&format!("    Uninstalling {name}-{version}:"));
                self.line(&format!("      Successfully uninstalled {name}-{version}"));
            }
            Event::Step(title) => {
                self.shared.minutes.store(0, Ordering::Relaxed);
                self.aside(Level::Plain, &format!("* {title}"));
                progress.building(title);
            }
            Event::StepOutput(line) => self.aside(Level::Verbose, line),
            Event::StepFinished => progress.resolved(),
            Event::BuildStarted { title } => {
                self.shared.minutes.store(0, Ordering::Relaxed);
                self.line(&format!("  {title}: started"));
                progress.building(title);
            }
            Event::BuildOutput(line) => self.line_at(Level::Verbose, &format!("  {line}")),
            Event::BuildWaiting(elapsed) => {
                // In a pipe nothing turns: a line a minute says that the build is alive, as pip's does.
                let minutes = elapsed.as_secs() / 60;
                if minutes > self.shared.minutes.swap(minutes, Ordering::Relaxed) && !progress.is_enabled() {
                    self.line(&format!("  Still building after {minutes} min..."));
                }
            }
            Event::BuildFinished { title, is_ok } => {
                progress.resolved();
                let status = if is_ok { "done" } else { "error" };
                self.line(&format!("  {title}: finished with status '{status}'"));
            }
            Event::Cloning { url, directory } => {
                self.line(&format!("  Cloning {url} to {}", shown_path(directory)));
            }
            Event::AtCommit { url, commit } => self.line(&format!("  Resolved {url} to commit {commit}")),
            Event::Obtaining(url) => self.line(&format!("Obtaining {}", operations::redacted(url))),
            Event::Note(text) => self.line(text),
            Event::Detail(1, text) => self.line_at(Level::Verbose, text),
            Event::Detail(_, text) => self.line_at(Level::Debug, text),
            Event::Warning(text) => self.warning(text),
            Event::Error(text) => self.error(text),
        }
    }
}

/// A path as pip shows it: relative to the working directory where it lies under it.
fn shown_path(path: &Path) -> String {
    // It stays the same, and hundreds of lines may want it.
    static WORKING_DIRECTORY: LazyLock<Option<PathBuf>> = LazyLock::new(|| std::env::current_dir().ok());
    let relative = WORKING_DIRECTORY.as_ref().and_then(|directory| path.strip_prefix(directory).ok());
    relative.map_or_else(|| path.display().to_string(), |relative| format!("./{}", relative.display()))
}
