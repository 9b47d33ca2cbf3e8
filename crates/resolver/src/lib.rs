//! The search: from requirements to one version of every project, and the explanation
//! when there is none. PubGrub does the searching (the `pubgrub` crate); this room gives it
//! pip's rules: extras, pre-releases, yanked files, preference for what is installed.
//! Pure: all knowledge of projects comes through [`Provider`].

mod answer;
mod cells;
mod explain;
mod node;
mod order;
mod policy;
mod provider;
mod request;
mod search;

pub use explain::{Conflict, Reason};
pub use order::installation_order;
pub use provider::{Dependencies, Provider, ProviderError, Usability};
pub use request::{
    Asker, Constraint, Origin, Preference, Releases, Request, Resolution, ResolveError, ResolvedPin, Root,
};
pub use search::resolve;
