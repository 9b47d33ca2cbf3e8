//! `list`: what is installed.

use cache::Cache;
use install::{InstalledDistributions, Transaction};
use python::Environment;

use crate::OperationError;

/// All distributions, by name; what is broken comes with them. What a killed run left is finished or undone first.
pub fn list(environment: &Environment, cache: &Cache) -> Result<InstalledDistributions, OperationError> {
    if Transaction::needs_recovery(environment) {
        Transaction::recover(environment, cache, &|| {})?;
    }
    Ok(InstalledDistributions::read(&environment.site_packages())?)
}
