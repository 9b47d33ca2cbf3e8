//! `verify`: every installed file against RECORD (recording installed projects specification, PEP 376 and 627).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ::cache::Cache;
use ::install::{InfoKind, InstallError, InstalledDistribution, InstalledDistributions};
use distribution::{Digest, DirectUrlKind, HashAlgorithm, Hasher, RecordEntry};
use python::Environment;
use rayon::prelude::*;
use requirement::ProjectName;

use crate::{OperationError, list};

/// So much of a file is read at once.
const PART: usize = 256 << 10;
/// Files of `.dist-info` that are never hashed: RECORD itself, and its signatures.
const NEVER_HASHED: [&str; 3] = ["RECORD", "RECORD.jws", "RECORD.p7s"];

/// Installers that always write RECORD: without it their work is broken.
const RECORDING_INSTALLERS: [&str; 3] = ["pip", "rpip", "uv"];

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// It is not there.
    Missing,
    /// Its content is not what was installed.
    Changed,
    /// It is a script for the environment's interpreter, and nobody may run it.
    NotExecutable,
    /// Its hash in RECORD is of a kind that proves nothing, or of an unknown one.
    UnknownHash(String),
    /// It cannot be read, for this reason.
    Unreadable(String),
}

/// A file that is not what RECORD says.
#[derive(Debug, Clone)]
pub struct BrokenFile {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub problem: FileProblem,
    /// Other distributions that list the same file, and may have overwritten it.
    pub also_of: Vec<String>,
}

/// What was found out of one distribution.
#[derive(Debug, Clone)]
pub struct VerifiedDistribution {
    /// The distribution.
    pub distribution: InstalledDistribution,
    /// The name as its metadata spells it.
    pub name_text: String,
    /// The version as shown.
    pub version_text: String,
    /// How many files were compared.
    pub compared: usize,
    /// What is broken, in the order of RECORD.
    pub broken: Vec<BrokenFile>,
    /// Why it, or the most of it, cannot be verified.
    pub unverifiable: Option<String>,
}

/// What was found out.
#[derive(Debug, Clone, Default)]
pub struct Verification {
    /// The distributions, by name.
    pub distributions: Vec<VerifiedDistribution>,
    /// Names that are not installed.
    pub missing: Vec<ProjectName>,
    /// What else is in disorder (leftovers, several distributions of one name).
    pub warnings: Vec<String>,
}

impl Verification {
    /// The distributions that have a broken file.
    pub fn broken(&self) -> impl Iterator<Item = &VerifiedDistribution> {
        self.distributions.iter().filter(|verified| !verified.broken.is_empty())
    }
}

/// Verifies the distributions called `names`; none: all that are the environment's own.
pub fn verify(
    environment: &Environment,
    cache: &Cache,
    names: &[ProjectName],
) -> Result<Verification, OperationError> {
    Ok(verify_installed(list(environment, cache)?, environment, names))
}

/// The same of what was read already.
pub(crate) fn verify_installed(
    installed: InstalledDistributions,
    environment: &Environment,
    names: &[ProjectName],
) -> Verification {
    let mut verification = Verification::default();
    let mut found = with_broken(installed, &mut verification.warnings);
    found.retain(|(distribution, _)| environment.is_local(distribution.installed_location()));
    let is_there = |name: &&ProjectName| !found.iter().any(|(distribution, _)| distribution.name == **name);
    verification.missing = names.iter().filter(is_there).cloned().collect();
    if !names.is_empty() {
        found.retain(|(distribution, _)| names.contains(&distribution.name));
    }
    let scripts = environment.scheme.scripts.as_path();
    let verified = found.into_par_iter().map(|(found, version)| verified(found, version, scripts));
    verification.distributions = verified.collect();
    name_other_owners(&mut verification.distributions);
    verification
}

/// All distributions by name, also those without METADATA, each with its version as shown.
fn with_broken(
    installed: InstalledDistributions,
    warnings: &mut Vec<String>,
) -> Vec<(InstalledDistribution, String)> {
    let mut found: Vec<(InstalledDistribution, String)> = Vec::new();
    for broken in installed.broken {
        match broken.listed {
            Some(listed) if installed.distributions.iter().all(|other| other.name != listed.0.name) => {
                found.push((listed.0, listed.1));
            }
            _ => warnings.push(format!("{} is broken: {}", broken.path.display(), broken.reason)),
        }
    }
    found.extend(installed.distributions.into_iter().map(|distribution| {
        let version = distribution.version.to_string();
        (distribution, version)
    }));
    found.sort_by(|one, other| one.0.name.cmp(&other.0.name));
    found
}

/// Compares one distribution's files, several at a time.
fn verified(
    distribution: InstalledDistribution,
    version_text: String,
    scripts: &Path,
) -> VerifiedDistribution {
    let mut verified = VerifiedDistribution {
        name_text: distribution.name_text(),
        version_text,
        compared: 0,
        broken: Vec::new(),
        unverifiable: None,
        distribution,
    };
    let distribution = &verified.distribution;
    if distribution.kind() != InfoKind::DistInfo {
        verified.unverifiable =
            Some("it was installed without RECORD, by setuptools or distutils".to_owned());
        return verified;
    }
    let record = match distribution.record() {
        Ok(record) => record,
        Err(InstallError::MissingRecord { .. })
            if distribution.installer().is_some_and(|name| RECORDING_INSTALLERS.contains(&name.as_str())) =>
        {
            let path = distribution.info.join("RECORD");
            let problem = FileProblem::Missing;
            verified.broken.push(BrokenFile { path, problem, also_of: Vec::new() });
            return verified;
        }
        Err(InstallError::MissingRecord { installer, .. }) => {
            verified.unverifiable = Some(match installer {
                Some(installer) => format!("it has no RECORD; {installer} installed it"),
                None => "it has no RECORD".to_owned(),
            });
            return verified;
        }
        Err(error) => {
            let path = distribution.info.join("RECORD");
            let problem = FileProblem::Unreadable(with_cause(&error));
            verified.broken.push(BrokenFile { path, problem, also_of: Vec::new() });
            return verified;
        }
    };
    let direct_url = distribution.direct_url();
    if direct_url.is_some_and(|direct| matches!(direct.kind, DirectUrlKind::Directory { editable: true })) {
        verified.unverifiable = Some("it is editable: RECORD does not list its sources".to_owned());
    }
    let rows: Vec<(&RecordEntry, PathBuf)> =
        record.entries.iter().map(|entry| (entry, distribution.location.join(&entry.path))).collect();
    verified.compared = rows.len();
    let broken = rows.into_par_iter().filter_map(|(entry, path)| {
        let path = plain(&path);
        let problem = problem(entry, &path)
            .or_else(|| is_dead_script(&path, scripts).then_some(FileProblem::NotExecutable))?;
        Some(BrokenFile { path, problem, also_of: Vec::new() })
    });
    verified.broken = broken.collect();
    // Without it a distribution is none, whatever RECORD says of it.
    let metadata = distribution.metadata_path();
    let is_told = verified.broken.iter().any(|broken| broken.path == plain(&metadata));
    if !is_told && !metadata.is_file() {
        let broken = BrokenFile { path: metadata, problem: FileProblem::Missing, also_of: Vec::new() };
        verified.broken.push(broken);
    }
    verified
}

/// What is wrong with the file of one row.
fn problem(entry: &RecordEntry, path: &Path) -> Option<FileProblem> {
    let is_bytecode = path.extension().is_some_and(|extension| extension == "pyc");
    let attributes = match fs::metadata(path) {
        Ok(attributes) => attributes,
        // Python makes bytecode anew.
        Err(error) if is_absent(&error) && is_bytecode => return None,
        Err(error) if is_absent(&error) => return Some(FileProblem::Missing),
        Err(error) => return Some(FileProblem::Unreadable(error.to_string())),
    };
    let Some(hash) = entry.hash.as_deref().filter(|hash| !hash.is_empty()) else {
        let is_usual = is_bytecode
            || path.file_name().is_some_and(|name| NEVER_HASHED.iter().any(|never| name == *never));
        return (!is_usual && attributes.is_dir())
            .then(|| FileProblem::Unreadable("it is a directory".to_owned()));
    };
    if !attributes.is_file() {
        return Some(FileProblem::Unreadable("it is no regular file".to_owned()));
    }
    if entry.size.is_some_and(|size| size != attributes.len()) {
        return Some(FileProblem::Changed);
    }
    let algorithm = hash.split('=').next().unwrap_or_default();
    let Some(expected) = Digest::from_record(hash).ok().filter(|digest| digest.algorithm.is_strong()) else {
        return Some(FileProblem::UnknownHash(algorithm.to_owned()));
    };
    match digest(path, expected.algorithm) {
        Ok(found) if found == expected => None,
        Ok(_) => Some(FileProblem::Changed),
        Err(error) => Some(FileProblem::Unreadable(error.to_string())),
    }
}

/// Whether a sound file is a script for the environment's interpreter that nobody may run.
#[cfg(unix)]
fn is_dead_script(path: &Path, scripts: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    /// The line that names the interpreter of a script is no longer.
    const LONGEST_LAUNCHER_LINE: u64 = 4096;

    if path.parent() != Some(scripts) {
        return false;
    }
    let may_run = fs::metadata(path).map_or(true, |found| found.permissions().mode() & 0o111 != 0);
    let mut start = Vec::new();
    let read = |file: File| file.take(LONGEST_LAUNCHER_LINE).read_to_end(&mut start);
    if may_run || File::open(path).and_then(read).is_err() || !start.starts_with(b"#!") {
        return false;
    }
    let interpreter = scripts.as_os_str().as_bytes();
    start.windows(interpreter.len()).any(|part| part == interpreter)
}

#[cfg(not(unix))]
fn is_dead_script(_path: &Path, _scripts: &Path) -> bool {
    false
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn digest(path: &Path, algorithm: HashAlgorithm) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let (mut hasher, mut part) = (Hasher::new(algorithm), vec![0; PART]);
    loop {
        match file.read(&mut part) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(length) => hasher.update(part.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Says of every broken file who else has it in its RECORD.
fn name_other_owners(distributions: &mut [VerifiedDistribution]) {
    let broken: BTreeSet<PathBuf> =
        distributions.iter().flat_map(|verified| &verified.broken).map(|file| file.path.clone()).collect();
    if broken.is_empty() {
        return;
    }
    let mut owners: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    for (position, verified) in distributions.iter().enumerate() {
        let distribution = &verified.distribution;
        for entry in distribution.record().map(|record| record.entries).unwrap_or_default() {
            let path = plain(&distribution.location.join(&entry.path));
            if broken.contains(&path) {
                owners.entry(path).or_default().push(position);
            }
        }
    }
    let titles: Vec<String> = distributions
        .iter()
        .map(|verified| format!("{} {}", verified.name_text, verified.version_text))
        .collect();
    for (position, verified) in distributions.iter_mut().enumerate() {
        for file in &mut verified.broken {
            let others = owners.get(&file.path).into_iter().flatten().filter(|owner| **owner != position);
            file.also_of = others.filter_map(|owner| titles.get(*owner).cloned()).collect();
        }
    }
}

/// The path with `.` and `..` worked out in its text.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => _ = plain.pop(),
            other => plain.push(other),
        }
    }
    plain
}

fn with_cause(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
