//! From arguments and requirements files to what is wanted: files are read, nested ones too,
//! and their lines sorted into requirements, constraints and settings.

use std::path::{Path, PathBuf};

use distribution::Digest;
use requirement::{LineContent, Requirement, RequirementsFile};
use resolver::{Constraint, Origin};

use crate::OperationError;

/// How deep `-r` and `-c` may nest.
const DEEPEST: usize = 128;
/// The largest requirements file that is read, in bytes.
const LARGEST: u64 = 64 << 20;

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

/// What requirements files say about indexes and choices.
#[derive(Debug, Clone, Default)]
pub struct FileSettings {
    /// The last `--index-url`.
    pub index_url: Option<String>,
    /// All `--extra-index-url`.
    pub extra_index_urls: Vec<String>,
    /// `--no-index`.
    pub no_index: bool,
    /// All `--find-links`, relative paths made absolute where they exist beside the file.
    pub find_links: Vec<String>,
    /// `--pre`.
    pub prereleases: bool,
    /// `--prefer-binary`.
    pub prefer_built: bool,
    /// `--require-hashes`.
    pub require_hashes: bool,
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
    /// The settings.
    pub settings: FileSettings,
}

/// Collects requirements.
pub struct Collector<'a> {
    /// What relative paths on the command line are relative to.
    pub directory: &'a Path,
    /// Gives the value of an environment variable for `${NAME}` in files.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Gives the content of `-r -`.
    pub standard_input: &'a dyn Fn() -> std::io::Result<Vec<u8>>,
}

impl Collector<'_> {
    /// Adds a positional argument.
    /// A blank one, as an unset shell variable leaves it, says nothing.
    pub fn argument(&self, text: &str, collected: &mut Collected) -> Result<(), OperationError> {
        if text.trim().is_empty() {
            return Ok(());
        }
        let content = requirement::classify_argument(text)
            .map_err(|source| OperationError::InvalidRequirement { text: text.to_owned(), source })?;
        self.add(content, Origin::CommandLine, self.directory, collected)
    }

    /// Adds an `-e` argument.
    pub fn editable(&self, text: &str, collected: &mut Collected) {
        collected.wanted.push(Wanted {
            kind: WantedKind::Reference { text: text.to_owned(), editable: true },
            hashes: Vec::new(),
            config_settings: Vec::new(),
            origin: Origin::CommandLine,
            directory: self.directory.to_owned(),
        });
    }

    /// Reads a file of requirements, or of constraints, and all that it names.
    pub fn file(
        &self,
        file: &str,
        constraint: bool,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        self.nested(file, self.directory, constraint, &mut Vec::new(), collected)
    }

    fn nested(
        &self,
        file: &str,
        directory: &Path,
        constraint: bool,
        open: &mut Vec<PathBuf>,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let path = local_path(file, directory)?;
        if open.contains(&path) || open.len() >= DEEPEST {
            let includer = open.last().unwrap_or(&path).display().to_string();
            return Err(OperationError::RecursiveFile { file: file.to_owned(), includer });
        }
        let text = self.read(file, &path)?;
        let parsed = RequirementsFile::parse(&text, file, self.variable)?;
        let beside = path.parent().unwrap_or(directory).to_owned();
        open.push(path);
        for line in parsed.lines {
            let origin = Origin::File { file: file.to_owned(), line: line.line, constraint };
            match line.content {
                LineContent::Requirements(nested) => {
                    self.nested(&nested_name(&nested, file), directory, constraint, open, collected)?;
                }
                LineContent::Constraints(nested) => {
                    self.nested(&nested_name(&nested, file), directory, true, open, collected)?;
                }
                content if constraint => add_constraint(content, origin, collected)?,
                // pip's rule: links are looked for beside the file, paths of projects from the working directory.
                content => self.add(content, origin, &beside, collected)?,
            }
        }
        open.pop();
        Ok(())
    }

    fn read(&self, file: &str, path: &Path) -> Result<String, OperationError> {
        let unreadable = |source| OperationError::UnreadableRequirements { file: file.to_owned(), source };
        let bytes = if file == "-" {
            (self.standard_input)().map_err(unreadable)?
        } else {
            let length = std::fs::metadata(path).map_err(unreadable)?.len();
            if length > LARGEST {
                return Err(unreadable(std::io::Error::other(format!("it is larger than {LARGEST} bytes"))));
            }
            std::fs::read(path).map_err(unreadable)?
        };
        let decoded = requirement::decode(&bytes, file, "UTF-8");
        decoded
            .map(|decoded| decoded.text)
            .map_err(|reason| unreadable(std::io::Error::other(reason.to_string())))
    }

    fn add(
        &self,
        content: LineContent,
        origin: Origin,
        directory: &Path,
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
                add_setting(setting, directory, &mut collected.settings);
                return Ok(());
            }
        };
        let hashes = hashes
            .iter()
            .map(|hash| hash.parse())
            .collect::<Result<Vec<Digest>, _>>()
            .map_err(|source| OperationError::InvalidHash { source, origin: origin.to_string() })?;
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

/// A nested file's name as messages show it: beside the file that names it, unless absolute.
fn nested_name(nested: &str, file: &str) -> String {
    match Path::new(file).parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) if !nested.contains("://") => parent.join(nested).display().to_string(),
        _ => nested.to_owned(),
    }
}

fn local_path(file: &str, directory: &Path) -> Result<PathBuf, OperationError> {
    match file.split_once("://") {
        None => Ok(directory.join(file)),
        Some(("file", path)) => Ok(PathBuf::from(path)),
        Some(_) => Err(OperationError::RemoteRequirements(file.to_owned())),
    }
}

fn add_constraint(
    content: LineContent,
    origin: Origin,
    collected: &mut Collected,
) -> Result<(), OperationError> {
    match content {
        LineContent::Requirement { requirement, .. } if requirement.extras.is_empty() => {
            collected.constraints.push(Constraint { requirement, origin });
            Ok(())
        }
        LineContent::Requirement { requirement, .. } => Err(OperationError::InvalidConstraint {
            text: requirement.to_string(),
            reason: "Constraints cannot have extras",
            origin: origin.to_string(),
        }),
        LineContent::Reference { text, editable, .. } => Err(OperationError::InvalidConstraint {
            text,
            reason: if editable {
                "Editable requirements are not allowed as constraints"
            } else {
                "Unnamed requirements are not allowed as constraints"
            },
            origin: origin.to_string(),
        }),
        // Options in a constraints file count as in a requirements file (pip's rule).
        setting => {
            let directory = match &origin {
                Origin::File { file, .. } => Path::new(file).parent().map(Path::to_owned).unwrap_or_default(),
                Origin::CommandLine => PathBuf::new(),
            };
            add_setting(setting, &directory, &mut collected.settings);
            Ok(())
        }
    }
}

fn add_setting(content: LineContent, directory: &Path, settings: &mut FileSettings) {
    match content {
        LineContent::IndexUrl(url) => settings.index_url = Some(url),
        LineContent::ExtraIndexUrl(url) => settings.extra_index_urls.push(url),
        LineContent::NoIndex => settings.no_index = true,
        LineContent::FindLinks(link) => {
            let beside = directory.join(&link);
            let exists = !link.contains("://") && beside.exists();
            settings.find_links.push(if exists { beside.display().to_string() } else { link });
        }
        LineContent::NoBinary(names) => settings.formats.push((false, names)),
        LineContent::OnlyBinary(names) => settings.formats.push((true, names)),
        LineContent::RequireHashes => settings.require_hashes = true,
        LineContent::NoRequireHashes => settings.require_hashes = false,
        LineContent::Pre => settings.prereleases = true,
        LineContent::TrustedHost(host) => settings.trusted_hosts.push(host),
        LineContent::PreferBinary => settings.prefer_built = true,
        // Features of pip itself, and finer choices among pre-releases than `--pre`.
        LineContent::AllReleases(_) | LineContent::OnlyFinal(_) | LineContent::UseFeature(_) => {}
        LineContent::Requirement { .. }
        | LineContent::Reference { .. }
        | LineContent::Requirements(_)
        | LineContent::Constraints(_) => {}
    }
}
