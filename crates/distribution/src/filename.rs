//! File names of wheels (binary distribution format) and source distributions (PEP 625, and the older forms).
//!
//! The rules are those of PyPA `packaging.utils`, which pip follows; for source distributions
//! pip's own rule, which knows the project and so can tell `foo-bar-1.0` apart.

use std::fmt;
use std::str::FromStr;

use requirement::{ProjectName, Version};

use crate::TagSet;

/// No file system takes a longer name; a longer one in an index page is nonsense.
const LONGEST_FILENAME: usize = 1024;

/// A file name that is not that of a wheel or of a source distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{filename}' is not a valid file name of a {kind}: {reason}")]
pub struct InvalidFilename {
    /// The file name.
    pub filename: String,
    /// `wheel` or `source distribution`.
    pub kind: &'static str,
    /// What is wrong.
    pub reason: String,
}

/// `name-version[-build]-python-abi-platform.whl`, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelFilename {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The version as spelled in the name (`===` compares it).
    pub version_text: Box<str>,
    /// The build tag, as (number, rest); sorts after no build tag.
    pub build: Option<(u64, Box<str>)>,
    /// The compressed tag set; it is expanded when it is looked at.
    pub tags: TagSet,
}

/// The archive formats of source distributions that pip reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum SdistFormat {
    TarGz,
    TarBz2,
    TarXz,
    Tar,
    Zip,
}

/// The endings, the usual ones first.
const SDIST_ENDINGS: [(&str, SdistFormat); 8] = [
    (".tar.gz", SdistFormat::TarGz),
    (".zip", SdistFormat::Zip),
    (".tgz", SdistFormat::TarGz),
    (".tar.bz2", SdistFormat::TarBz2),
    (".tbz", SdistFormat::TarBz2),
    (".tar.xz", SdistFormat::TarXz),
    (".txz", SdistFormat::TarXz),
    (".tar", SdistFormat::Tar),
];

/// `name-version.tar.gz` and its like, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SdistFilename {
    /// The project.
    pub name: ProjectName,
    /// The version.
    pub version: Version,
    /// The version as spelled in the name.
    pub version_text: Box<str>,
    /// The archive format.
    pub format: SdistFormat,
}

impl FromStr for WheelFilename {
    type Err = InvalidFilename;

    fn from_str(filename: &str) -> Result<Self, InvalidFilename> {
        let invalid =
            |reason: String| InvalidFilename { filename: filename.to_owned(), kind: "wheel", reason };
        if filename.len() > LONGEST_FILENAME {
            return Err(invalid(format!("it is longer than {LONGEST_FILENAME} bytes")));
        }
        let stem =
            filename.strip_suffix(".whl").ok_or_else(|| invalid("it does not end with '.whl'".to_owned()))?;
        let mut parts = stem.splitn(3, '-');
        let (Some(name), Some(version_text), Some(mut tags)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid(
                "it has too few parts: expected name-version-python-abi-platform.whl".to_owned(),
            ));
        };
        let mut build = None;
        match tags.bytes().filter(|byte| *byte == b'-').count() {
            2 => {}
            3 => {
                let (text, rest) = tags.split_once('-').unwrap_or_default();
                build = Some(build_tag(text).ok_or_else(|| {
                    invalid(format!("the build tag '{text}' does not begin with a number"))
                })?);
                tags = rest;
            }
            _ => {
                return Err(invalid("it has the wrong number of parts between dashes".to_owned()));
            }
        }
        if name.contains("__") {
            return Err(invalid(format!("the name '{name}' has two underscores in a row")));
        }
        Ok(Self {
            name: name.parse().map_err(|_| invalid(format!("'{name}' is not a valid name")))?,
            version: version_text
                .parse()
                .map_err(|_| invalid(format!("'{version_text}' is not a valid version")))?,
            version_text: version_text.into(),
            build,
            tags: tags.parse().map_err(|error: crate::InvalidTags| invalid(error.reason.to_owned()))?,
        })
    }
}

/// `1abc` as `(1, "abc")`.
fn build_tag(text: &str) -> Option<(u64, Box<str>)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(digits)?;
    if !rest.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b':')) {
        return None;
    }
    Some((number.parse().ok()?, rest.into()))
}

impl SdistFormat {
    /// The format that a file name's ending says, and the name without it; ASCII case is ignored, as pip does.
    pub fn split(filename: &str) -> Option<(&str, Self)> {
        SDIST_ENDINGS.into_iter().find_map(|(ending, format)| {
            let (stem, end) = filename.split_at_checked(filename.len().checked_sub(ending.len())?)?;
            end.eq_ignore_ascii_case(ending).then_some((stem, format))
        })
    }
}

impl SdistFilename {
    /// Parses the file name of a source distribution of `project`: where dashes in the name
    /// make the split ambiguous, the one that gives `project` counts (pip's rule).
    pub fn parse(filename: &str, project: &ProjectName) -> Result<Self, InvalidFilename> {
        let invalid = |reason: String| InvalidFilename {
            filename: filename.to_owned(),
            kind: "source distribution",
            reason,
        };
        if filename.len() > LONGEST_FILENAME {
            return Err(invalid(format!("it is longer than {LONGEST_FILENAME} bytes")));
        }
        let (stem, format) = SdistFormat::split(filename)
            .ok_or_else(|| invalid("it does not end as an archive does ('.tar.gz', '.zip')".to_owned()))?;
        let version_text = after_name(stem, project)
            .ok_or_else(|| invalid(format!("it does not begin with '{project}-'")))?;
        let version =
            version_text.parse().map_err(|_| invalid(format!("'{version_text}' is not a valid version")))?;
        Ok(Self { name: project.clone(), version, version_text: version_text.into(), format })
    }
}

/// What follows the first dash that has a spelling of `project` before it, in a file name of either kind
/// (or one without its ending): the version, and for a wheel the tags.
pub fn after_name<'a>(stem: &'a str, project: &ProjectName) -> Option<&'a str> {
    let mut expected = project.as_str().bytes();
    let mut in_separator = false;
    for (index, byte) in stem.bytes().enumerate() {
        if byte == b'-' && expected.len() == 0 {
            return stem.get(index + 1..);
        }
        let separator = matches!(byte, b'-' | b'_' | b'.');
        if separator && in_separator {
            continue;
        }
        in_separator = separator;
        let normal = if separator { b'-' } else { byte.to_ascii_lowercase() };
        if expected.next() != Some(normal) {
            return None;
        }
    }
    None
}

impl fmt::Display for WheelFilename {
    /// The file name as build tools write it now: normalised name, one text a distribution.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.name.as_str().split('-').enumerate() {
            if index > 0 {
                formatter.write_str("_")?;
            }
            formatter.write_str(part)?;
        }
        write!(formatter, "-{}", self.version_text)?;
        if let Some((number, rest)) = &self.build {
            write!(formatter, "-{number}{rest}")?;
        }
        write!(formatter, "-{}.whl", self.tags)
    }
}
