//! `upload`: distributions to a repository, by the legacy upload protocol of PyPI, which pypiserver, devpi, Artifactory and
//! the others speak too.

mod credentials;
mod refusal;
mod trusted_publishing;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use network::{Answer, Content, Credentials, Form, NetworkError, Submission};
use publish::{DistributionFile, Input, Preparation, PublishError, Repository, Secret};

use crate::runtime::Runtime;
use crate::{Context, Event, OperationError};

pub use credentials::UploadPrompt;
pub use refusal::UploadError;
pub use trusted_publishing::TrustedPublishing;

/// What the answer may be, the best first.
const ACCEPT: &str = "application/json, text/plain;q=0.9, text/html;q=0.8, */*;q=0.5";

/// What to upload, and how.
#[derive(Clone)]
pub struct UploadOptions {
    /// The distributions, in the order they are sent.
    pub inputs: Vec<Input>,
    /// What their paths are relative to.
    pub directory: PathBuf,
    /// Where to.
    pub repository: Repository,
    /// `--username`.
    pub username: Option<String>,
    /// `--password`.
    pub password: Option<Secret>,
    /// How files are prepared.
    pub preparation: Preparation,
    /// `--skip-existing`.
    pub skip_existing: bool,
    /// When trusted publishing is used.
    pub trusted_publishing: TrustedPublishing,
    /// The variables that tell of the service this runs on.
    pub variables: HashMap<String, String>,
    /// Who asks the user; none: nobody (`--non-interactive`).
    pub prompt: Option<Arc<dyn UploadPrompt>>,
}

/// Uploads. Gives the pages where the releases can be looked at, sorted, as far as they are known.
///
/// # Errors
/// Nothing was sent if a file cannot be read or breaks the specification; else the files before the one that failed are
/// there.
pub fn upload(context: &Context, options: &UploadOptions) -> Result<Vec<String>, OperationError> {
    let reporter = &context.reporter;
    let repository = &options.repository;
    if options.inputs.is_empty() {
        return Err(PublishError::OnlySignatures.into());
    }
    if options.preparation.attestations && !repository.is_pypi() {
        reporter.event(Event::Warning(
            "Only PyPI and TestPyPI support attestations; if you experience failures, remove the --attestations flag and \
             re-try this command",
        ));
    }
    reporter.event(Event::Note(&format!("Uploading distributions to {}", repository.url)));
    let prepare = |input: &Input| {
        if options.preparation.signing.is_some() && input.signature.is_none() {
            let name = input.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            reporter.event(Event::Note(&format!("Signing {name}")));
        }
        DistributionFile::prepare(input, &options.directory, &options.preparation)
    };
    let files = options.inputs.iter().map(prepare).collect::<Result<Vec<_>, _>>()?;
    warn_of_signatures(context, repository, &files);
    let runtime = Runtime::default();
    let credentials = credentials::find(context, options, &runtime)?;
    if credentials.is_some() && !context.client.is_secure(&repository.url) {
        reporter.event(Event::Warning(&format!(
            "{} is not https: whoever is on the way can read the password, and change what is uploaded",
            repository.url
        )));
    }
    let user = credentials.as_ref().map_or("<empty>", Credentials::user);
    reporter.event(Event::Detail(1, &format!("username: {user}")));
    let mut pages: Vec<String> = Vec::new();
    let mut uploaded: Vec<&str> = Vec::new();
    for file in &files {
        let sender = Sender { context, options, runtime: &runtime, credentials: credentials.as_ref(), file };
        let sent = sender.send();
        reporter.event(Event::UploadFinished { filename: &file.filename });
        match sent {
            Ok(()) => {
                uploaded.push(&file.filename);
                pages.extend(repository.release_url(&file.name, &file.version));
            }
            Err(OperationError::Upload(error)) if options.skip_existing && error.is_existing() => {
                let text = format!("Skipping {} because it appears to already exist", file.filename);
                reporter.event(Event::Warning(&text));
            }
            Err(error) => {
                if !uploaded.is_empty() {
                    let (count, all, names) = (uploaded.len(), files.len(), uploaded.join(", "));
                    let text = format!("Uploaded by now, {count} of {all}: {names}");
                    reporter.event(Event::Warning(&text));
                }
                return Err(error);
            }
        }
    }
    pages.sort();
    pages.dedup();
    Ok(pages)
}

fn warn_of_signatures(context: &Context, repository: &Repository, files: &[DistributionFile]) {
    if repository.is_pypi() && files.iter().any(|file| file.signature.is_some()) {
        context.reporter.event(Event::Warning(
            "One or more packages has an associated PGP signature; these will be silently ignored by the index",
        ));
    }
}

/// Sends one file, again where that may help.
struct Sender<'a> {
    context: &'a Context,
    options: &'a UploadOptions,
    runtime: &'a Runtime,
    credentials: Option<&'a Credentials>,
    file: &'a DistributionFile,
}

impl Sender<'_> {
    fn send(&self) -> Result<(), OperationError> {
        let submission = Submission {
            url: self.options.repository.url.clone(),
            headers: vec![("Accept".to_owned(), ACCEPT.to_owned())],
            credentials: self.credentials.cloned(),
            content: Content::Form(self.form()),
        };
        let retries = self.context.client.options().retries;
        let mut attempt = 0;
        let mut after_loss = false;
        let (filename, size) = (self.file.filename.as_str(), self.length(&submission));
        loop {
            self.context.reporter.event(Event::UploadStarted { filename, size });
            let (answer, sent) = self.attempt(&submission)?;
            let (problem, wait) = match answer {
                Ok(answer) => match self.judge(&answer, after_loss) {
                    Ok(()) => return Ok(()),
                    Err(error) => {
                        let again = (500..600).contains(&answer.status) && answer.status != 501
                            || (answer.status == 429 && answer.retry_after.is_some());
                        let wait = again.then_some(answer.retry_after);
                        (error, wait)
                    }
                },
                Err(source) => {
                    let is_transient = source.is_transient();
                    after_loss |= is_transient;
                    let filename = filename.to_owned();
                    (UploadError::Lost { filename, sent, size, cause: source }, is_transient.then_some(None))
                }
            };
            attempt += 1;
            let Some(wait) = wait.filter(|_| attempt <= retries) else {
                return Err(OperationError::Upload(Arc::new(problem)));
            };
            self.report_retry(&problem, attempt, retries);
            self.pause(attempt, wait)?;
        }
    }

    fn report_retry(&self, problem: &UploadError, attempt: u32, retries: u32) {
        let text = self.shown(&problem.to_string());
        let text = format!("{text}\nPackage upload appears to have failed. Retry {attempt} of {retries}.");
        self.context.reporter.event(Event::Warning(&text));
    }

    fn length(&self, submission: &Submission) -> u64 {
        match &submission.content {
            Content::Form(form) => form.length(),
            Content::Json(_) | Content::Nothing => 0,
        }
    }

    fn form(&self) -> Form {
        let mut form = Form::default();
        for (name, value) in self.file.form_fields() {
            form.text(name, value);
        }
        if let Some((name, content)) = &self.file.signature {
            form.bytes("gpg_signature", name, content);
        }
        form.file("content", &self.file.filename, self.file.path.clone(), self.file.size);
        form
    }

    /// One attempt: what came of it, and how many bytes went out.
    fn attempt(
        &self,
        submission: &Submission,
    ) -> Result<(Result<Answer, NetworkError>, u64), OperationError> {
        let count = Arc::new(AtomicU64::new(0));
        let (counted, reporter) = (Arc::clone(&count), Arc::clone(&self.context.reporter));
        let filename = self.file.filename.clone();
        let sent = Arc::new(move |bytes| {
            counted.fetch_add(bytes, Ordering::Relaxed);
            reporter.event(Event::UploadProgressed { filename: &filename, bytes });
        });
        let (client, submission) = (self.context.client.clone(), submission.clone());
        let sending = async move { client.submit(&submission, sent).await };
        let answer = self.runtime.wait(sending, &self.context.cancellation);
        Ok((answer.ok_or(OperationError::Interrupted)?, count.load(Ordering::Relaxed)))
    }

    fn pause(&self, attempt: u32, wait: Option<Duration>) -> Result<(), OperationError> {
        let client = self.context.client.clone();
        let pause = async move { client.wait_before_resubmission(attempt, wait).await };
        self.runtime.wait(pause, &self.context.cancellation).ok_or(OperationError::Interrupted)
    }

    /// Whether the repository has taken the file.
    fn judge(&self, answer: &Answer, after_loss: bool) -> Result<(), UploadError> {
        let url = self.options.repository.url.clone();
        let reason = self.shown(&refusal::reason_of(answer));
        let status = format!("{} {}", answer.status, refusal::phrase(answer.status));
        let text = format!("Response from {url}:\n{status}\n{reason}");
        self.context.reporter.event(Event::Detail(1, text.trim_end()));
        match answer.status {
            200..300 => Ok(()),
            300..400 => {
                let target = answer.location.as_deref().unwrap_or_default();
                Err(UploadError::Redirected { target: self.shown(&network::redacted(target)), url })
            }
            status => Err(UploadError::Refused {
                filename: self.file.filename.clone(),
                size: self.file.size,
                url,
                status,
                reason,
                with_credentials: self.credentials.is_some(),
                is_pypi: self.options.repository.is_pypi(),
                after_loss,
            }),
        }
    }

    /// A text from outside, without the secrets that were sent: a server may say them back.
    fn shown(&self, text: &str) -> String {
        self.credentials.map_or_else(|| text.to_owned(), |credentials| credentials.hidden_in(text))
    }
}
