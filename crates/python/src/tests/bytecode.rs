//! Compiled wheels: what Python itself would write, kept for the next environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use cache::{CachedWheel, Manifest, ManifestFile, WheelRoot};
use distribution::{EntryPoints, SafePath, Sha256};

use super::fixture::{Place, interpreter, interpreters, run};
use crate::{BytecodeCompiler, CompiledWheel, Interpreter, InterpreterFacts, PythonError};

const MODIFIED: i64 = 1_700_000_000;

/// An unpacked wheel with these files.
fn wheel(place: &Place, files: &[(WheelRoot, &str, &str)]) -> CachedWheel {
    let safe = |path: &str| SafePath::new(path).unwrap();
    let files_of_manifest = files.iter().map(|(root, path, text)| ManifestFile {
        root: *root,
        path: safe(path),
        size: text.len() as u64,
        sha256: Sha256([0; 32]),
        executable: false,
        rewrite_shebang: false,
    });
    let manifest = Manifest {
        filename: "example-1-py3-none-any.whl".to_owned(),
        name: "example".to_owned(),
        version: "1".to_owned(),
        dist_info: safe("example-1.dist-info"),
        data_directory: Some(safe("example-1.data")),
        root_is_purelib: true,
        directories: Vec::new(),
        files: files_of_manifest.collect(),
        entry_points: EntryPoints::default(),
        record_problems: Vec::new(),
        modified: MODIFIED,
        file_mode: 0o644,
        executable_mode: 0o755,
    };
    let root = place.path("cache/archive/files");
    let wheel = CachedWheel {
        sha256: Sha256([0; 32]),
        root,
        manifest: Arc::new(manifest),
        cache: place.cache.clone(),
    };
    for (file, (_, _, text)) in wheel.manifest.files.iter().zip(files) {
        write_source(&wheel.file_path(file), text);
    }
    wheel
}

fn write_source(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(MODIFIED as u64);
    fs::File::open(path).unwrap().set_modified(time).unwrap();
}

fn library<'a>(path: &'a str, text: &'a str) -> (WheelRoot, &'a str, &'a str) {
    (WheelRoot::Library, path, text)
}

fn paths(compiled: &CompiledWheel) -> Vec<&str> {
    compiled.files.iter().map(SafePath::as_str).collect()
}

fn compiler(place: &Place, interpreter: Interpreter) -> BytecodeCompiler {
    BytecodeCompiler::new(interpreter, 2, place.cache.clone())
}

#[test]
fn bytecode_is_what_py_compile_writes() {
    let compare = "import marshal, py_compile, sys\n\
                   source, ours, theirs = sys.argv[1:]\n\
                   py_compile.compile(source, theirs, 'pkg/module.py', doraise=True)\n\
                   ours, theirs = open(ours, 'rb').read(), open(theirs, 'rb').read()\n\
                   assert ours[:16] == theirs[:16], (ours[:16], theirs[:16])\n\
                   ours, theirs = marshal.loads(ours[16:]), marshal.loads(theirs[16:])\n\
                   assert ours == theirs and ours.co_filename == theirs.co_filename == 'pkg/module.py'";
    for python in interpreters() {
        let place = Place::new();
        let source =
            "# -*- coding: latin-1 -*-\n'docstring'\nassert __debug__\ndef f(x):\n    return [f, x]\n";
        let wheel = wheel(&place, &[library("pkg/module.py", source), library("pkg/data.txt", "no code")]);
        let interpreter = Interpreter::query(python, &place.cache).unwrap();
        let compiled = compiler(&place, interpreter.clone()).compile(&wheel).unwrap();
        let tag = interpreter.facts.cache_tag.clone().unwrap();
        assert_eq!(paths(&compiled), [format!("pkg/__pycache__/module.{tag}.pyc")]);
        assert_eq!(compiled.root, wheel.bytecode_root(&tag, &interpreter.facts.magic));
        let ours = compiled.files.first().unwrap().under(&compiled.root);
        let metadata = fs::metadata(&ours).unwrap();
        assert_eq!(compiled.sizes, [metadata.len()]);
        let modified = metadata.modified().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(modified, Duration::from_secs(MODIFIED as u64));
        let theirs = place.path("theirs.pyc");
        let files = [wheel.root.join("pkg/module.py"), ours, theirs];
        let mut arguments = vec!["-I".to_owned(), "-c".to_owned(), compare.to_owned()];
        arguments.extend(files.map(|path| path.display().to_string()));
        run(python, &arguments);
    }
}

#[test]
fn python_uses_it_wherever_it_is_linked_to() {
    for python in interpreters() {
        let place = Place::new();
        let source = "def fail():\n    raise ValueError('here')\n";
        let wheel = wheel(&place, &[library("pkg/__init__.py", ""), library("pkg/module.py", source)]);
        let interpreter = Interpreter::query(python, &place.cache).unwrap();
        let compiled = compiler(&place, interpreter).compile(&wheel).unwrap();
        assert_eq!(compiled.files.len(), 2);
        for name in ["one", "another place"] {
            let site = place.path(name);
            fs::create_dir_all(site.join("pkg/__pycache__")).unwrap();
            for file in &wheel.manifest.files {
                fs::hard_link(wheel.file_path(file), file.path.under(&site)).unwrap();
            }
            for file in &compiled.files {
                fs::hard_link(file.under(&compiled.root), file.under(&site)).unwrap();
            }
            let script = format!(
                "import importlib._bootstrap_external as external, sys, traceback\n\
                 def forbidden(*arguments): raise SystemExit('compiled anew')\n\
                 external.SourceFileLoader.source_to_code = forbidden\n\
                 sys.path.insert(0, {:?})\n\
                 import pkg.module\n\
                 try: pkg.module.fail()\n\
                 except ValueError: print(traceback.format_exc())",
                site.display().to_string()
            );
            let shown = run(python, &["-I", "-c", &script]);
            let expected = format!("File \"{}\", line 2, in fail", site.join("pkg/module.py").display());
            assert!(shown.contains(&expected), "{shown}");
        }
    }
}

/// An interpreter that cannot be started, with the facts of the real one.
fn gone(place: &Place) -> Interpreter {
    let mut facts = InterpreterFacts::clone(&interpreter().facts);
    facts.base_executable = place.path("gone");
    Interpreter { facts: facts.into() }
}

#[test]
fn what_is_compiled_is_remembered() {
    let place = Place::new();
    let wheel =
        wheel(&place, &[library("a.py", "x = 1"), library("b.py", "x = 2"), library("bad.py", "x =")]);
    let first = compiler(&place, interpreter()).compile(&wheel).unwrap();
    let tag = interpreter().facts.cache_tag.clone().unwrap();
    assert_eq!(paths(&first), ["a", "b"].map(|name| format!("__pycache__/{name}.{tag}.pyc")));
    let second = compiler(&place, gone(&place)).compile(&wheel).unwrap();
    assert_eq!((second.files, second.sizes, second.root), (first.files, first.sizes, first.root.clone()));

    // A tree whose list was cut off is made anew.
    let list = first.root.join(".rpip-bytecode");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.lines().next().unwrap()).unwrap();
    assert!(compiler(&place, gone(&place)).compile(&wheel).is_err());
    let third = compiler(&place, interpreter()).compile(&wheel).unwrap();
    assert_eq!(third.files.len(), 2);
    assert_eq!(fs::read_to_string(&list).unwrap(), text);
}

#[test]
fn only_modules_of_the_libraries_are_compiled() {
    let place = Place::new();
    let tag = interpreter().facts.cache_tag.clone().unwrap();
    let shipped = format!("__pycache__/shipped.{tag}.pyc");
    let files = [
        library("pkg/a.py", "x = 1"),
        library("pkg/odd.name.py", "x = 1"),
        library("shipped.py", "x = 1"),
        library(&shipped, "as the wheel has it"),
        (WheelRoot::Purelib, "pure/b.py", "x = 1"),
        (WheelRoot::Platlib, "plat/c.py", "x = 1"),
        (WheelRoot::Scripts, "script.py", "x = 1"),
        (WheelRoot::Data, "share/d.py", "x = 1"),
        (WheelRoot::Headers, "e.py", "x = 1"),
        library("template.py.in", "{{"),
    ];
    let wheel = wheel(&place, &files);
    let compiled = compiler(&place, interpreter()).compile(&wheel).unwrap();
    let expected = [
        format!("example-1.data/platlib/plat/__pycache__/c.{tag}.pyc"),
        format!("example-1.data/purelib/pure/__pycache__/b.{tag}.pyc"),
        format!("pkg/__pycache__/a.{tag}.pyc"),
        format!("pkg/__pycache__/odd.name.{tag}.pyc"),
    ];
    assert_eq!(paths(&compiled), expected);

    let place = Place::new();
    let none = self::wheel(&place, &[library("data.txt", "")]);
    assert!(compiler(&place, gone(&place)).compile(&none).unwrap().files.is_empty());
}

#[test]
fn sources_that_do_not_compile_have_no_bytecode() {
    let place = Place::new();
    let deep = format!("x = {}1{}", "(".repeat(10_000), ")".repeat(10_000));
    let wheel = wheel(
        &place,
        &[
            library("good.py", "x = 1"),
            library("syntax.py", "def"),
            library("python2.py", "print 'x'"),
            library("null.py", "x = '\0'\n"),
            library("encoding.py", "# coding: no-such-thing\n"),
            library("deep.py", &deep),
            library("warning.py", "x = '\\d' is 1\n"),
        ],
    );
    let compiled = compiler(&place, interpreter()).compile(&wheel).unwrap();
    let names: Vec<&str> =
        compiled.files.iter().filter_map(|file| file.file_name().split('.').next()).collect();
    assert!(names.contains(&"good") && names.contains(&"warning"), "{names:?}");
    for bad in ["syntax", "python2", "encoding", "deep"] {
        assert!(!names.contains(&bad), "{names:?}");
    }
}

#[test]
fn a_source_that_was_changed_is_not_compiled() {
    let place = Place::new();
    let wheel = wheel(&place, &[library("a.py", "x = 1"), library("b.py", "x = 2")]);
    let touched = wheel.root.join("b.py");
    for change in ["x = 3", "x = 33"] {
        fs::write(&touched, change).unwrap();
        let error = compiler(&place, interpreter()).compile(&wheel).unwrap_err();
        let PythonError::Bytecode { file, .. } = &error else { panic!("{error}") };
        assert_eq!(file.as_ref(), Some(&touched));
        assert!(error.to_string().contains("changed in the cache"), "{error}");
    }
    write_source(&touched, "x = 2");
    assert_eq!(compiler(&place, interpreter()).compile(&wheel).unwrap().files.len(), 2);
}

#[test]
fn many_wheels_share_the_workers() {
    let place = Place::new();
    let compiler = compiler(&place, interpreter());
    let texts: Vec<(String, String)> =
        (0..200).map(|index| (format!("pkg/m{index}.py"), "x = 1\n".repeat(index * 5))).collect();
    std::thread::scope(|scope| {
        for number in 0..4 {
            let (compiler, texts) = (&compiler, &texts);
            scope.spawn(move || {
                let place = Place::new();
                let count = 50 * (number + 1);
                let files: Vec<_> =
                    texts.iter().take(count).map(|(path, text)| library(path, text)).collect();
                let wheel = wheel(&place, &files);
                let compiled = compiler.compile(&wheel);
                // The cache is on the same file system, in another directory.
                let compiled = compiled.unwrap();
                assert_eq!(compiled.files.len(), count);
                for (file, size) in compiled.files.iter().zip(&compiled.sizes) {
                    assert_eq!(fs::metadata(file.under(&compiled.root)).unwrap().len(), *size);
                }
            });
        }
    });
}

/// An interpreter that says the right magic number and then does `rest`.
fn pretender(place: &Place, rest: &str) -> Interpreter {
    let mut facts = InterpreterFacts::clone(&interpreter().facts);
    let bytes: Vec<String> = facts
        .magic
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .map(|byte| format!("\\{byte:03o}"))
        .collect();
    let script = format!("#!/bin/sh\nprintf '{}'\n{rest}\n", bytes.concat());
    facts.base_executable = place.script("bin/pretender", &script);
    Interpreter { facts: facts.into() }
}

fn failure(place: &Place, interpreter: Interpreter, limit: Duration) -> (Option<PathBuf>, String) {
    let wheel = wheel(place, &[library("a.py", "x = 1"), library("b.py", "x = 'longer'")]);
    let compiler = compiler(place, interpreter).with_file_limit(limit);
    let error = compiler.compile(&wheel).unwrap_err();
    let tag = compiler_tag();
    assert!(!wheel.bytecode_root(&tag.0, &tag.1).exists());
    let text = error.to_string();
    let PythonError::Bytecode { file, .. } = error else { panic!("{text}") };
    let root = wheel.root.clone();
    (file.map(|file| file.strip_prefix(&root).map(Path::to_path_buf).unwrap_or(file)), text)
}

fn compiler_tag() -> (String, String) {
    let facts = interpreter().facts;
    (facts.cache_tag.clone().unwrap(), facts.magic.clone())
}

#[test]
fn a_worker_that_ends_or_hangs_is_an_error_that_names_the_file() {
    let long = Duration::from_secs(60);
    let started = Instant::now();
    let place = Place::new();
    // The largest goes first.
    let (file, text) = failure(&place, pretender(&place, "exit 1"), long);
    assert_eq!(file, Some(PathBuf::from("b.py")), "{text}");
    let place = Place::new();
    let (file, text) =
        failure(&place, pretender(&place, "head -c 99 >/dev/null; printf '+0000'; exit 1"), long);
    assert_eq!(file, Some(PathBuf::from("a.py")), "{text}");
    let place = Place::new();
    let (file, text) = failure(&place, pretender(&place, "exec sleep 100"), Duration::from_millis(100));
    assert_eq!(file, Some(PathBuf::from("b.py")), "{text}");
    let place = Place::new();
    let (_, text) = failure(&place, gone(&place), long);
    assert!(text.contains("cannot be started"), "{text}");
    let place = Place::new();
    let mut other = InterpreterFacts::clone(&interpreter().facts);
    other.magic = "00000000".to_owned();
    let (_, text) = failure(&place, Interpreter { facts: other.into() }, long);
    assert!(text.contains("has been replaced meanwhile"), "{text}");
    assert!(started.elapsed() < long);
}

#[test]
fn dropping_the_compiler_ends_its_processes() {
    let place = Place::new();
    let pid = place.path("pid");
    let compiler =
        compiler(&place, pretender(&place, &format!("echo $$ > '{}'\nexec sleep 100", pid.display())));
    let compiler = compiler.with_file_limit(Duration::from_millis(200));
    let wheel = wheel(&place, &[library("a.py", "x = 1")]);
    assert!(compiler.compile(&wheel).is_err());
    drop(compiler);
    let pid = fs::read_to_string(pid).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists());
}
