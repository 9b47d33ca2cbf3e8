//! One build: its environment, its worker, its hooks in their order (PEP 517, PEP 660).

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use cache::ZipReader;
use distribution::CoreMetadata;
use memmap2::Mmap;
use requirement::{MarkerEnvironment, ProjectName, Requirement, Version};
use tempfile::TempDir;

use crate::environment::variables;
use crate::hints::hints;
use crate::output::Output;
use crate::unmet::Installed;
use crate::worker::{Answer, CAN_FORK, Raised, Request, Stop, Watch, Worker};
use crate::{
    BuildContext, BuildEnvironment, BuildError, BuildFrame, BuildStack, DependencyCheck, Hook, HookError,
    HookProblem, Isolation, Product, Reproduction, SourceTree, product, source,
};

/// A build of a source tree. Nothing runs before a method needs it; all that was started ends when it is dropped.
pub struct Builder<'a> {
    // Dropped first: nothing may write into the scratch directory when it is removed.
    worker: Option<Worker>,
    source: SourceTree,
    context: BuildContext<'a>,
    stack: BuildStack,
    scratch: TempDir,
    output: Output,
    /// What the environment holds: what the source tree asks for and what the hooks asked for.
    requirements: Vec<Requirement>,
    environment: Option<BuildEnvironment>,
    /// For which products the backend has been asked what it needs.
    asked: Vec<Product>,
    /// The metadata directories that the backend has made.
    prepared: Vec<(Product, PathBuf)>,
    /// Wheels that were built to know their metadata.
    built: Vec<(Product, PathBuf)>,
    /// What the project has called itself.
    known: Option<(ProjectName, Version)>,
}

impl<'a> Builder<'a> {
    /// A build of `source`; an error if the same project is being built already.
    pub fn new(source: SourceTree, context: BuildContext<'a>) -> Result<Self, BuildError> {
        let project = || source.pyproject.project().ok().flatten().map(|project| project.name);
        let stack = match source.expected.name.clone().or_else(project) {
            None => context.stack.clone(),
            Some(name) => {
                context.stack.entered(BuildFrame { name, version: source.expected.version.clone() })?
            }
        };
        let directory = &context.options.scratch;
        // The backend works in another directory.
        let scratch = std::path::absolute(directory)
            .and_then(|directory| tempfile::Builder::new().prefix("build-").tempdir_in(directory));
        let scratch = scratch.map_err(BuildError::io("cannot create a directory in", directory))?;
        let output = Output::new(context.options.log.clone(), context.options.log_limit);
        Ok(Self {
            worker: None,
            requirements: source.pyproject.build_system.requires.clone(),
            source,
            context,
            stack,
            scratch,
            output,
            environment: None,
            asked: Vec::new(),
            prepared: Vec::new(),
            built: Vec::new(),
            known: None,
        })
    }

    /// The metadata: static if the tree has it, else from the backend.
    pub fn metadata(&mut self) -> Result<CoreMetadata, BuildError> {
        match self.source.static_metadata()? {
            Some(metadata) => {
                self.learn(&metadata.name, &metadata.version)?;
                Ok(metadata)
            }
            None => self.built_metadata(Product::Wheel),
        }
    }

    /// The metadata of the editable wheel. Only the backend knows it: it may add dependencies.
    pub fn editable_metadata(&mut self) -> Result<CoreMetadata, BuildError> {
        self.built_metadata(Product::Editable)
    }

    /// Builds a wheel into `destination`.
    pub fn wheel(&mut self, destination: &Path) -> Result<PathBuf, BuildError> {
        self.finished_wheel(Product::Wheel, destination)
    }

    /// Builds an editable wheel (PEP 660) into `destination`.
    pub fn editable_wheel(&mut self, destination: &Path) -> Result<PathBuf, BuildError> {
        self.finished_wheel(Product::Editable, destination)
    }

    /// Builds a source distribution into `destination`.
    pub fn sdist(&mut self, destination: &Path) -> Result<PathBuf, BuildError> {
        self.ask_requirements(Product::Sdist)?;
        let directory = self.directory("sdist")?;
        let hook = Hook::BuildSdist;
        let answer = self.call(hook, &[("sdist_directory", &directory)])?;
        let name = answer.and_then(|answer| text_of(&answer));
        let name = name.ok_or_else(|| self.failed(hook, HookProblem::Missing, None))?;
        let file = product::sdist(&directory, &name);
        let file = file.map_err(|reason| self.failed(hook, HookProblem::Product { reason }, None))?;
        product::deliver(&file, destination)
    }

    /// The environment, if the build has come to need one.
    pub fn environment(&self) -> Option<&BuildEnvironment> {
        self.environment.as_ref()
    }

    /// The environment with what the source tree itself asks for; the backend is not started.
    pub fn first_environment(&mut self) -> Result<&BuildEnvironment, BuildError> {
        self.ready_environment()
    }

    /// The environment for a wheel with all that the backend asks for: its key belongs to that of the built wheel.
    pub fn prepared_environment(&mut self, product: Product) -> Result<&BuildEnvironment, BuildError> {
        self.ask_requirements(product)?;
        self.ready_environment()
    }

    /// The log, if something was printed.
    pub fn log(&self) -> Option<PathBuf> {
        self.output.log()
    }

    /// The source tree.
    pub fn source(&self) -> &SourceTree {
        &self.source
    }

    /// The text of METADATA, from the backend.
    pub fn metadata_text(&mut self) -> Result<Vec<u8>, BuildError> {
        let (hook, bytes) = self.built_metadata_text(Product::Wheel)?;
        bytes.map_err(|reason| self.failed(hook, HookProblem::Product { reason }, None))
    }

    /// Metadata by the hook for it; without one, that of the wheel, which is kept.
    fn built_metadata(&mut self, product: Product) -> Result<CoreMetadata, BuildError> {
        let (hook, bytes) = self.built_metadata_text(product)?;
        let metadata = bytes.and_then(|bytes| CoreMetadata::parse(&bytes).map_err(|error| error.to_string()));
        let metadata = metadata.map_err(|reason| self.failed(hook, HookProblem::Product { reason }, None))?;
        self.learn(&metadata.name, &metadata.version)?;
        Ok(metadata)
    }

    /// What is in METADATA, or what is wrong with it; and the hook that made it.
    fn built_metadata_text(
        &mut self,
        product: Product,
    ) -> Result<(Hook, Result<Vec<u8>, String>), BuildError> {
        self.ask_requirements(product)?;
        let hook = match product {
            Product::Editable => Hook::PrepareMetadataForBuildEditable,
            _ => Hook::PrepareMetadataForBuildWheel,
        };
        let directory = self.directory(hook.name())?;
        Ok(match self.call(hook, &[("metadata_directory", &directory)])? {
            Some(answer) => {
                let bytes = self.prepared_metadata(product, &directory, &answer);
                (hook, bytes)
            }
            None => {
                let wheel = self.build_wheel(product)?;
                let bytes = metadata_of_wheel(&wheel);
                self.built.push((product, wheel));
                (product.build_hook(), bytes)
            }
        })
    }

    fn prepared_metadata(
        &mut self,
        product: Product,
        directory: &Path,
        answer: &serde_json::Value,
    ) -> Result<Vec<u8>, String> {
        let name = text_of(answer).unwrap_or_default();
        let path = product::metadata_directory(directory, &name)?;
        let file = path.join("METADATA");
        let bytes = match fs::symlink_metadata(&file) {
            Ok(metadata) if metadata.is_file() => source::read(&file).map_err(|error| error.to_string())?,
            _ => None,
        };
        let bytes = bytes.ok_or_else(|| format!("there is no METADATA in '{name}'"))?;
        self.prepared.push((product, path));
        Ok(bytes)
    }

    fn finished_wheel(&mut self, product: Product, destination: &Path) -> Result<PathBuf, BuildError> {
        self.ask_requirements(product)?;
        let built = self.built.iter().position(|(built, _)| *built == product);
        let wheel = match built {
            Some(index) => self.built.swap_remove(index).1,
            None => self.build_wheel(product)?,
        };
        product::deliver(&wheel, destination)
    }

    /// Has a wheel built into the scratch directory, and looks at its name.
    fn build_wheel(&mut self, product: Product) -> Result<PathBuf, BuildError> {
        let hook = product.build_hook();
        let directory = self.directory(hook.name())?;
        let prepared = self.prepared.iter().find(|(prepared, _)| *prepared == product);
        let prepared = prepared.map(|(_, path)| path.clone());
        let mut directories = vec![("wheel_directory", directory.as_path())];
        directories.extend(prepared.as_deref().map(|prepared| ("metadata_directory", prepared)));
        let answer = self.call(hook, &directories)?;
        let name = answer.and_then(|answer| text_of(&answer));
        let name = name.ok_or_else(|| self.failed(hook, HookProblem::Missing, None))?;
        let (path, filename) = product::wheel(&directory, &name)
            .map_err(|reason| self.failed(hook, HookProblem::Product { reason }, None))?;
        self.learn(&filename.name, &filename.version)?;
        Ok(path)
    }

    /// What is learned of the project must be what was asked for, and the same each time.
    fn learn(&mut self, name: &ProjectName, version: &Version) -> Result<(), BuildError> {
        self.source.check(name, Some(version))?;
        let Some((known_name, known_version)) = &self.known else {
            self.known = Some((name.clone(), version.clone()));
            return Ok(());
        };
        let (what, expected, found) = if known_name != name {
            ("the name", known_name.to_string(), name.to_string())
        } else if known_version != version {
            ("the version", known_version.to_string(), version.to_string())
        } else {
            return Ok(());
        };
        Err(BuildError::Mismatch { package: self.source.label(), what, expected, found })
    }

    /// Asks the backend once what it needs for `product`, and sees that the environment has it. An environment that
    /// is there is taken as it is, as pip does, unless all of it is to be checked.
    fn ask_requirements(&mut self, product: Product) -> Result<(), BuildError> {
        if self.asked.contains(&product) {
            return Ok(());
        }
        match self.context.isolation {
            Isolation::Isolated(_) => {
                if self.learn_requirements(product)? {
                    self.extend_environment()?;
                }
            }
            Isolation::Existing { environment, check: DependencyCheck::Thorough, markers } => {
                let learned = self.learn_requirements(product);
                // A backend that cannot be asked may be one of what is missing: that is what the user must hear.
                self.check_all_requirements(markers, &environment.python)?;
                learned?;
            }
            Isolation::Existing { .. } => {}
        }
        self.asked.push(product);
        Ok(())
    }

    /// Asks the backend what it needs for `product`; whether that is more than was known.
    fn learn_requirements(&mut self, product: Product) -> Result<bool, BuildError> {
        let hook = product.requires_hook();
        let answer = self.call(hook, &[])?;
        let texts = answer.as_ref().and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        let mut is_changed = false;
        for text in texts.iter().filter_map(serde_json::Value::as_str) {
            let requirement = text.parse::<Requirement>().map_err(|error| {
                let package = self.source.label();
                BuildError::InvalidRequirement { package, hook, text: text.to_owned(), reason: error.reason }
            })?;
            if !self.requirements.contains(&requirement) {
                self.requirements.push(requirement);
                is_changed = true;
            }
        }
        Ok(is_changed)
    }

    /// Makes the environment anew; a worker of another one is of no use any more.
    fn extend_environment(&mut self) -> Result<(), BuildError> {
        let old = self.environment.take();
        let new = self.ready_environment()?;
        if old.as_ref() != Some(new) {
            self.worker = None;
        }
        Ok(())
    }

    fn ready_environment(&mut self) -> Result<&BuildEnvironment, BuildError> {
        let environment = match self.environment.take() {
            Some(environment) => environment,
            None => match self.context.isolation {
                Isolation::Existing { environment, check, markers } => {
                    self.environment = Some(environment.clone());
                    if check == DependencyCheck::Listed
                        && let Err(error) = self.check_listed_requirements(markers)
                    {
                        self.environment = None;
                        return Err(error);
                    }
                    environment.clone()
                }
                Isolation::Isolated(installer) => installer
                    .environment(&self.requirements, &self.stack)
                    .map_err(|source| self.not_installed(source))?,
            },
        };
        Ok(self.environment.insert(environment))
    }

    fn not_installed(&self, source: Box<dyn Error + Send + Sync>) -> BuildError {
        // A build in between has said it all already.
        match source.downcast::<BuildError>() {
            Ok(error) if matches!(*error, BuildError::Loop { .. } | BuildError::Cancelled { .. }) => *error,
            Ok(error) => self.requirements_error(error),
            Err(source) => self.requirements_error(source),
        }
    }

    fn requirements_error(&self, source: Box<dyn Error + Send + Sync>) -> BuildError {
        BuildError::Requirements {
            package: self.source.label(),
            requirements: self.requirements.iter().map(Requirement::to_string).collect(),
            source,
        }
    }

    /// Looks if an environment that is there has what the source tree lists.
    fn check_listed_requirements(&mut self, markers: &MarkerEnvironment) -> Result<(), BuildError> {
        let installed = self.installed()?;
        installed.check_listed(&self.requirements, markers, self.source.label())
    }

    /// Looks if it has what is known to be needed, by the source tree and by the backend, and what that needs.
    fn check_all_requirements(
        &mut self,
        markers: &MarkerEnvironment,
        python: &Path,
    ) -> Result<(), BuildError> {
        self.installed()?.check_all(&self.requirements, markers, python)
    }

    fn installed(&mut self) -> Result<Installed, BuildError> {
        let answer = self.exchange(None, Request::installed(&self.context.options.config_settings))?;
        Ok(serde_json::from_value(answer.value).unwrap_or_default())
    }

    /// An empty directory for the results of one hook.
    fn directory(&self, name: &str) -> Result<PathBuf, BuildError> {
        let directory = tempfile::Builder::new().prefix(name).tempdir_in(self.scratch.path());
        let directory =
            directory.map_err(BuildError::io("cannot create a directory in", self.scratch.path()))?;
        Ok(directory.keep())
    }

    /// Calls a hook. None if the backend does not have it.
    fn call(
        &mut self,
        hook: Hook,
        directories: &[(&'static str, &Path)],
    ) -> Result<Option<serde_json::Value>, BuildError> {
        let package = self.source.label();
        self.context.reporter.started(&package, hook);
        self.output.begin(hook.title());
        let request = Request::hook(hook, directories, &self.context.options.config_settings);
        let answer = self.exchange(Some(hook), request);
        let result = answer.map(|answer| (!answer.is_missing).then_some(answer.value));
        self.context.reporter.finished(&package, hook, result.is_ok());
        if result.is_err() || !CAN_FORK {
            self.worker = None;
        }
        result
    }

    /// Sends a request to the worker, which is started if there is none, and takes failures apart.
    fn exchange(&mut self, hook: Option<Hook>, request: Request<'_>) -> Result<Answer, BuildError> {
        let mut worker = match self.worker.take() {
            Some(worker) => worker,
            None => self.start()?,
        };
        let mut watch = Watch {
            output: &mut self.output,
            reporter: self.context.reporter,
            cancelled: self.context.cancelled,
            hook,
            limit: self.context.options.hook_limit,
        };
        let answer = worker.call(request, &mut watch);
        let (problem, missing) = match answer {
            Ok(Answer { error: Some(raised), .. }) => (problem_of(&raised), raised.missing_module),
            Ok(Answer { exit: Some(status), .. }) => {
                (HookProblem::Exited { status: format!("exit status: {status}") }, None)
            }
            Ok(Answer { signal: Some(signal), .. }) => {
                (HookProblem::Exited { status: format!("signal: {signal}") }, None)
            }
            Ok(answer) => {
                self.worker = Some(worker);
                return Ok(answer);
            }
            Err(Stop::Cancelled) => {
                return Err(BuildError::Cancelled { package: self.source.label() });
            }
            Err(stop) => (problem_of_stop(stop), None),
        };
        drop(worker);
        Err(self.failed(hook.unwrap_or(Hook::BuildWheel), problem, missing.as_deref()))
    }

    /// A worker, in an environment that has what the build needs.
    fn start(&mut self) -> Result<Worker, BuildError> {
        self.source.check_backend_path()?;
        let temporary = self.scratch.path().join("tmp");
        fs::create_dir_all(&temporary).map_err(BuildError::io("cannot create", &temporary))?;
        let environment = self.ready_environment()?.clone();
        // Checking the environment may have started one.
        if let Some(worker) = self.worker.take() {
            return Ok(worker);
        }
        let system = &self.source.pyproject.build_system;
        let is_isolated = matches!(self.context.isolation, Isolation::Isolated(_));
        let given = &self.context.options.variables;
        let variables = variables(given, &environment, is_isolated, &system.backend, &temporary);
        let worker = std::path::absolute(&environment.python)
            .and_then(|python| Worker::start(&python, &self.source.directory, system, &variables));
        worker.map_err(|source| BuildError::Start {
            package: self.source.label(),
            python: environment.python.clone(),
            source,
        })
    }

    fn failed(&self, hook: Hook, problem: HookProblem, missing: Option<&str>) -> BuildError {
        let output = self.output.tail();
        let hints = hints(hook, &problem, missing, &output);
        let settings = &self.context.options.config_settings;
        let environment = self.environment.as_ref();
        let reproduction =
            environment.map(|environment| Reproduction::new(hook, &self.source, environment, settings));
        BuildError::Hook(Box::new(HookError {
            package: self.source.label(),
            hook,
            backend: self.source.pyproject.build_system.backend.to_string(),
            problem,
            output,
            log: self.output.log(),
            reproduction,
            hints,
        }))
    }
}

fn text_of(answer: &serde_json::Value) -> Option<String> {
    answer.as_str().map(str::to_owned)
}

fn problem_of(raised: &Raised) -> HookProblem {
    let mut lines = raised.message.lines().map(str::trim).filter(|line| !line.is_empty());
    // All of it stands in the output. Who leaves the interpreter says the usage first, and why last.
    let message = if raised.kind == "SystemExit" { lines.next_back() } else { lines.next() };
    let (kind, message) = (raised.kind.clone(), message.unwrap_or_default().to_owned());
    match raised {
        Raised { is_import: true, .. } => HookProblem::Unavailable { message: format!("{kind}: {message}") },
        Raised { is_unsupported: true, .. } => HookProblem::Unsupported { message },
        _ => HookProblem::Raised { kind, message },
    }
}

fn problem_of_stop(stop: Stop) -> HookProblem {
    match stop {
        Stop::TimedOut(limit) => HookProblem::TimedOut { limit },
        Stop::Exited(Some(status)) => HookProblem::Exited { status: status.to_string() },
        Stop::Unreadable(reason) => HookProblem::Connection { reason },
        Stop::Io(error) => HookProblem::Connection { reason: error.to_string() },
        Stop::Exited(None) | Stop::Cancelled => {
            HookProblem::Connection { reason: "it has closed its pipes".to_owned() }
        }
    }
}

/// METADATA of a wheel that was just built.
fn metadata_of_wheel(wheel: &Path) -> Result<Vec<u8>, String> {
    let file = File::open(wheel).map_err(|error| error.to_string())?;
    // SAFETY: the file lies in the scratch directory of this build, whose hook is over: nobody changes it.
    let bytes = unsafe { Mmap::map(&file) }.map_err(|error| error.to_string())?;
    let zip = ZipReader::new(&bytes).map_err(|error| error.to_string())?;
    let mut found = zip.entries().iter().filter(|entry| {
        let parts: Vec<&str> = entry.path.components().collect();
        matches!(parts.as_slice(), [directory, "METADATA"] if directory.ends_with(".dist-info"))
    });
    let (Some(entry), None) = (found.next(), found.next()) else {
        return Err("the wheel has not exactly one METADATA".to_owned());
    };
    Ok(zip.read(entry).map_err(|error| error.to_string())?.into_owned())
}
