//! A package index on loopback: published files make simple pages (PEP 503, PEP 691, PEP 700, PEP 714)
//! by themselves; routes override anything; every request is logged.

use std::collections::{BTreeMap, HashMap};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::connection;
use crate::exchange::{Reply, Request};
use crate::wheel::{WheelBuilder, sha256_hex};

/// The PEM certificate of the authority that signed the certificate of [`FakeIndex::start_tls`].
pub const TEST_AUTHORITY: &str = include_str!("tls/authority.pem");
/// A certificate for 127.0.0.1 that is its own authority, as `openssl req -x509` makes it (PEM).
pub const SELF_SIGNED: &str = include_str!("tls/self-signed.pem");

/// In which form project pages are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageStyle {
    /// JSON where the client accepts it, else HTML.
    Negotiated,
    /// Always JSON.
    Json,
    /// Always HTML.
    Html,
}

/// A file as the index lists it.
#[derive(Debug, Clone)]
pub struct PublishedFile {
    filename: String,
    content: Vec<u8>,
    requires_python: Option<String>,
    yanked: Option<String>,
    metadata: Option<String>,
    metadata_listed: bool,
    sha256: Option<String>,
    uploaded: Option<String>,
}

impl PublishedFile {
    /// A file with its right SHA-256.
    pub fn new(filename: &str, content: impl Into<Vec<u8>>) -> Self {
        let content = content.into();
        let sha256 = Some(sha256_hex(&content));
        Self {
            filename: filename.to_owned(),
            content,
            requires_python: None,
            yanked: None,
            metadata: None,
            metadata_listed: false,
            sha256,
            uploaded: None,
        }
    }

    /// A wheel with its metadata beside it.
    pub fn wheel(builder: &WheelBuilder) -> Self {
        Self::new(&builder.filename(), builder.build()).sidecar(&builder.metadata())
    }

    /// Serves `<file>.metadata` and says so on the page.
    pub fn sidecar(mut self, metadata: &str) -> Self {
        self.metadata = Some(metadata.to_owned());
        self.metadata_listed = true;
        self
    }

    /// Serves no `<file>.metadata`.
    pub fn without_sidecar(mut self) -> Self {
        self.metadata = None;
        self.metadata_listed = false;
        self
    }

    /// Serves `<file>.metadata` without saying so on the page.
    pub fn silent_sidecar(mut self) -> Self {
        self.metadata_listed = false;
        self
    }

    /// `Requires-Python`, on the page.
    pub fn requires_python(mut self, specifier: &str) -> Self {
        self.requires_python = Some(specifier.to_owned());
        self
    }

    /// Withdrawn, with a reason (may be empty).
    pub fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// `upload-time` (PEP 700), on JSON pages: HTML has no place for it.
    pub fn uploaded(mut self, time: &str) -> Self {
        self.uploaded = Some(time.to_owned());
        self
    }

    /// The page promises this SHA-256 (none: no hash).
    pub fn promised_sha256(mut self, sha256: Option<&str>) -> Self {
        self.sha256 = sha256.map(str::to_owned);
        self
    }
}

/// The tree of [`FakeIndex::simple`].
const MAIN_TREE: &str = "simple";

type Handler = Arc<dyn Fn(&Request) -> Reply + Send + Sync>;

#[derive(Default)]
struct State {
    routes: HashMap<String, Handler>,
    /// By tree (`simple`) and project.
    projects: BTreeMap<(String, String), Vec<PublishedFile>>,
    /// What paths begin with that want a user name and password, and the `Authorization` that opens them.
    locked: Vec<(String, String)>,
    /// How much is read of what is sent to a path.
    body_limits: HashMap<String, u64>,
    page_headers: Vec<(String, String)>,
    requests: Vec<Request>,
    streams: Vec<TcpStream>,
    style: Option<PageStyle>,
    stopped: bool,
}

pub(crate) struct Shared {
    pub(crate) tls: Option<Arc<rustls::ServerConfig>>,
    state: Mutex<State>,
    stop: Condvar,
}

/// A running index; it stops when dropped.
pub struct FakeIndex {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

impl FakeIndex {
    /// Starts on a free port of 127.0.0.1.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same with TLS: a certificate for `localhost` and 127.0.0.1, signed by [`TEST_AUTHORITY`].
    pub fn start_tls() -> Self {
        Self::start_with_certificate(include_bytes!("tls/server.pem"), include_bytes!("tls/server.key.pem"))
    }

    /// The same with [`SELF_SIGNED`].
    pub fn start_self_signed() -> Self {
        Self::start_with_certificate(SELF_SIGNED.as_bytes(), include_bytes!("tls/self-signed.key.pem"))
    }

    fn start_with_certificate(certificate: &[u8], key: &[u8]) -> Self {
        let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
        let key = PrivateKeyDer::from_pem_slice(key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Self::start_with(Some(Arc::new(config)))
    }

    fn start_with(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared { tls, state: Mutex::default(), stop: Condvar::new() });
        let for_acceptor = shared.clone();
        let acceptor = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut state = for_acceptor.state.lock().unwrap();
                if state.stopped {
                    return;
                }
                state.streams.extend(stream.try_clone());
                let shared = for_acceptor.clone();
                std::thread::spawn(move || {
                    // A client in another thread may wait for the end of this stream.
                    let closing = stream.try_clone();
                    connection::serve(stream, &shared);
                    closing.map(|stream| stream.shutdown(Shutdown::Both)).ok();
                });
            }
        });
        Self { address, shared, acceptor: Some(acceptor) }
    }

    /// `host:port`.
    pub fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The URL of `path`, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// The URL of the simple index.
    pub fn simple(&self) -> String {
        self.url("/simple/")
    }

    /// Answers `path` (and query, exactly) by calling `handler`, over all else.
    pub fn route(&self, path: &str, handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) {
        self.shared.state.lock().unwrap().routes.insert(path.to_owned(), Arc::new(handler));
    }

    /// Answers `path` with `reply`.
    pub fn serve(&self, path: &str, reply: Reply) {
        self.route(path, move |_| reply.clone());
    }

    /// Answers `path` with these replies in turn; the last one stays.
    pub fn serve_in_turn(&self, path: &str, replies: Vec<Reply>) {
        let next = Mutex::new(0);
        self.route(path, move |_| {
            let mut next = next.lock().unwrap();
            let reply = replies[(*next).min(replies.len() - 1)].clone();
            *next += 1;
            reply
        });
    }

    /// Publishes a file of `project`: listed on its page, served under `/files/`.
    pub fn publish(&self, project: &str, file: PublishedFile) {
        self.publish_in(MAIN_TREE, project, file);
    }

    /// Publishes a file of `project` in another index of this server: `simple2` makes pages under `/simple2/`, and
    /// serves the files under `/files/simple2/`.
    pub fn publish_in(&self, tree: &str, project: &str, file: PublishedFile) {
        let mut state = self.shared.state.lock().unwrap();
        state.projects.entry((tree.to_owned(), project.to_owned())).or_default().push(file);
    }

    /// Answers 401 wherever a path begins with `prefix`, unless this user name and password (HTTP Basic)
    /// are sent. Of several prefixes that fit the one given first counts.
    pub fn require_login(&self, prefix: &str, user: &str, password: &str) {
        let expected = format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
        self.shared.state.lock().unwrap().locked.push((prefix.to_owned(), expected));
    }

    /// Publishes a wheel under its own name, with its metadata beside it.
    pub fn publish_wheel(&self, builder: &WheelBuilder) {
        let filename = builder.filename();
        let project = filename.split('-').next().unwrap_or_default().replace(['_', '.'], "-");
        self.publish(&project, PublishedFile::wheel(builder));
    }

    /// Reads only so many bytes of what is sent to `path`; then it answers, and closes the connection.
    pub fn read_at_most(&self, path: &str, bytes: u64) {
        self.shared.state.lock().unwrap().body_limits.insert(path.to_owned(), bytes);
    }

    /// Adds a header to every generated page.
    pub fn page_header(&self, name: &str, value: &str) {
        self.shared.state.lock().unwrap().page_headers.push((name.to_owned(), value.to_owned()));
    }

    /// Serves generated pages in this form (`Negotiated`).
    pub fn page_style(&self, style: PageStyle) {
        self.shared.state.lock().unwrap().style = Some(style);
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state.lock().unwrap().requests.clone()
    }

    /// How often `path` was asked for.
    pub fn count(&self, path: &str) -> usize {
        self.requests().iter().filter(|request| request.path == path).count()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.shared.state.lock().unwrap().requests.clear();
    }
}

impl Drop for FakeIndex {
    fn drop(&mut self) {
        {
            let mut state = self.shared.state.lock().unwrap();
            state.stopped = true;
            for stream in &state.streams {
                stream.shutdown(Shutdown::Both).ok();
            }
        }
        self.shared.stop.notify_all();
        TcpStream::connect(self.address).ok(); // wakes the acceptor
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.join().ok();
        }
    }
}

impl Shared {
    pub(crate) fn wait_until_stopped(&self) {
        let state = self.state.lock().unwrap();
        drop(self.stop.wait_while(state, |state| !state.stopped));
    }

    pub(crate) fn body_limit(&self, path: &str) -> Option<u64> {
        self.state.lock().unwrap().body_limits.get(path).copied()
    }

    pub(crate) fn answer(&self, request: Request) -> Reply {
        let mut state = self.state.lock().unwrap();
        state.requests.push(request.clone());
        let lock = state.locked.iter().find(|(prefix, _)| request.path.starts_with(prefix));
        if lock.is_some_and(|(_, expected)| request.header("authorization") != Some(expected)) {
            return Reply::status(401).header("WWW-Authenticate", "Basic realm=\"index\"");
        }
        if let Some(handler) = state.routes.get(&request.path).cloned() {
            drop(state); // the handler may ask for the log
            return handler(&request);
        }
        state.generated(&request)
    }
}

impl State {
    fn generated(&self, request: &Request) -> Reply {
        if let Some(filename) = request.path.strip_prefix("/files/") {
            return self.file(filename);
        }
        let Some((tree, project)) = request.path.strip_suffix('/').and_then(|path| path.rsplit_once('/'))
        else {
            return Reply::status(404);
        };
        let tree = tree.trim_start_matches('/');
        let Some(files) = self.projects.get(&(tree.to_owned(), project.to_owned())) else {
            return Reply::status(404);
        };
        let json = match self.style.unwrap_or(PageStyle::Negotiated) {
            PageStyle::Json => true,
            PageStyle::Html => false,
            PageStyle::Negotiated => request.header("accept").is_some_and(|accept| accept.contains("+json")),
        };
        let reply = if json {
            Reply::json(json_page(tree, project, files))
        } else {
            Reply::html(html_page(tree, files))
        };
        let etag = format!("\"{}\"", &sha256_hex(&reply.body)[..16]);
        let reply = if request.header("if-none-match") == Some(&etag) { Reply::status(304) } else { reply };
        let reply = reply.header("ETag", &etag);
        self.page_headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }

    fn file(&self, path: &str) -> Reply {
        let (tree, filename) = path.rsplit_once('/').unwrap_or((MAIN_TREE, path));
        let projects = self.projects.iter().filter(|((of, _), _)| of == tree);
        let listed = projects.flat_map(|(_, files)| files);
        for file in listed {
            if file.filename == filename {
                return Reply::file(file.content.clone());
            }
            if let Some(metadata) = &file.metadata
                && filename.strip_suffix(".metadata") == Some(&file.filename)
            {
                return Reply::file(metadata.clone());
            }
        }
        Reply::status(404)
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if (character as u32) < 0x20 => {
                quoted.push_str(&format!("\\u{:04x}", character as u32))
            }
            character => quoted.push(character),
        }
    }
    quoted + "\""
}

/// Where a page says that a file is.
fn file_reference(tree: &str, filename: &str) -> String {
    if tree == MAIN_TREE {
        return format!("../../files/{filename}");
    }
    // A tree may lie deeper than one level.
    let up = "../".repeat(tree.split('/').count() + 1);
    format!("{up}files/{tree}/{filename}")
}

/// A PEP 691 page with the keys of PEP 700 and PEP 714.
fn json_page(tree: &str, project: &str, files: &[PublishedFile]) -> String {
    let entries: Vec<String> = files
        .iter()
        .map(|file| {
            let hash = file.sha256.as_ref().map(|hash| format!("\"sha256\": \"{hash}\"")).unwrap_or_default();
            let mut entry = format!(
                "{{\"filename\": {}, \"url\": {}, \"hashes\": {{{hash}}}, \"size\": {}",
                quoted(&file.filename),
                quoted(&file_reference(tree, &file.filename)),
                file.content.len(),
            );
            if let Some(specifier) = &file.requires_python {
                entry.push_str(&format!(", \"requires-python\": {}", quoted(specifier)));
            }
            if let Some(reason) = &file.yanked {
                let yanked = if reason.is_empty() { "true".to_owned() } else { quoted(reason) };
                entry.push_str(&format!(", \"yanked\": {yanked}"));
            }
            if let Some(metadata) = file.metadata.as_ref().filter(|_| file.metadata_listed) {
                let hash = sha256_hex(metadata.as_bytes());
                entry.push_str(&format!(", \"core-metadata\": {{\"sha256\": \"{hash}\"}}"));
            }
            if let Some(time) = &file.uploaded {
                entry.push_str(&format!(", \"upload-time\": {}", quoted(time)));
            }
            entry + "}"
        })
        .collect();
    format!(
        "{{\"meta\": {{\"api-version\": \"1.1\"}}, \"name\": {}, \"files\": [{}]}}",
        quoted(project),
        entries.join(", ")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A PEP 503 page with the attributes of PEP 592 and PEP 714.
fn html_page(tree: &str, files: &[PublishedFile]) -> String {
    let mut page = String::from("<!DOCTYPE html>\n<html><body>\n");
    for file in files {
        let hash = file.sha256.as_ref().map(|hash| format!("#sha256={hash}")).unwrap_or_default();
        page.push_str(&format!("<a href=\"{}{hash}\"", escaped(&file_reference(tree, &file.filename))));
        if let Some(specifier) = &file.requires_python {
            page.push_str(&format!(" data-requires-python=\"{}\"", escaped(specifier)));
        }
        if let Some(reason) = &file.yanked {
            page.push_str(&format!(" data-yanked=\"{}\"", escaped(reason)));
        }
        if let Some(metadata) = file.metadata.as_ref().filter(|_| file.metadata_listed) {
            page.push_str(&format!(" data-core-metadata=\"sha256={}\"", sha256_hex(metadata.as_bytes())));
        }
        page.push_str(&format!(">{}</a><br/>\n", escaped(&file.filename)));
    }
    page + "</body></html>\n"
}
