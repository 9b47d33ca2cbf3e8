//! One Python process that compiles: started without site (`-I -S`), fed through pipes, killed when it hangs.

use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::PythonError;

const SCRIPT: &str = include_str!("bytecode_worker.py");

/// One file to compile.
#[derive(Debug)]
pub(crate) struct Job {
    /// The source.
    pub(crate) source: PathBuf,
    /// Where the bytecode goes; the directory exists.
    pub(crate) target: PathBuf,
    /// The path that the code carries; importing replaces it by the real one.
    pub(crate) name: Box<str>,
    /// The size that the source has if nobody changed it, in the 32 bits that bytecode has for it.
    pub(crate) size: u32,
    /// Its time, likewise.
    pub(crate) modified: u32,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The bytecode is written, with this size.
    Written(u32),
    /// The source does not compile (as pip, no reason to complain).
    Refused,
    /// The source has been changed in the cache.
    Changed,
    /// It could not be read, or the bytecode not written.
    Failed,
}

/// What others may see of a worker: its process, to kill it, and what it is at.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    process: Mutex<Process>,
    current: Mutex<Option<(PathBuf, Instant)>>,
}

#[derive(Debug, Default)]
struct Process {
    child: Option<Child>,
    /// No other process may come.
    is_closed: bool,
}

impl Slot {
    /// Ends the process, if there is one.
    pub(crate) fn kill(&self) {
        if let Some(child) = lock(&self.process).child.take() {
            end(child);
        }
    }

    /// Ends the process, and each that would still be started.
    pub(crate) fn close(&self) {
        lock(&self.process).is_closed = true;
        self.kill();
    }

    fn put(&self, child: Child) {
        let mut process = lock(&self.process);
        if process.is_closed { end(child) } else { process.child = Some(child) }
    }

    /// Ends the process if it has been at one file for longer than `limit`.
    pub(crate) fn kill_if_hung(&self, limit: Duration) {
        let is_hung = lock(&self.current).as_ref().is_some_and(|(_, since)| since.elapsed() > limit);
        if is_hung {
            self.kill();
        }
    }

    fn enter(&self, file: Option<&Path>) {
        *lock(&self.current) = file.map(|file| (file.to_path_buf(), Instant::now()));
    }

    fn current_file(&self) -> Option<PathBuf> {
        lock(&self.current).take().map(|(file, _)| file)
    }
}

fn end(mut child: Child) {
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

/// A worker's pipes; its process is in the slot.
pub(crate) struct Worker {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts the process. `magic` is what its bytecode must begin with.
    pub(crate) fn start(interpreter: &Path, magic: &str, slot: &Slot) -> Result<Self, PythonError> {
        let fail = |reason: String| PythonError::Bytecode { file: None, reason };
        let mut command = Command::new(interpreter);
        command.args(["-I", "-S", "-B", "-W", "ignore", "-c", SCRIPT]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        slot.enter(Some(interpreter));
        let mut child = command
            .spawn()
            .map_err(|error| fail(format!("{} cannot be started: {error}", interpreter.display())))?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        slot.put(child);
        let (Some(requests), Some(answers)) = (requests, answers) else {
            return Err(fail("its pipes are missing".to_owned()));
        };
        let mut worker = Self { requests, answers: BufReader::new(answers) };
        let mut said = [0_u8; 4];
        let read = worker.answers.read_exact(&mut said);
        slot.enter(None);
        let said = said.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        if read.is_err() || said != magic {
            slot.kill();
            let reason = match read {
                Err(_) => "does not answer".to_owned(),
                Ok(()) => format!("writes bytecode {said}, not {magic}: it has been replaced meanwhile"),
            };
            return Err(fail(format!("{} {reason}", interpreter.display())));
        }
        Ok(worker)
    }

    /// Compiles the files of a batch, which is small enough for the pipe to take it whole.
    pub(crate) fn compile(&mut self, batch: &[Job], slot: &Slot) -> Result<Vec<Outcome>, PythonError> {
        let mut request = Vec::with_capacity(batch.len() * 400);
        request.extend(length(batch.len()));
        for job in batch {
            for text in [path_bytes(&job.source), path_bytes(&job.target), job.name.as_bytes()] {
                request.extend(length(text.len()));
                request.extend(text);
            }
            request.extend(job.size.to_le_bytes());
            request.extend(job.modified.to_le_bytes());
        }
        let Some(first) = batch.first() else { return Ok(Vec::new()) };
        slot.enter(Some(&first.source));
        let result = self.exchange(&request, batch, slot);
        if let Err(error) = result {
            let file = slot.current_file();
            slot.kill();
            let reason = format!("the Python process was killed, hung or failed ({error})");
            return Err(PythonError::Bytecode { file, reason });
        }
        slot.enter(None);
        result.map_err(PythonError::io("cannot compile", &first.source))
    }

    fn exchange(&mut self, request: &[u8], batch: &[Job], slot: &Slot) -> std::io::Result<Vec<Outcome>> {
        self.requests.write_all(request)?;
        self.requests.flush()?;
        let mut outcomes = Vec::with_capacity(batch.len());
        for job in batch {
            if !outcomes.is_empty() {
                slot.enter(Some(&job.source));
            }
            let mut answer = [0_u8; 5];
            self.answers.read_exact(&mut answer)?;
            let [kind, size @ ..] = answer;
            outcomes.push(match kind {
                b'+' => Outcome::Written(u32::from_le_bytes(size)),
                b'-' => Outcome::Refused,
                b'?' => Outcome::Changed,
                _ => Outcome::Failed,
            });
        }
        Ok(outcomes)
    }
}

fn length(length: usize) -> [u8; 4] {
    // Paths and batches are far shorter; one that is not would only be answered with a failure.
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}

#[cfg(unix)]
fn path_bytes(path: &Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

#[cfg(not(unix))]
fn path_bytes(path: &Path) -> &[u8] {
    path.to_str().unwrap_or_default().as_bytes()
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is guarded is whole at every moment, so a panic elsewhere does not spoil it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
