//! The .netrc file: credentials by host name, in the format of ftp(1) as Python's `netrc` module reads it.

use std::collections::HashMap;

use crate::Credentials;

/// The entries of a netrc file. An entry given twice: the last one counts.
#[derive(Default)]
pub(crate) struct Netrc {
    hosts: HashMap<String, Credentials>,
    default: Option<Credentials>,
}

impl Netrc {
    /// Reads as many entries as can be understood; the first token out of place ends the reading.
    pub(crate) fn parse(text: &str) -> Self {
        let mut netrc = Self::default();
        let mut tokens = Tokens { rest: text };
        let mut keyword = tokens.next();
        while let Some(word) = keyword {
            let host = match word.as_str() {
                "machine" => match tokens.next() {
                    Some(host) => Some(host.to_ascii_lowercase()),
                    None => break,
                },
                "default" => None,
                "macdef" => {
                    tokens.skip_macro();
                    keyword = tokens.next();
                    continue;
                }
                _ => break,
            };
            let (mut login, mut password) = (String::new(), String::new());
            keyword = loop {
                match tokens.next() {
                    Some(word) if word == "login" || word == "user" => {
                        login = tokens.next().unwrap_or_default()
                    }
                    Some(word) if word == "account" => drop(tokens.next()),
                    Some(word) if word == "password" => password = tokens.next().unwrap_or_default(),
                    other => break other,
                }
            };
            let credentials = Credentials::new(login, password);
            match host {
                Some(host) => drop(netrc.hosts.insert(host, credentials)),
                None => netrc.default = Some(credentials),
            }
        }
        netrc
    }

    /// The credentials for a host, else the default ones.
    pub(crate) fn find(&self, host: &str) -> Option<&Credentials> {
        self.hosts.get(host).or(self.default.as_ref())
    }
}

/// Words between white space; `"..."` quotes, `\` escapes, `#` at the beginning of a word comments.
struct Tokens<'a> {
    rest: &'a str,
}

impl Tokens<'_> {
    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                break;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let mut characters = self.rest.chars();
        let quoted = self.rest.starts_with('"');
        if quoted {
            characters.next();
        }
        let mut word = String::new();
        let mut rest = characters.as_str();
        let mut seen = quoted;
        while let Some(character) = characters.next() {
            match character {
                '"' if quoted => {
                    rest = characters.as_str();
                    break;
                }
                '\\' => word.extend(characters.next()),
                character if !quoted && character.is_whitespace() => break,
                character => word.push(character),
            }
            seen = true;
            rest = characters.as_str();
        }
        self.rest = rest;
        seen.then_some(word)
    }

    /// A macro ends at an empty line.
    fn skip_macro(&mut self) {
        self.rest = self.rest.split_once("\n\n").map_or("", |(_, rest)| rest);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn found(text: &str, host: &str) -> Option<(String, String)> {
        Netrc::parse(text).find(host).map(|found| (found.user.clone(), found.password.clone().unwrap()))
    }

    #[test]
    fn entries_are_found_by_host() {
        let text = "# mine\nmachine Example.org login me password \"s p\\\"q\"\n\
                    machine other.example\n  login you # not a comment before a value\n  account x\n  password p#1\n\
                    macdef init\n  cd /pub\n  machine trap login a password b\n\nmachine late.example login l password pw\n";
        let pair = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(found(text, "example.org"), pair("me", "s p\"q"));
        assert_eq!(found(text, "other.example"), pair("you", "p#1"));
        assert_eq!(found(text, "late.example"), pair("l", "pw"));
        assert_eq!(found(text, "trap"), None);
        assert_eq!(found("default login d password e", "anything"), pair("d", "e"));
        assert_eq!(found("machine a password only", "a"), pair("", "only"));
    }

    #[test]
    fn nonsense_is_no_entry() {
        for text in
            ["", "machine", "nonsense machine a login b password c", "\"", "\\", "machine a login", "#"]
        {
            assert!(found(text, "zzz").is_none(), "{text:?}");
        }
    }
}
