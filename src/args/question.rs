//! What the groups of options ask together: how commands come from their arguments to a question for versions.

use std::path::{Path, PathBuf};

use operations::{Collected, Collector, Context, Environment, FileSettings, Purpose, ResolveOptions};

use crate::args::{
    BuildArgs, ConfigSettings, General, IndexArgs, PlatformArgs, RequirementArgs, SelectionArgs, collector,
    default_index,
};
use crate::failure::Failure;
use crate::output::Terminal;

/// The groups of a command that asks for versions.
#[derive(Clone, Copy)]
pub(crate) struct QuestionArgs<'a> {
    /// The command's name, for messages.
    pub(crate) command: &'static str,
    /// What the answer is for.
    pub(crate) purpose: Purpose,
    /// The arguments without an option.
    pub(crate) named: &'a [String],
    /// Those of `-e`.
    pub(crate) editable: &'a [String],
    pub(crate) requirements: &'a RequirementArgs,
    pub(crate) config_settings: &'a ConfigSettings,
    pub(crate) building: &'a BuildArgs,
    pub(crate) platform: &'a PlatformArgs,
    pub(crate) selection: &'a SelectionArgs,
    pub(crate) index: &'a IndexArgs,
    pub(crate) general: &'a General,
}

/// A question, and all that is needed to ask it.
pub(crate) struct Asked {
    pub(crate) context: Context,
    pub(crate) environment: Environment,
    pub(crate) options: ResolveOptions,
    /// The working directory.
    pub(crate) directory: PathBuf,
}

/// Collects what is named in a command's own way.
pub(crate) type Further<'a> = &'a dyn Fn(&Collector<'_>, &mut Collected) -> Result<(), Failure>;

impl QuestionArgs<'_> {
    /// pip's refusals of options that exclude each other. `is_harmless`: what is for another Python may be chosen.
    pub(crate) fn check(&self, is_harmless: bool) -> Result<(), Failure> {
        let is_legacy = self.general.use_deprecated.iter().any(|feature| feature == "legacy-resolver");
        self.platform.check(is_harmless, self.selection, self.requirements)?;
        if !self.requirements.build_constraints.is_empty() && self.building.no_build_isolation {
            return Err(Failure::plain(
                "--build-constraint cannot be used with --no-build-isolation.".to_owned(),
            ));
        }
        self.selection.releases(&FileSettings::default())?;
        self.requirements.check(is_legacy)
    }

    /// Reads all that is named, and tells where it will be looked for.
    pub(crate) fn ask(&self, terminal: &Terminal) -> Result<Asked, Failure> {
        self.ask_with(terminal, None)
    }

    /// The same; `further` collects what only this command knows how to name.
    pub(crate) fn ask_with(
        &self,
        terminal: &Terminal,
        further: Option<Further<'_>>,
    ) -> Result<Asked, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        self.general.check_environment(&environment)?;
        let near = environment.scheme.purelib.as_path();
        let mut context = self.general.context(terminal, near, Some(&environment.executable))?;
        let collector = collector(&context, &directory);
        let named = (self.named, self.editable);
        let mut collected =
            self.requirements.collect(&collector, named, self.selection, &environment.interpreter)?;
        match further {
            None => self.require_something()?,
            Some(further) => further(&collector, &mut collected)?,
        }
        let limits = self.requirements.build_constraints(&collector)?;
        let build =
            self.building.settings(self.general, self.config_settings, limits, (&directory, &environment));
        let options = ResolveOptions { build, ..self.options(collected, &directory)? };
        // Hosts that files trust count for what is asked from here on.
        let trusted = &options.collected.settings.trusted_hosts;
        if !trusted.is_empty() {
            let mut general = self.general.clone();
            general.trusted_host.extend(trusted.iter().cloned());
            context.client = general.client(terminal, Some(&environment.executable));
        }
        terminal.places(&IndexArgs::shown(&options.index), &options.index.find_links);
        Ok(Asked { context, environment, options, directory })
    }

    fn require_something(&self) -> Result<(), Failure> {
        if !self.named.is_empty() || !self.editable.is_empty() || !self.requirements.is_empty() {
            return Ok(());
        }
        let command = self.command;
        let hint = match self.index.find_links.as_slice() {
            [] => format!("(see \"rpip help {command}\")"),
            links => format!("(maybe you meant \"rpip {command} {}\"?)", links.join(" ")),
        };
        Err(Failure::plain(format!("You must give at least one requirement to {command} {hint}")))
    }

    fn options(&self, mut collected: Collected, directory: &Path) -> Result<ResolveOptions, Failure> {
        Ok(ResolveOptions {
            purpose: self.purpose,
            index: self.index.options(&mut collected, directory, self.general.isolated)?,
            public_index: Some(default_index()),
            releases: self.selection.releases(&collected.settings)?,
            formats: self.selection.formats(&collected.settings)?,
            prefer_built: self.selection.prefer_binary || collected.settings.prefer_built,
            no_dependencies: self.requirements.no_deps,
            only_dependencies: self.requirements.only_deps,
            ignore_requires_python: self.requirements.ignore_requires_python,
            target: self.platform.target(),
            uploaded_before: self.index.uploaded_prior_to,
            collected,
            ..ResolveOptions::default()
        })
    }
}
