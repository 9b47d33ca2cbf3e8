//! The HTTP client: made at the first request, with retries, redirects, time-outs and credentials.

mod sending;

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::authentication::{Authentication, Next, Prompt, Warn};
use crate::credentials::{CredentialStore, Origin, redacted, redacted_broadly};
use crate::transport::{Transport, is_trusted_host, proxy_of};
use crate::{CompleteResponse, Credentials, Keyring, NetworkError, Response, retry};

pub use sending::{Answer, Content, Submission};

/// Redirects followed for one request.
const MOST_REDIRECTS: usize = 10;

/// Requests under way to one origin. HTTP/1.1 needs a connection each; servers refuse many more.
const MOST_IN_FLIGHT: usize = 50;

/// How to reach servers. Libraries read no process environment: the terminal fills this in.
#[derive(Clone)]
pub struct ClientOptions {
    /// Seconds to wait for a connection and between two reads (`--timeout`).
    pub timeout: Duration,
    /// How often a failed request is tried again (`--retries`).
    pub retries: u32,
    /// The wait before the first repetition; it doubles each time.
    pub retry_delay: Duration,
    /// How often a download that broke off is taken up again (`--resume-retries`).
    pub resume_retries: u32,
    /// So many bytes of a body must come in each such span of waiting; none: however slowly they come.
    pub slowest: Option<(u64, Duration)>,
    /// `--proxy`, over the proxy variables, which reqwest reads.
    pub proxy: Option<String>,
    /// Whether the proxy variables and settings of the system count (`--no-proxy-env`: not).
    pub system_proxy: bool,
    /// A bundle of CA certificates (PEM): `--cert`, `PIP_CERT`, `REQUESTS_CA_BUNDLE`, `SSL_CERT_FILE`; with where it was named, for messages.
    pub certificates: Option<(PathBuf, String)>,
    /// A directory of CA certificates (`SSL_CERT_DIR`).
    pub certificate_directory: Option<PathBuf>,
    /// `--client-cert`: certificate and key in one file (PEM).
    pub client_certificate: Option<PathBuf>,
    /// `host` or `host:port` whose certificate is not checked, and which may use plain HTTP (`--trusted-host`).
    pub trusted_hosts: Vec<String>,
    /// The netrc file (`NETRC`, else `~/.netrc`), read when a server is asked that has no credentials in its URL.
    pub netrc: Option<PathBuf>,
    /// The keyring to ask when a server answers 401 (`--keyring-provider`); none with `disabled`, and with `auto` where the
    /// user is not to be asked anything (`--no-input`).
    pub keyring: Option<Keyring>,
    /// Who asks the user for credentials; none with `--no-input`.
    pub prompt: Option<Arc<dyn Prompt>>,
    /// Hears of a keyring that fails.
    pub warn: Option<Warn>,
    /// The `User-Agent`.
    pub user_agent: String,
}

impl Default for ClientOptions {
    /// pip's defaults: 15 seconds, 5 retries; and 30 kB in half a minute.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15),
            retries: 5,
            retry_delay: Duration::from_millis(250),
            resume_retries: 5,
            slowest: Some((30_000, Duration::from_secs(30))),
            proxy: None,
            system_proxy: true,
            certificates: None,
            certificate_directory: None,
            client_certificate: None,
            trusted_hosts: Vec::new(),
            netrc: None,
            keyring: None,
            prompt: None,
            warn: None,
            user_agent: concat!("rpip/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The proxy may hold a password.
        let proxy = self.proxy.as_deref().map(redacted);
        formatter
            .debug_struct("ClientOptions")
            .field("timeout", &self.timeout)
            .field("retries", &self.retries)
            .field("proxy", &proxy)
            .field("certificates", &self.certificates)
            .field("trusted_hosts", &self.trusted_hosts)
            .finish_non_exhaustive()
    }
}

struct Inner {
    options: ClientOptions,
    transport: Transport,
    credentials: CredentialStore,
    authentication: Authentication,
    slots: Mutex<HashMap<Origin, Arc<Semaphore>>>,
    /// The round of tries that was told of last.
    told: Mutex<HashMap<Origin, u32>>,
}

/// A client. Cheap to clone; nothing is set up before the first request.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Client").field(&self.0.options).finish()
    }
}

/// What one try has led to.
enum Outcome {
    Answer(Response),
    Failure(NetworkError, Option<Duration>),
}

impl Client {
    /// A client with these options.
    pub fn new(options: ClientOptions) -> Self {
        let transport = Transport::new(&options);
        let credentials = CredentialStore::new(options.netrc.clone());
        let authentication = Authentication::new(&options);
        Self(Arc::new(Inner {
            options,
            transport,
            credentials,
            authentication,
            slots: Mutex::default(),
            told: Mutex::default(),
        }))
    }

    /// The options it was made with.
    pub fn options(&self) -> &ClientOptions {
        &self.0.options
    }

    /// Takes the credentials out of `url`, to use them for whatever is asked of that origin; gives the URL without them.
    pub fn remember_credentials(&self, url: &str) -> Result<String, NetworkError> {
        let mut parsed = parse(url)?;
        if let Some(credentials) = Credentials::take_from(&mut parsed) {
            self.0.credentials.remember(&parsed, credentials);
        }
        Ok(parsed.into())
    }

    /// As [`Client::remember_credentials`], of the base URL of an index: keyrings know credentials by it.
    pub fn remember_index(&self, url: &str) -> Result<String, NetworkError> {
        let plain = self.remember_credentials(url)?;
        self.0.authentication.add_index(url, &parse(&plain)?);
        Ok(plain)
    }

    /// Whether there are credentials that would be sent to `url`.
    pub fn has_credentials(&self, url: &str) -> bool {
        Url::parse(url).is_ok_and(|url| self.0.credentials.find(&url).is_some())
    }

    /// Whether nobody on the way can change what `url` answers: `https:`, this machine, or a host the user trusts
    /// (pip ignores index pages from elsewhere).
    pub fn is_secure(&self, url: &str) -> bool {
        let Ok(url) = Url::parse(url) else { return false };
        let loopback = match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            None => url.scheme() == "file",
        };
        url.scheme() == "https" || loopback || is_trusted_host(&url, &self.0.options)
    }

    /// GET with headers (retried; error statuses are errors). The body has yet to be read: what goes wrong there
    /// is not retried here.
    pub async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Result<Response, NetworkError> {
        self.with_retries(url, (headers, None), |response| async { Ok(response) }).await
    }

    /// GET with headers, body included in what is retried. `limit` bounds the decompressed body.
    pub async fn get_complete(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        limit: u64,
    ) -> Result<CompleteResponse, NetworkError> {
        self.with_retries(url, (headers, None), |response| response.complete(limit)).await
    }

    /// POST of a question that changes nothing on the server (a remote call): asked as pages are, with the same credentials, and
    /// again where that may help. `limit` bounds the decompressed answer.
    pub async fn call(
        &self,
        url: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        limit: u64,
    ) -> Result<CompleteResponse, NetworkError> {
        self.with_retries(url, (headers, Some(body)), |response| response.complete(limit)).await
    }

    /// Waits as before repetition number `attempt` (from 1). For callers that resume what broke off.
    pub async fn wait_before_retry(&self, attempt: u32) {
        tokio::time::sleep(retry::delay(self.0.options.retry_delay, attempt, None)).await;
    }

    async fn with_retries<T, Finish, Finished>(
        &self,
        url: &str,
        (headers, body): (&[(&str, &str)], Option<Bytes>),
        finish: Finish,
    ) -> Result<T, NetworkError>
    where
        Finish: Fn(Response) -> Finished,
        Finished: Future<Output = Result<T, NetworkError>>,
    {
        let mut url = parse(url)?;
        let explicit = Credentials::take_from(&mut url);
        if let Some(credentials) = &explicit {
            self.0.credentials.remember(&url, credentials.clone());
        }
        let headers = header_map(headers);
        let mut attempt = 0;
        let started = Instant::now();
        loop {
            let (error, retry_after) = match self.once(&url, &headers, body.as_ref()).await? {
                Outcome::Answer(response) => match finish(response).await {
                    Ok(finished) => return Ok(finished),
                    Err(error) => (error, None),
                },
                Outcome::Failure(error, retry_after) => (error, retry_after),
            };
            attempt += 1;
            if !error.is_transient() || attempt > self.0.options.retries {
                return Err(error);
            }
            let delay = retry::delay(self.0.options.retry_delay, attempt, retry_after);
            if retry::is_worth_telling(started.elapsed(), delay) {
                self.tell_of_retry(&url, &error, attempt);
            }
            tokio::time::sleep(delay).await;
        }
    }

    /// Says why it takes so long: once for each server and round, however many requests wait.
    fn tell_of_retry(&self, url: &Url, error: &NetworkError, attempt: u32) {
        let Some(warn) = &self.0.options.warn else { return };
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        let round = told.entry(Origin::of(url)).or_default();
        if *round < attempt {
            *round = attempt;
            warn(&format!("{error}; trying again ({attempt} of {})", self.0.options.retries));
        }
    }

    /// One try, redirects and the search for credentials included. `Err` is final.
    async fn once(
        &self,
        start: &Url,
        headers: &HeaderMap,
        body: Option<&Bytes>,
    ) -> Result<Outcome, NetworkError> {
        let inner = &*self.0;
        let mut url = start.clone();
        // Of a redirect, or found after a 401: they go before those of the store, once.
        let mut own_credentials = None;
        let mut redirects = 0;
        let mut asked_for = None;
        loop {
            let (attempt, own) = match own_credentials.take() {
                Some(Next::Try(attempt)) => (Some(attempt), None),
                Some(Next::Known(own)) => (None, Some(own)),
                None => (None, None),
            };
            let tried = attempt.as_ref().map(|attempt| attempt.credentials.clone());
            let credentials = tried.or(own).or_else(|| inner.credentials.find(&url));
            let slot = self.slot(&url).await;
            let response = match self.send(&url, (headers, body), credentials.as_ref()).await? {
                Ok(response) => response,
                Err(error) => {
                    if let Some(attempt) = attempt {
                        // Nobody has refused them: the next try sends them too.
                        inner.authentication.accept(&inner.credentials, &url, attempt, false).await;
                    }
                    return Ok(Outcome::Failure(error, None));
                }
            };
            let status = response.status();
            // Some servers answer 403 to a user name without its password.
            let is_incomplete = credentials.as_ref().is_some_and(|sent| !sent.is_complete());
            if (status == 401 || (status == 403 && is_incomplete)) && asked_for.as_ref() != Some(&url) {
                drop((response, slot));
                asked_for = Some(url.clone());
                own_credentials =
                    inner.authentication.after_refusal(&inner.credentials, &url, credentials.as_ref()).await;
                if own_credentials.is_some() {
                    continue;
                }
                return Ok(Outcome::Failure(refusal(url, status.as_u16(), credentials.is_some()), None));
            }
            if let Some(attempt) = attempt.filter(|_| status != 401) {
                let kept = status.as_u16() < 400;
                inner.authentication.accept(&inner.credentials, &url, attempt, kept).await;
            }
            if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
                && let Some(location) = response.headers().get(LOCATION)
            {
                let mut target = redirect_target(&url, location)?;
                own_credentials = Credentials::take_from(&mut target).map(Next::Known);
                url = target;
                redirects += 1;
                if redirects > MOST_REDIRECTS {
                    break;
                }
                continue;
            }
            if status.is_success() || (status == 304 && has_validators(headers)) {
                return Ok(Outcome::Answer(Response::new(response, url.into(), &inner.options, slot)));
            }
            let after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = after.and_then(retry::retry_after);
            return Ok(Outcome::Failure(refusal(url, status.as_u16(), credentials.is_some()), after));
        }
        Err(NetworkError::Redirect {
            url: start.to_string(),
            target: url.into(),
            reason: "there are more than 10 redirects",
        })
    }

    /// Sends one request. An error outside is final, one inside may pass.
    async fn send(
        &self,
        url: &Url,
        (headers, body): (&HeaderMap, Option<&Bytes>),
        credentials: Option<&Credentials>,
    ) -> Result<Result<reqwest::Response, NetworkError>, NetworkError> {
        let inner = &*self.0;
        let pool = inner.transport.pool(url, &inner.options)?;
        let request = match body {
            None => pool.get(url.clone()),
            Some(body) => pool.post(url.clone()).body(body.clone()),
        };
        let mut request = request.headers(headers.clone());
        if let Some(value) = credentials.and_then(Credentials::header) {
            request = request.header(AUTHORIZATION, value);
        }
        let error = match request.send().await {
            Ok(response) => return Ok(Ok(response)),
            Err(error) => error,
        };
        if url.scheme() == "https"
            && let Some(failure) = inner.transport.trust_failure()
        {
            return Err(failure);
        }
        let proxy = proxy_of(url, &inner.options);
        let error = NetworkError::of(&error, url.to_string(), inner.options.timeout, false);
        Ok(Err(error.through(proxy)))
    }

    /// Waits until the origin of `url` may be asked once more.
    async fn slot(&self, url: &Url) -> Option<OwnedSemaphorePermit> {
        let semaphore = {
            let mut slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
            slots.entry(Origin::of(url)).or_insert_with(|| Arc::new(Semaphore::new(MOST_IN_FLIGHT))).clone()
        };
        semaphore.acquire_owned().await.ok() // nobody closes it
    }
}

fn refusal(url: Url, status: u16, with_credentials: bool) -> NetworkError {
    NetworkError::Status { url: url.into(), status, with_credentials }
}

fn parse(text: &str) -> Result<Url, NetworkError> {
    let invalid = |reason: String| NetworkError::InvalidUrl { url: redacted_broadly(text), reason };
    let url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(invalid(format!("'{scheme}:' is neither 'https:' nor 'http:'"))),
    }
}

fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::with_capacity(headers.len() + 1);
    for (name, value) in headers {
        // What cannot be a header (a validator with a line break in it) is left out.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            map.insert(name, value);
        }
    }
    map
}

fn has_validators(headers: &HeaderMap) -> bool {
    headers.contains_key("if-none-match") || headers.contains_key("if-modified-since")
}

/// Where a redirect leads. Never from https to anything else, and never to a file.
fn redirect_target(url: &Url, location: &HeaderValue) -> Result<Url, NetworkError> {
    let shown = String::from_utf8_lossy(location.as_bytes()).into_owned();
    let refused = |target: &str, reason| NetworkError::Redirect {
        url: url.to_string(),
        target: redacted(target),
        reason,
    };
    let mut target = url.join(&shown).map_err(|_| refused(&redacted_broadly(&shown), "it is no URL"))?;
    match (url.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => {}
        ("https", "http") => return Err(refused(target.as_str(), "it leads from https to plain http")),
        _ => return Err(refused(target.as_str(), "it is neither https nor http")),
    }
    target.set_fragment(None);
    Ok(target)
}
