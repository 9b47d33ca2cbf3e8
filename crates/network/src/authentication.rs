//! What happens on a 401 (RFC 9110, 15.5.2; RFC 7617): the keyring is asked, then the user; by pip's rules, but once for an
//! index or host, however many requests wait for it, and one question at a time.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, MutexGuard};
use url::Url;

use crate::client::ClientOptions;
use crate::credentials::{CredentialStore, Origin, common_segments, without_user_information};
use crate::{Credentials, Keyring};

/// Asks the user for credentials. It is called on a thread of its own, where it may wait; never twice at the same time.
pub trait Prompt: Send + Sync {
    /// The user name for a host (with its port), pip's `User for example.org: `. None or an empty one: the user has none.
    fn user(&self, host: &str) -> Option<String>;
    /// The password that goes with it, pip's `Password: `, not shown while it is typed.
    fn password(&self, host: &str) -> Option<String>;
    /// Whether the keyring is to keep both, pip's `Save credentials to keyring [y/N]: `.
    fn save(&self, host: &str) -> bool;
}

/// Hears what the user should know though nothing has failed.
pub type Warn = Arc<dyn Fn(&str) + Send + Sync>;

/// An index, as keyrings know it.
struct Index {
    /// As the user gave it, without user information, with one `/` at its end.
    text: String,
    url: Url,
}

/// Gets credentials when a server wants some.
pub(crate) struct Authentication {
    keyring: Option<Keyring>,
    /// The keyring has failed, and is not asked again.
    keyring_failed: AtomicBool,
    prompt: Option<Arc<dyn Prompt>>,
    warn: Option<Warn>,
    indexes: Mutex<Vec<Index>>,
    /// For what has been asked. Who holds it is talking to the keyring, the user, or the server that is to accept the answer.
    asked: Turn<HashSet<(Origin, String)>>,
}

/// Credentials that the server has yet to accept. While it lives, nobody else asks for any.
pub(crate) struct Attempt<'a> {
    pub(crate) credentials: Credentials,
    /// Under which path of the server they are kept.
    path: String,
    /// The keyring's name for what they belong to, where it is to keep them.
    save_as: Option<String>,
    _turn: MutexGuard<'a, HashSet<(Origin, String)>>,
}

/// What to send instead of what was refused.
pub(crate) enum Next<'a> {
    /// What another request has found meanwhile.
    Known(Credentials),
    Try(Attempt<'a>),
}

impl Authentication {
    pub(crate) fn new(options: &ClientOptions) -> Self {
        Self {
            keyring: options.keyring.clone(),
            keyring_failed: AtomicBool::new(false),
            prompt: options.prompt.clone(),
            warn: options.warn.clone(),
            indexes: Mutex::default(),
            asked: Turn::default(),
        }
    }

    /// Notes an index: `text` as the user gave it, `url` without user information.
    pub(crate) fn add_index(&self, text: &str, url: &Url) {
        let text = format!("{}/", without_user_information(text).trim_end_matches('/'));
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if !indexes.iter().any(|index| index.text == text) {
            indexes.push(Index { text, url: url.clone() });
        }
    }

    /// The index that `url` belongs to: that of its server whose path has most in common with it. Its name and path.
    fn index_of(&self, url: &Url) -> Option<(String, String)> {
        let origin = Origin::of(url);
        let indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        let same = indexes.iter().rev().filter(|index| Origin::of(&index.url) == origin);
        // Of equal ones the first that was given, which comes last here.
        let best = same.max_by_key(|index| common_segments(index.url.path(), url.path()))?;
        Some((best.text.clone(), best.url.path().to_owned()))
    }

    /// What to try after `url` has answered 401 to `sent`; none: there is nothing more to try.
    pub(crate) async fn after_refusal(
        &self,
        store: &CredentialStore,
        url: &Url,
        sent: Option<&Credentials>,
    ) -> Option<Next<'_>> {
        if self.keyring.is_none() && self.prompt.is_none() {
            return None;
        }
        let index = self.index_of(url);
        let path = index.as_ref().map_or("/", |(_, path)| path.as_str()).to_owned();
        // A password that the user wrote into a URL is what the user means.
        if store.is_given(url, &path) {
            return None;
        }
        let mut asked = self.asked.lock().await;
        if let Some(known) = store.find(url).filter(|known| known.is_complete() && Some(known) != sent) {
            return Some(Next::Known(known));
        }
        if !asked.insert((Origin::of(url), path.clone())) {
            return None;
        }
        let host = host_of(url);
        let user = store.user(url);
        let mut found = None;
        for service in index.map(|(text, _)| text).iter().chain([&host]) {
            found = self.ask_keyring(service, user.as_deref()).await;
            if found.is_some() {
                break;
            }
        }
        let (credentials, save) = match found {
            Some(credentials) => (credentials, false),
            // pip does not ask for the password of a user it knows: most such names are tokens.
            None if user.is_some() => return None,
            None => self.ask_user(&host).await?,
        };
        let save_as = save.then_some(host);
        Some(Next::Try(Attempt { credentials, path, save_as, _turn: asked }))
    }

    /// The server has not refused them: every request that they suit has them from now on. `kept`: it was content with them, so
    /// the keyring may have them too.
    pub(crate) async fn accept(&self, store: &CredentialStore, url: &Url, attempt: Attempt<'_>, kept: bool) {
        store.complete(url, &attempt.path, &attempt.credentials);
        if let (Some(service), Some(keyring), true) = (&attempt.save_as, &self.keyring, kept)
            && let Err(reason) = keyring.save(service, &attempt.credentials).await
        {
            self.warn(&format!("Failed to save credentials: {reason}"));
        }
    }

    /// What the keyring has, unless it has failed before.
    pub(crate) async fn ask_keyring(&self, service: &str, user: Option<&str>) -> Option<Credentials> {
        let keyring = self.keyring.as_ref().filter(|_| !self.keyring_failed.load(Ordering::Relaxed))?;
        match keyring.find(service, user).await {
            Ok(found) => found,
            Err(reason) => {
                self.keyring_failed.store(true, Ordering::Relaxed);
                if let Some(reason) = reason {
                    self.warn(&format!("Keyring is skipped due to an exception: {reason}"));
                }
                None
            }
        }
    }

    /// Asks the user; with whether the keyring is to keep the answer.
    async fn ask_user(&self, host: &str) -> Option<(Credentials, bool)> {
        let user = self.ask(host, |prompt, host| prompt.user(host)).await?.filter(|user| !user.is_empty())?;
        if let Some(found) = self.ask_keyring(host, Some(&user)).await {
            return Some((found, false));
        }
        let password = self.ask(host, |prompt, host| prompt.password(host)).await??;
        let keeps = self.keyring.is_some() && !self.keyring_failed.load(Ordering::Relaxed);
        let save = keeps && self.ask(host, |prompt, host| prompt.save(host)).await.unwrap_or_default();
        Some((Credentials::new(user, password), save))
    }

    /// Puts one question on a thread that may wait.
    async fn ask<T: Send + 'static>(
        &self,
        host: &str,
        question: impl FnOnce(&dyn Prompt, &str) -> T + Send + 'static,
    ) -> Option<T> {
        let (prompt, host) = (self.prompt.clone()?, host.to_owned());
        tokio::task::spawn_blocking(move || question(&*prompt, &host)).await.ok()
    }

    fn warn(&self, text: &str) {
        if let Some(warn) = &self.warn {
            warn(text);
        }
    }
}

/// Host and port, as pip and keyrings name a server.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
