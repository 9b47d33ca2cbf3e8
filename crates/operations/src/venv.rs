//! `venv`: a virtual environment, with pip in it if asked for.

use std::path::Path;

use python::{Environment, Interpreter, VenvOptions, create_venv};

use crate::{Context, InstallOptions, OperationError, install};

/// Makes the environment at `directory`; `seed` installs what it describes into it.
pub fn venv(
    context: &Context,
    directory: &Path,
    interpreter: &Interpreter,
    options: &VenvOptions,
    seed: Option<InstallOptions>,
) -> Result<Environment, OperationError> {
    let environment = create_venv(directory, interpreter, options)?;
    if let Some(seed) = seed {
        install(context, &environment, &seed)?;
    }
    Ok(environment)
}
