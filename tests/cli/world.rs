//! A hermetic place to run `rpip` in.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use test_support::{FakeIndex, WheelBuilder};

/// Runs a program on a terminal of 80 columns, and answers each question at once; says all that was seen there, and the
/// exit code.
const ON_A_TERMINAL: &str = r#"
import fcntl, json, os, pty, select, struct, sys, termios
arguments, answers = json.loads(sys.argv[1])
process, terminal = pty.fork()
if not process:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.execv(arguments[0], arguments)
seen = b""
while select.select([terminal], [], [], 20)[0]:
    try:
        part = os.read(terminal, 4096)
    except OSError:
        break
    if not part:
        break
    seen += part
    if answers and seen.endswith(answers[0][0].encode()):
        os.write(terminal, answers.pop(0)[1].encode())
else:
    os.kill(process, 9)
sys.stdout.buffer.write(seen)
print("exit code", os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
"#;

/// What a run of `rpip` left.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    /// The run went well; its standard output.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, 0, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        self.stdout
    }

    /// The run failed with `code`; its standard error.
    #[track_caller]
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.code, code, "stdout: {}\nstderr: {}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}

/// A directory with a home, a working directory, a cache and an index.
pub struct World {
    directory: tempfile::TempDir,
    pub index: FakeIndex,
}

impl World {
    pub fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["home", "work"] {
            std::fs::create_dir(directory.path().join(name)).unwrap();
        }
        Self { directory, index: FakeIndex::start() }
    }

    /// With an environment at `work/env`.
    pub fn with_environment() -> Self {
        let world = Self::new();
        world.rpip(&["venv", "env"]).success();
        world
    }

    /// A path under the working directory.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join("work").join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Puts wheels on the index.
    pub fn publish(&self, wheels: &[WheelBuilder]) {
        for wheel in wheels {
            self.index.publish_wheel(wheel);
        }
    }

    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let home = self.directory.path().join("home");
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &home)
            .env("XDG_CACHE_HOME", home.join(".cache"))
            .current_dir(self.directory.path().join("work"))
            .stdin(Stdio::null());
        if let Some(root) = std::env::var_os("PYENV_ROOT") {
            command.env("PYENV_ROOT", root);
        }
        if self.path("env").exists() {
            command.env("VIRTUAL_ENV", self.path("env"));
        }
        command
    }

    pub fn rpip_command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_rpip"));
        command.args(arguments);
        command
    }

    /// Runs `rpip`.
    pub fn rpip(&self, arguments: &[&str]) -> Outcome {
        Self::finish(self.rpip_command(arguments))
    }

    /// Runs `rpip install` against the index.
    pub fn install(&self, arguments: &[&str]) -> Outcome {
        self.ask("install", arguments)
    }

    /// Runs a command of `rpip` against the index.
    pub fn ask(&self, command: &str, arguments: &[&str]) -> Outcome {
        let index = self.index.simple();
        let mut all = vec![command, "--index-url", &index];
        all.extend(arguments);
        self.rpip(&all)
    }

    pub fn finish(mut command: Command) -> Outcome {
        let output = command.output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs rpip with `input` on a pipe. It is written before, so that nobody minds if it is not read.
    pub fn rpip_with_input(&self, arguments: &[&str], input: &str) -> Outcome {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(input.as_bytes()).unwrap();
        drop(writer);
        let mut command = self.rpip_command(arguments);
        command.stdin(reader);
        Self::finish(command)
    }

    /// Runs `rpip` on a terminal, and gives these answers after these questions: all that was seen, and the exit code.
    pub fn on_a_terminal(&self, arguments: &[&str], answers: &[(&str, &str)]) -> String {
        let arguments: Vec<&str> =
            [env!("CARGO_BIN_EXE_rpip")].into_iter().chain(arguments.iter().copied()).collect();
        let mut command = self.command("python3");
        command.env("TERM", "xterm");
        command.args(["-c", ON_A_TERMINAL, &serde_json::json!([arguments, answers]).to_string()]);
        Self::finish(command).success()
    }

    /// Writes a distribution by hand: the files of its `.dist-info` or `.egg-info` directory `info`.
    pub fn handmade(&self, info: &str, files: &[(&str, &str)]) {
        let directory = self.site_packages().join(info);
        std::fs::create_dir_all(&directory).unwrap();
        for (name, text) in files {
            std::fs::write(directory.join(name), text).unwrap();
        }
    }

    /// Runs Python code in the environment; its output.
    #[track_caller]
    pub fn python(&self, code: &str) -> String {
        let mut command = self.command(self.path("env/bin/python"));
        command.args(["-c", code]);
        Self::finish(command).success()
    }

    /// The environment's site-packages.
    pub fn site_packages(&self) -> PathBuf {
        let lib = self.path("env/lib");
        let version = std::fs::read_dir(lib).unwrap().next().unwrap().unwrap();
        version.path().join("site-packages")
    }

    /// What lies in site-packages, sorted.
    pub fn installed_names(&self) -> Vec<String> {
        names(&self.site_packages())
    }
}

/// The names in a directory, sorted.
pub fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A small application with a dependency, a script, and a module that says its version.
pub fn demo() -> Vec<WheelBuilder> {
    vec![
        WheelBuilder::new("Demo-App", "1.0")
            .requires("helper>=1")
            .file(
                "demo_app/__init__.py",
                b"import helper\n\ndef main():\n    print('demo', helper.VERSION)\n",
            )
            .entry_point("demo", "demo_app:main"),
        WheelBuilder::new("Demo-App", "2.0")
            .requires("helper>=2")
            .file(
                "demo_app/__init__.py",
                b"import helper\n\ndef main():\n    print('demo two', helper.VERSION)\n",
            )
            .file("demo_app/new.py", b"")
            .entry_point("demo", "demo_app:main"),
        WheelBuilder::new("helper", "1.0").without_files().file("helper.py", b"VERSION = '1.0'\n"),
        WheelBuilder::new("helper", "2.0").without_files().file("helper.py", b"VERSION = '2.0'\n"),
    ]
}
