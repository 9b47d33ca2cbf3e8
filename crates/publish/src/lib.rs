//! Publishing: which files, to which repository, with which form fields (the legacy upload protocol of PyPI), and whether
//! they are as they should be: names, metadata, README, RECORD, content. Sends nothing itself.

mod archive;
mod comparison;
mod contents;
mod distribution_file;
mod error;
mod inputs;
mod inspection;
mod license;
mod metadata;
mod pypirc;
mod readme;
mod repository;
mod restructured_text;
mod validation;
mod wheel_record;

pub use archive::{Archive, Digests, FileType};
pub use comparison::differences;
pub use distribution_file::{DistributionFile, Preparation, Signing};
pub use error::PublishError;
pub use inputs::{Input, find_inputs, is_pattern};
pub use inspection::{Inspection, inspect};
pub use metadata::RawMetadata;
pub use repository::{
    PypircFile, Repository, Secret, TOKEN_USER, default_repository_url, test_repository_url,
};
pub use validation::problems_of;
