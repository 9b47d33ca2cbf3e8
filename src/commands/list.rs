//! `rpip list`.

use clap::{Args, ValueEnum};
use operations::{
    AvailableVersion, Editables, FileSettings, ListOptions, ListedDistribution, list_distributions,
    without_required,
};
use serde_json::{Map, Value};

use crate::args::{ExcludeArgs, General, IgnoredArgs, IndexArgs, OutdatedArgs, PlaceArgs, SelectionArgs};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, python_json, table};

/// How the list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    Columns,
    /// `name==version`.
    Freeze,
    /// A list of objects.
    Json,
}

/// List installed packages, including editables.
///
/// Packages are listed in a case-insensitive sorted order.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip list [options]",
    after_help = "Examples:\n  rpip list\n  rpip list --outdated\n  rpip list --not-required\n  rpip list --format json"
)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    comparison: OutdatedArgs,
    /// List editable projects
    #[arg(short, long)]
    editable: bool,
    /// If in a virtualenv that has global access, do not list globally-installed packages
    #[arg(short, long)]
    local: bool,
    #[command(flatten)]
    place: PlaceArgs,
    /// Select the output format
    #[arg(long, value_enum, default_value = "columns", value_name = "list_format")]
    format: Format,
    /// List packages that are not dependencies of installed packages
    #[arg(long)]
    not_required: bool,
    /// Exclude editable package from output
    #[arg(long, overrides_with = "include_editable")]
    exclude_editable: bool,
    /// Include editable package in output
    #[arg(long, overrides_with = "exclude_editable")]
    include_editable: bool,
    #[command(flatten)]
    exclude: ExcludeArgs,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    general: General,
}

impl Run for ListArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        self.selection.releases(&FileSettings::default())?;
        self.comparison.check(self.format == Format::Freeze)?;
        let options = self.options()?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let listing = list_distributions(&environment, &cache, &options)?;
        listing.warnings.iter().for_each(|warning| terminal.warning(warning));
        let mut listed = listing.distributions;
        if self.not_required {
            without_required(&mut listed, &environment.interpreter.facts.markers);
        }
        let excluded = self.exclude.names();
        listed.retain(|listed| !excluded.contains(&listed.distribution.name));
        let mut latest = Vec::new();
        if self.comparison.is_any() {
            let near = environment.scheme.purelib.as_path();
            let context = self.general.context(terminal, near, Some(&environment.executable))?;
            let (choices, world) = ((&self.selection, &self.index), (&context, &environment));
            latest = self.comparison.compare(&mut listed, choices, world, self.general.isolated)?;
        }
        if !self.comparison.outdated {
            latest.clear(); // it is the version that is there
        }
        match self.format {
            Format::Columns => self.columns(&listed, &latest).iter().for_each(|line| terminal.line(line)),
            Format::Freeze => listed.iter().for_each(|listed| terminal.line(&self.pinned(listed))),
            Format::Json => terminal.line(&python_json(&self.objects(&listed, &latest))),
        }
        Ok(SUCCESS)
    }
}

impl ListArgs {
    fn options(&self) -> Result<ListOptions, Failure> {
        let editables = match (self.editable, self.exclude_editable) {
            (true, true) => Editables::Neither,
            (true, false) => Editables::Only,
            (false, true) => Editables::Excluded,
            (false, false) => Editables::Included,
        };
        Ok(ListOptions { editables, ..self.place.options(self.local)? })
    }

    fn is_verbose(&self) -> bool {
        self.general.verbose > 0
    }

    /// `latest`: the newest version of each, or nothing.
    fn columns(&self, listed: &[ListedDistribution], latest: &[AvailableVersion]) -> Vec<String> {
        let builds: Vec<Option<String>> = listed.iter().map(ListedDistribution::build_tag).collect();
        let has_builds = builds.iter().flatten().any(|build| !build.is_empty());
        let has_editables = listed.iter().any(|listed| listed.editable_location.is_some());
        let mut header = vec!["Package", "Version"];
        if self.comparison.outdated {
            header.extend(["Latest", "Type"]);
        }
        header.extend(has_builds.then_some("Build"));
        header.extend(has_editables.then_some("Editable project location"));
        if self.is_verbose() {
            header.extend(["Location", "Installer"]);
        }
        let row = |(position, (listed, build)): (usize, (&ListedDistribution, Option<String>))| {
            let mut row = vec![listed.name_text.clone(), listed.raw_version.clone()];
            if let Some(latest) = latest.get(position) {
                row.extend([latest.version.to_string(), latest.filetype().to_owned()]);
            }
            if has_builds {
                row.push(build.unwrap_or_default());
            }
            if has_editables {
                let location = listed.editable_location.as_ref();
                row.push(location.map(|location| location.display().to_string()).unwrap_or_default());
            }
            if self.is_verbose() {
                row.push(listed.distribution.location.display().to_string());
                row.push(listed.distribution.installer().unwrap_or_default());
            }
            row
        };
        let rows: Vec<Vec<String>> = listed.iter().zip(builds).enumerate().map(row).collect();
        table(&header, &rows)
    }

    fn pinned(&self, listed: &ListedDistribution) -> String {
        let pinned = listed.pinned();
        match self.is_verbose() {
            true => format!("{pinned} ({})", listed.distribution.location.display()),
            false => pinned,
        }
    }

    fn objects(&self, listed: &[ListedDistribution], latest: &[AvailableVersion]) -> Value {
        let object = |(position, listed): (usize, &ListedDistribution)| {
            let mut object = Map::new();
            let mut insert = |key: &str, value: String| _ = object.insert(key.to_owned(), value.into());
            insert("name", listed.name_text.clone());
            insert("version", listed.version_text());
            if self.is_verbose() {
                insert("location", listed.distribution.location.display().to_string());
                insert("installer", listed.distribution.installer().unwrap_or_default());
            }
            if let Some(latest) = latest.get(position) {
                insert("latest_version", latest.version.to_string());
                insert("latest_filetype", latest.filetype().to_owned());
            }
            if let Some(location) = &listed.editable_location {
                insert("editable_project_location", location.display().to_string());
            }
            Value::Object(object)
        };
        listed.iter().enumerate().map(object).collect()
    }
}
