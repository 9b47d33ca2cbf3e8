//! What is tried when a server answers 401: the keyring, then the user, each once.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rpip_network::{Client, ClientOptions, Keyring, NetworkError, Prompt};
use tempfile::TempDir;
use test_support::{FakeIndex, Reply};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A keyring that is a shell script, with a log of what it was asked.
struct FakeKeyring {
    directory: TempDir,
}

impl FakeKeyring {
    /// `script` sees the arguments as `$*`, and its directory as `$here`.
    fn new(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path().display();
        let head = format!("here='{here}'\necho \"$*\" >> \"$here/log\"\n");
        std::fs::write(directory.path().join("keyring.sh"), head + script).unwrap();
        Self { directory }
    }

    /// Answers `get` of these services, each with the arguments behind `get` that it is for.
    fn knowing(entries: &[(&str, &str, &str)]) -> Self {
        let cases: String = entries
            .iter()
            .map(|(service, user, password)| {
                format!("'--mode=creds --output=json get {service}') echo '{{\"username\": \"{user}\", \"password\": \"{password}\"}}';;\n")
            })
            .collect();
        Self::new(&format!("case \"$*\" in\n{cases}set*) cat > \"$here/password\";;\n*) exit 1;;\nesac\n"))
    }

    fn keyring(&self) -> Keyring {
        let script = self.directory.path().join("keyring.sh");
        Keyring::new(PathBuf::from("/bin/sh"), vec![script.into()])
    }

    /// What it was asked, without its options.
    fn asked(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        log.lines().map(|line| line.replace("--mode=creds --output=json ", "")).collect()
    }

    fn saved(&self) -> Option<String> {
        std::fs::read_to_string(self.directory.path().join("password")).ok()
    }
}

/// A user who answers, and remembers the questions.
struct Typist {
    user: &'static str,
    password: &'static str,
    saves: bool,
    questions: Mutex<Vec<String>>,
}

impl Typist {
    fn new(user: &'static str, password: &'static str, saves: bool) -> Arc<Self> {
        Arc::new(Self { user, password, saves, questions: Mutex::default() })
    }

    fn questions(&self) -> Vec<String> {
        self.questions.lock().unwrap().clone()
    }

    fn note(&self, question: &str, host: &str) {
        self.questions.lock().unwrap().push(format!("{question} {host}"));
    }
}

impl Prompt for Typist {
    fn user(&self, host: &str) -> Option<String> {
        self.note("user", host);
        Some(self.user.to_owned())
    }

    fn password(&self, host: &str) -> Option<String> {
        self.note("password", host);
        Some(self.password.to_owned())
    }

    fn save(&self, host: &str) -> bool {
        self.note("save", host);
        self.saves
    }
}

struct Setting {
    server: FakeIndex,
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Setting {
    /// A server whose `/simple/` wants `me` and `s@crt`.
    fn new() -> Self {
        let server = FakeIndex::start();
        server.require_login("/simple/", "me", "s@crt");
        for path in ["/simple/demo/", "/simple/other/", "/open"] {
            server.serve(path, Reply::ok("page"));
        }
        Self { server, warnings: Arc::default() }
    }

    fn client(&self, keyring: Option<Keyring>, prompt: Option<Arc<Typist>>) -> Client {
        let warnings = Arc::clone(&self.warnings);
        Client::new(ClientOptions {
            timeout: Duration::from_secs(5),
            retries: 1,
            retry_delay: Duration::from_millis(1),
            system_proxy: false,
            keyring,
            prompt: prompt.map(|prompt| prompt as Arc<dyn Prompt>),
            warn: Some(Arc::new(move |text| warnings.lock().unwrap().push(text.to_owned()))),
            ..ClientOptions::default()
        })
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap().clone()
    }

    fn index(&self, user_information: &str) -> String {
        format!("http://{user_information}{}/simple/", self.server.authority())
    }

    fn page(&self) -> String {
        self.server.url("/simple/demo/")
    }
}

fn get(client: &Client, url: &str) -> Result<(), NetworkError> {
    run(client.get_complete(url, &[], 1000)).map(|_| ())
}

#[test]
fn the_keyring_is_asked_for_the_index_then_for_the_host() {
    let setting = Setting::new();
    let host = setting.server.authority();
    for (known_as, asked) in [
        (setting.index(""), vec![format!("get {}", setting.index(""))]),
        (host.clone(), vec![format!("get {}", setting.index("")), format!("get {host}")]),
    ] {
        let keyring = FakeKeyring::knowing(&[(&known_as, "me", "s@crt")]);
        let client = setting.client(Some(keyring.keyring()), None);
        assert_eq!(
            client.remember_index(setting.index("").trim_end_matches('/')).unwrap(),
            setting.index("").trim_end_matches('/')
        );
        get(&client, &setting.server.url("/open")).unwrap();
        assert_eq!(keyring.asked(), [""; 0], "nobody is asked before a server wants a password");
        get(&client, &setting.page()).unwrap();
        get(&client, &setting.server.url("/simple/other/")).unwrap();
        assert_eq!(keyring.asked(), asked);
        let sent = setting.server.requests().last().unwrap().header("authorization").map(str::to_owned);
        assert!(sent.is_some(), "what is known is sent at once");
        setting.server.clear_requests();
    }
    assert_eq!(setting.warnings(), [""; 0]);
}

#[test]
fn a_user_name_in_the_url_is_the_one_that_is_asked_for() {
    let setting = Setting::new();
    let service = format!("{} me", setting.index(""));
    let keyring = FakeKeyring::knowing(&[(&service, "me", "s@crt")]);
    let typist = Typist::new("me", "s@crt", false);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    client.remember_index(&setting.index("me@")).unwrap();
    get(&client, &setting.page()).unwrap();
    get(&client, &setting.page()).unwrap();
    assert_eq!(keyring.asked(), [format!("get {service}")]);
    // Before that the name was sent alone, as a token would be.
    assert_eq!(setting.server.requests()[0].header("authorization"), Some("Basic bWU6"));
    assert_eq!(setting.server.requests().len(), 3);

    // Some servers refuse a name without its password with 403.
    let picky = FakeIndex::start();
    picky.route("/simple/demo/", |request| match request.header("authorization") {
        None => Reply::status(401),
        Some("Basic bWU6cyVA") => Reply::ok("page"),
        Some(_) => Reply::status(403),
    });
    let index = format!("http://me@{}/simple/", picky.authority());
    let keyring = FakeKeyring::knowing(&[(&format!("{} me", picky.simple()), "me", "s%@")]);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    client.remember_index(&index).unwrap();
    get(&client, &picky.url("/simple/demo/")).unwrap();

    // A token that is wrong is no reason to ask for a password.
    let empty = FakeKeyring::knowing(&[]);
    let client = setting.client(Some(empty.keyring()), Some(typist.clone()));
    client.remember_index(&setting.index("token@")).unwrap();
    let error = get(&client, &setting.page()).unwrap_err().to_string();
    assert!(error.starts_with("401 Error, Credentials not correct for "), "{error}");
    assert_eq!(typist.questions(), [""; 0]);
    // A name that would be taken for an option never reaches the program.
    let client = setting.client(Some(empty.keyring()), None);
    client.remember_index(&setting.index("--help@")).unwrap();
    let before = empty.asked().len();
    assert!(get(&client, &setting.page()).is_err());
    assert_eq!(empty.asked().len(), before);
}

#[test]
fn the_user_is_asked_once_and_the_keyring_keeps_the_answer() {
    let setting = Setting::new();
    let host = setting.server.authority();
    let keyring = FakeKeyring::knowing(&[]);
    let typist = Typist::new("me", "s@crt", true);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    client.remember_index(&setting.index("")).unwrap();
    let url = setting.page();
    run(async {
        let mut tasks = Vec::new();
        for _ in 0..50 {
            let (client, url) = (client.clone(), url.clone());
            tasks.push(tokio::spawn(async move { client.get_complete(&url, &[], 1000).await.map(|_| ()) }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    assert_eq!(typist.questions(), ["user", "password", "save"].map(|question| format!("{question} {host}")));
    let asked = [
        format!("get {}", setting.index("")),
        format!("get {host}"),
        format!("get {host} me"),
        format!("set {host} me"),
    ];
    assert_eq!(keyring.asked(), asked);
    assert_eq!(keyring.saved().as_deref(), Some("s@crt\n"), "a password goes through a pipe");
}

#[test]
fn the_keyring_may_know_the_user_that_was_typed() {
    let setting = Setting::new();
    let host = setting.server.authority();
    let keyring = FakeKeyring::knowing(&[(&format!("{host} me"), "me", "s@crt")]);
    let typist = Typist::new("me", "wrong", true);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    get(&client, &setting.page()).unwrap();
    assert_eq!(typist.questions(), [format!("user {host}")]);
}

#[test]
fn wrong_answers_are_sent_once_and_not_kept() {
    let setting = Setting::new();
    let keyring = FakeKeyring::knowing(&[]);
    let typist = Typist::new("me", "wrong", true);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    let url = setting.page();
    let errors = run(async {
        let requests = (0..10).map(|_| {
            let (client, url) = (client.clone(), url.clone());
            tokio::spawn(async move { client.get_complete(&url, &[], 1000).await.map(|_| ()) })
        });
        let tasks: Vec<_> = requests.collect();
        let mut errors = Vec::new();
        for task in tasks {
            errors.push(task.await.unwrap().unwrap_err());
        }
        errors
    });
    assert!(errors.iter().all(|error| error.status() == Some(401)));
    let sent =
        setting.server.requests().iter().filter(|request| request.header("authorization").is_some()).count();
    assert_eq!((sent, typist.questions().len()), (1, 3), "a wrong password may lock an account");
    assert_eq!(keyring.saved(), None);
    let shown = format!("{errors:?} {} {client:?}", errors[0]);
    assert!(!shown.contains("wrong"), "{shown}");
}

#[test]
fn nobody_who_says_nothing_is_asked_again() {
    let setting = Setting::new();
    for (user, password) in [("", ""), ("me", "")] {
        let typist = Typist::new(user, password, false);
        let client = setting.client(None, Some(typist.clone()));
        assert!(get(&client, &setting.page()).is_err());
        assert!(get(&client, &setting.page()).is_err());
        assert!(typist.questions().len() <= 2, "{:?}", typist.questions());
    }
    let error = get(&setting.client(None, None), &setting.page()).unwrap_err().to_string();
    for way in ["user:password@", "~/.netrc", "--keyring-provider"] {
        assert!(error.contains(way), "{error}");
    }
}

#[test]
fn given_passwords_are_meant() {
    let setting = Setting::new();
    let typist = Typist::new("me", "s@crt", false);
    let keyring = FakeKeyring::knowing(&[(&setting.index(""), "me", "s@crt")]);
    let client = setting.client(Some(keyring.keyring()), Some(typist.clone()));
    client.remember_index(&setting.index("me:wrong@")).unwrap();
    assert!(get(&client, &setting.page()).is_err());
    assert_eq!((keyring.asked().len(), typist.questions().len()), (0, 0));
    assert_eq!(setting.server.requests().len(), 1);
}

#[test]
fn a_wrong_netrc_leads_to_the_keyring() {
    let setting = Setting::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "default login me password old\n").unwrap();
    let keyring = FakeKeyring::knowing(&[(&setting.index(""), "me", "s@crt")]);
    let client = Client::new(ClientOptions {
        system_proxy: false,
        netrc: Some(file.path().to_owned()),
        keyring: Some(keyring.keyring()),
        ..ClientOptions::default()
    });
    client.remember_index(&setting.index("me@")).unwrap();
    // netrc goes before a name without a password, and a password that was found before netrc.
    let keyring_of_me = FakeKeyring::knowing(&[(&format!("{} me", setting.index("")), "me", "s@crt")]);
    assert!(get(&client, &setting.page()).is_err());
    assert_eq!(setting.server.requests()[0].header("authorization"), Some("Basic bWU6b2xk"));
    let client = Client::new(ClientOptions {
        system_proxy: false,
        netrc: Some(file.path().to_owned()),
        keyring: Some(keyring_of_me.keyring()),
        ..ClientOptions::default()
    });
    client.remember_index(&setting.index("me@")).unwrap();
    get(&client, &setting.page()).unwrap();
    setting.server.clear_requests();
    get(&client, &setting.page()).unwrap();
    assert_eq!(setting.server.requests().len(), 1);
}

#[test]
fn an_old_keyring_is_asked_as_it_understands() {
    let setting = Setting::new();
    let script = "case \"$*\" in\n--mode*) echo 'keyring: error: unrecognized arguments: --mode=creds' >&2; exit 2;;\n\
                  'get '*' me') echo 's@crt';;\n*) exit 1;;\nesac\n";
    let keyring = FakeKeyring::new(script);
    let client = setting.client(Some(keyring.keyring()), None);
    client.remember_index(&setting.index("me@")).unwrap();
    get(&client, &setting.page()).unwrap();

    let client = setting.client(Some(keyring.keyring()), None);
    assert!(get(&client, &setting.page()).is_err());
    let warning = "Keyring is skipped due to an exception: Keyring util is outdated; must be at least version 25.2.1, please upgrade it";
    assert_eq!(setting.warnings(), [warning]);
}

#[test]
fn a_keyring_that_fails_is_left_alone() {
    let setting = Setting::new();
    for (script, warned) in [
        ("exec sleep 60", Some("no answer within 1 seconds")),
        ("echo nonsense", Some("it did not answer with a user name and a password")),
        ("head -c 100000 /dev/zero", Some("its answer is too long")),
        ("echo 'No module named keyring' >&2; exit 1", None),
    ] {
        let setting = Setting { server: FakeIndex::start(), ..Setting::new() };
        setting.server.require_login("/simple/", "me", "s@crt");
        setting.server.serve("/simple/demo/", Reply::ok("page"));
        let fake = FakeKeyring::new(script);
        let keyring = Keyring { time_limit: Duration::from_millis(100), ..fake.keyring() };
        let keyring = if script.contains("sleep") { keyring } else { fake.keyring() };
        let typist = Typist::new("me", "s@crt", true);
        let client = setting.client(Some(keyring), Some(typist.clone()));
        get(&client, &setting.page()).unwrap();
        assert_eq!(fake.asked().len(), 1, "{script}");
        let expected: Vec<String> =
            warned.iter().map(|reason| format!("Keyring is skipped due to an exception: {reason}")).collect();
        assert_eq!(setting.warnings(), expected);
        assert_eq!(typist.questions().len(), 2, "a broken keyring keeps nothing");
    }
    let missing = Keyring::new("/does/not/exist".into(), Vec::new());
    assert!(get(&setting.client(Some(missing), None), &setting.page()).is_err());
    assert_eq!(setting.warnings(), [""; 0]);

    let script =
        "case \"$1\" in set) echo 'Traceback' >&2; echo 'it is locked' >&2; exit 1;; *) exit 1;; esac";
    let fake = FakeKeyring::new(script);
    let client = setting.client(Some(fake.keyring()), Some(Typist::new("me", "s@crt", true)));
    get(&client, &setting.page()).unwrap();
    assert_eq!(setting.warnings(), ["Failed to save credentials: it is locked"]);
}

#[test]
fn every_host_is_asked_about_for_itself() {
    let setting = Setting::new();
    let files = FakeIndex::start();
    files.require_login("/", "you", "other");
    files.serve("/x.whl", Reply::ok("wheel"));
    let keyring =
        FakeKeyring::knowing(&[(&setting.index(""), "me", "s@crt"), (&files.authority(), "you", "other")]);
    let client = setting.client(Some(keyring.keyring()), None);
    client.remember_index(&setting.index("")).unwrap();
    setting.server.serve("/simple/far/", Reply::redirect(&files.url("/x.whl")));
    get(&client, &setting.server.url("/simple/far/")).unwrap();
    let sent: Vec<Option<String>> =
        files.requests().iter().map(|request| request.header("authorization").map(str::to_owned)).collect();
    // you:other, and never what belongs to the index.
    assert_eq!(sent, [None, Some("Basic eW91Om90aGVy".to_owned())]);
}
