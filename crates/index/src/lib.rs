//! Package indexes: simple pages (PEP 503, 691, 700, 714), find-links, metadata, downloads; and which file of a version to take.

mod cached;
mod client;
mod error;
mod fetch;
mod find_links;
mod html;
mod json;
mod metadata;
mod page;
mod select;

pub use client::{IndexClient, IndexOptions};
pub use error::IndexError;
pub use fetch::DownloadReporter;
pub use page::Project;
pub use select::{FormatControl, SelectionRules, select};
