//! Core metadata with all its fields (up to version 2.6: PEP 639, 643, 685, 794, 808), as `packaging.metadata.parse_email`
//! takes it apart, and the form fields that it becomes.

use distribution::{description_of, headers};
use requirement::Version;
use serde_json::{Map, Value};

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Once.
    One,
    /// Any number of times.
    Many,
    /// `Keywords`: once, with commas.
    Keywords,
    /// `Project-URL`: any number of times, a label and a URL.
    Urls,
}

/// A field of the specification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// As it is written in METADATA.
    pub(crate) header: &'static str,
    /// The name of the form field.
    pub(crate) form: &'static str,
    /// The version of the metadata that brought it.
    pub(crate) since: &'static str,
    pub(crate) shape: Shape,
}

const fn field(header: &'static str, form: &'static str, since: &'static str, shape: Shape) -> Field {
    Field { header, form, since, shape }
}

/// All of them, in the order of the specification.
pub(crate) const FIELDS: &[Field] = &[
    field("Metadata-Version", "metadata_version", "1.0", Shape::One),
    field("Name", "name", "1.0", Shape::One),
    field("Version", "version", "1.0", Shape::One),
    field("Platform", "platform", "1.0", Shape::Many),
    field("Supported-Platform", "supported_platform", "1.1", Shape::Many),
    field("Summary", "summary", "1.0", Shape::One),
    field("Description", "description", "1.0", Shape::One),
    field("Description-Content-Type", "description_content_type", "2.1", Shape::One),
    field("Keywords", "keywords", "1.0", Shape::Keywords),
    field("Home-page", "home_page", "1.0", Shape::One),
    field("Download-URL", "download_url", "1.1", Shape::One),
    field("Author", "author", "1.0", Shape::One),
    field("Author-email", "author_email", "1.0", Shape::One),
    field("Maintainer", "maintainer", "1.2", Shape::One),
    field("Maintainer-email", "maintainer_email", "1.2", Shape::One),
    field("License", "license", "1.0", Shape::One),
    field("License-Expression", "license_expression", "2.4", Shape::One),
    field("License-File", "license_file", "2.4", Shape::Many),
    field("Classifier", "classifiers", "1.1", Shape::Many),
    field("Requires-Dist", "requires_dist", "1.2", Shape::Many),
    field("Requires-Python", "requires_python", "1.2", Shape::One),
    field("Requires-External", "requires_external", "1.2", Shape::Many),
    field("Project-URL", "project_urls", "1.2", Shape::Urls),
    field("Provides-Extra", "provides_extra", "2.1", Shape::Many),
    field("Provides-Dist", "provides_dist", "1.2", Shape::Many),
    field("Obsoletes-Dist", "obsoletes_dist", "1.2", Shape::Many),
    field("Requires", "requires", "1.1", Shape::Many),
    field("Provides", "provides", "1.1", Shape::Many),
    field("Obsoletes", "obsoletes", "1.1", Shape::Many),
    field("Dynamic", "dynamic", "2.2", Shape::Many),
    field("Import-Name", "import_name", "2.5", Shape::Many),
    field("Import-Namespace", "import_namespace", "2.5", Shape::Many),
];

/// The field of that name; case does not matter.
pub(crate) fn field_of(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.header.eq_ignore_ascii_case(name))
}

/// Metadata, taken apart and not yet judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawMetadata {
    /// The fields that are there, in the order of the specification, with their values.
    fields: Vec<(&'static Field, Vec<String>)>,
    /// Names, in lower case, of what is no field, or stands there otherwise than it may.
    pub malformed: Vec<String>,
}

impl RawMetadata {
    /// Takes the bytes of METADATA or PKG-INFO apart.
    pub fn parse(bytes: &[u8]) -> Self {
        let (mut pairs, _) = headers(bytes);
        let body = description_of(bytes);
        let is_unicode = std::str::from_utf8(bytes).is_ok();
        let mut metadata = Self::default();
        for (name, _) in &mut pairs {
            name.make_ascii_lowercase();
        }
        for (name, _) in &pairs {
            if field_of(name).is_none() && !metadata.malformed.contains(name) {
                metadata.malformed.push(name.clone());
            }
        }
        for field in FIELDS {
            let mut values: Vec<String> = pairs
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case(field.header))
                .map(|(_, value)| value.clone())
                .collect();
            let mut is_readable = is_unicode || !values.iter().any(|value| value.contains('\u{fffd}'));
            if field.header == "Description" && !body.is_empty() {
                let text = std::str::from_utf8(body);
                is_readable &= text.is_ok();
                values.push(text.unwrap_or_default().to_owned());
            }
            if values.is_empty() {
                continue;
            }
            match shaped(field.shape, values).filter(|_| is_readable) {
                Some(values) => metadata.fields.push((field, values)),
                None => metadata.malformed.push(field.header.to_ascii_lowercase()),
            }
        }
        metadata.drop_early_license_files();
        metadata
    }

    /// setuptools has long written `License-File` into metadata of versions that do not know it: it is passed over.
    fn drop_early_license_files(&mut self) {
        let version = self.one("Metadata-Version").unwrap_or("0").parse::<Version>();
        if version.is_ok_and(|version| version.release() < [2, 4].as_slice()) {
            self.fields.retain(|(field, _)| field.header != "License-File");
        }
    }

    /// The fields that are there.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&'static Field, &[String])> {
        self.fields.iter().map(|(field, values)| (*field, values.as_slice()))
    }

    /// The values of a field.
    pub fn values(&self, header: &str) -> &[String] {
        let found = self.fields.iter().find(|(field, _)| field.header == header);
        found.map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// The value of a field that stands there once.
    pub fn one(&self, header: &str) -> Option<&str> {
        self.values(header).first().map(String::as_str)
    }

    /// `Name` as upload forms and release pages have it: whatever is no letter, digit or dot is one `-`.
    pub fn safe_name(&self) -> String {
        let mut safe = String::new();
        for character in self.one("Name").unwrap_or_default().chars() {
            match character {
                '.' => safe.push('.'),
                _ if character.is_ascii_alphanumeric() => safe.push(character),
                _ if safe.ends_with('-') => {}
                _ => safe.push('-'),
            }
        }
        safe
    }

    /// The fields under the names that `packaging.metadata` has for them.
    pub fn to_json(&self) -> Value {
        let mut document = Map::new();
        for (field, values) in self.fields() {
            let name = match field.form {
                "platform" | "supported_platform" | "license_file" | "import_name" | "import_namespace" => {
                    format!("{}s", field.form)
                }
                name => name.to_owned(),
            };
            let value = match field.shape {
                Shape::One => values.first().cloned().unwrap_or_default().into(),
                Shape::Many | Shape::Keywords => Value::from(values),
                Shape::Urls => values
                    .iter()
                    .filter_map(|text| text.split_once(", "))
                    .map(|(label, url)| (label.to_owned(), Value::from(url)))
                    .collect::<Map<_, _>>()
                    .into(),
            };
            document.insert(name, value);
        }
        document.into()
    }

    /// The form fields of the metadata.
    pub fn form_fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for (field, values) in self.fields() {
            match field.header {
                "Name" => fields.push((field.form.to_owned(), self.safe_name())),
                _ if field.shape == Shape::Keywords => {
                    fields.push((field.form.to_owned(), values.join(", ")));
                }
                _ => fields.extend(values.iter().map(|value| (field.form.to_owned(), value.clone()))),
            }
        }
        fields
    }
}

/// The values in the form that the field asks for; none where it cannot be.
fn shaped(shape: Shape, values: Vec<String>) -> Option<Vec<String>> {
    match (shape, values.as_slice()) {
        (Shape::One | Shape::Keywords, [_, _, ..]) => None,
        (Shape::Keywords, [text]) => Some(text.split(',').map(|word| word.trim().to_owned()).collect()),
        (Shape::Urls, values) => {
            let pairs: Vec<(&str, &str)> = values
                .iter()
                .map(|text| text.split_once(',').unwrap_or((text, "")))
                .map(|(label, url)| (label.trim(), url.trim()))
                .collect();
            let is_repeated =
                |index: usize, label: &str| pairs.iter().take(index).any(|(known, _)| *known == label);
            if pairs.iter().enumerate().any(|(index, (label, _))| is_repeated(index, label)) {
                return None;
            }
            Some(pairs.iter().map(|(label, url)| format!("{label}, {url}")).collect())
        }
        _ => Some(values),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fields_become_those_of_the_form() {
        let text = "Metadata-Version: 2.4\nName: Fizz_.Buzz\nVersion: 1.0\nkeywords: a, b ,c\nClassifier: X :: Y\n\
                    Classifier: Z\nPlatform: any\nLicense-File: LICENSE\nProject-URL: Home,https://example.org/a,b\n\
                    Provides-Extra: more\nImport-Name: fizz\nSummary: one\n two\n\n# Read me\r\n\r\nnow\n";
        let found = RawMetadata::parse(text.as_bytes());
        assert_eq!(found.malformed, Vec::<String>::new());
        let expected = [
            ("metadata_version", "2.4"),
            ("name", "Fizz-.Buzz"),
            ("version", "1.0"),
            ("platform", "any"),
            ("summary", "one\n two"),
            ("description", "# Read me\r\n\r\nnow\n"),
            ("keywords", "a, b, c"),
            ("license_file", "LICENSE"),
            ("classifiers", "X :: Y"),
            ("classifiers", "Z"),
            ("project_urls", "Home, https://example.org/a,b"),
            ("provides_extra", "more"),
            ("import_name", "fizz"),
        ];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found.form_fields(), expected);
        let json = found.to_json();
        let value = |name: &str| json.get(name).map(Value::to_string).unwrap_or_default();
        assert_eq!(value("keywords"), r#"["a","b","c"]"#);
        assert_eq!(value("project_urls"), r#"{"Home":"https://example.org/a,b"}"#);
        assert_eq!(
            (value("license_files").as_str(), value("name").as_str()),
            (r#"["LICENSE"]"#, r#""Fizz_.Buzz""#)
        );
        let early = RawMetadata::parse(text.replace("2.4", "2.1").as_bytes());
        assert_eq!(early.values("License-File"), [] as [String; 0]);
    }

    #[test]
    fn what_does_not_fit_is_malformed() {
        for (text, malformed) in [
            ("Name: a\nName: b\n", &["name"][..]),
            ("Name: a\nOdd: x\nodd: y\n", &["odd"]),
            ("Keywords: a\nKeywords: b\n", &["keywords"]),
            ("Project-URL: a,b\nProject-URL: a,c\n", &["project-url"]),
            ("Description: a\n\nb\n", &["description"]),
            ("Name: a\n", &[]),
        ] {
            assert_eq!(RawMetadata::parse(text.as_bytes()).malformed, malformed, "{text}");
        }
        assert_eq!(
            RawMetadata::parse(b"Author: J\xfcrgen\n\nM\xfcnchen\n").malformed,
            ["description", "author"]
        );
    }
}
