//! `rpip upload`, alias `publish`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{ArgAction, Args, ValueEnum};
use operations::{
    Preparation, PypircFile, Repository, Secret, Signing, TrustedPublishing, UploadOptions, UploadPrompt,
    find_inputs, upload,
};

use crate::args::{General, ProgressBar};
use crate::commands::{Run, SUCCESS};
use crate::config;
use crate::failure::Failure;
use crate::output::{CredentialPrompt, Terminal};

/// Where the repositories are described, unless `--config-file` says otherwise.
const CONFIG_FILE: &str = "~/.pypirc";

/// When trusted publishing is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Trusted {
    /// To PyPI and TestPyPI, where no token is given, and GitHub or GitLab runs this.
    #[default]
    Automatic,
    /// To whatever repository.
    Always,
    /// Not at all.
    Never,
}

/// Upload distributions to a repository (package index), as twine does.
#[derive(Debug, Args)]
#[command(
    override_usage = "rpip upload [options] <dist> ...",
    after_help = "Examples:\n  rpip upload dist/*\n  rpip upload --repository testpypi dist/*\n  rpip upload --repository-url http://localhost:8080 -u me dist/demo-1.0-py3-none-any.whl"
)]
pub(crate) struct UploadArgs {
    /// The distributions, usually dist/*; signatures (.asc) and attestations (.attestation) may be among them
    #[arg(value_name = "dist")]
    dists: Vec<String>,
    /// The repository: a section of the configuration file, `pypi` or `testpypi` (default: TWINE_REPOSITORY, or pypi)
    #[arg(short, long, value_name = "repository")]
    repository: Option<String>,
    /// The URL to upload to, in place of --repository (default: TWINE_REPOSITORY_URL)
    #[arg(long, value_name = "url")]
    repository_url: Option<String>,
    /// The user name; PyPI and TestPyPI know tokens only (default: TWINE_USERNAME)
    #[arg(short, long, value_name = "username")]
    username: Option<String>,
    /// The password or token; other processes can see it here (default: TWINE_PASSWORD)
    #[arg(short, long, value_name = "password")]
    password: Option<String>,
    /// Go on where a file is there already
    #[arg(long)]
    skip_existing: bool,
    /// Upload the attestations of each file, which must be given too
    #[arg(long)]
    attestations: bool,
    /// Sign files with GPG
    #[arg(short, long)]
    sign: bool,
    /// The program that signs
    #[arg(long, value_name = "program", default_value = "gpg")]
    sign_with: String,
    /// The GPG identity that signs
    #[arg(short, long, value_name = "identity")]
    identity: Option<String>,
    /// A comment to go with each file
    #[arg(short, long, value_name = "comment")]
    comment: Option<String>,
    /// The file that describes repositories (default: ~/.pypirc)
    #[arg(long, value_name = "path")]
    config_file: Option<String>,
    /// Ask nothing: fail where a user name or password is missing (default: TWINE_NON_INTERACTIVE)
    #[arg(long)]
    non_interactive: bool,
    /// When to get a token from the repository for the service that runs this (rpip's own)
    #[arg(long, value_enum, default_value = "automatic", value_name = "when", action = ArgAction::Set)]
    trusted_publishing: Trusted,
    /// Show no progress bar
    #[arg(long)]
    disable_progress_bar: bool,
    #[command(flatten)]
    general: General,
}

impl Run for UploadArgs {
    fn general(&self) -> &General {
        &self.general
    }

    fn run(self, terminal: &Terminal) -> Result<u8, Failure> {
        if self.dists.is_empty() {
            return Err(Failure::plain(
                "You must give at least one distribution to upload (see \"rpip help upload\")".to_owned(),
            ));
        }
        if self.identity.is_some() && !self.sign {
            return Err(Failure::plain("--sign must be given along with --identity".to_owned()));
        }
        if self.disable_progress_bar {
            terminal.show_downloads(ProgressBar::Off);
        }
        let directory = std::env::current_dir().map_err(|error| Failure::directory(&error))?;
        let repository = self.repository()?;
        let mut general = self.general.clone();
        // What is set for pip, for all servers, counts less than what is set for this one.
        let for_all = config::configured("upload", "cert", general.isolated).map(PathBuf::from);
        let typed = general.cert.take_if(|certificate| Some(&*certificate) != for_all.as_ref());
        let certificate = typed.or_else(|| variable("TWINE_CERT").map(PathBuf::from));
        let certificate = certificate.or_else(|| repository.ca_cert.clone());
        general.cert = certificate.or(general.cert);
        general.client_cert = general.client_cert.take().or_else(|| repository.client_cert.clone());
        let context = general.context(terminal, &directory, None)?;
        let inputs = find_inputs(&self.dists, &directory)?;
        let signing =
            self.sign.then(|| Signing { program: self.sign_with.clone(), identity: self.identity.clone() });
        let options = UploadOptions {
            inputs,
            directory,
            repository,
            username: self.username.clone().or_else(|| variable("TWINE_USERNAME")),
            password: self.password.clone().or_else(|| variable("TWINE_PASSWORD")).map(Secret::new),
            preparation: Preparation {
                comment: self.comment.clone(),
                signing,
                attestations: self.attestations,
            },
            skip_existing: self.skip_existing,
            trusted_publishing: match self.trusted_publishing {
                Trusted::Automatic => TrustedPublishing::Automatic,
                Trusted::Always => TrustedPublishing::Always,
                Trusted::Never => TrustedPublishing::Never,
            },
            variables: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect::<HashMap<_, _>>(),
            prompt: self.prompt(terminal),
        };
        let pages = upload(&context, &options)?;
        if !pages.is_empty() {
            terminal.line("\nView at:");
            pages.iter().for_each(|page| terminal.line(page));
        }
        Ok(SUCCESS)
    }
}

/// An option that is given, and not empty: scripts pass on variables that are not set.
fn given(option: &Option<String>) -> Option<String> {
    option.clone().filter(|value| !value.is_empty())
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl UploadArgs {
    fn repository(&self) -> Result<Repository, Failure> {
        if let Some(url) = given(&self.repository_url).or_else(|| variable("TWINE_REPOSITORY_URL")) {
            return Ok(Repository::at(&url)?);
        }
        let name = given(&self.repository).or_else(|| variable("TWINE_REPOSITORY"));
        let shown = self.config_file.as_deref().unwrap_or(CONFIG_FILE);
        let path = match (shown.strip_prefix("~/"), dirs::home_dir()) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => PathBuf::from(shown),
        };
        let text = read(&path, self.config_file.is_some())?;
        let file = PypircFile { path: &path, shown, text: text.as_deref() };
        Ok(Repository::named(name.as_deref().unwrap_or("pypi"), file)?)
    }

    /// Who asks, where somebody may be asked.
    fn prompt(&self, terminal: &Terminal) -> Option<Arc<dyn UploadPrompt>> {
        let is_off = variable("TWINE_NON_INTERACTIVE")
            .is_some_and(|value| !["0", "false", "no"].contains(&value.to_lowercase().as_str()));
        if self.non_interactive || self.general.no_input || is_off {
            return None;
        }
        CredentialPrompt::new(terminal).map(|prompt| Arc::new(prompt) as Arc<dyn UploadPrompt>)
    }
}

/// The text of the configuration file; the usual one need not be there.
fn read(path: &Path, must_exist: bool) -> Result<Option<String>, Failure> {
    match std::fs::read(path) {
        // A password must not be guessed at.
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|_| {
            Failure::plain(format!("Unable to read configuration file {}: it is not UTF-8", path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => {
            Err(Failure::plain(format!("Unable to read configuration file {}: {error}", path.display())))
        }
    }
}
