//! Package indexes: simple pages (PEP 503, 691, 700, 714), find-links, metadata, downloads; and which file of a version to take.

mod cached;
mod client;
mod digest;
mod error;
mod fetch;
mod find_links;
mod freshness;
mod html;
mod json;
mod location;
mod memo;
mod metadata;
mod options;
mod page;
mod pages;
mod parse;
mod place;
mod record;
mod remote_zip;
mod search;
mod select;
mod sink;
mod sources;
mod wheels;
mod xml_rpc;

pub use client::IndexClient;
pub use error::IndexError;
pub use fetch::{DownloadReporter, RemoteFile};
pub use location::{file_url, path_of_file_url};
pub use options::{IndexOptions, IndexStrategy, Refresh};
pub use page::Project;
pub use record::ProjectStatus;
pub use search::{SearchHit, search};
pub use select::{FormatControl, SelectionRules, files_anywhere, require_upload_times, select};
pub use sources::SourceArchive;
