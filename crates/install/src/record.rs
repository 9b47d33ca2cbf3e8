//! The RECORD of an installed distribution (PEP 376, 627): every file with its hash, relative to the library
//! directory, sorted as pip sorts.

use distribution::{Sha256, write_record_row};

/// A row to be written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    path: String,
    /// Hash and size; neither for bytecode and for RECORD itself.
    content: Option<(Sha256, u64)>,
}

/// Collects the rows of one distribution.
#[derive(Debug, Default)]
pub(crate) struct RecordWriter {
    rows: Vec<Row>,
}

impl RecordWriter {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { rows: Vec::with_capacity(rows) }
    }

    /// A file whose content is known.
    pub(crate) fn file(&mut self, path: String, sha256: Sha256, size: u64) {
        self.rows.push(Row { path, content: Some((sha256, size)) });
    }

    /// Bytecode, or RECORD itself.
    pub(crate) fn unhashed(&mut self, path: String) {
        self.rows.push(Row { path, content: None });
    }

    /// The content of RECORD.
    pub(crate) fn finish(mut self) -> String {
        // Nearly sorted already: the manifest is.
        self.rows.sort();
        self.rows.dedup_by(|one, other| one.path == other.path);
        let mut text = String::with_capacity(self.rows.len() * 128);
        for row in &self.rows {
            let hash = row.content.map(|(sha256, _)| format!("sha256={}", sha256.record_text()));
            write_record_row(&mut text, &row.path, hash.as_deref(), row.content.map(|(_, size)| size));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_and_quoted() {
        let mut writer = RecordWriter::default();
        writer.file("b,c.py".to_owned(), Sha256::of(b"x"), 1);
        writer.unhashed("a-1.dist-info/RECORD".to_owned());
        writer.file("../../../bin/a".to_owned(), Sha256::of(b""), 0);
        assert_eq!(
            writer.finish(),
            "../../../bin/a,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\n\
             a-1.dist-info/RECORD,,\r\n\
             \"b,c.py\",sha256=LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE,1\r\n"
        );
    }
}
