//! `rpip search`.

use test_support::{Reply, WheelBuilder};

use crate::world::World;

fn hit(name: &str, version: &str, summary: &str) -> String {
    let members = [("name", name), ("version", version), ("summary", summary)].map(|(key, value)| {
        format!("<member><name>{key}</name><value><string>{value}</string></value></member>")
    });
    format!("<value><struct>{}</struct></value>", members.concat())
}

fn answer(hits: &[String]) -> Reply {
    Reply::ok(format!(
        "<?xml version='1.0'?><methodResponse><params><param><value><array><data>{}</data></array></value></param></params>\
         </methodResponse>",
        hits.concat()
    ))
}

#[test]
fn projects_are_found() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("demo", "1.0")]);
    world.install(&["demo"]).success();
    let hits =
        [hit("demo", "1.9", "old"), hit("demo", "1.10", "new &amp; &lt;shiny&gt;"), hit("a-b", "1", "")];
    world.index.route("/RPC2", move |request| {
        assert_eq!((request.method.as_str(), request.header("content-type")), ("POST", Some("text/xml")));
        let call = String::from_utf8(request.body.clone()).unwrap();
        assert!(call.contains("<methodName>search</methodName>"), "{call}");
        assert_eq!(call.matches("<string>demo</string>").count(), 2, "{call}");
        answer(&hits)
    });
    let url = world.index.url("/RPC2");
    let expected = "demo (1.10)  - new & <shiny>\n  INSTALLED: 1.0\n  LATEST:    1.10\na-b (1)      - \n";
    for url in [&url, &world.index.url(""), &world.index.url("/")] {
        assert_eq!(world.rpip(&["search", "--index", url, "demo", "b"]).success(), expected);
    }
}

#[test]
fn nothing_and_faults() {
    let world = World::with_environment();
    world.index.serve("/none", answer(&[]));
    let outcome = world.rpip(&["search", "-i", &world.index.url("/none"), "x"]);
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (23, "", ""));
    world.index.serve(
        "/fault",
        Reply::ok(
            "<methodResponse><fault><value><struct><member><name>faultCode</name><value><int>-32500</int></value></member>\
             <member><name>faultString</name><value><string>no more</string></value></member></struct></value></fault>\
             </methodResponse>",
        ),
    );
    let stderr = world.rpip(&["search", "-i", &world.index.url("/fault"), "x"]).failure(1);
    assert_eq!(stderr, "ERROR: XMLRPC request failed [code: -32500]\nno more\n");
    world.index.serve("/page", Reply::html("<html><body>hello</body></html>"));
    let stderr = world.rpip(&["search", "-i", &world.index.url("/page"), "x"]).failure(1);
    assert!(stderr.contains("does not answer as XML-RPC does"), "{stderr}");
    assert_eq!(world.rpip(&["search"]).failure(1), "ERROR: Missing required argument (search query).\n");
    let stderr = world.rpip(&["search", "flask"]).failure(23);
    assert!(stderr.contains("PyPI has stopped answering the searches of installers"), "{stderr}");
}
