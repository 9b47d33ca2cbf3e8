//! The part of a URL between `//` and the path (RFC 3986 section 3.2): user, password, host and port.

use std::fmt;

use crate::text::percent_decoded;

/// User information, percent-decoded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct UserInformation {
    /// The user name, or a token.
    pub(crate) user: String,
    /// The password, if there is a colon.
    pub(crate) password: Option<String>,
}

impl fmt::Debug for UserInformation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("****")
    }
}

/// Takes the user information off an authority: `(information, host and port)`.
pub(crate) fn split(authority: &str) -> Result<(Option<UserInformation>, &str), &'static str> {
    let Some((information, host)) = authority.rsplit_once('@') else { return Ok((None, authority)) };
    let (user, password) = match information.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (information, None),
    };
    let decoded = |text: &str| {
        percent_decoded(text)
            .filter(|text| !text.chars().any(char::is_control))
            .ok_or("its user name or password is not text in percent-encoded UTF-8")
    };
    let user = decoded(user)?;
    if user.starts_with('-') {
        return Err("its user name begins with '-'");
    }
    let password = password.map(decoded).transpose()?;
    // `https://@host/` and `https://:@host/` name nobody.
    let is_empty = user.is_empty() && password.as_ref().is_none_or(String::is_empty);
    Ok((Some(UserInformation { user, password }).filter(|_| !is_empty), host))
}

/// Checks that `text` is `host` or `host:port`: nothing that a program could take for something else.
pub(crate) fn check_host(text: &str) -> Result<(), &'static str> {
    let (host, port) = if text.starts_with('[') {
        let (host, rest) = text.split_once(']').ok_or("the address of its host has no ']'")?;
        let host = host.get(1..).unwrap_or_default();
        if host.is_empty() || !host.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.')) {
            return Err("its host is not an IPv6 address");
        }
        (None, rest.strip_prefix(':').or_else(|| rest.is_empty().then_some("")))
    } else {
        match text.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(text), Some("")),
        }
    };
    if let Some(host) = host {
        if host.is_empty() {
            return Err("it has no host");
        }
        if host.starts_with('-') {
            return Err("its host begins with '-'");
        }
        let is_usual = |c: char| {
            !c.is_ascii() && !c.is_whitespace() && !c.is_control()
                || c.is_ascii_alphanumeric()
                || matches!(c, '.' | '-' | '_')
        };
        if !host.chars().all(is_usual) {
            return Err("its host has a character that is not allowed there");
        }
    }
    match port {
        Some("") => Ok(()),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok() => Ok(()),
        _ => Err("what follows the ':' is not a port; write ssh://user@host/path for user@host:path"),
    }
}
