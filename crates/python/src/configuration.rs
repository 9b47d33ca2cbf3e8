//! `pyvenv.cfg` (PEP 405), as venv, virtualenv, uv and rpip write it and as CPython's `site` reads it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::PythonError;

/// No `pyvenv.cfg` is longer; what is, is something else.
const SIZE_LIMIT: u64 = 64 * 1024;

/// What `pyvenv.cfg` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentConfiguration {
    /// `home`: the directory of the base interpreter.
    pub home: PathBuf,
    /// `include-system-site-packages`; true where it is missing, as `site` has it.
    pub system_site_packages: bool,
    /// Major and minor of `version` (venv) or `version_info` (virtualenv, uv).
    pub version: Option<(u32, u32)>,
    /// `prompt`, without the quotes that Python's `repr` puts around it.
    pub prompt: Option<String>,
}

impl EnvironmentConfiguration {
    /// Reads `pyvenv.cfg` in `root`; nothing where there is none.
    pub fn read(root: &Path) -> Result<Option<Self>, PythonError> {
        let path = root.join("pyvenv.cfg");
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(PythonError::io("cannot open", path)(error)),
        };
        let mut bytes = Vec::with_capacity(512);
        file.take(SIZE_LIMIT).read_to_end(&mut bytes).map_err(PythonError::io("cannot read", &path))?;
        let text = String::from_utf8_lossy(&bytes);
        Self::parse(&text).map(Some).ok_or_else(|| PythonError::BrokenEnvironment {
            root: root.to_path_buf(),
            reason: "its pyvenv.cfg does not name the home of its interpreter".to_owned(),
        })
    }

    /// The virtual environment that `executable` belongs to by its path, links not followed:
    /// `pyvenv.cfg` lies beside it or one directory up.
    pub(crate) fn of_executable(executable: &Path) -> Result<Option<(PathBuf, Self)>, PythonError> {
        let Some(directory) = executable.parent() else { return Ok(None) };
        let Some(root) = directory.parent() else { return Ok(None) };
        for place in [root, directory] {
            if let Some(configuration) = Self::read(place)? {
                return Ok(Some((root.to_path_buf(), configuration)));
            }
        }
        Ok(None)
    }

    /// Understands the text; nothing where it has no `home`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.split_once('=')?;
                key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        let home = value("home").filter(|home| !home.is_empty())?;
        let system = value("include-system-site-packages");
        Some(Self {
            home: PathBuf::from(home),
            system_site_packages: system.is_none_or(|text| text.eq_ignore_ascii_case("true")),
            version: value("version_info").or_else(|| value("version")).and_then(major_and_minor),
            prompt: value("prompt").map(|text| unquoted(text).to_owned()),
        })
    }
}

fn major_and_minor(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn unquoted(text: &str) -> &str {
    ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_what_each_tool_writes() {
        let venv = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.12.1\n\
                    prompt = 'my env'\nexecutable = /usr/bin/python3.12\n";
        let read = EnvironmentConfiguration::parse(venv).unwrap();
        assert_eq!(read.home, PathBuf::from("/usr/bin"));
        assert!(!read.system_site_packages);
        assert_eq!(read.version, Some((3, 12)));
        assert_eq!(read.prompt.as_deref(), Some("my env"));

        let virtualenv = "home = /opt/a b/bin\nimplementation = CPython\n\
                          version_info = 3.11.2.final.0\nvirtualenv = 21.0\n\
                          include-system-site-packages = true\nversion = 3.11.2\n";
        let read = EnvironmentConfiguration::parse(virtualenv).unwrap();
        assert_eq!(read.home, PathBuf::from("/opt/a b/bin"));
        assert!(read.system_site_packages);
        assert_eq!(read.version, Some((3, 11)));

        let uv = "home = /usr/bin\nimplementation = CPython\nuv = 0.13.8\nversion_info = 3.13.0\n\
                  include-system-site-packages = FALSE\nprompt = x\n";
        let read = EnvironmentConfiguration::parse(uv).unwrap();
        assert!(!read.system_site_packages);
        assert_eq!(read.version, Some((3, 13)));
        assert_eq!(read.prompt.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_missing_has_its_default() {
        let read = EnvironmentConfiguration::parse("HOME=/x\r\nnonsense\nversion = soon\n").unwrap();
        assert_eq!(read.home, PathBuf::from("/x"));
        assert!(read.system_site_packages);
        assert_eq!((read.version, read.prompt), (None, None));
        assert_eq!(EnvironmentConfiguration::parse("home =\n"), None);
        assert_eq!(EnvironmentConfiguration::parse(""), None);
    }
}
