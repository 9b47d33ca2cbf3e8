//! The HTTP client: made at the first request, with retries, time-outs and credentials.

use std::path::PathBuf;
use std::time::Duration;

use crate::NetworkError;

/// How to reach servers. Libraries read no process environment: the terminal fills this in.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Seconds to wait for a connection and between two reads (`--timeout`).
    pub timeout: Duration,
    /// How often a failed request is tried again (`--retries`).
    pub retries: u32,
    /// `--proxy`, over the proxy variables, which reqwest reads.
    pub proxy: Option<String>,
    /// A bundle of CA certificates (PEM): `--cert`, `PIP_CERT`, `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`; with where it was named, for messages.
    pub certificates: Option<(PathBuf, String)>,
    /// A directory of CA certificates (`SSL_CERT_DIR`).
    pub certificate_directory: Option<PathBuf>,
    /// `--client-cert`.
    pub client_certificate: Option<PathBuf>,
    /// `host` or `host:port` whose certificate is not checked, and which may use plain HTTP (`--trusted-host`).
    pub trusted_hosts: Vec<String>,
    /// The netrc file (`NETRC`, else `~/.netrc`), read when a server is asked that has no credentials in its URL.
    pub netrc: Option<PathBuf>,
    /// The `User-Agent`.
    pub user_agent: String,
}

/// A client. Cheap to clone; nothing is set up before the first request.
#[derive(Clone)]
pub struct Client {/* Arc<inner with OnceLock<reqwest::Client>> */}

/// An answer with a status of 200 to 299, or 304 where validators were sent.
pub struct Response {/* reqwest::Response */}

impl Client {
    /// A client with these options.
    pub fn new(_options: ClientOptions) -> Self {
        todo!()
    }

    /// GET with headers (retried; error statuses are errors).
    pub async fn get(&self, _url: &str, _headers: &[(&str, &str)]) -> Result<Response, NetworkError> {
        todo!()
    }
}
