//! From arguments and requirements files to what is wanted: files are read, nested ones too,
//! and their lines sorted into requirements, constraints and settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use distribution::{DependencyGroups, Digest, ScriptMetadata, WheelFilename};
use requirement::{
    DirectReference, LineContent, ProjectName, ReferenceLocation, Requirement, RequirementSource,
    RequirementsFile, Version,
};
use resolver::{Constraint, Origin};

use crate::document::{Place, Reader};
use crate::{Context, Event, OperationError};

/// How deep `-r` and `-c` may nest.
const DEEPEST: usize = 128;

/// What one requirement of the user is.
#[derive(Debug, Clone)]
pub enum WantedKind {
    /// A project by name (perhaps with a direct reference).
    Named(Requirement),
    /// A path or URL without a name.
    Reference {
        /// As written.
        text: String,
        /// `-e`.
        editable: bool,
    },
}

/// One requirement of the user.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it is.
    pub kind: WantedKind,
    /// Its `--hash` values.
    pub hashes: Vec<Digest>,
    /// Its `--config-settings` values.
    pub config_settings: Vec<String>,
    /// Where it stands.
    pub origin: Origin,
    /// What a relative path in it is relative to.
    pub directory: PathBuf,
}

impl Wanted {
    /// What something that the user wants states in its metadata, here, where its marker holds: the user wants that too.
    pub(crate) fn stated(requirement: &Requirement, directory: &Path) -> Self {
        Self {
            kind: WantedKind::Named(Requirement { marker: None, ..requirement.clone() }),
            hashes: Vec::new(),
            config_settings: Vec::new(),
            origin: Origin::Metadata,
            directory: directory.to_owned(),
        }
    }

    /// Whether it stands on the command line. pip gives only that the settings for builds that stand there; lines of files
    /// have their own.
    pub(crate) fn is_typed(&self) -> bool {
        self.origin == Origin::CommandLine
    }
}

/// What an option of a requirements file says about indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// `--no-index`: none, whatever follows.
    NoIndex,
    /// `--index-url`: this one, in place of all before.
    Index(String),
    /// `--extra-index-url`: this one too.
    ExtraIndex(String),
}

/// What requirements files say about indexes and choices.
#[derive(Debug, Clone, Default)]
pub struct FileSettings {
    /// What is said about indexes, in order.
    pub places: Vec<FilePlace>,
    /// All `--find-links`, relative paths made absolute where they exist beside the file.
    pub find_links: Vec<String>,
    /// `--pre`.
    pub prereleases: bool,
    /// `--all-releases` and `--only-final` values in order; true for `--all-releases`.
    pub releases: Vec<(bool, String)>,
    /// `--prefer-binary`.
    pub prefer_built: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
    /// `--no-require-hashes`.
    pub no_require_hashes: bool,
    /// `--trusted-host`.
    pub trusted_hosts: Vec<String>,
    /// `--no-binary` and `--only-binary` values in order; true for `--only-binary`.
    pub formats: Vec<(bool, String)>,
}

/// Everything that was collected.
#[derive(Debug, Clone, Default)]
pub struct Collected {
    /// The requirements, in order.
    pub wanted: Vec<Wanted>,
    /// The constraints, in order.
    pub constraints: Vec<Constraint>,
    /// The one file that a lock file names for a project: its URL or path, with hashes.
    pub locked: HashMap<ProjectName, String>,
    /// `--hash` values that constraints give for a project.
    pub constraint_hashes: HashMap<ProjectName, Vec<Digest>>,
    /// The settings.
    pub settings: FileSettings,
}

/// Collects requirements.
pub struct Collector<'a> {
    /// What files on servers are read with.
    pub context: &'a Context,
    /// What relative paths on the command line are relative to.
    pub directory: &'a Path,
    /// Gives the value of an environment variable for `${NAME}` in files.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The locale's encoding, for files that are not UTF-8.
    pub encoding: &'a str,
    /// Gives the content of `-r -`.
    pub standard_input: &'a dyn Fn() -> std::io::Result<Vec<u8>>,
}

/// A file on its way through [`Collector`].
struct File<'a> {
    /// As it was named, or as a nested name reads from where the first file was named.
    name: &'a str,
    /// `-c`, not `-r`.
    constraint: bool,
}

impl Collector<'_> {
    /// Adds a positional argument.
    /// A blank one, as an unset shell variable leaves it, says nothing.
    pub fn argument(&self, text: &str, collected: &mut Collected) -> Result<(), OperationError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let content = requirement::classify_argument(text).map_err(|source| {
            OperationError::invalid_requirement(text, source, &Origin::CommandLine, self.directory)
        })?;
        self.add(content, Origin::CommandLine, &Place::Path(self.directory.to_owned()), collected)
    }

    /// Adds an `-e` argument.
    pub fn editable(&self, text: &str, collected: &mut Collected) -> Result<(), OperationError> {
        let content = LineContent::Reference {
            text: text.to_owned(),
            editable: true,
            hashes: Vec::new(),
            config_settings: Vec::new(),
        };
        self.add(content, Origin::CommandLine, &Place::Path(self.directory.to_owned()), collected)
    }

    /// Reads a file of requirements, or of constraints, and all that it names.
    pub fn file(
        &self,
        file: &str,
        constraint: bool,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        self.nested(&File { name: file, constraint }, &mut Vec::new(), collected)
    }

    /// Reads `file`; `open` are the files that led to it.
    fn nested(
        &self,
        file: &File<'_>,
        open: &mut Vec<(Place, String)>,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let place = Place::of(file.name, self.directory);
        if open.len() >= DEEPEST || open.iter().any(|(other, _)| *other == place) {
            let includer = open.last().map(|(_, name)| name.clone()).unwrap_or_default();
            return Err(OperationError::RecursiveFile { file: file.name.to_owned(), includer });
        }
        let text = self.read(file, &place)?;
        let parsed = RequirementsFile::parse(&text, file.name, self.variable)?;
        for warning in &parsed.warnings {
            self.context.reporter.event(Event::Warning(warning));
        }
        open.push((place.clone(), file.name.to_owned()));
        for line in parsed.lines {
            let origin =
                Origin::File { file: file.name.to_owned(), line: line.line, constraint: file.constraint };
            match line.content {
                LineContent::Requirements(nested) => {
                    let name = nested_name(&nested, file.name);
                    // Also in a constraints file: what `-r` names are requirements (pip's rule).
                    self.nested(&File { name: &name, constraint: false }, open, collected)?;
                }
                LineContent::Constraints(nested) => {
                    let name = nested_name(&nested, file.name);
                    self.nested(&File { name: &name, constraint: true }, open, collected)?;
                }
                content if file.constraint => add_constraint(content, origin, &place, collected)?,
                // pip's rule: links are looked for beside the file, paths of projects from the working directory.
                content => self.add(content, origin, &place, collected)?,
            }
        }
        open.pop();
        Ok(())
    }

    /// Adds what `[path:]group` names: a dependency group (PEP 735) of a pyproject.toml.
    pub fn group(&self, text: &str, collected: &mut Collected) -> Result<(), OperationError> {
        let (file, group) = text.rsplit_once(':').unwrap_or(("pyproject.toml", text));
        let path = self.directory.join(file);
        let content = std::fs::read_to_string(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => OperationError::NoGroupFile(file.to_owned()),
            _ => OperationError::NotReadable { path: path.clone(), source: error },
        })?;
        let groups = DependencyGroups::parse(&content, file)?;
        self.add_all(groups.resolve(group)?, collected)
    }

    /// Adds what the metadata in a script asks for (PEP 723), if it may run on `python` (none: that is not asked).
    pub fn script(
        &self,
        file: &str,
        python: Option<&Version>,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let path = self.directory.join(file);
        let content = std::fs::read_to_string(&path)
            .map_err(|source| OperationError::NotReadable { path: path.clone(), source })?;
        let script = ScriptMetadata::parse(&content, file)?;
        if let Some(python) = python {
            script.check_python(python)?;
        }
        self.add_all(script.dependencies, collected)
    }

    /// Adds requirements that stand in no requirements file.
    fn add_all(
        &self,
        requirements: Vec<Requirement>,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        for requirement in requirements {
            let content =
                LineContent::Requirement { requirement, hashes: Vec::new(), config_settings: Vec::new() };
            self.add(content, Origin::CommandLine, &Place::Path(self.directory.to_owned()), collected)?;
        }
        Ok(())
    }

    fn read(&self, file: &File<'_>, place: &Place) -> Result<String, OperationError> {
        let unreadable = |reason: String| OperationError::UnreadableRequirements {
            kind: if file.constraint { "constraint" } else { "requirements" },
            file: file.name.to_owned(),
            reason,
        };
        let named = |reason: String| unreadable(format!("{reason}: '{}'", file.name));
        let bytes = match place {
            _ if file.name == "-" => (self.standard_input)().map_err(|error| named(error.to_string()))?,
            Place::Path(_) => Reader(self.context).read(place).map_err(named)?,
            Place::Url(_) => Reader(self.context).read(place).map_err(unreadable)?,
        };
        let decoded = requirement::decode(&bytes, file.name, self.encoding);
        let decoded = decoded.map_err(|reason| named(reason.to_string()))?;
        if let Some(warning) = &decoded.warning {
            self.context.reporter.event(Event::Warning(warning));
        }
        Ok(decoded.text)
    }

    fn add(
        &self,
        content: LineContent,
        origin: Origin,
        file: &Place,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let (kind, hashes, config_settings) = match content {
            LineContent::Requirement { requirement, hashes, config_settings } => {
                (WantedKind::Named(requirement), hashes, config_settings)
            }
            LineContent::Reference { text, editable, hashes, config_settings } => {
                (WantedKind::Reference { text, editable }, hashes, config_settings)
            }
            setting => {
                add_setting(setting, file, &mut collected.settings);
                return Ok(());
            }
        };
        let hashes = digests(&hashes, &origin)?;
        collected.wanted.push(Wanted {
            kind,
            hashes,
            config_settings,
            origin,
            directory: self.directory.to_owned(),
        });
        Ok(())
    }
}

/// The project of the wheel at a path or URL, by its file name.
fn wheel_project(text: &str) -> Option<ProjectName> {
    let reference: DirectReference = text.parse().ok()?;
    let place = match &reference.location {
        ReferenceLocation::Path(place) | ReferenceLocation::Url(place) => place.to_string(),
    };
    let place = place.split('#').next().unwrap_or_default();
    let filename = place.rsplit('/').next().unwrap_or_default();
    reference.name.or_else(|| Some(filename.parse::<WheelFilename>().ok()?.name))
}

fn digests(hashes: &[String], origin: &Origin) -> Result<Vec<Digest>, OperationError> {
    let parsed = hashes.iter().map(|hash| hash.parse()).collect::<Result<Vec<Digest>, _>>();
    parsed.map_err(|source| OperationError::InvalidHash { source, origin: origin.to_string() })
}

/// A nested file's name as messages show it: beside the file that names it, unless absolute or on a server.
fn nested_name(nested: &str, file: &str) -> String {
    if nested.contains("://") {
        return nested.to_owned();
    }
    if file.contains("://") {
        return crate::document::joined(file, nested);
    }
    match Path::new(file).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => parent.join(nested).display().to_string(),
        None => nested.to_owned(),
    }
}

fn add_constraint(
    content: LineContent,
    origin: Origin,
    file: &Place,
    collected: &mut Collected,
) -> Result<(), OperationError> {
    match content {
        LineContent::Requirement { requirement, hashes, .. } if requirement.extras.is_empty() => {
            let hashes = digests(&hashes, &origin)?;
            if !hashes.is_empty() {
                collected.constraint_hashes.entry(requirement.name.clone()).or_default().extend(hashes);
            }
            collected.constraints.push(Constraint { requirement, origin });
            Ok(())
        }
        LineContent::Requirement { requirement, .. } => Err(OperationError::InvalidConstraint {
            text: requirement.to_string(),
            reason: "Constraints cannot have extras",
            origin: origin.to_string(),
        }),
        LineContent::Reference { text, editable, .. } => {
            let invalid = |reason| OperationError::InvalidConstraint {
                text: text.clone(),
                reason,
                origin: origin.to_string(),
            };
            if editable {
                return Err(invalid("Editable requirements are not allowed as constraints"));
            }
            // A wheel's file name tells the project.
            let name = wheel_project(&text)
                .ok_or_else(|| invalid("Unnamed requirements are not allowed as constraints"))?;
            let (name_text, source) = (name.as_str().into(), RequirementSource::Url(text.clone().into()));
            let requirement = Requirement { name, name_text, extras: Vec::new(), source, marker: None };
            collected.constraints.push(Constraint { requirement, origin });
            Ok(())
        }
        // Options in a constraints file count as in a requirements file (pip's rule).
        setting => {
            add_setting(setting, file, &mut collected.settings);
            Ok(())
        }
    }
}

fn add_setting(content: LineContent, file: &Place, settings: &mut FileSettings) {
    match content {
        LineContent::IndexUrl(url) => settings.places.push(FilePlace::Index(url)),
        LineContent::ExtraIndexUrl(url) => settings.places.push(FilePlace::ExtraIndex(url)),
        LineContent::NoIndex => settings.places.push(FilePlace::NoIndex),
        LineContent::FindLinks(link) => settings.find_links.push(file.beside_if_there(link)),
        LineContent::NoBinary(names) => settings.formats.push((false, names)),
        LineContent::OnlyBinary(names) => settings.formats.push((true, names)),
        LineContent::RequireHashes => settings.require_hashes = true,
        LineContent::NoRequireHashes => settings.no_require_hashes = true,
        LineContent::Pre => settings.prereleases = true,
        LineContent::AllReleases(names) => settings.releases.push((true, names)),
        LineContent::OnlyFinal(names) => settings.releases.push((false, names)),
        LineContent::TrustedHost(host) => settings.trusted_hosts.push(host),
        LineContent::PreferBinary => settings.prefer_built = true,
        // Features of pip itself: rpip has what they promise.
        LineContent::UseFeature(_) => {}
        LineContent::Requirement { .. }
        | LineContent::Reference { .. }
        | LineContent::Requirements(_)
        | LineContent::Constraints(_) => {}
    }
}
