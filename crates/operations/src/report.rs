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
            let url = DirectUrl { url: artifact.url.to_string(), subdirectory: None, kind };
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
