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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// What `packaging.utils.parse_wheel_filename` says: file name, name, version, build, number of tags.
    #[test]
    fn wheels_are_read_as_packaging_reads_them() {
        for (filename, name, version, build, tags) in [
            ("foo-1.0-py3-none-any.whl", "foo", "1", None, 1),
            ("Foo.Bar_baz-1.0.post1-py2.py3-none-any.whl", "foo-bar-baz", "1.0.post1", None, 2),
            ("zope.interface-5.0.0-cp27-cp27mu-manylinux1_x86_64.whl", "zope-interface", "5.0.0", None, 1),
            ("foo-1.0-1-py3-none-any.whl", "foo", "1.0", Some((1, "")), 1),
            ("foo-1.0-007bond-py3-none-any.whl", "foo", "1.0", Some((7, "bond")), 1),
            ("torch-2.1.0+cu118-cp311-cp311-linux_x86_64.whl", "torch", "2.1.0+cu118", None, 1),
            ("foo-V1!2.0RC1-py3-none-any.whl", "foo", "1!2rc1", None, 1),
            (
                "numpy-1.16.4-cp35-cp35m-macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64.whl",
                "numpy",
                "1.16.4",
                None,
                3,
            ),
            ("a-0-Py2.CP39-None.CP39-Any.Win32.whl", "a", "0", None, 8),
        ] {
            let wheel: WheelFilename = filename.parse().unwrap();
            assert_eq!(wheel.name.as_str(), name);
            assert_eq!(wheel.version, version.parse().unwrap());
            assert_eq!(wheel.build.as_ref().map(|(number, rest)| (*number, &**rest)), build);
            assert_eq!(wheel.tags.iter().count(), tags);
            assert_eq!(wheel.to_string().parse::<WheelFilename>().unwrap(), wheel);
        }
    }

    #[test]
    fn versions_keep_their_spelling_and_builds_their_order() {
        let wheel: WheelFilename = "foo-01.0rc-2b-py3-none-any.whl".parse().unwrap();
        assert_eq!(&*wheel.version_text, "01.0rc");
        assert_eq!(wheel.to_string(), "foo-01.0rc-2b-py3-none-any.whl");
        assert!(None < wheel.build && wheel.build < Some((10, "".into())));
    }

    #[test]
    fn other_names_are_not_those_of_wheels() {
        for filename in [
            "",
            ".whl",
            "foo.whl",
            "foo-1.0.whl",
            "foo-1.0-py3-none.whl",
            "foo-1.0-py3-none-any",
            "foo-1.0-py3-none-any.WHL",
            "foo-1.0-py3-none-any.tar.gz",
            "foo-1.0-1-2-py3-none-any.whl",
            "foo-1.0-b1-py3-none-any.whl",
            "foo-1.0--py3-none-any.whl",
            "foo-1.0-99999999999999999999999-py3-none-any.whl",
            "foo-1.0-1/..-py3-none-any.whl",
            "-1.0-py3-none-any.whl",
            "foo__bar-1.0-py3-none-any.whl",
            "_foo-1.0-py3-none-any.whl",
            "fo o-1.0-py3-none-any.whl",
            "../foo-1.0-py3-none-any.whl",
            "foo-1.0_1-py3-none-any.whl",
            "foo-latest-py3-none-any.whl",
            "foo-1.0-3-none-any.whl",
            "foo-1.0-3py-none-any.whl",
            "foo-1.0-py3.-none-any.whl",
            "foo-1.0-py3-.none-any.whl",
            "foo-1.0-py3-none-.whl",
            "foo-1.0-py3-none-a/b.whl",
            "foo-1.0-py3-none-a\\b.whl",
            "foo-1.0-py3-none-a\u{0}.whl",
            "foo-1.0-py3-none-anyé.whl",
            &format!("foo-1.0-py3-none-{}.whl", "a".repeat(2000)),
            &format!("foo-1.0-{p}-{p}-{p}.whl", p = ["a"; 20].join(".")),
        ] {
            assert!(filename.parse::<WheelFilename>().is_err(), "{filename:?}");
        }
        let error = "foo-x-py3-none-any.whl".parse::<WheelFilename>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "'foo-x-py3-none-any.whl' is not a valid file name of a wheel: 'x' is not a valid version"
        );
    }

    #[test]
    fn sdists_are_split_after_their_project() {
        for (project, filename, version) in [
            ("foo", "foo-1.0.tar.gz", "1.0"),
            ("foo", "Foo-1.0.zip", "1.0"),
            ("foo", "foo-1.0.tar.bz2", "1.0"),
            ("foo", "foo-1.0.TGZ", "1.0"),
            ("foo", "foo-1.0.txz", "1.0"),
            ("foo", "foo-1.0.tar", "1.0"),
            ("foo", "foo-1-2.tar.gz", "1-2"),
            ("foo-bar", "foo-bar-1.0.tar.gz", "1.0"),
            ("foo-bar", "foo__bar-1.0.tar.gz", "1.0"),
            ("foo-bar", "foo.-_Bar-1.0.tar.gz", "1.0"),
            ("foo-2", "foo-2-3.tar.gz", "3"),
        ] {
            let sdist = SdistFilename::parse(filename, &project.parse().unwrap()).unwrap();
            assert_eq!(&*sdist.version_text, version);
            assert_eq!(sdist.name.as_str(), project);
        }
    }

    #[test]
    fn other_names_are_not_those_of_sdists() {
        for filename in [
            "",
            "foo",
            "foo.tar.gz",
            "foo-.tar.gz",
            "foo-1.0",
            "foo-1.0.tar.Z",
            "foo-1.0.exe",
            "foo-1.0.whl",
            "foo--1.0.tar.gz",
            "foo-bar-1.0.tar.gz",
            "foo_bar-1.0.tar.gz",
            "-foo-1.0.tar.gz",
            "fo-1.0.tar.gz",
            "foo-1.0.linux-x86_64.tar.gz",
            "foo-1.0-py3.8.tar.gz",
            "é.tar.gz",
        ] {
            assert!(SdistFilename::parse(filename, &"foo".parse().unwrap()).is_err(), "{filename:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), stem in "[a-z.0-9_é-]{0,30}") {
            let project = "foo".parse().unwrap();
            for text in [text, format!("{stem}.whl"), format!("foo-1-{stem}.whl"), format!("{stem}.zip"), format!("foo{stem}.tar")] {
                let _ = text.parse::<WheelFilename>();
                let _ = SdistFilename::parse(&text, &project);
            }
        }

        #[test]
        fn wheel_names_round_trip(
            text in "[A-Za-z0-9]([A-Za-z0-9]|[._][a-z]){0,8}-[0-9]{1,4}(\\.[0-9]{1,3}){0,3}(-[0-9]{1,3}[a-z]?)?-[a-z][a-z0-9]{0,4}(\\.py3)?-none(\\.abi3)?-any(\\.[a-z0-9_]{1,9}){0,2}"
        ) {
            let wheel: WheelFilename = format!("{text}.whl").parse().unwrap();
            prop_assert_eq!(wheel.to_string().parse::<WheelFilename>().unwrap(), wheel);
        }
    }
}
