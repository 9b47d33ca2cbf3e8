//! The verbs. The one crate that knows all stages and their order: requirements are collected, resolved,
//! planned, prepared, and installed in one transaction; the other verbs read or shrink an environment.

mod answer;
mod build;
mod build_environment;
mod building;
mod check;
mod collect;
mod context;
mod direct;
mod document;
mod downloads;
mod error;
mod event;
mod freeze;
mod hashes;
mod install;
mod list;
mod lock_file;
mod options;
mod plan;
mod prepare;
mod report;
mod runtime;
mod show;
mod slot;
mod source;
mod stage;
mod uninstall;
mod upload;
mod venv;

pub use self::build::{Distribution, DistributionOptions, build, build_report, wheel_metadata};
pub use check::{Problem, check};
pub use collect::{Collected, Collector, FilePlace, FileSettings, Wanted, WantedKind};
pub use context::{Cancellation, Context};
pub use error::{HashProblem, Offered, OperationError};
pub use event::{Event, Reporter};
pub use freeze::{FreezeLine, editable_location, freeze};
pub use install::{InstallOptions, InstallOutcome, install};
pub use list::list;
pub use lock_file::LockRequest;
pub use options::{Formats, PythonTarget, ResolveOptions, Upgrade};
pub use report::Report;
pub use show::{ShownDistribution, show};
pub use source::{BuildSettings, Existing};
pub use uninstall::{UninstallOutcome, UninstallPlan, plan_uninstall, uninstall};
pub use upload::{TrustedPublishing, UploadError, UploadOptions, UploadPrompt, upload};
pub use venv::venv;

// What callers need of the stages to fill in options.
pub use ::build::{BuildError, ConfigSettings, HookError, InvalidSetting};
pub use ::install::{InstalledDistribution, Removal};
pub use cache::Cache;
pub use index::{FormatControl, IndexOptions, IndexStrategy, Refresh};
pub use network::{Client, ClientOptions, Keyring, Prompt, redacted};
pub use publish::{
    ConfigurationFile, Input, Preparation, PublishError, Repository, Secret, Signing, find_inputs, is_pattern,
};
pub use python::{
    Destination, Environment, Interpreter, PythonRequest, PythonVariables, SearchContext, VenvOptions,
    find_environment, find_interpreter,
};
pub use resolver::{Asker, Conflict, Constraint, Origin, Reason, Releases, ResolveError};
