//! `rpip show`.

use clap::Args;
use operations::{ShownDistribution, editable_location, show};

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::Terminal;

/// Show information about installed packages, in RFC-compliant mail header format.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Names of installed packages
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Show the list of installed files for each package
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
        let names = project_names(&self.packages)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let (shown, missing) = show(&environment, &cache, &names, self.files)?;
        if !missing.is_empty() {
            let missing: Vec<&str> = missing.iter().map(AsRef::as_ref).collect();
            terminal.warning(&format!("Package(s) not found: {}", missing.join(", ")));
        }
        for (position, shown) in shown.iter().enumerate() {
            if position > 0 {
                terminal.output("---");
            }
            describe(shown, self.files, terminal);
        }
        Ok(if shown.is_empty() { ERROR } else { SUCCESS })
    }
}

fn describe(shown: &ShownDistribution, files: bool, terminal: &Terminal) {
    let field = |name: &str| {
        let found = shown.fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    for name in ["Name", "Version", "Summary"] {
        terminal.output(&format!("{name}: {}", field(name)));
    }
    terminal.output(&format!("Home-page: {}", home_page(shown, field("Home-page"))));
    for name in ["Author", "Author-email"] {
        terminal.output(&format!("{name}: {}", field(name)));
    }
    match field("License-Expression") {
        "" => terminal.output(&format!("License: {}", field("License"))),
        expression => terminal.output(&format!("License-Expression: {expression}")),
    }
    terminal.output(&format!("Location: {}", shown.distribution.location.display()));
    let direct = shown.distribution.direct_url();
    if let Some(location) = direct.and_then(|direct| editable_location(&direct)) {
        terminal.output(&format!("Editable project location: {}", location.display()));
    }
    terminal.output(&format!("Requires: {}", shown.requires.join(", ")));
    terminal.output(&format!("Required-by: {}", shown.required_by.join(", ")));
    if files {
        terminal.output("Files:");
        match &shown.files {
            None => terminal.output("Cannot locate RECORD or installed-files.txt"),
            Some(paths) => paths.iter().for_each(|path| terminal.output(&format!("  {path}"))),
        }
    }
}

/// `Home-page`, else the project URL that plays its part (pip's rule).
fn home_page<'a>(shown: &'a ShownDistribution, field: &'a str) -> &'a str {
    if !field.is_empty() {
        return field;
    }
    let urls = shown.fields.iter().filter(|(key, _)| key.eq_ignore_ascii_case("Project-URL"));
    let mut labelled = urls.filter_map(|(_, value)| value.split_once(','));
    let plays = |label: &str| {
        let label: String =
            label.to_lowercase().chars().filter(|letter| letter.is_ascii_alphanumeric()).collect();
        label == "homepage"
    };
    labelled.find(|(label, _)| plays(label)).map(|(_, url)| url.trim()).unwrap_or_default()
}
