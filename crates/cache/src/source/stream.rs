//! The bytes of a source archive on their way: hashed as they are read (what an index promised), decompressed, and
//! counted against the limits.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;
use std::rc::Rc;

use distribution::{Digest, HashAlgorithm, Hasher, Sha256};

use super::{SourceFormat, SourceLimits};
use crate::CacheError;
use crate::zip::RATIO_FREE;

/// What is read from the disk at once.
const BUFFER: usize = 256 << 10;
/// Memory for the dictionary of an .xz file: what `xz -9` needs, and no more.
const XZ_MEMORY_KIB: u32 = 96 << 10;

/// A file that is hashed while it is read.
pub(super) struct Hashing<'a> {
    file: &'a File,
    sha256: Hasher,
    /// Promises of other hashes.
    others: Vec<(&'a Digest, Hasher)>,
    promised_sha256: Vec<&'a Digest>,
    read: Rc<Cell<u64>>,
}

impl<'a> Hashing<'a> {
    pub(super) fn new(mut file: &'a File, promised: &'a [Digest]) -> io::Result<Self> {
        file.rewind()?;
        let (promised_sha256, others): (Vec<&Digest>, Vec<&Digest>) =
            promised.iter().partition(|digest| digest.algorithm == HashAlgorithm::Sha256);
        let others = others.into_iter().map(|digest| (digest, Hasher::new(digest.algorithm))).collect();
        let sha256 = Hasher::new(HashAlgorithm::Sha256);
        Ok(Self { file, sha256, others, promised_sha256, read: Rc::default() })
    }

    /// The decompressed stream.
    pub(super) fn bounded(&mut self, format: SourceFormat, limits: &SourceLimits) -> io::Result<Bounded<'_>> {
        let packed = Rc::clone(&self.read);
        let mut input = BufReader::with_capacity(BUFFER, self);
        // The decoders' own complaint about a file of another kind says little.
        let start = input.fill_buf()?;
        let magic: &[u8] = match format {
            SourceFormat::TarGzip => &[0x1f, 0x8b],
            SourceFormat::TarBzip2 => b"BZh",
            SourceFormat::TarXz => b"\xfd7zXZ\0",
            SourceFormat::Tar | SourceFormat::Zip => &[],
        };
        if !start.starts_with(magic) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is not what its name says"));
        }
        let input: Box<dyn Read + '_> = match format {
            SourceFormat::TarGzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            SourceFormat::TarBzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            SourceFormat::TarXz => Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB)),
            SourceFormat::Tar | SourceFormat::Zip => Box::new(input),
        };
        Ok(Bounded { input, packed, unpacked: 0, limits: *limits })
    }

    /// Reads what is left, and checks the promises; gives the hash and how much was left.
    pub(super) fn finish(mut self, what: &str) -> Result<(Sha256, u64), CacheError> {
        let before = self.read.get();
        let failed = |error| CacheError::io("cannot read", Path::new(what), error);
        io::copy(&mut self, &mut io::sink()).map_err(failed)?;
        let rest = self.read.get().saturating_sub(before);
        for (promised, hasher) in self.others {
            check(what, promised, hasher.finish())?;
        }
        let digest = self.sha256.finish();
        for promised in self.promised_sha256 {
            check(what, promised, digest.clone())?;
        }
        let sha256 = digest.sha256().ok_or_else(|| failed(io::Error::other("it has no SHA-256")))?;
        Ok((sha256, rest))
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        let bytes = buffer.get(..length).unwrap_or_default();
        self.sha256.update(bytes);
        for (_, hasher) in &mut self.others {
            hasher.update(bytes);
        }
        self.read.set(self.read.get().saturating_add(length as u64));
        Ok(length)
    }
}

/// Refuses a hash that is not the promised one.
pub(super) fn check(what: &str, promised: &Digest, got: Digest) -> Result<(), CacheError> {
    if got == *promised {
        return Ok(());
    }
    Err(CacheError::HashMismatch { what: what.to_owned(), expected: promised.clone(), got })
}

/// A decompressed stream that ends with an error where it becomes too long.
pub(super) struct Bounded<'a> {
    input: Box<dyn Read + 'a>,
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    limits: SourceLimits,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.unpacked = self.unpacked.saturating_add(length as u64);
        if self.unpacked > self.limits.total_size {
            let limit = self.limits.total_size;
            return Err(io::Error::other(format!("it unpacks to more than {limit} bytes")));
        }
        let allowed = self.packed.get().saturating_mul(self.limits.ratio);
        if self.unpacked > RATIO_FREE && self.unpacked > allowed {
            let ratio = self.limits.ratio;
            return Err(io::Error::other(format!("it unpacks to more than {ratio} times its size")));
        }
        Ok(length)
    }
}
