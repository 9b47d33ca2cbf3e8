//! Where projects come from.

use std::path::Path;

use clap::{ArgAction, Args};
use operations::{FileSettings, IndexOptions, Refresh};

/// The options that name indexes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Package index options")]
pub(crate) struct IndexArgs {
    /// Base URL of the package index (PEP 503, PEP 691), or a local directory laid out like one [default: PyPI]
    #[arg(short, long, alias = "pypi-url", value_name = "url")]
    pub(crate) index_url: Option<String>,
    /// A further index; the best version over all indexes is taken
    #[arg(long, value_name = "url", action = ArgAction::Append)]
    pub(crate) extra_index_url: Vec<String>,
    /// Look at --find-links only
    #[arg(long)]
    pub(crate) no_index: bool,
    /// A directory, an HTML page or an archive with distributions
    #[arg(short, long, value_name = "url", action = ArgAction::Append)]
    pub(crate) find_links: Vec<String>,
    /// Ask the index again for these projects (or :all:), though the cached answer is fresh
    #[arg(long, value_name = "package", action = ArgAction::Append)]
    pub(crate) refresh_package: Vec<String>,
}

/// The default index, PyPI: composed here, and named nowhere else.
fn default_index() -> String {
    ["https://", "pypi", ".org", "/simple"].concat()
}

impl IndexArgs {
    /// The places to look, with what requirements files say about them.
    pub(crate) fn options(&self, settings: &FileSettings, directory: &Path) -> IndexOptions {
        let main =
            settings.index_url.clone().or_else(|| self.index_url.clone()).unwrap_or_else(default_index);
        let extra = self.extra_index_url.iter().chain(&settings.extra_index_urls).cloned();
        let indexes = if self.no_index || settings.no_index {
            Vec::new()
        } else {
            std::iter::once(main).chain(extra).collect()
        };
        IndexOptions {
            indexes,
            find_links: self.find_links.iter().chain(&settings.find_links).cloned().collect(),
            directory: directory.to_owned(),
            refresh: Refresh::of(self.refresh_package.iter().map(String::as_str)),
            ..IndexOptions::default()
        }
    }

    /// Whether the places differ from the default, so that a user is told.
    pub(crate) fn shown(options: &IndexOptions) -> Vec<String> {
        let shown: Vec<String> = options.indexes.iter().map(|url| operations::redacted(url)).collect();
        if shown == [default_index()] { Vec::new() } else { shown }
    }
}
