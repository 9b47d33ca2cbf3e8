//! Requirements files, line by line, as pip reads them.

#![allow(clippy::unwrap_used)]

use rpip_requirement::{FileLine, InvalidLine, LineContent, RequirementsFile};

fn parse(text: &str) -> Result<RequirementsFile, InvalidLine> {
    RequirementsFile::parse(text, "dir/requirements.txt", &|name| {
        (name == "TOKEN").then(|| "user:s3cret".to_owned())
    })
}

/// What the file says, one line each.
fn said(text: &str) -> Vec<String> {
    parse(text)
        .unwrap()
        .lines
        .into_iter()
        .map(|FileLine { line, content }| match content {
            LineContent::Requirement { requirement, hashes, config_settings } => {
                format!("{line} requirement {requirement} {hashes:?} {config_settings:?}")
            }
            LineContent::Reference { text, editable, hashes, config_settings } => {
                let kind = if editable { "editable" } else { "reference" };
                format!("{line} {kind} {text} {hashes:?} {config_settings:?}")
            }
            other => format!("{line} {other:?}"),
        })
        .collect()
}

#[test]
fn a_file_is_read_in_order() {
    let text = "\
# what we need
-r base.txt   # nested
--constraint=constraints.txt
--index-url https://example.org/simple --extra-index-url=https://${TOKEN}@example.org/more

requests[socks]>=2 ; python_version < '4'  # a comment
flask==1.0 \\
    --hash=sha256:aa \\
    --hash sha384:bb -C key=value
foo @ https://example.org/foo#egg=foo
./pkg[extra] --config-settings='a=b c'
git+https://${TOKEN}@example.org/r.git
-e ./here
--editable=git+https://example.org/r.git#egg=r -C x=y
";
    assert_eq!(
        said(text),
        [
            "2 Requirements(\"base.txt\")",
            "3 Constraints(\"constraints.txt\")",
            "4 IndexUrl(\"https://example.org/simple\")",
            "4 ExtraIndexUrl(\"https://user:s3cret@example.org/more\")",
            "6 requirement requests[socks]>=2; python_version < \"4\" [] []",
            "7 requirement flask==1.0 [\"sha256:aa\", \"sha384:bb\"] [\"key=value\"]",
            "10 requirement foo @ https://example.org/foo#egg=foo [] []",
            "11 reference ./pkg[extra] [] [\"a=b c\"]",
            "12 reference git+https://user:s3cret@example.org/r.git [] []",
            "13 editable ./here [] []",
            "14 editable git+https://example.org/r.git#egg=r [] [\"x=y\"]",
        ]
    );
}

#[test]
fn options_may_share_a_line_and_be_abbreviated() {
    for (text, contents) in [
        ("-i a --pypi-url b --index c", vec!["IndexUrl(\"c\")"]),
        ("--extra x --index-url a --no-i", vec!["NoIndex", "IndexUrl(\"a\")", "ExtraIndexUrl(\"x\")"]),
        ("-fdir --find-links 'a b'", vec!["FindLinks(\"dir\")", "FindLinks(\"a b\")"]),
        ("--no-binary :all: --only-binary=a,b", vec!["NoBinary(\":all:\")", "OnlyBinary(\"a,b\")"]),
        ("--pre --prefer-binary", vec!["Pre", "PreferBinary"]),
        ("--require-hashes", vec!["RequireHashes"]),
        ("--no-require-hashes", vec!["NoRequireHashes"]),
        ("--all-releases a --only-final b", vec!["AllReleases(\"a\")", "OnlyFinal(\"b\")"]),
        ("--trusted-host h:80 --use-feature x", vec!["TrustedHost(\"h:80\")", "UseFeature(\"x\")"]),
        // Only the first of these counts, and nothing beside it.
        ("-r a.txt -c b.txt --pre", vec!["Requirements(\"a.txt\")"]),
        ("-e a -e b -r c", vec!["editable a [] []"]),
        // pip obeys these beside a requirement, and no other option.
        ("foo --no-binary foo --pre", vec!["NoBinary(\"foo\")", "requirement foo [] []"]),
        ("-C a=b", vec![]),
        ("-- --pre", vec![]),
    ] {
        let contents: Vec<String> = contents.into_iter().map(|content| format!("1 {content}")).collect();
        assert_eq!(said(text), contents, "{text}");
    }
}

#[test]
fn a_hash_alone_is_worth_a_warning() {
    let file = parse("\n--hash=sha256:aa\n").unwrap();
    assert!(file.lines.is_empty());
    assert_eq!(
        file.warnings,
        ["dir/requirements.txt line 2 has --hash but no requirement, and will be ignored."]
    );
}

#[test]
fn mistakes_are_shown_in_their_line() {
    for (text, place, reason) in [
        (
            "a\nfoo \\\n  bar",
            "2:7",
            "Invalid requirement: Expected semicolon (after name with no version specifier) or end",
        ),
        ("foo=1", "1:4", "(= is not a valid operator. Did you mean == ?)"),
        ("./foo ; os_name = 'x'", "1:17", "Invalid requirement: Expected marker operator"),
        ("foo --unknown", "1:5", "no such option: --unknown"),
        ("-x", "1:1", "no such option: -x"),
        ("--pre --no", "1:7", "ambiguous option: --no (--no-binary, --no-index, --no-require-hashes?)"),
        ("--pre=1", "1:1", "--pre option does not take a value"),
        ("foo --hash", "1:5", "--hash option requires 1 argument"),
        ("foo --hash=aa", "1:5", "Arguments to --hash must be a hash name followed by a value"),
        ("foo --hash=md5:aa", "1:5", "Allowed hash algorithms for --hash are sha256, sha384, sha512."),
        ("foo -C a", "1:5", "Arguments to --config-settings must be of the form KEY=VAL"),
        ("-e 'a", "1:1", "Could not split options"),
    ] {
        let error = parse(text).unwrap_err();
        assert_eq!(format!("{}:{}", error.line, error.column), place, "{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
    assert_eq!(
        parse("# x\nfoo == 1.x\n").unwrap_err().to_string(),
        "dir/requirements.txt:2:5: Invalid requirement: Expected a valid version\n    foo == 1.x\n        ^"
    );
}

#[test]
fn a_message_does_not_tell_the_value_of_a_variable() {
    let error = parse("foo @ https://${TOKEN}@example.org/x y").unwrap_err();
    assert!(!error.to_string().contains("s3cret"));
    assert_eq!(error.text, "foo @ https://${TOKEN}@example.org/x y");
    assert_eq!(error.column, 38);
}

#[test]
fn messages_quote_no_passwords() {
    for (line, shown, caret) in [
        ("--bogus http://u:s3cret@h/", "    --bogus http://u:****@h/", None),
        ("six @ http://u:s3cret@h/ bogus", "    six @ http://u:****@h/ bogus", Some('b')),
        ("six @@ http://u:s3cret@h/", "    six @@ http://u:****@h/", None),
        ("--index-url http://u:s3cret@h/ --bogus=http://u:s3cret@h/", "--bogus=http://u:****@h/", Some('-')),
        ("./x --bogus=http://s3cret@h/", "--bogus=http://****@h/", None),
    ] {
        let error =
            RequirementsFile::parse(line, "http://u:s3cret@h/requirements.txt", &|_| None).unwrap_err();
        let text = error.to_string();
        assert!(!text.contains("s3cret") && text.contains(shown), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let (quoted, marks) = (lines[lines.len() - 2], lines[lines.len() - 1]);
        if let Some(caret) = caret {
            assert_eq!(quoted.chars().nth(marks.find('^').unwrap()), Some(caret), "{text}");
        }
    }
    let error = rpip_requirement::classify_argument("six @@ http://u:s3cret@h/").unwrap_err().to_string();
    assert!(!error.contains("s3cret"), "{error}");
}
