//! `--report`: what an installation did, or would do, as pip's installation report (version 1).

use distribution::{DirectUrl, DirectUrlKind, Yanked, metadata_json};
use python::Environment;
use resolver::ResolvedPin;
use serde_json::{Map, Value, json};

use crate::OperationError;
use crate::plan::Plan;
use crate::stage::{Source, Staging};

/// The report, ready to be written as JSON.
#[derive(Debug, Clone)]
pub struct Report(pub Value);

impl Report {
    /// Of what `plan` installs.
    pub(crate) fn of(plan: &Plan, work: &Staging<'_>) -> Result<Self, OperationError> {
        let pins = plan.install.iter().chain(&plan.replace);
        let install = pins.map(|pin| item(pin, work)).collect::<Result<Vec<Value>, _>>()?;
        Ok(Self(json!({
            "version": "1",
            "pip_version": env!("CARGO_PKG_VERSION"),
            "install": install,
            "environment": environment(work.environment),
        })))
    }
}

/// One distribution that is installed.
fn item(pin: &ResolvedPin, work: &Staging<'_>) -> Result<Value, OperationError> {
    let (download, is_direct, is_yanked, metadata) = match work.source(pin)? {
        Source::Direct(url) => {
            let wheel = work.preparer.direct(&pin.name).and_then(|direct| direct.wheel.as_ref());
            let metadata = wheel.map(cache::CachedWheel::metadata_text).transpose()?;
            (url, true, false, metadata.unwrap_or_default())
        }
        Source::Index(candidate) => {
            let artifact = &candidate.artifact;
            let hash = work.preparer.hash(&candidate)?;
            let kind =
                DirectUrlKind::Archive { hashes: vec![(hash.algorithm.to_string(), hash.hex.to_string())] };
            let url = DirectUrl { url: quoted(&artifact.url), subdirectory: None, kind };
            let is_yanked = artifact.yanked != Yanked::No;
            (url, false, is_yanked, work.preparer.metadata_text(&candidate)?)
        }
    };
    let mut item = Map::new();
    item.insert("download_info".to_owned(), download.download_info());
    item.insert("is_direct".to_owned(), is_direct.into());
    item.insert("is_yanked".to_owned(), is_yanked.into());
    item.insert("requested".to_owned(), pin.requested.into());
    item.insert("metadata".to_owned(), metadata_json(&metadata));
    if pin.requested && !pin.extras.is_empty() {
        let extras: Vec<&str> = pin.extras.iter().map(|extra| extra.as_str()).collect();
        item.insert("requested_extras".to_owned(), extras.into());
    }
    Ok(item.into())
}

/// The URL of an index's file as pip writes it: what is not plain in its path in percent signs, once.
fn quoted(url: &str) -> String {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let start = url[start..].find('/').map_or(url.len(), |slash| start + slash);
    let end = url.find(['?', '#']).map_or(url.len(), |end| end.max(start));
    let mut quoted = url[..start].to_owned();
    for character in url[start..end].chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '/' | '@' | '%' | '-' | '.' | '_' | '~' => {
                quoted.push(character)
            }
            other => {
                let mut bytes = [0; 4];
                let bytes = other.encode_utf8(&mut bytes).bytes();
                quoted.extend(bytes.map(|byte| format!("%{byte:02X}")));
            }
        }
    }
    quoted + &url[end..]
}

/// The values of markers (PEP 508) in the order of `packaging`.
pub(crate) fn environment(environment: &Environment) -> Value {
    let markers = &environment.interpreter.facts.markers;
    json!({
        "implementation_name": markers.implementation_name,
        "implementation_version": markers.implementation_version,
        "os_name": markers.os_name,
        "platform_machine": markers.platform_machine,
        "platform_release": markers.platform_release,
        "platform_system": markers.platform_system,
        "platform_version": markers.platform_version,
        "python_full_version": markers.python_full_version,
        "platform_python_implementation": markers.platform_python_implementation,
        "python_version": markers.python_version,
        "sys_platform": markers.sys_platform,
    })
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn paths_are_quoted_once() {
        for (url, expected) in [
            ("https://example.org/a-1.0+local.whl", "https://example.org/a-1.0%2Blocal.whl"),
            ("https://example.org/a-1.0%2Blocal.whl", "https://example.org/a-1.0%2Blocal.whl"),
            (
                "http://me@example.org:8080/x y/\u{e9}.whl?a+b",
                "http://me@example.org:8080/x%20y/%C3%A9.whl?a+b",
            ),
            ("http://example.org", "http://example.org"),
        ] {
            assert_eq!(quoted(url), expected);
        }
    }
}
