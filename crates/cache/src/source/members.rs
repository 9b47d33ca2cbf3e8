//! Looking through a source archive without unpacking it: every member in the archive's order, with its content as a
//! stream. What unpacking would refuse of the archive itself (its structure, its limits) is refused here too; what it would
//! refuse of a path is left to whoever looks.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use distribution::Sha256;
use memmap2::Mmap;

use super::stream::{Bounded, Hashing};
use super::{SourceArchive, SourceFormat, SourceLimits, SourceProblem, Stop};
use crate::tar::{TarKind, TarReader};
use crate::zip::{ZipLimits, ZipReader};
use crate::{Cache, CacheError};

/// What a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceMemberKind {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// A symbolic or hard link, with its target as written.
    Link(String),
}

/// A member of a source archive, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMember {
    /// The path as written, but for the encoding.
    pub path: String,
    /// What it is.
    pub kind: SourceMemberKind,
    /// Bytes of content.
    pub size: u64,
    /// Whether an executable bit is set.
    pub executable: bool,
    /// When it was changed: seconds since 1970 in tar archives, the two DOS words in zip archives.
    pub modified: Option<u64>,
}

impl Cache {
    /// Shows the members of a source archive to `visit`, one after the other; what it does not read of a content is
    /// passed over. Gives the hash of the archive.
    pub fn read_source(
        archive: &SourceArchive<'_>,
        limits: &SourceLimits,
        visit: &mut dyn FnMut(SourceMember, &mut dyn Read) -> std::io::Result<()>,
    ) -> Result<Sha256, CacheError> {
        read(archive, limits, visit).map_err(|stop| stop.about(archive))
    }
}

type Visit<'a> = dyn FnMut(SourceMember, &mut dyn Read) -> std::io::Result<()> + 'a;

fn read(archive: &SourceArchive<'_>, limits: &SourceLimits, visit: &mut Visit<'_>) -> Result<Sha256, Stop> {
    let format = SourceFormat::of(archive.filename).ok_or(SourceProblem::UnknownFormat)?;
    let read_error = |error| CacheError::io("cannot read", Path::new(archive.filename), error);
    if format == SourceFormat::Zip {
        // SAFETY: a finished download is ours alone; a local archive is the user's, who is told not to change it.
        let bytes = unsafe { Mmap::map(archive.file) }.map_err(read_error)?;
        read_zip(&bytes, limits, visit)?;
        return Ok(Sha256::of(&bytes));
    }
    let mut hashing = Hashing::new(archive.file, archive.promised).map_err(read_error)?;
    let result = match hashing.bounded(format, limits) {
        Ok(stream) => read_tar(stream, limits, visit),
        Err(error) => Err(SourceProblem::Unreadable(error.to_string()).into()),
    };
    let (sha256, rest) = hashing.finish(archive.filename)?;
    result?;
    if rest > 0 {
        return Err(SourceProblem::Unreadable(format!("{rest} bytes follow its end")).into());
    }
    Ok(sha256)
}

fn read_tar(stream: Bounded<'_>, limits: &SourceLimits, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let mut reader = TarReader::new(stream);
    let mut count = 0;
    while let Some(entry) = reader.next()? {
        count += 1;
        if count > limits.entries {
            return Err(Stop::entry("archive", format!("it has more than {} entries", limits.entries)));
        }
        let kind = match entry.kind {
            TarKind::File => SourceMemberKind::File,
            TarKind::Directory => SourceMemberKind::Directory,
            TarKind::SymbolicLink(target) | TarKind::HardLink(target) => SourceMemberKind::Link(target),
        };
        let member = SourceMember {
            path: entry.path,
            kind,
            size: entry.size,
            executable: entry.executable,
            modified: entry.modified,
        };
        visit(member, &mut reader).map_err(unreadable)?;
    }
    Ok(())
}

fn read_zip(bytes: &[u8], limits: &SourceLimits, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let SourceLimits { entries, total_size, ratio } = *limits;
    let zip = ZipReader::with_limits(bytes, &ZipLimits { entries, total_size, ratio, links: true })?;
    for entry in zip.directories().iter().chain(zip.entries()) {
        let content = if entry.is_directory { Cow::default() } else { zip.read(entry)? };
        let kind = match (entry.is_directory, entry.is_link) {
            (true, _) => SourceMemberKind::Directory,
            (false, true) => SourceMemberKind::Link(String::from_utf8_lossy(&content).into_owned()),
            (false, false) => SourceMemberKind::File,
        };
        let member = SourceMember {
            path: entry.path.as_str().to_owned(),
            kind,
            size: entry.size,
            executable: entry.executable,
            modified: Some(entry.modified.into()),
        };
        visit(member, &mut &*content).map_err(unreadable)?;
    }
    Ok(())
}

fn unreadable(error: std::io::Error) -> Stop {
    SourceProblem::Unreadable(error.to_string()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs::File;
    use std::io::Write;

    use super::*;

    fn members(filename: &str, content: &[u8]) -> Result<Vec<(String, String)>, CacheError> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(filename);
        std::fs::write(&path, content).unwrap();
        let file = File::open(&path).unwrap();
        let archive = SourceArchive { filename, file: &file, promised: &[] };
        let mut found = Vec::new();
        let sha256 = Cache::read_source(&archive, &SourceLimits::default(), &mut |member, content| {
            let mut text = String::new();
            content.read_to_string(&mut text)?;
            found.push((member.path, text));
            Ok(())
        })?;
        assert_eq!(sha256, Sha256::of(content));
        Ok(found)
    }

    #[test]
    fn zip_members_are_shown() {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("a-1/PKG-INFO", zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(b"Name: a").unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        let found = members("a-1.zip", &bytes).unwrap();
        assert_eq!(found, [("a-1/PKG-INFO".to_owned(), "Name: a".to_owned())]);
        assert!(members("a-1.tar.gz", &bytes).unwrap_err().to_string().contains("not what its name says"));
    }
}
