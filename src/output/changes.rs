//! What is about to be done to an environment, shown: `+ comes`, `- goes`, `~ changes its version`; and the question whether
//! to go on.

use operations::{Change, Changes, HeldBack};

use crate::failure::Failure;
use crate::output::Terminal;

/// Shows the changes, and what is left alone.
pub(crate) fn show_changes(title: &str, changes: &Changes, terminal: &Terminal) {
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

/// Whether the user wants it. That there is no answer is an error.
pub(crate) fn agreed(terminal: &Terminal) -> Result<bool, Failure> {
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
