//! JSON as Python's `json.dumps` writes it: a space behind commas and colons, ASCII only.

use serde_json::Value;

/// `value` on one line.
pub(crate) fn python_json(value: &Value) -> String {
    let mut text = String::new();
    push(value, &mut text);
    text
}

fn push(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (position, item) in items.iter().enumerate() {
                text.push_str(if position > 0 { ", " } else { "" });
                push(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (position, (key, member)) in members.iter().enumerate() {
                text.push_str(if position > 0 { ", " } else { "" });
                push_text(key, text);
                text.push_str(": ");
                push(member, text);
            }
            text.push('}');
        }
        Value::String(string) => push_text(string, text),
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn push_text(string: &str, text: &mut String) {
    text.push('"');
    for letter in string.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            ' '..='~' => text.push(letter),
            other => {
                let mut units = [0; 2];
                for unit in other.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::python_json;

    /// What Python's `json.dumps` gives.
    #[test]
    fn json_is_written_as_python_writes_it() {
        let value = json!([{"a": "é😀\"\\\n\u{7f}", "b": [1, true, null, {}]}, []]);
        let text = r#"[{"a": "\u00e9\ud83d\ude00\"\\\n\u007f", "b": [1, true, null, {}]}, []]"#;
        assert_eq!(python_json(&value), text);
    }
}
