//! The binary as a user has it: run in a home of its own, against an index in this process.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod check;
mod directory_listing;
mod freeze;
mod general;
mod install;
mod install_options;
mod list;
mod pip_options;
mod show;
mod sources;
mod uninstall;
mod venv;
mod world;
