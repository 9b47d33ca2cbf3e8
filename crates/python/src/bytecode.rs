//! Compiling bytecode (PEP 3147, PEP 552): the target interpreter's own `compile`, in worker processes without
//! site (`-I -S`), so that no code of a package runs. What is compiled is kept in the cache beside the unpacked
//! wheel: an interpreter gives the code its real path when it is imported, so one file serves every environment.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use cache::{Cache, CachedWheel, ManifestFile, WheelRoot};
use distribution::SafePath;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytecode_worker::{Job, Outcome, Slot, Worker, lock};
use crate::{Interpreter, PythonError};

/// One file takes seconds at most; what takes longer hangs.
const FILE_LIMIT: Duration = Duration::from_secs(120);
/// A batch is about 40 ms of work, and fits into a pipe.
const BATCH_BYTES: u64 = 64 * 1024;
const BATCH_FILES: usize = 24;
/// The list of what was compiled, in the compiled tree.
const LIST: &str = ".rpip-bytecode";
const LIST_HEADER: &str = "rpip-bytecode 1";

/// The bytecode of a wheel for one interpreter, in the cache.
#[derive(Debug, Clone)]
pub struct CompiledWheel {
    /// The tree that holds the `__pycache__` directories.
    pub root: PathBuf,
    /// Paths under it of the `.pyc` files that exist (sources with syntax errors have none), sorted. The tree is
    /// parallel to that of the archive: what is compiled from `.data/purelib` or `.data/platlib` has that prefix.
    pub files: Vec<SafePath>,
    /// Their sizes in bytes, in the same order. Each file has the time of the wheel's files
    /// (`Manifest::modified`): one with another size or time was touched.
    pub sizes: Vec<u64>,
}

impl CompiledWheel {
    fn new(root: PathBuf, files: Vec<(SafePath, u64)>) -> Self {
        let (files, sizes) = files.into_iter().unzip();
        Self { root, files, sizes }
    }
}

/// Worker processes of one interpreter; started at the first wheel that is not compiled yet, ended when dropped.
#[derive(Debug)]
pub struct BytecodeCompiler {
    shared: Arc<Shared>,
    cache: Cache,
    workers: usize,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl BytecodeCompiler {
    /// A compiler for `interpreter` with up to `workers` processes, that keeps what it compiles in `cache`.
    pub fn new(interpreter: Interpreter, workers: usize, cache: Cache) -> Self {
        let workers = workers.max(1);
        let shared = Shared {
            interpreter,
            file_limit: FILE_LIMIT,
            slots: (0..workers).map(|_| Slot::default()).collect(),
            state: Mutex::default(),
            work: Condvar::new(),
        };
        Self { shared: Arc::new(shared), cache, workers, threads: Mutex::default() }
    }

    /// The same with another limit on the time for one file.
    #[cfg(test)]
    pub(crate) fn with_file_limit(mut self, limit: Duration) -> Self {
        Arc::get_mut(&mut self.shared).expect("no worker has been started").file_limit = limit;
        self
    }

    /// The bytecode of `wheel`: from the cache, or compiled now. Safe to call from several threads.
    /// A failure is no reason not to install: code runs without bytecode too, as with pip.
    pub fn compile(&self, wheel: &CachedWheel) -> Result<CompiledWheel, PythonError> {
        let facts = &self.shared.interpreter.facts;
        let Some(tag) = facts.cache_tag.as_deref() else {
            return Ok(CompiledWheel::new(wheel.root.clone(), Vec::new()));
        };
        let root = wheel.bytecode_root(tag, &facts.magic);
        if let Some(files) = read_list(&root) {
            return Ok(CompiledWheel::new(root, files));
        }
        let sources = sources(wheel, tag);
        if sources.is_empty() {
            return Ok(CompiledWheel::new(root, Vec::new()));
        }
        if root.exists() {
            // Its list is missing or cut off, so its files may be too.
            self.cache.discard_directory(&root);
        }
        let scratch = self.cache.scratch_directory()?;
        make_directories(scratch.path(), &sources)?;
        let batches = batches(&sources, wheel, scratch.path());
        let written = self.run(batches)?;
        let mut files: Vec<(SafePath, u64)> = sources
            .into_iter()
            .filter_map(|source| {
                let size = *written.get(source.bytecode.as_str())?;
                Some((source.bytecode, u64::from(size)))
            })
            .collect();
        files.sort_unstable();
        write_list(scratch.path(), &files)?;
        // Where another process was faster its files are the same.
        self.cache.publish_directory(scratch, &root)?;
        Ok(CompiledWheel::new(root, files))
    }

    /// Has the batches compiled; returns the paths of what was written, relative to the
    /// scratch directory, with its size.
    fn run(&self, batches: Vec<Batch>) -> Result<FxHashMap<Box<str>, u32>, PythonError> {
        let task = Arc::new(Task { progress: Mutex::default(), done: Condvar::new() });
        lock(&task.progress).remaining = batches.len();
        let count = batches.len();
        {
            let mut state = lock(&self.shared.state);
            state.queue.extend(batches.into_iter().map(|batch| (Arc::clone(&task), batch)));
        }
        self.start_threads(count, &task)?;
        self.shared.work.notify_all();
        let poll = (self.shared.file_limit / 4).min(Duration::from_secs(1));
        let mut progress = lock(&task.progress);
        while progress.remaining > 0 {
            let waited = task.done.wait_timeout(progress, poll);
            progress = waited.unwrap_or_else(PoisonError::into_inner).0;
            for slot in &self.shared.slots {
                slot.kill_if_hung(self.shared.file_limit);
            }
        }
        match progress.failure.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut progress.written)),
        }
    }

    /// Starts as many workers as the work needs and the limit allows.
    fn start_threads(&self, batches: usize, task: &Arc<Task>) -> Result<(), PythonError> {
        let mut threads = lock(&self.threads);
        while threads.len() < self.workers.min(batches) {
            let (shared, index) = (Arc::clone(&self.shared), threads.len());
            let started = std::thread::Builder::new()
                .name("bytecode".to_owned())
                .spawn(move || shared.run_worker(index));
            match started {
                Ok(thread) => threads.push(thread),
                Err(_) if !threads.is_empty() => break,
                Err(error) => {
                    lock(&self.shared.state).queue.retain(|(other, _)| !Arc::ptr_eq(other, task));
                    return Err(PythonError::Bytecode { file: None, reason: format!("no thread: {error}") });
                }
            }
        }
        Ok(())
    }
}

impl Drop for BytecodeCompiler {
    fn drop(&mut self) {
        lock(&self.shared.state).closing = true;
        self.shared.work.notify_all();
        for slot in &self.shared.slots {
            slot.close();
        }
        for thread in lock(&self.threads).drain(..) {
            // A worker that panicked has nothing left to clean up.
            let _ = thread.join();
        }
    }
}

/// What the threads of the workers share.
#[derive(Debug)]
struct Shared {
    interpreter: Interpreter,
    file_limit: Duration,
    slots: Vec<Slot>,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Debug, Default)]
struct State {
    queue: VecDeque<(Arc<Task>, Batch)>,
    closing: bool,
}

/// Files for one worker at a time.
#[derive(Debug, Default)]
struct Batch {
    jobs: Vec<Job>,
    /// The bytecode's paths relative to the scratch directory, as the jobs.
    paths: Vec<Box<str>>,
    bytes: u64,
}

/// One wheel that is being compiled.
#[derive(Debug)]
struct Task {
    progress: Mutex<Progress>,
    done: Condvar,
}

#[derive(Debug, Default)]
struct Progress {
    remaining: usize,
    written: FxHashMap<Box<str>, u32>,
    failure: Option<PythonError>,
}

impl Progress {
    fn take(&mut self, outcomes: Vec<Outcome>, batch: Batch) {
        for ((outcome, path), job) in outcomes.into_iter().zip(batch.paths).zip(batch.jobs) {
            let reason = match outcome {
                Outcome::Written(size) => {
                    self.written.insert(path, size);
                    continue;
                }
                Outcome::Refused => continue,
                Outcome::Changed => "the file has been changed in the cache",
                Outcome::Failed => "the file could not be read, or its bytecode not written",
            };
            let failure = PythonError::Bytecode { file: Some(job.source), reason: reason.to_owned() };
            self.failure.get_or_insert(failure);
        }
    }
}

impl Shared {
    fn run_worker(&self, index: usize) {
        let Some(slot) = self.slots.get(index) else { return };
        let mut worker = None;
        while let Some((task, batch)) = self.next() {
            // The rest of a wheel that has failed is not worth the time.
            let has_failed = lock(&task.progress).failure.is_some();
            let result =
                if has_failed { Ok(Vec::new()) } else { self.compile(&mut worker, &batch.jobs, slot) };
            let mut progress = lock(&task.progress);
            progress.remaining -= 1;
            match result {
                Ok(outcomes) => progress.take(outcomes, batch),
                Err(error) => {
                    progress.failure.get_or_insert(error);
                }
            }
            if progress.remaining == 0 {
                task.done.notify_all();
            }
        }
        slot.kill();
    }

    /// The next batch; none when there will be no more.
    fn next(&self) -> Option<(Arc<Task>, Batch)> {
        let mut state = lock(&self.state);
        loop {
            if state.closing {
                return None;
            }
            if let Some(next) = state.queue.pop_front() {
                return Some(next);
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn compile(
        &self,
        worker: &mut Option<Worker>,
        jobs: &[Job],
        slot: &Slot,
    ) -> Result<Vec<Outcome>, PythonError> {
        let running = match worker {
            Some(running) => running,
            None => {
                let facts = &self.interpreter.facts;
                worker.insert(Worker::start(&facts.base_executable, &facts.magic, slot)?)
            }
        };
        let result = running.compile(jobs, slot);
        if result.is_err() {
            // The next batch gets a new process.
            *worker = None;
        }
        result
    }
}

/// A source of a wheel, and where its bytecode goes.
struct Source<'a> {
    file: &'a ManifestFile,
    /// In a tree that is parallel to the archive's.
    bytecode: SafePath,
}

/// What is compiled: the modules of the wheel, whose bytecode is not in it already; largest first, so that no
/// worker is left with a long file at the end.
fn sources<'a>(wheel: &'a CachedWheel, tag: &str) -> Vec<Source<'a>> {
    let manifest = &wheel.manifest;
    let shipped: FxHashSet<(WheelRoot, &str)> = manifest
        .files
        .iter()
        .filter(|file| file.path.as_str().ends_with(".pyc"))
        .map(|file| (file.root, file.path.as_str()))
        .collect();
    let mut sources: Vec<Source<'a>> = manifest
        .files
        .iter()
        .filter(|file| matches!(file.root, WheelRoot::Library | WheelRoot::Purelib | WheelRoot::Platlib))
        .filter_map(|file| {
            let bytecode = bytecode_path(&file.path, tag)?;
            if shipped.contains(&(file.root, bytecode.as_str())) {
                return None;
            }
            SafePath::new(&manifest.location(file.root, &bytecode))
                .ok()
                .map(|bytecode| Source { file, bytecode })
        })
        .collect();
    sources
        .sort_by(|one, other| other.file.size.cmp(&one.file.size).then(one.file.path.cmp(&other.file.path)));
    sources
}

/// `pkg/module.py` -> `pkg/__pycache__/module.cpython-312.pyc`; none for what is no module's source, or too long a name.
fn bytecode_path(source: &SafePath, tag: &str) -> Option<SafePath> {
    let stem = source.file_name().strip_suffix(".py")?;
    let directory = source.parent().map(|parent| format!("{parent}/")).unwrap_or_default();
    SafePath::new(&format!("{directory}__pycache__/{stem}.{tag}.pyc")).ok()
}

fn make_directories(root: &Path, sources: &[Source<'_>]) -> Result<(), PythonError> {
    let directories: FxHashSet<&str> = sources.iter().filter_map(|source| source.bytecode.parent()).collect();
    for directory in directories {
        let path = root.join(directory);
        fs::create_dir_all(&path).map_err(PythonError::io("cannot create", path))?;
    }
    Ok(())
}

fn batches(sources: &[Source<'_>], wheel: &CachedWheel, scratch: &Path) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for source in sources {
        let size = source.file.size;
        let fits =
            |batch: &Batch| batch.jobs.len() < BATCH_FILES && batch.bytes.saturating_add(size) <= BATCH_BYTES;
        if !batches.last().is_some_and(fits) {
            batches.push(Batch::default());
        }
        if let Some(batch) = batches.last_mut() {
            batch.bytes = batch.bytes.saturating_add(size);
            batch.paths.push(source.bytecode.as_str().into());
            batch.jobs.push(Job {
                source: wheel.file_path(source.file),
                target: source.bytecode.under(scratch),
                name: source.file.path.as_str().into(),
                size: size as u32,
                modified: wheel.manifest.modified as u32,
            });
        }
    }
    batches
}

/// What was compiled into the tree at `root`, if it was; an unreadable list is as none.
fn read_list(root: &Path) -> Option<Vec<(SafePath, u64)>> {
    let text = fs::read_to_string(root.join(LIST)).ok()?;
    let mut lines = text.lines();
    let count: usize = lines.next()?.strip_prefix(LIST_HEADER)?.trim().parse().ok()?;
    let line = |line: &str| {
        let (size, path) = line.split_once(' ')?;
        Some((SafePath::new(path).ok()?, size.parse().ok()?))
    };
    let files: Vec<(SafePath, u64)> = lines.map(line).collect::<Option<_>>()?;
    (files.len() == count).then_some(files)
}

/// A line for each file: its size and its path; before them their number, which shows that none is missing.
fn write_list(root: &Path, files: &[(SafePath, u64)]) -> Result<(), PythonError> {
    let mut text = format!("{LIST_HEADER} {}\n", files.len());
    for (file, size) in files {
        text.push_str(&format!("{size} {file}\n"));
    }
    let path = root.join(LIST);
    fs::write(&path, text).map_err(PythonError::io("cannot write", path))
}
