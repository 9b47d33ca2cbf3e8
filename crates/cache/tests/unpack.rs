//! Unpacking wheels: what lies in the cache afterwards, and what is refused.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use distribution::{Digest, HashAlgorithm, Sha256, WheelFilename};
use rpip_cache::{Cache, CacheError, CachedWheel, RecordProblem, WheelRoot, WheelSource};
use support::{Entry, archive, deflated, directory, stored, wheel};
use tempfile::TempDir;

struct Context {
    directory: TempDir,
    cache: Cache,
}

impl Context {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let cache = Cache::at(directory.path().join("cache"));
        Self { directory, cache }
    }

    fn unpack_as(&self, name: &str, bytes: &[u8], promised: &[Digest]) -> Result<CachedWheel, CacheError> {
        let path = self.directory.path().join(name);
        File::create(&path).unwrap().write_all(bytes).unwrap();
        let filename: WheelFilename = name.parse().unwrap();
        let file = File::open(&path).unwrap();
        let source =
            WheelSource { filename: &filename, filename_text: name, file: &file, sha256: None, promised };
        self.cache.unpack_wheel(&source)
    }

    fn unpack(&self, entries: Vec<Entry>) -> Result<CachedWheel, CacheError> {
        self.unpack_as("demo-1.0-py3-none-any.whl", &archive(entries).bytes(), &[])
    }

    fn refused(&self, entries: Vec<Entry>, because: &str) {
        let error = self.unpack(entries).unwrap_err().to_string();
        assert!(error.contains(because), "{error:?} does not say {because:?}");
        self.holds_nothing();
    }

    fn holds_nothing(&self) {
        assert!(self.cache.wheels().is_empty());
        let scratch = fs::read_dir(self.cache.root().join("scratch"));
        assert_eq!(scratch.map_or(0, Iterator::count), 0);
    }
}

fn demo() -> Vec<Entry> {
    let executable = |entry: Entry| Entry { mode: 0o100_755, ..entry };
    wheel(
        "demo",
        vec![
            directory("demo/"),
            deflated("demo/__init__.py", b"import this\n"),
            executable(stored("demo/tool", b"\x7fELF")),
            deflated("demo/data/deep/x.txt", b""),
            executable(deflated("demo-1.0.data/scripts/run", b"#!python\nprint()\n")),
            stored("demo-1.0.data/scripts/other", b"#!/bin/sh\n"),
            stored("demo-1.0.data/data/share/demo", b"shared"),
            stored("demo-1.0.data/headers/demo.h", b"int x;"),
            deflated("demo-1.0.dist-info/entry_points.txt", b"[console_scripts]\ndemo = demo:main\n"),
        ],
    )
}

#[test]
fn a_wheel_is_unpacked_and_described() {
    let context = Context::new();
    let unpacked = context.unpack(demo()).unwrap();
    let manifest = &unpacked.manifest;
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("demo", "1.0"));
    assert!(manifest.root_is_purelib && manifest.record_problems.is_empty());
    assert_eq!(manifest.entry_points.console_scripts.len(), 1);
    let files: Vec<(WheelRoot, &str, bool, bool)> = manifest
        .files
        .iter()
        .map(|file| (file.root, file.path.as_str(), file.executable, file.rewrite_shebang))
        .collect();
    assert_eq!(
        files,
        [
            (WheelRoot::Library, "demo-1.0.dist-info/METADATA", false, false),
            (WheelRoot::Library, "demo-1.0.dist-info/WHEEL", false, false),
            (WheelRoot::Library, "demo-1.0.dist-info/entry_points.txt", false, false),
            (WheelRoot::Library, "demo/__init__.py", false, false),
            (WheelRoot::Library, "demo/data/deep/x.txt", false, false),
            (WheelRoot::Library, "demo/tool", true, false),
            (WheelRoot::Headers, "demo.h", false, false),
            (WheelRoot::Scripts, "other", false, false),
            (WheelRoot::Scripts, "run", true, true),
            (WheelRoot::Data, "share/demo", false, false),
        ]
    );
    let directories: Vec<_> =
        manifest.directories.iter().map(|(root, path)| (*root, path.as_str())).collect();
    assert_eq!(
        directories,
        [
            (WheelRoot::Library, "demo"),
            (WheelRoot::Library, "demo-1.0.dist-info"),
            (WheelRoot::Library, "demo/data"),
            (WheelRoot::Library, "demo/data/deep"),
            (WheelRoot::Data, "share"),
        ]
    );
    for file in &manifest.files {
        let path = unpacked.file_path(file);
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(Sha256::of(&fs::read(&path).unwrap()), file.sha256);
        assert_eq!(
            (metadata.len(), metadata.mtime(), metadata.mtime_nsec()),
            (file.size, manifest.modified, 0)
        );
        assert_eq!(metadata.mode() & 0o777, manifest.mode(file));
        assert_eq!(metadata.mode() & 0o100 != 0, file.executable);
    }
    assert_eq!(unpacked.metadata().unwrap().name_text.as_ref(), "demo");
    let again = context.cache.wheel(&unpacked.sha256).unwrap().unwrap();
    assert_eq!(again.manifest, unpacked.manifest);
    assert_eq!(again.root, unpacked.root);
}

#[test]
fn all_who_unpack_the_same_wheel_succeed() {
    let context = Context::new();
    let bytes = archive(demo()).bytes();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let (bytes, root) = (&bytes, context.cache.root());
            scope.spawn(move || {
                let directory = TempDir::new().unwrap();
                let other = Context { directory, cache: Cache::at(root.to_path_buf()) };
                let wheel = other.unpack_as("demo-1.0-py3-none-any.whl", bytes, &[]).unwrap();
                assert!(wheel.metadata_path().is_file());
            });
        }
    });
    assert_eq!(context.cache.wheels().len(), 1);
    assert_eq!(fs::read_dir(context.cache.root().join("scratch")).unwrap().count(), 0);
}

#[test]
fn promised_hashes_are_kept() {
    let context = Context::new();
    let bytes = archive(demo()).bytes();
    let name = "demo-1.0-py3-none-any.whl";
    for algorithm in [HashAlgorithm::Md5, HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
        let wrong = Digest::of(algorithm, b"other");
        let error = context.unpack_as(name, &bytes, std::slice::from_ref(&wrong)).unwrap_err();
        assert!(matches!(error, CacheError::HashMismatch { expected, .. } if expected == wrong));
        assert!(context.cache.wheels().is_empty());
    }
    let right = [HashAlgorithm::Sha256, HashAlgorithm::Sha384].map(|algorithm| Digest::of(algorithm, &bytes));
    context.unpack_as(name, &bytes, &right).unwrap();
    // Also where the archive is there already.
    context.unpack_as(name, &bytes, &[Digest::of(HashAlgorithm::Sha1, b"other")]).unwrap_err();
}

#[test]
fn a_wheel_is_what_its_name_says() {
    let context = Context::new();
    let bytes = archive(demo()).bytes();
    for name in ["other-1.0-py3-none-any.whl", "demo-1.1-py3-none-any.whl"] {
        let error = context.unpack_as(name, &bytes, &[]).unwrap_err();
        assert!(matches!(error, CacheError::InvalidWheel { .. }), "{error}");
    }
    context.holds_nothing();
    context.unpack_as("Demo-1.0.0-py3-none-any.whl", &bytes, &[]).unwrap();
    // The bytes are known now: under another name they are still another project's.
    context.unpack_as("other-1.0-py3-none-any.whl", &bytes, &[]).unwrap_err();
    context.unpack_as("demo-1.1-py3-none-any.whl", &bytes, &[]).unwrap_err();
}

#[test]
fn wheels_that_are_none() {
    let context = Context::new();
    let with = |entry: Entry| {
        let mut entries = demo();
        entries.push(entry);
        entries
    };
    let without = |suffix: &str| {
        let mut entries = demo();
        entries.retain(|entry| !entry.name.ends_with(suffix.as_bytes()));
        entries
    };
    let changed = |suffix: &str, data: &[u8]| {
        let mut entries = demo();
        let entry = entries.iter_mut().find(|entry| entry.name.ends_with(suffix.as_bytes())).unwrap();
        entry.data = data.to_vec();
        entries
    };
    context.refused(with(stored("other-1.0.dist-info/METADATA", b"")), "several .dist-info");
    context.refused(with(stored("DEMO-1.0.DIST-INFO/x", b"")), "several .dist-info");
    context.refused(with(stored("other-1.0.data/purelib/x", b"")), "several .data");
    context.refused(with(stored("demo-1.0.data/x", b"")), "none of its schemes");
    context.refused(with(stored("demo-1.0.data/stdlib/x", b"")), "none of purelib");
    context
        .refused(with(stored("demo-1.0.data/purelib/pip-9.dist-info/METADATA", b"")), "another distribution");
    context.refused(without("METADATA"), "no demo-1.0.dist-info/METADATA");
    context.refused(without("WHEEL"), "no demo-1.0.dist-info/WHEEL");
    context.refused(without("RECORD"), "no demo-1.0.dist-info/RECORD");
    context.refused(vec![stored("demo.py", b"")], "no .dist-info");
    context.refused(changed("WHEEL", b"Wheel-Version: 2.0\n"), "not 1.x");
    context.refused(changed("WHEEL", b"Generator: x\n"), "no Wheel-Version");
    context.refused(changed("METADATA", b"Name: other\nVersion: 1.0\n"), "METADATA is that of other");
    context.refused(changed("entry_points.txt", b"[console_scripts]\n../x = a:b\n"), "entry point");
    context.refused(changed("RECORD", b"a,sha256=x,1,\"\n"), "RECORD");
    context.refused(changed("__init__.py", b"import that\n"), "RECORD lists");
}

#[test]
fn what_differs_from_record_is_noted() {
    let context = Context::new();
    let mut entries = demo();
    let record = entries.iter_mut().find(|entry| entry.name.ends_with(b"RECORD")).unwrap();
    let rows = String::from_utf8(record.data.clone()).unwrap();
    let row = |text: &str| rows.lines().find(|line| line.starts_with(text)).unwrap().to_owned();
    let sha512 = Digest::of(HashAlgorithm::Sha512, b"\x7fELF");
    let mut rows = rows
        .replace(&format!("{}\n", row("demo/__init__.py")), "")
        .replace(&row("demo/tool"), "demo/tool,md5=abc,4")
        .replace(&row("demo-1.0.data/data"), &format!("{}1", row("demo-1.0.data/data")));
    rows.push_str("missing.py,,\ndirectory/,,\n");
    record.data = rows.clone().into_bytes();
    let unpacked = context.unpack(entries.clone()).unwrap();
    let mut problems = unpacked.manifest.record_problems.clone();
    problems.sort_by_key(ToString::to_string);
    assert_eq!(
        problems,
        [
            RecordProblem::Size("demo-1.0.data/data/share/demo".to_owned()),
            RecordProblem::Unlisted("demo/__init__.py".to_owned()),
            RecordProblem::Unhashed("demo/tool".to_owned()),
            RecordProblem::Missing("missing.py".to_owned()),
        ]
    );
    // The other algorithms that can be trusted are checked too.
    let base64 = |digest: &Digest| {
        let bytes: Vec<u8> = (0..digest.hex.len() / 2)
            .map(|index| u8::from_str_radix(&digest.hex[2 * index..2 * index + 2], 16).unwrap())
            .collect();
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
    };
    for (digest, is_right) in [(&sha512, true), (&Digest::of(HashAlgorithm::Sha512, b"x"), false)] {
        let record = entries.iter_mut().find(|entry| entry.name.ends_with(b"RECORD")).unwrap();
        record.data = rows.replace("md5=abc", &format!("sha512={}", base64(digest))).into_bytes();
        assert_eq!(context.unpack(entries.clone()).is_ok(), is_right);
    }
}

#[test]
fn what_only_an_installer_writes_is_left_out() {
    let context = Context::new();
    let names = ["INSTALLER", "REQUESTED", "direct_url.json", "RECORD.jws", "RECORD.p7s"];
    let own = names.map(|name| stored(&format!("demo-1.0.dist-info/{name}"), b"{}"));
    let unpacked = context.unpack(wheel("demo", own.into())).unwrap();
    let paths: Vec<&str> = unpacked.manifest.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["demo-1.0.dist-info/METADATA", "demo-1.0.dist-info/WHEEL"]);
}

#[test]
fn a_changed_file_is_found_and_the_wheel_forgotten() {
    let context = Context::new();
    let unpacked = context.unpack(demo()).unwrap();
    let file = unpacked.manifest.files.iter().find(|file| file.path.as_str() == "demo/__init__.py").unwrap();
    let path = unpacked.file_path(file);
    // Touched, or another mode: it is set right, and nothing is lost.
    File::open(&path).unwrap().set_modified(std::time::SystemTime::now()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    context.cache.verify_file(&unpacked, file).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.mtime(), metadata.mode() & 0o777), (unpacked.manifest.modified, 0o644));
    // Another content of the same size.
    fs::write(&path, b"import that\n").unwrap();
    let error = context.cache.verify_file(&unpacked, file).unwrap_err();
    assert!(matches!(error, CacheError::Damaged { .. }), "{error}");
    assert!(context.cache.wheel(&unpacked.sha256).unwrap().is_none());
    let again = context.unpack(demo()).unwrap();
    assert_eq!(fs::read(again.file_path(file)).unwrap(), b"import this\n");
}

#[test]
fn a_damaged_manifest_is_as_none() {
    let context = Context::new();
    let unpacked = context.unpack(demo()).unwrap();
    let path = unpacked.root.with_file_name("manifest");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert!(context.cache.wheel(&unpacked.sha256).unwrap().is_none());
    assert!(!unpacked.root.exists());
    context.unpack(demo()).unwrap();
}

#[test]
fn a_cache_that_cannot_be_written_says_so() {
    let context = Context::new();
    fs::write(context.cache.root(), b"a file").unwrap();
    let error = context.unpack(demo()).unwrap_err();
    assert!(error.to_string().contains(&*context.cache.root().to_string_lossy()), "{error}");
    assert!(!context.cache.write(rpip_cache::Bucket::Pages, "x", b""));
}

#[test]
fn many_files_are_unpacked_in_parallel() {
    let context = Context::new();
    let files = (0..300).map(|number: usize| {
        let content = format!("{number}\n").repeat(2000 + number * 10);
        deflated(&format!("demo/{}/{number}.py", number % 7), content.as_bytes())
    });
    let mut files: Vec<Entry> = files.collect();
    files.push(deflated("demo/large", &vec![b'z'; 10 << 20]));
    let unpacked = context.unpack(wheel("demo", files)).unwrap();
    assert_eq!(unpacked.manifest.files.len(), 303);
    assert!(unpacked.manifest.files.is_sorted_by_key(|file| (file.root, file.path.clone())));
    for file in &unpacked.manifest.files {
        assert_eq!(Sha256::of(&fs::read(unpacked.file_path(file)).unwrap()), file.sha256);
    }
    assert!(Path::new(&unpacked.root).starts_with(context.cache.root()));
}
