//! Running a program with a bound on its time and output, without questions where none may be asked, and ending
//! it together with its children.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Problem;
use crate::text::shown;
use crate::{VcsError, VcsKind, VcsUrl};

/// How often a caller is asked whether to go on.
const TICK: Duration = Duration::from_millis(50);
/// How long a program that was asked to end may take, and how long its output is waited for after its end.
const GRACE: Duration = Duration::from_millis(1500);
/// More than this on standard output is an error: lists of references, one commit, one description.
const OUTPUT_LIMIT: usize = 16 << 20;
/// A line of messages is cut there.
const LINE_LIMIT: usize = 4096;
/// So many of the last lines of messages are kept.
const LINES_KEPT: usize = 40;
/// So many of them an error shows.
const LINES_SHOWN: usize = 8;

/// How much of a git repository's past is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum History {
    /// All commits and tags, files only as they are needed, as pip does: what builds look at that take their version
    /// from tags. Everything, where the server knows no filters.
    #[default]
    Blobless,
    /// One commit, where the server allows it; [`complete_history`](crate::complete_history) fetches the rest.
    Shallow,
    /// Everything, for servers whose filters are broken.
    Full,
}

/// How programs are run.
pub struct Options<'a> {
    /// Whether they may ask for credentials at the terminal (not with `--no-input`). They share the terminal's process
    /// group then; else they have no terminal at all.
    pub interactive: bool,
    /// The time for one operation of this crate.
    pub timeout: Option<Duration>,
    /// Asked about twenty times a second; `true` ends the operation.
    pub cancelled: Option<&'a (dyn Fn() -> bool + Sync)>,
    /// Is told each line of messages and progress (`-v`), already without credentials.
    pub output: Option<&'a (dyn Fn(&str) + Sync)>,
    /// How much of the past git fetches.
    pub history: History,
    /// Variables on top of those that this process has.
    pub variables: &'a [(OsString, OsString)],
}

impl Default for Options<'_> {
    /// Not interactive, an hour.
    fn default() -> Self {
        Self {
            interactive: false,
            timeout: Some(Duration::from_secs(3600)),
            cancelled: None,
            output: None,
            history: History::default(),
            variables: &[],
        }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Options").field("interactive", &self.interactive).finish_non_exhaustive()
    }
}

/// One operation: its programs share a deadline and what they must not show.
pub(crate) struct Session<'a> {
    pub(crate) options: &'a Options<'a>,
    kind: VcsKind,
    /// The URL or directory, for messages.
    target: String,
    secrets: Vec<String>,
    started: Instant,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    /// The last lines of standard error, as they may be shown.
    pub(crate) messages: Vec<String>,
}

impl Finished {
    /// Whether it says that it succeeded.
    pub(crate) fn is_success(&self) -> bool {
        self.status.success()
    }

    /// What it wrote, one line without its end.
    pub(crate) fn line(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim_end_matches(['\r', '\n']).to_owned()
    }

    /// What it wrote.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The end of its messages, for an error.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        let skipped = self.messages.len().saturating_sub(LINES_SHOWN);
        self.messages.iter().skip(skipped).cloned().collect()
    }

    /// What its failure seems to be.
    pub(crate) fn problem(&self) -> Problem {
        Problem::of(&self.messages)
    }
}

impl<'a> Session<'a> {
    /// An operation on a URL.
    pub(crate) fn new(url: &VcsUrl, options: &'a Options<'a>) -> Self {
        Self { secrets: url.secrets(), ..Self::about(url.kind(), url.to_string(), options) }
    }

    /// An operation on a directory.
    pub(crate) fn about(kind: VcsKind, target: String, options: &'a Options<'a>) -> Self {
        Self { options, kind, target, secrets: Vec::new(), started: Instant::now() }
    }

    /// Runs a program and gives what it wrote, whatever its exit code. `input` is its standard input.
    pub(crate) fn run(&self, mut command: Command, input: Option<&str>) -> Result<Finished, VcsError> {
        command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // Messages are looked into: no locale has a catalogue of this name, so they come untranslated.
        command.env("LANGUAGE", "en");
        if !self.options.interactive {
            command.env("SSH_ASKPASS_REQUIRE", "never");
            detach(&mut command);
        }
        command.envs(self.options.variables.iter().map(|(name, value)| (name, value)));
        let child = command.spawn().map_err(|error| self.not_started(&command, error))?;
        let mut running =
            Running { child, has_group: cfg!(unix) && !self.options.interactive, is_over: false };
        if let (Some(input), Some(mut pipe)) = (input, running.child.stdin.take()) {
            // A program that does not want it has closed the pipe.
            let _ = pipe.write_all(input.as_bytes());
        }
        self.attend(&mut running)
    }

    /// As [`Session::run`], where a failure is an error.
    pub(crate) fn succeed(&self, command: Command, input: Option<&str>) -> Result<Finished, VcsError> {
        let finished = self.run(command, input)?;
        if finished.is_success() { Ok(finished) } else { Err(self.failed(&finished)) }
    }

    /// The error of a program that failed.
    pub(crate) fn failed(&self, finished: &Finished) -> VcsError {
        VcsError::Failed {
            kind: self.kind,
            target: self.target.clone(),
            problem: finished.problem(),
            output: finished.last_lines(),
        }
    }

    /// Reads what the program writes until it is over.
    fn attend(&self, running: &mut Running) -> Result<Finished, VcsError> {
        let (sender, receiver) = mpsc::channel();
        let mut open = 0;
        if let Some(pipe) = running.child.stdout.take() {
            open += 1;
            read_to(pipe, sender.clone(), Message::Output);
        }
        if let Some(pipe) = running.child.stderr.take() {
            open += 1;
            read_to(pipe, sender, Message::Messages);
        }
        let mut collected = Collected { stdout: Vec::new(), lines: VecDeque::new(), unfinished: Vec::new() };
        let status = self.wait(running, &receiver, open, &mut collected)?;
        running.is_over = true;
        collected.end_line(self);
        if collected.stdout.len() > OUTPUT_LIMIT {
            let output = vec![format!("it wrote more than {} MiB", OUTPUT_LIMIT >> 20)];
            let target = self.target.clone();
            return Err(VcsError::Failed { kind: self.kind, target, problem: Problem::Other, output });
        }
        Ok(Finished { status, stdout: collected.stdout, messages: collected.lines.into() })
    }

    fn wait(
        &self,
        running: &mut Running,
        receiver: &Receiver<Message>,
        mut open: u32,
        collected: &mut Collected,
    ) -> Result<ExitStatus, VcsError> {
        let mut ended: Option<(ExitStatus, Instant)> = None;
        let mut pause = Duration::from_millis(1);
        loop {
            if open > 0 {
                match receiver.recv_timeout(TICK) {
                    Ok(Message::Output(bytes)) if collected.stdout.len() <= OUTPUT_LIMIT => {
                        collected.stdout.extend_from_slice(&bytes);
                    }
                    Ok(Message::Output(_)) | Err(RecvTimeoutError::Timeout) => {}
                    Ok(Message::Messages(bytes)) => collected.messages(self, &bytes),
                    Ok(Message::Closed) => open -= 1,
                    Err(RecvTimeoutError::Disconnected) => open = 0,
                }
            } else if ended.is_none() {
                // Both pipes are closed: it is about to end.
                thread::sleep(pause);
                pause = (pause * 2).min(TICK);
            }
            if ended.is_none() {
                let status = running.child.try_wait();
                let status =
                    status.map_err(|source| VcsError::NotStarted { program: self.program(), source })?;
                ended = status.map(|status| (status, Instant::now()));
            }
            match ended {
                // What it left running in the background (a connection that ssh shares) may hold the pipes open.
                Some((status, since)) if open == 0 || since.elapsed() > GRACE => return Ok(status),
                Some(_) => {}
                None => self.check()?,
            }
        }
    }

    /// Whether to go on.
    fn check(&self) -> Result<(), VcsError> {
        if self.options.cancelled.is_some_and(|cancelled| cancelled()) {
            return Err(VcsError::Cancelled { kind: self.kind, target: self.target.clone() });
        }
        match self.options.timeout {
            Some(timeout) if self.started.elapsed() > timeout => Err(VcsError::TimedOut {
                kind: self.kind,
                target: self.target.clone(),
                seconds: timeout.as_secs(),
            }),
            _ => Ok(()),
        }
    }

    fn not_started(&self, command: &Command, source: std::io::Error) -> VcsError {
        if let Some(directory) = command.get_current_dir()
            && !directory.is_dir()
        {
            return VcsError::io("cannot work in", directory, source);
        }
        let program = self.program();
        match source.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => VcsError::NotInstalled {
                kind: self.kind,
                program,
                package: package(self.kind),
                target: self.target.clone(),
            },
            _ => VcsError::NotStarted { program, source },
        }
    }

    fn program(&self) -> &'static str {
        program(self.kind)
    }
}

/// The program of a system.
pub(crate) fn program(kind: VcsKind) -> &'static str {
    match kind {
        VcsKind::Bazaar => "brz",
        other => other.name(),
    }
}

/// The Debian package that has it.
fn package(kind: VcsKind) -> &'static str {
    match kind {
        VcsKind::Git => "git",
        VcsKind::Mercurial => "mercurial",
        VcsKind::Subversion => "subversion",
        VcsKind::Bazaar => "brz",
    }
}

/// What the threads that read from a program send.
enum Message {
    Output(Vec<u8>),
    Messages(Vec<u8>),
    Closed,
}

/// Reads a pipe on a thread of its own until it is closed, or nobody listens any more.
fn read_to(mut pipe: impl Read + Send + 'static, sender: Sender<Message>, message: fn(Vec<u8>) -> Message) {
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 14];
        loop {
            let read = match pipe.read(&mut buffer) {
                Ok(length) => buffer.get(..length).unwrap_or_default(),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => &[],
            };
            let is_end = read.is_empty();
            let next = if is_end { Message::Closed } else { message(read.to_vec()) };
            if sender.send(next).is_err() || is_end {
                return;
            }
        }
    });
}

/// What a program has written so far.
struct Collected {
    stdout: Vec<u8>,
    lines: VecDeque<String>,
    unfinished: Vec<u8>,
}

impl Collected {
    fn messages(&mut self, session: &Session<'_>, bytes: &[u8]) {
        for &byte in bytes {
            if matches!(byte, b'\n' | b'\r') {
                self.end_line(session);
            } else if self.unfinished.len() < LINE_LIMIT {
                self.unfinished.push(byte);
            }
        }
    }

    fn end_line(&mut self, session: &Session<'_>) {
        let line = shown(&self.unfinished, &session.secrets);
        self.unfinished.clear();
        if line.trim().is_empty() {
            return;
        }
        if let Some(output) = session.options.output {
            output(&line);
        }
        if self.lines.len() == LINES_KEPT {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

/// A program that runs; dropping it ends it.
struct Running {
    child: Child,
    has_group: bool,
    is_over: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // First a request: git removes what it has begun, and ends its own children.
        self.signal(false);
        let asked = Instant::now();
        while asked.elapsed() < GRACE && matches!(self.child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(5));
        }
        self.signal(true);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
impl Running {
    fn signal(&self, is_final: bool) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else { return };
        let signal = if is_final { Signal::KILL } else { Signal::TERM };
        if self.has_group {
            // The group is named by the child's id, which is its own as long as any member of the group lives.
            let _ = kill_process_group(id, signal);
        } else if !is_final {
            let _ = kill_process(id, signal);
        }
    }
}

#[cfg(not(unix))]
impl Running {
    fn signal(&self, _is_final: bool) {
        debug_assert!(!self.has_group, "groups are Unix's");
    }
}

/// Gives the child a session of its own: no terminal to ask at, and one group for all of its children.
#[cfg(unix)]
fn detach(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // SAFETY: setsid is one system call, allowed between fork and exec; it allocates nothing.
    unsafe {
        command.pre_exec(|| rustix::process::setsid().map(drop).map_err(std::io::Error::from));
    }
}

#[cfg(not(unix))]
fn detach(_command: &mut Command) {}
