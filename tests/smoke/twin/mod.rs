//! Real pip and rpip side by side: the same command lines in twin directories, against one index, and what came of it.

mod case;
mod catalogue;
mod oddities;
mod oracle;
mod shell;
mod snapshot;
mod source;
mod twins;

pub use case::{Aspect, Case, case, compare};
pub use catalogue::index;
pub use oracle::tool;
pub use snapshot::{lines, report};
pub use twins::{Finished, Installer, Place, Twin};
