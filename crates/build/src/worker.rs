//! The worker process of a build: started once, asked for one hook after the other, ended with all that it started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use distribution::BuildSystem;
use serde::{Deserialize, Serialize};

use crate::channel::{Channel, Event, IS_DUPLEX};
use crate::output::Output;
use crate::{BuildReporter, ConfigSettings, Hook};

const SCRIPT: &str = include_str!("worker.py");
/// Whether the worker forks for each hook; elsewhere each hook has a worker of its own.
pub(crate) const CAN_FORK: bool = cfg!(all(unix, not(target_os = "macos")));
/// How often somebody who waits looks whether he still should.
const TICK: Duration = Duration::from_millis(100);
/// An answer is names and requirements; a larger one is a mistake.
const LARGEST_ANSWER: usize = 16 << 20;
/// What a pipe may still hold when a hook is over; more comes from processes that were left behind.
const LARGEST_REST: usize = 1 << 20;
/// How long a process that has closed its pipes takes to end.
const END_LIMIT: Duration = Duration::from_secs(2);

/// How the worker is told what to import.
#[derive(Serialize)]
struct Setup<'a> {
    module: &'a str,
    object: &'a str,
    backend_path: &'a [String],
    is_duplex: bool,
    can_fork: bool,
}

/// One request.
#[derive(Serialize)]
pub(crate) struct Request<'a> {
    id: u64,
    hook: &'a str,
    /// Argument names with paths, whose bytes are hexadecimal: a path need not be text.
    directories: BTreeMap<&'a str, String>,
    config_settings: &'a ConfigSettings,
}

impl<'a> Request<'a> {
    /// A call of `hook` with directories as arguments.
    pub(crate) fn hook(hook: Hook, directories: &[(&'a str, &Path)], settings: &'a ConfigSettings) -> Self {
        let directories = directories.iter().map(|(name, path)| (*name, hexadecimal(path)));
        Self { id: 0, hook: hook.name(), directories: directories.collect(), config_settings: settings }
    }

    /// A question for what is installed.
    pub(crate) fn installed(settings: &'a ConfigSettings) -> Self {
        Self { id: 0, hook: "installed", directories: BTreeMap::new(), config_settings: settings }
    }
}

fn hexadecimal(path: &Path) -> String {
    path.as_os_str().as_encoded_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An exception that a hook has raised, or importing the backend.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Raised {
    pub(crate) kind: String,
    pub(crate) message: String,
    pub(crate) missing_module: Option<String>,
    #[serde(default)]
    pub(crate) is_import: bool,
    #[serde(default)]
    pub(crate) is_unsupported: bool,
}

/// An answer. How the process of a hook ended says something only where nothing else was said.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Answer {
    id: u64,
    #[serde(default)]
    pub(crate) value: serde_json::Value,
    #[serde(default)]
    pub(crate) error: Option<Raised>,
    #[serde(default)]
    pub(crate) is_missing: bool,
    #[serde(default)]
    pub(crate) exit: Option<i32>,
    #[serde(default)]
    pub(crate) signal: Option<i32>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Stop {
    Cancelled,
    TimedOut(Duration),
    Exited(Option<ExitStatus>),
    Unreadable(String),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What goes on while a hook runs.
pub(crate) struct Watch<'a> {
    pub(crate) output: &'a mut Output,
    pub(crate) reporter: &'a dyn BuildReporter,
    pub(crate) cancelled: &'a (dyn Fn() -> bool + Sync),
    pub(crate) hook: Option<Hook>,
    pub(crate) limit: Option<Duration>,
}

impl Watch<'_> {
    fn feed(&mut self, bytes: &[u8]) {
        let (reporter, hook) = (self.reporter, self.hook);
        self.output.feed(bytes, &mut |line| reporter.output(hook, line));
    }

    fn finish(&mut self) {
        let (reporter, hook) = (self.reporter, self.hook);
        self.output.finish(&mut |line| reporter.output(hook, line));
    }
}

/// A worker; its process group ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Worker {
    child: Child,
    channel: Channel,
    /// Bytes after the last whole answer.
    received: Vec<u8>,
    last_id: u64,
    is_ready: bool,
}

impl Worker {
    /// Starts a worker for the backend of `system` in the source tree.
    pub(crate) fn start(
        python: &Path,
        tree: &Path,
        system: &BuildSystem,
        variables: &BTreeMap<OsString, OsString>,
    ) -> io::Result<Self> {
        let setup = Setup {
            module: &system.backend.module,
            object: &system.backend.object,
            backend_path: &system.backend_path,
            is_duplex: IS_DUPLEX,
            can_fork: CAN_FORK,
        };
        let mut command = Command::new(python);
        command.arg("-c").arg(SCRIPT).arg(serde_json::to_string(&setup)?);
        command.current_dir(tree).env_clear().envs(variables);
        let (child, channel) = Channel::spawn(command)?;
        Ok(Self { child, channel, received: Vec::new(), last_id: 0, is_ready: false })
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn call(&mut self, mut request: Request<'_>, watch: &mut Watch<'_>) -> Result<Answer, Stop> {
        let begin = Instant::now();
        if !self.is_ready {
            // Asked when it listens: what runs before (`.pth` files) may read and print what it likes.
            self.answer(0, begin, watch)?;
            self.is_ready = true;
        }
        self.last_id += 1;
        request.id = self.last_id;
        let mut line = serde_json::to_vec(&request).map_err(io::Error::from)?;
        line.push(b'\n');
        if self.channel.send(&line).is_err() {
            return Err(self.ended(watch));
        }
        let answer = self.answer(self.last_id, begin, watch)?;
        self.drain(watch)?;
        watch.finish();
        Ok(answer)
    }

    /// Waits for the answer with this number.
    fn answer(&mut self, id: u64, begin: Instant, watch: &mut Watch<'_>) -> Result<Answer, Stop> {
        let mut ended = false;
        loop {
            while let Some(line) = self.take_line() {
                match serde_json::from_slice::<Answer>(&line) {
                    Ok(answer) if answer.id == id => return Ok(answer),
                    // How a fork ended that has answered before.
                    Ok(answer) if answer.id < id => {}
                    // What is printed before the worker takes its descriptor away.
                    Err(_) if !self.is_ready => watch.feed(&[line.as_slice(), b"\n"].concat()),
                    Ok(_) => return Err(Stop::Unreadable("it answers what was not asked".to_owned())),
                    Err(error) => return Err(Stop::Unreadable(error.to_string())),
                }
            }
            if ended || self.child.try_wait()?.is_some() {
                return Err(self.ended(watch));
            }
            if (watch.cancelled)() {
                return Err(Stop::Cancelled);
            }
            let elapsed = begin.elapsed();
            let remaining = watch.limit.map(|limit| limit.saturating_sub(elapsed));
            if let (Some(limit), Some(Duration::ZERO)) = (watch.limit, remaining) {
                self.drain(watch)?;
                watch.finish();
                return Err(Stop::TimedOut(limit));
            }
            let events = self.channel.wait(remaining.map_or(TICK, |remaining| remaining.min(TICK)))?;
            watch.reporter.waiting(watch.hook, elapsed);
            for event in events {
                match event {
                    Event::Output(bytes) => watch.feed(&bytes),
                    Event::Answers(bytes) => self.received.extend_from_slice(&bytes),
                    Event::AnswersEnded => ended = true,
                }
            }
            if self.received.len() > LARGEST_ANSWER {
                return Err(Stop::Unreadable(format!("an answer has more than {LARGEST_ANSWER} bytes")));
            }
        }
    }

    fn take_line(&mut self) -> Option<Vec<u8>> {
        let end = self.received.iter().position(|byte| *byte == b'\n')?;
        let rest = self.received.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.received, rest);
        line.pop();
        Some(line)
    }

    /// Reads what has been printed up to now, without waiting for whoever still holds the pipe.
    fn drain(&mut self, watch: &mut Watch<'_>) -> io::Result<()> {
        let mut count = 0;
        while count < LARGEST_REST {
            let events = self.channel.wait(Duration::ZERO)?;
            let mut printed = 0;
            for event in events {
                match event {
                    Event::Output(bytes) => {
                        printed += bytes.len();
                        watch.feed(&bytes);
                    }
                    Event::Answers(bytes) => self.received.extend_from_slice(&bytes),
                    Event::AnswersEnded => {}
                }
            }
            if printed == 0 {
                break;
            }
            count += printed;
        }
        Ok(())
    }

    /// The process has ended or is about to.
    fn ended(&mut self, watch: &mut Watch<'_>) -> Stop {
        let deadline = Instant::now() + END_LIMIT;
        let status = loop {
            match self.child.try_wait() {
                Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(1)),
                Ok(status) => break status,
                Err(error) => return Stop::Io(error),
            }
        };
        match self.drain(watch) {
            Ok(()) => watch.finish(),
            Err(error) => return Stop::Io(error),
        }
        Stop::Exited(status)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        end_group(&self.child);
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends the process and all that it started and that has not left its group.
#[cfg(unix)]
fn end_group(child: &Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // None may be left.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// Elsewhere the worker ends its children when its pipe closes.
#[cfg(not(unix))]
fn end_group(_child: &Child) {}
