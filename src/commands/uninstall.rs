//! `rpip uninstall`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::{ArgAction, Args};
use operations::{
    Collected, Context, Finding, OperationError, PlannedRemoval, Uninstallation, WantedKind, named_editable,
    named_project, plan_uninstall, uninstall,
};
use requirement::{canonicalize_name, python_repr};

use crate::args::{General, ProtectionArgs, SuperuserArgs, collector};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

const QUESTION: &str = "Proceed (Y/n)? ";

/// Uninstall packages.
///
/// What is confirmed goes, as a whole or not at all; with -y everything goes together. Projects of distutils, which
/// left no list of their files, cannot be uninstalled.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip uninstall [options] <package> ...\n  rpip uninstall [options] -r <requirements file> ...",
    after_help = "Examples:\n  rpip uninstall flask\n  rpip uninstall -y -r requirements.txt"
)]
pub(crate) struct UninstallArgs {
    /// Names of installed packages
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Uninstall all the packages listed in the given requirements file. This option can be used multiple times
    #[arg(short, long = "requirement", value_name = "file", action = ArgAction::Append)]
    requirement_files: Vec<String>,
    /// Don't ask for confirmation of uninstall deletions
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    superuser: SuperuserArgs,
    #[command(flatten)]
    protection: ProtectionArgs,
    #[command(flatten)]
    general: General,
}

impl Run for UninstallArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let context = self.general.context(terminal, &directory, None)?;
        let environment = self.general.environment(&context.cache)?;
        self.general.check_environment(&environment)?;
        let names = self.names(&context, &directory, terminal)?;
        if names.is_empty() {
            return Err(Failure::plain(
                "You must give at least one requirement to uninstall (see \"rpip help uninstall\")"
                    .to_owned(),
            ));
        }
        if !self.protection.break_system_packages
            && let Some(message) = environment.externally_managed()
        {
            return Err(OperationError::ExternallyManaged(message).into());
        }
        let (plan, warnings) = plan_uninstall(&environment, &context.cache, &names)?;
        warnings.iter().for_each(|warning| terminal.warning(warning));
        self.carry_out(plan, &context, terminal)?;
        self.superuser.warn(&environment, terminal);
        Ok(SUCCESS)
    }
}

impl UninstallArgs {
    /// The names on the command line, then those in files, as written.
    fn names(
        &self,
        context: &Context,
        directory: &Path,
        terminal: &Terminal,
    ) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for text in self.packages.iter().filter(|text| !text.trim().is_empty()) {
            match named_project(text, directory)? {
                Some(name) => names.push(name),
                None => terminal.warning(&format!(
                    "Invalid requirement: {} ignored - the uninstall command expects named requirements.",
                    python_repr(text)
                )),
            }
        }
        let collector = collector(context, directory);
        let mut collected = Collected::default();
        for file in &self.requirement_files {
            collector.file(file, false, &mut collected)?;
        }
        for wanted in collected.wanted {
            names.extend(match wanted.kind {
                WantedKind::Named(requirement) => Some(requirement.name_text.to_string()),
                WantedKind::Reference { text, editable: true } => named_editable(&text, &wanted.directory)?,
                WantedKind::Reference { text, editable: false } => named_project(&text, &wanted.directory)?,
            });
        }
        Ok(names)
    }

    fn carry_out(
        &self,
        plan: Vec<Uninstallation>,
        context: &Context,
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        // A refusal comes before anything has gone.
        let (refused, plan): (Vec<_>, Vec<_>) =
            plan.into_iter().partition(|item| matches!(item.finding, Finding::Refused(_)));
        if let Some(item) = refused.into_iter().next() {
            tell_found(&item, terminal);
            let Finding::Refused(error) = item.finding else { return Ok(()) };
            return Err(error.into());
        }
        let removal = |item: &'_ Uninstallation| match &item.finding {
            Finding::Removal(removal) => self.moved(removal),
            _ => Vec::new(),
        };
        let moved: Vec<Vec<PathBuf>> = plan.iter().map(removal).collect();
        if self.yes {
            let removals = plan.iter().filter_map(|item| match &item.finding {
                Finding::Removal(removal) => Some(&**removal),
                _ => None,
            });
            remove(&removals.collect::<Vec<_>>(), context, terminal)?;
        }
        for (item, moved) in plan.iter().zip(moved) {
            tell_found(item, terminal);
            if let Finding::Removal(removal) = &item.finding
                && self.remove_one(item, removal, context, terminal)?
            {
                moved.iter().for_each(|path| {
                    terminal.line(&format!("  Removing file or directory {}", path.display()));
                });
                terminal.line(&format!("  Successfully uninstalled {}", name_and_version(item)));
            }
        }
        Ok(())
    }

    /// With `-v`: what will have been moved.
    fn moved(&self, removal: &PlannedRemoval) -> Vec<PathBuf> {
        if self.general.verbose == 0 { Vec::new() } else { removal.listing(true).moved }
    }

    /// Asks where that is wanted, and removes; false where the user says no.
    fn remove_one(
        &self,
        item: &Uninstallation,
        removal: &PlannedRemoval,
        context: &Context,
        terminal: &Terminal,
    ) -> Result<bool, Failure> {
        terminal.line(&format!("Uninstalling {}:", name_and_version(item)));
        if !self.yes {
            show(removal, self.general.verbose > 0, terminal);
            if !proceeds(&self.general, terminal)? {
                return Ok(false);
            }
            remove(&[removal], context, terminal)?;
        }
        Ok(true)
    }
}

/// Asks whether to go on, until there is an answer.
pub(crate) fn proceeds(general: &General, terminal: &Terminal) -> Result<bool, Failure> {
    if general.no_input {
        return Err(Failure::Usage(format!(
            "ERROR: No input was expected ($PIP_NO_INPUT set); question: {QUESTION}"
        )));
    }
    loop {
        let Some(answer) = crate::output::answer(terminal, QUESTION)? else {
            // On a terminal the error begins a line; elsewhere standard output is pip's.
            if std::io::stdout().is_terminal() {
                terminal.prompt("\n");
            }
            let advice = "No answer was given: use -y to uninstall without being asked";
            return Err(Failure::Usage(format!("ERROR: {advice}")));
        };
        match answer.trim().to_lowercase().as_str() {
            "" | "y" => return Ok(true),
            "n" => return Ok(false),
            other => terminal.output(&format!(
                "Your response ({}) was not one of the expected responses: y, n, ",
                python_repr(other)
            )),
        }
    }
}

fn name_and_version(item: &Uninstallation) -> String {
    let installed = item.installed.as_ref();
    installed
        .map(|installed| format!("{}-{}", installed.name_text, installed.raw_version))
        .unwrap_or_default()
}

/// What is known before anything is done.
fn tell_found(item: &Uninstallation, terminal: &Terminal) {
    let Some(installed) = &item.installed else {
        terminal.warning(&format!("Skipping {} as it is not installed.", item.name));
        return;
    };
    let name = &installed.name_text;
    terminal.line(&format!("Found existing installation: {name} {}", installed.raw_version));
    let canonical = canonicalize_name(name);
    match &item.finding {
        Finding::Outside { location, prefix } => {
            terminal.outside(name, &location.display().to_string(), &prefix.display().to_string());
        }
        Finding::StandardLibrary { location } => {
            terminal.line(&format!(
                "Not uninstalling {canonical} at {}, as it is in the standard library.",
                location.display()
            ));
            terminal.line(&format!("Can't uninstall '{name}'. No files were found to uninstall."));
        }
        Finding::Nothing => {
            terminal.line(&format!("Can't uninstall '{name}'. No files were found to uninstall."));
        }
        Finding::Missing | Finding::Refused(_) | Finding::Removal(_) => {}
    }
}

/// Shows what would go.
pub(crate) fn show(removal: &PlannedRemoval, is_verbose: bool, terminal: &Terminal) {
    let listing = removal.listing(is_verbose);
    for (title, paths) in [
        ("Would remove:", listing.removed),
        ("Would not remove (might be manually added):", listing.skipped),
        ("Would not remove (outside of prefix):", listing.refused),
        ("Will actually move:", listing.moved),
    ] {
        if !paths.is_empty() {
            terminal.line(&format!("  {title}"));
        }
        paths.iter().for_each(|path| terminal.line(&format!("    {}", path.display())));
    }
}

fn remove(removals: &[&PlannedRemoval], context: &Context, terminal: &Terminal) -> Result<(), Failure> {
    let outcome = uninstall(context, removals)?;
    for (path, reason) in &outcome.left {
        terminal.warning(&format!("{} was left: {reason}", path.display()));
    }
    Ok(())
}
