//! From a source to a wheel in the cache: a tree is had (unpacked, checked out, or where it is), and built if the cache
//! does not hold the wheel already.

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use build::{
    BuildContext, BuildOptions, BuildReporter, BuildStack, Builder, ConfigSettings, DependencyCheck,
    Expected, Isolation, Product, SourceKind, SourceTree,
};
use cache::{Bucket, CachedWheel, WheelSource};
use distribution::{Artifact, CoreMetadata, Digest, HashAlgorithm, Sha256, WheelFilename};
use index::{RemoteFile, SourceArchive};
use python::Environment;
use resolver::Constraint;
use tempfile::TempDir;

use crate::answer::Means;
use crate::building::Building;
use crate::collect::{Wanted, WantedKind};
use crate::downloads::Downloads;
use crate::hashes::among;
use crate::{Context, Event, OperationError, ResolveOptions};

/// What to do where another repository, or something else, stands in the place of a checkout (`--exists-action`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Make the checkout one of the repository that is wanted.
    Switch,
    /// Use what is there.
    Ignore,
    /// Remove it.
    Wipe,
    /// Move it aside.
    BackUp,
    /// Give up.
    Abort,
}

/// How builds behave, beyond what the installation says.
#[derive(Debug, Clone)]
pub struct BuildSettings {
    /// In an environment of their own (not `--no-build-isolation`).
    pub isolated: bool,
    /// What the environment is looked through for, without isolation.
    pub dependency_check: DependencyCheck,
    /// Where the environment is made, in place of the cache (`build --env-dir`): an empty directory, or none yet.
    pub environment_directory: Option<PathBuf>,
    /// `--build-constraint`: limits for what builds need.
    pub constraints: Vec<Constraint>,
    /// `-C KEY=VALUE`, for what the user names.
    pub config_settings: Vec<String>,
    /// The variables that builds start from.
    pub variables: Vec<(OsString, OsString)>,
    /// Where editable checkouts go (`--src`).
    pub checkouts: PathBuf,
    /// What to do where another repository stands there (`--exists-action`).
    pub existing: Option<Existing>,
    /// Whether a version control system may ask for a password.
    pub interactive: bool,
}

impl Default for BuildSettings {
    fn default() -> Self {
        Self {
            isolated: true,
            dependency_check: DependencyCheck::None,
            environment_directory: None,
            constraints: Vec::new(),
            config_settings: Vec::new(),
            variables: Vec::new(),
            checkouts: PathBuf::from("src"),
            existing: None,
            interactive: false,
        }
    }
}

/// Builds. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Sources {
    shared: Arc<Shared>,
    /// The builds that wait for this one.
    stack: BuildStack,
}

struct Shared {
    context: Context,
    environment: Environment,
    options: Arc<ResolveOptions>,
    means: Means,
}

/// A tree to build from.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    /// Its root.
    pub(crate) root: PathBuf,
    /// `#subdirectory=`.
    pub(crate) subdirectory: Option<String>,
    /// What kind of tree it is.
    pub(crate) kind: SourceKind,
    /// What it should be.
    pub(crate) expected: Expected,
    /// What the same text of means the same content for ever (a hash, a commit); none: it is built every time.
    pub(crate) identity: Option<String>,
    /// `-C` values for it.
    pub(crate) config_settings: Vec<String>,
}

/// A wheel that was built here, as its backend wrote it.
#[derive(Debug)]
pub(crate) struct BuiltArchive {
    /// Its name.
    pub(crate) filename: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// What it lies in, where the cache does not keep it.
    _scratch: Option<TempDir>,
}

/// The hash of an archive whose SHA-256 is known.
pub(crate) fn digest_of(
    archive: &SourceArchive,
    sha256: Sha256,
    algorithm: HashAlgorithm,
) -> Result<Digest, OperationError> {
    match algorithm {
        HashAlgorithm::Sha256 => Ok(sha256.into()),
        other => Ok(archive.digest(other)?),
    }
}

impl Sources {
    pub(crate) fn new(
        context: &Context,
        environment: &Environment,
        options: Arc<ResolveOptions>,
        means: Means,
        stack: BuildStack,
    ) -> Self {
        let (context, environment) = (context.clone(), environment.clone());
        Self { shared: Arc::new(Shared { context, environment, options, means }), stack }
    }

    pub(crate) fn context(&self) -> &Context {
        &self.shared.context
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.shared.environment
    }

    pub(crate) fn options(&self) -> &ResolveOptions {
        &self.shared.options
    }

    pub(crate) fn means(&self) -> &Means {
        &self.shared.means
    }

    /// The metadata of a source distribution that an index lists: static, or what its backend tells; `for_good`: that of the wheel,
    /// which is built and kept.
    pub(crate) fn artifact_metadata(
        &self,
        artifact: &Artifact,
        for_good: bool,
    ) -> Result<Arc<CoreMetadata>, OperationError> {
        let remembered = || self.means().sdists.lock().unwrap_or_else(PoisonError::into_inner);
        let is_asked_again = self.options().foreign.is_some();
        if let Some(known) = remembered().get(&artifact.url).filter(|_| is_asked_again) {
            return Ok(Arc::clone(known));
        }
        let metadata = self.artifact_tree(artifact, |tree| match self.open(tree)?.static_metadata()? {
            Some(metadata) => Ok(Arc::new(metadata)),
            None if for_good => Ok(Arc::new(self.wheel(tree, Product::Wheel)?.metadata()?)),
            None => Ok(Arc::new(self.built_metadata(tree, Product::Wheel)?)),
        })?;
        if is_asked_again {
            remembered().insert(artifact.url.clone(), Arc::clone(&metadata));
        }
        Ok(metadata)
    }

    /// The text of its METADATA, as its backend makes it.
    pub(crate) fn artifact_metadata_text(&self, artifact: &Artifact) -> Result<String, OperationError> {
        let text = |tree: &Tree| {
            self.with_builder(tree, Product::Wheel, |builder, key, _| {
                match key.and_then(|key| self.built(key)) {
                    Some(wheel) => Ok(wheel.metadata_text()?),
                    None => Ok(String::from_utf8_lossy(&builder.metadata_text()?).into_owned()),
                }
            })
        };
        self.artifact_tree(artifact, text)
    }

    /// The wheel of a source distribution that an index lists.
    pub(crate) fn artifact_wheel(&self, artifact: &Artifact) -> Result<CachedWheel, OperationError> {
        self.artifact_tree(artifact, |tree| self.wheel(tree, Product::Wheel))
    }

    /// The SHA-256 of a source distribution that an index lists.
    pub(crate) fn artifact_hash(&self, artifact: &Artifact) -> Result<Sha256, OperationError> {
        let archive = self.archive(RemoteFile::from(artifact))?;
        self.unpacked(&archive, |_, sha256| Ok(sha256))
    }

    /// Unpacks a source distribution that an index lists, if its hash is among those that the user lists.
    pub(crate) fn artifact_tree<T>(
        &self,
        artifact: &Artifact,
        work: impl FnOnce(&Tree) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let archive = self.archive(RemoteFile::from(artifact))?;
        self.unpacked(&archive, |tree, sha256| {
            let listed: Vec<Digest> =
                self.named(artifact).flat_map(|wanted| wanted.hashes.iter().cloned()).collect();
            let requirement = format!("{}=={}", artifact.name(), artifact.version());
            among(&listed, &requirement, |algorithm| digest_of(&archive, sha256, algorithm))?;
            let config_settings = self.config_settings(artifact);
            work(&Tree { expected: expected(artifact), config_settings, ..tree })
        })
    }

    /// What the user tells the backend of a project that the user names; others are told nothing (pip's rule).
    fn config_settings(&self, artifact: &Artifact) -> Vec<String> {
        let typed = self.named(artifact).any(Wanted::is_typed);
        let general = typed.then_some(&self.options().build.config_settings).into_iter().flatten();
        general.chain(self.named(artifact).flat_map(|wanted| &wanted.config_settings)).cloned().collect()
    }

    /// The user's requirements on the project of an artifact.
    fn named(&self, artifact: &Artifact) -> impl Iterator<Item = &Wanted> {
        self.options().collected.wanted.iter().filter(
            |wanted| matches!(&wanted.kind, WantedKind::Named(requirement) if &requirement.name == artifact.name()),
        )
    }

    /// An archive by URL or path, at hand.
    pub(crate) fn archive(&self, file: RemoteFile) -> Result<SourceArchive, OperationError> {
        let index = self.means().index.clone();
        let reporter = Downloads::loud(Arc::clone(&self.context().reporter));
        let fetch = async move { index.archive(file, &reporter).await };
        let archive = self.means().runtime.wait(fetch, &self.context().cancellation);
        Ok(archive.ok_or(OperationError::Interrupted)??)
    }

    /// Unpacks an archive for the time that `work` takes.
    pub(crate) fn unpacked<T>(
        &self,
        archive: &SourceArchive,
        work: impl FnOnce(Tree, Sha256) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let scratch = self.context().cache.scratch_directory()?;
        let file = File::open(&archive.path)
            .map_err(|source| OperationError::NotReadable { path: archive.path.clone(), source })?;
        let source =
            cache::SourceArchive { filename: &archive.filename, file: &file, promised: &archive.promised };
        let unpacked = cache::Cache::unpack_source(&source, scratch.path(), &cache::SourceLimits::default())?;
        let tree = Tree {
            root: unpacked.root,
            subdirectory: None,
            kind: SourceKind::Sdist,
            expected: Expected::default(),
            identity: Some(format!("sha256 {}", unpacked.sha256)),
            config_settings: Vec::new(),
        };
        work(tree, unpacked.sha256)
    }

    /// Reads what a tree says of itself.
    pub(crate) fn open(&self, tree: &Tree) -> Result<SourceTree, OperationError> {
        Ok(SourceTree::open(&tree.root, tree.subdirectory.as_deref(), tree.kind, tree.expected.clone())?)
    }

    /// The wheel that `tree` builds: from the cache, or built now.
    pub(crate) fn wheel(&self, tree: &Tree, product: Product) -> Result<CachedWheel, OperationError> {
        self.with_builder(tree, product, |builder, key, scratch| {
            if let Some(wheel) = key.and_then(|key| self.built(key)) {
                return Ok(wheel);
            }
            let file = match product {
                Product::Editable => builder.editable_wheel(scratch)?,
                Product::Wheel | Product::Sdist => builder.wheel(scratch)?,
            };
            let wheel = self.unpack(&file)?;
            if let (Some(key), Ok(record)) = (key, postcard::to_stdvec(&wheel.sha256)) {
                self.context().cache.write(Bucket::Built, key, &record);
            }
            Ok(wheel)
        })
    }

    /// The metadata of what `tree` builds, where it is not static: that of a wheel at hand, else from the backend.
    pub(crate) fn built_metadata(
        &self,
        tree: &Tree,
        product: Product,
    ) -> Result<CoreMetadata, OperationError> {
        self.with_builder(tree, product, |builder, key, _| {
            if let Some(wheel) = key.and_then(|key| self.built(key)) {
                return Ok(wheel.metadata()?);
            }
            if self.options().foreign.is_some() {
                self.context().reporter.event(Event::Warning(&format!(
                    "What {} needs is asked of its build backend here, with this Python: where it is not the same elsewhere, that is \
                     not seen.",
                    builder.source().label()
                )));
            }
            Ok(match product {
                Product::Editable => builder.editable_metadata()?,
                Product::Wheel | Product::Sdist => builder.metadata()?,
            })
        })
    }

    /// The archive of the wheel that `tree` has built before, if the cache has it still.
    pub(crate) fn known_archive(&self, tree: &Tree) -> Result<Option<BuiltArchive>, OperationError> {
        if tree.identity.is_none() {
            return Ok(None);
        }
        self.with_builder(tree, Product::Wheel, |_, key, _| {
            let Some(wheel) = key.and_then(|key| self.built(key)) else { return Ok(None) };
            let filename = wheel.manifest.filename.to_string();
            let path = self.context().cache.kept_file(&wheel.sha256);
            Ok(path.map(|path| BuiltArchive { filename, path, _scratch: None }))
        })
    }

    /// The archive of the wheel that `tree` builds now. One that is `checked` must be a wheel, as an install has it.
    pub(crate) fn wheel_archive(&self, tree: &Tree, checked: bool) -> Result<BuiltArchive, OperationError> {
        let cache = &self.context().cache;
        self.with_builder(tree, Product::Wheel, |builder, key, _| {
            let scratch = cache.scratch_directory()?;
            let path = builder.wheel(scratch.path())?;
            let filename = filename_of(&path);
            if !checked {
                return Ok(BuiltArchive { filename, path, _scratch: Some(scratch) });
            }
            let wheel = self.unpack(&path)?;
            let (Some(key), Ok(record)) = (key, postcard::to_stdvec(&wheel.sha256)) else {
                return Ok(BuiltArchive { filename, path, _scratch: Some(scratch) });
            };
            // The same sources build the same: the next build of them is this one.
            let copy = cache.scratch_file()?;
            std::fs::copy(&path, copy.path())
                .map_err(|source| OperationError::NotReadable { path: path.clone(), source })?;
            let path = cache.keep_file(copy, &wheel.sha256)?;
            cache.write(Bucket::Built, key, &record);
            Ok(BuiltArchive { filename, path, _scratch: None })
        })
    }

    /// Prepares a build of `tree`. `work` gets the builder, the key under which the cache may hold what it builds, and a
    /// directory that is emptied in the end.
    fn with_builder<T>(
        &self,
        tree: &Tree,
        product: Product,
        work: impl FnOnce(&mut Builder<'_>, Option<&str>, &Path) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let source = self.open(tree)?;
        let settings = ConfigSettings::parse(tree.config_settings.iter().map(String::as_str))?;
        let reporter = Building { reporter: &*self.context().reporter };
        self.run_build(source, &settings, &reporter, |builder, scratch| {
            let key = match &tree.identity {
                None => None,
                Some(identity) => {
                    // What the backend asks for beyond that follows from the source and from these.
                    let built_in = builder.first_environment()?.key.clone();
                    Some(self.key(identity, tree, product, &settings, &built_in))
                }
            };
            work(builder, key.as_deref(), scratch)
        })
    }

    /// Runs a build of `source`. `work` gets the builder, and a directory that is emptied in the end.
    pub(crate) fn run_build<T>(
        &self,
        source: SourceTree,
        config_settings: &ConfigSettings,
        reporter: &dyn BuildReporter,
        work: impl FnOnce(&mut Builder<'_>, &Path) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let cache = &self.context().cache;
        let scratch = cache.scratch_directory()?;
        let settings = &self.options().build;
        let mut options = BuildOptions::new(scratch.path().to_owned(), settings.variables.clone());
        options.config_settings = config_settings.clone();
        options.log = cache.log_file(&source.label()).ok();
        let existing = if settings.isolated { None } else { Some(self.own_environment()) };
        let isolation = match &existing {
            None => Isolation::Isolated(self),
            Some(environment) => Isolation::Existing {
                environment,
                check: settings.dependency_check,
                markers: &self.environment().interpreter.facts.markers,
            },
        };
        let cancellation = self.context().cancellation.clone();
        let cancelled = move || cancellation.is_cancelled();
        let (stack, options) = (&self.stack, &options);
        let context = BuildContext { options, isolation, stack, reporter, cancelled: &cancelled };
        let mut builder = Builder::new(source, context)?;
        let outcome = work(&mut builder, scratch.path())?;
        if let Some(log) = builder.log() {
            // Nothing went wrong: nobody will read it.
            let _ = std::fs::remove_file(log);
        }
        Ok(outcome)
    }

    /// A wheel built before under this key, if it is still there.
    fn built(&self, key: &str) -> Option<CachedWheel> {
        let record = self.context().cache.read(Bucket::Built, key).ok()??;
        let sha256: Sha256 = postcard::from_bytes(&record).ok()?;
        self.context().cache.wheel(&sha256).ok()?
    }

    /// What a built wheel depends on: the source, the interpreter, the settings, and what it was built with.
    fn key(
        &self,
        identity: &str,
        tree: &Tree,
        product: Product,
        settings: &ConfigSettings,
        built_in: &str,
    ) -> String {
        let facts = &self.environment().interpreter.facts;
        let subdirectory = tree.subdirectory.as_deref().unwrap_or_default();
        format!(
            "{identity}\n{subdirectory}\n{product:?}\n{:?}\n{} {}\n{}\n{built_in}",
            facts.tags,
            facts.base_executable.display(),
            facts.version,
            settings.canonical()
        )
    }

    fn unpack(&self, path: &Path) -> Result<CachedWheel, OperationError> {
        let text = filename_of(path);
        let filename: WheelFilename = text.parse().map_err(|source| OperationError::UnusableFile {
            text: text.clone(),
            reason: format!("{source}"),
        })?;
        let file = File::open(path)
            .map_err(|source| OperationError::NotReadable { path: path.to_owned(), source })?;
        let source = WheelSource {
            filename: &filename,
            filename_text: &text,
            file: &file,
            sha256: None,
            promised: &[],
        };
        Ok(self.context().cache.unpack_wheel(&source)?)
    }

    /// The same, for a build within the builds of `stack`.
    pub(crate) fn within(&self, stack: &BuildStack) -> Self {
        Self { shared: Arc::clone(&self.shared), stack: stack.clone() }
    }

    pub(crate) fn stack(&self) -> &BuildStack {
        &self.stack
    }
}

fn filename_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn expected(artifact: &Artifact) -> Expected {
    Expected { name: Some(artifact.name().clone()), version: Some(artifact.version().clone()) }
}
