//! Writing `pylock.toml`, byte for byte as pip's `lock` does: the fields in the order of PEP 751, tables that are
//! short in lists on one line, all others under headings.

use toml::value::{Datetime, Offset};
use toml::{Table, Value};

use super::{LockedArchive, LockedDirectory, LockedFile, LockedPackage, LockedVcs, Pylock};

/// A table in a list that is longer on one line gets a heading.
const LONGEST_LINE: usize = 100;
const INDENTATION: &str = "    ";

impl Pylock {
    /// The text of the file.
    pub fn to_toml(&self) -> String {
        let texts = |list: &Option<Vec<String>>| list.clone().map(text_list);
        let table = table([
            ("lock-version", Some(self.lock_version.to_string().into())),
            (
                "environments",
                self.environments
                    .as_ref()
                    .map(|markers| text_list(markers.iter().map(ToString::to_string).collect())),
            ),
            ("requires-python", self.requires_python.as_ref().map(|set| set.to_sorted_string().into())),
            ("extras", texts(&self.extras)),
            ("dependency-groups", texts(&self.dependency_groups)),
            ("default-groups", texts(&self.default_groups)),
            ("created-by", Some(self.created_by.clone().into())),
            ("packages", Some(Value::Array(self.packages.iter().map(package).collect()))),
            ("tool", self.tool.clone().map(Value::Table)),
        ]);
        let mut output = String::new();
        write_table(&mut output, &table, "", false);
        output
    }
}

fn table<const COUNT: usize>(pairs: [(&str, Option<Value>); COUNT]) -> Table {
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn text(text: &Option<String>) -> Option<Value> {
    text.clone().map(Value::String)
}

fn text_list(texts: Vec<String>) -> Value {
    Value::Array(texts.into_iter().map(Value::String).collect())
}

fn size(size: Option<u64>) -> Option<Value> {
    size.and_then(|size| i64::try_from(size).ok()).map(Value::Integer)
}

fn hashes(hashes: &[(String, String)]) -> Option<Value> {
    let table = hashes.iter().map(|(algorithm, hash)| (algorithm.clone(), hash.clone().into())).collect();
    Some(Value::Table(table))
}

fn package(package: &LockedPackage) -> Value {
    let tables = |list: &Option<Vec<Table>>| {
        list.clone().map(|tables| Value::Array(tables.into_iter().map(Value::Table).collect()))
    };
    let wheels = package.wheels.as_ref().map(|wheels| Value::Array(wheels.iter().map(file).collect()));
    Value::Table(table([
        ("name", Some(package.name.as_str().into())),
        ("version", package.version.as_ref().map(|version| version.to_string().into())),
        ("marker", package.marker.as_ref().map(|marker| marker.to_string().into())),
        ("requires-python", package.requires_python.as_ref().map(|set| set.to_sorted_string().into())),
        ("dependencies", tables(&package.dependencies)),
        ("vcs", package.vcs.as_ref().map(vcs)),
        ("directory", package.directory.as_ref().map(directory)),
        ("archive", package.archive.as_ref().map(archive)),
        ("index", text(&package.index)),
        ("sdist", package.sdist.as_ref().map(file)),
        ("wheels", wheels),
        ("attestation-identities", tables(&package.attestation_identities)),
        ("tool", package.tool.clone().map(Value::Table)),
    ]))
}

fn vcs(vcs: &LockedVcs) -> Value {
    Value::Table(table([
        ("type", Some(vcs.kind.clone().into())),
        ("url", text(&vcs.url)),
        ("path", text(&vcs.path)),
        ("requested-revision", text(&vcs.requested_revision)),
        ("commit-id", Some(vcs.commit_id.clone().into())),
        ("subdirectory", text(&vcs.subdirectory)),
    ]))
}

fn directory(directory: &LockedDirectory) -> Value {
    Value::Table(table([
        ("path", Some(directory.path.clone().into())),
        ("editable", directory.editable.map(Value::Boolean)),
        ("subdirectory", text(&directory.subdirectory)),
    ]))
}

fn archive(archive: &LockedArchive) -> Value {
    Value::Table(table([
        ("url", text(&archive.url)),
        ("path", text(&archive.path)),
        ("size", size(archive.size)),
        ("upload-time", archive.upload_time.map(Value::Datetime)),
        ("hashes", hashes(&archive.hashes)),
        ("subdirectory", text(&archive.subdirectory)),
    ]))
}

fn file(file: &LockedFile) -> Value {
    Value::Table(table([
        ("name", text(&file.name)),
        ("upload-time", file.upload_time.map(Value::Datetime)),
        ("url", text(&file.url)),
        ("path", text(&file.path)),
        ("size", size(file.size)),
        ("hashes", hashes(&file.hashes)),
    ]))
}

/// Writes a table under its heading `name`: what has no heading of its own first.
fn write_table(output: &mut String, table: &Table, name: &str, in_list: bool) {
    let mut headed: Vec<(&str, &Table, bool)> = Vec::new();
    let mut lines = String::new();
    for (key, value) in table {
        match value {
            Value::Table(table) => headed.push((key, table, false)),
            Value::Array(items) if needs_headings(items) => {
                headed.extend(items.iter().filter_map(Value::as_table).map(|table| (&**key, table, true)));
            }
            value => lines.push_str(&format!("{} = {}\n", key_text(key), literal(value, 0))),
        }
    }
    let mut is_first = true;
    if in_list || (!name.is_empty() && (!lines.is_empty() || headed.is_empty())) {
        output.push_str(&if in_list { format!("[[{name}]]\n") } else { format!("[{name}]\n") });
        is_first = false;
    }
    is_first &= lines.is_empty();
    output.push_str(&lines);
    for (key, table, in_list) in headed {
        if !is_first {
            output.push('\n');
        }
        is_first = false;
        let key = key_text(key);
        let name = if name.is_empty() { key } else { format!("{name}.{key}") };
        write_table(output, table, &name, in_list);
    }
}

/// Whether a list is one of tables, and one of them is too long for a line.
fn needs_headings(items: &[Value]) -> bool {
    let is_short = |value: &Value| {
        let line = literal(value, 0);
        INDENTATION.len() + line.chars().count() < LONGEST_LINE && !line.contains('\n')
    };
    !items.is_empty() && items.iter().all(Value::is_table) && !items.iter().all(is_short)
}

fn literal(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => float(*number),
        Value::Boolean(value) => value.to_string(),
        Value::Datetime(datetime) => datetime_text(datetime),
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(items) => {
            let indentation = INDENTATION.repeat(depth + 1);
            let lines: Vec<String> =
                items.iter().map(|item| format!("{indentation}{}", literal(item, depth + 1))).collect();
            format!("[\n{},\n{}]", lines.join(",\n"), INDENTATION.repeat(depth))
        }
        Value::Table(table) if table.is_empty() => "{}".to_owned(),
        Value::Table(table) => {
            let pairs: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{} = {}", key_text(key), literal(value, 0)))
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
    }
}

/// As Python writes it, which TOML reads.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    let text = format!("{number:?}");
    match text.split_once('e') {
        None => text,
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

/// As Python writes it: with a space in the middle, UTC as `+00:00`, and six digits behind the second, if any.
fn datetime_text(datetime: &Datetime) -> String {
    let mut text = datetime.date.map(|date| date.to_string()).unwrap_or_default();
    if let Some(time) = datetime.time {
        if !text.is_empty() {
            text.push(' ');
        }
        let second = time.second.unwrap_or_default();
        text.push_str(&format!("{:02}:{:02}:{second:02}", time.hour, time.minute));
        let microseconds = time.nanosecond.unwrap_or_default() / 1000;
        if microseconds > 0 {
            text.push_str(&format!(".{microseconds:06}"));
        }
    }
    if let Some(offset) = datetime.offset {
        let minutes = match offset {
            Offset::Z => 0,
            Offset::Custom { minutes } => minutes,
        };
        let sign = if minutes < 0 { '-' } else { '+' };
        let minutes = minutes.unsigned_abs();
        text.push_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
    }
    text
}

fn key_text(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !key.is_empty() && key.bytes().all(is_bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '\u{8}' => quoted.push_str("\\b"),
            '\n' => quoted.push_str("\\n"),
            '\u{c}' => quoted.push_str("\\f"),
            '\r' => quoted.push_str("\\r"),
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\t' => quoted.push('\t'),
            '\0'..='\x1f' | '\x7f' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
