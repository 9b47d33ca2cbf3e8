//! Command lines that need no index, by pip and by rpip on twin environments: the same standard output and exit codes.
//!
//! What must differ is made equal first: rpip's own name reads as pip's, the twins' directories as one. Lists that pip
//! gives in the order of the file system (`check`, `inspect`) are sorted.

mod cache;
mod completion;
mod config;
mod hash;
mod inventory;
mod uninstall;

use std::fmt::Write;

use crate::twin::{Finished, Installer, Place, Twin};

/// Command lines that are run one after the other in each of two twins.
pub struct Session {
    /// Files to write first.
    pub files: &'static [(&'static str, &'static str)],
    /// Commands to run first; see [`Twin::run`].
    pub before: &'static [&'static str],
    /// What is compared. A line for the shell begins with `$ `, and calls `{installer}`. Of one that begins with `~ ` only
    /// the exit code is compared.
    pub lines: &'static [&'static str],
}

/// What pip and rpip made of one line.
struct Compared {
    line: &'static str,
    theirs: Finished,
    ours: Finished,
}

impl Compared {
    /// For people; nothing where there is no difference.
    fn difference(&self) -> Option<String> {
        let mut text = String::new();
        if self.theirs.code != self.ours.code {
            writeln!(text, "exit code: pip {}, rpip {}", self.theirs.code, self.ours.code).unwrap();
        }
        let (theirs, ours) =
            (comparable(self.line, &self.theirs.stdout), comparable(self.line, &self.ours.stdout));
        if !self.line.starts_with("~ ") && theirs != ours {
            writeln!(text, "--- standard output of pip\n{theirs}\n--- of rpip\n{ours}").unwrap();
        }
        if self.ours.stderr.contains("panicked") {
            text.push_str("rpip panicked\n");
        }
        if text.is_empty() {
            return None;
        }
        let (theirs, ours) = (&self.theirs.stderr, &self.ours.stderr);
        Some(format!("=== {}\n{text}--- standard error of pip\n{theirs}\n--- of rpip\n{ours}", self.line))
    }
}

/// Standard output without what must differ.
fn comparable(line: &str, stdout: &str) -> String {
    let text = stdout.replace("rpip", "pip");
    if line.contains("check") {
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        return lines.join("\n");
    }
    let is_report = line.contains("inspect") && !line.contains('|');
    match serde_json::from_str::<serde_json::Value>(&text) {
        Ok(mut report) if is_report => {
            report["pip_version"] = "(a version)".into();
            let installed = report["installed"].as_array_mut().unwrap();
            installed.sort_by_key(|item| item["metadata_location"].to_string());
            for item in installed.iter_mut().filter(|item| item.get("installer").is_some()) {
                item["installer"] = "(an installer)".into();
            }
            serde_json::to_string_pretty(&report).unwrap()
        }
        _ => text,
    }
}

/// Runs the lines in both twins, and reports all differences together.
#[track_caller]
pub fn compare(session: &Session) {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().canonicalize().unwrap();
    let [theirs, ours] = [Installer::Pip, Installer::Rpip].map(|installer| {
        let twin = Twin::new(&directory, installer, Place::Environment);
        for (path, text) in session.files {
            twin.write(path, text);
        }
        for line in session.before {
            let outcome = twin.run(line, true, "");
            assert_eq!(outcome.code, 0, "{line}: {}{}", outcome.stdout, outcome.stderr);
        }
        let lines = session.lines.iter();
        lines.map(|line| twin.run(line.trim_start_matches("~ "), false, "")).collect::<Vec<_>>()
    });
    let compared = session.lines.iter().zip(theirs).zip(ours);
    let compared = compared.map(|((line, theirs), ours)| Compared { line, theirs, ours });
    let found: Vec<String> = compared.filter_map(|compared| compared.difference()).collect();
    assert!(
        found.is_empty(),
        "{} of {} lines differ:\n\n{}",
        found.len(),
        session.lines.len(),
        found.join("\n")
    );
}
