//! Finding interpreters: which is asked, and in which order.

use std::fs;
use std::path::PathBuf;

use super::fixture::{Place, interpreter, python, python_venv};
use crate::{Interpreter, PythonError, PythonRequest, SearchContext, find_interpreter};

/// `3.11`, `3.11.2` of the interpreter that stands for all others in these tests.
fn version() -> (String, String) {
    let (major, minor) = interpreter().python_version();
    (format!("{major}.{minor}"), interpreter().facts.markers.python_full_version.clone())
}

/// A program that must not be started.
const TRAP: &str = "#!/bin/sh\ntouch \"$(dirname \"$0\")/started\"\nexit 1\n";

fn find(place: &Place, request: &str, context: &SearchContext) -> Result<PathBuf, PythonError> {
    let found = find_interpreter(&PythonRequest::parse(request), context, &place.cache);
    found.map(|interpreter| interpreter.facts.executable.clone())
}

#[test]
fn requests_are_understood() {
    use PythonRequest::{Any, Name, Path, Version};
    let specifiers = |text: &str| text.parse().unwrap();
    for (text, expected) in [
        ("", Any),
        ("3", Version(specifiers("==3.*"), false)),
        ("3.12", Version(specifiers("==3.12.*"), false)),
        ("312", Version(specifiers("==3.12.*"), false)),
        ("3.12.1", Version(specifiers("==3.12.1"), false)),
        ("3.13t", Version(specifiers("==3.13.*"), true)),
        ("3.15.0a1", Version(specifiers("==3.15.0a1"), false)),
        (">=3.10", Version(specifiers(">=3.10"), false)),
        (">=3.10,<3.13", Version(specifiers(">=3.10,<3.13"), false)),
        ("~=3.10", Version(specifiers("~=3.10"), false)),
        ("python3.12", Name("python3.12".into())),
        ("pypy3.10", Name("pypy3.10".into())),
        ("venv", Name("venv".into())),
        ("3.12x", Name("3.12x".into())),
        (">=nonsense", Name(">=nonsense".into())),
        (".venv", Path(".venv".into())),
        (".", Path(".".into())),
        ("~/python", Path("~/python".into())),
        ("/usr/bin/python3", Path("/usr/bin/python3".into())),
        ("env/bin/python", Path("env/bin/python".into())),
    ] {
        assert_eq!(PythonRequest::parse(text), expected, "{text}");
    }
    for (text, shown) in [
        ("3.12", "Python 3.12"),
        ("3.13t", "Python 3.13 (free-threaded)"),
        (">=3.10,<3.12", "Python >=3.10,<3.12"),
        ("foo", "'foo'"),
    ] {
        assert_eq!(PythonRequest::parse(text).to_string(), shown);
    }
}

#[test]
fn versions_are_found_on_path() {
    let (minor, full) = version();
    let place = Place::new();
    place.link("two/python3", python());
    let context = place.context(&["one", "two"]);
    fs::create_dir_all(place.path("one")).unwrap();
    for request in
        ["", "3", &minor, &full, ">=3.8", &format!("=={minor}.*"), "python3", &format!("python{minor}")]
    {
        let found = find(&place, request, &context);
        assert_eq!(found.unwrap(), place.path("two/python3"), "{request}");
    }
}

#[test]
fn names_tell_what_need_not_be_asked() {
    let (minor, _) = version();
    let place = Place::new();
    for name in ["python2", "python2.7", "python3.99", "python3.5"] {
        place.script(&format!("bin/{name}"), TRAP);
    }
    let named = place.link(&format!("bin/python{minor}"), python());
    let context = place.context(&["bin"]);
    for request in [&minor, ">=3.8", ""] {
        assert_eq!(find(&place, request, &context).unwrap(), named, "{request}");
    }
    assert!(!place.path("bin/started").exists());
}

#[test]
fn the_exact_name_comes_before_the_general_one() {
    let (minor, _) = version();
    let place = Place::new();
    place.script("bin/python3", TRAP);
    let named = place.link(&format!("bin/python{minor}"), python());
    assert_eq!(find(&place, &minor, &place.context(&["bin"])).unwrap(), named);
    assert!(!place.path("bin/started").exists());
}

#[test]
fn unusable_ones_are_passed_over_and_reported() {
    let place = Place::new();
    place.script("one/python3", "#!/bin/sh\necho 'Unknown option: -I' >&2\nexit 2\n");
    place.write("one/python", "not executable");
    place.script("two/python3", "#!/bin/sh\nexit 7\n");
    let good = place.link("three/python3", python());
    // The same interpreter once more is no news.
    std::os::unix::fs::symlink(place.path("three"), place.path("four")).unwrap();
    let context = place.context(&["one", "two", "three", "four"]);
    assert_eq!(find(&place, "", &context).unwrap(), good);

    let error = find(&place, "3.99", &context).unwrap_err();
    let PythonError::NotFound(details) = &error else { panic!("{error}") };
    assert_eq!(details.passed_over.len(), 3, "{error}");
    let text = error.to_string();
    for part in ["Python 3.99", "one/python3 (", "Python 2,", "exit status: 7", &version().1, "--python"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let error = find(&place, "3.99", &place.context(&[])).unwrap_err().to_string();
    assert!(error.contains("there is no Python on PATH"), "{error}");
}

#[test]
fn a_free_threaded_build_is_asked_for_by_its_letter() {
    if interpreter().facts.tags.free_threaded {
        return;
    }
    let place = Place::new();
    place.link("bin/python3", python());
    let error = find(&place, &format!("{}t", version().0), &place.context(&["bin"])).unwrap_err();
    assert!(error.to_string().contains("(free-threaded)"), "{error}");
}

#[test]
fn paths_lead_to_programs_and_environments() {
    let place = Place::new();
    let program = place.link("project/bin/python", python());
    python_venv(python(), &place.path("project/env"), &[]);
    let context = place.context(&[]);
    for (request, expected) in [
        (program.to_str().unwrap(), "project/bin/python"),
        ("./bin/python", "project/./bin/python"),
        ("./env", "project/./env/bin/python"),
        ("./env/bin/python3", "project/./env/bin/python3"),
        ("env", "project/env/bin/python"),
        (place.path("project/env").to_str().unwrap(), "project/env/bin/python"),
    ] {
        let found = find(&place, request, &context).unwrap();
        let normal = |path: PathBuf| path.components().collect::<PathBuf>();
        assert_eq!(normal(found), normal(place.path(expected)), "{request}");
    }
    let error = find(&place, "./absent", &context).unwrap_err().to_string();
    assert!(error.contains("cannot find the interpreter"), "{error}");
    fs::create_dir(place.path("project/empty")).unwrap();
    let error = find(&place, "./empty", &context).unwrap_err().to_string();
    assert!(error.contains("it has no interpreter"), "{error}");
    // What an environment without pyvenv.cfg looks like: its base is not what was named.
    let error = find(&place, place.path("project").to_str().unwrap(), &context).unwrap_err().to_string();
    assert!(error.contains("it has no pyvenv.cfg, and its interpreter is that of "), "{error}");
    let error = find(&place, "nonsense", &context).unwrap_err().to_string();
    assert!(error.contains("'nonsense'"), "{error}");
}

/// A pyenv with the real interpreter as `version`, and shims that must not be run.
fn pyenv(place: &Place, versions: &[&str]) -> SearchContext {
    for version in versions {
        place.link(&format!("pyenv/versions/{version}/bin/python"), python());
        place.link(&format!("pyenv/versions/{version}/bin/python3"), python());
    }
    for name in ["python", "python3", &format!("python{}", version().0)] {
        place.script(&format!("pyenv/shims/{name}"), TRAP);
    }
    fs::create_dir_all(place.path("project")).unwrap();
    let pyenv_versions = Some(place.path("pyenv/versions"));
    SearchContext { pyenv_versions, ..place.context(&["pyenv/shims", "bin"]) }
}

#[test]
fn shims_are_resolved_without_running_them() {
    let place = Place::new();
    let mut context = pyenv(&place, &["3.11.4", "3.11.10", "3.9.1", "other"]);
    let system = place.link("bin/python3", python());
    let expect = |context: &SearchContext, expected: &str| {
        let found = find(&place, "python3", context).unwrap();
        assert_eq!(found, place.path(expected));
        // The shim itself, by path, is resolved too.
        if expected.starts_with("pyenv") {
            let shim = place.path("pyenv/shims/python3");
            assert_eq!(find(&place, shim.to_str().unwrap(), context).unwrap(), found);
        }
    };
    // Nothing is chosen: the rest of PATH.
    expect(&context, "bin/python3");
    place.write("pyenv/version", "# a comment\n3.9.1\n");
    expect(&context, "pyenv/versions/3.9.1/bin/python3");
    place.write(".python-version", "3.11\n");
    expect(&context, "pyenv/versions/3.11.10/bin/python3");
    place.write("project/.python-version", "../../evil\nabsent\npython-3.11.4 rest\r\n");
    expect(&context, "pyenv/versions/3.11.4/bin/python3");
    context.pyenv_version = Some("other:3.9.1".to_owned());
    expect(&context, "pyenv/versions/other/bin/python3");
    context.pyenv_version = Some("system".to_owned());
    expect(&context, "bin/python3");
    assert_eq!(find(&place, "python3", &context).unwrap(), system);
    assert!(!place.path("pyenv/shims/started").exists());
}

#[test]
fn versions_of_pyenv_that_are_not_chosen_are_found_too() {
    let (minor, full) = version();
    let place = Place::new();
    let context = pyenv(&place, &[&full, "3.99.1"]);
    for request in [&full, &minor, &format!("python{minor}"), &full] {
        let found = find(&place, request, &context).unwrap();
        assert_eq!(found, place.path(&format!("pyenv/versions/{full}/bin/python")), "{request}");
    }
    // The newest is tried first, whatever it turns out to be.
    assert_eq!(find(&place, "", &context).unwrap(), place.path("pyenv/versions/3.99.1/bin/python"));
    assert!(!place.path("pyenv/shims/started").exists());
}

#[test]
fn a_project_may_ask_by_python_version() {
    let (minor, full) = version();
    let place = Place::new();
    let on_path = place.link("bin/python3", python());
    let context = place.context(&["bin"]);
    for text in [&minor, &full, &format!("cpython-{full}"), &format!("python{minor}"), "system"] {
        place.write(".python-version", text);
        assert_eq!(find(&place, "", &context).unwrap(), on_path, "{text}");
    }
    let file = place.write(".python-version", "3.99.1");
    let error = find(&place, "", &context).unwrap_err().to_string();
    assert!(error.contains("Python 3.99.1"), "{error}");
    assert!(error.contains(&format!("asked for by {}", file.display())), "{error}");
    // Who asks otherwise is not asked by it.
    assert_eq!(find(&place, "3", &context).unwrap(), on_path);
    // It never names programs by path.
    let trap = place.script("project/trap", TRAP);
    place.write("project/.python-version", trap.to_str().unwrap());
    assert!(find(&place, "", &context).is_err());
    assert!(!place.path("project/started").exists());
}

#[test]
fn the_active_environment_comes_first() {
    let place = Place::new();
    let on_path = place.link("bin/python3", python());
    python_venv(python(), &place.path("env"), &[]);
    let mut context = place.context(&["bin"]);
    context.virtual_env = Some(place.path("env"));
    assert_eq!(find(&place, "", &context).unwrap(), place.path("env/bin/python"));
    assert_eq!(find(&place, &version().0, &context).unwrap(), place.path("env/bin/python"));
    context.virtual_env = Some(place.path("gone"));
    assert_eq!(find(&place, "", &context).unwrap(), on_path);
}

#[test]
fn nothing_is_asked_twice() {
    let place = Place::new();
    let link = place.link("bin/python3", python());
    let context = place.context(&["bin"]);
    let first = find(&place, "", &context).unwrap();
    let again = Interpreter::query(&link, &place.cache).unwrap();
    assert_eq!(again.facts.executable, first);
}

#[test]
fn what_there_is_is_said_whatever_was_asked() {
    let (_, full) = version();
    let place = Place::new();
    let context = pyenv(&place, &[&full]);
    for version in ["2.7.18", "3.99.1", "tools-env"] {
        place.script(&format!("pyenv/versions/{version}/bin/python"), "#!/bin/sh\nexit 3\n");
    }
    let on_path = place.script("bin/python3.20", "#!/bin/sh\nexit 7\n");
    for request in ["3.98", "nosuch", "pypy", "garbage!!", "python3.97"] {
        let error = find(&place, request, &context).unwrap_err().to_string();
        assert!(!error.contains("there is no Python"), "{error}");
        assert!(error.contains(request), "{error}");
        for version in ["2.7.18", "3.99.1", "tools-env", &full] {
            let path = place.path(&format!("pyenv/versions/{version}/bin/python"));
            assert_eq!(error.matches(&format!("\n  {} (", path.display())).count(), 1, "{version}: {error}");
        }
        assert!(
            error.contains(&format!("{} (not usable: ", on_path.display())) && error.contains(&full),
            "{error}"
        );
    }
    let error = find(&place, "nosuch", &context).unwrap_err().to_string();
    assert!(
        error.contains("'nosuch', which is no program on PATH, version of pyenv or environment"),
        "{error}"
    );
    let error = find(&place, "nosuch", &place.context(&[])).unwrap_err().to_string();
    assert!(error.contains("there is no Python on PATH, and no version of pyenv"), "{error}");
}

#[test]
fn a_broken_environment_says_so_however_it_is_named() {
    let place = Place::new();
    place.link("project/env/bin/python", "/does/not/exist/python3".as_ref());
    place.write("project/env/pyvenv.cfg", "home = /does/not/exist\n");
    for request in ["env", "./env", "./env/bin/python"] {
        let error = find(&place, request, &place.context(&[])).unwrap_err();
        assert!(matches!(error, PythonError::BrokenEnvironment { .. }), "{request}: {error}");
        assert!(
            error.to_string().contains("leads to /does/not/exist/python3, which does not exist"),
            "{error}"
        );
    }
}
