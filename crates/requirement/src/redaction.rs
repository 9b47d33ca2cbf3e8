//! User names and passwords in lines that messages quote: shown as pip shows them, `https://user:****@host/`
//! (RFC 3986, 3.2.1; a user name without password is a token: `https://****@host/`).

use std::borrow::Cow;

use crate::cursor::is_space;

/// `text` with the passwords of its URLs hidden.
pub(crate) fn redacted(text: &str) -> Cow<'_, str> {
    redacted_at(text, 1).0
}

/// `text` with the passwords of its URLs hidden, and where its `column` (characters, from 1) is then.
pub(crate) fn redacted_at(text: &str, column: usize) -> (Cow<'_, str>, usize) {
    let mut shown = String::new();
    let (mut rest, mut column) = (text, column);
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let length = information_length(after);
        let (information, host) = after.split_at_checked(length).unwrap_or(("", after));
        if !information.is_empty() {
            // The shown text up to here is what the column counts by now.
            let start = shown.chars().count();
            let hidden = match information.split_once(':') {
                Some((user, _)) => format!("{user}:****"),
                None => "****".to_owned(),
            };
            let (old, new) = (information.chars().count(), hidden.chars().count());
            if column > start + old {
                column = column - old + new;
            } else if column > start + new {
                column = start + new;
            }
            shown.push_str(&hidden);
        }
        rest = host;
    }
    if shown.is_empty() {
        return (text.into(), column);
    }
    shown.push_str(rest);
    (shown.into(), column)
}

/// The bytes of user information, without `@`, at the beginning of what follows `://`.
fn information_length(after: &str) -> usize {
    let is_end = |last: char| is_space(last) || matches!(last, '"' | '\'');
    let word = after.get(..after.find(is_end).unwrap_or(after.len())).unwrap_or_default();
    let authority = word.get(..word.find(['/', '?', '#', '\\']).unwrap_or(word.len())).unwrap_or_default();
    if let Some(at) = authority.rfind('@') {
        return at;
    }
    // `user:pass/word@host`: what should be the port is none, so the password goes on.
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    match port {
        Some(port) if !port.bytes().all(|byte| byte.is_ascii_digit() || byte == b']') => {
            word.rfind('@').unwrap_or_default()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn passwords_are_hidden_wherever_a_url_stands() {
        for (text, shown) in [
            ("--bogus http://u:s3cret@h/", "--bogus http://u:****@h/"),
            ("six @@ https://s3cret@h/x", "six @@ https://****@h/x"),
            ("a http://u:s3cret@h/ http://v:s3cr@et@i/", "a http://u:****@h/ http://v:****@i/"),
            ("\"git+https://u:s3/cret@h/r@main\"", "\"git+https://u:****@main\""),
            ("git+https://h:80/r.git@main", "git+https://h:80/r.git@main"),
            ("http://[::1]/a@b", "http://[::1]/a@b"),
            ("me@example.org", "me@example.org"),
            ("://", "://"),
            ("", ""),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn the_column_stays_with_its_character() {
        let text = "é https://ü:s3cretpassword@h/ !";
        for (column, character) in
            text.chars().enumerate().filter(|(_, character)| "é:h!@".contains(*character))
        {
            let (shown, moved) = redacted_at(text, column + 1);
            assert_eq!(shown.chars().nth(moved - 1), Some(character), "{column}");
        }
        let (shown, moved) = redacted_at(text, 20);
        assert_eq!(shown.chars().nth(moved - 1), Some('*'));
    }
}
