//! Asking interpreters, and remembering what they said.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::fixture::{Place, interpreter, interpreters, python, run};
use crate::{Interpreter, PythonError};

#[test]
fn the_answers_are_those_of_python() {
    let place = Place::new();
    let script = "import sys, sysconfig, platform, site; from importlib.util import MAGIC_NUMBER; \
                  print(sys.executable, sys.prefix, platform.python_version(), \
                  MAGIC_NUMBER.hex(), sysconfig.get_path('purelib'), sysconfig.get_path('scripts'), \
                  platform.machine(), sys.implementation.cache_tag, sep='\\n')";
    for python in interpreters() {
        let interpreter = Interpreter::query(python, &place.cache).unwrap();
        let facts = &interpreter.facts;
        let ours = [
            facts.executable.display().to_string(),
            facts.prefix.display().to_string(),
            facts.version.to_string(),
            facts.magic.clone(),
            facts.scheme.purelib.display().to_string(),
            facts.scheme.scripts.display().to_string(),
            facts.markers.platform_machine.clone(),
            facts.cache_tag.clone().unwrap(),
        ];
        assert_eq!(ours.join("\n"), run(python, &["-I", "-c", script]));
        assert!(!interpreter.is_virtual());
        let (major, minor) = interpreter.python_version();
        assert!(facts.version.to_string().starts_with(&format!("{major}.{minor}.")));
        if facts.implementation == "cpython" {
            assert!(facts.tags.abis.first().unwrap().starts_with(&format!("cp{major}{minor}")));
        }
    }
}

#[test]
fn variables_of_the_process_change_nothing() {
    // What is remembered must hold for every later process.
    let place = Place::new();
    let module = place.write("hostile/json.py", "raise SystemExit('imported')");
    let hostile = module.parent().unwrap().display();
    let python = python().display();
    let wrapper = place.script(
        "bin/python",
        &format!(
            "#!/bin/sh\nPYTHONPATH='{hostile}' PYTHONUSERBASE=/nowhere PYTHONNOUSERSITE=1 \
             PYTHONHOME=/nowhere exec {python} \"$@\"\n"
        ),
    );
    let expected = interpreter();
    let seen = Interpreter::query(&wrapper, &place.cache).unwrap();
    assert_eq!(seen.facts.sys_path, expected.facts.sys_path);
    assert_eq!(seen.facts.user_site_enabled, expected.facts.user_site_enabled);
}

/// A script that calls Python under its own name, and counts its calls.
fn counting_wrapper(place: &Place, rename: &str) -> (std::path::PathBuf, impl Fn() -> usize) {
    let log = place.path("calls");
    let text = format!(
        "#!/bin/bash\necho call >> '{}'\necho noise\nexec {rename} {} \"$@\"\n",
        log.display(),
        python().display()
    );
    let wrapper = place.script("bin/python", &text);
    (wrapper, move || fs::read_to_string(&log).map_or(0, |text| text.lines().count()))
}

#[test]
fn an_interpreter_is_asked_once() {
    let place = Place::new();
    let (wrapper, calls) = counting_wrapper(&place, "-a \"$0\"");
    let first = Interpreter::query(&wrapper, &place.cache).unwrap();
    let second = Interpreter::query(&wrapper, &place.cache).unwrap();
    assert_eq!(first.facts, second.facts);
    assert_eq!(calls(), 1);
    // A changed file is asked again.
    assert!(Command::new("touch").args(["-t", "200101010101"]).arg(&wrapper).status().unwrap().success());
    Interpreter::query(&wrapper, &place.cache).unwrap();
    assert_eq!(calls(), 2);
}

#[test]
fn a_wrapper_of_other_interpreters_is_not_remembered() {
    let place = Place::new();
    let (wrapper, calls) = counting_wrapper(&place, "");
    for asked in 1..=2 {
        let found = Interpreter::query(&wrapper, &place.cache).unwrap();
        assert_eq!(found.facts.version, interpreter().facts.version);
        assert_eq!(calls(), asked);
    }
}

#[test]
fn a_link_that_leads_elsewhere_is_asked_again() {
    let place = Place::new();
    let link = place.link("bin/python", python());
    Interpreter::query(&link, &place.cache).unwrap();
    fs::remove_file(&link).unwrap();
    place.script("bin/python", "#!/bin/sh\necho 'I am no Python'\n");
    let error = Interpreter::query(&link, &place.cache).unwrap_err();
    assert!(matches!(error, PythonError::NotAnInterpreter { .. }), "{error}");
}

#[test]
fn a_damaged_record_is_no_error() {
    let place = Place::new();
    let link = place.link("bin/python", python());
    let first = Interpreter::query(&link, &place.cache).unwrap();
    let records = walk(&place.path("cache"));
    assert!(!records.is_empty());
    for record in records {
        fs::write(record, b"\x01\xff\xff").unwrap();
    }
    let second = Interpreter::query(&link, &place.cache).unwrap();
    assert_eq!(first.facts, second.facts);
}

fn walk(directory: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn what_is_no_interpreter_is_said_to_be_none() {
    let place = Place::new();
    for (script, expected) in [
        ("#!/bin/sh\nexit 3\n", "gave no answer (exit status: 3)"),
        ("#!/bin/sh\necho oops >&2\nexit 1\n", "(exit status: 1): oops"),
        ("#!/no/such/shell\n", "its loader or script interpreter is missing"),
        ("#!/bin/sh\necho '<<rpip-interpreter-facts:{}:rpip-interpreter-facts>>'\n", "cannot be read"),
        ("#!/bin/sh\nexec yes\n", "gave no answer"),
    ] {
        let program = place.script("bin/python", script);
        let error = Interpreter::query(&program, &place.cache).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.starts_with(&program.display().to_string()), "{error}");
    }
    let plain = place.write("plain/python", "text");
    let error = Interpreter::query(&plain, &place.cache).unwrap_err().to_string();
    assert!(error.contains("cannot be started"), "{error}");
    let error = Interpreter::query(&place.path("absent"), &place.cache).unwrap_err().to_string();
    assert!(error.contains("cannot find the interpreter"), "{error}");
}

#[test]
fn one_that_hangs_is_given_up() {
    let place = Place::new();
    let program = place.script("bin/python", "#!/bin/sh\nexec sleep 60\n");
    let started = std::time::Instant::now();
    let error = crate::probe::probe_within(&program, std::time::Duration::from_millis(100)).unwrap_err();
    assert!(error.to_string().contains("did not answer"), "{error}");
    assert!(started.elapsed().as_secs() < 30);
}

#[test]
fn old_ones_are_refused_by_name() {
    let place = Place::new();
    let two = place.script("bin/python2", "#!/bin/sh\necho 'Unknown option: -I' >&2\nexit 2\n");
    let answer = "<<rpip-interpreter-facts:{\"too_old\": \"3.6.15\"}:rpip-interpreter-facts>>";
    let six = place.script("bin/python3.6", &format!("#!/bin/sh\necho '{answer}'\n"));
    for (program, version) in [(two, "Python 2,"), (six, "Python 3.6.15,")] {
        let error = Interpreter::query(&program, &place.cache).unwrap_err();
        assert!(matches!(error, PythonError::TooOld { .. }));
        assert!(error.to_string().contains(version), "{error}");
        assert!(error.to_string().contains("3.8"), "{error}");
    }
}

#[test]
fn a_program_that_complains_of_its_arguments_does_not_show_the_question() {
    let place = Place::new();
    for text in [
        "#!/bin/sh\necho \"$0: cannot access '$4'\" >&2\nexit 2\n",
        "#!/bin/sh\nexec ls \"$@\"\n",
        "#!/bin/sh\nexec echo \"$@\"\n",
    ] {
        let program = place.script("bin/other", text);
        let error = Interpreter::query(&program, &place.cache).unwrap_err().to_string();
        assert!(!error.contains("import"), "{error}");
        assert!(error.contains("is not a usable Python interpreter"), "{error}");
    }
}
