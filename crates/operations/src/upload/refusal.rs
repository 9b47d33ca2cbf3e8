//! What a repository says when it does not take a file: found in its answer, and told so that something can be done.

use network::{Answer, NetworkError};

/// So much of a reason is shown.
const LONGEST_REASON: usize = 2000;
/// So much of a page is read for it.
const LONGEST_PAGE: usize = 64 << 10;

/// What PyPI's framework says of every refusal of a kind.
const EMPTY_WORDS: [&str; 2] = [
    "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    "Access was denied to this resource.",
];

/// Why an upload failed.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The repository has answered, and not taken the file.
    #[error("{filename}: {url} answered {status} {}{}", phrase(*status), said(reason))]
    Refused {
        /// The file.
        filename: String,
        /// Its size in bytes.
        size: u64,
        /// The repository; without credentials.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What the repository says, on one or more lines; may be empty.
        reason: String,
        /// Whether a user name or password was sent.
        with_credentials: bool,
        /// Whether the repository is PyPI or TestPyPI.
        is_pypi: bool,
        /// Whether an earlier attempt may have succeeded without anybody hearing of it.
        after_loss: bool,
    },
    /// The repository wants another URL to be used.
    #[error("{url} attempted to redirect to {target}.")]
    Redirected {
        /// The repository.
        url: String,
        /// Where to.
        target: String,
    },
    /// The connection failed, also when it was tried again.
    #[error("{filename}: {}", lost(cause, *sent, *size))]
    Lost {
        /// The file.
        filename: String,
        /// How much was sent in the last attempt, in bytes.
        sent: u64,
        /// How much there was to send, in bytes.
        size: u64,
        /// What happened; the message says it.
        cause: NetworkError,
    },
    /// Nobody can be asked for what is missing.
    #[error("Credential not found for {0}.")]
    NoCredential(&'static str),
    /// Trusted publishing was to be used and could not.
    #[error("trusted publishing: {0}")]
    TrustedPublishing(String),
}

impl UploadError {
    /// What the user can do.
    pub fn hints(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::Refused { after_loss: true, .. } if self.is_existing() => one(
                "an attempt before this one may have stored the file though its answer was lost: look, or pass --skip-existing",
            ),
            Self::Refused { .. } if self.is_existing() => one(
                "a file cannot be replaced: raise the version, or pass --skip-existing to go on with the others",
            ),
            Self::Refused { status: 401 | 403, with_credentials, is_pypi, .. } => {
                one(match (with_credentials, is_pypi) {
                    (true, true) => {
                        "the user name must be __token__, and the token be one for this site and this project (those of PyPI and TestPyPI differ)"
                    }
                    (true, false) => {
                        "it refused the user name and password that were sent, or they do not allow this"
                    }
                    (false, _) => {
                        "no user name and password were sent: give --username and --password, TWINE_USERNAME and TWINE_PASSWORD, or a section of ~/.pypirc"
                    }
                })
            }
            Self::Refused { status: 404 | 405, is_pypi, .. } => one(match is_pypi {
                true => "is the URL right? PyPI is --repository pypi, TestPyPI is --repository testpypi",
                false => {
                    "is the URL right? It is where uploads are taken, not the index that is installed from"
                }
            }),
            Self::Refused { status: 413, size, .. } => {
                vec![format!("the file has {size} bytes, more than the repository takes")]
            }
            Self::Refused { status: 500..=599, .. } => {
                one("the repository has a problem of its own: try again later")
            }
            Self::Redirected { url, target } if *target == format!("{url}/") => {
                one("Your repository URL is missing a trailing slash. Please add it and try again.")
            }
            Self::Redirected { target, .. } => {
                vec![format!("If you trust these URLs, set {target} as your repository URL and try again.")]
            }
            Self::Lost { cause, sent: 1.., .. } if cause.is_transient() => one(
                "the repository, or something on the way, has ended the connection: a limit on sizes or times, or a bad line",
            ),
            Self::NoCredential(_) => one(
                "give --username and --password, TWINE_USERNAME and TWINE_PASSWORD, a section of ~/.pypirc, or a keyring (--keyring-provider)",
            ),
            Self::TrustedPublishing(_) => one(
                "the project must name this workflow as a trusted publisher (PyPI's documentation: Trusted Publishers); or pass --trusted-publishing never",
            ),
            _ => Vec::new(),
        }
    }

    /// Whether the repository says that it has the file already.
    pub(super) fn is_existing(&self) -> bool {
        let Self::Refused { status, reason, .. } = self else { return false };
        let reason = reason.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| reason.contains(words));
        match status {
            // pypiserver, devpi
            409 => true,
            // PyPI, GCP Artifact Registry; Nexus; GitLab
            400 => says(&["already exist", "updating asset", "already been taken"]),
            // Artifactory
            403 => says(&["overwrite artifact"]),
            _ => false,
        }
    }
}

/// The usual words for a status (RFC 9110).
pub(super) fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        507 => "Insufficient Storage",
        _ => "Unknown Status",
    }
}

/// What happened to a connection, and how far it came.
fn lost(cause: &NetworkError, sent: u64, size: u64) -> String {
    let sent = sent.min(size);
    match cause {
        cause if sent == 0 => cause.to_string(),
        NetworkError::Unreachable { url, cause, .. } => {
            format!("the connection to {url} was lost after {sent} of {size} bytes: {cause}")
        }
        cause => format!("{sent} of {size} bytes were sent: {cause}"),
    }
}

fn said(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// What an answer says in words: its JSON, the text of its page, or what stands beside its status.
pub(super) fn reason_of(answer: &Answer) -> String {
    let body = String::from_utf8_lossy(&answer.body);
    let kind = answer.content_type.as_deref().unwrap_or_default().to_lowercase();
    let words = if kind.contains("json") {
        of_json(&body)
    } else if kind.contains("html") || body.trim_start().starts_with('<') {
        of_page(beginning(&body, LONGEST_PAGE))
    } else {
        body.into_owned()
    };
    // A page repeats in its title, its heading and its text what stands beside the status.
    let status = answer.status.to_string();
    let without_status = |line| match str::strip_prefix(line, &status) {
        Some(rest) if !rest.starts_with(|next: char| next.is_alphanumeric()) => rest.trim_start(),
        _ => line,
    };
    let (mut lines, mut length) = (vec![phrase(answer.status)], 0);
    for line in answer.reason.iter().flat_map(|reason| reason.lines()).chain(words.lines()) {
        let line = without_status(line.trim().trim_start_matches("Error: "));
        let is_said =
            |known: &&str| *known == line || (line.contains(char::is_whitespace) && known.contains(line));
        if !line.is_empty() && !EMPTY_WORDS.contains(&line) && !lines.iter().any(is_said) {
            lines.push(line);
            length += line.len() + 1;
        }
        if length > LONGEST_REASON {
            break;
        }
    }
    let reason = lines.split_off(1).join("\n");
    match beginning(&reason, LONGEST_REASON) {
        whole if whole.len() == reason.len() => reason,
        part => format!("{part} ..."),
    }
}

/// At most so many bytes of `text`.
fn beginning(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or(text)
}

/// The sentences that a JSON document holds under the usual names.
fn of_json(text: &str) -> String {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(text) else { return text.trim().to_owned() };
    let mut found: Vec<String> = Vec::new();
    let mut take = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) if !found.contains(text) => found.push(text.clone()),
        serde_json::Value::Array(list) => {
            for entry in list {
                let words =
                    ["description", "message", "detail"].iter().find_map(|name| entry.get(name)?.as_str());
                found.extend(words.or(entry.as_str()).map(str::to_owned));
            }
        }
        serde_json::Value::Object(_) => found.push(value.to_string()),
        _ => {}
    };
    for name in ["message", "detail", "error", "errors", "description"] {
        document.get(name).into_iter().for_each(&mut take);
    }
    if found.is_empty() { text.trim().to_owned() } else { found.join("\n") }
}

/// The text of a page: without tags, scripts and styles.
fn of_page(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        text.push_str(before);
        let name: String = tag
            .chars()
            .skip(1)
            .skip_while(|next| *next == '/')
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        let skipped = match name.as_str() {
            "script" | "style" => tag.to_ascii_lowercase().find(&format!("</{name}")).map(|end| end + 1),
            _ => None,
        };
        let inside = skipped.and_then(|end| tag.get(end..)).unwrap_or(tag);
        rest = inside.split_once('>').map_or("", |(_, after)| after);
        text.push_str(
            if matches!(name.as_str(), "b" | "i" | "em" | "a" | "code" | "span" | "tt" | "strong") {
                ""
            } else {
                "\n"
            },
        );
    }
    text.push_str(rest);
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#039;", "'"),
        ("&nbsp;", " "),
    ]
    .iter()
    .fold(text, |text, (entity, character)| text.replace(entity, character))
    .replace("&amp;", "&");
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.collect::<Vec<_>>().join("\n")
}
