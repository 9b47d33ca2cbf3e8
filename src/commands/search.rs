//! `rpip search`.

use clap::Args;
use operations::{FoundProject, list, search};
use requirement::{ProjectName, Version};

use crate::args::{General, search_page};
use crate::commands::{NOTHING_FOUND, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, terminal_width, wrapped};

/// A summary is wrapped where more columns than this are left for it.
const NARROWEST: usize = 10;

/// Search an index for projects whose name or summary contains <query>.
///
/// PyPI itself has stopped answering such searches; others, as pypiserver, have not.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip search [options] <query>",
    after_help = "Examples:\n  rpip search --index http://localhost:8080/RPC2 flask"
)]
pub(crate) struct SearchArgs {
    /// Words
    #[arg(value_name = "query")]
    query: Vec<String>,
    /// URL that an index answers XML-RPC calls at (default: PyPI)
    #[arg(short, long, value_name = "URL")]
    index: Option<String>,
    #[command(flatten)]
    general: General,
}

impl Run for SearchArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        if self.query.is_empty() {
            return Err(Failure::plain("Missing required argument (search query).".to_owned()));
        }
        let Some(index) = &self.index else {
            terminal.error(&format!(
                "PyPI has stopped answering the searches of installers. Search it with a browser: {}",
                search_page(&self.query)
            ));
            terminal.complain("hint: an index that answers them is named by --index URL");
            return Ok(NOTHING_FOUND);
        };
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let near = environment.scheme.purelib.as_path();
        let context = self.general.context(terminal, near, Some(&environment.executable))?;
        let found = search(&context, index, &self.query)?;
        let installed = list(&environment, &cache)?;
        let longest = found.iter().map(|found| found.name.chars().count() + found.version.chars().count());
        let width = longest.max().unwrap_or_default() + 4;
        for project in &found {
            terminal.line(&line(project, width, terminal_width()));
            let name: Option<ProjectName> = project.name.parse().ok();
            let installed = name.and_then(|name| installed.get(&name));
            if let Ok(latest) = project.version.parse::<Version>() {
                terminal.installed_and_latest(installed, &latest);
            }
        }
        Ok(if found.is_empty() { NOTHING_FOUND } else { SUCCESS })
    }
}

/// `name (version)  - summary`, wrapped to the terminal if it is one.
fn line(project: &FoundProject, width: usize, terminal_width: Option<usize>) -> String {
    let latest = format!("{} ({})", project.name, project.version);
    let left = terminal_width.map(|columns| columns.saturating_sub(width + 5));
    let summary = match left.filter(|left| *left > NARROWEST) {
        Some(left) => wrapped(&project.summary, left).join(&format!("\n{}", " ".repeat(width + 3))),
        None => project.summary.clone(),
    };
    format!("{latest:width$} - {summary}")
}
