//! Interpreters (found, probed once, remembered), environments, and virtual environments made.

mod activation;
mod bytecode;
mod bytecode_worker;
mod configuration;
mod destination;
mod discovery;
mod environment;
mod error;
mod externally_managed;
mod interpreter;
mod location;
mod prefix;
mod probe;
mod pyenv;
mod request;
mod venv;
mod venv_interpreter;
mod virtual_interpreter;

pub use bytecode::{BytecodeCompiler, CompiledWheel};
pub use configuration::EnvironmentConfiguration;
pub use destination::Destination;
pub use discovery::{SearchContext, find_interpreter};
pub use environment::{Environment, PythonVariables, Scheme};
pub use error::{NotFound, PassedOver, PythonError};
pub use interpreter::{Interpreter, InterpreterFacts, VirtualLayout};
pub use location::find_environment;
pub use prefix::find_prefix;
pub use request::PythonRequest;
pub use venv::{VenvOptions, create_venv};

#[cfg(all(test, unix))]
mod tests;
