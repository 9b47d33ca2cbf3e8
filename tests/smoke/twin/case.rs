//! A case: files, commands to prepare, one command line; and the comparison of what pip and rpip make of it.

use std::fmt::Write;

use super::snapshot::{Snapshot, lines};
use super::twins::{Finished, Installer, Place, Twin};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aspect {
    /// What lies in the twins' directories.
    Files,
    /// The exit code.
    Code,
    /// The last line of standard output.
    Output,
}

/// A command line, and where it is run. Texts may hold names in braces; see [`Twin::filled`].
#[derive(Debug, Clone, Copy)]
pub struct Case {
    name: &'static str,
    command: &'static str,
    files: &'static [(&'static str, &'static str)],
    before: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    input: &'static str,
    place: Place,
    index: bool,
    says: &'static [&'static str],
    differs: Option<Difference>,
}

/// What is done otherwise, and why.
#[derive(Debug, Clone, Copy)]
struct Difference {
    aspects: &'static [Aspect],
    reason: &'static str,
    /// Not by chance: it is an error if nothing differs any more.
    always: bool,
}

/// `command` is what stands behind `pip` and `rpip`; `install` is pointed to the index of the tests.
pub const fn case(name: &'static str, command: &'static str) -> Case {
    Case {
        name,
        command,
        files: &[],
        before: &[],
        variables: &[],
        input: "",
        place: Place::Environment,
        index: true,
        says: &[],
        differs: None,
    }
}

impl Case {
    /// Files to write first, below the working directory (below `home` and `work` if the path begins with `/`).
    pub const fn files(mut self, files: &'static [(&'static str, &'static str)]) -> Self {
        self.files = files;
        self
    }

    /// Commands to run first, each by the twin's own installer, or by the shell if it begins with `$ `.
    pub const fn before(mut self, commands: &'static [&'static str]) -> Self {
        self.before = commands;
        self
    }

    /// Variables of the process environment.
    pub const fn variables(mut self, variables: &'static [(&'static str, &'static str)]) -> Self {
        self.variables = variables;
        self
    }

    /// Standard input.
    pub const fn input(mut self, text: &'static str) -> Self {
        self.input = text;
        self
    }

    /// Where to install.
    pub const fn place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Without the index of the tests: the case names its own.
    pub const fn bare(mut self) -> Self {
        self.index = false;
        self
    }

    /// Phrases that both must say, on either stream.
    pub const fn says(mut self, phrases: &'static [&'static str]) -> Self {
        self.says = phrases;
        self
    }

    /// rpip does otherwise on purpose: in these aspects, for this reason.
    pub const fn differs(mut self, aspects: &'static [Aspect], reason: &'static str) -> Self {
        self.differs = Some(Difference { aspects, reason, always: true });
        self
    }

    /// These aspects depend on chance, for this reason.
    pub const fn may_differ(mut self, aspects: &'static [Aspect], reason: &'static str) -> Self {
        self.differs = Some(Difference { aspects, reason, always: false });
        self
    }

    fn one(&self, directory: &std::path::Path, installer: Installer) -> (Finished, Snapshot) {
        let mut twin = Twin::new(directory, installer, self.place);
        let harmless = self.place != Place::Interpreter || self.command.contains("--dry-run");
        assert!(harmless, "{}: nothing outside the twins may change", self.name);
        for (path, text) in self.files {
            twin.write(path, text);
        }
        let owned = self.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: Vec<_> = owned.collect();
        for command in self.before {
            let outcome = twin.run(command, true, "");
            assert_eq!(
                outcome.code, 0,
                "{}: {command} failed for {installer:?}:\n{}\n{}",
                self.name, outcome.stdout, outcome.stderr
            );
        }
        twin.variables = variables;
        let outcome = twin.run(self.command, self.index, self.input);
        (outcome, Snapshot::of(&twin.root))
    }

    /// What differs, for people; empty if nothing does that may not.
    fn differences(&self) -> String {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let (theirs, their_files) = self.one(&directory, Installer::Pip);
        let (ours, our_files) = self.one(&directory, Installer::Rpip);
        let mut found: Vec<(Aspect, String)> = Vec::new();
        if theirs.code != ours.code {
            found.push((Aspect::Code, format!("exit code: pip {}, rpip {}\n", theirs.code, ours.code)));
        }
        if theirs.last_line() != ours.last_line() {
            let text = lines(theirs.last_line(), ours.last_line());
            found.push((Aspect::Output, format!("last line of standard output:\n{text}")));
        }
        let files = Snapshot::differences(&their_files, &our_files);
        if !files.is_empty() {
            found.push((Aspect::Files, files));
        }
        let mut report = String::new();
        let marked = self.differs.map_or(&[][..], |difference| difference.aspects);
        for (aspect, text) in &found {
            if !marked.contains(aspect) {
                report.push_str(text);
            }
        }
        if let Some(Difference { reason, always: true, .. }) = self.differs {
            for aspect in marked.iter().filter(|aspect| found.iter().all(|(other, _)| other != *aspect)) {
                writeln!(report, "marked as different in {aspect:?} ({reason}), but it is the same").unwrap();
            }
        }
        for phrase in self.says {
            for (who, outcome) in [("pip", &theirs), ("rpip", &ours)] {
                let phrase = super::catalogue::filled(phrase);
                if !outcome.stdout.contains(&phrase) && !outcome.stderr.contains(&phrase) {
                    writeln!(report, "{who} does not say {phrase:?}").unwrap();
                }
            }
        }
        if ours.stderr.contains("panicked") {
            report.push_str("rpip panicked\n");
        }
        if !report.is_empty() {
            for (who, outcome) in [("pip", &theirs), ("rpip", &ours)] {
                writeln!(report, "standard error of {who}:\n{}", indented(&outcome.stderr)).unwrap();
                if theirs.last_line() != ours.last_line() {
                    writeln!(report, "standard output of {who}:\n{}", indented(&outcome.stdout)).unwrap();
                }
            }
        }
        report
    }
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |all, line| all + "    " + line + "\n")
}

/// Runs all cases whose name holds the variable `CASE`, and reports all differences together.
#[track_caller]
pub fn compare(cases: &[Case]) {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let mut reports = Vec::new();
    for case in cases.iter().filter(|case| case.name.contains(&wanted)) {
        let found = std::panic::catch_unwind(|| case.differences()).unwrap_or_else(|panic| {
            panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "the case panicked\n".to_owned())
        });
        if !found.is_empty() {
            reports.push(format!("=== {}\n=== {}\n{found}", case.name, case.command));
        }
    }
    assert!(
        reports.is_empty(),
        "pip and rpip differ in {} of {} cases:\n\n{}",
        reports.len(),
        cases.len(),
        reports.join("\n")
    );
}
