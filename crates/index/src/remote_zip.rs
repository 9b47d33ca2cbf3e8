//! METADATA out of the last bytes of a wheel: the central directory lies there, and by custom `.dist-info` before it.
//! The strict reader's rules apply; whatever it does not like is left to whoever reads the whole wheel.

use std::ops::Range;

use cache::{ZipDirectory, ZipEntry, ZipError, ZipLimits};

/// No METADATA is larger (uncompressed).
pub(crate) const LARGEST_METADATA: u64 = 32 << 20;

/// How much before the central directory is asked for along with it: METADATA and RECORD of most wheels.
const BEFORE_DIRECTORY: u64 = 32 << 10;

/// What is known of a wheel: its length and its end.
pub(crate) struct WheelTail {
    length: u64,
    offset: u64,
    bytes: Vec<u8>,
}

/// What to do next.
pub(crate) enum Step {
    /// The bytes of this range are to be put in front.
    Extend(Range<u64>),
    /// The entry lies elsewhere: read [`ZipEntry::range`], then [`ZipEntry::read_from`].
    Read(ZipEntry),
    /// The content of METADATA.
    Done(Vec<u8>),
}

impl WheelTail {
    /// `bytes` are the last ones of a wheel of `length` bytes; none where they are more than that.
    pub(crate) fn new(length: u64, bytes: Vec<u8>) -> Option<Self> {
        let offset = length.checked_sub(bytes.len() as u64)?;
        Some(Self { length, offset, bytes })
    }

    /// Puts bytes in front; false where they do not end where the known ones begin.
    pub(crate) fn extend(&mut self, start: u64, mut bytes: Vec<u8>) -> bool {
        if start.checked_add(bytes.len() as u64) != Some(self.offset) {
            return false;
        }
        bytes.append(&mut self.bytes);
        (self.offset, self.bytes) = (start, bytes);
        true
    }

    /// The next step towards METADATA.
    pub(crate) fn step(&self) -> Result<Step, ZipError> {
        let location = ZipDirectory::locate(&self.bytes, self.length)?;
        let range = location.range();
        let Some(central) = self.slice(&range) else {
            return Ok(Step::Extend(range.start.saturating_sub(BEFORE_DIRECTORY)..self.offset));
        };
        let directory = ZipDirectory::parse(central, &location, &ZipLimits::default())?;
        let mut found = directory.entries().iter().filter(|entry| is_metadata(entry.path.as_str()));
        let wrong = |reason: &str| ZipError { entry: "METADATA".to_owned(), reason: reason.to_owned() };
        let (Some(entry), None) = (found.next(), found.next()) else {
            return Err(wrong("there is not exactly one"));
        };
        if entry.size > LARGEST_METADATA || entry.range().end - entry.range().start > LARGEST_METADATA {
            return Err(wrong("it is too large"));
        }
        match self.slice(&entry.range()) {
            Some(bytes) => Ok(Step::Done(entry.read_from(bytes)?.into_owned())),
            None => Ok(Step::Read(entry.clone())),
        }
    }

    fn slice(&self, range: &Range<u64>) -> Option<&[u8]> {
        let start = usize::try_from(range.start.checked_sub(self.offset)?).ok()?;
        let end = usize::try_from(range.end.checked_sub(self.offset)?).ok()?;
        self.bytes.get(start..end)
    }
}

pub(crate) fn is_metadata(path: &str) -> bool {
    path.strip_suffix(".dist-info/METADATA").is_some_and(|stem| !stem.contains('/'))
}

/// How many of the last bytes to ask for first: the central directory has some 100 bytes a file, and larger wheels
/// have more files.
pub(crate) fn first_bytes(size: Option<u64>) -> u64 {
    size.map_or(64 << 10, |size| (size / 64).clamp(16 << 10, 256 << 10))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use test_support::WheelBuilder;

    use super::*;

    /// Reads METADATA as over the network; gives it with the number of requests.
    fn read(wheel: &[u8], first: usize) -> (Vec<u8>, usize) {
        let length = wheel.len() as u64;
        let part = |range: Range<u64>| wheel[range.start as usize..range.end as usize].to_vec();
        let start = length.saturating_sub(first as u64);
        let mut tail = WheelTail::new(length, part(start..length)).unwrap();
        for requests in 1.. {
            match tail.step().unwrap() {
                Step::Extend(range) => assert!(tail.extend(range.start, part(range))),
                Step::Read(entry) => {
                    return (entry.read_from(&part(entry.range())).unwrap().into_owned(), requests + 1);
                }
                Step::Done(bytes) => return (bytes, requests),
            }
        }
        unreachable!()
    }

    #[test]
    fn metadata_is_found_from_the_end() {
        let noise: Vec<u8> =
            (0..200_000_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let small = WheelBuilder::new("demo", "1.0").requires("click");
        let mut many = WheelBuilder::new("demo", "1.0").file("demo/big.bin", &noise);
        for number in 0..2000 {
            many = many.file(&format!("demo/some/package/module_{number}.py"), b"");
        }
        for (builder, first, requests) in [(&small, 64 << 10, 1), (&many, 512 << 10, 1), (&many, 16 << 10, 2)]
        {
            let wheel = builder.build();
            let (metadata, made) = read(&wheel, first);
            assert_eq!((metadata, made), (builder.metadata().into_bytes(), requests));
        }
        // METADATA in front of large files.
        let early = WheelBuilder::new("demo", "1.0").file("demo/big.bin", &noise).stored().metadata_first();
        let (metadata, made) = read(&early.build(), 16 << 10);
        assert_eq!((metadata, made), (early.metadata().into_bytes(), 2));
    }

    #[test]
    fn nonsense_is_an_error() {
        let wheel = WheelBuilder::new("demo", "1.0").build();
        let tail = |bytes: &[u8]| WheelTail::new(bytes.len() as u64, bytes.to_vec()).unwrap();
        assert!(tail(b"").step().is_err());
        assert!(tail(b"<html>not a wheel</html>").step().is_err());
        assert!(tail(&wheel[..wheel.len() - 1]).step().is_err());
        assert!(tail(&[&wheel[..], b"x"].concat()).step().is_err());
        assert!(WheelTail::new(3, vec![0; 4]).is_none());
        assert!(!tail(&wheel).extend(5, vec![0; 3]));
    }
}
