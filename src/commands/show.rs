//! `rpip show`.

use clap::Args;
use operations::{ShownDistribution, show};
use serde_json::Value;

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Show information about one or more installed packages.
///
/// The output is in RFC-compliant mail header format.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip show [options] <package> ...",
    after_help = "Examples:\n  rpip show flask\n  rpip show --files flask jinja2"
)]
pub(crate) struct ShowArgs {
    /// Names of installed packages
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Show the full list of installed files for each package
    #[arg(short, long)]
    files: bool,
    #[command(flatten)]
    general: General,
}

impl Run for ShowArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        if self.packages.is_empty() {
            terminal.warning("ERROR: Please provide a package name or names.");
            return Ok(ERROR);
        }
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let shown = show(&environment, &cache, &self.packages, self.files)?;
        shown.warnings.iter().for_each(|warning| terminal.warning(warning));
        if !shown.missing.is_empty() {
            terminal.warning(&format!("Package(s) not found: {}", shown.missing.join(", ")));
        }
        for (position, distribution) in shown.distributions.iter().enumerate() {
            if position > 0 {
                terminal.line("---");
            }
            self.describe(distribution, terminal);
        }
        Ok(if shown.distributions.is_empty() { ERROR } else { SUCCESS })
    }
}

impl ShowArgs {
    fn describe(&self, shown: &ShownDistribution, terminal: &Terminal) {
        let listed = &shown.listed;
        let field = |name: &str| shown.metadata.get(name).and_then(Value::as_str).unwrap_or_default();
        let expression = Some(field("license_expression"))
            .filter(|expression| !expression.is_empty() && knows_expressions(field("metadata_version")));
        let license = match expression {
            Some(expression) => ("License-Expression", expression),
            None => ("License", field("license")),
        };
        let home_page = home_page(&shown.metadata);
        for (title, value) in [
            ("Name", listed.name_text.as_str()),
            ("Version", &listed.raw_version),
            ("Summary", field("summary")),
            ("Home-page", &home_page),
            ("Author", field("author")),
            ("Author-email", field("author_email")),
            license,
            ("Location", &listed.distribution.location.display().to_string()),
        ] {
            terminal.line(&format!("{title}: {value}"));
        }
        if let Some(location) = &listed.editable_location {
            terminal.line(&format!("Editable project location: {}", location.display()));
        }
        terminal.line(&format!("Requires: {}", shown.requires.join(", ")));
        terminal.line(&format!("Required-by: {}", shown.required_by.join(", ")));
        if self.general.verbose > 0 {
            describe_more(shown, terminal);
        }
        if self.files {
            terminal.line("Files:");
            match &shown.files {
                None => terminal.line("Cannot locate RECORD or installed-files.txt"),
                Some(files) => files.iter().for_each(|file| terminal.line(&format!("  {}", file.trim()))),
            }
        }
    }
}

/// What `-v` adds.
fn describe_more(shown: &ShownDistribution, terminal: &Terminal) {
    let version = shown.metadata.get("metadata_version").and_then(Value::as_str).unwrap_or_default();
    terminal.line(&format!("Metadata-Version: {version}"));
    terminal.line(&format!("Installer: {}", shown.listed.distribution.installer().unwrap_or_default()));
    let lists = [
        ("Classifiers", texts(&shown.metadata, "classifier")),
        ("Entry-points", shown.entry_points.iter().map(String::as_str).collect()),
        ("Project-URLs", texts(&shown.metadata, "project_url")),
    ];
    for (title, values) in lists {
        terminal.line(&format!("{title}:"));
        values.into_iter().for_each(|value| terminal.line(&format!("  {value}")));
    }
}

/// The values of a field that may stand several times.
fn texts<'a>(metadata: &'a Value, name: &str) -> Vec<&'a str> {
    metadata.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
}

/// License expressions came with metadata 2.4 (PEP 639).
fn knows_expressions(metadata_version: &str) -> bool {
    let mut numbers = metadata_version.split('.').map(|number| number.parse::<u32>().unwrap_or_default());
    (numbers.next(), numbers.next()) >= (Some(2), Some(4))
}

/// `Home-page`, else the project URL that plays its part (PEP 753).
fn home_page(metadata: &Value) -> String {
    let own = metadata.get("home_page").and_then(Value::as_str).unwrap_or_default();
    if !own.is_empty() {
        return own.to_owned();
    }
    let is_home_page = |label: &str| {
        let letters =
            label.chars().filter(|letter| !letter.is_ascii_punctuation() && !letter.is_whitespace());
        letters.flat_map(char::to_lowercase).eq("homepage".chars())
    };
    let mut labelled = texts(metadata, "project_url").into_iter().filter_map(|text| text.split_once(','));
    labelled.find(|(label, _)| is_home_page(label)).map(|(_, url)| url.trim().to_owned()).unwrap_or_default()
}
