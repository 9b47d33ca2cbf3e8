//! What pip passes over.

use std::ffi::OsString;

use clap::Args;

/// Arguments behind a command that takes none: they mean nothing, and are no mistake.
#[derive(Debug, Clone, Args)]
pub(crate) struct IgnoredArgs {
    #[arg(hide = true)]
    ignored: Vec<OsString>,
}
