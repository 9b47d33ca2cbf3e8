//! Forms that were sent (multipart/form-data, RFC 7578), taken apart.

use crate::Request;

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    /// Its name.
    pub name: String,
    /// The file name, where it is a file.
    pub filename: Option<String>,
    /// Its content.
    pub content: Vec<u8>,
}

impl FormField {
    /// The content as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

impl Request {
    /// The fields of the form that it carries, in order.
    ///
    /// # Panics
    /// If it carries none, or one that is not as it should be.
    pub fn form(&self) -> Vec<FormField> {
        let content_type = self.header("content-type").unwrap();
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let end = format!("\r\n--{boundary}--\r\n");
        let body = self.body.strip_suffix(end.as_bytes()).unwrap();
        let body = [b"\r\n".as_slice(), body].concat();
        let separator = format!("\r\n--{boundary}\r\n");
        split(&body, separator.as_bytes()).skip(1).map(field).collect()
    }
}

fn field(part: &[u8]) -> FormField {
    let mut halves = split(part, b"\r\n\r\n");
    let head = String::from_utf8(halves.next().unwrap().to_vec()).unwrap();
    let content = part[head.len() + 4..].to_vec();
    let disposition = head.lines().next().unwrap().strip_prefix("Content-Disposition: form-data; ").unwrap();
    let value = |name: &str| {
        let parts = disposition.split("; ").filter_map(|part| part.split_once('='));
        let (_, value) = parts.into_iter().find(|(key, _)| *key == name)?;
        Some(value.trim_matches('"').to_owned())
    };
    FormField { name: value("name").unwrap(), filename: value("filename"), content }
}

fn split<'a>(text: &'a [u8], separator: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        match current.windows(separator.len()).position(|window| window == separator) {
            Some(at) => {
                rest = Some(&current[at + separator.len()..]);
                Some(&current[..at])
            }
            None => rest.take(),
        }
    })
}
