//! Virtual environments are those that `python -m venv` makes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::fixture::{Place, interpreter, interpreters, python, python_venv, run};
use crate::probe::probe;
use crate::{Environment, Interpreter, VenvOptions, create_venv};

/// Every entry below `root`: `d`, `l` with its target, or `f` with its mode.
fn layout(root: &Path) -> BTreeMap<String, String> {
    fn walk(root: &Path, directory: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let kind = if metadata.is_symlink() {
                format!("l {}", fs::read_link(&path).unwrap().display())
            } else if metadata.is_dir() {
                "d".to_owned()
            } else {
                format!("f {:o}", metadata.permissions().mode() & 0o777)
            };
            if metadata.is_dir() {
                walk(root, &path, found);
            }
            found.insert(path.strip_prefix(root).unwrap().display().to_string(), kind);
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

fn make(place: &Place, directory: &Path, python: &Path, options: &VenvOptions) -> Environment {
    let interpreter = Interpreter::query(python, &place.cache).unwrap();
    create_venv(directory, &interpreter, options).unwrap()
}

#[test]
fn layout_and_configuration_are_those_of_python() {
    let cases: [(&[&str], VenvOptions); 4] = [
        (&[], VenvOptions::default()),
        (&["--copies"], VenvOptions { copies: true, ..VenvOptions::default() }),
        (
            &["--system-site-packages", "--prompt", "it's"],
            VenvOptions {
                system_site_packages: true,
                prompt: Some("it's".to_owned()),
                ..VenvOptions::default()
            },
        ),
        (&["--clear"], VenvOptions { clear: true, ..VenvOptions::default() }),
    ];
    for python in interpreters() {
        for (arguments, options) in &cases {
            let place = Place::new();
            // One after the other in the same place, for `command` names it.
            let root = place.path("an env");
            python_venv(python, &root, arguments);
            let expected = layout(&root);
            let configuration = fs::read_to_string(root.join("pyvenv.cfg")).unwrap();
            fs::remove_dir_all(&root).unwrap();

            make(&place, &root, python, options);
            let mut ours = layout(&root);
            assert!(ours.remove("bin/activate.nu").is_some());
            assert_eq!(ours, expected, "{} {arguments:?}", python.display());
            assert_eq!(fs::read_to_string(root.join("pyvenv.cfg")).unwrap(), configuration);
        }
    }
}

#[test]
fn what_is_returned_is_what_python_says() {
    for python in interpreters() {
        for system_site_packages in [false, true] {
            let place = Place::new();
            let options = VenvOptions { system_site_packages, ..VenvOptions::default() };
            let environment = make(&place, &place.path("env"), python, &options);
            let mut told = probe(&place.path("env/bin/python")).unwrap();
            let read = Environment::virtual_environment(&place.path("env"), &place.cache).unwrap();
            assert_eq!(*read.interpreter.facts, told);
            // Only which of the names of the same file it was made from is not told.
            let made = &environment.interpreter.facts;
            assert_eq!(fs::canonicalize(&told.base_executable).unwrap(), fs::canonicalize(python).unwrap());
            told.base_executable.clone_from(&made.base_executable);
            assert_eq!(**made, told);
        }
    }
}

#[test]
fn an_environment_made_from_another_has_its_base() {
    let place = Place::new();
    let outer = make(&place, &place.path("outer"), python(), &VenvOptions::default());
    let inner = make(&place, &place.path("inner"), &outer.executable, &VenvOptions::default());
    fs::remove_dir_all(place.path("outer")).unwrap();
    assert_eq!(*inner.interpreter.facts, probe(&place.path("inner/bin/python")).unwrap());
}

#[test]
fn relative_and_odd_paths_are_made_normal() {
    let place = Place::new();
    let directory = place.path("a/../it's \"odd\" $HOME ü/./env");
    let environment = make(&place, &directory, python(), &VenvOptions::default());
    let expected = place.path("it's \"odd\" $HOME ü/env");
    assert_eq!(environment.interpreter.facts.prefix, expected);
    let prefix = run(&expected.join("bin/python"), &["-I", "-c", "import sys; print(sys.prefix)"]);
    assert_eq!(PathBuf::from(prefix), expected);
}

#[test]
fn what_stands_there_is_kept() {
    let place = Place::new();
    let root = place.path("env");
    place.write("env/.gitignore", "mine");
    place.write("env/notes.txt", "mine");
    make(&place, &root, python(), &VenvOptions::default());
    let (major, minor) = interpreter().python_version();
    let module = format!("env/lib/python{major}.{minor}/site-packages/module.py");
    place.write(&module, "x = 1");
    // Links of another base, and a copy in place of a link.
    fs::remove_file(root.join("bin/python")).unwrap();
    symlink("/nowhere/python", root.join("bin/python")).unwrap();
    fs::remove_file(root.join("bin/python3")).unwrap();
    place.write("env/bin/python3", "no longer a link");

    make(&place, &root, python(), &VenvOptions::default());
    assert_eq!(fs::read_to_string(root.join("notes.txt")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(root.join(".gitignore")).unwrap(), "mine");
    assert_eq!(run(&root.join("bin/python"), &["-c", "import module; print(module.x)"]), "1");
    assert_eq!(run(&root.join("bin/python3"), &["-c", "import module; print(module.x)"]), "1");
    let left: Vec<_> = layout(&root).into_keys().filter(|path| path.contains(".rpip")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn upgrade_leaves_the_activation_scripts() {
    let place = Place::new();
    let root = place.path("env");
    make(&place, &root, python(), &VenvOptions::default());
    place.write("env/bin/activate", "mine");
    fs::remove_file(root.join("bin/python")).unwrap();
    make(&place, &root, python(), &VenvOptions { upgrade: true, ..VenvOptions::default() });
    assert_eq!(fs::read_to_string(root.join("bin/activate")).unwrap(), "mine");
    run(&root.join("bin/python"), &["-c", ""]);
}

/// The umask is the process's: the test itself runs in another one.
#[test]
fn activation_scripts_are_readable_whatever_the_umask() {
    let mut inner = Command::new("sh");
    inner.args(["-c", "umask 077; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    inner.args(["--ignored", "--exact", "tests::venv::activation_scripts_under_a_narrow_umask"]);
    let output = inner.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "started by another test, with a umask of its own"]
fn activation_scripts_under_a_narrow_umask() {
    let place = Place::new();
    let root = place.path("env");
    make(&place, &root, python(), &VenvOptions::default());
    let files = layout(&root);
    assert_eq!(files["pyvenv.cfg"], "f 600");
    for (path, kind) in files.iter().filter(|(path, _)| path.to_ascii_lowercase().starts_with("bin/activate"))
    {
        assert_eq!(kind, "f 644", "{path}");
    }
}

#[test]
fn clear_empties_environments_only() {
    let place = Place::new();
    let root = place.path("env");
    let clear = VenvOptions { clear: true, ..VenvOptions::default() };
    make(&place, &root, python(), &clear);
    let kept = place.write("kept/file", "kept");
    place.write("env/lib/old", "old");
    symlink(place.path("kept"), root.join("link")).unwrap();
    make(&place, &root, python(), &clear);
    assert!(!root.join("lib/old").exists() && fs::symlink_metadata(root.join("link")).is_err());
    assert!(kept.exists());

    place.write("project/main.py", "");
    let error = create_venv(&place.path("project"), &interpreter(), &clear).unwrap_err().to_string();
    assert!(error.contains("--clear deletes virtual environments only"), "{error}");
    assert!(place.path("project/main.py").exists() && !place.path("project/pyvenv.cfg").exists());
}

#[test]
fn clear_spares_what_is_needed() {
    let place = Place::new();
    let root = place.path("env");
    make(&place, &root, python(), &VenvOptions::default());
    fs::create_dir(root.join("inside")).unwrap();
    let clear = VenvOptions { clear: true, ..VenvOptions::default() };
    let with_facts = |change: &dyn Fn(&mut crate::InterpreterFacts)| {
        let mut facts = crate::InterpreterFacts::clone(&interpreter().facts);
        change(&mut facts);
        create_venv(&root, &Interpreter { facts: facts.into() }, &clear).unwrap_err().to_string()
    };
    let inside = root.join("inside");
    let error = with_facts(&|facts| facts.user_home.clone_from(&inside));
    assert!(error.contains("home directory"), "{error}");
    let error = with_facts(&|facts| facts.user_home.clone_from(&root));
    assert!(error.contains("home directory"), "{error}");
    let error = with_facts(&|facts| facts.base_executable = inside.clone());
    assert!(error.contains("holds the interpreter"), "{error}");
    let below = VenvOptions { current_directory: Some(inside.clone()), ..clear.clone() };
    let error = create_venv(&root, &interpreter(), &below).unwrap_err().to_string();
    assert!(error.contains("current directory"), "{error}");
    assert!(inside.exists());
    let within = VenvOptions { current_directory: Some(root.clone()), ..clear };
    create_venv(&root, &interpreter(), &within).unwrap();
    assert!(!inside.exists());
}

#[test]
fn unsuitable_places_are_refused() {
    let place = Place::new();
    let refuse = |relative: &str, options: &VenvOptions, expected: &str| {
        let error = create_venv(&place.path(relative), &interpreter(), options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let default = VenvOptions::default();
    let upgrade = VenvOptions { upgrade: true, ..VenvOptions::default() };
    place.write("file", "");
    symlink("nowhere", place.path("dangling")).unwrap();
    place.write("project/file", "");
    refuse("file", &default, "it is a file");
    refuse("dangling", &default, "leads nowhere");
    refuse("a:b", &default, "separates the entries of PATH");
    refuse("a\nb", &default, "control character");
    refuse("a", &VenvOptions { prompt: Some("a\nb".into()), ..default.clone() }, "control character");
    refuse("absent", &upgrade, "does not exist");
    refuse("project", &upgrade, "no environment to upgrade");
    refuse("project", &VenvOptions { clear: true, ..upgrade.clone() }, "both upgraded and cleared");
    for inner in ["lib", "bin", "include"] {
        let relative = format!("hostile-{inner}");
        fs::create_dir(place.path(&relative)).unwrap();
        symlink(place.path("project"), place.path(&relative).join(inner)).unwrap();
        refuse(&relative, &default, "is a link or a file");
    }
    assert_eq!(layout(&place.path("project")).len(), 1);
    assert!(!place.path("absent").exists() && !place.path("a:b").exists());
}

#[test]
fn a_link_to_a_directory_is_followed() {
    let place = Place::new();
    fs::create_dir(place.path("elsewhere")).unwrap();
    symlink(place.path("elsewhere"), place.path(".venv")).unwrap();
    let options = VenvOptions { clear: true, ..VenvOptions::default() };
    for _ in 0..2 {
        let environment = make(&place, &place.path(".venv"), python(), &options);
        assert_eq!(environment.interpreter.facts.prefix, place.path(".venv"));
        assert!(place.path("elsewhere/pyvenv.cfg").exists());
    }
}

#[test]
fn options_are_written_down() {
    let place = Place::new();
    let options = VenvOptions {
        prompt: Some(".".to_owned()),
        current_directory: Some(place.path("project x")),
        command: Some("rpip venv env".to_owned()),
        without_scm_ignore_files: true,
        ..VenvOptions::default()
    };
    let environment = make(&place, &place.path("env"), python(), &options);
    let text = fs::read_to_string(place.path("env/pyvenv.cfg")).unwrap();
    assert!(text.contains("prompt = 'project x'\n"), "{text}");
    assert_eq!(text.contains("command = rpip venv env\n"), interpreter().python_version() >= (3, 11));
    assert!(!place.path("env/.gitignore").exists());
    let script = fs::read_to_string(environment.scheme.scripts.join("activate")).unwrap();
    assert!(script.contains("VIRTUAL_ENV_PROMPT='project x'"), "{script}");
}
