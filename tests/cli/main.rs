//! The binary as a user has it: run in a home of its own, against an index in this process.
#![allow(unreachable_pub, clippy::unwrap_used)]

mod autoremove;
mod cache;
mod check;
mod completion;
mod config;
mod debug;
mod directory_listing;
mod freeze;
mod general;
mod hash;
mod indexes;
mod install;
mod install_options;
mod list;
mod pip_options;
mod pip_shim;
mod places;
mod show;
mod sources;
mod tree;
mod uninstall;
mod venv;
mod verify;
mod why;
mod world;
