//! Questions to the user.

use std::io::{self, IsTerminal};

use operations::{OperationError, Prompt, UploadPrompt};

use crate::failure::Failure;
use crate::output::Terminal;

/// Asks a question; the next line of standard input, or none at its end.
///
/// # Errors
/// Ctrl-C was pressed.
pub(crate) fn answer(terminal: &Terminal, question: &str) -> Result<Option<String>, Failure> {
    terminal.prompt(question);
    match next_line() {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            terminal.line("");
            Err(OperationError::Interrupted.into())
        }
        line => Ok(line.ok().flatten()),
    }
}

/// The next line of standard input. Nothing behind it is read.
#[cfg(unix)]
fn next_line() -> io::Result<Option<String>> {
    use rustix::event::{PollFd, PollFlags, poll};

    let stdin = io::stdin();
    let (mut line, mut byte) = (Vec::new(), [0]);
    loop {
        // A signal that is handled begins a read again, but ends a poll.
        poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None)?;
        match rustix::io::read(&stdin, &mut byte)? {
            0 if line.is_empty() => return Ok(None),
            0 => break,
            _ if byte == *b"\n" => break,
            _ => line.extend(byte),
        }
    }
    Ok(Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()))
}

/// The next line of standard input.
#[cfg(not(unix))]
fn next_line() -> io::Result<Option<String>> {
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
    silent.local_modes.remove(LocalModes::ECHO);
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
