//! The search alone, over a recorded graph: a web application's hundred projects, and fifteen hundred versions of
//! boto3 that must be tried before one goes with an old urllib3.
#![allow(missing_docs, clippy::unwrap_used)]

mod recorded;

use criterion::{Criterion, criterion_group, criterion_main};
use recorded::{Recorded, request};

const WEB: &[&str] = &[
    "django", "djangorestframework", "celery[redis]", "fastapi[standard]", "sqlalchemy", "alembic",
    "psycopg[binary]", "boto3", "pydantic-settings", "gunicorn", "sentry-sdk[django]", "opentelemetry-distro",
    "opentelemetry-exporter-otlp", "httpx[http2]", "pytest", "pytest-cov", "mypy", "ruff",
];

fn resolving(criterion: &mut Criterion) {
    let recorded = Recorded::new();
    let web = request(WEB);
    let backtrack = request(&["urllib3<1.25.4", "boto3"]);
    criterion.bench_function("resolve a web application", |bencher| {
        bencher.iter(|| resolver::resolve(&web, &recorded).unwrap());
    });
    let mut group = criterion.benchmark_group("long");
    group.sample_size(10);
    group.bench_function("resolve boto3 beside an old urllib3", |bencher| {
        bencher.iter(|| resolver::resolve(&backtrack, &recorded).unwrap());
    });
    group.finish();
}

criterion_group!(benches, resolving);
criterion_main!(benches);
