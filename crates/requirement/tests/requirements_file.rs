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
        ("--extra x --index-url a", vec!["IndexUrl(\"a\")", "ExtraIndexUrl(\"x\")"]),
        // pip passes over indexes beside `--no-index`, and over all but the first `--find-links` of a line.
        ("--extra x --index-url a --no-i", vec!["NoIndex"]),
        ("-f'a b' --find-links c", vec!["FindLinks(\"a b\")"]),
        ("--no-binary :all: --only-binary=a,b", vec!["NoBinary(\":all:\")", "OnlyBinary(\"a,b\")"]),
        ("--pre --prefer-binary", vec!["Pre", "PreferBinary"]),
        ("--require-hashes", vec!["RequireHashes"]),
        ("--no-require-hashes", vec!["NoRequireHashes"]),
        ("--all-releases a --only-final b", vec!["AllReleases(\"a\")", "OnlyFinal(\"b\")"]),
        (
            "--trusted-host h:80 --use-feature=fast-deps",
            vec!["TrustedHost(\"h:80\")", "UseFeature(\"fast-deps\")"],
        ),
        ("--no-binary=x --require-hashes -e a", vec!["NoBinary(\"x\")", "editable a [] []"]),
        // Only the first of these counts, and nothing beside it.
        ("-r a.txt -c b.txt --pre", vec!["Requirements(\"a.txt\")"]),
        ("-e a -e b -r c", vec!["editable a [] []"]),
        ("foo -e bar -C a=b --hash=sha256:aa", vec!["editable foo [] [\"a=b\"]"]),
        ("foo --hash sha256: - bar", vec!["requirement foo [\"sha256:\"] []"]),
        ("- --pre x", vec!["Pre"]),
        ("-r=x", vec!["Requirements(\"=x\")"]),
        ("--requirement=", vec!["Requirements(\"\")"]),
        ("-e a\\\\b", vec!["editable a\\b [] []"]),
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

/// A line that is refused: the file, the place and reason, and the quoted line with its caret.
#[track_caller]
fn refused(cases: &[(&str, &str, &str, &str)]) {
    for (text, place, reason, quoted) in cases {
        let error = parse(text).unwrap_err();
        let (_, column) = place.split_once(':').unwrap();
        let caret = format!("{:>width$}", '^', width = column.parse::<usize>().unwrap());
        let expected = format!("dir/requirements.txt:{place}: {reason}\n    {quoted}\n    {caret}");
        assert_eq!(error.to_string(), expected, "{text}");
    }
}

#[test]
fn mistakes_in_options_are_shown_in_their_line() {
    refused(&[
        ("foo --unknown", "1:5", "no such option: --unknown", "foo --unknown"),
        ("foo ---", "1:5", "no such option: ---", "foo ---"),
        ("-x", "1:1", "no such option: -x", "-x"),
        ("--pre -Ux", "1:7", "no such option: -U", "--pre -Ux"),
        (
            "--pre --no",
            "1:7",
            "ambiguous option: --no (--no-binary, --no-index, --no-require-hashes?)",
            "--pre --no",
        ),
        ("--require", "1:1", "ambiguous option: --require (--require-hashes, --requirement?)", "--require"),
        ("--e x", "1:1", "ambiguous option: --e (--editable, --extra-index-url?)", "--e x"),
        ("--pre=1", "1:1", "--pre option does not take a value", "--pre=1"),
        ("--no-ind=", "1:1", "--no-index option does not take a value", "--no-ind="),
        ("foo --hash", "1:5", "--hash option requires 1 argument", "foo --hash"),
        ("--pre -i", "1:7", "-i option requires 1 argument", "--pre -i"),
        ("--index", "1:1", "--index-url option requires 1 argument", "--index"),
        ("-e", "1:1", "-e option requires 1 argument", "-e"),
        ("-r", "1:1", "-r option requires 1 argument", "-r"),
        (
            "foo --hash=aa",
            "1:5",
            "Arguments to --hash must be a hash name followed by a value, like --hash=sha256:abcde...",
            "foo --hash=aa",
        ),
        (
            "foo --hash md5:aa",
            "1:5",
            "Allowed hash algorithms for --hash are sha256, sha384, sha512.",
            "foo --hash md5:aa",
        ),
        ("foo -C a", "1:5", "Arguments to -C must be of the form KEY=VAL", "foo -C a"),
        (
            "foo --config a",
            "1:5",
            "Arguments to --config-settings must be of the form KEY=VAL",
            "foo --config a",
        ),
        (
            "--no-binary -x",
            "1:1",
            "--no-binary / --only-binary option requires 1 argument.",
            "--no-binary -x",
        ),
        (
            "--only-binary=-x",
            "1:1",
            "--no-binary / --only-binary option requires 1 argument.",
            "--only-binary=-x",
        ),
        (
            "--all-releases -x",
            "1:1",
            "--all-releases / --only-final option requires 1 argument.",
            "--all-releases -x",
        ),
        (
            "--only-final=-",
            "1:1",
            "--all-releases / --only-final option requires 1 argument.",
            "--only-final=-",
        ),
        (
            "--use-feature x",
            "1:1",
            "option --use-feature: invalid choice: 'x' (choose from 'fast-deps', 'inprocess-build-deps', \
             'venv-isolation', 'truststore', 'no-binary-enable-wheel-cache', 'build-constraint')",
            "--use-feature x",
        ),
        ("-e 'a", "1:1", "Could not split options: a quote or a backslash is left open", "-e 'a"),
        (
            "foo --hash=\"a",
            "1:5",
            "Could not split options: a quote or a backslash is left open",
            "foo --hash=\"a",
        ),
        ("-e a\\ # x", "1:1", "Could not split options: a quote or a backslash is left open", "-e a\\"),
    ]);
}

const EXPECTED: &str = "Invalid requirement: Expected";

#[test]
fn mistakes_in_requirements_are_shown_in_their_line() {
    refused(&[
        (
            "foo bar",
            "1:5",
            &format!("{EXPECTED} semicolon (after name with no version specifier) or end"),
            "foo bar",
        ),
        (
            "foo=1",
            "1:4",
            &format!(
                "{EXPECTED} semicolon (after name with no version specifier) or end (= is not a valid operator. Did \
                 you mean == ?)"
            ),
            "foo=1",
        ),
        (
            "foo\t--pre",
            "1:5",
            &format!("{EXPECTED} semicolon (after name with no version specifier) or end"),
            "foo\t--pre",
        ),
        (
            "foo>=1 bar",
            "1:8",
            &format!(
                "{EXPECTED} comma (within version specifier), semicolon (after version specifier) or end"
            ),
            "foo>=1 bar",
        ),
        ("foo==1.x", "1:4", &format!("{EXPECTED} a valid version"), "foo==1.x"),
        ("foo>=", "1:4", &format!("{EXPECTED} a version after the operator"), "foo>="),
        (
            "foo>=1.*",
            "1:4",
            "Invalid requirement: .* suffix can only be used with `==` or `!=` operators",
            "foo>=1.*",
        ),
        (
            "foo>1+local",
            "1:4",
            "Invalid requirement: Local version label can only be used with `==` or `!=` operators",
            "foo>1+local",
        ),
        (
            "foo (>=1",
            "1:5",
            &format!("{EXPECTED} matching right parenthesis for left parenthesis, after version specifier"),
            "foo (>=1",
        ),
        (
            "foo[a",
            "1:4",
            &format!("{EXPECTED} matching right bracket for left bracket, after extras"),
            "foo[a",
        ),
        ("foo[a,]", "1:7", &format!("{EXPECTED} extra name after comma"), "foo[a,]"),
        ("foo[a b]", "1:7", &format!("{EXPECTED} comma between extra names"), "foo[a b]"),
        ("foo-", "1:1", &format!("{EXPECTED} a name that ends with a letter or digit"), "foo-"),
        ("???", "1:1", &format!("{EXPECTED} package name at the start of dependency specifier"), "???"),
        (
            "; os_name == 'nt'",
            "1:1",
            &format!("{EXPECTED} package name at the start of dependency specifier"),
            "; os_name == 'nt'",
        ),
        ("foo @", "1:6", &format!("{EXPECTED} URL after @"), "foo @"),
        (
            "foo @ https://e.org/a b",
            "1:23",
            &format!("{EXPECTED} semicolon (after URL and whitespace) or end"),
            "foo @ https://e.org/a b",
        ),
    ]);
}

#[test]
fn mistakes_in_markers_and_references_are_shown_in_their_line() {
    refused(&[
        (
            "foo; os_name",
            "1:13",
            &format!("{EXPECTED} marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in"),
            "foo; os_name",
        ),
        (
            "foo; os == 'nt'",
            "1:6",
            &format!("{EXPECTED} a marker variable or quoted string"),
            "foo; os == 'nt'",
        ),
        ("foo; os_name == 'nt", "1:17", &format!("{EXPECTED} a closing quote"), "foo; os_name == 'nt"),
        ("foo; os_name not 'nt'", "1:17", &format!("{EXPECTED} 'in' after 'not'"), "foo; os_name not 'nt'"),
        (
            "foo; os_name == 'nt' x",
            "1:22",
            &format!("{EXPECTED} 'and', 'or' or the end of the marker"),
            "foo; os_name == 'nt' x",
        ),
        (
            "foo; (os_name == 'nt'",
            "1:6",
            &format!("{EXPECTED} matching right parenthesis for left parenthesis, after marker expression"),
            "foo; (os_name == 'nt'",
        ),
        (
            "./foo ; os_name = 'x'",
            "1:17",
            &format!("{EXPECTED} marker operator, one of <=, <, !=, ==, >=, >, ~=, ===, in, not in"),
            "./foo ; os_name = 'x'",
        ),
        (
            "./foo[-]",
            "1:7",
            "Invalid requirement: '-' is not a valid name: use letters, digits, '.', '-' and '_', with a letter or digit \
             at both ends",
            "./foo[-]",
        ),
        (
            "git+https://e.org/r#egg=-x",
            "1:25",
            &format!("{EXPECTED} #egg=name, or name @ URL"),
            "git+https://e.org/r#egg=-x",
        ),
    ]);
}

#[test]
fn mistakes_are_shown_where_the_line_begins() {
    refused(&[
        (
            "\n# x\n  foo \\\n  bar # y\n",
            "3:7",
            &format!("{EXPECTED} semicolon (after name with no version specifier) or end"),
            "foo   bar",
        ),
        ("a\u{2028}é --x", "2:3", "no such option: --x", "é --x"),
        ("foo==${TOKEN} bar", "1:4", &format!("{EXPECTED} a valid version"), "foo==${TOKEN} bar"),
    ]);
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
