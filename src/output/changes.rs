//! What is about to be done to an environment, shown: `+ comes`, `- goes`, `~ changes its version`; and the question whether
//! to go on.

use std::cell::RefCell;

use operations::{Change, Changes, HeldBack};

use crate::failure::Failure;
use crate::output::Terminal;

/// Shows the changes, and what is left alone.
fn show_changes(title: &str, changes: &Changes, terminal: &Terminal) {
    if !changes.is_empty() {
        terminal.line(title);
    }
    for change in &changes.changes {
        terminal.line(&format!("  {}", shown_change(change)));
    }
    for HeldBack { name, version, reason } in &changes.held_back {
        terminal.line(&format!("Held back: {name} {version} ({reason})"));
    }
    for (name, reason) in &changes.left_alone {
        terminal.line(&format!("Left alone: {name} ({})", operations::redacted(reason)));
    }
}

/// One change: `~ demo 1.0 -> 2.0`.
pub(crate) fn shown_change(Change { name, before, after }: &Change) -> String {
    match (before, after) {
        (Some(before), Some(after)) if before == after => format!("~ {name} {before} (again)"),
        (Some(before), Some(after)) => format!("~ {name} {before} -> {after}"),
        (Some(before), None) => format!("- {name} {before}"),
        (None, after) => format!("+ {name} {}", after.as_deref().unwrap_or_default()),
    }
}

/// How a command that is about to change an environment shows what it will do and asks for leave. An operation takes a yes or a
/// no; a failure to ask counts as a no until [`Self::outcome`].
pub(crate) struct Confirmation<'a> {
    terminal: &'a Terminal,
    /// Only shows.
    dry_run: bool,
    /// Asks; otherwise leave is given.
    asks: bool,
    failure: RefCell<Option<Failure>>,
}

impl<'a> Confirmation<'a> {
    pub(crate) fn new(terminal: &'a Terminal, dry_run: bool, asks: bool) -> Self {
        Self { terminal, dry_run, asks, failure: RefCell::default() }
    }

    /// Shows the changes; false where that was all.
    pub(crate) fn goes_on(&self, changes: &Changes) -> bool {
        show_changes(if self.dry_run { "Would change:" } else { "Changes:" }, changes, self.terminal);
        !self.dry_run
    }

    /// Whether the user lets it happen.
    pub(crate) fn is_given(&self) -> bool {
        !self.asks
            || agreed(self.terminal).unwrap_or_else(|error| {
                self.failure.replace(Some(error));
                false
            })
    }

    /// The failure to ask, if there was one.
    pub(crate) fn outcome(self) -> Result<(), Failure> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }
}

/// Whether the user wants it. That there is no answer is an error.
fn agreed(terminal: &Terminal) -> Result<bool, Failure> {
    loop {
        let Some(answer) = crate::output::answer(terminal, "Proceed (Y/n)? ")? else {
            terminal.line("");
            return Err(Failure::plain("No answer was given: nothing is changed".to_owned()));
        };
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            other => terminal
                .line(&format!("Your response ('{other}') was not one of the expected responses: y, n, ")),
        }
    }
}
