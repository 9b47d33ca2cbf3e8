//! A directory that is held open while thousands of files are linked from or into it: names are resolved relative
//! to the handle, and the last component is never followed if it is a symbolic link.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

#[cfg(unix)]
use std::os::fd::OwnedFd;

#[cfg(unix)]
use rustix::fs::{AtFlags, Mode, OFlags};

/// An open directory.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    #[cfg(unix)]
    handle: OwnedFd,
}

/// What tells whether a file of the cache is as it was unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) is_file: bool,
    pub(crate) size: u64,
    /// Modification time in whole seconds, and its nanoseconds.
    pub(crate) modified: (i64, u64),
    /// Permission bits; none where the system has no such.
    pub(crate) mode: Option<u32>,
    /// The user who owns it; none where the system has no such.
    pub(crate) owner: Option<u32>,
}

impl Directory {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(unix)]
impl Directory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { path: path.to_path_buf(), handle })
    }

    /// Makes a directory; it may be there already.
    pub(crate) fn make_directory(&self, name: &str) -> io::Result<()> {
        match rustix::fs::mkdirat(&self.handle, name, Mode::from_raw_mode(0o777)) {
            Ok(()) | Err(rustix::io::Errno::EXIST) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn attributes(&self, name: &str) -> io::Result<Attributes> {
        let status = rustix::fs::statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
        // The types of these fields differ from system to system.
        #[allow(clippy::unnecessary_cast, clippy::cast_lossless)]
        let (mode, modified) = (status.st_mode as u32, (status.st_mtime as i64, status.st_mtime_nsec as u64));
        Ok(Attributes {
            is_file: mode & 0o170_000 == 0o100_000,
            size: u64::try_from(status.st_size).unwrap_or_default(),
            modified,
            mode: Some(mode & 0o7777),
            owner: Some(status.st_uid as u32),
        })
    }

    /// Makes `name` another name of a file in `source`.
    pub(crate) fn hard_link(&self, name: &str, source: &Self, source_name: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(&source.handle, source_name, &self.handle, name, AtFlags::empty())?)
    }

    /// Opens a file for reading.
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// Makes a new file that was not there; the umask applies to its mode.
    pub(crate) fn create_file(&self, name: &str, executable: bool) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(if executable { 0o777 } else { 0o666 });
        Ok(rustix::fs::openat(&self.handle, name, flags, mode)?.into())
    }

    pub(crate) fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.handle, name, AtFlags::empty())?)
    }
}

#[cfg(not(unix))]
impl Directory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        std::fs::read_dir(path)?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Makes a directory; it may be there already.
    pub(crate) fn make_directory(&self, name: &str) -> io::Result<()> {
        match std::fs::create_dir(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
    }

    pub(crate) fn attributes(&self, name: &str) -> io::Result<Attributes> {
        let metadata = std::fs::symlink_metadata(self.path.join(name))?;
        let modified = metadata.modified()?.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Ok(Attributes {
            is_file: metadata.is_file(),
            size: metadata.len(),
            modified: (i64::try_from(modified.as_secs()).unwrap_or_default(), modified.subsec_nanos().into()),
            mode: None,
            owner: None,
        })
    }

    /// Makes `name` another name of a file in `source`.
    pub(crate) fn hard_link(&self, name: &str, source: &Self, source_name: &str) -> io::Result<()> {
        std::fs::hard_link(source.path.join(source_name), self.path.join(name))
    }

    /// Opens a file for reading.
    pub(crate) fn open_file(&self, name: &str) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    /// Makes a new file that was not there.
    pub(crate) fn create_file(&self, name: &str, _executable: bool) -> io::Result<File> {
        File::options().write(true).create_new(true).open(self.path.join(name))
    }

    pub(crate) fn remove_file(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path.join(name))
    }
}

/// A time in whole seconds since 1970.
pub(crate) fn time(seconds: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs())
}
