//! Where to install.

use super::fixture::{Place, python, python_venv};
use crate::{PythonRequest, PythonVariables, SearchContext, find_environment, find_prefix};

#[test]
fn environments_are_chosen_in_order() {
    let place = Place::new();
    for name in ["active", "conda-like", "work/.venv", "asked"] {
        python_venv(python(), &place.path(name), &[]);
    }
    // Without pyvenv.cfg it is just a directory.
    std::fs::create_dir_all(place.path("work/project/.venv")).unwrap();
    std::fs::create_dir_all(place.path("work/project/deep")).unwrap();
    std::fs::create_dir_all(place.path("elsewhere")).unwrap();
    let on_path = place.link("bin/python3", python());
    let context = SearchContext {
        virtual_env: Some(place.path("active")),
        conda_prefix: Some(place.path("conda-like")),
        directory: Some(place.path("work/project/deep")),
        ..place.context(&["bin"])
    };
    let found = |request: Option<&PythonRequest>, context: &SearchContext| {
        let environment = find_environment(request, context, &place.cache).unwrap();
        // The prefix can be told by paths alone.
        let prefix = environment.interpreter.facts.prefix.clone();
        assert_eq!(find_prefix(request, context), Some(prefix), "{request:?}");
        environment
    };
    let asked = PythonRequest::Path(place.path("asked"));
    assert_eq!(found(Some(&asked), &context).executable, place.path("asked/bin/python"));
    let asked = PythonRequest::Path("../../../asked/bin/python".into());
    assert!(found(Some(&asked), &context).is_virtual);
    assert!(!found(Some(&PythonRequest::Name("python3".to_owned())), &context).is_virtual);
    assert_eq!(found(None, &context).executable, place.path("active/bin/python"));
    let context = SearchContext { virtual_env: None, ..context };
    assert_eq!(found(None, &context).executable, place.path("conda-like/bin/python"));
    let context = SearchContext { conda_prefix: None, ..context };
    assert_eq!(found(None, &context).executable, place.path("work/.venv/bin/python"));
    let context = SearchContext { directory: Some(place.path("elsewhere")), ..context };
    let system = found(None, &context);
    assert_eq!(system.executable, on_path);
    assert!(!system.is_virtual && !system.system_site_packages);
}

#[test]
fn a_broken_active_environment_is_an_error() {
    let place = Place::new();
    place.link("bin/python3", python());
    let context = SearchContext { virtual_env: Some(place.path("gone")), ..place.context(&["bin"]) };
    let error = find_environment(None, &context, &place.cache).unwrap_err().to_string();
    assert!(error.contains("gone is not a virtual environment: it does not exist"), "{error}");

    python_venv(python(), &place.path("project/.venv"), &[]);
    std::fs::remove_file(place.path("project/.venv/bin/python")).unwrap();
    std::os::unix::fs::symlink("/gone/python", place.path("project/.venv/bin/python")).unwrap();
    std::fs::remove_file(place.path("project/.venv/bin/python3")).unwrap();
    let context = SearchContext { virtual_env: None, ..context };
    let error = find_environment(None, &context, &place.cache).unwrap_err().to_string();
    assert!(error.contains("leads to /gone/python"), "{error}");
}

#[test]
fn without_any_python_there_is_advice() {
    let place = Place::new();
    let error = find_environment(None, &place.context(&["bin"]), &place.cache).unwrap_err().to_string();
    assert!(error.contains("there is no Python on PATH") && error.contains("--python"), "{error}");
}

#[test]
fn variables_reach_the_environment() {
    let place = Place::new();
    place.link("bin/python3", python());
    let extra = place.path("project");
    std::fs::create_dir(&extra).unwrap();
    let variables = PythonVariables { path: vec![extra.clone()], no_user_site: true, ..Default::default() };
    let context = SearchContext { variables, ..place.context(&["bin"]) };
    let environment = find_environment(None, &context, &place.cache).unwrap();
    assert_eq!(environment.site_packages().first(), Some(&extra));
    assert!(!environment.interpreter.facts.user_site_enabled);
}
