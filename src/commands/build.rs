//! `rpip build`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args};
use operations::{
    BuildSettings, Collected, ConfigSettings, DependencyCheck, Distribution, DistributionOptions,
    Environment, Report, ResolveOptions, build, build_report, wheel_metadata,
};

use crate::args::{General, IndexArgs, collector};
use crate::commands::{Run, SUCCESS};
use crate::failure::Failure;
use crate::output::Terminal;

/// From so many `-q` on nothing at all is said.
const SILENT: u8 = 2;

/// Build a source distribution, and a wheel from it, as `python -m build` does.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip build [options] [source]",
    after_help = "Examples:\n  rpip build\n  rpip build --wheel --outdir wheels ./project\n  rpip build dist/demo-1.0.tar.gz\n  SOURCE_DATE_EPOCH=1700000000 rpip build --reproducible"
)]
pub(crate) struct BuildArgs {
    /// The project's directory, or a source distribution to build a wheel from (default: the working directory)
    #[arg(value_name = "source")]
    sources: Vec<PathBuf>,
    /// Put the distributions here (default: dist in the source directory, or beside the source distribution)
    #[arg(short, long, value_name = "path")]
    outdir: Option<PathBuf>,
    /// Unpack the source distribution that the wheel is built from here, and leave it
    #[arg(long, value_name = "path")]
    sdist_extract_dir: Option<PathBuf>,
    /// Build a source distribution, and only what is named
    #[arg(short, long)]
    sdist: bool,
    /// Build a wheel straight from the source tree, and only what is named
    #[arg(short, long)]
    wheel: bool,
    /// Print the metadata of the wheel as JSON; the source may be a wheel
    #[arg(long)]
    metadata: bool,
    /// Write what was built (name, path, kind, size, SHA-256) to this file as JSON (-: to standard output)
    #[arg(long, value_name = "path")]
    report: Option<PathBuf>,
    /// Build twice, and fail where the results are not the same to the byte (rpip's own)
    #[arg(long)]
    reproducible: bool,
    /// A setting for the build backend; may be given several times
    #[arg(short = 'C', long = "config-setting", visible_alias = "config-settings", value_name = "KEY=[VALUE]", action = ArgAction::Append)]
    config_settings: Vec<String>,
    /// The settings for the build backend as a JSON object
    #[arg(long, value_name = "json")]
    config_json: Option<String>,
    /// Accepted for the sake of `build`: rpip installs what builds need itself
    #[arg(long, value_name = "installer", value_parser = ["pip", "uv"])]
    installer: Option<String>,
    /// Build in the environment as it is: what the build needs must be installed
    #[arg(short, long, alias = "no-build-isolation")]
    no_isolation: bool,
    /// Make the environment of the build here, in an empty directory, and leave it there if the build fails
    #[arg(long, value_name = "path")]
    env_dir: Option<PathBuf>,
    /// With --no-isolation: do not check that what the build needs is installed
    #[arg(short = 'x', long)]
    skip_dependency_check: bool,
    /// A constraints file for what the build needs
    #[arg(long, visible_alias = "build-constraint", value_name = "path", action = ArgAction::Append)]
    dependency_constraints_txt: Vec<String>,
    #[command(flatten)]
    index: IndexArgs,
    #[command(flatten)]
    general: General,
}

impl Run for BuildArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let source = match self.sources.as_slice() {
            [] => directory.clone(),
            [source] => directory.join(source),
            [_, more, ..] => {
                return Err(Failure::plain(format!("One source at a time: what is '{}'?", more.display())));
            }
        };
        self.check(&source)?;
        let cache = self.general.cache(None)?;
        let environment = self.general.environment(&cache)?;
        let context = self.general.context(terminal, &directory, Some(&environment.executable))?;
        let mut limits = Collected::default();
        for file in &self.dependency_constraints_txt {
            collector(&context, &directory).file(file, true, &mut limits)?;
        }
        let options = DistributionOptions {
            distributions: self.distributions(&source),
            output: self.output(&source, &directory),
            extract_to: self.sdist_extract_dir.as_ref().map(|place| directory.join(place)),
            config_settings: self.settings(terminal)?,
            reproducible: self.reproducible,
            resolve: Arc::new(self.resolve_options(limits, &directory, &environment)?),
            source,
        };
        if self.metadata {
            let metadata = wheel_metadata(&context, &environment, &options)?;
            terminal.output(&format!("{metadata:#}"));
            return Ok(SUCCESS);
        }
        let files = build(&context, &environment, &options)?;
        if let Some(path) = &self.report {
            terminal.document(path, &Report(build_report(&files)?))?;
        }
        if self.general.quiet < SILENT {
            terminal.output(&format!("Successfully built {}", listed(&files)));
        }
        Ok(SUCCESS)
    }
}

impl BuildArgs {
    /// The refusals of `build`.
    fn check(&self, source: &Path) -> Result<(), Failure> {
        let usage = |text: &str| {
            Err(Failure::Usage(format!("\nUsage:   \n  rpip build [options] [source]\n\n{text}")))
        };
        let is_sdist = [".tar.gz", ".zip"].iter().any(|ending| source.to_string_lossy().ends_with(ending));
        let is_wheel = source.is_file() && source.extension().is_some_and(|ending| ending == "whl");
        match () {
            () if self.report.is_some() && self.metadata => usage("--report: not allowed with --metadata"),
            () if is_wheel && !self.metadata => usage(
                "a wheel can only be used with --metadata, to read its metadata; it cannot be built from",
            ),
            () if self.metadata && (self.sdist || self.wheel) => {
                usage("--metadata: not allowed with --sdist or --wheel")
            }
            () if self.sdist && source.is_file() => usage(
                "cannot build a source distribution from a source distribution; pass --wheel to build a wheel from the sdist",
            ),
            () if self.config_json.is_some() && !self.config_settings.is_empty() => {
                usage("--config-json: not allowed with --config-setting")
            }
            () if self.env_dir.is_some() && self.no_isolation => {
                usage("--env-dir: not allowed with --no-isolation")
            }
            () if !source.exists() => {
                Err(Failure::plain(format!("Source {} does not exist", source.display())))
            }
            () if source.is_file() && !is_wheel && !is_sdist => Err(Failure::plain(format!(
                "Source {} is neither a directory nor a source distribution (.tar.gz, .zip)",
                source.display()
            ))),
            () => Ok(()),
        }
    }

    fn distributions(&self, source: &Path) -> Vec<Distribution> {
        match (self.sdist, self.wheel) {
            (true, true) => vec![Distribution::Sdist, Distribution::Wheel],
            (true, false) => vec![Distribution::Sdist],
            (false, true) => vec![Distribution::Wheel],
            (false, false) if source.is_file() => vec![Distribution::Wheel],
            (false, false) => vec![Distribution::WheelFromSdist],
        }
    }

    fn output(&self, source: &Path, directory: &Path) -> PathBuf {
        match &self.outdir {
            Some(output) => directory.join(output),
            None if source.is_file() => source.parent().unwrap_or(directory).to_owned(),
            None => source.join("dist"),
        }
    }

    fn settings(&self, terminal: &Terminal) -> Result<ConfigSettings, Failure> {
        if let Some(text) = &self.config_json {
            return ConfigSettings::from_json(text)
                .map_err(|reason| Failure::plain(format!("Invalid JSON in --config-json: {reason}")));
        }
        let mut settings = ConfigSettings::default();
        for text in &self.config_settings {
            let (key, value) = text.split_once('=').unwrap_or_else(|| {
                terminal.warning(&format!(
                    "Config setting '{text}' was passed without a value; this form is not supported by pip. Write {text}= \
                     instead to be compatible with both tools"
                ));
                (text, "")
            });
            settings.add(key, value);
        }
        Ok(settings)
    }

    fn resolve_options(
        &self,
        limits: Collected,
        directory: &Path,
        environment: &Environment,
    ) -> Result<ResolveOptions, Failure> {
        let mut collected = Collected::default();
        let build = BuildSettings {
            isolated: !self.no_isolation,
            dependency_check: match self.skip_dependency_check {
                true => DependencyCheck::None,
                false => DependencyCheck::Thorough,
            },
            environment_directory: self.env_dir.as_ref().map(|place| directory.join(place)),
            constraints: limits.constraints,
            variables: std::env::vars_os().collect(),
            checkouts: environment.scheme.data.join("src"),
            ..BuildSettings::default()
        };
        Ok(ResolveOptions {
            index: self.index.options(&mut collected, directory, self.general.isolated)?,
            uploaded_before: self.index.uploaded_prior_to,
            build,
            ..ResolveOptions::default()
        })
    }
}

/// `a.tar.gz and a.whl`.
fn listed(files: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let names: Vec<String> = files.iter().filter_map(name).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
