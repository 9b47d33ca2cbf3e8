//! Whether metadata is as the specification asks for, by the rules and in the words of `packaging.metadata`, which PyPI
//! uses too.

use requirement::{ExtraName, ProjectName, Requirement, SpecifierSet, Version, python_repr};

use crate::license;
use crate::metadata::{Field, RawMetadata, field_of};

/// The versions of the metadata that there are.
const VERSIONS: [&str; 9] = ["1.0", "1.1", "1.2", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6"];
/// What a description may be.
const CONTENT_TYPES: [&str; 3] = ["text/plain", "text/x-rst", "text/markdown"];

/// What is wrong with metadata; nothing where it can be published.
pub fn problems_of(metadata: &RawMetadata) -> Vec<String> {
    let malformed = metadata.malformed.iter();
    let malformed = malformed.map(|name| format!("unrecognized or malformed field {}", python_repr(name)));
    let mut problems: Vec<String> = malformed.collect();
    if !problems.is_empty() {
        return problems;
    }
    let version = metadata.one("Metadata-Version").unwrap_or_default();
    let age = VERSIONS.iter().position(|known| *known == version);
    if age.is_none() {
        let shown = metadata.one("Metadata-Version").map_or_else(|| "None".to_owned(), python_repr);
        problems.push(format!("{shown} is not a valid metadata version"));
    }
    for name in ["Name", "Version"] {
        if metadata.one(name).is_none_or(str::is_empty) {
            problems.push(format!("'{}' is a required field", name.to_lowercase()));
        }
    }
    for (field, values) in metadata.fields() {
        let is_too_new = |age: usize| VERSIONS.iter().position(|known| *known == field.since) > Some(age);
        if age.is_some_and(is_too_new) {
            problems.push(format!(
                "{} introduced in metadata version {}, not {version}",
                field.header.to_lowercase(),
                field.since
            ));
            continue;
        }
        problems.extend(check(field, values).err());
    }
    problems.sort();
    problems
}

/// Checks the values of one field.
fn check(field: &Field, values: &[String]) -> Result<(), String> {
    let raw = field.header.to_lowercase();
    let first = values.first().map(String::as_str).unwrap_or_default();
    let invalid = |value: &str| format!("{} is invalid for '{raw}'", python_repr(value));
    let each = |is_valid: &dyn Fn(&str) -> bool| match values.iter().find(|value| !is_valid(value)) {
        Some(wrong) => Err(invalid(wrong)),
        None => Ok(()),
    };
    match field.header {
        "Name" if !first.is_empty() => each(&|text| text.parse::<ProjectName>().is_ok()),
        "Version" if !first.is_empty() => each(&|text| text.parse::<Version>().is_ok()),
        "Summary" if first.contains(is_line_boundary) => Err(format!("'{raw}' must be a single line")),
        "Description-Content-Type" => check_content_type(first, &raw),
        "Dynamic" => values.iter().try_for_each(|name| check_dynamic(name)),
        "Provides-Extra" => each(&|text| text.parse::<ExtraName>().is_ok()),
        "Requires-Python" => each(&|text| text.parse::<SpecifierSet>().is_ok()),
        "Requires-Dist" => each(&|text| text.parse::<Requirement>().is_ok()),
        "License-Expression" => {
            // packaging tells only that it is invalid; why is worth more.
            license::check_expression(first).map_err(|reason| format!("{} ({reason})", invalid(first)))
        }
        "License-File" => values.iter().try_for_each(|path| check_license_file(path, &raw)),
        "Import-Name" if values == [""] => Ok(()),
        "Import-Name" | "Import-Namespace" => values.iter().try_for_each(|name| check_import(name, &raw)),
        _ => Ok(()),
    }
}

/// What ends a line for `str.splitlines`.
fn is_line_boundary(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// A content type: the type in lower case, and its parameters.
pub(crate) fn content_type(value: &str) -> (String, Vec<(String, String)>) {
    let mut parts = value.split(';');
    let kind = parts.next().unwrap_or_default().trim().to_lowercase();
    let parameters = parts.filter_map(|part| part.split_once('='));
    let unquoted = |text: &str| text.trim().trim_matches('"').to_owned();
    (kind, parameters.map(|(name, value)| (name.trim().to_lowercase(), unquoted(value))).collect())
}

fn check_content_type(value: &str, raw: &str) -> Result<(), String> {
    let (kind, parameters) = content_type(value);
    if !CONTENT_TYPES.contains(&kind.as_str()) {
        let value = python_repr(value);
        return Err(format!(
            "'{raw}' must be one of ['text/plain', 'text/x-rst', 'text/markdown'], not {value}"
        ));
    }
    let parameter =
        |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if let Some(charset) = parameter("charset").filter(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        let charset = python_repr(charset);
        return Err(format!("'{raw}' can only specify the UTF-8 charset, not {charset}"));
    }
    let variant = parameter("variant").filter(|variant| !["GFM", "CommonMark"].contains(variant));
    match variant.filter(|_| kind == "text/markdown") {
        Some(variant) => Err(format!(
            "valid Markdown variants for '{raw}' are ['GFM', 'CommonMark'], not {}",
            python_repr(variant)
        )),
        None => Ok(()),
    }
}

fn check_dynamic(name: &str) -> Result<(), String> {
    let name = name.to_lowercase();
    match field_of(&name) {
        _ if ["name", "version", "metadata-version"].contains(&name.as_str()) => {
            Err(format!("{} is not allowed as a dynamic field", python_repr(&name)))
        }
        Some(_) => Ok(()),
        None => Err(format!("{} is not a valid dynamic field", python_repr(&name))),
    }
}

fn check_license_file(path: &str, raw: &str) -> Result<(), String> {
    let wrong = |reason: &str| Err(format!("{} is invalid for '{raw}', {reason}", python_repr(path)));
    if path.contains("..") {
        return wrong("parent directory indicators are not allowed");
    }
    if path.contains('*') {
        return wrong("paths must be resolved");
    }
    let has_drive =
        path.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) && path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || (has_drive && path.get(2..3).is_some_and(|next| ["/", "\\"].contains(&next)))
    {
        return wrong("paths must be relative");
    }
    let is_normal = !path.contains('\\')
        && !path.is_empty()
        && path.split('/').all(|part| !part.is_empty() && (part != "." || path == "."));
    if is_normal { Ok(()) } else { wrong("paths must use '/' delimiter") }
}

fn check_import(text: &str, raw: &str) -> Result<(), String> {
    let (name, private) = match text.split_once(';') {
        Some((name, private)) => (name.trim_end(), Some(private)),
        None => (text.trim_end(), None),
    };
    let shown = python_repr(name);
    for part in name.split('.') {
        if !is_identifier(part) {
            let part = python_repr(part);
            return Err(format!("{shown} is invalid for '{raw}'; {part} is not a valid identifier"));
        }
        if KEYWORDS.contains(&part) {
            return Err(format!("{shown} is invalid for '{raw}'; {} is a keyword", python_repr(part)));
        }
    }
    match private.filter(|private| private.trim_start() != "private") {
        Some(_) => {
            let text = python_repr(text);
            Err(format!("{text} is invalid for '{raw}'; the only valid option is 'private'"))
        }
        None => Ok(()),
    }
}

/// Whether Python takes a text for a name; letters of other scripts are told by what Rust calls alphabetic.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|character| character == '_' || character.is_alphanumeric())
}

/// The words that Python keeps for itself.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(lines: &str) -> String {
        let text = format!("Metadata-Version: 2.5\nName: a\nVersion: 1\n{lines}\n");
        problems_of(&RawMetadata::parse(text.as_bytes())).join("; ")
    }

    /// What `packaging.metadata.Metadata.from_raw` says.
    #[test]
    fn fields_are_judged_as_packaging_judges_them() {
        for (lines, problem) in [
            ("Summary: one", ""),
            ("Summary: one\n two", "'summary' must be a single line"),
            ("Requires-Dist: a ==", "'a ==' is invalid for 'requires-dist'"),
            ("Requires-Dist: a==1.*\nRequires-Dist: b; os_name=='x'", ""),
            ("Requires-Python: >=3.8,", ""),
            ("Requires-Python: three", "'three' is invalid for 'requires-python'"),
            ("Provides-Extra: a b", "'a b' is invalid for 'provides-extra'"),
            ("Dynamic: Version", "'version' is not allowed as a dynamic field"),
            ("Dynamic: Classifier\nDynamic: odd", "'odd' is not a valid dynamic field"),
            ("Description-Content-Type: text/markdown; variant=GFM; charset=\"UTF-8\"", ""),
            (
                "Description-Content-Type: text/html",
                "'description-content-type' must be one of ['text/plain', 'text/x-rst', 'text/markdown'], not 'text/html'",
            ),
            (
                "Description-Content-Type: text/x-rst; charset=latin-1",
                "'description-content-type' can only specify the UTF-8 charset, not 'latin-1'",
            ),
            (
                "Description-Content-Type: text/markdown; variant=Odd",
                "valid Markdown variants for 'description-content-type' are ['GFM', 'CommonMark'], not 'Odd'",
            ),
            (
                "License-Expression: MIT License",
                "'MIT License' is invalid for 'license-expression' (Invalid license expression: 'MIT License')",
            ),
            ("License-File: licenses/MIT.txt", ""),
            (
                "License-File: ../LICENSE",
                "'../LICENSE' is invalid for 'license-file', parent directory indicators are not allowed",
            ),
            ("License-File: a/*.txt", "'a/*.txt' is invalid for 'license-file', paths must be resolved"),
            ("License-File: /LICENSE", "'/LICENSE' is invalid for 'license-file', paths must be relative"),
            ("License-File: a\\b", "'a\\\\b' is invalid for 'license-file', paths must use '/' delimiter"),
            ("Import-Name:", ""),
            ("Import-Name: a.b; private", ""),
            ("Import-Name: a-b", "'a-b' is invalid for 'import-name'; 'a-b' is not a valid identifier"),
            ("Import-Name: a.class", "'a.class' is invalid for 'import-name'; 'class' is a keyword"),
            (
                "Import-Name: a; secret",
                "'a; secret' is invalid for 'import-name'; the only valid option is 'private'",
            ),
            ("Odd: x", "unrecognized or malformed field 'odd'"),
        ] {
            assert_eq!(problems(lines), problem, "{lines}");
        }
    }

    #[test]
    fn the_required_fields_and_versions() {
        for (text, problem) in [
            ("Name: a\nVersion: 1\n", "None is not a valid metadata version"),
            ("Metadata-Version: 2.0\nName: a\nVersion: 1\n", "'2.0' is not a valid metadata version"),
            ("Metadata-Version: 2.1\n", "'name' is a required field; 'version' is a required field"),
            (
                "Metadata-Version: 2.1\nName: -a\nVersion: x\n",
                "'-a' is invalid for 'name'; 'x' is invalid for 'version'",
            ),
            (
                "Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense-Expression: MIT\n",
                "license-expression introduced in metadata version 2.4, not 2.1",
            ),
            ("Metadata-Version: 2.1\nName: a\nVersion: 1\nLicense-File: x\n", ""),
        ] {
            assert_eq!(problems_of(&RawMetadata::parse(text.as_bytes())).join("; "), problem, "{text}");
        }
    }
}
