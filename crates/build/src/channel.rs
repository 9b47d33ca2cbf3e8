//! Both ends of a worker's pipes, watched together: its answers and what the backend prints.

use std::io::{self, Read, Write};
use std::process::{Child, Command};
use std::time::Duration;

/// Something that came, or ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// Bytes that the backend has printed.
    Output(Vec<u8>),
    /// Bytes of answers.
    Answers(Vec<u8>),
    /// No answer can come any more.
    AnswersEnded,
}

#[cfg(not(unix))]
pub(crate) use elsewhere::{Channel, IS_DUPLEX};
#[cfg(unix)]
pub(crate) use unix::{Channel, IS_DUPLEX};

/// One socket pair for requests and answers, so that standard input is free to be empty; `poll` watches.
#[cfg(unix)]
mod unix {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::CommandExt;
    use std::process::{ChildStderr, Stdio};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;

    /// Whether requests go over the descriptor that answers come from.
    pub(crate) const IS_DUPLEX: bool = true;
    /// A worker that does not take a request within this time is not alive.
    const WRITE_LIMIT: Duration = Duration::from_secs(30);

    /// The frontend's ends.
    #[derive(Debug)]
    pub(crate) struct Channel {
        stream: UnixStream,
        /// None when nobody can print any more.
        output: Option<ChildStderr>,
    }

    impl Channel {
        /// Starts the command in a process group of its own.
        pub(crate) fn spawn(mut command: Command) -> io::Result<(Child, Self)> {
            let (stream, theirs) = UnixStream::pair()?;
            stream.set_write_timeout(Some(WRITE_LIMIT))?;
            command
                .stdin(Stdio::null())
                .stdout(OwnedFd::from(theirs))
                .stderr(Stdio::piped())
                .process_group(0);
            let mut child = command.spawn()?;
            let output = child.stderr.take();
            Ok((child, Self { stream, output }))
        }

        /// Sends a request.
        pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.stream.write_all(bytes)
        }

        /// What has come, after waiting at most `timeout` for it. Output before answers.
        pub(crate) fn wait(&mut self, timeout: Duration) -> io::Result<Vec<Event>> {
            let timeout = Timespec {
                tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
                tv_nsec: timeout.subsec_nanos().into(),
            };
            let mut watched = vec![PollFd::new(&self.stream, PollFlags::IN)];
            if let Some(output) = &self.output {
                watched.push(PollFd::new(output, PollFlags::IN));
            }
            match poll(&mut watched, Some(&timeout)) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
                Err(error) => return Err(error.into()),
            }
            let ready: Vec<bool> = watched.iter().map(|fd| !fd.revents().is_empty()).collect();
            drop(watched);
            let mut events = Vec::new();
            if ready.get(1) == Some(&true)
                && let Some(output) = &mut self.output
            {
                let bytes = read(output)?;
                if bytes.is_empty() {
                    self.output = None;
                } else {
                    events.push(Event::Output(bytes));
                }
            }
            if ready.first() == Some(&true) {
                let bytes = read(&mut self.stream)?;
                events.push(if bytes.is_empty() { Event::AnswersEnded } else { Event::Answers(bytes) });
            }
            Ok(events)
        }
    }
}

/// Standard input and output carry requests and answers; threads watch.
#[cfg(not(unix))]
mod elsewhere {
    use std::process::{ChildStdin, Stdio};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};

    use super::*;

    /// Whether requests go over the descriptor that answers come from.
    pub(crate) const IS_DUPLEX: bool = false;

    /// The frontend's ends.
    #[derive(Debug)]
    pub(crate) struct Channel {
        requests: ChildStdin,
        events: Receiver<Event>,
    }

    impl Channel {
        /// Starts the command.
        pub(crate) fn spawn(mut command: Command) -> io::Result<(Child, Self)> {
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = command.spawn()?;
            let (sender, events) = sync_channel(16);
            let (answers, output) = (child.stdout.take(), child.stderr.take());
            watch(output, sender.clone(), Event::Output, None);
            watch(answers, sender, Event::Answers, Some(Event::AnswersEnded));
            let requests = child.stdin.take().ok_or_else(|| io::Error::other("its pipes are missing"))?;
            Ok((child, Self { requests, events }))
        }

        /// Sends a request.
        pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
            self.requests.write_all(bytes)
        }

        /// What has come, after waiting at most `timeout` for it.
        pub(crate) fn wait(&mut self, timeout: Duration) -> io::Result<Vec<Event>> {
            // Output may come later than the answer that it was printed before.
            match self.events.recv_timeout(timeout.max(Duration::from_millis(20))) {
                Ok(event) => Ok(vec![event]),
                Err(RecvTimeoutError::Timeout) => Ok(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => Ok(vec![Event::AnswersEnded]),
            }
        }
    }

    fn watch(
        pipe: Option<impl Read + Send + 'static>,
        events: SyncSender<Event>,
        event: impl Fn(Vec<u8>) -> Event + Send + 'static,
        end: Option<Event>,
    ) {
        std::thread::spawn(move || {
            let Some(mut pipe) = pipe else { return };
            // The receiver is gone when the worker is.
            while let Ok(bytes) = read(&mut pipe)
                && !bytes.is_empty()
                && events.send(event(bytes)).is_ok()
            {}
            if let Some(end) = end {
                let _ = events.send(end);
            }
        });
    }
}

/// What one read gives; a peer that is gone is an end.
fn read(pipe: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 64 * 1024];
    match pipe.read(&mut bytes) {
        Ok(count) => {
            bytes.truncate(count);
            Ok(bytes)
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
