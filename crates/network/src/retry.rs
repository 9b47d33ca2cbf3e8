//! When to try again: exponential back-off with jitter, or what the server asks for (`Retry-After`, RFC 9110, 10.2.3).

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, SystemTime};

use crate::date::http_date;

/// No wait is longer, whatever a server asks for.
const LONGEST: Duration = Duration::from_secs(30);

/// Who waits longer is told why.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a failure is worth a word before the next try: hiccups that pass at once are not.
pub(crate) fn is_worth_telling(passed: Duration, delay: Duration) -> bool {
    passed.saturating_add(delay) >= PATIENCE
}

/// How long to wait before try number `attempt` (1: the first repetition).
pub(crate) fn delay(base: Duration, attempt: u32, retry_after: Option<Duration>) -> Duration {
    let exponential = base.saturating_mul(1 << attempt.saturating_sub(1).min(16)).min(LONGEST);
    // Between half and all of it, so that many clients (or many requests of one) do not come back together.
    // The seed of `RandomState` is random enough for that.
    let spread = (RandomState::new().hash_one(attempt) % 512) as u32;
    let jittered = exponential / 2 + exponential / 1024 * spread;
    jittered.max(retry_after.unwrap_or_default()).min(LONGEST)
}

/// The value of `Retry-After`: seconds or a date.
pub(crate) fn retry_after(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(http_date(value)?.saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_are_bounded() {
        let base = Duration::from_millis(200);
        for attempt in 1..=100 {
            let full = base.saturating_mul(1 << (attempt - 1).min(16)).min(LONGEST);
            let delay = delay(base, attempt, None);
            assert!(delay >= full / 2 && delay <= full, "{attempt}: {delay:?}");
        }
        assert!(delay(base, 1, Some(Duration::from_secs(3))) >= Duration::from_secs(3));
        assert_eq!(delay(base, 1, Some(Duration::from_secs(86_400))), LONGEST);
        assert_eq!(delay(Duration::ZERO, 1, None), Duration::ZERO);
    }

    #[test]
    fn hiccups_are_not_told() {
        assert!(!is_worth_telling(Duration::from_millis(300), Duration::from_millis(500)));
        assert!(is_worth_telling(Duration::from_millis(700), Duration::from_millis(500)));
        assert!(is_worth_telling(Duration::from_secs(15), Duration::ZERO));
        assert!(is_worth_telling(Duration::ZERO, Duration::MAX));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after("-1"), None);
    }
}
