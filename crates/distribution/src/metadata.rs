//! Core metadata (METADATA and PKG-INFO, up to version 2.4; PEP 566, 643, 685, 639).

use std::borrow::Cow;

use requirement::{ExtraName, ProjectName, Requirement, SpecifierSet, Version};

use crate::header_block::{HeaderBlock, text_of};

/// Core metadata that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid metadata: {0}")]
pub struct InvalidMetadata(pub String);

/// What resolving and installing need of core metadata, and the plain fields that `show` prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreMetadata {
    /// `Metadata-Version`, as written (a major version above 2 is refused); empty where there is none.
    pub metadata_version: Box<str>,
    /// `Name`, normalised.
    pub name: ProjectName,
    /// `Name`, as written.
    pub name_text: Box<str>,
    /// `Version`.
    pub version: Version,
    /// `Version`, as written.
    pub version_text: Box<str>,
    /// `Requires-Dist`, in order.
    pub requires_dist: Vec<Requirement>,
    /// `Requires-Python`; none where it is absent or, as for pip, cannot be understood.
    pub requires_python: Option<SpecifierSet>,
    /// `Requires-Python`, as written: tells the two cases apart, for a warning.
    pub requires_python_text: Option<Box<str>>,
    /// `Provides-Extra`, normalised, each once; what is not a name is left out.
    pub provides_extra: Vec<ExtraName>,
    /// `Dynamic`, lower case.
    pub dynamic: Vec<Box<str>>,
}

/// The fields that are read, in the form they have in [`CoreMetadata::essential_headers`].
const FIELDS: [&str; 7] =
    ["Metadata-Version", "Name", "Version", "Requires-Dist", "Requires-Python", "Provides-Extra", "Dynamic"];

/// The fields as text, not yet understood.
#[derive(Default)]
struct Texts<'a> {
    metadata_version: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    version: Option<Cow<'a, str>>,
    requires_python: Option<Cow<'a, str>>,
    requires_dist: Vec<Cow<'a, str>>,
    provides_extra: Vec<Cow<'a, str>>,
    dynamic: Vec<Cow<'a, str>>,
}

impl<'a> Texts<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, InvalidMetadata> {
        let mut texts = Self::default();
        for (name, value) in essential_fields(bytes) {
            match name {
                "Metadata-Version" => texts.metadata_version = texts.metadata_version.or(Some(value)),
                "Name" => once(&mut texts.name, name, value)?,
                "Version" => once(&mut texts.version, name, value)?,
                "Requires-Python" => texts.requires_python = texts.requires_python.or(Some(value)),
                "Requires-Dist" => texts.requires_dist.push(value),
                "Provides-Extra" => texts.provides_extra.push(value),
                _ => texts.dynamic.push(value),
            }
        }
        if let Some(version) = &texts.metadata_version {
            let major = version.split('.').next().unwrap_or_default();
            if major.parse::<u32>().is_ok_and(|major| major > 2) {
                return Err(InvalidMetadata(format!(
                    "its Metadata-Version {version} is newer than what is understood (2.x)"
                )));
            }
        }
        Ok(texts)
    }
}

/// Takes a field that may not be there with two values.
fn once<'a>(
    place: &mut Option<Cow<'a, str>>,
    name: &str,
    value: Cow<'a, str>,
) -> Result<(), InvalidMetadata> {
    match place {
        Some(known) if *known != value => {
            Err(InvalidMetadata(format!("it has two values of {name}, '{known}' and '{value}'")))
        }
        _ => {
            *place = Some(value);
            Ok(())
        }
    }
}

/// The fields among [`FIELDS`], with the name as it stands there and the value on one line.
fn essential_fields(bytes: &[u8]) -> impl Iterator<Item = (&'static str, Cow<'_, str>)> {
    HeaderBlock::new(bytes).filter_map(|field| {
        let name = FIELDS.into_iter().find(|name| field.is(name))?;
        Some((name, field.unfolded()))
    })
}

impl CoreMetadata {
    /// Parses the bytes of METADATA or PKG-INFO; the description is not looked at.
    /// A `Requires-Dist` that cannot be understood, even with the known mistakes of old packages
    /// repaired, is an error that quotes it.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidMetadata> {
        let texts = Texts::read(bytes)?;
        let missing = |name: &str| InvalidMetadata(format!("it has no {name}"));
        let name_text = texts.name.filter(|name| !name.is_empty()).ok_or_else(|| missing("Name"))?;
        let version_text =
            texts.version.filter(|version| !version.is_empty()).ok_or_else(|| missing("Version"))?;
        let requires_dist = texts.requires_dist.iter().map(|text| {
            Requirement::from_metadata(text).map_err(|error| {
                InvalidMetadata(format!("its Requires-Dist '{text}' cannot be understood: {error}"))
            })
        });
        let requires_dist = requires_dist.collect::<Result<_, _>>()?;
        let mut provides_extra: Vec<ExtraName> = Vec::with_capacity(texts.provides_extra.len());
        for extra in texts.provides_extra.iter().filter_map(|text| text.parse().ok()) {
            if !provides_extra.contains(&extra) {
                provides_extra.push(extra);
            }
        }
        Ok(Self {
            metadata_version: texts.metadata_version.unwrap_or_default().into(),
            name: name_text.parse().map_err(|error| InvalidMetadata(format!("its Name: {error}")))?,
            name_text: name_text.into(),
            version: version_text
                .parse()
                .map_err(|error| InvalidMetadata(format!("its Version: {error}")))?,
            version_text: version_text.into(),
            requires_dist,
            requires_python: texts
                .requires_python
                .as_deref()
                .and_then(|text| SpecifierSet::from_metadata(text).ok()),
            requires_python_text: texts.requires_python.map(Into::into),
            provides_extra,
            dynamic: texts.dynamic.iter().map(|text| text.to_ascii_lowercase().into()).collect(),
        })
    }

    /// Whether any build of the source that this PKG-INFO came with gives the same (PEP 643): the metadata is
    /// of version 2.2 or later, and nothing that resolving needs is dynamic.
    pub fn is_static(&self) -> bool {
        const NEEDED: [&str; 3] = ["requires-dist", "requires-python", "provides-extra"];
        let version = self.metadata_version.split_once('.');
        let version =
            version.and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse().ok()?)));
        version.is_some_and(|version| version >= (2, 2_u32))
            && !self.dynamic.iter().any(|field| NEEDED.contains(&&**field))
    }

    /// The fields as text that [`CoreMetadata::parse`] gives back: what a cache keeps of metadata that was never a file.
    pub fn to_headers(&self) -> Vec<u8> {
        let mut text = String::new();
        let mut field = |name: &str, value: &dyn std::fmt::Display| {
            text.push_str(&format!("{name}: {value}\n"));
        };
        if !self.metadata_version.is_empty() {
            field("Metadata-Version", &self.metadata_version);
        }
        field("Name", &self.name_text);
        field("Version", &self.version_text);
        if let Some(requires_python) = &self.requires_python_text {
            field("Requires-Python", requires_python);
        }
        for requirement in &self.requires_dist {
            field("Requires-Dist", requirement);
        }
        for extra in &self.provides_extra {
            field("Provides-Extra", extra);
        }
        for name in &self.dynamic {
            field("Dynamic", name);
        }
        text.into_bytes()
    }

    /// The fields that [`CoreMetadata::parse`] reads, one a line, without the rest: what a cache
    /// keeps. Parsing it gives what parsing the whole gives.
    pub fn essential_headers(bytes: &[u8]) -> Result<Vec<u8>, InvalidMetadata> {
        let texts = Texts::read(bytes)?;
        if texts.name.is_none() || texts.version.is_none() {
            return Err(InvalidMetadata("it has no Name or no Version".to_owned()));
        }
        let mut output = Vec::new();
        for (name, value) in essential_fields(bytes) {
            for part in [name, ": ", &value, "\n"] {
                output.extend_from_slice(part.as_bytes());
            }
        }
        Ok(output)
    }
}

/// All header fields with their values, in order, and the body (`show`, `--report`, `inspect`).
///
/// Values are as Python's `email` parser gives them: without white space before and line ends
/// after; a folded value keeps its line breaks (`\n`) and indentation.
pub fn headers(bytes: &[u8]) -> (Vec<(String, String)>, String) {
    let mut block = HeaderBlock::new(bytes);
    let mut fields = Vec::new();
    for field in block.by_ref() {
        fields.push((String::from_utf8_lossy(field.name).into_owned(), field.text().into_owned()));
    }
    (fields, text_of(block.body()).into_owned())
}

/// The body of METADATA or PKG-INFO, as it stands there: the description.
pub fn description_of(bytes: &[u8]) -> &[u8] {
    let mut block = HeaderBlock::new(bytes);
    block.by_ref().for_each(drop);
    block.body()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    const FULL: &str = "Metadata-Version: 2.4\n\
        Name: Fizz.Buzz\n\
        Version: 1.0RC1\n\
        Summary: Counts, and divides:\n\
        Author-email: \"A. Nobody\" <nobody@example.org>\n\
        License-Expression: MIT\n\
        Dynamic: License-File\n\
        Classifier: Programming Language :: Python :: 3\n\
        Requires-Python: >=3.8,\n        !=3.9.1\n\
        Requires-Dist: numpy>=1.20\n\
        Requires-Dist: Colour_Ful[term] (>=2) ; extra == 'Pretty.Print'\n\
        requires-dist: tool @ https://example.org/tool-1.0.tar.gz\n\
        Provides-Extra: Pretty.Print\n\
        Provides-Extra: pretty_print\n\
        Provides-Extra: not a name\n\
        \n\
        Name: not this\n\
        Requires-Dist: not-this\n";

    #[test]
    fn the_fields_are_understood() {
        let metadata = CoreMetadata::parse(FULL.as_bytes()).unwrap();
        assert_eq!(&*metadata.metadata_version, "2.4");
        assert_eq!((metadata.name.as_str(), &*metadata.name_text), ("fizz-buzz", "Fizz.Buzz"));
        assert_eq!(metadata.version, "1.0rc1".parse().unwrap());
        assert_eq!(&*metadata.version_text, "1.0RC1");
        assert_eq!(metadata.requires_python_text.as_deref(), Some(">=3.8, !=3.9.1"));
        let requires_python = metadata.requires_python.unwrap();
        assert!(requires_python.contains(&"3.12".parse().unwrap()));
        assert!(!requires_python.contains(&"3.9.1".parse().unwrap()));
        let names: Vec<_> =
            metadata.requires_dist.iter().map(|requirement| requirement.name.as_str()).collect();
        assert_eq!(names, ["numpy", "colour-ful", "tool"]);
        assert_eq!(
            metadata.provides_extra.iter().map(ExtraName::as_str).collect::<Vec<_>>(),
            ["pretty-print"]
        );
        assert_eq!(metadata.dynamic, ["license-file".into()]);
    }

    #[test]
    fn the_essential_headers_say_the_same() {
        let headers = CoreMetadata::essential_headers(FULL.as_bytes()).unwrap();
        assert_eq!(CoreMetadata::parse(&headers).unwrap(), CoreMetadata::parse(FULL.as_bytes()).unwrap());
        assert_eq!(CoreMetadata::essential_headers(&headers).unwrap(), headers);
        let headers = String::from_utf8(headers).unwrap();
        assert!(headers.contains("Requires-Python: >=3.8, !=3.9.1\n"));
        assert!(!headers.contains("Summary") && !headers.contains("not-this"));
        let metadata = CoreMetadata::parse(FULL.as_bytes()).unwrap();
        assert_eq!(CoreMetadata::parse(&metadata.to_headers()).unwrap(), metadata);
    }

    #[test]
    fn little_is_enough() {
        let metadata = CoreMetadata::parse(b"Name: a\nVersion: 1").unwrap();
        assert_eq!(&*metadata.metadata_version, "");
        assert!(metadata.requires_dist.is_empty() && metadata.requires_python.is_none());
        let twice = CoreMetadata::parse(b"Name: a\nVersion: 1\nName: a\nVersion: 1\n").unwrap();
        assert_eq!(metadata, twice);
        assert!(CoreMetadata::parse(b"Metadata-Version: 2.99\nName: a\nVersion: 1").is_ok());
    }

    #[test]
    fn what_cannot_be_used_is_an_error_that_says_why() {
        for (text, message) in [
            ("", "invalid metadata: it has no Name"),
            ("Name: a\n", "invalid metadata: it has no Version"),
            ("Version: 1\n", "invalid metadata: it has no Name"),
            ("Name: a\n\nVersion: 1\n", "invalid metadata: it has no Version"),
            ("Name:\nVersion: 1\n", "invalid metadata: it has no Name"),
            ("Name: a b\nVersion: 1\n", "invalid metadata: its Name: 'a b' is not a valid name"),
            ("Name: a\nVersion: one\n", "invalid metadata: its Version: 'one' is not a valid version"),
            ("Name: a\nVersion: 1\nName: b\n", "invalid metadata: it has two values of Name, 'a' and 'b'"),
            (
                "Name: a\nVersion: 1\nVersion: 2\n",
                "invalid metadata: it has two values of Version, '1' and '2'",
            ),
            (
                "Metadata-Version: 3.0\nName: a\nVersion: 1\n",
                "invalid metadata: its Metadata-Version 3.0 is newer",
            ),
            (
                "Name: a\nVersion: 1\nRequires-Dist: b >=> 1\n",
                "invalid metadata: its Requires-Dist 'b >=> 1' cannot be understood: ",
            ),
        ] {
            let error = CoreMetadata::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(message), "{text:?}: {error}");
        }
        assert!(CoreMetadata::essential_headers(b"Name: a\n").is_err());
    }

    #[test]
    fn a_requires_python_that_cannot_be_understood_is_kept_as_text() {
        let metadata = CoreMetadata::parse(b"Name: a\nVersion: 1\nRequires-Python: >=3.6.*\n").unwrap();
        assert!(metadata.requires_python.unwrap().contains(&"3.7".parse().unwrap()));
        let metadata = CoreMetadata::parse(b"Name: a\nVersion: 1\nRequires-Python: snake\n").unwrap();
        assert_eq!(metadata.requires_python, None);
        assert_eq!(metadata.requires_python_text.as_deref(), Some("snake"));
    }

    #[test]
    fn later_metadata_says_what_is_static() {
        for (version, dynamic, is_static) in [
            ("2.2", "", true),
            ("2.10", "Dynamic: License-File\n", true),
            ("2.1", "", false),
            ("1.2", "", false),
            ("", "", false),
            ("2.3", "Dynamic: Requires-Dist\n", false),
            ("2.3", "Dynamic: description\nDynamic: requires-PYTHON\n", false),
            ("2.4", "Dynamic: Provides-Extra\n", false),
        ] {
            let text = format!("Metadata-Version: {version}\nName: a\nVersion: 1\n{dynamic}");
            assert_eq!(CoreMetadata::parse(text.as_bytes()).unwrap().is_static(), is_static, "{text}");
        }
    }

    #[test]
    fn headers_give_every_field_and_the_body() {
        let (fields, body) = headers(FULL.as_bytes());
        assert_eq!(fields.len(), 15);
        assert_eq!(fields[8], ("Requires-Python".to_owned(), ">=3.8,\n        !=3.9.1".to_owned()));
        assert_eq!(body, "Name: not this\nRequires-Dist: not-this\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), value in "[ -~é]{0,30}", field in 0..FIELDS.len()) {
            let _ = CoreMetadata::parse(&bytes);
            let _ = headers(&bytes);
            let text = format!("Name: a\nVersion: 1\n{}: {value}\n", FIELDS[field]);
            let parsed = CoreMetadata::parse(text.as_bytes());
            if let Ok(essential) = CoreMetadata::essential_headers(text.as_bytes()) {
                prop_assert_eq!(CoreMetadata::parse(&essential), parsed);
            }
        }
    }
}
