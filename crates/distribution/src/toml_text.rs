//! TOML as the files of packages hold it: parsed with a bound on the size, and shown in messages as Python shows it.

use requirement::python_repr;
use toml::{Table, Value};

/// Parses a document of at most `largest` bytes. The error is a sentence, with the line.
pub(crate) fn parse(text: &str, largest: usize) -> Result<Table, String> {
    if text.len() > largest {
        return Err(format!("it has more than {largest} bytes"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start));
        let line = before.map(|before| before.matches('\n').count() + 1);
        let line = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!("{line}{}", error.message())
    })
}

/// The TOML type, with an article.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a string",
        Value::Integer(_) => "an integer",
        Value::Float(_) => "a float",
        Value::Boolean(_) => "a boolean",
        Value::Datetime(_) => "a date or time",
        Value::Array(_) => "a list",
        Value::Table(_) => "a table",
    }
}

/// The name of the type that Python makes of the value.
pub(crate) fn python_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "str",
        Value::Integer(_) => "int",
        Value::Float(_) => "float",
        Value::Boolean(_) => "bool",
        Value::Datetime(datetime) => match (datetime.date, datetime.time) {
            (Some(_), None) => "date",
            (None, _) => "time",
            _ => "datetime",
        },
        Value::Array(_) => "list",
        Value::Table(_) => "dict",
    }
}

/// The value as Python's `repr` writes it; dates and times as TOML writes them.
pub(crate) fn python_value(value: &Value) -> String {
    let join = |items: Vec<String>| items.join(", ");
    match value {
        Value::String(text) => python_repr(text),
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        Value::Float(number) => format!("{number:?}"),
        Value::Integer(number) => number.to_string(),
        Value::Datetime(datetime) => datetime.to_string(),
        Value::Array(items) => format!("[{}]", join(items.iter().map(python_value).collect())),
        Value::Table(table) => {
            let pairs =
                table.iter().map(|(key, value)| format!("{}: {}", python_repr(key), python_value(value)));
            format!("{{{}}}", join(pairs.collect()))
        }
    }
}
