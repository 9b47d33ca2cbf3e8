//! Points in time: the `upload-time` of index pages (PEP 700, RFC 3339), and the values of `--uploaded-prior-to`
//! (ISO 8601 as Python's `datetime.fromisoformat` takes it, or `P<days>D`).

use std::fmt;

use requirement::python_repr;

const DAY: i64 = 86_400_000_000;
const SECOND: i64 = 1_000_000;

/// A point in time: microseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no point in time, in the words of pip and Python.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "invalid value: {}: {reason}. Expected an ISO 8601 datetime string (e.g., '2023-01-01' or \
     '2023-01-01T00:00:00Z') or a duration in days (e.g., 'P3D')",
    python_repr(value)
)]
pub struct InvalidTimestamp {
    /// The value.
    pub value: String,
    /// What is wrong.
    pub reason: String,
}

impl Timestamp {
    /// From microseconds since 1970-01-01 00:00 UTC.
    pub fn from_microseconds(microseconds: i64) -> Self {
        Self(microseconds)
    }

    /// Microseconds since 1970-01-01 00:00 UTC.
    pub fn microseconds(self) -> i64 {
        self.0
    }

    /// Reads the `upload-time` that an index gives; where it names no zone it is taken for UTC.
    pub fn parse_upload_time(text: &str) -> Option<Self> {
        let (wall_clock, offset) = iso_format(text).ok()?;
        Some(Self(wall_clock - offset.unwrap_or(0)))
    }

    /// Reads a value of `--uploaded-prior-to`: a date or a date and time, which is local where it names no zone,
    /// or `P<n>D`, so many days before `now`. `local_offset` gives the seconds that local time is ahead of UTC at
    /// what the clock on the wall shows (here as if it were UTC).
    pub fn parse_limit(
        value: &str,
        now: Self,
        local_offset: &dyn Fn(Self) -> i64,
    ) -> Result<Self, InvalidTimestamp> {
        let invalid = |reason: String| InvalidTimestamp { value: value.to_owned(), reason };
        if let Some(days) = value.strip_prefix('P').and_then(|rest| rest.strip_suffix('D'))
            && !days.is_empty()
            && days.bytes().all(|byte| byte.is_ascii_digit())
        {
            let days: Option<i64> = days.parse().ok();
            let ago = days.and_then(|days| days.checked_mul(DAY)).and_then(|ago| now.0.checked_sub(ago));
            return ago
                .filter(|limit| *limit >= days_since_1970(1, 1, 1) * DAY)
                .map(Self)
                .ok_or_else(|| invalid("date value out of range".to_owned()));
        }
        let (wall_clock, offset) = iso_format(value).map_err(|error| {
            invalid(error.unwrap_or_else(|| format!("Invalid isoformat string: {}", python_repr(value))))
        })?;
        Ok(Self(wall_clock - offset.unwrap_or_else(|| local_offset(Self(wall_clock)).saturating_mul(SECOND))))
    }
}

impl fmt::Display for Timestamp {
    /// In UTC, as Python writes a `datetime`: `2023-01-01 00:00:00+00:00`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.div_euclid(DAY), self.0.rem_euclid(DAY));
        let (year, month, day) = date_of(days);
        let (seconds, microseconds) = (rest / SECOND, rest % SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(formatter, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")?;
        if microseconds > 0 {
            write!(formatter, ".{microseconds:06}")?;
        }
        formatter.write_str("+00:00")
    }
}

/// What the clock on the wall shows, in microseconds as if it were UTC, and by how many it is ahead of UTC, where
/// that is said. The error is what a part of the value does wrong; none where there is no such value.
fn iso_format(text: &str) -> Result<(i64, Option<i64>), Option<String>> {
    let separator = separator_place(text.as_bytes()).ok_or(None)?;
    let (date, rest) = text.split_at_checked(separator).ok_or(None)?;
    let days = date_days(date.as_bytes());
    let mut characters = rest.chars();
    if characters.next().is_none() || days == Err(None) {
        return days.map(|days| (days * DAY, None));
    }
    // Whether it is a date and a time at all comes before what is wrong with the date.
    let (clock, offset) = clock_and_offset(characters.as_str().as_bytes()).ok_or(None)?;
    let days = days?;
    let [hour, minute, second, microsecond] = clock;
    let checks = [
        (hour, 24, "hour must be in 0..23"),
        (minute, 60, "minute must be in 0..59"),
        (second, 60, "second must be in 0..59"),
    ];
    if let Some((_, _, reason)) = checks.into_iter().find(|(value, end, _)| value >= end) {
        return Err(Some(reason.to_owned()));
    }
    if offset.is_some_and(|offset| offset.abs() >= DAY) {
        let reason = "offset must be strictly between -24 and 24 hours";
        return Err(Some(reason.to_owned()));
    }
    Ok((days * DAY + microseconds(hour, minute, second) + microsecond, offset))
}

fn microseconds(hour: i64, minute: i64, second: i64) -> i64 {
    (hour * 3600 + minute * 60 + second) * SECOND
}

/// Where the date ends: behind `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-Www[-D]` or `YYYYWww[D]`.
fn separator_place(text: &[u8]) -> Option<usize> {
    let is_digit = |place: usize| text.get(place).is_some_and(u8::is_ascii_digit);
    match (text.len(), text.get(4)?, text.get(5)?) {
        (..7, ..) => None,
        (7, ..) => Some(7),
        (_, b'-', b'W') if text.get(8) == Some(&b'-') => match text.len() {
            9 => None,
            // `YYYY-Www-##`: the dash is the separator and the digits are the hour.
            11.. if is_digit(10) => Some(8),
            _ => Some(10),
        },
        (_, b'-', b'W') => Some(8),
        (_, b'-', _) => Some(10),
        (_, b'W', _) => {
            let end = (7..text.len()).find(|place| !is_digit(*place)).unwrap_or(text.len());
            Some(match end {
                ..9 => end,
                // Of the digits behind the week one is the day, if their number is odd.
                _ if end % 2 == 0 => 7,
                _ => 8,
            })
        }
        _ => Some(8),
    }
}

/// Two or four digits at `place`.
fn number(text: &[u8], place: usize, length: usize) -> Option<i64> {
    let digits = text.get(place..place + length)?;
    digits
        .iter()
        .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
}

/// The days since 1970 of a date.
fn date_days(text: &[u8]) -> Result<i64, Option<String>> {
    let year = number(text, 0, 4).ok_or(None)?;
    let has_dashes = text.get(4) == Some(&b'-');
    let dash = |place: usize| !has_dashes || text.get(place) == Some(&b'-');
    let start = 4 + usize::from(has_dashes);
    if text.get(start) == Some(&b'W') {
        let week = number(text, start + 1, 2).ok_or(None)?;
        let mut end = start + 3;
        let mut day = 1;
        if end < text.len() {
            if !dash(end) {
                return Err(None);
            }
            end += usize::from(has_dashes);
            day = number(text, end, 1).ok_or(None)?;
            end += 1;
        }
        if end != text.len() {
            return Err(None);
        }
        return week_days(year, week, day);
    }
    let month = number(text, start, 2).ok_or(None)?;
    let day_place = start + 2 + usize::from(has_dashes);
    if !dash(start + 2) || day_place + 2 != text.len() {
        return Err(None);
    }
    let day = number(text, day_place, 2).ok_or(None)?;
    let reason = if year == 0 {
        "year 0 is out of range"
    } else if !(1..=12).contains(&month) {
        "month must be in 1..12"
    } else if !(1..=month_length(year, month)).contains(&day) {
        "day is out of range for month"
    } else {
        return Ok(days_since_1970(year, month, day));
    };
    Err(Some(reason.to_owned()))
}

/// The days since 1970 of a day of an ISO week.
fn week_days(year: i64, week: i64, day: i64) -> Result<i64, Option<String>> {
    // 1970-01-01 was a Thursday; the first week is the one with the year's first Thursday.
    let first_monday = |year: i64| {
        let fourth = days_since_1970(year, 1, 4);
        fourth - (fourth + 3).rem_euclid(7)
    };
    let weeks = (first_monday(year + 1) - first_monday(year)) / 7;
    if year == 0 || !(1..=weeks).contains(&week) || !(1..=7).contains(&day) {
        return Err(None);
    }
    let days = first_monday(year) + (week - 1) * 7 + day - 1;
    if days > days_since_1970(9999, 12, 31) {
        return Err(Some("year 10000 is out of range".to_owned()));
    }
    if days < days_since_1970(1, 1, 1) {
        return Err(Some("year 0 is out of range".to_owned()));
    }
    Ok(days)
}

/// The time of day, and how far ahead of UTC it is in microseconds, where that is said.
fn clock_and_offset(text: &[u8]) -> Option<([i64; 4], Option<i64>)> {
    let end = text.iter().position(|byte| matches!(byte, b'+' | b'-' | b'Z')).unwrap_or(text.len());
    // Python passes over a blank between the time and the zone.
    let time = text.get(..end)?;
    let time = time.strip_suffix(b" ").filter(|_| end < text.len()).unwrap_or(time);
    let clock = clock(time)?;
    let zone = text.get(end + 1..).unwrap_or_default();
    let offset = match text.get(end) {
        None => None,
        Some(b'Z') => zone.is_empty().then_some(Some(0))?,
        Some(sign) => {
            let [hour, minute, second, microsecond] = self::clock(zone)?;
            let ahead = microseconds(hour, minute, second) + microsecond;
            Some(if *sign == b'-' { -ahead } else { ahead })
        }
    };
    Some((clock, offset))
}

/// `HH[:MM[:SS]]` with colons or without, and a fraction behind: hour, minute, second, microseconds.
fn clock(text: &[u8]) -> Option<[i64; 4]> {
    let mut clock = [0; 4];
    let has_colons = text.get(2) == Some(&b':');
    let mut place = 0;
    for part in 0..3 {
        *clock.get_mut(part)? = number(text, place, 2)?;
        place += 2;
        match text.get(place) {
            None => return Some(clock),
            Some(b'.' | b',') => break,
            Some(b':') if has_colons && part < 2 => place += 1,
            Some(_) if !has_colons && part < 2 => {}
            Some(_) => return None,
        }
    }
    let fraction = text.get(place + 1..).filter(|digits| !digits.is_empty())?;
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = fraction.iter().chain(std::iter::repeat(&b'0')).take(6);
    clock[3] = digits.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Some(clock)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01 to a date of the Gregorian calendar. Years begin in March here, so that the leap day is
/// the last one, and come in cycles of 400.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, year_of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * 146_097 + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year - 719_468
}

/// Year, month and day, so many days after 1970-01-01: [`days_since_1970`] turned round.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    (cycle * 400 + year_of_cycle + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    /// Two hours ahead of UTC, at 2024-01-02 03:04:05 UTC.
    fn limit(value: &str) -> Result<String, String> {
        let now = Timestamp::parse_upload_time("2024-01-02T03:04:05Z").unwrap();
        let limit = Timestamp::parse_limit(value, now, &|_| 7200);
        limit.map(|limit| limit.to_string()).map_err(|error| error.reason)
    }

    /// What `datetime.fromisoformat` of Python 3.11 gives.
    #[test]
    fn dates_and_times_are_read_as_python_reads_them() {
        for (value, expected) in [
            ("2020-01-02", "2020-01-01 22:00:00+00:00"),
            ("20200102", "2020-01-01 22:00:00+00:00"),
            ("2020-01-02T12:00:00Z", "2020-01-02 12:00:00+00:00"),
            ("2020-01-02 12:00Z", "2020-01-02 12:00:00+00:00"),
            ("2020-01-02é12:00", "2020-01-02 10:00:00+00:00"),
            ("2020-01-02T12", "2020-01-02 10:00:00+00:00"),
            ("2020-01-02T1230", "2020-01-02 10:30:00+00:00"),
            ("2020-01-02T12:00:00,1234567Z", "2020-01-02 12:00:00.123456+00:00"),
            ("20200102T120000.5+0530", "2020-01-02 06:30:00.500000+00:00"),
            ("2020-01-02T12:00+23:59:59.999999", "2020-01-01 12:00:00.000001+00:00"),
            ("2020-01-02T12:00 -01:00", "2020-01-02 13:00:00+00:00"),
            ("2020-01-02T12:00:00-00:00:01", "2020-01-02 12:00:01+00:00"),
            ("2020-02-29T00:00+00", "2020-02-29 00:00:00+00:00"),
            ("2020-W53-1T00Z", "2020-12-28 00:00:00+00:00"),
            ("2020W011T00Z", "2019-12-30 00:00:00+00:00"),
            ("2020W01T00Z", "2019-12-30 00:00:00+00:00"),
            ("2020-W01T00Z", "2019-12-30 00:00:00+00:00"),
            ("2020-W01-1T00Z", "2019-12-30 00:00:00+00:00"),
            ("2020-W01-12:00Z", "2019-12-30 12:00:00+00:00"),
            ("2020-W01", "2019-12-29 22:00:00+00:00"),
            ("0001-01-01T00:00Z", "0001-01-01 00:00:00+00:00"),
            ("9999-12-31T23:59:59Z", "9999-12-31 23:59:59+00:00"),
            ("P0D", "2024-01-02 03:04:05+00:00"),
            ("P3D", "2023-12-30 03:04:05+00:00"),
            ("P007D", "2023-12-26 03:04:05+00:00"),
        ] {
            assert_eq!(limit(value).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_as_python_tells_it() {
        for (value, reason) in [
            ("2020-13-01", "month must be in 1..12"),
            ("2020-00-01", "month must be in 1..12"),
            ("2020-02-30", "day is out of range for month"),
            ("2021-02-29", "day is out of range for month"),
            ("1900-02-29", "day is out of range for month"),
            ("0000-01-01", "year 0 is out of range"),
            ("2020-01-01T24:00", "hour must be in 0..23"),
            ("2020-01-01T23:60", "minute must be in 0..59"),
            ("2020-01-01T23:59:60", "second must be in 0..59"),
            ("2020-01-01T12:00+24:00", "offset must be strictly between -24 and 24 hours"),
            ("9999-W52-7", "year 10000 is out of range"),
            ("P999999999999999999999D", "date value out of range"),
            ("P9999999D", "date value out of range"),
        ] {
            assert_eq!(limit(value).unwrap_err(), reason, "{value}");
        }
        for value in [
            "",
            "x",
            "2020",
            "2020-01",
            "2020-001",
            "2020-0101",
            "202001-01",
            " 2020-01-01",
            "2020-01-01 ",
            "2020-01-01T",
            "2020-01-01T1",
            "2020-01-01T12:00z",
            "2020-01-01T12:00:00.",
            "2020-01-01T12:00:00+",
            "2020-01-01T1200:00",
            "2020-01-01T12:0000",
            "2020-W54-1",
            "2021-W53-1",
            "2020-W00",
            "2020-W01-8",
            "2020-W01-0",
            "2020-W01-",
            "0000-W01",
            "２０２０-01-01",
            "P3",
            "PD",
            "p3D",
            "P-3D",
            "P1.5D",
            "P3DT1H",
            "P1W",
        ] {
            assert_eq!(limit(value).unwrap_err(), format!("Invalid isoformat string: '{value}'"));
        }
        let error = Timestamp::parse_limit("yesterday", Timestamp::from_microseconds(0), &|_| 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid value: 'yesterday': Invalid isoformat string: 'yesterday'. Expected an ISO 8601 datetime string \
             (e.g., '2023-01-01' or '2023-01-01T00:00:00Z') or a duration in days (e.g., 'P3D')"
        );
    }

    #[test]
    fn the_local_offset_is_that_of_the_wall_clock() {
        let summer = Timestamp::parse_upload_time("2024-03-31T02:00:00Z").unwrap();
        let offset = |wall_clock: Timestamp| if wall_clock < summer { 3600 } else { 7200 };
        let read = |value| Timestamp::parse_limit(value, summer, &offset).unwrap().to_string();
        assert_eq!(read("2024-03-31"), "2024-03-30 23:00:00+00:00");
        assert_eq!(read("2024-03-31T12:00"), "2024-03-31 10:00:00+00:00");
    }

    #[test]
    fn upload_times_are_read() {
        for (text, microseconds) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:01.000002Z", Some(1_000_002)),
            ("1969-12-31T23:59:59.999999+00:00", Some(-1)),
            ("2022-12-03T13:45:10.123Z", Some(1_670_075_110_123_000)),
            ("2022-12-03T13:45:10", Some(1_670_075_110_000_000)),
            ("2020", None),
            ("", None),
        ] {
            assert_eq!(
                Timestamp::parse_upload_time(text).map(Timestamp::microseconds),
                microseconds,
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), digits in "[0-9]{4}[-W]?[0-9:.,+ZTW-]{0,20}") {
            let _ = limit(&text);
            let _ = limit(&digits);
        }

        #[test]
        fn what_is_written_is_read(microseconds in -62_135_596_800_000_000..253_402_300_800_000_000_i64) {
            let text = Timestamp::from_microseconds(microseconds).to_string();
            prop_assert_eq!(Timestamp::parse_upload_time(&text), Some(Timestamp(microseconds)));
        }
    }
}
