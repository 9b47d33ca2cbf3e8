//! `rpip`: everything pip does, in one fast binary. Parse, run, exit code; nothing else.

// The doc comments of arguments are the help that users read, not Markdown.
#![allow(rustdoc::bare_urls, rustdoc::broken_intra_doc_links, rustdoc::invalid_html_tags)]

mod args;
mod arguments;
mod cli;
mod commands;
mod completion;
mod config;
mod failure;
mod hints;
mod output;
mod similarity;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).collect();
    let code = completion::answer().unwrap_or_else(|| cli::run(arguments));
    ExitCode::from(code)
}
