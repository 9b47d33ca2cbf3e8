//! `rpip`: everything pip does, in one fast binary. Parse, run, exit code; nothing else.

mod args;
mod arguments;
mod cli;
mod commands;
mod config;
mod failure;
mod output;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect();
    ExitCode::from(cli::run(arguments))
}
