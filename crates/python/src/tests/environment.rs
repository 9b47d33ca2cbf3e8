//! What is derived for virtual environments is what Python itself says in them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::fixture::{Place, interpreter, interpreters, python, python_venv, run};
use crate::probe::probe;
use crate::{Environment, Interpreter, InterpreterFacts, PythonError, PythonVariables};

#[test]
fn derived_facts_are_what_python_says() {
    for python in interpreters() {
        for options in [&[] as &[&str], &["--system-site-packages"], &["--copies"]] {
            let place = Place::new();
            let root = place.path("an env");
            python_venv(python, &root, options);
            let environment = Environment::virtual_environment(&root, &place.cache).unwrap();
            let told = probe(&root.join("bin/python")).unwrap();
            assert_eq!(*environment.interpreter.facts, told, "{} {options:?}", python.display());
            assert!(environment.is_virtual);
            assert_eq!(environment.executable, root.join("bin/python"));
            assert_eq!(environment.system_site_packages, options.contains(&"--system-site-packages"));
            assert_eq!(environment.scheme.headers.parent().unwrap(), root.join("include/site"));
        }
    }
}

#[test]
fn an_environment_within_an_environment_has_the_outer_base() {
    for python in interpreters() {
        let place = Place::new();
        let (outer, inner) = (place.path("outer"), place.path("inner"));
        python_venv(python, &outer, &[]);
        python_venv(&outer.join("bin/python"), &inner, &[]);
        let environment = Environment::virtual_environment(&inner, &place.cache).unwrap();
        let facts = &environment.interpreter.facts;
        let prefix = run(&inner.join("bin/python"), &["-I", "-c", "import sys; print(sys.base_prefix)"]);
        assert_eq!(facts.base_prefix, PathBuf::from(prefix));
        assert!(!facts.base_executable.starts_with(place.directory.path()), "{facts:?}");
    }
}

#[test]
fn the_interpreter_of_an_environment_is_recognized_by_its_path() {
    let place = Place::new();
    let root = place.path("env");
    python_venv(python(), &root, &[]);
    let by_path = Interpreter::query(&root.join("bin/python3"), &place.cache).unwrap();
    assert!(by_path.is_virtual());
    assert_eq!(by_path.facts.executable, root.join("bin/python3"));
    assert_eq!(by_path.facts.prefix, root);
}

#[test]
fn broken_environments_say_what_is_broken() {
    let place = Place::new();
    let root = place.path("env");
    let base = place.link("base/bin/python", python());
    let python_name = base.file_name().unwrap();
    fs::create_dir_all(root.join("bin")).unwrap();
    std::os::unix::fs::symlink(&base, root.join("bin").join(python_name)).unwrap();
    let configuration = |version: &str| {
        let home = base.parent().unwrap().display();
        format!("home = {home}\ninclude-system-site-packages = false\nversion = {version}\n")
    };
    let error = |expected: &str| {
        let error = Environment::virtual_environment(&root, &place.cache).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains("rpip venv"), "{error}");
        error
    };

    assert!(matches!(error("not a virtual environment"), PythonError::NotAnEnvironment { .. }));
    fs::write(root.join("pyvenv.cfg"), configuration("3.5.1")).unwrap();
    assert!(matches!(error("was made for Python 3.5"), PythonError::BrokenEnvironment { .. }));
    fs::write(root.join("pyvenv.cfg"), "version = 3.12.1\n").unwrap();
    error("does not name the home");
    fs::write(root.join("pyvenv.cfg"), configuration(&interpreter().facts.version.to_string())).unwrap();
    Environment::virtual_environment(&root, &place.cache).unwrap();
    fs::remove_file(&base).unwrap();
    error("which does not exist any more");
    fs::remove_file(root.join("bin").join(python_name)).unwrap();
    error("has no interpreter");
}

#[test]
fn the_base_of_links_is_the_same_file() {
    // As uv writes it: `home` may hold another `python` than the one that is linked to.
    let place = Place::new();
    place.script("home/python", "#!/bin/sh\nexit 1\n");
    let real = place.link("home/python3.real", python());
    place.link("env/bin/python", &real);
    let home = real.parent().unwrap().display();
    place.write("env/pyvenv.cfg", &format!("home = {home}\ninclude-system-site-packages = false\n"));
    let environment = Environment::virtual_environment(&place.path("env"), &place.cache).unwrap();
    assert_eq!(environment.interpreter.facts.version, interpreter().facts.version);
}

fn with_facts(change: impl FnOnce(&mut InterpreterFacts)) -> Environment {
    let mut facts = InterpreterFacts::clone(&interpreter().facts);
    change(&mut facts);
    Environment::of_interpreter(Interpreter { facts: Arc::new(facts) }).unwrap()
}

#[test]
fn site_packages_are_in_the_order_of_sys_path() {
    let place = Place::new();
    let [own, base, user, added, variable, absent] =
        ["own", "base", "user", "added", "variable", "absent"].map(|name| place.path(name));
    for path in [&own, &base, &user, &added, &variable] {
        fs::create_dir(path).unwrap();
    }
    let environment = |is_virtual: bool, system: bool| {
        let environment = with_facts(|facts| {
            facts.prefix = if is_virtual { place.path("env") } else { facts.base_prefix.clone() };
            facts.site_packages = vec![own.clone(), absent.clone()];
            facts.base_site_packages = vec![base.clone(), own.clone()];
            facts.user_site = Some(user.clone());
            facts.user_site_enabled = !is_virtual || system;
            facts.added_path = vec![added.clone()];
            facts.system_site_packages = !is_virtual || system;
        });
        environment.with_variables(&PythonVariables { path: vec![variable.clone()], ..Default::default() })
    };
    assert_eq!(environment(true, false).site_packages(), [&variable, &own].map(Clone::clone));
    assert_eq!(
        environment(true, true).site_packages(),
        [&variable, &own, &user, &base, &added].map(Clone::clone)
    );
    assert_eq!(environment(false, true).site_packages(), [&variable, &user, &own, &added].map(Clone::clone));
    let variables = PythonVariables { no_user_site: true, ..Default::default() };
    let without_user = environment(false, true).with_variables(&variables);
    assert_eq!(without_user.site_packages(), [&own, &added].map(Clone::clone));
}

#[test]
fn the_users_directories_follow_the_variables() {
    let of = |variables: PythonVariables| {
        let environment = with_facts(|facts| {
            facts.user_home = PathBuf::from("/home/one");
            facts.user_base = Some(PathBuf::from("/home/one/.local"));
            facts.user_site = Some(PathBuf::from("/home/one/.local/lib/site"));
            facts.user_scheme = Some(facts.scheme.clone());
            facts.user_scheme.as_mut().unwrap().scripts = PathBuf::from("/home/one/.local/bin");
        });
        let facts = environment.with_variables(&variables).interpreter.facts;
        let scripts = facts.user_scheme.as_ref().unwrap().scripts.clone();
        [facts.user_base.clone().unwrap(), facts.user_site.clone().unwrap(), scripts]
            .map(|path| path.display().to_string())
    };
    let expected = |base: &str| [base.to_owned(), format!("{base}/lib/site"), format!("{base}/bin")];
    assert_eq!(of(PythonVariables::default()), expected("/home/one/.local"));
    let home = PythonVariables { home: Some("/home/two".into()), ..Default::default() };
    assert_eq!(of(home), expected("/home/two/.local"));
    let base = PythonVariables {
        home: Some("/home/two".into()),
        user_base: Some("/base".into()),
        ..Default::default()
    };
    assert_eq!(of(base), expected("/base"));
}

#[test]
fn externally_managed_environments_are_marked() {
    let place = Place::new();
    let environment = with_facts(|facts| facts.stdlib = place.path("stdlib"));
    assert_eq!(environment.externally_managed(), None);
    place.write("stdlib/EXTERNALLY-MANAGED", "[externally-managed]\nError=Use apt.\n Really.\n");
    assert_eq!(environment.externally_managed().as_deref(), Some("Use apt.\nReally."));
    place.write("stdlib/EXTERNALLY-MANAGED", "no message");
    assert_eq!(environment.externally_managed().as_deref(), Some(""));

    let root = place.path("env");
    python_venv(python(), &root, &[]);
    let environment = Environment::virtual_environment(&root, &place.cache).unwrap();
    assert_eq!(environment.externally_managed(), None);
}
