//! Compares with `pep508_rs` over the real strings of the oracle. Where it is known to be
//! wrong it is not asked: on interpreters that are pre-releases (it turns `python_version`
//! into `python_full_version`) and on self-built ones (`3.12.0+`, which it refuses).

#![allow(clippy::unwrap_used)]

use std::io::Read;

use rpip_requirement::{ExtraName, MarkerEnvironment, Requirement, RequirementSource, SpecifierSet};
use serde_json::Value;

/// The rows that come from published metadata; those behind it were made up.
const REAL_ROWS: usize = 4126;

fn oracle() -> Value {
    let compressed = include_bytes!("data/pep440-pep508.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The environments that both can be asked about.
fn environments(oracle: &Value) -> Vec<(MarkerEnvironment, pep508_rs::MarkerEnvironment)> {
    let rows = oracle["environments"].as_array().unwrap().iter();
    rows.map(|row| (serde_json::from_value::<MarkerEnvironment>(row.clone()).unwrap(), row))
        .filter(|(ours, _)| {
            ours.python_full_version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
        .map(|(ours, row)| (ours, serde_json::from_value(row.clone()).unwrap()))
        .collect()
}

#[test]
fn real_requirements_mean_the_same() {
    let oracle = oracle();
    let environments = environments(&oracle);
    assert_eq!(environments.len(), 10);
    for row in oracle["requirements"].as_array().unwrap().iter().take(REAL_ROWS) {
        let text = row["text"].as_str().unwrap();
        let ours = text.parse::<Requirement>();
        let theirs = text.parse::<pep508_rs::Requirement>();
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{text}");
        let (Ok(ours), Ok(theirs)) = (ours, theirs) else { continue };
        assert_eq!(ours.name.as_str(), theirs.name.as_ref(), "{text}");
        let mut extras: Vec<&str> = theirs.extras.iter().map(AsRef::as_ref).collect();
        extras.sort_unstable();
        assert_eq!(ours.extras.iter().map(ExtraName::as_str).collect::<Vec<_>>(), extras, "{text}");
        match (&ours.source, &theirs.version_or_url) {
            (RequirementSource::Index(specifiers), None) => assert!(specifiers.is_empty(), "{text}"),
            (RequirementSource::Index(ours), Some(pep508_rs::VersionOrUrl::VersionSpecifier(theirs))) => {
                assert_eq!(ours.specifiers().len(), theirs.len(), "{text}");
                // It keeps the clauses in another order.
                let mut shown: Vec<String> = ours.specifiers().iter().map(ToString::to_string).collect();
                let mut expected: Vec<String> =
                    theirs.iter().map(|theirs| theirs.to_string().replace(' ', "")).collect();
                shown.sort_unstable();
                expected.sort_unstable();
                for (shown, expected) in shown.iter().zip(&expected) {
                    assert_eq!(shown.parse::<SpecifierSet>(), expected.parse::<SpecifierSet>(), "{text}");
                }
            }
            (ours, theirs) => assert_eq!(ours.url_text(), theirs.url_text(), "{text}"),
        }
        let asked: Vec<&str> =
            row["extras_tried"].as_array().unwrap().iter().map(|extra| extra.as_str().unwrap()).collect();
        for (environment, their_environment) in &environments {
            assert_eq!(
                ours.applies(environment, &[]),
                theirs.marker.evaluate(their_environment, &[]),
                "{text} {environment:?}"
            );
            for extra in &asked {
                let (Ok(extra), Ok(their_extra)) = (extra.parse(), extra.parse()) else { continue };
                assert_eq!(
                    ours.applies(environment, &[extra]),
                    theirs.marker.evaluate(their_environment, &[their_extra]),
                    "{text} {environment:?}"
                );
            }
        }
    }
}

/// The URL, for both types.
trait UrlText {
    fn url_text(&self) -> Option<String>;
}

impl UrlText for RequirementSource {
    fn url_text(&self) -> Option<String> {
        match self {
            Self::Url(url) => Some(url.to_string()),
            Self::Index(_) => None,
        }
    }
}

impl UrlText for Option<pep508_rs::VersionOrUrl> {
    fn url_text(&self) -> Option<String> {
        match self {
            Some(pep508_rs::VersionOrUrl::Url(url)) => Some(url.to_string()),
            _ => None,
        }
    }
}
