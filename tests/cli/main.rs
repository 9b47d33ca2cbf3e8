//! The binary as a user has it: run in a home of its own, against an index in this process.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod check;
mod config;
mod freeze;
mod general;
mod install;
mod list;
mod show;
mod sources;
mod uninstall;
mod venv;
mod world;
