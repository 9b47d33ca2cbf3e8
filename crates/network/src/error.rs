//! What can go wrong on the way to a server, in words for the user.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use rustls::CertificateError;

use crate::trust::is_authority;

/// A failed request. URLs are without credentials.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NetworkError {
    /// The server answered with an error status, after retries where they make sense.
    #[error("{}{}", answered(url, *status, *with_credentials), status_advice(*status, *with_credentials))]
    Status {
        /// The URL asked for.
        url: String,
        /// The HTTP status code.
        status: u16,
        /// Whether a user name and password were sent.
        with_credentials: bool,
    },
    /// No connection could be made, or it was lost before an answer came.
    #[error("cannot reach {url}{}: {cause}", through_proxy(proxy.as_deref()))]
    Unreachable {
        /// The URL asked for.
        url: String,
        /// The proxy that was asked, without credentials: it may be what cannot be reached.
        proxy: Option<String>,
        /// Why, in plain words.
        cause: String,
        /// Whether another try may succeed.
        transient: bool,
    },
    /// The server was silent for too long.
    #[error("{url}: no answer{} within {seconds} seconds; --timeout allows more", through_proxy(proxy.as_deref()))]
    TimedOut {
        /// The URL asked for.
        url: String,
        /// The proxy that was asked, without credentials.
        proxy: Option<String>,
        /// The limit.
        seconds: u64,
    },
    /// The body comes so slowly that it might never end.
    #[error("{url}: the answer comes too slowly: less than {least} bytes in {seconds} seconds")]
    TooSlow {
        /// The URL asked for.
        url: String,
        /// How many bytes had to come.
        least: u64,
        /// In which time.
        seconds: u64,
    },
    /// A body that is sent does not go out any more, or the server does not say what became of it.
    #[error("{url}: nothing has moved for {seconds} seconds; --timeout allows more")]
    Stalled {
        /// The URL it was sent to.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// A `file:` URL whose file cannot be read.
    #[error("cannot read {path}: {reason}")]
    File {
        /// Its path.
        path: String,
        /// Why not.
        reason: String,
    },
    /// The server's certificate is not accepted.
    #[error("{url}: {cause}")]
    Untrusted {
        /// The URL asked for.
        url: String,
        /// Why, and what to do.
        cause: String,
    },
    /// The body broke off or could not be decompressed.
    #[error("{url}: the answer is incomplete: {cause}")]
    Interrupted {
        /// The URL asked for.
        url: String,
        /// Why, in plain words.
        cause: String,
    },
    /// The body is larger than the caller allows.
    #[error("{url}: the answer is larger than the limit of {limit} bytes")]
    TooLarge {
        /// The URL asked for.
        url: String,
        /// The limit.
        limit: u64,
    },
    /// A redirect that is not followed.
    #[error("{url} redirects to {target}, which is not followed: {reason}")]
    Redirect {
        /// The URL that answered with a redirect.
        url: String,
        /// Where it points.
        target: String,
        /// Why it is not followed.
        reason: &'static str,
    },
    /// A URL that cannot be asked for.
    #[error("'{url}' is not a usable URL: {reason}")]
    InvalidUrl {
        /// The URL.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The options do not allow a connection: an unreadable certificate file, a wrong proxy.
    #[error("{what} cannot be used: {reason}")]
    Setup {
        /// The option or file.
        what: String,
        /// What is wrong.
        reason: String,
    },
}

fn through_proxy(proxy: Option<&str>) -> String {
    proxy.map(|proxy| format!(" through the proxy {proxy}")).unwrap_or_default()
}

/// What came, as the beginning of the message; in pip's words where credentials are wrong.
fn answered(url: &str, status: u16, with_credentials: bool) -> String {
    match status {
        401 if with_credentials => format!("401 Error, Credentials not correct for {url}"),
        _ => format!("{url} answered {status}"),
    }
}

/// What a user can do about a status, as the end of the message.
fn status_advice(status: u16, with_credentials: bool) -> &'static str {
    match status {
        401 if with_credentials => {
            ": it refused the user name and password that were sent (those of the URL, else of ~/.netrc, the keyring, or your answer)"
        }
        403 if with_credentials => {
            " (forbidden): the user name and password that were sent are wrong, or do not allow this"
        }
        401 => {
            " (unauthorized): it wants a user name and password: in the URL (as user:password@ before the host), in ~/.netrc, in a keyring (--keyring-provider), or typed in at a terminal"
        }
        403 => " (forbidden): no user name and password were sent; perhaps it wants some",
        404 => " (not found)",
        407 => " (proxy authentication required): put user name and password into the proxy's URL",
        408 => " (request time-out)",
        410 => " (gone)",
        416 => " (range not satisfiable)",
        429 => " (too many requests): try again later",
        500..=599 => " (server error): try again later",
        _ => "",
    }
}

impl NetworkError {
    /// Whether the server says that there is no such thing (404, 410).
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Status { status: 404 | 410, .. })
    }

    /// The status, where the server answered with an error.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the same request may succeed when it is tried again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 408 | 429 | 500..=599) && *status != 501,
            Self::Unreachable { transient, .. } => *transient,
            Self::TimedOut { .. }
            | Self::TooSlow { .. }
            | Self::Stalled { .. }
            | Self::Interrupted { .. } => true,
            _ => false,
        }
    }

    /// The same failure of a request that went through a proxy.
    pub(crate) fn through(mut self, through: Option<String>) -> Self {
        if let Self::Unreachable { proxy, .. } | Self::TimedOut { proxy, .. } = &mut self {
            *proxy = through;
        }
        self
    }

    /// A failed request (`body`: of which the headers had come).
    pub(crate) fn of(error: &reqwest::Error, url: String, timeout: Duration, body: bool) -> Self {
        if error.is_timeout() {
            return Self::TimedOut { url, proxy: None, seconds: timeout.as_secs().max(1) };
        }
        if let Some(cause) = certificate_problem(error) {
            return Self::Untrusted { url, cause };
        }
        let cause = plain_cause(error);
        if body {
            return Self::Interrupted { url, cause };
        }
        // A name that does not exist now will not exist in a second; a resolver that is down may be up again.
        let transient = !error.is_builder() && (!error.is_dns() || cause.contains("emporary"));
        let cause = if error.is_dns() { format!("its host name is not found ({cause})") } else { cause };
        Self::Unreachable { url, proxy: None, cause, transient }
    }
}

/// The errors of the chain, outermost first; what an `io::Error` wraps is among them.
fn chain<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    let mut next = error.source();
    // A chain is short; the limit is for one that refers to itself.
    std::iter::from_fn(move || {
        let current = next?;
        next = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn std::error::Error + 'static)),
            None => current.source(),
        };
        Some(current)
    })
    .take(32)
}

fn certificate_problem(error: &reqwest::Error) -> Option<String> {
    let error = chain(error).find_map(|error| error.downcast_ref::<rustls::Error>())?;
    let rustls::Error::InvalidCertificate(problem) = error else {
        return Some(format!("the TLS connection failed: {error}"));
    };
    let what = match problem {
        CertificateError::UnknownIssuer => "it is signed by no authority that this system trusts".to_owned(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet (is the clock right?)".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it belongs to another host".to_owned()
        }
        CertificateError::Revoked => "it was revoked".to_owned(),
        error if is_authority(error) => "it is self-signed".to_owned(),
        other => other.to_string(),
    };
    Some(format!(
        "the server's certificate is not trusted: {what}; name a file of trusted authorities with --cert, or the host with --trusted-host"
    ))
}

/// The innermost cause that a person can use.
fn plain_cause(error: &reqwest::Error) -> String {
    for cause in chain(error) {
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            let words = match error.kind() {
                io::ErrorKind::ConnectionRefused => {
                    "connection refused (is the server running, and the port right?)"
                }
                io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe => "the server closed the connection",
                io::ErrorKind::UnexpectedEof => "the connection ended too early",
                io::ErrorKind::HostUnreachable => "the host is unreachable",
                io::ErrorKind::NetworkUnreachable => "the network is unreachable",
                io::ErrorKind::TimedOut => "the connection timed out",
                _ => continue,
            };
            return words.to_owned();
        }
    }
    match chain(error).last() {
        Some(innermost) => innermost.to_string(),
        None => error.to_string(),
    }
}
