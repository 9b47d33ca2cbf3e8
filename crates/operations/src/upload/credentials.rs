//! Who uploads: by twine's order, what was given, what `.pypirc` says, the keyring, trusted publishing, and the user at
//! last.

use std::sync::Arc;

use network::Credentials;
use publish::{Secret, TOKEN_USER};

use super::trusted_publishing::{self, TrustedPublishing};
use super::{UploadError, UploadOptions};
use crate::runtime::Runtime;
use crate::{Context, Event, OperationError};

/// Asks the user.
pub trait UploadPrompt: Send + Sync {
    /// The answer to a question; none where there is nobody.
    fn ask(&self, question: &str) -> Option<String>;
    /// The same; what is typed is not shown.
    fn ask_hidden(&self, question: &str) -> Option<String>;
}

/// Finds the credentials. None: the repository is to be talked to without.
pub(super) fn find(
    context: &Context,
    options: &UploadOptions,
    runtime: &Runtime,
) -> Result<Option<Credentials>, OperationError> {
    let finder = Finder { context, options, runtime };
    let mut from_keyring = None;
    let user = match finder.known_user() {
        Some(user) => user,
        None => {
            from_keyring = finder.keyring(None)?;
            match &from_keyring {
                Some(found) => found.user().to_owned(),
                None => match finder.asked("username")? {
                    Some(user) => user,
                    None => return Ok(None),
                },
            }
        }
    };
    let known = options.password.clone().or_else(|| options.repository.password.clone());
    let password = match known {
        Some(password) => password,
        None => {
            if from_keyring.is_none() {
                from_keyring = finder.keyring(Some(&user))?;
            }
            if let Some(found) = from_keyring {
                return Ok(Some(found));
            }
            match finder.trusted(&user)? {
                Some(token) => token,
                None => match finder.asked_secret()? {
                    Some(password) => password,
                    None => return Ok(None),
                },
            }
        }
    };
    let is_empty = user.is_empty() && password.reveal().is_empty();
    Ok((!is_empty).then(|| Credentials::new(user, password.reveal().to_owned())))
}

struct Finder<'a> {
    context: &'a Context,
    options: &'a UploadOptions,
    runtime: &'a Runtime,
}

impl Finder<'_> {
    /// The user name, where nobody has to be asked. PyPI knows tokens only.
    fn known_user(&self) -> Option<String> {
        let given = self.options.username.as_ref();
        let is_token =
            self.options.repository.is_pypi() || self.options.trusted_publishing == TrustedPublishing::Always;
        match given.filter(|user| !user.is_empty() || !is_token) {
            Some(user) => Some(user.clone()),
            None if is_token => Some(TOKEN_USER.to_owned()),
            None => self.options.repository.username.clone(),
        }
    }

    fn keyring(&self, user: Option<&str>) -> Result<Option<Credentials>, OperationError> {
        let (client, service) = (self.context.client.clone(), self.options.repository.url.clone());
        let user = user.map(str::to_owned);
        let asked = async move { client.keyring_credentials(&service, user.as_deref()).await };
        self.runtime.wait(asked, &self.context.cancellation).ok_or(OperationError::Interrupted)
    }

    fn trusted(&self, user: &str) -> Result<Option<Secret>, OperationError> {
        let options = self.options;
        let is_wanted = match options.trusted_publishing {
            TrustedPublishing::Never => false,
            TrustedPublishing::Always => true,
            TrustedPublishing::Automatic => {
                options.repository.is_pypi()
                    && user == TOKEN_USER
                    && trusted_publishing::is_supported(&options.variables)
            }
        };
        if !is_wanted {
            return Ok(None);
        }
        self.context.reporter.event(Event::Detail(1, "Trying to use trusted publishing"));
        let (client, origin) = (self.context.client.clone(), options.repository.origin());
        let variables = options.variables.clone();
        let minted =
            async move { trusted_publishing::token(client, origin, variables).await.map_err(Arc::new) };
        let token =
            self.runtime.wait(minted, &self.context.cancellation).ok_or(OperationError::Interrupted)?;
        let token = token.map_err(OperationError::Upload)?;
        self.context.reporter.event(Event::Note("Minted upload token for trusted publishing"));
        Ok(Some(token))
    }

    /// None: who has a client certificate needs no name.
    fn asked(&self, what: &'static str) -> Result<Option<String>, OperationError> {
        match &self.options.prompt {
            Some(prompt) => {
                let answer = prompt.ask(&format!("Enter your {what}: "));
                self.checked(what, answer).map(Some)
            }
            None if self.has_certificate() => Ok(None),
            None => Err(missing(what)),
        }
    }

    fn asked_secret(&self) -> Result<Option<Secret>, OperationError> {
        let what = if self.options.repository.is_pypi() { "API token" } else { "password" };
        match &self.options.prompt {
            Some(prompt) => {
                let answer = prompt.ask_hidden(&format!("Enter your {what}: "));
                self.checked(what, answer).map(Secret::new).map(Some)
            }
            None if self.has_certificate() => Ok(None),
            None => Err(missing(what)),
        }
    }

    fn has_certificate(&self) -> bool {
        self.context.client.options().client_certificate.is_some()
    }

    /// The answer; with a warning where it is hardly what was meant.
    fn checked(&self, what: &'static str, answer: Option<String>) -> Result<String, OperationError> {
        if self.context.cancellation.is_cancelled() {
            return Err(OperationError::Interrupted);
        }
        let answer = answer.ok_or_else(|| missing(what))?;
        let problem = match () {
            () if answer.is_empty() => "is empty",
            () if answer.chars().any(char::is_control) => "contains control characters",
            () => return Ok(answer),
        };
        let text = format!("Your {what} {problem}. Did you enter it correctly?");
        self.context.reporter.event(Event::Warning(&text));
        Ok(answer)
    }
}

fn missing(what: &'static str) -> OperationError {
    OperationError::Upload(Arc::new(UploadError::NoCredential(what)))
}
