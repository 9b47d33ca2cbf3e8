//! Asking an interpreter about itself: one process, bounded in time and output.
//!
//! It runs with `-I`, so that neither the current directory nor `PYTHON*` variables nor the
//! user's site-packages change the answers: what is remembered must hold for every later
//! process. What those variables change is added when an environment is chosen
//! ([`crate::PythonVariables`]).

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::{InterpreterFacts, PythonError};

/// Changed whenever `probe.py` or the facts change, so that old answers are asked for anew.
pub(crate) const PROBE_REVISION: u32 = 2;

const SCRIPT: &str = include_str!("probe.py");
const BEGIN: &[u8] = b"<<rpip-interpreter-facts:";
const END: &[u8] = b":rpip-interpreter-facts>>";

/// A first start on a slow disk takes seconds; what takes longer does not answer at all.
const TIME_LIMIT: Duration = Duration::from_secs(30);
const OUTPUT_LIMIT: usize = 1 << 20;

/// Variables that the standard library reads even under `-I`.
const IGNORED_VARIABLES: [&str; 6] = [
    "PYTHONUSERBASE",
    "_PYTHON_HOST_PLATFORM",
    "_PYTHON_PROJECT_BASE",
    "_PYTHON_SYSCONFIGDATA_NAME",
    "DEB_PYTHON_INSTALL_LAYOUT",
    "__PYVENV_LAUNCHER__",
];

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    TooOld(String),
    Facts(Box<InterpreterFacts>),
}

/// Starts `executable` and asks.
pub(crate) fn probe(executable: &Path) -> Result<InterpreterFacts, PythonError> {
    probe_within(executable, TIME_LIMIT)
}

pub(crate) fn probe_within(executable: &Path, limit: Duration) -> Result<InterpreterFacts, PythonError> {
    let refuse =
        |reason: String| Err(PythonError::NotAnInterpreter { executable: executable.to_path_buf(), reason });
    let output = match run(executable, limit) {
        Ok(output) => output,
        Err(reason) => return refuse(reason),
    };
    let Some(answer) = between_markers(&output.stdout) else {
        // Python 2 knows no `-I`, and says so before it reads the script.
        if output.stderr.starts_with(b"Unknown option: -I") {
            return Err(PythonError::TooOld {
                executable: executable.to_path_buf(),
                version: "2".to_owned(),
            });
        }
        let status = output.status.map_or_else(|| "no exit status".to_owned(), |status| status.to_string());
        let said = if repeats_script(&output.stderr) { String::new() } else { last_line(&output.stderr) };
        return refuse(format!("it gave no answer ({status}){said}"));
    };
    match serde_json::from_slice(answer) {
        Ok(Answer::Facts(facts)) if facts.executable.is_absolute() => Ok(*facts),
        Ok(Answer::Facts(_)) => refuse("it does not know its own path".to_owned()),
        Ok(Answer::TooOld(version)) => {
            Err(PythonError::TooOld { executable: executable.to_path_buf(), version })
        }
        Err(error) => refuse(format!("its answer cannot be read: {error}")),
    }
}

struct Output {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    status: Option<ExitStatus>,
}

fn run(executable: &Path, limit: Duration) -> Result<Output, String> {
    let mut command = Command::new(executable);
    command.args(["-I", "-B", "-c", SCRIPT]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in IGNORED_VARIABLES {
        command.env_remove(name);
    }
    // Without this macOS 11 and later call themselves 10.16 to programs of older SDKs.
    command.env("SYSTEM_VERSION_COMPAT", "0");
    let mut child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound if executable.exists() => {
            "it cannot be started: its loader or script interpreter is missing".to_owned()
        }
        _ => format!("it cannot be started: {error}"),
    })?;
    let deadline = Instant::now() + limit;
    let stdout = collect(child.stdout.take(), true);
    let stderr = collect(child.stderr.take(), false);
    let answer = stdout.recv_timeout(limit);
    let status = match &answer {
        // The answer is complete: what the process still does at exit is of no interest.
        Ok(bytes) if between_markers(bytes).is_some() => None,
        Ok(_) => wait_until(&mut child, deadline),
        Err(_) => None,
    };
    // Killing what has ended already is harmless.
    let _ = child.kill();
    let _ = child.wait();
    match answer {
        Ok(stdout) => {
            let stderr = stderr.recv_timeout(Duration::from_secs(1)).unwrap_or_default();
            Ok(Output { stdout, stderr, status })
        }
        Err(RecvTimeoutError::Timeout) => Err(format!("it did not answer within {} s", limit.as_secs_f32())),
        Err(RecvTimeoutError::Disconnected) => Err("its output could not be read".to_owned()),
    }
}

/// Reads a pipe on a thread of its own, up to the limit; where `answer` is expected, up to its end.
fn collect(pipe: Option<impl Read + Send + 'static>, answer: bool) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut buffer = [0_u8; 16 * 1024];
        if let Some(mut pipe) = pipe {
            while bytes.len() < OUTPUT_LIMIT {
                // The end may come in two pieces.
                let unseen = bytes.len().saturating_sub(END.len());
                match pipe.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(count) => bytes.extend_from_slice(buffer.get(..count).unwrap_or_default()),
                }
                if answer && bytes.get(unseen..).is_some_and(|new| position(new, END).is_some()) {
                    break;
                }
            }
        }
        // The receiver is gone where the process took too long.
        let _ = sender.send(bytes);
    });
    receiver
}

fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            Err(_) => return None,
        }
    }
    None
}

fn between_markers(bytes: &[u8]) -> Option<&[u8]> {
    let begin = position(bytes, BEGIN)? + BEGIN.len();
    let rest = bytes.get(begin..)?;
    rest.get(..position(rest, END)?)
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

/// Whether a program complains of its arguments, as `ls` does: the script is nothing to show. (Its first line is a
/// comment, which no traceback holds.)
fn repeats_script(stderr: &[u8]) -> bool {
    let first = SCRIPT.lines().next().unwrap_or_default().trim_end_matches(|last| "`.".contains(last));
    position(stderr, first.as_bytes()).is_some()
}

fn last_line(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if line.is_empty() {
        String::new()
    } else {
        format!(": {}", line.trim().chars().take(300).collect::<String>())
    }
}
