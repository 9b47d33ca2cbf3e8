//! `rpip list`.

use clap::Args;
use operations::list;

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
        let mut rows: Vec<[String; 2]> = installed
            .distributions
            .iter()
            .map(|distribution| [distribution.name_text(), distribution.version.to_string()])
            .collect();
        rows.sort_by_key(|[name, _]| name.to_lowercase());
        for line in table(["Package", "Version"], &rows) {
            terminal.output(&line);
        }
        Ok(SUCCESS)
    }
}
