//! Credentials of URLs: they are used, for their own origin, and found nowhere afterwards.
#![allow(clippy::unwrap_used)]

mod setting;

use std::fs;
use std::path::Path;

use rpip_vcs::{History, Options, Problem, VcsError};
use setting::web::Web;
use setting::{Setting, content, files_with, has, url};

const SECRET: &str = "s3cr3t%pw";
/// `us@er:s3cr3t%pw`
const AUTHORIZATION: &str = "dXNAZXI6czNjcjN0JXB3";
const IN_URL: &str = "us%40er:s3cr3t%25pw";

fn bare_repository(setting: &Setting) -> std::path::PathBuf {
    let repository = setting.git_repository("r");
    let served = setting.path("served");
    fs::create_dir(&served).unwrap();
    setting.git(&repository, &["clone", "-q", "--bare", ".", served.join("r.git").to_str().unwrap()]);
    setting.git(&served.join("r.git"), &["update-server-info"]);
    served
}

#[test]
fn git_gets_them_and_keeps_none() {
    let mut setting = Setting::new();
    let web = Web::serve(&bare_repository(&setting), AUTHORIZATION);
    let trace = setting.path("trace");
    // A helper that would store what it is told.
    let stored = setting.path("stored");
    let configuration = setting.path("gitconfig");
    let helper = format!("[credential]\nhelper = store --file={}\n", stored.display());
    fs::write(&configuration, helper).unwrap();
    setting.variables.push(("GIT_CONFIG_GLOBAL".into(), configuration.into()));
    setting.variables.push(("GIT_TRACE".into(), trace.clone().into()));
    let url = url(&format!("git+http://{IN_URL}@127.0.0.1:{}/r.git@feature/x", web.port));
    for history in [History::Blobless, History::Shallow] {
        let options = Options { history, ..setting.options() };
        let directory = setting.path(&format!("{history:?}"));
        rpip_vcs::checkout(&url, &directory, &options).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(content(&directory), "two");
        rpip_vcs::update(&url, &directory, &options).unwrap();
        assert_eq!(
            rpip_vcs::inspect(&url, &directory, &options).unwrap(),
            rpip_vcs::Existing::SameRepository
        );
        let found = rpip_vcs::describe(&directory, &options).unwrap().unwrap();
        assert_eq!(found.url, format!("http://127.0.0.1:{}/r.git", web.port));
    }
    assert!(rpip_vcs::resolve(&url, &setting.options()).unwrap().is_some());
    assert!(fs::read_to_string(&trace).unwrap().contains("git-remote-http"));
    for secret in [SECRET, "s3cr3t%25pw", "us@er", "us%40er"] {
        assert_eq!(files_with(setting.root.path(), secret), Vec::<std::path::PathBuf>::new(), "{secret}");
    }
    assert!(!stored.exists());
}

#[test]
fn a_token_needs_no_password() {
    let setting = Setting::new();
    // `t0ken:`
    let web = Web::serve(&bare_repository(&setting), "dDBrZW46");
    let url = url(&format!("git+http://t0ken@127.0.0.1:{}/r.git", web.port));
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap();
    assert_eq!(content(&directory), "one");
    assert!(files_with(&directory, "t0ken").is_empty());
}

#[test]
fn a_user_name_is_completed_by_the_users_helper() {
    let mut setting = Setting::new();
    let web = Web::serve(&bare_repository(&setting), AUTHORIZATION);
    let stored = setting.path("stored");
    fs::write(&stored, format!("http://{IN_URL}@127.0.0.1%3a{}\n", web.port)).unwrap();
    let configuration = setting.path("gitconfig");
    fs::write(&configuration, format!("[credential]\nhelper = store --file={}\n", stored.display())).unwrap();
    setting.variables.push(("GIT_CONFIG_GLOBAL".into(), configuration.into()));
    let url = url(&format!("git+http://us%40er@127.0.0.1:{}/r.git", web.port));
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap();
    assert_eq!(content(&directory), "one");
}

#[test]
fn wrong_ones_are_an_error_and_no_question() {
    let setting = Setting::new();
    let web = Web::serve(&bare_repository(&setting), AUTHORIZATION);
    for user in ["", "wr0ng:passw0rd@", "wr0ngt0ken@"] {
        let url = url(&format!("git+http://{user}127.0.0.1:{}/r.git", web.port));
        let directory = setting.path("checkout");
        let error = rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap_err();
        match &error {
            VcsError::Failed { problem: Problem::Authentication, .. } => {}
            other => panic!("{other:?}"),
        }
        let text = format!("{error} {error:?}");
        assert!(!text.contains("passw0rd") && !text.contains("wr0ngt0ken"), "{text}");
        assert!(!directory.exists());
    }
}

#[test]
fn mercurial_gets_them_and_keeps_none() {
    if !has("hg") {
        return;
    }
    let setting = Setting::new();
    let served = setting.path("served");
    let repository = served.join("r");
    fs::create_dir_all(&repository).unwrap();
    setting.run(&repository, &["hg", "init"]);
    fs::write(repository.join("content"), "one").unwrap();
    setting.run(&repository, &["hg", "commit", "-q", "-A", "-m", "one"]);
    let web = Web::serve(&served, AUTHORIZATION);
    let url = url(&format!("hg+static-http://{IN_URL}@127.0.0.1:{}/r", web.port));
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(content(&directory), "one");
    assert!(files_with(setting.root.path(), SECRET).is_empty());
    let without = setting::url(&format!("hg+static-http://127.0.0.1:{}/r", web.port));
    let error = rpip_vcs::checkout(&without, &setting.path("x"), &setting.options()).unwrap_err();
    assert!(matches!(error, VcsError::Failed { problem: Problem::Authentication, .. }), "{error:?}");
}

#[test]
fn bazaar_gets_them_and_keeps_none() {
    if !has("brz") {
        return;
    }
    let setting = Setting::new();
    let served = setting.path("served");
    let repository = served.join("r");
    fs::create_dir_all(&repository).unwrap();
    setting.run(&repository, &["brz", "init", "-q"]);
    fs::write(repository.join("content"), "one").unwrap();
    setting.run(&repository, &["brz", "add", "-q"]);
    setting.run(&repository, &["brz", "commit", "-q", "-m", "one"]);
    let web = Web::serve(&served, AUTHORIZATION);
    let url = url(&format!("bzr+http://{IN_URL}@127.0.0.1:{}/r", web.port));
    let directory = setting.path("checkout");
    rpip_vcs::checkout(&url, &directory, &setting.options()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(content(&directory), "one");
    assert!(files_with(setting.root.path(), SECRET).is_empty());
}

/// `svnserve` on a port of loopback; ends with the value.
struct Svnserve {
    child: std::process::Child,
    port: u16,
}

impl Svnserve {
    fn start(root: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = std::process::Command::new("svnserve");
        command.args(["--daemon", "--foreground", "--listen-host=127.0.0.1"]);
        command.arg(format!("--listen-port={port}")).arg("--root").arg(root);
        let child = command.spawn().unwrap();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            std::thread::yield_now();
        }
        Self { child, port }
    }
}

impl Drop for Svnserve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn subversion_gets_them_and_keeps_none() {
    if !has("svn") || !has("svnserve") || !has("svnadmin") {
        return;
    }
    let setting = Setting::new();
    let served = setting.path("served");
    let repository = served.join("r");
    fs::create_dir_all(&served).unwrap();
    setting.run(&served, &["svnadmin", "create", "r"]);
    fs::write(
        repository.join("conf/svnserve.conf"),
        "[general]\nanon-access = none\nauth-access = write\npassword-db = passwd\nrealm = r\n",
    )
    .unwrap();
    fs::write(repository.join("conf/passwd"), "[users]\nus@er = s3cr3t%pw\n").unwrap();
    let server = Svnserve::start(&served);
    let url = url(&format!("svn+svn://{IN_URL}@127.0.0.1:{}/r", server.port));
    let directory = setting.path("checkout");
    let checkout = rpip_vcs::checkout(&url, &directory, &setting.options());
    let checkout = checkout.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(checkout.commit_id, "0");
    fs::remove_file(repository.join("conf/passwd")).unwrap();
    assert!(files_with(setting.root.path(), SECRET).is_empty());
    let error = rpip_vcs::checkout(&url, &setting.path("x"), &setting.options()).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains(SECRET) && !text.contains("s3cr3t"), "{text}");
}
