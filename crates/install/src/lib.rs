//! site-packages: what is installed, and the one transaction through which it changes.

mod error;
mod installed;
mod journal;
mod linking;
mod record;
mod scripts;
mod stage;
mod transaction;
mod uninstall;

pub use error::InstallError;
pub use installed::{BrokenDistribution, InstalledDistribution, InstalledDistributions};
pub use transaction::{Installation, Report, Transaction, TransactionOptions};
