//! Writing zip archives (APPNOTE 6.3): deflated files and directories, in the one form that the strict reader takes without a
//! question. No zip64: what would need it is refused.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::DeflateEncoder;

const LOCAL_HEADER: u32 = 0x0403_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The earliest date that the format knows, 1 January 1980: archives of the same tree are the same.
const DATE: u16 = 0x0021;
/// Names are UTF-8.
const UTF8: u16 = 1 << 11;
const DEFLATED: u16 = 8;
const STORED: u16 = 0;
/// Made by version 2.0 on Unix, so that the attributes are modes.
const MADE_BY: u16 = 3 << 8 | 20;
const NEEDED: u16 = 20;

/// Writes an archive from its beginning to its end.
pub struct ZipWriter<W> {
    output: W,
    offset: u32,
    directory: Vec<u8>,
    count: u16,
}

/// One entry, compressed.
struct Entry<'a> {
    name: &'a str,
    mode: u32,
    method: u16,
    crc: u32,
    size: u32,
    content: &'a [u8],
}

fn too_large() -> io::Error {
    io::Error::other("it would be larger than a zip archive may be (4 GiB, 65,535 entries)")
}

impl<W: Write> ZipWriter<W> {
    /// An archive that is empty so far.
    pub fn new(output: W) -> Self {
        Self { output, offset: 0, directory: Vec::new(), count: 0 }
    }

    /// Adds a directory; its name ends with `/`.
    pub fn directory(&mut self, name: &str) -> io::Result<()> {
        self.entry(&Entry { name, mode: 0o040_755, method: STORED, crc: 0, size: 0, content: &[] })
    }

    /// Adds a file.
    pub fn file(&mut self, name: &str, content: &[u8], executable: bool) -> io::Result<()> {
        let size = u32::try_from(content.len()).map_err(|_| too_large())?;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(content)?;
        let deflated = encoder.finish()?;
        let crc = crc32fast::hash(content);
        let mode = if executable { 0o100_755 } else { 0o100_644 };
        let shrinks = deflated.len() < content.len();
        let (method, content) = if shrinks { (DEFLATED, &*deflated) } else { (STORED, content) };
        self.entry(&Entry { name, mode, method, crc, size, content })
    }

    fn entry(&mut self, entry: &Entry<'_>) -> io::Result<()> {
        let name_length = u16::try_from(entry.name.len()).map_err(|_| too_large())?;
        let compressed = u32::try_from(entry.content.len()).map_err(|_| too_large())?;
        // What both headers say of it.
        let mut facts = Vec::with_capacity(26);
        for number in [NEEDED, UTF8, entry.method, 0, DATE] {
            facts.extend(number.to_le_bytes());
        }
        for number in [entry.crc, compressed, entry.size] {
            facts.extend(number.to_le_bytes());
        }
        facts.extend(name_length.to_le_bytes());
        facts.extend(0_u16.to_le_bytes());
        self.directory.extend(CENTRAL_HEADER.to_le_bytes());
        self.directory.extend(MADE_BY.to_le_bytes());
        self.directory.extend(&facts);
        self.directory.extend([0; 6]); // no comment, disk 0, no internal attributes
        let is_directory = u32::from(entry.name.ends_with('/'));
        self.directory.extend((entry.mode << 16 | is_directory << 4).to_le_bytes());
        self.directory.extend(self.offset.to_le_bytes());
        self.directory.extend(entry.name.as_bytes());
        self.write(&LOCAL_HEADER.to_le_bytes())?;
        self.write(&facts)?;
        self.write(entry.name.as_bytes())?;
        self.write(entry.content)?;
        self.count = self.count.checked_add(1).ok_or_else(too_large)?;
        Ok(())
    }

    /// Writes the directory, and the rest of the output.
    pub fn finish(mut self) -> io::Result<()> {
        let directory = std::mem::take(&mut self.directory);
        let start = self.offset;
        self.write(&directory)?;
        let length = u32::try_from(directory.len()).map_err(|_| too_large())?;
        let mut end = END.to_le_bytes().to_vec();
        end.extend([0; 4]); // one disk
        end.extend(self.count.to_le_bytes());
        end.extend(self.count.to_le_bytes());
        end.extend(length.to_le_bytes());
        end.extend(start.to_le_bytes());
        end.extend([0; 2]); // no comment
        self.write(&end)?;
        self.output.flush()
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let length = u32::try_from(bytes.len()).map_err(|_| too_large())?;
        self.offset = self.offset.checked_add(length).ok_or_else(too_large)?;
        self.output.write_all(bytes)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::ZipReader;

    fn archive() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = ZipWriter::new(&mut bytes);
        writer.directory("demo/").unwrap();
        writer.file("demo/empty", b"", false).unwrap();
        writer.file("demo/run", "long \u{e9} ".repeat(100).as_bytes(), true).unwrap();
        writer.file("demo/\u{e9}t\u{e9}", &[0, 255, 7], false).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn the_strict_reader_takes_it() {
        let bytes = archive();
        let reader = ZipReader::new(&bytes).unwrap();
        let read: Vec<(String, usize)> = reader
            .entries()
            .iter()
            .map(|entry| (entry.path.as_str().to_owned(), reader.read(entry).unwrap().len()))
            .collect();
        let expected = [("demo/empty", 0), ("demo/run", 800), ("demo/\u{e9}t\u{e9}", 3)];
        assert_eq!(read, expected.map(|(name, length)| (name.to_owned(), length)));
    }

    #[test]
    fn others_take_it_too() {
        let mut other = zip::ZipArchive::new(std::io::Cursor::new(archive())).unwrap();
        assert_eq!(other.len(), 4);
        assert!(other.by_name("demo/").unwrap().is_dir());
        let mut run = other.by_name("demo/run").unwrap();
        assert_eq!(run.unix_mode(), Some(0o100_755));
        let mut text = String::new();
        run.read_to_string(&mut text).unwrap();
        assert_eq!(text.matches('\u{e9}').count(), 100);
    }
}
