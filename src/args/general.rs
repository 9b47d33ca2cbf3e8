//! General options: every command takes them, before or behind its name.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};
use operations::{
    Cache, Cancellation, Client, ClientOptions, Context, Environment, Keyring, Prompt, redacted,
};
#[cfg(unix)]
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::failure::Failure;
use crate::output::{CredentialPrompt, Terminal, shell_quoted};

/// Where passwords may be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum KeyringProvider {
    /// The program `keyring`, where there is one and questions are allowed.
    #[default]
    Auto,
    /// Nowhere.
    Disabled,
    /// The module `keyring` of the environment.
    Import,
    /// The program `keyring`.
    Subprocess,
}

/// Longer than any command runs, in seconds.
const FOREVER: f64 = 1e6;

/// How long a keyring may take; it may ask the user to open it.
const KEYRING_PATIENCE: Duration = Duration::from_secs(120);

/// Features of pip that pip itself has always on by now. rpip works as all features of pip promise.
const SETTLED_FEATURES: [&str; 3] = ["build-constraint", "no-binary-enable-wheel-cache", "truststore"];

/// The options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "General options")]
pub(crate) struct General {
    /// Show where a failure comes from in full; output as with -vv
    #[arg(long)]
    pub(crate) debug: bool,
    /// Ignore PIP_* variables and the user's configuration files
    #[arg(long)]
    pub(crate) isolated: bool,
    /// Refuse to act outside a virtual environment
    #[arg(long, alias = "require-venv")]
    pub(crate) require_virtualenv: bool,
    /// Act on this interpreter: a version (3.12), a name (python3.12), a path, or an environment's directory
    #[arg(long, value_name = "python")]
    pub(crate) python: Option<String>,
    /// Give more output; up to three times
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Give less output; once: warnings and errors only; twice: errors only
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) quiet: u8,
    /// Append all that happens, with times, to this file
    #[arg(long, visible_aliases = ["log-file", "local-log"], value_name = "path", value_parser = home_path)]
    pub(crate) log: Option<PathBuf>,
    /// Disable prompting for input
    #[arg(long)]
    pub(crate) no_input: bool,
    /// Where to look up passwords
    #[arg(long, value_enum, default_value = "auto", value_name = "keyring_provider")]
    pub(crate) keyring_provider: KeyringProvider,
    /// Proxy, as `scheme://user:password@server:port`
    #[arg(long, value_name = "proxy")]
    pub(crate) proxy: Option<String>,
    /// Do not read proxies from environment variables
    #[arg(long)]
    pub(crate) no_proxy_env: bool,
    /// How often a failed request is tried again
    #[arg(long, value_name = "retries", default_value = "5", value_parser = count)]
    pub(crate) retries: u32,
    /// Seconds to wait for a connection and between two reads
    #[arg(long, alias = "default-timeout", value_name = "sec", default_value = "15", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// What to do where a checkout stands in the way: (s)witch, (i)gnore, (w)ipe, (b)ackup, (a)bort
    #[arg(long, value_name = "action", action = ArgAction::Append, value_parser = ["s", "i", "w", "b", "a"])]
    pub(crate) exists_action: Vec<String>,
    /// Do not check the certificate of this host (host or host:port)
    #[arg(long, value_name = "hostname", action = ArgAction::Append)]
    pub(crate) trusted_host: Vec<String>,
    /// Bundle of CA certificates (PEM) to trust instead of the system's
    #[arg(long, value_name = "path", value_parser = home_path)]
    pub(crate) cert: Option<PathBuf>,
    /// Certificate and key (PEM) that this client shows
    #[arg(long, value_name = "path", value_parser = home_path)]
    pub(crate) client_cert: Option<PathBuf>,
    /// Keep the cache in this directory
    #[arg(long, value_name = "dir", value_parser = home_path)]
    pub(crate) cache_dir: Option<PathBuf>,
    /// Use no cache, and leave none
    #[arg(long)]
    pub(crate) no_cache_dir: bool,
    /// Accepted for pip's sake: rpip does not look for newer versions of itself
    #[arg(long)]
    pub(crate) disable_pip_version_check: bool,
    /// Suppress coloured output
    #[arg(long)]
    pub(crate) no_color: bool,
    /// Accepted for pip's sake: no version of Python is warned of
    #[arg(long, hide = true)]
    pub(crate) no_python_version_warning: bool,
    /// Accepted for pip's sake: rpip needs none of pip's features switched on
    #[arg(long, value_name = "feature", action = ArgAction::Append, value_parser = requirement::FEATURES)]
    pub(crate) use_feature: Vec<String>,
    /// Accepted for pip's sake: there is one resolver, and the system's certificates are trusted
    #[arg(long, value_name = "feature", action = ArgAction::Append, value_parser = ["legacy-resolver", "legacy-certs"])]
    pub(crate) use_deprecated: Vec<String>,
    /// How often a download that broke off is resumed
    #[arg(long, value_name = "resume_retries", default_value = "5", value_parser = count)]
    pub(crate) resume_retries: u32,
}

/// A path, `~` at its beginning standing for the home directory, as pip reads it.
pub(crate) fn home_path(text: &str) -> Result<PathBuf, std::convert::Infallible> {
    let below_home = text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    Ok(match (below_home, dirs::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(text),
    })
}

/// A whole number; a negative one is none.
fn count(text: &str) -> Result<u32, String> {
    let number: i64 = text.trim().parse().map_err(|_| format!("invalid integer value: '{text}'"))?;
    Ok(u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.trim().parse().ok().filter(|number: &f64| (0.0..1e9).contains(number));
    // None at all, for who writes 0.
    let number = number.map(|number| if number == 0.0 { FOREVER } else { number });
    number.map(Duration::from_secs_f64).ok_or_else(|| format!("invalid floating-point value: '{text}'"))
}

impl General {
    /// What an operation needs to act. `near` is a directory on the file system that is installed to, `python` the
    /// interpreter whose module `keyring` may be asked.
    pub(crate) fn context(
        &self,
        terminal: &Terminal,
        near: &Path,
        python: Option<&Path>,
    ) -> Result<Context, Failure> {
        let (near, reporter) = (Some(near), terminal.reporter());
        self.warn_of_settled_features(terminal);
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let cache = self.lasting_cache(terminal);
        Ok(Context {
            cache: cache.map_or_else(|| Cache::temporary(near), Ok)?,
            client: self.client(terminal, python),
            reporter,
            threads,
            cancellation: interruption(),
            command: Some(command_line().into()),
        })
    }

    /// `--require-virtualenv`: refuses any other environment.
    pub(crate) fn check_environment(&self, environment: &Environment) -> Result<(), Failure> {
        match self.require_virtualenv && !environment.is_virtual {
            true => Err(Failure::NoVirtualenv),
            false => Ok(()),
        }
    }

    /// The cache: `--cache-dir`, else the user's cache directory.
    pub(crate) fn cache(&self, near: Option<&std::path::Path>) -> Result<Cache, Failure> {
        match self.kept_cache().filter(Cache::is_usable) {
            Some(cache) => Ok(cache),
            None => Ok(Cache::temporary(near)?),
        }
    }

    /// The cache that lasts, if there is to be one; that it is of no use is told.
    pub(crate) fn lasting_cache(&self, terminal: &Terminal) -> Option<Cache> {
        let cache = self.kept_cache()?;
        if cache.is_usable() {
            return Some(cache);
        }
        terminal.warning(&format!(
            "The directory '{}' or its parent directory is not owned or is not writable by the current user. The cache has \
             been disabled. Check the permissions and owner of that directory.",
            cache.root().display()
        ));
        None
    }

    /// The cache that lasts, if there is to be one.
    fn kept_cache(&self) -> Option<Cache> {
        if self.no_cache_dir {
            return None;
        }
        let directory = self.cache_dir.clone().or_else(|| Some(dirs::cache_dir()?.join("rpip")))?;
        Some(Cache::at(std::path::absolute(&directory).unwrap_or(directory)))
    }

    fn warn_of_settled_features(&self, terminal: &Terminal) {
        let settled =
            SETTLED_FEATURES.into_iter().filter(|name| self.use_feature.iter().any(|used| used == name));
        let names: Vec<&str> = settled.collect();
        if !names.is_empty() {
            terminal.warning(&format!("The following features are always enabled: {}. ", names.join(", ")));
        }
    }

    /// How the keyring is asked, if it is; `auto` asks it where questions are allowed, as for pip.
    fn keyring(&self, python: Option<&Path>) -> Option<Keyring> {
        let keyring = |program: PathBuf, arguments: &[&str]| {
            let arguments = arguments.iter().map(Into::into).collect();
            Keyring { program, arguments, time_limit: KEYRING_PATIENCE }
        };
        let from_module = || Some(keyring(python?.to_owned(), &["-m", "keyring"]));
        let from_path = || Some(keyring(on_path("keyring")?, &[]));
        match self.keyring_provider {
            KeyringProvider::Disabled => None,
            KeyringProvider::Auto if self.no_input => None,
            KeyringProvider::Auto | KeyringProvider::Subprocess => from_path(),
            KeyringProvider::Import => from_module(),
        }
    }

    /// The HTTP client; `python` as for [`Self::context`].
    pub(crate) fn client(&self, terminal: &Terminal, python: Option<&Path>) -> Client {
        let variable =
            |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let from_environment = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"]
            .into_iter()
            .find_map(|name| variable(name).map(|path| (path, name.to_owned())));
        let certificates = self.cert.clone().map(|path| (path, "--cert".to_owned())).or(from_environment);
        let netrc = variable("NETRC").or_else(|| Some(dirs::home_dir()?.join(".netrc")));
        let warned = terminal.clone();
        let prompt = CredentialPrompt::new(terminal).filter(|_| !self.no_input);
        Client::new(ClientOptions {
            timeout: self.timeout,
            retries: self.retries,
            proxy: self.proxy.clone(),
            system_proxy: !self.no_proxy_env,
            certificates,
            certificate_directory: variable("SSL_CERT_DIR"),
            client_certificate: self.client_cert.clone(),
            trusted_hosts: self.trusted_host.clone(),
            netrc,
            resume_retries: self.resume_retries,
            keyring: self.keyring(python),
            prompt: prompt.map(|prompt| Arc::new(prompt) as Arc<dyn Prompt>),
            warn: Some(Arc::new(move |text| warned.warning(text))),
            ..ClientOptions::default()
        })
    }
}

/// The program `name` on PATH.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}

/// The command as it was typed, without passwords.
fn command_line() -> String {
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| shell_quoted(&redacted(&word.to_string_lossy())));
    std::iter::once("rpip".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
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
