//! What goes before a header and says more than fits into it: pax records (POSIX.1-2001) and GNU long names.

use super::header::Header;
use super::{TarEntry, TarError, TarKind};

/// The longest content of an extension.
pub(super) const LIMIT: usize = 1 << 20;

/// The extensions of one entry.
#[derive(Debug, Default)]
pub(super) struct Extensions {
    has_pax: bool,
    path: Option<String>,
    link: Option<String>,
    size: Option<u64>,
    modified: Option<u64>,
}

impl Extensions {
    /// Whether a type is an extension and no entry.
    pub(super) fn is_extension(&self, kind: u8) -> bool {
        matches!(kind, b'x' | b'g' | b'L' | b'K')
    }

    /// Adds what an extension says.
    pub(super) fn add(&mut self, kind: u8, content: &[u8]) -> Result<(), TarError> {
        match kind {
            b'L' => self.set_path(&long_name(content)?),
            b'K' => self.set_link(&long_name(content)?),
            b'x' if self.has_pax => Err(TarError::archive("an entry has two pax headers")),
            b'x' => {
                self.has_pax = true;
                for (key, value) in records(content)? {
                    self.add_record(&key, &value)?;
                }
                Ok(())
            }
            // A comment as `git archive` writes it; anything that would change every entry is not for sources.
            _ => {
                if self.has_pax || self.path.is_some() || self.link.is_some() {
                    return Err(TarError::archive("a pax header for all entries stands before that of one"));
                }
                match records(content)?.into_iter().find(|(key, _)| !is_harmless(key)) {
                    Some((key, _)) => Err(TarError::entry(&key, "it is a pax record for all entries")),
                    None => Ok(()),
                }
            }
        }
    }

    /// Refuses extensions that no entry follows.
    pub(super) fn check_end(&self) -> Result<(), TarError> {
        if self.has_pax || self.path.is_some() || self.link.is_some() {
            return Err(TarError::archive("it ends after a long name or pax header"));
        }
        Ok(())
    }

    /// The entry of a header, together with what was said before it.
    pub(super) fn entry(&self, header: &Header<'_>) -> Result<TarEntry, TarError> {
        let path = match &self.path {
            Some(path) => path.clone(),
            None => header.name()?,
        };
        let refuse = |reason: &str| Err(TarError::entry(&path, reason));
        let link = || self.link.clone().map_or_else(|| header.link(), Ok);
        let kind = match header.kind {
            // V7 had no type for directories.
            0 if path.ends_with('/') => TarKind::Directory,
            0 | b'0' | b'7' => TarKind::File,
            b'1' => TarKind::HardLink(link()?),
            b'2' => TarKind::SymbolicLink(link()?),
            b'5' => TarKind::Directory,
            b'3' | b'4' => return refuse("it is a device"),
            b'6' => return refuse("it is a pipe"),
            b'S' => return refuse("it is a sparse file"),
            _ => return refuse("it is neither file nor directory nor link"),
        };
        let is_link = matches!(kind, TarKind::HardLink(_) | TarKind::SymbolicLink(_));
        if self.link.is_some() && !is_link {
            return refuse("it has the target of a link and is none");
        }
        let size = header.size()?;
        if self.size.is_some_and(|told| told != size) {
            return refuse("its header and its pax record tell different sizes");
        }
        if size != 0 && kind != TarKind::File {
            return refuse("it has content and is no file");
        }
        if path.ends_with('/') && kind != TarKind::Directory {
            return refuse("its name is that of a directory and it is none");
        }
        let executable = kind != TarKind::Directory && header.mode()? & 0o111 != 0;
        Ok(TarEntry { kind, size, executable, modified: self.modified.or_else(|| header.modified()), path })
    }

    fn add_record(&mut self, key: &str, value: &[u8]) -> Result<(), TarError> {
        let text = || {
            let text =
                std::str::from_utf8(value).map_err(|_| TarError::entry(key, "its pax record is not UTF-8"));
            text.map(str::to_owned)
        };
        match key {
            "path" => self.set_path(&text()?),
            "linkpath" => self.set_link(&text()?),
            "size" => {
                let value = text()?;
                let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
                let size = value.parse().ok().filter(|_| is_number && self.size.is_none());
                self.size = Some(size.ok_or_else(|| TarError::entry("size", "its pax record is not valid"))?);
                Ok(())
            }
            "mtime" => {
                let value = text()?;
                self.modified = value.split('.').next().and_then(|seconds| seconds.parse().ok());
                Ok(())
            }
            _ if key.starts_with("GNU.sparse.") => Err(TarError::archive("it has a sparse file")),
            // Whatever the character set is called, names have to be UTF-8.
            _ => Ok(()),
        }
    }

    fn set_path(&mut self, path: &str) -> Result<(), TarError> {
        if path.is_empty() || self.path.replace(path.to_owned()).is_some() {
            return Err(TarError::entry(path, "its name is given twice, or empty"));
        }
        Ok(())
    }

    fn set_link(&mut self, link: &str) -> Result<(), TarError> {
        if link.is_empty() || self.link.replace(link.to_owned()).is_some() {
            return Err(TarError::entry(link, "the target of a link is given twice, or empty"));
        }
        Ok(())
    }
}

/// Keys that may stand for all entries.
fn is_harmless(key: &str) -> bool {
    matches!(key, "comment" | "mtime" | "atime" | "ctime" | "uid" | "gid" | "uname" | "gname")
}

/// A name that ends with a zero byte.
fn long_name(content: &[u8]) -> Result<String, TarError> {
    let end = content.iter().position(|byte| *byte == 0).unwrap_or(content.len());
    let (name, rest) = content.split_at_checked(end).unwrap_or_default();
    if rest.iter().any(|byte| *byte != 0) {
        return Err(TarError::archive("a long name goes on after its end"));
    }
    std::str::from_utf8(name)
        .map(str::to_owned)
        .map_err(|_| TarError::entry(&String::from_utf8_lossy(name), "its name is not UTF-8"))
}

/// The records `length key=value\n` of a pax header.
fn records(mut content: &[u8]) -> Result<Vec<(String, Vec<u8>)>, TarError> {
    let mut records = Vec::new();
    while !content.is_empty() {
        let (record, rest) = record(content).ok_or_else(|| TarError::archive("a pax record is malformed"))?;
        records.push(record);
        content = rest;
    }
    Ok(records)
}

type Record = (String, Vec<u8>);

fn record(content: &[u8]) -> Option<(Record, &[u8])> {
    let space = content.iter().take(8).position(|byte| *byte == b' ')?;
    let digits = content.get(..space)?;
    if digits.is_empty() || digits.starts_with(b"0") || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let length: usize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (record, rest) = content.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|byte| *byte == b'=')?;
    let key = std::str::from_utf8(record.get(..equals)?).ok().filter(|key| !key.is_empty())?;
    Some(((key.to_owned(), record.get(equals + 1..)?.to_vec()), rest))
}
