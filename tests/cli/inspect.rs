//! `rpip inspect`.

use serde_json::Value;

use crate::world::{World, demo};

#[test]
fn the_report_is_pips() {
    let world = World::with_environment();
    world.publish(&demo());
    world.install(&["demo-app"]).success();
    let url =
        format!(r#"{{"url": "file://{}", "dir_info": {{"editable": true}}}}"#, world.path("src").display());
    let metadata = "Metadata-Version: 2.1\nName: Edit.ed\nVersion: 1.0\nKeywords: a,b\n\nText\n";
    world.handmade("edit_ed-1.0.dist-info", &[("METADATA", metadata), ("direct_url.json", &url)]);
    let report: Value = serde_json::from_str(&world.rpip(&["inspect", "-q"]).success()).unwrap();
    let keys: Vec<&String> = report.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["version", "pip_version", "installed", "environment"]);
    let environment: Vec<&String> = report["environment"].as_object().unwrap().keys().collect();
    assert_eq!(environment.len(), 11);
    assert_eq!(environment[8], "platform_python_implementation");
    let installed = report["installed"].as_array().unwrap();
    let names: Vec<&str> = installed.iter().filter_map(|one| one["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["Demo-App", "Edit.ed", "helper"]);
    assert_eq!(installed[0]["installer"], "rpip");
    assert_eq!((&installed[0]["requested"], &installed[2]["requested"]), (&true.into(), &false.into()));
    assert_eq!(installed[1]["metadata"]["keywords"], serde_json::json!(["a", "b"]));
    assert_eq!(installed[1]["direct_url"]["dir_info"]["editable"], true);
    let info = world.site_packages().join("edit_ed-1.0.dist-info");
    assert_eq!(installed[1]["metadata_location"], info.display().to_string());
}

#[test]
fn places_are_chosen_as_for_list() {
    let world = World::with_environment();
    let report: Value = serde_json::from_str(&world.rpip(&["inspect", "--path", "x"]).success()).unwrap();
    assert_eq!(report["installed"], serde_json::json!([]));
    let stderr = world.rpip(&["inspect", "--path", "x", "--local"]).failure(1);
    assert_eq!(stderr, "ERROR: Cannot combine '--path' with '--user' or '--local'\n");
    world.rpip(&["inspect", "--nosuch"]).failure(2);
}
