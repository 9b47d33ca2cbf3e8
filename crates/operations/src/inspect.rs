//! `inspect`: all that is known of what is installed, as pip's report (version 1).

use ::cache::Cache;
use ::install::InfoKind;
use distribution::{DirectUrl, DirectUrlKind, metadata_json};
use python::Environment;
use serde_json::{Map, Value, json};
use url::Url;

use crate::report;
use crate::{ListOptions, ListedDistribution, OperationError, list_distributions};

/// The report, and what pip warns of.
pub fn inspect(
    environment: &Environment,
    cache: &Cache,
    options: &ListOptions,
) -> Result<(Value, Vec<String>), OperationError> {
    let listing = list_distributions(environment, cache, options)?;
    let installed: Vec<Value> = listing.distributions.iter().map(described).collect();
    let report = json!({
        "version": "1",
        "pip_version": env!("CARGO_PKG_VERSION"),
        "installed": installed,
        "environment": report::environment(environment),
    });
    Ok((report, listing.warnings))
}

fn described(listed: &ListedDistribution) -> Value {
    let distribution = &listed.distribution;
    let bytes = distribution.metadata_bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
    let mut object = Map::new();
    object.insert("metadata".to_owned(), metadata_json(&text));
    object.insert("metadata_location".to_owned(), distribution.info.display().to_string().into());
    let direct_url = distribution.direct_url().or_else(|| developed(listed));
    if let Some(direct_url) = direct_url {
        object.insert("direct_url".to_owned(), direct_url.download_info());
    }
    if let Some(installer) = distribution.installer() {
        object.insert("installer".to_owned(), installer.into());
    }
    if distribution.kind() == InfoKind::DistInfo {
        object.insert("requested".to_owned(), distribution.requested().into());
    }
    object.into()
}

/// What direct_url.json would say of a project that `setup.py develop` installed.
fn developed(listed: &ListedDistribution) -> Option<DirectUrl> {
    let url = Url::from_file_path(listed.editable_location.as_ref()?).ok()?;
    let kind = DirectUrlKind::Directory { editable: true };
    Some(DirectUrl { url: url.to_string(), subdirectory: None, kind })
}
