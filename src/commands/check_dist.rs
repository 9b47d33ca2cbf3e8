//! `rpip check-dist`, and what `rpip check` does with files.

use clap::Args;
use operations::{check_dist, find_inputs};

use crate::args::General;
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// Check that distributions can be published: names, metadata, README, RECORD, content.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip check-dist [options] <dist> ...",
    after_help = "Examples:\n  rpip check-dist dist/*\n  rpip check-dist --strict dist/demo-1.0.tar.gz"
)]
pub(crate) struct CheckDistArgs {
    /// The distributions, usually dist/*
    #[arg(value_name = "dist")]
    dists: Vec<String>,
    /// Fail on warnings
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    general: General,
}

impl Run for CheckDistArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        if self.dists.is_empty() {
            return Err(Failure::plain(
                "You must give at least one distribution to check (see \"rpip help check-dist\")".to_owned(),
            ));
        }
        check_files(&self.dists, self.strict, terminal)
    }
}

/// Checks distributions and tells of them as `twine check` does; the exit code.
pub(crate) fn check_files(dists: &[String], strict: bool, terminal: &Terminal) -> Result<u8, Failure> {
    let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
    let inputs = find_inputs(dists, &directory)?;
    if inputs.is_empty() {
        return Err(Failure::plain("No files to check.".to_owned()));
    }
    let mut code = SUCCESS;
    for (path, found) in check_dist(&inputs, &directory) {
        let path = path.display();
        let (errors, warnings) = match found {
            Ok(found) => (found.errors, found.warnings),
            Err(error) => (vec![error.to_string()], Vec::new()),
        };
        let verdict = match (errors.is_empty(), warnings.is_empty(), strict) {
            (false, ..) => "FAILED",
            (true, false, true) => "FAILED due to warnings",
            (true, false, false) => "PASSED with warnings",
            (true, true, _) => "PASSED",
        };
        if verdict.starts_with("FAILED") {
            code = ERROR;
        }
        terminal.output(&format!("Checking {path}: {verdict}"));
        errors.iter().for_each(|error| terminal.error(error));
        warnings.iter().for_each(|warning| terminal.warning(warning));
    }
    Ok(code)
}
