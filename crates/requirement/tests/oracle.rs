//! Compares every row of the oracle (answers of PyPA `packaging` 26.3 to real and edge
//! inputs) with ours. What differs is listed here, with its reason.

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::Read;

use rpip_requirement::{
    ExtraName, Marker, MarkerEnvironment, Requirement, RequirementSource, SpecifierSet, Version,
};
use serde_json::Value;

/// Numbers are of 64 bits here, unbounded there.
const VERSIONS_TOO_LARGE: [&str; 3] =
    ["1.18446744073709551616", "99999999999999999999", "1.0.99999999999999999999999"];
const SPECIFIERS_TOO_LARGE: [&str; 2] = ["==18446744073709551616.0", "<18446744073709551616"];

/// PEP 508 wants a letter or digit at the end of a name; `packaging` takes `_` too.
const NAMES_THAT_END_BADLY: [&str; 1] = ["foo_"];

fn oracle() -> Value {
    let compressed = include_bytes!("data/pep440-pep508.json.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(compressed.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn rows<'a>(oracle: &'a Value, name: &str) -> &'a [Value] {
    oracle[name].as_array().unwrap()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap()
}

fn accepted(row: &Value) -> bool {
    row["ok"].as_bool().unwrap()
}

#[test]
fn versions_agree() {
    let oracle = oracle();
    let rows = rows(&oracle, "versions");
    for row in rows {
        let written = text(row, "text");
        if VERSIONS_TOO_LARGE.contains(&written) {
            assert!(written.parse::<Version>().is_err());
            continue;
        }
        let version = written.parse::<Version>();
        assert_eq!(version.is_ok(), accepted(row), "{written:?}");
        let Ok(version) = version else { continue };
        assert_eq!(version.to_string(), text(row, "norm"), "{written:?}");
        assert_eq!(version.is_prerelease(), row["pre"].as_bool().unwrap(), "{written:?}");
        assert_eq!(version.to_string().parse::<Version>().unwrap(), version);
    }
    let mut previous: Option<Version> = None;
    for group in oracle["equal_groups_in_order"].as_array().unwrap() {
        let members: Vec<Version> = group
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|index| {
                text(&rows[usize::try_from(index.as_u64().unwrap()).unwrap()], "text").parse().ok()
            })
            .collect();
        let Some(first) = members.first().cloned() else { continue };
        assert!(members.iter().all(|member| *member == first), "{members:?}");
        assert!(previous.is_none_or(|previous| previous < first), "{first}");
        previous = Some(first);
    }
}

#[test]
fn specifiers_agree() {
    let oracle = oracle();
    let lists: Vec<Vec<(&str, Option<Version>)>> = rows(&oracle, "version_lists")
        .iter()
        .map(|list| {
            let texts = list.as_array().unwrap().iter().map(|text| text.as_str().unwrap());
            texts.map(|text| (text, text.parse().ok())).collect()
        })
        .collect();
    for row in rows(&oracle, "specifiers") {
        let written = text(row, "text");
        if SPECIFIERS_TOO_LARGE.contains(&written) {
            assert!(written.parse::<SpecifierSet>().is_err());
            continue;
        }
        let set = written.parse::<SpecifierSet>();
        assert_eq!(set.is_ok(), accepted(row), "{written:?}");
        let Ok(set) = set else { continue };
        assert_eq!(set.to_sorted_string(), text(row, "norm"), "{written:?}");
        assert_eq!(set.to_string().parse::<SpecifierSet>().unwrap(), set);
        let ranges = set.ranges();
        let list = &lists[usize::try_from(row["versions"].as_u64().unwrap()).unwrap()];
        for ((candidate, version), expected) in list.iter().zip(text(row, "c").chars()) {
            let Some(version) = version else {
                assert!(expected == 'x' || VERSIONS_TOO_LARGE.contains(candidate), "{candidate}");
                continue;
            };
            let by_text = set.matches_text(candidate);
            assert_eq!(set.contains(version) && by_text, expected == '1', "{written} {candidate}");
            assert_eq!(ranges.contains(version) && by_text, expected == '1', "ranges: {written} {candidate}");
        }
    }
}

/// One character for each environment and, within it, for no extra and each of `extras`:
/// `1` or `0`, and `-` where the extra is no name and so cannot be asked for.
fn evaluated(
    marker: Option<&Marker>,
    environments: &[MarkerEnvironment],
    extras: &[Option<ExtraName>],
) -> String {
    let holds = |environment, extras: &[ExtraName]| match marker
        .is_none_or(|marker| marker.evaluate(environment, extras))
    {
        true => '1',
        false => '0',
    };
    let mut answers = String::new();
    for environment in environments {
        answers.push(holds(environment, &[]));
        answers.extend(extras.iter().map(|extra| match extra {
            Some(extra) => holds(environment, std::slice::from_ref(extra)),
            None => '-',
        }));
    }
    answers
}

#[test]
fn requirements_agree() {
    let oracle = oracle();
    let environments: Vec<MarkerEnvironment> = rows(&oracle, "environments")
        .iter()
        .map(|row| serde_json::from_value(row.clone()).unwrap())
        .collect();
    let mut differences = Vec::new();
    for row in rows(&oracle, "requirements") {
        let written = text(row, "text");
        let requirement = written.parse::<Requirement>();
        if requirement.is_ok() != accepted(row) {
            differences.push(written);
            continue;
        }
        let Ok(requirement) = requirement else { continue };
        assert_eq!(requirement.name.as_str(), text(row, "name"), "{written:?}");
        let extras: Vec<&str> = requirement.extras.iter().map(ExtraName::as_str).collect();
        assert_eq!(serde_json::json!(extras), row["extras"], "{written:?}");
        match &requirement.source {
            RequirementSource::Index(specifiers) => {
                assert_eq!(row["url"], Value::Null, "{written:?}");
                assert_eq!(specifiers.to_sorted_string(), row["spec"].as_str().unwrap_or(""), "{written:?}");
            }
            RequirementSource::Url(url) => assert_eq!(**url, *text(row, "url"), "{written:?}"),
        }
        let marker = requirement.marker.as_ref();
        assert_eq!(marker.map(Marker::to_string).as_deref(), row["marker"].as_str(), "{written:?}");
        let tried: Vec<Option<ExtraName>> = row["extras_tried"]
            .as_array()
            .unwrap()
            .iter()
            .map(|extra| extra.as_str().unwrap().parse().ok())
            .collect();
        let answers = evaluated(marker, &environments, &tried);
        // What the oracle cannot evaluate is false here.
        let expected: String =
            text(row, "m").chars().map(|answer| if answer == 'e' { '0' } else { answer }).collect();
        assert_eq!(answers.len(), expected.len());
        let agrees =
            answers.chars().zip(expected.chars()).all(|(ours, theirs)| ours == theirs || ours == '-');
        assert!(agrees, "{written:?}: {answers} {expected}");
        let shown = requirement.to_string();
        assert_eq!(shown.parse::<Requirement>().unwrap().to_string(), shown);
    }
    assert_eq!(differences, NAMES_THAT_END_BADLY);
}

#[test]
fn texts_from_metadata_mean_the_same_or_are_repaired() {
    let oracle = oracle();
    let mut repaired: HashMap<&str, String> = HashMap::new();
    for row in rows(&oracle, "specifiers") {
        let written = text(row, "text");
        match (SpecifierSet::from_metadata(written), written.parse::<SpecifierSet>()) {
            (Ok(lenient), Ok(strict)) => assert_eq!(lenient, strict, "{written}"),
            (Ok(lenient), Err(_)) => drop(repaired.insert(written, lenient.to_string())),
            (Err(_), strict) => assert!(strict.is_err(), "{written}"),
        }
    }
    for row in rows(&oracle, "requirements") {
        let written = text(row, "text");
        match (Requirement::from_metadata(written), written.parse::<Requirement>()) {
            (Ok(lenient), Ok(strict)) => assert_eq!(lenient, strict, "{written}"),
            (Ok(lenient), Err(_)) => drop(repaired.insert(written, lenient.to_string())),
            (Err(_), strict) => assert!(strict.is_err(), "{written}"),
        }
    }
    let expected = HashMap::from(
        [
            // Quotes.
            (">= '2.7'", ">=2.7"),
            (">'1.0'", ">1.0"),
            (">=\"1.0\"", ">=1.0"),
            // The lower end of a prefix.
            (">=2.7.*", ">=2.7"),
            (">=3.6.*", ">=3.6"),
            (">=1.*", ">=1"),
            ("<1.*", "<1"),
            (">=1.0.*,<2", ">=1.0,<2"),
            ("foo>=1.*", "foo>=1"),
            // A missing dot, a missing comma, `!=~`.
            (">=2.7,!=3.0*,!=3.1*,!=3.2*", ">=2.7,!=3.0.*,!=3.1.*,!=3.2.*"),
            (">=1.0 <2.0", ">=1.0,<2.0"),
            ("foo >=1.0 <2.0", "foo<2.0,>=1.0"),
            ("jupyter-core!=~5.0,>=4.12", "jupyter-core!=5.0.*,>=4.12"),
            // Above `dev` was every version.
            (">dev", ""),
            (">=dev", ""),
            ("foo>dev", "foo"),
            ("foo (>dev)", "foo"),
            ("pytz (>dev)", "pytz"),
        ]
        .map(|(written, meaning): (&str, &str)| (written, meaning.to_owned())),
    );
    assert_eq!(repaired, expected);
}
