//! A distribution looked at from all sides before it is published: its names, metadata, README, RECORD and content.

use std::collections::BTreeSet;
use std::path::Path;

use cache::{Inflater, SourceMemberKind, ZipError};
use distribution::{HashAlgorithm, Hasher, SdistFilename, WheelFilename, headers};
use requirement::{ProjectName, Version};

use crate::archive::FileType;
use crate::contents::{
    LARGEST_SCANNED, is_generic_package, leaves, path_problem, suspicious_content, suspicious_name,
};
use crate::wheel_record::RecordCheck;
use crate::{Archive, PublishError, RawMetadata, problems_of, readme};

/// So many complaints of one kind are listed.
const MOST_FINDINGS: usize = 50;
/// What PyPI takes without asking.
const USUAL_LIMIT: u64 = 100 << 20;

/// The first parts of classifiers (the trove classifiers of PyPI).
const CLASSIFIERS: [&str; 11] = [
    "Development Status",
    "Environment",
    "Framework",
    "Intended Audience",
    "License",
    "Natural Language",
    "Operating System",
    "Private",
    "Programming Language",
    "Topic",
    "Typing",
];

/// What was found in a distribution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Why it should not be published, or could not be installed.
    pub errors: Vec<String>,
    /// What is hardly meant.
    pub warnings: Vec<String>,
}

/// Looks at the distribution at `path`.
///
/// # Errors
/// Only where the file cannot be read; what is wrong in it is among the findings.
pub fn inspect(path: &Path) -> Result<Inspection, PublishError> {
    let mut found = Inspection::default();
    let archive = Archive::open(path)?;
    let metadata = match archive.metadata() {
        Ok(metadata) => metadata,
        Err(error @ PublishError::Io { .. }) => return Err(error),
        Err(error) => {
            found.errors.push(error.to_string());
            return Ok(found);
        }
    };
    let metadata = RawMetadata::parse(&metadata);
    let problems = problems_of(&metadata);
    if !problems.is_empty() {
        found.errors.push(format!("Invalid distribution metadata: {}", problems.join("; ")));
    }
    let readme = readme::check(metadata.one("Description"), metadata.one("Description-Content-Type"));
    found.errors.extend(readme.error);
    found.warnings.extend(readme.warnings);
    found.check_classifiers(&metadata);
    found.check_names(&archive, &metadata);
    match archive.filetype {
        FileType::Wheel => found.check_wheel(&archive)?,
        FileType::Sdist => found.check_sdist(&archive)?,
    }
    if archive.size > USUAL_LIMIT {
        let size = archive.size / (1 << 20);
        found.warnings.push(format!("it has {size} MiB; PyPI takes 100 MiB unless it was asked for more"));
    }
    found.shorten();
    Ok(found)
}

impl Inspection {
    fn shorten(&mut self) {
        for findings in [&mut self.errors, &mut self.warnings] {
            let mut seen = BTreeSet::new();
            findings.retain(|finding| seen.insert(finding.clone()));
            if findings.len() > MOST_FINDINGS {
                let more = findings.len() - MOST_FINDINGS;
                findings.truncate(MOST_FINDINGS);
                findings.push(format!("and {more} more"));
            }
        }
    }

    fn check_classifiers(&mut self, metadata: &RawMetadata) {
        let classifiers = metadata.values("Classifier");
        for text in classifiers {
            let parts: Vec<&str> = text.split(" :: ").collect();
            let is_well_formed = parts.len() > 1
                && parts.iter().all(|part| !part.is_empty() && part.trim() == *part && !part.contains("::"))
                && parts.first().is_some_and(|first| CLASSIFIERS.contains(first));
            if !is_well_formed {
                self.errors.push(format!("'{text}' is not a classifier"));
            } else if text.starts_with("Private :: ") {
                self.warnings.push(format!("PyPI refuses what has the classifier '{text}'"));
            }
        }
        let license = classifiers.iter().find(|text| text.starts_with("License :: "));
        if let (Some(license), Some(_)) = (license, metadata.one("License-Expression")) {
            self.warnings.push(format!(
                "'{license}' stands beside License-Expression, which takes its place (PEP 639)"
            ));
        }
    }

    /// The file's name against the metadata.
    fn check_names(&mut self, archive: &Archive, metadata: &RawMetadata) {
        let name = metadata.one("Name").and_then(|name| name.parse::<ProjectName>().ok());
        let version = metadata.one("Version").and_then(|version| version.parse::<Version>().ok());
        let (Some(name), Some(version)) = (name, version) else { return };
        let filename = archive.filename.as_str();
        let (own_name, own_version) = match archive.filetype {
            FileType::Wheel => match filename.parse::<WheelFilename>() {
                Ok(wheel) => (wheel.name, wheel.version),
                Err(error) => return self.errors.push(error.to_string()),
            },
            FileType::Sdist => match SdistFilename::parse(filename, &name) {
                Ok(sdist) => (name.clone(), sdist.version),
                Err(error) => return self.errors.push(error.to_string()),
            },
        };
        if own_name != name {
            self.errors.push(format!("the file is named for '{own_name}', and its metadata for '{name}'"));
        }
        if own_version != version {
            self.errors
                .push(format!("the file is named for version {own_version}, and its metadata for {version}"));
        }
        let expected = name.as_str().replace('-', "_");
        let rest = filename.strip_prefix(&expected);
        if !rest.is_some_and(|rest| rest.starts_with('-')) && own_name == name {
            self.warnings.push(format!(
                "its name should begin with '{expected}-' (PEP 625, binary distribution format)"
            ));
        }
        let base =
            archive.filename.contains('+') || metadata.one("Version").is_some_and(|text| text.contains('+'));
        if base {
            self.warnings.push("PyPI refuses local versions (with '+')".to_owned());
        }
    }

    fn check_wheel(&mut self, archive: &Archive) -> Result<(), PublishError> {
        archive.with_wheel(|zip| {
            let entries = zip.entries();
            let infos: BTreeSet<&str> = entries
                .iter()
                .filter_map(|entry| entry.path.components().next())
                .filter(|top| top.ends_with(".dist-info"))
                .collect();
            let mut infos = infos.into_iter();
            let (Some(info), None) = (infos.next(), infos.next()) else {
                return self.errors.push("it has not exactly one .dist-info directory".to_owned());
            };
            self.check_info_name(info, &archive.filename);
            let read = |name: &str| {
                let entry = zip.find(&format!("{info}/{name}"))?;
                zip.read(entry).ok()
            };
            match read("WHEEL") {
                Some(wheel) => self.check_tags(&wheel, &archive.filename),
                None => self.errors.push(format!("it has no {info}/WHEEL")),
            }
            let record_path = format!("{info}/RECORD");
            let mut record = read("RECORD").map(|bytes| RecordCheck::new(&record_path, &bytes));
            let mut inflater = Inflater::default();
            for entry in entries {
                let path = entry.path.as_str();
                let algorithm =
                    record.as_ref().map_or(HashAlgorithm::Sha256, |record| record.algorithm(path));
                let mut hasher = Hasher::new(algorithm);
                let mut content = Vec::new();
                let read = zip.stream::<ZipError>(entry, &mut inflater, &mut |part| {
                    hasher.update(part);
                    if entry.size <= LARGEST_SCANNED {
                        content.extend_from_slice(part);
                    }
                    Ok(())
                });
                if let Err(error) = read {
                    self.errors.push(error.to_string());
                    continue;
                }
                if let Some(record) = &mut record {
                    record.file(path, entry.size, &hasher.finish());
                }
                self.check_member(path, &content, entry.size);
                let top = path.split('/').next().unwrap_or_default();
                if is_generic_package(top) && path.contains('/') {
                    self.warnings.push(format!(
                        "it installs a top-level package '{top}', which other projects do too"
                    ));
                }
            }
            match record {
                Some(record) => self.errors.extend(record.finish()),
                None => self.errors.push(format!("it has no {record_path}")),
            }
        })
    }

    /// `.dist-info` is named as the file is.
    fn check_info_name(&mut self, info: &str, filename: &str) {
        let Ok(wheel) = filename.parse::<WheelFilename>() else { return };
        let stem = info.strip_suffix(".dist-info").unwrap_or(info);
        let is_right = stem.split_once('-').is_some_and(|(name, version)| {
            name.parse::<ProjectName>().is_ok_and(|name| name == wheel.name)
                && version.parse::<Version>().is_ok_and(|version| version == wheel.version)
        });
        if !is_right {
            self.errors.push(format!("{info} is not named as the wheel is"));
        }
    }

    /// The tags in WHEEL are those of the file's name.
    fn check_tags(&mut self, wheel: &[u8], filename: &str) {
        let (fields, _) = headers(wheel);
        let tags = fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("Tag"));
        let tags: BTreeSet<String> = tags.map(|(_, value)| value.trim().to_owned()).collect();
        let stem = filename.strip_suffix(".whl").unwrap_or(filename);
        let parts: Vec<&str> = stem.rsplitn(4, '-').collect();
        let [platforms, abis, pythons, _] = parts.as_slice() else { return };
        let mut expected = BTreeSet::new();
        for python in pythons.split('.') {
            for abi in abis.split('.') {
                expected.extend(platforms.split('.').map(|platform| format!("{python}-{abi}-{platform}")));
            }
        }
        if tags != expected {
            self.warnings.push(format!(
                "WHEEL says {}, the name of the file {}",
                tags.into_iter().collect::<Vec<_>>().join(", "),
                expected.into_iter().collect::<Vec<_>>().join(", ")
            ));
        }
    }

    fn check_sdist(&mut self, archive: &Archive) -> Result<(), PublishError> {
        let result = archive.members(&mut |member, content| {
            if let Some(problem) = path_problem(&member.path) {
                self.errors.push(format!("{}: {problem}", member.path));
            }
            if let SourceMemberKind::Link(target) = &member.kind
                && leaves(&member.path, target)
            {
                self.errors.push(format!("{}: it is a link that leads outside, to {target}", member.path));
            }
            let mut bytes = Vec::new();
            if member.kind == SourceMemberKind::File && member.size <= LARGEST_SCANNED {
                content.read_to_end(&mut bytes)?;
            }
            self.check_member(&member.path, &bytes, member.size);
            Ok(())
        });
        match result {
            Ok(_) => Ok(()),
            Err(error @ PublishError::Io { .. }) => Err(error),
            Err(error) => {
                self.errors.push(error.to_string());
                Ok(())
            }
        }
    }

    fn check_member(&mut self, path: &str, content: &[u8], size: u64) {
        let by_content = || if size <= LARGEST_SCANNED { suspicious_content(path, content) } else { None };
        self.warnings.extend(suspicious_name(path).or_else(by_content));
    }
}
