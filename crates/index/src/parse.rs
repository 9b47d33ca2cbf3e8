//! From the body of a page to its record. What the body is decides how it is read, whatever its header says.

use requirement::ProjectName;

use crate::record::RecordWriter;
use crate::{IndexError, html, json, location};

/// Reads a page of `project`. `url` is where it came from (references are relative to it, unless the page says
/// otherwise); it is shown in errors.
pub(crate) fn read_page(body: &[u8], url: &str, project: &ProjectName) -> Result<Vec<u8>, IndexError> {
    let shown = || network::redacted(url);
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut writer = RecordWriter::new(project);
    let facts = match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => json::scan(body, |file| writer.add(file))
            .map_err(|error| IndexError::Page { url: shown(), reason: error.to_string() })?,
        None => html::PageFacts::default(),
        Some(_) if memchr::memchr(b'<', body).is_some() => {
            html::scan(&html::text(body), |file| writer.add(file))
        }
        Some(_) => {
            let reason =
                "it is neither HTML nor JSON; is this the URL of a simple index (as https://host/simple/)?";
            return Err(IndexError::Page { url: shown(), reason: reason.to_owned() });
        }
    };
    if let Some(version) = facts.api_version.filter(|version| !is_understood(version)) {
        return Err(IndexError::ApiVersion { url: shown(), version });
    }
    if let Some(status) = facts.status.as_ref().filter(|status| status.status == "quarantined") {
        let (project, reason) = (project.clone(), status.reason.clone());
        return Err(IndexError::Quarantined { project, url: shown(), reason });
    }
    // A base that cannot be used (a `file:` on a page from elsewhere) is as none.
    let base = facts.base.and_then(|base| location::absolute(url, &base));
    Ok(writer.finish(base.as_deref().unwrap_or(url), facts.status))
}

/// PEP 629: a client refuses another major version; what is no version at all is no reason to refuse.
fn is_understood(version: &str) -> bool {
    let major = version.trim().split('.').next().unwrap_or_default();
    major.parse::<u64>().map_or(true, |major| major <= 1)
}
