//! The search against the definition: on random small worlds it finds an answer exactly when trying
//! everything finds one, and every answer satisfies every requirement.
#![allow(clippy::unwrap_used)]

mod universe;

use std::collections::BTreeMap;

use proptest::prelude::*;
use requirement::{ProjectName, Requirement, RequirementSource, Version};
use rpip_resolver::{Request, resolve};
use universe::{World, environment, request};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const VERSIONS: [&str; 3] = ["1", "2", "3"];

/// A requirement on one of the projects: `b>=2`, `c[x]==1`.
fn dependency() -> impl Strategy<Value = String> {
    let operators = prop_oneof![
        Just(String::new()),
        (
            prop::sample::select(&[">=", "<=", "==", "!=", "<", ">", "~="][..]),
            prop::sample::select(&VERSIONS[..])
        )
            .prop_map(|(operator, version)| match operator {
                "~=" => format!("~={version}.0"),
                _ => format!("{operator}{version}"),
            }),
    ];
    let extra = prop_oneof![3 => Just(""), 1 => Just("[x]")];
    (prop::sample::select(&NAMES[..]), extra, operators)
        .prop_map(|(name, extra, range)| format!("{name}{extra}{range}"))
}

/// What one release requires, plainly and for its extra.
fn release() -> impl Strategy<Value = Vec<String>> {
    let guarded = (dependency(), prop::bool::weighted(0.25))
        .prop_map(|(text, guarded)| if guarded { format!("{text}; extra == 'x'") } else { text });
    prop::collection::vec(guarded, 0..3)
}

fn world() -> impl Strategy<Value = World> {
    let releases =
        prop::collection::vec(prop::option::weighted(0.8, release()), NAMES.len() * VERSIONS.len());
    releases.prop_map(|releases| {
        let mut world = World::new();
        for (index, requires) in releases.iter().enumerate() {
            if let Some(requires) = requires {
                let requires: Vec<&str> = requires.iter().map(String::as_str).collect();
                let (name, version) = (NAMES[index / VERSIONS.len()], VERSIONS[index % VERSIONS.len()]);
                world = world.project(name, version, &requires);
            }
        }
        world
    })
}

type Chosen = BTreeMap<ProjectName, Version>;

fn allows(requirement: &Requirement, version: &Version) -> bool {
    match &requirement.source {
        RequirementSource::Index(set) => set.contains(version),
        RequirementSource::Url(_) => false,
    }
}

/// Whether `chosen` holds everything that the roots need, at versions that satisfy all.
fn is_answer(request: &Request, world: &World, chosen: &Chosen) -> bool {
    let environment = environment();
    let mut pending: Vec<Requirement> = request.roots.iter().map(|root| root.requirement.clone()).collect();
    let mut seen = Vec::new();
    while let Some(requirement) = pending.pop() {
        let Some(version) = chosen.get(&requirement.name) else { return false };
        if !allows(&requirement, version) {
            return false;
        }
        let key = (requirement.name.clone(), requirement.extras.clone());
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        let Some(release) = world.projects.get(&requirement.name).and_then(|project| project.get(version))
        else {
            return false;
        };
        for dependency in &release.metadata.requires_dist {
            let holds = |extras: &[requirement::ExtraName]| {
                dependency.marker.as_ref().is_none_or(|marker| marker.evaluate(&environment, extras))
            };
            if holds(&[]) || holds(&requirement.extras) {
                pending.push(dependency.clone());
            }
        }
    }
    true
}

/// Tries every choice of one version, or none, of every project.
fn exists(request: &Request, world: &World) -> bool {
    let projects: Vec<(&ProjectName, Vec<&Version>)> =
        world.projects.iter().map(|(name, releases)| (name, releases.keys().collect())).collect();
    let mut counters = vec![0_usize; projects.len()];
    loop {
        let chosen = projects.iter().zip(&counters).filter_map(|((name, versions), &counter)| {
            let version = versions.get(counter.checked_sub(1)?)?;
            Some(((*name).clone(), (*version).clone()))
        });
        if is_answer(request, world, &chosen.collect()) {
            return true;
        }
        let mut digit = 0;
        loop {
            let Some(counter) = counters.get_mut(digit) else { return false };
            *counter += 1;
            if *counter <= projects[digit].1.len() {
                break;
            }
            *counter = 0;
            digit += 1;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn finds_an_answer_exactly_when_there_is_one(
        world in world(),
        roots in prop::collection::vec(dependency(), 1..4),
    ) {
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let request = request(&roots);
        match resolve(&request, &world) {
            Ok(resolution) => {
                let chosen: Chosen =
                    resolution.pins.iter().map(|pin| (pin.name.clone(), pin.version.clone())).collect();
                prop_assert!(is_answer(&request, &world, &chosen), "{chosen:?} violates {roots:?}");
            }
            Err(error) => prop_assert!(!exists(&request, &world), "{roots:?} has an answer, but: {error:?}"),
        }
    }

    #[test]
    fn what_is_installed_never_makes_an_answer_wrong(
        world in world(),
        roots in prop::collection::vec(dependency(), 1..4),
        installed in prop::collection::vec((prop::sample::select(&NAMES[..]), prop::sample::select(&VERSIONS[..]), any::<bool>()), 0..4),
    ) {
        let known = |(name, version, _): &(&str, &str, bool)| {
            let project = world.projects.get(&name.parse::<ProjectName>().unwrap());
            project.is_some_and(|project| project.contains_key(&version.parse::<Version>().unwrap()))
        };
        let installed: Vec<_> = installed.into_iter().filter(known).collect();
        let roots: Vec<&str> = roots.iter().map(String::as_str).collect();
        let request = universe::with_installed(request(&roots), &installed);
        match resolve(&request, &world) {
            Ok(resolution) => {
                let chosen: Chosen =
                    resolution.pins.iter().map(|pin| (pin.name.clone(), pin.version.clone())).collect();
                prop_assert!(is_answer(&request, &world, &chosen), "{chosen:?} violates {roots:?}");
            }
            Err(error) => prop_assert!(!exists(&request, &world), "{roots:?} has an answer, but: {error:?}"),
        }
    }
}
