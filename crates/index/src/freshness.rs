//! How long a page may be used without asking, and how to ask whether it has changed (RFC 9111, 9110 section 13).
//! As a private cache, and without guessing: a page that says nothing about its freshness is always asked for.

use network::http_date;
use serde::{Deserialize, Serialize};

use crate::record::FORMAT;

/// A year; nothing is fresh for longer.
const LONGEST: u64 = 365 * 24 * 3600;

/// What is known about a page in the cache: small, rewritten when the server says that nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Validators {
    /// The format of the record that they belong to.
    pub(crate) format: u32,
    /// Its checksum.
    pub(crate) identity: u64,
    /// Seconds since 1970.
    pub(crate) fetched_at: u64,
    /// Seconds since 1970.
    pub(crate) fresh_until: u64,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

impl Validators {
    /// From the headers of an answer; none where it must not be kept, or keeping it would be of no use.
    pub(crate) fn of<'a>(header: impl Fn(&str) -> Option<&'a str>, identity: u64, now: u64) -> Option<Self> {
        let mut max_age = None;
        let mut always_ask = false;
        for directive in header("cache-control").unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" => return None,
                "no-cache" => always_ask = true,
                // A value that is no number is as one that has passed.
                "max-age" => max_age = Some(value.trim().trim_matches('"').parse::<u64>().unwrap_or(0)),
                _ => {}
            }
        }
        let lifetime = match (max_age, header("expires")) {
            _ if always_ask => 0,
            (Some(seconds), _) => seconds,
            (None, Some(expires)) => {
                let date = header("date").and_then(http_date).unwrap_or(now);
                http_date(expires).map_or(0, |expires| expires.saturating_sub(date))
            }
            (None, None) => 0,
        };
        let age = header("age").and_then(|age| age.trim().parse::<u64>().ok()).unwrap_or(0);
        let fresh_for = lifetime.saturating_sub(age).min(LONGEST);
        let etag = header("etag").map(str::to_owned);
        let last_modified = header("last-modified").map(str::to_owned);
        if fresh_for == 0 && etag.is_none() && last_modified.is_none() {
            return None;
        }
        Some(Self {
            format: FORMAT,
            identity,
            fetched_at: now,
            fresh_until: now.saturating_add(fresh_for),
            etag,
            last_modified,
        })
    }

    /// Whether the page may be used without asking. A clock that was set back makes it old.
    pub(crate) fn is_fresh(&self, now: u64) -> bool {
        (self.fetched_at..self.fresh_until).contains(&now)
    }

    /// The headers that ask whether it has changed.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let etag = self.etag.as_deref().map(|etag| ("if-none-match", etag));
        let date = self.last_modified.as_deref().map(|date| ("if-modified-since", date));
        etag.into_iter().chain(date)
    }
}

/// Now, in seconds since 1970.
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fresh_for(headers: &[(&str, &str)]) -> Option<u64> {
        let find = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let validators = Validators::of(find, 1, 1_000)?;
        (0..).map(|ahead| 1_000 + ahead).find(|now| !validators.is_fresh(*now)).map(|now| now - 1_000)
    }

    #[test]
    fn lifetimes_follow_the_headers() {
        let etag = ("etag", "\"1\"");
        for (headers, lifetime) in [
            (vec![("cache-control", "max-age=600, public")], Some(600)),
            (vec![("cache-control", "public, Max-Age=600"), ("age", "100")], Some(500)),
            (vec![("cache-control", "max-age=600"), ("age", "700")], None),
            (vec![("cache-control", "max-age=600, no-store"), etag], None),
            (vec![("cache-control", "max-age=600, no-cache"), etag], Some(0)),
            (vec![("cache-control", "max-age=soon"), etag], Some(0)),
            (vec![etag], Some(0)),
            (vec![], None),
            (
                vec![("expires", "Sun, 06 Nov 1994 08:49:47 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")],
                Some(10),
            ),
            (vec![("expires", "0"), etag], Some(0)),
            (vec![("expires", "Sun, 06 Nov 1994 08:49:47 GMT"), ("cache-control", "max-age=5")], Some(5)),
        ] {
            assert_eq!(fresh_for(&headers), lifetime, "{headers:?}");
        }
    }

    #[test]
    fn a_clock_set_back_makes_pages_old() {
        let find =
            |name: &str| (name == "cache-control").then_some("max-age=99999999999999999999, max-age=600");
        let validators = Validators::of(find, 1, 1_000).unwrap();
        assert!(validators.is_fresh(1_000) && validators.is_fresh(1_599));
        assert!(!validators.is_fresh(999) && !validators.is_fresh(1_600));
    }
}
