//! How a hook that failed is called by hand: a command for a POSIX shell.

use std::fmt;
use std::path::PathBuf;

use distribution::BackendName;

use crate::{BuildEnvironment, ConfigSettings, Hook, SourceTree};

/// A hook, and where it ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reproduction {
    /// The source tree.
    pub directory: PathBuf,
    /// What makes the source tree anew, where it does not stay: commands that end in its directory.
    pub preparation: Option<String>,
    python: PathBuf,
    scripts: Option<PathBuf>,
    code: String,
}

impl Reproduction {
    pub(crate) fn new(
        hook: Hook,
        source: &SourceTree,
        environment: &BuildEnvironment,
        settings: &ConfigSettings,
    ) -> Self {
        let system = &source.pyproject.build_system;
        let mut code = String::from("import sys, tempfile\n");
        let mut entries = system.backend_path.clone();
        if system.backend.is_setuptools() {
            // It runs setup.py, which may import from beside itself.
            entries.push(".".to_owned());
        }
        if !entries.is_empty() {
            let entries: Vec<String> = entries.iter().map(|entry| literal(entry)).collect();
            code.push_str(&format!("sys.path[:0] = [{}]\n", entries.join(", ")));
        }
        code.push_str(&import(&system.backend));
        let settings = settings.python_literal();
        let call = match hook {
            Hook::GetRequiresForBuildWheel
            | Hook::GetRequiresForBuildEditable
            | Hook::GetRequiresForBuildSdist => format!("{hook}({settings})"),
            Hook::PrepareMetadataForBuildWheel
            | Hook::PrepareMetadataForBuildEditable
            | Hook::BuildWheel
            | Hook::BuildEditable
            | Hook::BuildSdist => format!("{hook}(tempfile.mkdtemp(), {settings})"),
        };
        code.push_str(&format!("print(backend.{call})"));
        Self {
            directory: source.directory.clone(),
            preparation: None,
            python: environment.python.clone(),
            scripts: environment.scripts.clone(),
            code,
        }
    }

    /// Whether the source tree is there, or can be made again.
    pub fn is_possible(&self) -> bool {
        self.preparation.is_some() || self.directory.is_dir()
    }
}

impl fmt::Display for Reproduction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.preparation {
            Some(preparation) => write!(formatter, "{preparation} && ")?,
            None => write!(formatter, "cd {} && ", quoted(&self.directory.display().to_string()))?,
        }
        if let Some(scripts) = &self.scripts {
            write!(formatter, "PATH={}:\"$PATH\" ", quoted(&scripts.display().to_string()))?;
        }
        write!(formatter, "{} -c {}", quoted(&self.python.display().to_string()), quoted(&self.code))
    }
}

fn import(backend: &BackendName) -> String {
    let BackendName { module, object } = backend;
    match object.as_str() {
        "" => format!("import {module} as backend\n"),
        object => format!("import {module} as module\nbackend = module.{object}\n"),
    }
}

/// A text as Python writes it; JSON's escapes are among Python's.
pub(crate) fn literal(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

/// A word for a shell.
pub fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+,@%".contains(character);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        for (text, shown) in [("/a/b-1.0", "/a/b-1.0"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''")]
        {
            assert_eq!(quoted(text), shown);
        }
    }
}
