//! Where projects come from.

use std::collections::HashMap;
use std::path::Path;

use clap::{ArgAction, Args, ValueEnum};
use distribution::Timestamp;
use operations::{Collected, FilePlace, IndexOptions, IndexStrategy, Refresh, WantedKind};
use requirement::{ProjectName, Requirement, RequirementSource};

use crate::config;
use crate::failure::Failure;

/// Which index a project is taken from, where several have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Strategy {
    /// Any: the best version over all of them, as pip does.
    #[default]
    BestMatch,
    /// The first one that has the project at all.
    FirstIndex,
}

/// The options that name indexes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Package index options")]
pub(crate) struct IndexArgs {
    /// Base URL of the package index (PEP 503, PEP 691), or a local directory laid out like one (default: PyPI)
    #[arg(short, long, alias = "pypi-url", value_name = "url")]
    pub(crate) index_url: Option<String>,
    /// A further index; the best version over all indexes is taken
    #[arg(long, value_name = "url", action = ArgAction::Append)]
    pub(crate) extra_index_url: Vec<String>,
    /// Look at --find-links only
    #[arg(long)]
    pub(crate) no_index: bool,
    /// Ask the index again for these projects (:all:, or names with commas), though the cached answer is fresh
    #[arg(long, value_name = "refresh_package", action = ArgAction::Append)]
    pub(crate) refresh_package: Vec<String>,
    /// A directory, an HTML page or an archive with distributions
    #[arg(short, long, value_name = "url", action = ArgAction::Append)]
    pub(crate) find_links: Vec<String>,
    /// Use only files that were uploaded before this: a date and time (ISO 8601), or P<n>D for n days ago
    #[arg(long, value_name = "datetime_or_duration", value_parser = limit)]
    pub(crate) uploaded_prior_to: Option<Timestamp>,
    /// Of several indexes with one project: best-match takes the best version of all, first-index asks no further
    /// than the first that has it, which guards against dependency confusion (rpip's own)
    #[arg(long, value_enum, default_value = "best-match", value_name = "strategy")]
    index_strategy: Strategy,
    /// An index under a name, asked only for requirements `project @ NAME`; may be given several times (rpip's own)
    #[arg(long, value_name = "NAME=URL", action = ArgAction::Append)]
    index: Vec<String>,
}

/// A value of `--uploaded-prior-to`.
fn limit(text: &str) -> Result<Timestamp, String> {
    let now = Timestamp::from_microseconds(jiff::Timestamp::now().as_microsecond());
    let zone = jiff::tz::TimeZone::system();
    let local_offset = |wall_clock: Timestamp| {
        let utc = jiff::Timestamp::from_microsecond(wall_clock.microseconds()).unwrap_or_default();
        let clock = jiff::tz::TimeZone::UTC.to_datetime(utc);
        zone.to_ambiguous_timestamp(clock).compatible().map_or(0, |local| utc.as_second() - local.as_second())
    };
    Timestamp::parse_limit(text, now, &local_offset)
        .map_err(|error| format!("--uploaded-prior-to error: {error}"))
}

/// The default index, PyPI: composed here, and named nowhere else.
pub(crate) fn default_index() -> String {
    ["https://", "pypi", ".org", "/simple"].concat()
}

/// The page of PyPI that searches for `words`.
pub(crate) fn search_page(words: &[String]) -> String {
    let plain = |sign: char| if sign.is_ascii_alphanumeric() || "-_.".contains(sign) { sign } else { '+' };
    let query: String = words.join(" ").chars().map(plain).collect();
    ["https://", "pypi", ".org", "/search/?q=", &query].concat()
}

impl IndexArgs {
    /// The places to look, with what requirements files say about them. A requirement `project @ NAME` becomes one on the
    /// project alone, at that index.
    pub(crate) fn options(
        &self,
        collected: &mut Collected,
        directory: &Path,
        is_isolated: bool,
    ) -> Result<IndexOptions, Failure> {
        let settings = &collected.settings;
        let (names, last_unnamed) = self.named_indexes();
        let main = last_unnamed.or_else(|| self.index_url.clone()).unwrap_or_else(default_index);
        let mut is_off = self.no_index;
        let mut indexes: Vec<String> = match is_off {
            true => Vec::new(),
            false => std::iter::once(main).chain(self.extra_index_url.iter().cloned()).collect(),
        };
        for place in &settings.places {
            match place {
                FilePlace::NoIndex => {
                    is_off = true;
                    indexes.clear();
                }
                FilePlace::Index(url) if !is_off => indexes = vec![url.clone()],
                FilePlace::ExtraIndex(url) if !is_off => indexes.push(url.clone()),
                FilePlace::Index(_) | FilePlace::ExtraIndex(_) => {}
            }
        }
        let mut pins = config::index_pins(is_isolated, &names)?;
        let find_links = self.find_links.iter().chain(&settings.find_links).cloned().collect();
        for wanted in &mut collected.wanted {
            if let WantedKind::Named(requirement) = &mut wanted.kind {
                pin(requirement, &names, &mut pins);
            }
        }
        for constraint in &mut collected.constraints {
            pin(&mut constraint.requirement, &names, &mut pins);
        }
        Ok(IndexOptions {
            indexes,
            find_links,
            directory: directory.to_owned(),
            refresh: Refresh::of(self.refresh_package.iter().map(String::as_str)),
            strategy: match self.index_strategy {
                Strategy::BestMatch => IndexStrategy::BestMatch,
                Strategy::FirstIndex => IndexStrategy::FirstIndex,
            },
            pins,
            locked: std::mem::take(&mut collected.locked),
            also_hash: Vec::new(), // the operation knows the listed hashes
        })
    }

    /// `--index NAME=URL`, by name; and the last value that is a URL alone, since pip takes `--index` for `--index-url`.
    fn named_indexes(&self) -> (HashMap<String, String>, Option<String>) {
        let mut names = HashMap::new();
        let mut unnamed = None;
        for text in &self.index {
            let is_name =
                |name: &str| name.chars().all(|sign| sign.is_ascii_alphanumeric() || "-_.".contains(sign));
            match text.split_once('=').filter(|(name, _)| !name.is_empty() && is_name(name)) {
                Some((name, url)) => {
                    names.insert(name.to_owned(), url.to_owned());
                }
                None => unnamed = Some(text.clone()),
            }
        }
        (names, unnamed)
    }

    /// Whether `url` is the default index.
    pub(crate) fn is_default(url: &str) -> bool {
        url.trim_end_matches('/') == default_index()
    }

    /// The indexes, if they are others than the default, so that a user is told.
    pub(crate) fn shown(options: &IndexOptions) -> Vec<String> {
        let shown: Vec<String> = options.indexes.iter().map(|url| operations::redacted(url)).collect();
        if shown == [default_index()] { Vec::new() } else { shown }
    }
}

/// Pins the project of `project @ NAME` to the index of that name.
fn pin(
    requirement: &mut Requirement,
    names: &HashMap<String, String>,
    pins: &mut HashMap<ProjectName, String>,
) {
    if let Some(url) = requirement.url().and_then(|name| names.get(name)) {
        pins.insert(requirement.name.clone(), url.clone());
        requirement.source = RequirementSource::Index(Default::default());
    }
}
