//! `rpip tree`.

use test_support::WheelBuilder;

use crate::world::{World, demo};

/// app -> web[fast]>=2 -> core, and with `fast`: speed; a ring of two; speed and core share leaf.
fn family() -> World {
    let world = World::with_environment();
    world.publish(&[
        WheelBuilder::new("app", "1.0").requires("web[fast]>=2").requires("nothing; sys_platform == 'none'"),
        WheelBuilder::new("web", "2.0").extra("fast").requires("core<3").requires("speed; extra == 'fast'"),
        WheelBuilder::new("core", "1.0").requires("leaf"),
        WheelBuilder::new("speed", "1.0").requires("core"),
        WheelBuilder::new("leaf", "1.0"),
        WheelBuilder::new("one", "1.0").requires("two"),
        WheelBuilder::new("two", "1.0").requires("one>=1"),
    ]);
    world
}

#[test]
fn markers_extras_and_what_is_shared() {
    let world = family();
    world.install(&["app"]).success();
    let expected = "\
app 1.0
└── web[fast] 2.0 (>=2)
    ├── core 1.0 (<3)
    │   └── leaf 1.0
    └── speed 1.0
        └── core 1.0 [see above]
";
    assert_eq!(world.rpip(&["tree"]).success(), expected);
}

#[test]
fn names_depth_and_the_other_way_round() {
    let world = family();
    world.install(&["app"]).success();
    let stdout = world.rpip(&["tree", "web", "--depth", "1"]).success();
    assert_eq!(stdout, "web 2.0\n├── core 1.0 (<3) [...]\n└── speed 1.0 [...]\n");
    assert_eq!(world.rpip(&["tree", "--depth=0"]).success(), "app 1.0 [...]\n");
    let expected = "\
core 1.0
├── speed 1.0 (requires any version)
│   └── web 2.0 (requires any version)
│       └── app 1.0 (requires >=2[fast])
└── web 2.0 (requires <3) [see above]
";
    assert_eq!(world.rpip(&["tree", "--reverse", "core"]).success(), expected);
}

#[test]
fn rings_end() {
    let world = family();
    world.install(&["one"]).success();
    assert_eq!(world.rpip(&["tree"]).success(), "one 1.0\n└── two 1.0\n    └── one 1.0 (>=1) [cycle]\n");
    let stdout = world.rpip(&["tree", "--reverse", "two"]).success();
    assert_eq!(
        stdout,
        "two 1.0\n└── one 1.0 (requires any version)\n    └── two 1.0 (requires >=1) [cycle]\n"
    );
}

#[test]
fn what_is_missing_or_does_not_fit_is_marked() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["--no-deps", "demo-app"]).success();
    assert_eq!(world.rpip(&["tree"]).success(), "Demo-App 2.0\n└── helper (>=2) [not installed]\n");
    let reversed = world.rpip(&["tree", "--reverse", "helper"]).success();
    assert_eq!(reversed, "helper [not installed]\n└── Demo-App 2.0 (requires >=2)\n");
    world.install(&["--no-deps", "--no-warn-conflicts", "helper==1.0"]).success();
    assert_eq!(world.rpip(&["tree"]).success(), "Demo-App 2.0\n└── helper 1.0 (>=2) [conflict]\n");
}

#[test]
fn an_extra_explains_what_nothing_else_does() {
    let world = family();
    world.install(&["web[fast]"]).success();
    let expected = "\
web 2.0
├── core 1.0 (<3)
│   └── leaf 1.0
└── speed 1.0 [extra: fast]
    └── core 1.0 [see above]
";
    assert_eq!(world.rpip(&["tree"]).success(), expected);
}

/// `app[db]` brings `driver`, by an extra of `base`, and `tool`, which leads back to `app`. Extras of which something is
/// missing, and those of what nobody asked for, explain nothing.
#[test]
fn extras_are_guessed_where_all_of_them_is_there() {
    let world = World::with_environment();
    world.publish(&[
        WheelBuilder::new("app", "1.0")
            .requires("base")
            .requires("base[sql]; extra == 'db'")
            .requires("tool; extra == 'db'")
            .requires("driver; extra == 'all'")
            .requires("nowhere; extra == 'all'")
            .extra("all")
            .extra("db"),
        WheelBuilder::new("base", "1.0").requires("driver; extra == 'sql'").extra("sql"),
        WheelBuilder::new("a-first", "1.0").requires("tool; extra == 'x'").extra("x"),
        WheelBuilder::new("driver", "1.0").requires("a-first"),
        WheelBuilder::new("tool", "1.0").requires("app"),
    ]);
    world.install(&["app[db]"]).success();
    let expected = "\
app 1.0
├── base[sql] 1.0 [extra: db]
│   └── driver 1.0
│       └── a-first 1.0
└── tool 1.0 [extra: db]
    └── app 1.0 [cycle]
";
    assert_eq!(world.rpip(&["tree"]).success(), expected);
    assert_eq!(
        world.rpip(&["why", "tool"]).success(),
        "tool 1.0 is required:\n  app 1.0 -> tool 1.0 [extra: db]\n"
    );
}

#[test]
fn programs_get_json() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    assert_eq!(
        world.rpip(&["tree", "--format", "json"]).success(),
        "[{\"name\": \"Demo-App\", \"version\": \"2.0\", \"requested\": true, \"requires\": [{\"name\": \"helper\", \
         \"version\": \"2.0\", \"specifier\": \">=2\", \"extras\": [], \"satisfied\": true}]}, {\"name\": \"helper\", \
         \"version\": \"2.0\", \"requested\": false, \"requires\": []}]\n"
    );
    let reversed = world.rpip(&["tree", "--format=json", "--reverse", "helper", "--depth", "0"]).success();
    assert!(reversed.contains("\"required_by\": [{\"name\": \"Demo-App\""), "{reversed}");
    assert!(!reversed.contains("\"requested\": true"), "{reversed}");
}

#[test]
fn unknown_names_and_broken_environments() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    assert_eq!(world.rpip(&["tree", "nope"]).failure(1), "WARNING: Package(s) not found: nope\n");
    let outcome = world.rpip(&["tree", "nope", "helper"]);
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "helper 2.0\n"));
    world.rpip(&["tree", "no/name"]).failure(1);
    world.rpip(&["tree", "--depth", "-1"]).failure(2);
    let info = world.site_packages().join("Demo_App-2.0.dist-info");
    let info = if info.exists() { info } else { world.site_packages().join("demo_app-2.0.dist-info") };
    std::fs::remove_file(info.join("METADATA")).unwrap();
    let outcome = world.rpip(&["tree"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cannot be read: it has no METADATA"), "{}", outcome.stderr);
    std::fs::create_dir(world.site_packages().join("helper-1.0.dist-info")).unwrap();
    std::fs::write(
        world.site_packages().join("helper-1.0.dist-info/METADATA"),
        "Metadata-Version: 2.1\nName: helper\nVersion: 1.0\n",
    )
    .unwrap();
    assert_eq!(world.rpip(&["tree", "helper"]).success(), "helper 2.0\n");
}
