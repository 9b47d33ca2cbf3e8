//! Inflating entries (RFC 1951) in parts of bounded size, with the checks of length and CRC.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{Method, ZipEntry, ZipError, local};

/// Entries up to this size are inflated in one go; larger ones in parts of it. It bounds the memory of a worker.
const PART: usize = 4 << 20;

/// A decoder and its buffer, reused from entry to entry.
#[derive(Default)]
pub struct Inflater {
    state: Option<Inflate>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Inflater").finish_non_exhaustive()
    }
}

impl Inflater {
    /// Hands the content of `entry` to `sink` part by part, given the bytes of its range.
    pub(crate) fn stream<E: From<ZipError>>(
        &mut self,
        entry: &ZipEntry,
        bytes: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let data = local::data(entry, bytes)?;
        match entry.method {
            Method::Stored => {
                check_stored(entry, data)?;
                sink(data)
            }
            Method::Deflate => self.inflate(entry, data, sink),
        }
    }

    fn inflate<E: From<ZipError>>(
        &mut self,
        entry: &ZipEntry,
        data: &[u8],
        sink: &mut dyn FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let refuse = |reason: &str| ZipError::entry(entry.path.as_str(), reason);
        let state = self.state.get_or_insert_with(|| Inflate::new(false, 15));
        state.reset(false);
        let mut crc = crc32fast::Hasher::new();
        let mut input = data;
        let mut written: u64 = 0;
        loop {
            // One byte more than the entry may have, so that a longer one is noticed and not cut off.
            let room =
                usize::try_from(entry.size - written).map_or(PART, |left| left.saturating_add(1).min(PART));
            if self.buffer.len() < room {
                self.buffer.resize(room, 0);
            }
            let flush = if room < PART { InflateFlush::Finish } else { InflateFlush::NoFlush };
            let output = self.buffer.get_mut(..room).unwrap_or_default();
            let before = (state.total_in(), state.total_out());
            let status = state
                .decompress(input, output, flush)
                .map_err(|error| refuse(&format!("its data cannot be inflated: {}", error.as_str())))?;
            let consumed = usize::try_from(state.total_in() - before.0).unwrap_or(usize::MAX);
            let produced = usize::try_from(state.total_out() - before.1).unwrap_or(usize::MAX);
            input = input.get(consumed..).unwrap_or_default();
            written = written.saturating_add(produced as u64);
            if written > entry.size {
                return Err(refuse("it is larger than it says").into());
            }
            let part = self.buffer.get(..produced).unwrap_or_default();
            crc.update(part);
            if produced > 0 || entry.size == 0 {
                sink(part)?;
            }
            match status {
                Status::StreamEnd => break,
                _ if consumed == 0 && produced == 0 => return Err(refuse("its data is cut off").into()),
                _ => {}
            }
        }
        if !input.is_empty() {
            return Err(refuse("its data is followed by bytes that belong to no entry").into());
        }
        if written != entry.size {
            return Err(refuse("it is smaller than it says").into());
        }
        check_crc(entry, crc.finalize()).map_err(E::from)
    }
}

/// Checks an entry that is stored as it is.
pub(crate) fn check_stored(entry: &ZipEntry, data: &[u8]) -> Result<(), ZipError> {
    check_crc(entry, crc32fast::hash(data))
}

/// Checks that a directory holds nothing, also nothing compressed.
pub(crate) fn check_directory(entry: &ZipEntry, data: &[u8]) -> Result<(), ZipError> {
    match (entry.method, data) {
        // An empty final block of fixed codes is what compressors write for nothing.
        (Method::Stored, []) | (Method::Deflate, [] | [3, 0]) => check_crc(entry, 0),
        _ => Err(ZipError::entry(entry.path.as_str(), "it is a directory with content")),
    }
}

fn check_crc(entry: &ZipEntry, crc: u32) -> Result<(), ZipError> {
    if crc == entry.crc {
        return Ok(());
    }
    Err(ZipError::entry(entry.path.as_str(), "its content has another CRC than it says"))
}
