//! Core metadata as JSON (PEP 566), as pip writes it in `install --report` and `inspect`.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::header_block::HeaderBlock;

/// The fields that are written, in the order of the keys, and whether they may stand more than once.
const FIELDS: [(&str, bool); 27] = [
    ("Metadata-Version", false),
    ("Name", false),
    ("Version", false),
    ("Dynamic", true),
    ("Platform", true),
    ("Supported-Platform", true),
    ("Summary", false),
    ("Description", false),
    ("Description-Content-Type", false),
    ("Keywords", false),
    ("Home-page", false),
    ("Download-URL", false),
    ("Author", false),
    ("Author-email", false),
    ("Maintainer", false),
    ("Maintainer-email", false),
    ("License", false),
    ("License-Expression", false),
    ("License-File", true),
    ("Classifier", true),
    ("Requires-Dist", true),
    ("Requires-Python", false),
    ("Requires-External", true),
    ("Project-URL", true),
    ("Provides-Extra", true),
    ("Provides-Dist", true),
    ("Obsoletes-Dist", true),
];

/// What Python's `importlib.metadata` takes to stand before the first line of a value.
const INDENTATION: &str = "        ";

/// METADATA or PKG-INFO as JSON: an object with the known fields that are there, keys in lower case with `_`,
/// in the order of the specification. Fields that may be repeated are lists, `keywords` too; the body is `description`.
///
/// Line ends are kept as they are in `metadata`: pip reads files of an environment with all of them
/// as `\n`, those of a wheel as they are.
pub fn metadata_json(metadata: &str) -> Value {
    let mut block = HeaderBlock::new(metadata.as_bytes());
    let fields: Vec<_> = block.by_ref().collect();
    let body = String::from_utf8_lossy(block.body());
    let mut object = Map::new();
    for (name, multiple) in FIELDS {
        let mut values = fields.iter().filter(|field| field.is(name)).map(|field| dedented(field.raw_text()));
        let value = match (name, multiple) {
            (_, true) => Some(Value::Array(values.map(text).collect::<Vec<_>>()))
                .filter(|list| list.as_array().is_some_and(|list| !list.is_empty())),
            ("Description", _) if !body.is_empty() => Some(text(body.clone())),
            ("Keywords", _) => values.next().map(|value| keywords(&value)),
            (_, false) => values.next().map(text),
        };
        if let Some(value) = value {
            object.insert(name.to_ascii_lowercase().replace('-', "_"), value);
        }
    }
    Value::Object(object)
}

fn text(value: Cow<'_, str>) -> Value {
    Value::String(value.into_owned())
}

/// Separated by commas, or by white space in old packages.
fn keywords(value: &str) -> Value {
    let list: Vec<Value> = if value.contains(',') {
        value.split(',').map(|word| word.trim().into()).collect()
    } else {
        value.split_whitespace().map(Into::into).collect()
    };
    list.into()
}

/// A folded value without the indentation that all its lines share (Python's `textwrap.dedent`), the
/// first one counted as indented by eight.
fn dedented(value: Cow<'_, str>) -> Cow<'_, str> {
    if !value.contains('\n') {
        return value;
    }
    let is_blank = |line: &str| line.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
    let whole = format!("{INDENTATION}{value}");
    let lines: Vec<&str> = whole.split('\n').map(|line| if is_blank(line) { "" } else { line }).collect();
    let margin = lines.iter().filter(|line| !line.is_empty()).fold(None, |margin: Option<&str>, line| {
        let own = line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default();
        Some(match margin {
            None => own,
            Some(margin) => {
                let shared =
                    own.bytes().zip(margin.bytes()).take_while(|(left, right)| left == right).count();
                margin.get(..shared).unwrap_or_default()
            }
        })
    });
    let margin = margin.unwrap_or_default().len();
    lines.iter().map(|line| line.get(margin..).unwrap_or(line)).collect::<Vec<_>>().join("\n").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// What pip 26.3 gives for the same text.
    #[test]
    fn metadata_is_written_as_pip_writes_it() {
        for (metadata, json) in [
            ("", "{}"),
            ("Unknown: x\n\n", "{}"),
            (
                "Version: 1\nname: Foo_Bar\nMETADATA-VERSION: 2.1\nName: second\n",
                r#"{"metadata_version":"2.1","name":"Foo_Bar","version":"1"}"#,
            ),
            (
                "Name: a\nPlatform: UNKNOWN\nPlatform: any\nHome-page: UNKNOWN\nLicense:\nProvides-Extra: b\n",
                r#"{"name":"a","platform":["UNKNOWN","any"],"home_page":"UNKNOWN","license":"","provides_extra":["b"]}"#,
            ),
            (
                "Keywords: one two\nClassifier: A :: B\nClassifier: C\nProject-URL: Home, https://example.org\n",
                r#"{"keywords":["one","two"],"classifier":["A :: B","C"],"project_url":["Home, https://example.org"]}"#,
            ),
            ("Keywords: one two, three,\n", r#"{"keywords":["one two","three",""]}"#),
            ("Keywords:\n", r#"{"keywords":[]}"#),
            (
                "Author: A\nSummary: s\nDescription-Content-Type: text/plain\n\nThe\n\n  body \n",
                r#"{"summary":"s","description":"The\n\n  body \n","description_content_type":"text/plain","author":"A"}"#,
            ),
            ("Description: header\n\nbody\n", r#"{"description":"body\n"}"#),
            (
                "Description: first\n        second\n          third\n         \n        \n        last\nName: a\n\n",
                r#"{"name":"a","description":"first\nsecond\n  third\n\n\nlast"}"#,
            ),
            ("Description: first\n    second\n", r#"{"description":"    first\nsecond"}"#),
            ("License: a\n\tb\n", r#"{"license":"        a\n\tb"}"#),
            (
                "Requires-Dist: a>=1\r\nRequires-Dist: b\r\n  ; os_name == 'nt'\r\n\r\nbody\r\n",
                r#"{"description":"body\r\n","requires_dist":["a>=1","      b\r\n; os_name == 'nt'"]}"#,
            ),
            ("Author: J\u{fc}rgen \u{1f600}\n", "{\"author\":\"J\u{fc}rgen \u{1f600}\"}"),
        ] {
            assert_eq!(metadata_json(metadata).to_string(), json, "{metadata:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(metadata in any::<String>(), value in "[ \ta,\n\r]{0,30}", field in 0..FIELDS.len()) {
            metadata_json(&metadata);
            metadata_json(&format!("{}: {value}", FIELDS[field].0));
        }
    }
}
