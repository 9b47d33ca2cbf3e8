//! The verbs. The one crate that knows all stages and their order: requirements are collected, resolved,
//! planned, prepared, and installed in one transaction; the other verbs read or shrink an environment.

mod answer;
mod autoremove;
mod build;
mod build_environment;
mod building;
mod cache;
mod changes;
mod check;
mod check_dist;
mod checkout_archive;
mod collect;
mod compile;
mod compiled_file;
mod completion;
mod config;
mod context;
mod debug;
mod direct;
mod document;
mod download;
mod downloads;
mod error;
mod event;
mod freeze;
mod graph;
mod hash;
mod hashes;
mod held_back;
mod history;
mod index_versions;
mod inspect;
mod install;
mod list;
mod lock;
mod lock_file;
mod named;
mod options;
mod outdated;
mod pinning_order;
mod pip_shim;
mod plan;
mod prepare;
mod project_file;
mod references;
mod repair;
mod report;
mod runtime;
mod saving;
mod search;
mod show;
mod slot;
mod source;
mod stage;
mod sync;
mod tree;
mod undo;
mod uninstall;
mod universal_lock;
mod upgrade;
mod upload;
mod venv;
mod verify;
mod wheel;
mod why;

pub use self::build::{Distribution, DistributionOptions, build, build_report, wheel_metadata};
pub use self::cache::{
    CacheContents, StoredWheel, cache_contents, purge_cache, remove_stored_wheels, stored_wheels,
};
pub use autoremove::{AutoremoveOptions, AutoremovePlan, autoremove, plan_autoremove};
pub use changes::{Change, Changes, Confirm, HeldBack};
pub use check::{CheckReport, Problem, check, check_environment};
pub use check_dist::check_dist;
pub use collect::{Collected, Collector, FilePlace, FileSettings, Wanted, WantedKind};
pub use compile::{AnnotationStyle, CompileOptions, compile, pinned_versions, with_all_extras};
pub use completion::{complete_installed, complete_paths};
pub use config::{ConfigurationError, ConfigurationFile, normalized_option};
pub use context::{Cancellation, Context};
pub use debug::compatible_tags;
pub use download::{DownloadOptions, download};
pub use error::{HashProblem, Offered, OperationError};
pub use event::{Event, Reporter};
pub use freeze::{FreezeOptions, Frozen, editable_location, freeze};
pub use hash::hash_file;
pub use history::{PastChange, history, remembered_at};
pub use index_versions::{AvailableVersion, available_versions};
pub use inspect::inspect;
pub use install::{InstallOptions, InstallOutcome, install};
pub use list::{
    Editables, ListOptions, ListedDistribution, Listing, list, list_distributions, list_everything,
    without_required,
};
pub use lock::{LockOptions, lock};
pub use lock_file::LockRequest;
pub use named::{named_editable, named_project};
pub use options::{ForeignInterpreter, Formats, Purpose, PythonTarget, ResolveOptions, Upgrade};
pub use outdated::latest_versions;
pub use pip_shim::{PipShimOptions, PipShimOutcome, install_pip_shim, is_pip_shim, remove_pip_shim};
pub use project_file::{CollectedProject, WantedExtras};
pub use repair::{RepairOptions, RepairOutcome, repair};
pub use report::Report;
pub use search::{FoundProject, search};
pub use show::{Shown, ShownDistribution, show};
pub use source::{BuildSettings, Existing};
pub use sync::{SyncOutcome, merge_wanted, sync};
pub use tree::{Tree, TreeLine, TreeLink, TreeMark, TreeOptions, TreeProject, tree};
pub use undo::{UndoOptions, UndoOutcome, undo};
pub use uninstall::{
    Finding, PlannedRemoval, RemovalListing, UninstallOutcome, Uninstallation, plan_uninstall, uninstall,
};
pub use universal_lock::{LockTargets, universal_lock};
pub use upgrade::{UpgradeOutcome, upgrade};
pub use upload::{TrustedPublishing, UploadError, UploadOptions, UploadPrompt, upload};
pub use venv::venv;
pub use verify::{BrokenFile, FileProblem, Verification, VerifiedDistribution, verify};
pub use wheel::{WheelOptions, WheelOutcome, wheel};
pub use why::{Why, WhyLink, WhyOrigin, why};

// What callers need of the stages to fill in options.
pub use ::build::{BuildError, ConfigSettings, DependencyCheck, HookError, InvalidSetting};
pub use ::cache::Cache;
pub use ::install::{InstalledDistribution, Removal};
pub use distribution::HashAlgorithm;
pub use index::{FormatControl, IndexOptions, IndexStrategy, Refresh};
pub use network::{Client, ClientOptions, Keyring, Prompt, redacted, without_user_information};
pub use publish::{
    Input, Preparation, PublishError, PypircFile, Repository, Secret, Signing, find_inputs, is_pattern,
};
pub use python::{
    Destination, Environment, Interpreter, PythonRequest, PythonVariables, SearchContext, VenvOptions,
    find_environment, find_interpreter, find_prefix,
};
pub use resolver::{Asker, Conflict, Constraint, Origin, Reason, Releases, ResolveError};
