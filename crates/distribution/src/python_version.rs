//! Values of `--python-version`, as pip reads them: `3`, `3.7`, `37`, `3.7.3`.

use std::fmt;

use requirement::{Version, python_repr};

/// Major, minor and patch version of Python, as many of them as were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PythonVersion {
    major: u32,
    minor: Option<u32>,
    patch: Option<u32>,
}

/// A value of `--python-version` that is none, in pip's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid --python-version value: {}: {reason}", python_repr(value))]
pub struct InvalidPythonVersion {
    /// The value.
    pub value: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl PythonVersion {
    /// Reads a value; the empty one says nothing. A number of several digits alone is a major version of one digit
    /// and a minor version.
    pub fn parse(value: &str) -> Result<Option<Self>, InvalidPythonVersion> {
        let invalid = |reason| InvalidPythonVersion { value: value.to_owned(), reason };
        if value.is_empty() {
            return Ok(None);
        }
        let mut parts: Vec<&str> = value.split('.').collect();
        if parts.len() > 3 {
            return Err(invalid("at most three version parts are allowed"));
        }
        if let [only] = parts.as_slice()
            && let Some((major, minor)) = only.split_at_checked(1)
            && !minor.is_empty()
        {
            parts = vec![major, minor];
        }
        let numbers: Option<Vec<u32>> = parts.iter().map(|part| number(part)).collect();
        let numbers = numbers.ok_or_else(|| invalid("each version part must be an integer"))?;
        let mut numbers = numbers.into_iter();
        let major = numbers.next().ok_or_else(|| invalid("each version part must be an integer"))?;
        Ok(Some(Self { major, minor: numbers.next(), patch: numbers.next() }))
    }

    /// The version that `Requires-Python` is compared with: what was not given is 0.
    pub fn full(self) -> Version {
        let [minor, patch] = [self.minor, self.patch].map(|number| u64::from(number.unwrap_or(0)));
        Version::of_release(&[self.major.into(), minor, patch])
    }

    /// What the tags depend on; see [`crate::TargetTags::python`].
    pub fn tags(self) -> (u32, Option<u32>) {
        (self.major, self.minor)
    }
}

fn number(part: &str) -> Option<u32> {
    let digits = part.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

impl fmt::Display for PythonVersion {
    /// The parts that were given, with dots: `37` is `3.7`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.major)?;
        for number in [self.minor, self.patch].into_iter().flatten() {
            write!(formatter, ".{number}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn values_are_read_as_pip_reads_them() {
        for (value, shown, full, tags) in [
            ("3", "3", "3.0.0", (3, None)),
            ("3.7", "3.7", "3.7.0", (3, Some(7))),
            ("37", "3.7", "3.7.0", (3, Some(7))),
            ("310", "3.10", "3.10.0", (3, Some(10))),
            ("3.7.3", "3.7.3", "3.7.3", (3, Some(7))),
            ("03.07", "3.7", "3.7.0", (3, Some(7))),
            ("3. 7", "3.7", "3.7.0", (3, Some(7))),
        ] {
            let version = PythonVersion::parse(value).unwrap().unwrap();
            assert_eq!(
                (version.to_string().as_str(), version.full().to_string().as_str(), version.tags()),
                (shown, full, tags)
            );
        }
        assert_eq!(PythonVersion::parse(""), Ok(None));
    }

    #[test]
    fn mistakes_are_told_as_pip_tells_them() {
        for (value, reason) in [
            ("3.7.3.1", "at most three version parts are allowed"),
            ("3.x", "each version part must be an integer"),
            ("3.", "each version part must be an integer"),
            ("x", "each version part must be an integer"),
            ("é", "each version part must be an integer"),
            (".", "each version part must be an integer"),
            ("3.-1", "each version part must be an integer"),
            ("3.99999999999", "each version part must be an integer"),
            (">=3", "each version part must be an integer"),
        ] {
            let error = PythonVersion::parse(value).unwrap_err().to_string();
            assert_eq!(error, format!("invalid --python-version value: '{value}': {reason}"));
        }
    }
}
