//! `rpip uninstall`.

use std::io::{BufRead, Write};
use std::path::Path;

use clap::{ArgAction, Args};
use operations::{Collected, Context, Environment, Removal, WantedKind, plan_uninstall, uninstall};

use crate::args::{General, ProtectionArgs, collector};
use crate::commands::{Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::Terminal;

/// Uninstall packages. All of them go, or none.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  rpip uninstall flask\n  rpip uninstall -y -r requirements.txt")]
pub(crate) struct UninstallArgs {
    /// Names of installed packages
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Uninstall all packages that a requirements file names; may be given several times
    #[arg(short, long = "requirement", value_name = "file", action = ArgAction::Append)]
    requirement_files: Vec<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    target: ProtectionArgs,
    #[command(flatten)]
    general: General,
}

impl Run for UninstallArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let requirements = self.packages.iter().filter(|text| !text.trim().is_empty());
        let bare: Vec<String> = requirements.map(|text| without_specifier(text)).collect();
        let mut names = project_names(&bare)?;
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let context = self.general.context(terminal, &directory, None)?;
        names.extend(self.names_in_files(&context, &directory)?);
        if names.is_empty() {
            return Err(Failure::plain(
                "You must give at least one requirement to uninstall (see \"rpip help uninstall\")"
                    .to_owned(),
            ));
        }
        let environment = self.general.environment(&context.cache)?;
        self.general.check_environment(&environment)?;
        let context =
            self.general.context(terminal, &environment.scheme.purelib, Some(&environment.executable))?;
        let plan = plan_uninstall(&environment, &context.cache, &names)?;
        for name in &plan.missing {
            terminal.warning(&format!("Skipping {name} as it is not installed."));
        }
        for found in &plan.outside {
            let root = environment.scheme.data.display();
            terminal.outside(&found.name_text(), &found.location.display().to_string(), &root.to_string());
        }
        let mut names = Vec::new();
        for removal in &plan.removals {
            let (name, version) = (&removal.name_text, &removal.distribution.version);
            terminal.line(&format!("Found existing installation: {name} {version}"));
            terminal.line(&format!("Uninstalling {name}-{version}:"));
            if !self.yes && !confirmed(removal, &environment, terminal)? {
                return Ok(SUCCESS);
            }
            names.push(format!("{name}-{version}"));
        }
        let outcome = uninstall(&context, &environment, &plan, self.target.break_system_packages)?;
        for (path, reason) in &outcome.left {
            terminal.warning(&format!("{} was left: {reason}", path.display()));
        }
        for name in &names {
            terminal.line(&format!("  Successfully uninstalled {name}"));
        }
        Ok(SUCCESS)
    }
}

impl UninstallArgs {
    fn names_in_files(
        &self,
        context: &Context,
        directory: &Path,
    ) -> Result<Vec<requirement::ProjectName>, Failure> {
        let collector = collector(context, directory);
        let mut collected = Collected::default();
        for file in &self.requirement_files {
            collector.file(file, false, &mut collected)?;
        }
        let named = collected.wanted.into_iter().filter_map(|wanted| match wanted.kind {
            WantedKind::Named(requirement) => Some(requirement.name),
            WantedKind::Reference { .. } => None,
        });
        Ok(named.collect())
    }
}

/// Shows what would go, and asks.
fn confirmed(removal: &Removal, environment: &Environment, terminal: &Terminal) -> Result<bool, Failure> {
    show_files(removal, environment, terminal);
    proceeds(terminal)
}

/// Shows what would go.
pub(crate) fn show_files(removal: &Removal, environment: &Environment, terminal: &Terminal) {
    let (removed, skipped) = removal.listing(environment);
    for (title, paths) in
        [("Would remove:", removed), ("Would not remove (might be manually added):", skipped)]
    {
        if !paths.is_empty() {
            terminal.line(&format!("  {title}"));
        }
        paths.iter().for_each(|path| terminal.line(&format!("    {}", path.display())));
    }
}

/// Asks whether to go on.
pub(crate) fn proceeds(terminal: &Terminal) -> Result<bool, Failure> {
    loop {
        terminal.prompt("Proceed (Y/n)? ");
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        if !matches!(read, Ok(length) if length > 0) {
            let _ = std::io::stdout().flush();
            return Err(Failure::plain(
                "No answer was given: use -y to uninstall without being asked".to_owned(),
            ));
        }
        match answer.trim().to_lowercase().as_str() {
            "" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            other => terminal
                .line(&format!("Your response ('{other}') was not one of the expected responses: y, n, ")),
        }
    }
}

/// The name in `name[extra]>=1; marker`: only it matters for what is installed.
fn without_specifier(text: &str) -> String {
    match text.parse::<requirement::Requirement>() {
        Ok(requirement) => requirement.name.to_string(),
        Err(_) => text.to_owned(),
    }
}
