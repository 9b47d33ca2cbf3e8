//! pypiserver as an index, with and without a password file.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use test_support::WheelBuilder;

use crate::twin::tool;
use crate::world::World;

/// A running pypiserver, ended when dropped.
pub struct Server {
    process: Child,
    pub port: u16,
}

impl Server {
    /// Serves `packages` of the world's working directory; `password` is asked for downloads and listings too.
    pub fn start(world: &World, password: Option<(&str, &str)>) -> Self {
        std::fs::create_dir_all(world.path("packages")).unwrap();
        for (name, version, needed) in
            [("demo", "1.0", "helper"), ("helper", "1.0", ""), ("helper", "2.0", "")]
        {
            let wheel = WheelBuilder::new(name, version);
            let wheel = if needed.is_empty() { wheel } else { wheel.requires(needed) };
            std::fs::write(world.path("packages").join(wheel.filename()), wheel.build()).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(tool("pypi-server"));
        command.args(["run", "--interface", "127.0.0.1", "--disable-fallback", "--port", &port.to_string()]);
        match password {
            Some((user, password)) => {
                // {SHA} of htpasswd.
                let hash = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, sha1(password));
                world.write("passwords", &format!("{user}:{{SHA}}{hash}\n"));
                command.arg("--passwords").arg(world.path("passwords"));
                command.args(["--authenticate", "download,list,update"]);
            }
            None => {
                command.args(["--passwords", ".", "--authenticate", "."]);
            }
        }
        command.arg(world.path("packages")).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { process: command.spawn().unwrap(), port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(30), "pypiserver does not start");
            std::thread::yield_now();
        }
        server
    }

    fn url(&self, credentials: &str) -> String {
        format!("http://{credentials}127.0.0.1:{}/simple/", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// SHA-1 by Python, which is there anyway.
fn sha1(text: &str) -> Vec<u8> {
    let program = "import hashlib, sys; sys.stdout.buffer.write(hashlib.sha1(sys.argv[1].encode()).digest())";
    Command::new(tool("python")).args(["-c", program, text]).output().unwrap().stdout
}

#[test]
fn pypiserver_is_an_index() {
    let world = World::with_environment();
    let server = Server::start(&world, None);
    let stdout = world.rpip(&["install", "--index-url", &server.url(""), "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
    let stdout = world.rpip(&["install", "-i", server.url("").trim_end_matches('/'), "helper<2"]).success();
    assert!(stdout.ends_with("Successfully installed helper-1.0\n"), "{stdout}");
}

#[test]
fn pypiserver_answers_searches() {
    let world = World::with_environment();
    let server = Server::start(&world, None);
    world.rpip(&["install", "--index-url", &server.url(""), "helper<2"]).success();
    let url = server.url("").replace("/simple/", "/RPC2");
    let pip = |arguments: &[&str]| {
        let mut command = world.command(tool("python"));
        command.args(["-m", "pip", "--python", "env/bin/python"]).args(arguments);
        World::finish(command)
    };
    for arguments in [
        &["search", "--index", &url, "helper"][..],
        &["search", "-i", &url, "demo", "elp"],
        &["search", &format!("--index={url}"), "HELPER"],
        &["search", "--index", url.trim_end_matches("/RPC2"), "helper"],
        &["search", "--ind", &url, "demo"],
        &["search", "--index", &url, "demo helper"],
        &["search", "--index", &url, "nothing-of-the-kind"],
        &["search", "--index", &url, "-q", "demo"],
        &["search", "--index", &url],
        &["search", "--index", &url, "--nosuch", "demo"],
        &["search", "demo", "--index"],
        &["search", "-vi", &url, "demo"],
    ] {
        let theirs = pip(arguments);
        let ours = world.rpip(arguments);
        let streams = format!("{arguments:?}\n{}\n{}", theirs.stderr, ours.stderr);
        assert_eq!((ours.code, &ours.stdout), (theirs.code, &theirs.stdout), "{streams}");
    }
    assert_eq!(world.rpip(&["search", "--index", &url, "nothing-of-the-kind"]).code, 23);
    assert!(world.rpip(&["search", "--index", &server.url(""), "x"]).failure(1).contains("answered 405"));
}

#[test]
fn pypiserver_is_a_further_index() {
    let world = World::with_environment();
    world.publish(&[WheelBuilder::new("other", "1.0")]);
    let server = Server::start(&world, None);
    let stdout = world.install(&["--extra-index-url", &server.url(""), "other", "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0 other-1.0\n"), "{stdout}");
}

#[test]
fn pypiserver_in_the_configuration_of_the_user() {
    let world = World::with_environment();
    let server = Server::start(&world, None);
    world.write("../home/.pip/pip.conf", &format!("[global]\nindex-url = {}\n", server.url("")));
    let stdout = world.rpip(&["install", "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
}

#[test]
fn pypiserver_that_asks_for_a_password() {
    let world = World::with_environment();
    let server = Server::start(&world, Some(("user", "se:cret")));
    let refused = world.rpip(&["install", "--no-input", "-i", &server.url(""), "demo"]);
    assert!(refused.failure(1).contains("401"));
    let refused = world.rpip(&["install", "--no-input", "-i", &server.url("user:wr0ng@"), "demo"]);
    let stderr = refused.failure(1);
    assert!(!stderr.contains("wr0ng"), "{stderr}");
    let stdout = world.rpip(&["install", "-i", &server.url("user:se%3Acret@"), "demo"]).success();
    assert!(stdout.contains("user:****@127.0.0.1") && !stdout.contains("cret"), "{stdout}");
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
    world.rpip(&["uninstall", "-y", "demo", "helper"]).success();
    // As a further index, and from the configuration.
    let extra = format!("[global]\nextra-index-url = {}\n", server.url("user:se%3Acret@"));
    world.write("../home/.pip/pip.conf", &extra);
    let stdout = world.install(&["demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
    world.rpip(&["uninstall", "-y", "demo", "helper"]).success();
    // From .netrc.
    world.write("../home/.pip/pip.conf", &format!("[global]\nindex-url = {}\n", server.url("")));
    world.write("../home/.netrc", "machine 127.0.0.1\nlogin user\npassword se:cret\n");
    let stdout = world.rpip(&["install", "--no-input", "--no-cache-dir", "demo"]).success();
    assert!(stdout.ends_with("Successfully installed demo-1.0 helper-2.0\n"), "{stdout}");
}
