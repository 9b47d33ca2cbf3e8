//! Two distributions and one file.

use super::{Context, options};
use crate::{ConflictPolicy, InstallError, Installation, TransactionOptions};

const LIBRARY: &str = "lib/python3.12/site-packages";

fn refusing() -> TransactionOptions {
    TransactionOptions { conflicts: ConflictPolicy::Refuse, ..options() }
}

fn pair(context: &Context) -> (Installation, Installation) {
    let one = context.wheel("one", "1.0", &[("tests/__init__.py", "one"), ("one.py", "")]);
    let two = context.wheel("two", "2.0", &[("tests/__init__.py", "two"), ("two.py", "")]);
    (one, two)
}

#[test]
fn the_same_content_is_no_conflict() {
    let context = Context::new();
    let one = context.wheel("one", "1.0", &[("space/__init__.py", ""), ("space/one.py", "")]);
    let two = context.wheel("two", "1.0", &[("space/__init__.py", ""), ("space/two.py", "")]);
    let three = context.wheel("three", "1.0", &[("space/__init__.py", ""), ("space/three.py", "")]);
    context.install_with(&[one, two], refusing()).unwrap();
    context.install_with(&[three], refusing()).unwrap();
    context.require_whole();
    // Each of them keeps the file for the others.
    context.uninstall(&["one"]).unwrap();
    assert!(context.has(&format!("{LIBRARY}/space/__init__.py")));
    context.require_whole();
    context.uninstall(&["two", "three"]).unwrap();
    assert!(super::tree(context.site_packages()).is_empty());
}

#[test]
fn within_one_transaction_the_order_does_not_matter() {
    for backwards in [false, true] {
        let context = Context::new();
        let (one, two) = pair(&context);
        let order = if backwards { [two, one] } else { [one, two] };
        let transaction = context.begin();
        transaction.stage_all(&order).unwrap();
        let conflicts = transaction.conflicts().unwrap();
        let report = transaction.commit().unwrap();
        assert_eq!(report.conflicts, conflicts);
        assert_eq!(conflicts.len(), 1);
        assert_eq!(conflicts[0].path, context.site_packages().join("tests/__init__.py"));
        assert_eq!(conflicts[0].distributions, ["one 1.0", "two 2.0"]);
        assert_eq!(context.read(&format!("{LIBRARY}/tests/__init__.py")), "two");
    }
}

#[test]
fn conflicts_can_be_refused() {
    let context = Context::new();
    let before = context.tree();
    let (one, two) = pair(&context);
    let error = context.install_with(&[one.clone(), two.clone()], refusing()).unwrap_err();
    assert!(matches!(&error, InstallError::Conflicts(conflicts) if conflicts.len() == 1), "{error}");
    assert_eq!(context.tree(), before);
    context.install_with(&[one], refusing()).unwrap();
    let before = context.tree();
    let error = context.install_with(std::slice::from_ref(&two), refusing()).unwrap_err();
    assert!(error.to_string().contains("belongs to one 1.0, and two 2.0 overwrites it"), "{error}");
    assert_eq!(context.tree(), before);
    let report = context.install(&[two]).unwrap();
    assert_eq!(report.conflicts[0].installed.as_deref(), Some("one 1.0"));
    assert_eq!(context.read(&format!("{LIBRARY}/tests/__init__.py")), "two");
}

#[test]
fn generated_scripts_conflict_too() {
    let context = Context::new();
    let wheel = |name: &str| {
        let entry_points = format!("{name}-1.0.dist-info/entry_points.txt");
        let text = format!("[console_scripts]\ntool = {name}:main\n");
        context.wheel(name, "1.0", &[(entry_points.as_str(), text.as_str())])
    };
    let report = context.install(&[wheel("two"), wheel("one")]).unwrap();
    assert_eq!(report.conflicts.len(), 1);
    assert!(context.read("bin/tool").contains("from two import main"));
}

#[test]
fn a_file_that_goes_is_no_conflict() {
    let context = Context::new();
    let (one, two) = pair(&context);
    context.install(&[one]).unwrap();
    let mut transaction = context.begin_with(refusing()).unwrap();
    transaction.remove(&context.distribution("one")).unwrap();
    transaction.stage(&two).unwrap();
    transaction.commit().unwrap();
    assert_eq!(context.names(), ["two 2.0"]);
    context.require_whole();
}

#[test]
fn a_file_and_a_directory() {
    let context = Context::new();
    let one = context.wheel("one", "1.0", &[("name", "")]);
    let two = context.wheel("two", "1.0", &[("name/x.py", "")]);
    let before = context.tree();
    for order in [[one.clone(), two.clone()], [two, one]] {
        let error = context.install(&order).unwrap_err();
        assert!(matches!(error, InstallError::Forbidden { .. }), "{error}");
        assert_eq!(context.tree(), before);
    }
}

#[test]
fn one_project_twice() {
    let context = Context::new();
    let wheels = [context.wheel("a_b", "1.0", &[]), context.wheel("A.B", "2.0", &[])];
    let error = context.install(&wheels).unwrap_err();
    assert!(matches!(error, InstallError::Duplicate { .. }), "{error}");
    let wheel = context.wheel("demo", "1.0", &[("x.py", "one"), ("demo-1.0.data/purelib/x.py", "two")]);
    let error = context.install(&[wheel]).unwrap_err();
    assert!(error.to_string().contains("two different files"), "{error}");
}

#[test]
fn a_module_of_an_installed_distribution_is_overwritten() {
    let context = Context::new();
    context.install(&[context.wheel("six", "1.16.0", &[("six.py", "six")])]).unwrap();
    let transaction = context.begin();
    transaction.stage(&context.wheel("other", "1.0", &[("six.py", "mine"), ("other.py", "")])).unwrap();
    let conflicts = transaction.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    let path = context.site_packages().join("six.py");
    let expected = format!("{} belongs to six 1.16.0, and other 1.0 overwrites it", path.display());
    assert_eq!(conflicts[0].to_string(), expected);
    assert_eq!(transaction.commit().unwrap().conflicts, conflicts);
}

#[test]
fn wheels_staged_by_threads_conflict_as_those_of_one_do() {
    let context = Context::new();
    let wheels: Vec<Installation> = ["one", "two", "three"]
        .map(|name| context.wheel(name, "1.0", &[("shared/a.py", name), ("shared/same.py", "")]))
        .into();
    let transaction = context.begin_with(TransactionOptions { threads: 3, ..options() }).unwrap();
    transaction.stage_all(&wheels).unwrap();
    let conflicts = transaction.conflicts().unwrap();
    assert_eq!(conflicts.len(), 1, "{conflicts:?}");
    assert!(
        conflicts[0].to_string().ends_with("shared/a.py is written by one 1.0 and three 1.0 and two 1.0")
    );
    transaction.commit().unwrap();
    assert_eq!(context.read(&format!("{LIBRARY}/shared/a.py")), "two");
}
