//! What reaches the terminal: lines in pip's shape, tables, progress, explanations.

mod changes;
mod compiled_head;
mod escape;
mod explanation;
mod help;
mod json;
mod log;
mod progress;
mod prompt;
mod size;
mod table;
mod terminal;
mod version;
mod width;

pub(crate) use changes::{Confirmation, shown_change};
pub(crate) use compiled_head::{Emitted, compiled_header, compiled_options, shell_quoted};
pub(crate) use explanation::{Kind, conflict, no_match};
pub(crate) use help::{CommandLine, command_help, general_help, usage_block};
pub(crate) use json::python_json;
pub(crate) use prompt::{CredentialPrompt, answer};
pub(crate) use size::size;
pub(crate) use table::table;
pub(crate) use terminal::Terminal;
pub(crate) use version::version_line;
pub(crate) use width::{terminal_width, wrapped};
