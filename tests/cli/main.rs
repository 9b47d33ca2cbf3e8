//! The binary as a user has it: run in a home of its own, against an index in this process.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod cache;
mod check;
mod compile;
mod completion;
mod config;
mod debug;
mod directory_listing;
mod freeze;
mod general;
mod hash;
mod history;
mod indexes;
mod install;
mod install_options;
mod list;
mod pip_options;
mod places;
mod show;
mod sources;
mod sync;
mod undo;
mod uninstall;
mod upgrade;
mod venv;
mod world;
