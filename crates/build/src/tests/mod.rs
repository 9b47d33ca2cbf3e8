//! Tests with backends that the tests write.
#![allow(clippy::unwrap_used)]

mod fixture;
mod hooks;
mod misbehaviour;
mod requirements;
mod trees;
