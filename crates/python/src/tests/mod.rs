//! Tests against the interpreters of this machine: one `python3` is enough, and every other one that
//! is found is used too. Nothing is written outside of temporary directories.
#![allow(clippy::unwrap_used)]

mod activation;
mod bytecode;
mod destination;
mod discovery;
mod environment;
mod fixture;
mod hostile;
mod interpreter;
mod location;
mod venv;
