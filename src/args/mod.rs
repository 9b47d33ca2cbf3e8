//! Options that commands share, in groups; their doc comments are the help.

mod general;
mod index;
mod resolution;
mod target;

pub(crate) use general::General;
pub(crate) use index::IndexArgs;
pub(crate) use resolution::ResolutionArgs;
pub(crate) use target::{TargetArgs, search_context};
