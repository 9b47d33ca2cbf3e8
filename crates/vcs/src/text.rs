//! Text that goes to people: without credentials (RFC 3986 user information) and control characters.

use std::borrow::Cow;

/// Decodes `%41`; none where the result is not UTF-8 or an escape is not two hexadecimal digits.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Encodes as `urllib.parse.quote(text, safe)` does: all but letters, digits, `_.-~` and `safe`.
pub(crate) fn percent_encoded(text: &str, safe: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for &byte in text.as_bytes() {
        let c = char::from(byte);
        if byte.is_ascii_alphanumeric() || "_.-~".contains(c) || (byte.is_ascii() && safe.contains(c)) {
            encoded.push(c);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Any text with the credentials of every URL in it replaced by `****`: passwords, user names of web addresses
/// (they may be tokens), and queries, which may hold either. Other user names, as `git@`, are kept.
pub fn redacted(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find("://") {
        let (before, after) = rest.split_at(position + "://".len());
        output.push_str(before);
        let scheme = before.trim_end_matches("://").rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
        let is_web = scheme.is_some_and(|scheme| {
            ["https", "http", "ftp", "ftps"].iter().any(|web| web.eq_ignore_ascii_case(scheme))
        });
        let end = after.find(|c: char| c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(after.len());
        let (url, tail) = after.split_at(end);
        push_redacted(&mut output, url, is_web);
        rest = tail;
    }
    output.push_str(rest);
    output
}

/// As [`redacted`], for a text whose user information may hold a `/`, so that nobody knows where it ends.
pub(crate) fn redacted_broadly(text: &str) -> String {
    match (text.split_once("://"), text.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://****@{rest}"),
        _ => redacted(text),
    }
}

/// Adds what follows the `//` of a URL.
fn push_redacted(output: &mut String, url: &str, is_web: bool) {
    let path = url.find(['/', '?', '#']).unwrap_or(url.len());
    let (authority, path) = url.split_at(path);
    match authority.rsplit_once('@') {
        None => output.push_str(authority),
        Some((information, host)) => {
            match information.split_once(':') {
                Some((user, _)) if !is_web => output.push_str(&format!("{user}:****@")),
                None if !is_web => output.push_str(&format!("{information}@")),
                Some((user, password)) if !user.is_empty() && !password.is_empty() => {
                    output.push_str(&format!("{user}:****@"));
                }
                _ => output.push_str("****@"),
            }
            output.push_str(host);
        }
    }
    match path.split_once('?') {
        Some((path, query)) => {
            output.push_str(path);
            output.push_str("?****");
            if let Some((_, fragment)) = query.split_once('#') {
                output.push('#');
                output.push_str(fragment);
            }
        }
        None => output.push_str(path),
    }
}

/// One line of a program's output as it may be shown: no credentials, no `secrets`, no control characters.
pub(crate) fn shown(line: &[u8], secrets: &[String]) -> String {
    let mut text = redacted(&String::from_utf8_lossy(line));
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), "****");
        }
    }
    if text.chars().any(char::is_control) {
        text = text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|c| !c.is_control()).collect();
    }
    text
}

/// The text of an XML element, its references decoded (`svn info --xml`).
pub(crate) fn xml_text(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
    Cow::Owned(plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn credentials_of_urls_are_not_shown() {
        for (text, expected) in [
            ("git+https://user:secret@host/r.git@main", "git+https://user:****@host/r.git@main"),
            ("https://token@host/r", "https://****@host/r"),
            ("https://token:@host/r", "https://****@host/r"),
            ("https://:secret@host/r", "https://****@host/r"),
            ("https://user:a@b@host/r", "https://user:****@host/r"),
            ("git+ssh://git@host/r@v1", "git+ssh://git@host/r@v1"),
            ("ssh://user:secret@host/r", "ssh://user:****@host/r"),
            ("https://host/r?private_token=x&y#egg=a", "https://host/r?****#egg=a"),
            (
                "fatal: 'https://t@h/r' and https://u:p@h2/r.",
                "fatal: 'https://****@h/r' and https://u:****@h2/r.",
            ),
            ("svn+ssh://u@h/x file:///a@b", "svn+ssh://u@h/x file:///a@b"),
            ("no url: me@host:path", "no url: me@host:path"),
            ("://", "://"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn lines_are_cleaned() {
        assert_eq!(shown(b"a \x1b[31mred\tpass=tok3n\xff", &["tok3n".into()]), "a [31mred pass=****\u{fffd}");
    }

    #[test]
    fn escapes_are_decoded_once() {
        for (text, expected) in [
            ("a%20b", Some("a b")),
            ("%2540", Some("%40")),
            ("%c3%A9", Some("\u{e9}")),
            ("%", None),
            ("%4", None),
            ("%+1", None),
            ("%ff", None),
            ("%\u{e9}\u{e9}", None),
        ] {
            assert_eq!(percent_decoded(text).as_deref(), expected, "{text}");
        }
        assert_eq!(percent_encoded("a/b c~\u{e9}", "/"), "a/b%20c~%C3%A9");
        assert_eq!(xml_text("a&amp;lt;b&lt;"), "a&lt;b<");
    }
}
