//! What rpip must know of an interpreter: asked once in one probe process, then remembered by path and mtime.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use cache::{Bucket, Cache};
use distribution::InterpreterTags;
use requirement::{MarkerEnvironment, Version};
use serde::{Deserialize, Serialize};

use crate::probe::{PROBE_REVISION, probe};
use crate::{EnvironmentConfiguration, PythonError, Scheme, virtual_interpreter};

/// The answers of the probe, as a process without `PYTHON*` variables sees them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InterpreterFacts {
    /// `sys.executable`.
    pub executable: PathBuf,
    /// The interpreter that a virtual environment was made from; else as `sys._base_executable`.
    pub base_executable: PathBuf,
    /// `sys.prefix`.
    pub prefix: PathBuf,
    /// `sys.base_prefix`.
    pub base_prefix: PathBuf,
    /// `platform.python_version()`; a trailing `+` (a build between releases) is `+local`.
    pub version: Version,
    /// `sys.implementation.name`.
    pub implementation: String,
    /// `sys.implementation.cache_tag` (none: no bytecode is written).
    pub cache_tag: Option<String>,
    /// `importlib.util.MAGIC_NUMBER`, hexadecimal.
    pub magic: String,
    /// The values for markers.
    pub markers: MarkerEnvironment,
    /// What the tags depend on.
    pub tags: InterpreterTags,
    /// `sysconfig` paths of the default install scheme of this interpreter (as pip chooses it).
    pub scheme: Scheme,
    /// `sysconfig` paths of the user scheme, where there is one.
    pub user_scheme: Option<Scheme>,
    /// The standard library (`sysconfig.get_path("stdlib")`).
    pub stdlib: PathBuf,
    /// Whether user site-packages are enabled (`site.ENABLE_USER_SITE`).
    pub user_site_enabled: bool,
    /// Whether they are where the base's site-packages are seen.
    pub user_site_permitted: bool,
    /// `sys.path` as `python -I` has it: without the empty entry, the user's site-packages, and
    /// what `.pth` files add.
    pub sys_path: Vec<PathBuf>,
    /// `sys.platlibdir` (`lib`, `lib64`).
    pub platlibdir: String,
    /// Whether pointers have 64 bits.
    pub is_64bit: bool,
    /// Whether the base's site-packages are seen (always, outside of virtual environments).
    pub system_site_packages: bool,
    /// `site.getsitepackages()` of the prefix, whether or not they exist.
    pub site_packages: Vec<PathBuf>,
    /// `site.getsitepackages()` of the base prefix, whether or not they exist.
    pub base_site_packages: Vec<PathBuf>,
    /// The part of `sys.path` that is the standard library.
    pub standard_path: Vec<PathBuf>,
    /// Directories that `sitecustomize` or a distributor adds to `sys.path`.
    pub added_path: Vec<PathBuf>,
    /// The home directory of the user who asked.
    pub user_home: PathBuf,
    /// `site.getuserbase()`.
    pub user_base: Option<PathBuf>,
    /// `site.getusersitepackages()`.
    pub user_site: Option<PathBuf>,
    /// Where things are in a virtual environment of this interpreter.
    pub virtual_layout: VirtualLayout,
    /// The scheme for `--prefix`, relative to the prefix.
    pub prefix_layout: Scheme,
    /// The scheme that pip's `--target` begins with (`home`), relative to the target.
    pub home_layout: Scheme,
}

/// The layout of an interpreter's virtual environments; paths relative to their root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualLayout {
    /// The install scheme.
    pub scheme: Scheme,
    /// The directory for headers that `python -m venv` makes.
    pub include: PathBuf,
    /// `site.getsitepackages()`.
    pub site_packages: Vec<PathBuf>,
}

/// An interpreter with its facts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Interpreter {
    /// The facts.
    pub facts: Arc<InterpreterFacts>,
}

impl Interpreter {
    /// The interpreter at `executable`: of a virtual environment, derived from what is known of its
    /// base; else from the cache if its path, mtime and size (links followed) are known; else probed.
    pub fn query(executable: &Path, cache: &Cache) -> Result<Self, PythonError> {
        let executable = std::path::absolute(executable)
            .map_err(PythonError::io("cannot make absolute the path of the interpreter", executable))?;
        match EnvironmentConfiguration::of_executable(&executable)? {
            Some((root, configuration)) => {
                virtual_interpreter::derive(&root, executable, &configuration, cache)
            }
            None => Self::query_base(&executable, cache),
        }
    }

    /// The interpreter at `executable`, an absolute path that is not in a virtual environment.
    pub(crate) fn query_base(executable: &Path, cache: &Cache) -> Result<Self, PythonError> {
        let stamp = ExecutableStamp::of(executable)
            .map_err(PythonError::io("cannot find the interpreter", executable))?;
        let key = executable.to_string_lossy();
        if let Some(facts) = remembered(&key, &stamp, cache) {
            return Ok(Self { facts: Arc::new(facts) });
        }
        let facts = probe(executable)?;
        // A wrapper (the shim of a version manager) starts now this interpreter, now that one:
        // only what an executable says of itself is remembered under its path.
        if same_file(&facts.executable, executable) {
            let record = Record {
                revision: PROBE_REVISION,
                stamp,
                standard_library: Stamp::of_path(&facts.stdlib),
                facts: &facts,
            };
            if let Ok(bytes) = postcard::to_stdvec(&record) {
                // A cache that cannot be written only costs the next command a probe.
                cache.write(Bucket::Interpreters, &key, &bytes);
            }
        }
        Ok(Self { facts: Arc::new(facts) })
    }

    /// Major, minor.
    pub fn python_version(&self) -> (u32, u32) {
        self.facts.tags.python
    }

    /// Whether this is the interpreter of a virtual environment.
    pub fn is_virtual(&self) -> bool {
        self.facts.prefix != self.facts.base_prefix
    }
}

/// What shows that a file is still the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    modified_seconds: u64,
    modified_nanoseconds: u32,
    size: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.unwrap_or_default();
        Self {
            modified_seconds: modified.as_secs(),
            modified_nanoseconds: modified.subsec_nanos(),
            size: metadata.len(),
        }
    }

    fn of_path(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|metadata| Self::of(&metadata))
    }
}

/// What must be unchanged for remembered facts to hold.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ExecutableStamp {
    /// Of the path itself, which may be a link that points elsewhere by now.
    link: Stamp,
    /// Of the file that it leads to.
    file: Stamp,
    /// The running system: its release and version are values of markers.
    system: String,
}

impl ExecutableStamp {
    fn of(executable: &Path) -> std::io::Result<Self> {
        Ok(Self {
            link: Stamp::of(&fs::symlink_metadata(executable)?),
            file: Stamp::of(&fs::metadata(executable)?),
            system: running_system(),
        })
    }
}

#[cfg(unix)]
fn running_system() -> String {
    let name = rustix::system::uname();
    let parts = [name.release(), name.version(), name.machine()].map(|part| part.to_string_lossy());
    parts.join(" ")
}

#[cfg(not(unix))]
fn running_system() -> String {
    String::new()
}

#[derive(Serialize, Deserialize)]
struct Record<Facts> {
    revision: u32,
    stamp: ExecutableStamp,
    /// Its directory changes when a distributor's package is updated or `sitecustomize` appears.
    standard_library: Option<Stamp>,
    facts: Facts,
}

fn remembered(key: &str, stamp: &ExecutableStamp, cache: &Cache) -> Option<InterpreterFacts> {
    let bytes = cache.read(Bucket::Interpreters, key).ok()??;
    // Read apart from the rest, whose shape depends on it.
    let (revision, _) = postcard::take_from_bytes::<u32>(&bytes).ok()?;
    if revision != PROBE_REVISION {
        return None;
    }
    let record: Record<InterpreterFacts> = postcard::from_bytes(&bytes).ok()?;
    let is_current =
        record.stamp == *stamp && record.standard_library == Stamp::of_path(&record.facts.stdlib);
    is_current.then_some(record.facts)
}

fn same_file(one: &Path, other: &Path) -> bool {
    one == other
        || matches!((fs::canonicalize(one), fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}
