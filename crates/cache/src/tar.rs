//! The strict tar reader (POSIX.1-2001 ustar and pax, GNU long names; GNU tar's manual "Basic Tar Format"): one entry
//! after the other from a stream, nothing of which two readers could make different things.
//!
//! Refused: wrong checksums, sizes that header and pax record tell differently, malformed or repeated pax records, names
//! from two places, sparse files, devices and everything else that is no file, directory or link, links and
//! directories with content, what follows the end, names that are not UTF-8.

mod extensions;
mod header;

use std::io::{self, ErrorKind, Read};

use extensions::Extensions;
use header::{BLOCK, Header};

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TarKind {
    File,
    Directory,
    /// With its target, relative to the directory of the link.
    SymbolicLink(String),
    /// With its target, relative to the root of the archive.
    HardLink(String),
}

/// One entry. The names are as they were written, no more than decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TarEntry {
    pub(crate) path: String,
    pub(crate) kind: TarKind,
    /// Bytes of content; only files have any.
    pub(crate) size: u64,
    /// Whether an executable bit is set.
    pub(crate) executable: bool,
    /// Seconds since 1970; none where it is not known.
    pub(crate) modified: Option<u64>,
}

/// Why an archive is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TarError {
    /// It cannot be read: also what the decompressor says.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// An entry is wrong.
    #[error("{entry}: {reason}")]
    Entry { entry: String, reason: String },
}

impl TarError {
    fn archive(reason: impl Into<String>) -> Self {
        Self::Entry { entry: "archive".to_owned(), reason: reason.into() }
    }

    pub(crate) fn entry(entry: &str, reason: impl Into<String>) -> Self {
        Self::Entry { entry: entry.escape_debug().collect(), reason: reason.into() }
    }
}

/// Reads entries. The content of an entry is read from the reader itself, before the next entry.
pub(crate) struct TarReader<R> {
    input: R,
    /// Content of the current entry that was not read yet.
    content: u64,
    /// Bytes behind it, up to the next block.
    padding: u64,
}

impl<R: Read> TarReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, content: 0, padding: 0 }
    }

    /// The next entry; none at the end of the archive, where nothing but zeros follows.
    pub(crate) fn next(&mut self) -> Result<Option<TarEntry>, TarError> {
        let mut extensions = Extensions::default();
        loop {
            self.skip_rest()?;
            let Some(block) = self.block()? else {
                extensions.check_end()?;
                return Ok(None);
            };
            let header = Header::parse(&block)?;
            if extensions.is_extension(header.kind) {
                let content = self.extension_content(&header)?;
                extensions.add(header.kind, &content)?;
                continue;
            }
            let entry = extensions.entry(&header)?;
            self.content = entry.size;
            self.padding = padding(entry.size);
            return Ok(Some(entry));
        }
    }

    /// The next block that is not the end.
    fn block(&mut self) -> Result<Option<[u8; BLOCK]>, TarError> {
        let mut block = [0; BLOCK];
        match read_full(&mut self.input, &mut block)? {
            // Some writers leave the blocks of zeros out.
            0 => return Ok(None),
            BLOCK => {}
            _ => return Err(TarError::archive("it is cut off within a header")),
        }
        if block.iter().any(|byte| *byte != 0) {
            return Ok(Some(block));
        }
        let mut buffer = vec![0; 1 << 14];
        loop {
            let length = read_full(&mut self.input, &mut buffer)?;
            let rest = buffer.get(..length).unwrap_or_default();
            if rest.iter().any(|byte| *byte != 0) {
                return Err(TarError::archive("something follows its end"));
            }
            if length < buffer.len() {
                return Ok(None);
            }
        }
    }

    fn extension_content(&mut self, header: &Header<'_>) -> Result<Vec<u8>, TarError> {
        let size = header.size()?;
        let length = usize::try_from(size).ok().filter(|length| *length <= extensions::LIMIT);
        let length = length.ok_or_else(|| TarError::archive("it has a name or record longer than 1 MiB"))?;
        let mut content = vec![0; length];
        if read_full(&mut self.input, &mut content)? < length {
            return Err(TarError::archive("it is cut off within a long name or pax record"));
        }
        self.padding = padding(size);
        Ok(content)
    }

    /// Goes to the next header.
    fn skip_rest(&mut self) -> Result<(), TarError> {
        let mut left = self.content.saturating_add(self.padding);
        let mut buffer = [0; 4096];
        while left > 0 {
            let length = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
            let part = buffer.get_mut(..length).unwrap_or_default();
            if read_full(&mut self.input, part)? < length {
                return Err(TarError::archive("it is cut off within an entry"));
            }
            left -= length as u64;
        }
        (self.content, self.padding) = (0, 0);
        Ok(())
    }
}

impl<R: Read> Read for TarReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = usize::try_from(self.content).map_or(buffer.len(), |left| left.min(buffer.len()));
        if length == 0 {
            return Ok(0);
        }
        let read = self.input.read(buffer.get_mut(..length).unwrap_or_default())?;
        if read == 0 {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "it is cut off within an entry"));
        }
        self.content -= read as u64;
        Ok(read)
    }
}

/// Bytes from the end of a content to the next block.
fn padding(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

/// Reads until the buffer is full or nothing is left; gives how much that was.
fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> Result<usize, io::Error> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
