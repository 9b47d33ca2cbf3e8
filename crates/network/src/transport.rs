//! The connection pools: made at the first request, one for servers whose certificates are checked
//! and one for trusted hosts.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hyper_util::client::proxy::matcher::Matcher;
use rustls::crypto::ring;
use url::Url;

use crate::client::ClientOptions;
use crate::credentials::{Origin, redacted};
use crate::trust::{Authorities, Trust, client_identity};
use crate::{NetworkError, redacted as without_credentials};

type Pool = OnceLock<Result<reqwest::Client, NetworkError>>;

pub(crate) struct Transport {
    trust: Arc<Trust>,
    checked: Pool,
    unchecked: Pool,
    sending: Pool,
    sending_unchecked: Pool,
}

impl Transport {
    pub(crate) fn new(options: &ClientOptions) -> Self {
        let authorities = match (&options.certificates, &options.certificate_directory) {
            (None, None) => Authorities::System,
            (bundle, directory) => {
                Authorities::Given { bundle: bundle.clone(), directory: directory.clone() }
            }
        };
        let trust = Arc::new(Trust::new(authorities, Arc::new(ring::default_provider())));
        Self {
            trust,
            checked: Pool::new(),
            unchecked: Pool::new(),
            sending: Pool::new(),
            sending_unchecked: Pool::new(),
        }
    }

    /// The pool for `url`.
    pub(crate) fn pool(&self, url: &Url, options: &ClientOptions) -> Result<&reqwest::Client, NetworkError> {
        let secure = url.scheme() == "https";
        if secure && is_trusted_host(url, options) {
            let accept = || Arc::new(Trust::new(Authorities::Anyone, Arc::new(ring::default_provider())));
            let build = || build(accept(), options, Some(options.timeout));
            return self.unchecked.get_or_init(build).as_ref().map_err(Clone::clone);
        }
        if secure && !self.trust.is_loaded() {
            // The authorities are read while the connection is made; the handshake waits for the rest.
            let trust = self.trust.clone();
            std::thread::spawn(move || trust.verifier().is_ok());
        }
        let build = || build(self.trust.clone(), options, Some(options.timeout));
        self.checked.get_or_init(build).as_ref().map_err(Clone::clone)
    }

    /// The pool for bodies that are sent to `url`: who sends one watches the time, as it takes long.
    pub(crate) fn sending_pool(
        &self,
        url: &Url,
        options: &ClientOptions,
    ) -> Result<&reqwest::Client, NetworkError> {
        let is_trusted = url.scheme() == "https" && is_trusted_host(url, options);
        let (pool, trust) = match is_trusted {
            true => {
                let provider = Arc::new(ring::default_provider());
                (&self.sending_unchecked, Arc::new(Trust::new(Authorities::Anyone, provider)))
            }
            false => (&self.sending, self.trust.clone()),
        };
        pool.get_or_init(|| build(trust, options, None)).as_ref().map_err(Clone::clone)
    }

    /// Why no certificate can be checked, where that is so: a better answer than what the handshake says.
    pub(crate) fn trust_failure(&self) -> Option<NetworkError> {
        if self.trust.is_loaded() { self.trust.verifier().err() } else { None }
    }
}

/// Whether the user said not to check this host (`--trusted-host`, as `host` or `host:port`).
pub(crate) fn is_trusted_host(url: &Url, options: &ClientOptions) -> bool {
    let origin = Origin::of(url);
    options.trusted_hosts.iter().any(|trusted| {
        let trusted = trusted.trim();
        match trusted.rsplit_once(':') {
            // An IPv6 address has colons of its own: `[::1]` or `[::1]:8080`.
            Some((host, port)) if !port.contains(']') => {
                host.eq_ignore_ascii_case(&origin.host) && port.parse().ok() == origin.port
            }
            _ => trusted.eq_ignore_ascii_case(&origin.host),
        }
    })
}

/// The proxy that requests for `url` go through, to be named when they fail; without credentials.
pub(crate) fn proxy_of(url: &Url, options: &ClientOptions) -> Option<String> {
    if let Some(proxy) = &options.proxy {
        return Some(without_credentials(&with_scheme(proxy)));
    }
    if !options.system_proxy {
        return None;
    }
    // As reqwest chooses it.
    let chosen = Matcher::from_system().intercept(&url.as_str().parse().ok()?)?;
    Some(without_credentials(&chosen.uri().to_string()))
}

fn with_scheme(proxy: &str) -> Cow<'_, str> {
    if proxy.contains("://") { proxy.into() } else { format!("http://{proxy}").into() }
}

/// `silence`: how long a server may say nothing.
fn build(
    trust: Arc<Trust>,
    options: &ClientOptions,
    silence: Option<Duration>,
) -> Result<reqwest::Client, NetworkError> {
    let failed = |what: &str, reason: String| NetworkError::Setup { what: what.to_owned(), reason };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| failed("TLS", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(trust);
    let mut tls = match &options.client_certificate {
        None => tls.with_no_client_auth(),
        Some(path) => {
            let (certificates, key) = client_identity(path)?;
            let what = format!("the client certificate {}", path.display());
            tls.with_client_auth_cert(certificates, key).map_err(|error| failed(&what, error.to_string()))?
        }
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none()) // ours: credentials and schemes are checked at each hop
        .referer(false)
        .connect_timeout(options.timeout)
        .user_agent(&options.user_agent);
    if let Some(silence) = silence {
        builder = builder.read_timeout(silence);
    }
    if let Some(proxy) = &options.proxy {
        let with_scheme = with_scheme(proxy);
        let proxy = reqwest::Proxy::all(&*with_scheme).map_err(|error| {
            failed(
                &format!("the proxy '{}'", redacted(&with_scheme)),
                without_credentials(&error.to_string()),
            )
        })?;
        builder = builder.proxy(proxy);
    } else if !options.system_proxy {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failed("the network", without_credentials(&error.to_string())))
}
