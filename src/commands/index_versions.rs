//! `rpip index versions`.

use clap::Args;
use operations::{AvailableVersion, Collected, ResolveOptions, available_versions, list};
use requirement::ProjectName;
use serde_json::json;

use crate::args::{General, IndexArgs, PlatformArgs, SelectionArgs};
use crate::commands::{ERROR, Run, SUCCESS};
use crate::failure::Failure;
use crate::output::{Terminal, python_json};

/// Look up what indexes have of a project.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip index versions <package>",
    after_help = "Examples:\n  rpip index versions flask\n  rpip index versions --pre --json django\n  rpip index versions --python-version 3.9 numpy"
)]
pub(crate) struct IndexVersionsArgs {
    /// `versions`, and the name of a project
    #[arg(value_name = "action")]
    arguments: Vec<String>,
    #[command(flatten)]
    platform: PlatformArgs,
    /// Ignore what projects say about the Python they need
    #[arg(long)]
    ignore_requires_python: bool,
    /// Output data in a machine-readable JSON format
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for IndexVersionsArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let mut collected = Collected::default();
        let releases = self.selection.releases(&collected.settings)?;
        if self.arguments.first().is_none_or(|action| action != "versions") {
            terminal.error("Need an action (versions) to perform.");
            return Ok(ERROR);
        }
        let [_, query] = self.arguments.as_slice() else {
            return Err(Failure::plain("You need to specify exactly one argument".to_owned()));
        };
        let nothing = || Failure::plain(format!("No matching distribution found for {query}"));
        let project: ProjectName = query.parse().map_err(|_| nothing())?;
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let near = environment.scheme.purelib.as_path();
        let context = self.general.context(terminal, near, Some(&environment.executable))?;
        let options = ResolveOptions {
            index: self.index.options(&mut collected, &directory, self.general.isolated)?,
            releases,
            formats: self.selection.formats(&collected.settings)?,
            ignore_requires_python: self.ignore_requires_python,
            target: self.platform.target(),
            uploaded_before: self.index.uploaded_prior_to,
            collected,
            ..ResolveOptions::default()
        };
        let projects = [project];
        let versions = available_versions(&context, &environment, &options, &projects)?;
        let versions: Vec<&AvailableVersion> = versions.iter().flatten().collect();
        let latest = versions.first().ok_or_else(nothing)?;
        let texts: Vec<String> = versions.iter().map(|found| found.version.to_string()).collect();
        let installed = list(&environment, &cache)?;
        let installed = installed.distributions.iter().find(|found| projects.contains(&found.name));
        if self.json {
            let mut object =
                json!({ "name": query, "versions": texts, "latest": latest.version.to_string() });
            if let Some(installed) = installed {
                object["installed_version"] = installed.version.to_string().into();
            }
            terminal.line(&python_json(&object));
        } else {
            terminal.line(&format!("{query} ({})", latest.version));
            terminal.line(&format!("Available versions: {}", texts.join(", ")));
            terminal.installed_and_latest(installed, &latest.version);
        }
        Ok(SUCCESS)
    }
}
