//! What `--version` says.

use operations::Environment;

/// `rpip 0.1.0 from /usr/bin/rpip (python 3.12)`, in pip's shape; the Python is that of the environment acted on.
pub(crate) fn version_line(environment: Option<&Environment>) -> String {
    let program = std::env::current_exe().map(|path| path.display().to_string());
    let python = match environment {
        Some(environment) => {
            let (major, minor) = environment.interpreter.python_version();
            format!("python {major}.{minor}")
        }
        None => "no python found".to_owned(),
    };
    let program = program.unwrap_or_else(|_| "an unknown place".to_owned());
    format!("rpip {} from {program} ({python})", env!("CARGO_PKG_VERSION"))
}
