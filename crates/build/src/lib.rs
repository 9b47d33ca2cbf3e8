//! Building from source: a frontend for build backends (PEP 517, PEP 518, PEP 660).
//!
//! [`SourceTree`] reads what a tree says about itself, often enough to resolve without a build. [`Builder`] runs the
//! backend: one worker process a build, in an environment that a [`RequirementInstaller`] makes.

mod builder;
mod channel;
mod context;
mod environment;
mod error;
mod hints;
mod hook;
mod output;
mod product;
mod reproduction;
mod settings;
mod source;
mod stack;
mod unmet;
mod worker;

#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use context::{BuildContext, BuildOptions, BuildReporter, SilentReporter};
pub use environment::{BuildEnvironment, Isolation, RequirementInstaller};
pub use error::{BuildError, HookError, HookProblem};
pub use hook::{Hook, Product};
pub use product::deliver;
pub use reproduction::{Reproduction, quoted as shell_quoted};
pub use settings::{ConfigSettings, InvalidSetting};
pub use source::{Expected, SourceKind, SourceTree};
pub use stack::{BuildFrame, BuildStack};
pub use unmet::DependencyCheck;
