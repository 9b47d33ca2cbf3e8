//! From pins to a staged transaction, without barriers: what is cached is compiled and linked while
//! the rest is still on its way.

use std::sync::{Mutex, PoisonError, mpsc};

use cache::CachedWheel;
use distribution::{Artifact, ArtifactKind, Candidate, Digest, DirectUrl, HashAlgorithm, Yanked};
use install::{Installation, Transaction};
use python::{BytecodeCompiler, Environment};
use rayon::prelude::*;
use requirement::ProjectName;
use resolver::{Dependencies, Provider, ResolvedPin};

use crate::answer::reason_for;
use crate::context::PATIENCE;
use crate::downloads::Downloads;
use crate::hashes::Hashes;
use crate::plan::Plan;
use crate::prepare::Preparer;
use crate::{Context, Event, InstallOutcome, OperationError};

/// What staging needs.
pub(crate) struct Staging<'a> {
    pub(crate) preparer: &'a Preparer,
    pub(crate) environment: &'a Environment,
    pub(crate) context: &'a Context,
    pub(crate) compile: bool,
    pub(crate) hashes: &'a Hashes,
    pub(crate) downloads: &'a Downloads,
}

/// One pin on its way.
struct Item<'a> {
    pin: &'a ResolvedPin,
    source: Source,
    cached: Option<CachedWheel>,
}

/// Where the wheel of a pin comes from.
pub(crate) enum Source {
    Index(Candidate),
    Direct(DirectUrl),
}

/// Fetches what is not cached, compiles, and links everything into the transaction. Returns the pins with the versions as their
/// projects spell them.
pub(crate) fn stage_all(
    transaction: &Transaction,
    plan: &Plan,
    order: &[ProjectName],
    work: &Staging<'_>,
) -> Result<Vec<(ResolvedPin, String)>, OperationError> {
    let items = work.items(plan)?;
    work.announce(&items, plan);
    let compiler = work.compile.then(|| {
        let interpreter = work.environment.interpreter.clone();
        BytecodeCompiler::new(interpreter, work.context.threads, work.context.cache.clone())
    });
    let job = Job { work, transaction, order, compiler, staged: Mutex::default(), failed: Mutex::default() };
    let (sender, arrivals) = mpsc::channel();
    // The largest first: it is the one that everything else waits for in the end.
    let mut missing: Vec<(usize, &Candidate)> = Vec::new();
    for (position, item) in items.iter().enumerate() {
        if let (None, Source::Index(candidate)) = (&item.cached, &item.source) {
            missing.push((position, candidate));
        }
    }
    missing.sort_by_key(|(_, candidate)| std::cmp::Reverse(candidate.artifact.size));
    for (position, candidate) in missing {
        let sender = sender.clone();
        work.preparer.fetch(candidate).then(move |wheel| {
            let _ = sender.send((position, wheel.clone()));
        });
    }
    drop(sender);
    rayon::in_place_scope(|scope| {
        let job = &job;
        for item in &items {
            if let Some(wheel) = &item.cached {
                scope.spawn(move |_| job.run(item, wheel));
            }
        }
        loop {
            match arrivals.recv_timeout(PATIENCE) {
                Ok((position, Ok(wheel))) => {
                    let item = &items[position];
                    scope.spawn(move |_| job.run(item, &wheel));
                }
                Ok((_, Err(error))) => job.fail(error.into()),
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) if work.context.cancellation.is_cancelled() => {
                    job.fail(OperationError::Interrupted);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            if job.has_failed() {
                break;
            }
        }
    });
    match job.failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(job.staged.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

/// Work that several threads share.
struct Job<'a> {
    work: &'a Staging<'a>,
    transaction: &'a Transaction,
    /// The order of installation.
    order: &'a [ProjectName],
    compiler: Option<BytecodeCompiler>,
    staged: Mutex<Vec<(ResolvedPin, String)>>,
    failed: Mutex<Option<OperationError>>,
}

impl Job<'_> {
    fn fail(&self, error: OperationError) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }

    fn has_failed(&self) -> bool {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Compiles and stages one wheel; after a failure elsewhere nothing more is done.
    fn run(&self, item: &Item<'_>, wheel: &CachedWheel) {
        if self.work.context.cancellation.is_cancelled() {
            self.fail(OperationError::Interrupted);
        }
        if self.has_failed() {
            return;
        }
        if let Err(error) = self.stage(item, wheel) {
            self.fail(error);
        }
    }

    fn stage(&self, item: &Item<'_>, wheel: &CachedWheel) -> Result<(), OperationError> {
        self.work.verify(item, wheel)?;
        let bytecode = match &self.compiler {
            None => None,
            Some(compiler) => match compiler.compile(wheel) {
                Ok(bytecode) => Some(bytecode),
                Err(error) => {
                    let warning =
                        format!("bytecode of {} was not compiled: {error}", wheel.manifest.filename);
                    self.work.context.reporter.event(Event::Warning(&warning));
                    None
                }
            },
        };
        let direct_url = match &item.source {
            Source::Direct(url) => Some(url.clone()),
            Source::Index(_) => None,
        };
        self.transaction.stage(&Installation {
            wheel: wheel.clone(),
            bytecode,
            requested: item.pin.requested,
            headers_name: Some(headers_name(item)),
            position: self.order.iter().position(|name| *name == item.pin.name).unwrap_or_default(),
            direct_url,
        })?;
        let named = (item.pin.clone(), wheel.manifest.version.clone());
        self.staged.lock().unwrap_or_else(PoisonError::into_inner).push(named);
        Ok(())
    }
}

impl Staging<'_> {
    /// What `--dry-run` tells.
    pub(crate) fn dry_run(&self, plan: &Plan) -> Result<InstallOutcome, OperationError> {
        let all = plan.all();
        for pin in plan.install.iter().chain(&plan.replace) {
            if let Source::Index(candidate) = self.source(pin)? {
                announce(self.preparer, &all, pin, &candidate.artifact, self.context);
            }
        }
        let pins = plan.install.iter().chain(&plan.replace);
        let mut installed: Vec<(String, String)> =
            pins.map(|pin| (self.display_name(pin), pin.version.to_string())).collect();
        installed.sort();
        Ok(InstallOutcome { installed, ..InstallOutcome::default() })
    }

    /// The name as the project spells it.
    fn display_name(&self, pin: &ResolvedPin) -> String {
        match self.preparer.dependencies(&pin.name, &pin.version, false) {
            Ok(Dependencies::Known(metadata)) => metadata.name_text.to_string(),
            _ => pin.name.to_string(),
        }
    }

    /// Every pin of the plan with its source; the cache is asked on all threads.
    fn items<'p>(&self, plan: &'p Plan) -> Result<Vec<Item<'p>>, OperationError> {
        let pins: Vec<&ResolvedPin> = plan.install.iter().chain(&plan.replace).collect();
        pins.into_par_iter().map(|pin| self.item(pin)).collect()
    }

    fn item<'p>(&self, pin: &'p ResolvedPin) -> Result<Item<'p>, OperationError> {
        let source = self.source(pin)?;
        let cached = match (&source, self.preparer.direct(&pin.name)) {
            (Source::Index(candidate), _) => {
                let known = self.preparer.known_wheel(candidate).and_then(|slot| slot.get());
                known.transpose().map_err(OperationError::from)?
            }
            (Source::Direct(_), direct) => direct.and_then(|direct| direct.wheel.clone()),
        };
        Ok(Item { pin, source, cached })
    }

    /// Where a pin that is installed comes from.
    pub(crate) fn source(&self, pin: &ResolvedPin) -> Result<Source, OperationError> {
        if let Some(direct) = self.preparer.direct(&pin.name) {
            return Ok(Source::Direct(direct.direct_url.clone()));
        }
        let candidate = self.preparer.candidate(&pin.name, &pin.version)?;
        candidate.map(Source::Index).ok_or(OperationError::Interrupted)
    }

    /// `Collecting` and `Using cached` lines, in the order in which the search met them.
    fn announce(&self, items: &[Item<'_>], plan: &Plan) {
        let pins = plan.all();
        for item in items {
            let Source::Index(Candidate { artifact, .. }) = &item.source else { continue };
            announce(self.preparer, &pins, item.pin, artifact, self.context);
            let is_local = artifact.url.starts_with("file:");
            if item.cached.is_some() && !is_local && !self.downloads.has_fetched(&artifact.filename) {
                self.context
                    .reporter
                    .event(Event::UsingCached { filename: &artifact.filename, size: artifact.size });
            }
        }
        self.downloads.tell(items.iter().filter_map(|item| match &item.source {
            Source::Index(candidate) => Some(&*candidate.artifact.filename),
            Source::Direct(_) => None,
        }));
    }

    /// The wheel must be what was resolved: same name, version, and dependencies, and a hash that the user listed.
    fn verify(&self, item: &Item<'_>, wheel: &CachedWheel) -> Result<(), OperationError> {
        let pin = item.pin;
        for warning in &wheel.manifest.record_problems {
            self.context.reporter.event(Event::Warning(&format!("{}: {warning}", wheel.manifest.filename)));
        }
        let Source::Index(Candidate { artifact, .. }) = &item.source else { return Ok(()) };
        // What was built here was checked by the build; its metadata may say the same in other words than the source did.
        let built_here = matches!(artifact.kind, ArtifactKind::Sdist(_));
        if built_here {
            return Ok(());
        }
        let requirement = format!("{}=={}", pin.name, pin.version);
        self.hashes.verify(&requirement, &pin.name, |algorithm| match algorithm {
            HashAlgorithm::Sha256 => Ok(Digest::from(wheel.sha256)),
            other => self.preparer.digest(artifact, other),
        })?;
        if self.preparer.request().no_dependencies {
            return Ok(());
        }
        let Ok(Dependencies::Known(resolved)) = self.preparer.dependencies(&pin.name, &pin.version, false)
        else {
            return Ok(());
        };
        let metadata = wheel.metadata()?;
        let same = metadata.name == resolved.name
            && metadata.version == resolved.version
            && metadata.requires_dist == resolved.requires_dist
            && metadata.requires_python == resolved.requires_python;
        if same {
            return Ok(());
        }
        wheel.require_metadata()?;
        Err(OperationError::UnusableFile {
            text: artifact.filename.to_string(),
            reason: "its metadata differs from what the index gave for it: the index is inconsistent, or someone has tampered with it"
                .to_owned(),
        })
    }
}

/// `Collecting`, or `Processing` where the file is at hand, and what there is to say of the file.
pub(crate) fn announce(
    preparer: &Preparer,
    pins: &[&ResolvedPin],
    pin: &ResolvedPin,
    artifact: &Artifact,
    context: &Context,
) {
    let (requirement, from) = reason_for(preparer, pins, pin);
    let reporter = &context.reporter;
    match index::path_of_file_url(&artifact.url) {
        Some(path) => reporter.event(Event::ProcessingFile { path: &path, from: &from }),
        None => reporter.event(Event::Collecting { requirement: &requirement, from: &from }),
    }
    if let Yanked::Yes(reason) = &artifact.yanked {
        reporter.event(Event::Warning(&format!(
            "The candidate selected for download or install is a yanked version: '{}' candidate (version {} at {})\nReason for being yanked: {}",
            pin.name,
            pin.version,
            network::redacted(&artifact.url),
            reason.as_deref().unwrap_or("<none given>")
        )));
    }
}

/// The name of the directory for a project's headers: as pip knows it, who reads that of a wheel off its file name.
fn headers_name(item: &Item<'_>) -> String {
    match &item.source {
        Source::Direct(direct) if direct.url.ends_with(".whl") => item.pin.name.to_string(),
        _ => item.pin.name_text.to_string(),
    }
}
