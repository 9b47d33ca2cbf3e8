//! site-packages: what is installed, and the one transaction through which it changes.

mod area;
mod commit;
mod directory;
mod error;
mod existing;
mod fault;
mod installed;
mod journal;
mod linking;
mod ownership;
mod paths;
mod plan;
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
pub use error::InstallError;
pub use existing::{ExistingEntry, ExistingPolicy, LeftOut};
#[cfg(any(test, feature = "test-faults"))]
pub use fault::{Fault, FaultHook};
pub use installed::{BrokenDistribution, InfoKind, InstalledDistribution, InstalledDistributions};
pub use linking::LinkMode;
pub use replacement::Replacement;
pub use transaction::{
    Conflict, ConflictPolicy, Installation, RemovedDistribution, Report, Transaction, TransactionOptions,
};
pub use uninstall::Removal;
