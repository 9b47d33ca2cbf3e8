//! Reading and checking `pylock.toml`: every field, its type, and what PEP 751 says of them together.

use std::str::FromStr;

use requirement::{InvalidMarker, InvalidSpecifier, InvalidVersion, ProjectName, Version, python_repr};
use toml::value::Datetime;
use toml::{Table, Value};

use super::{
    InvalidPylock, LockedArchive, LockedDirectory, LockedFile, LockedPackage, LockedVcs, Pylock,
    PylockProblem, filename,
};
use crate::WheelFilename;
use crate::toml_text::{self, python_type};

/// No project is locked in more.
const LARGEST_FILE: usize = 64 << 20;

impl Pylock {
    /// Parses and checks the text of a lock file, which `file` names in errors.
    pub fn parse(text: &str, file: &str) -> Result<Self, InvalidPylock> {
        let invalid = |problem| InvalidPylock { file: file.to_owned(), package: None, problem };
        let table =
            toml_text::parse(text, LARGEST_FILE).map_err(|reason| invalid(PylockProblem::Syntax(reason)))?;
        pylock(&Fields { table: &table, place: String::new() }).map_err(|problem| {
            let package = package_of(&problem, &table);
            InvalidPylock { package, ..invalid(problem) }
        })
    }

    /// Checks a lock file that was made here, as a parsed one is.
    pub fn validate(&self, file: &str) -> Result<(), InvalidPylock> {
        Self::parse(&self.to_toml(), file).map(|_| ())
    }
}

/// The name of the package that a problem is in.
fn package_of(problem: &PylockProblem, table: &Table) -> Option<String> {
    let PylockProblem::Value { field, .. } = problem else { return None };
    let (index, _) = field.strip_prefix("packages[")?.split_once(']')?;
    let package = table.get("packages")?.get(index.parse::<usize>().ok()?)?;
    package.get("name")?.as_str().map(str::to_owned)
}

fn pylock(fields: &Fields<'_>) -> Result<Pylock, PylockProblem> {
    let lock_version = fields.required("lock-version", Fields::parsed)?;
    let environments = fields.parsed_list("environments")?;
    let extras = fields.list_of("extras", |name, place| {
        normalized(name).map(|_| name.to_owned()).map_err(|reason| invalid(reason, place))
    })?;
    let dependency_groups = fields.texts("dependency-groups")?;
    let default_groups = fields.texts("default-groups")?;
    let created_by = fields.required("created-by", Fields::text)?.to_owned();
    let requires_python = fields.parsed("requires-python")?;
    let packages = fields.required("packages", |fields, key| fields.tables(key, package))?;
    let tool = fields.table("tool")?.cloned();
    if !lock_version_is_supported(&lock_version) {
        return Err(PylockProblem::Version(lock_version));
    }
    Ok(Pylock {
        lock_version,
        environments,
        requires_python,
        extras,
        dependency_groups,
        default_groups,
        created_by,
        packages,
        tool,
    })
}

/// From 1 up to 2.
fn lock_version_is_supported(version: &Version) -> bool {
    (Version::of_release(&[1])..Version::of_release(&[2])).contains(version)
}

fn package(fields: &Fields<'_>) -> Result<LockedPackage, PylockProblem> {
    let name = fields.required("name", Fields::text)?;
    let package = LockedPackage {
        name: normalized(name).map_err(|reason| invalid(reason, &fields.at("name")))?,
        version: fields.parsed("version")?,
        requires_python: fields.parsed("requires-python")?,
        dependencies: fields.tables("dependencies", |fields| Ok(fields.table.clone()))?,
        marker: fields.parsed("marker")?,
        vcs: fields.object("vcs", vcs)?,
        directory: fields.object("directory", directory)?,
        archive: fields.object("archive", archive)?,
        index: fields.owned_text("index")?,
        sdist: fields.object("sdist", file)?,
        wheels: fields.tables("wheels", file)?,
        attestation_identities: fields.tables("attestation-identities", |fields| Ok(fields.table.clone()))?,
        tool: fields.table("tool")?.cloned(),
    };
    check_source(&package, &fields.place)?;
    check_filenames(&package, fields)?;
    fields.tables("attestation-identities", |fields| fields.required("kind", Fields::text).map(|_| ()))?;
    Ok(package)
}

fn check_source(package: &LockedPackage, place: &str) -> Result<(), PylockProblem> {
    let direct = usize::from(package.vcs.is_some())
        + usize::from(package.directory.is_some())
        + usize::from(package.archive.is_some());
    let reason = match (package.is_direct(), direct) {
        (false, 0) | (true, 1) => return Ok(()),
        (false, _) => "None of vcs, directory, archive must be set if sdist or wheels are set",
        (true, _) => "Exactly one of vcs, directory, archive must be set if sdist and wheels are not set",
    };
    Err(invalid(reason, place))
}

/// The files are of this project and version.
fn check_filenames(package: &LockedPackage, fields: &Fields<'_>) -> Result<(), PylockProblem> {
    let undetermined = |kind| invalid(format!("Cannot determine {kind} filename"), &fields.place);
    let check = |kind: &str, filename: &str, parsed: Option<(ProjectName, Version)>, place: &str| {
        let shown = python_repr(filename);
        let (name, version) =
            parsed.ok_or_else(|| invalid(format!("Invalid {kind} filename {shown}"), place))?;
        let mismatch =
            |what, of: &str| invalid(format!("{what} in {shown} is not consistent with package {of}"), place);
        if name != package.name {
            return Err(mismatch("Name", &format!("name {}", python_repr(package.name.as_str()))));
        }
        match &package.version {
            Some(expected) if *expected != version => {
                Err(mismatch("Version", &format!("version {}", python_repr(&expected.to_string()))))
            }
            _ => Ok(()),
        }
    };
    for (index, wheel) in package.wheels.iter().flatten().enumerate() {
        let filename = wheel.filename().ok_or_else(|| undetermined("wheel"))?;
        let parsed = filename.parse::<WheelFilename>().ok().map(|wheel| (wheel.name, wheel.version));
        check("wheel", &filename, parsed, &fields.at(&format!("wheels[{index}]")))?;
    }
    if let Some(sdist) = &package.sdist {
        let filename = sdist.filename().ok_or_else(|| undetermined("sdist"))?;
        check("sdist", &filename, filename::sdist_name_and_version(&filename), &fields.at("sdist"))?;
    }
    Ok(())
}

fn vcs(fields: &Fields<'_>) -> Result<LockedVcs, PylockProblem> {
    let vcs = LockedVcs {
        kind: fields.required("type", Fields::text)?.to_owned(),
        url: fields.owned_text("url")?,
        path: fields.owned_text("path")?,
        requested_revision: fields.owned_text("requested-revision")?,
        commit_id: fields.required("commit-id", Fields::text)?.to_owned(),
        subdirectory: fields.owned_text("subdirectory")?,
    };
    check_place(&vcs.path, &vcs.url, fields)?;
    Ok(vcs)
}

fn directory(fields: &Fields<'_>) -> Result<LockedDirectory, PylockProblem> {
    Ok(LockedDirectory {
        path: fields.required("path", Fields::text)?.to_owned(),
        editable: fields.get("editable", "bool", Value::as_bool)?,
        subdirectory: fields.owned_text("subdirectory")?,
    })
}

fn archive(fields: &Fields<'_>) -> Result<LockedArchive, PylockProblem> {
    let archive = LockedArchive {
        url: fields.owned_text("url")?,
        path: fields.owned_text("path")?,
        size: fields.size()?,
        upload_time: fields.upload_time()?,
        hashes: fields.required("hashes", Fields::hashes)?,
        subdirectory: fields.owned_text("subdirectory")?,
    };
    check_place(&archive.path, &archive.url, fields)?;
    Ok(archive)
}

fn file(fields: &Fields<'_>) -> Result<LockedFile, PylockProblem> {
    let file = LockedFile {
        name: fields.owned_text("name")?,
        upload_time: fields.upload_time()?,
        url: fields.owned_text("url")?,
        path: fields.owned_text("path")?,
        size: fields.size()?,
        hashes: fields.required("hashes", Fields::hashes)?,
    };
    check_place(&file.path, &file.url, fields)?;
    Ok(file)
}

fn check_place(
    path: &Option<String>,
    url: &Option<String>,
    fields: &Fields<'_>,
) -> Result<(), PylockProblem> {
    if [path, url].into_iter().flatten().all(String::is_empty) {
        return Err(invalid("path or url must be provided", &fields.place));
    }
    Ok(())
}

/// A name that is in normal form already.
fn normalized(name: &str) -> Result<ProjectName, String> {
    name.parse::<ProjectName>()
        .ok()
        .filter(|normal| normal.as_str() == name)
        .ok_or_else(|| format!("Name {} is not normalized", python_repr(name)))
}

fn invalid(reason: impl Into<String>, place: &str) -> PylockProblem {
    PylockProblem::Value { reason: reason.into(), field: place.to_owned() }
}

/// A value that is written as a text, and pip's words where it cannot be read.
trait Parsed: FromStr {
    fn reason(error: Self::Err, text: &str) -> String;
}

impl Parsed for Version {
    fn reason(_: InvalidVersion, text: &str) -> String {
        format!("Invalid version: {}", python_repr(text))
    }
}

impl Parsed for requirement::SpecifierSet {
    fn reason(error: InvalidSpecifier, _: &str) -> String {
        format!("Invalid specifier: {}", python_repr(&error.text))
    }
}

impl Parsed for requirement::Marker {
    fn reason(error: InvalidMarker, _: &str) -> String {
        format!("{} at column {} of {}", error.reason, error.column, python_repr(&error.text))
    }
}

/// A table, and where it stands.
struct Fields<'a> {
    table: &'a Table,
    /// `packages[0].sdist`; empty for the whole file.
    place: String,
}

impl<'a> Fields<'a> {
    fn at(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// The value at `key`, if it is of the type that Python calls `expected`.
    fn get<T>(
        &self,
        key: &str,
        expected: &str,
        take: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, PylockProblem> {
        let Some(value) = self.table.get(key) else { return Ok(None) };
        take(value).map(Some).ok_or_else(|| unexpected(value, expected, &self.at(key)))
    }

    fn required<T>(
        &self,
        key: &str,
        get: impl Fn(&Self, &str) -> Result<Option<T>, PylockProblem>,
    ) -> Result<T, PylockProblem> {
        get(self, key)?.ok_or_else(|| invalid("Missing required value", &self.at(key)))
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, PylockProblem> {
        self.get(key, "str", Value::as_str)
    }

    fn owned_text(&self, key: &str) -> Result<Option<String>, PylockProblem> {
        Ok(self.text(key)?.map(str::to_owned))
    }

    fn table(&self, key: &str) -> Result<Option<&'a Table>, PylockProblem> {
        self.get(key, "Mapping", Value::as_table)
    }

    fn size(&self) -> Result<Option<u64>, PylockProblem> {
        let size = self.get("size", "int", Value::as_integer)?;
        let checked = size.map(|size| {
            u64::try_from(size).map_err(|_| invalid("A size must not be negative", &self.at("size")))
        });
        checked.transpose()
    }

    fn upload_time(&self) -> Result<Option<Datetime>, PylockProblem> {
        let take = |value: &Value| {
            value.as_datetime().filter(|datetime| datetime.date.is_some() && datetime.time.is_some()).copied()
        };
        self.get("upload-time", "datetime", take)
    }

    fn hashes(&self, key: &str) -> Result<Option<Vec<(String, String)>>, PylockProblem> {
        let Some(table) = self.table(key)? else { return Ok(None) };
        if table.is_empty() {
            return Err(invalid("At least one hash must be provided", &self.at(key)));
        }
        let pairs =
            table.iter().map(|(algorithm, hash)| Some((algorithm.clone(), hash.as_str()?.to_owned())));
        let hashes: Option<Vec<_>> = pairs.collect();
        hashes.map(Some).ok_or_else(|| invalid("Hash values must be strings", &self.at(key)))
    }

    fn parsed<T: Parsed>(&self, key: &str) -> Result<Option<T>, PylockProblem> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        text.parse().map(Some).map_err(|error| invalid(T::reason(error, text), &self.at(key)))
    }

    /// The table at `key`, made into something.
    fn object<T>(
        &self,
        key: &str,
        make: impl Fn(&Fields<'_>) -> Result<T, PylockProblem>,
    ) -> Result<Option<T>, PylockProblem> {
        self.table(key)?.map(|table| make(&Fields { table, place: self.at(key) })).transpose()
    }

    /// The items of the list at `key`, all of the type that Python calls `expected`, and where each stands.
    fn items<T>(
        &self,
        key: &str,
        expected: &str,
        take: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<Vec<(T, String)>>, PylockProblem> {
        let Some(items) = self.get(key, "Sequence", Value::as_array)? else { return Ok(None) };
        let items = items.iter().enumerate().map(|(index, value)| {
            let place = self.at(&format!("{key}[{index}]"));
            match take(value) {
                Some(item) => Ok((item, place)),
                None => Err(unexpected(value, expected, &place)),
            }
        });
        items.collect::<Result<_, _>>().map(Some)
    }

    fn list_of<T>(
        &self,
        key: &str,
        make: impl Fn(&str, &str) -> Result<T, PylockProblem>,
    ) -> Result<Option<Vec<T>>, PylockProblem> {
        let Some(items) = self.items(key, "str", Value::as_str)? else { return Ok(None) };
        items.into_iter().map(|(text, place)| make(text, &place)).collect::<Result<_, _>>().map(Some)
    }

    fn texts(&self, key: &str) -> Result<Option<Vec<String>>, PylockProblem> {
        self.list_of(key, |text, _| Ok(text.to_owned()))
    }

    fn parsed_list<T: Parsed>(&self, key: &str) -> Result<Option<Vec<T>>, PylockProblem> {
        self.list_of(key, |text, place| text.parse().map_err(|error| invalid(T::reason(error, text), place)))
    }

    /// The tables in the list at `key`, each made into something.
    fn tables<T>(
        &self,
        key: &str,
        make: impl Fn(&Fields<'_>) -> Result<T, PylockProblem>,
    ) -> Result<Option<Vec<T>>, PylockProblem> {
        let Some(items) = self.items(key, "Mapping", Value::as_table)? else { return Ok(None) };
        let made = items.into_iter().map(|(table, place)| make(&Fields { table, place }));
        made.collect::<Result<_, _>>().map(Some)
    }
}

fn unexpected(value: &Value, expected: &str, place: &str) -> PylockProblem {
    invalid(format!("Unexpected type {} (expected {expected})", python_type(value)), place)
}
