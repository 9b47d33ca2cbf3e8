//! `pyproject.toml`: the build system (PEP 517, PEP 518) and the project's static metadata (PEP 621).
//!
//! Defaults are pip's: without `[build-system]`, setuptools' backend for projects that have a `setup.py` alone.

use std::fmt;
use std::str::FromStr;

use requirement::{ExtraName, ProjectName, Requirement, SpecifierSet, Version};
use toml::{Table, Value};

use crate::CoreMetadata;
use crate::toml_text::{self, kind};

/// No project describes itself in more.
const LARGEST_FILE: usize = 1 << 20;
/// What a project without `[build-system]` needs to be built, as for pip.
const LEGACY_REQUIREMENT: &str = "setuptools>=40.8.0";
/// The backend that behaves as running `setup.py` did.
const LEGACY_BACKEND: &str = "setuptools.build_meta:__legacy__";

/// A `pyproject.toml` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPyproject {
    /// It is not TOML, or not UTF-8, or too large.
    #[error("it is not valid TOML: {reason}")]
    Syntax {
        /// What is wrong, with the line.
        reason: String,
    },
    /// A value is not what the specification asks for.
    #[error("{key}: {reason}")]
    Value {
        /// The key, dotted (`build-system.requires[2]`).
        key: String,
        /// What is wrong.
        reason: String,
    },
}

/// A parsed `pyproject.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pyproject {
    /// How to build the project.
    pub build_system: BuildSystem,
    table: Table,
}

/// `[build-system]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildSystem {
    /// `requires`.
    pub requires: Vec<Requirement>,
    /// `build-backend`.
    pub backend: BackendName,
    /// `backend-path`: directories in the source tree, as written.
    pub backend_path: Vec<String>,
    /// Whether the file names the backend; else it is setuptools', for which `requires` may lack setuptools.
    pub names_backend: bool,
}

/// A backend: `module.path` or `module.path:object.path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendName {
    /// The module to import.
    pub module: String,
    /// The attributes to follow from it; empty for the module itself.
    pub object: String,
}

/// `[project]` (PEP 621): what resolving needs of it. `None` is a key that is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectTable {
    /// `name`.
    pub name: ProjectName,
    /// `name`, as written.
    pub name_text: String,
    /// `version`, and as written.
    pub version: Option<(Version, String)>,
    /// `dependencies`.
    pub dependencies: Option<Vec<Requirement>>,
    /// `optional-dependencies`.
    pub optional_dependencies: Option<Vec<(ExtraName, Vec<Requirement>)>>,
    /// `requires-python`, and as written.
    pub requires_python: Option<(SpecifierSet, String)>,
    /// `dynamic`: the fields that the backend fills in.
    pub dynamic: Vec<String>,
}

/// The keys of `[build-system]`.
const BUILD_SYSTEM_KEYS: [&str; 3] = ["requires", "build-backend", "backend-path"];

impl Default for BuildSystem {
    /// That of a project without `[build-system]`.
    fn default() -> Self {
        let requires = LEGACY_REQUIREMENT.parse().into_iter().collect();
        Self { requires, backend: BackendName::legacy(), backend_path: Vec::new(), names_backend: false }
    }
}

impl Default for Pyproject {
    /// That of a project without `pyproject.toml`.
    fn default() -> Self {
        Self { build_system: BuildSystem::default(), table: Table::new() }
    }
}

impl BackendName {
    fn legacy() -> Self {
        let (module, object) = LEGACY_BACKEND.split_once(':').unwrap_or_default();
        Self { module: module.to_owned(), object: object.to_owned() }
    }

    /// Whether it is one of setuptools' own backends.
    pub fn is_setuptools(&self) -> bool {
        self.module == "setuptools.build_meta"
    }
}

impl FromStr for BackendName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_identifier = |part: &str| {
            !part.starts_with(|first: char| first.is_ascii_digit())
                && !part.is_empty()
                && part.chars().all(|character| character.is_alphanumeric() || character == '_')
        };
        let is_dotted = |path: &str| path.split('.').all(is_identifier);
        let (module, object) =
            text.split_once(':').map_or((text, None), |(module, object)| (module, Some(object)));
        if !is_dotted(module) || !object.is_none_or(is_dotted) {
            return Err("expected a module, as 'package.module' or 'package.module:object'");
        }
        Ok(Self { module: module.to_owned(), object: object.unwrap_or_default().to_owned() })
    }
}

impl fmt::Display for BackendName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.module)?;
        if !self.object.is_empty() {
            write!(formatter, ":{}", self.object)?;
        }
        Ok(())
    }
}

impl Pyproject {
    /// Parses the bytes of a `pyproject.toml`. Mistakes in `[project]` are found by [`Pyproject::project`]: they do
    /// not hinder a build, whose backend has its own word on them.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidPyproject> {
        let syntax = |reason: String| InvalidPyproject::Syntax { reason };
        let text = std::str::from_utf8(bytes)
            .map_err(|error| syntax(format!("it is not UTF-8 (byte {})", error.valid_up_to())))?;
        let table = toml_text::parse(text, LARGEST_FILE).map_err(syntax)?;
        let build_system = match table.get("build-system") {
            None => BuildSystem::default(),
            Some(value) => build_system(&Place::root("build-system"), value)?,
        };
        Ok(Self { build_system, table })
    }

    /// Whether `[build-system]` has the keys that it may have (PEP 518), and no others: what stands under a key that is
    /// misspelt is passed over by whoever installs, and should be seen by whoever publishes.
    pub fn check_build_system(&self) -> Result<(), InvalidPyproject> {
        let table = self.table.get("build-system").and_then(Value::as_table);
        let unknown =
            table.and_then(|table| table.keys().find(|key| !BUILD_SYSTEM_KEYS.contains(&key.as_str())));
        match unknown {
            Some(key) => Err(Place::root("build-system").key(key).invalid(format!(
                "there is no such key; those that there are: {}",
                BUILD_SYSTEM_KEYS.join(", ")
            ))),
            None => Ok(()),
        }
    }

    /// `[project]`, if there is one.
    pub fn project(&self) -> Result<Option<ProjectTable>, InvalidPyproject> {
        let place = Place::root("project");
        self.table.get("project").map(|value| project(&place, value)).transpose()
    }

    /// `[tool.<name>]`.
    fn tool(&self, name: &str) -> Option<&Value> {
        self.table.get("tool")?.get(name)
    }

    /// The metadata that any build will give, where `[project]` says it all: nothing that resolving needs is dynamic.
    /// Poetry's own table may add to what is not said, so there everything must be; where it has a name of its own
    /// the project is for older versions of Poetry too, which do not know `[project]`.
    pub fn static_metadata(&self) -> Result<Option<CoreMetadata>, InvalidPyproject> {
        let Some(project) = self.project()? else { return Ok(None) };
        let says_all = project.dependencies.is_some() && project.requires_python.is_some();
        if let Some(poetry) = self.tool("poetry")
            && (!says_all || poetry.get("name").is_some())
        {
            return Ok(None);
        }
        Ok(project.core_metadata())
    }
}

impl ProjectTable {
    /// As core metadata, unless something that resolving needs is dynamic or the version is missing.
    pub fn core_metadata(&self) -> Option<CoreMetadata> {
        const NEEDED: [&str; 4] = ["version", "dependencies", "optional-dependencies", "requires-python"];
        if self.dynamic.iter().any(|field| NEEDED.contains(&field.as_str())) {
            return None;
        }
        let (version, version_text) = self.version.clone()?;
        let mut requires_dist = self.dependencies.clone().unwrap_or_default();
        let optional = self.optional_dependencies.as_deref().unwrap_or_default();
        for (extra, requirements) in optional {
            for requirement in requirements {
                requires_dist.push(for_extra(requirement, extra)?);
            }
        }
        let (requires_python, requires_python_text) = self.requires_python.clone().unzip();
        Some(CoreMetadata {
            metadata_version: "".into(),
            name: self.name.clone(),
            name_text: self.name_text.as_str().into(),
            version,
            version_text: version_text.into(),
            requires_dist,
            requires_python,
            requires_python_text: requires_python_text.map(Into::into),
            provides_extra: optional.iter().map(|(extra, _)| extra.clone()).collect(),
            dynamic: Vec::new(),
        })
    }
}

/// The requirement as it stands in core metadata: only where the extra is asked for.
fn for_extra(requirement: &Requirement, extra: &ExtraName) -> Option<Requirement> {
    let marker = match &requirement.marker {
        None => format!("extra == \"{extra}\""),
        Some(marker) => format!("({marker}) and extra == \"{extra}\""),
    };
    Some(Requirement { marker: Some(marker.parse().ok()?), ..requirement.clone() })
}

/// Where in the file a value stands.
#[derive(Debug, Clone)]
struct Place(String);

impl Place {
    fn root(key: &str) -> Self {
        Self(key.to_owned())
    }

    fn key(&self, key: &str) -> Self {
        Self(format!("{}.{key}", self.0))
    }

    fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    fn invalid(&self, reason: impl fmt::Display) -> InvalidPyproject {
        InvalidPyproject::Value { key: self.0.clone(), reason: reason.to_string() }
    }

    fn table<'a>(&self, value: &'a Value) -> Result<&'a Table, InvalidPyproject> {
        value.as_table().ok_or_else(|| self.invalid(format!("expected a table, not {}", kind(value))))
    }

    fn text<'a>(&self, value: &'a Value) -> Result<&'a str, InvalidPyproject> {
        value.as_str().ok_or_else(|| self.invalid(format!("expected a string, not {}", kind(value))))
    }

    /// The items of an array of strings, each made by `make`.
    fn list<T>(
        &self,
        value: &Value,
        make: impl Fn(&Self, &str) -> Result<T, InvalidPyproject>,
    ) -> Result<Vec<T>, InvalidPyproject> {
        let Some(items) = value.as_array() else {
            return Err(self.invalid(format!("expected a list of strings, not {}", kind(value))));
        };
        let items = items.iter().enumerate().map(|(index, item)| {
            let place = self.item(index);
            make(&place, place.text(item)?)
        });
        items.collect()
    }

    fn requirements(&self, value: &Value) -> Result<Vec<Requirement>, InvalidPyproject> {
        self.list(value, |place, text| {
            text.parse().map_err(|error| place.invalid(format!("it is not a valid requirement: {error}")))
        })
    }
}

fn build_system(place: &Place, value: &Value) -> Result<BuildSystem, InvalidPyproject> {
    let table = place.table(value)?;
    let Some(requires) = table.get("requires") else {
        return Err(place.key("requires").invalid("it is missing (PEP 518): list what the build needs"));
    };
    let requires = place.key("requires").requirements(requires)?;
    let backend = match table.get("build-backend") {
        None => None,
        Some(value) => {
            let place = place.key("build-backend");
            Some(place.text(value)?.parse().map_err(|reason| place.invalid(reason))?)
        }
    };
    let backend_path = match table.get("backend-path") {
        None => Vec::new(),
        Some(value) => place.key("backend-path").list(value, |_, text| Ok(text.to_owned()))?,
    };
    let names_backend = backend.is_some();
    Ok(BuildSystem {
        requires,
        backend: backend.unwrap_or_else(BackendName::legacy),
        backend_path,
        names_backend,
    })
}

fn project(place: &Place, value: &Value) -> Result<ProjectTable, InvalidPyproject> {
    let table = place.table(value)?;
    let text = |key: &str| match table.get(key) {
        None => Ok(None),
        Some(value) => place.key(key).text(value).map(Some),
    };
    let invalid = |key: &str, error: &dyn fmt::Display| place.key(key).invalid(error);
    let name_text = text("name")?.ok_or_else(|| place.key("name").invalid("it is missing (PEP 621)"))?;
    let name = name_text.parse().map_err(|error| invalid("name", &error))?;
    let version = text("version")?
        .map(|text| Ok((text.parse().map_err(|error| invalid("version", &error))?, text.to_owned())))
        .transpose()?;
    let requires_python = text("requires-python")?
        .map(|text| Ok((text.parse().map_err(|error| invalid("requires-python", &error))?, text.to_owned())))
        .transpose()?;
    let dependencies =
        table.get("dependencies").map(|value| place.key("dependencies").requirements(value)).transpose()?;
    let optional_dependencies = table
        .get("optional-dependencies")
        .map(|value| optional_dependencies(&place.key("optional-dependencies"), value))
        .transpose()?;
    let dynamic = match table.get("dynamic") {
        None => Vec::new(),
        Some(value) => place.key("dynamic").list(value, |_, text| Ok(text.to_ascii_lowercase()))?,
    };
    Ok(ProjectTable {
        name,
        name_text: name_text.to_owned(),
        version,
        dependencies,
        optional_dependencies,
        requires_python,
        dynamic,
    })
}

fn optional_dependencies(
    place: &Place,
    value: &Value,
) -> Result<Vec<(ExtraName, Vec<Requirement>)>, InvalidPyproject> {
    let mut found: Vec<(ExtraName, Vec<Requirement>)> = Vec::new();
    for (key, value) in place.table(value)? {
        let place = place.key(key);
        let extra: ExtraName = key.parse().map_err(|error| place.invalid(error))?;
        if found.iter().any(|(known, _)| *known == extra) {
            return Err(place.invalid("another key has the same normalised name (PEP 685)"));
        }
        found.push((extra, place.requirements(value)?));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Pyproject {
        Pyproject::parse(text.as_bytes()).unwrap()
    }

    fn shown(requirements: &[Requirement]) -> Vec<String> {
        requirements.iter().map(Requirement::to_string).collect()
    }

    #[test]
    fn the_build_system_is_read() {
        let text = "[build-system]\nrequires = ['hatchling>=1', \"tomli ; python_version < '3.11'\"]\n\
                    build-backend = 'a.b:c.d'\nbackend-path = ['.', 'tools']";
        let system = parse(text).build_system;
        assert_eq!(shown(&system.requires), ["hatchling>=1", "tomli; python_version < \"3.11\""]);
        assert_eq!((system.backend.module.as_str(), system.backend.object.as_str()), ("a.b", "c.d"));
        assert_eq!(system.backend.to_string(), "a.b:c.d");
        assert_eq!(system.backend_path, [".", "tools"]);
        assert!(system.names_backend);
    }

    #[test]
    fn what_is_not_said_is_setuptools() {
        for text in ["", "[project]\nname='a'\nversion='1'", "[tool.black]"] {
            let system = parse(text).build_system;
            assert_eq!(system, BuildSystem::default(), "{text}");
            assert_eq!(shown(&system.requires), ["setuptools>=40.8.0"]);
            assert_eq!(system.backend.to_string(), "setuptools.build_meta:__legacy__");
        }
        let system = parse("[build-system]\nrequires = ['cython']").build_system;
        assert_eq!(shown(&system.requires), ["cython"]);
        assert!(system.backend.is_setuptools() && !system.names_backend);
    }

    #[test]
    fn mistakes_name_the_key() {
        for (text, message) in [
            ("[build-system]", "build-system.requires: it is missing"),
            ("build-system = 1", "build-system: expected a table, not an integer"),
            (
                "[build-system]\nrequires = 'a'",
                "build-system.requires: expected a list of strings, not a string",
            ),
            (
                "[build-system]\nrequires = ['a', 1]",
                "build-system.requires[1]: expected a string, not an integer",
            ),
            (
                "[build-system]\nrequires = ['a', 'b>=>1']",
                "build-system.requires[1]: it is not a valid requirement: ",
            ),
            (
                "[build-system]\nrequires = []\nbuild-backend = 'a b'",
                "build-system.build-backend: expected a module",
            ),
            (
                "[build-system]\nrequires = []\nbuild-backend = ''",
                "build-system.build-backend: expected a module",
            ),
            (
                "[build-system]\nrequires = []\nbuild-backend = 'a:'",
                "build-system.build-backend: expected a module",
            ),
            (
                "[build-system]\nrequires = []\nbackend-path = '.'",
                "build-system.backend-path: expected a list",
            ),
            ("a = 1\n]", "it is not valid TOML: line 2: "),
        ] {
            let error = Pyproject::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
        for (text, message) in [
            ("project = []", "project: expected a table, not a list"),
            ("[project]", "project.name: it is missing"),
            ("[project]\nname = '-'", "project.name: '-' is not a valid name"),
            ("[project]\nname = 'a'\nversion = 'x'", "project.version: 'x' is not a valid version"),
            ("[project]\nname = 'a'\nversion = 1.0", "project.version: expected a string, not a float"),
            ("[project]\nname = 'a'\ndependencies = {}", "project.dependencies: expected a list"),
            (
                "[project]\nname = 'a'\noptional-dependencies = {b = ['c d']}",
                "project.optional-dependencies.b[0]: it is not a valid requirement",
            ),
            (
                "[project]\nname = 'a'\noptional-dependencies = {b-c = [], b_c = []}",
                "project.optional-dependencies.b_c: another key",
            ),
            ("[project]\nname = 'a'\nrequires-python = '>=x'", "project.requires-python: "),
        ] {
            let error = parse(text).project().unwrap_err().to_string();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    const FULL: &str = "[project]\nname = 'Fizz.Buzz'\nversion = '1.0RC1'\nrequires-python = '>=3.8'\n\
        dependencies = ['numpy>=1.20']\ndynamic = ['readme']\n\
        [project.optional-dependencies]\nPDF = ['tool', \"other[x]>1 ; os_name == 'nt' or os_name == 'java'\"]\n";

    #[test]
    fn static_metadata_is_what_a_build_would_give() {
        let metadata = parse(FULL).static_metadata().unwrap().unwrap();
        assert_eq!((metadata.name.as_str(), &*metadata.name_text), ("fizz-buzz", "Fizz.Buzz"));
        assert_eq!((metadata.version.to_string().as_str(), &*metadata.version_text), ("1.0rc1", "1.0RC1"));
        assert_eq!(metadata.requires_python_text.as_deref(), Some(">=3.8"));
        assert_eq!(
            shown(&metadata.requires_dist),
            [
                "numpy>=1.20",
                "tool; extra == \"pdf\"",
                "other[x]>1; (os_name == \"nt\" or os_name == \"java\") and extra == \"pdf\"",
            ]
        );
        assert_eq!(metadata.provides_extra, ["pdf".parse().unwrap()]);
    }

    #[test]
    fn what_is_dynamic_needs_a_build() {
        for field in ["version", "dependencies", "optional-dependencies", "requires-python", "Version"] {
            let text = FULL.replace("readme", field);
            assert_eq!(parse(&text).static_metadata().unwrap(), None, "{field}");
        }
        for text in ["", "[project]\nname = 'a'\n", "[tool.poetry]\nname = 'a'"] {
            assert_eq!(parse(text).static_metadata().unwrap(), None, "{text}");
        }
        let minimal = "[project]\nname = 'a'\nversion = '1'\n";
        assert!(parse(minimal).static_metadata().unwrap().is_some());
        assert_eq!(parse(&format!("{minimal}[tool.poetry]")).static_metadata().unwrap(), None);
        assert!(parse(&format!("{FULL}[tool.poetry]")).static_metadata().unwrap().is_some());
        assert_eq!(parse(&format!("{FULL}[tool.poetry]\nname = 'a'")).static_metadata().unwrap(), None);
    }

    #[test]
    fn size_and_nesting_are_bounded() {
        let deep = format!("a = {}", "[".repeat(100_000));
        let dotted = format!("{}a = 1", "a.".repeat(100_000));
        let table = format!("[{}a]", "a.".repeat(100_000));
        let large = format!("a = '{}'", "x".repeat(LARGEST_FILE));
        for text in [deep, dotted, table, large] {
            let error = Pyproject::parse(text.as_bytes()).unwrap_err();
            assert!(matches!(error, InvalidPyproject::Syntax { .. }), "{error}");
        }
        assert!(Pyproject::parse(b"a = '\xff'").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(bytes in any::<Vec<u8>>(), value in "[ -~]{0,30}", key in "[a-z-]{1,12}") {
            let _ = Pyproject::parse(&bytes);
            for table in ["build-system", "project"] {
                if let Ok(parsed) = Pyproject::parse(format!("[{table}]\nname = 'a'\n{key} = {value}\n").as_bytes()) {
                    let _ = parsed.static_metadata();
                }
            }
        }
    }
}
