//! What a backend prints: whole into a log file, the last lines in memory, each line to whoever watches.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

/// Lines that an error shows.
const TAIL_LINES: usize = 50;
/// Bytes of one line that are kept; the rest of it is in the log.
const LINE_BYTES: usize = 2000;

/// The output of one build.
#[derive(Debug)]
pub(crate) struct Output {
    log: Option<Log>,
    tail: VecDeque<String>,
    line: Vec<u8>,
    /// The last line ended by a carriage return: the next one takes its place, as on a terminal.
    is_overwritten: bool,
    /// A carriage return was the last byte: a line feed after it ends no other line.
    after_return: bool,
}

/// The log file, made when the first byte comes.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    file: Option<File>,
    /// Bytes that may still be written.
    remaining: u64,
    failed: bool,
}

impl Output {
    /// A log of at most `limit` bytes at `path`, if one is wanted.
    pub(crate) fn new(log: Option<PathBuf>, limit: u64) -> Self {
        Self {
            log: log.map(|path| Log { path, file: None, remaining: limit, failed: false }),
            tail: VecDeque::new(),
            line: Vec::new(),
            is_overwritten: false,
            after_return: false,
        }
    }

    /// Forgets the lines of the hook before.
    pub(crate) fn begin(&mut self, title: &str) {
        self.tail.clear();
        self.line.clear();
        self.is_overwritten = false;
        if let Some(log) = &mut self.log {
            log.write_heading(title);
        }
    }

    /// Takes bytes as they come; finished lines go to `each`.
    pub(crate) fn feed(&mut self, bytes: &[u8], each: &mut dyn FnMut(&str)) {
        if let Some(log) = &mut self.log {
            log.write(bytes);
        }
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (text, end) = match piece.split_last() {
                Some((end @ (b'\n' | b'\r'), text)) => (text, Some(*end)),
                _ => (piece, None),
            };
            let room = LINE_BYTES.saturating_sub(self.line.len());
            self.line.extend_from_slice(text.get(..room).unwrap_or(text));
            match end {
                Some(b'\n') if self.after_return && text.is_empty() && self.line.is_empty() => {
                    self.is_overwritten = false;
                }
                Some(end) => self.end_line(end == b'\r', each),
                None => {}
            }
            self.after_return = end == Some(b'\r');
        }
    }

    /// The output is over for now: what has no line end is a line too.
    pub(crate) fn finish(&mut self, each: &mut dyn FnMut(&str)) {
        if !self.line.is_empty() {
            self.end_line(false, each);
        }
        self.is_overwritten = false;
    }

    fn end_line(&mut self, is_overwritten: bool, each: &mut dyn FnMut(&str)) {
        if is_overwritten && self.line.is_empty() {
            return;
        }
        let line = String::from_utf8_lossy(&self.line).into_owned();
        self.line.clear();
        each(&line);
        if self.is_overwritten {
            self.tail.pop_back();
        }
        self.is_overwritten = is_overwritten;
        if self.tail.len() == TAIL_LINES {
            self.tail.pop_front();
        }
        self.tail.push_back(line);
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.tail.iter().cloned().collect()
    }

    /// The log, if it has been written.
    pub(crate) fn log(&self) -> Option<PathBuf> {
        self.log.as_ref().filter(|log| log.file.is_some() && !log.failed).map(|log| log.path.clone())
    }
}

impl Log {
    fn write_heading(&mut self, title: &str) {
        // Only between the outputs of hooks: silent hooks make no file.
        if self.file.is_some() {
            self.write(format!("\n# {title}\n").as_bytes());
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.failed || self.remaining == 0 {
            return;
        }
        let part = usize::try_from(self.remaining).ok().and_then(|room| bytes.get(..room)).unwrap_or(bytes);
        self.remaining -= part.len() as u64;
        if self.file.is_none() {
            self.file = File::create(&self.path).ok();
        }
        let written = self.file.as_mut().is_some_and(|file| {
            let note: &[u8] = if part.len() < bytes.len() { b"\n# The rest is left out.\n" } else { b"" };
            file.write_all(part).and_then(|()| file.write_all(note)).is_ok()
        });
        // A full disk is no reason to stop a build.
        self.failed = !written;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fed(parts: &[&[u8]]) -> (Vec<String>, Vec<String>) {
        let mut output = Output::new(None, 0);
        let mut seen = Vec::new();
        for part in parts {
            output.feed(part, &mut |line| seen.push(line.to_owned()));
        }
        output.finish(&mut |line| seen.push(line.to_owned()));
        (seen, output.tail())
    }

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let (seen, tail) = fed(&[b"on", b"e\ntw", b"o\n\nthree"]);
        assert_eq!(seen, ["one", "two", "", "three"]);
        assert_eq!(tail, seen);
        let (seen, _) = fed(&[b"one\r\ntwo\r", b"\nthree\r\n"]);
        assert_eq!(seen, ["one", "two", "three"]);
    }

    #[test]
    fn a_progress_bar_is_one_line_of_the_tail() {
        let (seen, tail) = fed(&[b"start\n10 %\r20 %\r", b"100 %\nend\n"]);
        assert_eq!(seen, ["start", "10 %", "20 %", "100 %", "end"]);
        assert_eq!(tail, ["start", "100 %", "end"]);
    }

    #[test]
    fn memory_is_bounded() {
        let many = "line\n".repeat(10_000);
        let long = vec![b'x'; 1 << 20];
        let (_, tail) = fed(&[many.as_bytes(), &long, &long, b"\n\xff\n"]);
        assert_eq!(tail.len(), TAIL_LINES);
        assert_eq!(tail[TAIL_LINES - 2].len(), LINE_BYTES);
        assert_eq!(tail[TAIL_LINES - 1], "\u{fffd}");
    }

    #[test]
    fn the_log_is_whole_up_to_its_limit() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("build.log");
        let mut output = Output::new(Some(path.clone()), 20);
        output.begin("first");
        assert!(!path.exists() && output.log().is_none());
        output.feed(b"0123456789", &mut |_| {});
        output.feed(b"0123456789abc", &mut |_| {});
        output.feed(b"never", &mut |_| {});
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "01234567890123456789\n# The rest is left out.\n");
        assert_eq!(output.log(), Some(path));
        let mut output = Output::new(Some(directory.path().join("no/such/directory")), 20);
        output.feed(b"line\n", &mut |_| {});
        assert_eq!(output.log(), None);
    }
}
