//! Where `--user`, `--prefix`, `--target` and `--root` lead, and what counts as installed there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::fixture::{Place, interpreter, interpreters, python_venv, run};
use crate::{Destination, Environment, Interpreter, InterpreterFacts, PythonError, Scheme};

/// The directories of the scheme, as text.
fn paths(scheme: &Scheme) -> [String; 5] {
    [&scheme.purelib, &scheme.platlib, &scheme.scripts, &scheme.data, &scheme.headers]
        .map(|path| path.display().to_string())
}

/// An environment with other facts.
fn environment(change: impl FnOnce(&mut InterpreterFacts)) -> Environment {
    let mut facts = InterpreterFacts::clone(&interpreter().facts);
    change(&mut facts);
    Environment::of_interpreter(Interpreter { facts: Arc::new(facts) }).unwrap()
}

/// What `sysconfig` has for `scheme` with every base replaced.
fn told(python: &Path, scheme: &str, root: &str) -> [String; 5] {
    let script = format!(
        "import sysconfig; \
         keys = 'base platbase installed_base installed_platbase prefix exec_prefix userbase'.split(); \
         paths = sysconfig.get_paths('{scheme}', vars=dict.fromkeys(keys, '{root}')); \
         print(*[paths[key] for key in 'purelib platlib scripts data include'.split()], sep='\\n')"
    );
    let lines = run(python, &["-I", "-c", &script]);
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    lines.try_into().unwrap()
}

#[test]
fn a_prefix_is_laid_out_like_an_installation() {
    for python in interpreters() {
        let place = Place::new();
        let root = place.path("env");
        python_venv(python, &root, &[]);
        let prefix = Destination::Prefix(PathBuf::from("/the/prefix"));
        let base = Environment::of_interpreter(Interpreter::query(python, &place.cache).unwrap()).unwrap();
        let base_at = base.at(&prefix, None).unwrap();
        let expected = told(python, "posix_prefix", "/the/prefix");
        assert_eq!(paths(&base_at.scheme), expected, "{}", python.display());
        assert_eq!(base_at.executable, base.executable);
        // In a virtual environment pip has a place of its own for headers.
        let virtual_at =
            Environment::virtual_environment(&root, &place.cache).unwrap().at(&prefix, None).unwrap();
        let (major, minor) = base.interpreter.python_version();
        let mut expected = expected;
        expected[4] = format!("/the/prefix/include/site/python{major}.{minor}");
        assert_eq!(paths(&virtual_at.scheme), expected, "{}", python.display());
        assert_eq!(virtual_at.executable, root.join("bin/python"));
    }
}

#[test]
fn a_target_is_flat() {
    for python in interpreters() {
        let place = Place::new();
        let target = Destination::Target(PathBuf::from("/the/target"));
        let base = Environment::of_interpreter(Interpreter::query(python, &place.cache).unwrap()).unwrap();
        let at = base.at(&target, None).unwrap();
        let [_, _, scripts, data, include] = told(python, "posix_home", "/the/target");
        let library = "/the/target".to_owned();
        assert_eq!(paths(&at.scheme), [library.clone(), library, scripts, data, include]);
    }
}

#[test]
fn a_root_holds_absolute_paths() {
    let environment = environment(|facts| {
        facts.user_site_enabled = true;
        facts.user_scheme.get_or_insert_with(|| facts.scheme.clone()).scripts = "/home/one/.local/bin".into();
    });
    let root = Path::new("/a/root");
    let scripts = |destination: Destination| {
        let at = environment.at(&destination, Some(root)).unwrap();
        assert!(at.is_elsewhere());
        assert_eq!(at.externally_managed(), None);
        at.scheme.scripts.display().to_string()
    };
    let own = environment.scheme.scripts.display().to_string();
    assert_eq!(scripts(Destination::Environment), format!("/a/root{own}"));
    assert_eq!(scripts(Destination::User), "/a/root/home/one/.local/bin");
    assert_eq!(scripts(Destination::Prefix("/usr".into())), "/a/root/usr/bin");
    assert_eq!(scripts(Destination::Target("/opt/x".into())), "/a/root/opt/x/bin");
}

#[test]
fn user_installs_are_refused_where_they_are_in_vain() {
    let refusal = |change: fn(&mut InterpreterFacts)| {
        environment(change).at(&Destination::User, None).unwrap_err().to_string()
    };
    let head = "Can not perform a '--user' install. User site-packages are";
    let isolated = |facts: &mut InterpreterFacts| {
        facts.prefix = "/an/env".into();
        facts.system_site_packages = false;
        facts.user_site_enabled = false;
    };
    assert_eq!(refusal(isolated), format!("{head} not visible in this virtualenv."));
    assert_eq!(refusal(|facts| facts.user_site_enabled = false), format!("{head} disabled for this Python."));
    let no_base = |facts: &mut InterpreterFacts| {
        facts.user_site_enabled = true;
        facts.user_scheme = None;
    };
    assert_eq!(refusal(no_base), "User base directory is not specified");
}

#[test]
fn places_that_exclude_each_other_are_refused() {
    let path = || Some(PathBuf::from("/x"));
    for (user, prefix, target, expected) in [
        (Some(true), path(), None, "'--user' and '--prefix'"),
        (Some(true), None, path(), "'--user' and '--target'"),
        (Some(true), path(), path(), "'--user' and '--target'"),
        (None, path(), path(), "'--prefix' and '--target'"),
    ] {
        let error = Destination::choose(user, prefix, target).unwrap_err().to_string();
        assert!(error.starts_with("Can not combine ") && error.contains(expected), "{error}");
    }
    for (user, prefix, target, expected) in [
        (None, None, None, Destination::Environment),
        (Some(false), None, None, Destination::Environment),
        (Some(true), None, None, Destination::User),
        (Some(false), path(), None, Destination::Prefix("/x".into())),
        (None, None, path(), Destination::Target("/x".into())),
    ] {
        assert_eq!(Destination::choose(user, prefix, target).unwrap(), expected);
    }
}

#[test]
fn a_target_must_be_a_directory() {
    let place = Place::new();
    let file = place.write("file", "text");
    let at = |target: PathBuf| interpreter_environment().at(&Destination::Target(target), None);
    assert!(matches!(at(file).unwrap_err(), PythonError::TargetNotADirectory { .. }));
    assert!(at(place.path("absent/deep")).is_ok());
}

fn interpreter_environment() -> Environment {
    Environment::of_interpreter(interpreter()).unwrap()
}

/// A place with an own, a user's and the base's site-packages, all of them there.
fn three_libraries(place: &Place, is_virtual: bool) -> (Environment, [PathBuf; 3]) {
    let libraries = ["env/own", "user/site", "base/site"].map(|path| place.path(path));
    for library in &libraries {
        fs::create_dir_all(library).unwrap();
    }
    let [own, user, base] = libraries.clone();
    let environment = environment(|facts| {
        facts.base_prefix = place.path("base");
        facts.prefix = if is_virtual { place.path("env") } else { place.path("base") };
        let library = if is_virtual { &own } else { &base };
        facts.scheme.purelib.clone_from(library);
        facts.scheme.platlib.clone_from(library);
        facts.user_scheme =
            Some(Scheme { purelib: user.clone(), platlib: user.clone(), ..facts.scheme.clone() });
        facts.user_site = Some(user.clone());
        facts.user_site_enabled = true;
        facts.system_site_packages = true;
        facts.site_packages = vec![library.clone()];
        facts.base_site_packages = vec![base.clone()];
        facts.added_path = Vec::new();
    });
    (environment, libraries)
}

#[test]
fn what_counts_as_installed_and_what_is_replaced() {
    let place = Place::new();
    let (environment, [own, user, base]) = three_libraries(&place, true);
    let all = vec![own.clone(), user.clone(), base.clone()];
    let check =
        |destination: Destination, root: Option<&Path>, installed: &[PathBuf], replaced: &[PathBuf]| {
            let at = environment.at(&destination, root).unwrap();
            assert_eq!(at.installed_directories(), installed, "{destination:?}");
            assert_eq!(at.replaceable_directories(), replaced, "{destination:?}");
        };
    check(Destination::Environment, None, &all, std::slice::from_ref(&own));
    check(Destination::User, None, &all, std::slice::from_ref(&user));
    check(Destination::Target("/t".into()), None, &[], &["/t".into()]);
    let with = |first: PathBuf| [vec![first], all.clone()].concat();
    let root = Path::new("/r");
    let below = root.join(own.strip_prefix("/").unwrap());
    check(Destination::Environment, Some(root), &with(below.clone()), &[below]);

    let prefix = Destination::Prefix("/p".into());
    let library = environment.at(&prefix, None).unwrap().scheme.purelib;
    check(prefix, None, &with(library.clone()), &[library]);
    // An environment's own directory as prefix: nothing counts twice.
    let same =
        environment.at(&Destination::Prefix(environment.interpreter.facts.prefix.clone()), None).unwrap();
    assert!(same.installed_directories().contains(&own));
}

#[test]
fn each_distribution_is_removed_from_where_it_lies() {
    let place = Place::new();
    let (environment, [own, user, base]) = three_libraries(&place, true);
    let purelib = |held: Option<Environment>| held.map(|held| held.scheme.purelib);
    assert_eq!(purelib(environment.holder_of(&own)), Some(own.clone()));
    assert_eq!(purelib(environment.holder_of(&user)), None);
    assert_eq!(purelib(environment.holder_of(&base)), None);
    let at_user = environment.at(&Destination::User, None).unwrap();
    assert_eq!(purelib(at_user.holder_of(&user)), Some(user.clone()));
    assert_eq!(purelib(at_user.holder_of(&own)), None);
    assert!(at_user.lacks_precedence_to(&own));
    assert!(!at_user.lacks_precedence_to(&base) && !environment.lacks_precedence_to(&own));
    let elsewhere = environment.at(&Destination::Prefix("/p".into()), None).unwrap();
    assert_eq!(purelib(elsewhere.holder_of(&own)), None);

    // Outside of virtual environments all of them are the environment's.
    let (system, [_, user, base]) = three_libraries(&place, false);
    let held = system.holder_of(&user).unwrap();
    assert_eq!((&held.scheme.purelib, &held.destination), (&user, &Destination::User));
    assert_eq!(purelib(system.holder_of(&base)), Some(base));
    let at_user = system.at(&Destination::User, None).unwrap();
    assert!(!at_user.lacks_precedence_to(&system.scheme.purelib));
    let vendor = place.path("vendor");
    fs::create_dir(&vendor).unwrap();
    let variables = crate::PythonVariables { path: vec![vendor.clone()], ..Default::default() };
    let held = system.with_variables(&variables).holder_of(&vendor).unwrap();
    assert_eq!(held.scheme.purelib, fs::canonicalize(&vendor).unwrap());
}

#[test]
fn directories_that_are_still_to_be_made_are_writable_where_the_one_above_is() {
    let place = Place::new();
    let at = |path: PathBuf| interpreter_environment().at(&Destination::Prefix(path), None).unwrap();
    assert!(at(place.path("not/yet/there")).is_writable());
    assert!(!at(place.path("not/yet/there")).defaults_to_user());
    let closed = place.path("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    // To root, nothing is closed.
    let is_open = fs::write(closed.join("probe"), "").is_ok();
    assert_eq!(at(closed.join("prefix")).is_writable(), is_open);
}
