//! Requests that change something (RFC 9110, 9.3.3) or carry a secret of their own: sent as they are, once, to the one server
//! they are meant for. No redirect is followed, and every answer is an answer, whatever its status.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Body, RequestBuilder};
use tokio::time::Instant;

use super::{Client, header_map, parse};
use crate::form::{Form, Sent};
use crate::transport::proxy_of;
use crate::{Credentials, NetworkError, retry};

/// So much of an answer is read: it is a sentence or two, or a page around them.
const LONGEST_ANSWER: usize = 1 << 20;
/// A server may think about what it was given, this many time-outs long.
const THINKING: u32 = 10;

/// What a request carries.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing: it only asks (GET).
    Nothing,
    /// A JSON document (POST).
    Json(Vec<u8>),
    /// A form (POST).
    Form(Form),
}

/// A request that is sent once and as it is.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Where to; without credentials.
    pub url: String,
    /// Headers beside those that follow from the rest.
    pub headers: Vec<(String, String)>,
    /// User name and password, for this URL alone.
    pub credentials: Option<Credentials>,
    /// What is sent.
    pub content: Content,
}

/// What a server has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, whatever it says.
    pub status: u16,
    /// The text beside the status, where it is not the usual one (HTTP/1.1).
    pub reason: Option<String>,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`.
    pub retry_after: Option<Duration>,
    /// The body, or its beginning.
    pub body: Vec<u8>,
}

impl Client {
    /// Sends `submission` and takes the answer. `sent` hears of bytes of a form as they go out.
    ///
    /// # Errors
    /// No connection, or one that is lost or stands still: [`NetworkError::is_transient`] says whether another try is worth it.
    pub async fn submit(&self, submission: &Submission, sent: Sent) -> Result<Answer, NetworkError> {
        let inner = &*self.0;
        let url = parse(&submission.url)?;
        let pool = inner.transport.sending_pool(&url, &inner.options)?;
        let watch = Arc::new(Watch::default());
        let request = match &submission.content {
            Content::Nothing => pool.get(url.clone()),
            Content::Json(document) => {
                pool.post(url.clone()).header(CONTENT_TYPE, "application/json").body(document.clone())
            }
            Content::Form(form) => with_form(pool.post(url.clone()), form, sent, &watch),
        };
        let headers: Vec<(&str, &str)> =
            submission.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let mut headers = header_map(&headers);
        if let Some(value) = headers.get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
        }
        if let Some(value) = submission.credentials.as_ref().and_then(Credentials::header) {
            headers.insert(AUTHORIZATION, value);
        }
        let _slot = self.slot(&url).await;
        let timeout = inner.options.timeout;
        let exchange = async {
            let response = request.headers(headers).send().await;
            let response = response.map_err(|error| {
                let error = NetworkError::of(&error, url.to_string(), timeout, false);
                error.through(proxy_of(&url, &inner.options))
            })?;
            answer(response, timeout).await
        };
        let answered = tokio::select! {
            answered = exchange => answered,
            () = watch.stall(timeout) => {
                let seconds = timeout.as_secs().max(1);
                Err(NetworkError::Stalled { url: url.to_string(), seconds })
            }
        };
        match answered {
            Err(_) if url.scheme() == "https" => match inner.transport.trust_failure() {
                Some(failure) => Err(failure),
                None => answered,
            },
            answered => answered,
        }
    }

    /// Waits as before repetition number `attempt` (from 1), and as long as the server asked for.
    pub async fn wait_before_resubmission(&self, attempt: u32, retry_after: Option<Duration>) {
        tokio::time::sleep(retry::delay(self.0.options.retry_delay, attempt, retry_after)).await;
    }

    /// What the keyring has for `service`, and for `user` where one is known. One that fails is warned of once.
    pub async fn keyring_credentials(&self, service: &str, user: Option<&str>) -> Option<Credentials> {
        self.0.authentication.ask_keyring(service, user).await
    }
}

fn with_form(request: RequestBuilder, form: &Form, sent: Sent, watch: &Arc<Watch>) -> RequestBuilder {
    let length = form.length();
    let (watch, gone) = (Arc::clone(watch), AtomicU64::new(0));
    let counted: Sent = Arc::new(move |bytes| {
        let before = gone.fetch_add(bytes, Ordering::Relaxed);
        watch.moved(before + bytes >= length);
        sent(bytes);
    });
    request
        .header(CONTENT_TYPE, form.content_type())
        // Servers that know no chunks want it.
        .header(CONTENT_LENGTH, length)
        .body(Body::wrap_stream(form.stream(counted)))
}

/// Sees whether a body still goes out.
#[derive(Default)]
struct Watch {
    has_moved: AtomicBool,
    is_out: AtomicBool,
}

impl Watch {
    fn moved(&self, is_out: bool) {
        self.has_moved.store(true, Ordering::Relaxed);
        self.is_out.store(is_out, Ordering::Relaxed);
    }

    /// Ends when nothing has moved for `timeout`, or when the server has thought for too long.
    async fn stall(&self, timeout: Duration) {
        let mut still_since = Instant::now();
        let step = (timeout / 10).max(Duration::from_millis(10));
        loop {
            tokio::time::sleep(step).await;
            if self.has_moved.swap(false, Ordering::Relaxed) {
                still_since = Instant::now();
            }
            let patience = if self.is_out.load(Ordering::Relaxed) { timeout * THINKING } else { timeout };
            if still_since.elapsed() >= patience {
                return;
            }
        }
    }
}

async fn answer(mut response: reqwest::Response, timeout: Duration) -> Result<Answer, NetworkError> {
    let text = |value: Option<&HeaderValue>| Some(value?.to_str().ok()?.to_owned());
    let headers = response.headers();
    let reason = response.extensions().get::<hyper::ext::ReasonPhrase>();
    let mut answer = Answer {
        status: response.status().as_u16(),
        reason: reason.map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned()),
        content_type: text(headers.get(CONTENT_TYPE)),
        location: text(headers.get(LOCATION)),
        retry_after: text(headers.get(RETRY_AFTER)).and_then(|value| retry::retry_after(&value)),
        body: Vec::new(),
    };
    while answer.body.len() < LONGEST_ANSWER {
        match tokio::time::timeout(timeout, response.chunk()).await {
            Ok(Ok(Some(chunk))) => answer.body.extend_from_slice(&chunk),
            // What it says is for people; the status is what counts.
            Ok(Ok(None) | Err(_)) | Err(_) => break,
        }
    }
    answer.body.truncate(LONGEST_ANSWER);
    Ok(answer)
}
