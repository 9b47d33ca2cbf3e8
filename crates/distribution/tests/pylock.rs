//! Lock files (PEP 751): read, refused, written and selected from as pip 26.3 does it.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use requirement::MarkerEnvironment;
use rpip_distribution::{
    InterpreterTags, Libc, LockTarget, LockedChoice, LockedPackage, LockedPlace, Platform, Pylock,
    SupportedTags,
};

/// All that a lock file can say, as pip writes it.
const FULL: &str = r#"lock-version = "1.0"
environments = [
    "sys_platform == \"win32\"",
    "sys_platform == \"linux\"",
]
requires-python = "!=3.10.1,<4,>=3.9"
extras = [
    "doc",
]
dependency-groups = [
    "dev",
    "Lint",
]
default-groups = [
    "dev",
]
created-by = "me \"é\"\n\u0001"

[[packages]]
name = "a-b"
version = "1.0"
marker = "\"doc\" in extras or os_name == \"nt\""
requires-python = ">=3.8"
dependencies = [
    { name = "c" },
    { name = "d", version = "2" },
]
index = "https://example.org/simple"
attestation-identities = [
    { kind = "GitHub", repository = "x/y" },
]

[packages.sdist]
name = "a_b-1.0.tar.gz"
upload-time = 2024-01-02 03:04:05.678900+00:00
url = "https://example.org/a_b-1.0.tar.gz"
size = 12

[packages.sdist.hashes]
sha256 = "00"
md5 = "11"

[[packages.wheels]]
url = "https://example.org/files/a_b-1.0-py3-none-any.whl"

[packages.wheels.hashes]
sha256 = "1f825aa2f8211ddd2d48c3d4b2f2f3c1a1f1f5fcb6bb7c9bc3a2ff2bd1ed52ca"

[packages.tool.x]
y = [
    1,
    2.5,
    1e+100,
    true,
    [],
    {},
]

[[packages]]
name = "c"
wheels = [
    { path = "c-2-py3-none-any.whl", hashes = { sha256 = "00" } },
]

[[packages]]
name = "d"

[packages.vcs]
type = "git"
url = "https://example.org/d.git"
requested-revision = "main"
commit-id = "0123"
subdirectory = "s"

[[packages]]
name = "e"

[packages.directory]
path = "./e"
editable = true

[[packages]]
name = "f"
version = "3"

[packages.archive]
path = "f.zip"
size = 1

[packages.archive.hashes]
sha256 = "00"

[tool.me]
"k v" = "v"

[tool.empty]
"#;

#[test]
fn what_is_read_is_written_again_as_pip_writes_it() {
    let lock = Pylock::parse(FULL, "pylock.toml").unwrap();
    assert_eq!(lock.to_toml(), FULL);
    assert_eq!(lock.validate("pylock.toml"), Ok(()));
    assert_eq!(lock.warning(), None);
    assert_eq!(lock.packages[0].sdist.as_ref().unwrap().size, Some(12));
    assert!(!lock.packages[0].is_direct() && lock.packages[2].is_direct());
    for (written, read) in [
        ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05+00:00"),
        ("2024-01-02T03:04:05.1-07:30", "2024-01-02 03:04:05.100000-07:30"),
        ("2024-01-02 03:04:05", "2024-01-02 03:04:05"),
    ] {
        let lock = FULL.replace("2024-01-02 03:04:05.678900+00:00", written);
        assert!(Pylock::parse(&lock, "x").unwrap().to_toml().contains(&format!("upload-time = {read}\n")));
    }
}

#[test]
fn packages_are_sorted_by_name() {
    let packages = ["b", "a-c", "a"].map(|name| LockedPackage::new(name.parse().unwrap())).to_vec();
    let lock = Pylock::of_packages("rpip", packages);
    assert_eq!(
        lock.to_toml(),
        "lock-version = \"1.0\"\ncreated-by = \"rpip\"\npackages = [\n    { name = \"a\" },\n    { name = \"a-c\" },\n    \
         { name = \"b\" },\n]\n"
    );
    assert_eq!(
        lock.validate("x").unwrap_err().to_string(),
        "Invalid pylock file 'x': Exactly one of vcs, directory, archive must be set if sdist and wheels are not set \
         in 'packages[0]'"
    );
    let empty = Pylock::of_packages("rpip", Vec::new()).to_toml();
    assert_eq!(empty, "lock-version = \"1.0\"\ncreated-by = \"rpip\"\npackages = []\n");
}

#[test]
fn later_minor_versions_are_worth_a_warning() {
    for (version, warning) in [
        ("1", None),
        ("1.0", None),
        ("1.1", Some("pylock minor version 1.1 is not supported")),
        ("1.0.post1", Some("pylock minor version 1.0.post1 is not supported")),
    ] {
        let text = format!("lock-version = '{version}'\ncreated-by = 'x'\npackages = []");
        assert_eq!(Pylock::parse(&text, "x").unwrap().warning().as_deref(), warning);
    }
}

/// What is wrong, by the text that is put in place of another.
#[test]
fn every_field_is_checked() {
    for (old, new, message) in [
        ("lock-version = \"1.0\"\n", "", "Missing required value in 'lock-version'"),
        (
            "lock-version = \"1.0\"",
            "lock-version = 1.0",
            "Unexpected type float (expected str) in 'lock-version'",
        ),
        ("lock-version = \"1.0\"", "lock-version = 'x'", "Invalid version: 'x' in 'lock-version'"),
        ("lock-version = \"1.0\"", "lock-version = '2.0'", "pylock version 2.0 is not supported"),
        ("lock-version = \"1.0\"", "lock-version = '0.9'", "pylock version 0.9 is not supported"),
        (
            "\"sys_platform == \\\"win32\\\"\"",
            "'x'",
            "Expected a marker variable or quoted string at column 1 of 'x' in 'environments[0]'",
        ),
        ("!=3.10.1,<4", "x", "Invalid specifier: 'x' in 'requires-python'"),
        ("    \"doc\",", "    'Doc',", "Name 'Doc' is not normalized in 'extras[0]'"),
        ("    \"Lint\",", "    1,", "Unexpected type int (expected str) in 'dependency-groups[1]'"),
        (
            "default-groups = [\n    \"dev\",\n]",
            "default-groups = 'dev'",
            "Unexpected type str (expected Sequence) in 'default-groups'",
        ),
        ("created-by = \"me \\\"é\\\"\\n\\u0001\"", "", "Missing required value in 'created-by'"),
        ("name = \"a-b\"", "name = 'A_b'", "Name 'A_b' is not normalized in 'packages[0].name'"),
        ("name = \"a-b\"\n", "", "Missing required value in 'packages[0].name'"),
        (
            "version = \"1.0\"\nmarker",
            "version = '1.1'\nmarker",
            "Version in 'a_b-1.0-py3-none-any.whl' is not consistent with package version '1.1' in 'packages[0].wheels[0]'",
        ),
        (
            "name = \"a-b\"",
            "name = 'b'",
            "Name in 'a_b-1.0-py3-none-any.whl' is not consistent with package name 'b' in 'packages[0].wheels[0]'",
        ),
        (
            "name = \"a_b-1.0.tar.gz\"",
            "name = 'a_b-1.0.tar.xz'",
            "Invalid sdist filename 'a_b-1.0.tar.xz' in 'packages[0].sdist'",
        ),
        (
            "name = \"a_b-1.0.tar.gz\"",
            "name = 'a_b-2.tar.gz'",
            "Version in 'a_b-2.tar.gz' is not consistent with package version '1.0' in 'packages[0].sdist'",
        ),
        ("/a_b-1.0-py3-none-any.whl", "/a.zip", "Invalid wheel filename 'a.zip' in 'packages[0].wheels[0]'"),
        ("/a_b-1.0-py3-none-any.whl", "/", "Cannot determine wheel filename in 'packages[0]'"),
        ("size = 12", "size = -1", "A size must not be negative in 'packages[0].sdist.size'"),
        ("size = 12", "size = true", "Unexpected type bool (expected int) in 'packages[0].sdist.size'"),
        (
            "2024-01-02 03:04:05.678900+00:00",
            "2024-01-02",
            "Unexpected type date (expected datetime) in 'packages[0].sdist.upload-time'",
        ),
        (
            "sha256 = \"00\"\nmd5 = \"11\"\n",
            "",
            "At least one hash must be provided in 'packages[0].sdist.hashes'",
        ),
        ("md5 = \"11\"", "md5 = 11", "Hash values must be strings in 'packages[0].sdist.hashes'"),
        (
            "{ name = \"c\" }",
            "'c'",
            "Unexpected type str (expected Mapping) in 'packages[0].dependencies[0]'",
        ),
        ("kind = \"GitHub\", ", "", "Missing required value in 'packages[0].attestation-identities[0].kind'"),
        ("path = \"c-2-py3-none-any.whl\", ", "", "path or url must be provided in 'packages[1].wheels[0]'"),
        ("commit-id = \"0123\"\n", "", "Missing required value in 'packages[2].vcs.commit-id'"),
        ("path = \"./e\"\n", "", "Missing required value in 'packages[3].directory.path'"),
        (
            "editable = true",
            "editable = 1",
            "Unexpected type int (expected bool) in 'packages[3].directory.editable'",
        ),
        (
            "[packages.archive]\n",
            "[packages.directory]\npath = 'x'\n\n[packages.archive]\n",
            "Exactly one of vcs, directory, archive must be set if sdist and wheels are not set in 'packages[4]'",
        ),
        (
            "[packages.sdist]\n",
            "[packages.directory]\npath = 'x'\n\n[packages.sdist]\n",
            "None of vcs, directory, archive must be set if sdist or wheels are set in 'packages[0]'",
        ),
        ("[tool.me]", "[tool.me", "line 93: "),
    ] {
        assert!(FULL.contains(old), "{old}");
        let error = Pylock::parse(&FULL.replacen(old, new, 1), "dir/pylock.toml").unwrap_err();
        let expected = format!("Invalid pylock file 'dir/pylock.toml': {message}");
        assert!(error.to_string().starts_with(&expected), "{error}\n{expected}");
        if message.contains("packages[2]") {
            assert_eq!(error.package.as_deref(), Some("d"));
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), value in "[ -~]{0,20}", at in 0..200_usize) {
        let _ = Pylock::parse(&text, "x");
        let lines: Vec<&str> = FULL.lines().collect();
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let place = at % lines.len();
        changed[place] = match lines[place].split_once(" = ") {
            Some((key, _)) => format!("{key} = {value}"),
            None => value,
        };
        if let Ok(lock) = Pylock::parse(&changed.join("\n"), "x") {
            let written = lock.to_toml();
            prop_assert_eq!(Pylock::parse(&written, "x").unwrap().to_toml(), written);
        }
    }
}

fn environment() -> MarkerEnvironment {
    let text = str::to_owned;
    MarkerEnvironment {
        implementation_name: text("cpython"),
        implementation_version: text("3.12.1"),
        os_name: text("posix"),
        platform_machine: text("x86_64"),
        platform_python_implementation: text("CPython"),
        platform_release: text("6.1"),
        platform_system: text("Linux"),
        platform_version: text("1"),
        python_full_version: text("3.12.1"),
        python_version: text("3.12"),
        sys_platform: text("linux"),
    }
}

fn tags() -> SupportedTags {
    SupportedTags::new(&InterpreterTags {
        implementation: "cpython".to_owned(),
        python: (3, 12),
        abis: vec!["cp312".to_owned()],
        free_threaded: false,
        platform: Platform::Linux {
            machine: "x86_64".to_owned(),
            libc: Libc::Glibc(2, 36),
            hard_float: false,
        },
    })
}

/// What is selected, one text each, or the error.
fn select(
    lock: &str,
    extras: &[&str],
    groups: &[&str],
    default_groups: bool,
    prefers_sdist: bool,
) -> Result<Vec<String>, String> {
    let text = format!("lock-version = '1.0'\ncreated-by = 'x'\n{lock}");
    let lock = Pylock::parse(&text, "pylock.toml").map_err(|error| error.to_string())?;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let target = LockTarget {
        environment: &environment(),
        tags: &tags(),
        extras: &owned(extras),
        dependency_groups: &owned(groups),
        default_groups,
        prefers_sdist: &|_| prefers_sdist,
    };
    let selected = lock.select(&target, "pylock.toml").map_err(|error| error.to_string())?;
    let shown = selected.into_iter().map(|(package, choice)| match choice {
        LockedChoice::Vcs(vcs) => format!("{} {} {}", package.name, vcs.kind, vcs.commit_id),
        LockedChoice::Directory(directory) => format!("{} directory {}", package.name, directory.path),
        LockedChoice::Archive(_) => format!("{} archive", package.name),
        LockedChoice::Wheel(file) | LockedChoice::Sdist(file) => file.filename().unwrap().into_owned(),
    });
    Ok(shown.collect())
}

/// A package with wheels, and more lines.
fn package(name: &str, wheels: &[&str], more: &str) -> String {
    let hashes = "hashes = {sha256 = '0'}";
    let wheels: Vec<String> = wheels.iter().map(|wheel| format!("{{path = '{wheel}', {hashes}}}")).collect();
    format!("[[packages]]\nname = '{name}'\nwheels = [{}]\n{more}\n", wheels.join(", "))
}

const PURE: &str = "a-1-py3-none-any.whl";
const SDIST: &str = "sdist = {path = 'a-1.zip', hashes = {sha256 = '0'}}";

#[test]
fn the_best_file_is_selected() {
    let native = ["a-1-cp312-cp312-linux_x86_64.whl", "a-1-1-cp312-cp312-manylinux_2_36_x86_64.whl"];
    for (wheels, more, prefers_sdist, expected) in [
        (vec![PURE], "", false, Ok(PURE)),
        (vec![PURE, native[1], native[0]], SDIST, false, Ok(native[0])),
        (vec![PURE, native[1], "a-1-2-cp312-cp312-manylinux_2_36_x86_64.whl"], "", false, Ok(native[1])),
        (vec!["a-1-cp311-cp311-win32.whl"], SDIST, false, Ok("a-1.zip")),
        (vec![PURE], SDIST, true, Ok("a-1.zip")),
        (vec![PURE], "", true, Ok(PURE)),
        (vec![], SDIST, false, Ok("a-1.zip")),
        (
            vec!["a-1-cp311-cp311-win32.whl"],
            "",
            false,
            Err(
                "No wheel found matching the provided tags for package 'a' at packages[0], and no sdist available as a fallback",
            ),
        ),
    ] {
        let selected = select(&package("a", &wheels, more), &[], &[], false, prefers_sdist);
        let expected = expected.map(|file| vec![file.to_owned()]).map_err(|message| {
            format!("Cannot select requirements from pylock file 'pylock.toml': {message}")
        });
        assert_eq!(selected, expected);
    }
    let direct = "[[packages]]\nname = 'v'\nvcs = {type = 'git', path = 'r', commit-id = '01'}\n\
                  [[packages]]\nname = 'd'\ndirectory = {path = 'x'}\n\
                  [[packages]]\nname = 'z'\narchive = {path = 'x', hashes = {md5 = '0'}}\n";
    assert_eq!(select(direct, &[], &[], false, true).unwrap(), ["v git 01", "d directory x", "z archive"]);
}

#[test]
fn extras_and_groups_are_asked_for() {
    let marked = |name: &str, marker: &str| {
        package(name, &[&format!("{name}-1-py3-none-any.whl")], &format!("marker = \"{marker}\""))
    };
    let lock = [
        "extras = ['doc']\ndependency-groups = ['Dev_x', 'lint']\ndefault-groups = ['Dev_x']\n".to_owned(),
        marked("a", "python_version >= '3'"),
        marked("b", "'Doc' in extras"),
        marked("c", "'dev.X' in dependency_groups"),
        marked("d", "'lint' in dependency_groups and 'doc' not in extras"),
        marked("a", "os_name == 'nt'"),
    ]
    .concat();
    for (extras, groups, default_groups, expected) in [
        (vec![], vec![], true, vec!["a", "c"]),
        (vec![], vec![], false, vec!["a"]),
        (vec!["DOC"], vec![], true, vec!["a", "b", "c"]),
        (vec![], vec!["Lint"], false, vec!["a", "d"]),
        (vec!["doc"], vec!["lint", "unknown"], true, vec!["a", "b", "c"]),
    ] {
        let expected: Vec<String> =
            expected.iter().map(|name| format!("{name}-1-py3-none-any.whl")).collect();
        assert_eq!(select(&lock, &extras, &groups, default_groups, false).unwrap(), expected);
    }
}

#[test]
fn what_is_for_another_environment_is_refused() {
    let twice = [
        package("b", &[], &SDIST.replace("a-1", "b-1")),
        package("a", &[PURE], ""),
        package("a", &[PURE], ""),
    ]
    .concat();
    for (lock, message) in [
        (
            "requires-python = '>=3.13'\npackages = []".to_owned(),
            "python_full_version '3.12.1' in provided environment does not satisfy the Python version requirement '>=3.13'",
        ),
        (
            "environments = ['os_name == \"nt\"', 'python_version < \"3\"']\npackages = []".to_owned(),
            "Provided environment does not satisfy any of the environments specified in the lock file",
        ),
        (
            "environments = ['extra == \"x\"']\npackages = []".to_owned(),
            "the comparison is undefined here: extra == \"x\" (in 'environments[0]')",
        ),
        (
            package("a", &[PURE], "requires-python = '<3,>2'"),
            "python_full_version '3.12.1' in provided environment does not satisfy the Python version requirement \
             '<3,>2' for package 'a' at packages[0]",
        ),
        (twice, "Multiple packages with the name 'a' are selected at packages[2] and packages[1]"),
        (
            package("a", &[PURE], "marker = \"extra == 'x'\""),
            "the comparison is undefined here: extra == \"x\" (in 'packages[0].marker')",
        ),
    ] {
        assert_eq!(
            select(&lock, &[], &[], true, false).unwrap_err(),
            format!("Cannot select requirements from pylock file 'pylock.toml': {message}")
        );
    }
    let fitting = "environments = ['os_name == \"nt\"', 'os_name == \"posix\"']\nrequires-python = '>=3.12'\npackages = []";
    assert_eq!(select(fitting, &[], &[], true, false), Ok(vec![]));
}

#[test]
fn files_are_found_from_where_the_lock_file_is() {
    let lock = Pylock::parse(FULL, "x").unwrap();
    let (wheel, archive, vcs) = (
        &lock.packages[1].wheels.as_ref().unwrap()[0],
        lock.packages[4].archive.as_ref().unwrap(),
        lock.packages[2].vcs.as_ref().unwrap(),
    );
    let directory = lock.packages[3].directory.as_ref().unwrap();
    let url = |url: &str| Ok(LockedPlace::Url(url.to_owned()));
    let path = |path: &str| Ok(LockedPlace::Path(path.to_owned()));
    assert_eq!(wheel.place("pylock.toml"), path("c-2-py3-none-any.whl"));
    assert_eq!(wheel.place("../a/pylock.toml"), path("../a/c-2-py3-none-any.whl"));
    assert_eq!(archive.place("https://example.org/x/pylock.toml?y"), url("https://example.org/x/f.zip"));
    assert_eq!(vcs.place("/a/pylock.toml"), url("https://example.org/d.git"));
    assert_eq!(directory.place("/a/pylock.toml"), path("/a/./e"));
    assert_eq!(directory.place("file:///a/pylock.toml"), url("file:///a/e"));
    let with_path = |path: &str| {
        let mut file = wheel.clone();
        file.path = Some(path.to_owned());
        file.place("https://example.org/x/pylock.toml").map_err(|error| error.to_string())
    };
    assert_eq!(with_path("../y.whl"), Ok(LockedPlace::Url("https://example.org/y.whl".to_owned())));
    assert_eq!(
        with_path("/y.whl").unwrap_err(),
        "Absolute paths are not supported in pylock files obtained from a URL: '/y.whl' in 'https://example.org/x/pylock.toml'"
    );
    for outside in ["//other.example.org/y.whl", "file:///y.whl", "http://example.org/y.whl"] {
        assert_eq!(
            with_path(outside).unwrap_err().replace("Absolute paths are not supported", ""),
            if outside.starts_with('/') {
                format!(
                    " in pylock files obtained from a URL: '{outside}' in 'https://example.org/x/pylock.toml'"
                )
            } else {
                format!(
                    "Path '{outside}' in pylock file obtained from a URL resolves outside its location: 'https://example.org/x/pylock.toml'"
                )
            }
        );
    }
    assert_eq!(
        directory.place("https://example.org/pylock.toml").unwrap_err().to_string(),
        "Directory entries are not supported in remote pylock.toml 'https://example.org/pylock.toml'"
    );
    assert_eq!(
        vcs.reference("https://example.org/d.git", "x").unwrap(),
        "git+https://example.org/d.git@0123#subdirectory=s"
    );
    assert_eq!(
        vcs.reference("https://example.org/d#e", "x").unwrap_err().to_string(),
        "Package URL 'git+https://example.org/d#e@0123' cannot contain fragments in combination with subdirectory field (in 'x')"
    );
    assert_eq!(archive.reference("file:///f.zip", "x").unwrap(), "file:///f.zip");
}
