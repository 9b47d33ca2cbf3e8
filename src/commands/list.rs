//! `rpip list`.

use clap::Args;
use operations::{editable_location, list};

use crate::args::General;
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, table};

/// List installed packages, without regard to case.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    general: General,
}

impl Run for ListArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let installed = list(&environment, &cache)?;
        for broken in &installed.broken {
            terminal.warning(&format!(
                "Ignoring invalid distribution {}: {}",
                broken.path.display(),
                broken.reason
            ));
        }
        let mut rows: Vec<[String; 3]> = installed
            .distributions
            .iter()
            .map(|distribution| {
                let location = distribution.direct_url().and_then(|direct| editable_location(&direct));
                let location = location.map(|location| location.display().to_string()).unwrap_or_default();
                [distribution.name_text(), distribution.version.to_string(), location]
            })
            .collect();
        rows.sort_by_key(|[name, ..]| name.to_lowercase());
        let lines = if rows.iter().all(|[.., location]| location.is_empty()) {
            let rows: Vec<[String; 2]> = rows.into_iter().map(|[name, version, _]| [name, version]).collect();
            table(["Package", "Version"], &rows)
        } else {
            table(["Package", "Version", "Editable project location"], &rows)
        };
        lines.iter().for_each(|line| terminal.output(line));
        Ok(SUCCESS)
    }
}
