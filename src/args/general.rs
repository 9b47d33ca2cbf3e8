//! General options: every command takes them, before or behind its name.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{ArgAction, Args};
use operations::{Cache, Cancellation, Client, ClientOptions, Context, Event, Reporter};
#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::Failure;

/// The options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General options")]
pub(crate) struct General {
    /// Give more output; up to three times
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Give less output; once: warnings and errors only; twice: errors only
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Suppress coloured output
    #[arg(long)]
    pub(crate) no_color: bool,
    /// Disable prompting for input
    #[arg(long)]
    pub(crate) no_input: bool,
    /// Act on this interpreter: a version (3.12), a name (python3.12), a path, or an environment's directory
    #[arg(long, value_name = "python")]
    pub(crate) python: Option<String>,
    /// Proxy, as `scheme://user:password@server:port`
    #[arg(long, value_name = "proxy")]
    pub(crate) proxy: Option<String>,
    /// Seconds to wait for a connection and between two reads
    #[arg(long, alias = "default-timeout", value_name = "sec", default_value_t = 15.0)]
    pub(crate) timeout: f64,
    /// How often a failed request is tried again
    #[arg(long, value_name = "retries", default_value_t = 5)]
    pub(crate) retries: u32,
    /// Do not check the certificate of this host (host or host:port)
    #[arg(long, value_name = "hostname", action = ArgAction::Append)]
    pub(crate) trusted_host: Vec<String>,
    /// Bundle of CA certificates (PEM) to trust instead of the system's
    #[arg(long, value_name = "path")]
    pub(crate) cert: Option<PathBuf>,
    /// Certificate and key (PEM) that this client shows
    #[arg(long, value_name = "path")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Keep the cache in this directory
    #[arg(long, value_name = "dir")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Use no cache, and leave none
    #[arg(long)]
    pub(crate) no_cache_dir: bool,
    /// Accepted for pip's sake: rpip does not look for newer versions of itself
    #[arg(long, hide = true)]
    pub(crate) disable_pip_version_check: bool,
}

impl General {
    /// What an operation needs to act. `near` is a directory on the file system that is installed to.
    pub(crate) fn context(
        &self,
        reporter: Arc<dyn Reporter>,
        near: Option<&std::path::Path>,
    ) -> Result<Context, Failure> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut cache = self.cache(near)?;
        if !cache.is_usable() {
            reporter.event(Event::Warning(&format!(
                "The directory '{}' or its parent directory is not owned or is not writable by the current user. The cache has \
                 been disabled. Check the permissions and owner of that directory.",
                cache.root().display()
            )));
            cache = Cache::temporary(near)?;
        }
        Ok(Context {
            cache,
            client: Client::new(self.client_options()?),
            reporter,
            threads,
            cancellation: interruption(),
        })
    }

    /// The cache: `--cache-dir`, else the user's cache directory.
    pub(crate) fn cache(&self, near: Option<&std::path::Path>) -> Result<Cache, Failure> {
        if self.no_cache_dir {
            return Ok(Cache::temporary(near)?);
        }
        match self.cache_dir.clone().or_else(|| Some(dirs::cache_dir()?.join("rpip"))) {
            Some(directory) => Ok(Cache::at(std::path::absolute(&directory).unwrap_or(directory))),
            None => Ok(Cache::temporary(near)?),
        }
    }

    fn client_options(&self) -> Result<ClientOptions, Failure> {
        if !self.timeout.is_finite() || self.timeout < 0.0 || self.timeout > 1e9 {
            return Err(Failure::setting("--timeout", &self.timeout.to_string(), "a number of seconds"));
        }
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let from_environment = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
            .into_iter()
            .find_map(|name| variable(name).map(|path| (path, name.to_owned())));
        let certificates = self.cert.clone().map(|path| (path, "--cert".to_owned())).or(from_environment);
        let netrc = variable("NETRC").or_else(|| Some(dirs::home_dir()?.join(".netrc")));
        Ok(ClientOptions {
            timeout: Duration::from_secs_f64(self.timeout),
            retries: self.retries,
            proxy: self.proxy.clone(),
            certificates,
            certificate_directory: variable("SSL_CERT_DIR"),
            client_certificate: self.client_cert.clone(),
            trusted_hosts: self.trusted_host.clone(),
            netrc,
            ..ClientOptions::default()
        })
    }
}

/// Listens to Ctrl-C and its like: the first asks to end well, the second ends at once.
fn interruption() -> Cancellation {
    let flag = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] {
        // Without a handler the signal ends the process, and the next run cleans up.
        let _ = signal_hook::flag::register_conditional_shutdown(signal, code, Arc::clone(&flag));
        let _ = signal_hook::flag::register(signal, Arc::clone(&flag));
    }
    Cancellation::listening_to(flag)
}
