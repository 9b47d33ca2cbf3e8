//! Backends that print, read, fail, hang, lie, and leave processes behind.

use std::fs;
use std::time::{Duration, Instant};

use super::fixture::{Project, ends, hook_error};
use crate::{BuildError, HookProblem};

fn wheel_hook(body: &str) -> Project {
    let body = body.replace('\n', "\n    ");
    Project::with_backend(&format!(
        "def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):\n    {body}"
    ))
}

#[test]
fn garbage_on_every_stream_disturbs_nobody() {
    let project = wheel_hook(
        r#"print('{"id": 1, "value": "evil.whl"}')
sys.stderr.write("error line\n")
os.write(1, b"\xff\xfe\x00raw\n")
os.write(2, b"no end")
sys.stdout.write("\udc80\u20ac\n")
subprocess.run([sys.executable, "-c", "print('from a child')"])
for number in range(3, 20):
    try: os.write(number, b"") 
    except OSError: pass
return make_wheel(wheel_directory)"#,
    );
    project.wheel().unwrap();
    let lines = project.lines();
    assert_eq!(
        lines[..3],
        ["{\"id\": 1, \"value\": \"evil.whl\"}", "error line", "\u{fffd}\u{fffd}\u{0}raw"]
    );
    assert!(lines[3].starts_with("no end"), "{lines:?}");
    assert_eq!(lines[4..], ["from a child"]);
    let log = fs::read(project.path("build.log")).unwrap();
    assert!(log.windows(12).any(|window| window == b"from a child"));
}

#[test]
fn nobody_is_at_the_keyboard() {
    let project = wheel_hook(
        r#"note(repr(sys.stdin.read()))
try: os.open("/dev/tty", os.O_RDWR)
except OSError: note("no terminal")
return make_wheel(wheel_directory)"#,
    );
    project.wheel().unwrap();
    assert_eq!(project.notes(), ["''", "no terminal"]);
}

#[test]
fn what_is_printed_before_the_worker_listens_is_output() {
    let mut project = wheel_hook("return make_wheel(wheel_directory)");
    project.write("site/sitecustomize.py", "import sys; print('{\"id\": 0} hello'); sys.stdin.read()");
    project.installer.python_path = vec![project.path("tree/site")];
    project.wheel().unwrap();
    // Once a process.
    let lines = project.lines();
    assert!(!lines.is_empty() && lines.iter().all(|line| line == "{\"id\": 0} hello"), "{lines:?}");
}

#[test]
fn an_exception_is_shown_with_its_traceback() {
    let project = wheel_hook("print('working')\nraise ValueError('caf\u{e9} \\udc80 \u{20ac}')");
    let error = project.failure();
    assert_eq!(error.hook.name(), "build_wheel");
    let message = "caf\u{e9} \\udc80 \u{20ac}".to_owned();
    assert_eq!(error.problem, HookProblem::Raised { kind: "ValueError".to_owned(), message });
    assert_eq!(error.output[..2], ["working", "Traceback (most recent call last):"]);
    assert!(error.output[2].contains("tools/backend.py"), "{:?}", error.output);
    let log = fs::read_to_string(error.log.unwrap()).unwrap();
    assert!(log.contains("working\nTraceback"));
    assert_eq!(project.ear.hooks.lock().unwrap().last(), Some(&("build_wheel", false)));
}

#[test]
fn a_failing_hook_leaves_the_build_usable() {
    let project = Project::with_backend(
        r#"
def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None): raise RuntimeError
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None): return make_wheel(wheel_directory)
"#,
    );
    let out = project.path("out");
    project
        .build(|builder| {
            assert_eq!(hook_error(builder.metadata().unwrap_err()).problem.to_string(), "RuntimeError");
            builder.wheel(&out)
        })
        .unwrap();
}

#[test]
fn exits_are_failures() {
    for (body, problem) in [
        ("sys.exit('because')", "SystemExit: because"),
        ("sys.exit(3)", "SystemExit: 3"),
        ("sys.exit()", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("os._exit(7)", "its process ended (exit status: 7)"),
        ("os._exit(0)", "its process ended (exit status: 0)"),
        ("os.kill(os.getpid(), 11)", "its process ended (signal: 11"),
    ] {
        let error = wheel_hook(&format!("print('said', flush=True)\n{body}")).failure();
        let shown = error.problem.to_string();
        assert!(shown.starts_with(problem), "{body}: {shown}");
        assert_eq!(error.output[0], "said");
        assert_eq!(error.output.len(), if body.contains("because") { 2 } else { error.output.len() });
    }
}

#[test]
fn a_missing_build_requirement_is_named() {
    for code in [
        "import no_such_module.part",
        "try:\n    import no_such_module\nexcept ImportError:\n    raise RuntimeError('x')",
    ] {
        let error = Project::with_backend(code).failure();
        assert!(matches!(error.problem, HookProblem::Unavailable { .. }), "{error}");
        assert!(error.hints[0].contains("'no_such_module'"), "{:?}", error.hints);
        assert!(error.hints[0].contains("build-system.requires"));
        let error = wheel_hook(code).failure();
        assert!(error.hints[0].contains("'no_such_module'"), "{:?}", error.hints);
    }
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for (body, reason) in [
        ("make_wheel('.')\nreturn '../../tree/demo-1.0-py3-none-any.whl'", "'.' or '..' component"),
        ("return os.path.abspath(make_wheel('.'))", "it is absolute"),
        (
            "os.mkdir(wheel_directory + '/x')\nreturn 'x/' + make_wheel(wheel_directory + '/x')",
            "not a plain name",
        ),
        ("return 'demo-1.0-py3-none-any.whl'", "there is no 'demo-1.0"),
        (
            "os.mkdir(wheel_directory + '/demo-1.0-py3-none-any.whl')\nreturn 'demo-1.0-py3-none-any.whl'",
            "right kind",
        ),
        (
            "os.symlink(os.path.abspath(make_wheel('.')), wheel_directory + '/demo-1.0-py3-none-any.whl')\n\
             return 'demo-1.0-py3-none-any.whl'",
            "right kind",
        ),
        ("open(wheel_directory + '/demo.zip', 'w')\nreturn 'demo.zip'", "does not end with '.whl'"),
        ("open(wheel_directory + '/demo.whl', 'w')\nreturn 'demo.whl'", "not a valid file name of a wheel"),
        ("return ''", "it is empty"),
        ("return 'a\\x00b.whl'", "control character"),
        ("return 'a\\udc80.whl'", "unsafe path"),
        ("return None", "NoneType instead of a file name"),
        ("return 3", "int instead of a file name"),
        ("return b'a.whl'", "bytes instead of a file name"),
    ] {
        let error = wheel_hook(body).failure().to_string();
        assert!(error.contains(reason), "{body}: {error}");
    }
}

#[test]
fn metadata_that_is_none_is_refused() {
    for (body, reason) in [
        ("return '..'", "'.' or '..' component"),
        ("return 'demo-1.0.dist-info'", "there is no"),
        (
            "os.mkdir(metadata_directory + '/a.dist-info')\nreturn 'a.dist-info'",
            "no METADATA in 'a.dist-info'",
        ),
        (
            "info = make_metadata(metadata_directory)\nos.rename(metadata_directory + '/' + info + '/METADATA', 'M')\n\
             os.symlink(os.path.abspath('M'), metadata_directory + '/' + info + '/METADATA')\nreturn info",
            "no METADATA in 'demo-1.0.dist-info'",
        ),
        ("return make_metadata(metadata_directory, version='one')", "'one' is not a valid version"),
    ] {
        let body = body.replace('\n', "\n    ");
        let project = Project::with_backend(&format!(
            "def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):\n    {body}"
        ));
        let error = project.build(|builder| builder.metadata()).unwrap_err().to_string();
        assert!(error.contains(reason), "{body}: {error}");
    }
    let project =
        wheel_hook("open(wheel_directory + '/a-1-py3-none-any.whl', 'w')\nreturn 'a-1-py3-none-any.whl'");
    let error = project.build(|builder| builder.metadata()).unwrap_err().to_string();
    assert!(error.contains("build_wheel of backend failed"), "{error}");
}

#[test]
fn huge_output_is_logged_and_not_kept() {
    let mut project = wheel_hook(
        "for number in range(300000): print('line', number)\nsys.stdout.write('x' * (1 << 20))\nraise SystemExit(1)",
    );
    project.options.log_limit = 1 << 20;
    let error = project.failure();
    assert_eq!(error.output.len(), 50);
    assert_eq!(error.output[48], "line 299999");
    assert!(error.output[49].len() < 5000);
    let size = fs::metadata(error.log.unwrap()).unwrap().len();
    assert!((1 << 20..(1 << 20) + 100).contains(&size), "{size}");
}

#[test]
fn a_backend_that_hangs_can_be_stopped_with_all_its_children() {
    let mut project = wheel_hook(
        r#"child = subprocess.Popen(["sleep", "1000"])
note("%d %d" % (os.getpid(), child.pid))
print("hanging")
time.sleep(1000)"#,
    );
    project.ear.stop_at = Some("hanging");
    let begin = Instant::now();
    let error = project.wheel().unwrap_err();
    assert!(matches!(error, BuildError::Cancelled { .. }), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(30));
    for pid in project.notes()[0].split(' ') {
        assert!(ends(pid), "{pid}");
    }
}

#[test]
fn a_backend_that_takes_too_long_is_ended() {
    let mut project = wheel_hook("print('hanging')\ntime.sleep(1000)");
    project.options.hook_limit = Some(Duration::from_secs(2));
    let error = project.failure();
    assert_eq!(error.problem, HookProblem::TimedOut { limit: Duration::from_secs(2) });
    assert_eq!(error.output, ["hanging"]);
    let mut project = Project::with_backend("time.sleep(1000)");
    project.options.hook_limit = Some(Duration::from_millis(500));
    assert!(matches!(project.failure().problem, HookProblem::TimedOut { .. }));
}

#[test]
fn a_process_that_is_left_behind_holds_nobody_up() {
    let project = wheel_hook(
        r#"child = subprocess.Popen(["sleep", "1000"])
note(str(child.pid))
print("started")
return make_wheel(wheel_directory)"#,
    );
    let begin = Instant::now();
    project.wheel().unwrap();
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert_eq!(project.lines(), ["started"]);
    assert!(ends(&project.notes()[0]));
}

#[test]
fn a_process_that_goes_on_printing_holds_nobody_up() {
    let project = wheel_hook(
        r#"subprocess.Popen(["sh", "-c", "while :; do echo noise; done"])
return make_wheel(wheel_directory)"#,
    );
    project.wheel().unwrap();
}

#[test]
fn what_a_backend_registers_for_its_end_is_done() {
    let project = wheel_hook(
        r#"import atexit, tempfile
atexit.register(note, "at exit")
tempfile.mkdtemp()
return make_wheel(wheel_directory)"#,
    );
    project.wheel().unwrap();
    assert_eq!(project.notes(), ["at exit"]);
}

#[test]
fn an_interpreter_that_is_not_there_is_named() {
    let project = wheel_hook("pass");
    let environment =
        crate::BuildEnvironment { python: project.path("no/python"), ..super::fixture::environment() };
    let (check, markers) = (crate::DependencyCheck::None, super::fixture::markers());
    let isolation = crate::Isolation::Existing { environment: &environment, check, markers: &markers };
    let error = project.build_with(isolation, |builder| builder.wheel(&project.path("out"))).unwrap_err();
    assert!(matches!(&error, BuildError::Start { .. }) && error.to_string().contains("no/python"), "{error}");
}
