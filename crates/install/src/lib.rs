//! site-packages: what is installed, and the one transaction through which it changes.

mod area;
mod commit;
mod directory;
mod eggs;
mod error;
mod existing;
mod fault;
mod history;
mod installed;
mod journal;
mod linking;
mod ownership;
mod paths;
mod plan;
mod reading;
mod record;
mod removal_tree;
mod replacement;
mod roots;
mod scripts;
mod staged_wheel;
mod staging;
mod transaction;
mod uninstall;

#[cfg(test)]
mod tests;

pub use commit::Recovery;
pub use error::{Diagnostic, InstallError};
pub use existing::{ExistingEntry, ExistingPolicy, LeftOut};
#[cfg(any(test, feature = "test-faults"))]
pub use fault::{Fault, FaultHook};
pub use history::{ChangeLabel, Restoration};
pub use installed::{InfoKind, InstalledDistribution};
pub use linking::LinkMode;
pub use reading::{BrokenDistribution, InstalledDistributions};
pub use replacement::Replacement;
pub use transaction::{
    Conflict, ConflictPolicy, Installation, RemovedDistribution, Report, Transaction, TransactionOptions,
};
pub use uninstall::Removal;
