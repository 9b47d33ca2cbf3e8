//! RECORD: the list of installed files (recording installed projects specification, PEP 376, 427).

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
    /// Parses the bytes (CSV as Python's `csv` module reads and writes it).
    pub fn parse(_bytes: &[u8]) -> Result<Self, InvalidRecord> {
        todo!()
    }

    /// Writes rows as Python's `csv.writer` does, with `\n` line ends.
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!()
    }
}
