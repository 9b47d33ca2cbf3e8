//! Version control systems as child processes: git, Mercurial, Subversion and Bazaar, as pip uses them for
//! `git+https://host/repository.git@revision#egg=name&subdirectory=directory` (PEP 440 direct references, PEP 610).
//!
//! What holds for all of them:
//!
//! - Credentials of a URL reach the program through its environment or standard input, only for the scheme, host
//!   and port that they belong to, and are never written into a checkout. Two exceptions, for want of another
//!   way: Subversion has the user name among its arguments, and Bazaar's file of them exists while it runs.
//! - No URL or revision can be taken for an option, and no transport is used that [`VcsUrl::parse`] does not know.
//! - A child that may not ask questions runs in a session of its own, without a terminal, and ends with its
//!   children when time is up, when the caller cancels, or when the operation fails.
//! - What a program wrote is bounded, and without credentials and control characters, before anyone sees it.

mod authority;
mod bazaar;
mod checkout;
mod credentials;
mod describe;
mod error;
mod git;
mod mercurial;
mod process;
mod subversion;
mod text;
mod url;

pub use checkout::{
    Checkout, Existing, LocalChanges, checkout, current, inspect, local_changes, resolve, switch, update,
};
pub use describe::{Description, describe};
pub use error::{Problem, VcsError};
pub use git::complete_history;
pub use process::{History, Options};
pub use text::redacted;
pub use url::{InvalidVcsUrl, VcsKind, VcsUrl};
