//! `check-dist`: whether distributions are fit to be published.

use std::path::{Path, PathBuf};

use publish::{Input, Inspection, PublishError, inspect};
use rayon::prelude::*;

/// Looks at distributions, several at a time; what was found, in their order.
pub fn check_dist(inputs: &[Input], directory: &Path) -> Vec<(PathBuf, Result<Inspection, PublishError>)> {
    inputs.par_iter().map(|input| (input.path.clone(), inspect(&directory.join(&input.path)))).collect()
}
