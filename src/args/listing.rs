//! Which of the installed distributions a command is about.

use std::path::PathBuf;

use clap::{ArgAction, Args};
use operations::ListOptions;
use requirement::{ProjectName, canonicalize_name};

use crate::failure::Failure;

/// The options that name another part of what is installed than all of it.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    /// Only output packages installed in user-site
    #[arg(long)]
    user: bool,
    /// Restrict to the specified installation path for listing packages (can be used multiple times)
    #[arg(long, value_name = "path", action = ArgAction::Append)]
    path: Vec<PathBuf>,
}

impl PlaceArgs {
    /// What they mean together with `--local`.
    pub(crate) fn options(&self, local: bool) -> Result<ListOptions, Failure> {
        if !self.path.is_empty() && (self.user || local) {
            return Err(Failure::plain("Cannot combine '--path' with '--user' or '--local'".to_owned()));
        }
        Ok(ListOptions { local, user: self.user, paths: self.path.clone(), ..ListOptions::default() })
    }
}

/// `--exclude`.
#[derive(Debug, Clone, Args)]
pub(crate) struct ExcludeArgs {
    /// Exclude specified package from the output
    #[arg(long = "exclude", value_name = "package", action = ArgAction::Append)]
    excludes: Vec<String>,
}

impl ExcludeArgs {
    /// The names; what is no name excludes nothing.
    pub(crate) fn names(&self) -> Vec<ProjectName> {
        self.excludes.iter().filter_map(|name| canonicalize_name(name).parse().ok()).collect()
    }
}
