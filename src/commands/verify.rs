//! `rpip verify`.

use clap::Args;
use operations::{
    Collected, FileProblem, RepairOptions, ResolveOptions, Verification, VerifiedDistribution, repair, verify,
};
use requirement::ProjectName;

use crate::args::{BuildArgs, ConfigSettings, General, IndexArgs, ProtectionArgs};
use crate::commands::{ERROR, Run, SUCCESS, project_names};
use crate::failure::Failure;
use crate::output::Terminal;

/// Compare every installed file with what was installed (RECORD): missing, changed and unreadable files are named, and
/// packages that cannot be verified. The exit code is 1 where something is broken.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip verify [options] [package] ...",
    after_help = "Examples:\n  rpip verify\n  rpip verify flask jinja2\n  rpip verify --repair"
)]
pub(crate) struct VerifyArgs {
    /// Verify these packages only
    #[arg(value_name = "package")]
    packages: Vec<String>,
    /// Install what is broken again, at the same versions and from the same places, and verify once more
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    building: BuildArgs,
    #[command(flatten)]
    target: ProtectionArgs,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for VerifyArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let names = project_names(&self.packages)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        if self.repair {
            self.general.check_environment(&environment)?;
        }
        let mut verification = verify(&environment, &cache, &names)?;
        tell(&verification, terminal);
        if self.repair && verification.broken().next().is_some() {
            verification = self.repair(&environment, names, terminal)?;
        }
        let broken = verification.broken().count();
        if broken == 0 && verification.missing.is_empty() {
            let packages = verification.distributions.iter();
            let files: usize = packages.map(|verified| verified.compared).sum();
            let verified = verification.distributions.iter().filter(|verified| verified.compared > 0).count();
            terminal.line(&format!("No broken files found ({files} files of {verified} packages)."));
            return Ok(SUCCESS);
        }
        if !self.repair && broken > 0 {
            terminal.line("rpip verify --repair installs broken packages again.");
        }
        Ok(ERROR)
    }
}

impl VerifyArgs {
    /// Repairs, and tells what was done and what is still broken.
    fn repair(
        &self,
        environment: &operations::Environment,
        names: Vec<ProjectName>,
        terminal: &Terminal,
    ) -> Result<Verification, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let near = environment.scheme.purelib.as_path();
        let context = self.general.context(terminal, near, Some(&environment.executable))?;
        let mut collected = Collected::default();
        let index = self.index.options(&mut collected, &directory, self.general.isolated)?;
        let settings = ConfigSettings::default();
        let build = self.building.settings(&self.general, &settings, Vec::new(), (&directory, environment));
        terminal.places(&IndexArgs::shown(&index), &index.find_links);
        let options = RepairOptions {
            resolve: ResolveOptions { collected, index, build, ..ResolveOptions::default() },
            names,
            break_system_packages: self.target.break_system_packages,
        };
        let outcome = repair(&context, environment, &options)?;
        let repaired: Vec<String> =
            outcome.repaired.iter().map(|(name, version)| format!("{name}-{version}")).collect();
        if !repaired.is_empty() {
            terminal.line(&format!("Successfully reinstalled {}", repaired.join(" ")));
        }
        for verified in outcome.verification.broken() {
            tell_broken(verified, terminal);
        }
        Ok(outcome.verification)
    }
}

fn tell(verification: &Verification, terminal: &Terminal) {
    verification.warnings.iter().for_each(|warning| terminal.warning(warning));
    for name in &verification.missing {
        terminal.warning(&format!("Package(s) not found: {name}"));
    }
    for verified in &verification.distributions {
        if let Some(reason) = &verified.unverifiable {
            let (name, version) = (&verified.name_text, &verified.version_text);
            terminal.warning(&format!("{name} {version} cannot be verified: {reason}"));
        }
        tell_broken(verified, terminal);
    }
}

fn tell_broken(verified: &VerifiedDistribution, terminal: &Terminal) {
    let (name, version) = (&verified.name_text, &verified.version_text);
    for file in &verified.broken {
        let what = match &file.problem {
            FileProblem::Missing => "is missing".to_owned(),
            FileProblem::Changed => "was changed".to_owned(),
            FileProblem::NotExecutable => "cannot be run: it is not executable".to_owned(),
            FileProblem::UnknownHash(algorithm) => {
                format!("cannot be verified: '{algorithm}' is no hash that proves anything")
            }
            FileProblem::Unreadable(reason) => format!("cannot be read: {reason}"),
        };
        let others = match file.also_of.as_slice() {
            [] => String::new(),
            others => format!(" (it is also of {})", others.join(", ")),
        };
        terminal.output(&format!("{name} {version}: {} {what}{others}", file.path.display()));
    }
}
