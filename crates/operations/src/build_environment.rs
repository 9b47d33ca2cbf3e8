//! Environments for builds: made by rpip itself, kept in the cache under what is installed in them, and used again
//! by every build that needs the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::install::{ExistingPolicy, InstalledDistributions};
use build::{BuildEnvironment, BuildStack, RequirementInstaller};
use distribution::Sha256;
use python::{VenvOptions, create_venv};
use requirement::Requirement;
use resolver::{Origin, Resolution, ResolvedPin};
use rustc_hash::FxHashMap;

use crate::answer::{Answer, Question};
use crate::collect::{Collected, Wanted, WantedKind};
use crate::event::Quiet;
use crate::install::{begin, carry_out};
use crate::plan::{Rules, plan};
use crate::source::{BuildSettings, Sources};
use crate::stage::Staging;
use crate::{Context, OperationError, ResolveOptions};

/// Says that an environment is complete; the last thing that is written.
const COMPLETE: &str = "rpip-complete";

impl RequirementInstaller for Sources {
    fn environment(
        &self,
        requirements: &[Requirement],
        stack: &BuildStack,
    ) -> Result<BuildEnvironment, Box<dyn std::error::Error + Send + Sync>> {
        let sources = self.within(stack);
        let made = sources.context().healing(|| sources.build_environment(requirements));
        made.map_err(|error| match error {
            OperationError::Build(error) => Box::new(error) as Box<dyn std::error::Error + Send + Sync>,
            error => Box::new(error),
        })
    }
}

impl Sources {
    /// The environment that is installed to, for builds without isolation.
    pub(crate) fn own_environment(&self) -> BuildEnvironment {
        let environment = self.environment();
        let installed = InstalledDistributions::read(&environment.site_packages()).unwrap_or_default();
        let mut names: Vec<String> = installed
            .distributions
            .iter()
            .map(|found| format!("{}=={}", found.name, found.version))
            .collect();
        names.sort();
        let text = format!("{} {}", environment.executable.display(), names.join(" "));
        BuildEnvironment {
            python: environment.executable.clone(),
            scripts: Some(environment.scheme.scripts.clone()),
            python_path: Vec::new(),
            root: environment.is_virtual.then(|| environment.scheme.data.clone()),
            key: Sha256::of(text.as_bytes()).to_string(),
        }
    }

    /// An environment that holds `requirements`, from the cache or made now.
    fn build_environment(&self, requirements: &[Requirement]) -> Result<BuildEnvironment, OperationError> {
        let context = Context {
            reporter: Arc::new(Quiet(Arc::clone(&self.context().reporter))),
            command: None,
            ..self.context().clone()
        };
        let question = Question {
            environment: self.environment(),
            options: Arc::new(self.options_for(requirements)),
            installed: &InstalledDistributions::default(),
            stack: self.stack(),
            fetches_wheels: true,
        };
        let answer = Answer::find(&context, question, self.means())?;
        let key = self.environment_key(&answer)?;
        if let Some(root) = &self.options().build.environment_directory {
            self.fill(root, &context, &answer)?;
            return Ok(build_environment(root.clone(), key));
        }
        let root = context.cache.build_environment_directory(&key)?;
        if !root.join(COMPLETE).exists() {
            let _lock = context.cache.lock_environment(&root, &|| {})?;
            // Whoever gets the lock second finds the environment complete.
            if !root.join(COMPLETE).exists() {
                self.fill(&root, &context, &answer)?;
            }
        }
        Ok(build_environment(root, key))
    }

    fn fill(&self, root: &Path, context: &Context, answer: &Answer) -> Result<(), OperationError> {
        let options = VenvOptions { clear: true, ..VenvOptions::default() };
        let environment = create_venv(root, &self.environment().interpreter, &options)?;
        let Answer { preparer, resolution, hashes, downloads, .. } = answer;
        let order = resolver::installation_order(resolution);
        let resolution = Resolution { pins: resolution.pins.clone(), ..Resolution::default() };
        let plan = plan(resolution, &FxHashMap::default(), Rules::default());
        let work = Staging { preparer, environment: &environment, context, compile: true, hashes, downloads };
        carry_out(
            begin(context, &environment, ExistingPolicy::Merge)?,
            &plan,
            &order,
            &InstalledDistributions::default(),
            &work,
        )?;
        let path = root.join(COMPLETE);
        fs::write(&path, "").map_err(|source| OperationError::NotWritable { path, source })
    }

    /// The question for build requirements: the same places and choices, nothing that the user named.
    fn options_for(&self, requirements: &[Requirement]) -> ResolveOptions {
        let own = self.options();
        let wanted = requirements.iter().map(|requirement| Wanted {
            kind: WantedKind::Named(requirement.clone()),
            hashes: Vec::new(),
            config_settings: Vec::new(),
            origin: Origin::CommandLine,
            directory: PathBuf::new(),
        });
        ResolveOptions {
            collected: Collected {
                wanted: wanted.collect(),
                constraints: own.build.constraints.clone(),
                ..Collected::default()
            },
            index: own.index.clone(),
            releases: own.releases.clone(),
            formats: own.formats.clone(),
            ignore_requires_python: own.ignore_requires_python,
            build: BuildSettings {
                config_settings: Vec::new(),
                isolated: true,
                // The environment of the build itself, not those of what it needs.
                environment_directory: None,
                ..own.build.clone()
            },
            ..ResolveOptions::default()
        }
    }

    /// What is installed, and for which interpreter: the same key means the same environment.
    fn environment_key(&self, answer: &Answer) -> Result<String, OperationError> {
        let facts = &self.environment().interpreter.facts;
        let pins = answer.resolution.pins.iter();
        let lines = pins.map(|pin| Ok(format!("{}=={} {}", pin.name, pin.version, file(pin, answer)?)));
        let mut lines = lines.collect::<Result<Vec<String>, OperationError>>()?;
        lines.sort();
        let interpreter = format!("{} {} {}", facts.base_executable.display(), facts.version, facts.magic);
        Ok(Sha256::of(format!("{interpreter}\n{}", lines.join("\n")).as_bytes()).to_string())
    }
}

/// What tells the file of a pin from others of the same name: its hash; where the index promises none that proves anything, its
/// URL.
fn file(pin: &ResolvedPin, answer: &Answer) -> Result<String, OperationError> {
    if let Some(direct) = answer.preparer.direct(&pin.name) {
        return Ok(direct.wheel.as_ref().map_or_else(String::new, |wheel| wheel.sha256.to_string()));
    }
    let candidate = answer.preparer.candidate(&pin.name, &pin.version)?;
    let artifact = candidate.ok_or(OperationError::Interrupted)?.artifact;
    let hash = artifact.hashes.iter().find(|hash| hash.algorithm.is_strong());
    Ok(hash.map_or_else(|| artifact.url.to_string(), ToString::to_string))
}

/// What is made at `root` takes the place of what is there: that must be nothing, or what a build that failed has left.
pub(crate) fn check_environment_directory(root: &Path) -> Result<(), OperationError> {
    let is_empty = fs::read_dir(root).map_or(!root.exists(), |mut entries| entries.next().is_none());
    if is_empty || root.join(COMPLETE).exists() {
        return Ok(());
    }
    let reason = "--env-dir must be an empty directory, or none yet";
    Err(OperationError::InTheWay { path: root.to_owned(), reason })
}

fn build_environment(root: PathBuf, key: String) -> BuildEnvironment {
    let scripts = root.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = scripts.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    BuildEnvironment { python, scripts: Some(scripts), python_path: Vec::new(), root: Some(root), key }
}
