//! Directories that `python -m http.server` lists, as indexes: plain HTML, no hashes, no metadata beside the files.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use test_support::WheelBuilder;

use crate::world::World;

/// A running `http.server`, ended when dropped.
struct Server {
    process: Child,
    url: String,
}

impl Server {
    /// Serves `served` of the world's working directory, which is laid out like an index (PEP 503), below `/simple/`.
    fn start(world: &World) -> Self {
        for (name, version, needed) in
            [("demo", "1.0", "helper"), ("helper", "1.0", ""), ("helper", "2.0", "")]
        {
            let wheel = WheelBuilder::new(name, version);
            let wheel = if needed.is_empty() { wheel } else { wheel.requires(needed) };
            let directory = world.path(&format!("served/simple/{name}"));
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join(wheel.filename()), wheel.build()).unwrap();
        }
        // Any port; the server's first line tells which.
        let mut command = Command::new("python3");
        command.args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory"]);
        command.arg(world.path("served")).arg("0").stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split("port ").nth(1).and_then(|rest| rest.split(' ').next());
        let url = format!("http://127.0.0.1:{}/simple", port.unwrap_or_else(|| panic!("{line}")));
        Self { process, url }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn a_listing_is_an_index_and_a_further_index() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("other", "1.0")]);
    let server = Server::start(&world);
    let stdout = world.rpip(&["install", "--index-url", &server.url, "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
    world.rpip(&["uninstall", "-y", "demo", "helper"]).success();
    let slash = format!("{}/", server.url);
    let stdout = world.install(&["--extra-index-url", &slash, "demo", "other", "helper<2"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-1.0 other-1.0\n"), "{stdout}");
    let stdout = world.install(&["--extra-index-url", &slash, "--dry-run", "--upgrade", "helper"]).success();
    assert!(stdout.ends_with("Would install helper-2.0\n"), "{stdout}");
}

#[test]
fn a_listing_in_the_configuration_of_the_user() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("other", "1.0")]);
    let server = Server::start(&world);
    world.write("../home/.pip/pip.conf", &format!("[global]\nindex-url = {}\n", server.url));
    let stdout = world.rpip(&["install", "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
    world.rpip(&["uninstall", "-y", "demo", "helper"]).success();
    let conf = format!(
        "[global]\nindex-url = {}\n[install]\nextra-index-url = {}\n",
        world.index.simple(),
        server.url
    );
    world.write("../home/.pip/pip.conf", &conf);
    let stdout = world.rpip(&["install", "demo", "other"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0 other-1.0\n"), "{stdout}");
}

#[test]
fn a_listing_behind_find_links() {
    let world = World::with_environment();
    let server = Server::start(&world);
    let (demo, helper) = (format!("{}/demo/", server.url), format!("{}/helper/", server.url));
    let stdout = world.rpip(&["install", "--no-index", "-f", &demo, "-f", &helper, "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
}
