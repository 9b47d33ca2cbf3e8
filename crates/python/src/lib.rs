//! Interpreters (found, probed once, remembered), environments, and virtual environments made.

mod bytecode;
mod discovery;
mod environment;
mod error;
mod interpreter;
mod venv;

pub use bytecode::{BytecodeCompiler, CompiledWheel};
pub use discovery::{PythonRequest, SearchContext, find_interpreter};
pub use environment::{Environment, Scheme};
pub use error::PythonError;
pub use interpreter::{Interpreter, InterpreterFacts};
pub use venv::{VenvOptions, create_venv};
