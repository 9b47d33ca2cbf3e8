//! `list`: what is installed.

use install::InstalledDistributions;
use python::Environment;

use crate::OperationError;

/// All distributions, by name; what is broken comes with them.
pub fn list(environment: &Environment) -> Result<InstalledDistributions, OperationError> {
    Ok(InstalledDistributions::read(&environment.site_packages())?)
}
