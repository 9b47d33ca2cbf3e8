//! Questions to the user.

use std::io::{self, IsTerminal};
#[cfg(unix)]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use operations::{OperationError, Prompt, UploadPrompt};

use crate::failure::Failure;
use crate::output::Terminal;

/// Asks a question; the next line of standard input, or none at its end.
///
/// # Errors
/// Ctrl-C was pressed, or the program is told to end.
pub(crate) fn answer(terminal: &Terminal, question: &str) -> Result<Option<String>, Failure> {
    match next_line(|| terminal.prompt(question)) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            // Not as a line: the screen may be kept free for the question.
            terminal.prompt("\n");
            Err(OperationError::Interrupted.into())
        }
        line => Ok(line.ok().flatten()),
    }
}

/// The next line of standard input, after `ask`. Nothing behind it is read.
#[cfg(unix)]
fn next_line(ask: impl FnOnce()) -> io::Result<Option<String>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

    // A read would be begun again after the signal, which others listen to as well.
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let listen = |signal: &i32| signal_hook::flag::register(*signal, Arc::clone(&is_interrupted)).ok();
    let listeners: Vec<_> = [SIGINT, SIGTERM, SIGHUP].iter().filter_map(listen).collect();
    ask();
    let stdin = io::stdin();
    let patience = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let (mut line, mut byte) = (Vec::new(), [0]);
    let outcome = loop {
        if is_interrupted.load(Ordering::Relaxed) {
            break Err(io::ErrorKind::Interrupted.into());
        }
        match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&patience)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => break Err(error.into()),
        }
        match rustix::io::read(&stdin, &mut byte) {
            Ok(0) if line.is_empty() => break Ok(None),
            Ok(1) if byte != *b"\n" => line.extend(byte),
            Ok(_) => break Ok(Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned())),
            Err(error) => break Err(error.into()),
        }
    };
    listeners.into_iter().for_each(|listener| _ = signal_hook::low_level::unregister(listener));
    outcome
}

/// The next line of standard input, after `ask`.
#[cfg(not(unix))]
fn next_line(ask: impl FnOnce()) -> io::Result<Option<String>> {
    ask();
    let mut line = String::new();
    let length = io::stdin().read_line(&mut line)?;
    Ok((length > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Does something while the terminal shows nothing of what is typed: a program may answer as soon as it sees the question.
#[cfg(unix)]
fn without_echo<T>(work: impl FnOnce() -> T) -> T {
    use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

    let stdin = io::stdin();
    let Ok(before) = tcgetattr(&stdin) else { return work() };
    let mut silent = before.clone();
    // Ctrl-C is for who reads the answer.
    silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
    let _ = tcsetattr(&stdin, OptionalActions::Now, &silent);
    let outcome = work();
    let _ = tcsetattr(&stdin, OptionalActions::Now, &before);
    outcome
}

/// The console has its own way.
#[cfg(not(unix))]
fn without_echo<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Asks for user names and passwords.
pub(crate) struct CredentialPrompt(Terminal);

impl CredentialPrompt {
    /// Asks on `terminal`; none where nobody sits there to answer.
    pub(crate) fn new(terminal: &Terminal) -> Option<Self> {
        (io::stdin().is_terminal() && io::stderr().is_terminal()).then(|| Self(terminal.clone()))
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.0.asking(|| answer(&self.0, question).ok().flatten())
    }

    /// Asks for what is not shown while it is typed.
    fn ask_hidden(&self, question: &str) -> Option<String> {
        self.0.asking(|| {
            without_echo(|| {
                self.0.prompt(question);
                rpassword::read_password().ok()
            })
        })
    }
}

impl UploadPrompt for CredentialPrompt {
    fn ask(&self, question: &str) -> Option<String> {
        Self::ask(self, question)
    }

    fn ask_hidden(&self, question: &str) -> Option<String> {
        Self::ask_hidden(self, question)
    }
}

impl Prompt for CredentialPrompt {
    fn user(&self, host: &str) -> Option<String> {
        self.ask(&format!("User for {host}: "))
    }

    fn password(&self, _host: &str) -> Option<String> {
        self.ask_hidden("Password: ")
    }

    fn save(&self, _host: &str) -> bool {
        self.ask("Save credentials to keyring [y/N]: ").is_some_and(|answer| answer.eq_ignore_ascii_case("y"))
    }
}
