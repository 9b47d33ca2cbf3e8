//! One of two twins: a home, a working directory and a virtual environment for one installer, like the other's but for the
//! path, which is as long.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::snapshot::normalised;
use super::{catalogue, oracle, shell};

/// Who installs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Installer {
    Pip,
    Rpip,
}

/// Where it installs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A virtual environment at `work/env`.
    Environment,
    /// The same, which sees what lies outside it.
    SeesSystem,
    /// A virtual environment in this directory of `work`.
    At(&'static str),
    /// The interpreter as it is: only for commands that change nothing there.
    Interpreter,
}

/// What a command left.
#[derive(Debug, Clone)]
pub struct Finished {
    pub code: i32,
    /// Without the twin's directory.
    pub stdout: String,
    /// Without the twin's directory.
    pub stderr: String,
}

impl Finished {
    /// The last line of standard output that tells a result. Lines that tell of progress are passed over, which matters
    /// where nothing is done or all fails: rpip asks for many files at once, and does not stop at the one at which pip does.
    pub fn last_line(&self) -> &str {
        let says = |line: &&str| {
            let passed_over =
                is_progress(line) || (self.code != 0 && line.starts_with("Requirement already"));
            !line.trim().is_empty() && !passed_over
        };
        self.stdout.lines().rfind(says).unwrap_or_default()
    }
}

/// What pip says on its way to a result.
const PROGRESS: &[&str] = &[
    "Looking in ",
    "Collecting ",
    "Processing ",
    "Obtaining ",
    "Downloading ",
    "Using cached ",
    "Cloning ",
    "Did not find branch or tag ",
    "Discarding ",
    "Installing collected packages: ",
    "Attempting uninstall: ",
    "Found existing installation: ",
    "Uninstalling ",
    "Resolved ",
    "Preparing ",
    "Getting requirements ",
    "Installing build dependencies",
    "Installing backend dependencies",
    "Checking if build backend ",
    "Building ",
    "Running command ",
];

fn is_progress(line: &str) -> bool {
    PROGRESS.iter().any(|beginning| line.trim_start().starts_with(beginning))
}

/// PATH without Rust's own proxies: pip asks `rustc` for its version, which leaves files in the home.
fn path() -> OsString {
    let path = std::env::var_os("PATH").unwrap();
    std::env::join_paths(std::env::split_paths(&path).filter(|part| !part.ends_with(".cargo/bin"))).unwrap()
}

/// Where options for the index may stand, in the commands that have them.
fn place_of_index(arguments: &[String]) -> Option<usize> {
    match arguments.first()?.as_str() {
        "install" | "download" | "wheel" | "lock" | "index" => Some(1),
        "list" => arguments
            .iter()
            .any(|argument| argument.ends_with("date") || argument.ends_with("dated"))
            .then_some(1),
        _ => None,
    }
}

/// A twin.
pub struct Twin {
    pub installer: Installer,
    pub place: Place,
    /// `home` and `work` lie here.
    pub root: PathBuf,
    pub variables: Vec<(String, String)>,
}

impl Twin {
    /// Below `directory`, with an environment unless the place is the interpreter.
    pub fn new(directory: &Path, installer: Installer, place: Place) -> Self {
        let root = directory.join(if installer == Installer::Pip { "twin-a" } else { "twin-b" });
        for name in ["home", "work", "system"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        let twin = Self { installer, place, root, variables: Vec::new() };
        if place != Place::Interpreter {
            let mut command = twin.command(env!("CARGO_BIN_EXE_rpip"));
            command.arg("venv").arg(twin.environment());
            if place == Place::SeesSystem {
                command.arg("--system-site-packages");
            }
            let outcome = twin.finish(command, "");
            assert_eq!(outcome.code, 0, "{}", outcome.stderr);
        }
        twin
    }

    /// The working directory.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// The virtual environment.
    pub fn environment(&self) -> PathBuf {
        self.work().join(if let Place::At(directory) = self.place { directory } else { "env" })
    }

    /// Names in braces become what they stand for: `{index}`, `{files}`, `{work}`, `{home}`, `{python}` (3.11, say), and
    /// `{sha256 <file of the index>}`, `{sha512:...}`.
    pub fn filled(&self, text: &str) -> String {
        let work = self.work();
        let text = catalogue::filled(text)
            .replace("{work}", work.to_str().unwrap())
            .replace("{home}", self.root.join("home").to_str().unwrap());
        if !text.contains("{python}") && !text.contains("{site}") {
            return text;
        }
        let lib = std::fs::read_dir(self.environment().join("lib")).unwrap().next().unwrap().unwrap();
        let name = lib.file_name();
        let site = lib.path().join("site-packages");
        text.replace("{python}", name.to_str().unwrap().trim_start_matches("python"))
            .replace("{site}", site.to_str().unwrap())
    }

    /// Writes a file; the path is below the twin's root if it begins with `/`, else below the working directory.
    pub fn write(&self, path: &str, text: &str) {
        let path = match path.strip_prefix('/') {
            Some(path) => self.root.join(path),
            None => self.work().join(path),
        };
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, self.filled(text)).unwrap();
    }

    /// `program` in this twin's world: no variables but those that are needed, and the case's.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let home = self.root.join("home");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", path())
            .env("HOME", &home)
            .env("XDG_CONFIG_DIRS", self.root.join("system"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
            .env("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")
            .env("COLUMNS", "200")
            .current_dir(self.work());
        if let Some(root) = std::env::var_os("PYENV_ROOT") {
            command.env("PYENV_ROOT", root);
        }
        if self.environment().exists() {
            command.env("VIRTUAL_ENV", self.environment());
        }
        for (name, value) in &self.variables {
            command.env(name, self.filled(value));
        }
        command
    }

    /// The words that call an installer.
    fn words(&self, installer: Installer) -> Vec<String> {
        let python = match self.place {
            Place::Interpreter => "python3".to_owned(),
            _ => self.environment().join("bin/python").to_str().unwrap().to_owned(),
        };
        match installer {
            Installer::Rpip => vec![env!("CARGO_BIN_EXE_rpip").to_owned()],
            Installer::Pip => vec![python, oracle::pip_runner().to_str().unwrap().to_owned()],
        }
    }

    /// Runs a line of a case: `$ ...` is for the shell, `pip: ...` for pip in both twins, all else for the twin's own
    /// installer. What asks indexes is pointed to that of the tests.
    pub fn run(&self, line: &str, index: bool, input: &str) -> Finished {
        let line = self.filled(line);
        if let Some(line) = line.strip_prefix("$ ") {
            let quoted: Vec<String> =
                self.words(self.installer).iter().map(|word| format!("'{word}'")).collect();
            let mut command = self.command("sh");
            command.args(["-ec", &line.replace("{installer}", &quoted.join(" "))]);
            return self.finish(command, input);
        }
        let (words, line) = match line.strip_prefix("pip: ") {
            Some(line) => (self.words(Installer::Pip), line),
            None => (self.words(self.installer), line.as_str()),
        };
        let mut arguments = shell::split(line);
        if index && let Some(place) = place_of_index(&arguments) {
            let url = ["--index-url".to_owned(), catalogue::index().simple()];
            arguments.splice(place..place, url);
        }
        let mut command = self.command(&words[0]);
        command.args(&words[1..]).args(arguments);
        self.finish(command, input)
    }

    /// Runs a command to its end.
    pub fn finish(&self, mut command: Command, input: &str) -> Finished {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Whoever does not read it has closed it.
        stdin.write_all(self.filled(input).as_bytes()).ok();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        let text = |bytes: &[u8]| normalised(&String::from_utf8_lossy(bytes), &self.root);
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
