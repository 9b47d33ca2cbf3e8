//! pip's rules of choice, one by one, on small worlds.
#![allow(clippy::unwrap_used)]

mod universe;

use rpip_resolver::{Asker, Origin, Reason, ResolveError, installation_order, resolve};
use universe::{World, pins, request, with_constraints, with_installed};

#[test]
fn the_newest_final_version_that_fits_is_taken() {
    let world = World::new()
        .project("a", "1.0", &["b>=1"])
        .project("a", "2.0", &["b<2"])
        .project("a", "3.0a1", &[])
        .project("b", "1.0", &[])
        .project("b", "2.0", &[]);
    assert_eq!(pins(&request(&["a"]), &world), ["a==2.0", "b==1.0"]);
    assert_eq!(pins(&request(&["a<2"]), &world), ["a==1.0", "b==2.0"]);
}

#[test]
fn backtracking_finds_the_older_version_that_fits() {
    let world = World::new()
        .project("a", "1", &["c==1"])
        .project("a", "2", &["c==2"])
        .project("b", "1", &["c==1"])
        .project("c", "1", &[])
        .project("c", "2", &[]);
    assert_eq!(pins(&request(&["a", "b"]), &world), ["a==1", "b==1", "c==1"]);
}

#[test]
fn prereleases_come_when_asked_for_named_or_alone() {
    let world = World::new()
        .project("a", "1.0", &[])
        .project("a", "2.0rc1", &[])
        .project("only", "1.0b1", &[])
        .project("only", "1.0b2", &[])
        .project("names", "1", &["a>=2.0rc1"])
        .project("gap", "1.0", &[])
        .project("gap", "2.0rc1", &[]);
    assert_eq!(pins(&request(&["a"]), &world), ["a==1.0"]);
    let mut pre = request(&["a"]);
    pre.releases.rest = Some(true);
    assert_eq!(pins(&pre, &world), ["a==2.0rc1"]);
    pre.releases.projects.insert("a".parse().unwrap(), false);
    assert_eq!(pins(&pre, &world), ["a==1.0"]);
    let mut only_final = request(&["only"]);
    only_final.releases.rest = Some(false);
    assert!(matches!(resolve(&only_final, &world), Err(ResolveError::NoMatch { .. })));
    assert_eq!(pins(&request(&["a>=1.0a1"]), &world), ["a==2.0rc1"]);
    assert_eq!(pins(&request(&["only"]), &world), ["only==1.0b2"]);
    assert_eq!(pins(&request(&["a", "names"]), &world), ["a==2.0rc1", "names==1"]);
    // Only a pre-release satisfies the specifier, though it names none.
    assert_eq!(pins(&request(&["gap>1.0"]), &world), ["gap==2.0rc1"]);
}

#[test]
fn a_prerelease_is_no_way_out_of_a_conflict() {
    let world = World::new()
        .project("a", "1.0", &["b==1"])
        .project("a", "2.0rc1", &["b==2"])
        .project("b", "1", &[])
        .project("b", "2", &[]);
    assert!(matches!(resolve(&request(&["a", "b==2"]), &world), Err(ResolveError::Conflict(_))));
}

#[test]
fn a_requirement_that_was_backed_out_of_opens_no_prereleases() {
    let world = World::new()
        .project("a", "2", &["c>=2.0rc1", "b==2"])
        .project("a", "1", &["c"])
        .project("b", "1", &[])
        .project("b", "2", &[])
        .project("c", "1.0", &[])
        .project("c", "2.0rc1", &[]);
    assert_eq!(pins(&request(&["a", "b==1"]), &world), ["a==1", "b==1", "c==1.0"]);
}

#[test]
fn yanked_versions_only_by_pin() {
    let world = World::new().project("a", "1", &[]).yanked("a", "2");
    assert_eq!(pins(&request(&["a"]), &world), ["a==1"]);
    assert_eq!(pins(&request(&["a==2"]), &world), ["a==2"]);
    assert!(matches!(resolve(&request(&["a>=2"]), &world), Err(ResolveError::NoMatch { .. })));
    // A dependency's pin counts too, wherever it is found.
    let world = world.project("b", "1", &["a==2"]);
    assert_eq!(pins(&request(&["a", "b"]), &world), ["a==2", "b==1"]);
}

#[test]
fn extras_bring_their_requirements_at_the_same_version() {
    let world = World::new()
        .project("a", "1", &["b; extra == 'x'", "c"])
        .project("a", "2", &["b>5; extra == 'x'", "c"])
        .project("b", "1", &[])
        .project("c", "1", &[]);
    assert_eq!(pins(&request(&["a[x]"]), &world), ["a[x]==1", "b==1", "c==1"]);
    assert_eq!(pins(&request(&["a"]), &world), ["a==2", "c==1"]);
    let resolution = resolve(&request(&["a[nope]"]), &world).unwrap();
    assert_eq!(resolution.missing_extras.len(), 1);
}

#[test]
fn markers_that_do_not_hold_say_nothing() {
    let world = World::new().project("a", "1", &["gone; sys_platform == 'win32'"]);
    assert_eq!(pins(&request(&["a", "never; python_version < '3'"]), &world), ["a==1"]);
}

#[test]
fn installed_versions_stay_unless_they_must_go() {
    let world = World::new()
        .project("a", "1", &["b"])
        .project("a", "2", &["b"])
        .project("b", "1", &[])
        .project("b", "2", &[]);
    let installed = with_installed(request(&["a"]), &[("a", "1", true), ("b", "1", true)]);
    assert_eq!(pins(&installed, &world), ["a==1", "b==1"]);
    let upgraded = with_installed(request(&["a"]), &[("a", "1", false), ("b", "1", true)]);
    assert_eq!(pins(&upgraded, &world), ["a==2", "b==1"]);
    let forced = with_installed(request(&["a", "b>1"]), &[("a", "1", true), ("b", "1", true)]);
    assert_eq!(pins(&forced, &world), ["a==1", "b==2"]);
}

#[test]
fn an_installed_version_that_the_index_lacks_counts() {
    let world = World::new().project("a", "1", &[]);
    let mut world_with_installed = world.clone().project("a", "5", &[]);
    let newer = with_installed(request(&["a"]), &[("a", "5", false)]);
    // The provider lists only what the index has.
    struct Split(World, World);
    impl rpip_resolver::Provider for Split {
        fn expect(&self, _: &requirement::ProjectName, _: &requirement::VersionRanges) {}
        fn expect_versions(&self, _: &requirement::ProjectName, _: &[requirement::Version]) {}
        fn versions(
            &self,
            project: &requirement::ProjectName,
        ) -> Result<std::sync::Arc<[requirement::Version]>, rpip_resolver::ProviderError> {
            self.0.versions(project)
        }
        fn usability(
            &self,
            project: &requirement::ProjectName,
            version: &requirement::Version,
        ) -> Result<rpip_resolver::Usability, rpip_resolver::ProviderError> {
            self.0.usability(project, version)
        }
        fn dependencies(
            &self,
            project: &requirement::ProjectName,
            version: &requirement::Version,
            installed: bool,
        ) -> Result<rpip_resolver::Dependencies, rpip_resolver::ProviderError> {
            if installed {
                self.1.dependencies(project, version, true)
            } else {
                self.0.dependencies(project, version, false)
            }
        }
    }
    world_with_installed.projects.retain(|name, _| name.as_str() == "a");
    let resolution = resolve(&newer, &Split(world, world_with_installed)).unwrap();
    assert_eq!(resolution.pins[0].version.to_string(), "5");
    assert!(resolution.pins[0].installed);
}

#[test]
fn constraints_limit_and_do_not_require() {
    let world = World::new().project("a", "1", &["b"]).project("b", "1", &[]).project("b", "2", &[]).project(
        "z",
        "1",
        &[],
    );
    assert_eq!(pins(&with_constraints(request(&["a"]), &["b<2", "z==1"]), &world), ["a==1", "b==1"]);
}

#[test]
fn no_deps_takes_only_what_was_named() {
    let world = World::new().project("a", "1", &["b"]).project("b", "1", &[]);
    let mut only = request(&["a"]);
    only.no_dependencies = true;
    assert_eq!(pins(&only, &world), ["a==1"]);
}

#[test]
fn arbitrary_equality_compares_text() {
    let world = World::new().project("a", "1.0", &[]).project("a", "2.0", &[]);
    assert_eq!(pins(&request(&["a===1.0"]), &world), ["a==1.0"]);
    assert!(matches!(resolve(&request(&["a===1"]), &world), Err(ResolveError::NoMatch { .. })));
}

#[test]
fn local_versions_satisfy_their_public_version() {
    let world = World::new().project("torch", "2.1.0+cpu", &[]).project("a", "1", &["torch==2.1.0"]);
    assert_eq!(pins(&request(&["a"]), &world), ["a==1", "torch==2.1.0+cpu"]);
}

#[test]
fn dependencies_are_installed_before_dependents() {
    let world =
        World::new().project("a", "1", &["b", "c"]).project("b", "1", &["c"]).project("c", "1", &["a"]);
    let order = installation_order(&resolve(&request(&["a"]), &world).unwrap());
    let names: Vec<&str> = order.iter().map(|name| name.as_str()).collect();
    assert_eq!(names.last(), Some(&"a"));
}

#[test]
fn an_impossible_requirement_lists_what_there_is() {
    let world =
        World::new().project("a", "1", &[]).project("a", "2", &[]).unusable("a", "9", "no wheel fits");
    let Err(ResolveError::NoMatch { requirement, versions, unusable, asker }) =
        resolve(&request(&["a>=9"]), &world)
    else {
        panic!("expected no match")
    };
    assert_eq!(requirement.to_string(), "a>=9");
    assert_eq!(asker, Asker::User(Origin::CommandLine));
    assert_eq!(versions.len(), 3);
    assert_eq!(unusable[0].1, "no wheel fits");
    assert!(matches!(
        resolve(&request(&["nothing"]), &world),
        Err(ResolveError::NoMatch { versions, .. }) if versions.is_empty()
    ));
}

#[test]
fn an_impossible_dependency_names_who_asks() {
    let world = World::new().project("a", "1", &["b>=9"]).project("b", "1", &[]);
    let Err(ResolveError::NoMatch { requirement, asker, .. }) = resolve(&request(&["a"]), &world) else {
        panic!("expected no match")
    };
    assert_eq!(requirement.to_string(), "b>=9");
    assert_eq!(asker, Asker::Project("a".parse().unwrap(), "1".parse().unwrap()));
}

#[test]
fn a_conflict_is_told_in_the_users_terms() {
    let world = World::new()
        .project("web", "1", &["http>=2"])
        .project("web", "2", &["http>=2"])
        .project("http", "1", &[])
        .project("http", "2", &[]);
    let mut asked = request(&["web", "http<2"]);
    asked.roots[1].origin = Origin::File { file: "r.txt".into(), line: 3, constraint: false };
    let Err(ResolveError::Conflict(conflict)) = resolve(&asked, &world) else {
        panic!("expected a conflict")
    };
    assert_eq!(conflict.requested, ["web", "http<2"]);
    assert!(conflict.reasons.iter().any(|reason| matches!(reason,
        Reason::Requested { requirement, origin } if requirement == "http<2" && origin.to_string() == "-r r.txt (line 3)")));
    assert!(conflict.reasons.iter().any(|reason| matches!(reason,
        Reason::Depends { project, versions, requirement, uniform: true }
            if project.as_str() == "web" && versions.2 == 2 && requirement == "http>=2")));
    assert!(conflict.reasons.len() <= 3, "{conflict:?}");
}

#[test]
fn a_constraint_that_conflicts_is_named() {
    let world = World::new().project("a", "1", &["b>=2"]).project("b", "1", &[]).project("b", "2", &[]);
    let Err(ResolveError::Conflict(conflict)) = resolve(&with_constraints(request(&["a"]), &["b<2"]), &world)
    else {
        panic!("expected a conflict")
    };
    assert!(conflict.reasons.iter().any(|reason| matches!(reason,
        Reason::Requested { requirement, origin } if requirement == "b<2" && origin.to_string() == "-c c.txt (line 1)")));
}

#[test]
fn what_the_user_named_is_marked() {
    let world = World::new().project("a", "1", &["b"]).project("b", "1", &[]);
    let resolution = resolve(&request(&["a"]), &world).unwrap();
    let requested: Vec<bool> = resolution.pins.iter().map(|pin| pin.requested).collect();
    assert_eq!(requested, [true, false]);
    assert_eq!(resolution.pins[1].required_by[0].as_str(), "a");
}

#[test]
fn prefer_binary_takes_an_older_wheel_before_a_newer_build() {
    let world = World::new()
        .project("a", "1", &[])
        .sdist_only("a", "2")
        .sdist_only("only", "1")
        .sdist_only("only", "2");
    let mut prefer = request(&["a", "only"]);
    assert_eq!(pins(&prefer, &world), ["a==2", "only==2"]);
    prefer.prefer_built = true;
    assert_eq!(pins(&prefer, &world), ["a==1", "only==2"]);
}
