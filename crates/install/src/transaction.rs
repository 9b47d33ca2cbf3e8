//! The transaction: stage and check everything, write the intent down, then rename; undone where anything fails.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use cache::{Cache, CachedWheel, EnvironmentLock, History};
use distribution::DirectUrl;
use python::{CompiledWheel, Environment, Scheme};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use requirement::{ProjectName, Version};

use crate::area::AREA;
use crate::commit::{self, Recovery};
use crate::fault::Faults;
use crate::history::{self, ChangeLabel, Restoration};
use crate::plan::{Plan, plan};
use crate::roots::{Root, Roots};
use crate::scripts::ScriptInterpreter;
use crate::staged_wheel::StagedWheel;
use crate::staging::Staging;
use crate::uninstall::Removal;
use crate::{ExistingEntry, ExistingPolicy, InstallError, InstalledDistribution, LeftOut, LinkMode};

/// One wheel to install.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The unpacked wheel.
    pub wheel: CachedWheel,
    /// Its bytecode, if it is to be installed.
    pub bytecode: Option<CompiledWheel>,
    /// Whether the user named it (REQUESTED).
    pub requested: bool,
    /// Where it came from, if not from an index (direct_url.json).
    pub direct_url: Option<DirectUrl>,
    /// The directory for its headers: the project's name as it was asked for, with pip; METADATA's where none is given.
    pub headers_name: Option<String>,
    /// Its place in the order of installation: where several write one file, the last one's stays.
    pub position: usize,
}

/// What happens where two distributions write one file with different content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictPolicy {
    /// It is reported, and the file of the distribution at the last position is installed.
    #[default]
    Warn,
    /// Nothing is installed.
    Refuse,
}

/// A file that several distributions write with different content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file in the environment.
    pub path: PathBuf,
    /// The distributions of this transaction that write it (`name version`); the last one's is installed.
    pub distributions: Vec<String>,
    /// The installed distribution whose file it is by now, if it stays installed.
    pub installed: Option<String>,
}

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, names) = (self.path.display(), self.distributions.join(" and "));
        match &self.installed {
            Some(owner) => write!(formatter, "{path} belongs to {owner}, and {names} overwrites it"),
            None => write!(formatter, "{path} is written by {names}"),
        }
    }
}

/// How to install.
#[derive(Debug, Clone)]
pub struct TransactionOptions {
    /// The content of INSTALLER (`rpip`).
    pub installer: String,
    /// Worker threads for linking.
    pub threads: usize,
    /// How to place files; by default hard links, else what the file systems can.
    pub link_mode: Option<LinkMode>,
    /// What to do where distributions write the same file.
    pub conflicts: ConflictPolicy,
    /// What happens to what stands in the way: `--target` has rules of its own.
    pub existing: ExistingPolicy,
    /// Whether what replaces or removes waits for the disk, so that also a power failure finds the old or the new
    /// state. Being killed is survived without.
    pub durable: bool,
    /// How the change is remembered, so that it can be undone; none: it is not.
    pub label: Option<ChangeLabel>,
    /// Faults, for tests.
    #[cfg(any(test, feature = "test-faults"))]
    pub fault: Option<crate::FaultHook>,
}

impl Default for TransactionOptions {
    fn default() -> Self {
        Self {
            installer: "rpip".to_owned(),
            threads: 1,
            link_mode: None,
            conflicts: ConflictPolicy::default(),
            existing: ExistingPolicy::default(),
            durable: true,
            label: None,
            #[cfg(any(test, feature = "test-faults"))]
            fault: None,
        }
    }
}

/// What a transaction has to know of an environment.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) scheme: Scheme,
    /// The interpreter that scripts name.
    pub(crate) executable: PathBuf,
    pub(crate) version: (u32, u32),
}

impl From<&Environment> for Target {
    fn from(environment: &Environment) -> Self {
        Self {
            scheme: environment.scheme.clone(),
            executable: environment.executable.clone(),
            version: environment.interpreter.python_version(),
        }
    }
}

/// A distribution that was removed.
#[derive(Debug, Clone)]
pub struct RemovedDistribution {
    /// The project.
    pub name: ProjectName,
    /// Its name as the metadata spelled it.
    pub name_text: String,
    /// The version.
    pub version: Version,
    /// The directory that held it.
    pub location: PathBuf,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What was removed, in the order of [`Transaction::remove`].
    pub removed: Vec<RemovedDistribution>,
    /// What was installed, by name.
    pub installed: Vec<InstalledDistribution>,
    /// Files of removed distributions that were left, with the reason.
    pub left: Vec<(PathBuf, String)>,
    /// Scripts that were written, absolute (for the PATH warning).
    pub scripts: Vec<PathBuf>,
    /// Files that several distributions wrote, where that is no error.
    pub conflicts: Vec<Conflict>,
    /// What was staged and is not installed because of what stands in the directory ([`ExistingPolicy`]), by name.
    pub left_out: Vec<LeftOut>,
    /// What a killed run had left, if anything.
    pub recovery: Option<Recovery>,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

impl Report {
    /// Because of what distributions were left out, each once: many may have something in `bin`.
    pub fn existing_entries(&self) -> BTreeSet<&ExistingEntry> {
        self.left_out.iter().flat_map(|wheel| &wheel.entries).collect()
    }
}

/// A change of one environment, under its lock. Dropped before `commit`: nothing visible happened.
///
/// A thread must not begin a second transaction on the same environment while it has one: it would wait for itself.
#[derive(Debug)]
pub struct Transaction {
    staging: Staging,
    interpreter: ScriptInterpreter,
    removals: Vec<Removal>,
    /// Where the change is remembered, if it is.
    history: Option<History>,
    options: TransactionOptions,
    faults: Faults,
    recovery: Option<Recovery>,
    /// Whether the area is to be removed when this is dropped.
    cleans_up: bool,
    /// Released last: fields are dropped in order.
    lock: EnvironmentLock,
}

impl Transaction {
    /// Takes the environment's lock (`waiting` is called once if another process holds it), and finishes or
    /// undoes what a killed run left.
    pub fn begin(
        environment: &Environment,
        cache: &Cache,
        options: TransactionOptions,
        waiting: &dyn Fn(),
    ) -> Result<Self, InstallError> {
        Self::begin_in(&Target::from(environment), cache, options, waiting)
    }

    pub(crate) fn begin_in(
        target: &Target,
        cache: &Cache,
        options: TransactionOptions,
        waiting: &dyn Fn(),
    ) -> Result<Self, InstallError> {
        let roots = Roots::new(&target.scheme);
        // By its canonical path: it may still have to be made, and must have the same lock then.
        let lock = cache.lock_environment(roots.path(Root::Purelib), waiting)?;
        #[cfg(any(test, feature = "test-faults"))]
        let faults = Faults::new(options.fault.clone());
        #[cfg(not(any(test, feature = "test-faults")))]
        let faults = Faults::default();
        let history = options.label.as_ref().and_then(|_| cache.history(roots.path(Root::Purelib)));
        let staging = Staging::new(roots, cache, &options);
        let recovery = commit::recover(&staging.roots, &faults)?;
        Ok(Self {
            interpreter: ScriptInterpreter::new(&target.executable, target.version)?,
            staging,
            removals: Vec::new(),
            history,
            faults,
            options,
            recovery,
            cleans_up: true,
            lock,
        })
    }

    /// Whether a killed run left something in an environment: then a command that only reads should call
    /// [`Transaction::recover`] first, or it may see a distribution that is about to go.
    pub fn needs_recovery(environment: &Environment) -> bool {
        environment.scheme.purelib.join(AREA).symlink_metadata().is_ok()
    }

    /// Finishes or undoes what a killed run left, under the lock. What a running one is doing is waited for.
    pub fn recover(
        environment: &Environment,
        cache: &Cache,
        waiting: &dyn Fn(),
    ) -> Result<Option<Recovery>, InstallError> {
        let roots = Roots::new(&environment.scheme);
        let _lock = cache.lock_environment(roots.path(Root::Purelib), waiting)?;
        commit::recover(&roots, &Faults::default())
    }

    /// What a killed run had left when this transaction began, if anything.
    pub fn recovery(&self) -> Option<Recovery> {
        self.recovery
    }

    /// Plans the removal of a distribution; its RECORD is read and checked now.
    pub fn remove(&mut self, distribution: &InstalledDistribution) -> Result<(), InstallError> {
        let removal = Removal::with_roots(&self.staging.roots, distribution)?;
        self.remove_planned(removal);
        Ok(())
    }

    /// Takes over a removal that was planned before ([`Removal::plan`]), perhaps to ask the user.
    pub fn remove_planned(&mut self, removal: Removal) {
        self.removals.push(removal);
    }

    /// Links a wheel into the staging directory and checks it; may be called from several threads, as wheels become ready.
    /// Where it is left out because of what stands there, that is reported at the end ([`Report::left_out`]).
    pub fn stage(&self, installation: &Installation) -> Result<(), InstallError> {
        let wheel = StagedWheel::new(installation, &self.interpreter, &self.staging)?;
        let obstacles = self.staging.existing.obstacles(&self.staging.roots, &wheel)?;
        if !obstacles.is_empty() {
            self.staging.leave_out(&wheel, obstacles);
            return Ok(());
        }
        let wheel = self.staging.announce(wheel)?;
        wheel.write(installation, &self.staging)?;
        self.faults.reach("wheel staged")
    }

    /// Stages what an earlier change took out of this environment, to be put back as it was.
    pub fn restore(&self, restoration: &Restoration<'_>) -> Result<(), InstallError> {
        history::stage(restoration, &self.staging)
    }

    /// Stages several wheels, in parallel if there is more than one thread.
    pub fn stage_all(&self, installations: &[Installation]) -> Result<(), InstallError> {
        if self.options.threads < 2 || installations.len() < 2 {
            return installations.iter().try_for_each(|installation| self.stage(installation));
        }
        installations.par_iter().try_for_each(|installation| self.stage(installation))
    }

    /// Files that several distributions write with different content, as far as is known by now: to be
    /// shown before [`Transaction::commit`] writes anything.
    pub fn conflicts(&self) -> Result<Vec<Conflict>, InstallError> {
        Ok(plan(&self.staging, &self.all_removals()?, true)?.conflicts)
    }

    /// What was planned to be removed, and with [`ExistingPolicy::Replace`] what stands there of the projects that are
    /// staged; nothing of a project that is left out.
    fn all_removals(&self) -> Result<Cow<'_, [Removal]>, InstallError> {
        if self.options.existing == ExistingPolicy::Merge {
            return Ok(Cow::Borrowed(&self.removals));
        }
        let roots = &self.staging.roots;
        let left_out: BTreeSet<Option<ProjectName>> =
            self.staging.left_out().iter().map(|wheel| wheel.name.parse().ok()).collect();
        let mut removals: Vec<Removal> = self
            .removals
            .iter()
            .filter(|removal| !left_out.contains(&Some(removal.distribution.name.clone())))
            .cloned()
            .collect();
        let staged = self.staging.wheels().iter().filter_map(|wheel| wheel.project()).collect();
        for distribution in self.staging.existing.replaced(roots, &staged) {
            if removals.iter().all(|removal| removal.distribution.info != distribution.info) {
                removals.push(Removal::as_far_as_known(roots, distribution)?);
            }
        }
        Ok(Cow::Owned(removals))
    }

    /// Checks conflicts, writes the journal, makes everything visible. On an error all is as it was.
    pub fn commit(mut self) -> Result<Report, InstallError> {
        let mut report = Report { recovery: self.recovery, ..Report::default() };
        if !self.lock.is_held() {
            report.warnings.push(format!(
                "{} cannot be locked: make sure that no other program changes it",
                self.staging.roots.path(Root::Purelib).display()
            ));
        }
        let removals = self.all_removals()?.into_owned();
        report.warnings.extend(self.staging.edit_path_files(&removals)?);
        let mut plan = plan(&self.staging, &removals, true)?;
        if self.options.conflicts == ConflictPolicy::Refuse && !plan.conflicts.is_empty() {
            return Err(InstallError::Conflicts(plan.conflicts));
        }
        self.faults.reach("planned")?;
        if let Err(failure) = self.apply(&plan) {
            if !failure.is_cross_device {
                return Err(failure.error);
            }
            plan = crate::plan::plan(&self.staging, &removals, false)?;
            self.apply(&plan).map_err(|failure| failure.error)?;
        }
        commit::remove_emptied(&self.staging.roots, &plan.journal);
        self.cleans_up = false;
        self.faults.reach("committed")?;
        let Plan { journal, left, conflicts } = plan;
        self.fill(&mut report, (left, conflicts), removals);
        if let (Some(history), Some(label)) = (&self.history, &self.options.label)
            && !journal.steps.is_empty()
            && let Err(error) = history::keep(history, label, &journal, &self.staging, &report)
        {
            report.warnings.push(format!("This change cannot be undone: {error}"));
        }
        if let Err(error) = self.staging.remove() {
            report.warnings.push(format!("{error}; the next run tries again"));
        }
        Ok(report)
    }

    /// What would be moved away.
    #[cfg(test)]
    pub(crate) fn steps(&self, whole: bool) -> Vec<PathBuf> {
        let steps = plan(&self.staging, &self.removals, whole).map(|plan| plan.journal.steps);
        let stashed = steps.into_iter().flatten().filter(|step| step.action == crate::journal::Action::Stash);
        stashed.map(|step| self.staging.roots.absolute(&step.place)).collect()
    }

    /// Does what was planned, or nothing.
    fn apply(&mut self, plan: &Plan) -> Result<(), commit::Failure> {
        let before = |error| commit::Failure { error, is_cross_device: false, is_undone: true };
        let roots: std::collections::BTreeSet<Root> =
            plan.journal.steps.iter().map(|step| step.place.root).collect();
        for root in roots {
            self.staging.create_area(root).map_err(before)?;
            self.staging.create_root(root).map_err(before)?;
        }
        if plan.journal.steps.is_empty() {
            return Ok(());
        }
        let durable = self.options.durable && plan.journal.moves_old_files();
        let result = commit::apply(&self.staging.roots, &plan.journal, durable, &self.faults);
        if result.as_ref().is_err_and(|failure| !failure.is_undone) {
            self.cleans_up = false;
        }
        result
    }

    fn fill(
        &self,
        report: &mut Report,
        (left, conflicts): (Vec<(PathBuf, String)>, Vec<Conflict>),
        removals: Vec<Removal>,
    ) {
        report.left = left;
        report.conflicts = conflicts;
        report.removed = removals.into_iter().map(RemovedDistribution::from).collect();
        report.left_out = self.staging.left_out();
        for wheel in self.staging.wheels() {
            report.scripts.extend(wheel.scripts.iter().cloned());
            let manifest = &wheel.wheel.manifest;
            let location = self.staging.roots.literal(wheel.library).to_path_buf();
            if let (Ok(name), Ok(version)) = (manifest.name.parse(), manifest.version.parse()) {
                let info = location.join(manifest.dist_info.as_str());
                report.installed.push(InstalledDistribution {
                    name,
                    version,
                    info,
                    location,
                    egg_link: None,
                });
            }
        }
        report.installed.sort_by(|one, other| one.name.cmp(&other.name));
        report.scripts.sort();
    }
}

impl From<Removal> for RemovedDistribution {
    fn from(removal: Removal) -> Self {
        let Removal { distribution, name_text, .. } = removal;
        let InstalledDistribution { name, version, location, .. } = distribution;
        Self { name, name_text, version, location }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.cleans_up && !self.faults.is_killed() {
            // What cannot be removed now is removed by the next run.
            let _ = self.staging.remove();
        }
    }
}
