//! Properties that hold for every text: no parser panics, what is shown reads back as the
//! same, and a set of versions holds just the versions that its specifiers match.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use rpip_requirement::{
    DirectReference, ExtraName, Marker, MarkerEnvironment, Requirement, RequirementsFile, SpecifierSet,
    Version, classify_argument, decode,
};

/// Pieces of which requirements are made, so that nonsense comes near to sense.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        "foo",
        "Foo_.bar",
        "[a,b]",
        "[",
        "]",
        "(",
        ")",
        ";",
        "@",
        " ",
        "\t",
        ",",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        "~=",
        "===",
        "1.0",
        "1.0a1.post2.dev3+local.1",
        "2!3",
        ".*",
        "*",
        "18446744073709551615",
        "python_version",
        "python_full_version",
        "os.name",
        "extra",
        "extras",
        "'3.8'",
        "\"x\"",
        "'",
        "\"",
        "\\",
        " and ",
        " or ",
        " in ",
        " not in ",
        "https://e.org/x.whl",
        "./x",
        "git+https://e.org/r@v#egg=foo&subdirectory=s",
        "--hash=sha256:ab",
        "-e ",
        "-r ",
        "--",
        "-",
        "${A}",
        "#",
        "\n",
        "\\\n",
        "\r\n",
        "\u{2028}",
        "é",
        "\u{0}",
        "dev",
        "'\\x4",
        "=",
    ]);
    prop_oneof![9 => fixed.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(piece(), 0..16).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

/// Versions around which specifiers differ.
fn version_text() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec!["0", "1", "2", "10"]);
    let release = prop::collection::vec(number, 1..4).prop_map(|numbers| numbers.join("."));
    let epoch = prop::sample::select(vec!["", "", "", "1!"]);
    let pre = prop::sample::select(vec!["", "", "a0", "a1", "rc1"]);
    let post = prop::sample::select(vec!["", "", ".post0", ".post1"]);
    let dev = prop::sample::select(vec!["", "", ".dev0", ".dev1"]);
    (epoch, release, pre, post, dev)
        .prop_map(|(epoch, release, pre, post, dev)| format!("{epoch}{release}{pre}{post}{dev}"))
}

fn candidate() -> impl Strategy<Value = Version> {
    let local = prop::sample::select(vec!["", "", "+1", "+cu118"]);
    (version_text(), local).prop_map(|(version, local)| format!("{version}{local}").parse().unwrap())
}

fn specifiers() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">=", "~=", "==="]);
    let suffix = prop::sample::select(vec!["", "", ".*", "+cu118"]);
    let clause = (operator, version_text(), suffix)
        .prop_map(|(operator, version, suffix)| format!("{operator}{version}{suffix}"));
    prop::collection::vec(clause, 0..4).prop_map(|clauses| clauses.join(", "))
}

fn environment() -> MarkerEnvironment {
    let text = str::to_owned;
    MarkerEnvironment {
        implementation_name: text("cpython"),
        implementation_version: text("3.12.0+"),
        os_name: text("posix"),
        platform_machine: text("x86_64"),
        platform_python_implementation: text("CPython"),
        platform_release: text("6.1.0-generic"),
        platform_system: text("Linux"),
        platform_version: text("#1 SMP"),
        python_full_version: text("3.12.0+"),
        python_version: text("3.12"),
        sys_platform: text("linux"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_taken_or_refused_with_a_message(text in text()) {
        let extra: ExtraName = "x".parse().unwrap();
        if let Err(error) = text.parse::<Version>() { drop(error.to_string()); }
        if let Err(error) = SpecifierSet::from_metadata(&text) { drop(error.to_string()); }
        if let Err(error) = text.parse::<DirectReference>() { drop(error.to_string()); }
        if let Err(error) = classify_argument(&text) { drop(format!("{error}{:?}", error.hint())); }
        match text.parse::<Marker>() {
            Ok(marker) => {
                marker.evaluate(&environment(), &[]);
                let names = [extra.to_string()];
                let _ = marker.evaluate_locked(&environment(), &names, &names);
                let _ = marker.evaluate_environment(&environment());
            }
            Err(error) => drop(error.to_string()),
        }
        match RequirementsFile::parse(&text, "requirements.txt", &|_| Some("é -e".to_owned())) {
            Ok(file) => prop_assert!(file.lines.is_sorted_by_key(|line| line.line)),
            Err(error) => prop_assert!(error.to_string().starts_with("requirements.txt:")),
        }
    }

    #[test]
    fn any_bytes_are_text_or_refused(bytes in any::<Vec<u8>>(), mark in 0..6_usize) {
        let marks = [b"".as_slice(), b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"# coding: "];
        let bytes = [marks[mark], &bytes].concat();
        if let Err(error) = decode(&bytes, "requirements.txt", "cp1252") { drop(error.to_string()); }
    }

    #[test]
    fn what_a_requirement_shows_reads_back(text in text()) {
        let Ok(requirement) = Requirement::from_metadata(&format!("foo {text}")) else { return Ok(()) };
        let shown = requirement.to_string();
        let again: Requirement = shown.parse().unwrap();
        prop_assert_eq!(again.to_string(), shown);
        prop_assert_eq!(again.extras, requirement.extras);
        prop_assert_eq!(again.marker, requirement.marker);
    }

    #[test]
    fn what_a_marker_shows_reads_back(text in text()) {
        let Ok(marker) = format!("python_version>{text}").parse::<Marker>() else { return Ok(()) };
        prop_assert_eq!(marker.to_string().parse::<Marker>().unwrap(), marker);
    }

    #[test]
    fn versions_show_what_reads_back(version in candidate()) {
        prop_assert_eq!(version.to_string().parse::<Version>().unwrap(), version);
    }

    #[test]
    fn ranges_hold_the_versions_that_match(text in specifiers(), candidates in prop::collection::vec(candidate(), 20)) {
        let Ok(specifiers) = text.parse::<SpecifierSet>() else { return Ok(()) };
        prop_assert_eq!(&specifiers.to_string().parse::<SpecifierSet>().unwrap(), &specifiers);
        let ranges = specifiers.ranges();
        let outside = ranges.complement();
        for version in candidates {
            prop_assert_eq!(ranges.contains(&version), specifiers.contains(&version), "{} {}", specifiers, version);
            prop_assert_eq!(outside.contains(&version), !specifiers.contains(&version));
        }
    }

    #[test]
    fn several_extras_are_asked_one_by_one(text in text()) {
        let Ok(marker) = format!("extra != 'x' and {text}").parse::<Marker>() else { return Ok(()) };
        let (x, y): (ExtraName, ExtraName) = ("x".parse().unwrap(), "y".parse().unwrap());
        let one = |extra: &ExtraName| marker.evaluate(&environment(), std::slice::from_ref(extra));
        prop_assert_eq!(marker.evaluate(&environment(), &[x.clone(), y.clone()]), one(&x) || one(&y));
    }
}

#[test]
fn parentheses_may_be_deep_but_not_without_end() {
    let nested = |depth: usize| format!("foo; {}os_name == 'posix'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(128).parse::<Requirement>().is_ok());
    let error = nested(129).parse::<Requirement>().unwrap_err();
    assert_eq!((error.column, error.reason.as_str()), (134, "More than 128 parentheses are open"));
    assert!(nested(1_000_000).parse::<Requirement>().is_err());
}

#[test]
fn a_message_about_a_very_long_text_is_short() {
    let text = format!("foo{}\u{e9}", " ".repeat(200_000));
    let message = text.parse::<Requirement>().unwrap_err().to_string();
    assert!(message.len() < 1000, "{}", message.len());
    let message = RequirementsFile::parse(&text, "f", &|_| None).unwrap_err().to_string();
    assert!(message.starts_with("f:1:200004: ") && message.len() < 1000);
}

#[test]
fn very_many_clauses_take_no_long_time() {
    let clauses: Vec<String> = (0..20_000).map(|number| format!("!={number}")).collect();
    let specifiers: SpecifierSet = clauses.join(",").parse().unwrap();
    let ranges = specifiers.ranges();
    assert!(!ranges.contains(&"777".parse().unwrap()) && ranges.contains(&"777.1".parse().unwrap()));
    assert_eq!(specifiers.to_sorted_string().len(), clauses.join(",").len());
}
