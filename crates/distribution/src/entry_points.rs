//! entry_points.txt (entry points specification): the scripts that an install writes.

/// An entry point that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid entry point '{text}': {reason}")]
pub struct InvalidEntryPoint {
    /// The line, or what could be made out of it.
    pub text: String,
    /// What is wrong.
    pub reason: String,
}

/// `name = module:object [extras]`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EntryPoint {
    /// The script's name: one path component from a safe set.
    pub name: String,
    /// The dotted module name.
    pub module: String,
    /// The dotted name of the callable within it.
    pub object: String,
}

/// The `console_scripts` and `gui_scripts` of a distribution, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct EntryPoints {
    /// `[console_scripts]`, in order.
    pub console_scripts: Vec<EntryPoint>,
    /// `[gui_scripts]`, in order.
    pub gui_scripts: Vec<EntryPoint>,
}

impl EntryPoints {
    /// Parses entry_points.txt. Script names must be one safe path component that is not the name
    /// of an interpreter or of an activation script; targets must be dotted names with an object.
    pub fn parse(_text: &str) -> Result<Self, InvalidEntryPoint> {
        todo!()
    }
}
