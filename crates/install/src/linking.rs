//! How a file gets from the cache into an environment: a second name for it (hard link), a copy that shares its
//! blocks (reflink), or a plain copy. What the pair of file systems can do is found out by the first file.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::directory::{Directory, time};

/// A way to place a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkMode {
    /// A second name of the cached file: fastest, and takes no space.
    HardLink,
    /// A copy that shares the blocks of the cached file (Btrfs, XFS, APFS).
    Reflink,
    /// A copy.
    Copy,
}

/// Places files from the cache on one file system.
#[derive(Debug)]
pub(crate) struct Linker {
    hard_links: AtomicBool,
    reflinks: AtomicBool,
}

/// A file to place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) directory: &'a Directory,
    pub(crate) name: &'a str,
    pub(crate) executable: bool,
    /// The modification time that a copy gets: bytecode knows its source by it.
    pub(crate) modified: i64,
    /// Whether its mode in the cache is not the one that it is to have here, so that it cannot be shared.
    pub(crate) must_copy: bool,
}

impl Linker {
    /// Begins with `first` (hard links, if the user does not say otherwise) and goes on to what works.
    pub(crate) fn new(first: Option<LinkMode>) -> Self {
        let first = first.unwrap_or(LinkMode::HardLink);
        Self { hard_links: (first == LinkMode::HardLink).into(), reflinks: (first != LinkMode::Copy).into() }
    }

    /// Places `source` at `name`; an error of kind `AlreadyExists` if something is there.
    pub(crate) fn place(&self, source: &Source<'_>, target: &Directory, name: &str) -> io::Result<()> {
        if self.hard_links.load(Ordering::Relaxed) && !source.must_copy {
            match target.hard_link(name, source.directory, source.name) {
                // The file has all the names that it can have; others may still be linked.
                Err(error) if error.kind() == io::ErrorKind::TooManyLinks => {}
                Err(error) if is_unsupported(&error) => self.hard_links.store(false, Ordering::Relaxed),
                result => return result,
            }
        }
        self.copy(source, target, name)
    }

    fn copy(&self, source: &Source<'_>, target: &Directory, name: &str) -> io::Result<()> {
        let mut input = source.directory.open_file(source.name)?;
        let mut output = target.create_file(name, source.executable)?;
        let shared = self.reflinks.load(Ordering::Relaxed) && reflink(&input, &output).is_ok();
        if !shared {
            self.reflinks.store(false, Ordering::Relaxed);
            io::copy(&mut input, &mut output)?;
        }
        output.set_modified(time(source.modified))
    }
}

#[cfg(target_os = "linux")]
fn reflink(input: &File, output: &File) -> io::Result<()> {
    Ok(rustix::fs::ioctl_ficlone(output, input)?)
}

#[cfg(not(target_os = "linux"))]
fn reflink(_input: &File, _output: &File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether an error says that this pair of file systems (or this user) cannot do it that way.
#[cfg(unix)]
fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let unsupported = [
        Errno::XDEV,
        Errno::PERM,
        Errno::ACCESS,
        Errno::NOSYS,
        Errno::NOTSUP,
        Errno::OPNOTSUPP,
        Errno::INVAL,
    ];
    error.kind() == io::ErrorKind::Unsupported
        || Errno::from_io_error(error).is_some_and(|errno| unsupported.contains(&errno))
}

#[cfg(not(unix))]
fn is_unsupported(error: &io::Error) -> bool {
    !matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;
    use std::os::unix::fs::MetadataExt;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn every_way_gives_content_mode_and_time() {
        for mode in [LinkMode::HardLink, LinkMode::Reflink, LinkMode::Copy] {
            for must_copy in [false, true] {
                let place = TempDir::new().unwrap();
                let directory = Directory::open(place.path()).unwrap();
                let file = directory.create_file("a", true).unwrap();
                fs::write(place.path().join("a"), b"content").unwrap();
                file.set_modified(time(1_700_000_000)).unwrap();
                let source = Source {
                    directory: &directory,
                    name: "a",
                    executable: true,
                    modified: 1_700_000_000,
                    must_copy,
                };
                let linker = Linker::new(Some(mode));
                linker.place(&source, &directory, "b").unwrap();
                assert_eq!(fs::read(place.path().join("b")).unwrap(), b"content");
                assert_eq!(directory.attributes("a").unwrap(), directory.attributes("b").unwrap());
                let linked = fs::metadata(place.path().join("a")).unwrap().nlink() == 2;
                assert_eq!(linked, mode == LinkMode::HardLink && !must_copy);
                let again = linker.place(&source, &directory, "b").unwrap_err();
                assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
                // What was there is left as it was.
                assert_eq!(fs::read(place.path().join("b")).unwrap(), b"content");
            }
        }
    }

    #[test]
    fn another_file_system_is_copied_to() {
        let (here, Ok(there)) = (TempDir::new().unwrap(), TempDir::new_in("/dev/shm")) else { return };
        if fs::metadata(here.path()).unwrap().dev() == fs::metadata(there.path()).unwrap().dev() {
            return;
        }
        fs::write(here.path().join("a"), b"content").unwrap();
        let (from, to) = (Directory::open(here.path()).unwrap(), Directory::open(there.path()).unwrap());
        let linker = Linker::new(None);
        let source = Source { directory: &from, name: "a", executable: false, modified: 7, must_copy: false };
        linker.place(&source, &to, "a").unwrap();
        assert!(!linker.hard_links.load(Ordering::Relaxed));
        assert_eq!(to.attributes("a").unwrap().modified, (7, 0));
        assert_eq!(fs::read(there.path().join("a")).unwrap(), b"content");
    }
}
