//! A tree that is being unpacked. Directories and files are written first, while there is no link in it; links are made
//! last. So nothing is ever written through a link, whatever the file system takes for the same name.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{LONGEST_TARGET, SourceLimits, SourceProblem, Stop};
use crate::CacheError;
use crate::unpack::create;

/// 1980-01-01: the zip archives that builds make know no time before it.
const EARLIEST: u64 = 315_532_800;
/// Reading and writing in parts of this size.
const PART: usize = 64 << 10;
const SAME_NAME: &str = "another entry has the same name, or one that differs only in case or Unicode form";

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File {
        executable: bool,
    },
    /// The position among the links.
    Link(usize),
}

/// A directory that is being filled.
pub(super) struct Tree<'a> {
    root: &'a Path,
    limits: SourceLimits,
    seen: HashMap<Box<str>, Kind>,
    links: Vec<(Box<str>, Box<str>)>,
    /// Bytes of copies, for links to files.
    copied: u64,
    now: SystemTime,
}

/// A file that is being written.
pub(super) struct Writer {
    path: PathBuf,
    file: File,
    now: SystemTime,
}

impl Writer {
    pub(super) fn write(&mut self, part: &[u8]) -> Result<(), Stop> {
        self.file.write_all(part).map_err(|error| CacheError::io("cannot write", &self.path, error).into())
    }

    /// Sets the time, within bounds: a time in the future makes build tools start over and over.
    pub(super) fn close(self, modified: Option<u64>) -> Result<(), Stop> {
        let Some(seconds) = modified else { return Ok(()) };
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds.max(EARLIEST)));
        let time = time.unwrap_or(self.now).min(self.now);
        self.file
            .set_modified(time)
            .map_err(|error| CacheError::io("cannot set the time of", &self.path, error).into())
    }
}

impl<'a> Tree<'a> {
    pub(super) fn new(root: &'a Path, limits: &SourceLimits) -> Self {
        let (seen, links) = (HashMap::new(), Vec::new());
        Self { root, limits: *limits, seen, links, copied: 0, now: SystemTime::now() }
    }

    /// A directory; it may be there already.
    pub(super) fn directory(&mut self, path: &str) -> Result<(), Stop> {
        match self.seen.get(path) {
            Some(Kind::Directory) => return Ok(()),
            Some(_) => return Err(Stop::entry(path, "it is both a directory and something else")),
            None => {}
        }
        // From the root down, as far as they are missing.
        let ends = path.match_indices('/').map(|(end, _)| end).chain([path.len()]);
        for end in ends {
            let part = path.get(..end).unwrap_or_default();
            match self.seen.get(part) {
                Some(Kind::Directory) => continue,
                Some(_) => return Err(Stop::entry(part, "it is both a directory and something else")),
                None => {}
            }
            self.note(part, Kind::Directory)?;
            let place = self.root.join(part);
            fs::create_dir(&place).map_err(|error| failed(part, "cannot create", &place, error))?;
        }
        Ok(())
    }

    /// A new file.
    pub(super) fn create(&mut self, path: &str, executable: bool) -> Result<Writer, Stop> {
        self.parents(path)?;
        if self.seen.contains_key(path) {
            return Err(Stop::entry(path, SAME_NAME));
        }
        self.note(path, Kind::File { executable })?;
        let place = self.root.join(path);
        let file =
            create(&place, executable).map_err(|error| failed(path, "cannot create", &place, error))?;
        Ok(Writer { path: place, file, now: self.now })
    }

    /// A file with its content; the same once more is nothing new.
    pub(super) fn file(
        &mut self,
        path: &str,
        executable: bool,
        modified: Option<u64>,
        content: &mut dyn FnMut(&mut [u8]) -> Result<usize, Stop>,
    ) -> Result<(), Stop> {
        if let Some(Kind::File { .. }) = self.seen.get(path) {
            return self.compare(path, content);
        }
        let mut writer = self.create(path, executable)?;
        let mut buffer = vec![0; PART];
        loop {
            let length = content(&mut buffer)?;
            if length == 0 {
                return writer.close(modified);
            }
            writer.write(buffer.get(..length).unwrap_or_default())?;
        }
    }

    /// Another name of a file that came before: a copy of it.
    pub(super) fn hard_link(&mut self, path: &str, target: &str) -> Result<(), Stop> {
        let original = clean(target)?.unwrap_or_default();
        let Some(Kind::File { executable }) = self.seen.get(original.as_str()).copied() else {
            return Err(Stop::entry(path, "it is a link to no file that comes before it in the archive"));
        };
        if path == original {
            return Ok(());
        }
        let place = self.root.join(&original);
        let unreadable = |error| CacheError::io("cannot read", &place, error);
        let mut input = File::open(&place).map_err(unreadable)?;
        let metadata = input.metadata().map_err(unreadable)?;
        self.copied = self.copied.saturating_add(metadata.len());
        if self.copied > self.limits.total_size {
            return Err(Stop::entry(path, "the archive unpacks to more than it may"));
        }
        let modified = metadata.modified().ok();
        let modified = modified.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        let mut content =
            |buffer: &mut [u8]| input.read(buffer).map_err(|error| Stop::from(unreadable(error)));
        self.file(path, executable, modified.map(|time| time.as_secs()), &mut content)
    }

    /// A symbolic link; it is made when everything else is there.
    pub(super) fn symbolic_link(&mut self, path: &str, target: &str) -> Result<(), Stop> {
        if target.is_empty() || target.chars().any(char::is_control) || target.contains('\\') {
            return Err(Stop::entry(path, "it is a link with a target that is no path"));
        }
        if target.starts_with('/') || has_drive(target) {
            return Err(Stop::entry(path, "it is a link to an absolute path"));
        }
        if target.len() as u64 > LONGEST_TARGET {
            return Err(Stop::entry(path, "it is a link with a target that is no path"));
        }
        self.parents(path)?;
        if let Some(kind) = self.seen.get(path) {
            let known = if let Kind::Link(index) = kind { self.links.get(*index) } else { None };
            let is_same = known.is_some_and(|(_, known)| **known == *target);
            return if is_same { Ok(()) } else { Err(Stop::entry(path, SAME_NAME)) };
        }
        self.note(path, Kind::Link(self.links.len()))?;
        self.links.push((path.into(), target.into()));
        Ok(())
    }

    /// Makes the links; gives the directory of the project.
    pub(super) fn finish(self) -> Result<PathBuf, Stop> {
        if !self.seen.values().any(|kind| matches!(kind, Kind::File { .. })) {
            return Err(SourceProblem::Empty.into());
        }
        let mut tops = self.seen.iter().filter(|(path, _)| !path.contains('/'));
        let top = match (tops.next(), tops.next()) {
            (Some((path, Kind::Directory)), None) => Some(&**path),
            _ => None,
        };
        for (path, target) in &self.links {
            let target = inner_target(path, target, top).ok_or_else(|| {
                Stop::entry(path, format!("it is a link to '{}', outside", target.escape_debug()))
            })?;
            let place = self.root.join(&**path);
            make_link(&target, &place).map_err(|error| failed(path, "cannot create", &place, error))?;
        }
        Ok(top.map_or_else(|| self.root.to_path_buf(), |top| self.root.join(top)))
    }

    fn parents(&mut self, path: &str) -> Result<(), Stop> {
        match path.rsplit_once('/') {
            Some((parent, _)) => self.directory(parent),
            None => Ok(()),
        }
    }

    fn note(&mut self, path: &str, kind: Kind) -> Result<(), Stop> {
        if self.seen.len() as u64 >= self.limits.entries {
            return Err(Stop::entry(
                path,
                format!("the archive has more than {} entries", self.limits.entries),
            ));
        }
        self.seen.insert(path.into(), kind);
        Ok(())
    }

    /// Refuses a file that is there already with another content.
    fn compare(
        &self,
        path: &str,
        content: &mut dyn FnMut(&mut [u8]) -> Result<usize, Stop>,
    ) -> Result<(), Stop> {
        let place = self.root.join(path);
        let unreadable = |error| CacheError::io("cannot read", &place, error);
        let mut written = BufReader::with_capacity(PART, File::open(&place).map_err(unreadable)?);
        let (mut new, mut old) = (vec![0; PART], vec![0; PART]);
        loop {
            let length = content(&mut new)?;
            let same_length = length.max(1);
            let part = old.get_mut(..same_length).unwrap_or_default();
            let is_same = if length == 0 {
                written.read(part).map_err(unreadable)? == 0
            } else {
                written.read_exact(part).is_ok() && new.get(..length) == old.get(..length)
            };
            if !is_same {
                return Err(Stop::entry(path, "it is there twice, with different contents"));
            }
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// A path of an archive without `.` components and trailing slash; none for the root. Refuses what leaves the root, and
/// what some system would take for another path.
pub(super) fn clean(path: &str) -> Result<Option<String>, Stop> {
    let refuse = |reason: &str| Err(Stop::entry(path, reason));
    if path.starts_with('/') {
        return refuse("its path is absolute");
    }
    if has_drive(path) {
        return refuse("its path begins with a drive letter");
    }
    if path.len() > 4096 {
        return refuse("its path is longer than 4096 bytes");
    }
    if path.contains('\\') {
        return refuse("its path contains a backslash");
    }
    if path.chars().any(char::is_control) || (cfg!(windows) && path.contains(':')) {
        return refuse("its path contains a character that is not allowed there");
    }
    let mut cleaned = String::with_capacity(path.len());
    for component in path.split('/') {
        match component {
            "" | "." => continue,
            ".." => return refuse("its path has a '..' component"),
            _ if component.len() > 255 => return refuse("a component of its path is longer than 255 bytes"),
            _ => {}
        }
        if !cleaned.is_empty() {
            cleaned.push('/');
        }
        cleaned.push_str(component);
    }
    Ok(Some(cleaned).filter(|path| !path.is_empty()))
}

/// `C:`, which on some systems is no name.
fn has_drive(path: &str) -> bool {
    let mut bytes = path.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic()) && bytes.next() == Some(b':')
}

/// The target of the link at `path`, normalised: first up, then down, so that what other links on the way lead to cannot
/// make it leave. None where it leaves the root, or `top`, if that holds everything.
fn inner_target(path: &str, target: &str, top: Option<&str>) -> Option<String> {
    let from: Vec<&str> = path.rsplit_once('/').map_or(Vec::new(), |(parent, _)| parent.split('/').collect());
    let mut to = from.clone();
    for component in target.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                to.pop()?;
            }
            other => to.push(other),
        }
    }
    if top.is_some() && to.first().copied() != top {
        return None;
    }
    let same = from.iter().zip(&to).take_while(|(from, to)| from == to).count();
    let ups = from.iter().skip(same).map(|_| "..");
    let steps: Vec<&str> = ups.chain(to.iter().skip(same).copied()).collect();
    Some(if steps.is_empty() { ".".to_owned() } else { steps.join("/") })
}

#[cfg(unix)]
fn make_link(target: &str, place: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, place)
}

/// Elsewhere links need rights that users do not have: a file is copied.
#[cfg(not(unix))]
fn make_link(target: &str, place: &Path) -> std::io::Result<()> {
    let source = place.parent().map_or_else(|| PathBuf::from(target), |parent| parent.join(target));
    fs::copy(source, place).map(drop)
}

/// The error of writing: what is there already came from the archive, under a name that the file system takes for the same.
fn failed(path: &str, action: &'static str, place: &Path, error: std::io::Error) -> Stop {
    if error.kind() == std::io::ErrorKind::AlreadyExists {
        return Stop::entry(path, SAME_NAME);
    }
    CacheError::io(action, place, error).into()
}
