//! Whole documents by URL, as requirements files are given: `http:`, `https:`, and `file:` (RFC 8089).

use std::io::Read;

use url::Url;

use crate::credentials::redacted_broadly;
use crate::{Client, NetworkError};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Where it came from, after redirects; without credentials. References in it are relative to this.
    pub url: String,
    /// Its bytes, decompressed.
    pub content: Vec<u8>,
    /// The charset that the server names, in lower case.
    pub charset: Option<String>,
}

impl Client {
    /// The document at `url`, of at most `limit` bytes. It is asked for as everything is: with the credentials for its server,
    /// through the proxy, and again where that may help.
    pub async fn document(&self, url: &str, limit: u64) -> Result<Document, NetworkError> {
        if url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:")) {
            let text = url.to_owned();
            let read = tokio::task::spawn_blocking(move || read_file(&text, limit));
            return read.await.unwrap_or_else(|_| Err(failed(url, "the program is ending")));
        }
        let mut answer = self.get_complete(url, &[], limit).await?;
        let content = std::mem::take(&mut answer.body);
        let charset = answer.header("content-type").and_then(charset);
        Ok(Document { url: answer.url().to_owned(), content, charset })
    }
}

fn failed(path: &str, reason: impl ToString) -> NetworkError {
    NetworkError::File { path: path.to_owned(), reason: reason.to_string() }
}

fn read_file(url: &str, limit: u64) -> Result<Document, NetworkError> {
    let invalid = |reason: String| NetworkError::InvalidUrl { url: redacted_broadly(url), reason };
    let parsed = Url::parse(url).map_err(|error| invalid(error.to_string()))?;
    let path = parsed.to_file_path().map_err(|()| invalid("it names no file of this machine".to_owned()))?;
    let shown = path.display().to_string();
    let file = std::fs::File::open(&path).map_err(|error| failed(&shown, error))?;
    let mut content = Vec::new();
    // Its length now is no bound: it may be a pipe, or grow.
    file.take(limit.saturating_add(1)).read_to_end(&mut content).map_err(|error| failed(&shown, error))?;
    if content.len() as u64 > limit {
        return Err(NetworkError::TooLarge { url: url.to_owned(), limit });
    }
    Ok(Document { url: url.to_owned(), content, charset: None })
}

/// The `charset` of a `Content-Type` (RFC 9110, 8.3).
fn charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let (_, value) = parameters.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    let value = value.trim().trim_matches('"').to_ascii_lowercase();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charsets_are_found_in_content_types() {
        for (text, found) in [
            ("text/plain; charset=UTF-8", Some("utf-8")),
            ("text/plain;format=flowed; Charset=\"latin-1\"", Some("latin-1")),
            ("text/plain", None),
            ("text/plain; charset=", None),
            ("charset=utf-8", None),
        ] {
            assert_eq!(charset(text).as_deref(), found, "{text}");
        }
    }
}
