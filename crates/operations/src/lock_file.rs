//! `-r pylock.toml` (PEP 751): what a lock file names becomes what is wanted, each project at its one file.

use distribution::{
    Digest, LockTarget, LockedChoice, LockedFile, LockedPackage, LockedPlace, Pylock, SdistFilename,
    SupportedTags,
};
use python::Interpreter;
use requirement::{ProjectName, Requirement, RequirementSource, Version};
use resolver::Origin;

use crate::collect::{Collected, Collector, Wanted, WantedKind};
use crate::document::{Place, Reader};
use crate::{FormatControl, Formats, OperationError};

/// What is asked of one lock file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockRequest {
    /// The file, a path or URL, without `[extras]`.
    pub file: String,
    /// Extras (`pylock.toml[extra]`).
    pub extras: Vec<String>,
    /// Dependency groups (`--group pylock.toml:group`).
    pub groups: Vec<String>,
    /// Whether its default groups are wanted: it was named by `-r`.
    pub default_groups: bool,
}

impl LockRequest {
    /// What `text` asks for, `file` or `file[extras]`; none where it names no lock file.
    pub fn parse(text: &str) -> Option<Self> {
        let (file, extras) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
            Some((file, extras)) => (file, extras.split(',').map(|extra| extra.trim().to_owned()).collect()),
            None => (text, Vec::new()),
        };
        let file = distribution::is_pylock_filename(file).then(|| file.to_owned())?;
        Some(Self { file, extras, ..Self::default() })
    }
}

impl Collector<'_> {
    /// Adds what a lock file names for `interpreter`. `formats` say of which projects source distributions go before wheels.
    pub fn lock(
        &self,
        request: &LockRequest,
        interpreter: &Interpreter,
        formats: &Formats,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let file = &request.file;
        let bytes = Reader(self.context)
            .read(&Place::of(file, self.directory))
            .map_err(|reason| OperationError::UnreadableLock { file: file.clone(), reason })?;
        let lock = Pylock::parse(&String::from_utf8_lossy(&bytes), file)?;
        let target = LockTarget {
            environment: &interpreter.facts.markers,
            tags: &SupportedTags::new(&interpreter.facts.tags),
            extras: &request.extras,
            dependency_groups: &request.groups,
            default_groups: request.default_groups,
            prefers_sdist: &|project| formats.of(project) == FormatControl::OnlySdists,
        };
        for (package, choice) in lock.select(&target, file)? {
            self.locked(package, choice, file, collected)?;
        }
        Ok(())
    }

    /// Adds one package of the lock file `file`.
    fn locked(
        &self,
        package: &LockedPackage,
        choice: LockedChoice<'_>,
        file: &str,
        collected: &mut Collected,
    ) -> Result<(), OperationError> {
        let mut hashes = Vec::new();
        let kind = match choice {
            LockedChoice::Vcs(vcs) => {
                let url = self.url(vcs.place(file)?);
                named(package, RequirementSource::Url(vcs.reference(&url, file)?.into()))
            }
            LockedChoice::Archive(archive) => {
                hashes = digests(&archive.hashes);
                let url = self.url(archive.place(file)?);
                named(package, RequirementSource::Url(archive.reference(&url, file)?.into()))
            }
            LockedChoice::Directory(directory) => {
                let mut text = self.url(directory.place(file)?);
                if let Some(subdirectory) = &directory.subdirectory {
                    text = format!("{}/{subdirectory}", text.trim_end_matches('/'));
                }
                WantedKind::Reference { text, editable: directory.editable == Some(true) }
            }
            LockedChoice::Wheel(locked) | LockedChoice::Sdist(locked) => {
                hashes = digests(&locked.hashes);
                self.file_of(package, locked, file, collected)?
            }
        };
        collected.wanted.push(Wanted {
            kind,
            hashes,
            config_settings: Vec::new(),
            origin: Origin::Lock(file.to_owned()),
            directory: self.directory.to_owned(),
        });
        Ok(())
    }

    /// A project at the version of the one file that the lock file names for it.
    fn file_of(
        &self,
        package: &LockedPackage,
        locked: &LockedFile,
        file: &str,
        collected: &mut Collected,
    ) -> Result<WantedKind, OperationError> {
        let url = self.url(locked.place(file)?);
        let fragment: Vec<String> =
            locked.hashes.iter().map(|(algorithm, hex)| format!("{algorithm}={hex}")).collect();
        let place = format!("{url}#{}", fragment.join("&"));
        if let Some(other) = collected.locked.insert(package.name.clone(), place.clone())
            && other != place
        {
            return Err(OperationError::UnusableFile {
                text: network::redacted(&url),
                reason: format!(
                    "{} is locked to another file too: {}",
                    package.name,
                    network::redacted(&other)
                ),
            });
        }
        let version = package.version.clone().or_else(|| version_of(locked, &package.name));
        let pin = version.and_then(|version| format!("=={version}").parse().ok()).unwrap_or_default();
        Ok(named(package, RequirementSource::Index(pin)))
    }

    /// A place of a lock file, as URL.
    fn url(&self, place: LockedPlace) -> String {
        match place {
            LockedPlace::Url(url) => url,
            LockedPlace::Path(path) => index::file_url(&self.directory.join(path)),
        }
    }
}

fn named(package: &LockedPackage, source: RequirementSource) -> WantedKind {
    let name: &ProjectName = &package.name;
    WantedKind::Named(Requirement {
        name: name.clone(),
        name_text: name.as_str().into(),
        extras: Vec::new(),
        source,
        marker: None,
    })
}

/// What a file's name says of its version.
fn version_of(file: &LockedFile, project: &ProjectName) -> Option<Version> {
    let filename = file.filename()?;
    match filename.parse::<distribution::WheelFilename>() {
        Ok(wheel) => Some(wheel.version),
        Err(_) => SdistFilename::parse(&filename, project).ok().map(|sdist| sdist.version),
    }
}

/// The hashes of algorithms that are checked.
fn digests(hashes: &[(String, String)]) -> Vec<Digest> {
    hashes.iter().filter_map(|(algorithm, hex)| format!("{algorithm}:{hex}").parse().ok()).collect()
}
