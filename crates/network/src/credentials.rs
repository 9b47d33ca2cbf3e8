//! User names and passwords: from URLs and netrc, sent only to the scheme, host and port they belong to, never shown.

/// A user name and password.
#[derive(Clone)]
pub struct Credentials {/* private; Debug prints **** */}

/// `url` with its user information replaced by `****` as pip prints it (`https://user:****@host/`).
pub fn redacted(_url: &str) -> String {
    todo!()
}
