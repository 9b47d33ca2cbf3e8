//! From an unpacked wheel to an environment: one transaction over two thousand files, cached wheel to committed.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs::File;
use std::io::Write;

use cache::{Cache, CachedWheel, WheelSource};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use install::{Installation, Transaction, TransactionOptions};
use python::{PythonRequest, SearchContext, VenvOptions, create_venv, find_interpreter};
use test_support::WheelBuilder;

const FILES: usize = 2_000;

fn cached_wheel(cache: &Cache) -> CachedWheel {
    let mut builder = WheelBuilder::new("many", "1.0");
    for index in 0..FILES {
        let path = format!("many/part{}/module{index}.py", index % 40);
        builder = builder.file(&path, format!("VALUE = {index}\n").repeat(40).as_bytes());
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&builder.build()).unwrap();
    let filename = builder.filename();
    unpack(cache, &filename, &file)
}

fn unpack(cache: &Cache, filename: &str, file: &File) -> CachedWheel {
    let parsed = filename.parse().unwrap();
    let source =
        WheelSource { filename: &parsed, filename_text: filename, file, sha256: None, promised: &[] };
    cache.unpack_wheel(&source).unwrap()
}

fn linking(criterion: &mut Criterion) {
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::at(directory.path().join("cache"));
    let wheel = cached_wheel(&cache);
    let path =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let context = SearchContext { path, ..SearchContext::default() };
    let interpreter = find_interpreter(&PythonRequest::Any, &context, &cache).unwrap();
    let mut count = 0;
    criterion.bench_function(&format!("install a wheel of {FILES} files"), |bencher| {
        bencher.iter_batched(
            || {
                count += 1;
                let root = directory.path().join(format!("env{count}"));
                create_venv(&root, &interpreter, &VenvOptions::default()).unwrap()
            },
            |environment| {
                let options = TransactionOptions { threads: 2, ..TransactionOptions::default() };
                let transaction = Transaction::begin(&environment, &cache, options, &|| {}).unwrap();
                let wheel = wheel.clone();
                let installation = Installation {
                    wheel,
                    bytecode: None,
                    requested: true,
                    direct_url: None,
                    headers_name: None,
                    position: 0,
                };
                transaction.stage(&installation).unwrap();
                transaction.commit().unwrap()
            },
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, linking);
criterion_main!(benches);
