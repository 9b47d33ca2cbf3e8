//! `build`: from a source tree to a source distribution and, from that, a wheel, as they are published. Nothing of them is
//! seen in the output directory before it is whole.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::build::{
    BuildError, BuildReporter, BuildStack, Builder, ConfigSettings, Expected, Hook, SourceKind, SourceTree,
};
use cache::{Cache, SourceArchive, SourceLimits};
use distribution::WheelFilename;
use publish::{Archive, RawMetadata, differences};
use python::Environment;
use requirement::ProjectName;
use serde_json::{Value, json};

use crate::answer::Means;
use crate::build_environment::check_environment_directory;
use crate::context::PATIENCE;
use crate::source::Sources;
use crate::{Context, Event, OperationError, ResolveOptions};

/// Times in archives are told in steps of so much (zip).
const CLOCK_STEP: Duration = Duration::from_secs(2);

/// What to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// A source distribution.
    Sdist,
    /// A wheel, straight from the source tree.
    Wheel,
    /// A source distribution, then a wheel from it: what is published has then been seen to build.
    WheelFromSdist,
}

/// How to build for publication.
#[derive(Debug, Clone)]
pub struct DistributionOptions {
    /// A source tree, or a source distribution to build a wheel from.
    pub source: PathBuf,
    /// What to build, in this order.
    pub distributions: Vec<Distribution>,
    /// Where to put it.
    pub output: PathBuf,
    /// Where a source distribution is unpacked that a wheel is built from, to stay there; none: for a while, in the cache.
    pub extract_to: Option<PathBuf>,
    /// For the backend.
    pub config_settings: ConfigSettings,
    /// Build twice and compare.
    pub reproducible: bool,
    /// Where build requirements come from, and how builds behave.
    pub resolve: Arc<ResolveOptions>,
}

/// Builds distributions; gives their paths.
pub fn build(
    context: &Context,
    environment: &Environment,
    options: &DistributionOptions,
) -> Result<Vec<PathBuf>, OperationError> {
    let work = Work::new(context, environment, options)?;
    let is_new = !options.output.exists();
    make_output(&options.output)?;
    let build = || if options.reproducible { work.twice() } else { work.all(&options.output) };
    let built = work.require_lasting(&options.output).and_then(|()| build());
    if built.is_err() && is_new {
        // Only an empty one can be removed so.
        let _ = fs::remove_dir(&options.output);
    }
    work.finished(built)
}

/// The metadata of the wheel that a tree would build, or that a wheel has, as `packaging` names its fields.
pub fn wheel_metadata(
    context: &Context,
    environment: &Environment,
    options: &DistributionOptions,
) -> Result<Value, OperationError> {
    let is_wheel = options.source.extension().is_some_and(|ending| ending == "whl");
    if is_wheel && options.source.is_file() {
        return Ok(RawMetadata::parse(&Archive::open(&options.source)?.metadata()?).to_json());
    }
    let work = Work::new(context, environment, options)?;
    let bytes =
        work.with_source(&mut |work, tree| work.with_builder(tree, |builder| builder.metadata_text()));
    Ok(RawMetadata::parse(&work.finished(bytes)?).to_json())
}

/// What was built, as `build --report` tells it.
pub fn build_report(files: &[PathBuf]) -> Result<Value, OperationError> {
    let artifact = |path: &PathBuf| {
        let archive = Archive::open(path)?;
        let kind = if archive.filename.ends_with(".whl") { "wheel" } else { "sdist" };
        Ok(json!({
            "name": archive.filename,
            "path": path.display().to_string(),
            "kind": kind,
            "size": archive.size,
            "hashes": { "sha256": archive.digests()?.sha256 },
        }))
    };
    let artifacts = files.iter().map(artifact).collect::<Result<Vec<Value>, OperationError>>()?;
    Ok(json!({ "version": "1.0", "artifacts": artifacts }))
}

struct Work<'a> {
    context: &'a Context,
    options: &'a DistributionOptions,
    sources: Sources,
}

/// A tree to build from, and how it can be had again.
struct Origin<'a> {
    root: &'a Path,
    kind: SourceKind,
    /// The name of the project, where it is known.
    name: Option<ProjectName>,
    /// The source distribution that it was unpacked from, if it will not stay.
    unpacked_from: Option<&'a Path>,
}

impl<'a> Work<'a> {
    fn new(
        context: &'a Context,
        environment: &Environment,
        options: &'a DistributionOptions,
    ) -> Result<Self, OperationError> {
        if let Some(place) = &options.resolve.build.environment_directory {
            check_environment_directory(place)?;
        }
        let means = Means::new(context, &options.resolve);
        let sources =
            Sources::new(context, environment, Arc::clone(&options.resolve), means, BuildStack::default());
        Ok(Self { context, options, sources })
    }

    fn event(&self, event: Event<'_>) {
        self.context.reporter.event(event);
    }

    fn all(&self, output: &Path) -> Result<Vec<PathBuf>, OperationError> {
        let mut files = Vec::new();
        for distribution in &self.options.distributions {
            match distribution {
                Distribution::Sdist => files.push(self.sdist(output)?),
                Distribution::Wheel => {
                    files.push(self.with_source(&mut |work, tree| work.wheel(tree, output))?);
                }
                Distribution::WheelFromSdist => {
                    let sdist = self.sdist(output)?;
                    files.push(sdist.clone());
                    self.event(Event::Step("Building wheel from sdist"));
                    files.push(self.with_sdist(&sdist, &mut |work, tree| work.wheel(tree, output))?);
                }
            }
        }
        Ok(files)
    }

    /// Refuses to deliver into what will be removed.
    fn require_lasting(&self, output: &Path) -> Result<(), OperationError> {
        let Some(place) = &self.options.resolve.build.environment_directory else { return Ok(()) };
        let real = |path: &Path| fs::canonicalize(path).ok();
        if real(place).is_some_and(|place| real(output).is_some_and(|output| output.starts_with(place))) {
            let reason = "--env-dir must not be, or hold, the directory that the distributions go to";
            return Err(OperationError::InTheWay { path: place.clone(), reason });
        }
        Ok(())
    }

    /// Removes the environment that the user has named a place for. After a failure it stays, to be looked into.
    fn finished<T>(&self, outcome: Result<T, OperationError>) -> Result<T, OperationError> {
        match &self.options.resolve.build.environment_directory {
            Some(place) if outcome.is_ok() && place.exists() => remove(place).and(outcome),
            _ => outcome,
        }
    }

    /// Builds twice; what is the same both times is delivered.
    fn twice(&self) -> Result<Vec<PathBuf>, OperationError> {
        let scratch = self.context.cache.scratch_directory()?;
        let rounds = ["first", "second"].map(|name| scratch.path().join(name));
        let start = Instant::now();
        let mut built = Vec::new();
        for round in &rounds {
            make_output(round)?;
            if !built.is_empty() {
                self.pause_since(start)?;
            }
            self.event(Event::Step(&format!("Build {} of 2", built.len() + 1)));
            built.push(self.all(round)?);
        }
        let [first, second] = built.as_slice() else { return Ok(Vec::new()) };
        compare(first, second)?;
        first.iter().map(|file| deliver(file, &self.options.output)).collect()
    }

    /// Does something with the tree that the user names, or that the sdist holds which the user names.
    fn with_source<T>(
        &self,
        work: &mut dyn FnMut(&Self, &Origin<'_>) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let source = &self.options.source;
        if source.is_file() {
            return self.with_sdist(source, work);
        }
        work(self, &Origin { root: source, kind: SourceKind::Tree, name: None, unpacked_from: None })
    }

    fn with_sdist<T>(
        &self,
        sdist: &Path,
        work: &mut dyn FnMut(&Self, &Origin<'_>) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let archive = Archive::open(sdist)?;
        // What has no PKG-INFO is no source distribution, however well it may build.
        let metadata = RawMetadata::parse(&archive.metadata()?);
        let name = metadata.one("Name").and_then(|name| name.parse().ok());
        let scratch;
        let place = match &self.options.extract_to {
            Some(place) => {
                self.clear_extracted(place, &archive.filename)?;
                place.as_path()
            }
            None => {
                scratch = self.context.cache.scratch_directory()?;
                scratch.path()
            }
        };
        let file = fs::File::open(sdist)
            .map_err(|source| OperationError::NotReadable { path: sdist.to_owned(), source })?;
        let source = SourceArchive { filename: &archive.filename, file: &file, promised: &[] };
        let unpacked = Cache::unpack_source(&source, place, &SourceLimits::default())?;
        let unpacked_from = self.options.extract_to.is_none().then_some(sdist);
        work(self, &Origin { root: &unpacked.root, kind: SourceKind::Sdist, name, unpacked_from })
    }

    /// Removes what was unpacked from the same source distribution before: nothing else.
    fn clear_extracted(&self, place: &Path, filename: &str) -> Result<(), OperationError> {
        make_output(place)?;
        let stem = filename.strip_suffix(".tar.gz").or_else(|| filename.strip_suffix(".zip"));
        let old = place.join(stem.unwrap_or(filename));
        if !old.exists() {
            return Ok(());
        }
        if !old.join("PKG-INFO").is_file() {
            let reason = "it is not an unpacked source distribution";
            return Err(OperationError::InTheWay { path: old, reason });
        }
        remove(&old)
    }

    fn sdist(&self, output: &Path) -> Result<PathBuf, OperationError> {
        self.with_source(&mut |work, tree| work.with_builder(tree, |builder| builder.sdist(output)))
    }

    fn wheel(&self, tree: &Origin<'_>, output: &Path) -> Result<PathBuf, OperationError> {
        let file = self.with_builder(tree, |builder| builder.wheel(output))?;
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let sdist = tree.unpacked_from.and_then(Path::file_name).map(|name| name.to_string_lossy());
        // A wheel of another version than its sdist: the version is made from something that the sdist lacks.
        if let (Ok(wheel), Some(sdist)) = (name.parse::<WheelFilename>(), sdist)
            && let Ok(expected) = distribution::SdistFilename::parse(&sdist, &wheel.name)
            && expected.version != wheel.version
        {
            self.event(Event::Warning(&format!(
                "{name} was built from {sdist} and has another version: does the source distribution lack what the version is \
                 made from (as .git)?"
            )));
        }
        Ok(file)
    }

    /// Runs hooks on a tree.
    fn with_builder<T>(
        &self,
        tree: &Origin<'_>,
        run: impl FnOnce(&mut Builder<'_>) -> Result<T, BuildError>,
    ) -> Result<T, OperationError> {
        let source = SourceTree::open(
            tree.root,
            None,
            tree.kind,
            Expected { name: tree.name.clone(), version: None },
        )?;
        source.pyproject.check_build_system().map_err(|reason| BuildError::Pyproject {
            file: source.directory.join("pyproject.toml"),
            source: reason,
        })?;
        let reporter = Steps(self.context);
        self.sources.run_build(source, &self.options.config_settings, &reporter, |builder, _| {
            Ok(run(builder).map_err(|error| with_preparation(error, tree))?)
        })
    }

    /// Lets the clock of archives go on, so that a time of building that is written into one is seen.
    fn pause_since(&self, start: Instant) -> Result<(), OperationError> {
        let variables = &self.options.resolve.build.variables;
        if variables.iter().any(|(name, value)| name == "SOURCE_DATE_EPOCH" && !value.is_empty()) {
            return Ok(());
        }
        while start.elapsed() < CLOCK_STEP {
            if self.context.cancellation.is_cancelled() {
                return Err(OperationError::Interrupted);
            }
            std::thread::sleep(PATIENCE);
        }
        Ok(())
    }
}

/// Says how a tree that is gone by now can be had again.
fn with_preparation(error: BuildError, tree: &Origin<'_>) -> BuildError {
    let BuildError::Hook(mut failed) = error else { return error };
    let sdist = tree.unpacked_from.and_then(|sdist| std::path::absolute(sdist).ok());
    if let (Some(reproduction), Some(sdist), Some(top)) =
        (&mut failed.reproduction, sdist, tree.root.file_name())
    {
        reproduction.preparation = Some(format!(
            "cd \"$(mktemp -d)\" && tar -xf {} && cd {}",
            ::build::shell_quoted(&sdist.display().to_string()),
            ::build::shell_quoted(&top.to_string_lossy())
        ));
    }
    BuildError::Hook(failed)
}

/// Makes a directory, and sees that something can be written there: better before a long build than after it.
fn make_output(path: &Path) -> Result<(), OperationError> {
    let writable = fs::create_dir_all(path).and_then(|()| tempfile::tempfile_in(path));
    writable.map(|_| ()).map_err(|source| OperationError::NotWritable { path: path.to_owned(), source })
}

fn remove(directory: &Path) -> Result<(), OperationError> {
    fs::remove_dir_all(directory)
        .map_err(|source| OperationError::NotWritable { path: directory.to_owned(), source })
}

/// Moves a file that is whole to where it is wanted.
fn deliver(file: &Path, output: &Path) -> Result<PathBuf, OperationError> {
    Ok(::build::deliver(file, output)?)
}

/// The two rounds of a reproducible build must give the same.
fn compare(first: &[PathBuf], second: &[PathBuf]) -> Result<(), OperationError> {
    let name =
        |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut differing = Vec::new();
    for (one, other) in first.iter().zip(second) {
        let lines = match name(one) == name(other) {
            true => differences(one, other)?,
            false => vec![format!("its name is {} the second time", name(other))],
        };
        if !lines.is_empty() {
            differing.push((name(one), lines));
        }
    }
    if differing.is_empty() { Ok(()) } else { Err(OperationError::NotReproducible(differing)) }
}

/// Tells of hooks as `python -m build` does.
struct Steps<'a>(&'a Context);

impl BuildReporter for Steps<'_> {
    fn started(&self, _: &str, hook: Hook) {
        self.0.reporter.event(Event::Step(match hook {
            Hook::GetRequiresForBuildWheel => "Getting build dependencies for wheel...",
            Hook::GetRequiresForBuildEditable => "Getting build dependencies for editable...",
            Hook::GetRequiresForBuildSdist => "Getting build dependencies for sdist...",
            Hook::PrepareMetadataForBuildWheel => "Getting metadata for wheel...",
            Hook::PrepareMetadataForBuildEditable => "Getting metadata for editable...",
            Hook::BuildWheel => "Building wheel...",
            Hook::BuildEditable => "Building editable...",
            Hook::BuildSdist => "Building sdist...",
        }));
    }

    fn output(&self, _: Option<Hook>, line: &str) {
        self.0.reporter.event(Event::StepOutput(line));
    }

    fn waiting(&self, _: Option<Hook>, elapsed: Duration) {
        self.0.reporter.event(Event::BuildWaiting(elapsed));
    }

    fn finished(&self, _: &str, _: Hook, _: bool) {
        self.0.reporter.event(Event::StepFinished);
    }
}
