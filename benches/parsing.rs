//! Parsing: requirements, specifiers to ranges, markers, versions, wheel names, over the recorded graph's real strings.
#![allow(missing_docs, clippy::unwrap_used)]

mod recorded;

use criterion::{Criterion, criterion_group, criterion_main};
use distribution::WheelFilename;
use requirement::{Requirement, RequirementSource, Version};

fn parsing(criterion: &mut Criterion) {
    let graph = recorded::graph();
    let requirements: Vec<&str> = graph.values().flat_map(|versions| versions.values().flatten()).map(String::as_str).collect();
    let sample: Vec<&str> = requirements.iter().step_by(7).copied().collect();
    let parsed: Vec<Requirement> = sample.iter().map(|text| text.parse().unwrap()).collect();
    let versions: Vec<&str> = graph.values().flat_map(|versions| versions.keys()).map(String::as_str).collect();
    let environment = recorded::environment();

    criterion.bench_function(&format!("parse {} requirements", sample.len()), |bencher| {
        bencher.iter(|| sample.iter().filter(|text| text.parse::<Requirement>().is_ok()).count());
    });
    criterion.bench_function(&format!("ranges of {} requirements", parsed.len()), |bencher| {
        bencher.iter(|| {
            let ranges = parsed.iter().map(|requirement| match &requirement.source {
                RequirementSource::Index(specifiers) => specifiers.ranges().is_empty(),
                RequirementSource::Url(_) => false,
            });
            ranges.filter(|empty| *empty).count()
        });
    });
    criterion.bench_function(&format!("evaluate {} markers", parsed.len()), |bencher| {
        bencher.iter(|| {
            let markers = parsed.iter().filter_map(|requirement| requirement.marker.as_ref());
            markers.filter(|marker| marker.evaluate(&environment, &[])).count()
        });
    });
    criterion.bench_function(&format!("parse {} versions", versions.len()), |bencher| {
        bencher.iter(|| versions.iter().filter(|text| text.parse::<Version>().is_ok()).count());
    });
    criterion.bench_function("parse a wheel's name", |bencher| {
        bencher.iter(|| "numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl".parse::<WheelFilename>());
    });
}

criterion_group!(benches, parsing);
criterion_main!(benches);
