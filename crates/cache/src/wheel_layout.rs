//! What a wheel must look like (binary distribution format, PEP 427 and 491): its `.dist-info`, its `.data`, and
//! where each file goes.

use std::collections::HashMap;
use std::str::FromStr;

use distribution::{CoreMetadata, EntryPoints, SafePath, WheelFilename};

use crate::error::WheelProblem;
use crate::expected::{Expected, Promise};
use crate::manifest::{RecordProblem, WheelRoot};
use crate::zip::{ZipEntry, ZipReader};

/// Files of `.dist-info` that only an installer writes, or that sign a RECORD which is written anew.
const NOT_INSTALLED: [&str; 6] =
    ["RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json"];
/// `.dist-info` files larger than this are not read into memory: 16 MiB.
const METADATA_LIMIT: u64 = 16 << 20;

/// One file to unpack.
#[derive(Debug)]
pub(crate) struct PlannedFile<'z> {
    pub(crate) entry: &'z ZipEntry,
    pub(crate) root: WheelRoot,
    pub(crate) path: SafePath,
    pub(crate) promise: Option<Promise>,
}

/// A wheel, looked through.
#[derive(Debug)]
pub(crate) struct WheelLayout<'z> {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) dist_info: SafePath,
    pub(crate) data_directory: Option<SafePath>,
    pub(crate) root_is_purelib: bool,
    pub(crate) entry_points: EntryPoints,
    pub(crate) record_problems: Vec<RecordProblem>,
    pub(crate) files: Vec<PlannedFile<'z>>,
}

impl<'z> WheelLayout<'z> {
    /// Checks everything that can be checked without unpacking.
    pub(crate) fn read(zip: &'z ZipReader<'_>, filename: &WheelFilename) -> Result<Self, WheelProblem> {
        let dist_info = top_level(zip, ".dist-info", filename)?
            .ok_or_else(|| WheelProblem::Other("it has no .dist-info directory".to_owned()))?;
        let data_directory = top_level(zip, ".data", filename)?;
        let root_is_purelib = read_wheel_file(&read_text(zip, &dist_info, "WHEEL")?)?;
        let metadata = CoreMetadata::parse(&read_file(zip, &dist_info, "METADATA")?)?;
        if metadata.name != filename.name || metadata.version != filename.version {
            return Err(WheelProblem::Other(format!(
                "its METADATA is that of {} {}",
                metadata.name_text, metadata.version_text
            )));
        }
        let entry_points = match zip.find(&format!("{dist_info}/entry_points.txt")) {
            Some(_) => EntryPoints::parse(&read_text(zip, &dist_info, "entry_points.txt")?)?,
            None => EntryPoints::default(),
        };
        let mut expected = Expected::parse(&read_file(zip, &dist_info, "RECORD")?)?;
        let positions: HashMap<&str, usize> =
            zip.entries().iter().enumerate().map(|(index, entry)| (entry.path.as_str(), index)).collect();
        expected.resolve(&positions, zip.entries())?;

        let mut files = Vec::with_capacity(zip.entries().len());
        for (index, entry) in zip.entries().iter().enumerate() {
            if is_not_installed(entry.path.as_str(), &dist_info) {
                continue;
            }
            let (root, path) = destination(entry, data_directory.as_ref())?;
            files.push(PlannedFile { entry, root, path, promise: expected.take(index, entry) });
        }
        files.sort_unstable_by(|one, other| (one.root, &one.path).cmp(&(other.root, &other.path)));
        Ok(Self {
            name: metadata.name_text.into(),
            version: metadata.version_text.into(),
            dist_info,
            data_directory,
            root_is_purelib,
            entry_points,
            record_problems: expected.problems,
            files,
        })
    }
}

/// The one directory at the top whose name ends in `suffix`: it must be that of the project and version.
fn top_level(
    zip: &ZipReader<'_>,
    suffix: &str,
    filename: &WheelFilename,
) -> Result<Option<SafePath>, WheelProblem> {
    let mut found: Option<&str> = None;
    for entry in zip.entries() {
        let first = entry.path.components().next().unwrap_or_default();
        let tail = first.len().checked_sub(suffix.len()).and_then(|start| first.get(start..));
        if !tail.is_some_and(|tail| tail.eq_ignore_ascii_case(suffix)) || found == Some(first) {
            continue;
        }
        if let Some(other) = found {
            let reason = format!("it has several {suffix} directories: {other} and {first}");
            return Err(WheelProblem::Other(reason));
        }
        let stem = first.strip_suffix(suffix);
        if !stem.is_some_and(|stem| is_stem_of(stem, filename)) || entry.path.parent().is_none() {
            return Err(WheelProblem::Other(format!(
                "{first} does not belong to {} {}",
                filename.name, filename.version
            )));
        }
        found = Some(first);
    }
    Ok(found.map(SafePath::new).transpose()?)
}

/// Whether `stem` is `name-version` in any spelling of the two.
fn is_stem_of(stem: &str, filename: &WheelFilename) -> bool {
    stem.match_indices('-').any(|(position, _)| {
        let (Some(name), Some(version)) = (stem.get(..position), stem.get(position + 1..)) else {
            return false;
        };
        // A local version may be written with `_` where names of files do not take `+`.
        is_spelling_of(name, &filename.name)
            && (version == &*filename.version_text
                || is_spelling_of(version, &filename.version)
                || is_spelling_of(&version.replacen('_', "+", 1), &filename.version))
    })
}

/// Whether `text` is one of the ways to write a name or version.
pub(crate) fn is_spelling_of<T: FromStr + PartialEq>(text: &str, value: &T) -> bool {
    text.parse::<T>().is_ok_and(|parsed| parsed == *value)
}

/// Where a file goes.
fn destination(
    entry: &ZipEntry,
    data_directory: Option<&SafePath>,
) -> Result<(WheelRoot, SafePath), WheelProblem> {
    let path = entry.path.as_str();
    let in_data = data_directory
        .and_then(|data| path.strip_prefix(data.as_str()))
        .and_then(|rest| rest.strip_prefix('/'));
    let Some(in_data) = in_data else { return Ok((WheelRoot::Library, entry.path.clone())) };
    let Some((scheme, rest)) = in_data.split_once('/') else {
        return Err(WheelProblem::Other(format!("{path} lies in .data and in none of its schemes")));
    };
    let root = WheelRoot::of_scheme(scheme).ok_or_else(|| {
        WheelProblem::Other(format!(
            "{path} lies in .data/{scheme}, which is none of purelib, platlib, headers, scripts, data"
        ))
    })?;
    let rest = SafePath::new(rest)?;
    let first = rest.components().next().unwrap_or_default().to_ascii_lowercase();
    if matches!(root, WheelRoot::Purelib | WheelRoot::Platlib) && first.ends_with(".dist-info") {
        return Err(WheelProblem::Other(format!("{path} would be another distribution's metadata")));
    }
    Ok((root, rest))
}

fn is_not_installed(path: &str, dist_info: &SafePath) -> bool {
    path.strip_prefix(dist_info.as_str())
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| NOT_INSTALLED.iter().any(|other| name.eq_ignore_ascii_case(other)))
}

fn read_file(zip: &ZipReader<'_>, dist_info: &SafePath, name: &str) -> Result<Vec<u8>, WheelProblem> {
    let path = format!("{dist_info}/{name}");
    let entry = zip.find(&path).ok_or_else(|| WheelProblem::Other(format!("it has no {path}")))?;
    if entry.size > METADATA_LIMIT {
        return Err(WheelProblem::Other(format!("{path} is larger than {METADATA_LIMIT} bytes")));
    }
    Ok(zip.read(entry)?.into_owned())
}

fn read_text(zip: &ZipReader<'_>, dist_info: &SafePath, name: &str) -> Result<String, WheelProblem> {
    String::from_utf8(read_file(zip, dist_info, name)?)
        .map_err(|_| WheelProblem::Other(format!("{dist_info}/{name} is not UTF-8")))
}

/// `Root-Is-Purelib` of WHEEL; another major `Wheel-Version` than 1 is refused.
fn read_wheel_file(text: &str) -> Result<bool, WheelProblem> {
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let version = field("Wheel-Version")
        .ok_or_else(|| WheelProblem::Other("its WHEEL file has no Wheel-Version".to_owned()))?;
    if version.split('.').next() != Some("1") {
        return Err(WheelProblem::Other(format!("its Wheel-Version {version} is not 1.x")));
    }
    Ok(field("Root-Is-Purelib").is_some_and(|value| value.eq_ignore_ascii_case("true")))
}
