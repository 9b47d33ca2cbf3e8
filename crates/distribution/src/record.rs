//! RECORD: the list of installed files (recording installed projects specification, PEP 376, 427).
//!
//! It is CSV in the dialect of Python's `csv` module (`excel`, not strict): fields are quoted
//! with `"` where needed, a quote within is doubled, a quote inside an unquoted field is a quote.

/// A RECORD that is not the CSV it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("RECORD line {line}: {reason}")]
pub struct InvalidRecord {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// One row. The path is text as written: in an installed RECORD it may lead out of
/// site-packages (`../../../bin/x`) or be absolute; who acts on it checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    /// The path as written, `/` or `\` as found.
    pub path: String,
    /// The hash as written, `sha256=<urlsafe base64 without padding>`, if any.
    pub hash: Option<String>,
    /// The size in bytes, if any.
    pub size: Option<u64>,
}

/// A RECORD file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// The rows in order.
    pub entries: Vec<RecordEntry>,
}

impl Record {
    /// Parses the bytes (CSV as Python's `csv` module reads and writes it). Empty lines and
    /// fields after the third are passed over. A row without a path, a size that is no number,
    /// bytes that are not UTF-8 and a quote that is never closed are errors.
    pub fn parse(bytes: &[u8]) -> Result<Self, InvalidRecord> {
        let text = std::str::from_utf8(bytes).map_err(|error| InvalidRecord {
            line: 1 + bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count(),
            reason: "it is not UTF-8".to_owned(),
        })?;
        let mut reader = Reader { rest: text, line: 1 };
        let mut entries = Vec::with_capacity(bytes.iter().filter(|byte| **byte == b'\n').count());
        while let Some(entry) = reader.row()? {
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// Writes rows as Python's `csv.writer` does, with `\r\n` line ends (pip leaves them so on every platform).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut output = String::with_capacity(self.entries.len() * 128);
        for entry in &self.entries {
            entry.write_to(&mut output);
        }
        output.into_bytes()
    }
}

impl RecordEntry {
    /// Appends the row with its line end; see [`write_record_row`].
    pub fn write_to(&self, output: &mut String) {
        write_record_row(output, &self.path, self.hash.as_deref(), self.size);
    }
}

/// Appends one row with its line end to `output`: `hash` as `sha256=...`, `size` in bytes.
pub fn write_record_row(output: &mut String, path: &str, hash: Option<&str>, size: Option<u64>) {
    push_field(output, path);
    output.push(',');
    push_field(output, hash.unwrap_or_default());
    output.push(',');
    if let Some(size) = size {
        output.push_str(&size.to_string());
    }
    output.push_str("\r\n");
}

fn push_field(output: &mut String, field: &str) {
    if !field.contains([',', '"', '\n', '\r']) {
        output.push_str(field);
        return;
    }
    output.push('"');
    for (index, part) in field.split('"').enumerate() {
        if index > 0 {
            output.push_str("\"\"");
        }
        output.push_str(part);
    }
    output.push('"');
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

/// What ended a field.
#[derive(PartialEq)]
enum End {
    Comma,
    Row,
}

impl Reader<'_> {
    /// The next row that is not empty.
    fn row(&mut self) -> Result<Option<RecordEntry>, InvalidRecord> {
        while let Some(rest) = self.rest.strip_prefix(['\n', '\r']) {
            // "\r\n" is one line end.
            let crlf = self.rest.starts_with("\r\n");
            self.rest = rest.strip_prefix('\n').filter(|_| crlf).unwrap_or(rest);
            self.line += 1;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let invalid = |reason: String| InvalidRecord { line, reason };
        let (path, mut end) = self.field()?;
        let (mut hash, mut size) = (String::new(), String::new());
        if end == End::Comma {
            (hash, end) = self.field()?;
        }
        if end == End::Comma {
            (size, end) = self.field()?;
        }
        while end == End::Comma {
            (_, end) = self.field()?;
        }
        if path.is_empty() {
            return Err(invalid("it has no path".to_owned()));
        }
        let size = match size.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| invalid(format!("'{text}' is not a size in bytes")))?),
        };
        Ok(Some(RecordEntry { path, hash: Some(hash).filter(|hash| !hash.is_empty()), size }))
    }

    /// The next field, and whether it is the row's last. The line end is left to [`Reader::row`].
    fn field(&mut self) -> Result<(String, End), InvalidRecord> {
        let mut field = String::new();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let line = self.line;
            self.rest = quoted;
            loop {
                let Some((part, rest)) = self.rest.split_once('"') else {
                    return Err(InvalidRecord { line, reason: "a quote is not closed".to_owned() });
                };
                field.push_str(part);
                self.line += part.bytes().filter(|byte| *byte == b'\n').count();
                self.rest = rest;
                match rest.strip_prefix('"') {
                    Some(rest) => {
                        field.push('"');
                        self.rest = rest;
                    }
                    None => break,
                }
            }
        }
        let end = self.rest.find([',', '\n', '\r']).unwrap_or(self.rest.len());
        let (part, rest) = self.rest.split_at(end);
        field.push_str(part);
        Ok(match rest.strip_prefix(',') {
            Some(rest) => {
                self.rest = rest;
                (field, End::Comma)
            }
            None => {
                self.rest = rest;
                (field, End::Row)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn row(path: &str, hash: Option<&str>, size: Option<u64>) -> RecordEntry {
        RecordEntry { path: path.into(), hash: hash.map(Into::into), size }
    }

    /// What Python's `csv.reader` gives for the same text.
    #[test]
    fn rows_are_read_as_python_reads_them() {
        for (text, rows) in [
            ("", vec![]),
            ("\n\r\n\r", vec![]),
            ("a.py,sha256=x,12\n", vec![row("a.py", Some("sha256=x"), Some(12))]),
            (
                "a.py,sha256=x,12\r\nb,,\r\n",
                vec![row("a.py", Some("sha256=x"), Some(12)), row("b", None, None)],
            ),
            ("a\rb", vec![row("a", None, None), row("b", None, None)]),
            ("a,,,,extra\n\nb\n", vec![row("a", None, None), row("b", None, None)]),
            ("\"a,b\",,1", vec![row("a,b", None, Some(1))]),
            ("\"say \"\"hi\"\"\",,", vec![row("say \"hi\"", None, None)]),
            ("\"two\nlines\",,\nb,,", vec![row("two\nlines", None, None), row("b", None, None)]),
            ("say \"hi\",,", vec![row("say \"hi\"", None, None)]),
            ("\"a\"b\"c\",,", vec![row("ab\"c\"", None, None)]),
            (" a ,, 3 ", vec![row(" a ", None, Some(3))]),
            ("../../../bin/é,,", vec![row("../../../bin/é", None, None)]),
        ] {
            assert_eq!(Record::parse(text.as_bytes()).unwrap().entries, rows, "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        for (bytes, line) in [
            (&b"a,,\n\n,sha256=x,1\n"[..], 3),
            (b"a,,\n\"b\nc,,", 2),
            (b"\"a\nb\",,\nc,,many\n", 3),
            (b"a,,-1", 1),
            (b"a,,99999999999999999999999", 1),
            (b"a,,\nb\xff,,\n", 2),
        ] {
            assert_eq!(Record::parse(bytes).unwrap_err().line, line);
        }
    }

    #[test]
    fn rows_are_written_as_python_writes_them() {
        let record = Record {
            entries: vec![
                row("a/b.py", Some("sha256=x"), Some(0)),
                row("a,b", None, None),
                row("a \"b\"", None, Some(7)),
                row("a\r", None, None),
            ],
        };
        let text = "a/b.py,sha256=x,0\r\n\"a,b\",,\r\n\"a \"\"b\"\"\",,7\r\n\"a\r\",,\r\n";
        assert_eq!(String::from_utf8(record.to_bytes()).unwrap(), text);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>(), text in "[a\",\r\n]{0,40}") {
            let _ = Record::parse(&bytes);
            let _ = Record::parse(text.as_bytes());
        }

        #[test]
        fn what_is_written_is_read(rows in proptest::collection::vec(
            (prop_oneof!["[a\",\r\n ]{1,9}", ".{1,9}"], proptest::option::of("[a\",=\n]{1,9}"), any::<Option<u64>>()),
            0..9,
        )) {
            let entries = rows.into_iter().map(|(path, hash, size)| RecordEntry { path, hash, size }).collect();
            let record = Record { entries };
            prop_assert_eq!(Record::parse(&record.to_bytes()).unwrap(), record);
        }
    }
}
